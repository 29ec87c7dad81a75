//! From the top for every caller, through all tiers (FreeSWITCH's `top-down`): each offer goes to the next free agent
//! by tier and list, and begins again when the list is exhausted.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct TopDown;

impl Strategy for TopDown {
    fn choose(&mut self, turn: &mut Turn, field: &Field<'_>) -> Choice {
        let last = turn.offered_last;
        let next = field.free.iter().filter(|candidate| last.is_none_or(|last| **candidate > last)).min();
        let chosen = *next.or_else(|| field.free.iter().min()).expect("somebody is free");
        turn.offered_last = Some(chosen);
        Choice::One(chosen.position)
    }

    fn is_tiered(&self) -> bool {
        false
    }
}
