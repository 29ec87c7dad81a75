//! Extended Erlang B: some of the blocked callers dial again at once, and are traffic like any other.
//!
//! Fixed point A' = A + r·B(n, A')·A' with the recall fraction r; monotone in A', solved by bracketed Newton.

use crate::erlang::erlang_b;
use crate::erlang::{ErlangError, MOST_SERVERS, checked, positive, proportion};

/// What redials make of a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExtendedErlangB {
    /// Fresh traffic and redials together.
    pub total_offered_erlangs: f64,
    /// Share of attempts lost.
    pub blocking_per_attempt: f64,
    /// Share of fresh calls that never get through.
    pub lost_fraction_of_fresh: f64,
    pub carried_erlangs: f64,
}

/// `servers` circuits offered `fresh_erlangs`, of whose blocked attempts the fraction `recall` (0 to 1) is
/// repeated. With recall 1 nothing is ever lost, so that fresh traffic must stay below the circuits.
pub fn extended_erlang_b(
    servers: f64,
    fresh_erlangs: f64,
    recall: f64,
) -> Result<ExtendedErlangB, ErlangError> {
    let servers = positive("servers", servers)?;
    let fresh = positive("fresh_erlangs", fresh_erlangs)?;
    let recall = checked("recall", recall, "0 to 1", |x| (0.0..=1.0).contains(&x))?;
    if recall >= 1.0 && fresh >= servers {
        return Err(ErlangError::Endless { circuits: servers, erlangs: fresh });
    }
    let total = solve(servers, fresh, recall)?;
    let result = erlang_b::erlang_b(servers, total)?;
    let blocking = result.blocking;
    Ok(ExtendedErlangB {
        total_offered_erlangs: total,
        blocking_per_attempt: blocking,
        lost_fraction_of_fresh: blocking * (1.0 - recall) / (1.0 - recall * blocking),
        carried_erlangs: result.carried_erlangs,
    })
}

/// The smallest number of circuits whose blocking per attempt is at most `target`.
pub fn min_servers(fresh_erlangs: f64, recall: f64, target: f64) -> Result<u32, ErlangError> {
    let fresh = positive("fresh_erlangs", fresh_erlangs)?;
    let target = proportion("target_blocking", target)?;
    // At the target blocking the total is known; at fewer circuits both are higher.
    let total = fresh / (1.0 - recall * target);
    let (servers, _) = erlang_b::min_servers(total, target)?;
    Ok(servers.min(MOST_SERVERS))
}

fn solve(servers: f64, fresh: f64, recall: f64) -> Result<f64, ErlangError> {
    let (mut low, mut high) = (fresh, f64::INFINITY);
    let mut total = fresh;
    for _ in 0..500 {
        let result = erlang_b::erlang_b(servers, total)?;
        let blocking = result.blocking;
        // total(1 − rB) − fresh, with 1 − B taken from the carried traffic: no cancellation when r is 1.
        let kept = recall * result.carried_erlangs + (1.0 - recall) * total;
        let error = kept - fresh;
        if error < 0.0 {
            low = low.max(total);
        } else {
            high = high.min(total);
        }
        let slope = blocking * (servers - total * (1.0 - blocking));
        let newton = total - error / (1.0 - recall * (blocking + slope)).max(1e-12);
        let middle = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * total };
        let next = if newton >= low && newton <= high && newton.is_finite() { newton } else { middle };
        if (next - total).abs() <= 2.0 * f64::EPSILON * total {
            return Ok(next);
        }
        total = next;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_point_balances() {
        for (servers, fresh, recall) in
            [(10.0, 10.118, 0.6), (30.0, 33.0, 0.9), (5.0, 4.9, 1.0), (1.0, 0.1, 0.0)]
        {
            let result = extended_erlang_b(servers, fresh, recall).unwrap();
            let again = result.total_offered_erlangs * result.blocking_per_attempt * recall;
            let balance = fresh + again - result.total_offered_erlangs;
            assert!(balance.abs() < 1e-12 * result.total_offered_erlangs, "{servers} {fresh} {recall}");
        }
    }

    #[test]
    fn redials_that_never_give_up_need_room() {
        let told = extended_erlang_b(10.0, 10.0, 1.0).unwrap_err().to_string();
        assert!(told.contains("10 circuits") && !told.contains("agents"), "{told}");
    }

    #[test]
    fn the_number_needed_meets_the_target_and_one_fewer_misses_it() {
        let needed = min_servers(10.118, 0.6, 0.01).unwrap();
        let blocking = |n: u32| extended_erlang_b(f64::from(n), 10.118, 0.6).unwrap().blocking_per_attempt;
        assert!(blocking(needed) <= 0.01 && blocking(needed - 1) > 0.01);
    }
}
