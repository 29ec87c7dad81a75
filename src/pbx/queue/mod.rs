//! Callers waiting for agents.
//!
//! A queue is a line of callers and an order of idle agents. Where nothing is asked for but first come, first served
//! and the agent idle longest, [`fifo`] and [`longest_idle`] keep both sorted at no cost per offer. Everything else is
//! a [`hunt`]: a line and a list of agents matched by a policy ([`config`]), whose strategies have a file each.

use crate::pbx::agent::IdleTicket;
use crate::pbx::call::Place;
use crate::pbx::config::Config;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::random::Stream;
use crate::time::{Duration, Instant};

mod agent_order;
mod announce;
pub mod config;
mod empty;
mod fewest_calls;
mod fifo;
mod hunt;
mod index;
mod least_recent;
mod least_talk_time;
mod line;
mod longest_idle;
mod members;
mod owner;
mod percent;
mod pointer;
mod random;
mod requirements;
mod ring_all;
mod ring_progressively;
mod round_robin;
mod rr_memory;
mod sequential;
mod skill_priority;
mod strategy;
mod top_down;
mod turns;
mod weighted_random;
mod window;

pub(super) use empty::Doing;
pub(super) use fifo::Fifo;
pub(super) use hunt::Hunt;
pub(super) use hunt::InVain;
pub(super) use longest_idle::LongestIdle;

pub use owner::OwnerFirst;

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) line: Fifo,
    pub(super) idle: LongestIdle,
    /// In place of both where there is a policy.
    pub(super) hunt: Option<Box<Hunt>>,
}

impl Queue {
    /// A queue on the quick path.
    pub(super) fn new(newest_first: bool) -> Self {
        Self { line: Fifo::new(newest_first), idle: LongestIdle::default(), hunt: None }
    }

    /// The queue of `config` at `index`, which has a policy.
    pub(super) fn with_policy(config: &Config, index: usize, stream: Stream) -> Self {
        Self { hunt: Some(Box::new(Hunt::new(config, index, stream))), ..Self::new(config.newest_first) }
    }

    /// Callers in the queue.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.hunt.as_ref().map_or_else(|| self.line.len(), |hunt| hunt.len())
    }

    /// The first in line for whom no phone rings and for whom this agent would do.
    pub(super) fn next_in_line_for(&self, agent: AgentId) -> Option<(Place, CallId)> {
        self.hunt.as_ref().map_or_else(|| self.line.next(), |hunt| hunt.next_in_line_for(agent))
    }

    /// The position of the caller at `place`, counted from 1.
    pub(super) fn position(&self, place: Place) -> u32 {
        self.hunt.as_ref().map_or_else(|| self.line.position(place), |hunt| hunt.position(place))
    }

    /// Whether a newcomer of this type would be offered at once.
    pub(super) fn is_ready_for(&self, class: usize, now: Instant) -> bool {
        match &self.hunt {
            Some(hunt) => hunt.is_ready_for(class, now),
            None => self.idle.next().is_some(),
        }
    }

    /// Puts a newcomer of this type at `place`.
    #[inline]
    pub(super) fn put(&mut self, place: Place, call: CallId, class: usize, now: Instant) {
        match &mut self.hunt {
            Some(hunt) => hunt.enter(place, call, class, now),
            None => self.line.put(place, call),
        }
    }

    /// Whose phones ring for the caller at `place`, where there is a policy.
    pub(super) fn ringing_for(&self, place: Place) -> &[AgentId] {
        self.hunt.as_ref().map_or(&[], |hunt| hunt.ringing_for(place))
    }

    /// The caller at `place` leaves. Returns whose phones rang, where there is a policy.
    #[inline]
    pub(super) fn leave(&mut self, place: Place) -> Vec<AgentId> {
        if let Some(hunt) = &mut self.hunt {
            return hunt.leave(place);
        }
        self.line.leave(place);
        Vec::new()
    }

    /// The agent has taken a call, which lasted `talk`, to its end.
    #[inline]
    pub(super) fn call_over(&mut self, agent: AgentId, now: Instant, talk: Duration) {
        if let Some(hunt) = &mut self.hunt {
            hunt.call_over(agent, now, talk);
        }
    }

    /// The agent can take a call from now on.
    #[inline]
    pub(super) fn add(&mut self, agent: AgentId, ticket: IdleTicket) {
        match &mut self.hunt {
            Some(hunt) => hunt.set_free(agent, Some(ticket)),
            None => self.idle.add(agent, ticket),
        }
    }

    /// The agent can't any longer.
    #[inline]
    pub(super) fn remove(&mut self, agent: AgentId, ticket: IdleTicket) {
        match &mut self.hunt {
            Some(hunt) => hunt.set_free(agent, None),
            None => self.idle.remove(agent, ticket),
        }
    }
}
