//! From the top for every caller (Asterisk's `linear`): the pointer is the caller's, and moves on when a phone rang
//! in vain.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct Sequential;

impl Strategy for Sequential {
    fn choose(&mut self, turn: &mut Turn, field: &Field<'_>) -> Choice {
        let (chosen, next) = turn.pointer.choose(field);
        turn.next_position = Some(next);
        chosen
    }

    fn round_over(&mut self, turn: &mut Turn) {
        if let Some(next) = turn.next_position.take() {
            turn.pointer.round_over(next);
        }
    }
}
