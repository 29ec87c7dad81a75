//! Callbacks on the wire: a real INVITE to where the customer called from.

use crate::endpoint::tests::faults::compare;
use crate::endpoint::tests::ladders::queue;
use crate::endpoint::tests::virtual_wire::{Setup, VirtualWire, constant, plan};
use crate::outcome::CompletedBy;
use crate::outcome::Outcome;
use crate::pbx::Config;
use crate::pbx::books::QueueEventKind;
use crate::pbx::callbacks::Origin;
use crate::pbx::config::CallbackConfig;
use crate::pbx::config::QueueAnswer;
use crate::time::Duration;
use crate::traffic::callbacks::CallbackHabit;

const CALLBACK: Outcome = Outcome::Completed(CompletedBy::Callback);
const AGENT: Outcome = Outcome::Completed(CompletedBy::Agent);

fn desk() -> Config {
    let mut config = queue(QueueAnswer::OnEntry, 1, None);
    config.queues[0].callback =
        Some(CallbackConfig { offer_after: Some(Duration::from_secs(5)), ..CallbackConfig::default() });
    config
}

/// One agent talks for a minute; the second caller takes the offer, and is called when the agent is free.
fn two_callers(callback: CallbackHabit, media: bool) -> VirtualWire {
    let mut wire = Setup { callback, media, ..Setup::of(desk()) }.wire();
    wire.call(plan(0, 1.0, "100", 60.0, None));
    wire.call(plan(1, 2.0, "100", 30.0, Some(50.0)));
    wire.run();
    wire
}

#[test]
fn a_callback_is_an_invite_that_the_caller_answers_and_hangs_up() {
    for delay in [0.0, 4.0] {
        let callback = CallbackHabit { answer_delay: constant(delay), ..CallbackHabit::default() };
        let wire = two_callers(callback, false);
        wire.assert_settled();
        assert_eq!(wire.differences(true), [""; 0]);
        let invite = wire.text("← INVITE");
        assert!(invite.starts_with("INVITE sip:busyhour@127.0.0.1:"), "{invite}");
        for line in ["From: <sip:100@", "To: <sip:79000000001@", "X-Busyhour-Callback: 1 "] {
            assert!(invite.contains(&format!("\r\n{line}")), "{line} in {invite}");
        }
        assert_eq!(wire.count("→ 180 INVITE"), usize::from(delay > 0.0));
        assert_eq!((wire.count("→ 200 INVITE"), wire.count("← ACK")), (1, 1));
        let of = |index: u64, attempt: u32| {
            wire.records.iter().find(|record| (record.index, record.attempt) == (index, attempt)).unwrap()
        };
        assert_eq!((of(1, 0).outcome, &*of(1, 0).cause), (CALLBACK, "pbx-callback"));
        assert_eq!((of(1, 1).outcome, of(1, 1).agent.as_deref()), (AGENT, Some("anna")));
        assert!(of(1, 1).intended_start >= of(0, 0).ended.unwrap(), "the agent was busy until then");
        assert_eq!(of(1, 1).talk, Some(Duration::from_secs(30)));
        assert!(wire.cdr.iter().any(|row| row.name == of(1, 1).call_id));
        let requested = QueueEventKind::CallbackRequest { origin: Origin::Queue };
        assert_eq!(wire.queue_log.iter().filter(|event| event.event == requested).count(), 1);
    }
}

/// Nobody picks up: each try rings for 30 s, then CANCEL; after the third there is none.
#[test]
fn a_phone_that_nobody_picks_up_is_cancelled_and_called_again() {
    let wire = two_callers(CallbackHabit { answer: 0.0, ..CallbackHabit::default() }, false);
    assert_eq!((wire.count("← INVITE"), wire.count("← CANCEL"), wire.count("→ 487 INVITE")), (3, 3, 3));
    assert_eq!(wire.records.len(), 2, "no call came of it");
    let failed = QueueEventKind::CallbackFailed { attempts: 3 };
    assert_eq!(wire.queue_log.last().map(|event| &event.event), Some(&failed));
    assert_eq!((wire.pbx.calls_in_progress(), wire.pbx.transactions()), (0, 0));
}

#[test]
fn both_sides_of_a_callback_have_sound() {
    let mut wire = Setup { media: true, ..Setup::of(desk()) }.wire();
    for port in 0..4 {
        wire.ports.callers.insert(20_000 + port);
        wire.tell_callers(crate::endpoint::caller::Input::MediaPort(20_000 + port));
    }
    wire.call(plan(0, 1.0, "100", 60.0, None));
    wire.call(plan(1, 2.0, "100", 30.0, Some(50.0)));
    wire.run_to(crate::endpoint::tests::virtual_wire::at(75.0));
    assert!(wire.ports.flowing.contains(&20_003), "{:?}", wire.ports);
    assert_eq!(wire.ports.flowing.len(), 2);
    wire.run();
    assert!(wire.ports.flowing.is_empty(), "{:?}", wire.ports);
    assert!(wire.records.iter().all(|record| record.outcome.is_completed()), "{:?}", wire.records);
}

/// A stranger's INVITE, or one that names a call of nobody's, is refused as ever.
#[test]
fn without_a_request_nobody_is_called_and_no_stranger_gets_through() {
    let mut wire = Setup::of(queue(QueueAnswer::OnEntry, 1, None)).wire();
    wire.call(plan(0, 1.0, "100", 60.0, None));
    wire.call(plan(1, 2.0, "100", 30.0, None));
    wire.run();
    assert_eq!(wire.count("← INVITE"), 0);
    assert!(wire.records.iter().all(|record| record.outcome == AGENT));
    let mut wire = two_callers(CallbackHabit::default(), false);
    let copy = wire.text("← INVITE").replace("X-Busyhour-Callback: 1 ", "X-Busyhour-Callback: 1 x");
    let copy = copy.replace("z9hG4bK-", "z9hG4bK-x");
    let source = crate::sip::hop::Hop::udp("127.0.0.1:5060".parse().unwrap());
    wire.tell_callers(crate::endpoint::caller::Input::Datagram { source, bytes: copy.as_bytes() });
    assert_eq!(wire.sent.last().map(|sent| &*sent.name), Some("→ 405 INVITE"));
    assert_eq!(wire.callers.counters().stray_requests, 1);
}

/// A lost 200 or ACK is repaired as for any call.
#[test]
fn losses_on_the_way_of_a_callback_are_repaired() {
    for lost in ["→ 200 INVITE", "← ACK", "← INVITE"] {
        let mut wire = Setup::of(desk()).wire();
        wire.lose(lost, 1);
        wire.call(plan(0, 1.0, "100", 60.0, None));
        wire.call(plan(1, 2.0, "100", 30.0, Some(50.0)));
        wire.run();
        wire.assert_settled();
        assert_eq!(wire.records.iter().filter(|record| record.outcome == AGENT).count(), 2, "{lost}");
    }
}

#[test]
fn the_wire_and_the_simulation_call_the_same_customers_back() {
    let messages = include_str!("../../../scenarios/after-hours-voicemail.yaml");
    assert_eq!(compare(messages, |outcome| outcome == AGENT), 40);
    let queue = "name: callbacks\nseed: 3\ncalls: 1000\ntraffic:\n  profile: 205/h\n  callers:\n  - name: c\n    \
                 talk: {exponential: {mean: 180s}}\n    patience: {exponential: {mean: 120s}}\n    \
                 callback: {accept: 60%, think: 3s, answer: 80%, answer_delay: {exponential: {mean: 6s}}}\npbx:\n  \
                 agents: {count: 9, answer_delay: {constant: 2s}}\n  \
                 queues: {q: {answer: on_entry, callback: {offer_after: 20s, pause: 2m}}}\n";
    let promised = compare(queue, |outcome| outcome == CALLBACK);
    assert!(promised > 100, "{promised}");
}
