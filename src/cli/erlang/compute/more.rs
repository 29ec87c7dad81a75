//! Finite sources, peaked traffic, and models beyond the Erlang formulas.

use crate::cli::erlang::compute::{Outputs, sentence};
use crate::cli::erlang::inputs::Row;
use crate::cli::erlang::model::Model;
use crate::erlang::engset;
use crate::erlang::gamma_poisson::GammaPoisson;
use crate::erlang::hayward::PeakedTraffic;
use crate::erlang::offered_load::SinusoidalRate;
use crate::erlang::overflow;
use crate::erlang::peakedness;
use crate::erlang::peakedness::Process;
use crate::erlang::poisson;
use crate::erlang::qed;

pub(super) fn of_row(model: Model, row: &Row<'_>) -> Result<Outputs, String> {
    match model {
        Model::Engset => engset_row(row),
        Model::EngsetAlpha => engset_alpha_row(row),
        Model::EngsetInverse => engset_inverse_row(row),
        Model::OverflowMoments => overflow_row(row),
        Model::Hayward => hayward_row(row),
        Model::Peakedness => peakedness_row(row),
        Model::PoissonMolina => {
            let blocking = poisson::molina_blocking(row.whole("servers")?, row.number("erlangs")?);
            Ok(vec![("blocking_poisson", blocking.map_err(sentence)?)])
        }
        Model::Qed => qed_row(row),
        Model::Mol => mol_row(row),
        Model::GammaPoisson => gamma_poisson_row(row),
        other => Err(format!("{} has no rows that stand alone", other.name())),
    }
}

/// (A − Y)/A is a difference, and tables of it end where A and Y have no more digits to differ in: 0 from there.
const FLOOR: f64 = 1e-60;

fn engset_row(row: &Row<'_>) -> Result<Outputs, String> {
    let result = engset::engset(row.whole("sources")?, row.whole("servers")?, row.number("beta")?);
    let result = result.map_err(sentence)?;
    Ok(vec![
        ("offered_erlangs", result.offered_erlangs),
        ("time_congestion", result.time_congestion),
        ("call_congestion", result.call_congestion),
        (
            "traffic_congestion",
            if result.traffic_congestion < FLOOR { 0.0 } else { result.traffic_congestion },
        ),
        ("carried_erlangs", result.carried_erlangs),
    ])
}

fn engset_alpha_row(row: &Row<'_>) -> Result<Outputs, String> {
    let (sources, servers) = (row.whole("sources")?, row.whole("servers")?);
    let beta = engset::beta_of_alpha(sources, servers, row.number("alpha")?).map_err(sentence)?;
    let result = engset::engset(sources, servers, beta).map_err(sentence)?;
    Ok(vec![("call_congestion", result.call_congestion)])
}

fn engset_inverse_row(row: &Row<'_>) -> Result<Outputs, String> {
    let target = row.number("target_blocking")?;
    let (name, found) = match row.text("kind")? {
        "min_servers" => {
            let servers = engset::min_servers(row.whole("sources")?, row.number("beta")?, target);
            ("servers", servers.map(f64::from).map_err(sentence)?)
        }
        "max_sources" => {
            let sources = engset::max_sources(row.whole("servers")?, row.number("beta")?, target);
            ("sources", sources.map(f64::from).map_err(sentence)?)
        }
        "max_beta" => {
            let beta = engset::max_beta(row.whole("sources")?, row.whole("servers")?, target);
            ("beta", beta.map_err(sentence)?)
        }
        other => return Err(format!("kind is `{other}`, but must be min_servers, max_sources or max_beta")),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it came from a u32")]
    let whole = |column: &str| if column == name { Ok(found as u32) } else { row.whole(column) };
    let beta = if name == "beta" { found } else { row.number("beta")? };
    let achieved = engset::engset(whole("sources")?, whole("servers")?, beta).map_err(sentence)?;
    Ok(vec![(name, found), ("achieved_blocking", achieved.call_congestion)])
}

fn overflow_row(row: &Row<'_>) -> Result<Outputs, String> {
    let moments = overflow::overflow_moments(row.number("primary_servers")?, row.number("erlangs")?);
    let moments = moments.map_err(sentence)?;
    Ok(vec![
        ("overflow_mean", moments.mean),
        ("overflow_variance", moments.variance),
        ("peakedness", moments.peakedness),
    ])
}

fn hayward_row(row: &Row<'_>) -> Result<Outputs, String> {
    let traffic = PeakedTraffic::new(row.number("mean_erlangs")?, row.number("peakedness")?);
    let traffic = traffic.map_err(sentence)?;
    let servers = row.number("servers")?;
    let mut outputs = vec![("hayward_blocking", traffic.hayward_blocking(servers).map_err(sentence)?)];
    // Very smooth traffic has no equivalent group; Hayward's answer stands all the same.
    let exact = traffic.equivalent_random();
    let approximate = traffic.rapp();
    if traffic.peakedness >= 1.0 {
        exact.as_ref().map_err(Clone::clone).map_err(sentence)?;
    }
    let groups =
        [(["ert_A", "ert_N", "ert_blocking"], exact), (["rapp_A", "rapp_N", "rapp_blocking"], approximate)];
    for ([a, n, blocking], group) in groups {
        if let Ok(group) = group {
            let lost = traffic.blocking_behind(group, servers).map_err(sentence)?;
            outputs.extend([(a, group.erlangs), (n, group.servers), (blocking, lost)]);
        }
    }
    Ok(outputs)
}

fn peakedness_row(row: &Row<'_>) -> Result<Outputs, String> {
    let (p1, p2) = (row.number("p1")?, row.number("p2")?);
    let process = match row.text("process")? {
        "mmpp2" => Process::Mmpp2 { rates: [p1, p2], switching: [row.number("p3")?, row.number("p4")?] },
        "hawkes_exp" => Process::Hawkes { base: p1, alpha: p2, beta: row.number("p3")? },
        "gamma_busyness" => Process::Busyness { mean_erlangs: p1, cv: p2 },
        other => {
            return Err(format!("process is `{other}`, but must be mmpp2, hawkes_exp or gamma_busyness"));
        }
    };
    let found = peakedness::peakedness(process, row.number("mu")?).map_err(sentence)?;
    let mut outputs = vec![("mean_rate", found.mean_rate)];
    outputs.extend(found.idc_infinity.map(|idc| ("idc_infinity", idc)));
    outputs.push(("peakedness", found.peakedness));
    Ok(outputs)
}

fn qed_row(row: &Row<'_>) -> Result<Outputs, String> {
    let beta = row.number("beta")?;
    let limit = match row.text("model")? {
        "halfin_whitt" => qed::halfin_whitt(beta),
        "garnett" => qed::garnett(beta, row.number("theta_over_mu")?),
        other => return Err(format!("model is `{other}`, but must be halfin_whitt or garnett")),
    };
    Ok(vec![("p_wait_limit", limit.map_err(sentence)?)])
}

fn mol_row(row: &Row<'_>) -> Result<Outputs, String> {
    let [mean, amplitude, period] =
        ["mean_rate_per_h", "amplitude_per_h", "period_h"].map(|name| row.number(name));
    let rate = SinusoidalRate::new(mean?, amplitude?, period?).map_err(sentence)?;
    let load = rate.load(row.number("mean_service_h")?, row.number("t_h")?).map_err(sentence)?;
    Ok(vec![
        ("rate_at_t_per_h", load.rate),
        ("psa_load_erlangs", load.pointwise),
        ("mol_load_exp_service", load.exponential),
        ("mol_load_det_service", load.deterministic),
    ])
}

fn gamma_poisson_row(row: &Row<'_>) -> Result<Outputs, String> {
    let law = GammaPoisson::new(row.number("mean_calls")?, row.number("busyness_cv")?).map_err(sentence)?;
    let names = ["q50", "q80", "q90", "q95", "q99", "q999"];
    let quantiles = law.quantiles([0.5, 0.8, 0.9, 0.95, 0.99, 0.999]).map_err(sentence)?;
    let moments = [
        ("variance", law.variance()),
        ("dispersion_index", law.dispersion_index()),
        ("p_zero", law.p_zero()),
    ];
    Ok(moments.into_iter().chain(names.into_iter().zip(quantiles.map(f64::from))).collect())
}
