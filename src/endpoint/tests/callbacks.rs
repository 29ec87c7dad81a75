//! Callbacks on the wire: a real INVITE to where the customer called from.

use crate::endpoint::pbx;
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
use crate::sip::hop::Hop;
use crate::time::Duration;
use crate::traffic::CallPlan;
use crate::traffic::callbacks::CallbackHabit;
use crate::traffic::callers::CallerClass;

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
    let scenario =
        crate::scenario::parse(queue, "same.yaml", &crate::scenario::Inputs::with_seed(7)).unwrap();
    let (wire, _) = super::faults::compare_scenario(&scenario);
    let promised = wire.records.iter().filter(|record| record.outcome == CALLBACK).count();
    assert!(promised > 100, "{promised}");
    // A customer who is called waits in no queue; every caller's record says how long they did.
    let taken = wire.records.iter().filter(|record| record.outcome == AGENT);
    let (waited, called): (Vec<_>, Vec<_>) = taken.partition(|record| record.wait.is_some());
    assert!(called.len() * 10 > promised * 9 && called.iter().all(|record| record.attempt > 0));
    assert!(waited.len() > 500 && called.iter().all(|record| record.talk.is_some()));
}

/// The shipped scenario, a tenth of whose contacts come from the web page.
#[test]
fn the_wire_and_the_simulation_call_those_back_who_asked_on_the_web() {
    let shipped = include_str!("../../../scenarios/call-me-back.yaml");
    assert!(compare(shipped, |outcome| outcome == AGENT) > 100);
    let busy = "name: web\nseed: 8\ncalls: 600\ntraffic:\n  profile: 200/h\n  callers:\n  \
                - {name: phone, share: 50%, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 120s}}}\n  \
                - {name: page, share: 50%, by: web_callback, talk: {exponential: {mean: 180s}}, \
                callback: {accept: 50%, answer: 70%, answer_delay: {exponential: {mean: 6s}}}}\npbx:\n  \
                agents: {count: 10, no_answer: 10%}\n  \
                queues: {q: {answer: on_entry, callback: {offer_after: 20s, pause: 2m}}}\n";
    let twice = compare(busy, |outcome| outcome == CALLBACK);
    assert!(twice > 10, "some are called back and promised a call once more: {twice}");
}

fn by_web(answer: f64) -> CallbackHabit {
    CallbackHabit { answer, on_web: true, answer_delay: constant(4.0), ..CallbackHabit::default() }
}

/// A caller, and a customer who asks on the web page while the only agent talks to that caller.
fn caller_and_page(answer: f64) -> VirtualWire {
    let setup = Setup::of(desk());
    let caller = setup.class();
    let page = CallerClass { name: "page".into(), callback: by_web(answer), ..setup.class() };
    let mut wire = Setup { classes: vec![caller, page], ..setup }.wire();
    wire.call(plan(0, 1.0, "100", 60.0, None));
    wire.call(CallPlan { class: 1, ..plan(1, 2.0, "100", 30.0, None) });
    wire.run();
    wire
}

#[test]
fn who_asks_on_the_web_is_called_at_the_address_that_the_page_names() {
    let wire = caller_and_page(1.0);
    wire.assert_settled();
    assert_eq!(wire.differences(true), [""; 0]);
    let refer = wire.text("→ REFER");
    assert!(refer.starts_with("REFER sip:100@127.0.0.1:5060 SIP/2.0"), "{refer}");
    for line in ["Refer-To: <sip:79000000001@127.0.0.1:5070>", "Refer-Sub: false", "Supported: norefersub"] {
        assert!(refer.contains(&format!("\r\n{line}\r\n")), "{line} in {refer}");
    }
    let promise = wire.text("← 202 REFER");
    assert!(promise.contains("\r\nRefer-Sub: false\r\n"), "{promise}");
    assert_eq!(wire.count("← NOTIFY"), 0);
    let invite = wire.text("← INVITE");
    assert!(invite.starts_with("INVITE sip:79000000001@127.0.0.1:5070 SIP/2.0"), "{invite}");
    // Who has only asked has not called: the call is the first of this customer's, and the only one.
    let record = wire.records.iter().find(|record| record.index == 1).unwrap();
    assert_eq!((record.attempt, record.outcome, record.agent.as_deref()), (0, AGENT, Some("anna")));
    assert_eq!((wire.records.len(), wire.cdr.len()), (2, 2));
    assert!(record.intended_start >= wire.records.iter().find(|one| one.index == 0).unwrap().ended.unwrap());
    let requested = QueueEventKind::CallbackRequest { origin: Origin::Web };
    assert_eq!(wire.queue_log.iter().filter(|event| event.event == requested).count(), 1);
    let nobody = caller_and_page(0.0);
    assert_eq!((nobody.records.len(), nobody.count("← INVITE"), nobody.count("← CANCEL")), (1, 3, 3));
    assert_eq!((nobody.callers.in_progress(), nobody.pbx.transactions()), (0, 0));
}

/// A REFER of somebody else's: what the PBX says, and whether it calls.
fn referred(from: &str, to: &str) -> (VirtualWire, String) {
    let mut config = desk();
    config.queues[0].numbers = vec!["100".into()];
    let mut wire = Setup::of(config).wire();
    let refer = caller_and_page(1.0).text("→ REFER");
    let changed = refer.replace(from, to);
    assert!(changed != refer || from.is_empty(), "{from} is not in {refer}");
    let source = Hop::udp("127.0.0.1:5070".parse().unwrap());
    wire.tell_pbx(pbx::Input::Datagram { source, bytes: changed.as_bytes() });
    let status = wire.sent.iter().find(|sent| sent.name.ends_with(" REFER"));
    let status = status.map(|sent| sent.name.clone()).unwrap_or_default();
    (wire, status)
}

#[test]
fn a_refer_is_a_promise_only_where_the_customer_may_be_called() {
    let (wire, promised) = referred("", "");
    assert_eq!((&*promised, wire.count("← INVITE")), ("← 202 REFER", 1));
    let refused = [
        ("REFER sip:100@", "REFER sip:999@", "← 404 REFER"),
        (
            "Refer-To: <sip:79000000001@127.0.0.1:5070>",
            "Refer-To: <sip:79000000001@192.0.2.7:5070>",
            "← 403 REFER",
        ),
        (
            "Refer-To: <sip:79000000001@127.0.0.1:5070>",
            "Refer-To: <sip:79000000001@127.0.0.1:5060>",
            "← 403 REFER",
        ),
        ("Refer-To: <sip:79000000001@127.0.0.1:5070>", "Refer-To: <tel:79000000001>", "← 403 REFER"),
        ("Refer-To: <sip:79000000001@127.0.0.1:5070>", "Refer-To: <", "← 400 REFER"),
        ("Refer-To:", "Refer-To: <sip:1@127.0.0.1:5070>\r\nRefer-To:", "← 400 REFER"),
        ("Refer-To:", "X-Refer:", "← 400 REFER"),
    ];
    for (from, to, status) in refused {
        let (wire, said) = referred(from, to);
        assert_eq!((&*said, wire.count("← INVITE")), (status, 0), "{to}");
        assert!(wire.queue_log.is_empty());
    }
    // Without queues nobody could call, and in a dialog it is a transfer.
    let mut plain = Setup::of(Config::default()).wire();
    let source = Hop::udp("127.0.0.1:5070".parse().unwrap());
    let refer = caller_and_page(1.0).text("→ REFER");
    plain.tell_pbx(pbx::Input::Datagram { source, bytes: refer.as_bytes() });
    assert_eq!(plain.ladder(), ["← 405 REFER"]);
}

/// RFC 3515, 2.4.4: whoever does not decline the subscription is told at once, and that it ends there.
#[test]
fn a_refer_that_wants_to_be_told_is_told_once() {
    let (wire, promised) = referred("Refer-Sub: false\r\n", "");
    assert_eq!(&*promised, "← 202 REFER");
    assert!(!wire.text("← 202 REFER").contains("Refer-Sub"));
    let notify = wire.text("← NOTIFY");
    for line in ["Event: refer", "Subscription-State: terminated;reason=noresource", "SIP/2.0 100 Trying"] {
        assert!(notify.contains(&format!("\r\n{line}\r\n")), "{line} in {notify}");
    }
    assert!(notify.starts_with("NOTIFY sip:busyhour@127.0.0.1:5070 SIP/2.0"), "{notify}");
}

/// A lost REFER or 202 is repaired; a firm that says nothing at all is told of.
#[test]
fn losses_of_the_request_are_repaired_and_silence_is_counted() {
    for lost in ["→ REFER", "← 202 REFER"] {
        let setup = Setup::of(desk());
        let page = CallerClass { callback: by_web(1.0), ..setup.class() };
        let mut wire = Setup { classes: vec![page], ..setup }.wire();
        wire.lose(lost, 1);
        wire.call(plan(0, 2.0, "100", 30.0, None));
        wire.run();
        wire.assert_settled();
        assert_eq!((wire.records.len(), wire.count("← INVITE")), (1, 1), "{lost}");
        assert_eq!(wire.callers.counters().asked_in_vain, 0);
    }
    let setup = Setup::of(desk());
    let page = CallerClass { callback: by_web(1.0), ..setup.class() };
    let mut wire = Setup { classes: vec![page], ..setup }.against(Box::new(|_| Vec::new()));
    wire.call(plan(0, 2.0, "100", 30.0, None));
    wire.run();
    assert_eq!((wire.callers.counters().asked_in_vain, wire.callers.in_progress()), (1, 0));
    assert_eq!(wire.callers.promised_calls_since(), None);
}

/// Who finds no place is promised a call, and is called; who has waited too long leaves a message; on the wire and in
/// virtual time, answered by the queue or not.
#[test]
fn the_wire_and_the_simulation_send_the_same_callers_on() {
    for answer in ["on_entry", "on_agent"] {
        let text = format!(
            "name: onward\nseed: 5\ncalls: 800\ntraffic:\n  profile: 200/h\n  callers:\n  - name: c\n    talk: \
             {{exponential: {{mean: 180s}}}}\n    patience: {{exponential: {{mean: 4m}}}}\npbx:\n  agents: {{count: 9}}\n  \
             voicemail: {{}}\n  queues: {{q: {{answer: {answer}, max_length: 3, on_full: callback, max_wait: 1m, \
             on_timeout: voicemail}}}}\n"
        );
        let promised = compare(&text, |outcome| outcome == CALLBACK);
        let left = compare(&text, |outcome| outcome == Outcome::Completed(CompletedBy::Voicemail));
        assert!(promised > 40 && left > 20, "{promised} promises, {left} messages");
    }
}
