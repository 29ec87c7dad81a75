//! Limits on parts of the calls: an account's, a trunk's, a number's. A refusal names the part.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::outcome::Limiter;
use crate::pbx::admission::Offer;
use crate::pbx::admission::Refused;
use crate::pbx::admission::rate::Rate;
use crate::pbx::admission::streams;
use crate::pbx::books::cause;
use crate::pbx::config::Each;
use crate::pbx::config::Refusals;
use crate::pbx::config::ScopeLimit;
use crate::pbx::input::ScopeId;
use crate::pbx::routing::NumberSet;
use crate::random::Seed;
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Scope {
    limit: ScopeLimit,
    /// Calls at once, by what has a counter of its own; of all under the empty name.
    in_use: BTreeMap<Arc<str>, u32>,
    rate: Option<Rate>,
    refused: Refused,
}

impl Scope {
    /// The scope with this place in the configuration.
    pub(super) fn new(limit: &ScopeLimit, id: ScopeId, refusals: &Refusals, seed: Seed) -> Self {
        let stream = streams::SCOPES + u64::from(id.0);
        let refused = |limiter, cause, default: &crate::pbx::Refusal| Refused {
            limiter: Some(limiter),
            cause,
            scope: Some(id),
            refusal: limit.refusal.clone().unwrap_or_else(|| default.clone()),
        };
        let fast = refused(Limiter::CallsPerSecond, cause::RATE_LIMITED, &refusals.calls_per_second);
        Self {
            rate: limit.calls_per_second.map(|rate| Rate::new(rate, seed, stream, fast)),
            refused: refused(Limiter::Channels, cause::TRUNK_FULL, &refusals.channels),
            limit: limit.clone(),
            in_use: BTreeMap::new(),
        }
    }

    fn concerns(&self, offer: Offer<'_>) -> bool {
        let meant = |numbers: &NumberSet, number| numbers.is_empty() || numbers.holds(number);
        meant(&self.limit.numbers, offer.to) && meant(&self.limit.callers, offer.from)
    }

    /// What the call is counted under.
    const fn counter<'a>(&self, offer: Offer<'a>) -> &'a str {
        match self.limit.each {
            None => "",
            Some(Each::Number) => offer.to,
            Some(Each::Caller) => offer.from,
        }
    }

    /// Whether one of the two is counted and the other is not, or not together.
    pub(super) fn tells_apart(&self, one: Offer<'_>, other: Offer<'_>) -> bool {
        let (first, second) = (self.concerns(one), self.concerns(other));
        first != second || (first && self.counter(one) != self.counter(other))
    }

    pub(super) fn offered(&mut self, now: Instant, offer: Offer<'_>) {
        if self.rate.is_some()
            && self.concerns(offer)
            && let Some(rate) = &mut self.rate
        {
            rate.offered(now);
        }
    }

    pub(super) fn ask(&self, now: Instant, offer: Offer<'_>) -> Result<(), Refused> {
        if !self.concerns(offer) {
            return Ok(());
        }
        self.rate.as_ref().map_or(Ok(()), |rate| rate.ask(now))?;
        let in_use = self.in_use.get(self.counter(offer)).copied().unwrap_or(0);
        if self.limit.channels.is_some_and(|limit| in_use >= limit) {
            return Err(self.refused.clone());
        }
        Ok(())
    }

    /// A call comes in; it may go on from the instant returned.
    pub(super) fn seize(&mut self, now: Instant, offer: Offer<'_>) -> Instant {
        if !self.concerns(offer) {
            return now;
        }
        if self.limit.channels.is_some() {
            let counter = self.counter(offer);
            match self.in_use.get_mut(counter) {
                Some(in_use) => *in_use += 1,
                None => {
                    self.in_use.insert(Arc::from(counter), 1);
                }
            }
        }
        self.rate.as_mut().map_or(now, |rate| rate.seize(now))
    }

    pub(super) fn release(&mut self, offer: Offer<'_>) {
        if self.limit.channels.is_none() || !self.concerns(offer) {
            return;
        }
        let counter = self.counter(offer);
        let in_use = self.in_use.get_mut(counter).expect("every release follows its own seizure");
        *in_use -= 1;
        if *in_use == 0 {
            self.in_use.remove(counter);
        }
    }
}
