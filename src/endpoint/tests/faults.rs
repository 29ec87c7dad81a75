//! What a bad network does to calls, and what the end of a run does.

use super::ladders::{queue, ringing_for};
use super::virtual_wire::{Setup, VirtualWire, at, constant, plan};
use crate::endpoint::caller::Input;
use crate::endpoint::caller::StopReason;
use crate::network;
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::outcome::note::{Handling, Note, Noted};
use crate::pbx::Config;
use crate::pbx::Refusal;
use crate::pbx::books::cause;
use crate::pbx::config::{QueueAnswer, RateLimit, Refusals};
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::scenario;
use crate::sim;
use crate::time::Duration;
use crate::traffic::Plans;

const COMPLETED: Outcome = Outcome::Completed(CompletedBy::Pbx);

/// One call of 5 s through a PBX that rings for 2 s, and these messages lost.
fn losing(lost: &[(&str, usize)]) -> VirtualWire {
    let mut wire = Setup::of(ringing_for(2.0)).wire();
    for (name, times) in lost {
        wire.lose(name, *times);
    }
    wire.call(plan(0, 1.0, "100", 5.0, None));
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.differences(false), [""; 0]);
    wire
}

#[test]
fn any_single_loss_is_made_good() {
    for name in ["→ INVITE", "← 180 INVITE", "← 200 INVITE", "→ ACK", "→ BYE", "← 200 BYE"] {
        let wire = losing(&[(name, 1)]);
        assert_eq!(wire.record().outcome, COMPLETED, "without the first {name}");
        assert!(wire.count(name) >= 2 || name == "← 180 INVITE", "{name} comes again: {:?}", wire.ladder());
    }
}

#[test]
fn a_lost_bye_is_sent_again_after_t1() {
    let wire = losing(&[("→ BYE", 2)]);
    assert_eq!(wire.ladder()[4..], ["→ BYE ×", "→ BYE ×", "→ BYE", "← 200 BYE"]);
    let latency = wire.record().latency.unwrap();
    assert_eq!(latency.disconnect_delay, Some(Duration::from_millis(1_502)), "500 ms, then 1 s");
}

#[test]
fn a_lost_ack_brings_the_200_again_and_another_ack() {
    let wire = losing(&[("→ ACK", 2)]);
    let again = ["← 200 INVITE", "→ ACK ×", "← 200 INVITE", "→ ACK ×", "← 200 INVITE", "→ ACK"];
    assert_eq!(wire.ladder()[2..8], again);
}

#[test]
fn a_200_that_never_gets_through_ends_the_call_for_both() {
    let mut wire = Setup::of(ringing_for(2.0)).wire();
    wire.lose("← 200 INVITE", 11);
    wire.call(plan(0, 1.0, "100", 5.0, Some(60.0)));
    wire.run();
    wire.assert_settled();
    assert_eq!(
        wire.record().outcome,
        Outcome::Human(Human::Abandoned),
        "the caller heard nothing but ringing"
    );
    assert_eq!(
        (wire.count("← BYE"), wire.count("→ 200 BYE")),
        (1, 1),
        "the call is over: {:?}",
        wire.ladder()
    );
}

#[test]
fn an_unanswered_bye_is_the_pbxs_failure() {
    let mut wire = Setup::of(ringing_for(2.0)).wire();
    wire.lose("→ BYE", 11);
    wire.call(plan(0, 1.0, "100", 5.0, None));
    wire.run();
    wire.assert_callers_settled();
    let record = wire.record();
    assert_eq!((record.outcome, &*record.cause), (Outcome::Technical(Technical::Failure), "bye-unanswered"));
    assert_eq!(
        wire.pbx.calls_in_progress(),
        1,
        "without media nothing tells the PBX that its caller is gone"
    );
}

#[test]
fn two_byes_that_cross_are_both_answered() {
    let config = queue(QueueAnswer::OnEntry, 0, Some(8));
    let mut wire = Setup::of(config).wire();
    wire.call(plan(0, 1.0, "100", 5.0, Some(8.0005)));
    wire.run();
    wire.assert_settled();
    for name in ["→ BYE", "← BYE", "→ 200 BYE", "← 200 BYE"] {
        assert_eq!(wire.count(name), 1, "{:?}", wire.ladder());
    }
    let record = wire.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::Human(Human::QueueTimeout), EndedBy::Caller));
    assert_eq!(wire.row().cause, cause::QUEUE_TIMEOUT, "the PBX's BYE, though late, said so");
    assert_eq!(wire.differences(true), [""; 0]);
}

#[test]
fn duplicates_of_every_message_change_nothing() {
    let doubled = network::Config { delay: constant(0.001), duplication: 1.0, ..network::Config::default() };
    let refused = Config { channels: Some(0), ..Config::default() };
    for (config, patience, outcome) in [
        (ringing_for(2.0), None, COMPLETED),
        (ringing_for(20.0), Some(5.0), Outcome::Human(Human::Abandoned)),
        (refused, None, Outcome::Technical(Technical::Trunk)),
        (queue(QueueAnswer::OnEntry, 1, None), None, Outcome::Completed(CompletedBy::Agent)),
        (queue(QueueAnswer::OnEntry, 0, Some(3)), None, Outcome::Human(Human::QueueTimeout)),
    ] {
        let queues = !config.queues.is_empty();
        let mut wire = Setup { network: doubled.clone(), ..Setup::of(config) }.wire();
        wire.call(plan(0, 1.0, "100", 5.0, patience));
        wire.run();
        wire.assert_settled();
        assert_eq!(wire.record().outcome, outcome);
        assert_eq!(wire.differences(queues), [""; 0]);
    }
}

/// A call that rings, or is refused by trunk, queue or silence, or is abandoned: every kind at once.
fn every_kind(seed: u64, answer: QueueAnswer, channels: Refusal) -> Setup {
    let mut config = queue(answer, 2, Some(20));
    config.channels = Some(12);
    config.refusal = Refusals { channels, ..Refusals::default() };
    config.extensions.insert("486".into(), crate::pbx::config::Extension::Busy);
    let answers =
        crate::pbx::config::Extension::Answer { answer_delay: Distribution::Exponential { mean: 2.0 } };
    config.extensions.insert("200".into(), answers);
    Setup { seed: Seed(seed), ..Setup::of(config) }
}

fn call_500(wire: &mut VirtualWire, seed: u64) {
    let mut draws = Seed(seed).stream(Purpose::Attempt, 0);
    let mut start = 1.0;
    for index in 0..500 {
        start += 0.5 * draws.exponential();
        let to = ["100", "200", "200", "200", "486"][usize::try_from(draws.below(5)).unwrap()];
        let patience = draws.chance(0.5).then(|| 10.0 * draws.exponential());
        wire.call(plan(index, start, to, 8.0 * draws.exponential(), patience));
    }
}

#[test]
fn five_hundred_calls_survive_a_network_that_loses_a_fifth() {
    let bad = network::Config {
        delay: Distribution::Uniform { min: 0.001, max: 0.08 },
        loss: 0.2,
        duplication: 0.1,
        reordering: 0.1,
        reordering_delay: Duration::from_millis(700),
        ..network::Config::default()
    };
    let profiles = [
        (1, QueueAnswer::OnAgent, Refusal::status(503, Some(34))),
        (2, QueueAnswer::OnEntry, Refusal::AnswerThenHangUp),
        (3, QueueAnswer::OnEntry, Refusal::Silence),
    ];
    for (seed, answer, refusal) in profiles {
        let mut wire = Setup { network: bad.clone(), ..every_kind(seed, answer, refusal) }.wire();
        call_500(&mut wire, seed);
        wire.run();
        wire.assert_settled();
        assert_eq!((wire.records.len(), wire.cdr.len()), (500, 500));
        assert_eq!(wire.differences(true), [""; 0], "{answer:?}");
        let lost =
            wire.records.iter().filter(|record| record.outcome == Outcome::Technical(Technical::Failure));
        assert_eq!(lost.count(), 0, "retransmission makes every loss good");
    }
}

#[test]
fn bits_that_flip_end_calls_in_one_outcome_each() {
    let noisy = network::Config { delay: constant(0.005), corruption: 0.05, ..network::Config::default() };
    let setup = every_kind(4, QueueAnswer::OnEntry, Refusal::status(503, Some(34)));
    let mut wire = Setup { network: noisy, ..setup }.wire();
    call_500(&mut wire, 4);
    wire.run_to(at(2_000.0));
    wire.stop(StopReason::DrainOver);
    wire.run_to(at(2_200.0));
    wire.tell_callers(Input::Forget);
    wire.tell_pbx(crate::endpoint::pbx::Input::ShutDown);
    wire.run();
    wire.assert_callers_settled();
    assert_eq!(wire.pbx.calls_in_progress(), 0);
    let served = wire.records.iter().filter(|record| record.outcome.is_completed()).count();
    assert!(served > 200, "{served} of 500 calls were served");
}

/// 40 calls in all stages at 20 s: talking, ringing, queued, and one that has heard nothing.
fn in_all_stages() -> VirtualWire {
    let mut config = ringing_for(10.0);
    config.channels = Some(40);
    config.refusal.channels = Refusal::Silence;
    let mut wire = Setup::of(config).wire();
    (0..41).for_each(|index| wire.call(plan(index, 0.45 * f64::from(index), "100", 1_000.0, Some(500.0))));
    wire.run_to(at(20.0));
    wire
}

#[test]
fn an_interrupted_run_hangs_up_and_leaves_only_the_unanswered_in_progress() {
    for (reason, cause_of_silent) in
        [(StopReason::Interrupted, "in-progress"), (StopReason::DrainOver, "drained-in-silence")]
    {
        let mut wire = in_all_stages();
        wire.stop(reason);
        wire.run_to(at(25.0));
        assert_eq!(wire.callers.in_progress(), 1, "the one in silence has nothing to cancel");
        wire.tell_callers(Input::Forget);
        wire.run();
        wire.assert_settled();
        let answered = wire.records.iter().filter(|record| record.answered.is_some());
        let mut talking = 0;
        for record in answered {
            talking += 1;
            assert_eq!((record.outcome, record.ended_by), (COMPLETED, EndedBy::RunEnd), "{reason:?}");
        }
        assert_eq!(talking, 23);
        let unanswered = wire.records.iter().filter(|record| record.answered.is_none());
        let left = |outcome| unanswered.clone().filter(|record| record.outcome == outcome).count();
        let interrupted = reason == StopReason::Interrupted;
        assert_eq!(left(Outcome::InProgress), if interrupted { 18 } else { 0 });
        assert_eq!(left(Outcome::Human(Human::Abandoned)), if interrupted { 0 } else { 17 });
        assert!(unanswered.clone().all(|record| record.ended_by == EndedBy::RunEnd));
        assert_eq!(unanswered.clone().count(), 18);
        let silent = wire.records.iter().find(|record| record.index == 40).unwrap();
        assert_eq!(&*silent.cause, cause_of_silent);
        assert!(wire.records.iter().all(|record| record.last_attempt));
        assert_eq!(wire.differences(false), [""; 0]);
    }
}

#[test]
fn a_stop_ends_each_call_once_even_if_the_talk_was_to_end_later() {
    let mut wire = Setup::of(Config::default()).wire();
    wire.lose("→ BYE", 5);
    wire.call(plan(0, 1.0, "100", 4.0, Some(20.0)));
    wire.run_to(at(2.0));
    wire.stop(StopReason::Stopped);
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.record().ended, Some(at(2.0)));
    assert!(
        wire.sent.iter().filter(|sent| sent.name.starts_with("→ BYE")).all(|sent| sent.bytes == bye(&wire))
    );
}

fn bye(wire: &VirtualWire) -> Vec<u8> {
    wire.sent.iter().find(|sent| sent.name.starts_with("→ BYE")).unwrap().bytes.clone()
}

#[test]
fn what_is_forgotten_is_written_down_and_its_late_messages_touch_no_later_call() {
    let mut config =
        Config { calls_per_second: Some(RateLimit::token_bucket(1.0, 1.0)), ..Config::default() };
    config.refusal.calls_per_second = Refusal::Silence;
    let mut wire = Setup::of(config).wire();
    (0..2).for_each(|index| wire.call(plan(index, 1.0, "100", 60.0, None)));
    wire.run_to(at(2.0));
    wire.tell_callers(Input::Forget);
    assert_eq!((wire.callers.in_progress(), wire.records.len(), wire.in_use), (0, 2, 0));
    // Gets the place of the call in silence, whose Timer B rings while the new one talks.
    wire.call(plan(99, 3.0, "100", 60.0, None));
    wire.run();
    let last = &wire.records[2];
    assert_eq!((last.index, last.outcome, last.talk), (99, COMPLETED, Some(Duration::from_secs(60))));
}

#[test]
fn a_table_without_room_spoils_calls_and_blames_nobody_else() {
    let mut wire = Setup { transactions: 8, ..Setup::of(ringing_for(2.0)) }.wire();
    (0..10).for_each(|index| wire.call(plan(index, 1.0, "100", 5.0, None)));
    wire.run();
    wire.assert_settled();
    let spoilt = wire.records.iter().filter(|record| record.outcome == Outcome::Generator).count();
    // Three found no room for their INVITE, and of seven BYEs only one, in the place kept for ends of calls, could wait
    // for its answer: the others were said once, so that the PBX holds no call.
    assert_eq!((spoilt, wire.count("→ INVITE"), wire.count("→ BYE")), (9, 7, 7));
}

#[test]
fn a_dead_target_times_every_call_out() {
    let mut wire = Setup::default().against(Box::new(|_| Vec::new()));
    (0..5).for_each(|index| wire.call(plan(index, 1.0, "100", 5.0, Some(3.0))));
    wire.run();
    wire.assert_callers_settled();
    let timeout = Outcome::Technical(Technical::Timeout);
    assert!(wire.records.iter().all(|record| record.outcome == timeout && record.ended == Some(at(33.0))));
    assert!(wire.sent.iter().all(|sent| sent.name == "→ INVITE"), "no CANCEL before a provisional");
}

/// A stop of everything at once: the PBX's BYEs cross the callers', and blame nobody.
#[test]
fn a_pbx_that_shuts_down_while_the_run_stops_cuts_nobody_off() {
    let mut wire = Setup::of(Config::default()).wire();
    (0..20).for_each(|index| wire.call(plan(index, 1.0, "100", 60.0, None)));
    wire.run_to(at(5.0));
    wire.stop(StopReason::Interrupted);
    wire.tell_pbx(crate::endpoint::pbx::Input::ShutDown);
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.count("← BYE"), 20);
    let whole = (COMPLETED, EndedBy::RunEnd);
    assert!(wire.records.iter().all(|record| (record.outcome, record.ended_by) == whole));
    assert_eq!(wire.differences(false), [""; 0]);
}

/// DESIGN, section 1: formula, simulation and wire agree. The same seed decides the same calls alike.
#[test]
fn the_wire_and_the_simulation_decide_the_same_calls_alike() {
    let losses = "name: losses\nseed: 7\ncalls: 3000\ntraffic:\n  profile: 600/h\n  callers:\n  - name: c\n    \
                  talk: {exponential: {mean: 60s}}\npbx:\n  channels: 10\n";
    let blocked = compare(losses, Outcome::is_technical);
    assert!((500..800).contains(&blocked), "10 erlangs on 10 channels block 21.5 %: {blocked}");
    for answer in ["on_agent", "on_entry"] {
        let queue = format!(
            "name: queue\nseed: 9\ncalls: 2000\ntraffic:\n  profile: 200/h\n  callers:\n  - name: c\n    \
             talk: {{exponential: {{mean: 180s}}}}\n    patience: {{exponential: {{mean: 60s}}}}\n    \
             redial: {{probability: 50%, delay: {{exponential: {{mean: 60s}}}}, limit: 2}}\npbx:\n  channels: 14\n  \
             agents: {{count: 9, answer_delay: {{constant: 2s}}}}\n  \
             queues: {{q: {{answer: {answer}}}}}\n"
        );
        let abandoned = compare(&queue, |outcome| outcome == Outcome::Human(Human::Abandoned));
        assert!(abandoned > 100, "{abandoned}");
    }
}

/// Runs one scenario both ways, expects 98 of 100 attempts to end alike, and counts some of the wire's.
pub(super) fn compare(text: &str, counted: impl Fn(Outcome) -> bool) -> usize {
    let scenario = scenario::parse(text, "same.yaml", &scenario::Inputs::with_seed(7)).unwrap();
    let wire = compare_scenario(&scenario).0;
    wire.records.iter().filter(|record| counted(record.outcome)).count()
}

/// The same; the wire, and what the PBX of the simulation has noted.
pub(super) fn compare_scenario(scenario: &scenario::Scenario) -> (VirtualWire, Vec<Noted>) {
    let (mut simulated, mut told) = (Vec::new(), Vec::new());
    let sink = |entry: &sim::Entry| {
        match entry {
            sim::Entry::Observation(Observation::Ended(record)) => {
                simulated.push((record.index, record.attempt, record.outcome));
            }
            sim::Entry::Noted(noted) => told.push((**noted).clone()),
            _ => {}
        }
        std::ops::ControlFlow::Continue(())
    };
    sim::run(scenario, scenario.seed, sink);
    let near = network::Config { delay: constant(20e-6), ..network::Config::default() };
    let classes = scenario.traffic.callers.clone();
    let setup = Setup { classes, network: near, seed: scenario.seed, ..Setup::of(scenario.pbx.clone()) };
    let mut wire = setup.wire();
    let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
    plans.for_each(|plan| wire.call(plan));
    if scenario.pbx.contacts.is_empty() {
        wire.run();
    } else {
        wire.run_calls();
    }
    wire.assert_settled();
    assert_eq!(wire.differences(!scenario.pbx.queues.is_empty()), [""; 0]);
    let mut wired: Vec<_> =
        wire.records.iter().map(|record| (record.index, record.attempt, record.outcome)).collect();
    simulated.sort_unstable();
    wired.sort_unstable();
    let twice = wired.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
    assert_eq!(twice, None, "an attempt is written down twice");
    let alike = simulated.iter().filter(|attempt| wired.binary_search(attempt).is_ok()).count();
    println!("{}: {alike} of {} attempts decided alike", scenario.name, simulated.len());
    assert!(50 * alike >= 49 * simulated.len().max(wired.len()), "{alike} of {}", simulated.len());
    (wire, told)
}

/// Mail and chats in the hands of the same agents: those of the wire are those of the simulation, taken up at the same
/// moment but for the milliseconds that SIP takes, and in time or late alike; calls end alike beside them, and other than
/// without them.
#[test]
fn the_wire_and_the_simulation_see_to_the_same_mail_and_chats() {
    let shipped = include_str!("../../../scenarios/calls-mail-and-chat.yaml");
    let read = |text: &str| scenario::parse(text, "contacts.yaml", &scenario::Inputs::with_seed(7)).unwrap();
    let text = shipped.replace("duration: 80h", "duration: 12h").replace("warm_up: 4h", "warm_up: 0s");
    let wire = compare_contacts(&read(&text));
    let (without, _) = compare_scenario(&read(&text[..text.find("  contacts:").unwrap()]));
    let waited = |wire: &VirtualWire| wire.records.iter().filter_map(|record| record.wait).sum::<Duration>();
    assert!(waited(&without) * 2 < waited(&wire), "callers wait for agents who see to mail");
    assert!(without.notes.is_empty());
    // Mail by the hour, and three chats at once that go by age.
    let hours = "profile: {curve: [{at: 0h, rate: 10/h}, {at: 6h, rate: 40/h}, {at: 12h, rate: 10/h}]}";
    let by_age = text.replace("rate: 25/h", hours).replace(
        "answer_within: 3m",
        "answer_within: 3m\n      concurrent: 3\n      slower: 20%\n      order: by_age",
    );
    assert!(by_age.contains("by_age") && by_age.contains("curve"), "{by_age}");
    let at_once = compare_contacts(&read(&by_age));
    assert!(waited(&at_once) != waited(&wire));
}

/// Contacts of the wire and those of the simulation.
fn compare_contacts(scenario: &scenario::Scenario) -> VirtualWire {
    let (wire, notes) = compare_scenario(scenario);
    let handled = |notes: &[Noted]| {
        let mut arrived = Vec::new();
        let mut answered = std::collections::BTreeMap::new();
        for noted in notes {
            let which = (noted.queue.clone(), noted.at);
            match noted.note {
                Note::Contact(Handling::Arrived) => arrived.push(which),
                Note::Contact(Handling::Answered { wait, in_time }) => {
                    answered.insert(which, (wait.as_secs_f64(), in_time));
                }
                _ => {}
            }
        }
        (arrived, answered)
    };
    let ((arrived, answered), (simulated, known)) = (handled(&wire.notes), handled(&notes));
    let common = arrived.len().min(simulated.len());
    assert!(common > 400 && arrived.len().abs_diff(simulated.len()) <= 2, "{common}");
    assert_eq!(arrived[..common], simulated[..common]);
    let alike = known.iter().filter(|(which, (wait, in_time))| {
        let other = answered.get(*which);
        other.is_some_and(|(other, other_in_time)| (other - wait).abs() < 1.0 && in_time == other_in_time)
    });
    let alike = alike.count();
    println!("{alike} of {} contacts taken up alike", known.len());
    assert!(known.len() > 400 && 50 * alike >= 49 * known.len(), "{alike} of {}", known.len());
    wire
}
