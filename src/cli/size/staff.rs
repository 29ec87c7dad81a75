//! `busyhour size staff`: agents for a load and a service level.

use std::io::Write as _;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::output::Out;
use crate::cli::size::{mark, neighbours, print_json, unwritten, usage};
use crate::erlang::erlang_c;
use crate::erlang::erlang_c::StaffingTarget;
use crate::sizing::GROWTH;
use crate::sizing::StaffModel;
use crate::units::{Period, Ratio, ServiceLevel};

#[derive(Debug, Args)]
pub(super) struct Staff {
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

pub(super) fn execute(arguments: &Staff, out: &mut Out) -> Result<ExitCode, Failure> {
    if !(arguments.calls.is_finite() && arguments.calls > 0.0) || arguments.interval.0.is_zero() {
        return Err(Failure::Usage("calls and interval must be greater than 0".to_owned()));
    }
    let model = StaffModel {
        lambda: arguments.calls / arguments.interval.seconds(),
        handle_s: arguments.aht.seconds(),
        theta: arguments.patience.map_or(0.0, |patience| 1.0 / patience.seconds()),
        redial: 0.0,
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
        return print_json(&advice, Some(scheduled), out);
    }
    writeln!(
        out,
        "{needed} agents answer {} of {:.4} E ({}); {scheduled} on the roster at {} shrinkage.\n",
        arguments.target, advice.erlangs, advice.model, arguments.shrinkage
    )
    .map_err(unwritten)?;
    writeln!(out, "  agents  in time      wait  occupancy").map_err(unwritten)?;
    for point in neighbours(&advice) {
        let wait = point.asa_s.map_or_else(|| "no end".to_owned(), |wait| format!("{wait:.1} s"));
        let occupancy = 100.0 * point.occupancy.unwrap_or(1.0);
        let level = 100.0 * point.value;
        writeln!(
            out,
            "  {:>6}  {level:>5.1} %  {wait:>8}  {occupancy:>7.1} %{}",
            point.n,
            mark(point.n, needed)
        )
        .map_err(unwritten)?;
    }
    Ok(ExitCode::Passed)
}
