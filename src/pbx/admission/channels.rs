//! So many calls at once: a trunk's channels, a tariff's lines, a table's places. Calls beyond them may be let in at a
//! price.

use std::collections::BTreeSet;

use crate::pbx::admission::Refused;
use crate::pbx::input::CallId;

#[derive(Debug)]
pub(super) struct Channels {
    limit: u32,
    /// Calls beyond the limit that are let in.
    billed_most: u32,
    in_use: u32,
    /// Those that were.
    billed: BTreeSet<CallId>,
    refused: Refused,
}

impl Channels {
    pub(super) const fn new(limit: u32, refused: Refused) -> Self {
        Self { limit, billed_most: 0, in_use: 0, billed: BTreeSet::new(), refused }
    }

    /// The same, with room for so many calls more that are billed.
    pub(super) fn with_billed(self, billed_most: u32) -> Self {
        Self { billed_most, ..self }
    }

    pub(super) fn ask(&self) -> Result<(), Refused> {
        if self.in_use < self.limit.saturating_add(self.billed_most) { Ok(()) } else { Err(self.refuse()) }
    }

    #[cold]
    fn refuse(&self) -> Refused {
        self.refused.clone()
    }

    pub(super) const fn seize(&mut self) {
        self.in_use += 1;
    }

    /// Seizes, and remembers a call that must pay for it.
    pub(super) fn seize_for(&mut self, call: CallId) {
        if self.in_use >= self.limit {
            self.billed.insert(call);
        }
        self.seize();
    }

    pub(super) fn release(&mut self) {
        assert!(self.in_use > 0, "every release follows its own seizure");
        self.in_use -= 1;
    }

    /// Releases, and says whether the call must pay.
    pub(super) fn release_of(&mut self, call: CallId) -> bool {
        self.release();
        !self.billed.is_empty() && self.billed.remove(&call)
    }

    pub(super) const fn change(&mut self, limit: u32) {
        self.limit = limit;
    }
}
