//! What a caller does after an attempt. One that was not completed: dial again, call a competitor, or stop. One
//! that was: call again about the same matter, or not.
//!
//! All draws come from stream (seed, redial, attempt) of that caller, so that the decision is the same in
//! whatever order attempts end.

use std::sync::Arc;

use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Instant;
use crate::traffic::CallPlan;
use crate::traffic::callers::CallerClass;

/// Attempts of one caller that have streams of their own: far above any limit worth simulating.
const ATTEMPTS: u64 = 1 << 16;

/// What comes after an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The caller dials again: the same intention, with patience drawn anew; after a served call with the talk
    /// drawn anew too.
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
    if outcome.is_completed() {
        return after_service(seed, plan, class, ended_at);
    }
    if !matches!(outcome, Outcome::Human(_) | Outcome::Technical(_) | Outcome::Policy) {
        return Next::Stopped;
    }
    let mut stream = stream_of(seed, plan);
    if let Some(next) = sibling(&mut stream, plan, class, outcome, ended_at) {
        return next;
    }
    let redials = stream.chance(class.redial.effective_probability());
    let defects = stream.chance(class.redial.defection);
    if !redials || has_redialled_enough(plan, class) {
        // Who was served once is no customer lost.
        return if defects && plan.repeats == 0 { Next::Defected } else { Next::Stopped };
    }
    let delay = class.redial.delay.sample(&mut stream);
    again(plan.clone(), class, ended_at + delay, &mut stream)
}

/// A caller who did not get through tries another number of the firm's. Whoever gave up waiting, or was turned away on
/// purpose, does not: the firm was reached.
fn sibling(
    stream: &mut Stream,
    plan: &CallPlan,
    class: &CallerClass,
    outcome: Outcome,
    ended_at: Instant,
) -> Option<Next> {
    let sibling = class.redial.sibling.as_ref()?;
    let got_through = matches!(outcome, Outcome::Policy | Outcome::Human(Human::Abandoned | Human::Declined));
    let tries = stream.chance(sibling.probability);
    let delay = sibling.delay.sample(stream);
    if got_through || !tries || has_redialled_enough(plan, class) {
        return None;
    }
    let dialled = sibling.numbers.iter().position(|number| *number == plan.to);
    let place = dialled.map_or(0, |place| (place + 1) % sibling.numbers.len());
    let to = sibling.numbers.get(place).filter(|to| **to != plan.to)?;
    let plan = CallPlan { to: Arc::clone(to), ..plan.clone() };
    Some(again(plan, class, ended_at + delay, stream))
}

/// Whether no served caller of this class ever calls again about the matter.
#[must_use]
pub fn is_settled(class: &CallerClass) -> bool {
    class.repeat.effective_probability() <= 0.0
}

/// A served caller's repeat call, if the matter is not settled.
fn after_service(seed: Seed, plan: &CallPlan, class: &CallerClass, ended_at: Instant) -> Next {
    if is_settled(class) || plan.repeats >= class.repeat.limit {
        return Next::Stopped;
    }
    let mut stream = stream_of(seed, plan);
    if !stream.chance(class.repeat.effective_probability()) {
        return Next::Stopped;
    }
    let delay = class.repeat.delay.sample(&mut stream);
    let talk = class.talk.sample(&mut stream);
    let plan = CallPlan { talk, repeats: plan.repeats + 1, ..plan.clone() };
    again(plan, class, ended_at + delay, &mut stream)
}

/// The caller dials again at `start`, with patience drawn anew.
fn again(mut plan: CallPlan, class: &CallerClass, start: Instant, stream: &mut Stream) -> Next {
    plan.attempt += 1;
    plan.intended_start = start;
    plan.patience = class.patience.as_ref().map(|patience| patience.sample(stream));
    Next::Redial(plan)
}

/// No further redial is allowed; repeat calls after service are not counted.
fn has_redialled_enough(plan: &CallPlan, class: &CallerClass) -> bool {
    plan.attempt.saturating_sub(plan.repeats) >= class.redial.limit
}

/// The draws that follow this attempt.
fn stream_of(seed: Seed, plan: &CallPlan) -> Stream {
    let index = plan.index.wrapping_mul(ATTEMPTS).wrapping_add(u64::from(plan.attempt));
    seed.stream(Purpose::Redial, index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::CompletedBy;
    use crate::outcome::Technical;
    use crate::random::Distribution;
    use crate::time::Duration;
    use crate::traffic::callers::{Numbers, Redial, Repeat};

    fn class(probability: f64, limit: u32, defection: f64) -> CallerClass {
        CallerClass {
            name: Arc::from("customer"),
            share: 1.0,
            to: Numbers::Template(Arc::from("100")),
            from: Numbers::Template(Arc::from("79{number}")),
            talk: Distribution::Constant { seconds: 60.0 },
            patience: Some(Distribution::Exponential { mean: 30.0 }),
            redial: Redial {
                probability,
                delay: Distribution::Constant { seconds: 20.0 },
                limit,
                defection,
                acknowledgement: 0.0,
                sibling: None,
            },
            repeat: Repeat::NEVER,
            habits: None,
            callback: crate::traffic::callbacks::CallbackHabit::default(),
            value: None,
            auth: None,
            priority: 0,
            language: None,
            skill: None,
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
            repeats: 0,
            called_back: false,
            intent: None,
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

    /// Coverage row 8: with redial probability r and limit k, a caller who always fails makes
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

    /// Coverage row 86: whoever does not dial again defects with probability d, after whichever attempt.
    #[test]
    fn the_share_that_defects_is_the_defection_probability() {
        let (defection, callers) = (0.3_f64, 20_000_u32);
        let class = class(0.6, 3, defection);
        let defected = (0..callers).filter(|index| failing(u64::from(*index), &class).1).count();
        let share = f64::from(u32::try_from(defected).unwrap()) / f64::from(callers);
        let sigma = (defection * (1.0 - defection) / f64::from(callers)).sqrt();
        assert!((share - defection).abs() < 4.0 * sigma, "{share}");
    }

    fn repeating(probability: f64) -> Repeat {
        Repeat {
            probability,
            delay: Distribution::Constant { seconds: 3_600.0 },
            limit: 1,
            acknowledgement: 0.0,
            resolution_gain: 0.0,
            elasticity: 1.5,
        }
    }

    /// Repeat calls of `callers` served callers of this class, each the first time.
    fn repeats(repeat: Repeat, callers: u64) -> f64 {
        let class = CallerClass { repeat, ..class(0.0, 0, 0.0) };
        let served = Outcome::Completed(CompletedBy::Agent);
        let next = |index| next(Seed(3), &first(index), &class, served, Instant::ZERO);
        let again = (0..callers).filter(|index| matches!(next(*index), Next::Redial(_))).count();
        f64::from(u32::try_from(again).unwrap())
    }

    /// Coverage row 47: a message "request accepted" saves 30 % of the repeat calls. Of 40 000 served callers who would
    /// call again with probability 0.4, the two volumes' ratio is 0.70 within 4 sigma of its delta-method spread.
    #[test]
    fn an_acknowledgement_leaves_seventy_per_cent_of_the_repeat_calls() {
        let callers = 40_000;
        let without = repeats(repeating(0.4), callers);
        let with = repeats(Repeat { acknowledgement: 0.3, ..repeating(0.4) }, callers);
        let ratio = with / without;
        let sigma = 0.7 * ((1.0 - 0.28) / 11_200.0 + (1.0 - 0.4) / 16_000.0_f64).sqrt();
        assert!((ratio - 0.7).abs() < 4.0 * sigma, "{ratio} ± {sigma}");
    }

    /// Coverage row 47, of redials: the same message saves 30 % of the redials of 40 000 callers who did not get through.
    #[test]
    fn an_acknowledgement_leaves_seventy_per_cent_of_the_redials() {
        let redials = |acknowledgement: f64| {
            let plain = class(0.4, 1, 0.0);
            let class = CallerClass { redial: Redial { acknowledgement, ..plain.redial.clone() }, ..plain };
            (0..40_000).map(|index| f64::from(failing(index, &class).0 - 1)).sum::<f64>()
        };
        let (with, without) = (redials(0.3), redials(0.0));
        let sigma = 0.7 * ((1.0 - 0.28) / 11_200.0 + (1.0 - 0.4) / 16_000.0_f64).sqrt();
        assert!((with / without - 0.7).abs() < 4.0 * sigma, "{with} of {without}, sigma {sigma}");
        assert_eq!(redials(1.0).total_cmp(&0.0), std::cmp::Ordering::Equal);
    }

    /// Coverage row 65: a percentage point of first-contact resolution saves `elasticity` percent of the repeat calls,
    /// 1 to 2; ten points therefore 10 to 20 %, which 40 000 served callers show.
    #[test]
    fn a_point_of_first_contact_resolution_saves_one_to_two_per_cent_of_the_repeat_calls() {
        for elasticity in [1.0, 1.5, 2.0] {
            let better = Repeat { resolution_gain: 0.01, elasticity, ..repeating(0.4) };
            let saved = 1.0 - better.effective_probability() / 0.4;
            assert!((saved - elasticity / 100.0).abs() < 1e-12, "{saved}");
            let callers = 40_000;
            let without = repeats(repeating(0.4), callers);
            let ten = Repeat { resolution_gain: 0.1, elasticity, ..repeating(0.4) };
            let ratio = repeats(ten, callers) / without;
            let exact = 1.0 - elasticity / 10.0;
            assert!((ratio - exact).abs() < 0.04, "{ratio} instead of {exact}");
        }
    }

    #[test]
    fn a_repeat_call_is_a_new_talk_of_the_same_caller_and_ends_at_its_limit() {
        let class = CallerClass {
            repeat: repeating(1.0),
            talk: Distribution::Exponential { mean: 60.0 },
            ..class(1.0, 1, 1.0)
        };
        let served = Outcome::Completed(CompletedBy::Agent);
        let Next::Redial(again) = next(Seed(3), &first(7), &class, served, Instant::ZERO) else {
            panic!("a certain repeat call")
        };
        assert_eq!((again.index, again.attempt, again.repeats), (7, 1, 1));
        assert_ne!(again.talk, first(7).talk);
        assert_eq!(next(Seed(3), &again, &class, served, Instant::ZERO), Next::Stopped, "one repeat call");
        let refused = Outcome::Technical(Technical::Trunk);
        let Next::Redial(redial) = next(Seed(3), &again, &class, refused, Instant::ZERO) else {
            panic!("the redials of a repeat call are counted from it")
        };
        assert_eq!(
            next(Seed(3), &redial, &class, refused, Instant::ZERO),
            Next::Stopped,
            "served, so not lost"
        );
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
