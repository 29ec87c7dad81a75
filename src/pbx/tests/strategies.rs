//! Each strategy from its exact definition.

use super::*;
use crate::pbx::config::{Policy, RetryOf, StrategyKind};

/// `agents` without wrap-up serve one queue by `policy`; phones ring for 15 s, pauses last 5 s.
pub(super) fn hunting(agents: usize, policy: Policy) -> Config {
    let mut config = centre(agents);
    config.agents.iter_mut().for_each(|agent| agent.wrap_up = constant(0.0));
    config.queues[0].policy = policy;
    config
}

pub(super) fn by(strategy: StrategyKind) -> Policy {
    Policy { strategy, ..Policy::default() }
}

/// The same with these penalties, in the order of the list.
pub(super) fn tiers(penalties: &[u32], policy: Policy) -> Config {
    let mut config = hunting(penalties.len(), policy);
    for (agent, penalty) in config.agents.iter_mut().zip(penalties) {
        agent.qualification.penalty = *penalty;
    }
    config
}

/// The agents offered, in order.
pub(super) fn offered(said: &[String]) -> Vec<u32> {
    said.iter().filter_map(|said| said.split_once(" offered to ")?.1.parse().ok()).collect()
}

/// Calls come one after the other, each picked up at once and over before the next: who has them?
fn one_after_the_other(config: Config, calls: u64) -> Vec<u32> {
    let mut bench = Bench::new(config);
    let mut takers = Vec::new();
    for call in 0..calls {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand calls")]
        let at = 10.0 * call as f64;
        let agents = offered(&bench.offer(at, call, "100"));
        assert_eq!(agents.len(), 1, "one phone rings");
        bench.pick_up(at, agents[0], call);
        bench.hang_up(at + 5.0, call);
        takers.push(agents[0]);
    }
    takers
}

#[test]
fn round_robin_goes_round_whatever_the_calls_last() {
    let takers = one_after_the_other(hunting(3, by(StrategyKind::RoundRobin)), 7);
    assert_eq!(takers, [0, 1, 2, 0, 1, 2, 0]);
}

/// Offers of random calls to agents of whom some are busy: (time, agent, who was free), then the property.
fn offers_of_a_busy_hour(config: Config, calls: &[(u32, u32)]) -> Vec<(u32, Vec<u32>)> {
    let agents = u32::try_from(config.agents.len()).unwrap();
    let mut bench = Bench::new(config);
    let mut busy: BTreeMap<u32, (u64, f64)> = BTreeMap::new();
    let mut offers = Vec::new();
    let mut now = 0.0;
    for (call, (after, lasts)) in (0_u64..).zip(calls) {
        now += f64::from(*after);
        let over: Vec<u32> =
            busy.iter().filter(|(_, (_, end))| *end <= now).map(|(agent, _)| *agent).collect();
        for agent in over {
            let (call, _) = busy.remove(&agent).unwrap();
            bench.hang_up(now, call);
        }
        if busy.len() == agents as usize {
            continue;
        }
        let free: Vec<u32> = (0..agents).filter(|agent| !busy.contains_key(agent)).collect();
        let agent = offered(&bench.offer(now, call, "100"))[0];
        bench.pick_up(now, agent, call);
        busy.insert(agent, (call, now + f64::from(*lasts)));
        offers.push((agent, free));
    }
    offers
}

proptest! {
    #[test]
    fn between_two_offers_to_one_free_agent_every_other_free_agent_was_offered_exactly_once(
        calls in prop::collection::vec((1..10_u32, 1..40_u32), 1..80),
    ) {
        let offers = offers_of_a_busy_hour(hunting(4, by(StrategyKind::RoundRobin)), &calls);
        for (first, (agent, _)) in offers.iter().enumerate() {
            let Some(second) = (first + 1..offers.len()).find(|at| offers[*at].0 == *agent) else { continue };
            let between = &offers[first + 1..second];
            for other in (0..4).filter(|other| other != agent) {
                let to_other = || between.iter().filter(|(offered, _)| *offered == other);
                let once_free = to_other().filter(|(_, free)| free.contains(agent)).count();
                prop_assert!(once_free <= 1, "{other} twice while {agent} was free");
                let always_free = offers[first..=second].iter().all(|(_, free)| free.contains(&other));
                prop_assert!(!always_free || to_other().count() >= 1, "{other} was free and passed over");
            }
        }
    }

    #[test]
    fn no_prefix_gives_anybody_a_whole_call_too_many(
        weights in prop::collection::vec(1..100_u32, 1..8),
        calls in 1..300_u64,
    ) {
        let total: u32 = weights.iter().sum();
        let mut config = hunting(weights.len(), by(StrategyKind::Percent { random: false }));
        let shares: Vec<f64> = weights.iter().map(|weight| f64::from(*weight) / f64::from(total)).collect();
        for (agent, share) in config.agents.iter_mut().zip(&shares) {
            agent.qualification.share = Some(*share);
        }
        let mut counts = vec![0.0; shares.len()];
        for (n, agent) in (1..).zip(one_after_the_other(config, calls)) {
            counts[agent as usize] += 1.0;
            for (count, share) in counts.iter().zip(&shares) {
                prop_assert!(count - share * f64::from(n) < 1.0 - 1e-9, "after {n} calls");
            }
        }
    }
}

#[test]
fn percentages_in_random_mode_are_kept_in_the_long_run_and_missing_ones_share_the_rest() {
    let mut config = hunting(3, by(StrategyKind::Percent { random: true }));
    config.agents[0].qualification.share = Some(0.5);
    let takers = one_after_the_other(config, 4_000);
    let count =
        |agent| f64::from(u32::try_from(takers.iter().filter(|taker| **taker == agent).count()).unwrap());
    let chi: f64 = [(0, 2_000.0), (1, 1_000.0), (2, 1_000.0)]
        .map(|(agent, n)| (count(agent) - n).powi(2) / n)
        .iter()
        .sum();
    // The 99.9 % quantile with 2 degrees of freedom.
    assert!(chi < 13.8, "{chi}");
}

#[test]
fn a_sequential_caller_starts_at_the_top_and_goes_on_where_a_phone_rang_in_vain() {
    let takers = one_after_the_other(hunting(3, by(StrategyKind::Sequential)), 4);
    assert_eq!(takers, [0, 0, 0, 0]);
    let policy = Policy { retry: RetryOf::Caller, ..by(StrategyKind::Sequential) };
    let mut bench = Bench::new(hunting(3, policy));
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0]);
    assert_eq!(offered(&bench.offer(1.0, 2, "100")), [1], "from the top, past the ringing one");
    bench.pick_up(2.0, 1, 2);
    // 15 s of ringing, 5 s of rest: agent 1 is busy, agent 2 is next.
    assert_eq!(bench.wait(19.9), ["1 withdrawn from 0", "log 1 RINGNOANSWER 15"]);
    assert_eq!(offered(&bench.wait(20.0)), [2]);
    assert_eq!(offered(&bench.wait(40.0)), [0], "and over to the top");
}

#[test]
fn least_recent_counts_ended_calls_and_no_phones_in_vain() {
    let policy = Policy { retry: RetryOf::Caller, ..by(StrategyKind::LeastRecent) };
    let mut bench = Bench::new(hunting(3, policy));
    // Agent 0 lets the phone ring, and is offered the next call all the same: nobody had one.
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0]);
    assert_eq!(offered(&bench.wait(20.0)), [0]);
    bench.pick_up(20.0, 0, 1);
    assert_eq!(offered(&bench.offer(21.0, 2, "100")), [1]);
    bench.pick_up(21.0, 1, 2);
    bench.hang_up(30.0, 2);
    bench.hang_up(31.0, 1);
    assert_eq!(offered(&bench.offer(40.0, 3, "100")), [2], "who never had a call");
    assert_eq!(offered(&bench.offer(41.0, 4, "100")), [1], "whose call ended at 30 s");
    assert_eq!(offered(&bench.offer(42.0, 5, "100")), [0]);
}

#[test]
fn fewest_calls_and_least_talk_time_count_what_is_over() {
    let talks = |strategy| {
        let mut bench = Bench::new(hunting(2, by(strategy)));
        for (call, lasts) in [(1, 100.0), (2, 1.0), (3, 1.0)] {
            let at = 200.0 * f64::from(u32::try_from(call).unwrap());
            let agent = offered(&bench.offer(at, call, "100"))[0];
            bench.pick_up(at, agent, call);
            bench.hang_up(at + lasts, call);
        }
        offered(&bench.offer(1_000.0, 4, "100"))[0]
    };
    // Calls: 0 has two, 1 has one. Talk: 0 has 100 s, 1 has 2 s.
    assert_eq!(talks(StrategyKind::FewestCalls), 1);
    assert_eq!(one_after_the_other(hunting(3, by(StrategyKind::FewestCalls)), 6), [0, 1, 2, 0, 1, 2]);
    assert_eq!(talks(StrategyKind::LeastTalkTime), 1);
    let mut bench = Bench::new(hunting(2, by(StrategyKind::LeastTalkTime)));
    for (call, lasts, agent) in
        [(1, 100.0, 0), (2, 30.0, 1), (3, 30.0, 1), (4, 30.0, 1), (5, 30.0, 1), (6, 1.0, 0)]
    {
        let at = 200.0 * f64::from(u32::try_from(call).unwrap());
        assert_eq!(offered(&bench.offer(at, call, "100")), [agent], "call {call}");
        bench.pick_up(at, agent, call);
        bench.hang_up(at + lasts, call);
    }
}

#[test]
fn random_is_even_and_weighted_random_is_asterisks_race_of_two_draws() {
    let takers = one_after_the_other(hunting(4, by(StrategyKind::Random)), 4_000);
    let count = |takers: &[u32], agent| {
        f64::from(u32::try_from(takers.iter().filter(|taker| **taker == agent).count()).unwrap())
    };
    let chi: f64 = (0..4).map(|agent| (count(&takers, agent) - 1_000.0).powi(2) / 1_000.0).sum();
    assert!(chi < 16.3, "99.9 % of 3 degrees of freedom: {chi}");
    // Numbers below 1000 and below 2000: P(first is lowest) = 1/2 · 1/2 + 1/2 = 3/4, and a draw below 1000 ties with
    // another in one of 2000 cases, for the first of the list.
    let takers = one_after_the_other(tiers(&[0, 1], by(StrategyKind::WeightedRandom)), 8_000);
    let share = count(&takers, 0) / 8_000.0;
    let sigma = (0.75_f64 * 0.25 / 8_000.0).sqrt();
    assert!((share - 0.750_25).abs() < 4.0 * sigma, "{share}");
}

#[test]
fn no_agent_of_a_lower_tier_is_offered_while_one_of_a_better_tier_is_free() {
    let mut bench = Bench::new(tiers(&[1, 0, 2, 0], by(StrategyKind::SkillPriority)));
    let order: Vec<u32> = (1..=4).flat_map(|call| offered(&bench.offer(1.0, call, "100"))).collect();
    assert_eq!(order, [1, 3, 0, 2]);
    for strategy in [
        StrategyKind::RoundRobin,
        StrategyKind::RrMemory,
        StrategyKind::Sequential,
        StrategyKind::LeastRecent,
        StrategyKind::FewestCalls,
        StrategyKind::Random,
        StrategyKind::LongestIdle,
        StrategyKind::LeastTalkTime,
    ] {
        let mut bench = Bench::new(tiers(&[1, 0, 2, 0], by(strategy)));
        let order: Vec<u32> = (1..=4).flat_map(|call| offered(&bench.offer(1.0, call, "100"))).collect();
        assert!(
            order[..2].contains(&1) && order[..2].contains(&3) && order[2..] == [0, 2],
            "{strategy:?}: {order:?}"
        );
    }
}

#[test]
fn ring_all_rings_everyone_and_the_first_to_pick_up_has_the_call() {
    let mut bench = Bench::new(hunting(3, by(StrategyKind::RingAll)));
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0, 1, 2]);
    assert_eq!(offered(&bench.offer(1.0, 2, "100")), [0_u32; 0]);
    let picked_up = [
        "1 answered by agent-1",
        "1 connected to agent-1",
        "log 1 CONNECT 3 3",
        "1 withdrawn from 0",
        "1 withdrawn from 2",
        "2 offered to 0",
        "2 offered to 2",
    ];
    assert_eq!(bench.pick_up(3.0, 1, 1), picked_up);
    assert_eq!(bench.pick_up(3.1, 2, 1), [""; 0], "too late");
    // All phones ring out together: one line of the log each, then a new round after the pause.
    assert_eq!(bench.wait(18.0).iter().filter(|said| said.contains("RINGNOANSWER")).count(), 2);
    assert_eq!(offered(&bench.wait(23.0)), [0, 2]);
}

#[test]
fn ring_all_takes_a_leg_for_every_phone_and_one_for_the_caller() {
    let mut config = hunting(4, by(StrategyKind::RingAll));
    let legs = |limit| Some(crate::pbx::config::Legs { limit, kinds: Vec::new() });
    config.legs = legs(5);
    let mut bench = Bench::new(config.clone());
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0, 1, 2, 3], "N + 1 legs at the peak");
    assert_eq!(bench.offer(0.5, 2, "100")[0], "2 refused 503/42 legs-full by legs");
    bench.pick_up(1.0, 0, 1);
    assert_eq!(offered(&bench.offer(2.0, 3, "100")), [1, 2], "three legs were free, one is the caller's");
    config.legs = legs(4);
    assert_eq!(offered(&Bench::new(config).offer(0.0, 1, "100")), [0, 1, 2], "one phone too many");
}

#[test]
fn ring_all_rings_the_best_tier_only() {
    let mut bench = Bench::new(tiers(&[0, 1, 0, 1], by(StrategyKind::RingAll)));
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0, 2]);
    assert_eq!(offered(&bench.offer(1.0, 2, "100")), [1, 3]);
}

#[test]
fn ring_progressively_adds_a_phone_each_delay_while_the_others_ring_on() {
    let strategy = StrategyKind::RingProgressively { delay: Duration::from_secs(4) };
    let mut bench = Bench::new(hunting(3, by(strategy)));
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0]);
    assert_eq!(offered(&bench.wait(3.9)), [0_u32; 0]);
    assert_eq!(offered(&bench.wait(4.0)), [1]);
    assert_eq!(offered(&bench.wait(8.0)), [2]);
    let picked_up = bench.pick_up(9.0, 0, 1);
    assert_eq!(picked_up[3..], ["1 withdrawn from 1", "1 withdrawn from 2"]);
}

#[test]
fn top_down_goes_through_all_tiers_and_agent_order_always_begins_again() {
    let policy = |strategy| Policy { retry: RetryOf::Caller, ..by(strategy) };
    let order = |strategy| {
        let mut bench = Bench::new(tiers(&[0, 1, 0], policy(strategy)));
        let mut order = offered(&bench.offer(0.0, 1, "100"));
        for round in 1..4 {
            order.extend(offered(&bench.wait(20.0 * f64::from(round))));
        }
        order
    };
    assert_eq!(order(StrategyKind::TopDown), [0, 2, 1, 0]);
    assert_eq!(order(StrategyKind::Sequential), [0, 2, 0, 2], "the best tier first, always");
    assert_eq!(order(StrategyKind::AgentOrder), [0, 0, 0, 0]);
}

#[test]
fn asterisks_round_robin_moves_its_pointer_when_the_ringing_is_over() {
    assert_eq!(one_after_the_other(hunting(3, by(StrategyKind::RrMemory)), 5), [0, 1, 2, 0, 1]);
    let mut bench = Bench::new(hunting(3, by(StrategyKind::RrMemory)));
    bench.offer(0.0, 1, "100");
    assert_eq!(
        offered(&bench.offer(1.0, 2, "100")),
        [1],
        "agent 0 rings, and the pointer still stands there"
    );
    bench.pick_up(2.0, 1, 2);
    bench.pick_up(3.0, 0, 1);
    bench.hang_up(4.0, 1);
    bench.hang_up(4.0, 2);
    // Caller 2 left it at agent 2, caller 1 at agent 1.
    assert_eq!(offered(&bench.offer(10.0, 3, "100")), [1]);
    let mut ours = Bench::new(hunting(3, by(StrategyKind::RoundRobin)));
    ours.offer(0.0, 1, "100");
    ours.offer(1.0, 2, "100");
    assert_eq!(offered(&ours.offer(10.0, 3, "100")), [2]);
}

#[test]
fn with_one_agent_every_strategy_does_the_same() {
    let story = |strategy| {
        let mut bench = Bench::new(hunting(1, by(strategy)));
        let mut said = bench.offer(0.0, 1, "100");
        said.extend(bench.offer(1.0, 2, "100"));
        said.extend(bench.wait(40.0));
        said.extend(bench.pick_up(41.0, 0, 1));
        said.extend(bench.hang_up(50.0, 1));
        said.extend(bench.hang_up(51.0, 2));
        said
    };
    let plain = story(StrategyKind::LongestIdle);
    assert_eq!(offered(&plain), [0, 0, 0, 0], "{plain:?}");
    let named = StrategyKind::NAMED.map(|(_, strategy)| strategy);
    for strategy in named.into_iter().chain([StrategyKind::Percent { random: true }]) {
        assert_eq!(story(strategy), plain, "{strategy:?}");
    }
}
