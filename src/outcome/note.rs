//! What the PBX tells of its work and no single record of a call shows: for figures, with and without books.

use std::sync::Arc;

use crate::time::Instant;

/// Something that happened in a queue, in people's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    pub at: Instant,
    pub queue: Arc<str>,
    pub note: Note,
}

/// What it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The wait of a caller who has an owner among the queue's agents is over.
    Owner(OwnerMet),
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
