//! A forecast that may be wrong: every day is busier or quieter by a gamma factor with mean 1.
//!
//! A target that is met on average is missed on every other day. What a planner wants is the chance that it is met
//! on the day, and the staff for which that chance is, say, 90 %.

use crate::erlang::ErlangError;
use crate::sizing::day::{DayPlan, Method};
use crate::sizing::staff::StaffModel;
use crate::sizing::targets::Targets;
use crate::sizing::trial::{Figure, Trial, Tried};

/// Steps of the search for the factor to staff for.
const STEPS: u32 = 6;

/// A staff large enough for the stated chance.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ForChance {
    /// Chance asked for, 0 to 1.
    pub chance: f64,
    /// Every interval is staffed for the forecast times this.
    pub factor: f64,
    pub agents: Vec<u32>,
    pub days_met: Figure,
}

/// Probability that the gamma factor with mean 1 and this coefficient of variation stays at or below `x`:
/// the regularised incomplete gamma function by its series, P(a, ax) = (ax)^a e^{−ax} Σ (ax)^k / Γ(a + k + 1).
#[must_use]
pub fn busyness_below(x: f64, cv: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let shape = 1.0 / (cv * cv);
    let scaled = shape * x;
    let mut term = libm::exp(shape * libm::log(scaled) - scaled - libm::lgamma(shape + 1.0));
    let mut sum = term;
    let mut k = 1.0;
    while (term > sum * 1e-17 || k < scaled - shape) && k < 1e7 {
        term *= scaled / (shape + k);
        sum += term;
        k += 1.0;
    }
    sum.min(1.0)
}

/// The factor that the day's busyness exceeds with probability 1 − `chance` (0 to 1, both excluded).
#[must_use]
pub fn busyness_quantile(chance: f64, cv: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while busyness_below(high, cv) < chance && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if busyness_below(middle, cv) < chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Chance that `agents` meet `targets` in an interval of a day whose busyness has this coefficient of variation: that
/// the factor stays below the one they can just carry.
///
/// # Errors
/// For arguments outside their ranges.
pub fn chance_met(model: &StaffModel, agents: u32, targets: &Targets, cv: f64) -> Result<f64, ErlangError> {
    let carries = |factor: f64| {
        let busier = StaffModel { lambda: model.lambda * factor, ..*model };
        Ok::<_, ErlangError>(targets.met_by(&busier.point(agents, targets.threshold_s)?))
    };
    let (mut low, mut high) = (0.0, 1.0);
    while carries(high)? && high < 1e6 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if carries(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(busyness_below(low, cv))
}

/// The least staff for which simulated days meet the target with the chance asked for, by bisection on the factor
/// that the forecast is multiplied by. `extra` agents, found necessary at the forecast itself, are kept on top.
///
/// # Errors
/// As [`DayPlan::required`].
pub fn for_chance(
    trial: &Trial<'_>,
    plan: &DayPlan,
    method: Method,
    extra: &[i64],
    (chance, cv): (f64, f64),
) -> Result<(ForChance, Tried), ErlangError> {
    let staffed = |factor: f64| {
        let required = plan.required(method, trial.targets, factor)?;
        let more = |(agents, extra): (&u32, &i64)| {
            let changed = (i64::from(*agents) + extra).max(i64::from(*agents > 0));
            u32::try_from(changed).unwrap_or(u32::MAX)
        };
        Ok::<Vec<u32>, ErlangError>(required.iter().zip(extra).map(more).collect())
    };
    let meets = |tried: &Tried| tried.days_met.value.is_some_and(|share| share >= chance);
    let mut low = 1.0_f64.min(busyness_quantile(0.5, cv));
    // Waits grow with the square of what is missing: more than the quantile itself is never needed by much.
    let mut high = busyness_quantile(chance, cv).max(1.0);
    let mut best = trial.run(&staffed(high)?);
    while !meets(&best) && high < 10.0 {
        (low, high) = (high, high * 1.1);
        best = trial.run(&staffed(high)?);
    }
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        let tried = trial.run(&staffed(middle)?);
        if meets(&tried) {
            (high, best) = (middle, tried);
        } else {
            low = middle;
        }
    }
    let found = ForChance { chance, factor: high, agents: staffed(high)?, days_met: best.days_met };
    Ok((found, best))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gamma with shape 4: P(X ≤ x) = 1 − e^{−4x} (1 + 4x + 8x² + 32x³/3).
    #[test]
    fn the_factor_of_a_day_has_the_gamma_law() {
        for x in [0.1, 0.5, 1.0, 1.7, 3.0_f64] {
            let poisson = 1.0 + 4.0 * x + 8.0 * x * x + 32.0 * x * x * x / 3.0;
            let exact = 1.0 - libm::exp(-4.0 * x) * poisson;
            assert!((busyness_below(x, 0.5) - exact).abs() < 1e-12, "{x}");
            assert!((busyness_quantile(exact, 0.5) / x - 1.0).abs() < 1e-9, "{x}");
        }
    }

    /// What is needed with a chance of 90 % is what the load of the 90th percentile needs.
    #[test]
    fn more_agents_meet_the_target_on_more_days() {
        let model = StaffModel { lambda: 53.0 / 180.0, handle_s: 180.0, theta: 1.0 / 120.0, redial: 0.0 };
        let targets = Targets::default();
        let average = model.needed_for(&targets).unwrap();
        assert!(targets.met_by(&model.point(average, 20.0).unwrap()));
        assert!(!targets.met_by(&model.point(average - 1, 20.0).unwrap()));
        let chance = |agents| chance_met(&model, agents, &targets, 0.2).unwrap();
        assert!((0.4..0.7).contains(&chance(average)), "{}", chance(average));
        let needed = (average..100).find(|agents| chance(*agents) >= 0.9).unwrap();
        let busy = StaffModel { lambda: model.lambda * busyness_quantile(0.9, 0.2), ..model };
        assert_eq!(needed, busy.needed_for(&targets).unwrap());
    }
}
