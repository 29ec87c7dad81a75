//! Sentences for waiting callers: the position and the time that it will take, as Asterisk says them.

use crate::pbx::call::Place;
use crate::pbx::input::CallId;
use crate::pbx::queue::hunt::Hunt;
use crate::pbx::queue::hunt::Turn;
use crate::time::Instant;

/// What a caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pbx) struct Sentence {
    pub(in crate::pbx) call: CallId,
    pub(in crate::pbx) position: u32,
    /// Minutes to go, from the running average of the hold time.
    pub(in crate::pbx) minutes: u64,
}

impl Hunt {
    /// When the caller may be told next, after `now`: when the stated time is over, or sooner if the position has
    /// changed by then.
    pub(super) fn next_announcement(&self, turn: &Turn, now: Instant) -> Option<Instant> {
        let announce = self.policy.announce?;
        let (begun, _) = turn.announced?;
        let pauses = [announce.least.min(announce.every), announce.every];
        pauses.map(|pause| begun + pause).into_iter().find(|at| *at > now)
    }

    /// Whether the caller would be told another position at once.
    pub(super) fn could_be_told(&self, turn: &Turn, now: Instant) -> bool {
        let (Some(announce), Some((begun, _))) = (self.policy.announce, turn.announced) else { return false };
        now - begun >= announce.every.min(announce.least)
    }

    /// Begins the sentences that are due: the callers who wait now without a phone ringing are not offered until
    /// theirs is over. Customers who will be called back stand in line and do not hear anything: none is begun for them.
    pub(in crate::pbx) fn announce(&mut self, now: Instant, hears: impl Fn(CallId) -> bool) -> Vec<Sentence> {
        let mut places = self.index.take_to_tell();
        places.retain(|place| self.line.get(*place).is_some_and(|turn| hears(turn.call)));
        places.into_iter().filter_map(|place| self.begin_sentence(place, now)).collect()
    }

    /// Begins the sentence of the caller at `place`, if it is due.
    pub(super) fn begin_sentence(&mut self, place: Place, now: Instant) -> Option<Sentence> {
        let announce = self.policy.announce?;
        let position = self.position(place);
        let turn = self.line.get_mut(place)?;
        let due = turn.announced.is_none_or(|(begun, named)| {
            let pause = if named == position { announce.every } else { announce.every.min(announce.least) };
            now - begun >= pause
        });
        if !due || !turn.ringing.is_empty() || turn.rests_until > now {
            return None;
        }
        turn.announced = Some((now, position));
        turn.rests_until = now + announce.lasts;
        let elapsed = (now - turn.entered).as_secs();
        let minutes = (self.hold_s + 30).abs_diff(elapsed) / 60;
        let sentence = Sentence { call: turn.call, position, minutes };
        self.refile(place, now);
        Some(sentence)
    }
}
