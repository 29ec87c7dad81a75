//! The best qualified first: no agent of a tier is offered while one of a better tier is free.
//!
//! The tiers are the penalties, which count under every strategy that does not say otherwise; within a tier it is
//! the agent idle longest.

use crate::pbx::queue::hunt::Turn;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;
use crate::pbx::queue::strategy::Strategy;

#[derive(Debug)]
pub(super) struct SkillPriority;

impl Strategy for SkillPriority {
    fn choose(&mut self, _turn: &mut Turn, field: &Field<'_>) -> Choice {
        field.least(|member, _| member.free)
    }
}
