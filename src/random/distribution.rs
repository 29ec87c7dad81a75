//! Distributions of people's durations: talk time, patience, answer delay, wrap-up.

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time;
use crate::time::Duration;

/// Draws that stand for a law without closed form.
const DRAWS: u32 = 1 << 16;

/// A distribution of durations. Parameters are in seconds, finite and not negative; the scenario's
/// loader is the only maker and has checked them.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant { seconds: f64 },
    /// Memoryless, with this mean.
    Exponential { mean: f64 },
    /// Log-normal with this mean and coefficient of variation (standard deviation over mean).
    LogNormal { mean: f64, cv: f64 },
    /// Uniform between the two.
    Uniform { min: f64, max: f64 },
    /// Gamma with this mean and coefficient of variation.
    Gamma { mean: f64, cv: f64 },
    /// Weibull with this shape and scale.
    Weibull { shape: f64, scale: f64 },
    /// One of these values, each equally likely.
    Empirical { seconds: Vec<f64> },
    /// As `law` says, but no longer than `most` seconds: calls that are cut off.
    Capped { law: Box<Self>, most: f64 },
}

impl Distribution {
    /// Draws one duration.
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> Duration {
        time::duration(self.sample_seconds(stream))
    }

    #[inline]
    fn sample_seconds(&self, stream: &mut Stream) -> f64 {
        match self {
            Self::Constant { seconds } => *seconds,
            Self::Exponential { mean } => mean * stream.exponential(),
            _ => self.sample_rarer(stream),
        }
    }

    /// The laws that callers and agents seldom have.
    #[inline(never)]
    fn sample_rarer(&self, stream: &mut Stream) -> f64 {
        match self {
            Self::Constant { .. } | Self::Exponential { .. } => self.sample_seconds(stream),
            Self::LogNormal { mean, cv } => {
                let variance = libm::log1p(cv * cv);
                mean * libm::exp(libm::sqrt(variance) * stream.normal() - variance / 2.0)
            }
            Self::Uniform { min, max } => min + (max - min) * stream.unit(),
            Self::Gamma { mean, cv } => gamma(stream, 1.0 / (cv * cv)) * mean * cv * cv,
            Self::Weibull { shape, scale } => scale * libm::pow(stream.exponential(), 1.0 / shape),
            Self::Empirical { seconds } => seconds[index(stream, seconds.len())],
            Self::Capped { law, most } => law.sample_seconds(stream).min(*most),
        }
    }

    /// The mean, in seconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant { seconds } => *seconds,
            Self::Exponential { mean } | Self::LogNormal { mean, .. } | Self::Gamma { mean, .. } => *mean,
            Self::Uniform { min, max } => f64::midpoint(*min, *max),
            Self::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Self::Empirical { seconds } => seconds.iter().sum::<f64>() / len(seconds),
            Self::Capped { law, most } => match **law {
                Self::Constant { seconds } => seconds.min(*most),
                Self::Exponential { mean } => -mean * libm::expm1(-most / mean),
                _ => self.drawn().0,
            },
        }
    }

    /// Mean and standard deviation of draws from a stream of their own, where no closed form is at hand.
    fn drawn(&self) -> (f64, f64) {
        let mut stream = Seed(0).stream(Purpose::Attempt, u64::MAX);
        let draws: Vec<f64> = (0..DRAWS).map(|_| self.sample_seconds(&mut stream)).collect();
        let mean = draws.iter().sum::<f64>() / len(&draws);
        let square = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / len(&draws);
        (mean, libm::sqrt(square))
    }

    /// The coefficient of variation: standard deviation over mean. 1 for the exponential, 0 for a constant.
    #[must_use]
    pub fn cv(&self) -> f64 {
        match self {
            Self::Constant { .. } => 0.0,
            Self::Exponential { .. } => 1.0,
            Self::LogNormal { cv, .. } | Self::Gamma { cv, .. } => *cv,
            // Between equal bounds, both of them 0 perhaps, lies a constant.
            Self::Uniform { min, max } => (max - min) / 12_f64.sqrt() / self.mean().max(f64::MIN_POSITIVE),
            Self::Weibull { shape, .. } => {
                let first = libm::tgamma(1.0 + 1.0 / shape);
                (libm::tgamma(1.0 + 2.0 / shape) / (first * first) - 1.0).max(0.0).sqrt()
            }
            Self::Empirical { seconds } => {
                let mean = self.mean();
                let square = seconds.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / len(seconds);
                square.sqrt() / mean
            }
            Self::Capped { .. } => {
                let (mean, spread) = self.drawn();
                spread / mean.max(f64::MIN_POSITIVE)
            }
        }
    }
}

/// A gamma variate with this shape and scale 1 (Marsaglia and Tsang, ACM TOMS 26 (2000) 363).
pub(crate) fn gamma(stream: &mut Stream, shape: f64) -> f64 {
    if shape < 1.0 {
        let boosted = gamma(stream, shape + 1.0);
        return boosted * libm::pow(stream.open_unit(), 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    loop {
        let x = stream.normal();
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if libm::log(stream.open_unit()) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return d * v;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "below the length of a slice")]
fn index(stream: &mut Stream, length: usize) -> usize {
    stream.below(length as u64) as usize
}

#[expect(clippy::cast_precision_loss, reason = "a list of 2^53 values does not fit in memory")]
fn len(values: &[f64]) -> f64 {
    values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sample mean and standard deviation of every law agree with the stated ones within 4 sigma.
    #[test]
    fn samples_have_the_stated_mean_and_spread() {
        let laws = [
            Distribution::Constant { seconds: 30.0 },
            Distribution::Exponential { mean: 180.0 },
            Distribution::LogNormal { mean: 180.0, cv: 1.2 },
            Distribution::Uniform { min: 10.0, max: 50.0 },
            Distribution::Gamma { mean: 60.0, cv: 0.5 },
            Distribution::Gamma { mean: 60.0, cv: 1.5 },
            Distribution::Weibull { shape: 1.5, scale: 100.0 },
            Distribution::Empirical { seconds: vec![1.0, 2.0, 6.0] },
            Distribution::Capped { law: Box::new(Distribution::Exponential { mean: 180.0 }), most: 120.0 },
        ];
        for law in laws {
            let mut stream = Seed(7).stream(Purpose::Attempt, 0);
            let draws: Vec<f64> = (0..200_000).map(|_| law.sample(&mut stream).as_secs_f64()).collect();
            let mean = draws.iter().sum::<f64>() / 2e5;
            let spread = law.cv() * law.mean();
            let tolerance = 4.0 * spread / 2e5_f64.sqrt() + 1e-9;
            assert!((mean - law.mean()).abs() < tolerance, "{law:?}: mean {mean}");
            let sample_spread = (draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2e5).sqrt();
            assert!((sample_spread - spread).abs() <= 0.03 * spread, "{law:?}: spread {sample_spread}");
        }
    }
}
