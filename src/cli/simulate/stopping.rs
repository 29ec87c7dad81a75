//! When enough has been simulated: by precision, by time, by number.

use crate::cli::Failure;
use crate::live::clock::Clock;
use crate::metrics::Counts;
use crate::metrics::ratio;
use crate::metrics::ratio::Evidence;
use crate::time::Duration;
use crate::time::Instant;
use crate::verdict::Gate;
use crate::verdict::Metric;
use crate::verdict::gate;
use crate::verdict::gate::Capabilities;

/// Fewest replications before a half-width is believed: with fewer, Student's interval is itself uncertain and
/// one that is narrow by chance would stop the run too early.
const FEWEST: usize = 10;

/// Half-widths are those of the intervals that a result shows.
const CONFIDENCE: f64 = 0.95;

/// `--precision`: how narrow a ratio's interval shall be.
#[derive(Debug)]
pub(super) struct Precision {
    text: String,
    /// The metric, and the half-width as its limit.
    gate: Gate,
    /// The half-width is a share of the value.
    relative: bool,
    /// (k, n) of each replication, in index order.
    parts: Vec<(u64, u64)>,
}

impl Precision {
    /// Reads `technical_drop_rate ±0.1%`, or `service_level(20s) ±2% relative`; `+-` stands for `±`.
    ///
    /// # Errors
    /// [`Failure::Usage`] if it is no half-width of a ratio that this scenario can produce.
    pub(super) fn parse(text: &str, capabilities: &Capabilities) -> Result<Self, Failure> {
        let wrong = |problem: &str| {
            Failure::Usage(format!(
                "--precision '{text}': {problem}; write for example --precision 'technical_drop_rate ±0.1%', or \
                 ±5% relative"
            ))
        };
        let signed = text.replace("+-", "±");
        let (metric, half) = signed.split_once('±').ok_or_else(|| wrong("no ± and half-width"))?;
        let half = half.trim();
        let (half, relative) = match half.strip_suffix("relative") {
            Some(half) => (half.trim(), true),
            None => (half, false),
        };
        let parsed = gate::parse(&format!("{} <= {half}", metric.trim()), "--precision");
        let gate = parsed.map_err(|error| wrong(&error.problem))?;
        gate.check(capabilities).map_err(|error| wrong(&error.problem))?;
        let is_ratio = matches!(gate.metric, Metric::Ratio(_) | Metric::ServiceLevel { .. });
        if !is_ratio {
            return Err(wrong("only ratios have an interval over replications"));
        }
        if gate.limit <= 0.0 || gate.window.is_some() || gate.confidence.is_some() {
            return Err(wrong("a half-width is a number above 0, and nothing follows it"));
        }
        Ok(Self { text: text.to_owned(), gate, relative, parts: Vec::new() })
    }

    /// As a gate, so that the collector counts what the metric needs.
    pub(super) const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Whether a collector with these answer times counts what the metric needs.
    pub(super) fn is_counted(&self, thresholds: &[Duration]) -> bool {
        self.gate.metric.measure(thresholds).is_some()
    }

    /// The failure where it does not.
    pub(super) fn uncounted(&self) -> Failure {
        let (text, most) = (&self.text, crate::metrics::THRESHOLDS);
        Failure::Usage(format!(
            "--precision '{text}': at most {most} answer times are counted; leave a gate out"
        ))
    }

    /// Takes in the next replication.
    pub(super) fn add(&mut self, counts: &Counts, thresholds: &[Duration]) {
        self.parts.extend(self.gate.metric.measure(thresholds).map(|measure| measure.of(counts)));
    }

    /// Whether the interval over the replications so far is narrow enough.
    pub(super) fn is_met(&self) -> bool {
        self.parts.len() >= FEWEST && self.half_width().is_some_and(|half| half <= self.gate.limit)
    }

    /// Half the interval over the replications so far, as a share of the value where that was asked for.
    fn half_width(&self) -> Option<f64> {
        let (k, n) = self.parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let evidence =
            Evidence { replications: &self.parts, slices: &[], slice_holding_times: None, model: None };
        let ratio = ratio::ratio(k, n, CONFIDENCE, &evidence);
        let (value, [low, high]) = ratio.value().zip(ratio.interval)?;
        let half = (high - low) / 2.0;
        if self.relative { (value > 0.0).then(|| half / value) } else { Some(half) }
    }

    /// How narrow the interval is in the end, and how many replications would do if it is too wide: a half-width shrinks
    /// with their root.
    pub(super) fn outcome(&self) -> String {
        let (text, count) = (&self.text, self.parts.len());
        let half = match self.half_width() {
            Some(half) if count >= FEWEST => half,
            _ => {
                return format!(
                    "--precision '{text}' can't be told by {count} replications: {FEWEST} are the least"
                );
            }
        };
        let reached = format!("±{:.2} %", half * 100.0);
        if half <= self.gate.limit {
            return format!("--precision '{text}' is reached: {reached} by {count} replications");
        }
        let enough = real(count) * (half / self.gate.limit).powi(2);
        format!(
            "--precision '{text}' is not reached: {reached} by {count} replications; about {enough:.0} would do \
             (--max-replications)"
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of replications")]
const fn real(count: usize) -> f64 {
    count as f64
}

/// `--time-limit`, once the clock runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeLimit {
    clock: Clock,
    limit: Option<Duration>,
}

impl TimeLimit {
    pub(super) fn start(limit: Option<Duration>) -> Self {
        Self { clock: Clock::start(), limit }
    }

    pub(super) fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.clock.now().since(Instant::ZERO) >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUNK: Capabilities = Capabilities {
        queue: false,
        callbacks: false,
        wire: false,
        media: false,
        duration: Some(Duration::from_secs(36_000)),
    };

    #[test]
    fn an_absolute_and_a_relative_half_width_are_told_apart() {
        let absolute = Precision::parse("technical_drop_rate ±0.1%", &TRUNK).unwrap();
        assert!((absolute.gate.limit - 0.001).abs() < 1e-15 && !absolute.relative);
        let relative = Precision::parse("technical_drop_rate +-5% relative", &TRUNK).unwrap();
        assert!((relative.gate.limit - 0.05).abs() < 1e-15 && relative.relative);
    }

    #[test]
    fn what_has_no_interval_is_refused_with_an_example() {
        for text in ["technical_drop_rate", "asa ±2s", "loss ±1%", "service_level(20s) ±1%", "blocking ±0%"]
        {
            let Err(Failure::Usage(told)) = Precision::parse(text, &TRUNK) else { panic!("{text}") };
            assert!(told.contains("--precision 'technical_drop_rate ±0.1%'"), "{told}");
        }
    }

    /// 20 replications that lose 3 % and 5 % in turn: the standard error is 0.01·√(20/19)/√20 = 0.229 %, Student's
    /// quantile with 19 degrees of freedom 2.093: half-width 0.48 % (Wilson's interval keeps it within 2 %).
    #[test]
    fn the_half_width_is_students_over_replications() {
        let met = |half: &str| {
            let mut precision = Precision::parse(&format!("technical_drop_rate ±{half}"), &TRUNK).unwrap();
            precision.parts = (0..20).map(|i| (if i % 2 == 0 { 300 } else { 500 }, 10_000)).collect();
            precision.is_met()
        };
        assert!(met("0.49%") && !met("0.47%"));
        assert!(met("12.3% relative") && !met("11.7% relative"));
    }

    /// The same 0.479 %: a tenth of it takes a hundred times as many replications.
    #[test]
    fn a_half_width_that_is_not_reached_is_told_with_what_would_do() {
        let told = |half: &str, count: usize| {
            let mut precision = Precision::parse(&format!("technical_drop_rate ±{half}"), &TRUNK).unwrap();
            precision.parts = (0..count).map(|i| (if i % 2 == 0 { 300 } else { 500 }, 10_000)).collect();
            precision.outcome()
        };
        let reached = told("0.5%", 20);
        assert_eq!(reached, "--precision 'technical_drop_rate ±0.5%' is reached: ±0.48 % by 20 replications");
        let missed = told("0.048%", 20);
        assert!(missed.contains("is not reached: ±0.48 % by 20 replications"), "{missed}");
        let enough: f64 = missed.split("about ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((1_950.0..2_050.0).contains(&enough), "{missed}");
        assert!(told("10%", FEWEST - 1).contains("can't be told by 9 replications"));
    }

    #[test]
    fn few_replications_are_never_enough() {
        let mut precision = Precision::parse("technical_drop_rate ±10%", &TRUNK).unwrap();
        precision.parts = vec![(400, 10_000); FEWEST - 1];
        assert!(!precision.is_met());
        precision.parts.push((400, 10_000));
        assert!(precision.is_met());
    }
}
