//! What formulas say of a plan.

use crate::erlang::kaufman_roberts::{TrafficClass, kaufman_roberts};
use crate::scenario::Scenario;
use crate::sizing::TrunkModel;
use crate::sizing::load;
use crate::tariff::Fit;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::profile::Intensity;

/// Fresh erlangs of incoming calls at growth 1: the mean over the measured time.
pub(super) fn erlangs(scenario: &Scenario) -> f64 {
    let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
    let from = scenario.warm_up.as_secs_f64();
    let to = match scenario.extent {
        Extent::Duration(duration) => from + duration.as_secs_f64(),
        #[expect(clippy::cast_precision_loss, reason = "a run has fewer than 2^53 calls")]
        Extent::Calls(calls) => intensity
            .time_of(intensity.cumulative(from) + calls as f64)
            .unwrap_or(Instant::FAR_FUTURE.as_secs_f64()),
        Extent::Unstated => from + 1.0,
    };
    intensity.integral(from, to) / (to - from).max(f64::MIN_POSITIVE) * scenario.traffic.mean_talk()
}

/// Loss of `channels` offered `erlangs`, one channel a call; with redials where callers dial again.
pub(super) fn channels_alone(scenario: &Scenario, channels: u32, erlangs: f64) -> Option<f64> {
    TrunkModel::lossy(erlangs, load::recall(scenario)).loss(channels).ok()
}

/// Loss over all calls where some take several channels (Kaufman 1981, Roberts 1981); not where callers dial again.
pub(super) fn legs(scenario: &Scenario, fit: &Fit, erlangs: f64) -> Option<f64> {
    if fit.leg_kinds.is_empty() || load::recall(scenario) > 0.0 {
        return None;
    }
    let several: f64 = fit.leg_kinds.iter().map(|(_, share, _)| share).sum();
    let kinds = fit.leg_kinds.iter().map(|&(_, share, legs)| (share, legs.min(fit.channels)));
    let kinds: Vec<(f64, u32)> = std::iter::once((1.0 - several, 1)).chain(kinds).collect();
    let classes: Vec<TrafficClass> = kinds
        .iter()
        .map(|&(share, slots_per_call)| TrafficClass { erlangs: share * erlangs, slots_per_call })
        .collect();
    let result = kaufman_roberts(fit.channels, &classes).ok()?;
    Some(kinds.iter().zip(&result.blocking).map(|((share, _), blocking)| share * blocking).sum())
}

/// What the channels of `fit` lose by the formula that there is: with the plan's legs where a call takes several.
pub(super) fn loss(scenario: &Scenario, fit: &Fit, erlangs: f64) -> Option<f64> {
    if fit.channels == 0 {
        return Some(1.0);
    }
    legs(scenario, fit, erlangs)
        .or_else(|| channels_alone(scenario, fit.channels, erlangs).filter(|_| fit.leg_kinds.is_empty()))
}

/// Erlangs beyond which no state is reckoned on its own.
const MOST_ERLANGS: f64 = 1e6;

/// Share of the calls that begin while so many channels or more are in use, by index, of a plan that takes every call up to
/// `most`: the states of Erlang's model, Poisson's where there is no `most`.
pub(super) fn beyond(most: Option<u32>, erlangs: f64) -> Option<Vec<f64>> {
    if erlangs <= 0.0 || erlangs > MOST_ERLANGS {
        return None;
    }
    // Twelve standard deviations: what is beyond them is no share of any bill.
    let far = libm::ceil(erlangs + 12.0 * libm::sqrt(erlangs) + 50.0);
    let last = most.map_or(far, f64::from).min(far);
    let mut weights = Vec::new();
    let mut calls = 0.0;
    while calls <= last {
        weights.push(calls * libm::log(erlangs) - libm::lgamma(calls + 1.0));
        calls += 1.0;
    }
    let highest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for weight in &mut weights {
        *weight = libm::exp(*weight - highest);
    }
    let total: f64 = weights.iter().sum();
    if most.is_some_and(|most| f64::from(most) <= far) {
        // Whoever finds all of them in use is refused, and not billed.
        weights.pop();
    }
    let mut sum = 0.0;
    for weight in weights.iter_mut().rev() {
        sum += *weight / total;
        *weight = sum;
    }
    Some(weights)
}

/// The growth at which a rising `loss` reaches `level`.
pub(super) fn growth_at(level: f64, loss: impl Fn(f64) -> Option<f64>) -> Option<f64> {
    let (mut low, mut high) = (1e-6_f64, 1e6_f64);
    if loss(high)? < level || loss(low)? > level {
        return None;
    }
    for _ in 0..200 {
        let middle = libm::sqrt(low * high);
        if loss(middle)? < level {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(libm::sqrt(low * high))
}
