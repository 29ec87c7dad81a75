//! Asterisk's `wrandom`: each agent draws a number below (1 + penalty) · 1000, and the lowest wins.
//!
//! A penalty is a weight here, not a tier. The shares are not 1 / (1 + penalty): for percentages there is
//! [`percent`](super::percent).

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;
use crate::random::Stream;

#[derive(Debug)]
pub(super) struct WeightedRandom(pub(super) Stream);

impl Strategy for WeightedRandom {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| self.0.below((1 + u64::from(member.penalty)) * 1_000))
    }

    fn is_tiered(&self) -> bool {
        false
    }
}
