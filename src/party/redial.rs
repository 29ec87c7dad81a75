//! What a caller does after an attempt that was not completed: dial again, call a competitor, or stop.
//!
//! All draws come from stream (seed, redial, attempt) of that caller, so that the decision is the same in
//! whatever order attempts end.

use crate::outcome::Outcome;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::Instant;
use crate::traffic::CallPlan;
use crate::traffic::callers::CallerClass;

/// Attempts of one caller that have streams of their own: far above any limit worth simulating.
const ATTEMPTS: u64 = 1 << 16;

/// What comes after an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The caller dials again: the same intention, with patience drawn anew.
    Redial(CallPlan),
    /// The caller dials a competitor: lost for good.
    Defected,
    /// No further attempt: the caller was served, or gave the matter up.
    Stopped,
}

impl Next {
    /// No further attempt follows: `CallRecord::last_attempt`.
    #[must_use]
    pub const fn is_last_attempt(&self) -> bool {
        !matches!(self, Self::Redial(_))
    }
}

/// What the caller of `plan` does after the attempt ended with `outcome` at `ended_at`.
///
/// Only people's, technical and policy ends make callers dial again. A wrong number stays wrong, and an
/// attempt that the generator spoilt or that the run's end cut off is no experience of the caller.
#[must_use]
pub fn next(seed: Seed, plan: &CallPlan, class: &CallerClass, outcome: Outcome, ended_at: Instant) -> Next {
    if !matches!(outcome, Outcome::Human(_) | Outcome::Technical(_) | Outcome::Policy) {
        return Next::Stopped;
    }
    let index = plan.index.wrapping_mul(ATTEMPTS).wrapping_add(u64::from(plan.attempt));
    let mut stream = seed.stream(Purpose::Redial, index);
    let redials = stream.chance(class.redial.probability);
    let defects = stream.chance(class.redial.defection);
    if !redials || plan.attempt >= class.redial.limit {
        return if defects { Next::Defected } else { Next::Stopped };
    }
    let delay = class.redial.delay.sample(&mut stream);
    Next::Redial(CallPlan {
        attempt: plan.attempt + 1,
        intended_start: ended_at + delay,
        patience: class.patience.as_ref().map(|patience| patience.sample(&mut stream)),
        ..plan.clone()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::outcome::CompletedBy;
    use crate::outcome::Human;
    use crate::outcome::Technical;
    use crate::random::Distribution;
    use crate::time::Duration;
    use crate::traffic::callers::{Numbers, Redial};

    fn class(probability: f64, limit: u32, defection: f64) -> CallerClass {
        CallerClass {
            name: Arc::from("customer"),
            share: 1.0,
            to: Numbers::Template(Arc::from("100")),
            from: Numbers::Template(Arc::from("79{number}")),
            talk: Distribution::Constant { seconds: 60.0 },
            patience: Some(Distribution::Exponential { mean: 30.0 }),
            redial: Redial { probability, delay: Distribution::Constant { seconds: 20.0 }, limit, defection },
            auth: None,
        }
    }

    fn first(index: u64) -> CallPlan {
        CallPlan {
            index,
            attempt: 0,
            intended_start: Instant::ZERO,
            class: 0,
            from: Arc::from("79"),
            to: Arc::from("100"),
            talk: Duration::from_mins(1),
            patience: Some(Duration::from_secs(5)),
        }
    }

    /// Attempts of a caller whom every attempt fails, and whether the caller defected.
    fn failing(index: u64, class: &CallerClass) -> (u32, bool) {
        let mut plan = first(index);
        loop {
            let refused = Outcome::Technical(Technical::Trunk);
            match next(Seed(3), &plan, class, refused, plan.intended_start) {
                Next::Redial(again) => plan = again,
                Next::Defected => return (plan.attempt + 1, true),
                Next::Stopped => return (plan.attempt + 1, false),
            }
        }
    }

    /// SEEDS row 8: with redial probability r and limit k, a caller who always fails makes
    /// (1 − r^(k+1)) / (1 − r) attempts on average. Within 4 sigma at 20 000 callers.
    #[test]
    fn attempts_per_caller_follow_the_truncated_geometric_law() {
        let (r, limit, callers) = (0.6_f64, 3, 20_000_u32);
        let class = class(r, limit, 0.0);
        let attempts: Vec<f64> =
            (0..callers).map(|index| f64::from(failing(u64::from(index), &class).0)).collect();
        let n = f64::from(callers);
        let mean = attempts.iter().sum::<f64>() / n;
        let variance = attempts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let expected = (1.0 - r.powi(4)) / (1.0 - r);
        assert!((mean - expected).abs() < 4.0 * (variance / n).sqrt(), "{mean} against {expected}");
    }

    /// SEEDS row 86: whoever does not dial again defects with probability d, after whichever attempt.
    #[test]
    fn the_share_that_defects_is_the_defection_probability() {
        let (defection, callers) = (0.3_f64, 20_000_u32);
        let class = class(0.6, 3, defection);
        let defected = (0..callers).filter(|index| failing(u64::from(*index), &class).1).count();
        let share = f64::from(u32::try_from(defected).unwrap()) / f64::from(callers);
        let sigma = (defection * (1.0 - defection) / f64::from(callers)).sqrt();
        assert!((share - defection).abs() < 4.0 * sigma, "{share}");
    }

    #[test]
    fn a_redial_keeps_the_intention_and_draws_patience_anew() {
        let plan = first(7);
        let ended = Instant::from_secs_f64(12.0);
        let again = next(Seed(3), &plan, &class(1.0, 3, 0.0), Outcome::Human(Human::Abandoned), ended);
        let Next::Redial(again) = again else { panic!("{again:?}") };
        assert_eq!((again.index, again.attempt), (7, 1));
        assert_eq!((again.talk, &again.to), (plan.talk, &plan.to));
        assert_eq!(again.intended_start, Instant::from_secs_f64(32.0));
        assert_ne!(again.patience, plan.patience);
    }

    #[test]
    fn only_what_a_caller_experienced_as_failure_is_dialled_again() {
        let eager = class(1.0, 3, 1.0);
        let served = Outcome::Completed(CompletedBy::Pbx);
        for end in [served, Outcome::Excluded, Outcome::Generator, Outcome::InProgress] {
            assert_eq!(next(Seed(3), &first(0), &eager, end, Instant::ZERO), Next::Stopped);
        }
        assert!(!next(Seed(3), &first(0), &eager, Outcome::Policy, Instant::ZERO).is_last_attempt());
    }
}
