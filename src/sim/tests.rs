#![expect(clippy::cast_precision_loss, reason = "tests count far fewer than 2^53 calls")]
//! The simulation against formulas.
//!
//! Each figure is the mean of independent replications, and its standard error is measured over them: it
//! allows for calls that share a busy period. A figure must lie within 4 standard errors of the formula, and
//! the standard error must be small enough for the test to tell the formula from its neighbour.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::books::Reconciler;
use crate::outcome::CallRecord;
use crate::outcome::EndedBy;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Phase;
use crate::outcome::Technical;
use crate::pbx;
use crate::pbx::Refusal;
use crate::pbx::config::{AgentConfig, Extension, Legs, Presence, QueueAnswer, QueueConfig, RateLimit};
use crate::random::Distribution;
use crate::random::Seed;
use crate::scenario::{Extent, Live, Media, Scenario, ServiceLevelTarget, Traffic};
use crate::sim::Entry;
use crate::sim::Report;
use crate::sim::run;
use crate::time::{Duration, Instant, TimeScale};
use crate::traffic::arrivals::Arrivals;
use crate::traffic::callers::{CallerClass, Numbers, Redial, Repeat};
use crate::traffic::profile::Profile;

const MEAN_TALK_S: f64 = 180.0;

/// `erlangs` of exponential calls, 180 s on average, offered to a PBX without limits.
fn scenario(erlangs: f64, hours: u64) -> Scenario {
    let caller = CallerClass {
        name: Arc::from("customer"),
        share: 1.0,
        to: Numbers::Template(Arc::from("100")),
        from: Numbers::Template(Arc::from("79{number}")),
        talk: Distribution::Exponential { mean: MEAN_TALK_S },
        patience: None,
        redial: Redial::NEVER,
        repeat: Repeat::NEVER,
        value: None,
        habits: None,
        callback: crate::traffic::callbacks::CallbackHabit::default(),
        auth: None,
        priority: 0,
        language: None,
        skill: None,
    };
    Scenario {
        name: "test".to_owned(),
        question: String::new(),
        seed: Seed(1),
        seed_drawn: false,
        start: "2026-01-05T08:00[Europe/Moscow]".parse().unwrap(),
        extent: Extent::Duration(Duration::from_hours(hours)),
        warm_up: Duration::from_hours(1),
        warm_up_auto: false,
        drain: None,
        time_scale: TimeScale::REAL,
        traffic: Traffic {
            arrivals: Arrivals::Poisson,
            profile: Profile::Flat { per_second: erlangs / MEAN_TALK_S },
            callers: vec![caller],
        },
        pbx: pbx::Config::default(),
        live: Live {
            media: Media::None,
            transport: crate::endpoint::caller::Transport::Udp,
            dtmf: crate::endpoint::dtmf::Dtmf::InfoRelay,
            phones: crate::endpoint::pbx::PhoneConfig::default(),
            max_concurrent: 1_000,
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            probe_timeout: Duration::from_secs(5),
            ring_timeout: Duration::from_secs(180),
            shutdown_timeout: Duration::from_secs(5),
            media_timeout: Duration::from_secs(5),
            media_loss: None,
        },
        gates: Vec::new(),
        required_fields: Vec::new(),
        cost: None,
        tariffs: Vec::new(),
        needs: crate::tariff::Needs::default(),
        allow_excluded: 0.01,
        target_blocking: 0.01,
        target_service_level: ServiceLevelTarget { ratio: 0.8, threshold: Duration::from_secs(20) },
        growth: Vec::new(),
        outcomes: Vec::new(),
        effective: String::new(),
        sha256: String::new(),
    }
}

fn trunk(erlangs: f64, channels: u32, hours: u64) -> Scenario {
    let mut scenario = scenario(erlangs, hours);
    scenario.pbx.channels = Some(channels);
    scenario
}

/// `agents` who pick up at once and need no wrap-up, behind one queue.
fn centre(erlangs: f64, agents: usize, hours: u64) -> Scenario {
    let mut scenario = scenario(erlangs, hours);
    scenario.pbx.agents = (0..agents).map(agent).collect();
    scenario.pbx.queues = vec![queue(agents)];
    scenario
}

fn agent(index: usize) -> AgentConfig {
    let at_once = Distribution::Constant { seconds: 0.0 };
    AgentConfig {
        name: Arc::from(format!("agent-{index}")),
        phone: None,
        answer_delay: at_once.clone(),
        no_answer: 0.0,
        wrap_up: at_once,
        presence: Presence::default(),
        qualification: crate::pbx::config::Qualification::default(),
    }
}

fn queue(agents: usize) -> QueueConfig {
    QueueConfig {
        name: Arc::from("sales"),
        numbers: Vec::new(),
        agents: (0..agents).collect(),
        max_length: None,
        max_wait: None,
        ring_timeout: Duration::from_secs(15),
        retry: Duration::from_secs(5),
        answer: QueueAnswer::OnAgent,
        callback: None,
        policy: crate::pbx::config::Policy::default(),
    }
}

/// All records of one replication; the books must agree to the call.
fn replication(scenario: &Scenario, seed: u64) -> (Vec<CallRecord>, Report) {
    stopped_replication(scenario, seed, usize::MAX)
}

/// The same, stopped once so many records have been told.
fn stopped_replication(scenario: &Scenario, seed: u64, stop_after: usize) -> (Vec<CallRecord>, Report) {
    let mut records = Vec::new();
    let mut books = Reconciler::new(!scenario.pbx.queues.is_empty());
    let report = run(scenario, Seed(seed), |entry| {
        match entry {
            Entry::Observation(Observation::Ended(record)) => {
                books.generator(record);
                records.push((**record).clone());
            }
            Entry::Observation(_)
            | Entry::MenuEvent(_)
            | Entry::Noted(_)
            | Entry::QueueJoined { .. }
            | Entry::QueueLeft { .. }
            | Entry::Triggered(_) => {}
            Entry::Cdr(row) => books.cdr(row),
            Entry::QueueEvent(event) => books.queue_event(event),
        }
        if records.len() >= stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let agreement = books.finish();
    assert_eq!(agreement.differences, Vec::<String>::new());
    assert_eq!(agreement.generator, report.attempts);
    assert_eq!(agreement.cdr, report.attempts);
    (records, report)
}

fn measured(records: &[CallRecord]) -> impl Iterator<Item = &CallRecord> {
    records.iter().filter(|record| record.phase == Phase::Measured)
}

fn share(records: &[CallRecord], of: impl Fn(&CallRecord) -> bool) -> f64 {
    let hits = measured(records).filter(|record| of(record)).count();
    hits as f64 / measured(records).count() as f64
}

/// Mean over `replications`, and its standard error.
fn estimate(scenario: &Scenario, replications: u32, figure: impl Fn(&[CallRecord]) -> f64) -> (f64, f64) {
    let figures: Vec<f64> =
        (0..replications).map(|seed| figure(&replication(scenario, u64::from(seed)).0)).collect();
    let n = f64::from(replications);
    let mean = figures.iter().sum::<f64>() / n;
    let variance = figures.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn assert_agrees((mean, error): (f64, f64), expected: f64, finest: f64) {
    assert!((mean - expected).abs() <= 4.0 * error, "{mean} ± {error} against {expected}");
    assert!(error <= finest, "the error {error} is too large to tell anything");
}

fn blocked(record: &CallRecord) -> bool {
    record.outcome == Outcome::Technical(Technical::Trunk)
}

fn erlang_b(servers: u32, erlangs: f64) -> f64 {
    (1..=servers).map(f64::from).fold(1.0, |b, n| erlangs * b / (n + erlangs * b))
}

#[test]
fn thirty_channels_block_as_erlang_b_says() {
    for (erlangs, published) in [(20.0, 0.0085), (24.0, 0.040), (28.0, 0.098)] {
        let expected = erlang_b(30, erlangs);
        assert!((expected - published).abs() < 0.0005, "{expected}");
        let blocking = estimate(&trunk(erlangs, 30, 20), 12, |records| share(records, blocked));
        assert_agrees(blocking, expected, 0.003);
    }
}

/// Coverage rows 77 and 78: the tariff that loses 22 %, the old box that loses 19 %.
#[test]
fn the_two_named_systems_lose_22_and_19_per_cent() {
    let tariff = estimate(&trunk(10.118, 10, 40), 8, |records| share(records, blocked));
    assert_agrees(tariff, 0.22, 0.006);
    let old_box = estimate(&trunk(33.265, 30, 20), 8, |records| share(records, blocked));
    assert_agrees(old_box, 0.19, 0.006);
}

/// One channel too many would pass unnoticed if the test were blunt: it is not.
#[test]
fn one_channel_more_is_told_apart() {
    let (mean, error) = estimate(&trunk(24.0, 31, 20), 12, |records| share(records, blocked));
    assert!((mean - erlang_b(30, 24.0)).abs() > 4.0 * error, "{mean} ± {error}");
}

#[test]
fn even_arrivals_with_constant_talk_lose_nothing_on_thirty_channels() {
    let mut even = trunk(24.0, 30, 20);
    even.traffic.arrivals = Arrivals::Even;
    even.traffic.callers[0].talk = Distribution::Constant { seconds: MEAN_TALK_S };
    let (records, _) = replication(&even, 1);
    assert!(records.len() > 9_000);
    assert!(records.iter().all(|record| record.outcome.is_completed()));
}

/// Erlang C: the share of calls that wait is C(n, A).
#[test]
fn the_share_that_waits_is_erlang_c() {
    let (agents, erlangs) = (12_u32, 9.0);
    let b = erlang_b(agents, erlangs);
    let rho = erlangs / f64::from(agents);
    let expected = b / (1.0 - rho * (1.0 - b));
    let waits = |record: &CallRecord| record.wait.is_some_and(|wait| !wait.is_zero());
    let waiting = estimate(&centre(erlangs, 12, 20), 12, |records| share(records, waits));
    assert_agrees(waiting, expected, 0.015);
}

/// Engset: 20 people, 6 channels, each free person offering 0.5 E. The share of calls lost is the time
/// congestion of a system with one person less, and lost callers go back to being idle at once.
#[test]
fn a_finite_number_of_people_blocks_as_engset_says() {
    let (sources, servers, beta) = (20_u32, 6_u32, 0.5);
    let term = |k: u32| (0..k).map(|i| f64::from(sources - 1 - i) / f64::from(i + 1) * beta).product::<f64>();
    let expected = term(servers) / (0..=servers).map(term).sum::<f64>();
    let mut finite = trunk(1.0, servers, 40);
    let idle_mean = MEAN_TALK_S / beta;
    finite.traffic.arrivals = Arrivals::Sources { count: u64::from(sources), idle_mean };
    let lost = estimate(&finite, 12, |records| share(records, blocked));
    assert_agrees(lost, expected, 0.006);
}

/// Erlang A, 10 agents, 12 E, patience 60 s on average: probabilities of waiting and of abandoning by Palm's
/// closed form.
#[test]
fn impatient_callers_abandon_as_erlang_a_says() {
    let (agents, erlangs, patience) = (10_u32, 12.0, 60.0);
    let (p_wait, p_abandon) = erlang_a(agents, erlangs / MEAN_TALK_S, MEAN_TALK_S, patience);
    let mut centre = centre(erlangs, 10, 20);
    centre.traffic.callers[0].patience = Some(Distribution::Exponential { mean: patience });
    let abandoned = |record: &CallRecord| record.outcome == Outcome::Human(Human::Abandoned);
    let waits = |record: &CallRecord| record.wait.is_some_and(|wait| !wait.is_zero());
    assert_agrees(estimate(&centre, 12, |records| share(records, abandoned)), p_abandon, 0.006);
    assert_agrees(estimate(&centre, 12, |records| share(records, waits)), p_wait, 0.01);
}

/// (waiting, abandoning) of M/M/n+M by its birth-death chain, summed far beyond where it matters.
fn erlang_a(agents: u32, per_second: f64, talk: f64, patience: f64) -> (f64, f64) {
    let death = |k: u32| f64::from(k.min(agents)) / talk + f64::from(k.saturating_sub(agents)) / patience;
    let mut weights = vec![1.0];
    for k in 1..2_000 {
        weights.push(weights[weights.len() - 1] * per_second / death(k));
    }
    let total: f64 = weights.iter().sum();
    let waiting = weights[agents as usize..].iter().sum::<f64>() / total;
    let queue: f64 =
        weights.iter().enumerate().map(|(k, w)| w * (k as f64 - f64::from(agents)).max(0.0)).sum::<f64>();
    (waiting, queue / total / patience / per_second)
}

/// A figure of the golden table `erlang_a`: one agent, a call every 360 s, 180 s of talk, 60 s of patience.
#[test]
fn the_chain_used_as_oracle_gives_the_golden_values() {
    let (waiting, abandoning) = erlang_a(1, 1.0 / 360.0, 180.0, 60.0);
    assert!((waiting - 0.361_917_864_862_057_7).abs() < 1e-12, "{waiting}");
    assert!((abandoning - 0.276_164_270_275_884_6).abs() < 1e-12, "{abandoning}");
}

/// Coverage row 8: against a PBX without any channel every attempt fails, and a caller makes
/// (1 − r^(k+1)) / (1 − r) attempts. Row 86: a share d of them is lost to a competitor.
#[test]
fn attempts_per_caller_and_defection_follow_their_closed_forms() {
    let (r, limit, defection) = (0.6_f64, 3, 0.3);
    let mut scenario = trunk(20.0, 0, 20);
    scenario.warm_up = Duration::ZERO;
    scenario.traffic.callers[0].redial = Redial {
        probability: r,
        delay: Distribution::Exponential { mean: 60.0 },
        limit,
        defection,
        acknowledgement: 0.0,
        sibling: None,
    };
    let attempts = estimate(&scenario, 12, |records| {
        let callers = share(records, |record| record.attempt == 0);
        1.0 / callers
    });
    assert_agrees(attempts, (1.0 - r.powi(4)) / (1.0 - r), 0.01);
    let defected = estimate(&scenario, 12, |records| {
        share(records, |record| record.defected) / share(records, |record| record.last_attempt)
    });
    assert_agrees(defected, defection, 0.004);
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_gives_others() {
    let mut centre = centre(12.0, 10, 2);
    centre.pbx.agents[0].no_answer = 0.3;
    centre.traffic.callers[0].patience = Some(Distribution::Exponential { mean: 60.0 });
    assert_eq!(replication(&centre, 7), replication(&centre, 7));
    assert_ne!(replication(&centre, 7).0, replication(&centre, 8).0);
}

#[test]
fn every_attempt_ends_once_and_every_caller_has_one_last_attempt() {
    let mut scenario = trunk(33.0, 30, 3);
    scenario.traffic.callers[0].redial = Redial {
        probability: 0.7,
        delay: Distribution::Exponential { mean: 60.0 },
        limit: 5,
        defection: 0.1,
        acknowledgement: 0.0,
        sibling: None,
    };
    let (records, report) = replication(&scenario, 3);
    assert_eq!(records.len() as u64, report.attempts);
    let last = records.iter().filter(|record| record.last_attempt).count();
    assert_eq!(last as u64, report.first_attempts);
    let poisson = report.poisson.unwrap();
    assert!((poisson.interarrival_cv - 1.0).abs() < 0.1, "{poisson:?}");
}

#[test]
fn a_silent_refusal_is_a_timeout_after_timer_b_even_for_the_impatient() {
    let mut scenario = trunk(5.0, 0, 1);
    scenario.pbx.refusal.channels = Refusal::Silence;
    scenario.traffic.callers[0].patience = Some(Distribution::Constant { seconds: 10.0 });
    let (records, _) = replication(&scenario, 1);
    assert!(!records.is_empty());
    for record in records {
        assert_eq!(record.outcome, Outcome::Technical(Technical::Timeout));
        assert_eq!(record.ended.unwrap() - record.intended_start, Duration::from_secs(32));
    }
}

#[test]
fn answered_only_to_be_hung_up_is_a_full_trunk() {
    let mut scenario = trunk(5.0, 0, 1);
    scenario.pbx.refusal.channels = Refusal::AnswerThenHangUp;
    let (records, _) = replication(&scenario, 1);
    assert!(records.iter().all(|record| blocked(record) && record.answered.is_some()));
}

/// Coverage row 79: each limiter alone gets all losses; together every loss has one label.
#[test]
fn every_loss_is_attributed_to_one_limiter() {
    let refused = |scenario: &Scenario| -> Vec<(Outcome, Option<&'static str>)> {
        let records = replication(scenario, 1).0;
        let lost = records.iter().filter(|record| !record.outcome.is_completed());
        lost.map(|record| (record.outcome, record.limiter.map(crate::outcome::Limiter::name))).collect()
    };
    let rate = RateLimit::token_bucket(0.1, 2.0);
    let (trunk_label, rate_label) = (
        (Outcome::Technical(Technical::Trunk), Some("channels")),
        (Outcome::Technical(Technical::Overload), Some("calls_per_second")),
    );
    let mut channels_alone = trunk(33.0, 30, 2);
    assert!(refused(&channels_alone).iter().all(|label| *label == trunk_label));
    channels_alone.pbx.calls_per_second = Some(rate);
    let both = refused(&channels_alone);
    assert!(both.contains(&rate_label));
    assert!(both.iter().all(|label| *label == trunk_label || *label == rate_label));
    let mut rate_alone = scenario(33.0, 2);
    rate_alone.pbx.calls_per_second = Some(rate);
    let lost = refused(&rate_alone);
    assert!(lost.len() > 50 && lost.iter().all(|label| *label == rate_label));
    let legs_label = (Outcome::Technical(Technical::Trunk), Some("legs"));
    let mut legs_alone = scenario(33.0, 2);
    legs_alone.pbx.legs = Some(Legs { limit: 30, kinds: Vec::new() });
    let lost = refused(&legs_alone);
    assert!(lost.len() > 50 && lost.iter().all(|label| *label == legs_label));
}

#[test]
fn extensions_end_as_people_know_them() {
    let ends = [
        ("busy", Extension::Busy, Outcome::Human(Human::Busy), "486-busy"),
        ("declined", Extension::Declined, Outcome::Human(Human::Declined), "603-declined"),
        ("unknown", Extension::Unknown, Outcome::Excluded, "404-wrong-number"),
        (
            "no-answer",
            Extension::NoAnswer { ring_timeout: Duration::from_secs(20) },
            Outcome::Human(Human::NoAnswer),
            "480-after-ringing",
        ),
    ];
    for (number, extension, outcome, rule) in ends {
        let mut scenario = scenario(5.0, 1);
        scenario.traffic.callers[0].to = Numbers::Template(Arc::from(number));
        scenario.pbx.extensions.insert(Arc::from(number), extension);
        let (records, _) = replication(&scenario, 1);
        assert!(!records.is_empty());
        assert!(records.iter().all(|record| record.outcome == outcome && &*record.cause == rule));
    }
}

#[test]
fn a_limited_queue_turns_callers_away_as_full_and_as_timed_out() {
    let mut centre = centre(30.0, 10, 2);
    centre.pbx.queues[0].max_length = Some(5);
    centre.pbx.queues[0].max_wait = Some(Duration::from_secs(30));
    for answer in [QueueAnswer::OnAgent, QueueAnswer::OnEntry] {
        centre.pbx.queues[0].answer = answer;
        let (records, _) = replication(&centre, 1);
        for outcome in [Human::QueueFull, Human::QueueTimeout] {
            assert!(records.iter().any(|record| record.outcome == Outcome::Human(outcome)), "{outcome:?}");
        }
        let timed_out = records.iter().filter(|r| r.outcome == Outcome::Human(Human::QueueTimeout));
        assert!({ timed_out }.all(|record| record.wait == Some(Duration::from_secs(30))));
    }
}

#[test]
fn a_drain_ends_what_is_left_and_nobody_starts_after_it() {
    let mut centre = centre(30.0, 10, 1);
    centre.drain = Some(Duration::from_mins(1));
    let (records, report) = replication(&centre, 1);
    let end = Instant::ZERO + Duration::from_mins(121);
    assert_eq!(report.ended, end);
    assert!(records.iter().any(|record| &*record.cause == "drained"));
    assert!(records.iter().all(|record| record.outcome != Outcome::InProgress));
    assert!(records.iter().all(|record| record.ended.unwrap() <= end));
}

#[test]
fn a_stop_hangs_up_what_is_in_progress_and_counts_what_was_not_started() {
    let scenario = trunk(24.0, 30, 5);
    let (_, whole) = replication(&scenario, 1);
    let (records, report) = stopped_replication(&scenario, 1, 500);
    assert!(report.stopped && !whole.stopped);
    assert_eq!(report.attempts + report.not_started, whole.attempts);
    assert_eq!(records.len() as u64, report.attempts);
    assert!(records.iter().any(|record| record.ended_by == EndedBy::RunEnd));
}
