//! So many new calls a second, by one of several rules.

use crate::pbx::admission::Refused;
use crate::pbx::admission::average::Average;
use crate::pbx::admission::call_rate::CallRate;
use crate::pbx::admission::overload::OverloadControl;
use crate::pbx::admission::sustain::Sustain;
use crate::pbx::admission::turns::Turns;
use crate::pbx::admission::window::Window;
use crate::pbx::config::Algorithm;
use crate::pbx::config::RateLimit;
use crate::random::Seed;
use crate::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Rate {
    kept: Kept,
    refused: Refused,
}

/// Each rule with its memory.
#[derive(Debug)]
enum Kept {
    Bucket(CallRate),
    Window(Window),
    Average(Box<Average>),
    Sustain(Box<Sustain>),
    Turns(Turns),
    Overload(Box<OverloadControl>),
}

impl Rate {
    /// A rule that draws does so from the stream with this index.
    pub(super) fn new(limit: RateLimit, seed: Seed, stream: u64, refused: Refused) -> Self {
        let kept = match limit.algorithm {
            Algorithm::TokenBucket => Kept::Bucket(CallRate::new(limit)),
            Algorithm::FixedWindow => Kept::Window(Window::of_a_second(limit.per_second, 0.0)),
            Algorithm::FreeswitchWindow => Kept::Window(Window::of_a_second(limit.per_second, 1.0)),
            Algorithm::Average { period } => Kept::Average(Box::new(Average::new(limit.per_second, period))),
            Algorithm::BurstAndSustain { .. } => Kept::Sustain(Box::new(Sustain::new(limit))),
            Algorithm::Queue { max_delay } => Kept::Turns(Turns::new(limit.per_second, max_delay)),
            Algorithm::OverloadControl { every } => {
                Kept::Overload(Box::new(OverloadControl::new(limit.per_second, every, seed, stream)))
            }
        };
        Self { kept, refused }
    }

    /// A call asks to come in, whoever may refuse it.
    pub(super) fn offered(&mut self, now: Instant) {
        match &mut self.kept {
            Kept::Average(average) => average.forget_before(now),
            Kept::Sustain(sustain) => sustain.offered(now),
            Kept::Overload(control) => control.offered(now),
            Kept::Bucket(_) | Kept::Window(_) | Kept::Turns(_) => {}
        }
    }

    pub(super) fn ask(&self, now: Instant) -> Result<(), Refused> {
        let admits = match &self.kept {
            Kept::Bucket(bucket) => bucket.admits(now),
            Kept::Window(window) => window.admits(now),
            Kept::Average(average) => average.admits(),
            Kept::Sustain(sustain) => sustain.admits(now),
            Kept::Turns(turns) => turns.admits(now),
            Kept::Overload(control) => control.admits(),
        };
        if admits { Ok(()) } else { Err(self.refused.clone()) }
    }

    /// A call comes in; it may go on from the instant returned.
    pub(super) fn seize(&mut self, now: Instant) -> Instant {
        match &mut self.kept {
            Kept::Bucket(bucket) => bucket.seize(now),
            Kept::Window(window) => window.seize(now),
            Kept::Average(average) => average.seize(),
            Kept::Sustain(sustain) => sustain.seize(now),
            Kept::Turns(turns) => return turns.seize(now),
            Kept::Overload(_) => {}
        }
        now
    }
}

/// Time that one call takes at `per_second`.
pub(super) fn time_of_one(per_second: f64) -> Duration {
    Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::MAX)
}
