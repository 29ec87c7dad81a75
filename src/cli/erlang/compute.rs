//! From a row's inputs to a model's outputs.

use crate::cli::erlang::inputs::Row;
use crate::cli::erlang::model::Model;
use crate::erlang::ErlangError;
use crate::erlang::erlang_a;
use crate::erlang::erlang_a::ErlangA;
use crate::erlang::erlang_b;
use crate::erlang::erlang_c;
use crate::erlang::erlang_c::ErlangC;
use crate::erlang::extended_b;
use crate::erlang::mmnk;
use crate::erlang::mmnk::Mmnk;

mod more;
mod systems;

pub(super) use systems::of_systems;

/// Outputs by column name, in order.
pub(super) type Outputs = Vec<(&'static str, f64)>;

/// The outputs of one row of a model whose rows stand alone.
pub(super) fn of_row(model: Model, row: &Row<'_>) -> Result<Outputs, String> {
    match model {
        Model::ErlangB | Model::ErlangBContinuous => erlang_b_row(model, row),
        Model::ErlangBInverse => inverse_row(row),
        Model::ErlangC => erlang_c_row(row),
        Model::ErlangCStaffing => staffing_row(row),
        Model::ErlangA => erlang_a_row(row),
        Model::ErlangARedial => redial_row(row),
        Model::Mmnk => mmnk_row(row),
        Model::ContactCentreTrunks => trunks_row(row),
        Model::ExtendedErlangB => extended_row(row),
        _ => more::of_row(model, row),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn sentence(error: ErlangError) -> String {
    error.to_string()
}

fn erlang_b_row(model: Model, row: &Row<'_>) -> Result<Outputs, String> {
    let servers = match model {
        Model::ErlangB => f64::from(row.whole("servers")?),
        _ => row.number("servers")?,
    };
    let result = erlang_b::erlang_b(servers, row.number("erlangs")?).map_err(sentence)?;
    let mut columns = vec![("blocking", result.blocking), ("log10_blocking", result.log10_blocking)];
    if model == Model::ErlangB {
        columns.push(("carried_erlangs", result.carried_erlangs));
    }
    Ok(columns)
}

fn inverse_row(row: &Row<'_>) -> Result<Outputs, String> {
    let target = row.number("target_blocking")?;
    match row.text("kind")? {
        "max_erlangs" => {
            let servers = row.number("servers")?;
            let erlangs = erlang_b::max_erlangs(servers, target).map_err(sentence)?;
            let achieved = erlang_b::erlang_b(servers, erlangs).map_err(sentence)?.blocking;
            Ok(vec![("erlangs", erlangs), ("achieved_blocking", achieved)])
        }
        "min_servers" => {
            let (servers, achieved) =
                erlang_b::min_servers(row.number("erlangs")?, target).map_err(sentence)?;
            Ok(vec![("servers", f64::from(servers)), ("achieved_blocking", achieved)])
        }
        other => Err(format!("kind is `{other}`, but must be max_erlangs or min_servers")),
    }
}

fn erlang_c_row(row: &Row<'_>) -> Result<Outputs, String> {
    let system = ErlangC::new(row.number("agents")?, row.number("erlangs")?, row.number("aht_s")?);
    let system = system.map_err(sentence)?;
    Ok(vec![
        ("p_wait", system.p_wait()),
        ("service_level", system.service_level(row.number("t_s")?)),
        ("asa_s", system.asa_s()),
        ("mean_wait_delayed_s", system.mean_wait_delayed_s()),
        ("occupancy", system.occupancy()),
        ("mean_queue_len", system.mean_queue_len()),
        ("wait_p90_s", system.wait_percentile_s(90.0)),
    ])
}

fn staffing_row(row: &Row<'_>) -> Result<Outputs, String> {
    let aht_s = row.number("aht_s")?;
    let erlangs = row.number("calls")? * aht_s / row.number("interval_s")?;
    let target = erlang_c::StaffingTarget {
        service_level: row.number("target_sl")?,
        threshold_s: row.number("t_s")?,
        max_occupancy: row.number("max_occupancy")?,
    };
    let agents = erlang_c::min_agents(erlangs, aht_s, &target).map_err(sentence)?;
    let scheduled = erlang_c::scheduled_agents(agents, row.number("shrinkage")?).map_err(sentence)?;
    let system = ErlangC::new(f64::from(agents), erlangs, aht_s).map_err(sentence)?;
    Ok(vec![
        ("erlangs", erlangs),
        ("agents", f64::from(agents)),
        ("scheduled_agents", f64::from(scheduled)),
        ("p_wait", system.p_wait()),
        ("service_level", system.service_level(target.threshold_s)),
        ("asa_s", system.asa_s()),
        ("occupancy", system.occupancy()),
    ])
}

fn erlang_a_row(row: &Row<'_>) -> Result<Outputs, String> {
    let system = ErlangA::new(
        row.whole("agents")?,
        row.number("lambda_per_s")?,
        row.number("mu_per_s")?,
        row.number("theta_per_s")?,
    );
    let system = system.map_err(sentence)?;
    let levels = system.service_levels(row.number("t_s")?);
    Ok(vec![
        ("p_wait", system.p_wait()),
        ("p_abandon", system.p_abandon()),
        ("p_abandon_given_wait", system.p_abandon_given_wait()),
        ("mean_wait_all_s", system.mean_wait_all_s()),
        ("mean_wait_served_s", system.mean_wait_served_s()),
        ("mean_wait_abandoned_s", system.mean_wait_abandoned_s()),
        ("sl_virtual", levels.of_virtual),
        ("sl_of_answered", levels.of_answered),
        ("sl_of_offered", levels.of_offered),
        ("sl_excl_short_abandons", levels.excl_short_abandons),
        ("p_abandon_within_t", levels.abandoned_within),
        ("occupancy", system.occupancy()),
        ("mean_queue_len", system.mean_queue_len()),
    ])
}

fn redial_row(row: &Row<'_>) -> Result<Outputs, String> {
    let result = erlang_a::redialled(
        row.whole("agents")?,
        row.number("lambda0_per_s")?,
        row.number("mu_per_s")?,
        row.number("theta_per_s")?,
        row.number("redial_prob")?,
    );
    let result = result.map_err(sentence)?;
    Ok(vec![
        ("lambda_total_per_s", result.lambda_total_per_s),
        ("p_abandon_per_attempt", result.system.p_abandon()),
        ("p_lost_per_fresh_call", result.p_lost_per_fresh_call),
        ("p_wait", result.system.p_wait()),
        ("occupancy", result.system.occupancy()),
    ])
}

fn mmnk_row(row: &Row<'_>) -> Result<Outputs, String> {
    let system = Mmnk::new(
        row.whole("agents")?,
        row.whole("lines")?,
        row.number("lambda_per_s")?,
        row.number("mu_per_s")?,
        row.number("theta_per_s")?,
    );
    let system = system.map_err(sentence)?;
    let threshold = row.number("t_s")?;
    Ok(vec![
        ("p_block", system.p_block()),
        ("p_queue", system.p_queue()),
        ("p_abandon", system.p_abandon()),
        ("mean_wait_joined_all_s", system.mean_wait_joined_all_s()),
        ("mean_wait_served_s", system.mean_wait_served_s()),
        ("sl_of_offered", system.sl_of_offered(threshold)),
        ("sl_of_answered", system.sl_of_answered(threshold)),
        ("occupancy", system.occupancy()),
        ("mean_queue_len", system.mean_queue_len()),
        ("mean_lines_busy", system.mean_lines_busy()),
    ])
}

fn trunks_row(row: &Row<'_>) -> Result<Outputs, String> {
    let (agents, target) = (row.whole("agents")?, row.number("target_blocking")?);
    let (lambda, aht_s) = (row.number("calls_per_h")? / 3600.0, row.number("aht_s")?);
    let (mu, patience) = (1.0 / aht_s, row.number("patience_s")?);
    let theta = if patience > 0.0 { 1.0 / patience } else { 0.0 };
    let lines = mmnk::min_lines(agents, lambda, mu, theta, target).map_err(sentence)?;
    let exact = Mmnk::new(agents, lines, lambda, mu, theta).map_err(sentence)?;
    let asa_s = if theta > 0.0 {
        ErlangA::new(agents, lambda, mu, theta).map_err(sentence)?.mean_wait_all_s()
    } else {
        ErlangC::new(f64::from(agents), lambda * aht_s, aht_s).map_err(sentence)?.asa_s()
    };
    let rule_erlangs = lambda * (aht_s + asa_s);
    let (rule_lines, _) = erlang_b::min_servers(rule_erlangs, target).map_err(sentence)?;
    Ok(vec![
        ("exact_lines", f64::from(lines)),
        ("exact_p_block", exact.p_block()),
        ("exact_mean_lines_busy", exact.mean_lines_busy()),
        ("asa_infinite_lines_s", asa_s),
        ("rule_offered_erlangs", rule_erlangs),
        ("rule_lines", f64::from(rule_lines)),
    ])
}

fn extended_row(row: &Row<'_>) -> Result<Outputs, String> {
    let result = extended_b::extended_erlang_b(
        row.number("servers")?,
        row.number("fresh_erlangs")?,
        row.number("recall")?,
    );
    let result = result.map_err(sentence)?;
    Ok(vec![
        ("total_offered_erlangs", result.total_offered_erlangs),
        ("blocking_per_attempt", result.blocking_per_attempt),
        ("lost_fraction_of_fresh", result.lost_fraction_of_fresh),
        ("carried_erlangs", result.carried_erlangs),
    ])
}
