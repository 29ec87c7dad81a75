//! Distributions of durations.

use std::ops::RangeInclusive;

use crate::random::Distribution;
use crate::scenario::document::DistributionValue;
use crate::scenario::document::MeanCvDocument;
use crate::scenario::document::Written;
use crate::scenario::resolve::Resolver;
use crate::units::Period;

const LAWS: &str = "constant, exponential, lognormal, uniform, gamma, weibull, empirical";
/// Coefficients of variation and shapes that people's durations can have.
const SHAPES: RangeInclusive<f64> = 0.01..=100.0;
/// Returned where a mistake has been noted: the scenario is refused anyway.
const NOTHING: Distribution = Distribution::Constant { seconds: 0.0 };

impl Resolver<'_> {
    /// The law written at `path`.
    pub(super) fn law(&mut self, value: &DistributionValue, path: &str) -> Distribution {
        let law = match value {
            Written::Text(period) => return Distribution::Constant { seconds: period.seconds() },
            Written::List(never) => match *never {},
            Written::Keys(law) => law,
        };
        self.exactly_one_key(path, LAWS);
        if let Some(constant) = law.constant {
            return Distribution::Constant { seconds: constant.seconds() };
        }
        if let Some(exponential) = &law.exponential {
            let mean = self.positive(exponential.mean, &format!("{path}.exponential.mean"));
            return Distribution::Exponential { mean };
        }
        if let Some(lognormal) = &law.lognormal {
            let (mean, cv) = self.mean_and_cv(lognormal, &format!("{path}.lognormal"));
            return Distribution::LogNormal { mean, cv };
        }
        if let Some(gamma) = &law.gamma {
            let (mean, cv) = self.mean_and_cv(gamma, &format!("{path}.gamma"));
            return Distribution::Gamma { mean, cv };
        }
        if let Some(bounds) = &law.uniform {
            let min =
                self.required(bounds.min, &format!("{path}.uniform.min"), "10s").map_or(0.0, Period::seconds);
            let max =
                self.required(bounds.max, &format!("{path}.uniform.max"), "50s").map_or(min, Period::seconds);
            if max < min {
                self.wrong(&format!("{path}.uniform"), "`max` lies below `min`; exchange them");
            }
            return Distribution::Uniform { min, max };
        }
        if let Some(weibull) = &law.weibull {
            let place = format!("{path}.weibull");
            let shape = self.required(weibull.shape, &format!("{place}.shape"), "1.5").unwrap_or(1.0);
            let shape = self.within(shape, SHAPES, &format!("{place}.shape"));
            return Distribution::Weibull {
                shape,
                scale: self.positive(weibull.scale, &format!("{place}.scale")),
            };
        }
        let Some(values) = &law.empirical else { return NOTHING };
        if values.is_empty() {
            self.wrong(&format!("{path}.empirical"), "the list is empty; write values as [10s, 3m]");
            return NOTHING;
        }
        Distribution::Empirical { seconds: values.iter().map(|value| value.seconds()).collect() }
    }

    /// The law written, or this constant, which is then written.
    pub(super) fn law_or(
        &mut self,
        slot: &mut Option<DistributionValue>,
        default: Period,
        path: &str,
    ) -> Distribution {
        let value = slot.get_or_insert(Written::Text(default)).clone();
        self.law(&value, path)
    }

    fn mean_and_cv(&mut self, document: &MeanCvDocument, path: &str) -> (f64, f64) {
        let mean = self.positive(document.mean, &format!("{path}.mean"));
        let cv = self.required(document.cv, &format!("{path}.cv"), "1.2").unwrap_or(1.0);
        (mean, self.within(cv, SHAPES, &format!("{path}.cv")))
    }

    /// A duration in seconds that must be there and longer than 0.
    pub(super) fn positive(&mut self, period: Option<Period>, path: &str) -> f64 {
        let seconds = self.required(period, path, "180s").map_or(1.0, Period::seconds);
        if seconds <= 0.0 {
            self.wrong(path, "0s is too short; write for example 180s");
        }
        seconds
    }
}
