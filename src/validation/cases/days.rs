//! Days of a call centre that open empty and drain after closing: the ContactCenters examples `mmc`,
//! `mmc_abandon` and `mmc_blocked`.
//!
//! Published means have errors of their own, so a figure holds unless it lies further from the published one than
//! that allows: see [`Row::published`].

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
use crate::validation::case::Case;
use crate::validation::reference;
use crate::validation::reference::Row;
use crate::validation::system::System;

const CALLS_PER_MINUTE: f64 = 4.2;
const TALK_MEAN_MIN: f64 = 2.0;
const PATIENCE_MEAN_MIN: f64 = 1.0;
const AGENTS: u32 = 12;
const PLACES: u32 = 5;
const DAY_S: f64 = 480.0 * 60.0;
const THRESHOLD: Duration = Duration::from_secs(20);
const DAYS: u64 = 200;

/// What a day shows, by place.
const ARRIVED: usize = 0;
const BLOCKED: usize = 1;
const ABANDONED: usize = 2;
const SHORT: usize = 3;
const ANSWERED: usize = 4;
const IN_TIME: usize = 5;
const WAIT_MIN: usize = 6;
const OCCUPANCY: usize = 7;

pub(super) fn cases() -> Vec<Case> {
    vec![patient(), impatient(), limited()]
}

fn patient() -> Case {
    let case = day("ContactCenters mmc", None, None);
    shows_common(
        case,
        [
            reference::MMC_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY,
            reference::MMC_SERVICE_LEVEL_ANSWERED,
            reference::MMC_MEAN_WAIT_MIN,
            reference::MMC_OCCUPANCY,
        ],
    )
}

fn impatient() -> Case {
    let case = day("ContactCenters mmc_abandon", Some(PATIENCE_MEAN_MIN * 60.0), None);
    let common = [
        reference::MMC_ABANDON_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY,
        reference::MMC_ABANDON_SERVICE_LEVEL_ANSWERED,
        reference::MMC_ABANDON_MEAN_WAIT_OF_ANSWERED_MIN,
        reference::MMC_ABANDON_OCCUPANCY,
    ];
    shows_common(case, common)
        .shows("abandoned_per_day", reference::MMC_ABANDON_ABANDONED_PER_DAY.published(), |x| x[ABANDONED])
        .shows(
            "service_level_excl_short_abandons",
            reference::MMC_ABANDON_SERVICE_LEVEL_EXCL_SHORT_ABANDONS.published(),
            |x| x[IN_TIME] / (x[ARRIVED] - x[SHORT]),
        )
}

fn limited() -> Case {
    let case = day("ContactCenters mmc_blocked", None, Some(PLACES));
    let common = [
        reference::MMC_BLOCKED_CONTACTS_ANSWERED_WITHIN_20S_PER_DAY,
        reference::MMC_BLOCKED_SERVICE_LEVEL_ANSWERED,
        reference::MMC_BLOCKED_MEAN_WAIT_MIN,
        reference::MMC_BLOCKED_OCCUPANCY,
    ];
    shows_common(case, common)
        .shows("blocked_per_day", reference::MMC_BLOCKED_BLOCKED_PER_DAY.published(), |x| x[BLOCKED])
        .shows("service_level_of_offered", reference::MMC_BLOCKED_SERVICE_LEVEL_OF_OFFERED.published(), |x| {
            x[IN_TIME] / x[ARRIVED]
        })
}

fn shows_common(case: Case, [in_time, level, wait, occupancy]: [Row; 4]) -> Case {
    case.shows("answered_within_20s_per_day", in_time.published(), |x| x[IN_TIME])
        .shows("service_level_answered", level.published(), |x| x[IN_TIME] / x[ANSWERED])
        .shows("mean_wait_min", wait.published(), |x| x[WAIT_MIN] / x[ANSWERED])
        .shows("occupancy", occupancy.published(), |x| x[OCCUPANCY])
}

fn day(name: &str, patience_mean_s: Option<f64>, places: Option<u32>) -> Case {
    let mut system = System::poisson(CALLS_PER_MINUTE / 60.0, TALK_MEAN_MIN * 60.0);
    system.agents = Some(AGENTS);
    system.patience_mean_s = patience_mean_s;
    system.places = places;
    Case::new(name, DAYS, system.scenario(0.0, DAY_S), observe)
}

fn observe(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let mut sums = vec![0.0; 8];
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry {
            add(&mut sums, record);
        }
        ControlFlow::Continue(())
    });
    sums
}

fn add(sums: &mut [f64], record: &CallRecord) {
    let wait = record.wait.unwrap_or(Duration::ZERO);
    let abandoned = record.outcome == Outcome::Human(Human::Abandoned);
    let answered = record.outcome.is_completed();
    let mut count = |place: usize, counts: bool| sums[place] += f64::from(u8::from(counts));
    count(ARRIVED, true);
    count(BLOCKED, record.outcome == Outcome::Human(Human::QueueFull));
    count(ABANDONED, abandoned);
    count(SHORT, abandoned && wait <= THRESHOLD);
    count(ANSWERED, answered);
    count(IN_TIME, answered && wait <= THRESHOLD);
    if answered {
        sums[WAIT_MIN] += wait.as_secs_f64() / 60.0;
        sums[OCCUPANCY] += share_of_day(record);
    }
}

/// The share of all agents' time between opening and closing that this conversation takes.
fn share_of_day(record: &CallRecord) -> f64 {
    let closing = Instant::from_secs_f64(DAY_S);
    let (Some(ended), Some(talk)) = (record.ended, record.talk) else { return 0.0 };
    let connected = Instant::ZERO + ended.since(Instant::ZERO).saturating_sub(talk);
    ended.min(closing).since(connected).as_secs_f64() / (f64::from(AGENTS) * DAY_S)
}
