//! Erlang A, M/M/n+M: callers wait for an agent until their patience ends (Palm 1946).
//!
//! Four service levels are in use in the industry; each is named here, and a reader must be told which.

use crate::erlang::markov_queue::MarkovQueue;
use crate::erlang::{ErlangError, checked, proportion, smallest_number};

/// n agents with impatient callers.
#[derive(Debug, Clone)]
pub struct ErlangA {
    queue: MarkovQueue,
    arrival_rate: f64,
}

/// The four service levels for one answer time t, and who left before it. V is the wait offered, R the patience.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceLevels {
    /// P(V ≤ t): what an endlessly patient caller would see.
    pub of_virtual: f64,
    /// Answered in time / answered.
    pub of_answered: f64,
    /// Answered in time / offered.
    pub of_offered: f64,
    /// Answered in time / all but those who left within t.
    pub excl_short_abandons: f64,
    /// Left within t / offered.
    pub abandoned_within: f64,
}

impl ErlangA {
    /// Rates per second: arrivals, 1/mean handle time, 1/mean patience (all over 0).
    pub fn new(agents: u32, lambda_per_s: f64, mu_per_s: f64, theta_per_s: f64) -> Result<Self, ErlangError> {
        let allowed = "greater than 0 (callers who wait without end are Erlang C's)";
        checked("theta_per_s", theta_per_s, allowed, |rate| rate > 0.0)?;
        let queue = MarkovQueue::new(agents, None, (lambda_per_s, mu_per_s, theta_per_s))?;
        Ok(Self { queue, arrival_rate: lambda_per_s })
    }

    /// Probability that a caller finds every agent busy.
    #[must_use]
    pub fn p_wait(&self) -> f64 {
        self.queue.p_join()
    }

    #[must_use]
    pub fn p_abandon(&self) -> f64 {
        self.queue.p_abandon()
    }

    #[must_use]
    pub fn p_abandon_given_wait(&self) -> f64 {
        self.p_abandon() / self.p_wait()
    }

    /// Mean wait of all callers, in seconds.
    #[must_use]
    pub fn mean_wait_all_s(&self) -> f64 {
        self.queue.mean_wait()
    }

    /// Mean wait of the answered, in seconds: the average speed of answer.
    #[must_use]
    pub fn mean_wait_served_s(&self) -> f64 {
        self.queue.mean_wait_of_served() / self.queue.p_served()
    }

    #[must_use]
    pub fn mean_wait_abandoned_s(&self) -> f64 {
        self.queue.mean_wait_of_abandoned() / self.p_abandon()
    }

    #[must_use]
    pub fn service_levels(&self, threshold_s: f64) -> ServiceLevels {
        let by_then = self.queue.by_then(threshold_s);
        ServiceLevels {
            of_virtual: by_then.virtual_wait_over,
            of_answered: by_then.answered / self.queue.p_served(),
            of_offered: by_then.answered,
            excl_short_abandons: by_then.answered / (1.0 - by_then.abandoned),
            abandoned_within: by_then.abandoned,
        }
    }

    #[must_use]
    pub fn occupancy(&self) -> f64 {
        self.queue.occupancy()
    }

    #[must_use]
    pub fn mean_queue_len(&self) -> f64 {
        self.arrival_rate * self.mean_wait_all_s()
    }
}

/// What a staff must achieve with impatient callers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Share of offered calls answered within `threshold_s`, 0 to 1, exclusive.
    pub service_level: f64,
    pub threshold_s: f64,
    /// Highest share of callers who give up, over 0 to 1.
    pub max_abandoned: f64,
}

/// The smallest number of agents that meets `target`; more are never worse.
pub fn min_agents(
    lambda_per_s: f64,
    mu_per_s: f64,
    theta_per_s: f64,
    target: &Target,
) -> Result<u32, ErlangError> {
    proportion("target_sl", target.service_level)?;
    checked("max_abandoned", target.max_abandoned, "over 0 to 1", |x| x > 0.0 && x <= 1.0)?;
    let meets = |agents: u32| {
        let system = ErlangA::new(agents, lambda_per_s, mu_per_s, theta_per_s)?;
        let level = system.service_levels(target.threshold_s).of_offered;
        Ok::<_, ErlangError>(level >= target.service_level && system.p_abandon() <= target.max_abandoned)
    };
    smallest_number(1, meets)
}

/// A load whose abandoned callers dial again.
#[derive(Debug, Clone)]
pub struct Redialled {
    /// Fresh calls and redials together.
    pub lambda_total_per_s: f64,
    /// Share of fresh calls that never get an agent.
    pub p_lost_per_fresh_call: f64,
    pub system: ErlangA,
}

/// Fixed point λ = λ₀/(1 − r·P_ab(λ)): every abandoned attempt is repeated with probability `redial` (0 to
/// under 1), and a repeat is traffic like any other (Koole, Call Center Optimization, 2013: Erlang X).
/// P_ab grows with λ, so that bisection finds the one solution.
pub fn redialled(
    agents: u32,
    lambda0_per_s: f64,
    mu_per_s: f64,
    theta_per_s: f64,
    redial: f64,
) -> Result<Redialled, ErlangError> {
    let redial = checked("redial_prob", redial, "0 to under 1", |x| (0.0..1.0).contains(&x))?;
    let abandon =
        |lambda: f64| Ok::<_, ErlangError>(ErlangA::new(agents, lambda, mu_per_s, theta_per_s)?.p_abandon());
    let excess =
        |lambda: f64| Ok::<_, ErlangError>(lambda * (1.0 - redial * abandon(lambda)?) - lambda0_per_s);
    let (mut low, mut high) = (lambda0_per_s, lambda0_per_s / (1.0 - redial));
    let mut lambda = low;
    for _ in 0..200 {
        let error = excess(lambda)?;
        if error < 0.0 {
            low = lambda;
        } else {
            high = lambda;
        }
        // Secant-like step: the fixed-point map itself, kept inside the bracket.
        let mapped = lambda0_per_s / (1.0 - redial * abandon(lambda)?);
        let next = if mapped > low && mapped < high { mapped } else { f64::midpoint(low, high) };
        if (next - lambda).abs() <= 2.0 * f64::EPSILON * lambda {
            break;
        }
        lambda = next;
    }
    let system = ErlangA::new(agents, lambda, mu_per_s, theta_per_s)?;
    let lost = system.p_abandon();
    Ok(Redialled {
        lambda_total_per_s: lambda,
        p_lost_per_fresh_call: lost * (1.0 - redial) / (1.0 - redial * lost),
        system,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_needed_meets_the_target_and_one_fewer_misses_it() {
        let target = Target { service_level: 0.8, threshold_s: 20.0, max_abandoned: 1.0 };
        let mu = 1.0 / 180.0;
        let needed = min_agents(53.0 * mu, mu, 1.0 / 120.0, &target).unwrap();
        let level = |agents| {
            ErlangA::new(agents, 53.0 * mu, mu, 1.0 / 120.0).unwrap().service_levels(20.0).of_offered
        };
        assert!(level(needed) >= 0.8 && level(needed - 1) < 0.8);
        assert!(needed < 60, "patient callers would need 60");
    }

    #[test]
    fn those_who_wait_are_served_or_leave() {
        let system = ErlangA::new(10, 0.07, 1.0 / 180.0, 1.0 / 90.0).unwrap();
        let served = system.mean_wait_served_s() * (1.0 - system.p_abandon());
        let left = system.mean_wait_abandoned_s() * system.p_abandon();
        assert!(((served + left) / system.mean_wait_all_s() - 1.0).abs() < 1e-12);
        let far = system.service_levels(1e6);
        assert!((far.of_offered + far.abandoned_within - 1.0).abs() < 1e-12);
        assert!((far.abandoned_within / system.p_abandon() - 1.0).abs() < 1e-12);
    }
}
