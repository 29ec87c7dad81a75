//! A PBX together with its agents: one machine for the simulation and for the live PBX.
//!
//! Offers to agents are answered inside, from the agents' habits; what comes out concerns callers and books
//! only.

use std::collections::BTreeSet;

use crate::party::agent::Agent;
use crate::party::agent::Decision;
use crate::pbx::Action;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::pbx::Config;
use crate::pbx::Input;
use crate::pbx::Pbx;
use crate::random::Seed;
use crate::time::{Duration, Instant};

/// The reference PBX and its staff. All times are people's.
#[derive(Debug)]
pub struct StaffedPbx {
    pbx: Pbx,
    agents: Vec<Desk>,
    /// The phone that will be picked up first, if it is not among `pick_ups`: mostly the only one.
    first_pick_up: Option<(Instant, AgentId)>,
    /// Phones that will be picked up later, in order of time.
    pick_ups: BTreeSet<(Instant, AgentId)>,
    /// Actions of the PBX not yet looked through; empty between calls.
    undecided: Vec<Action>,
}

/// An agent and the phone that will be picked up.
#[derive(Debug)]
struct Desk {
    agent: Agent,
    pick_up: Option<(Instant, CallId)>,
}

impl StaffedPbx {
    /// The PBX of `config`, idle, with the agents that it names.
    #[must_use]
    pub fn new(config: Config, seed: Seed) -> Self {
        let habits = (0..).zip(&config.agents);
        let agents = habits.map(|(index, agent)| {
            let agent = Agent::new(agent.answer_delay.clone(), agent.no_answer, seed, index);
            Desk { agent, pick_up: None }
        });
        let agents = agents.collect();
        Self {
            agents,
            pbx: Pbx::new(config, seed),
            first_pick_up: None,
            pick_ups: BTreeSet::new(),
            undecided: Vec::new(),
        }
    }

    /// The same for those who want figures only: see [`Pbx::without_books`].
    #[must_use]
    pub fn without_books(self) -> Self {
        Self { pbx: self.pbx.without_books(), ..self }
    }

    /// The PBX, to read its gauges.
    #[must_use]
    pub const fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// Applies one event at `now` and appends to `actions` what concerns callers and books. Deadlines that
    /// have passed by `now` are served first, each at its own instant.
    pub fn handle(&mut self, now: Instant, input: Input, actions: &mut Vec<Action>) {
        self.serve_deadlines(now, actions);
        self.feed(now, input, actions);
        self.serve_deadlines(now, actions);
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let pick_up = self.first_pick_up.or_else(|| self.pick_ups.first().copied()).map(|(at, _)| at);
        match (pick_up, self.pbx.next_deadline()) {
            (Some(pick_up), Some(deadline)) => Some(pick_up.min(deadline)),
            (pick_up, deadline) => pick_up.or(deadline),
        }
    }

    fn serve_deadlines(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some(at) = self.next_deadline().filter(|at| *at <= now) {
            if self.pbx.next_deadline() == Some(at) {
                self.feed(at, Input::DeadlineReached, actions);
            } else if let Some((_, agent)) = self.first_pick_up.take().or_else(|| self.pick_ups.pop_first()) {
                let pick_up = self.agents[agent.0 as usize].pick_up.take();
                let (_, call) = pick_up.expect("a phone to be picked up belongs to a call");
                self.feed(at, Input::AgentAnswered { call, agent }, actions);
            }
        }
    }

    fn feed(&mut self, now: Instant, input: Input, actions: &mut Vec<Action>) {
        let mut undecided = std::mem::take(&mut self.undecided);
        self.pbx.handle(now, input, &mut undecided);
        for action in undecided.drain(..) {
            match action {
                Action::OfferAgent { call, agent, ring_timeout } => {
                    self.offer(now, call, agent, ring_timeout);
                }
                Action::WithdrawOffer { agent, .. } => self.withdraw(agent),
                other => actions.push(other),
            }
        }
        self.undecided = undecided;
    }

    fn offer(&mut self, now: Instant, call: CallId, agent: AgentId, ring_timeout: Duration) {
        let desk = &mut self.agents[agent.0 as usize];
        if let Decision::PickUp { after } = desk.agent.decide(ring_timeout) {
            desk.pick_up = Some((now + after, call));
            self.will_pick_up((now + after, agent));
        }
    }

    /// Keeps the earliest pick-up, at one instant that of the first agent, before all others.
    fn will_pick_up(&mut self, pick_up: (Instant, AgentId)) {
        let earliest = self.first_pick_up.or_else(|| self.pick_ups.first().copied());
        if earliest.is_none_or(|earliest| pick_up < earliest) {
            self.pick_ups.extend(self.first_pick_up.replace(pick_up));
        } else {
            self.pick_ups.insert(pick_up);
        }
    }

    fn withdraw(&mut self, agent: AgentId) {
        if let Some((at, _)) = self.agents[agent.0 as usize].pick_up.take() {
            if self.first_pick_up == Some((at, agent)) {
                self.first_pick_up = None;
            } else {
                self.pick_ups.remove(&(at, agent));
            }
        }
    }
}
