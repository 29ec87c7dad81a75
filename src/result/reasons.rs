//! Why wire, simulation and formula differ: what the formula assumes and the scenario breaks, what the wire adds.
//!
//! Each reason is a sentence with the figures that prove it, in English; `report` knows them in Russian.

use crate::random::Distribution;
use crate::result::RunResult;
use crate::scenario::Scenario;
use crate::sizing;
use crate::sizing::Prediction;
use crate::traffic::arrivals::Arrivals;

/// Said where a figure misses the formula and every assumption holds.
pub(super) const CHANCE: &str =
    "no assumption of the formula fails here: of twenty 95 % intervals one misses the truth by chance";

/// How far a coefficient of variation may be from 1 to pass for exponential.
const CV_TOLERANCE: f64 = 0.02;

/// A run shorter than this, in mean holding times, starts too close to the empty system.
const FEW_HOLDING_TIMES: f64 = 20.0;

/// Shares of the mean holding time from which a delay is worth a word.
const NOTICEABLE: f64 = 0.001;

/// Blocking, in percent, that two ways of counting must differ by.
const WORTH_A_WORD: f64 = 0.005;

/// Whether both results come from the same list of calls; of a simulation of several replications, its first does.
pub(super) fn same_calls(wire: &RunResult, simulation: &RunResult) -> bool {
    wire.scenario.seed == simulation.scenario.seed
        && (wire.scenario.duration_s - simulation.scenario.duration_s).abs() < 1.0
}

/// Assumptions of the Erlang formulas that do not hold.
pub(super) fn of_formula(
    scenario: &Scenario,
    wire: &RunResult,
    simulation: &RunResult,
    formula: Option<&Prediction>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    reasons.extend(arrivals(scenario));
    reasons.extend(varying_rate(scenario, wire));
    reasons.extend(redials(scenario, wire));
    reasons.extend(limiters(wire, simulation));
    if !scenario.pbx.queues.is_empty() {
        reasons.extend(handle_times(scenario, formula.and_then(|formula| formula.handle_s)));
        reasons.extend(formula.and_then(wrap_up));
        reasons.extend(patience(scenario));
        reasons.extend(queue_rules(scenario));
    }
    reasons.extend(short_run(wire));
    reasons
}

fn arrivals(scenario: &Scenario) -> Option<String> {
    let reason = match scenario.traffic.arrivals {
        Arrivals::Poisson => return None,
        Arrivals::Even => {
            "calls arrive evenly spaced; the formula assumes a Poisson process and says more loss"
        }
        Arrivals::Bursty(_) => {
            "calls arrive in bursts; the formula assumes a Poisson process and says less loss"
        }
        Arrivals::Sources { .. } => {
            "a finite number of people calls: who talks does not call; the formula assumes very many and says more loss"
        }
        Arrivals::Replay { .. } => "the calls are a recorded list; the formula assumes a Poisson process",
    };
    Some(reason.to_owned())
}

fn varying_rate(scenario: &Scenario, wire: &RunResult) -> Option<String> {
    let factor = sizing::peak_factor_between(scenario, [wire.scenario.warm_up_s, wire.scenario.duration_s]);
    (factor > 1.1).then(|| {
        format!(
            "the planned rate rises to {factor:.2} times its mean; the formula takes the mean for the whole time and \
             says less loss"
        )
    })
}

fn redials(scenario: &Scenario, wire: &RunResult) -> Option<String> {
    let (offered, fresh) = (wire.traffic.offered_erlangs?, wire.traffic.fresh_erlangs?);
    let share = if offered > 0.0 { 100.0 * (1.0 - fresh / offered) } else { 0.0 };
    (sizing::recall(scenario) > 0.0 && share >= 0.1).then(|| {
        format!(
            "{share:.1} % of the load are redials, which come back while the system is still full; the formula \
             takes them for fresh calls and says less loss"
        )
    })
}

/// Limits other than circuits that refused calls.
fn limiters(wire: &RunResult, simulation: &RunResult) -> Vec<String> {
    let names = wire.limiter.keys().filter(|name| *name != "channels");
    let refused = |name: &String| {
        let of = |result: &RunResult| result.limiter.get(name).copied().unwrap_or(0);
        of(wire).max(of(simulation))
    };
    names
        .map(|name| (name, refused(name)))
        .filter(|(_, calls)| *calls > 0)
        .map(|(name, calls)| {
            format!("the limit {name} refused {calls} calls; the formula knows only circuits")
        })
        .collect()
}

/// Talk, wrap-up and pick-up of an agent by the scenario, all classes together, against the exponential law of the mean that
/// was measured: the formula is given that.
fn handle_times(scenario: &Scenario, measured_s: Option<f64>) -> Option<String> {
    let classes = &scenario.traffic.callers;
    let first: f64 = classes.iter().map(|class| class.share * class.talk.mean()).sum();
    let second: f64 = classes.iter().map(|class| class.share * square(&class.talk)).sum();
    let agents = &scenario.pbx.agents;
    let mean_of = |of: fn(&Distribution) -> f64| {
        let sums = agents.iter().map(|agent| of(&agent.wrap_up) + of(&agent.answer_delay));
        sums.sum::<f64>() / count(agents.len().max(1))
    };
    let mean = first + mean_of(Distribution::mean);
    let spread = (second - first * first).max(0.0) + mean_of(variance);
    let cv = if mean > 0.0 { spread.sqrt() / mean } else { 1.0 };
    let measured = measured_s.map(|seconds| format!(" with the {seconds:.1} s that were measured"));
    ((cv - 1.0).abs() > CV_TOLERANCE).then(|| {
        format!(
            "an agent is busy {mean:.1} s a call by the scenario, with a coefficient of variation of {cv:.2}; the \
             formula assumes an exponential time (1.00){}",
            measured.unwrap_or_default()
        )
    })
}

/// Wrap-up holds a circuit in the formula and none in the PBX: what that makes of the blocking.
fn wrap_up(formula: &Prediction) -> Option<String> {
    let (with, without) = (100.0 * formula.blocking?, 100.0 * formula.blocking_without_wrap_up?);
    (with - without >= WORTH_A_WORD).then(|| {
        format!(
            "the formula lets an agent in wrap-up hold a circuit, which is free by then, and says more loss: \
             {with:.2} % blocking, {without:.2} % without wrap-up"
        )
    })
}

fn patience(scenario: &Scenario) -> Option<String> {
    let laws: Vec<_> = scenario.traffic.callers.iter().filter_map(|class| class.patience.as_ref()).collect();
    let cv = laws.iter().map(|law| law.cv()).find(|cv| (cv - 1.0).abs() > CV_TOLERANCE)?;
    Some(format!(
        "patience has a coefficient of variation of {cv:.2}; the formula assumes an exponential one (1.00)"
    ))
}

fn queue_rules(scenario: &Scenario) -> Vec<String> {
    let mut reasons = Vec::new();
    if let [queue] = scenario.pbx.queues.as_slice()
        && let Some(wait) = queue.max_wait
    {
        reasons.push(format!(
            "the queue sends callers away after {} s; the formula lets them wait",
            wait.as_secs()
        ));
    }
    let rings_out = scenario.pbx.agents.iter().map(|agent| agent.no_answer).fold(0.0, f64::max);
    if rings_out > 0.0 {
        reasons.push(format!(
            "agents let {:.1} % of the offers ring out; the formula's agents always answer",
            100.0 * rings_out
        ));
    }
    if scenario.pbx.agents.iter().any(|agent| !agent.presence.is_constant()) {
        reasons.push("the number of agents varies over time; the formula's is constant".to_owned());
    }
    reasons
}

fn short_run(wire: &RunResult) -> Option<String> {
    let holding = wire.traffic.mean_holding_s.filter(|mean| *mean > 0.0)?;
    let lengths = (wire.scenario.duration_s - wire.scenario.warm_up_s) / holding;
    if lengths < FEW_HOLDING_TIMES {
        return Some(format!(
            "the measured time is only {lengths:.0} mean holding times long; the formula is for the long run"
        ));
    }
    let warm_up = wire.scenario.warm_up_s / holding;
    (warm_up < 3.0 && lengths < 100.0).then(|| {
        format!(
            "the warm-up of {warm_up:.1} mean holding times leaves the start, when all is empty, in the figures; the \
             formula is for the long run"
        )
    })
}

/// What the wire has and virtual time lacks.
pub(super) fn of_wire(scenario: &Scenario, wire: &RunResult, simulation: &RunResult) -> Vec<String> {
    let mut reasons = Vec::new();
    if wire.scenario.seed != simulation.scenario.seed {
        reasons.push(format!(
            "the two played other calls: the seeds are {} and {}",
            wire.scenario.seed, simulation.scenario.seed
        ));
    } else if (wire.scenario.duration_s - simulation.scenario.duration_s).abs() >= 1.0 {
        reasons.push("the two lasted differently long".to_owned());
    }
    reasons.extend(signalling(wire));
    reasons.extend(lateness(wire));
    if wire.arrivals.ks_p.is_some_and(|p| p < 0.001) {
        let p = wire.arrivals.ks_p.unwrap_or_default();
        reasons.push(format!(
            "the calls on the wire do not follow the planned process (Kolmogorov-Smirnov p = {p:.4})"
        ));
    }
    if wire.outcomes.generator > 0 {
        reasons.push(format!("the generator itself spoilt {} calls on the wire", wire.outcomes.generator));
    }
    if wire.scenario.target != "bundled" {
        reasons.push("the wire's target is not the bundled PBX: the simulation plays what the scenario believes it to be".to_owned());
    }
    if scenario.live.media != crate::scenario::Media::None && wire.outcomes.technical.media > 0 {
        reasons.push(format!(
            "{} calls had no usable sound, which virtual time does not carry",
            wire.outcomes.technical.media
        ));
    }
    reasons
}

/// Signalling takes milliseconds whatever the pace of people's time: the scale makes seconds of them.
fn signalling(wire: &RunResult) -> Option<String> {
    let holding = wire.traffic.mean_holding_s.filter(|mean| *mean > 0.0)?;
    let delay = wire.latency_ms.post_dial_delay.as_ref()?.p50;
    let people_s = delay / 1e3 * wire.scenario.time_scale;
    (people_s / holding >= NOTICEABLE).then(|| {
        format!(
            "signalling takes {delay:.1} ms (median), which time_scale {:.0} makes {people_s:.1} s of people's time: \
             {:.1} % of a mean holding time; virtual time has none",
            wire.scenario.time_scale,
            100.0 * people_s / holding
        )
    })
}

fn lateness(wire: &RunResult) -> Option<String> {
    let holding = wire.traffic.mean_holding_s.filter(|mean| *mean > 0.0)?;
    let late = wire.arrivals.lateness_ms.as_ref()?.p99;
    let people_s = late / 1e3 * wire.scenario.time_scale;
    (people_s / holding >= 10.0 * NOTICEABLE).then(|| {
        format!(
            "1 % of the calls left over {late:.1} ms behind their time, which time_scale {:.0} makes {people_s:.1} s \
             of people's time",
            wire.scenario.time_scale
        )
    })
}

fn variance(law: &Distribution) -> f64 {
    (law.cv() * law.mean()) * (law.cv() * law.mean())
}

/// The mean square.
fn square(law: &Distribution) -> f64 {
    variance(law) + law.mean() * law.mean()
}

#[expect(clippy::cast_precision_loss, reason = "a number of agents")]
fn count(n: usize) -> f64 {
    n as f64
}
