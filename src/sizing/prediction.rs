//! What the formula that comes closest to a scenario says of a measured load, fitting or not.
//!
//! [`expected`](fn@crate::sizing::expected) keeps silent where an assumption fails; here the formula speaks all the
//! same, so that a report can set it beside wire and simulation and say which assumption failed. Of work that none of its
//! assumptions comes near it says nothing either.

use serde::{Deserialize, Serialize};

use crate::erlang::ErlangError;
use crate::erlang::erlang_a::ErlangA;
use crate::erlang::erlang_b;
use crate::erlang::erlang_c::ErlangC;
use crate::erlang::mmnk::Mmnk;
use crate::scenario::Scenario;
use crate::sizing::expected;
use crate::sizing::load;
use crate::sizing::load::QueueLoad;

/// A load as it was measured; people's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredLoad {
    pub offered_erlangs: f64,
    /// Circuits that the target seems to have, if it refused calls.
    pub circuits_seen: Option<u32>,
    /// Calls per second that asked for the queue, and with those that found no circuit to ask through.
    pub queued_per_second: f64,
    pub queued_or_blocked_per_second: f64,
    /// Mean talk and wrap-up, in seconds.
    pub handle_s: Option<f64>,
    /// The answer time that the service level is asked for.
    pub threshold_s: f64,
}

impl MeasuredLoad {
    /// With so many times the calls.
    fn grown(&self, factor: f64) -> Self {
        Self {
            offered_erlangs: self.offered_erlangs * factor,
            queued_per_second: self.queued_per_second * factor,
            queued_or_blocked_per_second: self.queued_or_blocked_per_second * factor,
            ..*self
        }
    }
}

/// A formula's word on it; figures that a system does not have are absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// `erlang_b`, `erlang_c`, `erlang_a` or `mmnk`.
    pub model: &'static str,
    pub servers: u32,
    pub erlangs: f64,
    /// How long a call keeps an agent in the formula: as measured, the pick-up included.
    pub handle_s: Option<f64>,
    pub blocking: Option<f64>,
    /// The same formula's without wrap-up, in which it lets agents hold a circuit; absent where there is none.
    pub blocking_without_wrap_up: Option<f64>,
    /// Of those who asked for the queue.
    pub abandoned: Option<f64>,
    pub service_level: Option<f64>,
    pub asa_s: Option<f64>,
    pub occupancy: Option<f64>,
    pub carried_erlangs: Option<f64>,
}

/// The closest formula's figures for this load.
///
/// # Errors
/// A sentence, where there is no such formula: no limit on circuits, several queues, a queue without end.
pub fn prediction(scenario: &Scenario, load: &MeasuredLoad) -> Result<Prediction, String> {
    match scenario.pbx.queues.as_slice() {
        [] => loss(scenario, load),
        [_] => match expected::no_formula_knows(scenario) {
            Some(why) => Err(why.to_owned()),
            None => queue(scenario, load).map_err(|error| error.to_string()),
        },
        _ => Err("it would need one queue, not several".to_owned()),
    }
}

fn loss(scenario: &Scenario, load: &MeasuredLoad) -> Result<Prediction, String> {
    let circuits = scenario.pbx.channels.or(load.circuits_seen);
    let circuits = circuits.ok_or("no limit on circuits is stated, and none was seen")?;
    let blocking = erlang_b::blocking(circuits, load.offered_erlangs);
    Ok(Prediction {
        model: "erlang_b",
        servers: circuits,
        erlangs: load.offered_erlangs,
        handle_s: None,
        blocking: Some(blocking),
        blocking_without_wrap_up: None,
        abandoned: None,
        service_level: None,
        asa_s: None,
        occupancy: None,
        carried_erlangs: Some(load.offered_erlangs * (1.0 - blocking)),
    })
}

/// What a queueing formula gives, before pick-up and wrap-up are put in their places.
pub(super) struct Queueing {
    pub(super) model: &'static str,
    /// Calls per second that the formula was given.
    lambda: f64,
    /// Share of calls that found no circuit; absent where none is too few.
    pub(super) block: Option<f64>,
    abandoned: f64,
    /// Answered in time, of those who asked for the queue.
    pub(super) level: f64,
    wait_served_s: f64,
    occupancy: f64,
    queue_length: f64,
}

fn queue(scenario: &Scenario, load: &MeasuredLoad) -> Result<Prediction, ErlangError> {
    let (pick_up, wrap_up) = (load::mean_pick_up_s(scenario), load::mean_wrap_up_s(scenario));
    let handle_s = load.handle_s.unwrap_or(0.0) + pick_up;
    let agents = u32::try_from(scenario.pbx.queues[0].agents.len()).unwrap_or(u32::MAX);
    let queue_load = QueueLoad {
        lambda: load.queued_per_second,
        lambda_with_blocked: load.queued_or_blocked_per_second,
        handle_s,
        theta: load::patience_rate(scenario),
    };
    let threshold = load::within_queue_s(scenario, load.threshold_s);
    let system = queueing(scenario, agents, &queue_load, threshold)?;
    let without_wrap_up = (system.block.is_some() && 0.0 < wrap_up && wrap_up < handle_s)
        .then_some(QueueLoad { handle_s: handle_s - wrap_up, ..queue_load })
        .and_then(|load| queueing(scenario, agents, &load, threshold).ok()?.block);
    let asked = system.lambda * (1.0 - system.block.unwrap_or(0.0));
    let served = asked * (1.0 - system.abandoned);
    Ok(Prediction {
        model: system.model,
        servers: agents,
        erlangs: system.lambda * handle_s,
        handle_s: Some(handle_s),
        blocking: system.block,
        blocking_without_wrap_up: without_wrap_up,
        abandoned: Some(system.abandoned),
        service_level: Some(system.level),
        asa_s: Some(system.wait_served_s + pick_up),
        // A ringing phone keeps the agent, and counts as neither talk nor wrap-up.
        occupancy: Some(system.occupancy * (handle_s - pick_up) / handle_s),
        // Wrap-up keeps the agent, but no circuit.
        carried_erlangs: Some(served * (handle_s - wrap_up) + system.queue_length),
    })
}

/// The queueing formula for this load, with shares of those who asked for the queue.
pub(super) fn queueing(
    scenario: &Scenario,
    agents: u32,
    load: &QueueLoad,
    threshold: f64,
) -> Result<Queueing, ErlangError> {
    let mu = load.handle_s.recip();
    let places = scenario.pbx.queues[0].max_length.map(|length| agents.saturating_add(length));
    let channels = scenario.pbx.channels;
    let by_channels = channels.is_some_and(|channels| places.is_none_or(|places| channels <= places));
    if let Some(lines) = [places, channels].into_iter().flatten().min() {
        let lambda = if by_channels { load.lambda_with_blocked } else { load.lambda };
        let system = Mmnk::new(agents.min(lines), lines, lambda, mu, load.theta)?;
        // Calls that got no circuit never asked for the queue.
        let asked = if by_channels { 1.0 - system.p_block() } else { 1.0 };
        return Ok(Queueing {
            model: "mmnk",
            lambda,
            block: by_channels.then(|| system.p_block()),
            abandoned: system.p_abandon() / asked,
            level: system.sl_of_offered(threshold) / asked,
            wait_served_s: system.mean_wait_served_s(),
            occupancy: system.occupancy(),
            queue_length: system.mean_queue_len(),
        });
    }
    let lambda = load.lambda;
    if load.theta > 0.0 {
        let system = ErlangA::new(agents, lambda, mu, load.theta)?;
        return Ok(Queueing {
            model: "erlang_a",
            lambda,
            block: None,
            abandoned: system.p_abandon(),
            level: system.service_levels(threshold).of_offered,
            wait_served_s: system.mean_wait_served_s(),
            occupancy: system.occupancy(),
            queue_length: system.mean_queue_len(),
        });
    }
    let system = ErlangC::new(f64::from(agents), lambda * load.handle_s, load.handle_s)?;
    Ok(Queueing {
        model: "erlang_c",
        lambda,
        block: None,
        abandoned: 0.0,
        level: system.service_level(threshold),
        wait_served_s: system.asa_s(),
        occupancy: system.occupancy(),
        queue_length: system.mean_queue_len(),
    })
}

/// How much the result hangs on what may turn out otherwise: volume and talk time, a tenth less and more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// `blocking` or `service_level`.
    pub measure: String,
    pub model: String,
    /// `measured`, or `measured_peak`: raised to the busiest planned rate.
    pub basis: String,
    /// At that load.
    pub base: f64,
    pub levers: Vec<Lever>,
}

/// One input, and the measure where it is lower and higher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lever {
    /// `volume` or `talk_time`.
    pub input: String,
    /// Share by which the input is lowered and raised.
    pub step: f64,
    pub low: f64,
    pub high: f64,
}

/// A tenth.
const STEP: f64 = 0.1;

/// Blocking, or the service level where there is a queue, at nine and eleven tenths of volume and talk time;
/// `None` where no formula comes close. Where the busiest planned rate is `peak` times the mean one, and that is more
/// than a tenth, it is that rate's.
#[must_use]
pub fn sensitivity(scenario: &Scenario, load: &MeasuredLoad, peak: f64) -> Option<Sensitivity> {
    let factor = if peak > load::STEADY { peak } else { 1.0 };
    let load = &load.grown(factor);
    let queued = !scenario.pbx.queues.is_empty();
    let measure = |load: &MeasuredLoad| {
        let prediction = prediction(scenario, load).ok()?;
        if queued { prediction.service_level } else { prediction.blocking }
    };
    let wrap_up = load::mean_wrap_up_s(scenario);
    let volume = |factor: f64| load.grown(factor);
    let talk_time = |factor: f64| MeasuredLoad {
        offered_erlangs: load.offered_erlangs * factor,
        handle_s: load.handle_s.map(|handle| (handle - wrap_up).max(0.0) * factor + wrap_up),
        ..*load
    };
    let lever = |input: &str, of: &dyn Fn(f64) -> MeasuredLoad| {
        let [low, high] = [1.0 - STEP, 1.0 + STEP].map(|factor| measure(&of(factor)));
        Some(Lever { input: input.to_owned(), step: STEP, low: low?, high: high? })
    };
    let model = prediction(scenario, load).ok()?.model.to_owned();
    Some(Sensitivity {
        measure: if queued { "service_level" } else { "blocking" }.to_owned(),
        model,
        basis: if factor > 1.0 { "measured_peak" } else { "measured" }.to_owned(),
        base: measure(load)?,
        levers: vec![lever("volume", &volume)?, lever("talk_time", &talk_time)?],
    })
}
