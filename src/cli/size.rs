//! `busyhour size`: how many circuits or people, from numbers typed by hand.

use clap::Args;
use clap::Subcommand;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::erlang::erlang_c;
use crate::erlang::erlang_c::StaffingTarget;
use crate::sizing::Advice;
use crate::sizing::GROWTH;
use crate::sizing::{StaffModel, TrunkModel};
use crate::units::{Erlangs, Period, Ratio, ServiceLevel};

/// How many circuits or people are needed, with what one fewer and one more would do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  busyhour size trunks --erlangs 24 --target 1%
  busyhour size staff --calls 100 --interval 30m --aht 180s --target 80/20 --shrinkage 30% --max-occupancy 85%")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Circuits for a load and an accepted loss (Erlang B; extended with --redial)
    Trunks(Trunks),
    /// Agents for a load and a service level (Erlang C; Erlang A with --patience)
    Staff(Staff),
}

#[derive(Debug, Args)]
struct Trunks {
    /// Offered traffic
    #[arg(long, value_parser = erlangs, value_name = "E")]
    erlangs: f64,
    /// Highest share of calls lost, as 1%
    #[arg(long, default_value = "1%")]
    target: Ratio,
    /// Share of blocked callers who dial again
    #[arg(long, default_value = "0%", value_name = "RATIO")]
    redial: Ratio,
    #[arg(long, value_enum, default_value_t)]
    format: crate::cli::common::Format,
}

#[derive(Debug, Args)]
struct Staff {
    /// Calls in one interval
    #[arg(long, value_name = "N")]
    calls: f64,
    /// Length of the interval
    #[arg(long, default_value = "30m")]
    interval: Period,
    /// Mean handle time: talk and wrap-up
    #[arg(long)]
    aht: Period,
    /// Service level: 80/20 is 80 % answered within 20 seconds
    #[arg(long, default_value = "80/20")]
    target: ServiceLevel,
    /// Share of the staff on leave, ill, in training or on a break
    #[arg(long, default_value = "0%", value_name = "RATIO")]
    shrinkage: Ratio,
    /// Highest share of agents' time on calls
    #[arg(long, default_value = "100%", value_name = "RATIO")]
    max_occupancy: Ratio,
    /// Mean patience of callers; without it they wait for ever
    #[arg(long)]
    patience: Option<Period>,
    #[arg(long, value_enum, default_value_t)]
    format: crate::cli::common::Format,
}

/// Prints the number needed, and its neighbours.
///
/// # Errors
/// [`Failure::Usage`] for a load or target that no number meets.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Trunks(trunks) => size_trunks(trunks),
        What::Staff(staff) => size_staff(staff),
    }
}

fn size_trunks(arguments: &Trunks) -> Result<ExitCode, Failure> {
    let (erlangs, recall) = (arguments.erlangs, arguments.redial.0);
    let model = if recall > 0.0 {
        TrunkModel::Extended { fresh_erlangs: erlangs, recall }
    } else {
        TrunkModel::ErlangB { erlangs }
    };
    let needed = model.needed(arguments.target.0).map_err(usage)?;
    let advice =
        crate::sizing::trunks(&model, needed, arguments.target.0, "given", &GROWTH).map_err(usage)?;
    if arguments.format == crate::cli::common::Format::Json {
        return print_json(&advice, None);
    }
    println!(
        "{needed} circuits carry {erlangs} E with at most {} of calls lost ({}).\n",
        arguments.target, advice.model
    );
    println!("  circuits    lost");
    for point in neighbours(&advice) {
        println!("  {:>8}  {:>6.2} %{}", point.n, 100.0 * point.value, mark(point.n, needed));
    }
    Ok(ExitCode::Passed)
}

fn size_staff(arguments: &Staff) -> Result<ExitCode, Failure> {
    if !(arguments.calls.is_finite() && arguments.calls > 0.0) || arguments.interval.0.is_zero() {
        return Err(Failure::Usage("calls and interval must be greater than 0".to_owned()));
    }
    let model = StaffModel {
        lambda: arguments.calls / arguments.interval.seconds(),
        handle_s: arguments.aht.seconds(),
        theta: arguments.patience.map_or(0.0, |patience| 1.0 / patience.seconds()),
    };
    let target = StaffingTarget {
        service_level: arguments.target.ratio.0,
        threshold_s: arguments.target.threshold.seconds(),
        max_occupancy: arguments.max_occupancy.0,
    };
    let needed = model.needed(&target).map_err(usage)?;
    let scheduled = erlang_c::scheduled_agents(needed, arguments.shrinkage.0).map_err(usage)?;
    let advice = crate::sizing::staff(&model, needed, &target, "given", &GROWTH).map_err(usage)?;
    if arguments.format == crate::cli::common::Format::Json {
        return print_json(&advice, Some(scheduled));
    }
    println!(
        "{needed} agents answer {} of {:.4} E ({}); {scheduled} on the roster at {} shrinkage.\n",
        arguments.target, advice.erlangs, advice.model, arguments.shrinkage
    );
    println!("  agents  in time      wait  occupancy");
    for point in neighbours(&advice) {
        let wait = point.asa_s.map_or_else(|| "no end".to_owned(), |wait| format!("{wait:.1} s"));
        let occupancy = 100.0 * point.occupancy.unwrap_or(1.0);
        let level = 100.0 * point.value;
        println!("  {:>6}  {level:>5.1} %  {wait:>8}  {occupancy:>7.1} %{}", point.n, mark(point.n, needed));
    }
    Ok(ExitCode::Passed)
}

/// One fewer, the number needed, one more.
fn neighbours(advice: &Advice) -> impl Iterator<Item = &crate::sizing::CurvePoint> {
    advice.curve.iter().filter(|point| point.n.abs_diff(advice.needed) <= 1)
}

fn mark(n: u32, needed: u32) -> &'static str {
    if n == needed { "  <- needed" } else { "" }
}

fn print_json(advice: &Advice, scheduled: Option<u32>) -> Result<ExitCode, Failure> {
    let mut value = serde_json::to_value(advice).map_err(|error| Failure::Tool(error.to_string()))?;
    if let (Some(scheduled), Some(object)) = (scheduled, value.as_object_mut()) {
        object.insert("scheduled_agents".to_owned(), scheduled.into());
    }
    println!("{value:#}");
    Ok(ExitCode::Passed)
}

fn erlangs(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    text.parse::<Erlangs>().map(|erlangs| erlangs.0).map_err(|error| error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn usage(error: crate::erlang::ErlangError) -> Failure {
    Failure::Usage(error.to_string())
}
