//! So many legs at once: what a switch or a licence counts that does not count calls.
//!
//! A caller is one leg. A caller in a queue needs a second one for the agent, from the first ring to the end
//! of the talk; while no leg is free, no agent's phone rings, and the caller waits on, holding the first
//! (Asterisk's `maxcalls` does so, and its callers wait in vain). Calls of other kinds, forwarded ones for
//! example, take all their legs at the door.

use std::collections::BTreeMap;

use crate::pbx::admission::Refused;
use crate::pbx::admission::streams;
use crate::pbx::config;
use crate::pbx::config::LegKind;
use crate::pbx::input::CallId;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;

/// How many legs each call takes at the door, in the order in which calls come to it.
#[derive(Debug)]
pub struct LegDraws {
    kinds: Vec<LegKind>,
    stream: Stream,
}

impl LegDraws {
    /// Those of a PBX of this `seed`.
    #[must_use]
    pub fn new(kinds: Vec<LegKind>, seed: Seed) -> Self {
        Self { kinds, stream: seed.stream(Purpose::Pbx, streams::KINDS) }
    }

    /// Legs of the next call. One draw a call, admitted or not, so that a wider limit changes nothing else.
    pub fn draw(&mut self) -> u32 {
        let mut left = self.stream.unit();
        for kind in &self.kinds {
            left -= kind.share;
            if left < 0.0 {
                return kind.legs;
            }
        }
        1
    }
}

#[derive(Debug)]
pub(super) struct Legs {
    limit: u32,
    in_use: u32,
    peak: u32,
    /// Legs of each call in progress.
    held: BTreeMap<CallId, u32>,
    draws: LegDraws,
    /// Legs that the call at the door takes.
    wanted: u32,
    refused: Refused,
}

impl Legs {
    pub(super) fn new(limits: config::Legs, seed: Seed, refused: Refused) -> Self {
        let draws = LegDraws::new(limits.kinds, seed);
        let (limit, held) = (limits.limit, BTreeMap::new());
        Self { limit, in_use: 0, peak: 0, held, draws, wanted: 1, refused }
    }

    /// How many legs the next call takes.
    pub(super) fn draw(&mut self) {
        self.wanted = self.draws.draw();
    }

    pub(super) fn ask(&self) -> Result<(), Refused> {
        if self.has(self.wanted) { Ok(()) } else { Err(self.refused.clone()) }
    }

    pub(super) const fn has(&self, legs: u32) -> bool {
        self.limit.saturating_sub(self.in_use) >= legs
    }

    /// Most legs at once so far.
    pub(super) const fn peak(&self) -> u32 {
        self.peak
    }

    pub(super) fn seize_wanted(&mut self, call: CallId) {
        self.seize(call, self.wanted);
    }

    pub(super) fn seize(&mut self, call: CallId, legs: u32) {
        assert!(self.has(legs), "a leg is taken only after asking for it");
        self.in_use += legs;
        self.peak = self.peak.max(self.in_use);
        *self.held.entry(call).or_insert(0) += legs;
    }

    /// Gives back one leg of a call that goes on.
    pub(super) fn release_one(&mut self, call: CallId) {
        let held = self.held.get_mut(&call).expect("a call whose second leg ends has legs");
        *held -= 1;
        self.in_use -= 1;
    }

    /// Gives back whatever the call holds.
    pub(super) fn release_all(&mut self, call: CallId) {
        self.in_use -= self.held.remove(&call).unwrap_or(0);
    }

    pub(super) fn refused(&self) -> Refused {
        self.refused.clone()
    }
}
