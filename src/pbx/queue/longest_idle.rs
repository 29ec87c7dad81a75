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
    #[inline]
    pub(in crate::pbx) fn add(&mut self, agent: AgentId, ticket: IdleTicket) {
        if self.agents.back().is_none_or(|(last, _)| *last < ticket) {
            self.agents.push_back((ticket, agent));
        } else {
            self.add_before_last(agent, ticket);
        }
    }

    #[inline(never)]
    fn add_before_last(&mut self, agent: AgentId, ticket: IdleTicket) {
        let at = self.agents.partition_point(|(other, _)| *other < ticket);
        self.agents.insert(at, (ticket, agent));
    }

    #[inline]
    pub(in crate::pbx) fn remove(&mut self, agent: AgentId, ticket: IdleTicket) {
        if self.agents.front() == Some(&(ticket, agent)) {
            self.agents.pop_front();
        } else {
            self.remove_behind_first(agent, ticket);
        }
    }

    /// The first, who is idle no more.
    #[inline]
    pub(in crate::pbx) fn take_next(&mut self) -> Option<AgentId> {
        self.agents.pop_front().map(|(_, agent)| agent)
    }

    #[inline(never)]
    fn remove_behind_first(&mut self, agent: AgentId, ticket: IdleTicket) {
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
