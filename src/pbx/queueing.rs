//! The machine's queues: entering, offering, picking up, giving up, wrapping up.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
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
use crate::pbx::config::QueueAnswer;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::End;
use crate::pbx::machine::Pbx;
use crate::pbx::machine::hang_up;
use crate::pbx::presence::Errand;
use crate::pbx::timers::Owner;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::{Duration, Instant};

/// An agent whose phone refused is left alone at least this long, so that a phone that refuses at once
/// can't keep the machine busy within one moment.
const SHORTEST_RETRY: Duration = Duration::from_millis(1);

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
                stream: seed.stream(Purpose::Pbx, 1 + index as u64),
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
        mut call: Box<Call>,
        queue: usize,
        actions: &mut Vec<Action>,
    ) {
        let length = self.queues[queue].line.len();
        let full = self.config.queues[queue].max_length.is_some_and(|limit| length >= limit);
        // An idle agent means that nobody waits: the caller needs no place.
        if full && self.queues[queue].idle.next().is_none() {
            return self.queue_full(now, id, call, queue, actions);
        }
        let place = Place(self.next_place);
        self.next_place += 1;
        let position = length.saturating_add(1);
        if self.keeps_books {
            let event = QueueEventKind::EnterQueue { caller: Arc::clone(&call.from), position };
            actions.push(self.event(now, &call, queue, None, event));
        } else {
            actions.push(Action::QueueJoined);
        }
        let config = &self.config.queues[queue];
        let on_entry = config.answer == QueueAnswer::OnEntry;
        let named = Some(queue_id(queue));
        actions.push(if on_entry {
            Action::Answer { call: id, by: AnsweredBy::Queue, queue: named }
        } else {
            Action::Ring { call: id, queue: named }
        });
        let max_wait = config.max_wait;
        call.state = State::Queued(Queued {
            queue,
            place,
            entered: now,
            original_position: position,
            answered: on_entry.then_some(now),
            ringing: None,
            timer: max_wait.map(|wait| self.timers.set(now + wait, Owner::Call(id))),
        });
        self.calls.insert(id, call);
        self.queues[queue].line.put(place, id);
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
        let refusal = self.config.refusal.queue_full.clone();
        self.admission.release(id);
        let refused = Refused { limiter: None, cause: cause::QUEUE_FULL, refusal };
        self.turn_away(now, id, call, Some(queue_id(queue)), refused, actions);
    }

    /// Lets idle agents' phones ring for waiting callers, the longest-waiting caller of all queues first.
    pub(super) fn offer_calls(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while !self.shutting_down
            && self.admission.has_leg_for_agent()
            && let Some((queue, agent)) = self.next_offer()
        {
            let (place, call) = self.queues[queue].line.ring_next().expect("next_offer saw a caller");
            self.busy_from_now(agent);
            self.admission.seize_agent_leg(call);
            let ring_timeout = self.config.queues[queue].ring_timeout;
            let timer = self.timers.set(now + ring_timeout, Owner::Agent(agent));
            let ringing = Ringing { call, queue, place, since: now, timer };
            self.agents[agent.0 as usize].state = agent::State::Ringing(ringing);
            self.queued_mut(call).ringing = Some(agent);
            actions.push(Action::OfferAgent { call, agent, ring_timeout });
        }
    }

    /// Where legs are counted, whatever just ended may have freed the one that an agent's phone needs.
    pub(super) fn offer_freed_legs(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.admission.counts_legs() {
            self.offer_calls(now, actions);
        }
    }

    fn next_offer(&self) -> Option<(usize, AgentId)> {
        let offers = self.queues.iter().enumerate().filter_map(|(index, queue)| {
            let agent = queue.idle.next()?;
            let (place, _) = queue.line.next()?;
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
        self.queues[queued.queue].line.leave(queued.place);
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
        self.log(now, id, queued.queue, Some(agent), event, actions);
    }

    pub(super) fn agent_declined(
        &mut self,
        now: Instant,
        id: CallId,
        agent: AgentId,
        actions: &mut Vec<Action>,
    ) {
        match self.ringing_for(id, agent) {
            Some(ringing) => self.ring_no_answer(now, agent, ringing, actions),
            None => self.ignore(),
        }
    }

    pub(super) fn agent_deadline(&mut self, now: Instant, agent: AgentId, actions: &mut Vec<Action>) {
        match self.agents[agent.0 as usize].state {
            agent::State::Ringing(ringing) => {
                actions.push(Action::WithdrawOffer { call: ringing.call, agent });
                self.ring_no_answer(now, agent, ringing, actions);
            }
            agent::State::WrapUp { .. } => {
                self.idle_from_now(now, agent);
                self.offer_calls(now, actions);
            }
            agent::State::Resting { .. } => {
                self.idle_as_before(now, agent);
                self.offer_calls(now, actions);
            }
            agent::State::Idle | agent::State::Away | agent::State::Talking { .. } => {
                unreachable!("an agent in this state has no deadline")
            }
        }
    }

    /// The caller goes back to the place in line, the agent is left alone for a while.
    fn ring_no_answer(&mut self, now: Instant, agent: AgentId, ringing: Ringing, actions: &mut Vec<Action>) {
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
        let position = self.queues[queued.queue].line.position(queued.place);
        if let Some((agent, ring)) = self.phone_ringing_for(now, queued) {
            self.log(now, id, queued.queue, Some(agent), QueueEventKind::RingNoAnswer { ring }, actions);
        }
        self.leave_line(now, id, queued, actions);
        let original_position = queued.original_position;
        let wait = now - queued.entered;
        let event = QueueEventKind::ExitWithTimeout { position, original_position, wait };
        self.log(now, id, queued.queue, None, event, actions);
        let refusal = self.config.refusal.queue_timeout.clone();
        let refused = Refused { limiter: None, cause: cause::QUEUE_TIMEOUT, refusal };
        if queued.answered.is_some() {
            actions.push(hang_up(id, HangUpReason::QueueTimeout, &refused));
            self.close(now, id, &End::new(cause::QUEUE_TIMEOUT, EndedBy::Pbx), actions);
        } else {
            let call = self.take(id);
            self.refuse(now, id, call, refused, actions);
        }
        self.offer_calls(now, actions);
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
        self.leave_line(now, id, queued, actions);
        let cause = if ended_by == EndedBy::Caller { cause::ABANDONED } else { cause::SHUT_DOWN };
        self.close(now, id, &End::new(cause, ended_by), actions);
        self.offer_calls(now, actions);
    }

    pub(super) fn log_abandon(&self, now: Instant, id: CallId, queued: Queued, actions: &mut Vec<Action>) {
        if let Some((agent, ring)) = self.phone_ringing_for(now, queued) {
            self.log(now, id, queued.queue, Some(agent), QueueEventKind::RingCanceled { ring }, actions);
        }
        let event = QueueEventKind::Abandon {
            position: self.queues[queued.queue].line.position(queued.place),
            original_position: queued.original_position,
            wait: now - queued.entered,
        };
        self.log(now, id, queued.queue, None, event, actions);
    }

    /// The phone that rings for a caller, and for how long it has.
    fn phone_ringing_for(&self, now: Instant, queued: Queued) -> Option<(AgentId, Duration)> {
        let agent = queued.ringing?;
        match self.agents[agent.0 as usize].state {
            agent::State::Ringing(ringing) => Some((agent, now - ringing.since)),
            _ => None,
        }
    }

    /// Takes a caller out of the line and stops the phone that rings for the caller.
    pub(super) fn leave_line(&mut self, now: Instant, id: CallId, queued: Queued, actions: &mut Vec<Action>) {
        self.queues[queued.queue].line.leave(queued.place);
        if let Some(agent) = queued.ringing {
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
                actions.push(Action::HangUp {
                    call: id,
                    reason: HangUpReason::Agent,
                    q850: Some(16),
                    limiter: None,
                    cause: cause::ANSWERED,
                });
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

    /// Writes that an agent's conversation is over.
    pub(super) fn log_complete(
        &self,
        now: Instant,
        id: CallId,
        talking: Talking,
        ended_by: EndedBy,
        actions: &mut Vec<Action>,
    ) {
        let hold = talking.connected - talking.entered;
        let talk = now - talking.connected;
        let original_position = talking.original_position;
        let event = if ended_by == EndedBy::Caller {
            QueueEventKind::CompleteCaller { hold, talk, original_position }
        } else {
            QueueEventKind::CompleteAgent { hold, talk, original_position }
        };
        self.log(now, id, talking.queue, Some(talking.agent), event, actions);
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
    fn idle_as_before(&mut self, now: Instant, id: AgentId) {
        if !self.is_available(now, id) {
            return;
        }
        let agent = &mut self.agents[id.0 as usize];
        agent.state = agent::State::Idle;
        for queue in &agent.queues {
            self.queues[*queue].idle.add(id, agent.ticket);
        }
    }

    pub(super) fn busy_from_now(&mut self, id: AgentId) {
        let agent = &self.agents[id.0 as usize];
        assert!(agent.state.is_idle(), "only an idle agent is offered a call");
        for queue in &agent.queues {
            self.queues[*queue].idle.remove(id, agent.ticket);
        }
    }

    fn ringing_for(&self, call: CallId, agent: AgentId) -> Option<Ringing> {
        match self.agents.get(agent.0 as usize)?.state {
            agent::State::Ringing(ringing) if ringing.call == call => Some(ringing),
            _ => None,
        }
    }

    fn queued_mut(&mut self, id: CallId) -> &mut Queued {
        match self.calls.get_mut(&id).map(|call| &mut call.state) {
            Some(State::Queued(queued)) => queued,
            _ => unreachable!("a line and a ringing phone hold only queued calls"),
        }
    }

    /// Writes what becomes of an agent's presence, once for each queue that the agent serves.
    pub(super) fn log_presence(
        &self,
        at: Instant,
        id: AgentId,
        event: &QueueEventKind,
        actions: &mut Vec<Action>,
    ) {
        if !self.keeps_books {
            return;
        }
        for queue in &self.agents[id.0 as usize].queues {
            let queue = Arc::clone(&self.config.queues[*queue].name);
            let (call, agent) = (Arc::from(NO_CALL), Some(Arc::clone(self.agent_name(id))));
            let event = event.clone();
            actions.push(Action::QueueEvent(Box::new(QueueEvent { at, call, queue, agent, event })));
        }
    }

    /// Writes a line of the queue's log about a caller in it, or what stands for it where no books are kept.
    fn log(
        &self,
        at: Instant,
        id: CallId,
        queue: usize,
        agent: Option<AgentId>,
        event: QueueEventKind,
        actions: &mut Vec<Action>,
    ) {
        match event {
            _ if self.keeps_books => {}
            QueueEventKind::RingNoAnswer { .. } => {}
            ref left if left.ends_wait() => return actions.push(Action::QueueLeft),
            _ => return,
        }
        actions.push(self.event(at, &self.calls[&id], queue, agent, event));
    }

    fn event(
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
