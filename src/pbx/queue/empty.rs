//! Whether anybody is there for a caller, as Asterisk's `joinempty` and `leavewhenempty` see it.

use crate::pbx::call::Place;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::queue::config::Absent;
use crate::pbx::queue::config::Window;
use crate::pbx::queue::hunt::Hunt;
use crate::pbx::queue::strategy::Member;
use crate::time::Instant;

/// What an agent is doing, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pbx) enum Doing {
    Free,
    Ringing,
    InUse,
    WrapUp,
    /// At other work.
    Paused,
    /// Off duty, or out of reach.
    Unavailable,
}

impl Hunt {
    /// Whether a newcomer finds nobody.
    pub(in crate::pbx) fn refuses_newcomers(&self, now: Instant, doing: impl Fn(AgentId) -> Doing) -> bool {
        let is_empty = |absent| self.is_empty(absent, self.policy.window, now, &doing);
        self.policy.join_empty.is_some_and(is_empty)
    }

    /// Callers without a ringing phone who have nobody to wait for any more.
    pub(in crate::pbx) fn leavers(&self, now: Instant, doing: impl Fn(AgentId) -> Doing) -> Vec<CallId> {
        let Some(absent) = self.policy.leave_empty else { return Vec::new() };
        let mut leaving: Vec<Place> = Vec::new();
        for (asks, group) in &self.index.groups {
            if self.is_empty(absent, asks.window, now, &doing) {
                leaving.extend(group.ready.iter().chain(&group.resting));
            }
        }
        leaving.sort_unstable();
        leaving.into_iter().map(|place| self.line[place].call).collect()
    }

    pub(super) fn is_empty(
        &self,
        absent: Absent,
        window: Window,
        now: Instant,
        doing: &impl Fn(AgentId) -> Doing,
    ) -> bool {
        let is_there = |member: &Member| {
            let by_state = match doing(member.agent) {
                Doing::Free => false,
                Doing::Ringing => absent.ringing,
                Doing::InUse => absent.in_use,
                Doing::WrapUp => absent.wrap_up,
                Doing::Paused => absent.paused,
                Doing::Unavailable => absent.unavailable,
            };
            let paused = absent.paused && member.is_paused(now);
            let outside = absent.penalty && self.tier(window, member).is_none();
            !by_state && !paused && !outside
        };
        !self.members.iter().any(is_there)
    }
}
