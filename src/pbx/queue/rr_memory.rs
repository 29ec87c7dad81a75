//! In turn as Asterisk does it (`rrmemory`, `rrordered`): one pointer for the queue, moved when the ringing is over.
//!
//! While a phone rings the pointer stands where it stood, so two callers at once both look from there; and when
//! everyone else had been tried or was busy, the pointer starts over instead of moving on. [`round_robin`]
//! (super::round_robin) has neither quirk.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::pointer::Pointer;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug, Default)]
pub(super) struct RrMemory {
    pointer: Pointer,
}

impl Strategy for RrMemory {
    fn choose(&mut self, turn: &mut Turn, field: &Field<'_>) -> Choice {
        let (chosen, next) = self.pointer.choose(field);
        turn.next_position = Some(next);
        chosen
    }

    fn round_over(&mut self, turn: &mut Turn) {
        if let Some(next) = turn.next_position.take() {
            self.pointer.round_over(next);
        }
    }
}
