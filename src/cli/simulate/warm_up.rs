//! `warm_up: auto` on its way into a simulation and its result.

use crate::cli::Failure;
use crate::cli::simulate::Arguments;
use crate::result::WarmUpFound;
use crate::scenario::Scenario;
use crate::sim::warm_up;
use crate::sim::warm_up::WarmUp;
use crate::time::Duration;
use crate::units::Period;

/// The scenario with the warm-up that it asks to be found.
///
/// # Errors
/// [`Failure::Usage`] if the run is too short to look for one.
pub(super) fn settle(
    scenario: Scenario,
    arguments: &Arguments,
) -> Result<(Scenario, Option<WarmUp>), Failure> {
    if !scenario.warm_up_auto {
        return Ok((scenario, None));
    }
    let found = warm_up::find(&scenario, arguments.replications(), arguments.common.threads).map_err(|_| {
        Failure::Usage(format!(
            "scenario {}: warm_up: the run is too short to find out how long it takes to settle; lengthen it, or write \
             for example warm_up: 10m",
            scenario.name
        ))
    })?;
    Ok((warm_up::cut_off(&scenario, found.cut), Some(found)))
}

/// What the reader must know.
pub(super) fn note(scenario: &Scenario, found: &WarmUp) -> String {
    if let Some(why) = warm_up::terminates(scenario) {
        return format!(
            "warm_up: auto cut nothing off: {why}, so the run has a beginning and an end of its own"
        );
    }
    let time = |duration: Duration| Period(duration).to_string();
    let how = format!(
        "the first {} were cut off as warm-up by MSER-5: {} batches of {} over {} replications",
        time(found.cut),
        found.batches,
        time(found.batch),
        found.replications
    );
    if found.at_limit {
        return format!("{how}; that is half of the run, which may never have settled: lengthen it");
    }
    how
}

/// The same for machines.
pub(super) fn facts(found: &WarmUp) -> WarmUpFound {
    WarmUpFound {
        method: if found.batches == 0 { "none" } else { "mser_5" }.to_owned(),
        batch_s: found.batch.as_secs_f64(),
        batches: found.batches as u64,
        replications: found.replications,
        at_limit: found.at_limit,
    }
}
