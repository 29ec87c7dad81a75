//! Call centres with a staff that follows the day: the ContactCenters examples `call_cc` and `telethon`.
//!
//! Published means have errors of their own: see [`Row::published`](crate::validation::reference::Row::published). Callers
//! who still wait when `telethon` closes are served here and disconnected there: one in forty days or so.

use std::ops::ControlFlow;

use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::random::Seed;
use crate::scenario;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Duration;
use crate::validation::case::Case;
use crate::validation::real;
use crate::validation::reference;

/// Calls that a day of `call_cc` is expected to bring: the denominator of its ratios.
const EXPECTED: f64 = 1_660.0;
const TELETHON_DAYS: u64 = 5;
const TELETHON_AGENTS: f64 = 12.0;
const TELETHON_DAY_S: f64 = 4.0 * 3_600.0;

/// As `scenarios/call-cc-day.yaml`: a caller who must wait leaves at once with probability 0.1.
const CALL_CC: &str = r#"
name: call-cc
question: Does the simulation meet the figures that are known?
seed: 1
start: 2026-01-05T08:00[Europe/Moscow]
duration: 13h
traffic:
  profile:
    busyness_cv: 0.31622776601683794
    profile:
      steps:
        - {at: 0h, rate: 100/h}
        - {at: 1h, rate: 150/h}
        - {at: 3h, rate: 180/h}
        - {at: 4h, rate: 200/h}
        - {at: 5h, rate: 150/h}
        - {at: 8h, rate: 120/h}
        - {at: 9h, rate: 100/h}
        - {at: 10h, rate: 80/h}
        - {at: 11h, rate: 70/h}
        - {at: 12h, rate: 60/h}
  callers:
    - {name: patient, share: 90%, talk: {exponential: {mean: 100s}}, patience: {exponential: {mean: 1000s}}}
    - {name: hurried, share: 10%, talk: {exponential: {mean: 100s}}, patience: {constant: 0s}}
pbx:
  queues: {calls: {}}
  agents:
    count: {every: 1h, from: "08:00", counts: [4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4], outside: 4}
"#;

/// A caller who has waited for two minutes is asked for a message.
const TELETHON: &str = "
name: telethon
question: Does the simulation meet the figures that are known?
seed: 1
duration: 4h
traffic:
  profile: 50/h
  callers: [{name: donor, talk: {exponential: {mean: 10m}}, patience: {exponential: {mean: 2m}}}]
pbx:
  channels: 24
  agents: {count: 12}
  queues: {donations: {max_wait: 2m}}
";

/// What a day shows, by place.
const ARRIVED: usize = 0;
const ABANDONED: usize = 1;
const TIMED_OUT: usize = 2;
const ANSWERED: usize = 3;
/// Answered within the threshold, or left by then.
const SHORT_WAITS: usize = 4;
const IN_TIME: usize = 5;
const WAIT_ALL_S: usize = 6;
const WAIT_ANSWERED_S: usize = 7;
/// Agents' time with callers; that after closing counts too, as it does in the published figure: 963 conversations of ten
/// minutes in the mean are 66.9 % of twelve agents' twenty hours.
const BUSY_S: usize = 8;

pub(super) fn cases() -> Vec<Case> {
    vec![call_cc(), telethon()]
}

fn parsed(text: &str) -> Scenario {
    scenario::parse(text, "oracle.yaml", &Inputs::with_seed(1)).expect("the text is a scenario")
}

fn call_cc() -> Case {
    let observe = |scenario: &Scenario, seed| day(scenario, seed, 20);
    Case::new("ContactCenters call_cc", 400, parsed(CALL_CC), observe)
        .shows("arrivals_per_day", reference::CALL_CC_ARRIVALS_PER_DAY.published(), |x| x[ARRIVED])
        .shows(
            "sum_wait_s_over_expected_calls",
            reference::CALL_CC_SUM_WAIT_S_OVER_EXPECTED_CALLS.published(),
            |x| x[WAIT_ALL_S] / EXPECTED,
        )
        .shows(
            "within_20s_over_expected_calls",
            reference::CALL_CC_WITHIN_20S_OVER_EXPECTED_CALLS.published(),
            |x| x[SHORT_WAITS] / EXPECTED,
        )
        .shows(
            "abandoned_over_expected_calls",
            reference::CALL_CC_ABANDONED_OVER_EXPECTED_CALLS.published(),
            |x| x[ABANDONED] / EXPECTED,
        )
}

fn telethon() -> Case {
    let week = |scenario: &Scenario, seed: Seed| {
        let days = (1..=TELETHON_DAYS).map(|number| day(scenario, seed.replication(number), 60));
        days.reduce(|sums, day| sums.iter().zip(&day).map(|(a, b)| a + b).collect()).unwrap_or_default()
    };
    Case::new("ContactCenters telethon", 300, parsed(TELETHON), week)
        .shows("arrivals_per_week", reference::TELETHON_ARRIVALS_PER_WEEK.published(), |x| x[ARRIVED])
        .shows("served_per_week", reference::TELETHON_SERVED_PER_WEEK.published(), |x| x[ANSWERED])
        .shows("abandoned_per_week", reference::TELETHON_ABANDONED_PER_WEEK.published(), |x| x[ABANDONED])
        .shows("messages_per_week", reference::TELETHON_MESSAGES_PER_WEEK.published(), |x| x[TIMED_OUT])
        .shows("within_60s_per_week", reference::TELETHON_WITHIN_60S_PER_WEEK.published(), |x| x[IN_TIME])
        .shows("mean_wait_of_answered_min", reference::TELETHON_MEAN_WAIT_OF_ANSWERED_MIN.published(), |x| {
            x[WAIT_ANSWERED_S] / 60.0 / x[ANSWERED]
        })
        .shows("occupancy_pct", reference::TELETHON_OCCUPANCY_PCT.published(), |x| {
            100.0 * x[BUSY_S] / (TELETHON_AGENTS * TELETHON_DAY_S * real(TELETHON_DAYS))
        })
}

/// One day from opening until its last caller has gone.
fn day(scenario: &Scenario, seed: Seed, threshold_s: u64) -> Vec<f64> {
    let mut sums = vec![0.0; BUSY_S + 1];
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry {
            add(&mut sums, record, Duration::from_secs(threshold_s));
        }
        ControlFlow::Continue(())
    });
    sums
}

fn add(sums: &mut [f64], record: &CallRecord, threshold: Duration) {
    let wait = record.wait.unwrap_or(Duration::ZERO);
    let answered = record.outcome.is_completed();
    let mut count = |place: usize, counts: bool| sums[place] += f64::from(u8::from(counts));
    count(ARRIVED, true);
    count(ABANDONED, record.outcome == Outcome::Human(Human::Abandoned));
    count(TIMED_OUT, record.outcome == Outcome::Human(Human::QueueTimeout));
    count(ANSWERED, answered);
    count(SHORT_WAITS, wait <= threshold);
    count(IN_TIME, answered && wait <= threshold);
    sums[WAIT_ALL_S] += wait.as_secs_f64();
    if answered {
        sums[WAIT_ANSWERED_S] += wait.as_secs_f64();
        sums[BUSY_S] += record.talk.map_or(0.0, |talk| talk.as_secs_f64());
    }
}
