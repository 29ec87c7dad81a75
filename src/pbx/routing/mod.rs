//! Where an admitted call goes: by the table of callers, numbers and hours, by what an outside system says, or by the
//! queues' and menus' own numbers; and what calls set off on their way in.

use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::admission::Refused;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::Then;
use crate::pbx::config::Config;
use crate::pbx::config::Extension;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::plain;
use crate::pbx::machine::unknown_number;
use crate::time::Instant;

pub use hook::Hook;
pub use hook::HookModel;
pub use hook::NamedTarget;
pub use hook::Question;
pub use hours::Hours;
pub use lead::Lead;
pub use number_set::NumberSet;
pub use table::Cell;
pub use table::Fault;
pub use table::Row;
pub use table::Table;
pub use table::When;
pub use triggers::Trigger;
pub use triggers::Triggered;
pub use url::BadUrl;
pub use url::HttpUrl;

pub(super) use numbers::Routing;

mod hook;
mod hours;
mod lead;
mod number_set;
mod numbers;
mod table;
#[cfg(test)]
mod tests;
mod triggers;
mod url;

/// What can become of an admitted call.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// The PBX answers it, standing in for whoever was called.
    Pbx,
    /// To the menu with this index.
    Menu(usize),
    /// To the voicemail.
    Voicemail,
    /// To the queue with this index.
    Queue(usize),
    /// To the extension with this number, one of `Config::extensions`.
    Extension(Arc<str>),
    /// Turned away on purpose: policy, no loss.
    Refuse(Refusal),
    /// To no one: the number does not exist.
    Unknown,
    /// Wherever the outside system behind the hook says.
    Ask,
    /// To a promise of a call, from the queue that does not keep the caller. Nothing but a queue leads there.
    Callback,
}

/// Callers who are never let in: spam, and competitors who scout.
#[derive(Debug, Clone, PartialEq)]
pub struct Blacklist {
    pub callers: NumberSet,
    /// How they are refused.
    pub refusal: Refusal,
}

/// When the firm is open, and where calls go when it is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub hours: Hours,
    /// For every number that is no extension. Absent where the routing table has rows of its own for closed hours.
    pub closed: Option<Destination>,
}

impl Destination {
    /// In a few words, with the names that the configuration gives.
    #[must_use]
    pub fn describe(&self, config: &Config) -> String {
        match self {
            Self::Pbx => "answer".to_owned(),
            Self::Menu(menu) => format!("menu {}", config.menus.get(*menu).map_or("?", |menu| &*menu.name)),
            Self::Queue(queue) => {
                format!("queue {}", config.queues.get(*queue).map_or("?", |queue| &*queue.name))
            }
            Self::Extension(number) => format!("extension {number}"),
            Self::Refuse(Refusal::Status { status, .. }) => format!("refuse {status}"),
            Self::Refuse(Refusal::Silence) => "refuse in silence".to_owned(),
            Self::Refuse(Refusal::AnswerThenHangUp) => "answer, then hang up".to_owned(),
            Self::Voicemail => "voicemail".to_owned(),
            Self::Unknown => "unknown".to_owned(),
            Self::Ask => "ask".to_owned(),
            Self::Callback => "callback".to_owned(),
        }
    }
}

impl Pbx {
    /// Turns away a caller who is on the blacklist, before anything is taken; gives back any other.
    pub(super) fn let_pass(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        actions: &mut Vec<Action>,
    ) -> Option<Box<Call>> {
        let held = self.config.blacklist.as_ref().filter(|list| list.callers.holds(&call.from));
        let Some(list) = held else { return Some(call) };
        let refusal = list.refusal.clone();
        let refused = Refused::new(None, cause::BLACKLISTED, refusal);
        self.turn_away(now, id, call, None, refused, actions);
        None
    }

    /// Sends an admitted call where the routing table, the hour and its number lead.
    pub(super) fn route(&mut self, now: Instant, id: CallId, call: Box<Call>, actions: &mut Vec<Action>) {
        if let Some(queue) = self.routing.only_queue() {
            return self.enter_queue(now, id, call, queue, actions);
        }
        let destination = self.destination_of(now, call.class, &call.to);
        self.send(now, id, call, destination, actions);
    }

    /// Where a caller of this type is sent who has dialled this number.
    pub(super) fn destination_of(&self, now: Instant, class: usize, to: &str) -> Destination {
        let tabled = self.config.table.as_ref().and_then(|table| table.target(now, class, to));
        if let Some(destination) = tabled {
            return destination.clone();
        }
        if let Some((number, _)) = self.config.extensions.get_key_value(to) {
            return Destination::Extension(Arc::clone(number));
        }
        if let Some(Opening { hours, closed: Some(closed) }) = &self.config.opening
            && !hours.is_open(now)
        {
            return closed.clone();
        }
        if self.config.table.is_none() && self.config.hook.is_some() {
            return Destination::Ask;
        }
        self.routing.destination(to).clone()
    }

    /// Sends a call that is at no place yet, or was just taken from one, to `destination`.
    pub(super) fn send(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        destination: Destination,
        actions: &mut Vec<Action>,
    ) {
        let answered = call.answered();
        let traced_there = match destination {
            Destination::Menu(_) | Destination::Voicemail | Destination::Queue(_) | Destination::Ask => true,
            Destination::Extension(_) => answered.is_some(),
            _ => false,
        };
        if !traced_there {
            self.trace(&mut call, &destination);
        }
        match destination {
            Destination::Menu(menu) => self.enter_menu(now, id, call, menu, actions),
            Destination::Voicemail => self.take_message(now, id, call, actions),
            Destination::Queue(queue) => self.enter_queue(now, id, call, queue, actions),
            Destination::Extension(number) if answered.is_some() => {
                self.calls.insert(id, call);
                self.put_through(now, id, &number, actions);
            }
            Destination::Extension(number) => self.send_to_extension(now, id, call, &number, actions),
            // Nobody can be called back for no queue.
            Destination::Unknown | Destination::Callback => {
                self.refuse(now, id, call, unknown_number(), actions);
            }
            Destination::Ask => self.ask(now, id, call, actions),
            Destination::Refuse(refusal) => {
                let refused = Refused::new(None, cause::TURNED_AWAY, refusal);
                self.refuse(now, id, call, refused, actions);
            }
            Destination::Pbx if answered.is_some() => self.stand_in(id, call, actions),
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
        call: Box<Call>,
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
                self.dial(now, id, call, number, ring_timeout, actions);
            }
            Some(Extension::Queue(queue)) => {
                let queue = *queue;
                self.enter_queue(now, id, call, queue, actions);
            }
        }
    }
}
