//! One figure of many replications: estimate, standard error, and how far it is from the reference.

use serde::Serialize;

use crate::metrics::ratio::normal_quantile;
use crate::validation::real;
use crate::validation::reference::Reference;

/// A figure as a function of the means of what each replication observed.
pub(super) type Figure = fn(&[f64]) -> f64;

/// A figure that a case is judged by.
#[derive(Debug, Clone)]
pub(super) struct Statistic {
    pub(super) name: String,
    pub(super) reference: Reference,
    pub(super) figure: Figure,
}

/// How one figure came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    pub case: String,
    pub statistic: String,
    /// File and row of the reference.
    pub source: String,
    pub reference: f64,
    /// How far the reference itself may be off: 0 for a computed one, more for a published simulation.
    pub reference_tolerance: f64,
    pub estimate: f64,
    pub standard_error: f64,
    /// Distance of the estimate from the reference (beyond its tolerance) as a standard normal deviate.
    pub z: f64,
    pub replications: u64,
    pub holds: bool,
}

impl Statistic {
    /// Judges the figure by what `replications` observed; |z| beyond `limit` does not hold.
    pub(super) fn judge(&self, case: &str, replications: &[Vec<f64>], limit: f64) -> Finding {
        let (estimate, standard_error) = jackknife(replications, self.figure);
        let count = replications.len() as u64;
        let Reference { value, tolerance, .. } = self.reference;
        let beyond = ((estimate - value).abs() - tolerance).max(0.0).copysign(estimate - value);
        let z = normal_deviate(beyond / standard_error, real(count) - 1.0);
        Finding {
            case: case.to_owned(),
            statistic: self.name.clone(),
            source: self.reference.source.clone(),
            reference: value,
            reference_tolerance: tolerance,
            estimate,
            standard_error,
            z,
            replications: count,
            // Written so that a figure that is no number does not hold.
            holds: z.abs() <= limit,
        }
    }
}

/// Estimate and standard error of a figure of means, by the jackknife: each replication is left out in turn.
/// For a ratio of sums this is the classical interval; it takes the bias of order 1/n off figures that are no
/// linear functions of the means (Miller, Biometrika 61 (1974) 1).
fn jackknife(replications: &[Vec<f64>], figure: Figure) -> (f64, f64) {
    let count = real(replications.len() as u64);
    let width = replications.first().map_or(0, Vec::len);
    let mut sums = vec![0.0; width];
    for row in replications {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    let means: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
    let all = figure(&means);
    let mut left = vec![0.0; width];
    let pseudo: Vec<f64> = replications
        .iter()
        .map(|row| {
            for (place, value) in row.iter().enumerate() {
                left[place] = (sums[place] - value) / (count - 1.0);
            }
            count * all - (count - 1.0) * figure(&left)
        })
        .collect();
    let mean = pseudo.iter().sum::<f64>() / count;
    let squares: f64 = pseudo.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (count - 1.0) / count).sqrt())
}

/// The standard normal deviate with the tail probability that `t` has under Student's law (Wallace, Annals of
/// Mathematical Statistics 30 (1959) 1124): one limit then serves any number of replications. Exact in the limit
/// of many, below 0.2 % off from 20 degrees of freedom on.
fn normal_deviate(t: f64, freedom: f64) -> f64 {
    let shrunk =
        (freedom * libm::log1p(t * t / freedom)).sqrt() * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0);
    if t == 0.0 { 0.0 } else { shrunk.copysign(t) }
}

/// Limit of |z| for one of `figures` figures, so that all together give a false alarm with probability `alarms`
/// at most (Šidák, Journal of the American Statistical Association 62 (1967) 626).
pub(super) fn limit(figures: usize, alarms: f64) -> f64 {
    let each = -libm::expm1(libm::log1p(-alarms) / real(figures.max(1) as u64));
    normal_quantile(1.0 - each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::ratio::student_quantile;
    use crate::random::Purpose;
    use crate::random::Seed;

    #[test]
    fn the_standard_error_of_a_ratio_is_that_of_its_residuals() {
        let rows: Vec<Vec<f64>> =
            [(10.0, 1.0), (20.0, 3.0), (15.0, 2.0), (12.0, 2.0)].map(|(n, k)| vec![n, k]).into();
        let (estimate, error) = jackknife(&rows, |x| x[1] / x[0]);
        // By hand: leave-one-out ratios 7/47, 5/37, 6/42, 6/45; all of them 8/57.
        let all = 8.0 / 57.0;
        let pseudo = [7.0 / 47.0, 5.0 / 37.0, 6.0 / 42.0, 6.0 / 45.0].map(|left: f64| 4.0 * all - 3.0 * left);
        let mean = pseudo.iter().sum::<f64>() / 4.0;
        let variance = pseudo.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3.0 / 4.0;
        assert!((estimate - mean).abs() < 1e-12 && (error - variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn the_jackknife_takes_the_bias_off_a_variance() {
        let mut stream = Seed(4).stream(Purpose::Attempt, 0);
        let mut mean = 0.0;
        for _ in 0..4_000 {
            let rows: Vec<Vec<f64>> = (0..10).map(|_| stream.normal()).map(|x| vec![x, x * x]).collect();
            mean += jackknife(&rows, |x| x[1] - x[0] * x[0]).0 / 4_000.0;
        }
        // The plain estimate is 0.9 in the mean; the standard error of this mean is 0.0075.
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
    }

    #[test]
    fn a_students_deviate_becomes_the_normal_one_of_the_same_probability() {
        for freedom in [20.0, 59.0, 400.0] {
            for confidence in [0.9, 0.99, 0.999_9] {
                let z = normal_deviate(student_quantile(confidence, freedom), freedom);
                let expected = normal_quantile(confidence);
                assert!((z / expected - 1.0).abs() < 2e-3, "{freedom}, {confidence}: {z}, not {expected}");
            }
        }
    }

    #[test]
    fn the_limit_grows_with_the_number_of_figures() {
        // 1 − (1 − 0.001)^(1/100) = 1.000 5e-5: 4.417 standard deviations.
        assert!((limit(100, 0.001) - 4.417).abs() < 1e-3, "{}", limit(100, 0.001));
        assert!(limit(1, 0.05) > 1.9599 && limit(1, 0.05) < 1.96);
    }

    #[test]
    fn what_is_no_number_does_not_hold() {
        let reference = Reference { value: 1.0, tolerance: 0.0, source: String::new() };
        let statistic = Statistic { name: "ratio".to_owned(), reference, figure: |x| x[0] / x[1] };
        let nothing = vec![vec![0.0, 0.0]; 10];
        assert!(!statistic.judge("empty", &nothing, 4.0).holds);
    }
}
