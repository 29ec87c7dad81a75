//! Who may come in: a list of limiters, asked in order.
//!
//! A call is refused by the first limiter that says no and then takes nothing from any of them; a call that
//! all admit takes its part of each. A new limit is a new file with a new [`Limit`].

use std::fmt;

use crate::outcome::Limiter;
use crate::pbx::books::cause;
use crate::pbx::config::Algorithm;
use crate::pbx::config::Config;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::random::Seed;
use crate::time::Instant;

mod call_rate;
mod channels;
mod legs;
mod window;

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
    legs: Option<legs::Legs>,
}

impl Admission {
    /// The limits that `config` states, in the order in which a call meets them: the PBX's own table, the
    /// rate at the door, the circuits, the legs.
    pub(super) fn new(config: &Config, seed: Seed) -> Self {
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
            limits.push(match limit.algorithm {
                Algorithm::TokenBucket => Box::new(call_rate::CallRate::new(limit, refused)),
                Algorithm::FixedWindow => Box::new(window::Window::new(limit, refused)),
            });
        }
        if let Some(channels) = config.channels {
            let refused = Refused {
                limiter: Some(Limiter::Channels),
                cause: cause::TRUNK_FULL,
                refusal: config.refusal.channels.clone(),
            };
            limits.push(Box::new(channels::Channels::new(channels, refused)));
        }
        let legs = config.legs.clone().map(|limits| {
            let refused = Refused {
                limiter: Some(Limiter::Legs),
                cause: cause::LEGS_FULL,
                refusal: config.refusal.legs.clone(),
            };
            legs::Legs::new(limits, seed, refused)
        });
        Self { limits, legs }
    }

    /// Lets a call in, or says why not.
    pub(super) fn admit(&mut self, now: Instant, call: CallId) -> Result<(), Refused> {
        let wanted = self.legs.as_mut().map_or(0, legs::Legs::draw);
        if let Some(limit) = self.limits.iter().find(|limit| !limit.admits(now)) {
            return Err(limit.refused());
        }
        if let Some(legs) = &mut self.legs {
            if !legs.admits(wanted) {
                return Err(legs.refused());
            }
            legs.seize(call, wanted);
        }
        for limit in &mut self.limits {
            limit.seize(now);
        }
        Ok(())
    }

    /// An admitted call ended.
    pub(super) fn release(&mut self, call: CallId) {
        for limit in &mut self.limits {
            limit.release();
        }
        if let Some(legs) = &mut self.legs {
            legs.release_all(call);
        }
    }

    /// Whether legs are counted, so that the end of one call may be what another waits for.
    pub(super) const fn counts_legs(&self) -> bool {
        self.legs.is_some()
    }

    /// Whether an agent's phone can be rung.
    pub(super) fn has_leg_for_agent(&self) -> bool {
        self.legs.as_ref().is_none_or(|legs| legs.admits(1))
    }

    /// How a call is turned away for which no second leg is free.
    ///
    /// # Panics
    /// If legs are not counted: then one is always free.
    pub(super) fn no_leg(&self) -> Refused {
        self.legs.as_ref().expect("only counted legs run out").refused()
    }

    /// An agent's phone rings for an admitted call.
    pub(super) fn seize_agent_leg(&mut self, call: CallId) {
        if let Some(legs) = &mut self.legs {
            legs.seize(call, 1);
        }
    }

    /// An agent's phone rang in vain.
    pub(super) fn release_agent_leg(&mut self, call: CallId) {
        if let Some(legs) = &mut self.legs {
            legs.release_one(call);
        }
    }
}
