//! Agents whose number on duty changes while people are served: no one number is "now" or is enough then, so that the
//! advice on agents is when most of them are missing. How many each interval needs is `size staff`'s to say.

use crate::metrics::Summary;
use crate::pbx::config::Presence;
use crate::scenario::Scenario;
use crate::sizing::load;
use crate::sizing::load::QueueLoad;
use crate::sizing::served;
use crate::sizing::served::{Stretch, Volumes};
use crate::sizing::staff;
use crate::sizing::staff::StaffModel;
use crate::time::Instant;

/// A stretch of service, in seconds from the start, in which as many agents are on duty at its end as at its beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Watch {
    from: f64,
    to: f64,
    agents: u32,
    /// Share of the callers who are led to people, 0 to 1.
    share: f64,
}

/// Whether more agents are on duty at one time of service than at another.
pub(super) fn changes(scenario: &Scenario, summary: &Summary) -> bool {
    let watches = watches(scenario, summary.measured.map(Instant::as_secs_f64));
    watches.windows(2).any(|pair| pair[0].agents != pair[1].agents)
}

/// When most agents are missing by the formula for the busiest rate of the stretch, or that none are: in English.
pub(super) fn sentence(scenario: &Scenario, summary: &Summary, queue: &QueueLoad) -> String {
    let within = summary.measured.map(Instant::as_secs_f64);
    let short = |watch: &Watch, needed: u32| needed.saturating_sub(watch.agents);
    let needs = watches(scenario, within).into_iter().filter_map(|watch| {
        let model = model(scenario, summary, queue, &watch)?;
        Some((watch, model.needed(&staff::target(scenario)).ok()?, model.erlangs()))
    });
    let worst = needs.reduce(
        |worst, other| {
            if short(&other.0, other.1) > short(&worst.0, worst.1) { other } else { worst }
        },
    );
    let falls_short = match worst {
        Some((watch, needed, erlangs)) if needed > watch.agents => format!(
            "most are missing from {} to {}: {} on duty, {needed} needed at {erlangs:.2} E",
            clock(scenario, watch.from),
            clock(scenario, watch.to),
            watch.agents
        ),
        _ => "at no time are fewer there than the formula asks for".to_owned(),
    };
    format!(
        "on agents: how many are on duty changes with the hour, so that no one number is right; {falls_short}; size \
         staff --scenario says how many each interval needs"
    )
}

/// The load while it lasts, at its busiest rate.
fn model(scenario: &Scenario, summary: &Summary, queue: &QueueLoad, watch: &Watch) -> Option<StaffModel> {
    let [from, to] = summary.measured.map(Instant::as_secs_f64);
    let volumes = Volumes::new(scenario, [from, to]);
    let parts = served::stretches(scenario, [from, to]);
    let led: f64 = parts.iter().map(|part| part.share * volumes.between(part.from, part.to)).sum();
    let rate = watch.share * volumes.busiest_rate(watch.from, watch.to, to);
    let (fresh, redial) = load::fresh(scenario, summary, queue);
    let lambda = fresh * rate * (to - from) / led;
    (led > 0.0 && lambda > 0.0).then_some(StaffModel {
        lambda,
        handle_s: queue.handle_s,
        theta: queue.theta,
        redial,
    })
}

/// The time of service between two moments, cut where the number on duty changes.
fn watches(scenario: &Scenario, within: [f64; 2]) -> Vec<Watch> {
    let own = &scenario.pbx.agents[..scenario.pbx.own_agents()];
    if own.iter().all(|agent| agent.presence.duty.is_none()) {
        return Vec::new();
    }
    let presences: Vec<&Presence> = own.iter().map(|agent| &agent.presence).collect();
    let mut found: Vec<Watch> = Vec::new();
    for part in served::stretches(scenario, within).iter().filter(|part| part.is_served()) {
        cut(part, &presences, &mut found);
    }
    found
}

fn cut(part: &Stretch, presences: &[&Presence], found: &mut Vec<Watch>) {
    let on_duty = |at: Instant| {
        let is_on = |presence: &&&Presence| presence.duty.as_ref().is_none_or(|duty| duty.is_on(at));
        u32::try_from(presences.iter().filter(is_on).count()).unwrap_or(u32::MAX)
    };
    let end = Instant::from_secs_f64(part.to);
    let mut at = Instant::from_secs_f64(part.from);
    while at < end && found.len() < served::STRETCHES_MAX {
        let changes = presences.iter().filter_map(|presence| presence.duty.as_ref()?.next_change(at));
        let until = changes.min().map_or(end, |next| next.min(end));
        let agents = on_duty(at);
        match found.last_mut() {
            Some(last)
                if last.agents == agents
                    && last.to >= at.as_secs_f64()
                    && last.share.to_bits() == part.share.to_bits() =>
            {
                last.to = until.as_secs_f64();
            }
            _ => found.push(Watch {
                from: at.as_secs_f64(),
                to: until.as_secs_f64(),
                agents,
                share: part.share,
            }),
        }
        at = until;
    }
}

/// A moment by the clock of the start.
#[expect(clippy::cast_possible_truncation, reason = "whole seconds of a run")]
fn clock(scenario: &Scenario, seconds: f64) -> String {
    let after = jiff::SignedDuration::from_secs(seconds.round() as i64);
    let at = scenario.start.checked_add(after).unwrap_or_else(|_| scenario.start.clone());
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Collector;
    use crate::result::collector_settings;
    use crate::scenario::Inputs;
    use crate::scenario::parse;
    use crate::sim;
    use crate::sizing::agent_advice;
    use crate::sizing::nothing;

    fn night(counts: &str) -> Scenario {
        let text = format!(
            "name: x\nseed: 7\nstart: 2026-01-05T22:00[Europe/Moscow]\nduration: 8h\ntraffic: {{profile: 60/h, callers: \
             [{{talk: {{exponential: {{mean: 180s}}}}, patience: {{exponential: {{mean: 2m}}}}}}]}}\npbx:\n  channels: \
             30\n  queues: {{sales: {{}}}}\n  agents: {{count: {{every: 2h, from: \"22:00\", counts: {counts}}}}}\n"
        );
        parse(&text, "x.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn played(scenario: &Scenario) -> Summary {
        let one = |index| {
            let seed = scenario.seed.replication(index);
            sim::gather(scenario, seed, collector_settings(scenario, &[])).collector
        };
        let all = (0..10).map(one).reduce(|mut all: Collector, one| {
            all.merge(one);
            all
        });
        all.unwrap().finish()
    }

    /// Three erlangs all night, for which Erlang A asks for five agents, and two of them from midnight to four.
    #[test]
    fn where_the_number_on_duty_changes_it_is_told_when_most_are_missing() {
        let needed = StaffModel { lambda: 1.0 / 60.0, handle_s: 180.0, theta: 1.0 / 120.0, redial: 0.0 };
        let needed = needed.needed(&staff::target(&night("[5, 2, 2, 5]"))).unwrap();
        assert_eq!(needed, 5);
        for (counts, told) in [
            ("[6, 2, 2, 6]", "from 2026-01-06 00:00 to 2026-01-06 04:00: 2 on duty, 5 needed at "),
            ("[9, 8, 7, 9]", "at no time are fewer there than the formula asks for"),
        ] {
            let scenario = night(counts);
            let summary = played(&scenario);
            assert_eq!(agent_advice(&scenario, &summary), None, "{counts}");
            let why = nothing(&scenario, &summary, None, None).join("\n");
            assert!(why.contains(told), "{counts}: {why}");
        }
        let steady = night("[6, 6, 6, 6]");
        assert_eq!(agent_advice(&steady, &played(&steady)).unwrap().now, 6);
    }
}
