//! Customers who are called back: the same person, in a call of the firm's own.

use std::ops::ControlFlow;

use crate::outcome::CompletedBy;
use crate::outcome::Outcome;
use crate::pbx::CallId;
use crate::pbx::Input;
use crate::sim::Entry;
use crate::sim::attempt::Attempt;
use crate::sim::driver::Driver;
use crate::sim::driver::Event;
use crate::time::Duration;

/// Callbacks that have not begun a week after the last call are given up.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 86_400);

impl<S: FnMut(&Entry) -> ControlFlow<()>> Driver<'_, S> {
    /// Remembers who left a message, if anybody is to call back.
    pub(super) fn keep_message(&mut self, call: CallId, attempt: &Attempt, outcome: Outcome) {
        let calls_back =
            self.scenario.pbx.voicemail.as_ref().is_some_and(|voicemail| voicemail.callback.is_some());
        if calls_back && outcome == Outcome::Completed(CompletedBy::Voicemail) {
            self.messages.insert(call, attempt.plan.clone());
        }
    }

    /// Nobody waits for a callback any more.
    pub(super) fn callbacks_are_over(&self) -> bool {
        self.messages.is_empty() || self.now >= self.last_end + LONGEST_WAIT
    }

    /// The PBX calls the customer of `of` back, who answers at once and has the same to say.
    pub(super) fn call_back(&mut self, of: CallId) {
        let Some(mut plan) = self.messages.remove(&of) else { return };
        plan.attempt += 1;
        plan.intended_start = self.now;
        plan.patience = None;
        plan.intent = None;
        let call = CallId(self.attempts_started);
        self.attempts_started += 1;
        let mut attempt = self.spare.pop().unwrap_or_else(Attempt::blank);
        attempt.name = format!("{}-{}-callback", plan.index, plan.attempt).into();
        attempt.plan = plan;
        attempt.start(self.now);
        let mut actions = Vec::new();
        let Attempt { name, plan, .. } = &*attempt;
        let (from, to, class) = (&plan.from, &plan.to, plan.class);
        self.pbx.handle(self.now, Input::CalledBack { call, name, from, to, class }, &mut actions);
        self.attempts.insert(call, attempt);
        self.carry_out_all(actions);
        if let Some(deadline) = self.attempts.get(&call).and_then(|attempt| attempt.caller.next_deadline()) {
            self.events.schedule(deadline, Event::Caller(call));
        }
    }
}
