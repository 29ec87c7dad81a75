//! What a comparison of strategies asks besides what any variants do: how equal is the load, what is sold, what does it
//! take in legs?

use crate::metrics::Measure;
use crate::metrics::Summary;
use crate::result::variants;
use crate::result::variants::FIGURES;
use crate::result::variants::Parts;
use crate::result::variants::number;
use crate::result::variants::real;
use crate::scenario::Scenario;

/// What a replication came to beside its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// Callers' attempts.
    pub attempts: u64,
    /// Times that an agent's phone began to ring.
    pub phones_rung: u64,
    /// Most legs at once, where they are counted.
    pub legs_peak: Option<u32>,
}

/// What one replication says that came to `played`.
///
/// * `load_gini`, `load_cv`: Gini's coefficient and the coefficient of variation of the agents' occupancy;
/// * `sales`: Σ calls · conversion over the agents, by calls;
/// * `revenue_per_month`: what those sales bring of `cost.calls_per_month` calls, at `cost.customer_value` each;
/// * `legs_per_call`: one for the caller, and one for every phone that began to ring, the warm-up's included;
/// * `legs_peak`: most legs at once, where they are counted, the warm-up's included.
///
/// # Panics
/// Never: the names above stand in [`FIGURES`].
#[must_use]
pub fn parts(scenario: &Scenario, summary: &Summary, played: Played) -> Parts {
    let Played { attempts, phones_rung, legs_peak } = played;
    let mut parts = variants::parts(scenario, 1.0, summary);
    let loads: Vec<f64> = summary.agents.iter().map(|agent| agent.occupancy.unwrap_or(0.0)).collect();
    let conversion = |name: &str| {
        let agent = scenario.pbx.agents.iter().find(|agent| *agent.name == *name);
        agent.and_then(|agent| agent.qualification.conversion).unwrap_or(0.0)
    };
    let sales: f64 = summary.agents.iter().map(|agent| real(agent.calls) * conversion(&agent.name)).sum();
    let counted = real(summary.counts.counted());
    // A month's figures are those of its callers, as in the other comparisons.
    let (_, callers) = Measure::CustomersLost.of(&summary.counts);
    let month = scenario
        .cost
        .as_ref()
        .and_then(|cost| Some(real(cost.calls_per_month) * number(cost.customer_value.as_ref()?)));
    let figures = [
        ("load_gini", (gini(&loads), 1.0)),
        ("load_cv", (variation(&loads), 1.0)),
        ("sales", (sales, counted)),
        ("revenue_per_month", month.map_or((0.0, 0.0), |month| (sales * month, real(callers)))),
        ("legs_per_call", (real(attempts + phones_rung), real(attempts))),
        ("legs_peak", legs_peak.map_or((0.0, 0.0), |peak| (f64::from(peak), 1.0))),
    ];
    for (name, part) in figures {
        let place = FIGURES.iter().position(|(figure, _)| *figure == name);
        parts[place.expect("the figure stands in the list")] = part;
    }
    parts
}

/// Gini's coefficient: half the mean difference of two, by the mean; 0 where all are alike or nothing was done.
fn gini(loads: &[f64]) -> f64 {
    let sum: f64 = loads.iter().sum();
    let differences: f64 =
        loads.iter().map(|one| loads.iter().map(|other| (one - other).abs()).sum::<f64>()).sum();
    if sum > 0.0 { differences / (2.0 * real(loads.len() as u64) * sum) } else { 0.0 }
}

/// Standard deviation of these very loads by their mean.
fn variation(loads: &[f64]) -> f64 {
    let count = real(loads.len() as u64);
    let mean = loads.iter().sum::<f64>() / count;
    let squares: f64 = loads.iter().map(|load| (load - mean).powi(2)).sum();
    if mean > 0.0 { (squares / count).sqrt() / mean } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inequality_is_none_for_equals_and_all_but_one_part_for_one_of_many() {
        assert_eq!((gini(&[0.5; 4]), variation(&[0.5; 4])), (0.0, 0.0));
        assert!((gini(&[1.0, 0.0, 0.0, 0.0]) - 0.75).abs() < 1e-12);
        assert!((variation(&[1.0, 0.0, 0.0, 0.0]) - 3.0_f64.sqrt()).abs() < 1e-12);
        // Differences 1, 1, 2 in both directions: 8 / (2 · 3 · 6).
        assert!((gini(&[1.0, 2.0, 3.0]) - 8.0 / 36.0).abs() < 1e-12);
        assert_eq!((gini(&[0.0, 0.0]), variation(&[0.0, 0.0])), (0.0, 0.0));
    }
}
