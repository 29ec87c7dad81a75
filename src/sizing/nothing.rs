//! Why nothing is advised, where nothing is: in English, as all reasons of a result.

use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::advice::Advice;
use crate::sizing::beside;
use crate::sizing::load;

const NO_LIMIT: &str = "on channels: no limit on circuits is stated, and none was seen";
const NO_CIRCUITS_LOAD: &str = "on channels: no call that would hold one was measured or planned";
const NO_ANSWER: &str = "on agents: no queued call was answered";
const NO_CALLERS: &str =
    "on agents: no planned call is led to agents who are there; messages and callbacks follow no formula";
const NO_NUMBER: &str = "on agents: no number of agents was found that keeps the service level";
const SEVERAL_QUEUES: &str = "on agents: they see to mail or chats besides, which only the simulation sizes, and there are several queues";
const UNLIKE: &str = "on agents: they see to mail or chats besides, which only the simulation sizes, and they differ in \
    skills, hours or work, so that one more agent may be one of several kinds; compare numbers with simulate --vary";
const TOO_LONG: &str = "on agents: they see to mail or chats besides, which only the simulation sizes, and the run is too \
    long to be played with each number";

/// Why there is no advice, where there is none at all or agents serve a queue and none is given on them.
#[must_use]
pub fn nothing(
    scenario: &Scenario,
    summary: &Summary,
    trunks: Option<&Advice>,
    agents: Option<&Advice>,
) -> Vec<String> {
    if agents.is_some() {
        return Vec::new();
    }
    let has_queue = !scenario.pbx.queues.is_empty() && !scenario.pbx.agents.is_empty();
    let on_agents = has_queue.then(|| on_agents(scenario, summary));
    let has_limit = summary.traffic.circuits_seen.or(scenario.pbx.channels).is_some();
    let on_trunks = if has_limit { NO_CIRCUITS_LOAD } else { NO_LIMIT };
    let on_trunks = trunks.is_none().then_some(on_trunks);
    [on_agents, on_trunks].into_iter().flatten().map(str::to_owned).collect()
}

fn on_agents(scenario: &Scenario, summary: &Summary) -> &'static str {
    let has_contacts = !scenario.pbx.contacts.is_empty();
    if load::queue_load(scenario, summary).is_none() {
        NO_ANSWER
    } else if has_contacts && scenario.pbx.queues.len() > 1 {
        SEVERAL_QUEUES
    } else if has_contacts && !beside::are_alike(scenario) {
        UNLIKE
    } else if has_contacts && summary.counts.offered() > beside::MOST_CALLS {
        TOO_LONG
    } else if load::busy(scenario, summary).is_none() {
        NO_CALLERS
    } else {
        NO_NUMBER
    }
}
