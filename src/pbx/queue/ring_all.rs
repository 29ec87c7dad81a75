//! Every phone of the best tier at once (Asterisk's `ringall`); the first to be picked up has the call.
//!
//! One caller at a time: the next is offered to those of other tiers, or waits. The price is a leg per phone.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct RingAll;

impl Strategy for RingAll {
    fn choose(&mut self, _turn: &mut Turn, _field: &Field<'_>) -> Choice {
        Choice::All
    }
}
