//! A caller with an agent of their own is offered to that agent first, and to everybody at the stated instant.

use super::strategies::{by, hunting, offered};
use super::*;
use crate::outcome::note::{Note, OwnerMet};
use crate::pbx::config::{OwnerFirst, Policy, RetryOf, StrategyKind};

const WAIT: f64 = 12.0;

/// `agents` serve `sales`; the caller with call number n calls from `79n`, and 7 is agent 1's.
fn owned(agents: usize, policy: Policy) -> Config {
    let owner = OwnerFirst {
        wait: Duration::from_secs_f64(WAIT),
        sticky: None,
        numbers: BTreeMap::from([("797".into(), 1), ("798*".into(), 1)]),
        classes: BTreeMap::new(),
    };
    hunting(agents, Policy { owner: Some(owner), ..policy })
}

fn met(said: &[String]) -> Vec<String> {
    said.iter().filter(|said| said.starts_with("sales Owner")).cloned().collect()
}

fn note(met: OwnerMet) -> String {
    format!("sales {:?}", Note::Owner(met))
}

#[test]
fn a_known_caller_reaches_the_owner_first_and_others_whoever_is_next() {
    for strategy in StrategyKind::NAMED.map(|(_, kind)| kind) {
        let mut bench = Bench::new(owned(3, by(strategy)));
        let said = bench.offer(0.0, 7, "100");
        assert_eq!(offered(&said), [1], "{strategy:?}");
        let said = bench.pick_up(3.0, 1, 7);
        assert_eq!(met(&said), [note(OwnerMet::Reached)], "{strategy:?}");
        assert_ne!(offered(&bench.offer(4.0, 1, "100")), [1], "{strategy:?}");
        assert_eq!(bench.pbx.unknown_inputs(), 0);
    }
    let mut plain = Bench::new(hunting(3, Policy::default()));
    assert_eq!(offered(&plain.offer(0.0, 7, "100")), [0], "without the key it is whoever is next");
    let mut bench = Bench::new(owned(3, Policy::default()));
    assert_eq!(offered(&bench.offer(0.0, 8_123, "100")), [1], "by the beginning of the number");
}

/// The owner talks until 100 s: the caller of 5 s waits for them until 17 s and not a nanosecond longer.
#[test]
fn a_busy_owner_is_waited_for_until_the_stated_instant() {
    let mut bench = Bench::new(owned(2, Policy::default()));
    bench.offer(0.0, 7, "100");
    bench.pick_up(0.0, 1, 7);
    assert_eq!(offered(&bench.offer(5.0, 8, "100")), [0_u32; 0], "agent 0 is free, and not asked yet");
    assert_eq!(bench.pbx.next_deadline(), Some(Instant::from_secs_f64(5.0 + WAIT)));
    assert_eq!(offered(&bench.wait(5.0 + WAIT - 1e-9)), [0_u32; 0]);
    assert_eq!(offered(&bench.wait(5.0 + WAIT)), [0]);
    assert_eq!(met(&bench.pick_up(18.0, 0, 8)), [note(OwnerMet::FellBack)]);
}

/// The owner is free again at 10 s. One stands ahead who would take anybody; agent 0 is busy, too.
#[test]
fn an_owner_who_is_free_in_time_takes_the_own_caller_before_those_ahead() {
    let mut bench = Bench::new(owned(2, Policy::default()));
    bench.offer(0.0, 7, "100");
    bench.pick_up(0.0, 1, 7);
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    assert_eq!(offered(&bench.offer(4.0, 2, "100")), [0_u32; 0]);
    assert_eq!(offered(&bench.offer(5.0, 8, "100")), [0_u32; 0]);
    let said = bench.hang_up(10.0, 7);
    assert!(said.contains(&"8 offered to 1".to_owned()), "{said:?}");
    assert_eq!(met(&bench.pick_up(10.0, 1, 8)), [note(OwnerMet::Reached)]);
    let said = bench.hang_up(20.0, 1);
    assert!(said.contains(&"2 offered to 0".to_owned()), "{said:?}");
}

#[test]
fn an_owner_who_does_not_pick_up_or_is_away_costs_no_more_than_the_ringing() {
    for retry in [RetryOf::Agent, RetryOf::Caller] {
        let policy = Policy { retry, ..Policy::default() };
        let mut bench = Bench::new(owned(2, policy.clone()));
        assert_eq!(offered(&bench.offer(0.0, 7, "100")), [1]);
        // The phone rings for 15 s at most, but never past the instant of fallback.
        let said = bench.wait(WAIT);
        assert!(
            said.contains(&"7 withdrawn from 1".to_owned()) && offered(&said) == [0],
            "{retry:?} {said:?}"
        );
        let mut bench = Bench::new(owned(2, policy.clone()));
        bench.offer(0.0, 7, "100");
        let declined = Input::AgentDeclined { call: CallId(7), agent: AgentId(1) };
        assert_eq!(offered(&bench.tell(2.0, declined)), [0], "{retry:?}: at once");
        let mut bench = Bench::new(owned(2, policy));
        bench.tell(0.0, Input::AgentReachable { agent: AgentId(1), reachable: false });
        assert_eq!(offered(&bench.offer(1.0, 7, "100")), [0], "{retry:?}: nobody waits for one who is away");
        let said = bench.pick_up(2.0, 0, 7);
        assert_eq!(met(&said), [note(OwnerMet::FellBack)]);
    }
}

#[test]
fn who_served_a_caller_last_owns_the_caller_for_a_while() {
    let sticky = Some(Duration::from_secs(100));
    let owner = OwnerFirst { wait: Duration::from_secs(10), sticky, ..OwnerFirst::default() };
    let policy = Policy { owner: Some(owner), ..by(StrategyKind::RoundRobin) };
    let mut bench = Bench::new(hunting(3, policy));
    let call = |bench: &mut Bench, at: f64| {
        let (id, name, from) = (CallId(bench.pbx.next_place), Arc::from("again"), Arc::from("7901"));
        let to = Arc::from("100");
        let said =
            bench.tell(at, Input::CallOffered { call: id, name: &name, from: &from, to: &to, class: 0 });
        let agent = offered(&said)[0];
        bench.pick_up(at, agent, id.0);
        bench.hang_up(at + 5.0, id.0);
        agent
    };
    assert_eq!(call(&mut bench, 0.0), 0);
    assert_eq!(call(&mut bench, 100.0), 0, "a hundred seconds later still");
    assert_eq!(call(&mut bench, 200.000_001), 1, "and no later: it is the next one's turn");
    assert_eq!(call(&mut bench, 210.0), 1);
}

#[test]
fn a_full_queue_has_no_place_to_wait_for_somebody_in_particular() {
    let mut config = owned(2, Policy::default());
    config.queues[0].max_length = Some(0);
    let mut bench = Bench::new(config);
    bench.offer(0.0, 7, "100");
    bench.pick_up(0.0, 1, 7);
    assert_eq!(offered(&bench.offer(5.0, 8, "100")), [0], "the owner is busy, agent 0 is asked at once");
}
