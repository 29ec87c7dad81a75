//! Who may come in: a list of limiters, asked in order.
//!
//! A call is refused by the first limiter that says no and then takes nothing from any of them; a call that
//! all admit takes its part of each. A new limit is a new file with a new [`Limit`].

use std::fmt;

use crate::outcome::Limiter;
use crate::pbx::books::cause;
use crate::pbx::config::Config;
use crate::pbx::config::Refusal;
use crate::time::Instant;

mod call_rate;
mod channels;

/// One counted resource.
pub(super) trait Limit: fmt::Debug + Send {
    /// Whether a call offered at `now` may come in.
    fn admits(&self, now: Instant) -> bool;
    /// A call came in.
    fn seize(&mut self, now: Instant);
    /// An admitted call ended.
    fn release(&mut self);
    /// How a call is turned away.
    fn refused(&self) -> Refused;
}

/// Why and how a call was turned away.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) limiter: Option<Limiter>,
    pub(super) cause: &'static str,
    pub(super) refusal: Refusal,
}

/// All limits of a PBX.
#[derive(Debug)]
pub(super) struct Admission {
    limits: Vec<Box<dyn Limit>>,
}

impl Admission {
    /// The limits that `config` states, in the order in which a call meets them: the PBX's own table, the
    /// rate at the door, the circuits.
    pub(super) fn new(config: &Config) -> Self {
        let mut limits: Vec<Box<dyn Limit>> = vec![Box::new(channels::Channels::new(
            config.capacity,
            Refused {
                limiter: Some(Limiter::Processor),
                cause: cause::CAPACITY,
                refusal: Refusal::status(503, Some(42)),
            },
        ))];
        if let Some(limit) = config.calls_per_second {
            let refused = Refused {
                limiter: Some(Limiter::CallsPerSecond),
                cause: cause::RATE_LIMITED,
                refusal: config.refusal.calls_per_second.clone(),
            };
            limits.push(Box::new(call_rate::CallRate::new(limit, refused)));
        }
        if let Some(channels) = config.channels {
            let refused = Refused {
                limiter: Some(Limiter::Channels),
                cause: cause::TRUNK_FULL,
                refusal: config.refusal.channels.clone(),
            };
            limits.push(Box::new(channels::Channels::new(channels, refused)));
        }
        Self { limits }
    }

    /// Lets a call in, or says why not.
    pub(super) fn admit(&mut self, now: Instant) -> Result<(), Refused> {
        if let Some(limit) = self.limits.iter().find(|limit| !limit.admits(now)) {
            return Err(limit.refused());
        }
        for limit in &mut self.limits {
            limit.seize(now);
        }
        Ok(())
    }

    /// An admitted call ended.
    pub(super) fn release(&mut self) {
        for limit in &mut self.limits {
            limit.release();
        }
    }
}
