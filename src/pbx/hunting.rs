//! The machine's queues that have a policy: who is rung for whom, what follows a phone in vain, who leaves.
//!
//! The decisions are the [`Hunt`]'s; here are the phones, the legs and the log. A PBX without any policy never comes
//! here.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::action::HangUpReason;
use crate::pbx::admission::Refused;
use crate::pbx::agent;
use crate::pbx::agent::Agent;
use crate::pbx::agent::Ringing;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::Place;
use crate::pbx::call::Queued;
use crate::pbx::call::State;
use crate::pbx::call::queue_id;
use crate::pbx::config::Config;
use crate::pbx::config::RetryOf;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::onward::Unkept;
use crate::pbx::queue::Doing;
use crate::pbx::queue::Hunt;
use crate::pbx::queue::InVain;
use crate::pbx::queue::Queue;
use crate::pbx::queueing::SHORTEST_RETRY;
use crate::pbx::timers::Owner;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::Instant;

/// Index of the first queue's stream, far from those of agents and kinds of calls.
const QUEUES: u64 = 1 << 41;

/// The reason that the queue's log gives for such a pause, as Asterisk does.
const AUTO_PAUSE: &str = "Auto-Pause";

/// Whether anything in `config` asks for more than first come, first served and the agent idle longest.
pub(super) fn has_policies(config: &Config) -> bool {
    config.tells_callers_apart()
        || config.queues.iter().any(|queue| !queue.policy.is_default())
        || config.agents.iter().any(|agent| agent.qualification.matters())
}

/// The queues of `config`: all on the quick path, or all with their policies.
pub(super) fn queues(config: &Config, seed: Seed) -> Vec<Queue> {
    let with_policy = has_policies(config);
    let queue = |index: usize| {
        if with_policy {
            Queue::with_policy(config, index, seed.stream(Purpose::Pbx, QUEUES + index as u64))
        } else {
            Queue::new(config.newest_first)
        }
    };
    (0..config.queues.len()).map(queue).collect()
}

impl Pbx {
    /// Where a newcomer stands: at the end of those of the same priority, or where a caller stood who calls again.
    pub(super) fn newcomers_place(&mut self, now: Instant, call: &Call, queue: usize) -> Place {
        let kept = self.queues[queue].hunt.as_mut().and_then(|hunt| hunt.resume(&call.from, now));
        kept.unwrap_or_else(|| self.last_place(call.class))
    }

    /// The place at the end of those of the same priority.
    pub(super) fn last_place(&mut self, class: usize) -> Place {
        let priority = self.config.callers.get(class).map_or(0, |caller| caller.priority);
        let place = Place { behind: 0_i32.saturating_sub(priority), entry: self.next_place };
        self.next_place += 1;
        place
    }

    /// Whether the queue takes no newcomer because nobody is there.
    pub(super) fn is_empty(&self, queue: usize, now: Instant) -> bool {
        let hunt = self.queues[queue].hunt.as_ref();
        hunt.is_some_and(|hunt| hunt.refuses_newcomers(now, |agent| doing(&self.agents, agent)))
    }

    /// Turns a newcomer away who would find nobody.
    pub(super) fn queue_empty(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        queue: usize,
        actions: &mut Vec<Action>,
    ) {
        let Some(call) = self.passed_at_the_door(now, id, call, queue, actions) else { return };
        let Some(call) = self.sent_on_at_the_door(now, id, call, queue, Unkept::Empty, actions) else {
            return;
        };
        self.note_turned_away(&call, queue, actions);
        self.give_back(now, id, &call);
        let refused = self.nobody_there(queue, cause::JOIN_EMPTY);
        self.turn_away(now, id, call, Some(queue_id(queue)), refused, actions);
    }

    /// Lets phones ring for those whose turn it is: the heaviest queue first, then the first place of all.
    fn hunt(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.take_up_before_calls(now, actions);
        while !self.shutting_down
            && self.admission.has_leg_for_agent()
            && let Some((queue, place)) = self.next_turn(now)
        {
            let held = self.held(queue, now);
            let (agents, ring_timeout) =
                self.hunt_mut(queue).choose(place, now, &|agent| held[agent.0 as usize]);
            for agent in agents {
                if !self.admission.has_leg_for_agent() {
                    break;
                }
                let call = self.hunt_mut(queue).rings(place, agent, now);
                if self.callbacks.is_in_line(call) {
                    self.hunt_mut(queue).rings_alone(place, now);
                    self.call_back(now, agent, call, actions);
                    break;
                }
                self.ring_agent(now, agent, call, (queue, place), ring_timeout, actions);
            }
        }
    }

    fn next_turn(&self, now: Instant) -> Option<(usize, Place)> {
        let turns = self.queues.iter().enumerate().filter_map(|(index, queue)| {
            let hunt = queue.hunt.as_ref().filter(|hunt| hunt.len() > 0)?;
            let held = self.held(index, now);
            let place = hunt.first_turn(now, &|agent| held[agent.0 as usize])?;
            Some((Reverse(self.config.queues[index].policy.weight), place, index))
        });
        turns.min().map(|(_, place, queue)| (queue, place))
    }

    /// For every agent, whether a heavier queue keeps it from `queue`: one with as many callers as agents whom it
    /// could ring, or more (Asterisk's `compare_weight`).
    fn held(&self, queue: usize, now: Instant) -> Vec<bool> {
        let mut held = vec![false; self.agents.len()];
        let weight = self.config.queues[queue].policy.weight;
        for (index, other) in self.config.queues.iter().enumerate() {
            let Some(hunt) = self.queues[index].hunt.as_ref().filter(|_| other.policy.weight > weight) else {
                continue;
            };
            let callers = hunt.len() as usize;
            if callers > 0 && callers >= hunt.available(now) {
                other.agents.iter().for_each(|agent| held[*agent] = true);
            }
        }
        held
    }

    /// An agent took the call: the other phones stop ringing.
    pub(super) fn picked_up(
        &mut self,
        now: Instant,
        id: CallId,
        agent: AgentId,
        queued: Queued,
        ringing: Vec<AgentId>,
        actions: &mut Vec<Action>,
    ) {
        if !self.has_policies {
            return;
        }
        let from = Arc::clone(&self.calls[&id].from);
        let hunt = self.hunt_mut(queued.queue);
        hunt.connected(agent, now - queued.entered);
        hunt.has_served(&from, agent, now);
        self.note_owner(now, &queued, Some(agent), actions);
        self.note_end_of_wait(now, id, &queued, true, actions);
        for other in ringing.into_iter().filter(|other| *other != agent) {
            actions.push(Action::WithdrawOffer { call: id, agent: other });
            self.admission.release_agent_leg(id);
            self.idle_as_before(now, other);
        }
    }

    /// A phone rang out or was declined: the caller goes on, and the agent or the caller has a pause.
    pub(super) fn rang_in_vain(
        &mut self,
        now: Instant,
        agent: AgentId,
        ringing: Ringing,
        how: InVain,
        actions: &mut Vec<Action>,
    ) {
        let queue = ringing.queue;
        self.admission.release_agent_leg(ringing.call);
        let event = QueueEventKind::RingNoAnswer { ring: now - ringing.since };
        self.log(now, ringing.call, queue, Some(agent), event, actions);
        self.hunt_mut(queue).rang_in_vain(ringing.place, agent, now, how);
        self.auto_pause(now, queue, agent, actions);
        let config = &self.config.queues[queue];
        match config.policy.retry {
            RetryOf::Agent => {
                let timer = self.timers.set(now + config.retry.max(SHORTEST_RETRY), Owner::Agent(agent));
                self.agents[agent.0 as usize].state = agent::State::Resting { timer };
            }
            RetryOf::Caller => self.idle_as_before(now, agent),
        }
    }

    fn auto_pause(&mut self, now: Instant, queue: usize, agent: AgentId, actions: &mut Vec<Action>) {
        let Some(pause) = self.config.queues[queue].policy.auto_pause else { return };
        if !self.hunt_mut(queue).is_to_pause(agent, pause, now) {
            return;
        }
        let queues =
            if pause.everywhere { self.agents[agent.0 as usize].queues.clone() } else { vec![queue] };
        for queue in queues {
            self.hunt_mut(queue).pause(agent, pause.lasts.map(|lasts| now + lasts));
            let event = QueueEventKind::Pause { reason: Arc::from(AUTO_PAUSE) };
            self.log_in_queue(now, agent, queue, event, actions);
        }
    }

    /// Tells the log who is rung again after a pause.
    fn end_pauses(&mut self, now: Instant, queue: usize, actions: &mut Vec<Action>) {
        for agent in self.hunt_mut(queue).end_pauses(now) {
            let event = QueueEventKind::Unpause { reason: Arc::from(AUTO_PAUSE) };
            self.log_in_queue(now, agent, queue, event, actions);
        }
    }

    /// Time has come to look at a queue again, which [`Pbx::settle`] does.
    pub(super) fn queue_deadline(&mut self, queue: usize) {
        self.wakes[queue] = None;
    }

    /// What follows from any event, once it has been dealt with: phones ring, callers with nobody to wait for leave,
    /// others are told where they stand, and the next change that no event brings is noted. On the quick path only
    /// freed legs are left to use.
    #[inline]
    pub(super) fn settle(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.has_policies {
            self.settle_policies(now, actions);
        } else {
            self.offer_freed_legs(now, actions);
        }
    }

    #[inline(never)]
    fn settle_policies(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for queue in 0..self.queues.len() {
            self.hunt_mut(queue).bring_up_to(now);
            self.end_pauses(now, queue, actions);
        }
        self.hunt(now, actions);
        // Who is sent on may come to a queue that has been looked at already.
        while self.leave_when_empty(now, actions) {}
        self.hunt(now, actions);
        for queue in 0..self.queues.len() {
            self.hunt_mut(queue).look_again_later(now);
            self.announce(now, queue, actions);
            self.set_wake(now, queue);
        }
    }

    /// Those leave who have nobody to wait for any more. Says whether one was sent on.
    fn leave_when_empty(&mut self, now: Instant, actions: &mut Vec<Action>) -> bool {
        let mut sent_on = false;
        for queue in 0..self.queues.len() {
            sent_on |= self.leave_empty_queue(now, queue, actions);
        }
        sent_on
    }

    fn leave_empty_queue(&mut self, now: Instant, queue: usize, actions: &mut Vec<Action>) -> bool {
        let mut sent_on = false;
        let Some(hunt) = &self.queues[queue].hunt else { return sent_on };
        for call in hunt.leavers(now, |agent| doing(&self.agents, agent)) {
            let Some(State::Queued(queued)) = self.calls.get(&call).map(|call| call.state) else { continue };
            if self.pass_on(now, call, queued, actions) {
                continue;
            }
            let position = self.queues[queue].position(queued.place);
            let original_position = queued.original_position;
            let wait = now - queued.entered;
            let event = QueueEventKind::ExitEmpty { position, original_position, wait };
            if self.sent_on(now, call, queued, Unkept::Empty, &event, actions) {
                sent_on = true;
                continue;
            }
            let refused = self.nobody_there(queue, cause::LEAVE_EMPTY);
            self.put_out(now, call, queued, event, HangUpReason::QueueEmpty, refused, actions);
        }
        sent_on
    }

    fn nobody_there(&self, queue: usize, cause: &'static str) -> Refused {
        let refusal = self.refusal_of(queue, Unkept::Empty, &self.config.refusal.queue_empty);
        Refused::new(None, cause, refusal)
    }

    fn announce(&mut self, now: Instant, queue: usize, actions: &mut Vec<Action>) {
        let Some(hunt) = &mut self.queues[queue].hunt else { return };
        for sentence in hunt.announce(now, |call| self.calls.contains_key(&call)) {
            let event = QueueEventKind::Announce { position: sentence.position, minutes: sentence.minutes };
            self.log(now, sentence.call, queue, None, event, actions);
        }
    }

    fn set_wake(&mut self, now: Instant, queue: usize) {
        let next = self.queues[queue].hunt.as_ref().and_then(|hunt| hunt.next_change(now));
        if next != self.wakes[queue].map(|(at, _)| at) {
            self.wakes[queue] = next.map(|at| (at, self.timers.set(at, Owner::Queue(queue))));
        }
    }

    fn hunt_mut(&mut self, queue: usize) -> &mut Hunt {
        self.queues[queue].hunt.as_mut().expect("with policies every queue is a hunt")
    }
}

pub(super) fn doing(agents: &[Agent], id: AgentId) -> Doing {
    let agent = &agents[id.0 as usize];
    match agent.state {
        agent::State::Idle | agent::State::Resting { .. } => Doing::Free,
        agent::State::Ringing(_) | agent::State::Kept { .. } => Doing::Ringing,
        agent::State::Talking { .. } | agent::State::AtContact { .. } => Doing::InUse,
        agent::State::WrapUp { .. } => Doing::WrapUp,
        agent::State::Away if agent.on_duty && agent.reachable => Doing::Paused,
        agent::State::Away => Doing::Unavailable,
    }
}
