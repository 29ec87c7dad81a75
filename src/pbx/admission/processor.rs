//! What the server can compute: a load from set-ups, calls and recordings, looked at every so often.
//!
//! Load = set-ups per second ⁄ `calls_per_second` + calls ⁄ `concurrent_calls` + recordings ⁄ `recordings`, of the last
//! whole period, as FreeSWITCH's `min-idle-cpu` and Asterisk's `maxload` look at theirs once a second: between two
//! looks nothing changes, so that calls come in and are refused in waves.
//!
//! A processor that slows down does not look: it sets calls up one after the other, each in 1 ⁄ `calls_per_second` of
//! the processor, of which calls in progress and recordings leave it a share. Calls wait in order of their arrival.

use crate::pbx::admission::Refused;
use crate::pbx::config;
use crate::pbx::config::Overload;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Processor {
    config: config::Processor,
    calls: f64,
    recordings: f64,
    /// Work of set-ups, in set-ups, since the last sample.
    setups: f64,
    /// Number of the period of the last sample.
    period: u128,
    /// Above the limit at the last sample, and not yet below the mark of return.
    busy: bool,
    /// When the last set-up will be done.
    free_at: Instant,
    refused: Refused,
}

impl Processor {
    pub(super) const fn new(config: config::Processor, refused: Refused) -> Self {
        Self {
            config,
            calls: 0.0,
            recordings: 0.0,
            setups: 0.0,
            period: 0,
            busy: false,
            free_at: Instant::ZERO,
            refused,
        }
    }

    /// Looks at the load if a period has ended by `now`; to be called before anything changes.
    pub(super) fn sample(&mut self, now: Instant) {
        let period = (now - Instant::ZERO).as_nanos() / self.config.sampled.as_nanos().max(1);
        if period == self.period {
            return;
        }
        let setups = if period == self.period + 1 { self.setups } else { 0.0 };
        let per_second = setups / self.config.sampled.as_secs_f64();
        let load = per_second / self.config.calls_per_second + self.lasting();
        self.busy = load > if self.busy { self.config.resume } else { self.config.limit };
        (self.period, self.setups) = (period, 0.0);
    }

    /// Load of what lasts: calls and recordings.
    fn lasting(&self) -> f64 {
        self.calls / self.config.concurrent_calls + self.recordings / self.config.recordings
    }

    /// When a set-up that begins now would be done; never if nothing is left of the processor.
    fn done(&self, now: Instant) -> Option<Instant> {
        let left = self.config.limit - self.lasting();
        let takes = 1.0 / (self.config.calls_per_second * left);
        let takes = Duration::try_from_secs_f64(takes).ok().filter(|_| left > 0.0)?;
        Some(self.free_at.max(now) + takes)
    }

    pub(super) fn ask(&self, now: Instant) -> Result<(), Refused> {
        let admits = match self.config.overload {
            Overload::Refuse => !self.busy,
            Overload::SlowDown { max_delay } => self.done(now).is_some_and(|done| done - now <= max_delay),
        };
        if admits { Ok(()) } else { Err(self.refused.clone()) }
    }

    /// Whether the call was admitted, by the processor and all others.
    pub(super) fn answered_to(&mut self, admitted: bool) {
        self.setups += if admitted { 1.0 } else { self.config.refusal_cost };
    }

    /// A call comes in; it is set up at the instant returned.
    pub(super) fn seize(&mut self, now: Instant) -> Instant {
        let slow = matches!(self.config.overload, Overload::SlowDown { .. });
        if let Some(done) = self.done(now).filter(|_| slow) {
            self.free_at = done;
        }
        self.calls += 1.0;
        if slow { self.free_at } else { now }
    }

    pub(super) const fn release(&mut self) {
        self.calls -= 1.0;
    }

    pub(super) const fn recording_began(&mut self) {
        self.recordings += 1.0;
    }

    pub(super) const fn recording_ended(&mut self) {
        self.recordings -= 1.0;
    }
}
