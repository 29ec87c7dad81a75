//! Calls per second of the simulation, beside a bare event loop of the same system, alternating in one run:
//! 100 agents at 90 % load, callers who give up, M/M/100+M. Not criterion's: what is wanted is a ratio.
//!
//! The bare loop is what one would write by hand: a binary heap of events, a queue, counters; the same
//! generator of random numbers, the same logarithm, the same four draws a call (when, who, talk, patience).
//! It knows no PBX, no routing, no outcome, no record.
//!
//! `cargo bench --bench simulate -- [--calls N] [--rounds N]` prints one JSON line;
//! `-- --profile` runs our side alone, for a profiler.

#![expect(clippy::cast_precision_loss, reason = "calls and nanoseconds stay far below 2^53")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::VecDeque;
use std::hint::black_box;

use busyhour::metrics::Settings;
use busyhour::random::{Purpose, Seed, Stream};
use busyhour::scenario::{Inputs, Scenario};
use busyhour::sim;
use busyhour::time::Duration;
use rustix::time::{ClockId, clock_gettime};

const AGENTS: usize = 100;
const TALK_S: f64 = 180.0;
const PATIENCE_S: f64 = 360.0;
const ARRIVALS_PER_S: f64 = 0.9 * 100.0 / TALK_S;

fn scenario(calls: u64) -> Scenario {
    let text = format!(
        "name: mm100
question: How fast is the simulation?
calls: {calls}
traffic:
  profile: {}/h
  callers:
    - name: customer
      talk: {{exponential: {{mean: {TALK_S}s}}}}
      patience: {{exponential: {{mean: {PATIENCE_S}s}}}}
pbx:
  agents: {{count: {AGENTS}}}
  queues:
    sales: {{}}
gates:
  - service_level(20s) >= 80%
",
        ARRIVALS_PER_S * 3600.0
    );
    busyhour::scenario::parse(&text, "mm100.yaml", &Inputs::with_seed(1)).expect("the scenario is right")
}

/// Our side: scenario, callers, PBX with queue and agents, classification, figures. Waits of served callers are
/// counted as in any run.
fn ours(scenario: &Scenario, seed: u64) -> (u64, u64) {
    let settings = Settings { thresholds: vec![Duration::from_secs(20)], ..Settings::default() };
    let gathered = sim::gather(scenario, Seed(seed), settings);
    let counts = gathered.collector.counts();
    (counts.queue_answered, counts.queue_abandoned)
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Departure,
    GivesUp { place: u64 },
}

struct Waiting {
    since: f64,
    talk: f64,
    gone: bool,
}

/// Seconds of an event, ordered.
#[derive(Debug, PartialEq, PartialOrd)]
struct At(f64);

impl Eq for At {}

#[expect(clippy::derive_ord_xor_partial_ord, reason = "no event is at NaN seconds")]
impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[derive(Default)]
struct Bare {
    heap: BinaryHeap<Reverse<(At, u64, Event)>>,
    scheduled: u64,
    line: VecDeque<Waiting>,
    first_place: u64,
    busy: usize,
    served: u64,
    abandoned: u64,
    in_time: u64,
    waited_s: f64,
}

impl Bare {
    fn schedule(&mut self, at: f64, event: Event) {
        self.heap.push(Reverse((At(at), self.scheduled, event)));
        self.scheduled += 1;
    }

    fn serve(&mut self, now: f64, since: f64, talk: f64) {
        self.busy += 1;
        self.served += 1;
        self.in_time += u64::from(now - since <= 20.0);
        self.waited_s += now - since;
        self.schedule(now + talk, Event::Departure);
    }

    fn arrive(&mut self, now: f64, callers: &mut Stream) {
        black_box(callers.unit());
        let talk = TALK_S * callers.exponential();
        let patience = PATIENCE_S * callers.exponential();
        if self.busy < AGENTS {
            return self.serve(now, now, talk);
        }
        let place = self.first_place + self.line.len() as u64;
        self.line.push_back(Waiting { since: now, talk, gone: false });
        self.schedule(now + patience, Event::GivesUp { place });
    }

    fn depart(&mut self, now: f64) {
        self.busy -= 1;
        while let Some(next) = self.line.pop_front() {
            self.first_place += 1;
            if !next.gone {
                return self.serve(now, next.since, next.talk);
            }
        }
    }

    fn give_up(&mut self, place: u64) {
        let Some(index) = place.checked_sub(self.first_place) else { return };
        if let Some(caller) = usize::try_from(index).ok().and_then(|index| self.line.get_mut(index)) {
            caller.gone = true;
            self.abandoned += 1;
        }
    }
}

fn bare(calls: u64, seed: u64) -> (u64, u64) {
    let mut arrivals = Seed(seed).stream(Purpose::Arrivals, 0);
    let mut callers = Seed(seed).stream(Purpose::Attempt, 0);
    let mut system = Bare::default();
    let mut arrived = 0;
    system.schedule(arrivals.exponential() / ARRIVALS_PER_S, Event::Arrival);
    while let Some(Reverse((At(now), _, event))) = system.heap.pop() {
        match event {
            Event::Arrival => {
                arrived += 1;
                if arrived < calls {
                    system.schedule(now + arrivals.exponential() / ARRIVALS_PER_S, Event::Arrival);
                }
                system.arrive(now, &mut callers);
            }
            Event::Departure => system.depart(now),
            Event::GivesUp { place } => system.give_up(place),
        }
    }
    black_box((system.in_time, system.waited_s));
    (system.served, system.abandoned)
}

fn option(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args();
    arguments.find(|argument| argument == name);
    arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Processor seconds of this thread that `work` takes: another program on the machine costs neither side anything.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let start = now();
    let result = work();
    (result, now() - start)
}

/// Shares of calls that gave up must agree, or the two are not the same system.
fn assert_same_system(ours: (u64, u64), bare: (u64, u64)) {
    let share = |(served, abandoned): (u64, u64)| abandoned as f64 / (served + abandoned) as f64;
    assert_eq!(ours.0 + ours.1, bare.0 + bare.1, "every call ends once");
    let (a, b) = (share(ours), share(bare));
    assert!((a - b).abs() < 0.2 * a.max(b) + 0.001, "abandoned: {a} here, {b} in the bare loop");
}

fn main() {
    let calls = option("--calls", 1_000_000);
    let rounds = option("--rounds", 7);
    let scenario = scenario(calls);
    if std::env::args().any(|argument| argument == "--profile") {
        let ((served, abandoned), seconds) = timed(|| ours(&scenario, 1));
        println!(
            "{{\"calls_per_second\":{:.0},\"served\":{served},\"abandoned\":{abandoned}}}",
            calls as f64 / seconds
        );
        return;
    }
    let (mut mine, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (a, ours_s) = timed(|| ours(&scenario, round));
        let (b, bare_s) = timed(|| bare(calls, round));
        assert_same_system(a, b);
        // The first round warms the caches up.
        if round > 0 {
            mine.push(calls as f64 / ours_s);
            theirs.push(calls as f64 / bare_s);
            ratios.push(bare_s / ours_s);
        }
    }
    println!(
        "{{\"calls\":{calls},\"rounds\":{rounds},\"ours_calls_per_second\":{:.0},\"bare_calls_per_second\":{:.0},\
         \"ours_over_bare\":{:.3}}}",
        median(mine),
        median(theirs),
        median(ratios)
    );
}
