//! M/M/n/K(+M): n agents behind K lines. What trunks in front of a queue really do: a waiting caller holds a
//! line. K = n is Erlang B, K without end Erlang A or C.

use crate::erlang::markov_queue::MarkovQueue;
use crate::erlang::{ErlangError, proportion, smallest_number};

/// n agents, K lines.
#[derive(Debug, Clone)]
pub struct Mmnk {
    queue: MarkovQueue,
    erlangs: f64,
}

impl Mmnk {
    /// `lines` counts all places, agents' included. Rates per second; `theta_per_s` 0 means endless patience.
    pub fn new(
        agents: u32,
        lines: u32,
        lambda_per_s: f64,
        mu_per_s: f64,
        theta_per_s: f64,
    ) -> Result<Self, ErlangError> {
        let queue = MarkovQueue::new(agents, Some(lines), (lambda_per_s, mu_per_s, theta_per_s))?;
        Ok(Self { queue, erlangs: lambda_per_s / mu_per_s })
    }

    /// Share of calls that find every line busy.
    #[must_use]
    pub fn p_block(&self) -> f64 {
        self.queue.p_block()
    }

    /// Share of all calls that get a line and must wait.
    #[must_use]
    pub fn p_queue(&self) -> f64 {
        self.queue.p_join()
    }

    /// Share of all calls that give up.
    #[must_use]
    pub fn p_abandon(&self) -> f64 {
        self.queue.p_abandon()
    }

    /// Mean wait in seconds of the accepted, zeros and abandoned included.
    #[must_use]
    pub fn mean_wait_joined_all_s(&self) -> f64 {
        let accepted = self.queue.p_free() + self.queue.p_join();
        self.queue.mean_wait() / accepted
    }

    /// Mean wait in seconds of the answered.
    #[must_use]
    pub fn mean_wait_served_s(&self) -> f64 {
        self.queue.mean_wait_of_served() / self.queue.p_served()
    }

    /// Answered within `threshold_s` / offered.
    #[must_use]
    pub fn sl_of_offered(&self, threshold_s: f64) -> f64 {
        self.queue.by_then(threshold_s).answered
    }

    /// Answered within `threshold_s` / answered.
    #[must_use]
    pub fn sl_of_answered(&self, threshold_s: f64) -> f64 {
        self.sl_of_offered(threshold_s) / self.queue.p_served()
    }

    #[must_use]
    pub fn occupancy(&self) -> f64 {
        self.queue.occupancy()
    }

    #[must_use]
    pub fn mean_queue_len(&self) -> f64 {
        self.queue.mean_queue_len()
    }

    /// Mean number of calls in the system: with an agent or waiting.
    #[must_use]
    pub fn mean_lines_busy(&self) -> f64 {
        self.erlangs * self.queue.p_served() + self.queue.mean_queue_len()
    }
}

/// The smallest number of lines (at least `agents`) that block at most `target` of the calls.
pub fn min_lines(
    agents: u32,
    lambda_per_s: f64,
    mu_per_s: f64,
    theta_per_s: f64,
    target: f64,
) -> Result<u32, ErlangError> {
    proportion("target_blocking", target)?;
    let meets = |lines: u32| {
        Ok::<_, ErlangError>(
            Mmnk::new(agents, lines, lambda_per_s, mu_per_s, theta_per_s)?.p_block() <= target,
        )
    };
    smallest_number(agents, meets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::erlang_b;
    use crate::erlang::erlang_c::ErlangC;

    #[test]
    fn without_waiting_places_it_is_erlang_b_and_with_very_many_erlang_c() {
        let lost = Mmnk::new(30, 30, 24.0, 1.0, 0.0).unwrap();
        assert!((lost.p_block() / erlang_b::blocking(30, 24.0) - 1.0).abs() < 1e-13);
        let patient = Mmnk::new(30, 2_000, 24.0, 1.0, 0.0).unwrap();
        let formula = ErlangC::new(30.0, 24.0, 1.0).unwrap();
        assert!((patient.p_queue() / formula.p_wait() - 1.0).abs() < 1e-12);
        assert!((patient.sl_of_offered(0.2) / formula.service_level(0.2) - 1.0).abs() < 1e-12);
    }

    /// The usual rule, Erlang B on talk plus wait, says 31 lines here; the exact answer is 34.
    #[test]
    fn lines_in_front_of_a_queue_are_more_than_the_rule_of_thumb() {
        assert_eq!(min_lines(20, 350.0 / 3600.0, 1.0 / 180.0, 0.0, 0.01), Ok(34));
    }
}
