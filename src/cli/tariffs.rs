//! `busyhour tariffs`: plans under growth, and invoices of recorded calls.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use crate::books::calls_csv;
use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::common::Format;
use crate::cli::interrupted;
use crate::cli::load;
use crate::cli::output;
use crate::report;
use crate::report::Language;
use crate::report::language::tariff_words::TariffWords;
use crate::report::tariffs;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::plans;
use crate::sizing::tariffs::Question;
use crate::sizing::tariffs::study;
use crate::tariff;
use crate::tariff::Bill;
use crate::tariff::Direction;
use crate::tariff::Plan;
use crate::tariff::Recorded;
use crate::tariff::invoice;
use crate::units::Ratio;

/// Plans compared where neither the scenario nor the command line names any.
const DEFAULT: &str = "ladder";

/// Of some of the plans, or of some growth, no plan can be recommended.
const INTERRUPTED: &str = "interrupted: plans are compared once all are simulated, so no report is written; fewer \
    --replications or steps of --growth take less time";

/// Tariff plans under growth: what each loses and costs, when it breaks, which to buy
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  busyhour tariffs scenarios/tariff-ladder.yaml
  busyhour tariffs scenarios/tariff-ladder.yaml --growth 1,1.5,2 --replications 2 --format json")]
pub struct Arguments {
    /// The scenario
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// Plans beside the scenario's: ladder, published, or a file (repeatable) [default: ladder, if it has none]
    #[arg(long, value_name = "FILE")]
    pub plans: Vec<String>,
    /// Factors on the calls [default: the scenario's]
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub growth: Vec<f64>,
    /// The day on which plans must be on sale [default: that of the scenario's start]
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Losses at which a plan counts as broken; the first is what is accepted [default: the scenario's target]
    #[arg(long, value_name = "LOSS,…", value_delimiter = ',')]
    pub break_at: Vec<String>,
    /// Independent repetitions of each simulation
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u64).range(2..=10_000))]
    pub replications: u64,
    /// How long each growth lasts, in months: a change of plan must pay within it, commitment, set-up and notice included
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub months_per_step: u32,
    /// With --invoice: the first month, which pays the set-up
    #[arg(long, requires = "invoice")]
    pub first_month: bool,
    /// With --invoice: incoming minutes left over from the month before, where the plan lets them roll over
    #[arg(long, value_name = "MINUTES", requires = "invoice", default_value_t = 0)]
    pub carried_over: u32,
    /// Instead: the invoice of the calls in this calls.csv, under each plan, for the month of --on
    #[arg(long, value_name = "CALLS", conflicts_with_all = ["growth", "break_at"])]
    pub invoice: Option<PathBuf>,
    #[command(flatten)]
    pub common: Common,
}

/// Runs the verb.
///
/// # Errors
/// [`Failure::Usage`] for a bad scenario, plan or option, [`Failure::Tool`] if a file can't be written.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let scenario = load::scenario(&arguments.scenario, common)?;
    load::refuse_auto_warm_up(&scenario, "tariffs")?;
    let plans = plans_of(arguments, &scenario)?;
    let on = day(arguments, &scenario)?;
    if let Some(calls) = &arguments.invoice {
        return invoices(calls, &plans, &scenario, on, arguments);
    }
    let growth = growth(arguments, &scenario)?;
    let levels = levels(arguments, &scenario)?;
    let directory = common.directory(&scenario, "tariffs");
    output::make_directory(&directory)?;
    if !common.quiet {
        eprintln!("comparing {} plans, seed {}", plans.len(), scenario.seed.0);
    }
    let _interrupts = interrupted::listen(INTERRUPTED)?;
    let question = Question {
        scenario: &scenario,
        plans: &plans,
        on,
        growth: &growth,
        levels: &levels,
        replications: arguments.replications,
        threads: common.threads,
        months_per_step: arguments.months_per_step,
    };
    let study =
        study(&question).map_err(|problem| Failure::Usage(format!("{}: {problem}", scenario.name)))?;
    let language = Language::from(common.lang);
    let artifacts = tariffs::render_all(&study, language);
    output::write(&directory, &artifacts)?;
    output::print(&match common.format {
        Format::Json => String::from_utf8_lossy(&artifacts[0].bytes).into_owned(),
        Format::Text => {
            let page = directory.join("tariffs.html");
            format!("{}{}\n", tariffs::text(&study, language), page.display())
        }
    })?;
    Ok(ExitCode::Passed)
}

fn plans_of(arguments: &Arguments, scenario: &Scenario) -> Result<Vec<Plan>, Failure> {
    let mut names = arguments.plans.clone();
    if names.is_empty() && scenario.tariffs.is_empty() {
        names.push(DEFAULT.to_owned());
    }
    let read_file = |path: &str| std::fs::read_to_string(path).map_err(|error| error.to_string());
    let inputs = Inputs { read_file: &read_file, ..Inputs::with_seed(0) };
    let mut all = scenario.tariffs.clone();
    for name in names {
        all.extend(plans::read(&name, &inputs).map_err(|error| {
            Failure::Usage(match error {
                plans::Unreadable::File(message) => format!("--plans {message}"),
                plans::Unreadable::Plans(problems) => problems.to_string(),
            })
        })?);
    }
    Ok(all)
}

fn day(arguments: &Arguments, scenario: &Scenario) -> Result<Date, Failure> {
    match &arguments.on {
        None => Ok(scenario.start.date()),
        Some(text) => text
            .parse()
            .map_err(|_| Failure::Usage(format!("--on {text}: no date; write it as --on 2026-04-01"))),
    }
}

fn growth(arguments: &Arguments, scenario: &Scenario) -> Result<Vec<f64>, Failure> {
    let growth = if arguments.growth.is_empty() { &scenario.growth } else { &arguments.growth };
    if growth.len() > 100 || growth.iter().any(|factor| !(0.01..=1_000.0).contains(factor)) {
        let message = "--growth: at most 100 factors between 0.01 and 1000; write --growth 1,1.2,1.5,2";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(growth.clone())
}

fn levels(arguments: &Arguments, scenario: &Scenario) -> Result<Vec<f64>, Failure> {
    if arguments.break_at.is_empty() {
        return Ok(vec![scenario.target_blocking]);
    }
    let level = |text: &String| {
        let level: Ratio = text.parse().map_err(|error| Failure::Usage(format!("--break-at: {error}")))?;
        if level.0 <= 0.0 || level.0 >= 1.0 {
            let message = format!("--break-at {text}: no growth brings this loss; write --break-at 1%,15%");
            return Err(Failure::Usage(message));
        }
        Ok(level.0)
    };
    arguments.break_at.iter().map(level).collect()
}

/// Prints the invoice of recorded calls under each plan.
fn invoices(
    path: &PathBuf,
    plans: &[Plan],
    scenario: &Scenario,
    on: Date,
    arguments: &Arguments,
) -> Result<ExitCode, Failure> {
    let calls = recorded(path)?;
    let language = Language::from(arguments.common.lang);
    let mut text = String::new();
    for plan in plans {
        match tariff::bill(plan, &scenario.needs, on, &calls) {
            Err(unfit) => {
                let (reason, detail) = unfit.reason();
                let why = TariffWords::of(language).why(reason, &detail);
                text.extend([format!("{}: {why}\n\n", plan.title())]);
            }
            Ok((bill, usage)) => {
                let invoice = invoice(plan, &in_month(bill, plan, scenario, arguments));
                text += &report::invoice::text(plan, invoice.as_ref(), &usage, language);
            }
        }
    }
    output::print(&text)?;
    Ok(ExitCode::Passed)
}

fn recorded(path: &PathBuf) -> Result<Vec<Recorded>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::Usage(format!("{}: {error}; write the calls.csv of a run", path.display()))
    };
    let file = std::fs::File::open(path).map_err(|error| wrong(&error))?;
    let records = calls_csv::Reader::new(file).map_err(|error| wrong(&error))?;
    records.map(|record| Ok(Recorded::from(&record.map_err(|error| wrong(&error))?))).collect()
}

/// With what is left over of the month before, and the set-up.
fn in_month(mut bill: Bill, plan: &Plan, scenario: &Scenario, arguments: &Arguments) -> Bill {
    bill.first_month = arguments.first_month;
    // Recorded calls came in; whether to a toll-free number is not in the record.
    let place = usize::from(scenario.needs.toll_free >= 1.0) * 2;
    if plan.meter(Direction::ALL[place]).is_some_and(|meter| meter.roll_over) {
        bill.carried_over[place] = arguments.carried_over.into();
    }
    bill
}
