//! The record of the first call of a play, for those who place one.

use std::io;
use std::ops::ControlFlow;

use crate::endpoint::pbx::BookEntry;
use crate::live::conductor::Sink;
use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::time::Instant;

/// Keeps the first call's record.
#[derive(Debug)]
pub(super) struct OneCall {
    pub(super) record: Option<Box<CallRecord>>,
    alone: bool,
}

impl OneCall {
    /// The play is over with the call: callbacks and redials are no part of it.
    pub(super) const fn alone() -> Self {
        Self { record: None, alone: true }
    }

    /// The play goes on to its own end.
    pub(super) const fn to_the_end() -> Self {
        Self { record: None, alone: false }
    }
}

impl Sink for OneCall {
    fn observe(&mut self, observation: &Observation) -> io::Result<()> {
        if let Observation::Ended(record) = observation {
            self.record.get_or_insert_with(|| record.clone());
        }
        Ok(())
    }

    fn book(&mut self, _entry: &BookEntry) -> io::Result<()> {
        Ok(())
    }

    fn tick(&mut self, _now: Instant) -> io::Result<ControlFlow<()>> {
        Ok(if self.alone && self.record.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }
}
