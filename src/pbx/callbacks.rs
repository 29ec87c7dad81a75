//! Customers whom the firm calls back: those who left a message while it was closed, those who gave up waiting in a
//! queue for the promise of a call, and those who asked on a web page.
//!
//! A request waits for its hour, then in line like a caller: at the place that the caller had, at the end for those of
//! the web, and behind everybody for messages. When its turn comes an agent is kept free and the customer is called
//! (customer first). Who picks up is a call like any other, and that agent's next; who does not is called again after a
//! pause. How the customer is reached is the driver's business.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::keypad::Key;
use crate::outcome::EndedBy;
pub use crate::outcome::note::CallbackOrigin as Origin;
use crate::outcome::note::CallbackStep;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::pbx::action::Action;
use crate::pbx::action::HangUpReason;
use crate::pbx::action::Hears;
use crate::pbx::admission::Refused;
use crate::pbx::agent;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::Place;
use crate::pbx::call::Queued;
use crate::pbx::call::State;
use crate::pbx::config::Refusal;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::machine::plain;
use crate::pbx::overflow::Joining;
use crate::pbx::routing::Destination;
use crate::pbx::rows::End;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::time::{Duration, Instant};

/// Requests held at once at most; beyond it nobody is promised anything.
const REQUESTS_MAX: usize = 100_000;

/// Callbacks in a row at most: whoever is called back and found no agent again, and so on, is promised no further call.
/// Otherwise such a firm would call its customers for ever.
const CALLED_BACK_MAX: u8 = 10;

/// Shortest pause between two tries, so that a customer who refuses at once can't keep the machine busy.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// `pbx.queues.*.callback` of a scenario: how customers of a queue are called back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackConfig {
    /// A waiting caller is offered a callback after this; absent: no caller is.
    pub offer_after: Option<Duration>,
    /// The key that accepts.
    pub key: Key,
    /// Further tries after the first.
    pub retries: u32,
    /// Between two tries.
    pub pause: Duration,
    /// How long the customer's phone rings.
    pub ring_timeout: Duration,
    /// Within what time the customer is promised to be called.
    pub promise: Duration,
}

impl Default for CallbackConfig {
    /// Two further tries five minutes apart, each of half a minute; fifteen minutes are promised, and no caller in the
    /// queue is offered anything.
    fn default() -> Self {
        Self {
            offer_after: None,
            key: Key::ONE,
            retries: 2,
            pause: Duration::from_mins(5),
            ring_timeout: Duration::from_secs(30),
            promise: Duration::from_mins(15),
        }
    }
}

/// How many callbacks were requested, and what became of them. The last three add up to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallbackCounts {
    pub requested: u64,
    /// The customer picked up.
    pub done: u64,
    /// Every try was in vain.
    pub failed: u64,
    /// Still to be called, or called at this moment.
    pub pending: u64,
}

/// Somebody to be called back.
#[derive(Debug)]
struct Request {
    origin: Origin,
    /// The name of the call that asked for it.
    name: Arc<str>,
    class: usize,
    queue: usize,
    /// The place in line: kept from the queue, or taken when the request joined it.
    place: Option<Place>,
    /// From when on the caller has waited in line.
    waits_since: Instant,
    /// When it was asked for.
    asked: Instant,
    /// When the promise's time began: with the request, or with the next opening.
    promised: Instant,
    serial: u64,
    tries: u32,
    /// How many callbacks in a row this will be.
    in_a_row: u8,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not before this instant: an opening, or the end of a pause.
    Later(Instant),
    /// Due, and waits for a moment in which nobody else does.
    Ready,
    /// In line, under the number of the call that asked.
    InLine,
    /// The customer's phone rings, and this agent is kept free.
    Calling { agent: AgentId, timer: TimerId },
}

/// Callbacks to come.
#[derive(Debug, Default)]
pub(super) struct Callbacks {
    requests: BTreeMap<CallId, Request>,
    later: BTreeSet<(Instant, u64, CallId)>,
    ready: VecDeque<CallId>,
    /// Customers whose phones ring.
    calling: usize,
    counts: CallbackCounts,
}

/// Who is to be called back, and from when on.
pub(super) struct Wish {
    pub(super) of: CallId,
    pub(super) origin: Origin,
    pub(super) name: Arc<str>,
    pub(super) from: Arc<str>,
    pub(super) to: Arc<str>,
    pub(super) class: usize,
    pub(super) queue: usize,
    pub(super) place: Option<Place>,
    pub(super) waits_since: Instant,
    /// How many callbacks in a row have led to this wish.
    pub(super) called_back: u8,
}

impl Wish {
    /// The caller of `call` is to be called back for `queue`, at the end of its line, from `now` on.
    pub(super) fn new(now: Instant, of: CallId, origin: Origin, call: &Call, queue: usize) -> Self {
        Self {
            of,
            origin,
            name: Arc::clone(&call.name),
            from: Arc::clone(&call.from),
            to: Arc::clone(&call.to),
            class: call.class,
            queue,
            place: None,
            waits_since: now,
            called_back: call.called_back,
        }
    }
}

impl Callbacks {
    /// Somebody is to be called back.
    #[inline]
    pub(super) fn are_requested(&self) -> bool {
        !self.requests.is_empty()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.later.first().map(|(at, ..)| *at)
    }

    /// Whether what stands in line under this number is a request and not a caller.
    pub(super) fn is_in_line(&self, call: CallId) -> bool {
        !self.requests.is_empty() && self.requests.get(&call).is_some_and(|one| one.stage == Stage::InLine)
    }

    /// The deadline of a customer's phone that rings.
    pub(super) fn timer(&self, of: CallId) -> Option<TimerId> {
        match self.requests.get(&of)?.stage {
            Stage::Calling { timer, .. } => Some(timer),
            _ => None,
        }
    }

    fn put_off(&mut self, of: CallId, until: Instant) {
        if let Some(request) = self.requests.get_mut(&of) {
            request.stage = Stage::Later(until);
            self.later.insert((until, request.serial, of));
        }
    }

    /// Customers of this queue whose phones ring.
    fn calling_in(&self, queue: usize) -> usize {
        let calling = |one: &&Request| one.queue == queue && matches!(one.stage, Stage::Calling { .. });
        if self.calling == 0 { 0 } else { self.requests.values().filter(calling).count() }
    }
}

impl Pbx {
    /// Callbacks so far.
    #[must_use]
    pub fn callbacks(&self) -> CallbackCounts {
        CallbackCounts { pending: self.callbacks.requests.len() as u64, ..self.callbacks.counts }
    }

    /// How customers of a queue are called back.
    fn callback_config(&self, queue: usize) -> CallbackConfig {
        self.config.queues[queue].callback.clone().unwrap_or_default()
    }

    /// From when on somebody can be called back who asks now, after so many callbacks in a row; `None` if that can't be
    /// promised.
    fn earliest_callback(&self, now: Instant, called_back: u8) -> Option<Instant> {
        let takes_more = self.callbacks.requests.len() < REQUESTS_MAX && called_back < CALLED_BACK_MAX;
        self.next_opening(now).filter(|_| takes_more)
    }

    /// Whether the caller of `call`, who asks now, can be called back.
    pub(super) fn can_promise(&self, now: Instant, call: &Call) -> bool {
        self.earliest_callback(now, call.called_back).is_some()
    }

    /// Notes that somebody is to be called back, if it can be promised.
    pub(super) fn request_callback(&mut self, now: Instant, wish: Wish, actions: &mut Vec<Action>) {
        let known = self.callbacks.requests.contains_key(&wish.of);
        let Some(at) = self.earliest_callback(now, wish.called_back).filter(|_| !known) else { return };
        let Wish { of, origin, name, from, to, class, queue, place, waits_since, called_back } = wish;
        let serial = self.callbacks.counts.requested;
        self.callbacks.counts.requested += 1;
        let stage = Stage::Later(at);
        let request = Request {
            origin,
            name,
            class,
            queue,
            place,
            waits_since,
            asked: now,
            promised: at.max(now),
            serial,
            tries: 0,
            in_a_row: called_back + 1,
            stage,
        };
        self.callbacks.requests.insert(of, request);
        self.log_callback(now, of, QueueEventKind::CallbackRequest { origin }, actions);
        actions.push(Action::WillCallBack { of, from, to });
        self.callbacks.put_off(of, at);
    }

    pub(super) fn next_opening(&self, now: Instant) -> Option<Instant> {
        match &self.config.opening {
            Some(opening) => opening.hours.next_opening(now),
            None => Some(now),
        }
    }

    /// Since when whoever stands in line under this number has waited: a caller, or a customer to be called back.
    pub(super) fn waits_since(&self, call: CallId) -> Option<Instant> {
        match self.calls.get(&call).map(|call| call.state) {
            Some(State::Queued(queued)) => Some(queued.entered),
            _ => self.callbacks.requests.get(&call).map(|request| request.waits_since),
        }
    }

    /// Whether there are queues, whose agents could call somebody.
    #[must_use]
    pub fn has_queues(&self) -> bool {
        !self.queues.is_empty()
    }

    /// Whether this number leads to a queue, for which customers can ask on a web page to be called.
    #[must_use]
    pub fn takes_web_requests(&self, number: &str) -> bool {
        matches!(self.routing.destination(number), Destination::Queue(_))
    }

    /// Somebody asks on a web page to be called: for the queue that the number leads to, at the end of its line.
    pub(super) fn asked_on_web(&mut self, now: Instant, of: CallId, call: &Call, actions: &mut Vec<Action>) {
        let Destination::Queue(queue) = *self.routing.destination(&call.to) else { return self.ignore() };
        let wish = Wish::new(now, of, Origin::Web, call, queue);
        self.request_callback(now, wish, actions);
    }

    /// Lets requests whose hour has come stand in line, and messages be answered where nobody waits.
    #[inline]
    pub(super) fn place_callbacks(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.callbacks.are_requested() {
            self.place_due_callbacks(now, actions);
        }
    }

    #[inline(never)]
    fn place_due_callbacks(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let opens = self.next_opening(now);
        let is_open = opens.is_some_and(|at| at <= now);
        let mut joined = false;
        while let Some((_, _, of)) = self.callbacks.later.first().copied().filter(|(at, ..)| *at <= now) {
            self.callbacks.later.pop_first();
            match opens {
                Some(at) if at > now => self.callbacks.put_off(of, at),
                _ if self.is_message(of) => {
                    self.callbacks.ready.push_back(of);
                    self.callbacks.requests.get_mut(&of).expect("just seen").stage = Stage::Ready;
                }
                _ => {
                    self.join_line(of);
                    joined = true;
                }
            }
        }
        if joined {
            self.offer_in_line(now, actions);
        }
        if let Some(at) = opens.filter(|_| !is_open) {
            // The firm has closed before all were called: the rest wait for the next opening.
            for of in std::mem::take(&mut self.callbacks.ready) {
                self.callbacks.put_off(of, at);
            }
        }
        self.answer_messages(now, actions);
    }

    fn is_message(&self, of: CallId) -> bool {
        self.callbacks.requests.get(&of).is_some_and(|one| one.origin == Origin::Voicemail)
    }

    /// Messages are answered one at a time, where an agent is free and nobody waits.
    fn answer_messages(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some(of) = self.callbacks.ready.front().copied() {
            let request = &self.callbacks.requests[&of];
            let queue = &self.queues[request.queue];
            let waiting = queue.len() as usize > self.callbacks.calling_in(request.queue);
            if waiting || self.shutting_down || !queue.is_ready_for(request.class, now) {
                return;
            }
            self.callbacks.ready.pop_front();
            self.join_line(of);
            self.offer_in_line(now, actions);
            if self.callbacks.is_in_line(of) {
                return;
            }
        }
    }

    fn offer_in_line(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.has_policies {
            self.settle(now, actions);
        } else {
            self.offer_calls(now, actions);
        }
    }

    fn join_line(&mut self, of: CallId) {
        let (class, kept) = {
            let request = &self.callbacks.requests[&of];
            (request.class, request.place)
        };
        let place = kept.unwrap_or_else(|| self.last_place(class));
        let request = self.callbacks.requests.get_mut(&of).expect("just seen");
        request.place = Some(place);
        request.stage = Stage::InLine;
        let (queue, since) = (request.queue, request.waits_since);
        self.queues[queue].put(place, of, class, since);
    }

    /// It is the turn of a request, and this agent is free: the customer is called, and the agent kept.
    pub(super) fn call_back(&mut self, now: Instant, agent: AgentId, of: CallId, actions: &mut Vec<Action>) {
        self.busy_from_now(agent);
        self.agents[agent.0 as usize].state = agent::State::Kept { of };
        let queue = self.callbacks.requests[&of].queue;
        let timer = self.timers.set(now + self.callback_config(queue).ring_timeout, Owner::Callback(of));
        let request = self.callbacks.requests.get_mut(&of).expect("just seen");
        request.tries += 1;
        request.stage = Stage::Calling { agent, timer };
        let (attempt, wait) = (request.tries, now - request.promised);
        self.callbacks.calling += 1;
        self.log_callback(now, of, QueueEventKind::CallbackCall { attempt, wait }, actions);
        actions.push(Action::CallBack { of, attempt });
    }

    /// The customer's phone has rung for long enough.
    pub(super) fn customer_rang_out(&mut self, now: Instant, of: CallId, actions: &mut Vec<Action>) {
        actions.push(Action::StopCallingBack { of });
        self.customer_not_reached(now, of, actions);
    }

    /// The customer did not pick up.
    pub(super) fn customer_not_reached(&mut self, now: Instant, of: CallId, actions: &mut Vec<Action>) {
        if !self.release(now, of) {
            return self.ignore();
        }
        let request = &self.callbacks.requests[&of];
        let (tries, queue) = (request.tries, request.queue);
        let config = self.callback_config(queue);
        if tries > config.retries {
            self.log_callback(now, of, QueueEventKind::CallbackFailed { attempts: tries }, actions);
            self.callbacks.counts.failed += 1;
            self.callbacks.requests.remove(&of);
            actions.push(Action::WillNotCallBack { of });
        } else {
            self.callbacks.put_off(of, now + config.pause.max(SHORTEST_PAUSE));
        }
        self.offer_calls(now, actions);
    }

    /// The customer is on the line, perhaps just after the phone had rung for long enough: what was to come is off.
    fn leave_off(&mut self, now: Instant, of: CallId) {
        if self.release(now, of) {
            return;
        }
        let request = &self.callbacks.requests[&of];
        match (request.stage, request.place) {
            (Stage::Later(at), _) => drop(self.callbacks.later.remove(&(at, request.serial, of))),
            (Stage::InLine, Some(place)) => drop(self.queues[request.queue].leave(place)),
            _ => self.callbacks.ready.retain(|other| *other != of),
        }
    }

    /// The agent is no longer kept for the customer, who stands in line no more. Says whether it was so.
    fn release(&mut self, now: Instant, of: CallId) -> bool {
        let Some(request) = self.callbacks.requests.get(&of) else { return false };
        let (Stage::Calling { agent, .. }, Some(place)) = (request.stage, request.place) else {
            return false;
        };
        self.callbacks.calling -= 1;
        self.queues[request.queue].leave(place);
        self.idle_as_before(now, agent);
        true
    }

    /// The customer who is called back is on the line: a call of the firm's own, which no limit at the door concerns
    /// but that of channels.
    pub(super) fn called_back(
        &mut self,
        now: Instant,
        of: CallId,
        id: CallId,
        mut call: Box<Call>,
        actions: &mut Vec<Action>,
    ) {
        if self.calls.contains_key(&id) {
            return self.ignore();
        }
        call.state = State::Answered { at: now, by_user: false };
        if self.shutting_down || !self.callbacks.requests.contains_key(&of) {
            // Too late: the last try has been given up.
            self.ignore();
            let refused = plain(480, 16, cause::SHUT_DOWN);
            return self.turn_away(now, id, call, None, refused, actions);
        }
        if let Err(refused) = self.admission.admit(now, call.offer(id)) {
            self.turn_away(now, id, call, None, refused, actions);
            if self.callbacks.timer(of).is_some() {
                self.customer_not_reached(now, of, actions);
            }
            return;
        }
        let attempt = self.callbacks.requests[&of].tries;
        call.class = self.callbacks.requests[&of].class;
        call.called_back = self.callbacks.requests[&of].in_a_row;
        self.log_callback(now, of, QueueEventKind::CallbackDone { attempt }, actions);
        self.leave_off(now, of);
        self.callbacks.counts.done += 1;
        let request = self.callbacks.requests.remove(&of).expect("just seen");
        let place = request.place.expect("who is called stood in line");
        self.admission.sound_begins(now, id);
        if self.has_policies {
            self.note_entered(&call, request.queue, actions);
        }
        self.join(now, id, call, request.queue, Joining { place, origin: None, full: false }, actions);
    }

    /// A caller who waits has waited for long enough to be offered a callback.
    pub(super) fn offer_callback(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let State::Queued(queued) = &mut call.state else { return };
        queued.offer = None;
        let queue = queued.queue;
        if !self.can_promise(now, &self.calls[&id]) {
            return;
        }
        let key = self.callback_config(queue).key;
        actions.push(Action::Hear { call: id, what: Hears::CallbackOffer { key } });
    }

    /// A caller who waits pressed a key: the one that asks for a callback, or none that means anything.
    pub(super) fn key_in_queue(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        key: Key,
        actions: &mut Vec<Action>,
    ) {
        let config = self.config.queues[queued.queue].callback.as_ref();
        let means_nothing = config.is_none_or(|config| config.offer_after.is_none() || config.key != key);
        let call = &self.calls[&id];
        if means_nothing || !self.can_promise(now, call) {
            return;
        }
        let wish = Wish {
            place: Some(queued.place),
            waits_since: queued.entered,
            ..Wish::new(now, id, Origin::Queue, call, queued.queue)
        };
        let position = self.queues[queued.queue].position(queued.place);
        for (agent, ring) in self.phones_ringing_for(now, queued) {
            self.log(now, id, queued.queue, Some(agent), QueueEventKind::RingCanceled { ring }, actions);
        }
        self.leave_for_good(now, id, queued, actions);
        let (original_position, wait) = (queued.original_position, now - queued.entered);
        let pressed = key.character().to_string().into();
        let event = QueueEventKind::ExitWithKey { key: pressed, position, original_position, wait };
        self.log(now, id, queued.queue, None, event, actions);
        self.request_callback(now, wish, actions);
        let refused = Refused::new(None, cause::CALLBACK, Refusal::status(480, Some(16)));
        actions.push(hang_up(id, HangUpReason::Callback, &refused));
        self.close(now, id, &End::new(cause::CALLBACK, EndedBy::Pbx), actions);
        self.place_callbacks(now, actions);
    }

    /// Notes what became of a request, for the figures and the log.
    fn log_callback(&self, at: Instant, of: CallId, event: QueueEventKind, actions: &mut Vec<Action>) {
        let Some(request) = self.callbacks.requests.get(&of) else { return };
        let agent = match request.stage {
            Stage::Calling { agent, .. } => Some(Arc::clone(self.agent_name(agent))),
            _ => None,
        };
        let queue = Arc::clone(&self.config.queues[request.queue].name);
        let call = Arc::clone(&request.name);
        if let Some(step) = step_of(&event) {
            let note = Note::Callback(step);
            actions.push(Action::Noted(Box::new(Noted { at: request.asked, queue: queue.clone(), note })));
        }
        if !self.keeps_books {
            return;
        }
        actions.push(Action::QueueEvent(Box::new(QueueEvent { at, call, queue, agent, event })));
    }
}

fn step_of(event: &QueueEventKind) -> Option<CallbackStep> {
    match event {
        QueueEventKind::CallbackRequest { origin } => Some(CallbackStep::Requested(*origin)),
        QueueEventKind::CallbackCall { attempt, wait } => {
            Some(CallbackStep::Called { attempt: *attempt, wait: *wait })
        }
        QueueEventKind::CallbackDone { .. } => Some(CallbackStep::Reached),
        QueueEventKind::CallbackFailed { .. } => Some(CallbackStep::GivenUp),
        _ => None,
    }
}
