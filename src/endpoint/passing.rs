//! Agents who are played send callers on: what each has in mind for the caller of the moment, and when.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::party::passing::Passing;
use crate::party::passing::Way;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::pbx::Config;
use crate::pbx::Input;
use crate::pbx::transfers::Conversation;
use crate::random::Seed;
use crate::time::{Duration, Instant};

/// A caller who will be sent on.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    at: Instant,
    /// Only out of this one.
    pub(super) conversation: Conversation,
    pub(super) to: Arc<str>,
    pub(super) talk: Option<Duration>,
}

/// What all agents have in mind.
#[derive(Debug)]
pub(super) struct Desks {
    agents: Vec<Passing>,
    /// By queue: the ways, and the numbers to which they lead.
    ways: Vec<(Vec<Way>, Vec<Arc<str>>)>,
    plans: BTreeMap<CallId, Plan>,
    due: BTreeSet<(Instant, CallId)>,
}

impl Desks {
    /// `None` where nobody sends anybody on.
    pub(super) fn new(config: &Config, seed: Seed) -> Option<Box<Self>> {
        let ways = config.queues.iter().map(|queue| {
            let transfers = &queue.policy.transfers;
            let way = |transfer: &crate::pbx::config::Transfer| Way {
                share: transfer.share,
                after: transfer.after.clone(),
                talk: transfer.talk.clone(),
            };
            let ways = transfers.iter().map(way).collect();
            (ways, transfers.iter().map(|transfer| Arc::clone(&transfer.to)).collect())
        });
        let agents = (0..).zip(&config.agents).map(|(index, _)| Passing::new(seed, index));
        let (agents, ways) = (agents.collect(), ways.collect());
        let desks = Self { agents, ways, plans: BTreeMap::new(), due: BTreeSet::new() };
        config.sends_on().then(|| Box::new(desks))
    }

    /// An agent has picked up.
    pub(super) fn begin(&mut self, now: Instant, call: CallId, conversation: Conversation) {
        let AgentId(agent) = conversation.agent;
        let (ways, numbers) = &self.ways[conversation.queue];
        if ways.is_empty() {
            return;
        }
        let Some(intention) = self.agents[agent as usize].decide(ways) else { return };
        let at = now + intention.after;
        let (to, talk) = (Arc::clone(&numbers[intention.way]), intention.talk);
        self.forget(call);
        self.due.insert((at, call));
        self.plans.insert(call, Plan { at, conversation, to, talk });
    }

    /// Takes note of whatever ends conversations from outside.
    pub(super) fn overhear(&mut self, input: &Input<'_>) {
        if let Input::CallerHungUp { call }
        | Input::AgentHungUp { call, .. }
        | Input::AgentTransferred { call, .. }
        | Input::Transferred { call, .. } = input
        {
            self.forget(*call);
        }
    }

    fn forget(&mut self, call: CallId) {
        if let Some(plan) = self.plans.remove(&call) {
            self.due.remove(&(plan.at, call));
        }
    }

    /// When somebody is sent on next.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Who is sent on at `at`, if anybody.
    pub(super) fn take(&mut self, at: Instant) -> Option<(CallId, Plan)> {
        let (_, call) = self.due.first().copied().filter(|(due, _)| *due == at)?;
        self.due.pop_first();
        self.plans.remove(&call).map(|plan| (call, plan))
    }
}
