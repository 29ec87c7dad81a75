//! Always the first free agent of the list (FreeSWITCH's `sequentially-by-agent-order`).

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct AgentOrder;

impl Strategy for AgentOrder {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|_, position| position)
    }
}
