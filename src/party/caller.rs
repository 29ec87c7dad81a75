//! One attempt, from the caller's chair.
//!
//! Patience runs from the intended start until a person speaks: through ringing, and through a queue that
//! answers first. Without queues the 200 is the person. How a caller who gives up leaves (CANCEL, BYE, or in
//! silence) is the driver's business.

use crate::time::{Duration, Instant};
use crate::traffic::CallPlan;

/// What the caller hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The ringing tone.
    Ringing,
    /// The call was answered: by a person, or by a machine that will look for one.
    Answered { person: bool },
    /// A person spoke after a machine had answered.
    Connected,
    /// The call ended without the caller's doing.
    Ended,
    /// Time has come to `next_deadline`, or some other time: harmless.
    DeadlineReached,
}

/// What the caller does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Patience is over before a person was reached.
    GiveUp,
    /// All has been said.
    HangUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// For a person, until patience ends.
    Waiting {
        until: Option<Instant>,
    },
    Talking {
        until: Instant,
    },
    Gone,
}

/// A caller during one attempt. All times are people's.
#[derive(Debug, Clone)]
pub struct Caller {
    talk: Duration,
    state: State,
}

impl Caller {
    /// The caller who intends this call, at the moment of dialling.
    #[must_use]
    pub fn new(plan: &CallPlan) -> Self {
        let until = plan.patience.map(|patience| plan.intended_start + patience);
        Self { talk: plan.talk, state: State::Waiting { until } }
    }

    /// Applies one event at `now` and appends its consequences to `actions`.
    pub fn handle(&mut self, now: Instant, input: Input, actions: &mut Vec<Action>) {
        match (self.state, input) {
            (State::Waiting { .. }, Input::Answered { person: true } | Input::Connected) => {
                self.state = State::Talking { until: now + self.talk };
            }
            (State::Waiting { until: Some(until) }, Input::DeadlineReached) if until <= now => {
                self.state = State::Gone;
                actions.push(Action::GiveUp);
            }
            (State::Talking { until }, Input::DeadlineReached) if until <= now => {
                self.state = State::Gone;
                actions.push(Action::HangUp);
            }
            (_, Input::Ended) => self.state = State::Gone,
            _ => {}
        }
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    pub const fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { until } => until,
            State::Talking { until } => Some(until),
            State::Gone => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn plan(talk: u64, patience: Option<u64>) -> CallPlan {
        CallPlan {
            index: 0,
            attempt: 0,
            intended_start: at(100),
            class: 0,
            from: Arc::from("79000000000"),
            to: Arc::from("100"),
            talk: Duration::from_secs(talk),
            patience: patience.map(Duration::from_secs),
            repeats: 0,
        }
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    fn told(caller: &mut Caller, seconds: u64, input: Input) -> Vec<Action> {
        let mut actions = Vec::new();
        caller.handle(at(seconds), input, &mut actions);
        actions
    }

    #[test]
    fn patience_runs_from_the_intended_start_and_ringing_does_not_stop_it() {
        let mut caller = Caller::new(&plan(60, Some(30)));
        assert_eq!(told(&mut caller, 101, Input::Ringing), []);
        assert_eq!(caller.next_deadline(), Some(at(130)));
        assert_eq!(told(&mut caller, 129, Input::DeadlineReached), []);
        assert_eq!(told(&mut caller, 130, Input::DeadlineReached), [Action::GiveUp]);
        assert_eq!(told(&mut caller, 130, Input::DeadlineReached), []);
        assert_eq!(caller.next_deadline(), None);
    }

    #[test]
    fn a_machine_that_answers_does_not_end_the_wait_but_a_person_does() {
        let mut caller = Caller::new(&plan(60, Some(30)));
        told(&mut caller, 101, Input::Answered { person: false });
        assert_eq!(caller.next_deadline(), Some(at(130)));
        told(&mut caller, 120, Input::Connected);
        assert_eq!(caller.next_deadline(), Some(at(180)));
        assert_eq!(told(&mut caller, 180, Input::DeadlineReached), [Action::HangUp]);
    }

    #[test]
    fn the_talk_starts_once_however_often_the_answer_is_repeated() {
        let mut caller = Caller::new(&plan(60, None));
        assert_eq!(caller.next_deadline(), None);
        told(&mut caller, 110, Input::Answered { person: true });
        told(&mut caller, 140, Input::Answered { person: true });
        assert_eq!(caller.next_deadline(), Some(at(170)));
    }

    #[test]
    fn a_call_that_ended_asks_for_nothing_more() {
        let mut caller = Caller::new(&plan(60, Some(30)));
        told(&mut caller, 105, Input::Ended);
        assert_eq!(caller.next_deadline(), None);
        assert_eq!(told(&mut caller, 106, Input::Answered { person: true }), []);
        assert_eq!(caller.next_deadline(), None);
    }
}
