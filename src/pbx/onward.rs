//! Where a caller goes whom a queue does not keep: it is full, the longest wait is over, or nobody is there.
//!
//! Without a way on the caller is refused. With one the call goes where it leads, as any call would: to a message, a
//! promise of a call, another queue, a menu, an extension. A call that one queue after the other does not keep is
//! refused in the end.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
pub use crate::outcome::note::Unkept;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::admission::Refused;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::Place;
use crate::pbx::call::Queued;
use crate::pbx::call::SentOn;
use crate::pbx::call::State;
use crate::pbx::call::queue_id;
use crate::pbx::callbacks::Origin;
use crate::pbx::callbacks::Wish;
use crate::pbx::config::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::rows::End;
use crate::time::Instant;

pub use lint::Circle;
pub use lint::circles;

pub(in crate::pbx) use lint::rounds;

mod lint;

/// Queues that one call may be sent on from; beyond, the next one that does not keep it refuses it.
pub const SENT_ON_MAX: u8 = 10;

/// `on_full`, `on_timeout` and `on_empty` of a queue; absent: callers are refused.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Onward {
    pub full: Option<Destination>,
    pub timeout: Option<Destination>,
    pub empty: Option<Destination>,
}

impl Onward {
    /// Where callers go for this reason.
    #[must_use]
    pub const fn on(&self, why: Unkept) -> Option<&Destination> {
        match why {
            Unkept::Full => self.full.as_ref(),
            Unkept::TimedOut => self.timeout.as_ref(),
            Unkept::Empty => self.empty.as_ref(),
        }
    }

    /// Whether callers go elsewhere for any reason, instead of being refused.
    #[must_use]
    pub fn leads_elsewhere(&self) -> bool {
        Unkept::ALL.into_iter().filter_map(|why| self.on(why)).any(|to| !matches!(to, Destination::Refuse(_)))
    }
}

/// Where a caller stood in the queue that sends the call on.
struct Stood {
    queue: usize,
    place: Option<Place>,
    since: Instant,
}

impl Pbx {
    /// The refusal of a caller whom this queue does not keep and does not send on.
    pub(super) fn refusal_of(&self, queue: usize, why: Unkept, otherwise: &Refusal) -> Refusal {
        match self.config.queues[queue].policy.onward.on(why) {
            Some(Destination::Refuse(refusal)) => refusal.clone(),
            _ => otherwise.clone(),
        }
    }

    /// Where a caller is sent on to, if anywhere: not for ever, and to no promise that can't be made.
    fn way_on(&self, now: Instant, call: &Call, queue: usize, why: Unkept) -> Option<Destination> {
        let to = self.config.queues[queue].policy.onward.on(why)?;
        let goes = match to {
            Destination::Refuse(_) => false,
            Destination::Callback => self.can_promise(now, call),
            _ => true,
        };
        let hops = call.sent_on.map_or(0, |sent_on| sent_on.hops);
        (goes && hops < SENT_ON_MAX).then(|| to.clone())
    }

    /// Sends on a newcomer whom the queue does not let in; gives back whom it refuses.
    pub(super) fn sent_on_at_the_door(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        queue: usize,
        why: Unkept,
        actions: &mut Vec<Action>,
    ) -> Option<Box<Call>> {
        let Some(to) = self.way_on(now, &call, queue, why) else { return Some(call) };
        self.note_turned_away(&call, queue, actions);
        self.trace(&mut call, &Destination::Queue(queue));
        let stood = Stood { queue, place: None, since: now };
        self.go_on(now, id, call, &stood, why, to, actions);
        None
    }

    /// Sends on a caller who waits in line. Says whether it was done; then `event` stands in the log.
    pub(super) fn sent_on(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        why: Unkept,
        event: &QueueEventKind,
        actions: &mut Vec<Action>,
    ) -> bool {
        let Some(to) = self.way_on(now, &self.calls[&id], queued.queue, why) else { return false };
        self.stop_ringing_for(now, id, queued);
        self.leave_for_good(now, id, queued, actions);
        self.log(now, id, queued.queue, None, event.clone(), actions);
        let call = self.take(id);
        let stood = Stood { queue: queued.queue, place: Some(queued.place), since: queued.entered };
        self.go_on(now, id, call, &stood, why, to, actions);
        true
    }

    /// The legs of phones that ring for a caller who goes elsewhere are free.
    pub(super) fn stop_ringing_for(&mut self, now: Instant, id: CallId, queued: Queued) {
        for _ in 0..self.phones_ringing_for(now, queued).count() {
            self.admission.release_agent_leg(id);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "who goes, from where, why and where to")]
    fn go_on(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        stood: &Stood,
        why: Unkept,
        to: Destination,
        actions: &mut Vec<Action>,
    ) {
        let before = call.sent_on;
        call.sent_on = Some(SentOn {
            asked: stood.queue,
            stood: stood.place.map(|_| stood.queue).or(before.and_then(|before| before.stood)),
            hops: before.map_or(0, |before| before.hops) + 1,
        });
        let queue = Arc::clone(&self.config.queues[stood.queue].name);
        actions.push(Action::Noted(Box::new(Noted { at: call.start, queue, note: Note::SentOn(why) })));
        match to {
            Destination::Callback => self.promise_call(now, id, call, stood, actions),
            to => self.send(now, id, call, to, actions),
        }
    }

    /// Whoever is not kept is told that they will be called, and hangs up. The place in line is kept, if there was one.
    fn promise_call(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        stood: &Stood,
        actions: &mut Vec<Action>,
    ) {
        self.trace(&mut call, &Destination::Callback);
        let wish = Wish {
            place: stood.place,
            waits_since: stood.since,
            ..Wish::new(now, id, Origin::Queue, &call, stood.queue)
        };
        if call.answered().is_none() {
            let queue = call.asked();
            actions.push(Action::Answer { call: id, by: AnsweredBy::Queue, queue });
        }
        call.state = State::Answered { at: call.answered().unwrap_or(now), by_user: false };
        self.calls.insert(id, call);
        self.request_callback(now, wish, actions);
        let refused = Refused::new(None, cause::CALLBACK, Refusal::status(480, Some(16)));
        actions.push(hang_up(id, HangUpReason::Callback, &refused));
        self.close(now, id, &End::new(cause::CALLBACK, EndedBy::Pbx), actions);
    }

    /// Who answered a caller that a queue has sent on: the PBX itself, or somebody outside it.
    pub(super) fn whoever_answers(call: &Call, by: AnsweredBy) -> AnsweredBy {
        if by == AnsweredBy::Pbx && call.sent_on.is_some() { AnsweredBy::Outside } else { by }
    }
}

impl Call {
    /// The queue that the caller asked for last and that has sent the call on.
    pub(super) fn asked(&self) -> Option<crate::pbx::input::QueueId> {
        self.sent_on.map(|sent_on| queue_id(sent_on.asked))
    }
}

/// Whether an extension can take a caller whom a queue sends on: a user's phones can't.
#[must_use]
pub fn takes_callers(config: &Config, number: &str) -> bool {
    !matches!(config.extensions.get(number), Some(Extension::User(_)))
}
