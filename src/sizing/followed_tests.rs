//! Advice at the end of a run, followed: what it states is what a simulation with it measures.

use crate::metrics::Collector;
use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::Summary;
use crate::result::collector_settings;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sizing::Advice;
use crate::sizing::agent_advice;
use crate::sizing::trunk_advice;

fn read(text: &str) -> Scenario {
    parse(text, "x.yaml", &Inputs::with_seed(4)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn played(text: &str, replications: u64) -> Summary {
    let scenario = read(text);
    let one = |index| {
        let seed = scenario.seed.replication(index);
        sim::gather(&scenario, seed, collector_settings(&scenario, &[])).collector
    };
    let all = (0..replications).map(one).reduce(|mut all: Collector, one| {
        all.merge(one);
        all
    });
    all.unwrap().finish()
}

fn advised(text: &str, replications: u64) -> (Option<Advice>, Option<Advice>) {
    let (scenario, summary) = (read(text), played(text, replications));
    let agents = agent_advice(&scenario, &summary);
    (trunk_advice(&scenario, &summary, &[], agents.as_ref()), agents)
}

fn stated(advice: &Advice, n: u32) -> f64 {
    advice.curve.iter().find(|point| point.n == n).unwrap().value
}

fn holds(ratio: &Ratio, value: f64) -> bool {
    let [low, high] = ratio.interval.unwrap();
    (low..=high).contains(&value)
}

fn blocking(summary: &Summary) -> Ratio {
    summary.ratio(Measure::Blocking, 0.99)
}

/// Half of the callers want a queue, half another number.
const TWO_NUMBERS: &str = "
name: x
duration: 60h
warm_up: 1h
traffic:
  profile: 200/h
  callers:
    - {name: q, share: 50%, to: '100', talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 2m}}}
    - {name: direct, share: 50%, to: '600', talk: {exponential: {mean: 180s}}}
pbx:
  channels: 12
  extensions: {'600': answer}
  queues: {a: {numbers: ['100']}}
  agents: {count: 8}
";

/// A minute's prompt and a minute's thought before the queue.
const LONG_MENU: &str = "
name: x
duration: 40h
warm_up: 1h
traffic:
  profile: 300/h
  callers:
    - name: c
      talk: {exponential: {mean: 60s}}
      patience: {exponential: {mean: 10m}}
      think: 60s
      choices: {main: {'1': 100%}}
pbx:
  channels: 12
  ivr:
    main: {prompt: 60s, timeout: 90s, repeats: 1, digits: {'1': {queue: a}}, otherwise: {queue: a}}
  queues: {a: {}}
  agents: {count: 8}
";

/// Channels are held by menus and other numbers too: the loss that is stated is that of a run with as many channels, and
/// one fewer loses more than it may.
#[test]
fn channels_behind_a_queue_are_advised_for_menus_and_other_numbers_too() {
    for text in [TWO_NUMBERS, LONG_MENU] {
        let (trunks, agents) = advised(text, 2);
        let (trunks, agents) = (trunks.unwrap(), agents.unwrap());
        assert!(trunks.beside_erlangs.is_some_and(|erlangs| erlangs > 4.0), "{trunks:?}");
        let with = |channels: u32| {
            let text = text.replace("channels: 12", &format!("channels: {channels}"));
            blocking(&played(&text.replace("count: 8", &format!("count: {}", agents.needed)), 3))
        };
        let losses = [12, trunks.needed - 1, trunks.needed].map(|channels| {
            let lost = with(channels);
            assert!(holds(&lost, stated(&trunks, channels)), "{channels}: {lost:?}, {trunks:?}");
            lost.value().unwrap()
        });
        assert!(trunks.needed >= 17 && losses[1] > 0.01, "{trunks:?}");
    }
    // One number, no menu: nothing else holds a channel.
    let plain = TWO_NUMBERS.replace("to: '600'", "to: '100'");
    assert_eq!(advised(&plain, 1).0.unwrap().beside_erlangs, None);
}
