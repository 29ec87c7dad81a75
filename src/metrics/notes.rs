//! What the PBX told of its work, counted by queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::outcome::note::OwnerMet;

/// Counts of what was noted in the measured time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Queue → its callers who have owners.
    pub owners: BTreeMap<Arc<str>, OwnerCounts>,
}

/// Callers of one queue who have an owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnerCounts {
    /// Served by the owner.
    pub reached: u64,
    /// Served by somebody else.
    pub fell_back: u64,
    /// Served by nobody.
    pub gone: u64,
}

impl OwnerCounts {
    /// Callers who have an owner.
    #[must_use]
    pub const fn known(&self) -> u64 {
        self.reached + self.fell_back + self.gone
    }
}

impl Notes {
    pub(super) fn add(&mut self, noted: &Noted) {
        match noted.note {
            Note::Owner(met) => {
                let counts = self.owners.entry(Arc::clone(&noted.queue)).or_default();
                match met {
                    OwnerMet::Reached => counts.reached += 1,
                    OwnerMet::FellBack => counts.fell_back += 1,
                    OwnerMet::Gone => counts.gone += 1,
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (queue, theirs) in &other.owners {
            let mine = self.owners.entry(Arc::clone(queue)).or_default();
            mine.reached += theirs.reached;
            mine.fell_back += theirs.fell_back;
            mine.gone += theirs.gone;
        }
    }
}
