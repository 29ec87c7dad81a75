//! Agents who see to mail or chats beside calls, or whose callers dial again after giving up: no formula knows that work
//! well enough, so that the scenario itself is played with more of them, and with fewer.
//!
//! As many are needed as answer that share of callers in time which the scenario wants, and each kind of contacts in its
//! own time as often; a contact that nobody has taken up is late. All agents must do the same work.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::metrics::Settings;
use crate::metrics::Summary;
use crate::pbx::config::AgentConfig;
use crate::scenario::Scenario;
use crate::sim;
use crate::sizing::advice::{Advice, CurvePoint, GrowthStep};
use crate::sizing::load;
use crate::traffic::Extent;
use crate::traffic::arrivals::Arrivals;

/// Calls that one number of agents is judged by; runs are repeated until there are as many.
const CALLS: u64 = 2_000;
/// Runs of a short scenario at most.
const RUNS: u64 = 20;
/// A run of more calls is not played again and again.
pub(super) const MOST_CALLS: u64 = 50_000;
/// Agents beyond the load that are tried.
const MOST_BEYOND: u32 = 60;
/// The curve goes so far beyond what there is and what is needed.
const AROUND: u32 = 2;
/// Points of a curve.
const POINTS: u32 = 40;

/// What so many agents achieve.
#[derive(Clone)]
struct Played {
    point: CurvePoint,
    meets: bool,
}

/// Advice from the simulation, where the agents are alike and the run is short enough to be played again.
pub(super) fn advice(scenario: &Scenario, summary: &Summary) -> Option<Advice> {
    let now = u32::try_from(scenario.pbx.own_agents()).ok().filter(|now| *now > 0)?;
    let calls = summary.counts.offered();
    if !are_alike(scenario) || calls == 0 || calls > MOST_CALLS {
        return None;
    }
    let queue = load::queue_load(scenario, summary)?;
    let [from, to] = summary.measured.map(crate::time::Instant::as_secs_f64);
    let work: f64 = summary.notes.contacts.values().map(|counts| seconds(counts.work_ns)).sum();
    // Those who give up dial again the more, the fewer agents there are: redials are no load of their own.
    let (fresh, _) = load::fresh(scenario, summary, &queue);
    let erlangs = fresh.min(queue.lambda) * queue.handle_s + work / (to - from).max(1.0);
    let runs = CALLS.div_ceil(calls).min(RUNS);
    // The curve and the steps of growth ask again for numbers that the search has tried.
    let played = RefCell::new(BTreeMap::<(u32, u64), Played>::new());
    let play = |agents: u32, growth: f64| {
        let mut played = played.borrow_mut();
        let one = || play(&staffed(scenario, agents, growth), agents, runs);
        played.entry((agents, growth.to_bits())).or_insert_with(one).clone()
    };
    let needed = |growth: f64| smallest(erlangs * growth, |agents| play(agents, growth).meets);
    let needed_now = needed(1.0)?;
    let (low, high) = (now.min(needed_now), now.max(needed_now) + AROUND);
    let curve = (low.saturating_sub(AROUND).max(1)..=high).step_by(((high - low) / POINTS + 1) as usize);
    let steps = scenario.growth.iter().map(|growth| {
        let needed = needed(*growth)?;
        Some(GrowthStep {
            growth: *growth,
            erlangs: erlangs * growth,
            value_now: play(now, *growth).point.value,
            needed,
        })
    });
    Some(Advice {
        now,
        needed: needed_now,
        target: scenario.target_service_level.ratio,
        measure: "service_level".to_owned(),
        model: "simulation".to_owned(),
        erlangs,
        basis: if scenario.pbx.contacts.is_empty() { "simulated_redials" } else { "simulated_contacts" }
            .to_owned(),
        curve: curve.map(|agents| play(agents, 1.0).point).collect(),
        growth: steps.collect::<Option<_>>()?,
        ..Advice::default()
    })
}

/// Whether one more agent is one more of the same: all in the only queue and in every kind, and always there.
pub(super) fn are_alike(scenario: &Scenario) -> bool {
    let pbx = &scenario.pbx;
    let all = |agents: &[usize]| agents.len() == pbx.agents.len();
    let same =
        |one: &AgentConfig| AgentConfig { name: pbx.agents[0].name.clone(), ..one.clone() } == pbx.agents[0];
    let grows = !matches!(scenario.traffic.arrivals, Arrivals::Replay { .. } | Arrivals::Sources { .. });
    grows
        && scenario.extent != Extent::Unstated
        && pbx.queues.len() == 1
        && pbx.queues.iter().all(|queue| all(&queue.agents) && queue.policy.outsourced.is_none())
        && pbx.contacts.iter().all(|kind| all(&kind.agents))
        && pbx.agents.iter().all(same)
        && pbx.agents[0].presence.is_constant()
        && pbx.agents[0].phone.is_none()
}

/// The scenario with so many agents, and with so many times the calls and contacts.
fn staffed(scenario: &Scenario, agents: u32, growth: f64) -> Scenario {
    let mut other = scenario.clone();
    let one = other.pbx.agents[0].clone();
    let name = |index: u32| AgentConfig { name: format!("agent{index}").into(), ..one.clone() };
    other.pbx.agents = (0..agents).map(name).collect();
    let all: Vec<usize> = (0..other.pbx.agents.len()).collect();
    for queue in &mut other.pbx.queues {
        queue.agents.clone_from(&all);
    }
    for kind in &mut other.pbx.contacts {
        kind.agents.clone_from(&all);
        kind.profile = kind.profile.scaled(growth);
    }
    other.traffic.profile = other.traffic.profile.scaled(growth);
    other
}

fn play(scenario: &Scenario, agents: u32, runs: u64) -> Played {
    let threshold = scenario.target_service_level.threshold;
    let kinds = &scenario.pbx.contacts;
    let (mut in_time, mut offered) = (0, 0);
    let mut contacts = vec![(0, 0); kinds.len()];
    let duration = if let Extent::Duration(duration) = scenario.extent { Some(duration) } else { None };
    for run in 0..runs {
        let settings = Settings {
            warm_up: scenario.warm_up,
            duration,
            thresholds: vec![threshold],
            ..Settings::default()
        };
        let summary = sim::gather(scenario, scenario.seed.replication(run), settings).collector.finish();
        in_time += summary.counts.queue_in_time[0];
        offered += summary.counts.queue_offered;
        for (kind, sum) in kinds.iter().zip(&mut contacts) {
            let counts = summary.notes.contacts.get(&kind.name).copied().unwrap_or_default();
            *sum = (sum.0 + counts.in_time, sum.1 + counts.arrived);
        }
    }
    let wanted = scenario.target_service_level.ratio;
    let kept = |(in_time, all): (u64, u64)| all == 0 || share(in_time, all) >= wanted;
    let meets = kept((in_time, offered)) && contacts.into_iter().all(kept);
    let value = if offered == 0 { 1.0 } else { share(in_time, offered) };
    Played { point: CurvePoint { n: agents, value, asa_s: None, occupancy: None }, meets }
}

/// The smallest number from the load on that will do; none where even many more won't.
fn smallest(erlangs: f64, does: impl Fn(u32) -> bool) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a load of a few calls at once"
    )]
    let load = erlangs.floor().clamp(1.0, 1e4) as u32;
    (load..=load + MOST_BEYOND).find(|agents| does(*agents))
}

#[expect(clippy::cast_precision_loss, reason = "counts and times of a run")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts and times of a run")]
fn seconds(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}
