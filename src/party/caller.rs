//! One attempt, from the caller's chair.
//!
//! Patience runs from the intended start until a person speaks: through ringing, and through a queue that
//! answers first. Without queues the 200 is the person. How a caller who gives up leaves (CANCEL, BYE, or in
//! silence) is the driver's business.

use crate::keypad::Key;
use crate::time::{Duration, Instant};
use crate::traffic::CallPlan;
use crate::traffic::habits::Intent;

/// What the caller hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The ringing tone.
    Ringing,
    /// The call was answered: by a person, or by a machine that will look for one.
    Answered { person: bool },
    /// The prompt of a menu of the PBX's, or of one unknown.
    Prompt { menu: Option<usize> },
    /// The menu took the key.
    Branch { menu: usize, key: Key },
    /// The voicemail asks for a message.
    Recording,
    /// A key is offered that gets a callback; the caller presses it after this, or goes on waiting.
    CallbackOffered { press: Option<(Key, Duration)> },
    /// A person spoke after a machine had answered, or after somebody had sent the caller on.
    Connected,
    /// Whoever talked to the caller has sent the caller on: to a machine, which will look for a person. `talk` is what
    /// there is to say to that person; absent: what has not been said.
    Transferred { talk: Option<Duration> },
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
    /// A machine has told what the caller wanted to know.
    Content,
    /// Presses a key.
    Press(Key),
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
    patience: Option<Duration>,
    state: State,
    /// Present where machines answer.
    keypad: Option<Box<Keypad>>,
    /// When the caller will take the offer of a callback.
    takes_offer: Option<(Instant, Key)>,
}

/// What a caller does with a machine.
#[derive(Debug, Clone)]
struct Keypad {
    intent: Intent,
    /// Prompts heard.
    prompts: usize,
    press: Option<(Instant, Key)>,
    /// When the caller will have heard enough.
    content_at: Option<Instant>,
}

impl Caller {
    /// The caller who intends this call, at the moment of dialling.
    #[must_use]
    pub fn new(plan: &CallPlan) -> Self {
        let until = plan.patience.map(|patience| plan.intended_start + patience);
        let keypad = plan.intent.as_deref().map(|intent| {
            let intent = intent.clone();
            Box::new(Keypad { intent, prompts: 0, press: None, content_at: None })
        });
        Self {
            talk: plan.talk,
            patience: plan.patience,
            state: State::Waiting { until },
            keypad,
            takes_offer: None,
        }
    }

    /// Applies one event at `now` and appends its consequences to `actions`.
    #[inline]
    pub fn handle(&mut self, now: Instant, input: Input, actions: &mut Vec<Action>) {
        match (self.state, input) {
            (_, Input::Ended) => self.state = State::Gone,
            (State::Waiting { .. }, Input::Answered { person: true } | Input::Connected) => {
                self.state = State::Talking { until: now + self.talk };
            }
            (State::Waiting { .. }, Input::Ringing | Input::Answered { person: false }) => {}
            (State::Waiting { until }, input) => self.handle_while_waiting(until, now, input, actions),
            (State::Talking { until }, Input::DeadlineReached) if until <= now => {
                self.state = State::Gone;
                actions.push(Action::HangUp);
            }
            (State::Talking { until }, Input::Transferred { talk }) => {
                // What has not been said is said to the next, unless there is more, and patience begins anew.
                let rest = if until > now { until - now } else { Duration::ZERO };
                self.talk = talk.unwrap_or(rest);
                self.state = State::Waiting { until: self.patience.map(|patience| now + patience) };
            }
            (State::Talking { .. } | State::Gone, _) => {}
        }
    }

    #[inline(never)]
    fn handle_while_waiting(
        &mut self,
        until: Option<Instant>,
        now: Instant,
        input: Input,
        actions: &mut Vec<Action>,
    ) {
        match input {
            Input::Prompt { menu } => self.hear_prompt(now, menu),
            Input::CallbackOffered { press } => {
                self.takes_offer = press.map(|(key, after)| (now + after, key));
            }
            Input::Recording => self.speak(now, actions),
            Input::Branch { menu, key } => self.go_along(now, menu, key),
            Input::DeadlineReached if self.is_content(now) => {
                self.state = State::Gone;
                actions.push(Action::Content);
            }
            Input::DeadlineReached if until.is_some_and(|until| until <= now) => {
                self.state = State::Gone;
                actions.push(Action::GiveUp);
            }
            Input::DeadlineReached => self.press_what_is_due(now, actions),
            Input::Ringing
            | Input::Answered { .. }
            | Input::Connected
            | Input::Transferred { .. }
            | Input::Ended => {}
        }
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    #[inline]
    pub fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { until } => match (&self.keypad, self.takes_offer) {
                (None, None) => until,
                _ => self.next_press(until),
            },
            State::Talking { until } => Some(until),
            State::Gone => None,
        }
    }

    /// When a caller whose patience ends then presses a key, or has heard enough, or gives up.
    #[inline(never)]
    fn next_press(&self, until: Option<Instant>) -> Option<Instant> {
        let offer = self.takes_offer.map(|(at, _)| at);
        let keypad = self.keypad.as_ref();
        let press = keypad.and_then(|keypad| keypad.press).map(|(at, _)| at);
        let content = keypad.and_then(|keypad| keypad.content_at);
        [until, offer, press, content].into_iter().flatten().min()
    }

    fn hear_prompt(&mut self, now: Instant, menu: Option<usize>) {
        let Some(keypad) = &mut self.keypad else { return };
        let key = keypad.intent.key(keypad.prompts, menu);
        keypad.press = key.map(|(key, after)| (now + after, key));
        keypad.content_at = None;
        keypad.prompts += 1;
    }

    fn go_along(&mut self, now: Instant, menu: usize, key: Key) {
        let Some(keypad) = &mut self.keypad else { return };
        let (enough, talk_factor) = keypad.intent.benefit(keypad.prompts.saturating_sub(1), menu, key);
        keypad.press = None;
        keypad.content_at = enough.map(|lasts| now + lasts);
        self.talk = self.talk.mul_f64(talk_factor);
    }

    /// Leaves a message, or hangs up on the greeting.
    fn speak(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let message = self.keypad.as_mut().and_then(|keypad| {
            keypad.press = None;
            keypad.content_at = keypad.intent.message.map(|lasts| now + lasts);
            keypad.content_at
        });
        if message.is_some() {
            // Who speaks waits for nobody.
            self.state = State::Waiting { until: None };
        } else {
            self.state = State::Gone;
            actions.push(Action::GiveUp);
        }
    }

    fn is_content(&self, now: Instant) -> bool {
        self.keypad.as_ref().and_then(|keypad| keypad.content_at).is_some_and(|at| at <= now)
    }

    fn press_what_is_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if let Some((_, key)) = self.takes_offer.take_if(|(at, _)| *at <= now) {
            actions.push(Action::Press(key));
        }
        if let Some(keypad) = &mut self.keypad
            && let Some((_, key)) = keypad.press.take_if(|(at, _)| *at <= now)
        {
            actions.push(Action::Press(key));
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
            called_back: false,
            intent: None,
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
    fn whoever_is_sent_on_waits_with_new_patience_and_says_the_rest() {
        let mut caller = Caller::new(&plan(60, Some(30)));
        told(&mut caller, 120, Input::Answered { person: true });
        told(&mut caller, 140, Input::Transferred { talk: None });
        assert_eq!(caller.next_deadline(), Some(at(170)), "thirty seconds from then on");
        told(&mut caller, 150, Input::Connected);
        assert_eq!(caller.next_deadline(), Some(at(190)), "forty of the sixty seconds are left");
        told(&mut caller, 160, Input::Transferred { talk: None });
        assert_eq!(told(&mut caller, 190, Input::DeadlineReached), [Action::GiveUp]);
    }

    #[test]
    fn whoever_is_sent_on_with_something_else_to_say_says_that() {
        let mut caller = Caller::new(&plan(60, None));
        told(&mut caller, 120, Input::Answered { person: true });
        told(&mut caller, 140, Input::Transferred { talk: Some(Duration::from_secs(300)) });
        assert_eq!(caller.next_deadline(), None, "no end of patience");
        told(&mut caller, 150, Input::Connected);
        assert_eq!(caller.next_deadline(), Some(at(450)));
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
