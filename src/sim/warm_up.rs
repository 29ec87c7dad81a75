//! `warm_up: auto`: how long the scenario takes to settle, found from the simulation itself.
//!
//! The callers in the system (waiting ones included) are observed from the empty start, averaged over replications,
//! and cut by MSER-5. The figures then come from the same calls with the beginning left out. Days that are told to
//! begin and end, by a changing rate, a rota or a list of calls, never settle and are never cut.

use std::ops::ControlFlow;

use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::metrics::warm_up;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::replications;
use crate::time::{Duration, Instant};
use crate::traffic::Extent;
use crate::traffic::Plans;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Profile;

/// Replications that the observed series is averaged over, at most.
pub const REPLICATIONS_MAX: u64 = 10;

/// The warm-up found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmUp {
    pub cut: Duration,
    /// Length of a batch; none were looked at where the scenario is a day of its own.
    pub batch: Duration,
    pub batches: usize,
    pub replications: u64,
    /// The cut is half of the data: the system may not have settled at all.
    pub at_limit: bool,
}

/// The run is too short to look for a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort;

/// Why the scenario is a day with a beginning and an end of its own; `None` if it can settle.
#[must_use]
pub fn terminates(scenario: &Scenario) -> Option<&'static str> {
    if !matches!(scenario.traffic.profile, Profile::Flat { .. }) {
        return Some("the rate of calls changes");
    }
    if matches!(scenario.traffic.arrivals, Arrivals::Replay { .. }) {
        return Some("the calls are replayed");
    }
    let on_a_rota = scenario.pbx.agents.iter().any(|agent| agent.presence.duty.is_some());
    on_a_rota.then_some("agents come and go")
}

/// Finds the warm-up from the first of `replications`, on `threads` threads; the same at any number of them.
///
/// # Errors
/// [`TooShort`] with fewer than ten batches.
pub fn find(scenario: &Scenario, replications: u64, threads: usize) -> Result<WarmUp, TooShort> {
    let count = replications.clamp(1, REPLICATIONS_MAX);
    if terminates(scenario).is_some() {
        let (cut, batch) = (Duration::ZERO, Duration::ZERO);
        return Ok(WarmUp { cut, batch, batches: 0, replications: 0, at_limit: false });
    }
    let pilot = uncut(scenario);
    let duration = match pilot.extent {
        Extent::Duration(duration) => Some(duration),
        Extent::Calls(_) | Extent::Unstated => None,
    };
    let work = |index| {
        let settings = Settings { duration, ..Settings::default() };
        sim::gather(&pilot, pilot.seed.replication(index), settings).collector
    };
    let mut all: Option<Collector> = None;
    let mut end = f64::INFINITY;
    replications::in_order(count, threads, work, |_, one| {
        end = end.min(one.finish().measured[1].as_secs_f64());
        match &mut all {
            Some(all) => all.merge(one),
            None => all = Some(one),
        }
        ControlFlow::Continue(())
    });
    let summary = all.ok_or(TooShort)?.finish();
    let ends = std::iter::successors(Some(summary.slice_s), |end| Some(end + summary.slice_s));
    let whole = summary.slices.iter().zip(ends).take_while(|(_, slice_end)| *slice_end <= end);
    let series: Vec<f64> = whole.map(|(slice, _)| slice.concurrency_mean).collect();
    let cut = warm_up::mser5(&series).ok_or(TooShort)?;
    let seconds = |slices: usize| Duration::from_secs_f64(real(slices) * summary.slice_s);
    Ok(WarmUp {
        cut: seconds(cut.observations),
        batch: seconds(warm_up::BATCH),
        batches: cut.batches,
        replications: count,
        at_limit: cut.at_limit,
    })
}

/// The scenario with its beginning cut off: the same calls, those before `cut` as warm-up.
#[must_use]
pub fn cut_off(scenario: &Scenario, cut: Duration) -> Scenario {
    let mut scenario = uncut(scenario);
    scenario.extent = match scenario.extent {
        Extent::Duration(duration) => Extent::Duration(duration.saturating_sub(cut)),
        Extent::Calls(calls) => {
            let plans = Plans::new(&scenario.traffic, scenario.extent, Duration::ZERO, scenario.seed);
            let early = plans.take_while(|plan| plan.intended_start < Instant::ZERO + cut).count() as u64;
            Extent::Calls(calls.saturating_sub(early).max(1))
        }
        Extent::Unstated => Extent::Unstated,
    };
    scenario.warm_up = cut;
    scenario
}

fn uncut(scenario: &Scenario) -> Scenario {
    Scenario { warm_up: Duration::ZERO, ..scenario.clone() }
}

#[expect(clippy::cast_precision_loss, reason = "at most some hundred slices")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;
    use crate::scenario::Inputs;

    const LINE: &str = "\
seed: 3
duration: 1h
warm_up: auto
traffic: {profile: 480/h, callers: [{talk: {exponential: {mean: 180s}}}]}
pbx: {channels: 30}
";

    fn read(text: &str) -> Scenario {
        scenario::parse(text, "line.yaml", &Inputs::with_seed(3)).unwrap()
    }

    /// Circuits in use in the mean of `runs` replications.
    fn carried(scenario: &Scenario, runs: u32) -> f64 {
        let Extent::Duration(duration) = scenario.extent else { panic!("a duration is stated") };
        let settings =
            Settings { warm_up: scenario.warm_up, duration: Some(duration), ..Settings::default() };
        let one = |run| {
            let seed = scenario.seed.replication(1_000 + u64::from(run));
            sim::gather(scenario, seed, settings.clone()).collector.finish().traffic.carried_erlangs
        };
        (0..runs).map(one).sum::<f64>() / f64::from(runs)
    }

    /// 24 E on 30 circuits carry 24(1 − 0.040121) = 23.037 E once settled. An hour that starts empty lacks about one
    /// mean holding time's worth of it, 23 × 3/60 = 1.15 E; with the cut nothing. The mean of 60 hours has a standard
    /// error of 0.16 E.
    #[test]
    fn with_the_warm_up_cut_an_estimate_is_that_of_the_steady_state_and_without_it_is_not() {
        let (uncut, steady) = (read(LINE), 24.0 * (1.0 - 0.040_120_686_579_417_6));
        let found = find(&uncut, 10, 1).unwrap();
        assert!((180.0..=1_200.0).contains(&found.cut.as_secs_f64()), "{found:?}");
        assert!(!found.at_limit);
        let (with, without) = (carried(&cut_off(&uncut, found.cut), 60), carried(&uncut, 60));
        assert!((with - steady).abs() < 0.5, "with the cut {with}, steady {steady}");
        assert!(without < steady - 0.7, "without the cut {without}, steady {steady}");
    }

    #[test]
    fn the_cut_leaves_the_same_calls_and_is_the_same_at_any_number_of_threads() {
        let scenario = read(LINE);
        let found = find(&scenario, 3, 1).unwrap();
        assert_eq!(find(&scenario, 3, 2), Ok(found));
        let starts = |scenario: &Scenario| {
            let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
            plans.map(|plan| plan.intended_start).collect::<Vec<_>>()
        };
        assert_eq!(starts(&cut_off(&scenario, found.cut)), starts(&scenario));
        let counted = read(&LINE.replace("duration: 1h", "calls: 480"));
        let found = find(&counted, 3, 1).unwrap();
        assert_eq!(starts(&cut_off(&counted, found.cut)), starts(&counted));
    }

    #[test]
    fn a_day_of_its_own_is_not_cut() {
        let day = LINE
            .replace("profile: 480/h", "profile: {steps: [{at: 0s, rate: 100/h}, {at: 30m, rate: 480/h}]}");
        assert!(terminates(&read(&day)).is_some());
        assert_eq!(find(&read(&day), 5, 1).map(|found| found.cut), Ok(Duration::ZERO));
        let few = LINE.replace("duration: 1h", "calls: 3");
        assert_eq!(find(&read(&few), 1, 1), Err(TooShort));
    }
}
