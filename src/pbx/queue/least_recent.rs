//! Whoever's last call of this queue ended longest ago, those without one first (Asterisk's `leastrecent`).
//!
//! A phone that rang in vain is no call: the agent stays first. Breaks do not count either, unlike the idle time
//! of [`longest_idle`](super::longest_idle). Asterisk counts whole seconds and breaks ties by its own lists; here
//! nanoseconds count, and the first of the queue's list.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct LeastRecent;

impl Strategy for LeastRecent {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| member.last_call)
    }
}
