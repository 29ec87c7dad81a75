//! How long was measured: planned, or as long as the calls of each replication took, or until a run was stopped.

use crate::metrics::Collector;
use crate::metrics::summary;
use crate::time::{Duration, Instant};

/// How a replication ended whose calls decide its length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ending {
    /// Of its measured time, which begins when the warm-up is over: from then to the start of its last call.
    pub(super) measured: Duration,
    /// Circuit-seconds used in it: what its last calls hold later on belongs to no measured time.
    pub(super) used_s: f64,
}

impl Collector {
    /// The measured time as it is planned: without a planned length it has no end until all is over.
    pub(super) fn window(&self) -> [Instant; 2] {
        let start = Instant::ZERO + self.settings.warm_up;
        let planned = self.settings.duration.map(|duration| start + duration);
        [start, planned.unwrap_or(Instant::from_nanos(u64::MAX))]
    }

    /// The run was stopped before its end: what was planned for later was not measured, and no figure is divided by that
    /// time. It was observed to the start of its last call. Gives its measured time.
    pub fn stop_early(&mut self) -> [Instant; 2] {
        let start = Instant::ZERO + self.settings.warm_up;
        self.stopped_at = vec![self.sums.last_intended.max(start)];
        [start, self.end()]
    }

    /// The end of the measured time: the planned one, but that of what was seen of a single run that was stopped. Where
    /// calls decide how long a replication lasts, that of a mean one.
    pub(super) fn end(&self) -> Instant {
        let start = Instant::ZERO + self.settings.warm_up;
        if let (false, Ok(count)) = (self.endings.is_empty(), u32::try_from(self.endings.len())) {
            return start + Duration::from_secs_f64(self.own_lengths_s().sum::<f64>() / f64::from(count));
        }
        let planned = self.settings.duration.map_or(self.sums.last_intended, |duration| start + duration);
        let stopped = self.stopped_at.first().filter(|_| self.replications.len() <= 1);
        stopped.map_or(planned, |stopped| planned.min(*stopped)).max(start)
    }

    /// Measured seconds of each replication whose calls decide its length, in index order.
    pub(super) fn own_lengths_s(&self) -> impl Iterator<Item = f64> {
        self.endings.iter().map(|ending| ending.measured.as_secs_f64())
    }

    /// How this one replication ended, if its calls decide that.
    pub(super) fn ending(&self) -> Option<Ending> {
        let end = self.settings.duration.is_none().then(|| self.end())?;
        let start = Instant::ZERO + self.settings.warm_up;
        let width_s = self.slices.width().as_secs_f64();
        let means = self.slices.items().iter().map(|slice| slice.in_use.seconds() / width_s);
        let used_s = summary::circuit_seconds(means, width_s, [start, end]);
        Some(Ending { measured: end - start, used_s })
    }

    /// Seconds of all replications that were measured: a stopped one lasts as long as it did.
    pub(super) fn measured_s(&self) -> f64 {
        if !self.endings.is_empty() {
            return self.own_lengths_s().sum();
        }
        let (start, end) = (Instant::ZERO + self.settings.warm_up, self.end());
        let runs = u32::try_from(self.replications.len().max(1)).unwrap_or(u32::MAX);
        let missed: f64 = self.stopped_at.iter().map(|stopped| end.since(*stopped).as_secs_f64()).sum();
        ((end - start).as_secs_f64() * f64::from(runs) - missed).max(0.0)
    }
}
