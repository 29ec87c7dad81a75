//! Peaked traffic on a loss group: three approximations, none of them the truth.
//!
//! - Fredericks–Hayward: B(N/z, m/z) (Fredericks, BSTJ 59 (1980)).
//! - Equivalent random traffic (Wilkinson, BSTJ 35 (1956) 421): the traffic is taken for the overflow of A* erlangs
//!   from N* circuits that has its mean m and variance zm. Kosten's variance gives N* = A*(m + z)/(m + z − 1) − m − 1;
//!   A*B(N*, A*) = m is then one equation in A*. The loss is A*B(N* + N, A*)/m.
//! - The same with Rapp's start A* ≈ v + 3z(z − 1) in place of the root (Rapp, Ericsson Technics 20 (1964)).
//!
//! They differ by up to 40 % in the tail: whoever shows one must name it. Smooth traffic (z < 1) gives negative N*,
//! for which Fortet's integral still defines B (Bretschneider 1973).

use crate::erlang::double_double::DoubleDouble;
use crate::erlang::erlang_b;
use crate::erlang::erlang_b::inverse_blocking;
use crate::erlang::root;
use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, checked, positive, proportion, servers_within, smallest_number};

/// Traffic with a mean and a variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeakedTraffic {
    /// m, over 0.
    pub mean_erlangs: f64,
    /// z, variance over mean of the busy servers in an infinite group: over 0; 1 for Poisson arrivals.
    pub peakedness: f64,
}

/// A* erlangs and N* circuits whose overflow stands for the peaked traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquivalentRandom {
    /// A*.
    pub erlangs: f64,
    /// N*, real; negative for smooth traffic.
    pub servers: f64,
}

impl PeakedTraffic {
    /// Checked; the arguments as the fields.
    pub fn new(mean_erlangs: f64, peakedness: f64) -> Result<Self, ErlangError> {
        let mean_erlangs = positive("mean_erlangs", mean_erlangs)?;
        let peakedness = positive("peakedness", peakedness)?;
        Ok(Self { mean_erlangs, peakedness })
    }

    /// Loss on `servers` (fractions allowed) by Fredericks and Hayward, 0 to 1.
    pub fn hayward_blocking(&self, servers: f64) -> Result<f64, ErlangError> {
        let servers = servers_within("servers", servers)?;
        let z = self.peakedness;
        Ok(erlang_b::erlang_b(servers / z, self.mean_erlangs / z)?.blocking)
    }

    /// Wilkinson's equivalent group, exactly. None exists where m + z ≤ 1, nor for some very smooth traffic.
    pub fn equivalent_random(&self) -> Result<EquivalentRandom, ErlangError> {
        let (m, z) = (self.mean_erlangs, self.peakedness);
        if z.total_cmp(&1.0).is_eq() {
            return Ok(EquivalentRandom { erlangs: m, servers: 0.0 });
        }
        self.check_sum()?;
        // ln of the overflow's mean over m: falls through 0 as A* grows.
        let excess = |erlangs: f64| {
            (Wide::new(erlangs / m) / inverse_blocking(self.servers_of(erlangs), erlangs)).ln()
        };
        let alone = (m + 1.0) * (m + z - 1.0) / (m + z);
        let (mut low, mut high) = (alone, alone.max(rapp_erlangs(m, z)));
        if z > 1.0 {
            while excess(high) > 0.0 {
                high *= 1.5;
            }
        } else {
            while excess(low) < 0.0 {
                low *= 0.75;
                checked("peakedness", if low > 1e-3 * alone { z } else { f64::NAN }, SMOOTHEST, |_| true)?;
            }
        }
        let near = root::increasing(low, high, |erlangs| Ok::<_, ErlangError>(-excess(erlangs)))?;
        Ok(self.refined(near, (excess(near * (1.0 + 1e-6)) - excess(near * (1.0 - 1e-6))) / 2e-6))
    }

    /// The root near `near`, where the logarithm of the mean changes by `slope` with that of A*. The root is so flat
    /// for large groups that doubles leave it uncertain in its eleventh digit: Newton's steps in twice the precision.
    fn refined(&self, near: f64, slope: f64) -> EquivalentRandom {
        let (m, z) = (DoubleDouble::from(self.mean_erlangs), DoubleDouble::from(self.peakedness));
        let one = DoubleDouble::ONE;
        let servers = |erlangs: DoubleDouble| erlangs * (m + z) / (m + z - one) - m - one;
        let mut erlangs = DoubleDouble::from(near);
        for _ in 0..4 {
            let inverse = inverse_blocking_exactly(servers(erlangs), erlangs);
            // ln(1 + e) of the small relative excess e, to its second order.
            let excess = (erlangs / (m * inverse) - one).to_f64();
            let step = excess * (1.0 - 0.5 * excess) / slope;
            if step.is_nan() || step.abs() >= 1e-3 {
                break;
            }
            erlangs = erlangs * (one - DoubleDouble::from(step));
        }
        EquivalentRandom { erlangs: erlangs.to_f64(), servers: servers(erlangs).to_f64() }
    }

    /// Rapp's approximation of the equivalent group.
    pub fn rapp(&self) -> Result<EquivalentRandom, ErlangError> {
        let (m, z) = (self.mean_erlangs, self.peakedness);
        if z.total_cmp(&1.0).is_eq() {
            return Ok(EquivalentRandom { erlangs: m, servers: 0.0 });
        }
        self.check_sum()?;
        let erlangs = positive("rapp_A", rapp_erlangs(m, z))?;
        Ok(EquivalentRandom { erlangs, servers: self.servers_of(erlangs) })
    }

    /// Loss on `servers` behind the group `equivalent`, 0 to 1 (Rapp's may exceed 1 a little on very few servers).
    pub fn blocking_behind(&self, equivalent: EquivalentRandom, servers: f64) -> Result<f64, ErlangError> {
        let servers = servers_within("servers", servers)?;
        let inverse = inverse_blocking(equivalent.servers + servers, equivalent.erlangs);
        Ok((Wide::new(equivalent.erlangs / self.mean_erlangs) / inverse).to_f64())
    }

    /// The smallest whole number of circuits that lose at most `target` by Fredericks and Hayward.
    pub fn min_servers_hayward(&self, target: f64) -> Result<u32, ErlangError> {
        smallest(target, |servers| self.hayward_blocking(servers))
    }

    /// The smallest whole number of circuits that lose at most `target` by Wilkinson's equivalent random traffic.
    pub fn min_servers_equivalent(&self, target: f64) -> Result<u32, ErlangError> {
        let equivalent = self.equivalent_random()?;
        smallest(target, |servers| self.blocking_behind(equivalent, servers))
    }

    /// N* of A*, from the variance.
    fn servers_of(&self, erlangs: f64) -> f64 {
        let (m, z) = (self.mean_erlangs, self.peakedness);
        // A*(m + z)/(m + z − 1) − m − 1, without subtracting large numbers of one size.
        (erlangs - m) + (erlangs / (m + z - 1.0) - 1.0)
    }

    fn check_sum(&self) -> Result<(), ErlangError> {
        let sum = self.mean_erlangs + self.peakedness;
        let allowed = "over 1, or no overflow has this mean and peakedness";
        checked("mean_erlangs + peakedness", sum, allowed, |sum| sum > 1.0).map(|_| ())
    }
}

const SMOOTHEST: &str = "nearer to 1: no equivalent random traffic is so smooth";

/// 1/B in twice the precision: falling factorials down to the fraction f, then A·e^A A^{−a} Γ(a, A), a = f + 1, by its
/// continued fraction (DLMF 8.9.2) from the far end.
fn inverse_blocking_exactly(servers: DoubleDouble, erlangs: DoubleDouble) -> DoubleDouble {
    let one = DoubleDouble::ONE;
    let (mut term, mut sum, mut left) = (one, DoubleDouble::ZERO, servers);
    while left.to_f64() >= 1.0 {
        sum = sum + term;
        term = term * left / erlangs;
        left = left - one;
        let falls = left.to_f64() < erlangs.to_f64();
        if falls && (term * left).to_f64() < 1e-33 * ((erlangs - left) * sum).to_f64() {
            return sum + term;
        }
    }
    let a = left + one;
    // Terms for 32 digits: the fraction converges like e^{−4√(kA)}.
    let terms = (400.0 / erlangs.to_f64()).clamp(20.0, 1e5) + 20.0;
    let mut k = terms.floor();
    let mut tail = erlangs + DoubleDouble::from(2.0 * k + 1.0) - a;
    while k >= 1.0 {
        let numerator = DoubleDouble::from(k) * (DoubleDouble::from(k) - a);
        tail = erlangs + DoubleDouble::from(2.0 * k - 1.0) - a - numerator / tail;
        k -= 1.0;
    }
    sum + term * erlangs / tail
}

fn rapp_erlangs(m: f64, z: f64) -> f64 {
    m * z + 3.0 * z * (z - 1.0)
}

fn smallest(target: f64, loss: impl Fn(f64) -> Result<f64, ErlangError>) -> Result<u32, ErlangError> {
    let target = proportion("target_blocking", target)?;
    smallest_number(1, |servers| Ok(loss(f64::from(servers))? <= target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::overflow::overflow_moments;

    #[test]
    fn the_equivalent_group_of_an_overflow_is_the_group_it_came_from() {
        for (servers, erlangs) in [(30.0, 24.0), (5.0, 8.0), (200.0, 210.0)] {
            let moments = overflow_moments(servers, erlangs).unwrap();
            let traffic = PeakedTraffic::new(moments.mean, moments.peakedness).unwrap();
            let found = traffic.equivalent_random().unwrap();
            assert!((found.erlangs / erlangs - 1.0).abs() < 1e-9, "{servers} {erlangs}: {found:?}");
            assert!((found.servers - servers).abs() < 1e-8 * servers, "{servers} {erlangs}: {found:?}");
            let loss = traffic.blocking_behind(found, 20.0).unwrap();
            let whole = erlang_b::erlang_b(servers + 20.0, erlangs).unwrap().blocking * erlangs;
            assert!((loss * moments.mean / whole - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn peakedness_costs_circuits_and_smoothness_saves_some() {
        let needed = |z: f64| {
            let traffic = PeakedTraffic::new(50.0, z).unwrap();
            [traffic.min_servers_hayward(0.01).unwrap(), traffic.min_servers_equivalent(0.01).unwrap()]
        };
        let poisson = erlang_b::min_servers(50.0, 0.01).unwrap().0;
        assert_eq!(needed(1.0), [poisson; 2]);
        assert!(needed(2.0).iter().all(|&n| n > poisson + 3), "{:?}", needed(2.0));
        assert!(needed(0.7).iter().all(|&n| n < poisson), "{:?}", needed(0.7));
    }

    #[test]
    fn smooth_traffic_has_a_negative_group() {
        let traffic = PeakedTraffic::new(20.0, 0.8).unwrap();
        let found = traffic.equivalent_random().unwrap();
        assert!(found.servers < 0.0 && found.erlangs < 20.0, "{found:?}");
        let mean = (Wide::new(found.erlangs) / inverse_blocking(found.servers, found.erlangs)).to_f64();
        assert!((mean / 20.0 - 1.0).abs() < 1e-11, "{mean}");
        assert!(PeakedTraffic::new(0.3, 0.5).unwrap().equivalent_random().is_err());
    }
}
