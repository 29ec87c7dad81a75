//! What to have of channels and agents, or why nothing is said of them.

use crate::metrics::Summary;
use crate::result::Recommendation;
use crate::scenario::Scenario;
use crate::sizing;
use crate::verdict::Gate;

pub(super) fn of(scenario: &Scenario, summary: &Summary, gates: &[Gate]) -> Recommendation {
    let agents = sizing::agent_advice(scenario, summary);
    let trunks = sizing::trunk_advice(scenario, summary, gates, agents.as_ref());
    let mut nothing = sizing::nothing(scenario, summary, trunks.as_ref(), agents.as_ref());
    if let Some(limited) = sizing::limited(scenario, summary, gates, agents.as_ref()).filter(|it| it.instead)
    {
        nothing.retain(|why| !why.starts_with("on channels"));
        nothing.push(limited.sentence);
    }
    Recommendation { nothing, trunks, agents, tariff: None }
}

/// What is to be said beside the advice: another limit that refuses calls, and figures that the measurement contradicts.
pub(super) fn remarks(
    scenario: &Scenario,
    summary: &Summary,
    gates: &[Gate],
    advice: &Recommendation,
) -> Vec<String> {
    let (trunks, agents) = (advice.trunks.as_ref(), advice.agents.as_ref());
    let limited = sizing::limited(scenario, summary, gates, agents).filter(|limited| !limited.instead);
    let mut remarks: Vec<String> = limited.map(|limited| limited.sentence).into_iter().collect();
    remarks.extend(sizing::disagreements(scenario, summary, trunks, agents));
    remarks
}
