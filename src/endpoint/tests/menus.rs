//! Menus on the wire: every key by every way that SIP has, on a bad network, and the same decisions as in simulation.

use std::sync::Arc;

use super::faults::compare;
use super::faults::compare_scenario;
use super::virtual_wire::{Setup, constant, plan};
use crate::endpoint::dtmf::Dtmf;
use crate::keypad::Key;
use crate::network;
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::pbx::Config;
use crate::pbx::menu::Branch;
use crate::pbx::menu::Exit;
use crate::pbx::menu::MenuConfig;
use crate::pbx::menu::MenuEventKind;
use crate::pbx::menu::Target;
use crate::random::Purpose;
use crate::random::Seed;
use crate::scenario;
use crate::sim;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::habits::Habits;
use crate::traffic::habits::Intent;

/// A menu with a branch for every key, each of which says goodbye.
fn every_key() -> Config {
    let goodbye = Branch { self_service: None, target: Target::HangUp, talk_factor: 1.0 };
    let menu = MenuConfig {
        name: "main".into(),
        numbers: Vec::new(),
        takes_the_rest: true,
        prompt: Duration::from_secs(8),
        timeout: Duration::from_secs(600),
        repeats: 0,
        branches: Key::all().map(|key| (key, goodbye.clone())).collect(),
        otherwise: Target::HangUp,
    };
    Config { menus: vec![menu], ..Config::default() }
}

/// Acceptance of keys in INFO: each of the sixteen by each body, once, under 10 % loss and repetition.
#[test]
fn each_key_reaches_its_branch_once_on_a_bad_network() {
    for (method, seed) in [(Dtmf::InfoRelay, 1), (Dtmf::Info, 2), (Dtmf::InfoRelay, 3), (Dtmf::Info, 4)] {
        let network = network::Config {
            delay: constant(0.01),
            loss: 0.1,
            duplication: 0.1,
            reordering: 0.1,
            reordering_delay: Duration::from_millis(40),
            ..network::Config::default()
        };
        let setup = Setup { network, dtmf: method, seed: Seed(seed), ..Setup::of(every_key()) };
        let mut wire = setup.wire();
        for (index, key) in (0..).zip(Key::all()) {
            let habits = Habits { digits: vec![key], menus: Vec::new(), think: constant(3.0), message: None };
            let intent = Intent::draw(&Arc::new(habits), &mut Seed(seed).stream(Purpose::Keys, index.into()));
            wire.call(crate::traffic::CallPlan {
                intent: Some(Box::new(intent)),
                ..plan(index, 1.0 + f64::from(index), "100", 60.0, None)
            });
        }
        wire.run();
        let exits = wire.menu_log.iter().filter_map(|event| match event.event {
            MenuEventKind::Left(exit) => Some(exit),
            MenuEventKind::Entered => None,
        });
        let mut exits: Vec<Exit> = exits.collect();
        exits.sort_unstable();
        assert_eq!(exits, Key::all().map(Exit::Chose).collect::<Vec<_>>(), "{method:?}, seed {seed}");
        let served = Outcome::Completed(CompletedBy::Ivr);
        assert!(wire.records.iter().all(|record| record.outcome == served), "{method:?}, seed {seed}");
        assert_eq!(wire.differences(false), [""; 0]);
    }
}

#[test]
fn the_wire_and_the_simulation_decide_alike_in_menus() {
    let text = "name: menus\nseed: 5\ncalls: 1500\ntraffic:\n  profile: 200/h\n  callers:\n  - name: c\n    \
                talk: {exponential: {mean: 180s}}\n    patience: {exponential: {mean: 120s}}\n    \
                think: {exponential: {mean: 4s}}\n    \
                choices: {main: {\"1\": 50%, \"2\": 20%, \"0\": 10%, \"9\": 10%}, more: {\"0\": 70%}}\npbx:\n  \
                agents: {count: 9}\n  queues: {q: {}}\n  ivr:\n    main:\n      digits:\n        \
                \"1\": {self_service: 30s, containment: 60%, queue: q, talk_factor: 50%}\n        \
                \"2\": {menu: more}\n        \"0\": {queue: q}\n      otherwise: {queue: q}\n    \
                more:\n      digits: {\"0\": {queue: q}}\n";
    let contained = compare(text, |outcome| outcome == Outcome::Completed(CompletedBy::Ivr));
    assert!((350..480).contains(&contained), "50 % of 1500, and 60 % of those who wait for it: {contained}");
}

/// A menu before a queue whose agents are free: who is answered at once has waited for nobody, and talks as long as the
/// branch says.
#[test]
fn behind_a_menu_callers_wait_and_talk_on_the_wire_as_in_the_simulation() {
    for agents in [4, 12] {
        let text = format!(
            "name: menu\nseed: 4\ncalls: 400\ntraffic:\n  profile: 120/h\n  callers:\n  - name: c\n    \
             talk: {{exponential: {{mean: 120s}}}}\n    choices: {{main: {{\"1\": 60%, \"2\": 40%}}}}\npbx:\n  \
             ivr: {{main: {{prompt: 10s, digits: {{\"1\": {{queue: a}}, \"2\": {{queue: a, talk_factor: 50%}}}}, \
             otherwise: {{queue: a}}}}}}\n  queues: {{a: {{}}}}\n  agents: {{count: {agents}}}\n"
        );
        let scenario = scenario::parse(&text, "menu.yaml", &scenario::Inputs::with_seed(4)).unwrap();
        let mut simulated = Vec::new();
        sim::run(&scenario, scenario.seed, |entry: &sim::Entry| {
            if let sim::Entry::Observation(Observation::Ended(record)) = entry {
                simulated.push((**record).clone());
            }
            std::ops::ControlFlow::Continue(())
        });
        let (wire, _) = compare_scenario(&scenario);
        let mean = |records: &[CallRecord], of: fn(&CallRecord) -> Option<Duration>| {
            let of_each: Vec<Duration> = records.iter().filter_map(of).collect();
            let count = u32::try_from(of_each.len().max(1)).unwrap();
            (of_each.into_iter().sum::<Duration>() / count).as_secs_f64()
        };
        for (what, of) in
            [("wait", (|record| record.wait) as fn(&CallRecord) -> _), ("talk", |record| record.talk)]
        {
            let (wired, other) = (mean(&wire.records, of), mean(&simulated, of));
            println!("{agents} agents: mean {what} {wired:.2} s on the wire, {other:.2} s in the simulation");
            assert!((wired - other).abs() <= 0.02 * other + 0.05, "{what}: {wired} against {other}");
        }
        let since = |from: Option<Instant>, to: Option<Instant>| from.zip(to).map(|(from, to)| to - from);
        for record in wire.records.iter().chain(&simulated) {
            let there = since(Some(record.intended_start), record.ended).unwrap();
            let apart = record.wait.unwrap_or_default() + record.talk.unwrap_or_default();
            assert!(apart <= there, "waited and talked for {apart:?} of {there:?}: {record:?}");
        }
    }
}
