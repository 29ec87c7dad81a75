//! Which counted resource turned a call away.

use serde::{Deserialize, Serialize};

/// A limit of a PBX, trunk or tariff. Every technical refusal of the bundled PBX names exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limiter {
    /// Inbound calls at once.
    Channels,
    /// Legs of any kind at once.
    Legs,
    /// New calls per second.
    CallsPerSecond,
    /// Bandwidth of the link.
    Bandwidth,
    /// The server's processor.
    Processor,
}

impl Limiter {
    /// Every limiter, in the order of reports.
    pub const ALL: [Self; 5] =
        [Self::Channels, Self::Legs, Self::CallsPerSecond, Self::Bandwidth, Self::Processor];

    /// The name used in files and headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channels => "channels",
            Self::Legs => "legs",
            Self::CallsPerSecond => "calls_per_second",
            Self::Bandwidth => "bandwidth",
            Self::Processor => "processor",
        }
    }

    /// The limiter with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limiter| limiter.name() == name)
    }
}
