//! Options without effect: refused with a sentence, never ignored in silence.

use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::FromArgMatches;
use clap::parser::ValueSource;

use crate::cli::Failure;
use crate::cli::size::staff::Staff;

/// What steers a simulation, beside its seed.
const SIMULATION: [&str; 3] = ["days", "days-of-chance", "threads"];
/// What says how shifts are.
const SHIFTS: [&str; 8] = [
    "shift-step",
    "shift-start-every",
    "break",
    "break-from",
    "break-margin",
    "max-shifts",
    "shifts-per-person",
    "rest",
];
/// What is about the chance of a day.
const CHANCE: [&str; 2] = ["chance", "days-of-chance"];

/// Which options were written: one that has its default says nothing.
#[derive(Debug)]
pub(super) struct Written(Box<ArgMatches>);

impl Written {
    /// Whether `--option` stands on the command line.
    pub(super) fn has(&self, option: &str) -> bool {
        self.0.value_source(&option.replace('-', "_")) == Some(ValueSource::CommandLine)
    }

    /// Refuses the first of `options` that was written.
    fn refuse(&self, options: &[&str], why: &str) -> Result<(), Failure> {
        let Some(option) = options.iter().find(|option| self.has(option)) else { return Ok(()) };
        Err(Failure::Usage(format!("--{option} has no effect {why}")))
    }
}

impl Args for Written {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for Written {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(Box::new(matches.clone())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Refuses what the command line alone shows to be without effect.
pub(super) fn refuse(arguments: &Staff) -> Result<(), Failure> {
    let (written, options) = (&arguments.written, &arguments.by_day);
    let is_one = arguments.calls.is_some() || arguments.result.is_some();
    if is_one {
        let why = "on one interval; a plan of many comes with --day or --scenario";
        written.refuse(&[&SIMULATION[..], &["seed", "method", "shifts"], &SHIFTS].concat(), why)?;
    }
    if arguments.scenario.is_some() {
        let why = "with --scenario, whose own keys say it; change them there";
        written.refuse(&["aht", "patience", "redial", "busyness-cv"], why)?;
    } else if arguments.busyness_cv.is_none() {
        written.refuse(&CHANCE, "without --busyness-cv; write for example --busyness-cv 0.1")?;
    }
    if options.no_simulation && !is_one {
        let why = "with --no-simulation: the chance of a whole day comes from simulated days; leave out one of them";
        written.refuse(&["busyness-cv"], why)?;
        let why = "with --no-simulation; leave out one of them";
        written.refuse(&SIMULATION, why)?;
        if arguments.day.is_some() {
            written.refuse(&["seed"], why)?;
        }
    }
    if options.shifts.is_none() {
        written.refuse(&SHIFTS, "without --shifts; write for example --shifts 4h,6h,8h")?;
    }
    if options.shifts.as_ref().is_some_and(|lengths| !lengths.contains("..")) {
        written.refuse(&["shift-step"], "on lengths that are listed; write a range, as --shifts 4h..9h")?;
    }
    if options.pause.is_none() {
        written.refuse(&["break-from", "break-margin"], "without --break; write for example --break 30m")?;
    }
    Ok(())
}

/// Refuses what is about the chance of a day, where a scenario has no busyness to take chances with, or nobody simulates.
pub(super) fn refuse_chance(arguments: &Staff, busyness_cv: Option<f64>) -> Result<(), Failure> {
    let written = &arguments.written;
    if busyness_cv.is_none() {
        let why = "on a scenario that is certain of its days; write busyness_cv in its profile";
        return written.refuse(&CHANCE, why);
    }
    if arguments.by_day.no_simulation {
        return written.refuse(&CHANCE, "with --no-simulation; leave out one of them");
    }
    Ok(())
}
