//! Before a target is tested: does anything listen, and does one call get through?

use std::io;
use std::path::PathBuf;

use crate::cli::Failure;
use crate::cli::one_call::OneCall;
use crate::cli::run::Arguments;
use crate::cli::stage::Stage;
use crate::endpoint::caller::Target;
use crate::live::keys::Keys;
use crate::live::knock;
use crate::live::play::Play;
use crate::live::wire::Witness;
use crate::outcome::Outcome;
use crate::scenario::Scenario;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::plan::Plans;

/// Asks whether anything listens at the target.
///
/// # Errors
/// Exit code 4 if the target's own machine says that nothing does.
pub fn knock(target: &Target) -> Result<(), Failure> {
    knock::knock(target.hop()).map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Invalid(format!(
            "nothing listens at {} ({}); no call was made. Start the telephone system, or check the port",
            target.host, target.address
        )),
        _ => Failure::Invalid(format!("{} cannot be reached: {error}; no call was made", target.host)),
    })
}

/// Places one call, in no count, and looks what becomes of it.
///
/// # Errors
/// Exit code 4 if it ends for a technical reason or a set-up error, with the reason.
pub fn call(arguments: &Arguments, scenario: &Scenario, target: &Target) -> Result<(), Failure> {
    let mut probe = scenario.clone();
    probe.drain = Some(scenario.time_scale.people_duration(scenario.live.probe_timeout));
    let arguments = Arguments { scenario: None::<PathBuf>, ..arguments.clone() };
    let mut stage = Stage::new(&arguments, &probe, Some(target.clone()), Witness::default())?;
    stage.end_traffic_at(Instant::ZERO);
    let plan =
        Plans::new(&scenario.traffic, crate::scenario::Extent::Calls(1), Duration::ZERO, scenario.seed)
            .next()
            .map(|plan| crate::traffic::CallPlan { intended_start: Instant::ZERO, talk: TALK, ..plan });
    let mut sink = OneCall::to_the_end();
    let played = stage.play_plans(&probe, Keys::none(), &mut sink, |worker| {
        Play::list(plan.clone().filter(|_| worker == 0).into_iter())
    });
    played.map_err(|error| Failure::Tool(format!("the probe call could not be placed: {error}")))?;
    match sink.record {
        Some(record) if matches!(record.outcome, Outcome::Completed(_) | Outcome::Human(_)) => Ok(()),
        Some(record) => Err(Failure::Invalid(format!(
            "the probe call to {} did not get through: {} ({}{}); no further call was made",
            target.host,
            record.outcome,
            record.cause,
            record.sip_status.map_or_else(String::new, |status| format!(", status {status}"))
        ))),
        None => Err(Failure::Invalid(format!("the probe call to {} could not be started", target.host))),
    }
}

/// People's time that the probe talks.
const TALK: Duration = Duration::from_secs(1);
