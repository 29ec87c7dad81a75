//! Plans of callers who will dial again, known to the event list by their places.

use crate::traffic::CallPlan;

/// Plans that wait for their time. No longer than the most that ever waited at once.
#[derive(Debug, Default)]
pub(super) struct Redials {
    plans: Vec<Option<Box<CallPlan>>>,
    free: Vec<u32>,
}

impl Redials {
    /// Keeps a plan; the place is the caller's to remember.
    pub(super) fn keep(&mut self, plan: Box<CallPlan>) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.plans.push(None);
            u32::try_from(self.plans.len() - 1).expect("fewer callers dial again than there are places")
        });
        self.plans[place as usize] = Some(plan);
        place
    }

    /// Gives the plan back.
    ///
    /// # Panics
    /// If there is none in that place.
    pub(super) fn take(&mut self, place: u32) -> CallPlan {
        self.free.push(place);
        *self.plans[place as usize].take().expect("a plan is taken once")
    }

    /// Plans that are kept.
    pub(super) fn len(&self) -> u64 {
        (self.plans.len() - self.free.len()) as u64
    }
}
