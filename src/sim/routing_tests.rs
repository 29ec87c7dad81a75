//! What scenarios say of routing, hooks, triggers, siblings and changes, as calls live through it.

use std::ops::ControlFlow;

use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::pbx::routing::Triggered;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;
use crate::time::Instant;

fn scenario(traffic: &str, pbx: &str) -> Scenario {
    let text = format!("name: routed\nseed: 7\n{traffic}\npbx:\n{pbx}\n");
    parse(&text, "routed.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(traffic: &str, pbx: &str) -> String {
    let text = format!("name: routed\nseed: 7\n{traffic}\npbx:\n{pbx}\n");
    parse(&text, "routed.yaml", &Inputs::with_seed(7)).unwrap_err().to_string()
}

fn play(scenario: &Scenario) -> (Vec<CallRecord>, Vec<Triggered>) {
    let (mut records, mut triggered) = (Vec::new(), Vec::new());
    let sink = |entry: &Entry| {
        match entry {
            Entry::Observation(Observation::Ended(record)) => records.push((**record).clone()),
            Entry::Triggered(one) => triggered.push((**one).clone()),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    sim::run(scenario, scenario.seed, sink);
    (records, triggered)
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Coverage row 15: 2 000 callers dial A, which is always engaged; each tries B with probability 0.3. The attempts that
/// B sees are 0.3 × those that A blocked, within 4 sigma of the binomial law; without the key B sees none.
#[test]
fn who_is_blocked_on_one_number_tries_its_sibling() {
    let traffic = |sibling: &str| {
        format!(
            "calls: 2000\ntraffic: {{profile: 600/h, callers: [{{to: \"100\", talk: 1m, redial: {{{sibling}}}}}]}}"
        )
    };
    let pbx = "  extensions: {\"100\": busy}";
    let (records, _) = play(&scenario(&traffic("sibling: {probability: 30%, numbers: [\"200\"]}"), pbx));
    let to = |number: &str| records.iter().filter(|record| *record.did == *number).count();
    let (blocked, moved) = (real(to("100")), real(to("200")));
    let sigma = (blocked * 0.3 * 0.7).sqrt();
    assert!((moved - 0.3 * blocked).abs() < 4.0 * sigma, "{moved} of {blocked}");
    assert!(records.iter().all(|record| *record.did != *"200" || record.outcome.is_completed()));
    let (records, _) = play(&scenario(&traffic("probability: 0%"), pbx));
    assert!(records.iter().all(|record| *record.did == *"100"));
}

/// Coverage row 50: a bot that answers a quarter of the contacts of one class, half of all, leaves exactly 7/8.
#[test]
fn a_bot_takes_exactly_its_share_of_contacts_before_they_become_calls() {
    let traffic = |deflection: &str| {
        format!(
            "calls: 4000\ntraffic: {{profile: 600/h, callers: [{{name: a, share: 50%, talk: 1m, deflection: {deflection}}}, \
             {{name: b, share: 50%, talk: 1m}}]}}"
        )
    };
    let deflected = scenario(&traffic("25%"), "  channels: 100");
    let (records, _) = play(&deflected);
    assert_eq!(records.len(), 3_500);
    let shares: Vec<f64> = deflected.traffic.callers.iter().map(|class| class.share).collect();
    assert!((shares[0] - 3.0 / 7.0).abs() < 1e-12 && (shares[1] - 4.0 / 7.0).abs() < 1e-12, "{shares:?}");
    let rate = |scenario: &Scenario| {
        crate::traffic::profile::Intensity::new(&scenario.traffic.profile, scenario.seed)
            .integral(0.0, 3_600.0)
    };
    assert!((rate(&deflected) - 525.0).abs() < 1e-9);
    let (records, _) = play(&scenario(&traffic("0%"), "  channels: 100"));
    assert_eq!(records.len(), 4_000);
}

/// Coverage rows 52 and 71: two channels become forty at 09:00. Calls are blocked before that second and none after it,
/// and no call in progress ends for it; back at two at 10:00 nobody who talks is cut off.
#[test]
fn more_channels_from_a_second_on_end_the_blocking_from_that_second_on() {
    let traffic = "duration: 3h\ntraffic: {profile: 600/h, callers: [{talk: 1m}]}";
    let change = "  changes: [{at: \"09:00\", set: {channels: 60}}, {after: 2h, set: {channels: 2}}]";
    let (records, _) = play(&scenario(traffic, &format!("  channels: 2\n{change}")));
    let at = |hours: f64| Instant::from_secs_f64(hours * 3_600.0);
    let blocked = |from: f64, to: f64| {
        let within =
            |record: &&CallRecord| record.intended_start >= at(from) && record.intended_start < at(to);
        let of = records.iter().filter(within);
        of.filter(|record| record.outcome == Outcome::Technical(Technical::Trunk)).count()
    };
    assert!(blocked(0.0, 1.0) > 300, "{}", blocked(0.0, 1.0));
    assert!(blocked(0.95, 1.0) > 5 && blocked(1.0, 2.0) == 0);
    assert!(blocked(2.0, 2.1) > 10);
    let talked = |record: &&CallRecord| record.answered.is_some();
    assert!(records.iter().filter(talked).all(|record| record.outcome.is_completed()), "nobody was harmed");
    let without = play(&scenario(traffic, "  channels: 2")).0;
    let late =
        without.iter().filter(|record| record.intended_start >= at(1.0) && record.intended_start < at(2.0));
    assert!(late.filter(|record| record.outcome.is_technical()).count() > 300);
}

#[test]
fn agents_who_come_at_an_hour_shorten_waits_from_then_on() {
    let traffic = "duration: 2h\ndrain: 30m\ntraffic: {profile: 120/h, callers: [{talk: {constant: 1m}, patience: 1m}]}";
    let pbx = "  agents: {count: 1}\n  queues: {sales: {}}";
    let lost = |changes: &str| {
        let (records, _) = play(&scenario(traffic, &format!("{pbx}\n{changes}")));
        let late =
            records.into_iter().filter(|record| record.intended_start > Instant::from_secs_f64(4_000.0));
        let late: Vec<CallRecord> = late.collect();
        let agents: std::collections::BTreeSet<_> =
            late.iter().filter_map(|record| record.agent.clone()).collect();
        (late.iter().filter(|record| !record.outcome.is_completed()).count(), agents.len())
    };
    let (alone, one) = lost("  answer_delay: 0s");
    let (helped, four) = lost("  changes: [{after: 1h, set: {agents: 4}}]");
    assert_eq!((one, four), (1, 4));
    assert!(alone > 10 && helped < alone / 4, "{alone} {helped}");
}

const HOOKED: &str = "duration: 1h\ntraffic: {profile: 1200/h, callers: [{talk: 10s}]}";

/// Coverage row 39: a stalled hook lets go of every call after exactly the time-out, open or closed.
#[test]
fn a_stalled_hook_is_left_after_its_time_out_and_counts_as_technical_if_closed() {
    let hook = |keys: &str| format!("  extensions: {{\"17\": answer}}\n  hook: {{timeout: 400ms, {keys}}}");
    let closed = scenario(HOOKED, &hook("model: {delay: 1m}"));
    let (records, _) = play(&closed);
    assert!(records.len() > 1_000);
    for record in &records {
        assert_eq!(record.outcome, Outcome::Technical(Technical::Failure));
        assert_eq!((&*record.cause, record.sip_status), ("pbx-hook-failed", Some(503)));
        let took = record.ended.unwrap().since(record.started.unwrap());
        assert_eq!(took.as_millis(), 400);
    }
    let (records, _) = play(&scenario(HOOKED, &hook("on_failure: {extension: \"17\"}, model: {delay: 1m}")));
    assert!(records.iter().all(|record| {
        record.outcome.is_completed()
            && record.answered.unwrap().since(record.started.unwrap()).as_millis() == 400
    }));
}

#[test]
fn a_hook_that_answers_decides_and_fails_as_often_as_its_model_says() {
    let model = "model: {delay: 50ms, failure: 10%, answers: [{share: 50%, to: answer}, {share: 50%, to: {refuse: {status: 403}}}]}";
    let (records, _) = play(&scenario(HOOKED, &format!("  hook: {{{model}}}")));
    let share = |wanted: fn(Outcome) -> bool| {
        real(records.iter().filter(|record| wanted(record.outcome)).count()) / real(records.len())
    };
    let sigma = (0.45_f64 * 0.55 / real(records.len())).sqrt();
    assert!((share(Outcome::is_completed) - 0.45).abs() < 4.0 * sigma);
    assert!((share(|outcome| outcome == Outcome::Policy) - 0.45).abs() < 4.0 * sigma);
    assert!((share(Outcome::is_technical) - 0.10).abs() < 4.0 * sigma);
}

#[test]
fn whoever_gives_up_while_the_hook_is_asked_has_abandoned() {
    let traffic = "calls: 50\ntraffic: {profile: 600/h, callers: [{talk: 10s, patience: 1s}]}";
    let (records, _) = play(&scenario(traffic, "  hook: {timeout: 5s, model: {delay: 3s}}"));
    assert!(records.iter().all(|record| &*record.cause == "gave-up"), "{:?}", records[0]);
}

/// Coverage row 40: an alarm calls into a full trunk; the rule fires once for every attempt, the one that asks for an
/// admitted call for none.
#[test]
fn a_trigger_fires_once_for_each_attempt_even_when_the_trunk_is_full() {
    let traffic = "calls: 60\ntraffic: {profile: 600/h, callers: [{from: \"7900{number}\", talk: 10h, \
                   redial: {probability: 100%, limit: 2, delay: 1s}}]}";
    let triggers = "  triggers:\n    - {name: alarm, from: [\"7900*\"], even_if_refused: true, webhook: \"http://127.0.0.1:9/a\"}\n    \
                    - {name: door, from: [\"7900*\"]}\n    - {name: other, from: [\"7901*\"], even_if_refused: true}";
    let (records, fired) = play(&scenario(traffic, &format!("  channels: 1\n{triggers}")));
    let of = |name: &str| fired.iter().filter(|one| *one.trigger == *name).count();
    assert!(records.len() > 100);
    assert_eq!((of("alarm"), of("door"), of("other")), (records.len(), 1, 0));
    let mut calls: Vec<&str> =
        fired.iter().filter(|one| *one.trigger == *"alarm").map(|one| &*one.call).collect();
    calls.sort_unstable();
    calls.dedup();
    assert_eq!(calls.len(), records.len(), "once each");
}

/// Coverage row 36: the blacklisted are no loss, whatever their number; without the list they are served.
#[test]
fn a_blacklisted_call_never_raises_the_drop_rate() {
    let traffic = "duration: 2h\ntraffic: {profile: 600/h, callers: [{name: spam, share: 50%, from: \"7999{number}\", \
                   talk: 1m}, {name: client, share: 50%, from: \"7495{number}\", talk: 1m}]}";
    let (records, _) = play(&scenario(traffic, "  channels: 5\n  blacklist: [\"7999*\"]"));
    for record in &records {
        let policy = record.outcome == Outcome::Policy;
        assert_eq!(policy, *record.class == *"spam");
        assert!(!policy || (!record.outcome.is_counted() && record.sip_status == Some(403)));
    }
    let (records, _) = play(&scenario(traffic, "  channels: 5"));
    assert!(records.iter().all(|record| record.outcome != Outcome::Policy));
}

#[test]
fn a_table_with_a_hole_or_an_overlap_is_refused_by_its_place_and_hour() {
    let traffic = "duration: 1h\ntraffic: {profile: 60/h, callers: [{name: client, talk: 1m}]}";
    let pbx = |rules: &str| {
        format!(
            "  agents: {{count: 1}}\n  queues: {{sales: {{}}, support: {{}}}}\n  hours: {{open: [{{days: [mon, tue, wed, thu, \
             fri], from: 08:00, to: 18:00}}], holidays: [01-07]}}\n  routing:\n    rules:\n{rules}"
        )
    };
    let open = "      - {hours: open, to: {queue: sales}}";
    let hole = refused(traffic, &pbx(open));
    assert!(hole.contains("a hole: client dialling 100 on Mon 2026-01-05 18:00"), "{hole}");
    let both = format!("{open}\n      - {{to: {{queue: support}}}}");
    let overlap = refused(traffic, &pbx(&both));
    assert!(overlap.contains("routed.yaml:12"), "{overlap}");
    assert!(overlap.contains("an overlap: client dialling 100 on Mon 2026-01-05 08:00"), "{overlap}");
    let whole = format!("{open}\n      - {{hours: closed, to: {{queue: support}}}}");
    let sound = scenario(traffic, &pbx(&whole));
    let target = |hours: f64| {
        sound
            .pbx
            .table
            .as_ref()
            .unwrap()
            .target(Instant::from_secs_f64(hours * 3_600.0), 0, "100")
            .unwrap()
            .describe(&sound.pbx)
    };
    assert_eq!(
        [target(0.0), target(10.0), target(48.0)],
        ["queue sales", "queue support", "queue support"],
        "a holiday"
    );
    let again = parse(&sound.effective, "routed.yaml", &Inputs::with_seed(7)).unwrap();
    assert_eq!(again.sha256, sound.sha256, "the table survives being written out");
    assert_eq!(again.pbx, sound.pbx);
}

fn shipped(name: &str, text: &str) -> Vec<CallRecord> {
    let scenario = parse(text, name, &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"));
    play(&scenario).0
}

#[test]
fn the_shipped_scenarios_of_routing_answer_their_questions() {
    let records = shipped("office-hours.yaml", include_str!("../../scenarios/office-hours.yaml"));
    for record in &records {
        let hour = record.intended_start.as_secs_f64() / 3_600.0;
        let open = (1.0..11.0).contains(&hour);
        assert_eq!(record.queue.is_some(), open && *record.class != *"spam", "{record:?}");
        assert_eq!(record.outcome == Outcome::Policy, !open || *record.class == *"spam", "{record:?}");
    }
    let records = shipped("hook-that-stalls.yaml", include_str!("../../scenarios/hook-that-stalls.yaml"));
    let lost = records.iter().filter(|record| &*record.cause == "pbx-hook-failed").count();
    assert!(real(lost) > 0.05 * real(records.len()) && real(lost) < 0.15 * real(records.len()));
    let records =
        shipped("more-channels-at-ten.yaml", include_str!("../../scenarios/more-channels-at-ten.yaml"));
    let blocked = |from: f64, to: f64| {
        let within =
            |record: &&CallRecord| (from..to).contains(&(record.intended_start.as_secs_f64() / 3_600.0));
        records.iter().filter(within).filter(|record| record.outcome.is_technical()).count()
    };
    assert!(blocked(1.0, 2.0) > 5 * blocked(2.0, 3.0).max(1));
    assert!(records.iter().any(|record| *record.did == *"200"));
}
