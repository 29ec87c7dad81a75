//! What became of those who asked to be called back, and of the promise that they were given.

use serde::{Deserialize, Serialize};

use crate::metrics::CallbackCounts;
use crate::metrics::Summary;
use crate::metrics::ratio::{normal_quantile, wilson};
use crate::pbx::config::CallbackConfig;
use crate::scenario::Scenario;

/// Points of a curve that a chart can show.
const POINTS: usize = 120;

/// One queue's callbacks: those asked for in the measured time, whenever they were made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CallbackFigures {
    pub queue: String,
    /// `done` + `failed` + `pending`, and the sum of the next three.
    pub requested: u64,
    pub from_voicemail: u64,
    pub from_queue: u64,
    pub from_web: u64,
    /// Calls to customers, further tries included.
    pub calls: u64,
    /// The customer picked up.
    pub done: u64,
    /// Every try was in vain.
    pub failed: u64,
    /// Neither when the run was over.
    pub pending: u64,
    /// Within what time the first call was promised: from the request on, or from the next opening.
    pub promise_s: f64,
    /// First called in that time, its last moment included.
    pub in_time: u64,
    pub late: u64,
    /// Not called at all.
    pub never: u64,
    /// `in_time` of `requested`, 0 to 1, with its Wilson interval at 95 %.
    pub kept: Option<f64>,
    pub kept_ci95: Option<[f64; 2]>,
    /// Seconds from the promise on → share of those who asked that were first called no later, 0 to 1; both grow.
    #[serde(default)]
    pub waits: Vec<(f64, f64)>,
}

pub(super) fn of(summary: &Summary, scenario: &Scenario) -> Vec<CallbackFigures> {
    let queues = summary.notes.callbacks.iter();
    queues.map(|(queue, counts)| figures(queue, counts, &config(scenario, queue))).collect()
}

fn config(scenario: &Scenario, queue: &str) -> CallbackConfig {
    let queue = scenario.pbx.queues.iter().find(|known| *known.name == *queue);
    queue.and_then(|queue| queue.callback.clone()).unwrap_or_default()
}

fn figures(queue: &str, counts: &CallbackCounts, config: &CallbackConfig) -> CallbackFigures {
    let (requested, in_time) = (counts.total(), counts.called_within(config.promise.as_secs()));
    let [from_voicemail, from_queue, from_web] = counts.requested;
    let kept = (requested > 0).then(|| real(in_time) / real(requested));
    CallbackFigures {
        queue: queue.to_owned(),
        requested,
        from_voicemail,
        from_queue,
        from_web,
        calls: counts.calls,
        done: counts.done,
        failed: counts.failed,
        pending: requested.saturating_sub(counts.done + counts.failed),
        promise_s: config.promise.as_secs_f64(),
        in_time,
        late: counts.called() - in_time,
        never: requested.saturating_sub(counts.called()),
        kept,
        kept_ci95: kept.map(|kept| wilson(kept, real(requested), normal_quantile(0.95))),
        waits: waits(counts, requested),
    }
}

/// The curve of waits, at most [`POINTS`] of it and its last.
fn waits(counts: &CallbackCounts, requested: u64) -> Vec<(f64, f64)> {
    let mut called = 0;
    let whole = counts.waits.iter().map(|(seconds, customers)| {
        called += customers;
        (real(*seconds), real(called) / real(requested.max(called)))
    });
    let whole: Vec<(f64, f64)> = whole.collect();
    let every = whole.len().div_ceil(POINTS).max(1);
    let last = whole.len().saturating_sub(1);
    whole
        .into_iter()
        .enumerate()
        .filter(|(at, _)| at % every == 0 || *at == last)
        .map(|(_, point)| point)
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}
