//! What a worker plays: a list drawn beforehand, or people who call again when they are off the phone.

use std::iter::Peekable;

use crate::time::Instant;
use crate::traffic::CallPlan;
use crate::traffic::plan::Plans;

/// First attempts in the order of their intended starts.
pub enum Play {
    /// Drawn whatever becomes of the calls: the open model.
    List(Peekable<Box<dyn Iterator<Item = CallPlan> + Send>>),
    /// Finite sources: a person who is on the phone dials nobody (Engset's model).
    People(Box<Plans>),
}

impl std::fmt::Debug for Play {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::List(_) => "List",
            Self::People(_) => "People",
        })
    }
}

impl Play {
    /// A list.
    #[must_use]
    pub fn list(plans: impl Iterator<Item = CallPlan> + Send + 'static) -> Self {
        let plans: Box<dyn Iterator<Item = CallPlan> + Send> = Box::new(plans);
        Self::List(plans.peekable())
    }

    /// When the next attempt is to start; none while every person is on the phone, and none at the end.
    pub fn peek_start(&mut self) -> Option<Instant> {
        match self {
            Self::List(plans) => plans.peek().map(|plan| plan.intended_start),
            Self::People(plans) => plans.peek_start(),
        }
    }

    /// The next attempt.
    pub fn take(&mut self) -> Option<CallPlan> {
        match self {
            Self::List(plans) => plans.next(),
            Self::People(plans) => plans.next(),
        }
    }

    /// The caller of `index` is off the phone for good at `now`, redials included.
    pub fn freed(&mut self, now: Instant, index: u64) {
        if let Self::People(plans) = self {
            plans.source_freed(now, index);
        }
    }
}
