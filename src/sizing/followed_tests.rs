//! Advice at the end of a run, followed: what it states is what a simulation with it measures.

use crate::metrics::Collector;
use crate::metrics::Measure;
use crate::metrics::Ratio;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::Summary;
use crate::result::collector_settings;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sizing::Advice;
use crate::sizing::agent_advice;
use crate::sizing::trunk_advice;
use crate::sizing::{disagreements, limited, nothing};

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

/// Of four minutes with each caller an agent spends one after the caller has hung up.
const WRAP_UP: &str = "
name: x
duration: 60h
warm_up: 1h
traffic:
  profile: 200/h
  callers:
    - {name: c, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 2m}}}
pbx:
  channels: 16
  queues: {a: {}}
  agents: {count: 15, wrap_up: {exponential: {mean: 60s}}}
";

/// An agent in wrap-up holds no channel: the loss that is stated is that of a run with as many channels, and one fewer loses
/// more than it may. The same where other calls hold channels, too.
#[test]
fn channels_behind_a_queue_are_not_advised_for_wrap_up() {
    let beside = format!("{WRAP_UP}  extensions: {{'600': answer}}\n").replace("{a: {}}", "{a: {numbers: ['100']}}").replace(
        "    - {name: c,",
        "    - {name: d, to: '600', share: 20%, talk: {exponential: {mean: 180s}}}\n    - {name: c, share: 80%, to: '100',",
    );
    for text in [WRAP_UP, &beside] {
        let (trunks, agents) = advised(text, 3);
        let (trunks, agents) = (trunks.unwrap(), agents.unwrap());
        let with = |channels: u32| {
            let text = text.replace("channels: 16", &format!("channels: {channels}"));
            blocking(&played(&text.replace("count: 15", &format!("count: {}", agents.needed)), 6))
        };
        let losses = [16, trunks.needed - 1, trunks.needed].map(|channels| {
            let lost = with(channels);
            assert!(holds(&lost, stated(&trunks, channels)), "{channels}: {lost:?}, {trunks:?}");
            lost.value().unwrap()
        });
        let is_just_enough = losses[2] <= 0.01 && (text != WRAP_UP || losses[1] > 0.01);
        assert!(is_just_enough, "{losses:?}, {trunks:?}");
    }
}

/// Everyone who gives up dials again, nine times of ten.
const DIALLING_AGAIN: &str = "
name: x
duration: 20h
warm_up: 1h
traffic:
  profile: 120/h
  callers:
    - name: c
      talk: {exponential: {mean: 120s}}
      patience: {exponential: {mean: 1m}}
      redial: {probability: 90%, delay: {exponential: {mean: 60s}}, limit: 10}
pbx: {queues: {a: {}}, agents: {count: 4}}
growth: [1]
";

/// Too few agents make their callers dial again; the same number is advised whether there are too few or nearly enough,
/// it keeps the service level, and one fewer does not.
#[test]
fn redials_of_those_who_give_up_are_no_fresh_load_for_agents() {
    let with = |agents: u32| DIALLING_AGAIN.replace("count: 4", &format!("count: {agents}"));
    let [few, more] = [4, 6].map(|agents| advised(&with(agents), 1).1.unwrap());
    assert!((few.erlangs - 4.0).abs() < 0.3 && few.needed == more.needed, "{few:?}, {more:?}");
    let level = |agents: u32| {
        let summary = played(&with(agents), 3);
        summary.service_level(0, ServiceLevelDefinition::OfOffered).value().unwrap()
    };
    let (enough, short) = (level(few.needed), level(few.needed - 1));
    assert!(enough >= 0.8 && short < 0.8, "{}: {enough}, one fewer: {short}", few.needed);
}

/// One of four knows what a third of the callers need.
const ONE_EXPERT: &str = "
name: x
duration: 10h
traffic:
  profile: 40/h
  callers:
    - {name: easy, share: 70%, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 2m}}}
    - {name: hard, share: 30%, skill: expert, talk: {exponential: {mean: 300s}}, patience: {exponential: {mean: 2m}}}
pbx:
  agents: [{name: e, skills: [expert]}, {name: f}, {name: g}, {name: h}]
  queues: {q: {}}
";

fn reasons(text: &str, replications: u64) -> Vec<String> {
    let (scenario, summary) = (read(text), played(text, replications));
    let agents = agent_advice(&scenario, &summary);
    nothing(
        &scenario,
        &summary,
        trunk_advice(&scenario, &summary, &[], agents.as_ref()).as_ref(),
        agents.as_ref(),
    )
}

#[test]
fn agents_who_do_not_all_take_every_caller_are_no_pool() {
    assert!(reasons(ONE_EXPERT, 1)[0].contains("not every agent takes every caller"));
    let all = ["f", "g", "h"]
        .map(|name| (format!("{{name: {name}}}"), format!("{{name: {name}, skills: [expert]}}")));
    let alike = all.iter().fold(ONE_EXPERT.to_owned(), |text, (one, expert)| text.replace(one, expert));
    assert!(advised(&alike, 1).1.is_some(), "every one of them is an expert");
    let apart = TWO_NUMBERS.replace(
        "a: {numbers: ['100']}",
        "a: {numbers: ['100'], agents: [x]}, b: {numbers: ['600'], agents: [y]}",
    );
    let apart =
        apart.replace("extensions: {'600': answer}", "").replace("{count: 8}", "[{name: x}, {name: y}]");
    assert!(reasons(&apart, 1)[0].contains("queues of their own"));
}

#[test]
fn a_handful_of_calls_is_nothing_to_size_agents_by() {
    let text = TWO_NUMBERS.replace("duration: 60h", "duration: 10m").replace("warm_up: 1h", "warm_up: 0s");
    assert!(reasons(&text, 1)[0].contains("fewer than 100 calls"));
}

/// A link for eleven calls in front of fourteen channels: no number of channels helps, and none is advised; a link for as
/// many calls as is said keeps the target.
#[test]
fn what_a_link_refuses_is_no_reason_for_channels() {
    let text = |link: &str, channels: u32| {
        format!(
            "name: x\nduration: 20h\ntraffic: {{profile: 200/h, callers: [{{talk: {{exponential: {{mean: 180s}}}}}}]}}\n\
             pbx: {{channels: {channels}, bandwidth: {{limit: {link}, codec: PCMA}}}}\n"
        )
    };
    let (narrow, summary) = (read(&text("1 Mbit/s", 14)), played(&text("1 Mbit/s", 14), 2));
    assert_eq!(summary.traffic.circuits_seen, None, "eleven were in use, and the link was full");
    assert_eq!(trunk_advice(&narrow, &summary, &[], None), None);
    let sentence = limited(&narrow, &summary, &[], None).unwrap().sentence;
    assert!(sentence.contains("bandwidth refused") && sentence.contains("a link for 18 calls"), "{sentence}");
    let russian = crate::report::language::sentences::translate(&sentence, crate::report::Language::Russian);
    assert!(russian.starts_with("по каналам: из-за полосы"), "{russian}");
    // 87.2 kbit/s a call.
    let lost = played(&text("1570 kbit/s", 40), 2).ratio(Measure::TechnicalDropRate, 0.99);
    assert!(lost.value().unwrap() < 0.012, "{lost:?}");
    // Where channels are short, they are advised as before.
    assert!(advised(&text("9 Mbit/s", 10), 1).0.unwrap().needed >= 17);
}

/// A voicemail all day, three times as busy at noon as at dawn: channels are for noon.
#[test]
fn channels_of_closed_hours_are_for_the_busiest_of_them() {
    let text = "
name: x
duration: 24h
traffic: {profile: {peak: {base: 50/h, peak: 300/h, at: 12h, ramp: 1h, hold: 2h}}, callers: [{talk: 30s}]}
start: 2026-01-05T00:00[Europe/Berlin]
pbx:
  channels: 30
  hours: {open: [{days: [sun], from: 10:00, to: 12:00}], closed: voicemail}
  voicemail: {greeting: 8s, message: 20s}
  agents: {count: 6}
  queues: {q: {}}
";
    let advice = advised(text, 6).0.unwrap();
    assert!(advice.closed && advice.basis == "measured_peak", "{advice:?}");
    let exact = 300.0 / 3600.0 * played(text, 1).traffic.mean_holding_s.unwrap();
    assert!((advice.erlangs / exact - 1.0).abs() < 0.05, "{} instead of {exact}", advice.erlangs);
}

/// Evenly spaced calls lose less than Erlang B says: the advice says so itself.
#[test]
fn advice_that_the_measurement_contradicts_does_not_stand_alone() {
    let text = |arrivals: &str| {
        format!(
            "name: x\nduration: 40h\ntraffic: {{arrivals: {arrivals}, profile: 200/h, callers: [{{talk: 180s}}]}}\n\
             pbx: {{channels: 12}}\n"
        )
    };
    let said = |arrivals: &str| {
        let text = text(arrivals);
        let (scenario, summary) = (read(&text), played(&text, 4));
        disagreements(&scenario, &summary, trunk_advice(&scenario, &summary, &[], None).as_ref(), None)
    };
    assert_eq!(said("poisson"), Vec::<String>::new());
    let even = said("even");
    assert!(
        even[0].starts_with("channels: the formula loses 11.") && even[0].contains("12 there are"),
        "{even:?}"
    );
    let russian = crate::report::language::sentences::translate(&even[0], crate::report::Language::Russian);
    assert!(russian.starts_with("каналы: по формуле теряется 11,"), "{russian}");
}
