//! A staffing put to the test: the scenario with these agents, simulated day after day.
//!
//! Every figure of an interval is a ratio of sums over the days, with the interval of Student's t on the ratio
//! estimator; a day is one replication, so that calls which share a busy period are never taken for independent.

use std::ops::ControlFlow;

use crate::metrics::asked_for_queue;
use crate::metrics::ratio::student_quantile;
use crate::metrics::ratio::wilson;
use crate::metrics::was_served_from_queue;
use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::pbx::config::Duty;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::sizing::day::{LEFT_FROM_BEFORE, PlannedInterval};
use crate::sizing::targets::{Definition, Targets};
use crate::time::Duration;

/// A cycle in which nothing repeats.
const NEVER_AGAIN: Duration = Duration::from_secs(100 * 366 * 86_400);
const CONFIDENCE: f64 = 0.95;

/// How a staffing is tried.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The traffic, one queue, and at least one agent: the pattern for all.
    pub scenario: &'a Scenario,
    /// From the end of the scenario's warm-up.
    pub intervals: &'a [PlannedInterval],
    pub targets: &'a Targets,
    pub days: u64,
    pub threads: usize,
}

/// What one interval of one day came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Tally {
    asked: f64,
    answered: f64,
    in_time: f64,
    abandoned: f64,
    short_abandoned: f64,
    wait_answered_s: f64,
    /// Calls from before that were not over when the interval began, and those of them that still waited.
    left: f64,
    left_waiting: f64,
}

/// A figure over all days with its 95 % interval; absent where nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Figure {
    pub value: Option<f64>,
    pub ci95: Option<[f64; 2]>,
}

/// What the simulation says of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The whole interval of every figure lies on the good side of its limit.
    Confirmed,
    /// Every figure is on the good side of its limit, but of so few calls that the service level would not be confirmed
    /// even if all of them were answered in time, or that one more agent changes none of them.
    TooFewCalls,
    /// The limit lies within an interval.
    Undecided,
    /// The whole interval of some figure lies beyond its limit.
    Refuted,
}

impl Finding {
    /// Nothing is found that more agents would mend.
    #[must_use]
    pub const fn holds(self) -> bool {
        matches!(self, Self::Confirmed | Self::TooFewCalls)
    }
}

/// One interval of the plan, simulated.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct TriedInterval {
    pub calls_per_day: f64,
    pub service_level: Figure,
    pub abandoned: Figure,
    pub asa_s: Figure,
    pub finding: Finding,
    /// Calls from before, waiting or served, when the interval begins: a day's mean.
    #[serde(skip)]
    pub left_per_day: f64,
    /// Those of them that still wait.
    #[serde(skip)]
    pub waiting_per_day: f64,
}

impl TriedInterval {
    /// Whether nobody is needed: nobody calls, and nobody is left from before.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.calls_per_day == 0.0 && self.left_per_day < LEFT_FROM_BEFORE
    }
}

/// A staffing, simulated.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Tried {
    pub days: u64,
    pub intervals: Vec<TriedInterval>,
    /// Of all calls of all days.
    pub service_level: Figure,
    pub abandoned: Figure,
    /// Share of days whose own service level, all calls together, met the target.
    pub days_met: Figure,
    /// Service level of each day, ascending.
    #[serde(skip)]
    pub day_levels: Vec<f64>,
}

impl Trial<'_> {
    /// Simulates the days with `agents` in each interval. The last number stays until the last call has ended.
    #[must_use]
    pub fn run(&self, agents: &[u32]) -> Tried {
        let staffed = staffed(self.scenario, self.intervals, agents);
        let mut days: Vec<Vec<Tally>> = Vec::new();
        let day = |index| one_day(&staffed, self.intervals, self.targets.threshold_s, index);
        sim::replications::in_order(self.days, self.threads, day, |_, day| {
            days.push(day);
            ControlFlow::Continue(())
        });
        self.judge(&days, agents)
    }

    fn judge(&self, days: &[Vec<Tally>], agents: &[u32]) -> Tried {
        let interval = |place: usize| {
            let tallies: Vec<Tally> = days.iter().map(|day| day[place]).collect();
            let mut tried = self.interval(&tallies);
            // The last agent does not go home while somebody still waits.
            let leave = agents[place] == 0 && place > 0 && agents[place - 1] > 0;
            if leave && tried.waiting_per_day >= LEFT_FROM_BEFORE {
                tried.finding = Finding::Refuted;
            }
            tried
        };
        let whole: Vec<Tally> = days.iter().map(|day| sum(day)).collect();
        let level = |tally: &Tally| {
            let (k, n) = level(tally, self.targets.definition);
            if n > 0.0 { k / n } else { 1.0 }
        };
        let mut day_levels: Vec<f64> = whole.iter().map(level).collect();
        day_levels.sort_unstable_by(f64::total_cmp);
        let all = self.interval(&whole);
        Tried {
            days: days.len() as u64,
            intervals: (0..self.intervals.len()).map(interval).collect(),
            service_level: all.service_level,
            abandoned: all.abandoned,
            days_met: share_from(&day_levels, self.targets.service_level),
            day_levels,
        }
    }

    fn interval(&self, tallies: &[Tally]) -> TriedInterval {
        let definition = self.targets.definition;
        let service_level = ratio_of_sums(tallies.iter().map(|tally| level(tally, definition)), Some(1.0));
        let abandoned = ratio_of_sums(tallies.iter().map(|tally| (tally.abandoned, tally.asked)), Some(1.0));
        let asa_s = ratio_of_sums(tallies.iter().map(|tally| (tally.wait_answered_s, tally.answered)), None);
        let asked: f64 = tallies.iter().map(|tally| tally.asked).sum();
        let mut finding = at_least(service_level, self.targets.service_level);
        for (figure, limit) in [(abandoned, self.targets.max_abandoned), (asa_s, self.targets.max_asa_s)] {
            if let Some(limit) = limit {
                finding = worse(finding, at_most(figure, limit));
            }
        }
        let days = count(tallies.len().max(1));
        let left: f64 = tallies.iter().map(|tally| tally.left).sum();
        let waiting: f64 = tallies.iter().map(|tally| tally.left_waiting).sum();
        let [calls_per_day, left_per_day, waiting_per_day] = [asked, left, waiting].map(|sum| sum / days);
        let tried = TriedInterval {
            calls_per_day,
            service_level,
            abandoned,
            asa_s,
            finding,
            left_per_day,
            waiting_per_day,
        };
        let of: f64 = tallies.iter().map(|tally| level(tally, definition).1).sum();
        if self.is_too_few(of, tallies.len()) { self.by_value(tried) } else { tried }
    }

    /// What is undecided, judged by its value: of too few calls to be certain, where every figure is within its limit.
    #[must_use]
    pub fn by_value(&self, tried: TriedInterval) -> TriedInterval {
        let within = |figure: Figure, limit: Option<f64>| {
            figure.value.zip(limit).is_none_or(|(value, limit)| value <= limit)
        };
        let level = tried.service_level.value.is_none_or(|value| value >= self.targets.service_level);
        let is_met = level
            && within(tried.abandoned, self.targets.max_abandoned)
            && within(tried.asa_s, self.targets.max_asa_s);
        let finding = match tried.finding {
            Finding::Undecided if is_met => Finding::TooFewCalls,
            other => other,
        };
        TriedInterval { finding, ..tried }
    }

    /// Whether a service level of so many calls would not be confirmed even if all were answered in time.
    fn is_too_few(&self, calls: f64, days: usize) -> bool {
        let quantile = student_quantile(CONFIDENCE, count(days.max(2) - 1));
        wilson(1.0, calls, quantile)[0] < self.targets.service_level
    }
}

/// The scenario with so many agents on duty in each interval, all like its first one.
///
/// # Panics
/// If the scenario has no agents: whoever sizes a staff has seen to that.
#[must_use]
pub fn staffed(scenario: &Scenario, intervals: &[PlannedInterval], agents: &[u32]) -> Scenario {
    let pattern =
        scenario.pbx.agents.first().expect("a scenario to be staffed has a pattern for its agents").clone();
    let most = agents.iter().copied().max().unwrap_or(0).max(1);
    let last = agents.last().copied().unwrap_or(0).max(1);
    let from_start = |seconds: f64| scenario.warm_up + seconds_long(seconds);
    let end = intervals.last().map_or(Duration::ZERO, |last| from_start(last.start_s + last.length_s));
    let duty = |agent: u32| {
        let mut stretches = Vec::new();
        for (interval, _) in intervals.iter().zip(agents).filter(|(_, count)| **count > agent) {
            stretches.push((from_start(interval.start_s), seconds_long(interval.length_s)));
        }
        if last > agent {
            stretches.push((end, NEVER_AGAIN.saturating_sub(end)));
        }
        Duty::new(NEVER_AGAIN, &stretches)
    };
    let mut staffed = scenario.clone();
    staffed.pbx.agents = (0..most)
        .map(|number| {
            let mut agent = pattern.clone();
            agent.name = format!("agent-{}", number + 1).into();
            agent.presence.duty = Some(duty(number));
            agent
        })
        .collect();
    for queue in &mut staffed.pbx.queues {
        queue.agents = (0..most as usize).collect();
    }
    staffed
}

fn one_day(scenario: &Scenario, intervals: &[PlannedInterval], threshold_s: f64, index: u64) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); intervals.len()];
    let warm_up = scenario.warm_up.as_secs_f64();
    sim::run_without_books(scenario, scenario.seed.replication(index), |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry
            && let Some(place) = place_of(intervals, record.intended_start.as_secs_f64() - warm_up)
        {
            tallies[place].add(record, threshold_s);
            leave_to_later(&mut tallies[place + 1..], &intervals[place + 1..], record, warm_up);
        }
        ControlFlow::Continue(())
    });
    tallies
}

/// Counts a call with every interval that begins before it is over.
fn leave_to_later(tallies: &mut [Tally], later: &[PlannedInterval], record: &CallRecord, warm_up: f64) {
    let Some(ended) = record.ended.filter(|_| asked_for_queue(record)) else { return };
    let ended = ended.as_secs_f64() - warm_up;
    let waited_until = ended - record.talk.unwrap_or_default().as_secs_f64();
    for (tally, _) in tallies.iter_mut().zip(later).take_while(|(_, interval)| interval.start_s < ended) {
        tally.left += 1.0;
    }
    for (tally, _) in
        tallies.iter_mut().zip(later).take_while(|(_, interval)| interval.start_s < waited_until)
    {
        tally.left_waiting += 1.0;
    }
}

/// The interval that a time falls into; redials after the end count with the last.
fn place_of(intervals: &[PlannedInterval], seconds: f64) -> Option<usize> {
    intervals.partition_point(|interval| interval.start_s <= seconds).checked_sub(1)
}

impl Tally {
    fn add(&mut self, record: &CallRecord, threshold_s: f64) {
        if !asked_for_queue(record) {
            return;
        }
        let wait = record.wait.unwrap_or_default().as_secs_f64();
        let soon = wait <= threshold_s;
        self.asked += 1.0;
        if was_served_from_queue(record) {
            self.answered += 1.0;
            self.wait_answered_s += wait;
            self.in_time += f64::from(u8::from(soon));
        } else if record.outcome == Outcome::Human(Human::Abandoned) {
            self.abandoned += 1.0;
            self.short_abandoned += f64::from(u8::from(soon));
        }
    }
}

fn sum(tallies: &[Tally]) -> Tally {
    tallies.iter().fold(Tally::default(), |a, b| Tally {
        asked: a.asked + b.asked,
        answered: a.answered + b.answered,
        in_time: a.in_time + b.in_time,
        abandoned: a.abandoned + b.abandoned,
        short_abandoned: a.short_abandoned + b.short_abandoned,
        wait_answered_s: a.wait_answered_s + b.wait_answered_s,
        left: a.left + b.left,
        left_waiting: a.left_waiting + b.left_waiting,
    })
}

/// Numerator and denominator of the service level.
fn level(tally: &Tally, definition: Definition) -> (f64, f64) {
    let of = match definition {
        // Refused by the caller of this module: no simulation sees the virtual one.
        Definition::OfOffered | Definition::Virtual => tally.asked,
        Definition::OfAnswered => tally.answered,
        Definition::ExclShortAbandons => tally.asked - tally.short_abandoned,
    };
    (tally.in_time, of)
}

/// Σk / Σn over independent days, with the interval of the linearised ratio k − r·n (Cochran, Sampling Techniques,
/// 3rd ed., 6.4).
fn ratio_of_sums(days: impl Iterator<Item = (f64, f64)> + Clone, highest: Option<f64>) -> Figure {
    let (k, n, number) =
        days.clone().fold((0.0, 0.0, 0_usize), |sum, day| (sum.0 + day.0, sum.1 + day.1, sum.2 + 1));
    if n <= 0.0 {
        return Figure::default();
    }
    let ratio = k / n;
    if number < 2 {
        return Figure { value: Some(ratio), ci95: None };
    }
    let square: f64 = days.map(|(k, n)| (k - ratio * n) * (k - ratio * n)).sum();
    let freedom = count(number - 1);
    let half = student_quantile(CONFIDENCE, freedom) * (square / freedom * count(number)).sqrt() / n;
    // A spread of nothing is no certainty: with 0 or all of n, the binomial interval is the honest one.
    let [low, high] = match highest {
        Some(highest) if half == 0.0 => wilson(ratio / highest, n, student_quantile(CONFIDENCE, freedom)),
        _ => [ratio - half, ratio + half],
    };
    let high = highest.map_or(high, |highest| high.min(highest));
    Figure { value: Some(ratio), ci95: Some([low.max(0.0), high]) }
}

/// Share of ascending `values` that are `limit` or more.
pub(super) fn share_from(values: &[f64], limit: f64) -> Figure {
    if values.is_empty() {
        return Figure::default();
    }
    let below = values.partition_point(|value| *value < limit);
    let share = count(values.len() - below) / count(values.len());
    let z = crate::metrics::ratio::normal_quantile(CONFIDENCE);
    Figure { value: Some(share), ci95: Some(wilson(share, count(values.len()), z)) }
}

/// An interval without calls misses nothing.
fn at_least(figure: Figure, limit: f64) -> Finding {
    match (figure.value, figure.ci95) {
        (None, _) => Finding::Confirmed,
        (_, Some([low, _])) if low >= limit => Finding::Confirmed,
        (_, Some([_, high])) if high < limit => Finding::Refuted,
        _ => Finding::Undecided,
    }
}

fn at_most(figure: Figure, limit: f64) -> Finding {
    match (figure.value, figure.ci95) {
        (None, _) => Finding::Confirmed,
        (_, Some([_, high])) if high <= limit => Finding::Confirmed,
        (_, Some([low, _])) if low > limit => Finding::Refuted,
        _ => Finding::Undecided,
    }
}

fn worse(a: Finding, b: Finding) -> Finding {
    match (a, b) {
        (Finding::Refuted, _) | (_, Finding::Refuted) => Finding::Refuted,
        (Finding::Confirmed, Finding::Confirmed) => Finding::Confirmed,
        _ => Finding::Undecided,
    }
}

fn seconds_long(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(NEVER_AGAIN)
}

#[expect(clippy::cast_precision_loss, reason = "counts of days stay far below 2^53")]
fn count(number: usize) -> f64 {
    number as f64
}
