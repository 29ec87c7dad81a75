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
use crate::result::Ratio;
use crate::units;

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
        return Err(Failure::Usage(format!(
            "not comparable: {} is of scenario {} and {} of {}, or of another version of it; run both on the \
             same effective scenario",
            arguments.base.display(),
            base.scenario.name,
            arguments.new.display(),
            new.scenario.name
        )));
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
