//! Where an admitted call goes.

use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::admission::Refused;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::Then;
use crate::pbx::config::Extension;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::plain;
use crate::pbx::machine::unknown_number;
use crate::time::Instant;

pub(super) use numbers::Routing;

mod numbers;

/// What can become of an admitted call.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// The PBX answers it, standing in for whoever was called.
    Pbx,
    /// To the queue with this index.
    Queue(usize),
    /// To the extension with this number, one of `Config::extensions`.
    Extension(Arc<str>),
    /// Turned away on purpose: policy, no loss.
    Refuse(Refusal),
    /// To no one: the number does not exist.
    Unknown,
}

impl Pbx {
    /// Sends an admitted call where its number leads.
    pub(super) fn route(&mut self, now: Instant, id: CallId, call: Call, actions: &mut Vec<Action>) {
        let destination = if self.config.extensions.contains_key(&call.to) {
            Destination::Extension(Arc::clone(&call.to))
        } else {
            self.routing.destination(&call.to).clone()
        };
        self.send(now, id, call, destination, actions);
    }

    /// Sends a call that is at no place yet, or was just taken from one, to `destination`.
    pub(super) fn send(
        &mut self,
        now: Instant,
        id: CallId,
        call: Call,
        destination: Destination,
        actions: &mut Vec<Action>,
    ) {
        match destination {
            Destination::Queue(queue) => self.enter_queue(now, id, call, queue, actions),
            Destination::Extension(number) => self.send_to_extension(now, id, call, &number, actions),
            Destination::Unknown => self.refuse(now, id, call, unknown_number(), actions),
            Destination::Refuse(refusal) => {
                let refused = Refused { limiter: None, cause: cause::TURNED_AWAY, refusal };
                self.refuse(now, id, call, refused, actions);
            }
            Destination::Pbx => {
                let delay = self.config.answer_delay.sample(&mut self.stream);
                self.ring_then_answer(now, id, call, delay, actions);
            }
        }
    }

    fn send_to_extension(
        &mut self,
        now: Instant,
        id: CallId,
        call: Call,
        number: &str,
        actions: &mut Vec<Action>,
    ) {
        match self.config.extensions.get(number) {
            Some(Extension::Answer { answer_delay }) => {
                let delay = answer_delay.sample(&mut self.stream);
                self.ring_then_answer(now, id, call, delay, actions);
            }
            Some(Extension::NoAnswer { ring_timeout }) => {
                let ring_timeout = *ring_timeout;
                self.ring(now, id, call, ring_timeout, Then::NoAnswer, actions);
            }
            Some(Extension::Busy) => self.refuse(now, id, call, plain(486, 17, cause::BUSY), actions),
            Some(Extension::Declined) => self.refuse(now, id, call, plain(603, 21, cause::DECLINED), actions),
            Some(Extension::Unknown) | None => self.refuse(now, id, call, unknown_number(), actions),
            Some(Extension::User(user)) => {
                let ring_timeout = user.ring_timeout;
                self.dial(now, id, call, ring_timeout, actions);
            }
            Some(Extension::Queue(queue)) => {
                let queue = *queue;
                self.enter_queue(now, id, call, queue, actions);
            }
        }
    }
}
