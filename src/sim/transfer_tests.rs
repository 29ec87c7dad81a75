//! Callers whom agents send on, over whole simulated runs, against exact formulas.

use std::ops::ControlFlow;

use crate::books::Reconciler;
use crate::erlang::erlang_c::ErlangC;
use crate::metrics::AgentSetting;
use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::metrics::Summary;
use crate::metrics::WaitCounts;
use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::note::Note;
use crate::pbx::books::CdrRow;
use crate::random::Seed;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;
use crate::time::Instant;

/// Student's t with 9 degrees of freedom, two-sided 99.9 %.
const T_9: f64 = 4.781;
const REPLICATIONS: u64 = 10;

fn scenario(text: &str) -> Scenario {
    parse(text, "transfers.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What a run tells, its books reconciled on the way.
struct Played {
    records: Vec<CallRecord>,
    rows: Vec<CdrRow>,
    summary: Summary,
}

fn play(scenario: &Scenario, seed: Seed) -> Played {
    play_and(scenario, seed, |_| {})
}

/// The same, and all that is told in words, but for what figures alone are told.
fn play_logged(scenario: &Scenario) -> (Played, Vec<String>) {
    let mut log = Vec::new();
    let played = play_and(scenario, scenario.seed, |entry| {
        let for_figures =
            matches!(entry, Entry::Noted(noted) if matches!(noted.note, Note::Passed(_) | Note::Visit(_)));
        if !for_figures {
            log.push(format!("{entry:?}"));
        }
    });
    (played, log)
}

fn play_and(scenario: &Scenario, seed: Seed, mut each: impl FnMut(&Entry)) -> Played {
    let agent = |agent: &crate::pbx::config::AgentConfig| AgentSetting {
        name: agent.name.clone(),
        wrap_up_mean_s: agent.wrap_up.mean(),
        present: 1.0,
    };
    let agents = scenario.pbx.agents.iter().map(agent).collect();
    let mut collector = Collector::new(Settings { warm_up: scenario.warm_up, agents, ..Settings::default() });
    let mut books = Reconciler::new(true);
    let (mut records, mut rows) = (Vec::new(), Vec::new());
    sim::run(scenario, seed, |entry| {
        match entry {
            Entry::Observation(observation) => {
                collector.observe(observation);
                if let Observation::Ended(record) = observation {
                    books.generator(record);
                    records.push((**record).clone());
                }
            }
            Entry::Cdr(row) => {
                books.cdr(row);
                rows.push((**row).clone());
            }
            Entry::QueueEvent(event) => books.queue_event(event),
            Entry::Noted(noted) => collector.noted(noted),
            _ => {}
        }
        each(entry);
        ControlFlow::Continue(())
    });
    assert_eq!(books.finish().differences, [""; 0]);
    Played { records, rows, summary: collector.finish() }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sums of a test")]
const fn real(count: u128) -> f64 {
    count as f64
}

fn mean_wait_s(counts: &WaitCounts) -> f64 {
    real(counts.waited_ns) / 1e9 / real(counts.answered.into())
}

/// The mean of independent runs agrees with `expected` where this lies within their interval.
fn agrees(what: &str, runs: &[f64], expected: f64) {
    let n = real(runs.len() as u128);
    let mean = runs.iter().sum::<f64>() / n;
    let variance = runs.iter().map(|run| (run - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = T_9 * (variance / n).sqrt();
    assert!((mean - expected).abs() < half, "{what}: {mean} ± {half}, by formula {expected}");
    assert!(half < 0.2 * expected, "{what}: ± {half} of {expected} tells nothing");
}

/// Sales with six agents is called 130 times an hour, support with four 15 times; callers never give up.
fn two_queues(transfers: &str) -> String {
    format!(
        "name: jackson\nseed: 5\nduration: 200h\nwarm_up: 10h\ntraffic:\n  profile: 145/h\n  callers:\n    - {{name: \
         buyer, share: 89.655172413793%, to: \"100\", talk: {{exponential: {{mean: 180s}}}}}}\n    - {{name: user, \
         share: 10.344827586207%, to: \"200\", talk: {{exponential: {{mean: 200s}}}}}}\npbx:\n  agents: [{{name: a}}, \
         {{name: b}}, {{name: c}}, {{name: d}}, {{name: e}}, {{name: f}}, {{name: g}}, {{name: h}}, {{name: i}}, \
         {{name: j}}]\n  queues:\n    sales: {{numbers: [\"100\"], agents: [a, b, c, d, e, f]{transfers}}}\n    \
         support: {{numbers: [\"200\"], agents: [g, h, i, j]}}\n"
    )
}

/// A Jackson network. Talk at sales ends by itself after 180 s on average or by a transfer after 540 s, whichever is
/// first: service is exponential with 135 s, and a quarter of the callers goes on to support, where they talk for 200 s.
/// Both queues are M/M/n, support with the arrivals of both streams.
#[test]
fn two_queues_with_transfers_are_a_jackson_network() {
    let way = ", transfers: [{to: \"200\", share: 100%, after: {exponential: {mean: 540s}}, talk: {exponential: {mean: \
               200s}}}]";
    let scenario = scenario(&two_queues(way));
    let runs: Vec<Summary> =
        (0..REPLICATIONS).map(|index| play(&scenario, scenario.seed.replication(index)).summary).collect();
    let of = |figure: &dyn Fn(&Summary) -> f64| runs.iter().map(figure).collect::<Vec<f64>>();
    let sent = |summary: &Summary| real(summary.notes.passed["sales"].sent_on[&0].into());
    let begun = |summary: &Summary| real(summary.notes.passed["sales"].conversations.into());
    agrees("share sent on", &of(&|summary| sent(summary) / begun(summary)), 0.25);
    let hours = 200.0;
    let came = |summary: &Summary| real(summary.notes.visits["support"].all.callers().into()) / hours;
    agrees("arrivals at support per hour", &of(&came), 15.0 + 0.25 * 130.0);
    let wait = |queue: &'static str| move |summary: &Summary| mean_wait_s(&summary.notes.visits[queue].all);
    let sales = ErlangC::new(6.0, 130.0 / 3600.0 * 135.0, 135.0).unwrap().asa_s();
    let support = ErlangC::new(4.0, 47.5 / 3600.0 * 200.0, 200.0).unwrap().asa_s();
    agrees("wait for sales", &of(&wait("sales")), sales);
    agrees("wait for support", &of(&wait("support")), support);
    let sent_here = |summary: &Summary| mean_wait_s(&summary.notes.visits["support"].sent_here);
    agrees("wait of those sent on", &of(&sent_here), support);
    // Each agent's own part of the talk, though a record names the last agent only.
    let talk = |range: std::ops::Range<usize>| {
        move |summary: &Summary| {
            let agents = &summary.agents[range.clone()];
            let (calls, talk) =
                (agents.iter().map(|agent| agent.calls), agents.iter().map(|agent| agent.talk_s));
            talk.sum::<f64>() / real(calls.sum::<u64>().into())
        }
    };
    agrees("talk with an agent of sales", &of(&talk(0..6)), 135.0);
    agrees("talk with an agent of support", &of(&talk(6..10)), 200.0);
    let all = runs[0].agents.iter().map(|agent| agent.talk_s).sum::<f64>();
    let measured = play(&scenario, scenario.seed).records;
    // Of a call that began in the warm-up, what lies in the measured time.
    let start = Instant::ZERO + scenario.warm_up;
    let within = |record: &CallRecord| Some(record.talk?.min(record.ended?.since(start)));
    let of_records: f64 = measured.iter().filter_map(within).map(|talk| talk.as_secs_f64()).sum();
    assert!(
        (all - of_records).abs() < 1e-3 * of_records.sqrt(),
        "{all} s with agents, {of_records} s of calls"
    );
}

/// Nobody is sent on: the same as without the key, to the last entry. With the key support waits longer.
#[test]
fn a_share_of_nothing_changes_nothing_and_one_of_something_does() {
    let short = |text: String| text.replace("200h", "20h");
    let plain = scenario(&short(two_queues("")));
    let nothing =
        scenario(&short(two_queues(", transfers: [{to: \"200\", share: 0%, after: 60s, talk: 240s}]")));
    let some =
        scenario(&short(two_queues(", transfers: [{to: \"200\", share: 25%, after: 20s, talk: 240s}]")));
    let [(plain, told), (nothing, told_nothing), (some, told_some)] =
        [plain, nothing, some].map(|scenario| play_logged(&scenario));
    assert_eq!(told, told_nothing);
    assert_ne!(told, told_some);
    assert!(plain.summary.notes.visits.is_empty(), "no figures where nobody sends anybody on");
    let wait = |played: &Played| mean_wait_s(&played.summary.notes.visits["support"].all);
    assert!(wait(&some) > 3.0 * wait(&nothing), "{} s, {} s", wait(&some), wait(&nothing));
}

/// Of the conversations that last so long, 12 % are sent on after a minute, each for the rest of its talk.
#[test]
fn whoever_is_sent_on_says_the_rest_and_the_row_tells_the_way() {
    let text = two_queues(", transfers: [{to: \"200\", share: 12%, after: 60s}]").replace("200h", "40h");
    let scenario = scenario(&text);
    let played = play(&scenario, scenario.seed);
    let plain =
        play(&crate::sim::transfer_tests::scenario(&two_queues("").replace("200h", "40h")), scenario.seed);
    let mut sent_on = 0_u32;
    let mut long = 0_u32;
    for row in &played.rows {
        let record = |played: &Played| {
            let found = played.records.iter().find(|record| record.call_id == row.name);
            found.expect("every row has its call").clone()
        };
        let (with, without) = (record(&played), record(&plain));
        assert_eq!(with.talk, without.talk, "as much was said as without transfers");
        let minute = std::time::Duration::from_secs(60);
        let lasts = *row.to == *"100" && with.talk.is_some_and(|talk| talk > minute);
        long += u32::from(lasts);
        if row.transferred_to.as_deref() == Some("200") {
            sent_on += 1;
            assert!(lasts, "who has said all before is not sent on");
            let ends = (with.queue.as_deref(), with.agent.as_deref().map(|agent| agent >= "g"));
            assert_eq!(ends, (Some("support"), Some(true)));
        } else {
            assert_eq!(row.transferred_to, None);
        }
    }
    let share = f64::from(sent_on) / f64::from(long);
    let sigma = (0.12 * 0.88 / f64::from(long)).sqrt();
    assert!((share - 0.12).abs() < 4.0 * sigma, "{sent_on} of {long}");
    let gathered = sim::gather(&scenario, scenario.seed, Settings::default()).collector.finish();
    assert_eq!(u64::from(sent_on), gathered.notes.passed["sales"].sent_on[&0], "figures without books");
}

/// Everybody is sent to where they are, at once: ten times, and then somebody talks to them.
#[test]
fn a_circle_without_end_ends() {
    let text = two_queues(", transfers: [{to: \"100\", share: 100%}]").replace("200h", "2h");
    let scenario = scenario(&text);
    let played = play(&scenario, scenario.seed);
    let ways = played.rows.iter().filter_map(|row| row.transferred_to.as_deref());
    let times: Vec<usize> = ways.map(|way| way.split(" > ").count()).collect();
    assert!(times.len() > 100 && times.iter().all(|times| *times == 10), "{times:?}");
    assert!(played.records.iter().all(|record| matches!(record.outcome, Outcome::Completed(_))));
}
