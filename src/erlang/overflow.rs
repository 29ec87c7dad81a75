//! What overflows from a full group: mean, variance and peakedness (Kosten 1937; Riordan, in Wilkinson, BSTJ 35
//! (1956) 421).
//!
//! m = A·B(N, A) and v = m(1 − m + A/(N + 1 − A + m)). Written so, v subtracts numbers of the size of N; the
//! recursions below add positive terms only. With R_n = 1/B(n, A), T_n = A(R_{n+1} − R_n) and
//! G_n = R_n R_{n−1} − T_{n−1}:
//!
//! - R_n = 1 + (n/A)R_{n−1}, T_n = R_n + (n/A)T_{n−1},
//! - G_n = (T_{n−2} + nG_{n−1} + nR_{n−1}T_{n−2}/A)/A, G_1 = 1/A,
//! - v/m = 1 + N·G_N/(D·R_N²) with D = N + 1 − A + m = 1 + N·T_{N−1}/(A·R_N).

use crate::erlang::erlang_b;
use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, servers_within};

/// Mean and variance of the busy servers in an infinite group that takes the overflow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverflowMoments {
    /// m, in erlangs.
    pub mean: f64,
    /// v, in erlangs².
    pub variance: f64,
    /// z = v/m: over 1 for every overflow, 1 for Poisson traffic.
    pub peakedness: f64,
}

/// Overflow of `erlangs` (over 0) from `primary_servers` (0 or more; fractions by the closed form).
pub fn overflow_moments(primary_servers: f64, erlangs: f64) -> Result<OverflowMoments, ErlangError> {
    let servers = servers_within("primary_servers", primary_servers)?;
    let group = erlang_b::erlang_b(servers, erlangs)?;
    let mean = erlangs * group.blocking;
    let peakedness = if servers.fract() == 0.0 {
        1.0 + excess_peakedness(servers, erlangs)
    } else {
        1.0 - mean + erlangs / (servers + 1.0 - group.carried_erlangs)
    };
    Ok(OverflowMoments { mean, variance: mean * peakedness, peakedness })
}

/// z − 1 for a whole number of servers.
#[expect(clippy::many_single_char_names, reason = "the letters of the recursions above")]
fn excess_peakedness(servers: f64, erlangs: f64) -> f64 {
    if servers < 1.0 {
        return 0.0;
    }
    let a = erlangs;
    // R_{n−1}, T_{n−1}, T_{n−2} and G_n, starting with n = 1.
    let (mut r, mut t, mut g) = (Wide::ONE, Wide::ONE, Wide::new(1.0 / a));
    let mut n = 1.0;
    while n < servers {
        let next_r = Wide::ONE + r * (n / a);
        n += 1.0;
        g = (t + g * n + next_r * t * (n / a)) * (1.0 / a);
        t = next_r + t * ((n - 1.0) / a);
        r = next_r;
    }
    let last = Wide::ONE + r * (servers / a);
    let room = Wide::ONE + t * (servers / a) / last;
    (g * servers / (room * last * last)).to_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_agrees_where_it_loses_nothing() {
        for (servers, erlangs) in [(1.0, 0.5), (5.0, 8.0), (30.0, 24.0), (100.0, 90.0)] {
            let moments = overflow_moments(servers, erlangs).unwrap();
            let m = moments.mean;
            let closed = 1.0 - m + erlangs / (servers + 1.0 - erlangs + m);
            assert!((moments.peakedness / closed - 1.0).abs() < 1e-12, "{servers} {erlangs}");
        }
    }

    #[test]
    fn without_a_group_the_overflow_is_the_traffic_itself() {
        let moments = overflow_moments(0.0, 7.5).unwrap();
        assert_eq!((moments.mean, moments.peakedness), (7.5, 1.0));
    }

    /// z → 1 + N/A as A grows: the closed form would have lost everything.
    #[test]
    fn a_hopelessly_small_group_leaves_nearly_poisson_traffic() {
        let moments = overflow_moments(100_000.0, 1e12).unwrap();
        assert!(((moments.peakedness - 1.0) / 1e-7 - 1.0).abs() < 1e-6, "{moments:?}");
    }

    #[test]
    fn fractions_join_the_whole_numbers() {
        let at = |servers: f64| overflow_moments(servers, 24.0).unwrap().peakedness;
        assert!((at(30.0 + 1e-9) - at(30.0)).abs() < 1e-7);
    }
}
