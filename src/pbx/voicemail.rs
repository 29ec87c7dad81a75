//! Voicemail. A message left while the firm is closed comes back as a call of the PBX's own from the next opening on: as
//! soon as an agent of the queue is free and nobody waits, oldest message first.

use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::action::Hears;
use crate::pbx::admission::Refused;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::callbacks::Origin;
use crate::pbx::callbacks::Wish;
use crate::pbx::config::Destination;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::rows::End;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::time::{Duration, Instant};

/// `pbx.voicemail` of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Voicemail {
    /// How long the greeting plays before the message begins.
    pub greeting: Duration,
    /// Longest message.
    pub max_length: Duration,
    /// The queue whose agents call back from the next opening on; absent: nobody does.
    pub callback: Option<usize>,
}

/// A caller at the voicemail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recording {
    pub(super) answered: Instant,
    pub(super) timer: TimerId,
    /// When the message begins.
    begins: Instant,
}

impl Pbx {
    /// The voicemail answers, unless something has answered already, and asks for a message.
    pub(super) fn take_message(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        actions: &mut Vec<Action>,
    ) {
        let Some(voicemail) = &self.config.voicemail else {
            return self.refuse(now, id, call, crate::pbx::machine::unknown_number(), actions);
        };
        self.trace(&mut call, &Destination::Voicemail);
        let begins = now + voicemail.greeting;
        let timer = self.timers.set(begins + voicemail.max_length, Owner::Call(id));
        let before = call.answered();
        actions.push(match before {
            Some(_) => Action::Hear { call: id, what: Hears::Voicemail },
            None => Action::Answer { call: id, by: AnsweredBy::Voicemail, queue: call.asked() },
        });
        call.state = State::Recording(Recording { answered: before.unwrap_or(now), timer, begins });
        self.calls.insert(id, call);
    }

    /// The longest message has been recorded.
    pub(super) fn message_full(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        self.promise(now, id, actions);
        let refusal = Refusal::status(480, Some(16));
        let refused = Refused::new(None, cause::VOICEMAIL, refusal);
        actions.push(hang_up(id, HangUpReason::Menu, &refused));
        self.close(now, id, &End::new(cause::VOICEMAIL, EndedBy::Pbx), actions);
    }

    /// The caller hung up: with a message, or before the greeting was over.
    pub(super) fn leaves_voicemail(
        &mut self,
        now: Instant,
        id: CallId,
        at: Recording,
        actions: &mut Vec<Action>,
    ) {
        let left_message = now > at.begins;
        if left_message {
            self.promise(now, id, actions);
        }
        let cause = if left_message { cause::VOICEMAIL } else { cause::ABANDONED };
        self.close(now, id, &End::new(cause, EndedBy::Caller), actions);
    }

    /// Whoever has left a message is called back, where somebody is to do so.
    fn promise(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        let queue = self.config.voicemail.as_ref().and_then(|voicemail| voicemail.callback);
        let (Some(queue), Some(call)) = (queue, self.calls.get(&id)) else { return };
        let wish = Wish::new(now, id, Origin::Voicemail, call, queue);
        self.request_callback(now, wish, actions);
    }
}
