//! Erlang C: callers who find every agent busy wait for ever (Erlang 1917).
//!
//! C = nB/(n − A(1 − B)); the wait of a delayed caller is exponential with mean h/(n − A). Only for A < n.

use crate::erlang::erlang_b;
use crate::erlang::{ErlangError, MOST_SERVERS, checked, not_negative, positive, proportion};

/// n agents offered A erlangs of patient callers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErlangC {
    agents: f64,
    erlangs: f64,
    aht_s: f64,
    p_wait: f64,
    p_free: f64,
}

impl ErlangC {
    /// `agents` over `erlangs`, `aht_s` the mean handle time in seconds. Fractions of agents are allowed.
    pub fn new(agents: f64, erlangs: f64, aht_s: f64) -> Result<Self, ErlangError> {
        let agents = positive("agents", agents)?;
        let erlangs = positive("erlangs", erlangs)?;
        let aht_s = positive("aht_s", aht_s)?;
        if erlangs >= agents {
            return Err(ErlangError::Unstable { agents, erlangs });
        }
        let blocking = erlang_b::erlang_b(agents, erlangs)?;
        let spare = agents - erlangs;
        let denominator = spare + erlangs * blocking.blocking;
        Ok(Self {
            agents,
            erlangs,
            aht_s,
            p_wait: agents * blocking.blocking / denominator,
            // 1 − C without cancellation: the share carried by B, times the spare.
            p_free: spare * (blocking.carried_erlangs / erlangs) / denominator,
        })
    }

    /// Probability that a caller must wait.
    #[must_use]
    pub const fn p_wait(&self) -> f64 {
        self.p_wait
    }

    /// Share answered within `threshold_s` seconds.
    #[must_use]
    pub fn service_level(&self, threshold_s: f64) -> f64 {
        let waits = threshold_s / self.mean_wait_delayed_s();
        self.p_free - self.p_wait * (-waits).exp_m1()
    }

    /// Average speed of answer: mean wait of all callers, in seconds.
    #[must_use]
    pub fn asa_s(&self) -> f64 {
        self.p_wait * self.mean_wait_delayed_s()
    }

    /// Mean wait of those who wait, in seconds.
    #[must_use]
    pub fn mean_wait_delayed_s(&self) -> f64 {
        self.aht_s / (self.agents - self.erlangs)
    }

    /// The wait in seconds that `percentile` (0 to 100, exclusive) of all callers stay within.
    #[must_use]
    pub fn wait_percentile_s(&self, percentile: f64) -> f64 {
        let beyond = 1.0 - percentile / 100.0;
        if self.p_wait <= beyond { 0.0 } else { self.mean_wait_delayed_s() * (self.p_wait / beyond).ln() }
    }

    /// Share of agents' time spent on calls.
    #[must_use]
    pub fn occupancy(&self) -> f64 {
        self.erlangs / self.agents
    }

    /// Mean number of waiting callers.
    #[must_use]
    pub fn mean_queue_len(&self) -> f64 {
        self.p_wait * self.erlangs / (self.agents - self.erlangs)
    }
}

/// What a staff must achieve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaffingTarget {
    /// Share answered within `threshold_s`, 0 to 1, exclusive.
    pub service_level: f64,
    pub threshold_s: f64,
    /// Highest share of time on calls, over 0 to 1.
    pub max_occupancy: f64,
}

/// The smallest number of agents that meets `target` for `erlangs` of calls of `aht_s` seconds.
pub fn min_agents(erlangs: f64, aht_s: f64, target: &StaffingTarget) -> Result<u32, ErlangError> {
    let erlangs = positive("erlangs", erlangs)?;
    positive("aht_s", aht_s)?;
    proportion("target_sl", target.service_level)?;
    not_negative("t_s", target.threshold_s)?;
    checked("max_occupancy", target.max_occupancy, "over 0 to 1", |x| x > 0.0 && x <= 1.0)?;
    let first = erlangs.floor() + 1.0;
    if first > f64::from(MOST_SERVERS) {
        return Err(ErlangError::OutOfReach { limit: MOST_SERVERS });
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and ten million")]
    let first = first as u32;
    for agents in first..=MOST_SERVERS {
        // A hair of tolerance: 8.5 E on 10 agents are exactly 85 % to people, if not to binary fractions.
        let too_busy = erlangs / f64::from(agents) > target.max_occupancy * (1.0 + 1e-12);
        let reached = ErlangC::new(f64::from(agents), erlangs, aht_s)?.service_level(target.threshold_s);
        if !too_busy && reached >= target.service_level {
            return Ok(agents);
        }
    }
    Err(ErlangError::OutOfReach { limit: MOST_SERVERS })
}

/// People to put on the roster so that `agents` are at work, when `shrinkage` (0 to under 1) of them are on
/// leave, ill, in training or on a break.
pub fn scheduled_agents(agents: u32, shrinkage: f64) -> Result<u32, ErlangError> {
    let shrinkage = checked("shrinkage", shrinkage, "0 to under 1", |x| (0.0..1.0).contains(&x))?;
    let exact = f64::from(agents) / (1.0 - shrinkage);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    Ok((exact * (1.0 - 1e-12)).ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EIGHTY_TWENTY: StaffingTarget =
        StaffingTarget { service_level: 0.8, threshold_s: 20.0, max_occupancy: 1.0 };

    /// 100 calls per half hour of 180 s: 14 agents, 20 on the roster at 30 % shrinkage (Call Centre Helper).
    #[test]
    fn the_textbook_example_needs_14_agents_and_20_on_the_roster() {
        let capped = StaffingTarget { max_occupancy: 0.85, ..EIGHTY_TWENTY };
        assert_eq!(min_agents(10.0, 180.0, &capped), Ok(14));
        assert_eq!(scheduled_agents(14, 0.3), Ok(20));
    }

    /// A published worked example says 39 and misses its own target.
    #[test]
    fn the_published_39_agents_miss_80_20_and_40_meet_it() {
        let erlangs = 100.0 * 600.0 / 1800.0;
        assert_eq!(min_agents(erlangs, 600.0, &EIGHTY_TWENTY), Ok(40));
        let level = ErlangC::new(39.0, erlangs, 600.0).unwrap().service_level(20.0);
        assert!((level - 0.7897).abs() < 1e-4, "{level}");
    }

    #[test]
    fn an_overloaded_staff_has_no_average() {
        let message = ErlangC::new(10.0, 10.0, 180.0).unwrap_err().to_string();
        assert!(message.starts_with("10 E offered to 10 agents"), "{message}");
    }
}
