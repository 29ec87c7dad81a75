//! What a simulated plan did: losses, callers lost, minutes billed.

use std::ops::ControlFlow;

use rust_decimal::Decimal;

use crate::metrics::ratio;
use crate::metrics::ratio::Evidence;
use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::outcome::Phase;
use crate::pbx::LegDraws;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::sim::replications::in_order;
use crate::sizing::tariffs::Loss;
use crate::tariff::Action;
use crate::tariff::Direction;
use crate::tariff::Metered;
use crate::tariff::Plan;
use crate::tariff::burst;
use crate::tariff::burst::Held;
use crate::tariff::exact;
use crate::time::{Duration, Instant};

/// All replications of one plan at one growth.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// Lost and counted attempts, by replication.
    runs: Vec<(u64, u64)>,
    customers: u64,
    customers_lost: u64,
    cut_off: u64,
    served: u64,
    /// Served calls that asked for a queue, and how long they waited.
    waits: (u64, u128),
    /// Counted attempts that were let in, and how long they held their channels.
    held: (u64, u128),
    /// By `Direction::ALL`: every served call, metered as if it went that way.
    pub(super) metered: [Metered; 3],
    /// Started minutes over the cap, once for each leg where the plan counts legs.
    pub(super) burst_minutes: Decimal,
}

/// Simulates `limited`, which `apply` has made from `plan`.
pub(super) fn simulate(limited: &Scenario, plan: &Plan, channels: u32, runs: u64, threads: usize) -> Tally {
    let mut all = Tally::default();
    let one = |index| replication(limited, plan, channels, index);
    in_order(runs, threads, one, |_, tally| {
        all.add(tally);
        ControlFlow::Continue(())
    });
    all
}

fn replication(limited: &Scenario, plan: &Plan, channels: u32, index: u64) -> Tally {
    let mut tally = Tally { runs: vec![(0, 0)], ..Tally::default() };
    let mut billed = [(0_u64, 0_u128); 3];
    let mut calls = Vec::new();
    let bursts = matches!(plan.over_cap, Action::Burst { .. });
    let _ = sim::run_without_books(limited, limited.seed.replication(index), |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry {
            if let (true, Some(started)) = (bursts, record.started) {
                let talk = record.answered.zip(record.ended).map(|(answered, ended)| ended - answered);
                let (held, is_measured) = (burst::held(record), record.phase == Phase::Measured);
                calls.push(Attempt { started, held, talk: talk.filter(|_| is_measured) });
            }
            if record.phase == Phase::Measured {
                tally.count(record, plan, &mut billed);
            }
        }
        ControlFlow::Continue(())
    });
    for (metered, (calls, nanos)) in tally.metered.iter_mut().zip(billed) {
        *metered = Metered::of(calls, nanos);
    }
    if bursts {
        let kinds = limited.pbx.legs.as_ref().map_or_else(Vec::new, |legs| legs.kinds.clone());
        let legs = LegDraws::new(kinds, limited.seed.replication(index));
        tally.burst_minutes = burst_minutes(calls, legs, channels);
    }
    tally
}

/// A call that came to the door.
struct Attempt {
    started: Instant,
    /// From when to when it held its channels.
    held: Option<(Instant, Instant)>,
    /// From the answer to the end, of a measured call.
    talk: Option<Duration>,
}

/// Started minutes of the measured calls on legs beyond `channels`.
fn burst_minutes(mut calls: Vec<Attempt>, mut legs: LegDraws, channels: u32) -> Decimal {
    // As they came to the door, where the PBX has drawn the same.
    calls.sort_by_key(|call| (call.started, call.held));
    let (mut held, mut talks) = (Vec::with_capacity(calls.len()), Vec::with_capacity(calls.len()));
    for call in calls {
        let channels = legs.draw();
        if let Some((start, end)) = call.held {
            held.push(Held { start, end, channels });
            talks.push(call.talk.unwrap_or_default());
        }
    }
    let over = burst::over_cap(&held, channels);
    talks.into_iter().zip(over).map(|(talk, over)| burst::started_minutes(talk, over)).sum()
}

impl Tally {
    fn count(&mut self, record: &CallRecord, plan: &Plan, billed: &mut [(u64, u128); 3]) {
        if record.outcome.is_counted() {
            // Callers who give up waiting for the provider's channel are lost to the plan as much as refused ones.
            let waited = plan.over_cap == Action::Queue && !record.outcome.is_completed();
            let lost = record.outcome.is_technical() || waited;
            self.runs[0].0 += u64::from(lost);
            self.runs[0].1 += 1;
            if !record.outcome.is_technical() {
                let held = burst::held(record).map_or(Duration::ZERO, |(start, end)| end - start);
                self.held = (self.held.0 + 1, self.held.1 + held.as_nanos());
            }
        }
        if record.last_attempt && record.outcome.is_counted() {
            self.customers += 1;
            self.customers_lost += u64::from(!record.outcome.is_completed());
        }
        let Some(talk) = record.talk.filter(|_| record.outcome.is_completed()) else { return };
        self.served += 1;
        if let Some(wait) = record.wait {
            self.waits = (self.waits.0 + 1, self.waits.1 + wait.as_nanos());
        }
        let most = plan.capacity.call_duration_max.unwrap_or(Duration::MAX);
        self.cut_off += u64::from(talk >= most);
        for (sum, direction) in billed.iter_mut().zip(Direction::ALL) {
            let units = plan.meter(direction).map_or(Duration::ZERO, |meter| meter.billed(talk));
            if !units.is_zero() {
                sum.0 += 1;
                sum.1 += units.as_nanos();
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.runs.extend(other.runs);
        self.customers += other.customers;
        self.customers_lost += other.customers_lost;
        self.cut_off += other.cut_off;
        self.served += other.served;
        self.waits = (self.waits.0 + other.waits.0, self.waits.1 + other.waits.1);
        self.held = (self.held.0 + other.held.0, self.held.1 + other.held.1);
        for (sum, more) in self.metered.iter_mut().zip(other.metered) {
            sum.calls += more.calls;
            sum.minutes += more.minutes;
        }
        self.burst_minutes += other.burst_minutes;
    }

    /// With this share of those whom a run has served lost after all: it ends some time, and serves a line that in truth
    /// grows without end.
    pub(super) fn never_served(mut self, share: f64) -> Self {
        let part = |calls: u64| part(calls, share);
        for (lost, counted) in &mut self.runs {
            *lost += part(*counted - *lost);
        }
        self.customers_lost += part(self.customers - self.customers_lost);
        self.cut_off -= part(self.cut_off);
        self.served -= part(self.served);
        let kept = Decimal::ONE - exact(share);
        for metered in &mut self.metered {
            *metered = metered.times(kept).unwrap_or(*metered);
        }
        self
    }

    /// Of the served calls that asked for a queue.
    pub(super) fn mean_wait_s(&self) -> Option<f64> {
        mean_s(self.waits)
    }

    /// How long a call that is let in holds its channels.
    pub(super) fn mean_holding_s(&self) -> Option<f64> {
        mean_s(self.held)
    }

    /// Lost and counted attempts.
    pub(super) fn sums(&self) -> (u64, u64) {
        self.runs.iter().fold((0, 0), |sum, run| (sum.0 + run.0, sum.1 + run.1))
    }

    pub(super) fn loss(&self) -> Loss {
        let (lost, n) = self.sums();
        let evidence =
            Evidence { replications: &self.runs, slices: &[], slice_holding_times: None, model: None };
        let ratio = ratio::ratio(lost, n, 0.95, &evidence);
        Loss { ratio: ratio.value().unwrap_or(0.0), ci95: ratio.interval.unwrap_or([0.0, 1.0]), lost, n }
    }

    pub(super) fn customers_lost(&self) -> f64 {
        share(self.customers_lost, self.customers)
    }

    pub(super) fn cut_off(&self) -> f64 {
        share(self.cut_off, self.served)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a mean of times needs no nanoseconds")]
fn mean_s((calls, nanos): (u64, u128)) -> Option<f64> {
    (calls > 0).then(|| nanos as f64 / 1e9 / calls as f64)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is a count, far below 2^53"
)]
fn part(calls: u64, share: f64) -> u64 {
    ((calls as f64 * share).round() as u64).min(calls)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
