//! Callers whom agents sent on, and how long queues' callers waited.

use serde::{Deserialize, Serialize};

use crate::metrics::Summary;
use crate::metrics::WaitCounts;
use crate::metrics::ratio::{normal_quantile, wilson};
use crate::pbx::transfers::destinations;
use crate::scenario::Scenario;

/// What came of the transfers, in the measured time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Transfers {
    /// As the scenario lists them.
    pub ways: Vec<TransferFigures>,
    /// The queues that had callers.
    pub queues: Vec<QueueWaits>,
}

/// One number to which the agents of one queue send callers on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TransferFigures {
    pub queue: String,
    pub to: String,
    /// Where the number leads, as `queue NAME` or `voicemail`; several, where that depends on the hour or the caller.
    pub leads_to: Vec<String>,
    /// Times that an agent of the queue picked up.
    pub conversations: u64,
    pub sent_on: u64,
    /// `sent_on` of `conversations`, 0 to 1, with its Wilson interval at 95 %.
    pub share: Option<f64>,
    pub share_ci95: Option<[f64; 2]>,
}

/// Callers of one queue, whether they came by themselves or were sent there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct QueueWaits {
    pub queue: String,
    pub callers: u64,
    pub answered: u64,
    /// Of those answered; from entering the queue to the pick-up.
    pub mean_wait_s: Option<f64>,
    /// Of all callers, answered within the target's time, 0 to 1, with its Wilson interval at 95 %.
    pub in_time: Option<f64>,
    pub in_time_ci95: Option<[f64; 2]>,
    pub threshold_s: f64,
    /// Of the callers, those whom agents had sent there.
    pub sent_here: u64,
    pub sent_here_answered: u64,
    pub sent_here_mean_wait_s: Option<f64>,
}

pub(super) fn of(scenario: &Scenario, summary: &Summary) -> Option<Transfers> {
    if !scenario.pbx.sends_on() {
        return None;
    }
    let mut ways = Vec::new();
    for queue in &scenario.pbx.queues {
        let passed = summary.notes.passed.get(&queue.name).cloned().unwrap_or_default();
        for (place, transfer) in queue.policy.transfers.iter().enumerate() {
            let sent_on = passed.sent_on.get(&place).copied().unwrap_or(0);
            let mut leads_to: Vec<String> = destinations(&scenario.pbx, &transfer.to)
                .iter()
                .map(|destination| destination.describe(&scenario.pbx))
                .collect();
            leads_to.dedup();
            let (share, share_ci95) = share(sent_on, passed.conversations);
            ways.push(TransferFigures {
                queue: queue.name.to_string(),
                to: transfer.to.to_string(),
                leads_to,
                conversations: passed.conversations,
                sent_on,
                share,
                share_ci95,
            });
        }
    }
    let threshold = summary.thresholds.first().copied().unwrap_or_default();
    let named = scenario.pbx.queues.iter().filter_map(|queue| {
        let visits = summary.notes.visits.get(&queue.name)?;
        let (all, sent_here) = (&visits.all, &visits.sent_here);
        let (in_time, in_time_ci95) = share(all.answered_within(threshold.as_secs()), all.callers());
        Some(QueueWaits {
            queue: queue.name.to_string(),
            callers: all.callers(),
            answered: all.answered,
            mean_wait_s: mean_wait_s(all),
            in_time,
            in_time_ci95,
            threshold_s: threshold.as_secs_f64(),
            sent_here: sent_here.callers(),
            sent_here_answered: sent_here.answered,
            sent_here_mean_wait_s: mean_wait_s(sent_here),
        })
    });
    Some(Transfers { ways, queues: named.collect() })
}

fn share(part: u64, whole: u64) -> (Option<f64>, Option<[f64; 2]>) {
    let (part, whole) = (real(part.into()), real(whole.into()));
    let share = (whole > 0.0).then(|| part / whole);
    (share, share.map(|share| wilson(share, whole, normal_quantile(0.95))))
}

fn mean_wait_s(counts: &WaitCounts) -> Option<f64> {
    (counts.answered > 0).then(|| real(counts.waited_ns) / 1e9 / real(counts.answered.into()))
}

#[expect(clippy::cast_precision_loss, reason = "counts, and sums of waits to the microsecond")]
const fn real(count: u128) -> f64 {
    count as f64
}
