//! The machine's queues: entering, offering, picking up, giving up, wrapping up.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::action::Hears;
use crate::pbx::admission::Refused;
use crate::pbx::agent;
use crate::pbx::agent::Agent;
use crate::pbx::agent::IdleTicket;
use crate::pbx::agent::Ringing;
use crate::pbx::books::NO_CALL;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::Place;
use crate::pbx::call::Queued;
use crate::pbx::call::State;
use crate::pbx::call::Talking;
use crate::pbx::call::queue_id;
use crate::pbx::config::Destination;
use crate::pbx::config::QueueAnswer;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::onward::Unkept;
use crate::pbx::overflow::Joining;
use crate::pbx::presence::Errand;
use crate::pbx::queue::InVain;
use crate::pbx::rows::End;
use crate::pbx::timers::Owner;
use crate::pbx::transfers::Over;
use crate::pbx::users::pass_on_hang_up;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::{Duration, Instant};

/// An agent whose phone refused is left alone at least this long, so that a phone that refuses at once
/// can't keep the machine busy within one moment.
pub(super) const SHORTEST_RETRY: Duration = Duration::from_millis(1);

impl Pbx {
    /// Makes every agent of the configuration idle in each queue that lists it.
    pub(super) fn hire(&mut self, seed: Seed) {
        for index in 0..self.config.agents.len() {
            let serves = |queue: &crate::pbx::config::QueueConfig| queue.agents.contains(&index);
            let queues = self.config.queues.iter().enumerate().filter(|(_, queue)| serves(queue));
            let agent = Agent {
                state: agent::State::Idle,
                ticket: IdleTicket(0),
                queues: queues.map(|(queue, _)| queue).collect(),
                stream: Box::new(seed.stream(Purpose::Pbx, 1 + index as u64)),
                on_duty: true,
                reachable: true,
                errand: Errand::None,
            };
            self.agents.push(agent);
            let id = AgentId(u32::try_from(index).expect("no firm has four thousand million agents"));
            self.agents[index].on_duty = self.enrol(id, seed);
            self.idle_from_now(Instant::ZERO, id);
        }
    }

    pub(super) fn enter_queue(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        queue: usize,
        actions: &mut Vec<Action>,
    ) {
        let length = self.queues[queue].len();
        let full = self.config.queues[queue].max_length.is_some_and(|limit| length >= limit);
        // An idle agent means that nobody waits: the caller needs no place.
        if full && !self.queues[queue].is_ready_for(call.class, now) {
            return self.queue_full(now, id, call, queue, actions);
        }
        let mut call = call;
        if self.has_policies {
            if self.is_empty(queue, now) {
                return self.queue_empty(now, id, call, queue, actions);
            }
            if self.is_too_long(queue, length) {
                let Some(kept) = self.passed_at_the_door(now, id, call, queue, actions) else { return };
                call = kept;
            }
            self.note_entered(&call, queue, actions);
        }
        let place = self.newcomers_place(now, &call, queue);
        self.join(now, id, call, queue, Joining { place, origin: None, full }, actions);
    }

    /// A caller takes a place in a line.
    pub(super) fn join(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        queue: usize,
        joining: Joining,
        actions: &mut Vec<Action>,
    ) {
        let Joining { place, origin, full } = joining;
        self.trace(&mut call, &Destination::Queue(queue));
        let position = self.queues[queue].position(place);
        if self.keeps_books {
            let event = QueueEventKind::EnterQueue { caller: Arc::clone(&call.from), position };
            actions.push(self.event(now, &call, queue, None, event));
        } else {
            actions.push(Action::QueueJoined);
        }
        let config = &self.config.queues[queue];
        let on_entry = config.answer == QueueAnswer::OnEntry;
        let answered = call.answered();
        let named = queue_id(queue);
        actions.push(if answered.is_some() {
            Action::Hear { call: id, what: Hears::Queue(named) }
        } else if on_entry {
            Action::Answer { call: id, by: AnsweredBy::Queue, queue: Some(named) }
        } else {
            Action::Ring { call: id, queue: Some(named) }
        });
        let offer_after = config.callback.as_ref().and_then(|callback| callback.offer_after);
        let mut queued = Queued {
            queue,
            place,
            entered: now,
            original_position: position,
            answered: answered.or(on_entry.then_some(now)),
            ringing: None,
            timer: None,
            owner: None,
            origin,
            offer: offer_after.map(|wait| self.timers.set(now + wait, Owner::Offer(id))),
        };
        queued.timer = self.end_of_wait(now, &queued).map(|at| self.timers.set(at, Owner::Call(id)));
        call.state = State::Queued(queued);
        let class = call.class;
        self.calls.insert(id, call);
        if on_entry {
            self.admission.sound_begins(now, id);
        }
        self.queues[queue].put(place, id, class, now);
        if self.has_policies {
            let owner = self.ask_owner_first(now, id, &queued, full);
            self.queued_mut(id).owner = owner.or(origin.and_then(|origin| origin.owner));
        }
        self.offer_calls(now, actions);
    }

    fn queue_full(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        queue: usize,
        actions: &mut Vec<Action>,
    ) {
        let Some(call) = self.passed_at_the_door(now, id, call, queue, actions) else { return };
        let Some(call) = self.sent_on_at_the_door(now, id, call, queue, Unkept::Full, actions) else {
            return;
        };
        self.note_turned_away(&call, queue, actions);
        let refusal = self.refusal_of(queue, Unkept::Full, &self.config.refusal.queue_full);
        self.give_back(now, id, &call);
        let refused = Refused::new(None, cause::QUEUE_FULL, refusal);
        self.turn_away(now, id, call, Some(queue_id(queue)), refused, actions);
    }

    /// Lets idle agents' phones ring for waiting callers, the longest-waiting caller of all queues first. With policies
    /// this waits until the event has been dealt with: see [`Pbx::settle`].
    pub(super) fn offer_calls(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.has_policies {
            return;
        }
        self.take_up_before_calls(now, actions);
        while !self.shutting_down
            && self.admission.has_leg_for_agent()
            && let Some((queue, agent)) = self.next_offer()
        {
            let (place, call) = self.queues[queue].line.ring_next().expect("next_offer saw a caller");
            if self.callbacks.is_in_line(call) {
                self.call_back(now, agent, call, actions);
                continue;
            }
            self.queued_mut(call).ringing = Some(agent);
            let ring_timeout = self.config.queues[queue].ring_timeout;
            self.ring_agent(now, agent, call, (queue, place), ring_timeout, actions);
        }
    }

    /// An idle agent's phone rings for a caller, who stands at that place of that queue; a leg for it is free.
    pub(super) fn ring_agent(
        &mut self,
        now: Instant,
        agent: AgentId,
        call: CallId,
        (queue, place): (usize, Place),
        ring_timeout: Duration,
        actions: &mut Vec<Action>,
    ) {
        self.busy_from_now(agent);
        self.admission.seize_agent_leg(call);
        let timer = self.timers.set(now + ring_timeout, Owner::Agent(agent));
        let ringing = Ringing { call, queue, place, since: now, timer };
        self.agents[agent.0 as usize].state = agent::State::Ringing(ringing);
        actions.push(Action::OfferAgent { call, agent, ring_timeout });
    }

    /// Most legs at once so far; absent where the configuration does not limit them.
    #[must_use]
    pub fn legs_peak(&self) -> Option<u32> {
        self.admission.legs_peak()
    }

    /// Where legs are counted, whatever just ended may have freed the one that an agent's phone needs.
    #[inline]
    pub(super) fn offer_freed_legs(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.admission.counts_legs() {
            self.offer_calls(now, actions);
        }
    }

    fn next_offer(&self) -> Option<(usize, AgentId)> {
        if let [queue] = self.queues.as_slice() {
            return queue.line.next().and(queue.idle.next()).map(|agent| (0, agent));
        }
        let offers = self.queues.iter().enumerate().filter_map(|(index, queue)| {
            let (place, _) = queue.line.next()?;
            let agent = queue.idle.next()?;
            Some((place, index, agent))
        });
        offers.min().map(|(_, queue, agent)| (queue, agent))
    }

    pub(super) fn agent_answered(
        &mut self,
        now: Instant,
        id: CallId,
        agent: AgentId,
        actions: &mut Vec<Action>,
    ) {
        let Some(ringing) = self.ringing_for(id, agent) else {
            return self.ignore();
        };
        let queued = *self.queued_mut(id);
        let others = self.queues[queued.queue].leave(queued.place);
        self.timers.forget(ringing.timer);
        self.agents[agent.0 as usize].state = agent::State::Talking { call: id };
        if queued.answered.is_none() {
            let (by, queue) = (AnsweredBy::Agent(agent), Some(queue_id(queued.queue)));
            actions.push(Action::Answer { call: id, by, queue });
        }
        actions.push(Action::Connect { call: id, agent });
        let event = QueueEventKind::Connect { hold: now - queued.entered, ring: now - ringing.since };
        let call = self.calls.get_mut(&id).expect("a ringing phone has its call");
        call.state = State::Talking(Talking {
            queue: queued.queue,
            agent,
            entered: queued.entered,
            original_position: queued.original_position,
            answered: queued.answered.unwrap_or(now),
            connected: now,
            handed_over: false,
        });
        let first = call.transferred.is_none();
        self.admission.sound_begins(now, id);
        if first {
            self.admission.talk_begins(now, id);
        }
        self.log(now, id, queued.queue, Some(agent), event, actions);
        self.note_picked_up(now, id, queued, actions);
        self.picked_up(now, id, agent, queued, others, actions);
    }

    pub(super) fn agent_declined(
        &mut self,
        now: Instant,
        id: CallId,
        agent: AgentId,
        actions: &mut Vec<Action>,
    ) {
        match self.ringing_for(id, agent) {
            Some(ringing) => self.ring_no_answer(now, agent, ringing, InVain::Declined, actions),
            None => self.ignore(),
        }
    }

    pub(super) fn agent_deadline(&mut self, now: Instant, agent: AgentId, actions: &mut Vec<Action>) {
        match self.agents[agent.0 as usize].state {
            agent::State::Ringing(ringing) => {
                actions.push(Action::WithdrawOffer { call: ringing.call, agent });
                self.ring_no_answer(now, agent, ringing, InVain::RangOut, actions);
            }
            agent::State::WrapUp { .. } => {
                self.idle_from_now(now, agent);
                self.offer_calls(now, actions);
            }
            agent::State::AtContact { .. } => self.contact_is_done(now, agent, actions),
            agent::State::Resting { .. } => {
                self.idle_as_before(now, agent);
                self.offer_calls(now, actions);
            }
            agent::State::Idle
            | agent::State::Away
            | agent::State::Kept { .. }
            | agent::State::Talking { .. } => {
                unreachable!("an agent in this state has no deadline")
            }
        }
    }

    /// The caller goes back to the place in line, the agent is left alone for a while.
    fn ring_no_answer(
        &mut self,
        now: Instant,
        agent: AgentId,
        ringing: Ringing,
        how: InVain,
        actions: &mut Vec<Action>,
    ) {
        if self.has_policies {
            return self.rang_in_vain(now, agent, ringing, how, actions);
        }
        let retry = self.config.queues[ringing.queue].retry.max(SHORTEST_RETRY);
        let timer = self.timers.set(now + retry, Owner::Agent(agent));
        self.agents[agent.0 as usize].state = agent::State::Resting { timer };
        self.queued_mut(ringing.call).ringing = None;
        self.admission.release_agent_leg(ringing.call);
        self.queues[ringing.queue].line.put(ringing.place, ringing.call);
        let event = QueueEventKind::RingNoAnswer { ring: now - ringing.since };
        self.log(now, ringing.call, ringing.queue, Some(agent), event, actions);
        self.offer_calls(now, actions);
    }

    pub(super) fn queue_timeout(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        actions: &mut Vec<Action>,
    ) {
        let position = self.queues[queued.queue].position(queued.place);
        for (agent, ring) in self.phones_ringing_for(now, queued) {
            self.log(now, id, queued.queue, Some(agent), QueueEventKind::RingNoAnswer { ring }, actions);
        }
        let original_position = queued.original_position;
        let wait = now - queued.entered;
        let event = QueueEventKind::ExitWithTimeout { position, original_position, wait };
        if !self.sent_on(now, id, queued, Unkept::TimedOut, &event, actions) {
            let refusal = self.refusal_of(queued.queue, Unkept::TimedOut, &self.config.refusal.queue_timeout);
            let refused = Refused::new(None, cause::QUEUE_TIMEOUT, refusal);
            self.put_out(now, id, queued, event, HangUpReason::QueueTimeout, refused, actions);
        }
        self.offer_calls(now, actions);
    }

    /// The queue gives up on a caller.
    #[expect(clippy::too_many_arguments, reason = "all that the books and the caller are told about it")]
    pub(super) fn put_out(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        event: QueueEventKind,
        reason: HangUpReason,
        refused: Refused,
        actions: &mut Vec<Action>,
    ) {
        self.leave_for_good(now, id, queued, actions);
        self.log(now, id, queued.queue, None, event, actions);
        if queued.answered.is_some() {
            actions.push(hang_up(id, reason, &refused));
            self.close(now, id, &End::new(refused.cause, EndedBy::Pbx), actions);
        } else {
            let call = self.take(id);
            self.refuse(now, id, call, refused, actions);
        }
    }

    /// The caller left, or was put out, before any agent picked up.
    pub(super) fn abandon(
        &mut self,
        now: Instant,
        id: CallId,
        queued: Queued,
        ended_by: EndedBy,
        actions: &mut Vec<Action>,
    ) {
        self.log_abandon(now, id, queued, actions);
        self.leave_for_good(now, id, queued, actions);
        if let Some(hunt) = &mut self.queues[queued.queue].hunt {
            hunt.remember(&self.calls[&id].from, queued.place, now);
        }
        let cause = if ended_by == EndedBy::Caller { cause::ABANDONED } else { cause::SHUT_DOWN };
        self.close(now, id, &End::new(cause, ended_by), actions);
        self.offer_calls(now, actions);
    }

    pub(super) fn log_abandon(&self, now: Instant, id: CallId, queued: Queued, actions: &mut Vec<Action>) {
        for (agent, ring) in self.phones_ringing_for(now, queued) {
            self.log(now, id, queued.queue, Some(agent), QueueEventKind::RingCanceled { ring }, actions);
        }
        let event = QueueEventKind::Abandon {
            position: self.queues[queued.queue].position(queued.place),
            original_position: queued.original_position,
            wait: now - queued.entered,
        };
        self.log(now, id, queued.queue, None, event, actions);
    }

    /// The phones that ring for a caller, and for how long they have.
    pub(super) fn phones_ringing_for(
        &self,
        now: Instant,
        queued: Queued,
    ) -> impl Iterator<Item = (AgentId, Duration)> + '_ {
        let phones = self.queues[queued.queue].ringing_for(queued.place);
        phones.iter().copied().chain(queued.ringing).filter_map(move |agent| {
            match self.agents[agent.0 as usize].state {
                agent::State::Ringing(ringing) => Some((agent, now - ringing.since)),
                _ => None,
            }
        })
    }

    /// Takes a caller out of the line and stops the phone that rings for the caller.
    pub(super) fn leave_line(&mut self, now: Instant, id: CallId, queued: Queued, actions: &mut Vec<Action>) {
        let ringing = self.queues[queued.queue].leave(queued.place);
        for agent in queued.ringing.into_iter().chain(ringing) {
            actions.push(Action::WithdrawOffer { call: id, agent });
            self.idle_as_before(now, agent);
        }
    }

    pub(super) fn agent_hung_up(
        &mut self,
        now: Instant,
        id: CallId,
        agent: AgentId,
        actions: &mut Vec<Action>,
    ) {
        match self.calls.get(&id).map(|call| call.state) {
            Some(State::Talking(talking)) if talking.agent == agent && !talking.handed_over => {
                actions.push(pass_on_hang_up(id, HangUpReason::Agent));
                self.complete(now, id, talking, EndedBy::Agent, actions);
            }
            _ => self.ignore(),
        }
    }

    /// A conversation is over.
    pub(super) fn complete(
        &mut self,
        now: Instant,
        id: CallId,
        talking: Talking,
        ended_by: EndedBy,
        actions: &mut Vec<Action>,
    ) {
        if !talking.handed_over {
            self.log_complete(now, id, talking, ended_by, actions);
        }
        self.close(now, id, &End::new(cause::ANSWERED, ended_by), actions);
        if !talking.handed_over {
            self.wrap_up(now, talking.agent, actions);
        }
    }

    /// Writes that an agent's conversation is over, and counts it.
    pub(super) fn log_complete(
        &mut self,
        now: Instant,
        id: CallId,
        talking: Talking,
        ended_by: EndedBy,
        actions: &mut Vec<Action>,
    ) {
        let complete = if ended_by == EndedBy::Caller { Over::Caller } else { Over::Agent };
        self.log_over(now, id, talking, complete, actions);
    }

    pub(super) fn wrap_up(&mut self, now: Instant, id: AgentId, actions: &mut Vec<Action>) {
        let agent = &mut self.agents[id.0 as usize];
        let lasting = self.config.agents[id.0 as usize].wrap_up.sample(&mut agent.stream);
        if lasting.is_zero() {
            self.idle_from_now(now, id);
            self.offer_calls(now, actions);
        } else {
            let timer = self.timers.set(now + lasting, Owner::Agent(id));
            agent.state = agent::State::WrapUp { timer };
        }
    }

    /// The agent begins a new idle time: behind all who are idle already.
    pub(super) fn idle_from_now(&mut self, now: Instant, id: AgentId) {
        self.agents[id.0 as usize].ticket = IdleTicket(self.next_ticket);
        self.next_ticket += 1;
        self.idle_as_before(now, id);
    }

    /// The agent is idle again, with the idle time that a phone in vain has not ended.
    pub(super) fn idle_as_before(&mut self, now: Instant, id: AgentId) {
        if !self.is_available(now, id) {
            return;
        }
        let agent = &mut self.agents[id.0 as usize];
        agent.state = agent::State::Idle;
        for queue in &agent.queues {
            self.queues[*queue].add(id, agent.ticket);
        }
    }

    pub(super) fn busy_from_now(&mut self, id: AgentId) {
        let agent = &self.agents[id.0 as usize];
        assert!(agent.state.is_idle(), "only an idle agent is offered a call");
        for queue in &agent.queues {
            self.queues[*queue].remove(id, agent.ticket);
        }
    }

    fn ringing_for(&self, call: CallId, agent: AgentId) -> Option<Ringing> {
        match self.agents.get(agent.0 as usize)?.state {
            agent::State::Ringing(ringing) if ringing.call == call => Some(ringing),
            _ => None,
        }
    }

    pub(super) fn queued_mut(&mut self, id: CallId) -> &mut Queued {
        match self.calls.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Queued(queued)) => queued,
            _ => unreachable!("a line and a ringing phone hold only queued calls"),
        }
    }

    /// Writes what becomes of an agent's presence in one queue.
    pub(super) fn log_in_queue(
        &self,
        at: Instant,
        id: AgentId,
        queue: usize,
        event: QueueEventKind,
        actions: &mut Vec<Action>,
    ) {
        if !self.keeps_books {
            return;
        }
        let queue = Arc::clone(&self.config.queues[queue].name);
        let (call, agent) = (Arc::from(NO_CALL), Some(Arc::clone(self.agent_name(id))));
        actions.push(Action::QueueEvent(Box::new(QueueEvent { at, call, queue, agent, event })));
    }

    /// Writes a line of the queue's log about a caller in it, or what stands for it where no books are kept.
    #[inline]
    pub(super) fn log(
        &self,
        at: Instant,
        id: CallId,
        queue: usize,
        agent: Option<AgentId>,
        event: QueueEventKind,
        actions: &mut Vec<Action>,
    ) {
        if self.keeps_books || matches!(event, QueueEventKind::RingNoAnswer { .. }) {
            actions.push(self.event(at, &self.calls[&id], queue, agent, event));
        } else if event.ends_wait() {
            actions.push(Action::QueueLeft);
        }
    }

    #[inline(never)]
    pub(super) fn event(
        &self,
        at: Instant,
        call: &Call,
        queue: usize,
        agent: Option<AgentId>,
        event: QueueEventKind,
    ) -> Action {
        let queue = Arc::clone(&self.config.queues[queue].name);
        let agent = agent.map(|agent| Arc::clone(self.agent_name(agent)));
        let call = Arc::clone(&call.name);
        Action::QueueEvent(Box::new(QueueEvent { at, call, queue, agent, event }))
    }
}
