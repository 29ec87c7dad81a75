//! M_t/M/n/K+M from an empty start: a rate that follows a sine.
//!
//! Profiles are straight lines between knots, so the sine is one with [`KNOTS`] of them a period. A chord lies
//! below its arc by at most (2π/KNOTS)²/8 of the amplitude, 1e-5: in the mean of a half period 6e-6, which moves
//! cumulative counts by less than a hundredth of their standard errors.

use std::ops::ControlFlow;

use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::profile::Profile;
use crate::validation::case::Case;
use crate::validation::reference;
use crate::validation::reference::Row;
use crate::validation::statistic::Figure;
use crate::validation::system::System;

/// The table's unit of time, in seconds.
const UNIT_S: f64 = 60.0;
const KNOTS: u32 = 720;
/// More than any moment needs.
const PERIODS_MAX: u32 = 4;

/// What is observed at each moment, by place.
const IN_SYSTEM: usize = 0;
const ALL_BUSY: usize = 1;
const CUM_FOUND_BUSY: usize = 2;
const CUM_ABANDONED: usize = 3;
const CUM_BLOCKED: usize = 4;
const COLUMNS: usize = 5;

pub(super) fn cases() -> Vec<Case> {
    let second = [reference::T2_10, reference::T2_20, reference::T2_60, reference::T2_120];
    let third = [reference::T3_4, reference::T3_8, reference::T3_24, reference::T3_48];
    let fourth = [reference::T4_20, reference::T4_40];
    let mut cases = Vec::new();
    let mut queue = case("M_t/M/20/60+M from empty", 700, &second);
    queue = shows(queue, second[0], "cum_abandoned", "at 10", |x| x[CUM_ABANDONED]);
    queue = shows(queue, second[1], "mean_in_system", "at 20", |x| x[COLUMNS + IN_SYSTEM]);
    queue = shows(queue, second[1], "p_all_agents_busy", "at 20", |x| x[COLUMNS + ALL_BUSY]);
    queue = shows(queue, second[2], "cum_arrivals_finding_all_busy", "at 60", |x| {
        x[2 * COLUMNS + CUM_FOUND_BUSY]
    });
    queue = shows(queue, second[3], "cum_arrivals_finding_all_busy", "at 120", |x| {
        x[3 * COLUMNS + CUM_FOUND_BUSY]
    });
    cases.push(shows(queue, second[3], "cum_abandoned", "at 120", |x| x[3 * COLUMNS + CUM_ABANDONED]));
    let mut loss = case("M_t/M/30/30 from empty", 1_000, &third);
    loss = shows(loss, third[0], "cum_blocked", "at 4", |x| x[CUM_BLOCKED]);
    loss = shows(loss, third[0], "mean_in_system", "at 4", |x| x[IN_SYSTEM]);
    loss = shows(loss, third[1], "cum_blocked", "at 8", |x| x[COLUMNS + CUM_BLOCKED]);
    loss = shows(loss, third[2], "cum_blocked", "at 24", |x| x[2 * COLUMNS + CUM_BLOCKED]);
    cases.push(shows(loss, third[3], "cum_blocked", "at 48", |x| x[3 * COLUMNS + CUM_BLOCKED]));
    let mut overload = case("M_t/M/50/300+M from empty", 200, &fourth);
    overload = shows(overload, fourth[0], "mean_in_system", "at 20", |x| x[IN_SYSTEM]);
    overload = shows(overload, fourth[0], "cum_abandoned", "at 20", |x| x[CUM_ABANDONED]);
    overload =
        shows(overload, fourth[1], "cum_arrivals_finding_all_busy", "at 40", |x| x[COLUMNS + CUM_FOUND_BUSY]);
    cases.push(shows(overload, fourth[1], "cum_abandoned", "at 40", |x| x[COLUMNS + CUM_ABANDONED]));
    cases
}

fn shows(case: Case, row: Row, column: &str, when: &str, figure: Figure) -> Case {
    case.shows(&format!("{column} {when}"), row.reference(column), figure)
}

/// The system of `rows`, all of one case, played up to the last of their moments.
fn case(name: &str, replications: u64, rows: &[Row]) -> Case {
    let row = rows[0];
    let end_s = rows.iter().map(|row| row.value("t")).fold(0.0, f64::max) * UNIT_S;
    let mut system = System::poisson(0.0, UNIT_S / row.value("mu"));
    system.profile = sine(&row, end_s);
    let theta = row.value("theta");
    system.patience_mean_s = (theta > 0.0).then(|| UNIT_S / theta);
    system.agents = Some(row.count("agents"));
    system.channels = Some(row.count("capacity_K"));
    let moments: Vec<Instant> =
        rows.iter().map(|row| Instant::from_secs_f64(row.value("t") * UNIT_S)).collect();
    let agents = f64::from(row.count("agents"));
    Case::new(name, replications, system.scenario(0.0, end_s), move |scenario, seed| {
        observe(scenario, seed, &moments, agents)
    })
}

fn sine(row: &Row, end_s: f64) -> Profile {
    let period_s = row.value("period") * UNIT_S;
    let (mean, amplitude) = (row.value("rate_mean") / UNIT_S, row.value("rate_amplitude") / UNIT_S);
    let step_s = period_s / f64::from(KNOTS);
    let points: Vec<(f64, f64)> = (0..=KNOTS * PERIODS_MAX)
        .map(|knot| f64::from(knot) * step_s)
        .take_while(|at| *at <= end_s + step_s)
        .map(|at| (at, mean + amplitude * libm::sin(std::f64::consts::TAU * at / period_s)))
        .collect();
    Profile::through(&points)
}

fn observe(scenario: &Scenario, seed: Seed, moments: &[Instant], agents: f64) -> Vec<f64> {
    let mut sums = vec![0.0; moments.len() * COLUMNS];
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry {
            let columns = sums.chunks_exact_mut(COLUMNS);
            moments.iter().zip(columns).for_each(|(at, columns)| add(columns, record, *at));
        }
        ControlFlow::Continue(())
    });
    for columns in sums.chunks_exact_mut(COLUMNS) {
        columns[ALL_BUSY] = f64::from(u8::from(columns[IN_SYSTEM] >= agents));
    }
    sums
}

/// What one call adds to the figures of the moment `at`.
fn add(columns: &mut [f64], record: &CallRecord, at: Instant) {
    if record.intended_start > at {
        return;
    }
    let ended = record.ended.unwrap_or(Instant::FAR_FUTURE);
    let blocked = record.limiter.is_some();
    let abandoned = record.outcome == Outcome::Human(Human::Abandoned);
    let waited = record.wait.is_some_and(|wait| wait > Duration::ZERO);
    let mut count = |column: usize, counts: bool| columns[column] += f64::from(u8::from(counts));
    count(IN_SYSTEM, !blocked && ended > at);
    count(CUM_FOUND_BUSY, blocked || waited);
    count(CUM_ABANDONED, abandoned && ended <= at);
    count(CUM_BLOCKED, blocked);
}
