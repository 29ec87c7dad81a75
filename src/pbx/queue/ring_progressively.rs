//! One phone, then one more after each delay while the others ring on (FreeSWITCH's `ring-progressively`).
//!
//! Phones join in the order of tier and list; the delays are kept by the hunt.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct RingProgressively;

impl Strategy for RingProgressively {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|_, position| position)
    }
}
