//! What a formula predicts for the measured load, and whether the measurement agrees.

use serde::{Deserialize, Serialize};

use crate::erlang::erlang_b;
use crate::metrics::Measure;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::Summary;
use crate::outcome::Limiter;
use crate::pbx::config::CallerType;
use crate::scenario::Scenario;
use crate::sizing::load;
use crate::sizing::load::QueueLoad;
use crate::sizing::prediction;
use crate::sizing::served;
use crate::traffic::arrivals::Arrivals;

/// A model's word on the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// `erlang_b`, `extended_erlang_b`, `erlang_c`, `erlang_a` or `mmnk`.
    pub model: String,
    pub blocking: Option<f64>,
    pub service_level: Option<f64>,
    /// Circuits or agents, and erlangs, that the model was given.
    pub servers: u32,
    pub erlangs: f64,
    pub assumptions: Vec<String>,
    /// The measured figure's interval contains the model's.
    pub agrees: Option<bool>,
}

/// The formula that fits `scenario`, fed with the measured load; or a sentence why none fits.
pub fn expected(scenario: &Scenario, summary: &Summary) -> Result<Expected, String> {
    applicable(scenario, summary)?;
    if scenario.pbx.queues.is_empty() { loss(scenario, summary) } else { queue(scenario, summary) }
}

fn applicable(scenario: &Scenario, summary: &Summary) -> Result<(), String> {
    let no = |why: &str| Err(format!("no formula is set beside the measurement: {why}"));
    match scenario.traffic.arrivals {
        Arrivals::Poisson => {}
        Arrivals::Even => return no("evenly spaced arrivals are smoother than any Erlang formula assumes"),
        Arrivals::Bursty(_) => return no("bursty arrivals lose more than Erlang formulas say"),
        Arrivals::Sources { .. } => {
            return no("a finite number of callers is Engset's model, and Erlang's assumes very many");
        }
        Arrivals::Replay { .. } => return no("replayed arrivals follow no known process"),
    }
    if !load::is_measured(summary) {
        return no("fewer than 100 calls were measured");
    }
    if !load::is_steady(scenario, summary) {
        return no("the planned rate varies by more than 10 %, and the formulas are for a steady one");
    }
    if served::closes(scenario, summary.measured.map(crate::time::Instant::as_secs_f64)) {
        return no("nobody is served for part of the time, and the formulas are for a steady rate");
    }
    if summary.limiters.get(&Limiter::CallsPerSecond).is_some_and(|refused| *refused > 0) {
        return no("the limit on calls per second refused calls, which Erlang formulas don't know");
    }
    Ok(())
}

fn loss(scenario: &Scenario, summary: &Summary) -> Result<Expected, String> {
    let no_limit =
        "no formula is set beside the measurement: no limit on circuits is stated, and none was seen";
    let circuits = scenario.pbx.channels.or(summary.traffic.circuits_seen).ok_or(no_limit)?;
    let erlangs = summary
        .traffic
        .offered_erlangs
        .ok_or("no formula is set beside the measurement: nothing was offered")?;
    let redials = load::recall(scenario) > 0.0;
    let blocking = erlang_b::blocking(circuits, erlangs);
    let mut assumptions = vec![
        "Poisson arrivals at a steady rate".to_owned(),
        format!("{circuits} circuits, and nothing else, limit the calls"),
        "the load is the measured one; holding times of any shape (Erlang B is insensitive to it)".to_owned(),
    ];
    if redials {
        assumptions.push("redials, part of the load, arrive like fresh calls".to_owned());
    }
    // An opaque target may refuse without naming the circuits: all its technical losses then stand for them.
    let nameless = summary.counts.blocked() == 0 && summary.traffic.circuits_seen.is_some();
    let measure = if nameless { Measure::TechnicalDropRate } else { Measure::Blocking };
    let agrees = summary.ratio(measure, 0.95).interval.map(|interval| contains(interval, blocking));
    Ok(Expected {
        model: if redials { "extended_erlang_b" } else { "erlang_b" }.to_owned(),
        blocking: Some(blocking),
        service_level: None,
        servers: circuits,
        erlangs,
        assumptions,
        agrees,
    })
}

fn queue(scenario: &Scenario, summary: &Summary) -> Result<Expected, String> {
    let [queue] = scenario.pbx.queues.as_slice() else {
        return Err(
            "no formula is set beside the measurement: it would need one queue, not several".to_owned()
        );
    };
    if queue.agents.iter().any(|agent| !scenario.pbx.agents[*agent].presence.is_constant()) {
        return Err(
            "no formula is set beside the measurement: the number of agents varies over time".to_owned()
        );
    }
    if let Some(why) = no_formula_knows(scenario) {
        return Err(format!("no formula is set beside the measurement: {why}"));
    }
    if summary.queue.is_some_and(|queue| queue.promised + queue.called_back > 0) {
        return Err(
            "no formula is set beside the measurement: callers leave the queue for the promise of a call"
                .to_owned(),
        );
    }
    let no_load = "no formula is set beside the measurement: no queued call was answered";
    let load = load::queue_load(scenario, summary).ok_or(no_load)?;
    let agents = u32::try_from(queue.agents.len()).unwrap_or(u32::MAX);
    let threshold = summary.thresholds.first().copied().unwrap_or_default().as_secs_f64();
    let within = load::within_queue_s(scenario, threshold);
    let system = prediction::queueing(scenario, agents, &load, within)
        .map_err(|error| format!("no formula is set beside the measurement: {error}"))?;
    let level = summary.service_level(0, ServiceLevelDefinition::OfOffered);
    let level_agrees = level.interval.map(|interval| contains(interval, system.level));
    let blocking_agrees = system.block.and_then(|blocking| {
        summary.ratio(Measure::Blocking, 0.95).interval.map(|interval| contains(interval, blocking))
    });
    Ok(Expected {
        model: system.model.to_owned(),
        blocking: system.block,
        service_level: Some(system.level),
        servers: agents,
        erlangs: load.lambda * load.handle_s,
        assumptions: queue_assumptions(scenario, &load),
        agrees: level_agrees.map(|agrees| agrees && blocking_agrees.unwrap_or(true)),
    })
}

/// Why no formula knows the work at the only queue, if none does.
pub(super) fn no_formula_knows(scenario: &Scenario) -> Option<&'static str> {
    let [queue] = scenario.pbx.queues.as_slice() else { return None };
    let tells_apart = |caller: &CallerType| caller.language.is_some() || caller.skill.is_some();
    let shared = !scenario.pbx.contacts.is_empty();
    if queue.policy.onward.leads_elsewhere() {
        Some("callers whom the queue does not keep go elsewhere")
    } else if shared || !queue.policy.serves_all_alike() || scenario.pbx.callers.iter().any(tells_apart) {
        Some("not every free agent takes every caller at once")
    } else {
        None
    }
}

fn queue_assumptions(scenario: &Scenario, load: &QueueLoad) -> Vec<String> {
    let mut assumptions = vec![
        "Poisson arrivals at a steady rate; redials, if any, arrive like fresh calls".to_owned(),
        format!("exponential handle times, {:.1} s on average: talk, pick-up and wrap-up", load.handle_s),
        "wrap-up holds a circuit as talk does".to_owned(),
    ];
    let pick_up_s = load::mean_pick_up_s(scenario);
    if pick_up_s > 0.0 {
        assumptions
            .push(format!("of the answer time {pick_up_s:.1} s are pick-up, the rest the wait in the queue"));
    }
    assumptions.push(if load.theta > 0.0 {
        format!(
            "exponential patience, {:.1} s on average, from the moment of joining the queue",
            1.0 / load.theta
        )
    } else {
        "callers wait for ever".to_owned()
    });
    if scenario.pbx.queues[0].max_wait.is_some() {
        assumptions.push("the queue's maximum wait is not in the formula".to_owned());
    }
    if scenario.pbx.agents.iter().any(|agent| agent.no_answer > 0.0) {
        assumptions.push("agents who let it ring are not in the formula".to_owned());
    }
    assumptions
}

fn contains([low, high]: [f64; 2], value: f64) -> bool {
    (low..=high).contains(&value)
}
