//! Damaged datagrams while calls are going on: nothing panics, every table stays within its capacity, nothing is held when
//! the storm is over, and who was not hit talks on.
//!
//! `BUSYHOUR_MUTATIONS` sets how many datagrams are tried (default 50 000); seeds are fixed, so a failure comes again.

use std::env;

use super::ladders::queue;
use super::virtual_wire::{CALLERS, PBX, Setup, VirtualWire, address, at, plan};
use crate::endpoint::caller;
use crate::endpoint::caller::StopReason;
use crate::endpoint::pbx;
use crate::outcome::CompletedBy;
use crate::outcome::Outcome;
use crate::pbx::config::QueueAnswer;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use mutator::Mutator;

#[path = "../../../tests/support/mutator.rs"]
mod mutator;

/// Virtual time between two damaged datagrams.
const PAUSE_S: f64 = 0.002;

fn mutations() -> u32 {
    env::var("BUSYHOUR_MUTATIONS").map_or(50_000, |text| text.parse().expect("a number"))
}

/// Calls of every kind: answered by the PBX, by agents, busy, abandoned.
fn setup(run_tag: &'static str, transactions: usize, pbx_capacity: usize) -> Setup {
    let mut config = queue(QueueAnswer::OnEntry, 2, Some(10));
    let answers =
        crate::pbx::config::Extension::Answer { answer_delay: Distribution::Exponential { mean: 1.0 } };
    config.extensions.insert("200".into(), answers);
    config.extensions.insert("486".into(), crate::pbx::config::Extension::Busy);
    Setup { run_tag, transactions, pbx_transactions: transactions, pbx_capacity, ..Setup::of(config) }
}

/// What passes between callers and PBX when all is well.
fn corpus() -> Vec<Vec<u8>> {
    let mut wire = setup("old", 1_000, 100).wire();
    for (index, to) in (0..24).zip(["100", "200", "486", "100"].into_iter().cycle()) {
        let patience = if index % 3 == 0 { Some(2.0) } else { None };
        wire.call(plan(index, 1.0 + 0.7 * f64::from(index), to, 3.0, patience));
    }
    wire.run();
    wire.assert_settled();
    wire.sent.into_iter().map(|sent| sent.bytes).collect()
}

fn strike(wire: &mut VirtualWire, mutator: &mut Mutator, bytes: &[u8]) {
    if mutator.draws.chance(0.5) {
        wire.tell_pbx(pbx::Input::Datagram { source: address(CALLERS).into(), bytes });
    } else {
        wire.tell_callers(caller::Input::Datagram { source: address(PBX).into(), bytes });
    }
    // What is said to strangers goes nowhere; only the wire's own traffic counts.
    wire.sent.clear();
}

#[test]
fn healthy_calls_complete_amid_a_storm_of_damaged_datagrams() {
    let mut wire = setup("new", 20_000, 10_000).wire();
    let mut mutator = Mutator { draws: Seed(4475).stream(Purpose::Network, 1), corpus: corpus() };
    let rounds = mutations() / 2;
    // The last ones end before the storm does.
    let calls = (rounds / 250).saturating_sub(20);
    (0..calls).for_each(|index| wire.call(plan(index, 0.5 * f64::from(index), "200", 3.0, None)));
    for round in 0..rounds {
        wire.run_to(at(f64::from(round) * PAUSE_S));
        let bytes = mutator.damaged();
        strike(&mut wire, &mut mutator, &bytes);
        assert!(wire.pbx.calls_in_progress() <= 10_000 && wire.pbx.transactions() <= 20_000);
        wire.cdr.clear();
        wire.queue_log.clear();
    }
    wire.tell_pbx(pbx::Input::ShutDown);
    wire.run();
    wire.assert_callers_settled();
    let completed = Outcome::Completed(CompletedBy::Pbx);
    let hurt: Vec<_> = wire.records.iter().filter(|record| record.outcome != completed).collect();
    assert!(hurt.is_empty(), "{} of {calls} healthy calls were hurt, first {:?}", hurt.len(), hurt[0]);
    assert_eq!((wire.pbx.calls_in_progress(), wire.pbx.transactions()), (0, 0));
    println!("{rounds} damaged datagrams, {calls} healthy calls, {:?}", wire.pbx.counters());
    assert!(
        wire.pbx.counters().refused_requests > u64::from(rounds) / 1_000,
        "mutations that reach nothing prove little"
    );
}

/// The calls' own messages damaged and delivered again, to tables that are far too small.
#[test]
fn calls_whose_own_messages_are_damaged_end_once_and_small_tables_stay_small() {
    let (transactions, calls_max) = (64, 8);
    let mut wire = setup("own", transactions, calls_max).wire();
    let mut mutator = Mutator { draws: Seed(4476).stream(Purpose::Network, 2), corpus: corpus() };
    let rounds = mutations() / 2;
    for round in 0..rounds {
        wire.run_to(at(f64::from(round) * PAUSE_S));
        if round % 500 == 0 {
            let to = if mutator.draws.chance(0.5) { "100" } else { "200" };
            wire.call(plan(round, f64::from(round) * PAUSE_S, to, 3.0, Some(20.0)));
        }
        // The latest of the calls' own messages join the corpus.
        for sent in std::mem::take(&mut wire.sent) {
            let place = mutator.below(mutator.corpus.len());
            mutator.corpus[place] = sent.bytes;
        }
        let bytes = mutator.damaged();
        strike(&mut wire, &mut mutator, &bytes);
        assert!(wire.pbx.calls_in_progress() <= calls_max);
        assert!(wire.pbx.transactions() <= transactions && wire.callers.transactions() <= transactions);
        wire.cdr.clear();
        wire.queue_log.clear();
    }
    wire.stop(StopReason::Interrupted);
    wire.run_to(at(f64::from(rounds) * PAUSE_S + 100.0));
    wire.tell_callers(caller::Input::Forget);
    wire.tell_pbx(pbx::Input::ShutDown);
    wire.run();
    wire.assert_callers_settled();
    assert_eq!((wire.pbx.calls_in_progress(), wire.pbx.transactions()), (0, 0));
    let outcomes: std::collections::BTreeSet<_> =
        wire.records.iter().map(|record| record.outcome.name()).collect();
    println!("{rounds} damaged datagrams, {} calls, {outcomes:?}", wire.records.len());
    assert!(outcomes.len() >= 4, "a storm that changes nothing proves little: {outcomes:?}");
}
