//! Which ratio: one name for numerator and denominator, so that slices, batches and totals agree.

use crate::metrics::Counts;
use crate::metrics::ServiceLevelDefinition;
use crate::outcome::Outcome;
use crate::outcome::Technical;

/// A ratio of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Technical / (completed + human + technical).
    TechnicalDropRate,
    /// Found every circuit busy / (completed + human + technical).
    Blocking,
    /// Completed by anyone / (completed + human + technical).
    Completed,
    /// One outcome / (completed + human + technical); of the uncounted ones: / offered.
    Outcome(Outcome),
    /// Answered / seizures (ITU-T E.411).
    Asr,
    /// (Answered + lost to people) / seizures (ITU-T E.425).
    Ner,
    /// RFC 6076, 4.6: 200 / (INVITE − 3xx).
    Ser,
    /// RFC 6076, 4.7: (200, 480, 486, 600, 603) / (INVITE − 3xx).
    Seer,
    /// RFC 6076, 4.8: (408, 500, 503, 504) / INVITE.
    Isa,
    /// RFC 6076, 4.9: completed / INVITE.
    Scr,
    /// Answered within threshold number `threshold` of the settings.
    ServiceLevel { threshold: usize, definition: ServiceLevelDefinition },
    /// Abandoned in the queue / asked for the queue.
    QueueAbandoned,
    /// RTP packets lost / promised.
    PacketLoss,
    /// Callers never served / callers.
    CustomersLost,
}

impl Measure {
    /// Numerator and denominator.
    #[must_use]
    pub fn of(self, counts: &Counts) -> (u64, u64) {
        match self {
            Self::TechnicalDropRate => (counts.technical(), counts.counted()),
            Self::Blocking => (counts.blocked(), counts.counted()),
            Self::Completed => (counts.outcomes(Outcome::is_completed), counts.counted()),
            Self::Outcome(outcome) if outcome.is_counted() => (counts.outcome(outcome), counts.counted()),
            Self::Outcome(outcome) => (counts.outcome(outcome), counts.offered()),
            Self::Asr => (counts.answered.min(counts.requests()), counts.requests()),
            Self::Ner => (counts.counted() - failed_before_answer(counts), counts.counted()),
            Self::Ser => (counts.answered, counts.requests().saturating_sub(counts.redirected)),
            Self::Seer => (counts.effective, counts.requests().saturating_sub(counts.redirected)),
            Self::Isa => (counts.ineffective, counts.requests()),
            Self::Scr => (counts.outcomes(Outcome::is_completed), counts.requests()),
            Self::ServiceLevel { threshold, definition } => service_level(counts, threshold, definition),
            Self::QueueAbandoned => (counts.queue_abandoned, counts.queue_offered),
            Self::PacketLoss => (counts.packets_lost, counts.packets_received + counts.packets_lost),
            Self::CustomersLost => (counts.customers_lost, counts.customers),
        }
    }

    /// Whether the events counted happen when a call finds every circuit busy, so that the loss model's
    /// variance applies.
    #[must_use]
    pub const fn is_blocking(self) -> bool {
        matches!(
            self,
            Self::TechnicalDropRate | Self::Blocking | Self::Outcome(Outcome::Technical(Technical::Trunk))
        )
    }
}

/// Technical losses without an answer: what NER calls ineffective.
fn failed_before_answer(counts: &Counts) -> u64 {
    let after = counts.outcome(Outcome::Technical(Technical::CutOff))
        + counts.outcome(Outcome::Technical(Technical::Media));
    counts.technical() - after
}

fn service_level(counts: &Counts, threshold: usize, definition: ServiceLevelDefinition) -> (u64, u64) {
    let in_time = counts.queue_in_time[threshold];
    let of = match definition {
        ServiceLevelDefinition::OfOffered => counts.queue_offered,
        ServiceLevelDefinition::OfAnswered => counts.queue_answered,
        ServiceLevelDefinition::ExclShortAbandons => {
            counts.queue_offered - counts.queue_short_abandons[threshold]
        }
    };
    (in_time, of)
}
