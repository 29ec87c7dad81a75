//! What two results' scenarios say differently of how calls are decided.

use serde::{Deserialize, Serialize};

use crate::result::RunResult;
use crate::scenario;

/// Top-level keys that decide no call and no figure: names, judgements, prices, and what only the wire asks for. The seed
/// is told apart: other calls are still calls of the same scenario.
const IDLE: [&str; 22] = [
    "name",
    "question",
    "seed",
    "time_scale",
    "gates",
    "growth",
    "cost",
    "tariffs",
    "needs",
    "allow_excluded",
    "required_fields",
    "max_concurrent",
    "media",
    "media_loss",
    "media_timeout",
    "probe_timeout",
    "shutdown_timeout",
    "timers",
    "transport",
    "dtmf",
    "drain",
    "target.blocking",
];

/// Keys that decide which calls are made, and when.
const PLAN: [&str; 4] = ["traffic", "calls", "duration", "start"];

/// Keys of the plan that only say how long it goes on, where its rate stays the same.
const LENGTH: [&str; 2] = ["calls", "duration"];

/// A key of the scenario with another value in the other result; absent where the key isn't there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    /// The key's path, as `--set` takes it.
    pub key: String,
    pub wire: Option<String>,
    pub simulation: Option<String>,
}

/// Every key that decides calls and differs, in the order of the wire's scenario.
pub(super) fn differing(wire: &RunResult, simulation: &RunResult) -> Vec<Differing> {
    if wire.scenario.sha256 == simulation.scenario.sha256 {
        return Vec::new();
    }
    let found = scenario::differences(&wire.scenario.effective, &simulation.scenario.effective);
    let told =
        found.into_iter().filter(|difference| !IDLE.iter().any(|idle| is_under(&difference.key, idle)));
    told.map(|difference| Differing {
        key: difference.key,
        wire: difference.one,
        simulation: difference.other,
    })
    .collect()
}

/// Whether it only makes one of the two longer: figures of a steady rate are the same ones for that, known better or worse.
pub(super) fn is_of_the_length(differing: &Differing) -> bool {
    LENGTH.contains(&&*differing.key)
}

/// Whether what differs makes other calls, not only another end of the same ones.
pub(super) fn is_of_the_plan(differing: &Differing) -> bool {
    PLAN.iter().any(|key| is_under(&differing.key, key))
}

/// Whether two results of one scenario rest on the same keys: how `report` chooses a partner.
#[must_use]
pub fn differ(wire: &RunResult, simulation: &RunResult) -> bool {
    !differing(wire, simulation).is_empty()
}

fn is_under(key: &str, above: &str) -> bool {
    key.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn results(wire: &str, simulation: &str) -> Vec<Differing> {
        let result = |effective: &str| {
            let mut result = fixture::loss_system();
            effective.clone_into(&mut result.scenario.effective);
            effective.clone_into(&mut result.scenario.sha256);
            result
        };
        differing(&result(wire), &result(simulation))
    }

    #[test]
    fn what_decides_calls_is_told_and_what_does_not_is_not() {
        let wire = "seed: 3\ntime_scale: 600\ngates: [a]\nmedia: none\npbx: {channels: 10, capacity: 5}\n\
                    target: {blocking: 1%, service_level: 80%/20s}\ntraffic: {profile: 5/h}\n";
        let simulation = "seed: 4\ntime_scale: 1\ngates: [b]\nmedia: rtp\npbx: {channels: 11, capacity: 5}\n\
                          target: {blocking: 2%, service_level: 80%/30s}\ntraffic: {profile: 6/h}\n";
        let found = results(wire, simulation);
        let keys: Vec<_> = found.iter().map(|differing| &*differing.key).collect();
        assert_eq!(keys, ["pbx.channels", "target.service_level", "traffic.profile"]);
        assert_eq!((found[0].wire.as_deref(), found[0].simulation.as_deref()), (Some("10"), Some("11")));
        assert_eq!(found.iter().map(is_of_the_plan).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(results(wire, wire), []);
    }

    #[test]
    fn a_key_is_under_another_by_whole_words() {
        assert!(is_under("media", "media") && is_under("target.blocking", "target.blocking"));
        assert!(is_under("gates[0]", "gates") && !is_under("media_loss", "media"));
        assert!(!is_under("startle", "start"));
    }
}
