//! Circuits in front of agents, by what was measured: who waits or talks holds one, and so does who is in a menu, at
//! another number or with a voicemail.

use crate::erlang::shared_lines::SharedLines;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::advice::Advice;
use crate::sizing::load;
use crate::sizing::load::QueueLoad;
use crate::sizing::served;
use crate::sizing::served::Part;
use crate::sizing::trunks::TrunkModel;

/// A smaller share of the load is left out: roundings, and a moment before the queue.
const SLIGHT: f64 = 0.01;

/// The circuits' model with the agents that are needed; absent where nothing is advised on them, since then no formula
/// knows how long their callers wait.
pub(super) fn model(scenario: &Scenario, summary: &Summary, advised: &Advice) -> Option<TrunkModel> {
    let queue = load::queue_load(scenario, summary)?;
    let busy = load::busy(scenario, summary)?;
    let (agents, mu, theta) = (agents_behind(scenario, advised.needed), queue.handle_s.recip(), queue.theta);
    let lambda = load::with_redials(scenario, summary, &queue, agents) * busy.factor;
    let other = other_erlangs(scenario, summary, &queue).unwrap_or(0.0);
    // Talk is measured: a wrap-up that is as long as all of it leaves none.
    let wrap_up_s = load::mean_wrap_up_s(scenario);
    let wrap_up_s = if wrap_up_s < queue.handle_s { wrap_up_s } else { 0.0 };
    Some(if other > 0.0 {
        TrunkModel::SharedLines(SharedLines { agents, lambda, mu, theta, other, wrap_up_s })
    } else {
        TrunkModel::Lines { agents, lambda, mu, theta, wrap_up_s }
    })
}

/// So many of the firm's own agents, and those of its contractors.
pub(super) fn agents_behind(scenario: &Scenario, own: u32) -> u32 {
    let contracted = scenario.pbx.agents.len() - scenario.pbx.own_agents();
    own.saturating_add(u32::try_from(contracted).unwrap_or(u32::MAX))
}

/// Erlangs of what holds circuits while nobody waits for an agent or talks with one, at the busiest rate of the time in
/// which people are served, with the share of those who found no circuit; `None` where it is next to nothing.
fn other_erlangs(scenario: &Scenario, summary: &Summary, load: &QueueLoad) -> Option<f64> {
    let (counts, queue) = (&summary.counts, summary.queue.as_ref()?);
    let busy = load::busy(scenario, summary)?;
    let seconds = real(counts.offered()) / summary.traffic.calls_per_second;
    let held = seconds_of(counts.holding_us) / seconds;
    let in_queue = (queue.waiting_total_s + seconds_of(counts.queue_talk_us)) / seconds;
    let within = summary.measured.map(crate::time::Instant::as_secs_f64);
    // All of the queue's calls are of the served time.
    let (part, crowding) = match busy.hours() {
        Some([served_s, all_s]) => {
            (served::load_share(scenario, summary, Part::Served)?, all_s / served_s.max(f64::MIN_POSITIVE))
        }
        None => (1.0, 1.0),
    };
    let other = held * part - in_queue * crowding;
    let unblocked = load::unblocked(summary, load) / load.lambda;
    (other > SLIGHT * held * part)
        .then(|| other * unblocked * served::steadiness(scenario, within, Part::Served))
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a run")]
fn seconds_of(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
