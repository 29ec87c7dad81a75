//! Whether callers who have an agent of their own met that agent.

use serde::{Deserialize, Serialize};

use crate::metrics::Summary;
use crate::metrics::ratio::{normal_quantile, wilson};

/// One queue's callers who have an owner, in the measured time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OwnerFigures {
    pub queue: String,
    /// Callers who have an owner among the queue's agents.
    pub known: u64,
    /// Served by the owner.
    pub reached: u64,
    /// Served by somebody else: the owner was busy, away, or did not pick up in time.
    pub fell_back: u64,
    /// Served by nobody: the caller or the queue gave up.
    pub gone: u64,
    /// `reached` of `known`, 0 to 1, with its Wilson interval at 95 %.
    pub share: Option<f64>,
    pub share_ci95: Option<[f64; 2]>,
}

pub(super) fn of(summary: &Summary) -> Vec<OwnerFigures> {
    let queues = summary.notes.owners.iter().map(|(queue, counts)| {
        let (reached, known) = (real(counts.reached), real(counts.known()));
        OwnerFigures {
            queue: queue.to_string(),
            known: counts.known(),
            reached: counts.reached,
            fell_back: counts.fell_back,
            gone: counts.gone,
            share: (known > 0.0).then(|| reached / known),
            share_ci95: (known > 0.0).then(|| wilson(reached / known, known, normal_quantile(0.95))),
        }
    });
    queues.collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}
