//! Whether agents are one pool: each takes every caller, so that one more is one more of the same.

use crate::pbx::config::AgentConfig;
use crate::scenario::Scenario;

/// No skill or language tells callers apart among agents who differ in them, and no queue has agents of its own.
pub(super) fn are_pooled(scenario: &Scenario) -> bool {
    let pbx = &scenario.pbx;
    let own = |agents: &[usize]| {
        let mut own = agents.to_vec();
        own.sort_unstable();
        own
    };
    // A contractor's agents help out beside the firm's own.
    let mut queues = pbx.queues.iter().filter(|queue| queue.policy.outsourced.is_none());
    let Some(first) = queues.next() else { return true };
    let everyone = own(&first.agents);
    let shared = queues.all(|queue| own(&queue.agents) == everyone);
    shared && (!tells_apart(scenario) || qualified_alike(&everyone, &pbx.agents))
}

/// Some callers need what not every agent need have.
fn tells_apart(scenario: &Scenario) -> bool {
    let pbx = &scenario.pbx;
    pbx.callers.iter().any(|caller| caller.language.is_some() || caller.skill.is_some())
        || pbx
            .queues
            .iter()
            .any(|queue| queue.policy.needs.language.is_some() || !queue.policy.needs.skills.is_empty())
}

fn qualified_alike(everyone: &[usize], agents: &[AgentConfig]) -> bool {
    let of = |agent: &usize| (&agents[*agent].qualification.skills, &agents[*agent].qualification.languages);
    everyone.windows(2).all(|pair| of(&pair[0]) == of(&pair[1]))
}
