//! One gate, judged on the figures of a finished run.

use crate::metrics::Distribution;
use crate::metrics::Latencies;
use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::Summary;
use crate::metrics::ratio::normal_quantile;
use crate::metrics::ratio::wilson;
use crate::time::Duration;
use crate::verdict::Status;
use crate::verdict::gate::{Gate, Window};
use crate::verdict::metric::{Delay, Metric, Stat};
use crate::verdict::systemic;
use crate::verdict::windows;

/// A gate's end, with the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct GateOutcome {
    pub status: Status,
    /// In the metric's unit; absent if nothing was measured.
    pub value: Option<f64>,
    pub interval: Option<[f64; 2]>,
    /// Observations behind the value.
    pub n: u64,
    /// What a reader must know: why it is undecided, or which window decided.
    pub remark: Option<String>,
}

/// Judges `gate` on `summary`.
#[must_use]
pub fn judge_gate(gate: &Gate, summary: &Summary) -> GateOutcome {
    match (&gate.metric, gate.metric.measure(&summary.thresholds)) {
        (_, Some(measure)) => judge_ratio(gate, measure, summary),
        (Metric::SystemicLoss { needed, of, window }, _) => {
            systemic::judge(gate, (*needed, *of, *window), summary)
        }
        (Metric::CallbackInTime { within }, _) => judge_callbacks(gate, *within, summary),
        (Metric::Delay(delay, stat), _) => judge_delay(gate, *delay, *stat, summary),
        _ => judge_value(gate, value(&gate.metric, summary), summary.counts.offered()),
    }
}

/// Of those who asked to be called back, the share whose first call came in time; the edge counts as in time.
fn judge_callbacks(gate: &Gate, within: Duration, summary: &Summary) -> GateOutcome {
    let counts = summary.notes.callbacks.values();
    let (n, k) =
        counts.fold((0, 0), |(n, k), queue| (n + queue.total(), k + queue.called_within(within.as_secs())));
    if n == 0 {
        return undecided("nobody asked to be called back");
    }
    let share = real(k) / real(n);
    let interval = Some(wilson(share, real(n), normal_quantile(gate.confidence.unwrap_or(0.95))));
    GateOutcome { status: decide(gate, share, interval), value: Some(share), interval, n, remark: None }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}

/// The delays that a gate is about.
pub(super) fn delays(latencies: &Latencies, delay: Delay) -> &Distribution {
    match delay {
        Delay::PostDial => &latencies.post_dial_delay,
        Delay::Answer => &latencies.answer_delay,
        Delay::Disconnect => &latencies.disconnect_delay,
        Delay::Lateness => &latencies.lateness,
    }
}

/// The figure of a distribution that a gate is about, in milliseconds.
pub(super) fn delay_figure(delays: &Distribution, stat: Stat) -> Option<f64> {
    match stat {
        Stat::Percentile(percentile) => delays.percentile_ms(percentile),
        Stat::Max => delays.max_ms(),
        Stat::Mean => delays.mean_ms(),
    }
}

/// Three outcomes with an interval, two without.
pub(super) fn decide(gate: &Gate, value: f64, interval: Option<[f64; 2]>) -> Status {
    let ends = interval.filter(|_| gate.confidence.is_some()).unwrap_or([value, value]);
    match ends.map(|end| gate.operator.holds(end, gate.limit)) {
        [true, true] => Status::Pass,
        [false, false] => Status::Fail,
        _ => Status::Inconclusive,
    }
}

/// Nothing was measured: nothing is decided.
pub(super) fn undecided(remark: &str) -> GateOutcome {
    GateOutcome {
        status: Status::Inconclusive,
        value: None,
        interval: None,
        n: 0,
        remark: Some(remark.to_owned()),
    }
}

fn judge_ratio(gate: &Gate, measure: Measure, summary: &Summary) -> GateOutcome {
    match gate.window {
        None => from_ratio(gate, &summary.ratio(measure, gate.confidence.unwrap_or(0.95))),
        Some(Window::Over(length)) => windows::over(gate, measure, length, summary),
        Some(Window::For(length)) => windows::throughout(gate, measure, length, summary),
        Some(Window::Within(length)) => windows::after(gate, measure, length, summary),
    }
}

pub(super) fn from_ratio(gate: &Gate, ratio: &Ratio) -> GateOutcome {
    let Some(value) = ratio.value() else { return undecided("no call to judge by") };
    let status = decide(gate, value, ratio.interval);
    let remark = (status == Status::Inconclusive).then(|| calls_needed(gate, ratio));
    GateOutcome { status, value: Some(value), interval: ratio.interval, n: ratio.n, remark: remark.flatten() }
}

/// How many calls would decide: the half-width shrinks with the square root of their number.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rough number of calls, for people"
)]
fn calls_needed(gate: &Gate, ratio: &Ratio) -> Option<String> {
    let value = ratio.value()?;
    let [low, high] = ratio.interval?;
    let distance = (value - gate.limit).abs();
    let half = (high - low) / 2.0;
    let factor = (half / distance).powi(2);
    if distance < half / 30.0 {
        return Some("the value lies on the limit: no affordable number of calls would decide".to_owned());
    }
    let calls = ratio.n as f64 * factor;
    let second_digit = 10_f64.powf(calls.log10().floor() - 1.0).max(1.0);
    let rounded = (calls / second_digit).ceil() * second_digit;
    Some(format!("the interval straddles the limit; about {} calls would decide", rounded.round() as u64))
}

fn judge_delay(gate: &Gate, delay: Delay, stat: Stat, summary: &Summary) -> GateOutcome {
    let delays = delays(&summary.latencies, delay);
    let Some(value) = delay_figure(delays, stat) else { return undecided("no such delay was measured") };
    let z = normal_quantile(gate.confidence.unwrap_or(0.95));
    let interval = match stat {
        Stat::Percentile(percentile) => delays.percentile_ci_ms(percentile, z),
        Stat::Max | Stat::Mean => None,
    };
    let status = decide(gate, value, interval);
    let remark = (status == Status::Inconclusive).then(|| "the interval straddles the limit".to_owned());
    GateOutcome { status, value: Some(value), interval, n: delays.count(), remark }
}

fn judge_value(gate: &Gate, value: Option<f64>, n: u64) -> GateOutcome {
    let Some(value) = value else { return undecided("nothing was measured") };
    GateOutcome { status: decide(gate, value, None), value: Some(value), interval: None, n, remark: None }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn value(metric: &Metric, summary: &Summary) -> Option<f64> {
    let traffic = &summary.traffic;
    let queue = summary.queue.as_ref();
    match metric {
        Metric::Asa => queue?.asa_s,
        Metric::Occupancy => queue?.occupancy,
        Metric::QueueLength => Some(f64::from(queue?.max_length)),
        Metric::OfferedErlangs => traffic.offered_erlangs,
        Metric::CarriedErlangs => Some(traffic.carried_erlangs),
        Metric::PeakConcurrent => Some(f64::from(traffic.peak_concurrent)),
        Metric::Calls => Some(summary.counts.offered() as f64),
        Metric::CallsPerSecond => Some(traffic.calls_per_second),
        Metric::Ratio(_)
        | Metric::ServiceLevel { .. }
        | Metric::SystemicLoss { .. }
        | Metric::CallbackInTime { .. }
        | Metric::Delay(..) => None,
    }
}
