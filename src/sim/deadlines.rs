//! The deadlines of calls that go straight through: one to a call, the next of all in front.
//!
//! A tree of winners (Knuth, The Art of Computer Programming 3, 5.4.1): each call has a leaf, each node the earlier of
//! its two children. A change climbs from the leaf to the root, past nodes that are known before, and does not guess
//! where to stop, as a heap has to. `benches/event_list.rs` has it beside the event list; calls in a sorted list were
//! slower than either.
//!
//! Not here: what happens then.

use std::hint::select_unpredictable;

use crate::time::Instant;

/// Bits of a slot's number, and of a turn.
const SLOT_BITS: u32 = 24;
const TURN_BITS: u32 = 64 - SLOT_BITS;

/// No deadline is as late. From here on, each slot without one has an instant of its own, so that no two are equal.
const NEVER: u64 = u64::MAX - (1 << SLOT_BITS);

/// Deadlines to come.
#[derive(Debug)]
pub struct Deadlines {
    /// Instants in nanoseconds: node 1 is the root, those of node `n` are `2n` and `2n + 1`, the second half are leaves.
    instants: Vec<u64>,
    /// Turns and slots of the same nodes: of equal instants the earlier turn comes first.
    turns: Vec<u64>,
    turns_given: u64,
}

/// A deadline that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    pub at: Instant,
    pub slot: u32,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self::new()
    }
}

impl Deadlines {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        let mut deadlines = Self { instants: Vec::new(), turns: Vec::new(), turns_given: 0 };
        deadlines.grow(1);
        deadlines
    }

    /// A turn later than that of any deadline that is there and earlier than that of all to come. None if there have been
    /// too many.
    #[inline]
    pub(super) fn turn(&mut self) -> Option<u64> {
        let turn = self.turns_given;
        self.turns_given += 1;
        (turn >> TURN_BITS == 0).then_some(turn)
    }

    /// Gives the slot a deadline instead of the one that it has, after all others of the same instant; if it has one for that
    /// instant, this stays. None if there is no room for such a slot (from 2²⁴ on) or such a time (the last 17 ms of
    /// 584 years), or after 2⁴⁰ deadlines.
    #[inline]
    pub fn put(&mut self, slot: u32, at: Instant) -> Option<()> {
        let leaf = self.leaf_of(slot)?;
        let nanos = at.as_nanos();
        if nanos >= NEVER {
            return None;
        }
        if self.instants[leaf] != nanos {
            let turn = self.turn()?;
            self.climb(leaf, nanos, turn << SLOT_BITS | u64::from(slot));
        }
        Some(())
    }

    /// When the next one comes; the end of time if there is none.
    #[inline]
    #[must_use]
    pub fn next_at(&self) -> Instant {
        let nanos = self.instants[1];
        Instant::from_nanos(if nanos < NEVER { nanos } else { u64::MAX })
    }

    /// Instant and turn of the next one in one number, as in the event list.
    #[inline]
    pub(super) fn next_key(&self) -> u128 {
        u128::from(self.instants[1]) << 64 | u128::from(self.turns[1] >> SLOT_BITS)
    }

    /// The next one.
    #[inline]
    pub fn take(&mut self) -> Option<Deadline> {
        let nanos = self.instants[1];
        if nanos >= NEVER {
            return None;
        }
        let slot = (self.turns[1] & ((1 << SLOT_BITS) - 1)) as u32;
        let leaf = self.instants.len() / 2 + slot as usize;
        self.climb(leaf, NEVER + u64::from(slot), slot.into());
        Some(Deadline { at: Instant::from_nanos(nanos), slot })
    }

    #[inline]
    fn leaf_of(&mut self, slot: u32) -> Option<usize> {
        let leaf = self.instants.len() / 2 + slot as usize;
        if leaf >= self.instants.len() {
            if slot >> SLOT_BITS != 0 {
                return None;
            }
            self.grow((slot as usize + 1).next_power_of_two());
            return self.leaf_of(slot);
        }
        Some(leaf)
    }

    /// Lets every node from the leaf to the root have the earlier of its children. Which it is can't be foretold, so that
    /// nothing is decided by a jump but what to do with equal instants, which are rare.
    #[inline]
    fn climb(&mut self, leaf: usize, mut nanos: u64, mut turn: u64) {
        let instants = self.instants.as_mut_slice();
        let turns = &mut self.turns[..instants.len()];
        let mut node = leaf;
        instants[node] = nanos;
        turns[node] = turn;
        while node > 1 {
            let (other, other_turn) = (instants[node ^ 1], turns[node ^ 1]);
            if other == nanos {
                turn = turn.min(other_turn);
            } else {
                turn = select_unpredictable(other < nanos, other_turn, turn);
                nanos = nanos.min(other);
            }
            node /= 2;
            instants[node] = nanos;
            turns[node] = turn;
        }
    }

    /// Makes room for so many slots, a power of two.
    #[cold]
    fn grow(&mut self, slots: usize) {
        let before = self.instants.len() / 2;
        let mut instants: Vec<u64> = (0..2 * slots as u64).map(|node| NEVER + node % slots as u64).collect();
        let mut turns: Vec<u64> = (0..2 * slots as u64).map(|node| node % slots as u64).collect();
        instants[slots..slots + before].copy_from_slice(&self.instants[before..]);
        turns[slots..slots + before].copy_from_slice(&self.turns[before..]);
        (self.instants, self.turns) = (instants, turns);
        for leaf in slots..2 * slots {
            self.climb(leaf, self.instants[leaf], self.turns[leaf]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;
    use crate::sim::event_list::Scheduled;

    const fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    /// Deadlines of so many slots come as a sorted list would give them, while others are put in.
    fn come_in_order(slots: u64) {
        let mut stream = Seed(slots).stream(Purpose::Pbx, 0);
        let (mut deadlines, mut sorted) = (Deadlines::new(), BTreeSet::new());
        let mut free: Vec<u64> = (0..slots).rev().collect();
        let mut now = 0;
        for turn in 0..20_000 {
            let (instant, slot) = (now + stream.below(10 * slots), free.pop().unwrap());
            deadlines.put(u32::try_from(slot).unwrap(), at(instant)).unwrap();
            sorted.insert((instant, turn, slot));
            while sorted.len() as u64 > stream.below(slots) {
                let (instant, turn, slot) = sorted.pop_first().unwrap();
                let key = Scheduled::new(at(instant), turn, ()).key;
                assert_eq!((deadlines.next_at(), deadlines.next_key()), (at(instant), key));
                let expected = Deadline { at: at(instant), slot: u32::try_from(slot).unwrap() };
                assert_eq!(deadlines.take(), Some(expected));
                free.push(slot);
                now = instant;
            }
        }
        for (instant, ..) in sorted {
            assert_eq!(deadlines.take().map(|deadline| deadline.at), Some(at(instant)));
        }
        assert_eq!((deadlines.next_at(), deadlines.take()), (Instant::FAR_FUTURE, None));
    }

    #[test]
    fn deadlines_come_in_order_and_at_one_instant_by_their_turns() {
        [1, 2, 3, 50, 130, 1_000, 5_000].into_iter().for_each(come_in_order);
    }

    /// 7 is to come at 10, before 3; then later, and then at once with 3, whose turn is earlier.
    #[test]
    fn a_slot_has_one_deadline_and_keeps_its_turn_where_the_instant_is_the_same() {
        let mut deadlines = Deadlines::new();
        let slots = |deadlines: &mut Deadlines| -> Vec<u32> {
            std::iter::from_fn(|| deadlines.take().map(|deadline| deadline.slot)).collect()
        };
        for (slot, nanos) in [(7, 10), (3, 10), (7, 10)] {
            deadlines.put(slot, at(nanos)).unwrap();
        }
        assert_eq!(slots(&mut deadlines), [7, 3]);
        for (slot, nanos) in [(7, 10), (3, 12), (7, 12)] {
            deadlines.put(slot, at(nanos)).unwrap();
        }
        assert_eq!(slots(&mut deadlines), [3, 7]);
    }

    #[test]
    fn what_there_is_no_room_for_is_refused() {
        let mut deadlines = Deadlines::new();
        assert_eq!(deadlines.put(1 << 24, at(1)), None);
        assert_eq!(deadlines.put(1, at(NEVER)), None);
        assert_eq!(deadlines.put(1, at(NEVER - 1)), Some(()));
        deadlines.turns_given = 1 << 40;
        assert_eq!(deadlines.put(2, at(1)), None);
    }
}
