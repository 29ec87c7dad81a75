//! Queues that pass callers on to a contractor's, and take them back.

use super::strategies::{hunting, offered};
use super::*;
use crate::outcome::note::{Contracted, Flow, Note};
use crate::pbx::config::{Outsourced, Overflow, Policy};
use crate::units::Money;

/// Agent 0 is the firm's own; agent 1 is the contractor's, whose queue hands back after 40 s.
fn firm(overflow: Overflow) -> Config {
    let mut config = hunting(2, Policy { overflow: Some(overflow), ..Policy::default() });
    config.queues[0].agents = vec![0];
    let price = |amount: i64| Money { amount: amount.into(), currency: "RUB".to_owned() };
    let contract = Outsourced {
        price_per_minute: price(12),
        price_per_call: price(3),
        increment: Duration::from_secs(60),
        promised: 0.8,
        threshold: Duration::from_secs(10),
        hand_back: Some(Duration::from_secs(40)),
    };
    let mut contractor = config.queues[0].clone();
    contractor.name = "contractor".into();
    contractor.numbers = vec!["900".into()];
    contractor.agents = vec![1];
    contractor.policy = Policy { outsourced: Some(contract), ..Policy::default() };
    config.queues.push(contractor);
    config
}

const fn overflow() -> Overflow {
    Overflow { to: 1, after: Some(Duration::from_secs(30)), at_length: None }
}

fn notes(said: &[String]) -> Vec<&str> {
    said.iter()
        .filter(|said| said.contains("Flow(") || said.contains("Contractor("))
        .map(String::as_str)
        .collect()
}

fn flow(queue: &str, flow: Flow) -> String {
    format!("{queue} {:?}", Note::Flow(flow))
}

fn work(work: Contracted) -> String {
    format!("contractor {:?}", Note::Contractor(work))
}

/// The own agent talks from 0 s on.
fn busy(config: Config) -> Bench {
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench
}

#[test]
fn who_has_waited_long_enough_is_passed_on_at_that_instant() {
    let mut bench = busy(firm(overflow()));
    let said = bench.offer(5.0, 2, "100");
    assert_eq!(notes(&said), [flow("sales", Flow::Entered)]);
    assert_eq!(bench.pbx.next_deadline(), Some(Instant::from_secs_f64(35.0)));
    assert_eq!(offered(&bench.wait(35.0 - 1e-9)), [0_u32; 0]);
    let said = bench.wait(35.0);
    assert_eq!(offered(&said), [1]);
    assert!(said.contains(&"log 2 EXITWITHTIMEOUT 1 1 30".to_owned()), "{said:?}");
    assert!(
        said.contains(&"2 rings in contractor".to_owned()) && said.contains(&"log 2 ENTERQUEUE 1".to_owned())
    );
    let said = bench.pick_up(45.0, 1, 2);
    assert_eq!(
        notes(&said),
        [flow("sales", Flow::Outsourced), work(Contracted::Answered { in_time: true })],
        "ten seconds are in time"
    );
    // 60.001 s of talk are two begun minutes.
    let said = bench.hang_up(105.001, 2);
    assert_eq!(notes(&said), [work(Contracted::Charged { steps: 2 })]);
    assert_eq!(notes(&bench.hang_up(106.0, 1)), [""; 0], "the own agent's talk costs nothing");
    let mut without = busy(firm(Overflow { after: None, ..overflow() }));
    without.offer(5.0, 2, "100");
    assert_eq!(without.pbx.next_deadline(), None, "without `after` nobody is passed on for waiting");
}

#[test]
fn who_finds_the_queue_too_long_or_full_is_passed_on_at_the_door() {
    let mut bench = busy(firm(Overflow { after: None, at_length: Some(1), ..overflow() }));
    assert_eq!(offered(&bench.offer(1.0, 2, "100")), [0_u32; 0]);
    let said = bench.offer(2.0, 3, "100");
    assert_eq!(offered(&said), [1]);
    assert_eq!(notes(&said), [flow("sales", Flow::Entered), work(Contracted::Offered)]);
    let mut full = firm(Overflow { after: None, ..overflow() });
    full.queues[0].max_length = Some(1);
    full.queues[1].max_length = Some(0);
    let mut bench = busy(full);
    bench.offer(1.0, 2, "100");
    assert_eq!(offered(&bench.offer(2.0, 3, "100")), [1]);
    bench.pick_up(2.0, 1, 3);
    let said = bench.offer(3.0, 4, "100");
    assert!(
        said.contains(&"4 refused 486/17 queue-full".to_owned()),
        "the contractor is full, too: {said:?}"
    );
    assert_eq!(notes(&said), [flow("sales", Flow::Entered), flow("sales", Flow::Lost)]);
}

#[test]
fn who_is_put_out_after_the_longest_wait_goes_to_the_contractor_if_there_is_room() {
    let mut config = firm(Overflow { after: None, ..overflow() });
    config.queues[0].max_wait = Some(Duration::from_secs(20));
    let mut bench = busy(config.clone());
    bench.offer(1.0, 2, "100");
    assert_eq!(offered(&bench.wait(21.0)), [1]);
    config.queues[1].max_length = Some(0);
    let mut bench = busy(config);
    bench.offer(0.0, 2, "900");
    bench.pick_up(0.0, 1, 2);
    bench.offer(1.0, 3, "100");
    let said = bench.wait(21.0);
    assert!(said.contains(&"3 refused 480/19 queue-timeout".to_owned()), "{said:?}");
    assert_eq!(notes(&said), [flow("sales", Flow::Lost)]);
}

/// The contractor's agent is busy: who is passed on at 31 s comes back at 71 s, ahead of one who came at 50 s, and is
/// passed on no more.
#[test]
fn who_is_not_taken_in_time_comes_back_to_the_old_place_and_stays() {
    let mut bench = busy(firm(overflow()));
    let said = bench.offer(0.0, 2, "900");
    assert_eq!(notes(&said), [flow("contractor", Flow::Entered), work(Contracted::Offered)]);
    let said = bench.pick_up(0.0, 1, 2);
    assert_eq!(
        notes(&said)[0],
        flow("contractor", Flow::Outsourced),
        "who dialled the contractor's own number"
    );
    bench.offer(1.0, 3, "100");
    bench.wait(31.0);
    bench.offer(50.0, 4, "100");
    let said = bench.wait(71.0);
    assert_eq!(notes(&said), [work(Contracted::HandedBack)]);
    assert!(said.contains(&"log 3 ENTERQUEUE 1".to_owned()), "ahead of 4: {said:?}");
    let said = bench.wait(80.0);
    assert!(said.contains(&"4 rings in contractor".to_owned()), "4 is passed on in turn: {said:?}");
    let said = bench.wait(200.0);
    assert_eq!(
        notes(&said),
        [work(Contracted::HandedBack)],
        "4 comes back at 120 s, and 3 is passed on no more"
    );
    assert_eq!(offered(&bench.hang_up(201.0, 1)), [0]);
    let said = bench.pick_up(201.0, 0, 3);
    assert_eq!(notes(&said), [flow("sales", Flow::Own)]);
    let said = bench.hang_up(210.0, 4);
    assert_eq!(notes(&said), [flow("sales", Flow::Lost)]);
    assert_eq!(bench.pbx.unknown_inputs(), 0);
}

/// The leg of a phone that rings in vain for a caller who is passed on is free for the contractor's.
#[test]
fn the_leg_of_a_ringing_phone_goes_back_when_its_caller_is_passed_on() {
    let mut config = firm(overflow());
    config.legs = Some(crate::pbx::config::Legs { limit: 2, kinds: Vec::new() });
    config.queues[0].ring_timeout = Duration::from_secs(60);
    let mut bench = Bench::new(config);
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0]);
    assert_eq!(offered(&bench.wait(30.0)), [1]);
}
