//! Variants of one scenario under common random numbers.
//!
//! Every variant plays the same replications: the same seeds, and named streams that one lever does not shift for
//! another, so the same people call at the same moments. What chance brings then strikes all variants alike, and
//! the *difference* of two is known far better than either: its interval comes from the paired differences of the
//! replications (Student's t; ratios of sums by their residuals), never from the two intervals.

use serde::{Deserialize, Serialize};

use crate::metrics::Measure;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::Summary;
use crate::metrics::ratio::student_quantile;
use crate::result::Ended;
use crate::scenario::Cost;
use crate::scenario::Scenario;

/// Names of the figures and their units, in the order of reports.
pub const FIGURES: [(&str, &str); 17] = [
    ("technical_drop_rate", "ratio"),
    ("blocked", "ratio"),
    ("abandoned", "ratio"),
    ("service_level", "ratio"),
    ("asa_s", "s"),
    ("occupancy", "ratio"),
    ("customers_lost", "ratio"),
    ("lost_calls_per_month", "calls"),
    ("never_served_callers_per_month", "callers"),
    ("cost_per_month", "money"),
    ("never_served_per_month", "money"),
    // Of comparisons of strategies only.
    ("load_gini", "ratio"),
    ("load_cv", "ratio"),
    ("sales", "ratio"),
    ("revenue_per_month", "money"),
    ("legs_per_call", "legs"),
    ("legs_peak", "legs"),
];

/// All variants, the baseline first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variants {
    /// `busyhour.variants/1`.
    pub schema: String,
    pub scenario: String,
    pub question: String,
    pub seed: u64,
    pub replications: u64,
    /// Only where it was interrupted before all replications were played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Currency of `cost_per_month`, where the scenario has a cost.
    pub currency: Option<String>,
    /// Seconds within which a call of `service_level` was answered, ÷ all that asked for the queue; absent where the
    /// variants have not the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_s: Option<f64>,
    pub variants: Vec<Variant>,
}

/// One setting of the levers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    pub name: String,
    /// Only those that some variant has.
    pub figures: Vec<VariantFigure>,
}

/// One figure of one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariantFigure {
    /// One of [`FIGURES`].
    pub figure: String,
    /// `ratio`, `s`, `calls`, `callers`, `legs` or `money`.
    pub unit: String,
    pub value: Option<f64>,
    pub ci95: Option<[f64; 2]>,
    /// Against the baseline; absent for the baseline itself.
    pub difference: Option<Difference>,
}

/// How far a figure is from the baseline's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub value: f64,
    /// Over paired replications.
    pub ci95: [f64; 2],
    /// Half-width that the same number of independent replications would have given.
    pub independent_half_width: f64,
}

/// Numerator and denominator of each of [`FIGURES`] in one replication; 0 and 0 where there is none.
pub type Parts = [(f64, f64); FIGURES.len()];

/// Those of [`FIGURES`] that are a month's. Their denominator is callers, since these are the same in all variants, while
/// attempts are not where callers dial again.
pub const OF_A_MONTH: [&str; 5] = [
    "lost_calls_per_month",
    "never_served_callers_per_month",
    "cost_per_month",
    "never_served_per_month",
    "revenue_per_month",
];

/// What one replication of a variant says in which `growth` times as many callers ring as the scenario says.
#[must_use]
pub fn parts(scenario: &Scenario, growth: f64, summary: &Summary) -> Parts {
    let counts = &summary.counts;
    let pair = |measure: Measure| {
        let (k, n) = measure.of(counts);
        (real(k), real(n))
    };
    let definition = ServiceLevelDefinition::OfOffered;
    let level = pair(Measure::ServiceLevel { threshold: 0, definition });
    let abandoned = crate::outcome::Outcome::Human(crate::outcome::Human::Abandoned);
    let answered = summary.queue.map_or(0.0, |queue| real(queue.answered));
    let waited = summary.queue.and_then(|queue| queue.asa_s).unwrap_or(0.0) * answered;
    let occupancy = summary.queue.and_then(|queue| queue.occupancy).map_or((0.0, 0.0), |share| (share, 1.0));
    let no_money = [(0.0, 0.0); 4];
    let [lost, never_served, cost, worth] =
        scenario.cost.as_ref().map_or(no_money, |cost| money(cost, growth, summary));
    [
        pair(Measure::TechnicalDropRate),
        pair(Measure::Blocking),
        pair(Measure::Outcome(abandoned)),
        level,
        (waited, answered),
        occupancy,
        pair(Measure::CustomersLost),
        lost,
        never_served,
        cost,
        worth,
        (0.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
    ]
}

/// Technical losses of a month, callers who were never served for any reason, what the losses and callers' waiting cost, and
/// what those callers are worth: all are linear in what was measured. Figures to compare with, not invoices, so binary fractions do. As if the month's calls
/// were callers: [`compare`] knows how many they are.
fn money(cost: &Cost, growth: f64, summary: &Summary) -> [(f64, f64); 4] {
    let calls = real(cost.calls_per_month) * growth;
    let lost = real(summary.counts.technical());
    let value = cost.customer_value.as_ref().map_or(0.0, number) * number(&cost.conversion);
    let worth = number(&cost.call_price) + value;
    let each = worth + number(&cost.image_per_lost_call);
    let (never, callers) = Measure::CustomersLost.of(&summary.counts);
    let (never, callers) = (real(never), real(callers));
    let minutes = summary.queue.map_or(0.0, |queue| queue.waiting_total_s / 60.0);
    let month = calls * (lost * each + minutes * number(&cost.caller_minute));
    [calls * lost, calls * never, month, calls * never * worth].map(|sum| (sum, callers))
}

/// An amount as a figure to compare with.
pub(super) fn number(amount: &rust_decimal::Decimal) -> f64 {
    amount.to_string().parse().unwrap_or(0.0)
}

/// Compares variants; `played[v][r]` is replication r of variant v, and the first variant is the baseline. The month's calls of the
/// scenario are attempts of the baseline; the others' are by the same callers, however often these dial there.
///
/// # Panics
/// If the variants have not the same number of replications, at least two.
#[must_use]
pub fn compare(scenario: &Scenario, names: &[String], played: &[Vec<Parts>]) -> Variants {
    let replications = played.first().map_or(0, Vec::len);
    assert!(replications >= 2, "an interval over replications needs two of them");
    assert!(played.iter().all(|parts| parts.len() == replications), "replications come in pairs");
    let callers = callers_per_attempt(&played[0]);
    let column = |variant: &Vec<Parts>, place: usize| {
        let share = if OF_A_MONTH.contains(&FIGURES[place].0) { callers } else { 1.0 };
        let part = |parts: &Parts| (parts[place].0 * share, parts[place].1);
        variant.iter().map(part).collect::<Vec<_>>()
    };
    let shown: Vec<usize> = (0..FIGURES.len())
        .filter(|place| played.iter().flatten().any(|parts| parts[*place].0 > 0.0))
        .collect();
    let variant = |(name, parts): (&String, &Vec<Parts>)| Variant {
        name: name.clone(),
        figures: shown
            .iter()
            .map(|place| figure(*place, &column(parts, *place), &column(&played[0], *place)))
            .collect(),
    };
    let mut variants: Vec<Variant> = names.iter().zip(played).map(variant).collect();
    if let Some(baseline) = variants.first_mut() {
        baseline.figures.iter_mut().for_each(|figure| figure.difference = None);
    }
    Variants {
        schema: "busyhour.variants/1".to_owned(),
        scenario: scenario.name.clone(),
        question: scenario.question.clone(),
        seed: scenario.seed.0,
        replications: replications as u64,
        ended: None,
        currency: scenario.cost.as_ref().map(|cost| cost.currency.clone()),
        threshold_s: Some(scenario.target_service_level.threshold.as_secs_f64()),
        variants,
    }
}

/// Of the baseline: 1 where nobody dials again.
fn callers_per_attempt(baseline: &[Parts]) -> f64 {
    let place = |name: &str| FIGURES.iter().position(|(figure, _)| *figure == name);
    let all = |name: &str| place(name).map_or(0.0, |place| baseline.iter().map(|parts| parts[place].1).sum());
    let (callers, attempts): (f64, f64) = (all("customers_lost"), all("technical_drop_rate"));
    if attempts > 0.0 { callers / attempts } else { 1.0 }
}

fn figure(place: usize, parts: &[(f64, f64)], baseline: &[(f64, f64)]) -> VariantFigure {
    let (name, unit) = FIGURES[place];
    let (mine, theirs) = (Estimate::of(parts), Estimate::of(baseline));
    let difference = mine.as_ref().zip(theirs.as_ref()).map(|(mine, theirs)| {
        let paired: Vec<f64> = mine.residuals.iter().zip(&theirs.residuals).map(|(a, b)| a - b).collect();
        let value = mine.value - theirs.value;
        let half = quantile(paired.len()) * standard_error(&paired);
        let apart = standard_error(&mine.residuals).hypot(standard_error(&theirs.residuals));
        let freedom = real(2 * paired.len() as u64 - 2);
        Difference {
            value,
            ci95: [value - half, value + half],
            independent_half_width: student_quantile(0.95, freedom) * apart,
        }
    });
    let ci95 = mine.as_ref().map(|mine| {
        let half = quantile(mine.residuals.len()) * standard_error(&mine.residuals);
        [(mine.value - half).max(0.0), mine.value + half]
    });
    VariantFigure {
        figure: name.to_owned(),
        unit: unit.to_owned(),
        value: mine.map(|mine| mine.value),
        ci95,
        difference,
    }
}

/// A ratio of sums and how each replication pulls at it.
struct Estimate {
    value: f64,
    /// (k − value · n) / mean n: their mean is 0.
    residuals: Vec<f64>,
}

impl Estimate {
    fn of(parts: &[(f64, f64)]) -> Option<Self> {
        let (k, n) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        let value = (n > 0.0).then(|| k / n)?;
        let mean = n / real(parts.len() as u64);
        Some(Self { value, residuals: parts.iter().map(|(k, n)| (k - value * n) / mean).collect() })
    }
}

/// Of the mean of `residuals`, whose own mean is 0.
fn standard_error(residuals: &[f64]) -> f64 {
    let count = real(residuals.len() as u64);
    let squares: f64 = residuals.iter().map(|residual| residual * residual).sum();
    (squares / (count - 1.0) / count).sqrt()
}

fn quantile(replications: usize) -> f64 {
    student_quantile(0.95, real(replications as u64) - 1.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) const fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(rows: &[(f64, f64)]) -> Vec<(f64, f64)> {
        rows.to_vec()
    }

    #[test]
    fn the_difference_of_pairs_has_the_interval_of_students_t() {
        // Per replication of 100 calls: 10, 14, 12 lost against 12, 16, 14.5: differences 2, 2, 2.5 per hundred.
        let base = played(&[(10.0, 100.0), (14.0, 100.0), (12.0, 100.0)]);
        let more = played(&[(12.0, 100.0), (16.0, 100.0), (14.5, 100.0)]);
        let difference = figure(0, &more, &base).difference.unwrap();
        assert!((difference.value - 0.065 / 3.0).abs() < 1e-12);
        // Standard deviation of 2, 2, 2.5 is 0.288 675; t(2) = 4.302 653.
        let half = 4.302_653 * 0.002_886_75 / 3.0_f64.sqrt();
        assert!((difference.ci95[1] - difference.value - half).abs() < 1e-7, "{difference:?}");
        assert!(difference.independent_half_width > 5.0 * half, "{difference:?}");
    }

    #[test]
    fn identical_variants_differ_in_nothing() {
        let base = played(&[(10.0, 90.0), (14.0, 110.0), (12.0, 100.0)]);
        let difference = figure(3, &base, &base).difference.unwrap();
        assert_eq!((difference.value, difference.ci95), (0.0, [0.0, 0.0]));
    }

    #[test]
    fn a_figure_without_denominator_has_no_value() {
        let none = played(&[(0.0, 0.0), (0.0, 0.0)]);
        let figure = figure(4, &none, &none);
        assert_eq!((figure.value, figure.ci95, figure.difference), (None, None, None));
    }
}
