//! Voicemail, and the callbacks that it promises for the next opening.
//!
//! A message left while the firm is closed comes back as a call of the PBX's own from the next opening on: as soon as
//! an agent of the queue is free and nobody waits, oldest message first, each once. How the customer is reached is the
//! driver's business; once reached, the call is a call like any other.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::action::Hears;
use crate::pbx::admission::Refused;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::End;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::time::{Duration, Instant};

/// Callbacks promised at once at most; beyond it messages are kept and nobody is promised anything.
const PROMISES_MAX: usize = 1_000_000;

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

/// How many callbacks were promised, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallbackCounts {
    pub promised: u64,
    /// The customer was called.
    pub placed: u64,
    /// Still to be called.
    pub pending: u64,
}

#[derive(Debug, Clone, Copy)]
struct Promise {
    /// The call that left the message.
    of: CallId,
    class: usize,
}

/// Callbacks to come.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    /// By the instant from which the customer may be called, and the order of the messages.
    scheduled: BTreeMap<(Instant, u64), Promise>,
    /// The hour has come; an agent has not.
    ready: VecDeque<(u64, Promise)>,
    /// When the last customer was called: one at a time, since each takes the agent who is free.
    placing: Option<Instant>,
    promised: u64,
    placed: u64,
}

impl Callbacks {
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.scheduled.first_key_value().map(|((at, _), _)| *at)
    }

    fn fall_due(&mut self, now: Instant) {
        while let Some(entry) = self.scheduled.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, serial), promise) = entry.remove_entry();
            self.ready.push_back((serial, promise));
        }
    }

    fn counts(&self) -> CallbackCounts {
        let pending = (self.scheduled.len() + self.ready.len()) as u64;
        CallbackCounts { promised: self.promised, placed: self.placed, pending }
    }
}

impl Pbx {
    /// Callbacks promised so far: those called and those to come add up to them.
    #[must_use]
    pub fn callbacks(&self) -> CallbackCounts {
        self.callbacks.counts()
    }

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
        let begins = now + voicemail.greeting;
        let timer = self.timers.set(begins + voicemail.max_length, Owner::Call(id));
        let before = call.answered();
        actions.push(match before {
            Some(_) => Action::Hear { call: id, what: Hears::Voicemail },
            None => Action::Answer { call: id, by: AnsweredBy::Voicemail, queue: None },
        });
        call.state = State::Recording(Recording { answered: before.unwrap_or(now), timer, begins });
        self.calls.insert(id, call);
    }

    /// The longest message has been recorded.
    pub(super) fn message_full(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        self.promise(now, id);
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
            self.promise(now, id);
        }
        let cause = if left_message { cause::VOICEMAIL } else { cause::ABANDONED };
        self.close(now, id, &End::new(cause, EndedBy::Caller), actions);
    }

    fn promise(&mut self, now: Instant, id: CallId) {
        let has_queue = self.config.voicemail.as_ref().is_some_and(|voicemail| voicemail.callback.is_some());
        let full = self.callbacks.scheduled.len() + self.callbacks.ready.len() >= PROMISES_MAX;
        let Some(at) = self.next_opening(now).filter(|_| has_queue && !full) else { return };
        let Some(class) = self.calls.get(&id).map(|call| call.class) else { return };
        let serial = self.callbacks.promised;
        self.callbacks.promised += 1;
        self.callbacks.scheduled.insert((at, serial), Promise { of: id, class });
    }

    fn next_opening(&self, now: Instant) -> Option<Instant> {
        match &self.config.opening {
            Some(opening) => opening.hours.next_opening(now),
            None => Some(now),
        }
    }

    /// Calls the next customer back, if the hour has come, an agent is free and nobody waits.
    pub(super) fn place_callbacks(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let Some(queue) = self.config.voicemail.as_ref().and_then(|voicemail| voicemail.callback) else {
            return;
        };
        self.callbacks.fall_due(now);
        let Some((serial, promise)) = self.callbacks.ready.front().copied() else { return };
        match self.next_opening(now) {
            Some(at) if at > now => {
                // The firm has closed before all were called: the rest wait for the next opening.
                let ready = std::mem::take(&mut self.callbacks.ready);
                self.callbacks
                    .scheduled
                    .extend(ready.into_iter().map(|(serial, promise)| ((at, serial), promise)));
                return;
            }
            _ => {}
        }
        let free = self.queues[queue].is_ready_for(promise.class, now) && self.queues[queue].len() == 0;
        if self.callbacks.placing == Some(now) || self.shutting_down || !free {
            return;
        }
        debug_assert!(serial < self.callbacks.promised, "serials are given with promises");
        self.callbacks.ready.pop_front();
        self.callbacks.placing = Some(now);
        self.callbacks.placed += 1;
        actions.push(Action::CallBack { of: promise.of });
    }

    /// The customer who is called back is on the line: a call of the firm's own, which no limit at the door concerns
    /// but that of channels.
    pub(super) fn called_back(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        actions: &mut Vec<Action>,
    ) {
        self.callbacks.placing = None;
        let queue = self.config.voicemail.as_ref().and_then(|voicemail| voicemail.callback);
        let (Some(queue), false) = (queue, self.calls.contains_key(&id)) else { return self.ignore() };
        if let Err(refused) = self.admission.admit(now, call.offer(id)) {
            return self.turn_away(now, id, call, None, refused, actions);
        }
        self.enter_queue(now, id, call, queue, actions);
    }
}
