//! `stop` gates, judged while the run goes on.

use std::collections::VecDeque;

use crate::metrics::Collector;
use crate::metrics::Counts;
use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::ratio;
use crate::time::{Duration, Instant};
use crate::verdict::evaluate::{delay_figure, delays};
use crate::verdict::gate::{Action, Gate, Window};
use crate::verdict::metric::Metric;

/// Parts into which a window is cut: `for 10s` means violated in each of them.
const PARTS: u32 = 10;

/// Fewest delays before a percentile may stop a run.
const FEWEST_DELAYS: u64 = 100;

/// Fewest calls before a ratio of the whole run may: the interval of one lost call already excludes 20 %.
const FEWEST_CALLS: u64 = 30;

/// Watches the gates that stop a run. Feed it once a second; its memory is bounded by the number of gates.
#[derive(Debug)]
pub struct Monitor {
    watched: Vec<Watched>,
}

#[derive(Debug)]
struct Watched {
    gate: Gate,
    /// Counts at the ends of parts, oldest first; at most `PARTS + 1`.
    history: VecDeque<(Instant, Counts)>,
    /// What the gate counts; known from the first look at a collector on.
    measure: Option<Measure>,
}

impl Monitor {
    /// Watches those of `gates` that say `stop`.
    #[must_use]
    pub fn new(gates: &[Gate]) -> Self {
        let watch = |gate: &Gate| Watched { gate: gate.clone(), history: VecDeque::new(), measure: None };
        Self { watched: gates.iter().filter(|gate| gate.action == Action::Stop).map(watch).collect() }
    }

    /// No gate may stop the run.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.watched.is_empty()
    }

    /// The first gate that is violated at `now` (people's time) beyond doubt, if any: then stop the run.
    pub fn check(&mut self, now: Instant, collector: &Collector) -> Option<&Gate> {
        let violated = self.watched.iter_mut().position(|watched| watched.is_violated(now, collector))?;
        Some(&self.watched[violated].gate)
    }
}

impl Watched {
    fn is_violated(&mut self, now: Instant, collector: &Collector) -> bool {
        self.measure = self.gate.metric.measure(&collector.settings().thresholds);
        match self.gate.window {
            Some(Window::For(length)) => {
                self.remember(now, length, collector.counts());
                self.spans(now, length) && self.parts().all(|(k, n)| self.proves(k, n))
            }
            Some(Window::Over(length)) => {
                self.remember(now, length, collector.counts());
                let (k, n) = self.parts().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
                self.spans(now, length) && self.proves(k, n)
            }
            Some(Window::Within(length)) => {
                let start = Instant::ZERO + collector.settings().warm_up + length;
                now >= start && self.remember_first(now, collector.counts()) && self.since_first(collector)
            }
            None => self.whole_run(collector),
        }
    }

    /// Keeps the counts at the end of each part of the window.
    fn remember(&mut self, now: Instant, length: Duration, counts: &Counts) {
        let due = self.history.back().is_none_or(|(at, _)| now.since(*at) >= length / PARTS);
        if due {
            self.history.push_back((now, counts.clone()));
        }
        // One snapshot must stay at or beyond the window's far end.
        while self.history.get(1).is_some_and(|(at, _)| now.since(*at) >= length) {
            self.history.pop_front();
        }
    }

    fn spans(&self, now: Instant, length: Duration) -> bool {
        self.history.front().is_some_and(|(at, _)| now.since(*at) >= length)
    }

    fn remember_first(&mut self, now: Instant, counts: &Counts) -> bool {
        if self.history.is_empty() {
            self.history.push_back((now, counts.clone()));
        }
        true
    }

    fn since_first(&self, collector: &Collector) -> bool {
        let Some((_, first)) = self.history.front() else { return false };
        let (k, n) = self.difference(first, collector.counts());
        self.proves(k, n)
    }

    fn parts(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.history.iter().zip(self.history.iter().skip(1)).map(|(a, b)| self.difference(&a.1, &b.1))
    }

    fn difference(&self, before: &Counts, after: &Counts) -> (u64, u64) {
        let Some(measure) = self.measure else { return (0, 0) };
        let ((k0, n0), (k1, n1)) = (measure.of(before), measure.of(after));
        (k1.saturating_sub(k0), n1.saturating_sub(n0))
    }

    /// Whether k of n violates the limit: the point value, or with a confidence the whole interval.
    fn proves(&self, k: u64, n: u64) -> bool {
        let confidence = self.gate.confidence;
        let evidence =
            ratio::Evidence { replications: &[], slices: &[], slice_holding_times: None, model: None };
        let ratio = ratio::ratio(k, n, confidence.unwrap_or(0.95), &evidence);
        self.violates(&ratio, confidence.is_some())
    }

    fn violates(&self, ratio: &Ratio, with_interval: bool) -> bool {
        let (Some(value), Some(interval)) = (ratio.value(), ratio.interval) else { return false };
        let ends = if with_interval { interval } else { [value, value] };
        ends.iter().all(|&end| !self.gate.operator.holds(end, self.gate.limit))
    }

    /// Without a window the figures of the whole run so far decide, and only beyond doubt: a ratio by its
    /// 95 % interval (or the gate's own), since three calls are no reason to stop.
    #[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 calls")]
    fn whole_run(&self, collector: &Collector) -> bool {
        if let Metric::Delay(delay, stat) = self.gate.metric {
            let delays = delays(collector.latencies(), delay);
            let value = delay_figure(delays, stat).filter(|_| delays.count() >= FEWEST_DELAYS);
            return value.is_some_and(|value| !self.gate.operator.holds(value, self.gate.limit));
        }
        let Some(measure) = self.measure else { return false };
        let (k, n) = measure.of(collector.counts());
        // The interval holds the ratio itself, and is no short calculation: where that is right, nothing is proved.
        let is_suspect = n >= FEWEST_CALLS && !self.gate.operator.holds(k as f64 / n as f64, self.gate.limit);
        is_suspect && {
            let ratio = collector.finish().ratio(measure, self.gate.confidence.unwrap_or(0.95));
            self.violates(&ratio, true)
        }
    }
}
