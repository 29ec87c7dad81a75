//! Callbacks, rule by rule: the place that is kept, the agent who is, the tries and their pauses, the counts.

use super::*;
use crate::keypad::Key;
use crate::pbx::callbacks::CallbackCounts;
use crate::pbx::config::{Announce, CallbackConfig, Needs};

/// One agent, and a queue that offers a callback after 20 s: two tries of 30 s, five minutes apart.
fn desk() -> Config {
    let mut config = centre(1);
    config.queues[0].answer = QueueAnswer::OnEntry;
    config.queues[0].callback = Some(CallbackConfig {
        offer_after: Some(Duration::from_secs(20)),
        retries: 1,
        ..CallbackConfig::default()
    });
    config
}

fn with_policies(mut config: Config) -> Config {
    config.queues[0].policy.strategy = crate::pbx::config::StrategyKind::RoundRobin;
    config
}

/// The agent talks to caller 1 from second 0 on; callers 2 and 3 wait, and 2 takes the offer at second 25.
fn two_wait_and_the_first_takes_the_offer(config: Config) -> Bench {
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "100");
    bench.offer(2.0, 3, "100");
    assert_eq!(bench.wait(21.0), ["2 hears CallbackOffer { key: Key(1) }"]);
    assert_eq!(bench.wait(22.0), ["3 hears CallbackOffer { key: Key(1) }"]);
    let pressed = Input::KeyPressed { call: CallId(2), key: Key::ONE };
    let taken = [
        "log 2 EXITWITHKEY ExitWithKey { key: \"1\", position: 1, original_position: 1, wait: 24s }",
        "log 2 CALLBACKREQUEST CallbackRequest { origin: Queue }",
        "2 will be called back",
        "2 hung up: Callback",
        "CDR 2 ANSWERED callback",
    ];
    assert_eq!(bench.tell(25.0, pressed), taken);
    bench
}

fn back(bench: &mut Bench, seconds: f64, of: u64, call: u64) -> Vec<String> {
    let (name, from, to) = (Arc::from(call.to_string()), Arc::from("792"), Arc::from("100"));
    let (of, call) = (CallId(of), CallId(call));
    bench.tell(seconds, Input::CalledBack { of, call, name: &name, from: &from, to: &to, class: 0 })
}

fn counts(requested: u64, done: u64, failed: u64, pending: u64) -> CallbackCounts {
    CallbackCounts { requested, done, failed, pending }
}

/// On both paths: the agent who comes free is kept for the customer whose place was first, and the caller behind waits.
#[test]
fn a_callback_keeps_the_place_and_the_agent() {
    for config in [desk(), with_policies(desk())] {
        let mut bench = two_wait_and_the_first_takes_the_offer(config);
        assert_eq!(bench.pbx.queue_length(), 2, "the place is kept");
        bench.hang_up(100.0, 1);
        let freed = bench.wait(105.0);
        let called = "log 2 CALLBACKCALL CallbackCall { attempt: 1, wait: 80s }";
        assert!(freed.iter().any(|said| said == called), "{freed:?}");
        assert_eq!(freed.last().unwrap(), "2 is called back");
        assert!(!freed.iter().any(|said| said.contains("offered")), "the agent is kept: {freed:?}");
        assert_eq!(bench.pbx.callbacks(), counts(1, 0, 0, 1));
        let on_line = back(&mut bench, 112.0, 2, 9);
        assert_eq!(on_line[0], "log 2 CALLBACKDONE CallbackDone { attempt: 1 }");
        assert_eq!(on_line.last().unwrap(), "9 offered to 0");
        assert_eq!(bench.pbx.callbacks(), counts(1, 1, 0, 0));
        assert_eq!(bench.pick_up(113.0, 0, 9).last().unwrap(), "log 9 CONNECT 1 1");
        bench.hang_up(200.0, 9);
        let over = bench.wait(205.0);
        assert_eq!(over.last().unwrap(), "3 offered to 0", "who stood behind is next");
        assert_eq!(bench.pbx.unknown_inputs(), 0);
    }
}

#[test]
fn who_does_not_pick_up_is_called_again_after_the_pause_and_then_no_more() {
    for config in [desk(), with_policies(desk())] {
        let mut bench = two_wait_and_the_first_takes_the_offer(config);
        bench.hang_up(100.0, 1);
        bench.wait(105.0);
        // 30 s of ringing in vain: the agent serves whoever stands behind.
        let rang_out = bench.wait(135.0);
        assert_eq!(rang_out, ["2 is called back no longer", "3 offered to 0"]);
        bench.pick_up(135.0, 0, 3);
        bench.hang_up(140.0, 3);
        bench.wait(145.0);
        assert_eq!(bench.wait(434.9), [""; 0], "not before the pause is over");
        let again = bench.wait(435.0);
        assert_eq!(again[0], "log 2 CALLBACKCALL CallbackCall { attempt: 2, wait: 410s }");
        let refused = bench.tell(437.0, Input::CallBackFailed { of: CallId(2) });
        let failed = ["log 2 CALLBACKFAILED CallbackFailed { attempts: 2 }", "2 will be called no more"];
        assert_eq!(refused, failed);
        assert_eq!(bench.pbx.callbacks(), counts(1, 0, 1, 0));
        assert_eq!(bench.pbx.next_deadline(), None);
        // Who picks up now is told that it is too late, and the agent is free for others.
        let late = back(&mut bench, 440.0, 2, 9);
        assert_eq!(late, ["9 hung up: Refused", "CDR 9 ANSWERED shut-down"]);
        assert_eq!(bench.offer(441.0, 4, "100").last().unwrap(), "4 offered to 0");
    }
}

#[test]
fn other_keys_and_queues_without_callbacks_promise_nothing() {
    let mut bench = Bench::new(desk());
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "100");
    let two = Key::from_character('2').unwrap();
    assert_eq!(bench.tell(2.0, Input::KeyPressed { call: CallId(2), key: two }), [""; 0]);
    let mut config = desk();
    config.queues[0].callback = None;
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "100");
    assert_eq!(bench.wait(60.0), [""; 0]);
    assert_eq!(bench.tell(61.0, Input::KeyPressed { call: CallId(2), key: Key::ONE }), [""; 0]);
    assert_eq!(bench.pbx.callbacks(), counts(0, 0, 0, 0));
}

/// The pick-up crosses the end of the ringing: the customer stands at the kept place, before those who came later.
#[test]
fn who_picks_up_a_moment_too_late_is_served_all_the_same() {
    for config in [desk(), with_policies(desk())] {
        let mut bench = two_wait_and_the_first_takes_the_offer(config);
        bench.hang_up(100.0, 1);
        bench.wait(105.0);
        bench.wait(135.0);
        bench.pick_up(135.0, 0, 3);
        bench.offer(135.5, 4, "100");
        let late = back(&mut bench, 136.0, 2, 9);
        assert_eq!(late[1], "log 9 ENTERQUEUE 1", "{late:?}");
        bench.hang_up(140.0, 3);
        assert_eq!(bench.wait(145.0), ["9 offered to 0"]);
        assert_eq!(bench.pbx.callbacks(), counts(1, 1, 0, 0));
    }
}

/// Nobody ever picks up for the customer, whom the queue keeps for 20 s and promises a call each time: not for ever.
#[test]
fn whoever_is_called_back_in_vain_ten_times_in_a_row_is_promised_nothing_more() {
    let mut config = with_policies(desk());
    config.queues[0].max_wait = Some(Duration::from_secs(20));
    config.queues[0].policy.onward.timeout = Some(crate::pbx::config::Destination::Callback);
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    let (mut call, mut seconds) = (1, 0.0);
    for requested in 1..=10 {
        seconds += 20.0;
        let mut said = bench.wait(seconds);
        assert!(said.contains(&format!("{call} will be called back")), "{requested}: {said:?}");
        assert_eq!(bench.pbx.callbacks(), counts(requested, requested - 1, 0, 1));
        while !said.contains(&format!("{call} is called back")) {
            seconds += 1.0;
            said = bench.wait(seconds);
        }
        back(&mut bench, seconds, call, 100 + requested);
        call = 100 + requested;
    }
    let sent_away = bench.wait(seconds + 20.0);
    assert!(sent_away.contains(&format!("{call} hung up: QueueTimeout")), "{sent_away:?}");
    assert!(!sent_away.iter().any(|said| said.contains("CallbackOffer")), "{sent_away:?}");
    assert_eq!(bench.pbx.callbacks(), counts(10, 10, 0, 0));
    // Another call of the same customer's is a new one.
    bench.offer(seconds + 100.0, 500, "100");
    assert!(bench.wait(seconds + 120.0).contains(&"500 will be called back".to_string()));
}

/// Sentences of 8 s, a minute apart.
const SENTENCES: Announce = Announce {
    every: Duration::from_secs(60),
    lasts: Duration::from_secs(8),
    least: Duration::from_secs(15),
};

/// Caller 3 hears the position at seconds 2 and 62; the customer of 2, who left the line at second 25, would hear it at 25
/// and 85, but is not on the line, and is called as soon as the agent has wrapped up.
#[test]
fn who_will_be_called_back_waits_for_the_end_of_no_sentence() {
    let mut config = with_policies(desk());
    config.queues[0].policy.announce = Some(SENTENCES);
    let mut bench = two_wait_and_the_first_takes_the_offer(config);
    assert_eq!(bench.wait(62.0), ["log 3 ANNOUNCE 2 0"]);
    bench.hang_up(84.0, 1);
    assert_eq!(bench.wait(89.0).last().unwrap(), "2 is called back");
}

/// Nothing is due about customers whom nobody will call: a queue of them, with sentences, is not looked at again.
#[test]
fn customers_who_wait_wake_nobody() {
    let mut config = with_policies(desk());
    config.queues[0].policy.announce = Some(SENTENCES);
    config.queues[0].policy.needs = Needs { skills: vec!["loans".into()], language: None };
    let mut bench = Bench::new(config);
    for of in 0..100 {
        let [name, from, to] = [of.to_string(), format!("79{of}"), "100".to_owned()].map(Arc::from);
        let of = CallId(of);
        bench.tell(1.0, Input::CallbackRequested { call: of, name: &name, from: &from, to: &to, class: 0 });
    }
    assert_eq!((bench.pbx.queue_length(), bench.pbx.callbacks()), (100, counts(100, 0, 0, 100)));
    assert_eq!(bench.pbx.next_deadline(), None);
}
