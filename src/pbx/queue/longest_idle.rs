//! The agent who has been idle longest comes first.

use std::collections::VecDeque;

use crate::pbx::agent::IdleTicket;
use crate::pbx::input::AgentId;
use crate::pbx::queue::Strategy;

/// Idle agents, longest first: sorted by ticket.
#[derive(Debug, Default)]
pub(in crate::pbx) struct LongestIdle {
    agents: VecDeque<(IdleTicket, AgentId)>,
}

impl Strategy for LongestIdle {
    fn add(&mut self, agent: AgentId, ticket: IdleTicket) {
        let at = self.agents.partition_point(|(other, _)| *other < ticket);
        self.agents.insert(at, (ticket, agent));
    }

    fn remove(&mut self, agent: AgentId, ticket: IdleTicket) {
        let at = self
            .agents
            .binary_search(&(ticket, agent))
            .expect("an idle agent stands in every queue it serves");
        self.agents.remove(at);
    }

    fn next(&self) -> Option<AgentId> {
        self.agents.front().map(|(_, agent)| *agent)
    }
}
