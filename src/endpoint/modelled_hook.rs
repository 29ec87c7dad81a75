//! The outside system that decides routes, played from its model: where there is no wire, or nobody to ask on it.

use std::collections::BTreeSet;

use crate::pbx::CallId;
use crate::pbx::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Hook;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Instant;

/// Its draws stand apart from all others of the PBX.
const STREAM: u64 = 1 << 48;

#[derive(Debug)]
pub(super) struct ModelledHook {
    hook: Hook,
    stream: Stream,
    /// Answers to come: when, to which call, and the place of the target in the model; `None` is a failure.
    answers: BTreeSet<(Instant, CallId, Option<usize>)>,
}

impl ModelledHook {
    pub(super) fn new(config: &Config, seed: Seed) -> Option<Self> {
        let hook = config.hook.clone()?;
        Some(Self { hook, stream: seed.stream(Purpose::Pbx, STREAM), answers: BTreeSet::new() })
    }

    /// Nobody can be asked on the wire either.
    pub(super) const fn is_played_on_the_wire(&self) -> bool {
        self.hook.url.is_none()
    }

    /// The PBX asks. All draws are made each time, so that one answer's fate does not shift the next one's.
    pub(super) fn ask(&mut self, now: Instant, call: CallId) {
        let model = &self.hook.model;
        let fails = self.stream.chance(model.failure);
        let delay = model.delay.sample(&mut self.stream);
        let mut point = self.stream.unit();
        let mut chosen = model.answers.len().checked_sub(1);
        for (place, (share, _)) in model.answers.iter().enumerate() {
            if point < *share {
                chosen = Some(place);
                break;
            }
            point -= share;
        }
        // What comes after the time-out is never heard.
        if delay < self.hook.timeout {
            self.answers.insert((now + delay, call, chosen.filter(|_| !fails)));
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.answers.first().map(|(at, ..)| *at)
    }

    /// The answer that is due at `at`.
    pub(super) fn answer(&mut self, at: Instant) -> Option<(CallId, Option<Destination>)> {
        if self.next_deadline() != Some(at) {
            return None;
        }
        let (_, call, chosen) = self.answers.pop_first()?;
        Some((call, chosen.and_then(|place| self.target(place))))
    }

    fn target(&self, place: usize) -> Option<Destination> {
        self.hook.model.answers.get(place).map(|(_, target)| target.clone())
    }
}
