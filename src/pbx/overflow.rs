//! Callers whom a queue passes on to a contractor's people, and who come back if those do not take them.
//!
//! A queue passes on who finds it too long, who has waited long enough, and whomever it would turn away. Whoever comes
//! back stands where they stood before and is not passed on again. Every caller who enters is in the end served by the
//! firm, served by the contractor, or lost.

use std::sync::Arc;

use crate::outcome::note::Contracted;
use crate::outcome::note::Flow;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::pbx::action::Action;
use crate::pbx::books::QueueEventKind;
use crate::pbx::call::Call;
use crate::pbx::call::Origin;
use crate::pbx::call::Place;
use crate::pbx::call::Queued;
use crate::pbx::call::State;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::timers::Owner;
use crate::time::{Duration, Instant};
use crate::units::Money;

/// A caller who could not be passed on is not tried again sooner.
const SHORTEST: Duration = Duration::from_secs(1);

/// To whom a queue passes callers on, and when. Whoever it would turn away is passed on in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overflow {
    /// Index into `Config::queues`: a queue of a contractor's.
    pub to: usize,
    /// Wait after which a caller is passed on; not less than a second.
    pub after: Option<Duration>,
    /// A newcomer who finds so many callers in the queue is passed on at once.
    pub at_length: Option<u32>,
}

/// A contractor's people answer the queue, for money.
#[derive(Debug, Clone, PartialEq)]
pub struct Outsourced {
    pub price_per_minute: Money,
    pub price_per_call: Money,
    /// Talk is charged in such steps, begun ones in full. Not zero.
    pub increment: Duration,
    /// Share of the calls that the contractor promises to take within a time, 0 to 1.
    pub promised: f64,
    pub threshold: Duration,
    /// Callers not taken within this come back to the queue that passed them on; absent: they wait on.
    pub hand_back: Option<Duration>,
}

/// How a caller joins a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joining {
    pub(super) place: Place,
    /// Of a caller who was passed on or has come back.
    pub(super) origin: Option<Origin>,
    /// Nobody can wait here: the caller came in because an agent is idle.
    pub(super) full: bool,
}

impl Outsourced {
    /// The steps to be charged for so much talk.
    #[must_use]
    pub fn steps(&self, talk: Duration) -> u64 {
        u64::try_from(talk.as_nanos().div_ceil(self.increment.as_nanos().max(1))).unwrap_or(u64::MAX)
    }
}

impl Pbx {
    /// Passes a newcomer on before the queue is entered; gives back whom nobody takes.
    pub(super) fn passed_at_the_door(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        queue: usize,
        actions: &mut Vec<Action>,
    ) -> Option<Box<Call>> {
        let to = self.config.queues[queue].policy.overflow.as_ref().map(|overflow| overflow.to);
        let Some(to) = to.filter(|to| self.takes(*to, call.class, now)) else { return Some(call) };
        let place = self.newcomers_place(now, &call, queue);
        self.note_flow(call.start, queue, Flow::Entered, actions);
        self.join_contractor(
            now,
            id,
            call,
            to,
            Origin { queue, place, owner: None, is_back: false },
            actions,
        );
        None
    }

    /// Whether a newcomer is passed on because the queue is so long.
    pub(super) fn is_too_long(&self, queue: usize, length: u32) -> bool {
        let overflow = self.config.queues[queue].policy.overflow.as_ref();
        overflow.and_then(|overflow| overflow.at_length).is_some_and(|limit| length >= limit)
    }

    /// A newcomer is turned away: in the figures they came, and were lost.
    pub(super) fn note_turned_away(&self, call: &Call, queue: usize, actions: &mut Vec<Action>) {
        for flow in [Flow::Entered, Flow::Lost] {
            self.note_flow(call.start, queue, flow, actions);
        }
        self.note_not_let_in(call, queue, actions);
    }

    /// When a caller who has just joined, or was not passed on, is looked at again, if the queue does not wait for ever.
    pub(super) fn end_of_wait(&self, now: Instant, queued: &Queued) -> Option<Instant> {
        let config = &self.config.queues[queued.queue];
        let longest = config.max_wait.map(|wait| queued.entered + wait);
        let is_back = queued.origin.is_some_and(|origin| origin.is_back);
        let passed_on = config.policy.overflow.as_ref().filter(|_| !is_back);
        let passed_on = passed_on.and_then(|overflow| overflow.after).map(|after| {
            let first = queued.entered + after;
            if first > now { first } else { now + after.max(SHORTEST) }
        });
        let outsourced = config.policy.outsourced.as_ref().filter(|_| queued.origin.is_some());
        let back = outsourced.and_then(|contract| contract.hand_back).map(|wait| queued.entered + wait);
        [longest, passed_on, back].into_iter().flatten().min()
    }

    /// The deadline of a waiting caller: passed on, handed back, or put out.
    pub(super) fn wait_is_over(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        actions: &mut Vec<Action>,
    ) {
        let config = &self.config.queues[queued.queue];
        let hand_back = config.policy.outsourced.as_ref().and_then(|contract| contract.hand_back);
        if let Some(origin) = queued.origin
            && hand_back.is_some_and(|wait| now >= queued.entered + wait)
        {
            return self.hand_back(now, id, queued, origin, actions);
        }
        if self.pass_on(now, id, queued, actions) {
            return;
        }
        let longest = self.config.queues[queued.queue].max_wait;
        if longest.is_some_and(|wait| now >= queued.entered + wait) {
            return self.queue_timeout(now, id, queued, actions);
        }
        let again = self.end_of_wait(now, &queued);
        let timer = again.map(|at| self.timers.set(at, Owner::Call(id)));
        self.queued_mut(id).timer = timer;
    }

    /// Passes a waiting caller on, if the queue does so and the contractor has room. Says whether it was done.
    pub(super) fn pass_on(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        actions: &mut Vec<Action>,
    ) -> bool {
        let overflow = self.config.queues[queued.queue].policy.overflow.as_ref();
        let Some(to) = overflow.map(|overflow| overflow.to).filter(|_| queued.origin.is_none()) else {
            return false;
        };
        let class = self.calls[&id].class;
        if !self.takes(to, class, now) {
            return false;
        }
        let call = self.step_out(now, id, queued, actions);
        let origin = Origin { queue: queued.queue, place: queued.place, owner: queued.owner, is_back: false };
        self.join_contractor(now, id, call, to, origin, actions);
        true
    }

    fn hand_back(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        origin: Origin,
        actions: &mut Vec<Action>,
    ) {
        let call = self.step_out(now, id, queued, actions);
        self.note(call.start, queued.queue, Note::Contractor(Contracted::HandedBack), actions);
        let joining =
            Joining { place: origin.place, origin: Some(Origin { is_back: true, ..origin }), full: false };
        self.join(now, id, call, origin.queue, joining, actions);
    }

    /// Takes a waiting caller out of the line, for another.
    fn step_out(&mut self, now: Instant, id: CallId, queued: Queued, actions: &mut Vec<Action>) -> Box<Call> {
        let event = QueueEventKind::ExitWithTimeout {
            position: self.queues[queued.queue].position(queued.place),
            original_position: queued.original_position,
            wait: now - queued.entered,
        };
        self.log(now, id, queued.queue, None, event, actions);
        self.stop_ringing_for(now, id, queued);
        self.leave_line(now, id, queued, actions);
        self.take(id)
    }

    fn join_contractor(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        to: usize,
        origin: Origin,
        actions: &mut Vec<Action>,
    ) {
        self.note(call.start, to, Note::Contractor(Contracted::Offered), actions);
        let place = self.newcomers_place(now, &call, to);
        self.join(now, id, call, to, Joining { place, origin: Some(origin), full: false }, actions);
    }

    /// Whether the contractor has room for a caller of this type.
    fn takes(&self, queue: usize, class: usize, now: Instant) -> bool {
        let limit = self.config.queues[queue].max_length;
        let full = limit.is_some_and(|limit| self.queues[queue].len() >= limit);
        (!full || self.queues[queue].is_ready_for(class, now)) && !self.is_empty(queue, now)
    }

    /// A caller has entered a queue from outside.
    pub(super) fn note_entered(&self, call: &Call, queue: usize, actions: &mut Vec<Action>) {
        self.note_flow(call.start, queue, Flow::Entered, actions);
        if self.config.queues[queue].policy.outsourced.is_some() {
            self.note(call.start, queue, Note::Contractor(Contracted::Offered), actions);
        }
    }

    /// Takes a caller out of the line whom nobody has served.
    pub(super) fn leave_for_good(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        actions: &mut Vec<Action>,
    ) {
        if self.has_policies {
            self.note_owner(now, &queued, None, actions);
            self.note_end_of_wait(now, id, &queued, false, actions);
        }
        self.note_wait(now, id, queued, false, actions);
        self.leave_line(now, id, queued, actions);
    }

    /// The wait of a caller is over: an agent has picked up, or nobody will.
    pub(super) fn note_end_of_wait(
        &self,
        now: Instant,
        id: CallId,
        queued: &Queued,
        answered: bool,
        actions: &mut Vec<Action>,
    ) {
        let start = self.calls[&id].start;
        let came_to = queued.origin.map_or(queued.queue, |origin| origin.queue);
        let contract = self.config.queues[queued.queue].policy.outsourced.as_ref();
        let flow = match (answered, contract.is_some()) {
            (false, _) => Flow::Lost,
            (true, true) => Flow::Outsourced,
            (true, false) => Flow::Own,
        };
        self.note_flow(start, came_to, flow, actions);
        let Some(contract) = contract else { return };
        let in_time = now - queued.entered <= contract.threshold;
        let end = if answered { Contracted::Answered { in_time } } else { Contracted::Lost };
        self.note(start, queued.queue, Note::Contractor(end), actions);
    }

    /// A conversation is over: what of it the contractor charges.
    pub(super) fn note_charge(&self, now: Instant, call: &Call, actions: &mut Vec<Action>) {
        let State::Talking(talking) = call.state else { return };
        if let Some(contract) = &self.config.queues[talking.queue].policy.outsourced {
            let steps = contract.steps(now - talking.connected);
            self.note(call.start, talking.queue, Note::Contractor(Contracted::Charged { steps }), actions);
        }
    }

    fn note_flow(&self, start: Instant, queue: usize, flow: Flow, actions: &mut Vec<Action>) {
        let policy = &self.config.queues[queue].policy;
        if policy.overflow.is_some() || policy.outsourced.is_some() {
            self.note(start, queue, Note::Flow(flow), actions);
        }
    }

    fn note(&self, start: Instant, queue: usize, note: Note, actions: &mut Vec<Action>) {
        let queue = Arc::clone(&self.config.queues[queue].name);
        actions.push(Action::Noted(Box::new(Noted { at: start, queue, note })));
    }
}
