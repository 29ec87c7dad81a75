//! Agents who see to mail and chats when no caller waits.

use super::strategies::{by, hunting, offered};
use super::*;
use crate::outcome::note::{Handling, Note, Noted};
use crate::pbx::config::{ContactKind, Policy, StrategyKind};

/// One agent; a contact about each hour, which takes 100 s.
fn desk(policy: Policy, within: f64) -> Config {
    let mut config = hunting(1, policy);
    config.contacts = vec![ContactKind {
        name: "mail".into(),
        per_second: 1.0 / 3_600.0,
        handle: constant(300.0),
        faster: 3.0,
        agents: vec![0],
        answer_within: Duration::from_secs_f64(within),
    }];
    config
}

fn handled(bench: &Bench) -> Vec<(Instant, Handling)> {
    let note = |action: &Action| match action {
        Action::Noted(noted) => match **noted {
            Noted { at, note: Note::Contact(handling), .. } => Some((at, handling)),
            _ => None,
        },
        _ => None,
    };
    bench.actions.iter().filter_map(note).collect()
}

/// When the first contact comes.
fn first_arrival(config: &Config) -> f64 {
    Bench::new(config.clone()).pbx.next_deadline().unwrap().as_secs_f64()
}

#[test]
fn an_agent_at_a_mail_takes_the_next_call_when_it_is_done_and_not_before() {
    for policy in [Policy::default(), by(StrategyKind::RoundRobin)] {
        let config = desk(policy, 0.0);
        let comes = first_arrival(&config);
        let mut bench = Bench::new(config);
        bench.wait(comes);
        let wait = Duration::ZERO;
        let arrived = Instant::from_secs_f64(comes);
        let expected = [(arrived, Handling::Arrived), (arrived, Handling::Answered { wait, in_time: true })];
        assert_eq!(handled(&bench), expected, "an idle agent takes it up at once: in time to the edge");
        assert_eq!(offered(&bench.offer(comes + 40.0, 1, "100")), [0_u32; 0], "not preempted");
        assert_eq!(offered(&bench.wait(comes + 100.0 - 1e-6)), [0_u32; 0]);
        assert_eq!(offered(&bench.wait(comes + 100.0)), [0]);
        let (after, work) = (Duration::from_secs(100), Duration::from_secs(100));
        assert_eq!(handled(&bench)[0], (arrived, Handling::Resolved { after, work }));
    }
}

/// The agent talks when the mail comes, and ends 60 s later: due within 60 s it is in time, a nanosecond less and it is
/// not. A caller who waits then goes first.
#[test]
fn the_edge_of_the_target_is_included_and_callers_go_first() {
    for (within, in_time) in [(60.0, true), (60.0 - 1e-9, false)] {
        let config = desk(Policy::default(), within);
        let comes = first_arrival(&config);
        let mut bench = Bench::new(config);
        bench.offer(comes - 10.0, 1, "100");
        bench.pick_up(comes - 10.0, 0, 1);
        bench.wait(comes);
        let ends = Instant::from_secs_f64(comes) + Duration::from_secs(60);
        bench.actions.clear();
        bench.pbx.handle(ends, Input::CallerHungUp { call: CallId(1) }, &mut bench.actions);
        let wait = Duration::from_secs(60);
        assert_eq!(handled(&bench), [(Instant::from_secs_f64(comes), Handling::Answered { wait, in_time })]);
    }
    let config = desk(Policy::default(), 60.0);
    let comes = first_arrival(&config);
    let mut bench = Bench::new(config);
    bench.offer(comes - 10.0, 1, "100");
    bench.pick_up(comes - 10.0, 0, 1);
    bench.wait(comes);
    bench.offer(comes + 5.0, 2, "100");
    assert_eq!(offered(&bench.hang_up(comes + 60.0, 1)), [0], "the caller, who came later");
    assert!(handled(&bench).is_empty());
}
