//! Agents who see to mail and chats when no caller waits.

use super::strategies::{by, hunting, offered};
use super::*;
use crate::outcome::note::{Handling, Note, Noted};
use crate::pbx::config::{ContactKind, ContactOrder, Policy, StrategyKind};
use crate::traffic::profile::Profile;

/// One agent; a contact about each hour, which takes 100 s.
fn desk(policy: Policy, within: f64) -> Config {
    let mut config = hunting(1, policy);
    config.contacts = vec![ContactKind {
        name: "mail".into(),
        profile: Profile::Flat { per_second: 1.0 / 3_600.0 },
        handle: constant(300.0),
        faster: 3.0,
        agents: vec![0],
        answer_within: Duration::from_secs_f64(within),
        concurrent: 1,
        slower: 0.0,
        order: ContactOrder::CallsFirst,
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

/// One agent, a chat about every ten seconds that takes half an hour, three in hand at once.
fn chat_desk(policy: Policy, order: ContactOrder) -> Config {
    let mut config = desk(policy, 60.0);
    let chat = &mut config.contacts[0];
    chat.profile = Profile::Flat { per_second: 0.1 };
    (chat.handle, chat.faster, chat.concurrent, chat.order) = (constant(1_800.0), 1.0, 3, order);
    config
}

fn answered(bench: &Bench) -> usize {
    handled(bench).iter().filter(|(_, handling)| matches!(handling, Handling::Answered { .. })).count()
}

/// Three chats go into one hand and a fourth does not. When a caller waits who goes first, no further chat is taken up
/// beside those in hand, so that the hand empties and the caller is served; where contacts go first, the caller waits on.
#[test]
fn three_chats_at_once_and_none_beside_them_while_a_caller_waits_who_goes_first() {
    for policy in [Policy::default(), by(StrategyKind::RoundRobin)] {
        for (order, before_the_caller) in
            [(ContactOrder::CallsFirst, 0), (ContactOrder::ByAge, 3), (ContactOrder::ContactsFirst, 3)]
        {
            let mut bench = Bench::new(chat_desk(policy.clone(), order));
            let mut taken = 0;
            for tenth in 1..=1_500 {
                bench.wait(f64::from(tenth) / 10.0);
                taken += answered(&bench);
            }
            assert_eq!(taken, 3, "{order:?}");
            assert_eq!(offered(&bench.offer(150.0, 1, "100")), [0_u32; 0]);
            let (mut more, mut rung) = (0, false);
            for second in 151..=2_400 {
                rung |= !offered(&bench.wait(f64::from(second))).is_empty();
                more += answered(&bench);
            }
            // Those who came before the caller are older, and taken up as others are done.
            assert_eq!((rung, more), (order == ContactOrder::CallsFirst, before_the_caller), "{order:?}");
        }
    }
}

/// A caller waits who speaks English, which the agent does not: chats go on as if nobody waited.
#[test]
fn nobody_leaves_chats_alone_for_a_caller_whom_others_will_serve() {
    let chats_taken = |order: ContactOrder, caller: bool| {
        let mut config = chat_desk(by(StrategyKind::RoundRobin), order);
        config.queues[0].policy.needs.language = Some("en".into());
        let mut bench = Bench::new(config);
        let mut taken = 0;
        for second in 1..=6_000 {
            if second == 150 && caller {
                assert_eq!(offered(&bench.offer(150.0, 1, "100")), [0_u32; 0]);
                taken += answered(&bench);
            } else {
                assert_eq!(offered(&bench.wait(f64::from(second))), [0_u32; 0]);
                taken += answered(&bench);
            }
        }
        taken
    };
    for order in [ContactOrder::CallsFirst, ContactOrder::ByAge, ContactOrder::ContactsFirst] {
        let alone = chats_taken(order, false);
        assert!(alone > 6, "{alone}");
        assert_eq!(chats_taken(order, true), alone, "{order:?}");
    }
}

/// A mail that wants the whole attention goes into no hand that holds a chat, nor a chat beside it.
#[test]
fn contacts_of_several_kinds_share_a_hand_only_if_all_of_them_may() {
    let mut config = chat_desk(Policy::default(), ContactOrder::CallsFirst);
    let mail = ContactKind { name: "letter".into(), concurrent: 1, ..config.contacts[0].clone() };
    config.contacts.push(mail);
    let mut bench = Bench::new(config);
    let mut taken = Vec::new();
    for tenth in 1..=6_000 {
        bench.wait(f64::from(tenth) / 10.0);
        taken.extend(bench.actions.iter().filter_map(|action| match action {
            Action::Noted(noted) if matches!(noted.note, Note::Contact(Handling::Answered { .. })) => {
                Some(noted.queue.clone())
            }
            _ => None,
        }));
    }
    let first = taken[0].clone();
    assert!(taken.iter().all(|kind| *kind == first), "{taken:?}");
    assert_eq!(taken.len(), if &*first == "letter" { 1 } else { 3 });
}
