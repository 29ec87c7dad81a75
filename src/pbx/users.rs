//! Users: people with a phone and a number of their own, who are dialled and not queued for; and the agents' phones,
//! without which no call can be offered.
//!
//! Where a user's phones are is not known here: whoever carries out `Action::Dial` rings them, and says what became
//! of it.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::admission::Refused;
use crate::pbx::agent;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::call::Then;
use crate::pbx::config::Refusal;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::rows::End;
use crate::pbx::timers::Owner;
use crate::time::{Duration, Instant};

impl Pbx {
    /// Rings the phones of `user`, whom the caller dialled or was sent to. The user's leg counts like an agent's.
    pub(super) fn dial(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        user: &str,
        ring_timeout: Duration,
        actions: &mut Vec<Action>,
    ) {
        if !self.admission.has_leg_for_agent() {
            let refused = self.admission.no_leg();
            return self.refuse(now, id, call, refused, actions);
        }
        self.admission.seize_agent_leg(id);
        let timer = self.timers.set(now + ring_timeout, Owner::Call(id));
        call.state = State::Ringing { timer, then: Then::UserAnswers };
        self.calls.insert(id, call);
        actions.push(Action::Dial { call: id, user: Arc::from(user), ring_timeout });
    }

    /// One of the user's phones rings: the caller hears it.
    pub(super) fn user_rings(&mut self, id: CallId, actions: &mut Vec<Action>) {
        if self.is_dialling(id) {
            actions.push(Action::Ring { call: id, queue: None });
        } else {
            self.ignore();
        }
    }

    pub(super) fn user_answered(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        if !self.is_dialling(id) {
            return self.ignore();
        }
        self.answer(now, id, AnsweredBy::User, actions);
    }

    /// Every phone of the user refused, or there is none.
    pub(super) fn user_failed(&mut self, now: Instant, id: CallId, status: u16, actions: &mut Vec<Action>) {
        if !self.is_dialling(id) {
            return self.ignore();
        }
        let call = self.take(id);
        self.refuse(now, id, call, refusal_of(status), actions);
    }

    pub(super) fn user_hung_up(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        match self.calls.get(&id).map(|call| call.state) {
            Some(State::Answered { .. }) => {
                actions.push(pass_on_hang_up(id, HangUpReason::User));
                self.close(now, id, &End::new(cause::ANSWERED, EndedBy::Agent), actions);
            }
            Some(State::Talking(talking)) if talking.handed_over => {
                actions.push(pass_on_hang_up(id, HangUpReason::User));
                self.complete(now, id, talking, EndedBy::Agent, actions);
            }
            _ => self.ignore(),
        }
    }

    /// Lets the phones be that ring for a caller who has gone.
    pub(super) fn stop_dialling(&self, id: CallId, actions: &mut Vec<Action>) {
        if self.is_dialling(id) {
            actions.push(Action::StopDialling { call: id });
        }
    }

    fn is_dialling(&self, id: CallId) -> bool {
        let state = self.calls.get(&id).map(|call| call.state);
        matches!(state, Some(State::Ringing { then: Then::UserAnswers, .. }))
    }

    /// An agent's phone has registered, or is registered no longer. An agent without a phone is offered nothing; who
    /// talks, or whose phone rings, is only noted.
    pub(super) fn agent_reachable(
        &mut self,
        now: Instant,
        agent: AgentId,
        reachable: bool,
        actions: &mut Vec<Action>,
    ) {
        let Some(known) = self.agents.get_mut(agent.0 as usize) else {
            return self.ignore();
        };
        if known.reachable == reachable {
            return;
        }
        known.reachable = reachable;
        match (reachable, known.state) {
            (true, agent::State::Away) => {
                self.idle_from_now(now, agent);
                self.offer_calls(now, actions);
            }
            (false, agent::State::Idle) => {
                self.busy_from_now(agent);
                self.agents[agent.0 as usize].state = agent::State::Away;
            }
            _ => {}
        }
    }
}

/// The action that ends a talk because the other side hung up.
pub(super) const fn pass_on_hang_up(id: CallId, reason: HangUpReason) -> Action {
    Action::HangUp { call: id, reason, q850: Some(16), limiter: None, cause: cause::ANSWERED, scope: None }
}

/// How the caller learns what the user's phones said: busy, declined and unknown as such, all else as no answer.
fn refusal_of(status: u16) -> Refused {
    let (status, q850, cause) = match status {
        404 | 410 | 484 | 604 => (404, 1, cause::UNKNOWN_NUMBER),
        486 | 600 => (486, 17, cause::BUSY),
        603 => (603, 21, cause::DECLINED),
        488 | 606 => (488, 88, cause::NO_ANSWER),
        482 | 483 => (status, 25, cause::NO_ANSWER),
        503 => (503, 41, cause::NO_ANSWER),
        _ => (480, 19, cause::NO_ANSWER),
    };
    Refused::new(None, cause, Refusal::status(status, Some(q850)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbx::Input;
    use crate::pbx::config::Config;
    use crate::pbx::config::Extension;
    use crate::pbx::config::Legs;
    use crate::pbx::config::UserConfig;
    use crate::random::Seed;

    fn pbx(legs: Option<Legs>) -> Pbx {
        let user = Extension::User(UserConfig::default());
        let extensions = [("101".into(), user.clone()), ("102".into(), user)].into();
        Pbx::new(Config { legs, extensions, ..Config::default() }, Seed(1))
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    fn tell(pbx: &mut Pbx, seconds: u64, input: Input<'_>) -> Vec<String> {
        let mut actions = Vec::new();
        pbx.handle(at(seconds), input, &mut actions);
        actions.iter().map(said).collect()
    }

    fn said(action: &Action) -> String {
        match action {
            Action::Dial { user, .. } => format!("dial {user}"),
            Action::StopDialling { .. } => "stop".to_owned(),
            Action::Ring { .. } => "ring".to_owned(),
            Action::Answer { by: AnsweredBy::User, .. } => "answered".to_owned(),
            Action::Reject { refusal, .. } => match &**refusal {
                Refusal::Status { status, .. } => format!("refuse {status}"),
                other => format!("{other:?}"),
            },
            Action::HangUp { reason, .. } => format!("hang up {reason:?}"),
            Action::CallEnded(row) => format!("row {} {:?}", row.cause, row.ended_by),
            other => format!("{other:?}"),
        }
    }

    fn offer(pbx: &mut Pbx, call: u64, seconds: u64) -> Vec<String> {
        let [name, from, to] = &["1", "101", "102"].map(Arc::from);
        tell(pbx, seconds, Input::CallOffered { call: CallId(call), name, from, to, class: 0 })
    }

    #[test]
    fn a_user_is_dialled_answers_and_hangs_up() {
        let call = CallId(1);
        let mut pbx = pbx(None);
        assert_eq!(offer(&mut pbx, 1, 0), ["dial 102"]);
        assert_eq!(tell(&mut pbx, 1, Input::UserRings { call }), ["ring"]);
        assert_eq!(tell(&mut pbx, 2, Input::UserAnswered { call }), ["answered"]);
        assert_eq!(tell(&mut pbx, 60, Input::UserFailed { call, status: 486 }), [""; 0], "too late");
        assert_eq!(tell(&mut pbx, 61, Input::UserHungUp { call }), ["hang up User", "row answered Agent"]);
        assert_eq!((pbx.circuits_in_use(), pbx.unknown_inputs()), (0, 1));
    }

    #[test]
    fn what_the_phones_say_is_what_the_caller_hears() {
        for (status, expected, cause) in [
            (404, 404, "unknown-number"),
            (486, 486, "busy"),
            (600, 486, "busy"),
            (603, 603, "declined"),
            (480, 480, "no-answer"),
            (408, 480, "no-answer"),
            (483, 483, "no-answer"),
        ] {
            let mut pbx = pbx(None);
            offer(&mut pbx, 1, 0);
            let failed = tell(&mut pbx, 1, Input::UserFailed { call: CallId(1), status });
            assert_eq!(failed, [format!("refuse {expected}"), format!("row {cause} Pbx")]);
            assert_eq!(pbx.circuits_in_use(), 0);
        }
    }

    #[test]
    fn phones_stop_ringing_when_the_time_is_over_the_caller_leaves_or_the_pbx_closes() {
        let timeout = UserConfig::default().ring_timeout.as_secs();
        let hung_up = Input::CallerHungUp { call: CallId(1) };
        for (seconds, input, expected) in [
            (timeout, Input::DeadlineReached, ["stop", "refuse 480", "row no-answer Pbx"].as_slice()),
            (1, hung_up, &["stop", "row abandoned Caller"]),
            (1, Input::ShutDown, &["stop", "refuse 503", "row shut-down Pbx"]),
        ] {
            let mut pbx = pbx(None);
            offer(&mut pbx, 1, 0);
            assert_eq!(tell(&mut pbx, seconds, input), expected);
        }
    }

    #[test]
    fn the_users_phone_takes_a_leg() {
        let mut pbx = pbx(Some(Legs { limit: 3, kinds: Vec::new() }));
        assert_eq!(offer(&mut pbx, 1, 0), ["dial 102"]);
        assert_eq!(offer(&mut pbx, 2, 0), ["refuse 503", "row legs-full Pbx"]);
        tell(&mut pbx, 1, Input::CallerHungUp { call: CallId(1) });
        assert_eq!(offer(&mut pbx, 3, 1), ["dial 102"], "both legs are free again");
    }
}
