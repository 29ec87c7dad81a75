//! Legs, and calls counted by the second.

use super::*;
use crate::pbx::config::{Algorithm, LegKind, Legs};

/// Two calls late in one second and two early in the next come within a moment: a bucket would refuse the third.
#[test]
fn a_fixed_window_counts_anew_from_every_whole_second() {
    let limit = RateLimit { algorithm: Algorithm::FixedWindow, ..RateLimit::token_bucket(2.0, 2.0) };
    let mut bench = Bench::new(Config { calls_per_second: Some(limit), ..Config::default() });
    let offers =
        [(0.8, true), (0.9, true), (0.95, false), (1.0, true), (1.1, true), (1.9, false), (2.0, true)];
    for (call, (at, admitted)) in offers.into_iter().enumerate() {
        assert_eq!(bench.offer(at, call as u64, "100").len() == 1, admitted, "call {call}");
    }
}

/// As Asterisk's `maxcalls` was measured to do: a queued caller holds one leg and waits for a second.
#[test]
fn a_queued_caller_and_the_agents_phone_are_two_legs() {
    let mut config = centre(2);
    config.legs = Some(Legs { limit: 3, kinds: Vec::new() });
    let mut bench = Bench::new(config);
    assert_eq!(bench.offer(0.0, 1, "100")[2], "1 offered to 0");
    assert_eq!(bench.offer(1.0, 2, "100").len(), 2, "an agent is idle, but the agent's phone has no leg");
    let refused = ["3 refused 503/42 legs-full by legs", "CDR 3 CONGESTION legs-full"];
    assert_eq!(bench.offer(2.0, 3, "100"), refused);
    bench.pick_up(3.0, 0, 1);
    let freed = bench.hang_up(60.0, 1);
    assert_eq!(freed.last().map(String::as_str), Some("2 offered to 1"), "{freed:?}");
    bench.pick_up(61.0, 1, 2);
    assert_eq!(bench.offer(62.0, 4, "100").len(), 2, "a third leg is there for one more caller");
    assert_eq!(
        bench.offer(63.0, 5, "100"),
        ["5 refused 503/42 legs-full by legs", "CDR 5 CONGESTION legs-full"]
    );
}

#[test]
fn a_phone_that_rings_in_vain_gives_its_leg_back() {
    let mut config = centre(1);
    config.legs = Some(Legs { limit: 2, kinds: Vec::new() });
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    assert_eq!(bench.offer(1.0, 2, "100")[0], "2 refused 503/42 legs-full by legs");
    bench.tell(2.0, Input::AgentDeclined { call: CallId(1), agent: AgentId(0) });
    assert_eq!(bench.offer(3.0, 3, "100").last().map(String::as_str), Some("3 rings in sales"));
}

#[test]
fn calls_of_two_legs_take_both_at_the_door_and_give_both_back() {
    let forwarded = LegKind { name: "forwarded".into(), share: 1.0, legs: 2 };
    let legs = Some(Legs { limit: 3, kinds: vec![forwarded] });
    let mut config = Config { legs, ..Config::default() };
    config.refusal.legs = Refusal::status(486, Some(17));
    let mut bench = Bench::new(config);
    assert_eq!(bench.offer(0.0, 1, "100"), ["1 answered by Pbx"]);
    assert_eq!(bench.offer(1.0, 2, "100")[0], "2 refused 486/17 legs-full by legs");
    bench.hang_up(2.0, 1);
    assert_eq!(bench.offer(3.0, 3, "100"), ["3 answered by Pbx"]);
}
