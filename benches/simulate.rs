//! Calls per second of the simulation, beside a bare event loop of the same system, alternating in one run:
//! 100 agents at 90 % load, callers who give up, M/M/100+M. Not criterion's: what is wanted is a ratio.
//!
//! The bare loop is what one would write by hand: a binary heap of events, a queue, counters. It knows no PBX, no
//! routing, no outcome, no record. It is measured three times, and all ratios are printed:
//!
//! * `bare`: the same workload to the letter. It is given the very calls that the simulation plays, drawn by the same
//!   `Plans` (each call from a stream of its own, which is what lets any thread draw any call), so that both must
//!   serve and lose exactly the same number of callers, which is checked;
//! * `bare_late_patience`: the same, but whose patience is never asked for, since an agent is idle, doesn't draw any: what
//!   the simulation does too;
//! * `bare_own_draws`: calls of the same laws, all drawn from one stream, which costs less and serves no purpose but
//!   its own: nothing can be compared call by call.
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
use busyhour::traffic::{CallPlan, Plans};
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

/// What the bare loop knows of a caller, in nanoseconds.
struct Caller {
    start: u64,
    talk: u64,
}

/// Where callers come from.
trait Calls {
    fn next(&mut self) -> Option<Caller>;

    /// Nanoseconds, of the latest caller.
    fn patience(&mut self) -> u64;
}

/// The calls that the simulation plays.
struct SameCalls {
    plans: Plans,
    plan: CallPlan,
    is_patience_late: bool,
}

impl SameCalls {
    fn new(scenario: &Scenario, seed: u64) -> Self {
        let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, Seed(seed));
        Self { plans: plans.without_numbers(), plan: CallPlan::blank(), is_patience_late: false }
    }

    fn with_late_patience(self) -> Self {
        Self { plans: self.plans.with_patience_later(), is_patience_late: true, ..self }
    }
}

impl Calls for SameCalls {
    fn next(&mut self) -> Option<Caller> {
        let plan = &mut self.plan;
        self.plans
            .next_into(plan)
            .then(|| Caller { start: plan.intended_start.as_nanos(), talk: nanos(plan.talk.as_secs_f64()) })
    }

    fn patience(&mut self) -> u64 {
        let late =
            if self.is_patience_late { self.plans.patience_of(&self.plan) } else { self.plan.patience };
        nanos(late.map_or(f64::INFINITY, |patience| patience.as_secs_f64()))
    }
}

/// Calls of the same laws from one stream: when, who, talk, patience.
struct OwnDraws {
    arrivals: Stream,
    callers: Stream,
    left: u64,
    now_s: f64,
    patience: u64,
}

impl OwnDraws {
    fn new(calls: u64, seed: u64) -> Self {
        let [arrivals, callers] =
            [Purpose::Arrivals, Purpose::Attempt].map(|purpose| Seed(seed).stream(purpose, 0));
        Self { arrivals, callers, left: calls, now_s: 0.0, patience: 0 }
    }
}

impl Calls for OwnDraws {
    fn next(&mut self) -> Option<Caller> {
        self.left = self.left.checked_sub(1)?;
        self.now_s += self.arrivals.exponential() / ARRIVALS_PER_S;
        black_box(self.callers.unit());
        let (start, talk) = (nanos(self.now_s), nanos(TALK_S * self.callers.exponential()));
        self.patience = nanos(PATIENCE_S * self.callers.exponential());
        Some(Caller { start, talk })
    }

    fn patience(&mut self) -> u64 {
        self.patience
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn nanos(seconds: f64) -> u64 {
    (seconds * 1e9 + 0.5) as u64
}

/// Departures come first at one instant, as in the simulation.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Departure,
    GivesUp { place: u64 },
    Arrival { talk: u64 },
}

struct Waiting {
    since: u64,
    talk: u64,
    gone: bool,
}

#[derive(Default)]
struct Bare {
    heap: BinaryHeap<Reverse<(u64, Event)>>,
    line: VecDeque<Waiting>,
    first_place: u64,
    busy: usize,
    served: u64,
    abandoned: u64,
    in_time: u64,
    waited: u64,
}

impl Bare {
    fn run(mut self, mut calls: impl Calls) -> (u64, u64) {
        self.schedule_arrival(&mut calls);
        while let Some(Reverse((now, event))) = self.heap.pop() {
            match event {
                Event::Arrival { talk } => {
                    self.arrive(now, talk, &mut calls);
                    self.schedule_arrival(&mut calls);
                }
                Event::Departure => self.depart(now),
                Event::GivesUp { place } => self.give_up(place),
            }
        }
        black_box((self.in_time, self.waited));
        (self.served, self.abandoned)
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.heap.push(Reverse((at, event)));
    }

    fn schedule_arrival(&mut self, calls: &mut impl Calls) {
        if let Some(Caller { start, talk }) = calls.next() {
            self.schedule(start, Event::Arrival { talk });
        }
    }

    fn serve(&mut self, now: u64, since: u64, talk: u64) {
        self.busy += 1;
        self.served += 1;
        self.in_time += u64::from(now - since <= 20_000_000_000);
        self.waited += now - since;
        self.schedule(now + talk, Event::Departure);
    }

    fn arrive(&mut self, now: u64, talk: u64, calls: &mut impl Calls) {
        if self.busy < AGENTS {
            return self.serve(now, now, talk);
        }
        let place = self.first_place + self.line.len() as u64;
        self.line.push_back(Waiting { since: now, talk, gone: false });
        self.schedule(now.saturating_add(calls.patience()), Event::GivesUp { place });
    }

    fn depart(&mut self, now: u64) {
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

fn main() {
    let calls = option("--calls", 1_000_000);
    let rounds = option("--rounds", 7);
    let scenario = scenario(calls);
    if std::env::args().any(|argument| argument == "--profile") {
        // No clock is read: valgrind counts instructions, and rustix's clock does not start under it.
        let (served, abandoned) = ours(&scenario, 1);
        println!("{{\"served\":{served},\"abandoned\":{abandoned}}}");
        return;
    }
    let mut seconds: [Vec<f64>; 5] = Default::default();
    for round in 0..=rounds {
        let (a, ours_s) = timed(|| ours(&scenario, round));
        let (b, bare_s) = timed(|| Bare::default().run(SameCalls::new(&scenario, round)));
        let late = || SameCalls::new(&scenario, round).with_late_patience();
        let (d, late_s) = timed(|| Bare::default().run(late()));
        let (c, own_s) = timed(|| Bare::default().run(OwnDraws::new(calls, round)));
        let ((), draws_s) = timed(|| {
            let mut calls = SameCalls::new(&scenario, round);
            while let Some(call) = calls.next() {
                black_box((call, calls.patience()));
            }
        });
        assert_eq!([b, d], [a; 2], "served and abandoned, in the bare loops and here");
        assert_eq!(c.0 + c.1, calls, "every call ends once");
        // The first round warms the caches up.
        if round > 0 {
            for (all, one) in seconds.iter_mut().zip([ours_s, bare_s, late_s, own_s, draws_s]) {
                all.push(one);
            }
        }
    }
    let [ours_s, bare_s, late_s, own_s, draws_s] = &seconds;
    let per_second = |seconds: &[f64]| median(seconds.iter().map(|seconds| calls as f64 / seconds).collect());
    let ratio = |bare: &[f64]| median(bare.iter().zip(ours_s).map(|(bare, ours)| bare / ours).collect());
    println!(
        "{{\"calls\":{calls},\"rounds\":{rounds},\"ours_calls_per_second\":{:.0},\"bare_calls_per_second\":{:.0},\
         \"ours_over_bare\":{:.3},\"ours_over_bare_late_patience\":{:.3},\"bare_own_draws_calls_per_second\":{:.0},\"ours_over_bare_own_draws\":{:.3},\
         \"draws_alone_calls_per_second\":{:.0}}}",
        per_second(ours_s),
        per_second(bare_s),
        ratio(bare_s),
        ratio(late_s),
        per_second(own_s),
        ratio(own_s),
        per_second(draws_s),
    );
}
