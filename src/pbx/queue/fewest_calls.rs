//! Whoever took the fewest calls of this queue (Asterisk's `fewestcalls`): a call counts when it is over.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct FewestCalls;

impl Strategy for FewestCalls {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| member.calls)
    }
}
