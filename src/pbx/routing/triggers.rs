//! What a call from a given number sets off, whether it is answered or not: a refrigerator that calls in, the alarm of
//! a perimeter.

use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::call::Call;
use crate::pbx::machine::Pbx;
use crate::pbx::routing::HttpUrl;
use crate::pbx::routing::NumberSet;
use crate::time::Instant;

/// A rule that fires once for every attempt that it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    pub name: Arc<str>,
    /// Callers' numbers.
    pub from: NumberSet,
    /// Numbers dialled; absent means any.
    pub to: Option<NumberSet>,
    /// Fires for calls that are turned away at the door, too: the blacklisted, and those for whom no circuit is free.
    pub even_if_refused: bool,
    /// Told by HTTP on the wire.
    pub webhook: Option<HttpUrl>,
}

/// A rule fired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triggered {
    pub at: Instant,
    pub trigger: Arc<str>,
    /// The driver's name for the call.
    pub call: Arc<str>,
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub webhook: Option<HttpUrl>,
}

impl Pbx {
    /// Fires what fits the call: on arrival the rules that do not ask whether it is let in, after its admission the
    /// others.
    #[inline]
    pub(in crate::pbx) fn fire(&self, now: Instant, call: &Call, admitted: bool, actions: &mut Vec<Action>) {
        if !self.config.triggers.is_empty() {
            self.fire_fitting(now, call, admitted, actions);
        }
    }

    #[inline(never)]
    fn fire_fitting(&self, now: Instant, call: &Call, admitted: bool, actions: &mut Vec<Action>) {
        let fits = |trigger: &&Trigger| {
            trigger.even_if_refused != admitted
                && trigger.from.holds(&call.from)
                && trigger.to.as_ref().is_none_or(|to| to.holds(&call.to))
        };
        for trigger in self.config.triggers.iter().filter(fits) {
            actions.push(Action::Triggered(Box::new(Triggered {
                at: now,
                trigger: Arc::clone(&trigger.name),
                call: Arc::clone(&call.name),
                from: Arc::clone(&call.from),
                to: Arc::clone(&call.to),
                webhook: trigger.webhook.clone(),
            })));
        }
    }
}
