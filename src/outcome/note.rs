//! What the PBX tells of its work and no single record of a call shows: for figures, with and without books.

use std::sync::Arc;

use crate::time::Instant;

/// Something that happened in a queue, in people's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When it happened; of flows and contractors, when the call began.
    pub at: Instant,
    pub queue: Arc<str>,
    pub note: Note,
}

/// What it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The wait of a caller who has an owner among the queue's agents is over.
    Owner(OwnerMet),
    /// A caller of a queue that passes callers on, or that a contractor answers.
    Flow(Flow),
    /// What the contractor who answers the queue has done.
    Contractor(Contracted),
}

/// Where a caller of a queue stands. Who has entered ends in exactly one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Entered,
    /// An agent of the firm picked up.
    Own,
    /// An agent of the contractor's picked up.
    Outsourced,
    /// Nobody picked up.
    Lost,
}

/// One step of a contractor's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contracted {
    /// A caller was passed on to the contractor, or came straight to them.
    Offered,
    Answered {
        /// Within the time that was promised.
        in_time: bool,
    },
    /// Not taken in time: the caller has gone back to the queue of the firm.
    HandedBack,
    /// The caller or the queue gave up.
    Lost,
    /// A conversation is over.
    Charged {
        /// Steps of the contractor's tariff.
        steps: u64,
    },
}

/// Whether a caller's owner took the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerMet {
    /// The owner.
    Reached,
    /// Somebody else, because the owner was busy, away, or did not pick up in time.
    FellBack,
    /// Nobody: the caller or the queue gave up.
    Gone,
}
