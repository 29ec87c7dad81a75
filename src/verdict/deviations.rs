//! The log of deviations: when a limit was violated beyond chance, and whether it came back.
//!
//! A new order does not work at once: a single deviation is written down, a second one of the same kind, with
//! quiet time between, asks for a change. The measured time is cut into at most 48 windows; one is a deviation if
//! its interval, the confidence shared out among all windows (Bonferroni), lies wholly beyond the gate's limit.
//! Windows that touch are one deviation.

use crate::metrics::Summary;
use crate::verdict::Status;
use crate::verdict::evaluate::decide;
use crate::verdict::gate::Gate;
use crate::verdict::windows::{slice_counts, window_ratio};

/// Most windows; a day has half hours then.
const WINDOWS: usize = 48;

/// The deviations from one gate's limit, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviationLog {
    /// As written.
    pub gate: String,
    pub spells: Vec<Spell>,
}

/// A time throughout which the limit was violated beyond chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Seconds of people's time from the start of the run.
    pub start_s: f64,
    pub end_s: f64,
    /// The ratio in its worst window, 0 to 1.
    pub worst: f64,
}

impl DeviationLog {
    /// Came back after quiet time.
    #[must_use]
    pub fn recurs(&self) -> bool {
        self.spells.len() >= 2
    }
}

/// The deviations from every gate on a ratio; gates that no window violates are left out.
#[must_use]
pub fn deviations(gates: &[Gate], summary: &Summary) -> Vec<DeviationLog> {
    let logs = gates.iter().filter_map(|gate| log(gate, summary));
    logs.filter(|log| !log.spells.is_empty()).collect()
}

fn log(gate: &Gate, summary: &Summary) -> Option<DeviationLog> {
    let measure = gate.metric.measure(&summary.thresholds)?;
    let slices = slice_counts(measure, summary);
    let width = slices.len().div_ceil(WINDOWS).max(1);
    let windows = slices.len().div_ceil(width);
    let confidence = 1.0 - 0.05 / real(windows.max(1));
    // Every window must prove its violation, whatever the gate asks of the whole run.
    let sure = Gate { confidence: Some(confidence), ..gate.clone() };
    let start = summary.measured[0].as_secs_f64();
    let mut spells: Vec<Spell> = Vec::new();
    for (place, window) in slices.chunks(width).enumerate() {
        let ratio = window_ratio(window, measure, confidence, summary);
        let Some(value) = ratio.value().filter(|value| decide(&sure, *value, ratio.interval) == Status::Fail)
        else {
            continue;
        };
        let from = start + real(place * width) * summary.slice_s;
        let until = from + real(window.len()) * summary.slice_s;
        let worse = |a: f64, b: f64| if gate.operator.is_upper_limit() { a.max(b) } else { a.min(b) };
        match spells.last_mut().filter(|last| from - last.end_s < summary.slice_s / 2.0) {
            Some(last) => *last = Spell { end_s: until, worst: worse(last.worst, value), ..*last },
            None => spells.push(Spell { start_s: from, end_s: until, worst: value }),
        }
    }
    Some(DeviationLog { gate: gate.text.clone(), spells })
}

#[expect(clippy::cast_precision_loss, reason = "a number of slices")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::fixture::{answered_by_pbx, refused};
    use crate::metrics::{Collector, Settings};
    use crate::outcome::{Observation, Phase};
    use crate::time::Duration;
    use crate::verdict::gate;

    /// Eight hours with a call every ten seconds, all of them lost during the minutes `[from, to)` of `lost`.
    fn logs(lost: &[[u32; 2]]) -> Vec<DeviationLog> {
        logs_of(|call| lost.iter().any(|[from, to]| (*from..*to).contains(&(call / 6))))
    }

    /// The same, those calls lost that are said to be, the first being the call 0.
    fn logs_of(is_lost: impl Fn(u32) -> bool) -> Vec<DeviationLog> {
        let duration = Some(Duration::from_secs(8 * 3_600));
        let mut collector = Collector::new(Settings { duration, ..Settings::default() });
        for i in 0..2_880_u32 {
            let start = 10.0 * f64::from(i);
            let mut record = if is_lost(i) {
                refused(u64::from(i), start)
            } else {
                answered_by_pbx(u64::from(i), start, 5.0)
            };
            record.phase = Phase::Measured;
            collector.observe(&Observation::Ended(Box::new(record)));
        }
        let gate = gate::parse("technical_drop_rate < 5%", "x.yaml:1").unwrap();
        deviations(&[gate], &collector.finish())
    }

    #[test]
    fn a_single_deviation_is_logged_and_not_flagged() {
        let logs = logs(&[[120, 140]]);
        let [log] = logs.as_slice() else { panic!("{logs:?}") };
        assert_eq!(log.spells.len(), 1);
        assert!((log.spells[0].start_s - 7_200.0).abs() < 1.0 && (log.spells[0].end_s - 8_400.0).abs() < 1.0);
        assert!((log.spells[0].worst - 1.0).abs() < 1e-9);
        assert!(!log.recurs());
    }

    #[test]
    fn a_recurring_deviation_is_flagged() {
        let logs = logs(&[[120, 140], [300, 320], [420, 440]]);
        assert_eq!(logs[0].spells.len(), 3);
        assert!(logs[0].recurs());
    }

    /// Of 60 calls in one of 48 windows 8 lost are 6.9 % or more at 95 % (Wilson's interval, z = 1.96), and so beyond the
    /// limit of 5 %; at 1 − 5 %/48 (z = 3.28) they may be 4.5 %, which one window in so many is by chance. 9 are 5.4 %.
    #[test]
    fn what_one_window_in_so_many_shows_by_chance_is_no_deviation() {
        let lost = |calls: u32| logs_of(|call| (720..720 + calls).contains(&call));
        assert_eq!(lost(8), []);
        assert_eq!(lost(9)[0].spells.len(), 1);
    }

    #[test]
    fn a_quiet_run_has_no_log() {
        assert!(logs(&[]).is_empty());
    }
}
