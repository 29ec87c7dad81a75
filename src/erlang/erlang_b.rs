//! Erlang B: calls that find every circuit busy are lost (Erlang 1917).
//!
//! With 1/B as the sum Σ_j n!/((n − j)! A^j), each term follows from the one before by the factor
//! (n − j + 1)/A, and summing stops when the rest is negligible: O(√n) near A ≈ n. Fractional n ends the same
//! sum with 1/B(f, A) of its fractional part f, Fortet's integral A∫₀^∞ e^{−At}(1 + t)^f dt (Jagerman, BSTJ 53
//! (1974) 525), which is e^A A^{−f} Γ(f + 1, A).

use statrs::function::gamma::gamma;

use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, MOST_SERVERS, checked, positive, proportion, servers_within};

/// What n circuits do with A erlangs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangB {
    /// Share of calls lost, 0 to 1; 0 if below the smallest double.
    pub blocking: f64,
    /// Its decimal logarithm, right however small it is.
    pub log10_blocking: f64,
    pub carried_erlangs: f64,
}

/// Erlang B of `servers` circuits (0 to [`MOST_SERVERS`], fractions allowed) offered `erlangs` (over 0).
pub fn erlang_b(servers: f64, erlangs: f64) -> Result<ErlangB, ErlangError> {
    let servers = servers_within("servers", servers)?;
    let erlangs = positive("erlangs", erlangs)?;
    checked("erlangs", erlangs, "greater than 1e-200", |a| a > LEAST_ERLANGS)?;
    let excess = inverse_excess(servers, erlangs);
    let inverse = Wide::ONE + excess;
    Ok(ErlangB {
        blocking: (Wide::ONE / inverse).to_f64(),
        log10_blocking: 0.0 - log10_of_one_and(excess),
        carried_erlangs: (excess / inverse).to_f64() * erlangs,
    })
}

/// log₁₀(1 + x), with all digits where x is small.
fn log10_of_one_and(excess: Wide) -> f64 {
    let small = excess.to_f64();
    if small < 0.5 { libm::log1p(small) * std::f64::consts::LOG10_E } else { (Wide::ONE + excess).log10() }
}

/// Blocking of a whole number of circuits; 0 erlangs are never blocked (but for 0 circuits).
#[must_use]
pub fn blocking(servers: u32, erlangs: f64) -> f64 {
    if servers == 0 {
        return 1.0;
    }
    erlang_b(f64::from(servers), erlangs).map_or(0.0, |result| result.blocking)
}

/// The traffic that `servers` circuits (1 or more) carry with exactly `target` blocking.
///
/// Newton's method on ln B against ln A, d ln B / d ln A = n − A(1 − B), kept inside a shrinking bracket.
pub fn max_erlangs(servers: f64, target: f64) -> Result<f64, ErlangError> {
    let servers = positive("servers", servers)?;
    let target = proportion("target_blocking", target)?;
    // B ≥ 1 − n/A, so that this much traffic is blocked at least as often as the target.
    let (mut low, mut high) = (0.0_f64, servers / (1.0 - target));
    let wanted = target.log10();
    let mut erlangs = high.min(servers);
    for _ in 0..200 {
        let inverse = Wide::ONE + inverse_excess(servers, erlangs);
        let error = -inverse.log10() - wanted;
        if error > 0.0 {
            high = erlangs;
        } else {
            low = erlangs;
        }
        let slope = servers - erlangs * (1.0 - (Wide::ONE / inverse).to_f64());
        let newton = erlangs * (-error * std::f64::consts::LN_10 / slope).exp();
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - erlangs).abs() <= 2.0 * f64::EPSILON * erlangs {
            return Ok(next);
        }
        erlangs = next;
    }
    Ok(erlangs)
}

/// The smallest whole number of circuits that block at most `target` of `erlangs`, and how much they block.
pub fn min_servers(erlangs: f64, target: f64) -> Result<(u32, f64), ErlangError> {
    let erlangs = positive("erlangs", erlangs)?;
    let target = proportion("target_blocking", target)?;
    let mut blocking = 1.0;
    for servers in 1..=MOST_SERVERS {
        blocking = erlangs * blocking / (f64::from(servers) + erlangs * blocking);
        if blocking <= target {
            return Ok((servers, self::blocking(servers, erlangs)));
        }
    }
    Err(ErlangError::OutOfReach { limit: MOST_SERVERS })
}

/// 1/B for any real n, also below 0, and A > 0: there Fortet's integral is A·e^A A^{−a} Γ(a, A) with a = n + 1.
pub(super) fn inverse_blocking(servers: f64, erlangs: f64) -> Wide {
    if servers < 0.0 {
        return Wide::new(erlangs * upper_gamma_fraction(servers + 1.0, erlangs));
    }
    Wide::ONE + inverse_excess(servers, erlangs)
}

/// 1/B − 1, for n ≥ 0 and A > 0.
pub(super) fn inverse_excess(servers: f64, erlangs: f64) -> Wide {
    // The sum of falling factorials and its last term, both times 2^scale: plain doubles, since this is what a
    // million values take their time for.
    let (mut term, mut excess, mut scale) = (1.0_f64, 0.0_f64, Wide::ONE);
    let (mut left, erlangs) = (servers, erlangs.max(LEAST_ERLANGS));
    while left >= 1.0 {
        term *= left / erlangs;
        left -= 1.0;
        while term > LARGE {
            term *= SMALL;
            excess *= SMALL;
            scale = scale * Wide::new(LARGE);
        }
        if left < 1.0 && servers.fract() > 0.0 {
            break;
        }
        excess += term;
        // The rest falls at least geometrically once the ratio is below 1. Where the sum has been scaled, the 1
        // beside it is long negligible.
        if left < erlangs && term * left <= 1e-18 * (erlangs - left) * excess {
            return scale * excess;
        }
    }
    if servers.fract() == 0.0 {
        return scale * excess;
    }
    let rest = Wide::ONE + fraction_excess(left, erlangs);
    if servers < 1.0 { fraction_excess(left, erlangs) } else { scale * excess + scale * rest * term }
}

/// Less traffic is none: ratios of servers to it would leave a double's range.
pub(super) const LEAST_ERLANGS: f64 = 1e-200;
/// A power of two far from both ends of a double, and its inverse.
const LARGE: f64 = 1.157_920_892_373_162e77;
const SMALL: f64 = 1.0 / LARGE;

/// 1/B(f, A) − 1 for 0 ≤ f < 1.
fn fraction_excess(fraction: f64, erlangs: f64) -> Wide {
    if fraction == 0.0 {
        return Wide::ZERO;
    }
    if erlangs < 1.5 {
        let upper = gamma(fraction + 1.0) - lower_gamma(fraction + 1.0, erlangs);
        return Wide::new((erlangs.exp() * erlangs.powf(-fraction) * upper - 1.0).max(0.0));
    }
    // e^A A^{-f} Γ(f + 1, A) = A · 1/(A + 1 − a − 1(1 − a)/(A + 3 − a − …)) with a = f + 1 (DLMF 8.9.2), and
    // one step of Γ(f + 1, A) = fΓ(f, A) + A^f e^{−A} takes the 1 away without loss.
    Wide::new(fraction * upper_gamma_fraction(fraction, erlangs))
}

#[expect(clippy::many_single_char_names, reason = "the letters of Lentz's algorithm in every book")]
/// e^x x^{−a} Γ(a, x) by Lentz's continued fraction, x ≥ 1.5.
fn upper_gamma_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..10_000_u32 {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        h *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

/// γ(a, x) by its power series, x small.
fn lower_gamma(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut n = a;
    while term > sum * 1e-18 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    x.powf(a) * (-x).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_circuits_block_the_published_shares() {
        for (erlangs, percent) in [(20.0, 0.85), (24.0, 4.0), (28.0, 9.8)] {
            let share = 100.0 * blocking(30, erlangs);
            assert!((share - percent).abs() < 0.05, "{erlangs} E: {share} %");
        }
    }

    #[test]
    fn inverses_undo_the_formula() {
        for (servers, target) in [(1, 0.001), (10, 0.01), (30, 0.04), (1_000, 1e-9), (100_000, 0.5)] {
            let erlangs = max_erlangs(f64::from(servers), target).unwrap();
            assert!((blocking(servers, erlangs) / target - 1.0).abs() < 1e-9, "{servers} {target}");
        }
        assert_eq!(min_servers(33.333, 0.01).unwrap().0, 45, "the vendor's table says 45");
        assert_eq!(min_servers(158.333, 0.03).unwrap().0, 168);
    }

    #[test]
    fn whole_and_fractional_circuits_join_smoothly() {
        let at = |servers: f64| erlang_b(servers, 24.0).unwrap().blocking;
        let step = at(30.0 + 1e-9) / at(30.0) - 1.0;
        assert!(step.abs() < 1e-8, "{step}");
        let geometric = f64::midpoint(at(29.5).ln(), at(30.5).ln()) - at(30.0).ln();
        assert!(geometric.abs() < 1e-2, "{geometric}");
    }

    #[test]
    fn nonsense_is_refused_in_a_sentence() {
        let message = erlang_b(-1.0, 24.0).unwrap_err().to_string();
        assert_eq!(message, "servers is -1, but must be from 0 to 10000000");
        assert!(erlang_b(30.0, 0.0).is_err() && erlang_b(30.0, f64::NAN).is_err());
        assert!(max_erlangs(30.0, 1.0).is_err() && min_servers(24.0, 0.0).is_err());
    }
}
