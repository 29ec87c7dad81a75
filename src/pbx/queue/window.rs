//! Which penalties a caller may be offered, and how that changes with the wait: the widening hunt.

use crate::pbx::queue::config::Change;
use crate::pbx::queue::config::Step;
use crate::pbx::queue::config::Steps;
use crate::pbx::queue::config::Window;
use crate::time::Duration;

impl Window {
    /// The tier of an agent of `penalty`; none outside the window. Low penalties are raised first, as Asterisk does.
    pub(super) fn tier(&self, penalty: u32) -> Option<u32> {
        let tier = self.raise.map_or(penalty, |raise| penalty.max(raise));
        let inside = self.max.is_none_or(|max| tier <= max) && self.min.is_none_or(|min| tier >= min);
        inside.then_some(tier)
    }

    /// Asterisk's `update_qe_rule`: only ends that are set change; `min` and `raise` do not pass `max`.
    fn changed_by(self, step: &Step) -> Self {
        let changed = |end: Option<u32>, change: Option<Change>, most: u32| match (end, change) {
            (Some(end), Some(change)) => Some(change.of(end).min(most)),
            (end, _) => end,
        };
        let max = changed(self.max, step.max, u32::MAX);
        let most = max.unwrap_or(u32::MAX);
        Self { max, min: changed(self.min, step.min, most), raise: changed(self.raise, step.raise, most) }
    }
}

impl Change {
    fn of(self, value: u32) -> u32 {
        match self {
            Self::To(new) => new,
            Self::By(more) => {
                let sum = i64::from(value).saturating_add(more).clamp(0, i64::from(u32::MAX));
                u32::try_from(sum).expect("just clamped")
            }
        }
    }
}

impl Steps {
    /// The window after a wait of `waited`, for a queue whose lowest penalty is `lowest`.
    pub(super) fn window(&self, entry: Window, waited: Duration, lowest: u32) -> Window {
        match self {
            Self::None => entry,
            Self::Every(each) => {
                let tiers = waited.as_nanos().checked_div(each.as_nanos()).unwrap_or(u128::MAX);
                let open = lowest.saturating_add(u32::try_from(tiers).unwrap_or(u32::MAX));
                Window { max: Some(entry.max.map_or(open, |max| max.min(open))), ..entry }
            }
            Self::Listed(steps) => {
                let due = steps.iter().take_while(|step| step.after <= waited);
                due.fold(entry, Window::changed_by)
            }
        }
    }

    /// The wait at which the window next changes, for a queue whose lowest penalty is `lowest`; only these tiers, in
    /// order, matter.
    pub(super) fn next_change(&self, waited: Duration, lowest: u32, tiers: &[u32]) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::Every(each) => {
                let open = u32::try_from(waited.as_nanos().checked_div(each.as_nanos())?).ok()?;
                let open = lowest.saturating_add(open);
                let next = tiers.iter().find(|tier| **tier > open)?;
                Some(each.saturating_mul(next - lowest))
            }
            Self::Listed(steps) => steps.iter().map(|step| step.after).find(|after| *after > waited),
        }
    }
}
