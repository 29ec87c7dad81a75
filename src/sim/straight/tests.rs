//! The short way and the long way come to the same figures, to the last bit.

use crate::metrics::Settings;
use crate::random::Seed;
use crate::scenario;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::odd::OddScenarios;
use crate::sim::Gathered;
use crate::sim::Report;
use crate::sim::figures::gather_by_machines;
use crate::sim::gather_while;
use crate::sim::straight;
use crate::time::{Duration, Instant};

fn scenario(text: &str) -> Scenario {
    scenario::parse(text, "straight.yaml", &Inputs::with_seed(7))
        .unwrap_or_else(|why| panic!("{why}\n{text}"))
}

/// Three thresholds, so that waits fall on all sides of them.
fn settings(scenario: &Scenario) -> Settings {
    let thresholds = [20, 5, 60].map(Duration::from_secs).to_vec();
    Settings { thresholds, warm_up: scenario.warm_up, ..Settings::default() }
}

/// Plays both ways, if the short one can be gone, and compares all that there is.
fn both_ways(scenario: &Scenario, what: &str) -> Option<Gathered> {
    let settings = settings(scenario);
    let short = straight::gather(scenario, scenario.seed, settings.clone(), &|_| true)?;
    let long = gather_by_machines(scenario, scenario.seed, settings, &|| true).unwrap();
    assert_eq!(short.report, long.report, "{what}");
    let [ours, theirs] = [&short, &long].map(|gathered| format!("{:#?}", gathered.collector.finish()));
    let differing = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
    assert_eq!(differing, None, "{what}");
    assert!(short == long, "{what}: what no figure shows differs");
    Some(short)
}

fn same(text: &str) -> Gathered {
    both_ways(&scenario(text), text).unwrap_or_else(|| panic!("can't be played straight:\n{text}"))
}

const CENTRE: &str = "\
calls: 3000
traffic:
  profile: 200/h
  callers:
    - name: customer
      talk: {exponential: {mean: 180s}}
      patience: {exponential: {mean: 60s}}
pbx:
  agents: {count: 9}
  queues: {sales: {}}
";

#[test]
fn callers_who_wait_and_give_up() {
    let counts = same(CENTRE).collector.counts().clone();
    assert!(counts.queue_abandoned > 200 && counts.queue_answered > 2_000, "{counts:?}");
}

#[test]
fn a_full_queue_and_a_full_trunk_and_callers_who_dial_again_or_go_to_others() {
    let text = CENTRE
        .replace("agents: {count: 9}", "channels: 11\n  agents: {count: 9, wrap_up: {lognormal: {mean: 10s, cv: 1}}}")
        .replace("sales: {}", "sales: {max_length: 1}")
        .replace(
            "mean: 60s}}\n",
            "mean: 60s}}\n      redial: {probability: 60%, delay: {exponential: {mean: 60s}}, limit: 3, defection: 30%}\n      \
             repeat: {probability: 10%, delay: {exponential: {mean: 1h}}, limit: 2}\n",
        );
    let gathered = same(&text);
    let counts = gathered.collector.counts();
    assert!(gathered.report.attempts > gathered.report.first_attempts + 100);
    assert!(
        counts.queue_abandoned > 20 && counts.repeats > 50 && counts.customers_defected > 20,
        "{counts:?}"
    );
    assert!(
        counts.outcome(crate::outcome::Outcome::Human(crate::outcome::Human::QueueFull)) > 50,
        "{counts:?}"
    );
}

#[test]
fn a_trunk_alone() {
    let text = "calls: 5000\ntraffic:\n  profile: 600/h\n  callers: [{talk: {exponential: {mean: 180s}}, \
                redial: {probability: 50%, delay: {exponential: {mean: 90s}}, limit: 5}}]\npbx: {channels: 25}\n";
    assert!(same(text).collector.counts().blocked() > 500);
}

#[test]
fn the_end_of_the_drain_cuts_off_who_waits_and_who_talks() {
    let text = CENTRE
        .replace("calls: 3000", "duration: 1h\ndrain: 10s\nwarm_up: 10m")
        .replace("200/h", "400/h")
        .replace("mean: 60s", "mean: 1h");
    let gathered = same(&text);
    assert_eq!(gathered.collector.in_use(), 0);
    let left = gathered.report.attempts - gathered.collector.counts().queue_answered;
    assert!(left > 10, "{gathered:?}");
}

/// Everything happens at full seconds, and much of it at the same one.
#[test]
fn what_happens_at_one_instant_happens_in_the_same_order() {
    let text = "\
calls: 500
traffic:
  arrivals: even
  profile: 360/h
  callers:
    - name: short
      share: 50%
      talk: 20s
      patience: 30s
      redial: {probability: 50%, delay: 10s, limit: 2}
    - {name: long, share: 50%, talk: 70s, patience: 10s}
pbx:
  agents: {count: 4, wrap_up: 10s}
  queues: {sales: {max_length: 3}}
";
    let counts = same(text).collector.counts().clone();
    assert!(counts.queue_abandoned > 10 && counts.queue_answered > 100, "{counts:?}");
}

#[test]
fn shipped_scenarios_come_to_the_same_figures_either_way() {
    let mut played = Vec::new();
    for file in std::fs::read_dir("scenarios").expect("scenarios are shipped") {
        let path = file.expect("a file").path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let Ok(scenario) = scenario::parse(&text, &name, &Inputs::with_seed(7)) else { continue };
        played.extend(both_ways(&scenario, &name).map(|_| name));
    }
    println!("{played:?}");
    assert!(played.len() >= 8, "{played:?}");
}

#[test]
fn odd_scenarios_come_to_the_same_figures_either_way() {
    let scenarios = OddScenarios::new(Seed(11));
    let odd = (0..300).filter_map(|index| scenarios.draw(index).map(|odd| (index, odd)));
    let played = odd
        .filter(|(index, odd)| both_ways(&odd.scenario, &format!("scenario {index}\n{}", odd.text)).is_some())
        .count();
    println!("{played}");
    assert!(played > 0);
}

#[test]
fn a_run_that_may_not_go_on_stops_and_is_no_whole_one() {
    let scenario = scenario(&CENTRE.replace("calls: 3000", "calls: 10000"));
    let seen = std::cell::Cell::new(0);
    let once = |_| {
        seen.set(seen.get() + 1);
        seen.get() < 2
    };
    let part = straight::gather(&scenario, scenario.seed, settings(&scenario), &once).unwrap();
    let Report { first_attempts, not_started, stopped, .. } = part.report;
    assert_eq!((first_attempts, not_started, stopped, seen.get()), (8_192, 1_808, true, 2));
    assert!((8_100..8_192).contains(&part.recorded), "{}", part.recorded);
    seen.set(0);
    assert!(gather_while(&scenario, scenario.seed, settings(&scenario), &|| once(Instant::ZERO)).is_none());
    assert!(gather_by_machines(&scenario, scenario.seed, settings(&scenario), &|| false).is_none());
    let short = self::scenario(&CENTRE.replace("calls: 3000", "calls: 10"));
    assert!(
        gather_while(&short, short.seed, settings(&short), &|| false).is_none(),
        "asked before it begins"
    );
}
