//! A run that is stopped before its end is judged by the time that it lasted.

use crate::metrics::AgentSetting;
use crate::metrics::Collector;
use crate::scenario::Scenario;
use crate::sizing;
use crate::time::Instant;

/// Ends the measured time of a stopped run at its last call: rates, erlangs and occupancy are per time observed.
pub fn cut_short(scenario: &Scenario, collector: &mut Collector) {
    let measured = collector.stop_early();
    collector.set_agents(agents(scenario, Some(measured)));
}

/// The scenario's agents, and which share of the time `within` they are there; of an unknown time all.
pub(super) fn agents(scenario: &Scenario, within: Option<[Instant; 2]>) -> Vec<AgentSetting> {
    let agent = |config: &crate::pbx::config::AgentConfig| AgentSetting {
        name: config.name.clone(),
        wrap_up_mean_s: config.wrap_up.mean(),
        present: within.map_or(1.0, |within| {
            sizing::presence(scenario, &config.presence, within.map(Instant::as_secs_f64))
        }),
    };
    scenario.pbx.agents.iter().map(agent).collect()
}
