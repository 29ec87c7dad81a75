//! The link that all calls share, in bits per second each way.
//!
//! With admission control a call reserves its rate at the door, until its end. Without it every call comes in, packets
//! flow from the answer on, and where they are more than the link carries each loses the same share of them:
//! 1 − capacity ⁄ demand. A call whose loss, in one direction, has been above a mark for so long is lost: whoever hears
//! that hangs up.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::bandwidth::LossRule;
use crate::pbx::admission::Offer;
use crate::pbx::admission::Refused;
use crate::pbx::admission::streams;
use crate::pbx::config::Pool;
use crate::pbx::config::PoolAdmission;
use crate::pbx::input::CallId;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Link {
    pool: Pool,
    stream: Stream,
    /// Bits per second that the call at the door takes.
    wanted: u64,
    held: BTreeMap<CallId, Held>,
    /// Bits per second of all calls that take some now.
    up: u64,
    down: u64,
    /// Since when packets are lost at more than the tolerable rate.
    overloaded_since: Option<Instant>,
    /// When that last ended.
    overloaded_until: Option<Instant>,
    /// Calls in the order of their answer, until their loss is told.
    hearing: BTreeSet<(Instant, CallId)>,
    refused: Refused,
}

/// What a call takes.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Each way, as soon as packets flow.
    bits: u64,
    /// Up only: its recording.
    uploads: u64,
    /// It takes that now.
    counted: bool,
    answered: Option<Instant>,
}

impl Link {
    pub(super) fn new(pool: Pool, seed: Seed, refused: Refused) -> Self {
        Self {
            pool,
            stream: seed.stream(Purpose::Pbx, streams::CODECS),
            wanted: 0,
            held: BTreeMap::new(),
            up: 0,
            down: 0,
            overloaded_since: None,
            overloaded_until: None,
            hearing: BTreeSet::new(),
            refused,
        }
    }

    /// Finds the kind of the call at the door. One draw a call.
    pub(super) fn offered(&mut self, offer: Offer<'_>) {
        let mut left = self.stream.unit();
        self.wanted = 0;
        for kind in &self.pool.codecs {
            if kind.numbers.is_empty() {
                left -= kind.share;
                self.wanted = kind.bits_per_second;
                if left < 0.0 {
                    return;
                }
            } else if kind.numbers.holds(offer.to) {
                self.wanted = kind.bits_per_second;
                return;
            }
        }
    }

    const fn is_reserved(&self) -> bool {
        matches!(self.pool.admission, PoolAdmission::Refuse)
    }

    pub(super) fn ask(&self) -> Result<(), Refused> {
        let fits = |used: u64, limit: u64| used.saturating_add(self.wanted) <= limit;
        if !self.is_reserved() || (fits(self.up, self.pool.up) && fits(self.down, self.pool.down)) {
            Ok(())
        } else {
            Err(self.refused.clone())
        }
    }

    pub(super) fn seize(&mut self, call: CallId) {
        let counted = self.is_reserved();
        let held = Held { bits: self.wanted, uploads: 0, counted, answered: None };
        if counted {
            self.take(held.bits, held.bits);
        }
        self.held.insert(call, held);
    }

    const fn take(&mut self, up: u64, down: u64) {
        self.up = self.up.saturating_add(up);
        self.down = self.down.saturating_add(down);
    }

    /// Packets of the call flow from now on.
    pub(super) fn sound_begins(&mut self, now: Instant, call: CallId) {
        let reserved = self.is_reserved();
        let Some(held) = self.held.get_mut(&call).filter(|held| !reserved && !held.counted) else { return };
        (held.counted, held.answered) = (true, Some(now));
        let bits = held.bits;
        self.hearing.insert((now, call));
        self.take(bits, bits);
        self.look(now);
    }

    /// The call's recording leaves over the link from now on.
    pub(super) fn uploads(&mut self, now: Instant, call: CallId, bits: u64) {
        if let Some(held) = self.held.get_mut(&call) {
            held.uploads = bits;
            self.take(bits, 0);
            self.look(now);
        }
    }

    pub(super) fn release(&mut self, now: Instant, call: CallId) {
        let Some(held) = self.held.remove(&call) else { return };
        let bits = if held.counted { held.bits } else { 0 };
        self.up = self.up.saturating_sub(bits + held.uploads);
        self.down = self.down.saturating_sub(bits);
        if let Some(answered) = held.answered {
            self.hearing.remove(&(answered, call));
        }
        self.look(now);
    }

    const fn rule(&self) -> Option<LossRule> {
        match self.pool.admission {
            PoolAdmission::Refuse => None,
            PoolAdmission::None { lost, .. } => Some(lost),
        }
    }

    /// Finds out whether too many packets are lost from now on.
    fn look(&mut self, now: Instant) {
        let Some(rule) = self.rule() else { return };
        let loss = share_lost(self.up, self.pool.up).max(share_lost(self.down, self.pool.down));
        if loss > rule.above {
            self.overloaded_since.get_or_insert(now);
        } else if self.overloaded_since.take().is_some() {
            self.overloaded_until = Some(now);
        }
    }

    pub(super) const fn is_overloaded(&self) -> bool {
        self.overloaded_since.is_some()
    }

    pub(super) fn was_overloaded(&self, now: Instant) -> bool {
        let lately = |rule: LossRule| self.overloaded_until.is_some_and(|until| now <= until + rule.lasting);
        self.is_overloaded() || self.rule().is_some_and(lately)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let (since, rule) = (self.overloaded_since?, self.rule()?);
        let (answered, _) = self.hearing.first()?;
        Some(since.max(*answered) + rule.lasting)
    }

    /// Calls that have heard too little for too long by `now`.
    pub(super) fn sound_lost(&mut self, now: Instant) -> Vec<CallId> {
        let mut lost = Vec::new();
        while self.next_deadline().is_some_and(|at| at <= now) {
            lost.extend(self.hearing.pop_first().map(|(_, call)| call));
        }
        lost
    }
}

/// The share of `demand` that a link of `capacity` does not carry.
#[expect(clippy::cast_precision_loss, reason = "bits per second are below 2^53")]
fn share_lost(demand: u64, capacity: u64) -> f64 {
    if demand > capacity { 1.0 - capacity as f64 / demand as f64 } else { 0.0 }
}
