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
use crate::pbx::AgentId;
use crate::pbx::AnsweredBy;
use crate::pbx::QueueId;
use crate::pbx::Refusal;
use crate::scenario::Scenario;
use crate::text::{share, share_option};
use crate::time::{Duration, Instant};
use crate::traffic::CallPlan;

/// What the caller's side has seen of a call so far.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each one so or not")]
pub(super) struct Attempt {
    pub(super) plan: CallPlan,
    pub(super) name: Arc<str>,
    pub(super) caller: Caller,
    pub(super) started: Instant,
    pub(super) ringing: Option<Instant>,
    pub(super) answered: Option<Instant>,
    /// A person, or the PBX standing in for one, speaks.
    pub(super) connected: Option<Instant>,
    /// Of a caller who was sent on: when a person spoke first, and how long people have talked since.
    pub(super) before: Option<Before>,
    pub(super) queue: Option<QueueId>,
    /// When the queue was entered.
    pub(super) queued: Option<Instant>,
    /// When the queue sent the caller on to where nobody is waited for.
    pub(super) sent_on: Option<Instant>,
    pub(super) agent: Option<AgentId>,
    /// The firm has made this call, to a customer whom it had promised one.
    pub(super) made_by_firm: bool,
    /// The voicemail asks for a message.
    pub(super) at_voicemail: bool,
    /// A menu plays.
    pub(super) in_menu: bool,
    /// The PBX says nothing at all.
    pub(super) silent: bool,
    pub(super) gave_up: bool,
}

impl Attempt {
    /// An attempt whose plan is still to be written.
    pub(super) fn blank() -> Box<Self> {
        let plan = CallPlan::blank();
        Box::new(Self {
            name: Arc::clone(&plan.from),
            caller: Caller::new(&plan),
            plan,
            started: Instant::ZERO,
            ringing: None,
            answered: None,
            connected: None,
            before: None,
            queue: None,
            queued: None,
            sent_on: None,
            agent: None,
            in_menu: false,
            made_by_firm: false,
            at_voicemail: false,
            silent: false,
            gave_up: false,
        })
    }

    /// Starts the attempt that is planned. What the plan and the name were written over is no more.
    pub(super) fn start(&mut self, now: Instant) {
        self.caller = Caller::new(&self.plan);
        self.started = now;
        self.ringing = None;
        self.answered = None;
        self.connected = None;
        self.before = None;
        self.queue = None;
        self.queued = None;
        self.sent_on = None;
        self.agent = None;
        self.in_menu = false;
        self.made_by_firm = false;
        self.at_voicemail = false;
        self.silent = false;
        self.gave_up = false;
    }

    pub(super) fn rings(&mut self, now: Instant, queue: Option<QueueId>) {
        self.ringing.get_or_insert(now);
        self.enters(now, queue);
    }

    pub(super) fn is_answered(&mut self, now: Instant, by: &AnsweredBy, queue: Option<QueueId>) {
        self.answered.get_or_insert(now);
        self.enters(now, queue);
        match by {
            AnsweredBy::Pbx | AnsweredBy::Outside | AnsweredBy::User => self.connected = Some(now),
            AnsweredBy::Queue => {}
            AnsweredBy::Menu { .. } => self.comes_to_a_machine(now),
            AnsweredBy::Voicemail => {
                self.comes_to_a_machine(now);
                (self.in_menu, self.at_voicemail) = (false, true);
            }
            AnsweredBy::Agent(agent) => self.is_connected(now, *agent),
        }
    }

    pub(super) fn is_connected(&mut self, now: Instant, agent: AgentId) {
        self.connected.get_or_insert(now);
        self.agent = Some(agent);
    }

    /// Whoever talked to the caller has sent the caller on.
    pub(super) fn is_transferred(&mut self, now: Instant) {
        let Some(connected) = self.connected.take() else { return };
        let before = self.before.get_or_insert(Before { connected, talked: Duration::ZERO });
        before.talked += now - connected;
        (self.in_menu, self.at_voicemail) = (true, false);
    }

    /// How long people have talked to the caller by `now`.
    fn talk(&self, now: Instant) -> Option<Duration> {
        let current = self.connected.map(|connected| now - connected);
        match self.before {
            None => current,
            Some(before) => Some(before.talked + current.unwrap_or_default()),
        }
    }

    /// From the first queue to the first person after it; whom the firm calls waits for nobody in a queue.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let queued = self.queued.filter(|_| !self.made_by_firm)?;
        let people = [self.before.map(|before| before.connected), self.connected];
        let first = people.into_iter().flatten().find(|connected| *connected >= queued);
        let over = self.sent_on.into_iter().chain(first).min();
        Some(over.unwrap_or(now) - queued)
    }

    pub(super) fn enters(&mut self, now: Instant, queue: Option<QueueId>) {
        if queue.is_some() {
            self.queued.get_or_insert(now);
            self.queue = queue;
            self.sent_on = None;
        }
    }

    /// A machine speaks, perhaps since a queue did not keep the caller: then the wait is over.
    pub(super) fn comes_to_a_machine(&mut self, now: Instant) {
        self.in_menu = true;
        if self.queued.is_some() {
            self.sent_on.get_or_insert(now);
        }
    }

    /// What the attempt itself shows; how it ended is added by whoever ends it.
    pub(super) fn evidence(&self) -> Evidence<'static> {
        Evidence {
            gave_up: self.gave_up,
            provisional: !self.silent,
            ringing: self.ringing.is_some(),
            answered: self.answered.is_some(),
            awaiting_person: self.answered.is_some() && self.connected.is_none(),
            in_menu: self.in_menu || self.at_voicemail,
            status: self.answered.map(|_| 200),
            completed_by: if self.agent.is_some() { CompletedBy::Agent } else { CompletedBy::Pbx },
            ..Evidence::default()
        }
    }

    /// Writes the record of the attempt, which ended so at `now`, over another.
    pub(super) fn write(&self, record: &mut CallRecord, now: Instant, end: &End<'_>, frame: &Frame) {
        let measured = frame.is_measured(&self.plan);
        let agent = self.agent.map(|agent| &frame.agents[agent.0 as usize]);
        let queue = self.queue.map(|queue| &frame.queues[queue.0 as usize]);
        share(&mut record.call_id, &self.name);
        share(&mut record.caller, &self.plan.from);
        share(&mut record.class, &frame.classes[self.plan.class]);
        share(&mut record.did, &self.plan.to);
        share(&mut record.cause, end.rule);
        share_option(&mut record.agent, agent);
        share_option(&mut record.queue, queue);
        record.index = self.plan.index;
        record.attempt = self.plan.attempt;
        record.phase = if measured { Phase::Measured } else { Phase::WarmUp };
        record.intended_start = self.plan.intended_start;
        record.started = Some(self.started);
        record.ringing = self.ringing;
        record.answered = self.answered;
        record.ended = Some(now);
        record.outcome = end.outcome;
        record.sip_status = end.status;
        record.q850 = end.q850;
        record.limiter = end.limiter;
        record.wait = self.wait(now);
        record.talk = self.talk(now);
        record.ended_by = end.ended_by;
        record.last_attempt = end.next.is_last_attempt() && !self.plan.called_back;
        record.defected = *end.next == Next::Defected;
        record.served_before = self.plan.repeats > 0;
    }
}

/// What records say of the scenario. The names are this simulation's own copies: where several threads play, counting
/// the references to one text costs each of them more than all the rest of a record.
#[derive(Debug)]
pub(super) struct Frame {
    classes: Vec<Arc<str>>,
    queues: Vec<Arc<str>>,
    agents: Vec<Arc<str>>,
    measured_from: Instant,
}

impl Frame {
    pub(super) fn of(scenario: &Scenario) -> Self {
        Self {
            classes: scenario.traffic.callers.iter().map(|class| Arc::from(&*class.name)).collect(),
            queues: scenario.pbx.queues.iter().map(|queue| Arc::from(&*queue.name)).collect(),
            agents: scenario.pbx.agents.iter().map(|agent| Arc::from(&*agent.name)).collect(),
            measured_from: Instant::ZERO + scenario.warm_up,
        }
    }
}

impl Frame {
    /// Whether the attempt counts in the figures.
    #[inline]
    pub(super) fn is_measured(&self, plan: &CallPlan) -> bool {
        plan.intended_start >= self.measured_from
    }
}

/// What was said before a caller was sent on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    connected: Instant,
    talked: Duration,
}

/// A record for [`Attempt::write`] to write over; what a simulation never knows is absent for good.
pub(super) fn blank_record() -> Box<CallRecord> {
    let nothing: Arc<str> = Arc::default();
    Box::new(CallRecord {
        call_id: Arc::clone(&nothing),
        index: 0,
        attempt: 0,
        phase: Phase::WarmUp,
        caller: Arc::clone(&nothing),
        class: Arc::clone(&nothing),
        did: Arc::clone(&nothing),
        intended_start: Instant::ZERO,
        started: None,
        ringing: None,
        answered: None,
        ended: None,
        outcome: Outcome::InProgress,
        cause: nothing,
        sip_status: None,
        q850: None,
        limiter: None,
        wait: None,
        talk: None,
        agent: None,
        queue: None,
        ended_by: EndedBy::RunEnd,
        last_attempt: false,
        defected: false,
        served_before: false,
        latency: None,
        media: None,
    })
}

/// What is known of an attempt that the PBX refused with a status.
pub(super) fn refused(shown: Evidence<'static>, refusal: &Refusal, cause: &'static str) -> Evidence<'static> {
    let Refusal::Status { status, reason, retry_after, .. } = refusal else {
        unreachable!("silence, and an answer that is hung up, are no refusals by status");
    };
    let (status, q850, retry_after) = (Some(*status), *reason, retry_after.is_some());
    Evidence { status, q850, retry_after, pbx_cause: Some(cause), ..shown }
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
