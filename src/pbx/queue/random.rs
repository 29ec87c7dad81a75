//! Anybody of the best tier, all alike (Asterisk's `random`).

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;
use crate::random::Stream;

#[derive(Debug)]
pub(super) struct Random(pub(super) Stream);

impl Strategy for Random {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        let place = self.0.below(field.free.len() as u64);
        let place = usize::try_from(place).expect("below a length");
        Choice::One(field.free[place].position)
    }
}
