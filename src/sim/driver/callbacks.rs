//! Customers who are called back: the same person, in a call of the firm's own.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::keypad::Key;
use crate::outcome::CompletedBy;
use crate::outcome::Outcome;
use crate::party::caller;
use crate::pbx::CallId;
use crate::pbx::Input;
use crate::sim::Entry;
use crate::sim::attempt::Attempt;
use crate::sim::driver::Driver;
use crate::sim::driver::Event;
use crate::time::Duration;
use crate::traffic::CallPlan;

/// Callbacks that have not begun a week after the last call are given up.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 86_400);

/// Numbers of requests from the web.
const WEB: u64 = 1 << 62;

impl<S: FnMut(&Entry) -> ControlFlow<()>> Driver<'_, S> {
    /// Remembers who was promised a call.
    pub(super) fn keep_message(&mut self, call: CallId, attempt: &Attempt, outcome: Outcome) {
        let may_be_called =
            matches!(outcome, Outcome::Completed(CompletedBy::Voicemail | CompletedBy::Callback));
        if may_be_called && self.scenario.pbx.calls_back() {
            self.messages.insert(call, attempt.plan.clone());
        }
    }

    /// Whether a plan is no call but a request on a web page, which is then made. Requests are numbered apart from calls.
    pub(super) fn asks_on_web(&mut self, plan: &CallPlan) -> bool {
        if !self.scenario.traffic.callers[plan.class].callback.on_web {
            return false;
        }
        let call = CallId(WEB | plan.index);
        let name: Arc<str> = match &self.nameless {
            Some(nameless) => Arc::clone(nameless),
            None => format!("{}-web", plan.index).into(),
        };
        self.messages.insert(call, plan.clone());
        self.last_end = self.last_end.max(self.now);
        let CallPlan { from, to, class, .. } = plan;
        self.tell_pbx(Input::CallbackRequested { call, name: &name, from, to, class: *class });
        true
    }

    /// Nobody waits for a callback any more.
    pub(super) fn callbacks_are_over(&self) -> bool {
        self.pbx.pbx().callbacks().pending == 0 || self.now >= self.last_end + LONGEST_WAIT
    }

    /// What a waiting caller makes of the offer of a callback.
    pub(super) fn offer_of(&self, call: CallId, key: Key) -> caller::Input {
        let accepted = self.attempts.get(&call).and_then(|attempt| {
            let class = &self.scenario.traffic.callers[attempt.plan.class];
            class.callback.accepts(self.seed, &attempt.plan)
        });
        caller::Input::CallbackOffered { press: accepted.map(|after| (key, after)) }
    }

    /// The PBX calls the customer of `of`: the phone rings until it is picked up, or for as long as the PBX lets it.
    pub(super) fn call_back(&mut self, of: CallId, attempt: u32) {
        let Some(plan) = self.messages.get(&of) else {
            return self.tell_pbx(Input::CallBackFailed { of });
        };
        let habit = &self.scenario.traffic.callers[plan.class].callback;
        self.customers_ringing.insert(of, attempt);
        // Whoever picks up at once does so when the PBX has had its say, too: what it says may let the next phone ring.
        if let Some(delay) = habit.answers(self.seed, plan, attempt) {
            self.events.schedule(self.now + delay, Event::CustomerAnswers(of, attempt));
        }
    }

    /// The customer of `of` picks up, and has the same to say.
    pub(super) fn customer_answers(&mut self, of: CallId, attempt: u32) {
        if self.customers_ringing.get(&of) != Some(&attempt) {
            return;
        }
        self.customers_ringing.remove(&of);
        let Some(plan) = self.messages.remove(&of) else { return };
        let call = CallId(self.attempts_started);
        self.attempts_started += 1;
        let mut attempt = self.spare.pop().unwrap_or_else(Attempt::blank);
        // Who is called back a second time has been spoken to before, also if the first request came from the web.
        let on_web = of.0 & WEB != 0;
        attempt.plan = plan.called_back(self.now, on_web);
        attempt.name = format!("{}-{}-callback", attempt.plan.index, attempt.plan.attempt).into();
        attempt.start(self.now);
        attempt.made_by_firm = true;
        attempt.answered = Some(self.now);
        let mut actions = std::mem::take(&mut self.actions);
        let Attempt { name, plan, .. } = &*attempt;
        let (from, to, class) = (&plan.from, &plan.to, plan.class);
        self.pbx.handle(self.now, Input::CalledBack { of, call, name, from, to, class }, &mut actions);
        self.attempts.insert(call, attempt);
        self.dialling = Some(call);
        self.carry_out_all(actions);
        self.dialling = None;
        if let Some(deadline) = self.attempts.get(&call).and_then(|attempt| attempt.caller.next_deadline()) {
            self.events.schedule(deadline, Event::Caller(call));
        }
    }
}
