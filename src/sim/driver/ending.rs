//! How calls come to their end from the caller's side, and all of them at the end of the run.

use std::ops::ControlFlow;

use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Limiter;
use crate::outcome::classify::Evidence;
use crate::pbx::CallId;
use crate::pbx::Input;
use crate::sim::Entry;
use crate::sim::driver::Driver;
use crate::sim::driver::Ending;

impl<S: FnMut(&Entry) -> ControlFlow<()>> Driver<'_, S> {
    pub(super) fn hang_up(&mut self, call: CallId) {
        self.finish(call, EndedBy::Caller, |shown| Ending {
            evidence: Evidence { planned_end: true, ..shown },
            limiter: None,
        });
        self.tell_pbx(Input::CallerHungUp { call });
    }

    /// The machine's answer was enough.
    pub(super) fn leave_content(&mut self, call: CallId) {
        let voicemail = self.attempts.get(&call).is_some_and(|attempt| attempt.at_voicemail);
        let completed_by = if voicemail { CompletedBy::Voicemail } else { CompletedBy::Ivr };
        self.finish(call, EndedBy::Caller, |shown| {
            let evidence = Evidence { planned_end: true, awaiting_person: false, completed_by, ..shown };
            Ending { evidence, limiter: None }
        });
        self.tell_pbx(Input::CallerHungUp { call });
    }

    /// Who hears too little for too long hangs up.
    pub(super) fn lose_sound(&mut self, call: CallId) {
        self.finish(call, EndedBy::Network, |shown| Ending {
            evidence: Evidence { media_degraded: true, ..shown },
            limiter: Some(Limiter::Bandwidth),
        });
        self.tell_pbx(Input::CallerHungUp { call });
    }

    /// A caller who has heard nothing can't cancel (RFC 3261, 9.1): Timer B decides.
    pub(super) fn give_up(&mut self, call: CallId) {
        let Some(attempt) = self.attempts.get_mut(&call) else { return };
        attempt.gave_up = true;
        if attempt.silent {
            return;
        }
        self.finish(call, EndedBy::Caller, |shown| {
            let status = shown.status.or(Some(487));
            Ending { evidence: Evidence { status, ..shown }, limiter: None }
        });
        self.tell_pbx(Input::CallerHungUp { call });
    }

    /// Ends what is left. Callers who wait leave before those who talk, so that no agent is freed for a
    /// caller who is about to leave.
    pub(super) fn end_of_run(&mut self) {
        // Agents whom the last calls free call nobody back any more: nothing would end those calls.
        self.messages.clear();
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
