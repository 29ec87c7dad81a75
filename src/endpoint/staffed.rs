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
    /// Phones that will be picked up, in order of time.
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
        Self { agents, pbx: Pbx::new(config, seed), pick_ups: BTreeSet::new(), undecided: Vec::new() }
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
        let pick_up = self.pick_ups.first().map(|(at, _)| *at);
        [pick_up, self.pbx.next_deadline()].into_iter().flatten().min()
    }

    fn serve_deadlines(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some(at) = self.next_deadline().filter(|at| *at <= now) {
            if self.pbx.next_deadline() == Some(at) {
                self.feed(at, Input::DeadlineReached, actions);
            } else if let Some((_, agent)) = self.pick_ups.pop_first() {
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
            self.pick_ups.insert((now + after, agent));
        }
    }

    fn withdraw(&mut self, agent: AgentId) {
        if let Some((at, _)) = self.agents[agent.0 as usize].pick_up.take() {
            self.pick_ups.remove(&(at, agent));
        }
    }
}
