//! The end of a run.

use std::ops::ControlFlow;

use crate::outcome::EndedBy;
use crate::outcome::classify::Evidence;
use crate::pbx::CallId;
use crate::pbx::Input;
use crate::sim::Entry;
use crate::sim::driver::Driver;
use crate::sim::driver::Ending;

impl<S: FnMut(&Entry) -> ControlFlow<()>> Driver<'_, S> {
    /// Ends what is left. Callers who wait leave before those who talk, so that no agent is freed for a
    /// caller who is about to leave.
    pub(super) fn end_of_run(&mut self) {
        let mut left: Vec<(bool, CallId)> = Vec::with_capacity(self.attempts.len());
        for (call, attempt) in self.attempts.iter().filter(|(_, attempt)| !attempt.silent) {
            left.push((attempt.connected.is_some(), *call));
        }
        left.sort_unstable();
        let mut all: Vec<CallId> = self.attempts.iter().map(|(call, _)| *call).collect();
        all.sort_unstable();
        for call in all {
            self.finish(call, EndedBy::RunEnd, |shown| Ending {
                evidence: Evidence { run_end: true, ..shown },
                limiter: None,
            });
        }
        for (_, call) in left {
            self.tell_pbx(Input::CallerHungUp { call });
        }
    }
}
