//! Systemic loss: the limit exceeded, with confidence, in k of n windows. One burst is no system.
//!
//! `systemic_loss(3 of 12, 5m)` has as its value the loss that at least 3 of some 12 consecutive windows of
//! five minutes each *prove*: the third highest of their lower confidence limits, in the worst such stretch.
//! The gate `systemic_loss(3 of 12, 5m) < 1%` therefore fails only when three windows each show more than
//! 1 % beyond chance. At a true loss of exactly 1 % each window does so with 2.5 % (at @95%, two-sided), three
//! of twelve independent ones with 0.35 %. Neighbouring windows share busy periods, so the true rate is higher.

use crate::metrics::Measure;
use crate::metrics::Summary;
use crate::time::Duration;
use crate::verdict::evaluate::{GateOutcome, decide, undecided};
use crate::verdict::gate::Gate;
use crate::verdict::windows::{slice_counts, slices_in, window_ratio};

/// Judges `(needed, of, window)` on the technical losses of the run.
pub(super) fn judge(gate: &Gate, rule: (u32, u32, Duration), summary: &Summary) -> GateOutcome {
    let (needed, of, length) = rule;
    let measure = Measure::TechnicalDropRate;
    let slices = slice_counts(measure, summary);
    let windows: Vec<f64> = slices
        .chunks_exact(slices_in(length, summary))
        .map(|window| {
            let ratio = window_ratio(window, measure, gate.confidence.unwrap_or(0.95), summary);
            ratio.interval.map_or(0.0, |[low, _]| low)
        })
        .collect();
    let stretches = windows.windows(of as usize).map(|stretch| {
        let mut proven = stretch.to_vec();
        proven.sort_by(|a, b| b.total_cmp(a));
        proven[needed as usize - 1]
    });
    let Some(value) = stretches.max_by(f64::total_cmp) else {
        return undecided("the run has fewer windows than the rule looks at");
    };
    let status = decide(gate, value, None);
    GateOutcome { status, value: Some(value), interval: None, n: summary.counts.counted(), remark: None }
}
