//! Whoever's last call of this queue ended longest ago, those without one first (Asterisk's `leastrecent`).
//!
//! A phone that rang in vain is no call: the agent stays first. Breaks do not count either, unlike the idle time
//! of [`longest_idle`](super::longest_idle). Whole seconds count, as in Asterisk; of
//! those who are even the first of the queue's list is rung.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct LeastRecent;

impl Strategy for LeastRecent {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| member.last_call.map(|end| end.since(Instant::ZERO).as_secs()))
    }
}
