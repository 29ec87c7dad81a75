//! What formulas say of a plan.

use crate::erlang::kaufman_roberts::{TrafficClass, kaufman_roberts, states};
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
    let kinds = kinds(fit, fit.channels);
    let result = kaufman_roberts(fit.channels, &classes(&kinds, erlangs)).ok()?;
    Some(kinds.iter().zip(&result.blocking).map(|((share, _), blocking)| share * blocking).sum())
}

/// The share of the calls that take so many channels, no more than `most`.
fn kinds(fit: &Fit, most: u32) -> Vec<(f64, u32)> {
    let several: f64 = fit.leg_kinds.iter().map(|(_, share, _)| share).sum();
    let kinds = fit.leg_kinds.iter().map(|&(_, share, legs)| (share, legs.min(most)));
    std::iter::once((1.0 - several, 1)).chain(kinds).collect()
}

fn classes(kinds: &[(f64, u32)], erlangs: f64) -> Vec<TrafficClass> {
    let class = |&(share, slots_per_call): &(f64, u32)| {
        // Shares that sum to one may leave a little less than nothing for calls of one channel.
        TrafficClass { erlangs: (share * erlangs).max(0.0), slots_per_call }
    };
    kinds.iter().map(class).collect()
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

/// Channels over so many, by index, that a call begins on, of a plan that takes every call up to `most`: for each of all
/// calls, in channels of the mean call that is taken. The states are those of Kaufman and Roberts; of Poisson's law where
/// there is no `most`.
pub(super) fn beyond(fit: &Fit, most: Option<u32>, erlangs: f64) -> Option<Vec<f64>> {
    if erlangs <= 0.0 || erlangs > MOST_ERLANGS {
        return None;
    }
    let kinds = kinds(fit, most.unwrap_or(u32::MAX));
    let moment = |power: i32| -> f64 {
        kinds.iter().map(|&(share, legs)| share * libm::pow(legs.into(), power.into())).sum::<f64>() * erlangs
    };
    let widest = kinds.iter().map(|&(_, legs)| legs).max().unwrap_or(1);
    // Twelve standard deviations: what is beyond them is no share of any bill.
    let far = libm::ceil(moment(1) + 12.0 * libm::sqrt(moment(2)) + 50.0 * f64::from(widest));
    let most = most.filter(|most| f64::from(*most) <= far);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    let last = most.unwrap_or(far as u32);
    let states = states(last, &classes(&kinds, erlangs)).ok()?;
    // Calls that find so many channels or more in use.
    let mut tail = vec![0.0; states.len() + 1];
    for (place, state) in states.iter().enumerate().rev() {
        tail[place] = tail[place + 1] + state;
    }
    // Whoever finds too few of them free is refused, and not billed.
    let refused = |legs: u32| most.map_or(0.0, |most| tail[(most + 1 - legs.min(most)) as usize]);
    let taken: f64 = kinds.iter().map(|&(share, legs)| share * (1.0 - refused(legs))).sum();
    let over = |channels: u32| -> f64 {
        let on = |legs: u32| -> f64 {
            // The nth channel of a call is over where so many are in use.
            let nth = |nth: u32| tail[(channels + 1).saturating_sub(nth) as usize].min(1.0);
            (1..=legs).map(|n| (nth(n) - refused(legs)).max(0.0)).sum()
        };
        kinds.iter().map(|&(share, legs)| share * on(legs)).sum()
    };
    let each = taken / over(0);
    Some((0..=last).map(|channels| over(channels) * each).collect())
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

#[cfg(test)]
mod tests {
    use super::beyond;
    use crate::tariff::Fit;

    /// A plan on which this share of the calls takes two channels, the others one.
    fn of_pairs(share: f64) -> Fit {
        Fit {
            channels: 0,
            extra_channels: 0,
            pools: 1,
            load: 1.0,
            calls_per_second: None,
            rate_steps: 0,
            leg_kinds: vec![("forward", share, 2)],
        }
    }

    /// Poisson's law, from no call on.
    fn poisson(mean: f64) -> Vec<f64> {
        let next = |term: &mut f64, calls: u32| {
            let this = *term;
            *term *= mean / f64::from(calls + 1);
            Some(this)
        };
        (0..60).scan(libm::exp(-mean), next).collect()
    }

    fn assert_near(found: &[f64], expected: impl Fn(usize) -> f64, channels: usize) {
        for (place, share) in found.iter().enumerate().take(channels) {
            let expected = expected(place);
            assert!((share - expected).abs() < 1e-9, "{share} over {place}, not {expected}");
        }
        assert!(found.len() >= channels, "{}", found.len());
    }

    /// A call that finds n others holds channels 2n + 1 and 2n + 2: over 2k channels both if n ≥ k, over 2k + 1 the first if
    /// n ≥ k + 1 and the second if n ≥ k.
    #[test]
    fn both_channels_of_a_call_are_counted_over_a_number_of_them() {
        let calls = poisson(3.0);
        let so_many = |least: usize| calls[least..].iter().sum::<f64>();
        let expected = |channels: usize| {
            let (first, second) = (channels.div_ceil(2), channels / 2);
            f64::midpoint(so_many(first), so_many(second))
        };
        assert_near(&beyond(&of_pairs(1.0), None, 3.0).unwrap(), expected, 30);
    }

    /// Half the calls take two: the mean call takes 1.5. Calls of either kind in progress are independent.
    #[test]
    fn channels_over_a_number_are_those_of_calls_of_one_and_of_two() {
        let calls = poisson(1.5);
        let in_use = |least: usize| -> f64 {
            let kinds = (0..60).flat_map(|one| (0..60).map(move |two| (one, two)));
            kinds.filter(|(one, two)| one + 2 * two >= least).map(|(one, two)| calls[one] * calls[two]).sum()
        };
        let expected = |channels: usize| (in_use(channels) + 0.5 * in_use(channels.saturating_sub(1))) / 1.5;
        assert_near(&beyond(&of_pairs(0.5), None, 3.0).unwrap(), expected, 20);
    }

    /// By hand: no, one and two calls of two channels on four are 1 : 3 : 4.5, and who finds two is refused. Of 17 calls 2
    /// find the plan empty and 6 find one call.
    #[test]
    fn of_a_plan_that_takes_no_more_channels_the_refused_are_not_counted() {
        let found = beyond(&of_pairs(1.0), Some(4), 3.0).unwrap();
        assert_eq!(found.len(), 5);
        assert_near(&found, |channels| [8.0, 7.0, 6.0, 3.0, 0.0][channels] / 17.0, 5);
    }
}
