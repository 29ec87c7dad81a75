//! An outside system that decides where calls go: the PBX asks, and goes on without it when it stays silent.

use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::admission::Refused;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::config::Refusal;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::pbx::routing::Destination;
use crate::pbx::routing::HttpUrl;
use crate::pbx::timers::Owner;
use crate::random::Distribution;
use crate::time::{Duration, Instant};

/// Whom the PBX asks, and what it does without an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hook {
    /// Where it is asked on the wire, as `http://127.0.0.1:8080/route`; absent: it is played from `model` there too.
    pub url: Option<HttpUrl>,
    /// How long the PBX waits for an answer.
    pub timeout: Duration,
    /// Fail-open: where calls go that nobody decided on. Absent: they are turned away, which is a technical loss.
    pub open: Option<Destination>,
    pub model: HookModel,
}

/// The outside system as the simulation plays it.
#[derive(Debug, Clone, PartialEq)]
pub struct HookModel {
    /// From the question to the answer.
    pub delay: Distribution,
    /// Probability of no usable answer, 0 to 1.
    pub failure: f64,
    /// What it answers: (share, target); the shares sum to 1.
    pub answers: Vec<(f64, Destination)>,
}

/// What the outside system is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub call: CallId,
    pub name: Arc<str>,
    pub from: Arc<str>,
    pub to: Arc<str>,
    /// The caller's type, where the PBX knows types.
    pub class: Option<Arc<str>>,
    pub url: Option<HttpUrl>,
    pub timeout: Duration,
}

/// A target by the names that the outside system knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedTarget {
    Queue(String),
    Extension(String),
    Answer,
    /// Turned away with this status.
    Refuse(u16),
}

impl Pbx {
    /// The target with this name; `None` if there is none, or if it refuses nothing.
    #[must_use]
    pub fn named_target(&self, target: &NamedTarget) -> Option<Destination> {
        match target {
            NamedTarget::Queue(name) => {
                let found = self.config.queues.iter().position(|queue| *queue.name == **name)?;
                Some(Destination::Queue(found))
            }
            NamedTarget::Extension(number) => {
                let (number, _) = self.config.extensions.get_key_value(number.as_str())?;
                Some(Destination::Extension(Arc::clone(number)))
            }
            NamedTarget::Answer => Some(Destination::Pbx),
            NamedTarget::Refuse(status) => {
                (400..=699).contains(status).then(|| Destination::Refuse(Refusal::status(*status, Some(21))))
            }
        }
    }

    pub(super) fn ask(&mut self, now: Instant, id: CallId, mut call: Box<Call>, actions: &mut Vec<Action>) {
        let Some(hook) = &self.config.hook else {
            return self.hook_failed(now, id, call, actions);
        };
        let (url, timeout) = (hook.url.clone(), hook.timeout);
        let timer = self.timers.set(now + timeout, Owner::Call(id));
        call.state = State::Asking { timer, answered: call.answered() };
        let class = self.config.callers.get(call.class).map(|class| Arc::clone(&class.name));
        let [name, from, to] = [&call.name, &call.from, &call.to].map(Arc::clone);
        let question = Question { call: id, name, from, to, class, url, timeout };
        actions.push(Action::AskRoute(Box::new(question)));
        self.calls.insert(id, call);
    }

    /// The outside system has spoken, too late perhaps; `None` where it failed.
    pub(in crate::pbx) fn route_decided(
        &mut self,
        now: Instant,
        id: CallId,
        target: Option<&Destination>,
        actions: &mut Vec<Action>,
    ) {
        if !matches!(self.calls.get(&id).map(|call| call.state), Some(State::Asking { .. })) {
            return self.ignore();
        }
        let mut call = self.take(id);
        call.state = match call.answered() {
            None => State::Arriving,
            Some(at) => State::Answered { at, by_user: false },
        };
        match target {
            // To ask again would never end.
            None | Some(Destination::Ask) => self.hook_failed(now, id, call, actions),
            Some(target) => self.send(now, id, call, target.clone(), actions),
        }
    }

    /// Nobody decides: open or closed, as configured.
    fn hook_failed(&mut self, now: Instant, id: CallId, call: Box<Call>, actions: &mut Vec<Action>) {
        match self.config.hook.as_ref().and_then(|hook| hook.open.clone()) {
            Some(target) if target != Destination::Ask => self.send(now, id, call, target, actions),
            _ => {
                let refusal = Refusal::status(503, Some(38));
                let refused = Refused::new(None, cause::HOOK_FAILED, refusal);
                self.refuse(now, id, call, refused, actions);
            }
        }
    }
}
