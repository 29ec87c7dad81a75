//! From what a simulation tells to figures.

use std::ops::ControlFlow;

use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::outcome::Observation;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::sim::Report;
use crate::sim::straight;
use crate::time::Instant;

/// What one replication came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    pub collector: Collector,
    pub report: Report,
    /// Attempts that ended.
    pub recorded: u64,
}

/// Runs one replication of `scenario` from `seed` for its figures alone: no books, no gates that stop it.
///
/// # Panics
/// Never: nothing stops it.
#[must_use]
pub fn gather(scenario: &Scenario, seed: Seed, settings: Settings) -> Gathered {
    gather_while(scenario, seed, settings, &|| true).expect("it may always go on")
}

/// The same while it may go on, which is asked before it begins and again and again; none if it was stopped before its
/// end.
#[must_use]
pub fn gather_while(
    scenario: &Scenario,
    seed: Seed,
    settings: Settings,
    may_go_on: &dyn Fn() -> bool,
) -> Option<Gathered> {
    if !may_go_on() {
        return None;
    }
    match gather_straight(scenario, seed, settings.clone(), &|_| may_go_on()) {
        Some(gathered) => Some(gathered).filter(|gathered| !gathered.report.stopped),
        None => gather_by_machines(scenario, seed, settings, may_go_on),
    }
}

/// The same for scenarios whose calls nothing can hold up, which go straight through in a fraction of the time; none for
/// others. Asks whether it may go on after every few thousand calls, with the time that it is in the simulation, and gives
/// as much as it may.
#[must_use]
pub fn gather_straight(
    scenario: &Scenario,
    seed: Seed,
    settings: Settings,
    may_go_on: &dyn Fn(Instant) -> bool,
) -> Option<Gathered> {
    straight::gather(scenario, seed, settings, may_go_on)
}

/// The same by the general driver, whatever the scenario.
pub(super) fn gather_by_machines(
    scenario: &Scenario,
    seed: Seed,
    settings: Settings,
    may_go_on: &dyn Fn() -> bool,
) -> Option<Gathered> {
    let mut collector = Collector::new(settings);
    let (mut stopped, mut recorded) = (false, 0);
    let report = sim::run_without_books(scenario, seed, |entry| {
        count(&mut collector, entry);
        recorded += u64::from(matches!(entry, Entry::Observation(Observation::Ended(_))));
        stopped = !may_go_on();
        if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (!stopped).then_some(Gathered { collector, report, recorded })
}

/// Counts one entry. The PBX's own rows say nothing that the observations do not.
#[inline]
pub fn count(collector: &mut Collector, entry: &Entry) {
    match entry {
        Entry::Observation(observation) => collector.observe(observation),
        Entry::Cdr(_) | Entry::Triggered(_) => {}
        Entry::MenuEvent(event) => collector.menu_event(event.at, &event.menu, event.event),
        Entry::Noted(noted) => collector.noted(noted),
        Entry::QueueEvent(event) => count_queue_event(collector, event),
        Entry::QueueJoined { at } => collector.queue_joined(*at),
        Entry::QueueLeft { at } => collector.queue_left(*at),
    }
}

/// Counts what only the queue's own events show: its length, and phones that rang in vain.
pub fn count_queue_event(collector: &mut Collector, event: &QueueEvent) {
    match (&event.event, &event.agent) {
        (QueueEventKind::EnterQueue { .. }, _) => collector.queue_joined(event.at),
        (left, _) if left.ends_wait() => collector.queue_left(event.at),
        (QueueEventKind::RingNoAnswer { .. }, Some(agent)) => collector.offer_not_answered(agent, event.at),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;
    use crate::scenario::Inputs;
    use crate::time::Duration;

    const CENTRE: &str = "\
name: centre
calls: 3000
traffic:
  profile: 200/h
  callers:
    - name: customer
      talk: {exponential: {mean: 180s}}
      patience: {exponential: {mean: 60s}}
      redial: {probability: 50%, delay: {exponential: {mean: 60s}}, limit: 2}
pbx:
  channels: 11
  agents: {count: 8, answer_delay: {uniform: {min: 2s, max: 6s}}, no_answer: 5%, wrap_up: {constant: 10s}}
  queues:
    sales: {max_length: 5, max_wait: 2m, ring_timeout: 15s}
";

    /// The figures hold every end, wait, peak and agent that the books would.
    #[test]
    fn without_books_every_call_ends_as_with_them() {
        let scenario = scenario::parse(CENTRE, "centre.yaml", &Inputs::with_seed(5)).unwrap();
        let mut with_books = Collector::new(Settings::default());
        let report = sim::run(&scenario, Seed(5), |entry| {
            count(&mut with_books, entry);
            ControlFlow::Continue(())
        });
        let gathered = gather(&scenario, Seed(5), Settings::default());
        assert_eq!((&gathered.report, gathered.recorded), (&report, report.attempts));
        assert_eq!(gathered.collector, with_books);
        let counts = with_books.counts();
        assert!(counts.queue_abandoned > 100 && counts.technical() > 20 && counts.queue_answered > 1_000);
    }

    #[test]
    fn a_queue_is_as_long_as_its_own_events_say() {
        let mut collector = Collector::new(Settings::default());
        let mut tell = |seconds: u64, event| {
            let at = Instant::ZERO + Duration::from_secs(seconds);
            let event = QueueEvent { at, call: "1".into(), queue: "sales".into(), agent: None, event };
            count(&mut collector, &Entry::QueueEvent(Box::new(event)));
        };
        let joined = |position| QueueEventKind::EnterQueue { caller: "7900".into(), position };
        tell(0, joined(1));
        tell(1, joined(2));
        let wait = Duration::from_secs(2);
        tell(2, QueueEventKind::Abandon { position: 1, original_position: 1, wait });
        tell(3, joined(2));
        let summary = collector.finish();
        assert_eq!(summary.slices.iter().map(|slice| slice.queue_peak).max(), Some(2));
    }
}
