//! Each agent has a share of the offers.
//!
//! Neither Asterisk nor FreeSWITCH has this; hosted PBXs sell it without saying how. Ours: of the free agents the one
//! whose offers lag furthest behind, argmax pᵢ·n − cᵢ, where n counts the offers of the queue including this one and
//! cᵢ those to the agent. While all are free nobody is ever a whole call ahead: the deficits sum to 1, so the largest
//! is above 0 and cᵢ − n·pᵢ stays below 1 after the offer. Busy agents catch up when they are free again. In random
//! mode each offer is drawn by the shares of those who are free.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;
use crate::random::Stream;

#[derive(Debug)]
pub(super) struct Percent {
    /// By position; they sum to 1.
    shares: Vec<f64>,
    offers: Vec<u64>,
    total: u64,
    /// Draws, in random mode.
    stream: Option<Stream>,
}

impl Percent {
    pub(super) fn new(shares: Vec<f64>, stream: Option<Stream>) -> Self {
        Self { offers: vec![0; shares.len()], shares, total: 0, stream }
    }

    fn largest_deficit(&self, field: &Field<'_>) -> usize {
        let n = real(self.total + 1);
        let ahead = |position: usize| real(self.offers[position]) - self.shares[position] * n;
        match field.least(|_, position| ahead(position)) {
            Choice::One(position) => position,
            Choice::All => unreachable!("the least is one"),
        }
    }
}

impl Strategy for Percent {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        let position = match &mut self.stream {
            None => self.largest_deficit(field),
            Some(stream) => drawn(&self.shares, field, stream.unit()),
        };
        self.offers[position] += 1;
        self.total += 1;
        Choice::One(position)
    }
}

/// The free candidate at `unit`, 0 to 1, of their shares laid end to end; all alike if none has a share.
fn drawn(shares: &[f64], field: &Field<'_>, unit: f64) -> usize {
    let sum: f64 = field.free.iter().map(|candidate| shares[candidate.position]).sum();
    let even = 1.0 / real(field.free.len() as u64);
    let mut left = unit;
    for candidate in field.free {
        left -= if sum > 0.0 { shares[candidate.position] / sum } else { even };
        if left < 0.0 {
            return candidate.position;
        }
    }
    // What rounding has left over goes to the last who has a share at all.
    let has_share = |candidate: &&crate::pbx::queue::strategy::Candidate| shares[candidate.position] > 0.0;
    let last = field.free.iter().rev().find(has_share).or_else(|| field.free.last());
    last.expect("somebody is free").position
}

#[expect(clippy::cast_precision_loss, reason = "counts of offers stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}
