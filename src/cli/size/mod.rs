//! `busyhour size`: how many circuits or people, from numbers typed by hand.

use clap::Args;
use clap::Subcommand;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output::Out;

mod staff;
mod trunks;

/// How many circuits or people are needed, with what one fewer and one more would do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  busyhour size trunks --erlangs 24 --target 1%
  busyhour size trunks --erlangs 24 --peakedness 2 --busiest-days-erlangs 30
  busyhour size trunks --erlangs 17.5 --agents 20 --aht 180s --patience 120s
  busyhour size trunks --split 2,2,2 --circuits 5
  busyhour size trunks --link 1Mbit/s --codec PCMA=4 --codec G729=3
  busyhour size staff --calls 100 --interval 30m --aht 180s --target 80/20 --shrinkage 30% --max-occupancy 85%
  busyhour size staff --calls 12 --interval 30m --aht 100s --agents 1..3
  busyhour size staff --calls 100 --aht 180s --patience 2m --cost-per-hour '500 RUB' --lost-call '300 RUB'
  busyhour size staff --day scenarios/service-desk-day.csv --patience 2m --no-simulation --shifts 6h..9h --break 30m
  busyhour size staff --scenario scenarios/call-cc-day.yaml --interval 1h --no-simulation")]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is parsed, once")]
enum What {
    /// Circuits for a load and an accepted loss (Erlang B; extended with --redial)
    Trunks(trunks::Trunks),
    /// Agents for a load and a service level (Erlang C; Erlang A with --patience)
    Staff(staff::Staff),
}

/// Prints the number needed, and its neighbours.
///
/// # Errors
/// [`Failure::Usage`] for a load or target that no number meets.
pub fn execute(arguments: &Arguments, out: &mut Out) -> Result<ExitCode, Failure> {
    match &arguments.what {
        What::Trunks(trunks) => trunks::execute(trunks, out),
        What::Staff(staff) => staff::execute(staff, out),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn usage(error: crate::erlang::ErlangError) -> Failure {
    Failure::Usage(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn unwritten(error: std::io::Error) -> Failure {
    Failure::Tool(format!("standard output: {error}"))
}
