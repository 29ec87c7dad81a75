//! `busyhour compare`: is the new result worse than the old one, beyond chance and beyond what matters?
//!
//! A regression needs all three: the ratio grew by more than `--relative`, by more than `--floor` points, and
//! the 95 % interval of the difference excludes 0. Both results carry intervals that allow for correlated
//! calls; the difference combines them as Newcombe's hybrid score interval does (Statistics in Medicine 17
//! (1998) 873, method 10).

use std::io;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output::Out;
use crate::cli::report::read;
use crate::result::Driver;
use crate::result::Ratio;
use crate::result::RunResult;
use crate::scenario;
use crate::scenario::Difference;
use crate::units;

/// Most keys that are named where scenarios differ.
const NAMED: usize = 12;
/// Most options that a user would type to make them the same.
const OPTIONS: usize = 4;

/// Compare two results: exit code 6 if the new one loses more calls, beyond chance.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The baseline's `result.json`
    base: PathBuf,
    /// The new `result.json`
    new: PathBuf,
    /// Relative growth that is tolerated
    #[arg(long, default_value = "10%", value_name = "RATIO")]
    relative: units::Ratio,
    /// Absolute growth that is tolerated
    #[arg(long, default_value = "0.1%", value_name = "RATIO")]
    floor: units::Ratio,
}

/// Compares the technical drop rate and the blocking of two runs of the same scenario.
///
/// # Errors
/// [`Failure::Usage`] if a file is no result, or the two are of different scenarios.
pub fn execute(arguments: &Arguments, out: &mut Out) -> Result<ExitCode, Failure> {
    let base = read(&arguments.base)?;
    let new = read(&arguments.new)?;
    if base.scenario.sha256 != new.scenario.sha256 {
        return Err(Failure::Usage(not_comparable(arguments, &base, &new)));
    }
    let mut regressed = false;
    let pairs = [
        ("technical_drop_rate", &base.technical_drop_rate, &new.technical_drop_rate),
        ("blocking", &base.blocking, &new.blocking),
    ];
    for (name, before, after) in pairs {
        regressed |= compare(name, before, after, arguments, out)
            .map_err(|error| Failure::Tool(format!("standard output: {error}")))?;
    }
    Ok(if regressed { ExitCode::Regression } else { ExitCode::Passed })
}

/// Which keys of the two scenarios differ, and what to do: the other values may be all that the new result shows.
fn not_comparable(arguments: &Arguments, base: &RunResult, new: &RunResult) -> String {
    let found = scenario::differences(&base.scenario.effective, &new.scenario.effective);
    let mut lines = vec![format!(
        "not comparable: {} is of scenario {} and {} of {}, and what differs between these would be taken for a change \
         of the PBX{}",
        arguments.base.display(),
        base.scenario.name,
        arguments.new.display(),
        new.scenario.name,
        if found.is_empty() { "" } else { ":" }
    )];
    lines.extend(found.iter().take(NAMED).map(|difference| format!("  {difference}")));
    if let Some(more @ 1..) = found.len().checked_sub(NAMED) {
        lines.push(format!("  and {more} more"));
    }
    let verb = if new.driver == Driver::Simulation { "simulate" } else { "run" };
    let effective = arguments.base.with_file_name("scenario.effective.yaml");
    let effective = effective.display();
    lines.push(match options(&found) {
        Some(options) => {
            format!(
                "Make the second again with {options}, or from the first's scenario: busyhour {verb} {effective}"
            )
        }
        None => format!("Make the second again from the first's scenario: busyhour {verb} {effective}"),
    });
    if let [Difference { key, one: Some(one), other: Some(other) }] = &*found
        && ["pbx.", "traffic."].iter().any(|above| key.starts_with(above))
    {
        let vary = quoted(&format!("{key}={one},{other}"));
        lines.push(format!("What another value changes is told by busyhour simulate SCENARIO --vary {vary}"));
    }
    lines.join("\n")
}

/// The options that give a scenario the first's values; none where there are many, or where a key would have to go.
fn options(found: &[Difference]) -> Option<String> {
    if found.is_empty() || found.len() > OPTIONS {
        return None;
    }
    let option = |difference: &Difference| {
        let value = difference.one.as_ref()?;
        Some(match &*difference.key {
            "name" => return None,
            "seed" => format!("--seed {value}"),
            key => format!("--set {}", quoted(&format!("{key}={value}"))),
        })
    };
    Some(found.iter().map(option).collect::<Option<Vec<_>>>()?.join(" "))
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "_-+=.,:/%".contains(character);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn compare(
    name: &str,
    before: &Ratio,
    after: &Ratio,
    arguments: &Arguments,
    out: &mut Out,
) -> io::Result<bool> {
    let (Some(old), Some(new), Some([low, high])) = (before.ratio, after.ratio, difference(before, after))
    else {
        writeln!(out, "? {name}: not compared, one of the runs counted no call")?;
        return Ok(false);
    };
    let grown = new - old > arguments.floor.0 && new - old > arguments.relative.0 * old;
    let regressed = grown && low > 0.0;
    writeln!(
        out,
        "{} {name}: {:.2} % -> {:.2} %   difference [{:+.2}, {:+.2}] points{}",
        if regressed { "x" } else { "=" },
        100.0 * old,
        100.0 * new,
        100.0 * low,
        100.0 * high,
        if regressed { "   regression" } else { "" }
    )?;
    Ok(regressed)
}

/// 95 % interval of new − old.
fn difference(before: &Ratio, after: &Ratio) -> Option<[f64; 2]> {
    let (old, new) = (before.ratio?, after.ratio?);
    let ([old_low, old_high], [new_low, new_high]) = (before.ci95?, after.ci95?);
    let change = new - old;
    let down = (new - new_low).hypot(old_high - old);
    let up = (new_high - new).hypot(old - old_low);
    Some([change - down, change + up])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ratio::wilson;
    use crate::report::fixture;

    fn ratio(k: u64, n: u64, ci95: [f64; 2]) -> Ratio {
        let ratio = Some(f64::from(u32::try_from(k).unwrap()) / f64::from(u32::try_from(n).unwrap()));
        Ratio { ratio, ci95: Some(ci95), ci_method: "wilson".to_owned(), k, n, ..Ratio::default() }
    }

    fn arguments() -> Arguments {
        Arguments {
            base: PathBuf::new(),
            new: PathBuf::new(),
            relative: units::Ratio(0.1),
            floor: units::Ratio(0.001),
        }
    }

    /// What `compare` says of two fixtures of which the new one's scenario was changed in the text.
    fn refusal(changes: &[(&str, &str)]) -> String {
        let base = fixture::call_centre();
        let mut new = RunResult { driver: Driver::Simulation, ..base.clone() };
        for (old, changed) in changes {
            assert!(new.scenario.effective.contains(old), "{old} is not in {}", new.scenario.effective);
            new.scenario.effective = new.scenario.effective.replacen(old, changed, 1);
        }
        new.scenario.sha256 = "another".to_owned();
        let arguments =
            Arguments { base: "old/result.json".into(), new: "new/result.json".into(), ..arguments() };
        not_comparable(&arguments, &base, &new)
    }

    #[test]
    fn keys_that_differ_are_named_with_both_values_and_the_remedy() {
        let told = refusal(&[("seed: 42\n", "seed: 7\n")]);
        assert!(
            told.contains("\n  seed: 42 in the first, 7 in the second\n")
                && told.contains("with --seed 42, or"),
            "{told}"
        );
        assert!(told.contains("busyhour simulate old/scenario.effective.yaml"), "{told}");
        assert!(!told.contains("--vary"), "a seed is no lever: {told}");
        let told = refusal(&[("channels: 10", "channels: 12")]);
        assert!(told.contains("\n  pbx.channels: 10 in the first, 12 in the second\n"), "{told}");
        assert!(told.contains("--set pbx.channels=10, or"), "{told}");
        assert!(told.ends_with("--vary pbx.channels=10,12"), "{told}");
        let told = refusal(&[("seed: 42\n", "seed: 42\ntime_scale: 60\n")]);
        assert!(
            told.contains("\n  time_scale: absent in the first, 60 in the second\n")
                && !told.contains("--set"),
            "{told}"
        );
    }

    #[test]
    fn a_value_that_a_shell_would_take_apart_is_quoted() {
        assert_eq!(quoted("pbx.channels=14"), "pbx.channels=14");
        assert_eq!(
            quoted("traffic.callers[0].talk={constant: 3m}"),
            "'traffic.callers[0].talk={constant: 3m}'"
        );
    }

    /// Newcombe's own example: 56/70 against 48/80 differ by 0.2, 95 % interval 0.0524 to 0.3339.
    #[test]
    fn the_interval_of_a_difference_is_newcombes() {
        let before = ratio(48, 80, wilson(0.6, 80.0, 1.959_964));
        let after = ratio(56, 70, wilson(0.8, 70.0, 1.959_964));
        let [low, high] = difference(&before, &after).unwrap();
        assert!((low - 0.0524).abs() < 5e-4 && (high - 0.3339).abs() < 5e-4, "{low} {high}");
        let compare = |before, after| {
            super::compare("x", before, after, &arguments(), &mut Out::to(Vec::new())).unwrap()
        };
        assert!(compare(&before, &after));
        assert!(!compare(&after, &before), "fewer losses are no regression");
    }

    #[test]
    fn a_sure_but_tiny_growth_is_no_regression() {
        let before = ratio(1_000, 1_000_000, [0.000_94, 0.001_06]);
        let after = ratio(1_500, 1_000_000, [0.001_43, 0.001_58]);
        let regressed = compare("x", &before, &after, &arguments(), &mut Out::to(Vec::new())).unwrap();
        assert!(!regressed, "half a tenth of a point is below the floor");
    }
}
