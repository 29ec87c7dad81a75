//! How bursty arrivals are: calls in progress in a group without limit, and counts of whole days.

use std::ops::ControlFlow;

use crate::outcome::Observation;
use crate::random::Distribution;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::Plans;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::burst::Burst;
use crate::traffic::profile::Profile;
use crate::validation::case::Case;
use crate::validation::reference;
use crate::validation::reference::Row;
use crate::validation::system::System;

/// What [`busy`] gives, by place: time averages of calls in progress and of their square, and calls per second.
pub(super) const MEAN: usize = 0;
pub(super) const SQUARE: usize = 1;
const RATE: usize = 2;

/// The tables' unit of time, in seconds.
const UNIT_S: f64 = 100.0;
/// Length of a day of [`counts`], in seconds; any would do.
const DAY_S: f64 = 1_000.0;

pub(super) fn cases() -> Vec<Case> {
    vec![
        mmpp("MMPP, slow moods", 150, reference::MMPP_SLOW),
        mmpp("MMPP, fast moods", 60, reference::MMPP_FAST),
        hawkes("Hawkes, short memory", 200, reference::HAWKES_SHORT),
        hawkes("Hawkes, long memory", 100, reference::HAWKES_LONG),
        busyness("days of gamma busyness", reference::BUSYNESS),
        counts("counts of busy days, 5 in the mean", 20_000, reference::COUNTS_5),
        counts("counts of busy days, 100 in the mean", 10_000, reference::COUNTS_100),
    ]
}

/// One replication in a group without limit.
pub(super) fn busy(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let from = Instant::ZERO + scenario.warm_up;
    let to = match scenario.extent {
        Extent::Duration(duration) => from + duration,
        Extent::Calls(_) | Extent::Unstated => from,
    };
    let mut level = Level { busy: 0.0, changed: from, sum: 0.0, squares: 0.0 };
    let mut calls = 0.0;
    sim::run_without_books(scenario, seed, |entry| {
        match entry {
            Entry::Observation(Observation::Seized { at }) => {
                level.change((*at).min(to), 1.0);
                calls += f64::from(u8::from(*at >= from && *at < to));
            }
            Entry::Observation(Observation::Released { at }) => level.change((*at).min(to), -1.0),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    level.change(to, 0.0);
    let seconds = (to - from).as_secs_f64();
    vec![level.sum / seconds, level.squares / seconds, calls / seconds]
}

/// Calls in progress, and the integrals of their number and its square since the end of the warm-up.
struct Level {
    busy: f64,
    changed: Instant,
    sum: f64,
    squares: f64,
}

impl Level {
    fn change(&mut self, at: Instant, by: f64) {
        if at > self.changed {
            let seconds = (at - self.changed).as_secs_f64();
            self.sum += self.busy * seconds;
            self.squares += self.busy * self.busy * seconds;
            self.changed = at;
        }
        self.busy += by;
    }
}

/// `length` is the measured time in mean talk times.
fn peakedness(name: &str, replications: u64, row: Row, burst: Burst, length: f64) -> Case {
    let talk_s = UNIT_S / row.value("mu");
    let mut system = System::poisson(row.value("mean_rate") / UNIT_S, talk_s);
    system.arrivals = Arrivals::Bursty(burst);
    Case::new(name, replications, system.scenario(length / 5.0 * talk_s, length * talk_s), busy)
        .shows("mean_rate", row.reference("mean_rate"), |x| x[RATE] * UNIT_S)
        .shows("peakedness", row.reference("peakedness"), |x| x[SQUARE] / x[MEAN] - x[MEAN])
}

/// p1, p2 are the two rates, p3, p4 the rates of leaving each.
fn mmpp(name: &str, replications: u64, row: Row) -> Case {
    let burst = Burst::Mmpp {
        calm_mean: UNIT_S / row.value("p4"),
        burst_mean: UNIT_S / row.value("p3"),
        calm_factor: row.value("p2"),
        burst_factor: row.value("p1"),
    };
    peakedness(name, replications, row, burst, 300.0)
}

/// p2 is the height of the kernel, p3 its decay.
fn hawkes(name: &str, replications: u64, row: Row) -> Case {
    let branching = row.value("p2") / row.value("p3");
    peakedness(name, replications, row, Burst::Hawkes { branching, decay: UNIT_S / row.value("p3") }, 250.0)
}

/// Many days, each busier or quieter as a whole; p1 is the mean load in erlangs, p2 the factor's variation.
fn busyness(name: &str, row: Row) -> Case {
    let talk_s = UNIT_S / row.value("mu");
    let mut system = System::poisson(0.0, talk_s);
    let base = Box::new(Profile::Flat { per_second: row.value("p1") / talk_s });
    system.profile = Profile::Busyness { base, cv: row.value("p2"), day_ends: [].into() };
    Case::new(name, 1_500, system.scenario(12.0 * talk_s, 4.0 * talk_s), busy)
        .shows("mean_rate", row.reference("mean_rate"), |x| x[RATE] * UNIT_S)
        .shows("peakedness", row.reference("peakedness"), |x| x[SQUARE] / x[MEAN] - x[MEAN])
}

/// Calls of each of two days whose rate rises and falls: however they spread over a day, their number is Poisson
/// with a gamma factor. Only the plan of calls is drawn.
fn counts(name: &str, replications: u64, row: Row) -> Case {
    let mean = row.value("mean_calls");
    let top = 2.0 * mean / DAY_S;
    let points = [(0.0, 0.0), (0.3, 1.0), (1.0, 0.0), (1.0, 0.0), (1.8, 1.0), (2.0, 0.0)];
    let base = Profile::through(&points.map(|(day, share)| (day * DAY_S, share * top)));
    let mut system = System::poisson(0.0, 1.0);
    system.talk = Distribution::Constant { seconds: 1.0 };
    system.profile =
        Profile::Busyness { base: Box::new(base), cv: row.value("busyness_cv"), day_ends: [DAY_S].into() };
    let case = Case::new(name, replications, system.scenario(0.0, 2.0 * DAY_S), count_days)
        .shows("mean_calls", row.reference("mean_calls"), |x| x[0])
        .shows("variance", row.reference("variance"), |x| x[1] - x[0] * x[0]);
    if row.value("p_zero") > 1e-3 { case.shows("p_zero", row.reference("p_zero"), |x| x[2]) } else { case }
}

/// Means over the two days of the count, its square, and whether it is 0.
fn count_days(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let mut days = [0.0_f64; 2];
    for plan in Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, seed) {
        days[usize::from(plan.intended_start.as_secs_f64() >= DAY_S)] += 1.0;
    }
    let half = |figure: fn(f64) -> f64| days.into_iter().map(figure).sum::<f64>() / 2.0;
    vec![half(|n| n), half(|n| n * n), half(|n| f64::from(u8::from(n == 0.0)))]
}
