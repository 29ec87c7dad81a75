//! What several counts ask of one record, found out once.

use crate::metrics::counts::is_made_by_firm;
use crate::metrics::counts::was_called_back;
use crate::metrics::counts::{asked_for_queue, final_status, index, is_admitted, was_served_from_queue};
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::time::{Duration, Instant};

/// One attempt, as counts see it.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each one true or not")]
pub(super) struct Facts {
    /// The place of the outcome in [`Outcome::ALL`].
    pub(super) outcome: usize,
    pub(super) completed: bool,
    pub(super) technical: bool,
    pub(super) first_attempt: bool,
    pub(super) admitted: bool,
    pub(super) answered: bool,
    /// The caller wanted an agent of a queue.
    pub(super) asked_for_queue: bool,
    /// And an agent took the call.
    pub(super) served_from_queue: bool,
    /// Or left the queue, or was not let in, for the promise of a call.
    pub(super) promised: bool,
    /// The firm called a customer whom it had promised that.
    pub(super) made_by_firm: bool,
    /// And an agent served the customer.
    pub(super) called_back: bool,
    pub(super) abandoned: bool,
    pub(super) repeat: bool,
    pub(super) ends_customer: bool,
    pub(super) loses_customer: bool,
    pub(super) defected: bool,
    /// The INVITE's final status.
    pub(super) status: Option<u16>,
    /// How long the attempt held its circuit, if it was admitted and both ends are known.
    pub(super) held: Option<Span>,
    /// Zero where nobody waited.
    pub(super) wait: Span,
    pub(super) talk: Option<Span>,
}

/// A length of time, as it is summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) nanos: u64,
}

impl Span {
    #[inline]
    fn new(lasting: Duration) -> Self {
        Self { nanos: u64::try_from(lasting.as_nanos()).unwrap_or(u64::MAX) }
    }

    #[inline]
    pub(crate) const fn between(from: Instant, to: Instant) -> Self {
        Self { nanos: to.as_nanos().saturating_sub(from.as_nanos()) }
    }

    /// Whole microseconds.
    #[inline]
    pub(super) const fn micros(self) -> u64 {
        self.nanos / 1_000
    }

    pub(super) const fn lasting(self) -> Duration {
        Duration::from_nanos(self.nanos)
    }
}

impl Facts {
    #[inline]
    pub(super) fn of(record: &CallRecord) -> Self {
        let outcome = record.outcome;
        let admitted = is_admitted(record);
        let held = record.started.zip(record.ended).filter(|_| admitted);
        let asked_for_queue = asked_for_queue(record);
        let ends_customer = record.ends_a_customer();
        Self {
            outcome: index(outcome),
            completed: outcome.is_completed(),
            technical: outcome.is_technical(),
            first_attempt: record.attempt == 0,
            admitted,
            answered: record.answered.is_some(),
            asked_for_queue,
            served_from_queue: asked_for_queue && was_served_from_queue(record),
            promised: asked_for_queue && outcome == Outcome::Completed(CompletedBy::Callback),
            made_by_firm: is_made_by_firm(record),
            called_back: was_called_back(record),
            abandoned: outcome == Outcome::Human(Human::Abandoned),
            repeat: record.served_before,
            ends_customer,
            loses_customer: record.loses_a_customer(),
            defected: record.defected,
            status: final_status(record),
            held: held.map(|(started, ended)| Span::between(started, ended)),
            wait: record.wait.map(Span::new).unwrap_or_default(),
            talk: record.talk.map(Span::new),
        }
    }
}
