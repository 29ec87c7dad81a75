//! So many calls at once: a trunk's channels, a tariff's lines, a table's places.

use crate::pbx::admission::{Limit, Refused};
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Channels {
    limit: u32,
    in_use: u32,
    refused: Refused,
}

impl Channels {
    pub(super) const fn new(limit: u32, refused: Refused) -> Self {
        Self { limit, in_use: 0, refused }
    }
}

impl Limit for Channels {
    fn admits(&self, _now: Instant) -> bool {
        self.in_use < self.limit
    }

    fn seize(&mut self, _now: Instant) {
        self.in_use += 1;
    }

    fn release(&mut self) {
        assert!(self.in_use > 0, "every release follows its own seizure");
        self.in_use -= 1;
    }

    fn refused(&self) -> Refused {
        self.refused.clone()
    }
}
