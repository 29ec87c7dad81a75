//! Engset: S sources share N servers, and calls that find all of them busy are lost (Engset 1918).
//!
//! The traffic is named by β, what one *free* source offers (calls per second of a free source × mean holding
//! time); calculators that ask for the traffic "per source" often mean another quantity, see [`beta_of_alpha`].
//! Time congestion E follows E_i = β(S − i + 1)E_{i−1}/(i + β(S − i + 1)E_{i−1}), E_0 = 1; call congestion is E
//! with S − 1 sources, since a caller finds only the others (Iversen, Teletraffic Engineering and Network
//! Planning, ch. 5). Here 1/E is summed from its largest index: positive terms only, no cancellation.

use crate::erlang::root;
use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, MOST_SERVERS, checked, positive, proportion};

/// What N servers do with S sources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Engset {
    /// A = Sβ/(1 + β): what the sources would carry if nothing were blocked, in erlangs.
    pub offered_erlangs: f64,
    /// Share of time in which every server is busy; 0 with fewer sources than servers.
    pub time_congestion: f64,
    /// Share of calls that are blocked; 0 with no more sources than servers.
    pub call_congestion: f64,
    /// Share of the offered traffic that is lost, (A − Y)/A.
    pub traffic_congestion: f64,
    /// Y, in erlangs.
    pub carried_erlangs: f64,
}

/// Most sources and servers (each).
pub const MOST_SOURCES: u32 = MOST_SERVERS;

/// Engset's loss system: `sources` (1 or more), `servers` (1 or more), `beta` erlangs (over 0) per free source.
pub fn engset(sources: u32, servers: u32, beta: f64) -> Result<Engset, ErlangError> {
    let sources = within("sources", sources)?;
    let servers = within("servers", servers)?;
    let beta = positive("beta", beta)?;
    let (time_congestion, _) = shares(sources, servers, beta);
    let (call_congestion, passing) = shares(sources - 1, servers, beta);
    // With the share of calls that pass, nothing is subtracted: Y = Sβ(1 − B)/(1 + β(1 − B)).
    let kept = 1.0 + beta * passing;
    Ok(Engset {
        offered_erlangs: f64::from(sources) * (beta / (1.0 + beta)),
        time_congestion,
        call_congestion,
        traffic_congestion: call_congestion / kept,
        carried_erlangs: f64::from(sources) * (beta * passing / kept),
    })
}

/// β for `alpha`, the erlangs that a source really offers when a blocked call sends it back to idle:
/// β = α/(1 − α(1 − P)) with the call congestion P that results (Azimzadeh and Carpenter, Operations Research
/// Letters 44 (2016) 313; ITU). Solved as α = β/(1 + β(1 − P)), which increases with β.
pub fn beta_of_alpha(sources: u32, servers: u32, alpha: f64) -> Result<f64, ErlangError> {
    let sources = within("sources", sources)?;
    let servers = within("servers", servers)?;
    let alpha = positive("alpha", alpha)?;
    if sources <= servers {
        checked("alpha", alpha, "below 1 where no call is ever blocked", |alpha| alpha < 1.0)?;
        return Ok(alpha / (1.0 - alpha));
    }
    let offered = |beta: f64| {
        let (_, passing) = shares(sources - 1, servers, beta);
        beta / (1.0 + beta * passing)
    };
    let mut high = alpha;
    while offered(high) < alpha {
        high *= 2.0;
    }
    root::increasing(alpha, high, |beta| Ok(offered(beta) / alpha - 1.0))
}

/// The smallest number of servers whose call congestion is at most `target`; never more than the sources.
pub fn min_servers(sources: u32, beta: f64, target: f64) -> Result<u32, ErlangError> {
    let sources = within("sources", sources)?;
    let beta = positive("beta", beta)?;
    let target = proportion("target_blocking", target)?;
    let mut congestion = 1.0;
    for servers in 1..sources {
        let offered = beta * f64::from(sources - servers) * congestion;
        congestion = offered / (f64::from(servers) + offered);
        if congestion <= target {
            return Ok(servers);
        }
    }
    Ok(sources)
}

/// The β (erlangs per free source) at which the call congestion is exactly `target`. There is none with no more
/// sources than servers: then nothing is ever blocked.
pub fn max_beta(sources: u32, servers: u32, target: f64) -> Result<f64, ErlangError> {
    let sources = within("sources", sources)?;
    let servers = within("servers", servers)?;
    let target = proportion("target_blocking", target)?;
    let more = "more than the servers, or nothing is ever blocked";
    checked("sources", f64::from(sources), more, |sources| sources > f64::from(servers))?;
    let blocked = |beta: f64| shares(sources - 1, servers, beta).0;
    let (mut low, mut high) = (1.0, 1.0);
    while blocked(high) < target {
        high *= 2.0;
    }
    while blocked(low) > target {
        low *= 0.5;
    }
    root::increasing(low, high, |beta| Ok(libm::log(blocked(beta) / target)))
}

/// The largest number of sources whose call congestion on `servers` is at most `target`.
pub fn max_sources(servers: u32, beta: f64, target: f64) -> Result<u32, ErlangError> {
    let servers = within("servers", servers)?;
    let beta = positive("beta", beta)?;
    let target = proportion("target_blocking", target)?;
    let meets = |sources: u32| shares(sources - 1, servers, beta).0 <= target;
    let (mut low, mut high) = (servers, servers.saturating_mul(2));
    while meets(high) {
        if high >= MOST_SOURCES {
            return Err(ErlangError::OutOfReach { limit: MOST_SOURCES });
        }
        (low, high) = (high, high.saturating_mul(2).min(MOST_SOURCES));
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if meets(middle) { low = middle } else { high = middle }
    }
    Ok(low)
}

fn within(name: &'static str, number: u32) -> Result<u32, ErlangError> {
    checked(name, f64::from(number), "from 1 to 10000000", |x| x >= 1.0 && x <= f64::from(MOST_SOURCES))?;
    Ok(number)
}

/// (E, 1 − E) of `sources` and `servers`: the shares of time with all servers busy, and not.
fn shares(sources: u32, servers: u32, beta: f64) -> (f64, f64) {
    if sources < servers {
        return (0.0, 1.0);
    }
    // 1/E − 1 = Σ_{j ≥ 1} Π_{i = N−j+1}^{N} i/(β(S − i + 1)).
    let free = f64::from(sources - servers);
    let (mut term, mut excess) = (Wide::ONE, Wide::ZERO);
    for passed in 0..servers {
        let (busy, idle) = (f64::from(servers - passed), free + f64::from(passed) + 1.0);
        let ratio = busy / (beta * idle);
        term = term * ratio;
        excess = excess + term;
        // Ratios only fall: once below 1, the rest is below a geometric series.
        if ratio < 1.0 && (term * (ratio / (1.0 - ratio))).is_negligible_beside(Wide::ONE + excess) {
            break;
        }
    }
    let whole = Wide::ONE + excess;
    ((Wide::ONE / whole).to_f64(), (excess / whole).to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn very_many_sources_are_erlang_b() {
        let finite = engset(10_000_000, 30, 24.0 / 10_000_000.0).unwrap();
        let infinite = crate::erlang::erlang_b::blocking(30, 24.0);
        assert!((finite.call_congestion / infinite - 1.0).abs() < 1e-4, "{finite:?}");
        assert!((finite.offered_erlangs - 24.0).abs() < 1e-4);
    }

    #[test]
    fn no_more_sources_than_servers_lose_no_call() {
        let system = engset(5, 5, 0.4).unwrap();
        assert!(system.call_congestion.abs() < 1e-300 && system.traffic_congestion.abs() < 1e-300);
        // Though all five may be busy at once, nobody is left to call.
        assert!((system.time_congestion / (0.4_f64 / 1.4).powi(5) - 1.0).abs() < 1e-14);
        assert!(engset(4, 5, 0.4).unwrap().time_congestion.abs() < 1e-300);
    }

    #[test]
    fn inverses_undo_the_formula() {
        for (sources, servers, target) in [(20, 8, 0.01), (10_000, 1_000, 1e-6), (50, 49, 1e-30), (2, 1, 0.9)]
        {
            let beta = max_beta(sources, servers, target).unwrap();
            let back = engset(sources, servers, beta).unwrap().call_congestion;
            assert!((back / target - 1.0).abs() < 1e-11, "{sources} {servers} {target}: {back}");
            assert_eq!(min_servers(sources, beta * 0.999_999, target), Ok(servers));
            assert_eq!(max_sources(servers, beta * 0.999_999, target), Ok(sources));
        }
        assert!(max_beta(5, 5, 0.01).is_err());
    }

    #[test]
    fn traffic_per_source_and_per_free_source_belong_together() {
        for (sources, servers, alpha) in [(10, 5, 0.2), (30, 25, 0.9), (15, 1, 2.5), (4, 9, 0.7)] {
            let beta = beta_of_alpha(sources, servers, alpha).unwrap();
            let blocked = engset(sources, servers, beta).unwrap().call_congestion;
            assert!((alpha / (1.0 - alpha * (1.0 - blocked)) / beta - 1.0).abs() < 1e-12);
        }
        assert!(beta_of_alpha(5, 5, 1.0).is_err());
    }
}
