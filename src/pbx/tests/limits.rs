//! Legs, parts of the calls, the link, the processor, recordings, and channels that change.

use super::*;
use crate::bandwidth::{Layer, LossRule, Packing};
use crate::pbx::books::CdrRow;
use crate::pbx::config::{Algorithm, Each, LegKind, Legs, Pool, PoolAdmission, PoolCodec};
use crate::pbx::config::{Overload, Processor, Recording, ScopeLimit};
use crate::pbx::routing::NumberSet;

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

#[test]
fn calls_beyond_the_channels_are_billed_up_to_a_bound() {
    let mut bench = Bench::new(Config { channels: Some(1), billed_channels: 1, ..Config::default() });
    bench.offer(0.0, 1, "100");
    assert_eq!(bench.offer(0.0, 2, "100"), ["2 answered by Pbx"]);
    assert!(bench.offer(0.0, 3, "100")[0].ends_with("by channels"));
    for (at, call, billed) in [(60.0, 1, false), (90.0, 2, true)] {
        bench.hang_up(at, call);
        assert_eq!(row(&bench).billed, billed, "call {call}");
    }
}

/// The row of the call that has just ended.
fn row(bench: &Bench) -> &CdrRow {
    let row = bench.actions.iter().find_map(|action| match action {
        Action::CallEnded(row) => Some(row),
        _ => None,
    });
    row.expect("a call ended")
}

fn scope(name: &str, channels: u32) -> ScopeLimit {
    ScopeLimit {
        name: name.into(),
        numbers: NumberSet::default(),
        callers: NumberSet::default(),
        each: None,
        channels: Some(channels),
        calls_per_second: None,
        refusal: None,
    }
}

/// An account of four calls, a trunk of three, two for each number, one for each caller of one profile.
#[test]
fn the_first_scope_that_is_exceeded_refuses_and_is_named() {
    let scopes = vec![
        scope("account", 4),
        ScopeLimit { numbers: NumberSet::new(["7495*"]), ..scope("trunk", 3) },
        ScopeLimit {
            each: Some(Each::Number),
            refusal: Some(Refusal::status(403, None)),
            ..scope("number", 2)
        },
        ScopeLimit { callers: NumberSet::new(["791"]), each: Some(Each::Caller), ..scope("profile", 1) },
    ];
    let mut bench = Bench::new(Config { scopes, ..Config::default() });
    let mut offer = |call, to| bench.offer(0.0, call, to)[0].clone();
    assert_eq!(offer(1, "74951"), "1 answered by Pbx");
    assert_eq!(offer(2, "74951"), "2 answered by Pbx");
    assert_eq!(offer(3, "74951"), "3 refused 403/0 trunk-full by channels of number");
    assert_eq!(offer(4, "74952"), "4 answered by Pbx");
    assert_eq!(offer(5, "74953"), "5 refused 503/34 trunk-full by channels of trunk");
    assert_eq!(offer(6, "100"), "6 answered by Pbx");
    assert_eq!(offer(7, "100"), "7 refused 503/34 trunk-full by channels of account");
    assert_eq!(row(&bench).scope.as_deref(), Some("account"));
    bench.hang_up(1.0, 4);
    // Caller 791 has a call already (the first); everybody else is free.
    assert_eq!(bench.offer(2.0, 1_000, "200"), ["1000 answered by Pbx"]);
    bench.hang_up(2.5, 1_000);
    let [name, from, to] = ["8", "791", "300"].map(Arc::<str>::from);
    let again = Input::CallOffered { call: CallId(8), name: &name, from: &from, to: &to, class: 0 };
    assert_eq!(bench.tell(3.0, again)[0], "8 refused 503/34 trunk-full by channels of profile");
    bench.hang_up(4.0, 1);
    assert_eq!(bench.offer(5.0, 9, "74951"), ["9 answered by Pbx"], "every counter came down");
}

fn pool(kilobits: u64, admission: PoolAdmission) -> Pool {
    let codec = |name: &str, numbers: &[&str], bits_per_second| PoolCodec {
        name: name.into(),
        numbers: NumberSet::new(numbers.iter().copied()),
        share: 1.0,
        bits_per_second,
    };
    Pool {
        up: kilobits * 1_000,
        down: 2_000 * kilobits,
        codecs: vec![codec("G729", &["9*"], 31_200), codec("PCMA", &[], 87_200)],
        packing: Packing { layer: Layer::Ethernet, ipv6: false, srtp: false },
        admission,
    }
}

/// 262 kbit/s are three calls of 87.2, or two and two of 31.2.
#[test]
fn a_link_refuses_what_does_not_fit_by_codec() {
    let mut bench =
        Bench::new(Config { bandwidth: Some(pool(262, PoolAdmission::Refuse)), ..Config::default() });
    for call in 1..=3 {
        assert_eq!(bench.offer(0.0, call, "100").len(), 1);
    }
    let refused = ["4 refused 503/47 link-full by bandwidth", "CDR 4 CONGESTION link-full"];
    assert_eq!(bench.offer(1.0, 4, "100"), refused);
    assert_eq!(bench.offer(1.0, 5, "911")[0], "5 refused 503/47 link-full by bandwidth");
    bench.hang_up(2.0, 1);
    assert_eq!(bench.offer(2.0, 6, "911").len() + bench.offer(2.0, 7, "922").len(), 2);
    assert!(bench.offer(3.0, 8, "933")[0].contains("link-full"));
}

/// Three calls want 261.6 of 240 kbit/s: 8.3 % of all packets are lost. Ten seconds of that end all three; who came
/// later has as long.
#[test]
fn without_admission_control_all_lose_packets_and_after_a_while_the_call() {
    let lost = LossRule { above: 0.05, lasting: Duration::from_secs(10) };
    let none = PoolAdmission::None { buffer: Duration::ZERO, lost };
    let mut bench = Bench::new(Config { bandwidth: Some(pool(240, none)), ..Config::default() });
    bench.offer(0.0, 1, "100");
    bench.offer(1.0, 2, "100");
    assert!(!bench.pbx.is_link_overloaded());
    bench.offer(5.0, 3, "100");
    assert!(bench.pbx.is_link_overloaded());
    assert!(bench.wait(9.0).is_empty());
    // The fourth goes before its ten seconds, and with it nothing changes for the others.
    bench.offer(9.0, 4, "911");
    bench.hang_up(14.0, 4);
    assert_eq!(bench.wait(15.0), ["1 lost its sound", "2 lost its sound", "3 lost its sound"]);
    bench.hang_up(15.0, 1);
    assert!(!bench.pbx.is_link_overloaded(), "two calls fit");
    assert!(bench.wait(60.0).is_empty(), "each is told once");
    // A short overload harms nobody.
    bench.offer(70.0, 5, "100");
    bench.hang_up(79.0, 5);
    assert!(bench.wait(200.0).is_empty());
}

fn processor(overload: Overload) -> Processor {
    Processor {
        calls_per_second: 10.0,
        concurrent_calls: 100.0,
        recordings: 50.0,
        refusal_cost: 0.0,
        limit: 1.0,
        resume: 1.0,
        sampled: Duration::from_secs(1),
        overload,
    }
}

/// Twelve set-ups in a second are a load of 1.2 and some: the next second takes none, the one after it does.
#[test]
fn a_processor_looks_once_a_second_and_then_refuses_for_a_second() {
    let config = Config { processor: Some(processor(Overload::Refuse)), ..Config::default() };
    let mut bench = Bench::new(config);
    for call in 0..12_u32 {
        assert_eq!(bench.offer(0.05 * f64::from(call), u64::from(call), "100").len(), 1);
    }
    let refused = ["20 refused 503/42 overloaded by processor", "CDR 20 CONGESTION overloaded"];
    assert_eq!(bench.offer(1.0, 20, "100"), refused);
    assert_eq!(bench.offer(1.9, 21, "100").len(), 2);
    assert_eq!(bench.offer(2.0, 22, "100").len(), 1);
}

/// 95 calls and five recordings load it to 1.05; only below 0.9 it takes calls again.
#[test]
fn hysteresis_keeps_a_processor_closed_until_the_load_has_fallen() {
    let mut config = Config { processor: Some(processor(Overload::Refuse)), ..Config::default() };
    config.processor.as_mut().unwrap().resume = 0.9;
    config.recording = Some(Recording { share: 1.0, bytes_per_second: 8_000, uploaded: false });
    let mut bench = Bench::new(config);
    // Each call is 1/100 and its recording 1/50: the 34th makes 1.02.
    for call in 0..34_u32 {
        assert_eq!(bench.offer(2.0 * f64::from(call), u64::from(call), "100").len(), 1, "call {call}");
    }
    assert!(bench.offer(68.0, 34, "100")[0].contains("overloaded"));
    bench.hang_up(69.0, 0);
    assert!(bench.offer(71.0, 35, "100")[0].contains("overloaded"), "0.99 is not below 0.9");
    for call in 1..=3 {
        bench.hang_up(72.0, call);
    }
    assert_eq!(bench.offer(74.0, 36, "100").len(), 1);
    assert_eq!(bench.hang_up(104.5, 36), ["CDR 36 ANSWERED answered"]);
    assert_eq!(row(&bench).recorded_bytes, Some(244_000), "30.5 s of 8000 bytes");
}

/// Deterministic set-ups behind Poisson arrivals: the mean wait is that of M/D/1 (Pollaczek and Khinchine).
#[test]
fn a_slow_processor_delays_as_a_queue_of_one_server() {
    let slow = Processor {
        concurrent_calls: f64::INFINITY,
        ..processor(Overload::SlowDown { max_delay: Duration::from_secs(60) })
    };
    let mut pbx = Pbx::new(Config { processor: Some(slow), ..Config::default() }, Seed(1));
    let mut arrivals = Seed(7).stream(crate::random::Purpose::Arrivals, 0);
    let (mut at, mut waited, calls) = (0.0, 0.0, 40_000_u32);
    let mut actions = Vec::new();
    let mut offered = BTreeMap::new();
    let nobody = Arc::from("");
    for call in 0..calls {
        at -= libm::log(1.0 - arrivals.unit()) / 8.0;
        let now = Instant::from_secs_f64(at);
        while let Some(due) = pbx.next_deadline().filter(|due| *due <= now) {
            pbx.handle(due, Input::DeadlineReached, &mut actions);
            for action in actions.drain(..) {
                let Action::Answer { call, .. } = action else { panic!("a set-up: {action:?}") };
                let since: Instant = offered.remove(&call).unwrap();
                waited += (due - since).as_secs_f64();
                pbx.handle(due, Input::CallerHungUp { call }, &mut Vec::new());
            }
        }
        offered.insert(CallId(u64::from(call)), now);
        let (name, from, to) = (&nobody, &nobody, &nobody);
        pbx.handle(
            now,
            Input::CallOffered { call: CallId(u64::from(call)), name, from, to, class: 0 },
            &mut actions,
        );
    }
    // ρ = 0.8, s = 0.1 s: s + ρ s ⁄ 2 (1 − ρ).
    let mean = waited / f64::from(calls - u32::try_from(offered.len()).unwrap());
    assert!((mean / 0.3 - 1.0).abs() < 0.05, "{mean}");
}

/// Raising the channels during a run lets calls in from then on; lowering them hurts nobody.
#[test]
fn channels_change_while_calls_go_on_and_no_call_is_harmed() {
    let channel_changes = [(2.0, 3), (3.0, 1), (6.0, 2)];
    let channel_changes = channel_changes.map(|(at, limit)| (Instant::from_secs_f64(at), limit)).into();
    let mut bench = Bench::new(Config { channels: Some(1), channel_changes, ..Config::default() });
    bench.offer(0.0, 1, "100");
    assert!(bench.offer(1.9, 2, "100")[0].ends_with("by channels"));
    assert_eq!(bench.offer(2.0, 3, "100").len() + bench.offer(2.0, 4, "100").len(), 2);
    bench.wait(3.0);
    assert_eq!(bench.pbx.circuits_in_use(), 3);
    bench.hang_up(4.0, 1);
    bench.hang_up(4.0, 3);
    assert!(bench.offer(5.0, 5, "100")[0].ends_with("by channels"), "one call is in");
    assert_eq!(bench.offer(6.0, 6, "100").len(), 1);
    assert!(bench.offer(6.0, 7, "100")[0].ends_with("by channels"), "two calls are in");
}
