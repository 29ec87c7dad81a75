//! Lines shared by the callers of a queue and by calls that hold a line without waiting for an agent: in a menu before
//! the queue, at another number, with a voicemail.
//!
//! The queue (M/M/n+M) and the others (infinitely many servers) form a network whose arrivals are lost while every line
//! is held. Its states have product form, cut off at the number of lines (J. R. Jackson, Jobshop-like queueing systems,
//! Management Science 10 (1963) 131), whether the others go on to the queue or not, and holding times of the others
//! may be of any shape (Baskett, Chandy, Muntz and Palacios, Journal of the ACM 22 (1975) 248).

use crate::erlang::wrap_up_lines::WrapUpLines;
use crate::erlang::{ErlangError, not_negative, positive, proportion, servers_within, smallest_number};

/// Callers of a queue and other calls. Rates per second; `theta` 0 is endless patience; `other` in erlangs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharedLines {
    pub agents: u32,
    pub lambda: f64,
    pub mu: f64,
    pub theta: f64,
    /// Erlangs of all that holds a line and is neither waiting nor with an agent.
    pub other: f64,
    /// Part of 1 / `mu` in which an agent goes on after the caller has hung up, the line free.
    pub wrap_up_s: f64,
}

impl SharedLines {
    /// Share of calls that find every one of `lines` held.
    ///
    /// # Errors
    /// For arguments outside their ranges.
    pub fn p_block(&self, lines: u32) -> Result<f64, ErlangError> {
        servers_within("lines", f64::from(lines))?;
        positive("lambda", self.lambda)?;
        positive("mu", self.mu)?;
        not_negative("theta", self.theta)?;
        positive("other", self.other)?;
        // Logarithms of the unnormalised terms: products of far more lines than erlangs leave a double's range.
        let other = libm::log(self.other);
        let queued = self.queued(lines)?;
        let mut others = vec![0.0];
        let mut others_up_to = vec![0.0];
        for place in 1..=lines {
            let term = others[others.len() - 1] + other - libm::log(f64::from(place));
            others.push(term);
            others_up_to.push(log_of_sum(&[others_up_to[others_up_to.len() - 1], term]));
        }
        let beside = |terms: &[f64]| -> Vec<f64> {
            queued.iter().zip(terms.iter().rev()).map(|(queued, other)| queued + other).collect()
        };
        Ok(libm::exp(log_of_sum(&beside(&others)) - log_of_sum(&beside(&others_up_to))))
    }

    /// Logarithms of the queue's own terms for so many lines. With wrap-up its states have no product form: the terms are those
    /// of a queue alone that loses the same with every number of lines, an approximation beside others.
    fn queued(&self, lines: u32) -> Result<Vec<f64>, ErlangError> {
        let mut queued = vec![0.0];
        if self.wrap_up_s <= 0.0 {
            let lambda = libm::log(self.lambda);
            for place in 1..=lines {
                let served = f64::from(place.min(self.agents)) * self.mu;
                let leaving = served + f64::from(place.saturating_sub(self.agents)) * self.theta;
                queued.push(queued[queued.len() - 1] + lambda - libm::log(leaving));
            }
            return Ok(queued);
        }
        let mut up_to = 0.0;
        for loss in self.alone().losses(lines)?.into_iter().skip(1) {
            let term = up_to + libm::log(loss / (1.0 - loss));
            queued.push(term);
            up_to = log_of_sum(&[up_to, term]);
        }
        Ok(queued)
    }

    const fn alone(&self) -> WrapUpLines {
        let Self { agents, lambda, mu, theta, wrap_up_s, .. } = *self;
        WrapUpLines { agents, lambda, talk_s: 1.0 / mu - wrap_up_s, wrap_up_s, theta }
    }

    /// The smallest number of lines that blocks at most `target` of the calls.
    ///
    /// # Errors
    /// For arguments outside their ranges, and where patient callers outgrow the agents.
    pub fn min_lines(&self, target: f64) -> Result<u32, ErlangError> {
        proportion("target_blocking", target)?;
        let erlangs = self.lambda / self.mu;
        if self.theta <= 0.0 && erlangs >= f64::from(self.agents) {
            return Err(ErlangError::Unstable { agents: f64::from(self.agents), erlangs });
        }
        smallest_number(1, |lines| Ok(self.p_block(lines)? <= target))
    }
}

/// log(Σ exp(x)) without overflow.
fn log_of_sum(logarithms: &[f64]) -> f64 {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + libm::log(logarithms.iter().map(|x| libm::exp(x - largest)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::erlang_b;
    use crate::erlang::mmnk::Mmnk;

    const HALF: SharedLines =
        SharedLines { agents: 8, lambda: 5.0, mu: 1.0, theta: 1.5, other: 5.0, wrap_up_s: 0.0 };

    fn close(value: f64, exact: f64) {
        assert!((value / exact - 1.0).abs() < 1e-11, "{value}, not {exact}");
    }

    #[test]
    fn without_others_it_is_the_queue_alone_and_with_agents_enough_erlang_b_of_all() {
        let few = SharedLines { other: 1e-14, ..HALF };
        close(few.p_block(12).unwrap(), Mmnk::new(8, 12, 5.0, 1.0, 1.5).unwrap().p_block());
        let all = SharedLines { agents: 40, theta: 1.0, ..HALF };
        close(all.p_block(12).unwrap(), erlang_b::blocking(12, 10.0));
        close(all.p_block(150).unwrap(), erlang_b::blocking(150, 10.0));
        let many = SharedLines { agents: 9_000, lambda: 3_000.0, other: 5_000.0, ..HALF };
        assert!((many.p_block(10).unwrap() / erlang_b::blocking(10, 8_000.0) - 1.0).abs() < 1e-9);
        assert_eq!(all.min_lines(0.01).unwrap(), erlang_b::min_servers(10.0, 0.01).unwrap().0);
    }

    /// Next to no others: the queue's own loss. With agents enough for all, talk and others are what holds lines.
    #[test]
    fn wrap_up_frees_the_line_beside_others_too() {
        let wrap_up = SharedLines { wrap_up_s: 0.3, ..HALF };
        let alone = WrapUpLines { agents: 8, lambda: 5.0, talk_s: 0.7, wrap_up_s: 0.3, theta: 1.5 };
        let few = SharedLines { other: 1e-12, ..wrap_up };
        assert!((few.p_block(9).unwrap() / alone.losses(9).unwrap()[9] - 1.0).abs() < 1e-9);
        let many = SharedLines { agents: 40, ..wrap_up };
        assert!((many.p_block(12).unwrap() / erlang_b::blocking(12, 5.0 * 0.7 + 5.0) - 1.0).abs() < 1e-9);
        assert!(wrap_up.p_block(14).unwrap() < HALF.p_block(14).unwrap());
    }

    /// By hand, one agent, two lines, all rates 1, no patience to lose: terms of (queue, others) are 1, 1, 1 (0 to 2 in
    /// the queue alone), 1 and ½ (1 and 2 others alone), 1 (one of each): (1 + ½ + 1) / 5½.
    #[test]
    fn two_lines_by_hand() {
        let small = SharedLines { agents: 1, lambda: 1.0, mu: 1.0, theta: 0.0, other: 1.0, wrap_up_s: 0.0 };
        close(small.p_block(2).unwrap(), 2.5 / 5.5);
        assert!(matches!(small.min_lines(0.01), Err(ErlangError::Unstable { .. })));
    }
}
