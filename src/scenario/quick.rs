//! A scenario from the command line's options, as SIPp's users type them, without a file.

use crate::scenario::document::ArrivalsWord;
use crate::scenario::document::CallerDocument;
use crate::scenario::document::MediaWord;
use crate::scenario::document::PbxDocument;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::document::TrafficDocument;
use crate::scenario::document::Written;
use crate::units::Period;
use crate::units::Rate;

/// What can be said without a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quick<'a> {
    /// Rate of first attempts.
    pub rate: Rate,
    /// Number of calls; needed unless `duration` is given.
    pub calls: Option<u64>,
    /// Length of the traffic.
    pub duration: Option<Period>,
    /// Talk time, always the same.
    pub talk: Period,
    /// Number dialled.
    pub to: Option<&'a str>,
    /// Evenly spaced instead of Poisson.
    pub even: bool,
    /// Channels of the bundled PBX.
    pub channels: Option<u32>,
    /// Whether calls carry RTP.
    pub rtp: bool,
}

impl Quick<'_> {
    /// The scenario as YAML, for [`parse`](crate::scenario::parse), which checks it and fills in the rest.
    ///
    /// # Panics
    /// Never: a document of strings and numbers can be written.
    #[must_use]
    pub fn yaml(&self) -> String {
        let caller = CallerDocument {
            to: self.to.map(|to| Written::Text(to.to_owned())),
            talk: Some(Written::Text(self.talk)),
            ..CallerDocument::default()
        };
        let arrivals = if self.even { ArrivalsWord::Even } else { ArrivalsWord::Poisson };
        let document = ScenarioDocument {
            name: Some("command-line".to_owned()),
            calls: self.calls,
            duration: self.duration,
            traffic: Some(TrafficDocument {
                arrivals: Some(Written::Text(arrivals)),
                profile: Some(Written::Text(self.rate)),
                callers: Some(vec![caller]),
            }),
            pbx: self
                .channels
                .map(|channels| PbxDocument { channels: Some(channels), ..PbxDocument::default() }),
            media: self.rtp.then_some(Written::Text(MediaWord::Rtp)),
            ..ScenarioDocument::default()
        };
        serde_yaml::to_string(&document).expect("a document of strings and numbers can be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Inputs;
    use crate::scenario::parse;
    use crate::traffic::Extent;

    #[test]
    fn options_make_the_scenario_that_a_file_would() {
        let quick = Quick {
            rate: "10/s".parse().unwrap(),
            calls: Some(100),
            duration: None,
            talk: "30s".parse().unwrap(),
            to: Some("0123"),
            even: false,
            channels: Some(5),
            rtp: true,
        };
        let scenario = parse(&quick.yaml(), "command line", &Inputs::with_seed(1)).unwrap();
        assert_eq!(scenario.extent, Extent::Calls(100));
        assert_eq!(scenario.pbx.channels, Some(5));
        assert_eq!(&*scenario.traffic.callers[0].to.number(0), "0123");
        assert!((scenario.traffic.mean_talk() - 30.0).abs() < 1e-12);
    }
}
