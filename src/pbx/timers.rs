//! Deadlines of calls and agents in one heap.
//!
//! A deadline that no longer matters stays in the heap until it comes up or until stale ones outnumber live
//! ones; its owner knows it by its number ([`TimerId`]) and no longer has that number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::pbx::input::{AgentId, CallId};
use crate::time::Instant;

/// Whose deadline it is. Each has at most one of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    Call(CallId),
    Agent(AgentId),
    /// The queue with this index: something changes there that no event brings.
    Queue(usize),
    /// The caller who waits under this number is offered a callback.
    Offer(CallId),
    /// The phone of the customer who is called back has rung for long enough.
    Callback(CallId),
    /// The next contact of the kind with this index.
    Contact(usize),
}

/// The number of a deadline; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimerId(u64);

/// Stale deadlines tolerated before the heap is swept.
const SLACK: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Timers {
    /// The deadline set last: most are over before the next is set, and never see the heap.
    latest: Option<(Instant, TimerId, Owner)>,
    heap: BinaryHeap<Reverse<(Instant, TimerId, Owner)>>,
    next_id: u64,
}

impl Timers {
    /// Sets a deadline; its owner keeps the number.
    pub(super) fn set(&mut self, at: Instant, owner: Owner) -> TimerId {
        let id = TimerId(self.next_id);
        self.next_id += 1;
        if let Some(earlier) = self.latest.replace((at, id, owner)) {
            self.heap.push(Reverse(earlier));
        }
        id
    }

    /// There is no deadline, stale or not.
    pub(super) fn is_empty(&self) -> bool {
        self.latest.is_none() && self.heap.is_empty()
    }

    /// Drops a deadline that matters no more, if that costs nothing; if not, it is swept away.
    #[inline]
    pub(super) fn forget(&mut self, timer: TimerId) {
        if self.latest.is_some_and(|(_, latest, _)| latest == timer) {
            self.latest = None;
        }
    }

    /// The earliest deadline. Not stale only after [`Timers::sweep`].
    pub(super) fn peek(&self) -> Option<Instant> {
        let first = self.heap.peek().map(|Reverse((at, ..))| *at);
        match (first, self.latest) {
            (Some(first), Some((latest, ..))) => Some(first.min(latest)),
            (first, latest) => first.or(latest.map(|(at, ..)| at)),
        }
    }

    /// Removes the earliest deadline, if it lies at or before `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, TimerId, Owner)> {
        if self.peek()? > now {
            return None;
        }
        self.heap.extend(self.latest.take().map(Reverse));
        self.heap.pop().map(|Reverse(deadline)| deadline)
    }

    /// Drops stale deadlines from the front, and all of them once they outnumber the `owners`.
    pub(super) fn sweep(&mut self, owners: usize, is_live: impl Fn(TimerId, Owner) -> bool) {
        if self.latest.is_some_and(|(_, id, owner)| !is_live(id, owner)) {
            self.latest = None;
        }
        if self.heap.len() > 2 * owners + SLACK {
            self.heap.retain(|Reverse((_, id, owner))| is_live(*id, *owner));
        }
        while let Some(Reverse((_, id, owner))) = self.heap.peek()
            && !is_live(*id, *owner)
        {
            self.heap.pop();
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.heap.len() + usize::from(self.latest.is_some())
    }
}
