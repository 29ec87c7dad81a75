//! What a queue's policy does besides choosing: tiers that open, priorities, skills, pauses, leaving.

use super::anything::{anything_goes, every_call_ends_once, step};
use super::strategies::{by, hunting, offered, tiers};
use super::*;
use crate::pbx::config::{
    Absent, Announce, AutoPause, CallerType, Change, Needs, OwnerFirst, Policy, RetryOf, Step, Steps,
    StrategyKind, Window,
};

fn caller(name: &str, priority: i32, language: Option<&str>, skill: Option<&str>) -> CallerType {
    CallerType { name: name.into(), priority, language: language.map(Arc::from), skill: skill.map(Arc::from) }
}

fn offer_as(bench: &mut Bench, at: f64, call: u64, class: usize) -> Vec<String> {
    let [name, from, to] = [call.to_string(), format!("79{call}"), "100".to_owned()].map(Arc::from);
    bench.tell(at, Input::CallOffered { call: CallId(call), name: &name, from: &from, to: &to, class })
}

/// Whose phones ring for a caller who has waited so long, everyone free, by ringing all who may.
fn candidates(config: &Config, waited: f64) -> Vec<u32> {
    let mut config = config.clone();
    // Nobody is free before: at `waited` they come back all at once.
    config.queues[0].policy.strategy = StrategyKind::TopDown;
    config.agents.iter_mut().for_each(|agent| {
        let duty = crate::pbx::config::Duty::new(
            Duration::from_secs(1_000),
            &[(Duration::from_secs_f64(waited), Duration::from_secs(500))],
        );
        agent.presence = Presence { duty: Some(duty), other_work: None };
    });
    let mut bench = Bench::new(config);
    let mut next = offered(&bench.offer(0.0, 0, "100"));
    next.extend(offered(&bench.wait(waited)));
    let mut all = Vec::new();
    // Each declines in turn; the rest of the list is offered until it begins again.
    while let Some(agent) = next.first().copied().filter(|agent| !all.contains(agent)) {
        all.push(agent);
        let declined = Input::AgentDeclined { call: CallId(0), agent: AgentId(agent) };
        next = offered(&bench.tell(waited, declined));
    }
    all.sort_unstable();
    all
}

#[test]
fn the_candidates_just_before_and_after_each_step_are_those_of_the_definition() {
    let step =
        |after, max| Step { after: Duration::from_secs(after), max: Some(max), min: None, raise: None };
    let listed = Policy {
        window: Window { max: Some(0), ..Window::default() },
        steps: Steps::Listed(vec![step(15, Change::By(1)), step(30, Change::By(1))]),
        ..by(StrategyKind::Widening)
    };
    let every = Policy { steps: Steps::Every(Duration::from_secs(15)), ..by(StrategyKind::Widening) };
    for policy in [listed, every] {
        let config = tiers(&[0, 0, 1, 2], policy);
        let sets = [(0.0, 2), (14.999, 2), (15.0, 3), (29.999, 3), (30.0, 4)];
        for (waited, count) in sets {
            let expected: Vec<u32> = (0..count).collect();
            assert_eq!(candidates(&config, waited), expected, "after {waited} s");
        }
    }
}

#[test]
fn a_step_brings_the_next_tier_at_its_moment_and_the_place_is_kept() {
    let policy = Policy { steps: Steps::Every(Duration::from_secs(10)), ..by(StrategyKind::Widening) };
    let mut bench = Bench::new(tiers(&[0, 1], policy));
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    assert_eq!(offered(&bench.offer(5.0, 2, "100")), [0_u32; 0], "tier 1 is free, and not yet open");
    bench.offer(6.0, 3, "100");
    assert_eq!(bench.wait(14.999), [""; 0]);
    assert_eq!(bench.wait(15.0), ["2 offered to 1"]);
    let left = ["log 2 RINGCANCELED 0.5", "log 2 ABANDON 1 1 10.5"];
    assert_eq!(bench.hang_up(15.5, 2)[..2], left, "first in line still");
}

/// A penalty that is raised above all others is open when its own turn has come, and not with whatever happens after it.
#[test]
fn a_raised_tier_opens_at_its_moment() {
    let window = Window { raise: Some(2), ..Window::default() };
    let steps = Steps::Every(Duration::from_secs(10));
    let mut bench = Bench::new(tiers(&[0], Policy { window, steps, ..by(StrategyKind::Widening) }));
    assert_eq!(offered(&bench.offer(0.0, 1, "100")), [0_u32; 0]);
    assert_eq!(bench.wait(19.999), [""; 0]);
    assert_eq!(bench.wait(20.0), ["1 offered to 0"]);
}

#[test]
fn windows_move_as_asterisks_rules_move_them() {
    let step = Step {
        after: Duration::from_secs(20),
        max: Some(Change::To(2)),
        min: Some(Change::By(5)),
        raise: Some(Change::To(1)),
    };
    let window = Window { min: Some(0), max: Some(0), raise: None };
    let policy = Policy { window, steps: Steps::Listed(vec![step]), ..by(StrategyKind::Widening) };
    let config = tiers(&[0, 1, 2, 3], policy.clone());
    assert_eq!(candidates(&config, 19.9), [0]);
    // max becomes 2, min 5 is held down to it, raise was never set and stays so.
    assert_eq!(candidates(&config, 20.0), [2]);
    let raised = Window { min: Some(1), max: None, raise: Some(1) };
    let policy = Policy { window: raised, steps: Steps::None, ..policy };
    assert_eq!(candidates(&tiers(&[0, 1, 2, 3], policy.clone()), 0.0), [0, 1, 2, 3], "0 counts as 1");
    let narrow = Window { min: Some(1), max: Some(2), raise: None };
    let policy = Policy { window: narrow, ..policy };
    assert_eq!(candidates(&tiers(&[0, 1, 2, 3], policy.clone()), 0.0), [1, 2]);
    let policy = Policy { penalty_members_limit: 4, ..policy };
    assert_eq!(candidates(&tiers(&[0, 1, 2, 3], policy), 0.0), [0, 1, 2, 3], "too few members for penalties");
}

#[test]
fn priority_goes_before_lower_and_after_equal_or_higher() {
    let mut config = hunting(1, Policy::default());
    config.callers =
        vec![caller("any", 0, None, None), caller("gold", 5, None, None), caller("silver", 2, None, None)];
    let mut bench = Bench::new(config);
    offer_as(&mut bench, 0.0, 0, 0);
    bench.pick_up(0.0, 0, 0);
    for (call, class, position) in [(1, 0, 1), (2, 2, 1), (3, 1, 1), (4, 2, 3), (5, 1, 2), (6, 0, 6)] {
        let said = offer_as(&mut bench, 1.0, call, class);
        assert_eq!(said[0], format!("log {call} ENTERQUEUE {position}"));
    }
    let mut order = Vec::new();
    for at in 10..16 {
        let last = order.last().copied().unwrap_or(0);
        let said = bench.hang_up(f64::from(at), last);
        let next = said.iter().find_map(|said| said.strip_suffix(" offered to 0")?.parse().ok()).unwrap();
        bench.pick_up(f64::from(at), 0, next);
        order.push(next);
    }
    assert_eq!(order, [3, 5, 2, 4, 1, 6]);
}

#[test]
fn an_english_caller_is_never_offered_to_an_agent_without_english() {
    let mut config = hunting(3, Policy::default());
    config.callers = vec![caller("any", 0, None, None), caller("english", 0, Some("en"), None)];
    config.agents[1].qualification.languages = vec!["ru".into()];
    config.agents[2].qualification.languages = vec!["ru".into(), "en".into()];
    let mut bench = Bench::new(config);
    assert_eq!(offered(&offer_as(&mut bench, 0.0, 1, 1)), [2], "the only one who speaks it");
    bench.pick_up(0.0, 2, 1);
    assert_eq!(offered(&offer_as(&mut bench, 1.0, 2, 1)), [0_u32; 0], "waits, though two are free");
    assert_eq!(offered(&offer_as(&mut bench, 2.0, 3, 0)), [0], "and nobody is held up by it");
    assert_eq!(offered(&bench.hang_up(3.0, 1)), [2]);
}

#[test]
fn a_skill_of_the_queue_and_one_of_the_caller_are_both_needed() {
    let needs = Needs { skills: vec!["loans".into()], language: None };
    let mut config = hunting(3, Policy { needs, ..Policy::default() });
    config.callers = vec![caller("any", 0, None, None), caller("firm", 0, None, Some("firms"))];
    config.agents[1].qualification.skills = vec!["loans".into()];
    config.agents[2].qualification.skills = vec!["firms".into(), "loans".into()];
    assert_eq!(offered(&offer_as(&mut Bench::new(config.clone()), 0.0, 1, 1)), [2]);
    assert_eq!(offered(&offer_as(&mut Bench::new(config), 0.0, 1, 0)), [1]);
}

#[test]
fn a_heavier_queue_keeps_a_shared_agent_for_its_own_callers() {
    let mut config = hunting(1, Policy::default());
    let heavy = Policy { weight: 10, ..Policy::default() };
    config.queues = vec![
        queue("sales", &["300"], vec![0]),
        QueueConfig { policy: heavy, ..queue("vip", &["320"], vec![0]) },
    ];
    let mut bench = Bench::new(config.clone());
    bench.offer(0.0, 1, "300");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "300");
    bench.offer(2.0, 3, "320");
    assert!(bench.hang_up(10.0, 1).contains(&"3 offered to 0".to_owned()), "came later, weighs more");
    config.queues[1].policy.weight = 0;
    config.queues[1].policy.strategy = StrategyKind::RoundRobin;
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "300");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "300");
    bench.offer(2.0, 3, "320");
    assert!(bench.hang_up(10.0, 1).contains(&"2 offered to 0".to_owned()));
}

#[test]
fn a_caller_who_rests_holds_the_place_and_no_more() {
    let policy = Policy { retry: RetryOf::Caller, ..by(StrategyKind::RoundRobin) };
    let mut bench = Bench::new(hunting(2, policy.clone()));
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "100");
    assert_eq!(bench.wait(16.0), ["2 withdrawn from 1", "log 2 RINGNOANSWER 15"]);
    // One agent is free, and one caller rests ahead: it is not the newcomer's turn.
    assert_eq!(offered(&bench.offer(17.0, 3, "100")), [0_u32; 0]);
    // Two agents: the newcomer is served beside the one who rests.
    assert_eq!(bench.hang_up(18.0, 1).last().unwrap(), "3 offered to 0");
    assert_eq!(bench.wait(21.0), ["2 offered to 1"]);
    let mut first_only = Bench::new(hunting(2, Policy { first_only: true, ..policy }));
    first_only.offer(0.0, 1, "100");
    assert_eq!(
        offered(&first_only.offer(1.0, 2, "100")),
        [0_u32; 0],
        "autofill=no: the first must be served first"
    );
    assert_eq!(first_only.pick_up(2.0, 0, 1).last().unwrap(), "2 offered to 1");
}

#[test]
fn a_phone_that_declines_passes_the_caller_on_within_the_same_round() {
    let policy = Policy { retry: RetryOf::Caller, ..by(StrategyKind::Sequential) };
    let mut bench = Bench::new(hunting(2, policy));
    bench.offer(0.0, 1, "100");
    let declined = |agent| Input::AgentDeclined { call: CallId(1), agent: AgentId(agent) };
    assert_eq!(bench.tell(3.0, declined(0)), ["log 1 RINGNOANSWER 3", "1 offered to 1"]);
    // The round's 15 s began with the first phone.
    assert_eq!(bench.wait(15.0), ["1 withdrawn from 1", "log 1 RINGNOANSWER 12"]);
    assert_eq!(bench.wait(20.0).len(), 1);
}

#[test]
fn who_lets_the_phone_ring_is_paused_here_or_everywhere_for_a_while_or_for_good() {
    let pause = AutoPause { everywhere: false, after: 2, delay: Duration::ZERO, lasts: None };
    let with = |pause| {
        let policy = Policy { auto_pause: Some(pause), ..Policy::default() };
        let mut config = hunting(1, Policy::default());
        config.queues = vec![
            QueueConfig { policy, ..queue("sales", &["300"], vec![0]) },
            queue("support", &["320"], vec![0]),
        ];
        let mut bench = Bench::new(config);
        bench.offer(0.0, 1, "300");
        bench.wait(15.0);
        assert_eq!(offered(&bench.wait(20.0)), [0], "once is not enough");
        bench.wait(35.0);
        bench
    };
    let mut here = with(pause);
    assert_eq!(here.wait(999.0), [""; 0]);
    assert_eq!(offered(&here.offer(1_000.0, 2, "320")), [0], "the other queue still rings");
    let mut everywhere = with(AutoPause { everywhere: true, ..pause });
    assert_eq!(offered(&everywhere.offer(1_000.0, 2, "320")), [0_u32; 0]);
    let mut for_a_while = with(AutoPause { lasts: Some(Duration::from_secs(600)), ..pause });
    assert_eq!(for_a_while.wait(634.9), [""; 0]);
    let back = for_a_while.wait(635.0);
    assert!(back[0].starts_with("log NONE UNPAUSE") && back[1] == "1 offered to 0", "{back:?}");
}

#[test]
fn a_queue_with_nobody_there_takes_no_newcomer_and_puts_its_callers_out() {
    let absent = Absent { in_use: true, ..Absent::default() };
    let join = Policy { join_empty: Some(absent), ..Policy::default() };
    let mut bench = Bench::new(hunting(1, join));
    bench.offer(0.0, 1, "100");
    bench.offer(1.0, 2, "100");
    bench.pick_up(2.0, 0, 1);
    let refused = ["3 refused 480/20 join-empty", "CDR 3 NO ANSWER join-empty"];
    assert_eq!(bench.offer(3.0, 3, "100"), refused, "the only agent is in use");
    assert_eq!(bench.pbx.queue_length(), 1);
    let leave = Policy { leave_empty: Some(absent), ..Policy::default() };
    let mut bench = Bench::new(hunting(1, leave));
    bench.offer(0.0, 1, "100");
    bench.offer(1.0, 2, "100");
    let left = ["log 2 EXITEMPTY 1 2 1", "2 refused 480/20 leave-empty", "CDR 2 NO ANSWER leave-empty"];
    assert_eq!(bench.pick_up(2.0, 0, 1)[3..], left);
}

#[test]
fn a_sentence_keeps_the_caller_from_being_offered_until_it_is_said() {
    let announce = Announce {
        every: Duration::from_secs(60),
        lasts: Duration::from_secs(8),
        least: Duration::from_secs(15),
    };
    let policy = Policy { announce: Some(announce), ..Policy::default() };
    let mut bench = Bench::new(hunting(1, policy));
    assert_eq!(bench.offer(0.0, 1, "100").len(), 3, "served at once: nothing to say");
    bench.pick_up(0.0, 0, 1);
    assert_eq!(bench.offer(100.0, 2, "100")[2], "log 2 ANNOUNCE 1 0");
    assert_eq!(bench.hang_up(103.0, 1).len(), 2, "the agent is free, the sentence is not over");
    assert_eq!(bench.wait(108.0), ["2 offered to 0"]);
    bench.pick_up(108.0, 0, 2);
    bench.offer(200.0, 3, "100");
    bench.offer(201.0, 4, "100");
    assert_eq!(bench.hang_up(210.0, 3).len(), 2, "moved up, 9 s after the last sentence");
    assert_eq!(bench.wait(216.0), ["log 4 ANNOUNCE 1 0"], "15 s after it");
    assert_eq!(bench.wait(275.9), [""; 0]);
    assert_eq!(bench.wait(276.0).len(), 1, "and again a minute later");
}

#[test]
fn who_calls_again_in_time_gets_the_old_place() {
    let policy = Policy { resume_within: Some(Duration::from_secs(60)), ..Policy::default() };
    let mut bench = Bench::new(hunting(1, policy));
    let offer = |bench: &mut Bench, at, call: u64, from: &str| {
        let [name, from, to] = [call.to_string(), from.to_owned(), "100".to_owned()].map(Arc::from);
        bench.tell(at, Input::CallOffered { call: CallId(call), name: &name, from: &from, to: &to, class: 0 })
    };
    offer(&mut bench, 0.0, 0, "790");
    bench.pick_up(0.0, 0, 0);
    offer(&mut bench, 1.0, 1, "791");
    offer(&mut bench, 2.0, 2, "792");
    bench.hang_up(3.0, 1);
    assert_eq!(offer(&mut bench, 63.0, 3, "791")[0], "log 3 ENTERQUEUE 1");
    bench.hang_up(64.0, 3);
    assert_eq!(offer(&mut bench, 124.5, 4, "791")[0], "log 4 ENTERQUEUE 2", "too late");
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let strategy = prop_oneof![
        Just(StrategyKind::RoundRobin),
        Just(StrategyKind::RrMemory),
        Just(StrategyKind::Sequential),
        any::<bool>().prop_map(|random| StrategyKind::Percent { random }),
        Just(StrategyKind::RingAll),
        Just(StrategyKind::RingProgressively { delay: Duration::from_secs(3) }),
        Just(StrategyKind::LeastRecent),
        Just(StrategyKind::WeightedRandom),
        Just(StrategyKind::TopDown),
    ];
    let flags = prop::array::uniform6(any::<bool>());
    (strategy, flags, 0..3_u32, 0..3_u32).prop_map(|(strategy, flags, weight, max)| Policy {
        strategy,
        weight,
        first_only: flags[0] && flags[1],
        retry: if flags[1] { RetryOf::Caller } else { RetryOf::Agent },
        penalties: vec![(0, 1), (1, 0), (2, 2)],
        window: Window { max: flags[2].then_some(max), ..Window::default() },
        steps: if flags[2] { Steps::Every(Duration::from_secs(2)) } else { Steps::None },
        auto_pause: flags[3].then_some(AutoPause {
            everywhere: flags[4],
            after: 1,
            delay: Duration::ZERO,
            lasts: Some(Duration::from_secs(9)),
        }),
        join_empty: flags[4].then_some(Absent { paused: true, penalty: true, ..Absent::default() }),
        leave_empty: flags[5].then_some(Absent { in_use: flags[0], wrap_up: true, ..Absent::default() }),
        announce: flags[0].then_some(Announce {
            every: Duration::from_secs(4),
            lasts: Duration::from_secs(2),
            least: Duration::from_secs(1),
        }),
        resume_within: Some(Duration::from_secs(5)),
        owner: flags[5].then(|| OwnerFirst {
            wait: Duration::from_secs(u64::from(max)),
            sticky: Some(Duration::from_secs(9)),
            numbers: BTreeMap::from([("79*".into(), 1)]),
            classes: BTreeMap::new(),
        }),
        ..Policy::default()
    })
}

proptest! {
    #[test]
    fn every_call_ends_exactly_once_under_any_policy(
        policies in (any_policy(), any_policy()),
        steps in prop::collection::vec((step(), 0..4_000_u32), 1..120),
    ) {
        let mut config = anything_goes(QueueAnswer::OnAgent);
        config.queues[0].policy = policies.0;
        config.queues[1].policy = policies.1;
        every_call_ends_once(config, steps);
    }
}
