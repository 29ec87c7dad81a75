//! `result.json`, field by field as other programs read it.

use serde_json::Value;

use super::*;
use crate::metrics::Collector;
use crate::metrics::Summary;
use crate::metrics::fixture;
use crate::metrics::fixture::{answered_by_pbx, gave_up, refused, served};
use crate::outcome::CallRecord;
use crate::outcome::Latency;
use crate::outcome::MediaReport;
use crate::report;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::time::Duration;

const CENTRE: &str = "
name: centre
question: Who gets through?
seed: 42
warm_up: 1m
duration: 2h
time_scale: 60
traffic:
  profile: 100/h
  callers:
    - name: customer
      talk: {exponential: {mean: 60s}}
pbx:
  channels: 30
  agents: {count: 2}
  queues:
    sales: {}
target: {service_level: 80/20}
gates:
  - technical_drop_rate < 40% @95%
  - service_level(15s, of_answered) >= 80%
cost: {call_price: 1000 RUB, conversion: 20%, calls_per_month: 1000}
";

fn scenario(text: &str) -> Scenario {
    parse(text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// 130 served, 20 refused; every one measured on the wire.
fn calls() -> Vec<CallRecord> {
    let latency = Latency {
        lateness: Duration::from_millis(1),
        post_dial_delay: Some(Duration::from_millis(7)),
        answer_delay: Some(Duration::from_millis(9)),
        disconnect_delay: Some(Duration::from_millis(3)),
    };
    let media = MediaReport { packets_sent: 3_000, packets_received: 2_999, packets_lost: 1, jitter_ms: 0.7 };
    let call = |i: u32| {
        let (index, start) = (u64::from(i), 60.0 + 40.0 * f64::from(i));
        let record = if i % 15 < 2 { refused(index, start) } else { served(index, start, "1", 10.0, 61.7) };
        CallRecord { latency: Some(latency), media: Some(media), ..record }
    };
    (0..150).map(call).collect()
}

fn summary(scenario: &Scenario, calls: &[CallRecord]) -> Summary {
    let gates = gates(scenario, &capabilities(scenario, true, true)).unwrap();
    fixture::collected(collector_settings(scenario, &gates), calls).finish()
}

fn facts(calls: u64) -> DriverFacts {
    DriverFacts {
        driver: Driver::Live,
        ended: Ended::Complete,
        target: "bundled".to_owned(),
        scheduled: calls,
        started: calls,
        not_started: 0,
        recorded: calls,
        interarrival_cv: Some(1.0),
        ks_p: Some(0.5),
        ladders: Vec::new(),
        required: Vec::new(),
        books: None,
        warm_up_found: None,
        processor: None,
        notes: Vec::new(),
        faults: Vec::new(),
    }
}

fn result(text: &str, calls: &[CallRecord]) -> RunResult {
    let scenario = scenario(text);
    let gates = gates(&scenario, &capabilities(&scenario, true, true)).unwrap();
    assemble(&scenario, &summary(&scenario, calls), &gates, facts(calls.len() as u64))
}

fn json(result: &RunResult) -> Value {
    serde_json::from_str(&report::json::render(result)).unwrap()
}

/// `a.b.{c,d}` → `a.b.c` and `a.b.d`.
fn spelled_out(path: &str) -> Vec<String> {
    let Some((stem, names)) = path.split_once('{') else { return vec![path.to_owned()] };
    names.trim_end_matches('}').split(',').map(|name| format!("{stem}{}", name.trim())).collect()
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, key| value.get(key).or_else(|| value.get(key.parse::<usize>().ok()?)))
}

#[test]
fn every_field_stands_where_other_programs_look_for_it() {
    let json = json(&result(CENTRE, &calls()));
    let paths = [
        "{schema,driver,ended}",
        "tool.{name,version}",
        "scenario.{name,sha256,seed}",
        "arrivals.{scheduled,started,not_started,late,interarrival_cv,ks_p}",
        "arrivals.lateness_ms.{p50,p99,max}",
        "outcomes.{offered,completed,policy,excluded,generator,in_progress}",
        "outcomes.human.{busy,no_answer,declined,abandoned,queue_full,queue_timeout}",
        "outcomes.completed_by.{agent,pbx,ivr,voicemail,callback}",
        "outcomes.technical.{trunk,overload,timeout,failure,media,cut_off}",
        "sip_status.{200,503}",
        "limiter.{channels,legs,calls_per_second,bandwidth,processor}",
        "technical_drop_rate.{ratio,ci95,ci_method,k,n}",
        "customers.{unique,lost}",
        "indicators.{asr,ner,ser,seer,isa,scr}",
        "latency_ms.post_dial_delay.{p50,p95,p99,max,n,histogram}",
        "latency_ms.answer_delay.{p50,p95,p99,max,n}",
        "latency_ms.disconnect_delay.{p50,p95,p99,max,n}",
        "traffic.{offered_erlangs,fresh_erlangs,carried_erlangs,peak_concurrent,calls_per_second}",
        "queue.service_level.{threshold_s,definition,ratio,ci95}",
        "queue.{asa_s,abandoned_ratio,occupancy,max_length}",
        "media.{streams,loss_ratio,jitter_ms_p95}",
        "expected.{model,blocking,service_level,assumptions,agrees}",
        "recommendation.trunks.{now,needed,target,curve}",
        "recommendation.agents.{now,needed,curve}",
        "cost.{currency,lost_calls_per_month,lost_customers_per_month,wasted_marketing_per_month}",
        "verdict.{status,gates,reasons}",
        "verdict.gates.0.{gate,status,value,ci,n}",
    ];
    for path in paths.into_iter().flat_map(spelled_out) {
        let value = at(&json, &path).unwrap_or_else(|| panic!("{path} is missing"));
        assert!(!value.is_null(), "{path} is null");
    }
    assert_eq!(at(&json, "media.mos_p05"), Some(&Value::Null), "no model of speech quality yet");
    assert_eq!(at(&json, "recommendation.tariff"), Some(&Value::Null));
    assert_eq!(json.get("replications"), None, "one run has none");
    assert_eq!(json["schema"], "busyhour.result/1");
}

#[test]
fn figures_of_a_small_run_are_those_of_its_calls() {
    let result = result(CENTRE, &calls());
    assert_eq!((result.outcomes.offered, result.outcomes.completed_by.agent), (150, 130));
    assert_eq!((result.technical_drop_rate.k, result.technical_drop_rate.n), (20, 150));
    assert_eq!(result.limiter["channels"], 20);
    assert_eq!(result.limiter["legs"], 0);
    assert_eq!((result.sip_status[&200], result.sip_status[&503]), (130, 20));
    assert_eq!(result.verdict.status, Status::Pass, "{:?}", result.verdict);
    let queue = result.queue.unwrap();
    assert_eq!((queue.service_level.threshold_s, queue.service_level.ratio), (20.0, Some(1.0)));
    let cost = result.cost.unwrap();
    assert_eq!(cost.lost_calls_per_month, "133.33");
    assert_eq!(cost.wasted_marketing_per_month, "133333.33");
    assert_eq!(cost.image_per_month, "0.00");
    assert_eq!(cost.caller_minutes_per_month.as_deref(), Some("144.44"), "1300 s of 150 calls, for 1000");
    assert_eq!(cost.never_served, None, "those who were lost are the callers of the technical losses");
    let wire = result.traffic.wire_calls_per_second.unwrap();
    assert!((wire / result.traffic.calls_per_second - 60.0).abs() < 1e-9);
    let offered: u64 = result.intervals.iter().map(|interval| interval.offered).sum();
    assert_eq!(offered, 150);
    for interval in &result.intervals {
        let ends = interval.completed + interval.human + interval.technical + interval.other;
        assert_eq!(interval.offered, ends);
    }
}

/// Each of the 20 refused callers dials again, in vain: 40 of 170 attempts are lost, and the month's thousand are attempts,
/// too. Of callers, 20 of 150 would be.
#[test]
fn the_calls_of_a_month_are_attempts() {
    let mut calls = calls();
    for call in calls.iter_mut().filter(|call| call.outcome.is_technical()) {
        call.last_attempt = false;
    }
    let again = |call: &CallRecord| CallRecord { attempt: 2, last_attempt: true, ..call.clone() };
    let redials: Vec<CallRecord> = calls.iter().filter(|call| !call.last_attempt).map(again).collect();
    assert_eq!(redials.len(), 20);
    calls.extend(redials);
    let cost = result(CENTRE, &calls).cost.unwrap();
    assert_eq!((cost.calls_per_month, &*cost.lost_calls_per_month), (1_000, "235.29"));
    assert_eq!(cost.never_served.unwrap().callers_per_month, "117.65", "20 callers of 170 attempts");
}

/// Of 160 calls 20 are refused and 10 wait in vain: 30 of 160 callers were never served, while the total knows of 20.
#[test]
fn callers_lost_for_want_of_people_are_told_beside_the_cost_of_technical_losses() {
    let mut calls = calls();
    calls.extend((150..160).map(|i| gave_up(i, 7_000.0, 30.0)));
    let cost = result(CENTRE, &calls).cost.unwrap();
    assert_eq!((&*cost.lost_calls_per_month, &*cost.total_per_month), ("125", "125000.00"));
    let never = cost.never_served.unwrap();
    assert_eq!((&*never.callers_per_month, &*never.customers_per_month), ("187.5", "37.5"));
    assert_eq!(never.worth_per_month, "187500.00");
}

/// In Berlin clocks go back at three on 25 October 2026: from half past one on that lies within two hours, a day later
/// it does not.
#[test]
fn a_change_of_clocks_that_the_hours_do_not_follow_is_told() {
    let notes = |day: u32| {
        let text =
            CENTRE.replace("seed: 42", &format!("seed: 42\nstart: 2026-10-{day}T01:30[Europe/Berlin]"));
        result(&text, &calls()).notes
    };
    let told =
        |notes: Vec<String>| notes.iter().any(|note| note.contains("clocks are changed on 2026-10-25"));
    assert!(told(notes(25)), "{:?}", notes(25));
    assert!(!told(notes(26)) && !told(notes(24)), "{:?}", notes(26));
}

#[test]
fn ratios_without_a_denominator_are_null() {
    let json = json(&result(CENTRE, &[]));
    let paths = [
        "technical_drop_rate.{ratio,ci95}",
        "blocking.{ratio,ci95}",
        "indicators.{asr,ner,ser,seer,isa,scr}",
        "latency_ms.{post_dial_delay,answer_delay,disconnect_delay}",
        "traffic.{offered_erlangs,fresh_erlangs,mean_holding_s}",
        "{queue,media,expected,cost}",
        "verdict.gates.0.{value,ci}",
    ];
    for path in paths.into_iter().flat_map(spelled_out) {
        assert_eq!(at(&json, &path), Some(&Value::Null), "{path}");
    }
    assert_eq!(json["verdict"]["status"], "inconclusive");
}

#[test]
fn floats_have_twelve_significant_digits_and_the_same_input_gives_the_same_bytes() {
    let text = report::json::render(&result(CENTRE, &calls()));
    assert_eq!(text, report::json::render(&result(CENTRE, &calls())));
    let mut floats = 0;
    for word in text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | '-' | '+'))) {
        let Some((whole, rest)) = word.split_once('.') else { continue };
        let fraction = rest.split('e').next().unwrap();
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches(['-', '0']).trim_end_matches('0');
        assert!(digits.len() <= 12, "{word}");
        floats += 1;
    }
    assert!(floats > 200, "only {floats} numbers looked at");
}

#[test]
fn a_result_reads_back_and_is_written_again_as_the_same_bytes() {
    let text = report::json::render(&result(CENTRE, &calls()));
    let read: RunResult = serde_json::from_str(&text).unwrap();
    assert_eq!(report::json::render(&read), text);
}

#[test]
fn a_target_with_other_circuits_than_stated_is_said_in_a_note() {
    let mut calls: Vec<_> = (0..8).map(|i| answered_by_pbx(i, 100.0, 60.0)).collect();
    calls.extend((0..6_u32).map(|i| refused(100 + u64::from(i), 110.0 + f64::from(i))));
    let result = result(CENTRE, &calls);
    assert_eq!(result.traffic.circuits_seen, Some(8));
    let note = "the scenario states 30 channels, but calls were refused as soon as 8 were in use";
    assert!(result.notes.iter().any(|text| text.starts_with(note)), "{:?}", result.notes);
}

#[test]
fn more_answer_times_than_can_be_counted_are_refused_beforehand() {
    let times = |seconds: &[u32]| {
        let gates: Vec<_> = seconds.iter().map(|s| format!("  - service_level({s}s) >= 80%\n")).collect();
        let scenario =
            scenario(&CENTRE.replace("  - service_level(15s, of_answered) >= 80%\n", &gates.concat()));
        super::gates(&scenario, &capabilities(&scenario, true, true)).map(|gates| gates.len())
    };
    assert_eq!(times(&[20, 15, 30, 60]), Ok(5), "20 s is the target's own");
    let error = times(&[10, 15, 30, 60]).unwrap_err().to_string();
    assert!(error.contains("60s") && error.contains("at most 4"), "{error}");
}

#[test]
fn replications_are_counted() {
    let scenario = scenario(CENTRE);
    let settings = collector_settings(&scenario, &[]);
    let mut collector: Collector = fixture::collected(settings.clone(), &calls());
    collector.merge(fixture::collected(settings, &calls()));
    let result = assemble(&scenario, &collector.finish(), &[], facts(300));
    assert_eq!(result.replications, Some(2));
    assert_eq!(result.technical_drop_rate.ci_method, "replications");
    assert_eq!(result.outcomes.offered, 300);
}
