//! In turn: the queue remembers who was offered last, and the next offer goes to the first free agent after.
//!
//! Between two offers to one agent, every other agent who was free all the time was offered exactly once. Tiers come
//! first: the turn goes round among the free agents of the best one. Asterisk moves its pointer when the ringing is
//! over: see [`rr_memory`](super::rr_memory).

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug, Default)]
pub(super) struct RoundRobin {
    /// The position after the last who was offered.
    next: usize,
}

impl Strategy for RoundRobin {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        let chosen = field.least(|_, position| (position < self.next, position));
        if let Choice::One(position) = chosen {
            self.next = position + 1;
        }
        chosen
    }
}
