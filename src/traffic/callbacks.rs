//! What callers make of being called back: whether they take the offer, and whether they pick up.
//!
//! Drawn from streams of their own, named by the caller's place in the plan and the try, so that the simulation and the
//! wire meet the same people.

use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::Duration;
use crate::traffic::CallPlan;

/// Offers and calls of one caller that have streams of their own.
const DRAWS: u64 = 1 << 16;
/// Calls are drawn apart from offers.
const CALLS: u64 = 1 << 62;

/// A class's habits with callbacks, `traffic.callers.*.callback` of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct CallbackHabit {
    /// Share of callers who take the offer of a callback, 0 to 1.
    pub accept: f64,
    /// From the offer to the key.
    pub think: Distribution,
    /// Share of the calls to them that they answer, 0 to 1.
    pub answer: f64,
    /// From the first ring to the pick-up.
    pub answer_delay: Distribution,
    /// They do not call: they leave their number on a web page, and wait for a call.
    pub on_web: bool,
}

impl Default for CallbackHabit {
    /// Whoever is offered a callback takes it at once, and whoever is called picks up at once.
    fn default() -> Self {
        let now = Distribution::Constant { seconds: 0.0 };
        Self { accept: 1.0, think: now.clone(), answer: 1.0, answer_delay: now, on_web: false }
    }
}

impl CallbackHabit {
    /// After how long the caller of `plan` takes the offer; `None`: the caller goes on waiting.
    #[must_use]
    pub fn accepts(&self, seed: Seed, plan: &CallPlan) -> Option<Duration> {
        let index = plan.index.wrapping_mul(DRAWS).wrapping_add(u64::from(plan.attempt));
        let mut stream = seed.stream(Purpose::Callback, index & (CALLS - 1));
        let accepts = stream.chance(self.accept);
        let think = self.think.sample(&mut stream);
        accepts.then_some(think)
    }

    /// After how long the caller of `plan` picks up when called for the `attempt`th time; `None`: never.
    #[must_use]
    pub fn answers(&self, seed: Seed, plan: &CallPlan, attempt: u32) -> Option<Duration> {
        let index = plan.index.wrapping_mul(DRAWS).wrapping_add(u64::from(attempt));
        let mut stream = seed.stream(Purpose::Callback, CALLS | (index & (CALLS - 1)));
        let answers = stream.chance(self.answer);
        let delay = self.answer_delay.sample(&mut stream);
        answers.then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_taken_and_calls_answered_in_their_shares() {
        let law = Distribution::Exponential { mean: 4.0 };
        let habit =
            CallbackHabit { accept: 0.6, think: law.clone(), answer: 0.8, answer_delay: law, on_web: false };
        let plan = |index| CallPlan { index, ..CallPlan::blank() };
        let taken: Vec<Duration> = (0..10_000).filter_map(|i| habit.accepts(Seed(5), &plan(i))).collect();
        let answered = (0..10_000).filter(|i| habit.answers(Seed(5), &plan(*i), 1).is_some()).count();
        let both = (0..10_000)
            .filter(|i| habit.answers(Seed(5), &plan(*i), 1).is_some())
            .filter(|i| habit.answers(Seed(5), &plan(*i), 2).is_some())
            .count();
        // Four standard deviations of each binomial; two tries are independent.
        assert!((5_804..=6_196).contains(&taken.len()), "{}", taken.len());
        assert!((7_840..=8_160).contains(&answered), "{answered}");
        assert!((6_208..=6_592).contains(&both), "{both}");
        let mean = taken.iter().map(Duration::as_secs_f64).sum::<f64>() / 6_000.0;
        assert!((mean - 4.0).abs() < 0.3, "{mean}");
    }
}
