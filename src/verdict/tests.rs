//! Gates judged on runs made by hand: every outcome, every window, every reason not to believe a run.

use super::*;
use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::metrics::Summary;
use crate::metrics::fixture;
use crate::metrics::fixture::{attempt, served};
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::Latency;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Phase;
use crate::outcome::Technical;
use crate::time::{Duration, Instant};

const GOOD: Outcome = Outcome::Completed(CompletedBy::Pbx);
const BAD: Outcome = Outcome::Technical(Technical::Trunk);

fn gate(text: &str) -> Gate {
    super::gate::parse(text, "test.yaml:1").unwrap_or_else(|error| panic!("{error}"))
}

/// Attempts that ended at once, evenly within `[second, second + 1)`, `lost` of them lost.
fn second_of_calls(collector: &mut Collector, second: u32, calls: u32, lost: u32) {
    for i in 0..calls {
        let start = f64::from(second) + f64::from(i) / f64::from(calls);
        let outcome = if i < lost { BAD } else { GOOD };
        let record = CallRecord { phase: Phase::Measured, ..attempt(u64::from(i), start, outcome) };
        collector.observe(&Observation::Ended(Box::new(record)));
    }
}

/// A run with so many calls in each second and so many of them lost; slices of one second.
fn run(seconds: &[(u32, u32)]) -> Summary {
    let mut collector = Collector::new(Settings::default());
    for (second, (calls, lost)) in (0..).zip(seconds) {
        second_of_calls(&mut collector, second, *calls, *lost);
    }
    collector.finish()
}

fn judged(text: &str, summary: &Summary) -> GateOutcome {
    judge_gate(&gate(text), summary)
}

fn status(text: &str, summary: &Summary) -> Status {
    judged(text, summary).status
}

#[test]
fn without_a_confidence_the_value_decides_and_the_limit_belongs_to_the_operator() {
    let one_in_a_hundred = run(&[(100, 1)]);
    assert_eq!(status("technical_drop_rate < 1%", &one_in_a_hundred), Status::Fail);
    assert_eq!(status("technical_drop_rate <= 1%", &one_in_a_hundred), Status::Pass);
    assert_eq!(status("technical_drop_rate > 1%", &one_in_a_hundred), Status::Fail);
    assert_eq!(status("technical_drop_rate >= 1%", &one_in_a_hundred), Status::Pass);
}

#[test]
fn with_a_confidence_each_operator_has_three_answers() {
    let far_below = run(&[(10_000, 20)]);
    let straddling = run(&[(10_000, 105)]);
    let far_above = run(&[(10_000, 300)]);
    for operator in ["<", "<="] {
        let text = format!("technical_drop_rate {operator} 1% @95%");
        assert_eq!(status(&text, &far_below), Status::Pass, "{text}");
        assert_eq!(status(&text, &straddling), Status::Inconclusive, "{text}");
        assert_eq!(status(&text, &far_above), Status::Fail, "{text}");
    }
    for operator in [">", ">="] {
        let text = format!("technical_drop_rate {operator} 1% @95%");
        assert_eq!(status(&text, &far_below), Status::Fail, "{text}");
        assert_eq!(status(&text, &straddling), Status::Inconclusive, "{text}");
        assert_eq!(status(&text, &far_above), Status::Pass, "{text}");
    }
}

/// A number without a sign is a share of one; that a limit of one was meant as one per cent is asked back, and what
/// never holds is no gate. What always holds is one, if it says so.
#[test]
fn a_limit_that_decides_nothing_is_refused_with_the_limit_to_write() {
    let refused = |text: &str| super::gate::parse(text, "test.yaml:1").unwrap_err().to_string();
    for text in ["technical_drop_rate < 1", "technical_drop_rate < 1.0 @95%", "completed >= 1"] {
        assert!(refused(text).contains("write 1%, or 100%"), "{}", refused(text));
    }
    for text in ["technical_drop_rate < 0%", "completed > 100%"] {
        assert!(refused(text).contains("it never holds"), "{}", refused(text));
    }
    assert!((gate("technical_drop_rate < 0.01").limit - 0.01).abs() < 1e-12);
    assert!((gate("technical_drop_rate <= 100%").limit - 1.0).abs() < 1e-12);
    assert!((gate("completed >= 100%").limit - 1.0).abs() < 1e-12);
    assert!(gate("technical_drop_rate <= 0%").limit.abs() < 1e-12);
    assert!((gate("offered_erlangs < 1").limit - 1.0).abs() < 1e-12);
}

#[test]
fn more_confidence_decides_less() {
    // 1.3 % of 10 000: beyond 1 % by 2.6 standard errors.
    let summary = run(&[(10_000, 130)]);
    assert_eq!(status("technical_drop_rate < 1% @95%", &summary), Status::Fail);
    assert_eq!(status("technical_drop_rate < 1% @99.9%", &summary), Status::Inconclusive);
}

#[test]
fn an_undecided_gate_says_how_many_calls_would_decide() {
    let outcome = judged("technical_drop_rate < 1% @95%", &run(&[(1_000, 12)]));
    // Wilson's half-width is 0.70 points and the distance 0.2: (0.70 / 0.2)² × 1000 = 12 100, rounded up.
    assert_eq!(
        outcome.remark.as_deref(),
        Some("the interval straddles the limit; about 13000 calls would decide")
    );
    let outcome = judged("technical_drop_rate < 1% @95%", &run(&[(1_000, 10)]));
    assert!(outcome.remark.unwrap().starts_with("the value lies on the limit"));
}

#[test]
fn a_run_without_calls_decides_nothing() {
    let empty = run(&[]);
    let gates = [
        "technical_drop_rate < 1%",
        "technical_drop_rate < 1% over 5s",
        "technical_drop_rate < 1% for 5s",
        "technical_drop_rate < 1% within 5s",
        "systemic_loss(3 of 12, 5s) < 1%",
        "post_dial_delay p95 < 800ms",
        "offered_erlangs < 5",
        "service_level(20s) > 80%",
        "asa < 20s",
    ];
    for text in gates {
        let outcome = judged(text, &empty);
        assert_eq!((outcome.status, outcome.value, outcome.n), (Status::Inconclusive, None, 0), "{text}");
        assert!(outcome.remark.is_some(), "{text}: an undecided gate says why");
    }
}

#[test]
fn figures_of_a_queue_are_judged_as_they_stand_in_the_summary() {
    let calls = fixture::twelve_calls();
    let summary = fixture::collected(fixture::two_agents(), &calls).finish();
    let value = |text: &str| judged(text, &summary).value.unwrap();
    let close =
        |text: &str, exact: f64| assert!((value(text) - exact).abs() < 1e-9, "{text}: {}", value(text));
    close("asa < 20s", 120.0 / 7.0);
    close("service_level(20s) >= 80%", 0.5);
    close("service_level(20s, of_answered) >= 80%", 5.0 / 7.0);
    close("service_level(60s, excl_short_abandons) >= 80%", 7.0 / 8.0);
    close("abandoned_ratio < 5%", 0.2);
    close("customers_lost < 5%", 0.4);
    close("queue_length <= 3", 3.0);
    close("occupancy < 85%", 610.0 / 1800.0);
    close("peak_concurrent < 5", 4.0);
    close("carried_erlangs < 5", 694.0 / 600.0);
    close("calls >= 12", 12.0);
    close("calls_per_second >= 0.02", 0.02);
    assert_eq!(status("queue_length <= 3", &summary), Status::Pass);
    assert_eq!(status("queue_length < 3", &summary), Status::Fail);
}

/// 100 delays of 1 ms to 100 ms.
fn delays() -> Summary {
    let mut collector = Collector::new(Settings::default());
    for ms in 1..=100 {
        let latency = Latency { post_dial_delay: Some(Duration::from_millis(ms)), ..Latency::default() };
        let record = CallRecord { latency: Some(latency), ..served(ms, 100.0, "anna", 0.0, 1.0) };
        collector.observe(&Observation::Ended(Box::new(record)));
    }
    collector.finish()
}

#[test]
fn percentiles_have_an_interval_and_extremes_have_none() {
    let summary = delays();
    assert_eq!(status("post_dial_delay p50 < 50.5ms", &summary), Status::Pass);
    assert_eq!(status("post_dial_delay p50 < 49.5ms", &summary), Status::Fail);
    // Ranks 40 to 60 hold the median with 95 %.
    assert_eq!(status("post_dial_delay p50 < 50.5ms @95%", &summary), Status::Inconclusive);
    assert_eq!(status("post_dial_delay p50 < 62ms @95%", &summary), Status::Pass);
    assert_eq!(status("post_dial_delay p50 < 38ms @95%", &summary), Status::Fail);
    assert_eq!(status("post_dial_delay max < 101ms", &summary), Status::Pass);
    assert_eq!(status("post_dial_delay max < 99ms", &summary), Status::Fail);
    assert_eq!(status("post_dial_delay mean < 51ms", &summary), Status::Pass);
    assert_eq!(status("disconnect_delay p95 < 1s", &summary), Status::Inconclusive, "none was measured");
}

#[test]
fn over_a_window_the_worst_one_decides_and_is_named() {
    let mut seconds = vec![(100, 0); 60];
    seconds[30..35].fill((100, 40));
    let summary = run(&seconds);
    assert_eq!(status("technical_drop_rate < 5%", &summary), Status::Pass, "200 of 6 000");
    let outcome = judged("technical_drop_rate < 30% over 5s", &summary);
    assert_eq!((outcome.status, outcome.n), (Status::Fail, 500));
    assert!((outcome.value.unwrap() - 0.4).abs() < 1e-12);
    assert_eq!(outcome.remark.as_deref(), Some("worst 5s begin at 0:00:30"));
    assert_eq!(status("technical_drop_rate < 30% over 10s", &summary), Status::Pass, "200 of 1 000");
    // 40 % of 500 has ±4.3 points by itself, ±6 shared out among twelve windows.
    assert_eq!(status("technical_drop_rate < 35.5% over 5s", &summary), Status::Fail);
    assert_eq!(status("technical_drop_rate < 35.5% over 5s @95%", &summary), Status::Inconclusive);
    assert_eq!(status("technical_drop_rate < 30% over 5s @95%", &summary), Status::Fail);
}

#[test]
fn for_a_while_means_throughout() {
    let with = |bad: std::ops::Range<usize>| {
        let mut seconds = vec![(100, 0); 30];
        seconds[bad].fill((100, 40));
        seconds
    };
    let text = "technical_drop_rate < 5% for 10s";
    assert_eq!(status(text, &run(&with(10..19))), Status::Pass, "nine seconds");
    assert_eq!(status(text, &run(&with(10..20))), Status::Fail, "ten seconds");
    let mut interrupted = with(5..25);
    interrupted[14] = (100, 5);
    interrupted[15] = (100, 4);
    assert_eq!(status(text, &run(&interrupted)), Status::Fail, "5 % is not under 5 %: still violated");
    interrupted[14] = (100, 4);
    assert_eq!(status(text, &run(&interrupted)), Status::Pass, "nine seconds twice");
    let upwards = "completed >= 95% for 10s";
    assert_eq!(status(upwards, &run(&with(10..19))), Status::Pass);
    assert_eq!(status(upwards, &run(&with(10..20))), Status::Fail);
}

#[test]
fn within_forgives_the_beginning_only() {
    let mut seconds = vec![(100, 0); 30];
    seconds[..10].fill((100, 40));
    let summary = run(&seconds);
    assert_eq!(status("technical_drop_rate < 1%", &summary), Status::Fail);
    assert_eq!(status("technical_drop_rate < 1% within 10s", &summary), Status::Pass);
    assert_eq!(status("technical_drop_rate < 1% within 9s", &summary), Status::Fail);
}

/// Feeds a monitor second by second; the second after which it stops the run.
fn stopped_after(text: &str, seconds: &[(u32, u32)]) -> Option<u32> {
    let mut collector = Collector::new(Settings::default());
    let mut monitor = Monitor::new(&[gate(text)]);
    (0..).zip(seconds).find_map(|(second, (calls, lost))| {
        second_of_calls(&mut collector, second, *calls, *lost);
        let now = Instant::ZERO + Duration::from_secs(u64::from(second) + 1);
        monitor.check(now, &collector).map(|_| second + 1)
    })
}

fn bad_from(start: usize, length: usize) -> Vec<(u32, u32)> {
    let mut seconds = vec![(20, 0); 60];
    seconds[start..start + length].fill((20, 4));
    seconds
}

#[test]
fn a_stop_gate_stops_after_ten_bad_seconds_and_not_after_nine() {
    let text = "technical_drop_rate < 5% for 10s, stop";
    assert_eq!(stopped_after(text, &bad_from(20, 10)), Some(30));
    assert_eq!(stopped_after(text, &bad_from(20, 9)), None);
    assert_eq!(
        stopped_after("technical_drop_rate < 5% for 10s", &bad_from(20, 40)),
        None,
        "it says not to stop"
    );
    let mut silent = bad_from(20, 20);
    silent[25] = (0, 0);
    assert_eq!(stopped_after(text, &silent), Some(36), "a second without a call violates nothing");
}

#[test]
fn other_windows_stop_a_run_too() {
    // 20 % in 2 of 10 seconds is 4 %, in 3 of 10 seconds 6 %.
    assert_eq!(stopped_after("technical_drop_rate < 5% over 10s, stop", &bad_from(20, 2)), None);
    assert_eq!(stopped_after("technical_drop_rate < 5% over 10s, stop", &bad_from(20, 3)), Some(23));
    assert_eq!(stopped_after("technical_drop_rate < 5% within 30s, stop", &bad_from(0, 30)), None);
    assert_eq!(stopped_after("technical_drop_rate < 5% within 30s, stop", &bad_from(40, 10)), Some(44));
}

#[test]
fn a_handful_of_calls_is_no_reason_to_stop() {
    let text = "technical_drop_rate < 5%, stop";
    assert_eq!(stopped_after(text, &[(3, 3), (6, 6), (20, 0)]), None, "9 of 29");
    assert_eq!(stopped_after(text, &[(3, 3), (6, 6), (21, 0)]), Some(3), "9 of 30 are beyond doubt");
    assert_eq!(stopped_after(text, &[(30, 2); 1]), None, "2 of 30 may be chance");
}

#[test]
fn the_share_that_the_generator_may_spoil_is_three_calls_or_one_in_a_thousand() {
    let spoilt = |faults: u32, calls: u32| {
        let mut collector = Collector::new(Settings::default());
        second_of_calls(&mut collector, 0, calls - faults, 0);
        for i in 0..faults {
            let record =
                CallRecord { phase: Phase::Measured, ..attempt(u64::from(i), 0.5, Outcome::Generator) };
            collector.observe(&Observation::Ended(Box::new(record)));
        }
        validity(&collector.finish(), &RunFacts::default())
    };
    assert_eq!(spoilt(3, 100), Vec::<String>::new());
    assert_eq!(spoilt(4, 100).len(), 1);
    assert_eq!(spoilt(10, 10_000), Vec::<String>::new());
    assert!(spoilt(11, 10_000)[0].contains("spoilt 11 of 10000 calls"), "{:?}", spoilt(11, 10_000));
}

#[test]
fn a_late_generator_spoils_the_run() {
    let late = |ms: u64, of_a_hundred: u64, talk_ms: Option<f64>| {
        let mut collector = Collector::new(Settings::default());
        for i in 0..100 {
            let lateness = Duration::from_millis(if i < of_a_hundred { ms } else { 1 });
            let latency = Latency { lateness, ..Latency::default() };
            let record = CallRecord { latency: Some(latency), ..served(i, 100.0, "anna", 0.0, 1.0) };
            collector.observe(&Observation::Ended(Box::new(record)));
        }
        validity(&collector.finish(), &RunFacts { mean_talk_wall_ms: talk_ms, ..RunFacts::default() })
    };
    assert_eq!(late(60, 1, None), Vec::<String>::new(), "one in a hundred is forgiven");
    assert_eq!(late(49, 2, None), Vec::<String>::new());
    assert!(late(60, 2, None)[0].contains("50 ms are allowed"), "{:?}", late(60, 2, None));
    assert_eq!(late(60, 2, Some(1_000.0)), Vec::<String>::new(), "200 ms of a talk of a second");
    assert_eq!(late(210, 2, Some(1_000.0)).len(), 1);
    assert_eq!(late(60, 2, Some(10.0)).len(), 1, "never less than 50 ms");
}

#[test]
fn set_up_errors_beyond_the_allowed_share_spoil_the_run() {
    let mut collector = Collector::new(Settings::default());
    second_of_calls(&mut collector, 0, 98, 0);
    for i in 0..2 {
        let record = CallRecord { phase: Phase::Measured, ..attempt(i, 0.5, Outcome::Excluded) };
        collector.observe(&Observation::Ended(Box::new(record)));
    }
    let summary = collector.finish();
    let reasons = |allow_excluded| validity(&summary, &RunFacts { allow_excluded, ..RunFacts::default() });
    assert_eq!(reasons(0.02), Vec::<String>::new());
    assert!(reasons(0.01)[0].contains("2 of 100 calls failed by a set-up error"), "{:?}", reasons(0.01));
}

#[test]
fn books_and_identities_that_do_not_add_up_spoil_the_run() {
    let summary = run(&[(10, 0)]);
    let sound = RunFacts { scheduled: 10, started: 10, recorded: 10, ..RunFacts::default() };
    let reasons = |facts: &RunFacts| validity(&summary, facts).join("; ");
    assert_eq!(reasons(&sound), "");
    assert!(
        reasons(&RunFacts { scheduled: 11, ..sound.clone() }).contains("11 calls were scheduled, but 10")
    );
    assert!(reasons(&RunFacts { recorded: 9, ..sound.clone() }).contains("10 calls started, but 9"));
    let hindered = RunFacts { scheduled: 12, not_started: 2, ..sound.clone() };
    assert!(reasons(&hindered).contains("2 of 12 calls could not be started"));
    assert_eq!(reasons(&RunFacts { cut_short: true, ..hindered }), "", "a stop leaves calls unstarted");
    let books = RunFacts { book_differences: vec!["call 7 is in no CDR".to_owned()], ..sound.clone() };
    assert!(reasons(&books).contains("the books don't agree: call 7 is in no CDR"));
    let faults = RunFacts { faults: vec!["the clock jumped".to_owned()], ..sound.clone() };
    assert_eq!(reasons(&faults), "the clock jumped");
    let mut collector = Collector::new(Settings::default());
    let unanswered = CallRecord { phase: Phase::Measured, ..attempt(0, 0.0, Outcome::InProgress) };
    collector.observe(&Observation::Ended(Box::new(unanswered)));
    let unfinished = collector.finish();
    assert!(validity(&unfinished, &sound)[0].contains("1 calls had no end"));
    assert_eq!(validity(&unfinished, &RunFacts { cut_short: true, ..sound }), Vec::<String>::new());
}

#[test]
fn invalid_outranks_failed_outranks_inconclusive_outranks_passed() {
    use Status::{Fail, Inconclusive, Invalid, Pass};
    let outcomes = |statuses: &[Status]| {
        let outcome = |status: &Status| GateOutcome {
            status: *status,
            value: None,
            interval: None,
            n: 0,
            remark: None,
        };
        statuses.iter().map(outcome).collect::<Vec<_>>()
    };
    assert_eq!(overall(&outcomes(&[Pass, Fail, Inconclusive]), false), Invalid);
    assert_eq!(overall(&outcomes(&[Pass, Inconclusive, Fail]), true), Fail);
    assert_eq!(overall(&outcomes(&[Pass, Inconclusive]), true), Inconclusive);
    assert_eq!(overall(&outcomes(&[Pass, Pass]), true), Pass);
    assert_eq!(overall(&[], true), Pass);
}
