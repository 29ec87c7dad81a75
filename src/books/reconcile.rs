//! Whether generator, CDR and queue log saw the same calls.
//!
//! Each book is kept by its own side. A call is forgotten as soon as all its rows have come and agree, so the
//! memory used is that of the calls in progress, whatever the length of the run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::pbx::books::CdrDetail;
use crate::pbx::books::CdrRow;
use crate::pbx::books::NO_CALL;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;

/// Differences told one by one; further ones are counted.
const DIFFERENCES_TOLD: usize = 20;

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreement {
    /// Attempts that the generator started.
    pub generator: u64,
    /// Rows of the PBX.
    pub cdr: u64,
    /// Callers who entered a queue; absent if there is no queue.
    pub queue_log: Option<u64>,
    /// What `Master.csv` leaves out; absent where it shows every call.
    pub hidden: Option<Hidden>,
    /// One sentence per disagreement; empty when the books agree to the call.
    pub differences: Vec<String>,
}

/// Calls that were made and that the PBX's own records do not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden {
    pub calls: u64,
    /// Of these, lost for technical reasons.
    pub technical: u64,
}

/// Compares rows as they come, in any order.
#[derive(Debug, Default)]
pub struct Reconciler {
    open: BTreeMap<Arc<str>, Open>,
    agreement: Agreement,
    detail: CdrDetail,
    untold: u64,
}

/// What has come of one call.
#[derive(Debug, Default)]
struct Open {
    generator: Option<Seen>,
    cdr: Option<Row>,
    entered: u32,
    left: Option<Left>,
    connected_to: Option<Arc<str>>,
}

#[derive(Debug)]
struct Seen {
    outcome: Outcome,
    rule: Arc<str>,
    answered: bool,
    agent: Option<Arc<str>>,
}

#[derive(Debug)]
struct Row {
    cause: &'static str,
    queue: bool,
    agent: Option<Arc<str>>,
    hidden: bool,
    /// The way of the call leads on from a queue that did not keep it.
    sent_on: bool,
}

/// How a caller left the queue, by its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Served,
    Abandoned,
    TimedOut,
    /// Put out because nobody was there, left by a key, or sent on after talking: what followed is the rest of the
    /// CDR's affair.
    SentOn,
}

impl Reconciler {
    /// A run whose PBX has queues or not.
    #[must_use]
    pub fn new(has_queues: bool) -> Self {
        let agreement = Agreement { queue_log: has_queues.then_some(0), ..Agreement::default() };
        Self { agreement, ..Self::default() }
    }

    /// The same for a PBX that writes no more of its calls than `detail`; says what that hides.
    #[must_use]
    pub fn showing(mut self, detail: CdrDetail) -> Self {
        self.agreement.hidden = (detail != CdrDetail::Full).then(Hidden::default);
        self.detail = detail;
        self
    }

    /// A row of the generator's book. Attempts that never left are in no other book.
    pub fn generator(&mut self, record: &CallRecord) {
        if record.started.is_none() || record.outcome == Outcome::Generator {
            return;
        }
        self.agreement.generator += 1;
        let seen = Seen {
            outcome: record.outcome,
            rule: Arc::clone(&record.cause),
            answered: record.answered.is_some(),
            agent: record.agent.clone(),
        };
        let open = self.open.entry(Arc::clone(&record.call_id)).or_default();
        if open.generator.replace(seen).is_some() {
            self.differ(&record.call_id, "stands twice in the generator's book");
        }
        self.settle(&record.call_id);
    }

    /// A row of the PBX's CDR.
    pub fn cdr(&mut self, row: &CdrRow) {
        self.agreement.cdr += 1;
        let queue = row.queue.is_some() && ![cause::QUEUE_FULL, cause::JOIN_EMPTY].contains(&row.cause);
        let hidden = !self.detail.shows(row);
        let sent_on = row.route.as_deref().is_some_and(leads_on);
        let seen = Row { cause: row.cause, queue, agent: row.agent.clone(), hidden, sent_on };
        let open = self.open.entry(Arc::clone(&row.name)).or_default();
        if open.cdr.replace(seen).is_some() {
            self.differ(&row.name, "stands twice in the CDR");
        }
        self.settle(&row.name);
    }

    /// A line of the queue log.
    pub fn queue_event(&mut self, event: &QueueEvent) {
        if &*event.call == NO_CALL || event.event.is_about_callback() {
            return;
        }
        let open = self.open.entry(Arc::clone(&event.call)).or_default();
        match &event.event {
            QueueEventKind::EnterQueue { .. } => {
                // Who has left one queue for another has entered once.
                let passed_on = matches!(open.left.take(), Some(Left::TimedOut | Left::SentOn));
                open.entered += u32::from(!passed_on);
                *self.agreement.queue_log.get_or_insert(0) += u64::from(!passed_on);
            }
            QueueEventKind::Connect { .. } => open.connected_to.clone_from(&event.agent),
            QueueEventKind::CompleteCaller { .. }
            | QueueEventKind::CompleteAgent { .. }
            | QueueEventKind::AttendedTransfer { .. } => open.left = Some(Left::Served),
            QueueEventKind::Abandon { .. } => open.left = Some(Left::Abandoned),
            QueueEventKind::ExitWithTimeout { .. } => open.left = Some(Left::TimedOut),
            QueueEventKind::ExitEmpty { .. }
            | QueueEventKind::ExitWithKey { .. }
            | QueueEventKind::BlindTransfer { .. } => {
                open.left = Some(Left::SentOn);
            }
            QueueEventKind::RingNoAnswer { .. }
            | QueueEventKind::RingCanceled { .. }
            | QueueEventKind::Announce { .. }
            | QueueEventKind::CallbackRequest { .. }
            | QueueEventKind::CallbackCall { .. }
            | QueueEventKind::CallbackDone { .. }
            | QueueEventKind::CallbackFailed { .. }
            | QueueEventKind::AddMember
            | QueueEventKind::RemoveMember
            | QueueEventKind::Pause { .. }
            | QueueEventKind::Unpause { .. } => {}
        }
        self.settle(&event.call);
    }

    /// What was found, once no further row will come.
    #[must_use]
    pub fn finish(mut self) -> Agreement {
        for (call, open) in std::mem::take(&mut self.open) {
            let missing = match (&open.generator, &open.cdr) {
                (Some(_), None) => "is in the generator's book but not in the CDR",
                (None, Some(_)) => "is in the CDR but not in the generator's book",
                (Some(_), Some(_)) => "is in the CDR as queued, but the queue log lacks its entry or its end",
                (None, None) => "is in the queue log only",
            };
            self.differ(&call, missing);
        }
        if self.untold > 0 {
            self.agreement.differences.push(format!("and {} further differences", self.untold));
        }
        self.agreement
    }

    /// Forgets the call if everything about it has come.
    fn settle(&mut self, call: &Arc<str>) {
        let Some(open) = self.open.get(call) else { return };
        let (Some(seen), Some(row)) = (&open.generator, &open.cdr) else { return };
        if row.queue && (open.entered == 0 || open.left.is_none()) {
            return;
        }
        let differences = disagreements(seen, row, open);
        if let Some(hidden) = self.agreement.hidden.as_mut().filter(|_| row.hidden) {
            hidden.calls += 1;
            hidden.technical += u64::from(seen.outcome.is_technical());
        }
        self.open.remove(call);
        for difference in differences {
            self.differ(call, difference);
        }
    }

    fn differ(&mut self, call: &str, difference: &str) {
        if self.agreement.differences.len() < DIFFERENCES_TOLD {
            self.agreement.differences.push(format!("call {call} {difference}"));
        } else {
            self.untold += 1;
        }
    }
}

/// Whether the steps of a call's way go on after a queue.
fn leads_on(route: &str) -> bool {
    let mut steps = route.split(" > ").skip_while(|step| !step.starts_with("queue "));
    steps.next().is_some() && steps.last().is_some_and(|last| !last.starts_with("queue "))
}

/// What the complete rows of one call say against each other.
fn disagreements(seen: &Seen, row: &Row, open: &Open) -> Vec<&'static str> {
    let mut found = Vec::new();
    let served = matches!(row.cause, cause::ANSWERED | cause::CONTAINED | cause::VOICEMAIL | cause::CALLBACK);
    if seen.outcome.is_completed() && !served && row.cause != cause::SHUT_DOWN {
        found.push("was completed for the generator, not for the CDR");
    }
    // A 200 that crossed the caller's CANCEL was an answer for the PBX alone.
    let gave_up = matches!(seen.outcome, Outcome::Human(Human::Abandoned) | Outcome::InProgress);
    if served && !seen.answered && !gave_up {
        found.push("was answered for the CDR, not for the generator");
    }
    if row.cause == cause::ABANDONED && !gave_up && !seen.outcome.is_technical() {
        found.push("was abandoned for the CDR, not for the generator");
    }
    if let Some(said) = seen.rule.strip_prefix("pbx-")
        && said != row.cause
    {
        found.push("was refused for one cause by the headers and for another by the CDR");
    }
    if seen.agent.is_some() && seen.agent != row.agent {
        found.push("has one agent in the generator's book and another in the CDR");
    }
    if !row.queue {
        // Who has left one queue may be refused by the next.
        if open.entered > 0 && !matches!(open.left, Some(Left::TimedOut | Left::SentOn)) {
            found.push("is in the queue log, but not queued for the CDR");
        }
        return found;
    }
    if open.entered > 1 {
        found.push("entered the queue more than once by its log");
    }
    if open.connected_to != row.agent {
        found.push("has one agent in the CDR and another in the queue log");
    }
    let agrees = match open.left {
        Some(Left::Served) => matches!(row.cause, cause::ANSWERED | cause::SHUT_DOWN),
        Some(Left::Abandoned) => matches!(row.cause, cause::ABANDONED | cause::SHUT_DOWN),
        Some(Left::TimedOut) => row.cause == cause::QUEUE_TIMEOUT || row.sent_on,
        Some(Left::SentOn) => true,
        None => false,
    };
    if !agrees {
        found.push("left the queue in one way by its log and in another by the CDR");
    }
    found
}

/// Compares whole books. `queue_events` is absent where the PBX has no queue.
pub fn reconcile<'a>(
    generator: impl IntoIterator<Item = &'a CallRecord>,
    cdr: impl IntoIterator<Item = &'a CdrRow>,
    queue_events: Option<impl IntoIterator<Item = &'a QueueEvent>>,
) -> Agreement {
    let mut reconciler = Reconciler::new(queue_events.is_some());
    for event in queue_events.into_iter().flatten() {
        reconciler.queue_event(event);
    }
    for row in cdr {
        reconciler.cdr(row);
    }
    for record in generator {
        reconciler.generator(record);
    }
    reconciler.finish()
}
