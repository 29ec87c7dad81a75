//! Scenarios from disk: the verbs' way to `scenario::parse`.

use std::hash::BuildHasher;
use std::hash::RandomState;
use std::path::Path;

use crate::cli::Failure;
use crate::cli::common::Common;
use crate::scenario;
use crate::scenario::Inputs;
use crate::scenario::Quick;
use crate::scenario::Scenario;
use crate::units::Rate;

/// Reads the scenario at `path` with the overrides, seed and gates of the command line.
///
/// # Errors
/// [`Failure::Usage`] with every mistake of the scenario, one a line.
pub fn scenario(path: &Path, common: &Common) -> Result<Scenario, Failure> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Usage(format!(
            "{file}: {error}; write the path of a scenario, or make one with `busyhour init`"
        ))
    })?;
    from_text(&text, &file, common)
}

/// Reads a scenario from `text`, which `file` names in messages.
///
/// # Errors
/// [`Failure::Usage`] with every mistake of the scenario, one a line.
pub fn from_text(text: &str, file: &str, common: &Common) -> Result<Scenario, Failure> {
    let overrides = common.set.iter().map(|text| key_and_value(text)).collect::<Result<Vec<_>, _>>()?;
    let inputs = Inputs {
        overrides: &overrides,
        seed: common.seed,
        gates: &common.gates,
        drawn_seed: draw_seed(),
        read_file: &|path| std::fs::read_to_string(path).map_err(|error| error.to_string()),
        environment: &|name| std::env::var(name).ok(),
    };
    scenario::parse(text, file, &inputs).map_err(|problems| Failure::Usage(problems.to_string()))
}

/// Refuses `warm_up: auto` where `verb` can't find it: the wire would have to know the end before the beginning, and
/// what compares runs needs the same cut in all of them.
///
/// # Errors
/// [`Failure::Usage`] with the remedy.
pub fn refuse_auto_warm_up(scenario: &Scenario, verb: &str) -> Result<(), Failure> {
    if !scenario.warm_up_auto {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "scenario {}: warm_up: `{verb}` knows no `auto`, which only `simulate` finds; run `busyhour simulate` on it and \
         write the warm-up that it tells, as warm_up: 10m or --set warm_up=10m",
        scenario.name
    )))
}

/// Refuses requests from web pages at a foreign target: how its web site tells it whom to call is known to nobody but it.
///
/// # Errors
/// [`Failure::Usage`] with the remedy.
pub fn refuse_web_callbacks(scenario: &Scenario) -> Result<(), Failure> {
    let Some(place) = scenario.traffic.callers.iter().position(|class| class.callback.on_web) else {
        return Ok(());
    };
    Err(Failure::Usage(format!(
        "scenario {}: traffic.callers[{place}].by: web_callback asks the bundled PBX by REFER, and --target has its own \
         way from web page to call; leave --target out, run `busyhour simulate`, or write by: phone",
        scenario.name
    )))
}

/// A scenario from what SIPp users type: a rate, a number of calls, a talk time.
///
/// # Errors
/// [`Failure::Usage`] with every mistake, named after its option.
pub fn from_command_line(rate: &str, calls: u64, talk: &str, common: &Common) -> Result<Scenario, Failure> {
    let rate: Rate = rate.parse().map_err(|error| Failure::Usage(format!("--rate: {error}")))?;
    if rate.per_second <= 0.0 {
        return Err(Failure::Usage(format!("--rate {rate}: no call would ever come; write --rate 10/s")));
    }
    let talk = talk.parse().map_err(|error| Failure::Usage(format!("--talk: {error}")))?;
    let text = Quick { rate, calls, talk }.yaml();
    from_text(&text, "the command line", common)
}

fn key_and_value(text: &str) -> Result<(String, String), Failure> {
    let wrong = || Failure::Usage(format!("--set {text}: no `=`; write --set pbx.channels=12"));
    let (key, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// A seed from the operating system's entropy, by way of the standard library's hash keys. Short enough to
/// be typed again.
fn draw_seed() -> u64 {
    RandomState::new().hash_one("seed") & 0xFFFF_FFFF
}
