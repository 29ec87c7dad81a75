//! What a staff must achieve, all at once, and which of the four service levels is meant.

use crate::erlang::ErlangError;
use crate::sizing::staff::StaffPoint;

/// What is divided by what in a service level. Never printed without its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Definition {
    /// Answered in time / all that asked for an agent.
    #[default]
    OfOffered,
    /// Answered in time / answered.
    OfAnswered,
    /// What an endlessly patient caller would see: P(wait offered ≤ t). No log and no simulation can show it, for
    /// those who gave up did not see the end of theirs.
    Virtual,
    /// Answered in time / all but those who left within the same time.
    ExclShortAbandons,
}

impl Definition {
    /// Every definition.
    pub const ALL: [Self; 4] = [Self::OfOffered, Self::OfAnswered, Self::Virtual, Self::ExclShortAbandons];

    /// The name in options and results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OfOffered => "of_offered",
            Self::OfAnswered => "of_answered",
            Self::Virtual => "virtual",
            Self::ExclShortAbandons => "excl_short_abandons",
        }
    }
}

impl std::str::FromStr for Definition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|definition| definition.name() == text);
        found.ok_or_else(|| format!("no service level is called `{text}`; write one of {names}"))
    }
}

/// Conditions that hold together. Ratios from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Targets {
    /// Share answered within `threshold_s`, by `definition`.
    pub service_level: f64,
    pub threshold_s: f64,
    pub definition: Definition,
    /// Longest mean wait of the answered.
    pub max_asa_s: Option<f64>,
    /// Highest share of callers who give up.
    pub max_abandoned: Option<f64>,
    /// Highest share of agents' time on calls; 1 is no limit.
    pub max_occupancy: f64,
}

impl Default for Targets {
    /// 80 % of the offered within 20 seconds.
    fn default() -> Self {
        Self {
            service_level: 0.8,
            threshold_s: 20.0,
            definition: Definition::OfOffered,
            max_asa_s: None,
            max_abandoned: None,
            max_occupancy: 1.0,
        }
    }
}

impl Targets {
    /// Whether so many agents meet every condition.
    #[must_use]
    pub fn met_by(&self, point: &StaffPoint) -> bool {
        // A hair of tolerance: 8.5 E on 10 agents are exactly 85 % to people, if not to binary fractions.
        let within = |value: f64, limit: f64| value <= limit * (1.0 + 1e-12);
        point.level(self.definition) >= self.service_level
            && within(point.occupancy, self.max_occupancy)
            && self.max_abandoned.is_none_or(|limit| within(point.abandoned, limit))
            && self.max_asa_s.is_none_or(|limit| point.asa_s.is_some_and(|asa| within(asa, limit)))
    }

    /// Whether the conditions make sense.
    pub(super) fn check(&self) -> Result<(), ErlangError> {
        let inside = |name, value: f64, allowed, is_allowed: bool| {
            if value.is_finite() && is_allowed {
                Ok(())
            } else {
                Err(ErlangError::Argument { name, value, allowed })
            }
        };
        let proportion = |x: f64| x > 0.0 && x < 1.0;
        let level = self.service_level;
        inside("target_sl", level, "between 0 and 1, both excluded", proportion(level))?;
        inside("t_s", self.threshold_s, "0 or more", self.threshold_s >= 0.0)?;
        let occupancy = self.max_occupancy;
        inside("max_occupancy", occupancy, "over 0 to 1", occupancy > 0.0 && occupancy <= 1.0)?;
        if let Some(limit) = self.max_abandoned {
            inside("max_abandoned", limit, "over 0 to 1", limit > 0.0 && limit <= 1.0)?;
        }
        if let Some(limit) = self.max_asa_s {
            inside("max_asa_s", limit, "greater than 0", limit > 0.0)?;
        }
        Ok(())
    }
}
