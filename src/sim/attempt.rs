//! One attempt in progress, and the record that it becomes.

use std::sync::Arc;

use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Limiter;
use crate::outcome::Outcome;
use crate::outcome::Phase;
use crate::outcome::classify::Evidence;
use crate::party::Caller;
use crate::party::redial::Next;
use crate::pbx::AnsweredBy;
use crate::time::Instant;
use crate::traffic::CallPlan;
use crate::traffic::callers::CallerClass;

/// What the caller's side has seen of a call so far.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) plan: CallPlan,
    pub(super) name: Arc<str>,
    pub(super) caller: Caller,
    pub(super) started: Instant,
    pub(super) ringing: Option<Instant>,
    pub(super) answered: Option<Instant>,
    /// A person, or the PBX standing in for one, speaks.
    pub(super) connected: Option<Instant>,
    pub(super) queue: Option<Arc<str>>,
    /// When the queue was entered.
    pub(super) queued: Option<Instant>,
    pub(super) agent: Option<Arc<str>>,
    /// The PBX says nothing at all.
    pub(super) silent: bool,
    pub(super) gave_up: bool,
}

impl Attempt {
    pub(super) fn new(plan: CallPlan, name: Arc<str>, now: Instant) -> Self {
        Self {
            name,
            caller: Caller::new(&plan),
            plan,
            started: now,
            ringing: None,
            answered: None,
            connected: None,
            queue: None,
            queued: None,
            agent: None,
            silent: false,
            gave_up: false,
        }
    }

    pub(super) fn rings(&mut self, now: Instant, queue: Option<Arc<str>>) {
        self.ringing.get_or_insert(now);
        self.enters(now, queue);
    }

    pub(super) fn is_answered(&mut self, now: Instant, by: &AnsweredBy, queue: Option<Arc<str>>) {
        self.answered.get_or_insert(now);
        self.enters(now, queue);
        match by {
            AnsweredBy::Pbx | AnsweredBy::User { .. } => self.connected = Some(now),
            AnsweredBy::Queue => {}
            AnsweredBy::Agent { name, .. } => self.is_connected(now, name),
        }
    }

    pub(super) fn is_connected(&mut self, now: Instant, agent: &Arc<str>) {
        self.connected.get_or_insert(now);
        self.agent = Some(Arc::clone(agent));
    }

    pub(super) fn enters(&mut self, now: Instant, queue: Option<Arc<str>>) {
        if queue.is_some() {
            self.queued.get_or_insert(now);
            self.queue = queue;
        }
    }

    /// What the attempt itself shows; how it ended is added by whoever ends it.
    pub(super) fn evidence(&self) -> Evidence<'static> {
        Evidence {
            gave_up: self.gave_up,
            provisional: self.ringing.is_some(),
            ringing: self.ringing.is_some(),
            answered: self.answered.is_some(),
            awaiting_person: self.answered.is_some() && self.connected.is_none(),
            status: self.answered.map(|_| 200),
            completed_by: if self.agent.is_some() { CompletedBy::Agent } else { CompletedBy::Pbx },
            ..Evidence::default()
        }
    }

    /// The record of the attempt that ended so at `now`.
    pub(super) fn record(
        self,
        now: Instant,
        end: &End<'_>,
        class: &CallerClass,
        warm_up: Instant,
    ) -> CallRecord {
        let measured = self.plan.intended_start >= warm_up;
        CallRecord {
            call_id: self.name,
            index: self.plan.index,
            attempt: self.plan.attempt,
            phase: if measured { Phase::Measured } else { Phase::WarmUp },
            caller: self.plan.from,
            class: Arc::clone(&class.name),
            did: self.plan.to,
            intended_start: self.plan.intended_start,
            started: Some(self.started),
            ringing: self.ringing,
            answered: self.answered,
            ended: Some(now),
            outcome: end.outcome,
            cause: Arc::clone(end.rule),
            sip_status: end.status,
            q850: end.q850,
            limiter: end.limiter,
            wait: self.queued.map(|queued| self.connected.unwrap_or(now) - queued),
            talk: self.connected.map(|connected| now - connected),
            agent: self.agent,
            queue: self.queue,
            ended_by: end.ended_by,
            last_attempt: end.next.is_last_attempt(),
            defected: *end.next == Next::Defected,
            served_before: self.plan.repeats > 0,
            latency: None,
            media: None,
        }
    }
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) struct End<'a> {
    pub(super) outcome: Outcome,
    pub(super) rule: &'a Arc<str>,
    pub(super) status: Option<u16>,
    pub(super) q850: Option<u8>,
    pub(super) limiter: Option<Limiter>,
    pub(super) ended_by: EndedBy,
    pub(super) next: &'a Next,
}
