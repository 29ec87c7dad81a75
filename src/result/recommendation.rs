//! What to have of channels and agents, or why nothing is said of them.

use crate::metrics::Summary;
use crate::result::Recommendation;
use crate::scenario::Scenario;
use crate::sizing;
use crate::verdict::Gate;

pub(super) fn of(scenario: &Scenario, summary: &Summary, gates: &[Gate]) -> Recommendation {
    let agents = sizing::agent_advice(scenario, summary);
    let trunks = sizing::trunk_advice(scenario, summary, gates, agents.as_ref());
    Recommendation {
        nothing: sizing::nothing(scenario, summary, trunks.as_ref(), agents.as_ref()),
        trunks,
        agents,
        tariff: None,
    }
}
