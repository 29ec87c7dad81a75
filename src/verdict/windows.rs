//! Gates on parts of the run, to the resolution of its slices.

use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::Summary;
use crate::metrics::ratio;
use crate::metrics::ratio::Evidence;
use crate::time::Duration;
use crate::verdict::Status;
use crate::verdict::evaluate::{GateOutcome, decide, from_ratio, undecided};
use crate::verdict::gate::Gate;
use crate::verdict::metric::period;

/// k of n in every slice of the measured time.
pub(super) fn slice_counts(measure: Measure, summary: &Summary) -> Vec<(u64, u64)> {
    summary.measured_slices().iter().map(|slice| measure.of(&slice.counts)).collect()
}

/// Slices in a window of this length, at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a window is shorter than the run, which has few slices"
)]
pub(super) fn slices_in(length: Duration, summary: &Summary) -> usize {
    ((length.as_secs_f64() / summary.slice_s).round() as usize).max(1)
}

/// A window's ratio. Windows are short: their spread is Wilson's, widened by the loss model where it applies.
pub(super) fn window_ratio(
    window: &[(u64, u64)],
    measure: Measure,
    confidence: f64,
    summary: &Summary,
) -> Ratio {
    let (k, n) = window.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    let model = summary.loss_variance.filter(|_| measure.is_blocking());
    ratio::ratio(
        k,
        n,
        confidence,
        &Evidence { replications: &[], slices: &[], slice_holding_times: None, model },
    )
}

/// Every window of this length must meet the limit. The confidence is shared out among the windows that do
/// not overlap (Bonferroni), so that a long run is not condemned by chance.
pub(super) fn over(gate: &Gate, measure: Measure, length: Duration, summary: &Summary) -> GateOutcome {
    let slices = slice_counts(measure, summary);
    let span = slices_in(length, summary).min(slices.len().max(1));
    let disjoint = slices.len() / span;
    let confidence = 1.0 - (1.0 - gate.confidence.unwrap_or(0.95)) / real(disjoint.max(1));
    let judged = slices.windows(span).map(|window| {
        let ratio = window_ratio(window, measure, confidence, summary);
        from_ratio(gate, &ratio)
    });
    let worst = judged
        .enumerate()
        .filter(|(_, outcome)| outcome.value.is_some())
        .max_by(|(_, a), (_, b)| badness(gate, a).total_cmp(&badness(gate, b)));
    let Some((place, mut outcome)) = worst else { return undecided("no call to judge by") };
    let start = summary.measured[0].as_secs_f64() + real(place) * summary.slice_s;
    let looked_at = Duration::from_secs_f64(real(span) * summary.slice_s);
    outcome.remark = Some(format!("worst {} begin at {}", period(looked_at), since_start(start)));
    outcome
}

/// Hours, minutes and seconds from the start: `3:06:00`.
fn since_start(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.round().max(0.0)).as_secs();
    format!("{}:{:02}:{:02}", whole / 3_600, whole / 60 % 60, whole % 60)
}

/// Fails only if every slice of some stretch of this length violates the limit.
pub(super) fn throughout(gate: &Gate, measure: Measure, length: Duration, summary: &Summary) -> GateOutcome {
    let slices = slice_counts(measure, summary);
    let span = slices_in(length, summary).min(slices.len().max(1));
    let outcome = |part: &(u64, u64)| {
        let confidence = gate.confidence.unwrap_or(0.95);
        from_ratio(gate, &window_ratio(std::slice::from_ref(part), measure, confidence, summary))
    };
    let judged: Vec<GateOutcome> = slices.iter().map(outcome).collect();
    // The mildest slice of a stretch speaks for it: if even that one violates, the whole stretch does.
    let mildest = judged.windows(span).filter_map(|stretch| {
        let all_seen = stretch.iter().all(|slice| slice.value.is_some());
        let best = stretch.iter().min_by(|a, b| badness(gate, a).total_cmp(&badness(gate, b)));
        best.filter(|_| all_seen).cloned()
    });
    let worst = mildest.max_by(|a, b| badness(gate, a).total_cmp(&badness(gate, b)));
    worst.unwrap_or_else(|| undecided("no stretch of this length had calls in all its parts"))
}

/// Must hold from `length` after the start of the measured time to its end.
pub(super) fn after(gate: &Gate, measure: Measure, length: Duration, summary: &Summary) -> GateOutcome {
    let slices = slice_counts(measure, summary);
    let rest = &slices[slices_in(length, summary).min(slices.len())..];
    let confidence = gate.confidence.unwrap_or(0.95);
    let evidence = Evidence {
        replications: &[],
        slices: rest,
        slice_holding_times: summary.traffic.mean_holding_s.map(|mean| summary.slice_s / mean),
        model: summary.loss_variance.filter(|_| measure.is_blocking()),
    };
    let (k, n) = rest.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    from_ratio(gate, &ratio::ratio(k, n, confidence, &evidence))
}

/// Orders outcomes: failed above inconclusive above passed, then by how far on the wrong side of the limit.
fn badness(gate: &Gate, outcome: &GateOutcome) -> f64 {
    let Some(value) = outcome.value else { return f64::NEG_INFINITY };
    let excess = if gate.operator.is_upper_limit() { value - gate.limit } else { gate.limit - value };
    let class = match decide(gate, value, outcome.interval) {
        Status::Fail | Status::Invalid => 20.0,
        Status::Inconclusive => 10.0,
        Status::Pass => 0.0,
    };
    class + excess.clamp(-4.0, 4.0)
}

#[expect(clippy::cast_precision_loss, reason = "a number of slices")]
fn real(count: usize) -> f64 {
    count as f64
}
