//! When callers call, and what they intend.

pub use plan::CallPlan;
pub use plan::Outline;
pub use plan::Plans;

pub mod arrivals;
pub mod burst;
pub mod callbacks;
pub mod callers;
pub mod habits;
pub mod plan;
pub mod profile;
pub mod sources;
pub mod statistics;

use crate::time::Duration;

/// The traffic of a scenario: when callers call, and who they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    pub arrivals: arrivals::Arrivals,
    pub profile: profile::Profile,
    /// At least one; their shares sum to 1.
    pub callers: Vec<callers::CallerClass>,
}

impl Traffic {
    /// Whether some leave their number on a web page instead of calling.
    #[must_use]
    pub fn ask_on_web(&self) -> bool {
        self.callers.iter().any(|class| class.callback.on_web)
    }

    /// Mean talk time over all classes, in seconds.
    #[must_use]
    pub fn mean_talk(&self) -> f64 {
        self.callers.iter().map(|caller| caller.share * caller.talk.mean()).sum()
    }
}

/// How much traffic there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// This long, after the warm-up; people's time.
    Duration(Duration),
    /// This many first attempts, after those of the warm-up.
    Calls(u64),
    /// Not said: enough for `pbx`, an error for `run` and `simulate`.
    Unstated,
}
