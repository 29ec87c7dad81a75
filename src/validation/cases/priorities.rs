//! Two classes of callers, the urgent ones served first, nobody interrupted: M/M/n with priorities.
//!
//! Cobham (Operations Research 2 (1954) 70, equation 3): with classes in order of urgency and σ the load of all classes
//! up to one's own per agent, the mean wait is W₀ / ((1 − σ before) (1 − σ)), where W₀ is Erlang's probability of waiting
//! times the mean time between two ends of talk when all agents are busy.

use std::ops::ControlFlow;

use crate::outcome::Observation;
use crate::outcome::Phase;
use crate::random::Seed;
use crate::scenario;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Duration;
use crate::traffic::Extent;
use crate::traffic::profile::Profile;
use crate::validation::case::Case;
use crate::validation::reference;
use crate::validation::reference::Reference;

/// Urgent callers' share of all.
const URGENT: f64 = 0.25;

const TEXT: &str = "
name: priorities
question: Does the simulation meet the figures that are known?
seed: 1
duration: 1h
traffic:
  profile: 1/h
  callers:
    - {name: urgent, share: 25%, priority: 1, talk: {exponential: {mean: 180s}}}
    - {name: usual, share: 75%, talk: {exponential: {mean: 180s}}}
pbx:
  agents: {count: 20}
  queues: {queue: {}}
";

pub(super) fn cases() -> Vec<Case> {
    vec![urgent_first(TEXT)]
}

/// Both classes in `text`, with the figures that hold where the first is served first.
pub(in crate::validation) fn urgent_first(text: &str) -> Case {
    let row = reference::WAIT_20_16;
    let (agents, talk_s, load) = (row.value("agents"), row.value("aht_s"), row.value("occupancy"));
    let between_ends = row.value("p_wait") * talk_s / agents;
    let cobham = |before: f64, own: f64| Reference {
        value: between_ends / ((1.0 - before) * (1.0 - own)),
        tolerance: 0.0,
        source: "Cobham (1954) on erlang_c.csv: 20 agents, 16.0 E, 180 s".to_owned(),
    };
    let mut scenario =
        scenario::parse(text, "oracle.yaml", &Inputs::with_seed(1)).expect("the text is a scenario");
    scenario.traffic.profile = Profile::Flat { per_second: row.value("erlangs") / talk_s };
    scenario.warm_up = Duration::from_secs_f64(25.0 * talk_s);
    scenario.extent = Extent::Duration(Duration::from_secs_f64(250.0 * talk_s));
    Case::new("M/M/20 at 16 erlangs, urgent callers first", 250, scenario, observe)
        .shows("asa_s of the urgent", cobham(0.0, URGENT * load), |x| x[1] / x[0])
        .shows("asa_s of the others", cobham(URGENT * load, load), |x| x[3] / x[2])
}

/// Calls and seconds waited, of the urgent and of the others.
fn observe(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let mut sums = vec![0.0; 4];
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry
            && record.phase == Phase::Measured
        {
            let place = if &*record.class == "urgent" { 0 } else { 2 };
            sums[place] += 1.0;
            sums[place + 1] += record.wait.unwrap_or(Duration::ZERO).as_secs_f64();
        }
        ControlFlow::Continue(())
    });
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::Plant;
    use crate::validation::Suite;

    #[test]
    fn waits_by_priority_are_cobhams_and_without_it_they_are_not() {
        let held = |text: &str| {
            let suite = Suite::new().of(urgent_first(text)).thinned(12);
            let report = suite.run(Seed(1), 2, &Plant::default(), |_| ControlFlow::Continue(()));
            report.unwrap().findings.iter().map(|finding| finding.holds).collect::<Vec<_>>()
        };
        assert_eq!(held(TEXT), [true, true]);
        assert!(!held(&TEXT.replace("priority: 1, ", ""))[0], "the urgent wait as long as the others");
    }
}
