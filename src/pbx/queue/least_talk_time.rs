//! Whoever talked least with callers of this queue (FreeSWITCH's `agent-with-least-talk-time`).

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct LeastTalkTime;

impl Strategy for LeastTalkTime {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| member.talk)
    }
}
