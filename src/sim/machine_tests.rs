//! Menus and voicemail over whole simulated runs, against what their definitions say.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::books::Reconciler;
use crate::keypad::Key;
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::menu::Exit;
use crate::outcome::menu::MenuEventKind;
use crate::scenario;
use crate::sim;
use crate::sim::Entry;

const IVR: Outcome = Outcome::Completed(CompletedBy::Ivr);
const AGENT: Outcome = Outcome::Completed(CompletedBy::Agent);
const VOICEMAIL: Outcome = Outcome::Completed(CompletedBy::Voicemail);

/// What one run told, its books reconciled.
struct Told {
    records: Vec<CallRecord>,
    exits: BTreeMap<Exit, u32>,
    entered: u32,
    joined: u32,
}

fn play(text: &str) -> Told {
    let scenario = scenario::parse(text, "machines.yaml", &scenario::Inputs::with_seed(58)).unwrap();
    let mut told = Told { records: Vec::new(), exits: BTreeMap::new(), entered: 0, joined: 0 };
    let mut books = Reconciler::new(true);
    let report = sim::run(&scenario, scenario.seed, |entry| {
        match entry {
            Entry::Observation(Observation::Ended(record)) => {
                books.generator(record);
                told.records.push((**record).clone());
            }
            Entry::Cdr(row) => books.cdr(row),
            Entry::QueueEvent(event) => {
                told.joined += u32::from(event.event.name() == "ENTERQUEUE");
                books.queue_event(event);
            }
            Entry::MenuEvent(event) => match event.event {
                MenuEventKind::Entered => told.entered += 1,
                MenuEventKind::Left(exit) => *told.exits.entry(exit).or_default() += 1,
            },
            Entry::Observation(_)
            | Entry::Noted(_)
            | Entry::Triggered(_)
            | Entry::QueueJoined { .. }
            | Entry::QueueLeft { .. } => {}
        }
        ControlFlow::Continue(())
    });
    assert_eq!(books.finish().differences, [""; 0]);
    assert_eq!(report.attempts, told.records.len() as u64, "every attempt ends once");
    told
}

fn count(told: &Told, outcome: Outcome) -> u32 {
    u32::try_from(told.records.iter().filter(|record| record.outcome == outcome).count()).unwrap()
}

/// Row 58: agents' arrivals are (1 − c)·λ. Row 63: the exit map equals the trace.
#[test]
fn a_menu_keeps_its_share_of_the_calls_from_the_agents() {
    let menu = |containment: &str| {
        let text = format!(
            "name: c\ncalls: 4000\ntraffic:\n  profile: 600/h\n  callers:\n  - talk: 60s\n    \
             choices: {{main: {{\"1\": 100%}}}}\npbx:\n  agents: {{count: 20}}\n  queues: {{q: {{}}}}\n  ivr:\n    \
             main:\n      digits: {{\"1\": {{self_service: 30s, containment: {containment}, queue: q}}}}\n"
        );
        play(&text)
    };
    let told = menu("70%");
    // 4000 calls, 30 % of which the answer is not enough for: 1200, four standard deviations are 116.
    assert!((1_084..=1_316).contains(&told.joined), "{}", told.joined);
    assert_eq!((told.entered, told.joined + count(&told, IVR)), (4_000, 4_000));
    let one = Key::from_character('1').unwrap();
    let exits = BTreeMap::from([(Exit::Chose(one), told.joined), (Exit::Contained(one), count(&told, IVR))]);
    assert_eq!(told.exits, exits);
    let without = menu("0%");
    assert_eq!((without.joined, count(&without, IVR)), (4_000, 0));
}

/// Rows 60 and 62: what the agent learns from the menu shortens the talk, of those calls only that come with it.
#[test]
fn context_shortens_the_talk_of_calls_that_bring_it() {
    let talks = |factor: &str| {
        let text = format!(
            "name: t\ncalls: 500\ntraffic:\n  profile: 100/h\n  callers:\n  - talk: 100s\n    \
             choices: {{main: {{\"1\": 50%, \"0\": 50%}}}}\npbx:\n  agents: {{count: 20}}\n  queues: {{q: {{}}}}\n  \
             ivr:\n    main:\n      digits: {{\"1\": {{queue: q, talk_factor: {factor}}}, \"0\": {{queue: q}}}}\n"
        );
        let told = play(&text);
        let mut talks: BTreeMap<u64, u32> = BTreeMap::new();
        for record in &told.records {
            *talks.entry(record.talk.unwrap().as_secs()).or_default() += 1;
        }
        (talks, told.exits)
    };
    let (one, zero) = (Exit::Chose(Key::from_character('1').unwrap()), Exit::Chose(Key::ZERO));
    let (with, exits) = talks("55%");
    assert_eq!(with, BTreeMap::from([(55, exits[&one]), (100, exits[&zero])]));
    assert_eq!(talks("100%").0, BTreeMap::from([(100, 500)]));
}

/// Row 24 and acceptance: across a weekend on which the clocks go forward, 40 messages come back as 40 callbacks
/// from 08:00 of the next working day on, once each.
#[test]
fn forty_messages_come_back_as_forty_callbacks_on_monday_morning() {
    let text = include_str!("../../scenarios/after-hours-voicemail.yaml");
    let told = play(text);
    assert_eq!((count(&told, VOICEMAIL), count(&told, AGENT), told.records.len()), (40, 40, 80));
    let (messages, callbacks): (Vec<_>, Vec<_>) =
        told.records.iter().partition(|record| record.outcome == VOICEMAIL);
    // Friday 18:00 to Monday 08:00 are 62 hours by the clocks, and 61 by the sun: one was skipped on Sunday.
    let opening = 61.0 * 3_600.0;
    let mut starts: Vec<f64> = callbacks.iter().map(|record| record.intended_start.as_secs_f64()).collect();
    starts.sort_by(f64::total_cmp);
    assert!((starts[0] - opening).abs() < 1e-6, "{}", starts[0]);
    assert!((starts[1] - opening).abs() < 1e-6, "two advisers begin at eight");
    assert!(starts[2] > opening, "the third customer waits until an adviser is free");
    let indices = |records: &[&CallRecord]| {
        let mut indices: Vec<u64> = records.iter().map(|record| record.index).collect();
        indices.sort_unstable();
        indices
    };
    assert_eq!(indices(&messages), (0..40).collect::<Vec<_>>());
    assert_eq!(indices(&callbacks), (0..40).collect::<Vec<_>>(), "each customer once");
    assert!(callbacks.iter().all(|record| record.call_id.ends_with("-callback")));
    // Without a queue that calls back, nobody does.
    let silent = play(&text.replace(", callback: advisers", ""));
    assert_eq!((count(&silent, VOICEMAIL), silent.records.len()), (40, 40));
    // A holiday on Monday moves them to Tuesday.
    let holiday =
        text.replace("    closed: voicemail", "    holidays: [\"2026-03-30\"]\n    closed: voicemail");
    let first = play(&holiday)
        .records
        .iter()
        .filter(|record| record.outcome == AGENT)
        .map(|record| record.intended_start)
        .min();
    assert!((first.unwrap().as_secs_f64() - opening - 86_400.0).abs() < 1e-6, "{first:?}");
}

#[test]
fn who_hangs_up_on_the_greeting_leaves_no_message() {
    let text = include_str!("../../scenarios/after-hours-voicemail.yaml");
    let told = play(&text.replace("greeting: 8s,", "greeting: 8s, leave: 50%,"));
    let left = count(&told, VOICEMAIL);
    assert!((8..=32).contains(&left), "{left}");
    assert_eq!(count(&told, AGENT), left);
}
