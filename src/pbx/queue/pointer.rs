//! Asterisk's pointer into the list of members (`rrpos`, `linpos`).

use crate::pbx::queue::strategy::Candidate;
use crate::pbx::queue::strategy::Choice;
use crate::pbx::queue::strategy::Field;

/// Members from `at` on come first, then those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pointer {
    at: usize,
    /// There were members after `at` when it was last looked at.
    wrapped: bool,
}

impl Pointer {
    /// At the top of the list.
    pub(super) const NEW: Self = Self { at: 0, wrapped: false };

    /// Who is rung, and the first of those not yet tried then, in Asterisk's order of metrics.
    pub(super) fn choose(&mut self, field: &Field<'_>) -> (Choice, Option<usize>) {
        self.wrapped |= field.listed.iter().any(|candidate| candidate.position > self.at);
        let metric =
            |candidate: &Candidate| (candidate.tier, candidate.position < self.at, candidate.position);
        let chosen = field.free.iter().min_by_key(|candidate| metric(candidate)).expect("somebody is free");
        let untried = field.listed.iter().filter(|candidate| metric(candidate) > metric(chosen));
        let next = untried.min_by_key(|candidate| metric(candidate)).map(|candidate| candidate.position);
        (Choice::One(chosen.position), next)
    }

    /// `store_next_rr` and `store_next_lin`.
    pub(super) fn round_over(&mut self, next: Option<usize>) {
        self.at = match next {
            Some(next) => next,
            None if self.wrapped => 0,
            None => self.at + 1,
        };
        self.wrapped = false;
    }
}
