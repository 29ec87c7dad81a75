//! Callers waiting for agents.
//!
//! A queue is a line of callers ([`fifo`]) and an order of idle agents (a [`Strategy`]). A new strategy is a
//! new file.

use std::fmt;

use crate::pbx::agent::IdleTicket;
use crate::pbx::input::AgentId;

pub mod config;
mod fifo;
mod longest_idle;

pub(super) use fifo::Fifo;
pub(super) use longest_idle::LongestIdle;

/// Which of the idle agents is offered the next call.
pub(super) trait Strategy: fmt::Debug + Send {
    /// The agent can take a call from now on.
    fn add(&mut self, agent: AgentId, ticket: IdleTicket);
    /// The agent can't any longer.
    fn remove(&mut self, agent: AgentId, ticket: IdleTicket);
    /// Whose turn it is.
    fn next(&self) -> Option<AgentId>;
}

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) line: Fifo,
    pub(super) idle: Box<dyn Strategy>,
}

impl Queue {
    pub(super) fn new(newest_first: bool) -> Self {
        Self { line: Fifo::new(newest_first), idle: Box::new(LongestIdle::default()) }
    }
}
