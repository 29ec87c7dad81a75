//! `busyhour simulate`: the same scenario in virtual time.

mod conclude;
mod files;
mod levers;
mod play;
mod progress;
mod replication;
mod stopping;
mod strategies;
#[cfg(test)]
mod tests;
pub mod validate;
mod vary;
mod warm_up;

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::finish;
use crate::cli::interrupted;
use crate::cli::load;
use crate::cli::output;
use crate::cli::simulate::files::Files;
use crate::cli::simulate::play::Plan;
use crate::result;
use crate::scenario::Extent;
use crate::scenario::Scenario;
use crate::units::Period;

/// Simulate a scenario: the same people and PBX in virtual time
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  busyhour simulate scenarios/economy-tariff-after-growth.yaml
  busyhour simulate scenarios/how-many-agents.yaml --replications 20 --threads 2
  busyhour simulate scenarios/peak-hour.yaml --precision 'technical_drop_rate ±0.3%' --max-replications 200
  busyhour simulate scenarios/one-more-agent.yaml --vary agents=11,12 --replications 10
  busyhour simulate scenarios/which-strategy.yaml --strategies longest_idle,skill_priority,ring_all
  busyhour simulate --validate --threads 2")]
pub struct Arguments {
    /// The scenario
    #[arg(value_name = "SCENARIO", required_unless_present = "validate")]
    pub scenario: Option<PathBuf>,
    /// Independent repetitions; from 2 on, ratios get their interval over them [default: 1; where variants or strategies
    /// are compared 20, and at least 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: Option<u64>,
    /// Repeat until the 95 % interval of a ratio is this narrow, as 'technical_drop_rate ±0.1%' or '… ±5% relative'
    /// (repeatable; at least 10 replications)
    #[arg(long, value_name = "RATIO ±HALF-WIDTH")]
    pub precision: Vec<String>,
    /// Most replications for --precision and --time-limit
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub max_replications: u64,
    /// Repeat for at most this long by the clock; the result then says that it is not reproducible
    #[arg(long, value_name = "TIME")]
    pub time_limit: Option<Period>,
    /// Compare variants under common random numbers, the first the baseline: channels=10,11 agents=… growth=1,1.2
    /// talk=3m,2m30s patience=… redial=60%,0% callback=30s,2m (of the only class or queue that has one), or any key's
    /// path=a,b,c (repeatable: every combination). Gates and required fields are not judged
    #[arg(long, value_name = "KEY=A,B,C", conflicts_with_all = ["validate", "gates", "precision", "max_replications", "time_limit", "no_calls", "inconclusive"])]
    pub vary: Vec<String>,
    /// Compare ways of distributing calls under common random numbers, the first the baseline: all, or some of
    /// longest_idle, round_robin, rrmemory, sequential, percent, skill_priority, ring_all, widening, ring_progressively,
    /// least_recent, fewest_calls, random, weighted_random, least_talk_time, top_down, agent_order
    #[arg(long, value_name = "A,B,C|all", conflicts_with_all = ["vary", "validate", "gates", "precision", "max_replications", "time_limit", "no_calls", "inconclusive"])]
    pub strategies: Option<String>,
    #[command(flatten)]
    pub validate: validate::Options,
    #[command(flatten)]
    pub common: Common,
}

impl Arguments {
    /// How often one scenario is played.
    fn replications(&self) -> u64 {
        self.replications.unwrap_or(1)
    }
}

/// Runs the verb.
///
/// # Errors
/// [`Failure::Usage`] for a bad scenario or option, [`Failure::Tool`] if a file can't be written,
/// [`Failure::Interrupted`] where a signal came before anything was finished.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let Some(path) = &arguments.scenario else {
        return validate::execute(&arguments.validate, common);
    };
    arguments.validate.refuse_without_the_suite()?;
    let interrupts = interrupted::listen(interrupted::NOTHING)?;
    if !arguments.vary.is_empty() {
        let replications = vary::replications("--vary", arguments.replications)?;
        return vary::execute(path, &arguments.vary, replications, common, &interrupts);
    }
    if let Some(names) = &arguments.strategies {
        let replications = vary::replications("--strategies", arguments.replications)?;
        return strategies::execute(path, names, replications, common, &interrupts);
    }
    let scenario = load::scenario(path, common)?;
    refuse_the_impossible(&scenario, common)?;
    let (scenario, found) = warm_up::settle(scenario, arguments)?;
    let capabilities = result::capabilities(&scenario, false, true);
    let gates = result::gates(&scenario, &capabilities).map_err(|error| Failure::Usage(error.to_string()))?;
    let plan = Plan::new(&scenario, &gates, arguments, &capabilities)?;
    let directory = common.directory(&scenario, "simulation");
    output::make_directory(&directory)?;
    if scenario.seed_drawn && !common.quiet {
        eprintln!("seed {}", scenario.seed.0);
    }
    let files = (!common.no_calls).then(|| Files::create(&directory, &scenario));
    let mut files = files.transpose().map_err(|error| broken(&error))?;
    interrupts.defer();
    let played = play::play(plan, files.as_mut(), &interrupts)?;
    let early = played.interrupted;
    if let Some(signal) = early.filter(|_| played.collector.counts().offered() == 0) {
        return Err(interrupted::nothing(signal));
    }
    files.as_mut().map_or(Ok(()), Files::publish).map_err(|error| broken(&error))?;
    let result = conclude::judge(&scenario, &gates, played, found.as_ref());
    finish::present(common, &directory, &result)?;
    Ok(early.map_or_else(|| finish::code(&result, common.inconclusive), interrupted::code))
}

fn refuse_the_impossible(scenario: &Scenario, common: &Common) -> Result<(), Failure> {
    if scenario.extent == Extent::Unstated {
        return Err(Failure::Usage(format!(
            "scenario {}: `simulate` needs `duration` or `calls`; add for example `duration: 10h`",
            scenario.name
        )));
    }
    if common.no_calls && !scenario.required_fields.is_empty() {
        return Err(Failure::Usage(format!(
            "scenario {}: required_fields are looked for in the PBX's call records, and --no-calls keeps none; leave \
             one of them out",
            scenario.name
        )));
    }
    if common.threads == 0 {
        return Err(Failure::Usage("--threads 0: nobody would work; write --threads 1 or more".to_owned()));
    }
    Ok(())
}

fn broken(error: &io::Error) -> Failure {
    Failure::Tool(format!(
        "cannot write the call records: {error}; free some space, or choose another place with --out"
    ))
}
