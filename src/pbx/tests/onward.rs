//! Callers whom a queue does not keep, and where it sends them.

use super::strategies::hunting;
use super::*;
use crate::keypad::Key;
use crate::outcome::note::{Note, Unkept};
use crate::pbx::config::{Absent, Destination, Legs, Onward, Opening, Policy};
use crate::pbx::menu::{Branch, MenuConfig, Target};
use crate::pbx::onward::{SENT_ON_MAX, circles};
use crate::pbx::voicemail::Voicemail;

/// Agent 0 serves `sales` with one place and 20 s of wait, agent 1 `support` likewise; there are a voicemail, a menu and
/// numbers outside.
fn firm(sales: Onward, support: Onward) -> Config {
    let mut config = hunting(2, Policy::default());
    config.queues[0] = QueueConfig {
        agents: vec![0],
        max_length: Some(1),
        max_wait: Some(Duration::from_secs(20)),
        policy: Policy { onward: sales, ..Policy::default() },
        ..config.queues[0].clone()
    };
    let support = Policy { onward: support, ..Policy::default() };
    config.queues.push(QueueConfig {
        name: "support".into(),
        numbers: vec!["200".into()],
        agents: vec![1],
        policy: support,
        ..config.queues[0].clone()
    });
    let greeting = Duration::from_secs(10);
    config.voicemail = Some(Voicemail { greeting, max_length: Duration::from_secs(60), callback: None });
    config.menus = vec![MenuConfig {
        name: "main".into(),
        numbers: vec!["300".into()],
        takes_the_rest: false,
        prompt: Duration::from_secs(8),
        timeout: Duration::from_secs(5),
        repeats: 0,
        branches: BTreeMap::new(),
        otherwise: Target::HangUp,
    }];
    config.extensions.insert("900".into(), Extension::Answer { answer_delay: constant(3.0) });
    config.extensions.insert("901".into(), Extension::Busy);
    config
}

fn on_full(to: Destination) -> Onward {
    Onward { full: Some(to), ..Onward::default() }
}

fn on_timeout(to: Destination) -> Onward {
    Onward { timeout: Some(to), ..Onward::default() }
}

/// Calls 1 and 2 talk in both queues; call 3 waits in `sales`, which is full.
fn crowded(config: Config) -> Bench {
    let mut bench = Bench::new(config);
    for (call, number, agent) in [(1, "100", 0), (2, "200", 1)] {
        bench.offer(0.0, call, number);
        bench.pick_up(0.0, agent, call);
    }
    bench.offer(1.0, 3, "100");
    bench
}

fn has(said: &[String], line: &str) -> bool {
    said.iter().any(|said| said == line)
}

fn sent(queue: &str, why: Unkept) -> String {
    format!("{queue} {:?}", Note::SentOn(why))
}

#[test]
fn without_a_way_on_callers_are_refused_as_ever_and_a_refusal_of_its_own_changes_only_how_it_looks() {
    let mut bench = crowded(firm(Onward::default(), Onward::default()));
    assert!(has(&bench.offer(2.0, 4, "100"), "4 refused 486/17 queue-full"));
    assert!(has(&bench.wait(21.0), "3 refused 480/19 queue-timeout"));
    let refuse = |status| Destination::Refuse(Refusal::status(status, Some(34)));
    let ways = Onward { full: Some(refuse(503)), timeout: Some(refuse(504)), empty: None };
    let mut bench = crowded(firm(ways, Onward::default()));
    assert!(has(&bench.offer(2.0, 4, "100"), "4 refused 503/34 queue-full"));
    assert!(has(&bench.wait(21.0), "3 refused 504/34 queue-timeout"));
}

#[test]
fn who_finds_no_place_leaves_a_message() {
    let mut bench = crowded(firm(on_full(Destination::Voicemail), Onward::default()));
    let said = bench.offer(2.0, 4, "100");
    assert!(has(&said, "4 answered by Voicemail") && has(&said, &sent("sales", Unkept::Full)), "{said:?}");
    assert!(!said.iter().any(|said| said.starts_with("log")), "Asterisk logs nothing of it: {said:?}");
    let said = bench.hang_up(30.0, 4);
    assert_eq!(said.last().unwrap(), "CDR 4 ANSWERED voicemail");
    // An idle agent means that nobody waits: the caller is served.
    let mut idle = firm(on_full(Destination::Voicemail), Onward::default());
    idle.queues[0].max_length = Some(0);
    assert!(has(&Bench::new(idle).offer(0.0, 1, "100"), "1 offered to 0"));
}

#[test]
fn whose_wait_is_over_goes_on_from_the_log_of_one_queue_to_that_of_the_next() {
    let mut bench = crowded(firm(on_timeout(Destination::Queue(1)), Onward::default()));
    let said = bench.wait(21.0);
    let lines: Vec<&String> = said.iter().filter(|said| said.starts_with("log")).collect();
    assert_eq!(lines, ["log 3 EXITWITHTIMEOUT 1 1 20", "log 3 ENTERQUEUE 1"]);
    assert!(has(&said, "3 rings in support") && has(&said, &sent("sales", Unkept::TimedOut)));
    bench.hang_up(30.0, 2);
    let said = bench.pick_up(31.0, 1, 3);
    assert!(has(&said, "log 3 CONNECT 10 1"), "the wait is that of the second queue: {said:?}");
    assert!(has(&bench.hang_up(40.0, 3), "CDR 3 ANSWERED answered"));
}

#[test]
fn a_menu_a_number_and_a_busy_one_take_callers_answered_or_not() {
    for (to, unanswered, answered) in [
        (Destination::Menu(0), "3 answered by Menu { menu: 0 }", "3 hears Prompt { menu: 0 }"),
        (Destination::Extension("900".into()), "3 rings", "3 hears Person"),
        (Destination::Extension("901".into()), "3 refused 486/17 busy", "3 hung up: Menu"),
        (Destination::Voicemail, "3 answered by Voicemail", "3 hears Voicemail"),
    ] {
        let config = firm(on_timeout(to), Onward::default());
        let said = crowded(config.clone()).wait(21.0);
        assert!(has(&said, unanswered), "{said:?}");
        let mut on_entry = config;
        on_entry.queues[0].answer = QueueAnswer::OnEntry;
        let said = crowded(on_entry).wait(21.0);
        assert!(has(&said, answered) && !said.iter().any(|said| said.contains("answered by")), "{said:?}");
    }
    let mut bench = crowded(firm(on_timeout(Destination::Extension("900".into())), Onward::default()));
    bench.wait(21.0);
    assert!(has(&bench.wait(24.0), "3 answered by Outside"));
    assert!(has(&bench.hang_up(60.0, 3), "CDR 3 ANSWERED answered"));
}

#[test]
fn a_promise_keeps_the_place_in_line_and_is_made_only_where_it_can_be_kept() {
    let promise = Onward {
        full: Some(Destination::Callback),
        timeout: Some(Destination::Callback),
        ..Onward::default()
    };
    let mut bench = crowded(firm(promise.clone(), Onward::default()));
    let said = bench.offer(2.0, 4, "100");
    for line in
        ["4 answered by Queue", "4 will be called back", "4 hung up: Callback", "CDR 4 ANSWERED callback"]
    {
        assert!(has(&said, line), "{line}: {said:?}");
    }
    let said = bench.wait(21.0);
    assert!(has(&said, "3 will be called back") && has(&said, "log 3 EXITWITHTIMEOUT 1 1 20"), "{said:?}");
    // Who had waited since 1 s is called before who came at 2 s.
    assert!(has(&bench.hang_up(30.0, 1), "3 is called back"));
    let mut closed = firm(promise, Onward::default());
    let hours = crate::pbx::config::Hours::new(Vec::new(), Instant::FAR_FUTURE);
    closed.opening = Some(Opening { hours, closed: Some(Destination::Queue(0)) });
    let said = crowded(closed).offer(2.0, 4, "100");
    assert!(has(&said, "4 refused 486/17 queue-full"), "the firm never opens: {said:?}");
}

#[test]
fn nobody_there_at_the_door_or_any_more_leads_elsewhere() {
    let absent = Absent { unavailable: true, ..Absent::default() };
    let mut config =
        firm(Onward { empty: Some(Destination::Voicemail), ..Onward::default() }, Onward::default());
    config.queues[0].policy.join_empty = Some(absent);
    config.queues[0].policy.leave_empty = Some(absent);
    let mut bench = crowded(config);
    let gone = Input::AgentReachable { agent: AgentId(0), reachable: false };
    bench.tell(5.0, gone);
    let said = bench.hang_up(6.0, 1);
    assert!(has(&said, "log 3 EXITEMPTY 1 1 5") && has(&said, "3 answered by Voicemail"), "{said:?}");
    let said = bench.offer(7.0, 4, "100");
    assert!(has(&said, "4 answered by Voicemail") && has(&said, &sent("sales", Unkept::Empty)), "{said:?}");
}

#[test]
fn who_goes_round_in_a_circle_is_refused_in_the_end_and_the_circle_is_found() {
    let round = firm(on_full(Destination::Queue(1)), on_full(Destination::Queue(0)));
    let found: Vec<String> = circles(&round).iter().map(ToString::to_string).collect();
    assert!(found.len() == 1 && found[0].contains("sales → support → sales"), "{found:?}");
    let mut bench = crowded(round);
    bench.offer(1.0, 4, "200");
    let said = bench.offer(2.0, 5, "100");
    assert!(has(&said, "5 refused 486/17 queue-full"), "{said:?}");
    let hops = said.iter().filter(|said| said.contains("SentOn")).count();
    assert_eq!(hops, usize::from(SENT_ON_MAX));
    assert_eq!(circles(&firm(on_full(Destination::Queue(1)), on_full(Destination::Voicemail))), []);
    assert_eq!(circles(&firm(on_timeout(Destination::Queue(0)), Onward::default())).len(), 1, "to itself");
}

/// Sales sends on to a menu. Who presses nothing there must not come back; who presses 1 may.
#[test]
fn a_circle_through_a_menu_is_found_where_silence_leads_round() {
    let through = |otherwise: Target| {
        let mut config = firm(on_timeout(Destination::Menu(0)), Onward::default());
        let branch = Branch { self_service: None, target: Target::Queue(0), talk_factor: 1.0 };
        config.menus[0].branches.insert(Key::ONE, branch);
        config.menus[0].otherwise = otherwise;
        circles(&config).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let back = through(Target::Queue(0));
    assert!(back.len() == 1 && back[0].contains("sales → menu main → sales"), "{back:?}");
    assert_eq!(through(Target::Menu(0)), [""; 0], "a menu's own rounds end by themselves");
    assert_eq!(through(Target::Voicemail), [""; 0]);
    assert_eq!(through(Target::Queue(1)), [""; 0], "support keeps or refuses");
    // 900 answers; the number of a queue leads back.
    assert_eq!(through(Target::Extension("900".into())), [""; 0]);
}

/// A leg of a phone that rings in vain for a caller who goes elsewhere is free for the next queue's phone.
#[test]
fn the_leg_of_a_ringing_phone_goes_back_when_its_caller_goes_on() {
    let mut config = firm(on_timeout(Destination::Queue(1)), Onward::default());
    config.legs = Some(Legs { limit: 2, kinds: Vec::new() });
    config.queues[0].ring_timeout = Duration::from_secs(60);
    let mut bench = Bench::new(config);
    assert!(has(&bench.offer(0.0, 1, "100"), "1 offered to 0"));
    let said = bench.wait(20.0);
    assert!(has(&said, "1 withdrawn from 0") && has(&said, "1 offered to 1"), "{said:?}");
    assert_eq!(bench.pbx.legs_peak(), Some(2));
}
