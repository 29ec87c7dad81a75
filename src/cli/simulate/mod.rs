//! `busyhour simulate`: the same scenario in virtual time.

mod conclude;
mod files;
mod replication;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::finish;
use crate::cli::load;
use crate::cli::output;
use crate::cli::simulate::files::Files;
use crate::cli::simulate::replication::Played;
use crate::cli::simulate::replication::Replication;
use crate::result;
use crate::scenario::Extent;
use crate::scenario::Scenario;
use crate::sim;
use crate::verdict::Gate;

/// Simulate a scenario: the same people and PBX in virtual time
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  busyhour simulate scenarios/economy-tariff-after-growth.yaml
  busyhour simulate scenarios/how-many-agents.yaml --replications 20")]
pub struct Arguments {
    /// The scenario
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// Independent repetitions; from 2 on, ratios get their interval over them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: u64,
    #[command(flatten)]
    pub common: Common,
}

/// Runs the verb.
///
/// # Errors
/// [`Failure::Usage`] for a bad scenario or option, [`Failure::Tool`] if a file can't be written.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let scenario = load::scenario(&arguments.scenario, common)?;
    refuse_the_impossible(&scenario, common)?;
    let capabilities = result::capabilities(&scenario, false, true);
    let gates = result::gates(&scenario, &capabilities).map_err(|error| Failure::Usage(error.to_string()))?;
    let directory = common.directory(&scenario, "simulation");
    output::make_directory(&directory)?;
    if scenario.seed_drawn && !common.quiet {
        eprintln!("seed {}", scenario.seed.0);
    }
    let mut files = Files::create(&directory, &scenario, !common.no_calls).map_err(|e| broken(&e))?;
    let played = play(&scenario, &gates, arguments, &mut files)?;
    files.publish().map_err(|error| broken(&error))?;
    let result = conclude::judge(&scenario, &gates, arguments.replications, played);
    finish::present(common, &directory, &result)?;
    Ok(finish::code(&result, common.inconclusive))
}

fn refuse_the_impossible(scenario: &Scenario, common: &Common) -> Result<(), Failure> {
    if scenario.extent == Extent::Unstated {
        return Err(Failure::Usage(format!(
            "scenario {}: `simulate` needs `duration` or `calls`; add for example `duration: 10h`",
            scenario.name
        )));
    }
    if common.threads != 1 {
        return Err(Failure::Usage(
            "`simulate` works on one thread: leave out --threads, or write --threads 1".to_owned(),
        ));
    }
    Ok(())
}

fn play(
    scenario: &Scenario,
    gates: &[Gate],
    arguments: &Arguments,
    files: &mut Files,
) -> Result<Played, Failure> {
    let mut played: Option<Played> = None;
    for index in 0..arguments.replications {
        let seed = scenario.seed.replication(index);
        let mut replication = Replication::new(scenario, gates, (index == 0).then_some(&mut *files));
        let report = sim::run(scenario, seed, &mut |entry| replication.take(&entry));
        let one = replication.finish(&report)?;
        let stopped = report.stopped;
        match &mut played {
            Some(played) => played.add(one),
            None => played = Some(one),
        }
        if stopped {
            break;
        }
        if arguments.replications > 1 && !arguments.common.quiet {
            eprintln!("replication {} of {}", index + 1, arguments.replications);
        }
    }
    Ok(played.expect("clap refuses fewer than one replication"))
}

fn broken(error: &io::Error) -> Failure {
    Failure::Tool(format!(
        "cannot write the call records: {error}; free some space, or choose another place with --out"
    ))
}
