//! Modified offered load: the load that a changing arrival rate would put on an infinite group, mean of
//! M_t/G/∞ (Eick, Massey and Whitt, Operations Research 41 (1993) 731; Jennings, Mandelbaum, Massey and Whitt 1996).
//!
//! m(t) = E[λ(t − S_e)]·E[S]. The busiest load comes after the busiest rate and is lower; the pointwise λ(t)s has it
//! neither later nor lower.

use crate::erlang::{ErlangError, checked, not_negative, positive};

/// λ(t) = mean + amplitude·sin(2πt/period), per unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinusoidalRate {
    mean: f64,
    amplitude: f64,
    period: f64,
}

/// Loads in erlangs at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfferedLoad {
    /// λ(t).
    pub rate: f64,
    /// λ(t)s, as if the rate had been the same for ever.
    pub pointwise: f64,
    /// m(t) with exponential holding times.
    pub exponential: f64,
    /// m(t) with constant holding times.
    pub deterministic: f64,
}

impl SinusoidalRate {
    /// `mean` 0 or more, |`amplitude`| at most the mean, `period` over 0.
    pub fn new(mean: f64, amplitude: f64, period: f64) -> Result<Self, ErlangError> {
        let mean = not_negative("mean rate", mean)?;
        let amplitude =
            checked("rate amplitude", amplitude, "at most the mean rate, or the rate falls below 0", |x| {
                x.abs() <= mean
            })?;
        Ok(Self { mean, amplitude, period: positive("period", period)? })
    }

    /// λ(`t`), 0 or more.
    #[must_use]
    pub fn rate(&self, t: f64) -> f64 {
        self.around(self.amplitude, t / self.period)
    }

    /// The loads at `t` for holding times of mean `mean_service` (over 0), in the unit of the period.
    pub fn load(&self, mean_service: f64, t: f64) -> Result<OfferedLoad, ErlangError> {
        let s = positive("mean service time", mean_service)?;
        let turns = checked("t", t, "a number", |_| true)? / self.period;
        let rate = self.rate(t);
        let angle = std::f64::consts::TAU * s / self.period;
        // Exponential: the amplitude shrinks by √(1 + (ωs)²) and lags by atan(ωs).
        let shrunk = 1.0 / (1.0 + angle * angle);
        let swing = sine(turns) - angle * sine(turns + 0.25);
        // Constant: the mean of λ over the last s.
        let half = 0.5 * s / self.period;
        let smooth = sine(half) / (0.5 * angle);
        Ok(OfferedLoad {
            rate,
            pointwise: rate * s,
            exponential: s * (self.mean + self.amplitude * shrunk * swing),
            deterministic: s * self.around(self.amplitude * smooth, turns - half),
        })
    }

    /// mean + `amplitude`·sin(2π`turns`), where the two nearly cancel as sum of positive parts.
    fn around(&self, amplitude: f64, turns: f64) -> f64 {
        let size = amplitude.abs();
        let shift = if amplitude < 0.0 { -0.25 } else { 0.25 };
        // 1 ± sin x = 2 sin²(x/2 ± π/4).
        let wave = sine(0.5 * (turns - turns.floor() + shift));
        (self.mean - size) + 2.0 * size * wave * wave
    }
}

/// sin(2π`turns`), exact at the quarters.
fn sine(turns: f64) -> f64 {
    let turn = turns - turns.floor();
    let (sign, half) = if turn >= 0.5 { (-1.0, turn - 0.5) } else { (1.0, turn) };
    let quarter = if half > 0.25 { 0.5 - half } else { half };
    let angle = std::f64::consts::TAU * if quarter > 0.125 { 0.25 - quarter } else { quarter };
    sign * if quarter > 0.125 { libm::cos(angle) } else { libm::sin(angle) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_is_its_own_load() {
        let load = SinusoidalRate::new(30.0, 0.0, 24.0).unwrap().load(0.5, 7.3).unwrap();
        for erlangs in [load.pointwise, load.exponential, load.deterministic] {
            assert!((erlangs - 15.0).abs() < 1e-14);
        }
    }

    /// Mean handle time 15 min, a 2-hour cycle, 12.5 ± 7.5 erlangs: the true peak is 18.4, 12.7 min late.
    #[test]
    fn the_busiest_load_comes_later_and_lower_than_the_busiest_rate() {
        let rate = SinusoidalRate::new(50.0, 30.0, 2.0).unwrap();
        let minute = |m: u32| rate.load(0.25, f64::from(m) / 600.0).unwrap().exponential;
        let peak = (0..1_200).max_by(|a, b| minute(*a).total_cmp(&minute(*b))).unwrap();
        assert!((minute(peak) - 18.4).abs() < 0.05, "{}", minute(peak));
        assert!((f64::from(peak) / 10.0 - 30.0 - 12.7).abs() < 0.2, "{peak}");
    }

    #[test]
    fn quarters_of_a_turn_are_exact() {
        for (turn, exact) in [(0.0, 0.0), (0.25, 1.0), (0.5, 0.0), (0.75, -1.0), (1.0, 0.0), (-0.25, -1.0)] {
            assert!((sine(turn) - exact).abs() < 1e-300, "{turn}");
        }
        assert!((sine(1.0 / 12.0) - 0.5).abs() < 1e-16);
        let idle = SinusoidalRate::new(30.0, 30.0, 1.0).unwrap();
        assert!(idle.rate(0.75).abs() < 1e-300 && idle.rate(7.75).abs() < 1e-300);
        assert!(SinusoidalRate::new(30.0, 31.0, 1.0).is_err());
    }
}
