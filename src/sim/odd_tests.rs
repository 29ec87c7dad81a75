//! Any scenario that is accepted runs to its end: nothing panics, nothing hangs, every call ends once, and the books
//! agree. What is odd is drawn from the schema itself (`scenario::odd`).

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::mpsc;

use crate::books::Reconciler;
use crate::outcome::Observation;
use crate::pbx::books::QueueEventKind;
use crate::random::Seed;
use crate::scenario;
use crate::scenario::odd;
use crate::scenario::odd::Odd;
use crate::scenario::odd::OddScenarios;
use crate::sim;
use crate::sim::Entry;
use crate::time::Duration;

/// A scenario that has told so much is stopped as a user would stop it.
const ENTRIES_MAX: u32 = 20_000;
/// Calls after which it is stopped: some plans have millions.
const CALLS_MAX: u64 = 300;
/// A scenario that takes longer than this hangs. Each takes milliseconds.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// Failures after which no further one is looked for.
const FAILURES_TOLD: usize = 8;
/// So many scenarios write every key of the schema.
const ALL_KEYS_FROM: u64 = 2_000;

/// What one scenario came to.
#[derive(Debug, Default)]
struct Told {
    ended: BTreeSet<String>,
    twice: Vec<String>,
    entries: u32,
    stopped: bool,
    /// Callbacks asked for, calls to customers, and how many of them were picked up.
    callbacks: [u32; 3],
}

impl Told {
    fn count_callbacks(&mut self, event: &QueueEventKind) {
        let place = match event {
            QueueEventKind::CallbackRequest { .. } => 0,
            QueueEventKind::CallbackCall { .. } => 1,
            QueueEventKind::CallbackDone { .. } => 2,
            _ => return,
        };
        self.callbacks[place] += 1;
    }
}

/// Plays it and checks what must hold of every run.
fn play(index: u64, odd: &Odd) -> Told {
    let scenario = &odd.scenario;
    let mut books = Reconciler::new(!scenario.pbx.queues.is_empty()).showing(scenario.pbx.cdr_detail);
    let mut told = Told::default();
    let report = sim::run(scenario, scenario.seed, |entry| {
        told.entries += 1;
        match entry {
            Entry::Observation(Observation::Ended(record)) => {
                if !told.ended.insert(record.call_id.to_string()) {
                    told.twice.push(record.call_id.to_string());
                }
                books.generator(record);
            }
            Entry::Cdr(row) => books.cdr(row),
            Entry::QueueEvent(event) => {
                told.count_callbacks(&event.event);
                books.queue_event(event);
            }
            _ => {}
        }
        if told.entries > ENTRIES_MAX || told.ended.len() as u64 > CALLS_MAX {
            told.stopped = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let text = &odd.text;
    assert_eq!(told.twice, [""; 0], "scenario {index}: calls ended twice\n{text}");
    assert_eq!(report.attempts, told.ended.len() as u64, "scenario {index}: not every call ended\n{text}");
    assert_eq!(books.finish().differences, [""; 0], "scenario {index}: the books differ\n{text}");
    told
}

/// What is written out reads back as itself.
fn reads_back(index: u64, odd: &Odd) {
    let inputs = scenario::Inputs {
        read_file: &|_| Ok(odd::FILE.to_owned()),
        environment: &|_| Some("secret".to_owned()),
        ..scenario::Inputs::with_seed(0)
    };
    let again = scenario::parse(&odd.scenario.effective, "effective.yaml", &inputs);
    let again = again.unwrap_or_else(|problems| {
        panic!(
            "scenario {index}: its effective form is refused:\n{problems}\n{}\n{}",
            odd.text, odd.scenario.effective
        )
    });
    assert_eq!(again.effective, odd.scenario.effective, "scenario {index}\n{}", odd.text);
}

/// What a thread tells of the scenarios that it plays.
enum News {
    Begins(u64),
    /// Its keys and calls, and whether it was stopped.
    Ended(BTreeSet<String>, usize, bool),
    AllPlayed,
}

/// Plays the scenarios from `first` to `count` on a thread of its own, so that one that hangs is told by its number.
fn begin(seed: Seed, first: u64, count: u64) -> mpsc::Receiver<News> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let scenarios = OddScenarios::new(seed);
        for index in first..count {
            sender.send(News::Begins(index)).expect("the test waits");
            let Some(odd) = scenarios.draw(index) else { continue };
            reads_back(index, &odd);
            let told = play(index, &odd);
            sender.send(News::Ended(odd.keys, told.ended.len(), told.stopped)).expect("the test waits");
        }
        sender.send(News::AllPlayed).expect("the test waits");
    });
    receiver
}

/// Draws and plays `count` scenarios. All that fail are told, up to some.
fn play_all(seed: Seed, count: u64) {
    let scenarios = OddScenarios::new(seed);
    let mut missing = scenarios.all_keys();
    let keys = missing.len();
    let (mut valid, mut stopped, mut calls) = (0, 0, 0);
    let mut failed: Vec<(u64, String)> = Vec::new();
    let mut news = begin(seed, 0, count);
    let mut playing = 0;
    loop {
        let what = match news.recv_timeout(HANGS_AFTER) {
            Ok(News::AllPlayed) => break,
            Ok(News::Begins(index)) => {
                playing = index;
                continue;
            }
            Ok(News::Ended(keys, ended, was_stopped)) => {
                missing = &missing - &keys;
                (valid, stopped, calls) = (valid + 1, stopped + u64::from(was_stopped), calls + ended);
                continue;
            }
            Err(mpsc::RecvTimeoutError::Timeout) => "hangs",
            Err(mpsc::RecvTimeoutError::Disconnected) => "panics",
        };
        // At once, and before it is drawn again: what hangs may also hang here, or end the process later.
        eprintln!("scenario {playing} {what}");
        let text = scenarios.draw(playing).map_or_else(String::new, |odd| odd.text);
        failed.push((playing, format!("scenario {playing} {what}: {text}")));
        if failed.len() >= FAILURES_TOLD {
            break;
        }
        news = begin(seed, playing + 1, count);
    }
    println!(
        "{valid} of {count} scenarios valid, {stopped} of them stopped, {calls} calls, {keys} keys of the schema"
    );
    println!("keys in no valid scenario: {missing:?}");
    assert!(failed.is_empty(), "{}", failed.into_iter().map(|(_, text)| text + "\n").collect::<String>());
    assert!(valid * 10 >= count * 9, "{valid} of {count} became valid");
    assert!(missing.is_empty() || count < ALL_KEYS_FROM, "keys in no valid scenario: {missing:?}");
}

fn report(text: &str) -> sim::Report {
    let scenario = scenario::parse(text, "odd.yaml", &scenario::Inputs::with_seed(4)).unwrap();
    sim::run(&scenario, scenario.seed, |_| ControlFlow::Continue(()))
}

/// Nobody ever answers, nobody ever gives up, and nothing else would end the run.
#[test]
fn what_would_go_on_for_ever_is_stopped_and_says_so() {
    let nobody_answers = "\
calls: 5
traffic: {profile: 60/h, callers: [{talk: 1m}]}
pbx:
  agents: {count: 2, no_answer: 100%}
  queues: {sales: {}}
";
    let stopped = report(nobody_answers);
    assert!(stopped.endless && stopped.stopped && stopped.attempts == 5, "{stopped:?}");
    assert!(!report(&format!("{nobody_answers}drain: 3h\n")).endless);
    let patient = nobody_answers.replace("talk: 1m", "talk: 1m, patience: 10m");
    assert!(!report(&patient).endless);
}

/// An agent who wraps up for decades, and callers who wait: time comes to its end, where nothing can wait any more.
#[test]
fn the_end_of_time_is_the_end_of_the_run() {
    let decades = "\
calls: 55
traffic: {profile: 1/d, callers: [{talk: 3m}]}
pbx:
  agents: [{wrap_up: {weibull: {scale: 900w, shape: 10}}}]
  queues: {sales: {strategy: ring_progressively}}
";
    let report = report(decades);
    assert!(report.attempts == 55 && !report.endless, "{report:?}");
}

/// A week is waited for customers whom nobody will call, and nothing happens in it: an event for each sentence that they do
/// not hear would be millions of them, and as endless a run.
#[test]
fn customers_whom_nobody_will_call_keep_no_run_going() {
    let nobody_will_do = "\
calls: 120
traffic: {profile: 3600/h, callers: [{by: web_callback, language: en, talk: 20ms}]}
pbx:
  agents: [{languages: [en], penalty: 1}]
  queues: {sales: {language: en, max_penalty: 0, retry: 1us, retry_of: caller, announce: {least: 1d}}}
";
    let report = report(nobody_will_do);
    assert!(report.first_attempts == 0 && report.attempts == 0 && !report.endless, "{report:?}");
}

fn each_call_ends_once(text: &str) -> Told {
    let scenario = scenario::parse(text, "odd.yaml", &scenario::Inputs::with_seed(4)).unwrap();
    play(0, &Odd { text: text.to_owned(), scenario, keys: BTreeSet::new() })
}

/// The last calls free agents, who have customers to call back: they dial, and nobody picks up, since nothing would end
/// such a call.
#[test]
fn nobody_is_called_back_by_those_whom_the_end_of_the_run_frees() {
    let told = each_call_ends_once(
        "calls: 20\ndrain: 1h\ntraffic:\n  profile: 60/h\n  callers:\n    - {name: long, share: 50%, talk: 3d}\n    \
         - {name: web, share: 50%, by: web_callback, talk: 1s}\npbx:\n  agents: {count: 4}\n  queues: {sales: {}}\n",
    );
    let [asked, called, reached] = told.callbacks;
    assert!(asked > reached + 2 && called > reached, "some wait when agents are freed: {:?}", told.callbacks);
    assert!(reached > 0, "who asked before all agents were on the phone was called: {:?}", told.callbacks);
    assert_eq!(told.ended.iter().filter(|call| call.ends_with("callback")).count(), reached as usize);
}

/// Who asked on the web and is called back may wait again, be offered a callback, and be called once more.
#[test]
fn who_is_called_back_twice_has_two_calls() {
    let told = each_call_ends_once(
        "calls: 20\ntraffic: {profile: 60/h, callers: [{by: web_callback, talk: 1m}]}\npbx:\n  \
         agents: {count: 1, no_answer: 50%}\n  \
         queues: {sales: {answer: on_entry, callback: {offer_after: 1s}}}\n",
    );
    let of = |attempt: &str| told.ended.iter().filter(|call| call.ends_with(attempt)).count();
    assert!(of("-0-callback") > 5 && of("-1-callback") > 2, "{:?}", told.ended);
}

#[test]
fn no_odd_scenario_panics_or_hangs() {
    play_all(Seed(11), 300);
}

#[test]
#[ignore = "takes minutes: ci/accept 4 11"]
fn ten_thousand_odd_scenarios_neither_panic_nor_hang() {
    play_all(Seed(4_011), 10_000);
}
