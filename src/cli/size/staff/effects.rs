//! Options without effect: refused with a sentence, never ignored in silence.

use crate::cli::Failure;
use crate::cli::size::staff::Staff;

/// An option, and whether it was written.
type Written = (&'static str, bool);

/// Refuses what the command line alone shows to be without effect.
pub(super) fn refuse(arguments: &Staff) -> Result<(), Failure> {
    let options = &arguments.by_day;
    let is_one = arguments.calls.is_some() || arguments.result.is_some();
    let simulation = [
        ("days", options.days.is_some()),
        ("days-of-chance", options.days_of_chance.is_some()),
        ("threads", options.threads.is_some()),
    ];
    let seed = [("seed", options.seed.is_some())];
    if is_one {
        let method = [("method", options.method.is_some()), ("shifts", options.shifts.is_some())];
        let why = "on one interval; a plan of many comes with --day or --scenario";
        refuse_each(&[&simulation[..], &seed, &method, &of_shifts(arguments)].concat(), why)?;
    }
    if arguments.scenario.is_some() {
        let habits = [
            ("aht", arguments.aht.is_some()),
            ("patience", arguments.patience.is_some()),
            ("redial", arguments.redial.is_some()),
            ("busyness-cv", arguments.busyness_cv.is_some()),
        ];
        refuse_each(&habits, "with --scenario, whose own keys say it; change them there")?;
    } else if arguments.busyness_cv.is_none() {
        let chance =
            [("chance", arguments.chance.is_some()), ("days-of-chance", options.days_of_chance.is_some())];
        refuse_each(&chance, "without --busyness-cv; write for example --busyness-cv 0.1")?;
    }
    if options.no_simulation && !is_one {
        let busyness = [("busyness-cv", arguments.busyness_cv.is_some())];
        let why = "with --no-simulation: the chance of a whole day comes from simulated days; leave out one of them";
        refuse_each(&busyness, why)?;
        refuse_each(&simulation, "with --no-simulation; leave out one of them")?;
        if arguments.day.is_some() {
            refuse_each(&seed, "with --no-simulation; leave out one of them")?;
        }
    }
    if options.shifts.is_none() {
        refuse_each(&of_shifts(arguments), "without --shifts; write for example --shifts 4h,6h,8h")?;
    }
    if options.shifts.as_ref().is_some_and(|lengths| !lengths.contains("..")) {
        let step = [("shift-step", options.shift_step.is_some())];
        refuse_each(&step, "on lengths that are listed; write a range, as --shifts 4h..9h")?;
    }
    if options.pause.is_none() {
        let pause =
            [("break-from", options.break_from.is_some()), ("break-margin", options.break_margin.is_some())];
        refuse_each(&pause, "without --break; write for example --break 30m")?;
    }
    Ok(())
}

/// Refuses what is about the chance of a day, where a scenario has no busyness to take chances with, or nobody simulates.
pub(super) fn refuse_chance(arguments: &Staff, busyness_cv: Option<f64>) -> Result<(), Failure> {
    let chance = [
        ("chance", arguments.chance.is_some()),
        ("days-of-chance", arguments.by_day.days_of_chance.is_some()),
    ];
    if busyness_cv.is_none() {
        let why = "on a scenario that is certain of its days; write busyness_cv in its profile";
        return refuse_each(&chance, why);
    }
    if arguments.by_day.no_simulation {
        return refuse_each(&chance, "with --no-simulation; leave out one of them");
    }
    Ok(())
}

fn of_shifts(arguments: &Staff) -> Vec<Written> {
    let options = &arguments.by_day;
    vec![
        ("shift-step", options.shift_step.is_some()),
        ("shift-start-every", options.shift_start_every.is_some()),
        ("break", options.pause.is_some()),
        ("break-from", options.break_from.is_some()),
        ("break-margin", options.break_margin.is_some()),
        ("max-shifts", options.max_shifts.is_some()),
        ("shifts-per-person", options.shifts_per_person.is_some()),
        ("rest", options.rest.is_some()),
    ]
}

fn refuse_each(options: &[Written], why: &str) -> Result<(), Failure> {
    let Some((name, _)) = options.iter().find(|(_, written)| *written) else { return Ok(()) };
    Err(Failure::Usage(format!("--{name} has no effect {why}")))
}
