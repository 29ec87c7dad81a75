//! First come, first served.
//!
//! A caller for whom a phone rings has left the head of the line but keeps the place: if the phone is not
//! answered, the caller goes back to it. Positions and the length count such callers, as Asterisk does.

use std::collections::VecDeque;

use crate::pbx::call::Place;
use crate::pbx::input::CallId;

#[derive(Debug)]
pub(in crate::pbx) struct Fifo {
    waiting: VecDeque<(Place, CallId)>,
    /// In order.
    ringing: Vec<Place>,
    /// The planted defect: see [`Config::newest_first`](crate::pbx::Config).
    newest_first: bool,
}

impl Fifo {
    pub(in crate::pbx) const fn new(newest_first: bool) -> Self {
        Self { waiting: VecDeque::new(), ringing: Vec::new(), newest_first }
    }

    /// Callers in the queue.
    pub(in crate::pbx) fn len(&self) -> u32 {
        u32::try_from(self.waiting.len() + self.ringing.len()).unwrap_or(u32::MAX)
    }

    /// Puts a caller at the place, which for a newcomer is the last.
    pub(in crate::pbx) fn put(&mut self, place: Place, call: CallId) {
        self.stops_ringing(place);
        if self.waiting.back().is_none_or(|(last, _)| *last < place) {
            self.waiting.push_back((place, call));
        } else {
            self.put_before_last(place, call);
        }
    }

    #[inline(never)]
    fn put_before_last(&mut self, place: Place, call: CallId) {
        let at = self.waiting.partition_point(|(other, _)| *other < place);
        self.waiting.insert(at, (place, call));
    }

    /// The caller for whom no phone rings yet and whose turn it is.
    pub(in crate::pbx) fn next(&self) -> Option<(Place, CallId)> {
        if self.newest_first { self.waiting.back().copied() } else { self.waiting.front().copied() }
    }

    /// A phone rings for the caller whose turn it is.
    pub(in crate::pbx) fn ring_next(&mut self) -> Option<(Place, CallId)> {
        let next = if self.newest_first { self.waiting.pop_back() } else { self.waiting.pop_front() };
        let (place, call) = next?;
        if self.ringing.last().is_none_or(|last| *last < place) {
            self.ringing.push(place);
        } else {
            let at = self.ringing.partition_point(|other| *other < place);
            self.ringing.insert(at, place);
        }
        Some((place, call))
    }

    /// The position of the caller at `place`, counted from 1.
    pub(in crate::pbx) fn position(&self, place: Place) -> u32 {
        let ahead = self.waiting.partition_point(|(other, _)| *other < place);
        let ringing_ahead = self.ringing.partition_point(|other| *other < place);
        u32::try_from(ahead + ringing_ahead + 1).unwrap_or(u32::MAX)
    }

    /// The caller at `place` leaves.
    pub(in crate::pbx) fn leave(&mut self, place: Place) {
        if !self.stops_ringing(place) {
            self.leave_line(place);
        }
    }

    #[inline(never)]
    fn leave_line(&mut self, place: Place) {
        let at = self.waiting.partition_point(|(other, _)| *other < place);
        let left = self.waiting.remove(at);
        assert!(left.is_some_and(|(other, _)| other == place), "a queued caller stands in its line");
    }

    /// No phone rings any longer for the caller at `place`. Says whether one did.
    fn stops_ringing(&mut self, place: Place) -> bool {
        let last = self.ringing.last().copied();
        if last.is_none_or(|last| last < place) {
            return false;
        }
        if last == Some(place) {
            self.ringing.pop();
            return true;
        }
        let found = self.ringing.binary_search(&place);
        found.map(|at| self.ringing.remove(at)).is_ok()
    }
}
