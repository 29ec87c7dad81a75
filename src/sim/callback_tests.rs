//! Callbacks over whole simulated runs: conservation, the loss that they save, the promise.

use std::ops::ControlFlow;

use crate::books::Reconciler;
use crate::metrics::CallbackCounts;
use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::metrics::Summary;
use crate::outcome::CompletedBy;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::note::{CallbackOrigin, CallbackStep, Note, Noted};
use crate::random::Seed;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;
use crate::time::{Duration, Instant};
use crate::verdict::Status;

const SHIPPED: &str = include_str!("../../scenarios/call-me-back.yaml");
const ABANDONED: Outcome = Outcome::Human(Human::Abandoned);
const PROMISED: Outcome = Outcome::Completed(CompletedBy::Callback);

fn read(text: &str) -> Scenario {
    parse(text, "call-me-back.yaml", &Inputs::with_seed(55)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The figures, with the books reconciled on the way.
fn play(text: &str) -> (Summary, CallbackCounts) {
    let scenario = read(text);
    let mut books = Reconciler::new(true);
    sim::run(&scenario, scenario.seed, |entry| {
        match entry {
            Entry::Observation(Observation::Ended(record)) => books.generator(record),
            Entry::Cdr(row) => books.cdr(row),
            Entry::QueueEvent(event) => books.queue_event(event),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    assert_eq!(books.finish().differences, [""; 0]);
    let settings = Settings { warm_up: scenario.warm_up, ..Settings::default() };
    let summary = sim::gather(&scenario, scenario.seed, settings).collector.finish();
    let counts = summary.notes.callbacks.values().next().cloned().unwrap_or_default();
    (summary, counts)
}

/// Row 55: the same callers with the offer and without it. Every request is done or failed, the promised calls are those
/// of the records, and fewer callers give up.
#[test]
fn fewer_callers_are_lost_where_they_may_be_called_back() {
    let (with, counts) = play(SHIPPED);
    assert_eq!(counts.total(), counts.done + counts.failed, "{counts:?}");
    let [voicemail, queue, web] = counts.requested;
    assert_eq!((voicemail, queue), (0, with.counts.outcome(PROMISED)));
    assert!((12..=45).contains(&web), "a tenth of about 270 contacts: {web}");
    assert!(counts.calls > counts.total(), "15 % of the calls are not answered: some are made again");
    let without = SHIPPED.replace("accept: 60%", "accept: 0%");
    let (nobody, none) = play(&without);
    assert_eq!((none.requested[1], nobody.counts.outcome(PROMISED)), (0, 0));
    let (off, nobody) = play(&SHIPPED.replace("offer_after: 10s, ", ""));
    assert_eq!((nobody.requested[1], off.counts.outcome(PROMISED)), (0, 0));
    let abandoned = |text: &str| {
        let scenario = read(text);
        let of = |seed| sim::gather(&scenario, Seed(seed), Settings::default()).collector.finish();
        (0..20).map(|seed| of(seed).counts.outcome(ABANDONED)).sum::<u64>()
    };
    let (lost, lost_without) = (abandoned(SHIPPED), abandoned(&without));
    // Places are kept, so that those who wait on the line wait as long as before: what is saved are callers whose turn
    // comes when the rush is over.
    println!("abandoned in 20 runs: {lost} with the offer, {lost_without} without");
    assert!(lost < lost_without, "{lost} {lost_without}");
}

/// Nobody but callers waits in the queue: service level, wait and who asked are those of the calls that customers made, by
/// their records, and a customer who was promised a call wants an agent's time once.
#[test]
fn a_call_to_a_customer_is_in_no_figure_of_waiting_and_customers_count_once() {
    let text = "name: cb\nseed: 3\nduration: 40h\ntraffic:\n  profile: 60/h\n  callers:\n  - name: c\n    \
                share: 80%\n    talk: {exponential: {mean: 180s}}\n    \
                callback: {accept: 60%, answer: 100%, answer_delay: 5s}\n  - name: web\n    share: 20%\n    \
                by: web_callback\n    talk: {exponential: {mean: 180s}}\n    \
                callback: {answer: 100%, answer_delay: 5s}\npbx:\n  agents: {count: 4, wrap_up: 10s}\n  \
                queues:\n    q: {answer: on_entry, callback: {offer_after: 0s, promise: 2h}}\ngates:\n  \
                - service_level(20s) >= 80%\n";
    let scenario = read(text);
    let (mut by_phone, mut to_customers) = (Vec::new(), Vec::new());
    let threshold = Duration::from_secs(20);
    let settings = Settings { thresholds: vec![threshold], ..Settings::default() };
    let mut collector = Collector::new(settings);
    sim::run_without_books(&scenario, scenario.seed, |entry| {
        if let Entry::Observation(observation) = entry {
            collector.observe(observation);
            if let Observation::Ended(record) = observation {
                let kind =
                    if record.call_id.ends_with("-callback") { &mut to_customers } else { &mut by_phone };
                kind.push((**record).clone());
            }
        }
        ControlFlow::Continue(())
    });
    let summary = collector.finish();
    let queue = summary.queue.unwrap();
    let agent = Outcome::Completed(CompletedBy::Agent);
    let answered: Vec<_> = by_phone.iter().filter(|record| record.outcome == agent).collect();
    let in_time = answered.iter().filter(|record| record.wait.unwrap() <= threshold).count();
    let waited: f64 = answered.iter().map(|record| record.wait.unwrap().as_secs_f64()).sum();
    let length = |records: usize| u64::try_from(records).unwrap();
    assert!(to_customers.len() > 300 && to_customers.iter().all(|record| record.outcome == agent));
    assert!(to_customers.iter().all(|record| record.wait.is_none() && record.talk.is_some()));
    assert_eq!((queue.offered, queue.answered), (length(by_phone.len()), length(answered.len())));
    assert_eq!(summary.counts.queue_in_time[0], length(in_time));
    assert!((queue.asa_s.unwrap() - waited / f64::from(u32::try_from(answered.len()).unwrap())).abs() < 1e-6);
    let promised = by_phone.iter().filter(|record| record.outcome == PROMISED).count();
    assert_eq!((queue.promised, queue.called_back), (length(promised), length(to_customers.len())));
    let mut people: Vec<u64> = by_phone.iter().chain(&to_customers).map(|record| record.index).collect();
    people.sort_unstable();
    people.dedup();
    assert_eq!(queue.customers(), length(people.len()), "everybody wants to talk once");
    // 3 minutes and 10 s of wrap-up, whoever made the call.
    assert!((queue.mean_handle_s.unwrap() - 190.0).abs() < 15.0, "{:?}", queue.mean_handle_s);
}

/// Rows 28 and 73: on time, late and never add up to what was promised.
#[test]
fn what_is_left_at_the_end_is_pending_and_was_never_called() {
    let (_, all) = play(SHIPPED);
    let busy = SHIPPED.replace("count: 7", "count: 4").replace("hold: 30m", "hold: 2h");
    let (_, late) = play(&busy);
    assert!(late.called_within(900) < late.called(), "{late:?}");
    assert_eq!(all.called_within(900), all.called());
    let (_, cut) = play(&busy.replace("duration: 3h", "duration: 2h\ndrain: 0s"));
    let pending = cut.total() - cut.done - cut.failed;
    assert!(pending > 0 && cut.called() < cut.total(), "{cut:?}");
}

/// The last moment of the promise is in time, the next is late.
#[test]
fn the_edge_of_the_promise_is_in_time() {
    let mut collector = Collector::new(Settings::default());
    let mut tell = |step| {
        let (at, queue) = (Instant::ZERO, "advisers".into());
        collector.noted(&Noted { at, queue, note: Note::Callback(step) });
    };
    for wait in [Duration::from_secs(900), Duration::from_nanos(900_000_000_001)] {
        tell(CallbackStep::Requested(CallbackOrigin::Web));
        tell(CallbackStep::Called { attempt: 1, wait });
        tell(CallbackStep::Called { attempt: 2, wait: wait * 2 });
    }
    tell(CallbackStep::Requested(CallbackOrigin::Web));
    let summary = collector.finish();
    let counts = &summary.notes.callbacks["advisers"];
    assert_eq!((counts.total(), counts.called(), counts.called_within(900), counts.calls), (3, 2, 1, 4));
    let gate = |text: &str| {
        let gate = crate::verdict::gate::parse(text, "test").unwrap();
        let judged = crate::verdict::judge_gate(&gate, &summary);
        (judged.status, judged.value, judged.n)
    };
    assert_eq!(gate("callback_in_time(15m) >= 33%"), (Status::Pass, Some(1.0 / 3.0), 3));
    assert_eq!(gate("callback_in_time(15m) >= 34%").0, Status::Fail);
    assert_eq!(gate("callback_in_time(901s) >= 66%").0, Status::Pass);
    assert_eq!(gate("callback_in_time(899s) >= 1%").0, Status::Fail);
}

/// After hours, the time of a promise begins with the next opening.
#[test]
fn who_asks_after_hours_is_promised_a_call_after_the_opening() {
    let text = "name: night\nseed: 1\nstart: 2026-01-05T20:00[Europe/Moscow]\nduration: 1h\ntraffic:\n  profile: 20/h\n  \
                callers:\n  - {by: web_callback, talk: 60s}\npbx:\n  hours: {open: [{from: 08:00, to: 18:00}]}\n  \
                agents: {count: 1}\n  queues: {desk: {callback: {promise: 5m}}}\n";
    let (summary, counts) = play(text);
    assert_eq!((counts.total(), counts.done), (summary.counts.offered(), counts.total()));
    assert!(counts.total() >= 10 && counts.called_within(0) == 1, "{counts:?}");
    // One agent, a minute each: the sixth customer is called exactly five minutes after eight.
    assert_eq!(counts.called_within(300), 6);
}

/// A firm whose only phone nobody answers, and that promises a call to whoever leaves: the run ends, since nobody is called
/// more than ten times in a row.
#[test]
fn a_firm_that_calls_back_and_does_not_answer_gives_up() {
    let text = "name: again\nseed: 1\nduration: 10m\ntraffic:\n  profile: 60/h\n  callers:\n  - {talk: 60s, callback: \
                {answer: 100%, answer_delay: 0s}}\npbx:\n  agents: [{name: anna, no_answer: 100%}]\n  queues:\n    desk: \
                {ring_timeout: 5s, retry: 1s, max_wait: 5s, on_timeout: callback}\n";
    let (summary, counts) = play(text);
    let timed_out = summary.counts.outcome(Outcome::Human(Human::QueueTimeout));
    assert!(timed_out > 3, "{timed_out}");
    assert_eq!((counts.total(), counts.done), (10 * timed_out, 10 * timed_out), "{counts:?}");
    assert_eq!(summary.counts.offered(), 11 * timed_out);
}

/// At eight in the morning a thousand are called who asked on the web page. All pick up at once, and the queue keeps nobody
/// for a moment, but promises another call: what follows at that one instant is a row of events, and no tower of calls
/// within calls, for which any stack is too small.
#[test]
fn those_who_are_called_back_at_one_instant_are_so_one_after_another() {
    let text = "name: many\nseed: 1\nstart: 2026-01-05T20:00[Europe/Moscow]\nduration: 1h\ntraffic:\n  profile: 1000/h\n  \
                callers: [{by: web_callback, talk: 60s, callback: {answer: 100%, answer_delay: 0s}}]\npbx:\n  hours: \
                {open: [{from: 08:00, to: 18:00}]}\n  agents: {count: 1}\n  queues: {desk: {max_wait: 0s, on_timeout: callback}}\n";
    let (summary, counts) = play(text);
    let timed_out = summary.counts.outcome(Outcome::Human(Human::QueueTimeout));
    assert!(timed_out > 900, "{timed_out}");
    assert_eq!((counts.total(), counts.done), (10 * timed_out, 10 * timed_out), "{counts:?}");
}

#[test]
fn mistakes_in_callbacks_are_named_with_their_remedy() {
    let refused = |from: &str, to: &str| {
        let text = SHIPPED.replace(from, to);
        assert_ne!(text, SHIPPED, "{from}");
        parse(&text, "call-me-back.yaml", &Inputs::with_seed(1)).unwrap_err().to_string()
    };
    let cases = [
        ("answer: on_entry", "answer: on_agent", "write answer: on_entry"),
        ("offer_after: 10s", "offer_after: 10s, key: \"12\"", "`12` is no key"),
        ("promise: 15m", "promise: 0s", "pbx.queues.advisers.callback.promise"),
        ("promise: 15m", "promiss: 15m", "did you mean `promise`?"),
        ("by: web_callback", "by: web", "web_callback"),
        ("    advisers:\n", "    advisers:\n      numbers: [\"7\"]\n", "`100` leads to no queue"),
    ];
    for (from, to, remedy) in cases {
        let message = refused(from, to);
        assert!(message.contains(remedy), "{to}: {message}");
    }
    let again = parse(&read(SHIPPED).effective, "again.yaml", &Inputs::with_seed(55)).unwrap();
    assert_eq!((&again.pbx, &again.traffic), (&read(SHIPPED).pbx, &read(SHIPPED).traffic));
}
