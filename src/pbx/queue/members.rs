//! The agents of a queue with a policy: their penalties and shares.

use crate::pbx::config::Config;
use crate::pbx::config::QueueConfig;
use crate::pbx::input::AgentId;
use crate::pbx::queue::strategy::Member;

/// The agents of `queue`, in the order of its list, nobody free yet.
pub(super) fn of(config: &Config, queue: &QueueConfig) -> Vec<Member> {
    let member = |agent: &usize| {
        let own = config.agents[*agent].qualification.penalty;
        let here = queue.policy.penalties.iter().find(|(other, _)| other == agent);
        let id = AgentId(u32::try_from(*agent).expect("no firm has four thousand million agents"));
        Member::new(id, here.map_or(own, |(_, penalty)| *penalty))
    };
    queue.agents.iter().map(member).collect()
}

/// Each agent's share of the queue's offers; who states none has an equal part of what is left. They sum to 1.
pub(super) fn shares(config: &Config, queue: &QueueConfig) -> Vec<f64> {
    let stated = |agent: &usize| config.agents[*agent].qualification.share;
    let sum: f64 = queue.agents.iter().filter_map(stated).sum();
    let silent = queue.agents.iter().filter(|agent| stated(agent).is_none()).count();
    let rest = (1.0 - sum).max(0.0) / real(silent.max(1));
    let total = if silent == 0 || sum > 1.0 { sum } else { 1.0 };
    queue.agents.iter().map(|agent| stated(agent).unwrap_or(rest) / total).collect()
}

#[expect(clippy::cast_precision_loss, reason = "agents of one queue")]
const fn real(count: usize) -> f64 {
    count as f64
}
