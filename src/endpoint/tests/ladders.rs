//! Call ladders: what passes on the wire when people and PBX do the usual things, and what the books say of it.

use std::collections::BTreeMap;

use super::virtual_wire::{Setup, VirtualWire, at, constant, plan};
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Human;
use crate::outcome::Limiter;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::pbx::Config;
use crate::pbx::Refusal;
use crate::pbx::books::Disposition;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;
use crate::pbx::config::{AgentConfig, Extension, Presence, QueueAnswer, QueueConfig, RateLimit, Refusals};
use crate::time::{Duration, TimeScale};
use crate::traffic::callers::Redial;

/// What every ladder of an answered call begins with.
const ANSWERED: [&str; 4] = ["→ INVITE", "← 180 INVITE", "← 200 INVITE", "→ ACK"];
const HUNG_UP_BY_CALLER: [&str; 2] = ["→ BYE", "← 200 BYE"];

pub(super) fn ringing_for(seconds: f64) -> Config {
    Config { answer_delay: constant(seconds), ..Config::default() }
}

/// One queue and its agents, who pick up after 3 s.
pub(super) fn queue(answer: QueueAnswer, agents: usize, max_wait_s: Option<u64>) -> Config {
    let agent = |name: &str| AgentConfig {
        name: name.into(),
        phone: None,
        answer_delay: constant(3.0),
        no_answer: 0.0,
        wrap_up: constant(0.0),
        presence: Presence::default(),
        qualification: crate::pbx::config::Qualification::default(),
    };
    let queue = QueueConfig {
        name: "sales".into(),
        numbers: Vec::new(),
        agents: (0..agents).collect(),
        max_length: Some(2),
        max_wait: max_wait_s.map(Duration::from_secs),
        ring_timeout: Duration::from_secs(20),
        retry: Duration::from_secs(1),
        answer,
        callback: None,
        policy: crate::pbx::config::Policy::default(),
    };
    Config {
        queues: vec![queue],
        agents: ["anna", "boris"].into_iter().take(agents).map(agent).collect(),
        ..Config::default()
    }
}

/// Runs one call to `to` through a PBX to the very end.
fn one_call(config: Config, to: &str, talk_s: f64, patience_s: Option<f64>) -> VirtualWire {
    let queues = !config.queues.is_empty();
    let mut wire = Setup::of(config).wire();
    wire.call(plan(0, 1.0, to, talk_s, patience_s));
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.differences(queues), [""; 0]);
    wire
}

fn refused(channels: Refusal) -> Config {
    Config { channels: Some(0), refusal: Refusals { channels, ..Refusals::default() }, ..Config::default() }
}

#[test]
fn a_call_that_is_answered_and_hung_up_by_the_caller() {
    let wire = one_call(ringing_for(2.0), "100", 30.0, None);
    assert_eq!(wire.ladder(), [&ANSWERED[..], &HUNG_UP_BY_CALLER].concat());
    let record = wire.record();
    assert_eq!(record.outcome, Outcome::Completed(CompletedBy::Pbx));
    assert_eq!((record.ended_by, record.sip_status), (EndedBy::Caller, Some(200)));
    assert_eq!((record.started, record.ringing), (Some(at(1.0)), Some(at(1.002))));
    assert_eq!((record.answered, record.ended), (Some(at(3.002)), Some(at(33.002))));
    assert_eq!((record.talk, record.wait), (Some(Duration::from_secs(30)), None));
    let latency = record.latency.unwrap();
    assert_eq!(latency.post_dial_delay, Some(Duration::from_millis(2)));
    assert_eq!(latency.answer_delay, Some(Duration::from_millis(2_002)));
    assert_eq!(latency.disconnect_delay, Some(Duration::from_millis(2)));
    let row = wire.row();
    assert_eq!((row.disposition, row.cause), (Disposition::Answered, cause::ANSWERED));
    assert_eq!((row.start, row.answer, row.end), (at(1.001), Some(at(3.001)), at(33.003)));
    assert_eq!((&*row.from, &*row.to, &row.name), ("79000000000", "100", &record.call_id));
}

#[test]
fn a_call_that_is_answered_at_once_needs_no_provisional() {
    let wire = one_call(Config::default(), "100", 5.0, None);
    assert_eq!(wire.ladder(), ["→ INVITE", "← 200 INVITE", "→ ACK", "→ BYE", "← 200 BYE"]);
}

#[test]
fn people_live_faster_than_sip_when_time_is_scaled() {
    let scale = TimeScale::new(7.0).unwrap();
    let mut wire = Setup { scale, ..Setup::of(ringing_for(14.0)) }.wire();
    wire.call(plan(0, 70.0, "100", 21.0, None));
    wire.run();
    wire.assert_settled();
    let record = wire.record();
    let latency = record.latency.unwrap();
    assert_eq!(latency.post_dial_delay, Some(Duration::from_millis(2)), "wall time");
    assert!((latency.answer_delay.unwrap().as_secs_f64() - 2.002).abs() < 1e-6);
    let talk = record.talk.unwrap().as_secs_f64();
    assert!((talk - 21.0).abs() < 1e-6, "people's time: {talk}");
    assert!((wire.row().end - wire.row().start).as_secs_f64() > 35.0);
}

#[test]
fn a_refusal_says_why_and_the_caller_writes_it_down() {
    let retry_after = Some(Duration::from_secs(5));
    let refusal = Refusal::Status { status: 503, phrase: None, reason: Some(34), retry_after };
    let mut wire = one_call(refused(refusal), "100", 30.0, None);
    assert_eq!(wire.ladder(), ["→ INVITE", "← 503 INVITE", "→ ACK"]);
    let kept = wire.callers.take_ladders().finish();
    let lines: Vec<_> = kept[0].messages.iter().map(|message| (message.sent, &message.line[..3])).collect();
    assert_eq!(lines, [(true, "INV"), (false, "503"), (true, "ACK")], "the report's ladder is the wire's");
    let text = wire.text("← 503 INVITE");
    for header in [
        "SIP/2.0 503 Service Unavailable\r\n",
        "\r\nReason: Q.850;cause=34\r\n",
        "\r\nRetry-After: 5\r\n",
        "\r\nX-Busyhour-Cause: trunk-full\r\n",
        "\r\nX-Busyhour-Limiter: channels\r\n",
    ] {
        assert!(text.contains(header), "{header:?} in {text}");
    }
    let record = wire.record();
    assert_eq!((record.outcome, &*record.cause), (Outcome::Technical(Technical::Trunk), "pbx-trunk-full"));
    assert_eq!((record.limiter, record.q850), (Some(Limiter::Channels), Some(34)));
    assert_eq!((record.sip_status, record.ended_by), (Some(503), EndedBy::Pbx));
    assert_eq!((record.answered, record.talk, record.ringing), (None, None, None));
    let row = wire.row();
    assert_eq!((row.disposition, row.sip_status), (Disposition::Congestion, Some(503)));
    assert_eq!(wire.peak, 0, "a refused call occupies no circuit");
}

#[test]
fn a_refusal_by_rate_is_overload() {
    let calls_per_second = Some(RateLimit::token_bucket(1.0, 1.0));
    let mut wire = Setup::of(Config { calls_per_second, ..Config::default() }).wire();
    (0..2).for_each(|index| wire.call(plan(index, 1.0, "100", 30.0, None)));
    wire.run();
    wire.assert_settled();
    let refused = &wire.records[0];
    assert_eq!(refused.outcome, Outcome::Technical(Technical::Overload));
    assert_eq!((refused.limiter, refused.q850), (Some(Limiter::CallsPerSecond), Some(42)));
    assert_eq!(wire.records[1].outcome, Outcome::Completed(CompletedBy::Pbx));
}

#[test]
fn extensions_end_calls_as_people_do() {
    let extensions: BTreeMap<_, _> = [
        ("486", Extension::Busy),
        ("480", Extension::NoAnswer { ring_timeout: Duration::from_secs(20) }),
        ("603", Extension::Declined),
        ("404", Extension::Unknown),
    ]
    .into_iter()
    .map(|(number, extension)| (number.into(), extension))
    .collect();
    for (number, outcome, disposition, q850) in [
        ("486", Outcome::Human(Human::Busy), Disposition::Busy, 17),
        ("480", Outcome::Human(Human::NoAnswer), Disposition::NoAnswer, 19),
        ("603", Outcome::Human(Human::Declined), Disposition::NoAnswer, 21),
        ("404", Outcome::Excluded, Disposition::Failed, 1),
    ] {
        let wire =
            one_call(Config { extensions: extensions.clone(), ..Config::default() }, number, 30.0, None);
        let record = wire.record();
        assert_eq!(record.outcome, outcome, "{number}");
        assert_eq!(record.sip_status, number.parse().ok());
        assert_eq!((wire.row().disposition, record.q850), (disposition, Some(q850)), "{number}");
        let rang = number == "480";
        assert_eq!(record.ringing.is_some(), rang);
        assert_eq!(record.ended.unwrap() > at(21.0), rang);
    }
}

#[test]
fn a_caller_whose_patience_ends_while_it_rings_cancels() {
    let wire = one_call(ringing_for(60.0), "100", 30.0, Some(10.0));
    assert_eq!(
        wire.ladder(),
        ["→ INVITE", "← 180 INVITE", "→ CANCEL", "← 200 CANCEL", "← 487 INVITE", "→ ACK"]
    );
    let record = wire.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::Human(Human::Abandoned), EndedBy::Caller));
    assert_eq!((record.sip_status, record.ended), (Some(487), Some(at(11.0))));
    let row = wire.row();
    assert_eq!((row.disposition, row.cause), (Disposition::NoAnswer, cause::ABANDONED));
    assert_eq!(row.end, at(11.001));
}

#[test]
fn a_200_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let wire = one_call(ringing_for(10.0), "100", 30.0, Some(10.0005));
    let bye = ["→ ACK", "→ BYE", "← 200 CANCEL", "← 200 BYE"];
    let ladder: Vec<_> = wire.ladder();
    assert_eq!(ladder[..4], ["→ INVITE", "← 180 INVITE", "→ CANCEL", "← 200 INVITE"]);
    let mut rest = ladder[4..].to_vec();
    rest.sort_unstable();
    let mut expected = bye.to_vec();
    expected.sort_unstable();
    assert_eq!(rest, expected);
    let record = wire.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::Human(Human::Abandoned), EndedBy::Caller));
    assert_eq!((wire.row().cause, wire.row().disposition), (cause::ANSWERED, Disposition::Answered));
}

#[test]
fn a_caller_who_gives_up_in_total_silence_sends_no_cancel() {
    let wire = one_call(refused(Refusal::Silence), "100", 30.0, Some(10.0));
    assert_eq!(wire.ladder(), ["→ INVITE"; 7], "500 ms, 1 s, 2 s … between them, and nothing else");
    let record = wire.record();
    assert_eq!(record.outcome, Outcome::Technical(Technical::Timeout));
    assert_eq!((record.ended_by, record.ended), (EndedBy::Network, Some(at(33.0))));
    assert_eq!((record.sip_status, wire.row().sip_status), (None, None));
    assert_eq!(wire.row().cause, cause::TRUNK_FULL);
}

#[test]
fn a_provisional_after_patience_has_ended_is_cancelled() {
    let mut wire = Setup::of(ringing_for(60.0)).wire();
    wire.lose("→ INVITE", 3);
    wire.call(plan(0, 1.0, "100", 30.0, Some(2.0)));
    wire.run();
    wire.assert_settled();
    assert_eq!(
        wire.ladder(),
        [
            "→ INVITE ×",
            "→ INVITE ×",
            "→ INVITE ×",
            "→ INVITE",
            "← 180 INVITE",
            "→ CANCEL",
            "← 200 CANCEL",
            "← 487 INVITE",
            "→ ACK"
        ]
    );
    let record = wire.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::Human(Human::Abandoned), EndedBy::Caller));
    assert_eq!(wire.differences(false), [""; 0]);
}

#[test]
fn an_answer_that_only_hangs_up_waits_for_the_ack() {
    let wire = one_call(refused(Refusal::AnswerThenHangUp), "100", 30.0, None);
    assert_eq!(wire.ladder(), ["→ INVITE", "← 200 INVITE", "→ ACK", "← BYE", "→ 200 BYE"]);
    let record = wire.record();
    assert_eq!((record.outcome, &*record.cause), (Outcome::Technical(Technical::Trunk), "pbx-trunk-full"));
    assert_eq!((record.limiter, record.ended_by), (Some(Limiter::Channels), EndedBy::Pbx));
    assert!(record.answered.is_some());
    assert_eq!(wire.row().disposition, Disposition::Answered);
}

#[test]
fn a_queue_that_answers_on_agent_rings_until_pick_up() {
    let wire = one_call(queue(QueueAnswer::OnAgent, 1, None), "100", 30.0, None);
    assert_eq!(wire.ladder(), [&ANSWERED[..], &HUNG_UP_BY_CALLER].concat());
    assert!(wire.text("← 180 INVITE").contains("\r\nX-Busyhour-Queue: sales\r\n"));
    assert!(wire.text("← 200 INVITE").contains("\r\nX-Busyhour-Agent: anna\r\n"));
    assert_agent_call(&wire);
}

#[test]
fn a_queue_that_answers_on_entry_tells_of_the_agent_within_the_call() {
    let wire = one_call(queue(QueueAnswer::OnEntry, 1, None), "100", 30.0, None);
    let ladder = ["→ INVITE", "← 200 INVITE", "→ ACK", "← INFO", "→ 200 INFO", "→ BYE", "← 200 BYE"];
    assert_eq!(wire.ladder(), ladder);
    assert!(wire.text("← 200 INVITE").contains("\r\nX-Busyhour-Queue: sales\r\n"));
    assert!(wire.text("← INFO").contains("\r\nX-Busyhour-Agent: anna\r\n"));
    assert_eq!(wire.record().answered, Some(at(1.002)));
    assert_agent_call(&wire);
}

fn assert_agent_call(wire: &VirtualWire) {
    let record = wire.record();
    assert_eq!(record.outcome, Outcome::Completed(CompletedBy::Agent));
    assert_eq!((record.queue.as_deref(), record.agent.as_deref()), (Some("sales"), Some("anna")));
    assert_eq!(record.wait, Some(Duration::from_millis(3_002)));
    assert_eq!(record.talk, Some(Duration::from_secs(30)));
    let row = wire.row();
    assert_eq!((row.connected, row.agent.as_deref()), (Some(at(4.001)), Some("anna")));
    let events: Vec<_> = wire.queue_log.iter().map(|event| event.event.name()).collect();
    assert_eq!(events, ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]);
    let QueueEventKind::CompleteCaller { hold, talk, .. } = wire.queue_log[2].event else { unreachable!() };
    assert_eq!((hold, talk), (Duration::from_secs(3), Duration::from_millis(30_002)));
}

/// The second caller's agent is found when the first caller has hung up; INFO can only reach the right call if calls
/// are told apart.
#[test]
fn every_caller_hears_of_their_own_agent() {
    let mut wire = Setup::of(queue(QueueAnswer::OnEntry, 2, None)).wire();
    (0..4).for_each(|index| wire.call(plan(index, 1.0 + 4.0 * f64::from(index), "100", 30.0, None)));
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.differences(true), [""; 0]);
    assert_eq!((wire.count("← INFO"), wire.count("→ 200 INFO")), (4, 4));
    let found: Vec<_> =
        wire.records.iter().map(|record| (record.outcome, record.wait.unwrap().as_secs())).collect();
    let by_agent = Outcome::Completed(CompletedBy::Agent);
    assert_eq!(found, [(by_agent, 3), (by_agent, 3), (by_agent, 28), (by_agent, 28)]);
}

#[test]
fn a_queue_that_gives_up_refuses_or_hangs_up() {
    for (answer, ladder) in [
        (QueueAnswer::OnAgent, &["→ INVITE", "← 180 INVITE", "← 480 INVITE", "→ ACK"][..]),
        (QueueAnswer::OnEntry, &["→ INVITE", "← 200 INVITE", "→ ACK", "← BYE", "→ 200 BYE"]),
    ] {
        let wire = one_call(queue(answer, 0, Some(8)), "100", 30.0, None);
        assert_eq!(wire.ladder(), ladder);
        let record = wire.record();
        assert_eq!(record.outcome, Outcome::Human(Human::QueueTimeout), "{answer:?}");
        assert_eq!((record.ended_by, record.talk, &record.agent), (EndedBy::Pbx, None, &None));
        assert_eq!(
            (record.wait, record.queue.as_deref()),
            (Some(Duration::from_millis(8_002)), Some("sales"))
        );
        assert_eq!(wire.row().cause, cause::QUEUE_TIMEOUT);
    }
}

#[test]
fn a_caller_who_leaves_the_queue_abandons_it() {
    for (answer, last) in [(QueueAnswer::OnAgent, "→ ACK"), (QueueAnswer::OnEntry, "← 200 BYE")] {
        let wire = one_call(queue(answer, 0, None), "100", 30.0, Some(8.0));
        assert_eq!(wire.ladder().last(), Some(&last));
        let record = wire.record();
        assert_eq!((record.outcome, record.ended_by), (Outcome::Human(Human::Abandoned), EndedBy::Caller));
        assert_eq!(record.wait, Some(Duration::from_secs(8)));
        assert_eq!(wire.row().cause, cause::ABANDONED);
    }
}

#[test]
fn a_full_queue_turns_the_third_caller_away() {
    let mut wire = Setup::of(queue(QueueAnswer::OnAgent, 0, Some(60))).wire();
    (0..3).for_each(|index| wire.call(plan(index, 1.0 + f64::from(index), "100", 30.0, None)));
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.differences(true), [""; 0]);
    let full = &wire.records[0];
    assert_eq!((full.index, full.outcome), (2, Outcome::Human(Human::QueueFull)));
    assert_eq!((full.sip_status, full.queue.as_deref()), (Some(486), Some("sales")));
}

#[test]
fn whoever_is_turned_away_dials_again_in_peoples_time() {
    let redial = Redial {
        probability: 1.0,
        delay: constant(60.0),
        limit: 3,
        defection: 0.0,
        acknowledgement: 0.0,
        sibling: None,
    };
    let scale = TimeScale::new(60.0).unwrap();
    let mut wire =
        Setup { scale, redial, ..Setup::of(Config { channels: Some(0), ..Config::default() }) }.wire();
    wire.call(plan(0, 60.0, "100", 30.0, None));
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.differences(false), [""; 0]);
    let attempts: Vec<_> = wire.records.iter().map(|record| (record.attempt, record.last_attempt)).collect();
    assert_eq!(attempts, [(0, false), (1, false), (2, false), (3, true)]);
    for pair in wire.records.windows(2) {
        let delay = pair[1].intended_start - pair[0].ended.unwrap();
        assert_eq!(delay, Duration::from_secs(60), "people's time");
        assert!((pair[1].started.unwrap() - pair[1].intended_start) < Duration::from_micros(1));
    }
    // Four attempts and three pauses of one wall second each, and the round trips.
    assert!((wire.records[3].ended.unwrap().as_secs_f64() / 60.0 - 4.008).abs() < 1e-6);
}
