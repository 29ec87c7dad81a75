//! Why nothing is advised, where nothing is: in English, as all reasons of a result.

use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::advice::Advice;
use crate::sizing::beside;
use crate::sizing::load;
use crate::sizing::on_duty;
use crate::sizing::pooled;

const NO_LIMIT: &str = "on channels: no limit on circuits is stated, and none was seen";
const NO_CIRCUITS_LOAD: &str = "on channels: no call that would hold one was measured or planned";
const NO_ANSWER: &str = "on agents: no queued call was answered";
const NO_CALLERS: &str =
    "on agents: no planned call is led to agents who are there; messages and callbacks follow no formula";
const NO_NUMBER: &str = "on agents: no number of agents was found that keeps the service level";
const SEVERAL_QUEUES: &str = "on agents: they see to mail or chats besides, which only the simulation sizes, and there are several queues";
const APART: &str = "on agents: not every agent takes every caller (skills, languages, queues of their own), so that one more \
    may be one of several kinds, and no formula knows their work; compare numbers with simulate --vary";
const BESIDE: &str = "on agents: they see to mail or chats besides, which only the simulation sizes; read the advice in \
    the report of simulate, or compare numbers with simulate --vary";
const FEW_CALLS: &str = "on agents: fewer than 100 calls were measured, too few to tell their load by";
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
    let on_trunks = trunks.is_none().then(|| on_trunks.to_owned());
    [on_agents, on_trunks].into_iter().flatten().collect()
}

fn on_agents(scenario: &Scenario, summary: &Summary) -> String {
    match load::queue_load(scenario, summary) {
        None => NO_ANSWER.to_owned(),
        Some(queue) if may_change(scenario, summary) => on_duty::sentence(scenario, summary, &queue),
        Some(_) => unadvised(scenario, summary).to_owned(),
    }
}

/// Agents alike of whom nothing is advised but for their hours.
fn may_change(scenario: &Scenario, summary: &Summary) -> bool {
    scenario.pbx.contacts.is_empty()
        && pooled::are_pooled(scenario)
        && load::is_measured(summary)
        && on_duty::changes(scenario, summary)
}

fn unadvised(scenario: &Scenario, summary: &Summary) -> &'static str {
    let has_contacts = !scenario.pbx.contacts.is_empty();
    if has_contacts && scenario.pbx.queues.len() > 1 {
        SEVERAL_QUEUES
    } else if has_contacts && !beside::are_alike(scenario) {
        UNLIKE
    } else if has_contacts && summary.counts.offered() > beside::MOST_CALLS {
        TOO_LONG
    } else if !has_contacts && !pooled::are_pooled(scenario) {
        APART
    } else if !has_contacts && !load::is_measured(summary) {
        FEW_CALLS
    } else if load::busy(scenario, summary).is_none() {
        NO_CALLERS
    } else {
        NO_NUMBER
    }
}

/// Why no formula for so many agents alike knows the work of those of `scenario`, if none does.
#[must_use]
pub fn no_pool(scenario: &Scenario) -> Option<&'static str> {
    let why = if !scenario.pbx.contacts.is_empty() {
        BESIDE
    } else if !pooled::are_pooled(scenario) {
        APART
    } else {
        return None;
    };
    why.strip_prefix("on agents: ")
}

/// Where what an advice states for the number there is does not lie in the interval that was measured with it, at 99 %:
/// such advice must not stand alone. Only a steady rate all the time can be compared, and only the same agents.
#[must_use]
pub fn disagreements(
    scenario: &Scenario,
    summary: &Summary,
    trunks: Option<&Advice>,
    agents: Option<&Advice>,
) -> Vec<String> {
    let present = u32::try_from(scenario.pbx.agents.len()).unwrap_or(u32::MAX);
    let stays = scenario.pbx.agents.iter().all(|agent| agent.presence.is_constant());
    let is_comparable = |advice: &&Advice| stays && advice.served_s.is_none() && advice.basis == "measured";
    let same_agents = |advice: &&Advice| advice.with_agents.is_none_or(|agents| agents == present);
    let trunks = trunks.filter(is_comparable).filter(same_agents).and_then(|advice| {
        // A target that names no limit may mean its circuits by any of its refusals.
        let named = !summary.limiters.is_empty();
        let measure = if named { Measure::Blocking } else { Measure::TechnicalDropRate };
        let figures = off(advice, &summary.ratio(measure, CONFIDENCE))?;
        Some(format!("channels: the formula loses {figures}; {TAKE_WITH_CARE}"))
    });
    let agents = agents.filter(is_comparable).filter(|advice| !advice.with_blocked).and_then(|advice| {
        let level = ServiceLevelDefinition::OfOffered;
        let measured = summary.ratio(Measure::ServiceLevel { threshold: 0, definition: level }, CONFIDENCE);
        let figures = off(advice, &measured)?;
        Some(format!("agents: the formula answers {figures}; {TAKE_WITH_CARE}"))
    });
    [trunks, agents].into_iter().flatten().collect()
}

const CONFIDENCE: f64 = 0.99;
const TAKE_WITH_CARE: &str =
    "something that it does not know of is at work, so play the advised number before you rely on it";

/// What is stated for the number there is and what was measured, where the one contradicts the other.
fn off(advice: &Advice, measured: &Ratio) -> Option<String> {
    let stated = advice.curve.iter().find(|point| point.n == advice.now)?.value;
    let ([low, high], value) = (measured.interval?, measured.value()?);
    let percent = |ratio: f64| 100.0 * ratio;
    (stated < low || stated > high).then(|| {
        format!(
            "{:.2} % with the {} there are, but {:.2} % [{:.2}, {:.2}] was measured",
            percent(stated),
            advice.now,
            percent(value),
            percent(low),
            percent(high)
        )
    })
}
