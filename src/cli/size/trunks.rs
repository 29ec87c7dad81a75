//! `busyhour size trunks`: circuits for a load and an accepted loss.

use std::io::Write as _;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output::Out;
use crate::cli::size::{mark, neighbours, print_json, unwritten, usage};
use crate::sizing::GROWTH;
use crate::sizing::TrunkModel;
use crate::units::{Erlangs, Ratio};

#[derive(Debug, Args)]
pub(super) struct Trunks {
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

pub(super) fn execute(arguments: &Trunks, out: &mut Out) -> Result<ExitCode, Failure> {
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
        return print_json(&advice, None, out);
    }
    writeln!(
        out,
        "{needed} circuits carry {erlangs} E with at most {} of calls lost ({}).\n",
        arguments.target, advice.model
    )
    .map_err(unwritten)?;
    writeln!(out, "  circuits    lost").map_err(unwritten)?;
    for point in neighbours(&advice) {
        writeln!(out, "  {:>8}  {:>6.2} %{}", point.n, 100.0 * point.value, mark(point.n, needed))
            .map_err(unwritten)?;
    }
    Ok(ExitCode::Passed)
}

fn erlangs(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    text.parse::<Erlangs>().map(|erlangs| erlangs.0).map_err(|error| error.to_string())
}
