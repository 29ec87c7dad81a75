//! Advice where the firm closes, or one hour is busier than the others, held to what simulations with it come to.

use crate::erlang::erlang_b;
use crate::metrics::Collector;
use crate::metrics::Measure;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::Summary;
use crate::result::collector_settings;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sizing::StaffModel;
use crate::sizing::agent_advice;
use crate::sizing::led_calls;
use crate::sizing::nothing;
use crate::sizing::trunk_advice;
use crate::traffic::profile::Intensity;

const OFFICE: &str = include_str!("../../scenarios/office-hours.yaml");

fn read(text: &str) -> Scenario {
    parse(text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn played(scenario: &Scenario, replications: u64) -> Summary {
    let one = |index| {
        let seed = scenario.seed.replication(index);
        sim::gather(scenario, seed, collector_settings(scenario, &[])).collector
    };
    let all = (0..replications).map(one).reduce(|mut all: Collector, one| {
        all.merge(one);
        all
    });
    all.unwrap().finish()
}

fn office(agents: u32) -> Summary {
    played(&read(&OFFICE.replace("count: 6", &format!("count: {agents}"))), 20)
}

fn level(summary: &Summary) -> f64 {
    summary.service_level(0, ServiceLevelDefinition::OfOffered).value().unwrap()
}

/// Ten of 26 hours are open. The number advised keeps the service level when it is set, one fewer does not; and whoever
/// tries too few is told the same number.
#[test]
fn agents_are_advised_for_the_hours_in_which_the_firm_is_open() {
    let scenario = read(OFFICE);
    let summary = office(6);
    let advice = agent_advice(&scenario, &summary).unwrap();
    let [enough, short] = [advice.needed, advice.needed - 1].map(|agents| level(&office(agents)));
    assert!(enough >= 0.8 && short < 0.8, "{} agents: {enough}, one fewer: {short}", advice.needed);
    assert_eq!(advice.served_s, Some([36_000.0, 93_600.0]));
    let few = read(&OFFICE.replace("count: 6", "count: 3"));
    assert_eq!(agent_advice(&few, &office(3)).unwrap().needed, advice.needed);
    // Staffed are the ten hours, not the 26.
    let work = summary.queue.unwrap();
    let at_work = work.mean_handle_s.unwrap() * f64::from(u32::try_from(work.answered).unwrap());
    let exact = at_work / (6.0 * 36_000.0 * 20.0);
    assert!((work.occupancy.unwrap() - exact).abs() < 1e-9, "{work:?}, not {exact}");
}

const SHOP: &str = "
name: x
seed: 3
start: 2026-01-12T00:00[Europe/Berlin]
duration: 48h
traffic: {profile: 120/h, callers: [{talk: {exponential: {mean: 180s}}}]}
pbx:
  channels: 12
  hours: {open: [{days: [mon, tue, wed, thu, fri], from: 09:00, to: 17:00}], closed: CLOSED}
  MORE
";

/// 120 calls of 180 s an hour are 6 erlangs while the firm is open, whether closed hours refuse them or take a message.
#[test]
fn channels_are_advised_for_open_hours_also_where_a_voicemail_answers_in_closed_ones() {
    for (closed, more) in [("{refuse: {status: 480}}", ""), ("voicemail", "voicemail: {message: 20s}")] {
        let scenario = read(&SHOP.replace("CLOSED", closed).replace("MORE", more));
        let summary = played(&scenario, 10);
        let advice = trunk_advice(&scenario, &summary, &[], None).unwrap();
        assert!((advice.erlangs / 6.0 - 1.0).abs() < 0.04, "{closed}: {}", advice.erlangs);
        assert_eq!(advice.needed, erlang_b::min_servers(6.0, 0.01).unwrap().0);
        assert_eq!(advice.served_s, Some([57_600.0, 172_800.0]));
    }
    // A longer message is the busier of the two.
    let text = SHOP.replace("CLOSED", "voicemail").replace("MORE", "voicemail: {message: 60s}");
    let scenario = read(&text.replace("mean: 180s", "mean: 30s"));
    let advice = trunk_advice(&scenario, &played(&scenario, 10), &[], None).unwrap();
    assert!(advice.closed && advice.erlangs > 2.0, "{advice:?}");
}

/// Ten calls an hour for eight hours, and sixty in the fifth: the busy hour's load is advised for, not the mean's.
#[test]
fn replayed_calls_are_advised_for_by_their_busiest_hour() {
    let quiet = (0..80).map(|call| 360.0 * f64::from(call));
    let busy = (0..50).map(|call| 14_400.0 + 72.0 * f64::from(call) + 1.0);
    let mut starts: Vec<f64> = quiet.chain(busy).collect();
    starts.sort_by(f64::total_cmp);
    let text = format!(
        "name: x\nseed: 1\nduration: 8h\ntraffic: {{arrivals: {{replay: {starts:?}}}, callers: [{{talk: 180s}}]}}\n\
         pbx: {{channels: 12}}\n"
    );
    let scenario = read(&text);
    let advice = trunk_advice(&scenario, &played(&scenario, 1), &[], None).unwrap();
    assert_eq!(advice.basis, "measured_busy_hour");
    assert!((advice.erlangs - 3.0).abs() < 1e-9, "{}", advice.erlangs);
}

const SHORT_OF_LINES: &str = "
name: x
seed: 2
duration: 40h
traffic: {profile: 120/h, callers: [{talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 3m}}}]}
pbx: {channels: 7, agents: {count: 12}, queues: {sales: {}}}
";

/// Seven lines let few of six erlangs through. The agents are for all of them, the lines are for those agents: set
/// together they keep both promises.
#[test]
fn channels_and_agents_are_advised_together() {
    let scenario = read(SHORT_OF_LINES);
    let summary = played(&scenario, 4);
    let agents = agent_advice(&scenario, &summary).unwrap();
    let trunks = trunk_advice(&scenario, &summary, &[], Some(&agents)).unwrap();
    assert!(agents.with_blocked && trunks.with_agents == Some(agents.needed));
    assert!((agents.erlangs / 6.0 - 1.0).abs() < 0.03 && (trunks.erlangs - agents.erlangs).abs() < 1e-9);
    let set = |channels: u32, count: u32| {
        let text = SHORT_OF_LINES.replace("channels: 7", &format!("channels: {channels}"));
        played(&read(&text.replace("count: 12", &format!("count: {count}"))), 10)
    };
    let lost = |summary: &Summary| summary.ratio(Measure::Blocking, 0.95).value().unwrap();
    let both = set(trunks.needed, agents.needed);
    assert!(lost(&both) < 0.012 && level(&both) >= 0.79, "{} lost, {}", lost(&both), level(&both));
    assert!(lost(&set(trunks.needed - 1, agents.needed)) > 0.01);
    assert!(level(&set(trunks.needed, agents.needed - 1)) < 0.8);
}

const DESK: &str = "
name: x
seed: 2
duration: 4h
traffic: {profile: 60/h, callers: [{talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 3m}}}]}
pbx:
  agents: [{name: anna}, {name: boris, wrap_up: 20s}]
  queues: {sales: {}}
  contacts: {mail: {rate: 5/h, handle: {exponential: {mean: 3m}}}}
";

#[test]
fn where_nothing_is_advised_the_real_reason_is_given() {
    let reasons = |text: &str| {
        let scenario = read(text);
        let summary = played(&scenario, 1);
        let agents = agent_advice(&scenario, &summary);
        let trunks = trunk_advice(&scenario, &summary, &[], agents.as_ref());
        nothing(&scenario, &summary, trunks.as_ref(), agents.as_ref())
    };
    let unlike = reasons(DESK);
    assert!(
        unlike[0].contains("differ in skills") && unlike[1].contains("no limit on circuits"),
        "{unlike:?}"
    );
    let several = reasons(&DESK.replace("sales: {}", "sales: {numbers: ['1']}, help: {}"));
    assert!(several[0].contains("several queues"), "{several:?}");
    assert_eq!(reasons(SHORT_OF_LINES), Vec::<String>::new());
    for reason in unlike.iter().chain(&several) {
        let russian = crate::report::language::sentences::translate(reason, crate::report::Language::Russian);
        assert!(russian.starts_with("по "), "{reason} stays English");
    }
}

/// A day's staff is asked for while the firm is open, and for none of the calls of closed hours.
#[test]
fn calls_of_closed_hours_need_no_staff() {
    let scenario = read(&SHOP.replace("CLOSED", "{refuse: {status: 480}}").replace("MORE", ""));
    let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
    let calls = [[7.0, 9.0], [8.0, 10.0], [9.0, 17.0], [17.0, 24.0]]
        .map(|hours| led_calls(&scenario, &intensity, hours.map(|hour| hour * 3_600.0)));
    for (found, exact) in calls.into_iter().zip([0.0, 120.0, 960.0, 0.0]) {
        assert!((found - exact).abs() < 1e-6, "{calls:?}");
    }
    let closed = StaffModel { lambda: 0.0, handle_s: 180.0, theta: 0.01, redial: 0.0 };
    assert_eq!(closed.point(1, 20.0).unwrap().of_offered.to_bits(), 1.0_f64.to_bits());
}
