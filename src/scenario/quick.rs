//! A scenario from the command line's options, as SIPp's users type them, without a file.

use crate::scenario::document::CallerDocument;
use crate::scenario::document::DistributionDocument;
use crate::scenario::document::MeanDocument;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::document::TrafficDocument;
use crate::scenario::document::Written;
use crate::units::Period;
use crate::units::Rate;

/// So many calls at a rate, each with an exponential talk time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quick {
    /// Rate of first attempts; Poisson.
    pub rate: Rate,
    /// Number of first attempts.
    pub calls: u64,
    /// Mean talk time.
    pub talk: Period,
}

impl Quick {
    /// The scenario as YAML, for [`parse`](crate::scenario::parse), which checks it and fills in the rest.
    ///
    /// # Panics
    /// Never: a document of strings and numbers can be written.
    #[must_use]
    pub fn yaml(&self) -> String {
        let talk = DistributionDocument {
            exponential: Some(MeanDocument { mean: Some(self.talk) }),
            ..DistributionDocument::default()
        };
        let caller = CallerDocument { talk: Some(Written::Keys(talk)), ..CallerDocument::default() };
        let document = ScenarioDocument {
            name: Some("command-line".to_owned()),
            question: Some(format!("What becomes of {} calls at {}?", self.calls, self.rate)),
            calls: Some(self.calls),
            traffic: Some(TrafficDocument {
                profile: Some(Written::Text(self.rate)),
                callers: Some(vec![caller]),
                ..TrafficDocument::default()
            }),
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
        let quick = Quick { rate: "10/s".parse().unwrap(), calls: 100, talk: "30s".parse().unwrap() };
        let scenario = parse(&quick.yaml(), "the command line", &Inputs::with_seed(1)).unwrap();
        assert_eq!(scenario.extent, Extent::Calls(100));
        assert_eq!(scenario.question, "What becomes of 100 calls at 10/s?");
        assert!((scenario.traffic.mean_talk() - 30.0).abs() < 1e-12);
    }
}
