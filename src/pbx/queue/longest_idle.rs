//! The agent who has been idle longest comes first: for queues without any policy kept in order, at no cost per offer.

use std::collections::VecDeque;

use crate::pbx::agent::IdleTicket;
use crate::pbx::input::AgentId;
use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

/// Idle agents, longest first: sorted by ticket.
#[derive(Debug, Default)]
pub(in crate::pbx) struct LongestIdle {
    agents: VecDeque<(IdleTicket, AgentId)>,
}

impl LongestIdle {
    pub(in crate::pbx) fn add(&mut self, agent: AgentId, ticket: IdleTicket) {
        if self.agents.back().is_none_or(|(last, _)| *last < ticket) {
            return self.agents.push_back((ticket, agent));
        }
        let at = self.agents.partition_point(|(other, _)| *other < ticket);
        self.agents.insert(at, (ticket, agent));
    }

    pub(in crate::pbx) fn remove(&mut self, agent: AgentId, ticket: IdleTicket) {
        if self.agents.front() == Some(&(ticket, agent)) {
            self.agents.pop_front();
            return;
        }
        let at = self
            .agents
            .binary_search(&(ticket, agent))
            .expect("an idle agent stands in every queue it serves");
        self.agents.remove(at);
    }

    pub(in crate::pbx) fn next(&self) -> Option<AgentId> {
        self.agents.front().map(|(_, agent)| *agent)
    }
}

/// The same among the candidates of a hunt.
#[derive(Debug)]
pub(super) struct ByIdleTime;

impl Strategy for ByIdleTime {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| member.free)
    }
}
