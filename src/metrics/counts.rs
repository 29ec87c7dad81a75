//! Counts that add up: the same struct for a slice, a replication and the whole run.

use crate::metrics::facts::{Facts, Span};
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::Human;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::time::Duration;

/// Most answer-time thresholds counted at once: the scenario's own and those of gates.
pub const THRESHOLDS: usize = 4;

/// What is divided by what. The industry uses all of them; a service level is never printed without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceLevelDefinition {
    /// Answered in time / all that asked for the queue.
    OfOffered,
    /// Answered in time / answered.
    OfAnswered,
    /// Answered in time / all but those who left within the threshold.
    ExclShortAbandons,
}

impl ServiceLevelDefinition {
    /// The name in files and gates.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfOffered => "of_offered",
            Self::OfAnswered => "of_answered",
            Self::ExclShortAbandons => "excl_short_abandons",
        }
    }
}

/// Attempts by everything that a ratio may be asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    outcomes: [u64; Outcome::ALL.len()],
    /// First attempts, whatever their end.
    pub first_attempts: u64,
    /// Attempts that occupied a circuit.
    pub admitted: u64,
    /// Attempts with a 200.
    pub answered: u64,
    /// Final status 200, 480, 486, 600 or 603 (RFC 6076, 4.7).
    pub effective: u64,
    /// Final status 408, 500, 503 or 504 (RFC 6076, 4.8).
    pub ineffective: u64,
    /// Final status 3xx.
    pub redirected: u64,
    /// Calls that asked for the queue, those it had no place for included.
    pub queue_offered: u64,
    pub queue_answered: u64,
    pub queue_abandoned: u64,
    /// Answered within each threshold of [`Settings`](crate::metrics::Settings).
    pub queue_in_time: [u64; THRESHOLDS],
    /// Abandoned within each threshold.
    pub queue_short_abandons: [u64; THRESHOLDS],
    /// Callers whose last attempt this was, and how they fared.
    pub customers: u64,
    pub customers_lost: u64,
    pub customers_defected: u64,
    /// Attempts of callers who had been served before.
    pub repeats: u64,
    pub packets_received: u64,
    pub packets_lost: u64,
    /// Microseconds that admitted attempts held a circuit, all together.
    pub holding_us: u64,
    /// Microseconds that callers waited who were answered from a queue, and that those talked whom agents served, called back
    /// ones included.
    pub queue_wait_us: u64,
    pub queue_talk_us: u64,
}

impl Counts {
    /// Attempts with this outcome.
    #[must_use]
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes[index(outcome)]
    }

    /// Attempts whose outcome satisfies `wanted`.
    #[must_use]
    pub fn outcomes(&self, wanted: impl Fn(Outcome) -> bool) -> u64 {
        Outcome::ALL.into_iter().filter(|&outcome| wanted(outcome)).map(|outcome| self.outcome(outcome)).sum()
    }

    /// All attempts, whatever their end.
    #[must_use]
    pub fn offered(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// Attempts in the denominator of the technical drop rate.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.outcomes(Outcome::is_counted)
    }

    /// Attempts in its numerator.
    #[must_use]
    pub fn technical(&self) -> u64 {
        self.outcomes(Outcome::is_technical)
    }

    /// Attempts that found every circuit busy.
    #[must_use]
    pub fn blocked(&self) -> u64 {
        self.outcome(Outcome::Technical(Technical::Trunk))
    }

    /// Attempts that reached the network: all but the generator's own faults and those in progress.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.offered() - self.outcome(Outcome::Generator) - self.outcome(Outcome::InProgress)
    }

    /// Counts one attempt. `thresholds` are the answer times that service levels are asked for.
    #[inline]
    pub(super) fn add(&mut self, record: &CallRecord, facts: &Facts, thresholds: &[Duration]) {
        self.outcomes[facts.outcome] += 1;
        self.first_attempts += u64::from(facts.first_attempt);
        self.admitted += u64::from(facts.admitted);
        self.answered += u64::from(facts.answered);
        self.holding_us += facts.held.map_or(0, Span::micros);
        self.repeats += u64::from(facts.repeat);
        self.add_status(facts.status);
        if facts.asked_for_queue {
            self.add_queue(facts, thresholds);
        } else if facts.called_back {
            self.queue_talk_us += facts.talk.map_or(0, Span::micros);
        }
        if facts.ends_customer {
            self.customers += 1;
            self.customers_lost += u64::from(facts.loses_customer);
            self.customers_defected += u64::from(facts.defected);
        }
        if let Some(media) = record.media {
            self.packets_received += media.packets_received;
            self.packets_lost += media.packets_lost;
        }
    }

    /// The same attempt `times` over.
    pub(super) fn times(&self, times: u64) -> Self {
        let Self {
            outcomes,
            first_attempts,
            admitted,
            answered,
            effective,
            ineffective,
            redirected,
            queue_offered,
            queue_answered,
            queue_abandoned,
            queue_in_time,
            queue_short_abandons,
            customers,
            customers_lost,
            customers_defected,
            repeats,
            packets_received,
            packets_lost,
            holding_us,
            queue_wait_us,
            queue_talk_us,
        } = self;
        Self {
            outcomes: outcomes.map(|n| n * times),
            first_attempts: first_attempts * times,
            admitted: admitted * times,
            answered: answered * times,
            effective: effective * times,
            ineffective: ineffective * times,
            redirected: redirected * times,
            queue_offered: queue_offered * times,
            queue_answered: queue_answered * times,
            queue_abandoned: queue_abandoned * times,
            queue_in_time: queue_in_time.map(|n| n * times),
            queue_short_abandons: queue_short_abandons.map(|n| n * times),
            customers: customers * times,
            customers_lost: customers_lost * times,
            customers_defected: customers_defected * times,
            repeats: repeats * times,
            packets_received: packets_received * times,
            packets_lost: packets_lost * times,
            holding_us: holding_us * times,
            queue_wait_us: queue_wait_us * times,
            queue_talk_us: queue_talk_us * times,
        }
    }

    /// Adds `other`, number by number.
    pub(crate) fn merge(&mut self, other: &Self) {
        add_all(&mut self.outcomes, &other.outcomes);
        add_all(&mut self.queue_in_time, &other.queue_in_time);
        add_all(&mut self.queue_short_abandons, &other.queue_short_abandons);
        self.first_attempts += other.first_attempts;
        self.admitted += other.admitted;
        self.answered += other.answered;
        self.effective += other.effective;
        self.ineffective += other.ineffective;
        self.redirected += other.redirected;
        self.queue_offered += other.queue_offered;
        self.queue_answered += other.queue_answered;
        self.queue_abandoned += other.queue_abandoned;
        self.customers += other.customers;
        self.customers_lost += other.customers_lost;
        self.customers_defected += other.customers_defected;
        self.repeats += other.repeats;
        self.packets_received += other.packets_received;
        self.packets_lost += other.packets_lost;
        self.holding_us += other.holding_us;
        self.queue_wait_us += other.queue_wait_us;
        self.queue_talk_us += other.queue_talk_us;
    }

    #[inline]
    fn add_status(&mut self, status: Option<u16>) {
        self.effective += u64::from(matches!(status, Some(200 | 480 | 486 | 600 | 603)));
        self.ineffective += u64::from(matches!(status, Some(408 | 500 | 503 | 504)));
        self.redirected += u64::from(matches!(status, Some(300..=399)));
    }

    #[inline]
    fn add_queue(&mut self, facts: &Facts, thresholds: &[Duration]) {
        self.queue_offered += 1;
        if facts.served_from_queue {
            self.queue_answered += 1;
            self.queue_wait_us += facts.wait.micros();
            self.queue_talk_us += facts.talk.map_or(0, Span::micros);
        }
        self.queue_abandoned += u64::from(facts.abandoned);
        for (place, threshold) in thresholds.iter().enumerate().take(THRESHOLDS) {
            let within = facts.wait.lasting() <= *threshold;
            self.queue_in_time[place] += u64::from(facts.served_from_queue && within);
            self.queue_short_abandons[place] += u64::from(facts.abandoned && within);
        }
    }
}

/// Whether the attempt occupied a circuit, however short: everything but a refusal for want of a resource
/// or on purpose.
pub(crate) fn is_admitted(record: &CallRecord) -> bool {
    let touched = record.answered.is_some() || record.ringing.is_some() || record.queue.is_some();
    match record.outcome {
        Outcome::Completed(_) | Outcome::Human(_) => true,
        Outcome::Technical(_) | Outcome::Excluded | Outcome::Policy | Outcome::InProgress => touched,
        Outcome::Generator => false,
    }
}

/// Whether the caller wanted an agent of a queue. A customer whom the firm calls has not asked for one.
pub(crate) fn asked_for_queue(record: &CallRecord) -> bool {
    record.wait.is_some() || record.outcome == Outcome::Human(Human::QueueFull)
}

/// Whether an agent took the call.
pub(crate) fn was_served_from_queue(record: &CallRecord) -> bool {
    record.wait.is_some() && has_talked(record)
}

/// Whether the firm made the call, to a customer whom it had promised that: one to a queue in which nobody waited.
pub(super) const fn is_made_by_firm(record: &CallRecord) -> bool {
    record.queue.is_some() && record.wait.is_none()
}

/// Whether an agent served a customer whom the firm had called.
pub(super) fn was_called_back(record: &CallRecord) -> bool {
    is_made_by_firm(record) && record.agent.is_some() && has_talked(record)
}

/// Whether a call to a queue is one in which somebody talked.
const fn has_talked(record: &CallRecord) -> bool {
    match record.outcome {
        // Who left the queue for a promise was not served yet, and who left it for a menu was not by an agent.
        Outcome::Completed(by) => {
            !matches!(by, CompletedBy::Callback | CompletedBy::Voicemail | CompletedBy::Ivr)
        }
        Outcome::Technical(Technical::CutOff | Technical::Media) => true,
        _ => false,
    }
}

/// The INVITE's final status; a simulated call without one got 200 if it was answered.
pub(crate) fn final_status(record: &CallRecord) -> Option<u16> {
    record.sip_status.or_else(|| record.answered.map(|_| 200))
}

fn add_all(mine: &mut [u64], theirs: &[u64]) {
    for (sum, term) in mine.iter_mut().zip(theirs) {
        *sum += term;
    }
}

/// The place of an outcome in [`Outcome::ALL`].
#[inline]
pub(super) fn index(outcome: Outcome) -> usize {
    Outcome::ALL.iter().position(|&known| known == outcome).expect("Outcome::ALL lists every outcome")
}
