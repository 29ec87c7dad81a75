//! Defects planted into the systems before they are simulated, to show that the suite notices.

use std::str::FromStr;

use crate::scenario::Scenario;
use crate::traffic::arrivals::Arrivals;

/// What is wrong with the systems simulated; the default is nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plant {
    /// Times the load that is stated.
    pub load: f64,
    /// Channels more than stated, where channels are limited.
    pub channels: u32,
    /// Callers wait for ever.
    pub patience_ignored: bool,
    /// The queue serves the caller who came last.
    pub newest_first: bool,
}

impl Default for Plant {
    fn default() -> Self {
        Self { load: 1.0, channels: 0, patience_ignored: false, newest_first: false }
    }
}

impl Plant {
    /// The scenario with the defects.
    #[must_use]
    pub(super) fn applied(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        scenario.traffic.profile = scenario.traffic.profile.scaled(self.load);
        if let Arrivals::Sources { idle_mean, .. } = &mut scenario.traffic.arrivals {
            *idle_mean /= self.load;
        }
        scenario.pbx.channels = scenario.pbx.channels.map(|channels| channels + self.channels);
        if self.patience_ignored {
            scenario.traffic.callers.iter_mut().for_each(|caller| caller.patience = None);
        }
        scenario.pbx.newest_first = self.newest_first;
        scenario
    }
}

/// A text that names no defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no defect; write load=1.01, channels=1, patience=ignored or order=newest")]
pub struct UnknownPlant(String);

impl FromStr for Plant {
    type Err = UnknownPlant;

    /// `load=1.01`, `channels=1`, `patience=ignored` or `order=newest`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownPlant(text.to_owned());
        let (key, value) = text.split_once('=').ok_or_else(unknown)?;
        let sound = Self::default();
        match (key, value) {
            ("load", factor) => match factor.parse::<f64>() {
                Ok(load) if (0.1..=10.0).contains(&load) => Ok(Self { load, ..sound }),
                _ => Err(unknown()),
            },
            ("channels", more) => match more.parse::<u32>() {
                Ok(channels) if channels <= 1_000 => Ok(Self { channels, ..sound }),
                _ => Err(unknown()),
            },
            ("patience", "ignored") => Ok(Self { patience_ignored: true, ..sound }),
            ("order", "newest") => Ok(Self { newest_first: true, ..sound }),
            _ => Err(unknown()),
        }
    }
}
