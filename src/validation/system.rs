//! Systems in the terms of queueing theory, made into scenarios.

use crate::random::Distribution;
use crate::scenario;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::time::Duration;
use crate::traffic::Extent;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Profile;

/// What a user would write, but for the figures, which come from a reference's row in full precision.
const TEXT: &str = "\
name: oracle
question: Does the simulation meet the figures that are known?
seed: 1
duration: 1h
traffic:
  profile: 1/h
  callers:
    - {name: caller, from: caller, to: oracle, talk: 1s}
";
/// People who pick up at once and need no time after the call.
const AGENTS: &str = "\
pbx:
  agents: {count: 1}
  queues: {queue: {}}
";

/// Arrivals, talk, patience, agents and places.
#[derive(Debug, Clone)]
pub(super) struct System {
    pub(super) profile: Profile,
    pub(super) arrivals: Arrivals,
    pub(super) talk: Distribution,
    /// Mean of the exponential patience; absent means infinite.
    pub(super) patience_mean_s: Option<f64>,
    /// Calls in the whole system; absent means no limit.
    pub(super) channels: Option<u32>,
    /// Absent means that the PBX answers every admitted call at once.
    pub(super) agents: Option<u32>,
    /// Waiting callers; absent means no limit but the channels.
    pub(super) places: Option<u32>,
}

impl System {
    /// Poisson arrivals and exponential talk, nothing else limited.
    pub(super) fn poisson(per_second: f64, talk_mean_s: f64) -> Self {
        Self {
            profile: Profile::Flat { per_second },
            arrivals: Arrivals::Poisson,
            talk: Distribution::Exponential { mean: talk_mean_s },
            patience_mean_s: None,
            channels: None,
            agents: None,
            places: None,
        }
    }

    /// The system over so many seconds, measured after the first ones.
    ///
    /// # Panics
    /// Never: the text is a scenario.
    pub(super) fn scenario(&self, warm_up_s: f64, measured_s: f64) -> Scenario {
        let (text, counted);
        let inputs = match self.agents {
            None => {
                text = TEXT.to_owned();
                Inputs::with_seed(1)
            }
            Some(count) => {
                text = [TEXT, AGENTS].concat();
                counted = [("pbx.agents.count".to_owned(), count.to_string())];
                Inputs { overrides: &counted, ..Inputs::with_seed(1) }
            }
        };
        let parsed = scenario::parse(&text, "oracle.yaml", &inputs);
        let mut scenario = parsed.expect("the text is a scenario");
        scenario.warm_up = Duration::from_secs_f64(warm_up_s);
        scenario.extent = Extent::Duration(Duration::from_secs_f64(measured_s));
        scenario.traffic.arrivals = self.arrivals.clone();
        scenario.traffic.profile = self.profile.clone();
        for caller in &mut scenario.traffic.callers {
            caller.talk = self.talk.clone();
            caller.patience = self.patience_mean_s.map(|mean| Distribution::Exponential { mean });
        }
        scenario.pbx.channels = self.channels;
        scenario.pbx.capacity = u32::MAX;
        for queue in &mut scenario.pbx.queues {
            queue.max_length = self.places;
        }
        scenario
    }
}
