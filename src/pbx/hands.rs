//! What an agent has in hand at once: one mail, or several chats.
//!
//! The attention is shared: with k in hand each goes on at 1 / (1 + (k − 1) × slower) of its own pace, from the moment on
//! at which another is taken up or put down.

use crate::pbx::contacts::ContactKind;
use crate::time::{Duration, Instant};

/// A contact that an agent works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InHand {
    pub(super) kind: usize,
    pub(super) arrived: Instant,
    /// Work left, at the pace of one who has nothing else in hand.
    pub(super) left: Duration,
    /// The agent's time that it has taken: of what is in hand at once each takes an equal part.
    pub(super) spent: Duration,
}

/// Contacts in one agent's hand.
#[derive(Debug, Default)]
pub(super) struct Hand {
    held: Vec<InHand>,
    /// Since when the hand has not been empty.
    since: Instant,
    /// Up to when `left` is reckoned.
    as_of: Instant,
}

impl Hand {
    /// Since when the agent has not been without a contact.
    pub(super) const fn since(&self) -> Instant {
        self.since
    }

    pub(super) const fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn kinds(&self) -> impl Iterator<Item = usize> {
        self.held.iter().map(|held| held.kind)
    }

    /// How much longer one of that kind takes than alone.
    fn stretch(&self, kind: &ContactKind) -> f64 {
        let others = u32::try_from(self.held.len().saturating_sub(1)).unwrap_or(u32::MAX);
        1.0 + f64::from(others) * kind.slower
    }

    /// Lets time pass until `now`.
    pub(super) fn advance(&mut self, now: Instant, kinds: &[ContactKind]) {
        let elapsed = now - self.as_of;
        self.as_of = now;
        let together = u32::try_from(self.held.len()).unwrap_or(u32::MAX).max(1);
        for place in 0..self.held.len() {
            let stretch = self.stretch(&kinds[self.held[place].kind]);
            let held = &mut self.held[place];
            held.left = held.left.saturating_sub(slowed(elapsed, stretch.recip()));
            held.spent += elapsed / together;
        }
    }

    /// Takes one more into the hand, `now` that [`Hand::advance`] has brought it up to.
    pub(super) fn take(&mut self, one: InHand) {
        if self.held.is_empty() {
            self.since = self.as_of;
        }
        self.held.push(one);
    }

    /// After how long the next one is done; `None` with empty hands.
    pub(super) fn next_done(&self, kinds: &[ContactKind]) -> Option<Duration> {
        self.held.iter().map(|held| slowed(held.left, self.stretch(&kinds[held.kind]))).min()
    }

    /// Takes what is done out of the hand: whatever is left least of, and all that is over with it.
    pub(super) fn put_down(&mut self) -> Vec<InHand> {
        let least = self.held.iter().map(|held| held.left).min().unwrap_or_default();
        let over = least.max(ROUNDING);
        self.held.extract_if(.., |held| held.left <= over).collect()
    }
}

/// Work that is left over by the rounding of paces.
const ROUNDING: Duration = Duration::from_nanos(100);

/// Exact where nothing is slowed.
fn slowed(time: Duration, stretch: f64) -> Duration {
    if stretch.to_bits() == 1.0_f64.to_bits() {
        return time;
    }
    Duration::try_from_secs_f64(time.as_secs_f64() * stretch).unwrap_or(Duration::MAX)
}
