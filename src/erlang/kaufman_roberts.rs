//! Kaufman–Roberts: calls that need different numbers of slots share one capacity, as codecs share a link.
//!
//! j·q(j) = Σ_k a_k b_k q(j − b_k); class k is blocked in the states above C − b_k (Kaufman, IEEE Trans.
//! Communications 29 (1981) 1474; Roberts 1981). Exact for Poisson arrivals, holding times of any shape, and
//! every call admitted that fits; reserving slots for some class breaks it.

use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, checked, not_negative, proportion};

/// Largest capacity: the recursion keeps one number for each slot.
pub const MOST_SLOTS: u32 = 10_000_000;

/// One kind of call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrafficClass {
    /// Offered erlangs, 0 or more.
    pub erlangs: f64,
    /// Slots that each call takes, 1 or more.
    pub slots_per_call: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub struct KaufmanRoberts {
    /// Share of each class's calls that find too few slots, in the order of the classes.
    pub blocking: Vec<f64>,
    pub mean_slots_busy: f64,
}

/// `classes` offered to `capacity_slots` slots (1 to [`MOST_SLOTS`]).
pub fn kaufman_roberts(capacity_slots: u32, classes: &[TrafficClass]) -> Result<KaufmanRoberts, ErlangError> {
    checked_input(capacity_slots, classes)?;
    let capacity = capacity_slots as usize;
    let occupancy = occupancy(capacity, classes);
    let total = occupancy.iter().fold(Wide::ZERO, |sum, weight| sum + *weight);
    let mut busy = Wide::ZERO;
    let mut slots = 0.0;
    for weight in &occupancy {
        busy = busy + *weight * slots;
        slots += 1.0;
    }
    let blocked = |class: &TrafficClass| {
        let first = (capacity + 1).saturating_sub(class.slots_per_call as usize);
        let full = occupancy[first..].iter().fold(Wide::ZERO, |sum, weight| sum + *weight);
        (full / total).to_f64()
    };
    Ok(KaufmanRoberts {
        blocking: classes.iter().map(blocked).collect(),
        mean_slots_busy: (busy / total).to_f64(),
    })
}

/// The smallest capacity in which no class loses more than `target` (0 to 1, exclusive) of its calls; classes that offer
/// nothing ask for nothing. The widest class loses most, since it is blocked wherever another is.
pub fn min_slots(classes: &[TrafficClass], target: f64) -> Result<u32, ErlangError> {
    let target = proportion("target_blocking", target)?;
    checked_classes(classes)?;
    let widest = classes.iter().filter(|class| class.erlangs > 0.0).map(|class| class.slots_per_call).max();
    let Some(widest) = widest else { return Ok(0) };
    let width = widest as usize;
    let (mut weights, mut total) = (vec![Wide::ONE], Wide::ONE);
    // The last `width` weights are the end of one block and the beginning of the next: sums of both, so that nothing is
    // subtracted, which would cost digits.
    let (mut ends, mut begun) = (vec![Wide::ZERO; width + 1], Wide::ONE);
    for capacity in 1..=MOST_SLOTS {
        let place = weights.len() % width;
        if place == 0 {
            for (back, weight) in weights.iter().rev().take(width).enumerate() {
                ends[width - 1 - back] = ends[width - back] + *weight;
            }
            begun = Wide::ZERO;
        }
        let weight = next_weight(&weights, classes, f64::from(capacity));
        weights.push(weight);
        total = total + weight;
        begun = begun + weight;
        let full = ends[place + 1] + begun;
        if capacity >= widest && (full / total).to_f64() <= target {
            return Ok(capacity);
        }
    }
    Err(ErlangError::OutOfReach { limit: MOST_SLOTS })
}

/// The probabilities that 0, 1, … `capacity_slots` slots are taken.
pub fn states(capacity_slots: u32, classes: &[TrafficClass]) -> Result<Vec<f64>, ErlangError> {
    checked_input(capacity_slots, classes)?;
    let occupancy = occupancy(capacity_slots as usize, classes);
    let total = occupancy.iter().fold(Wide::ZERO, |sum, weight| sum + *weight);
    Ok(occupancy.into_iter().map(|weight| (weight / total).to_f64()).collect())
}

fn checked_input(capacity_slots: u32, classes: &[TrafficClass]) -> Result<(), ErlangError> {
    let allowed = "a whole number from 1 to 10000000";
    checked("capacity_slots", f64::from(capacity_slots), allowed, |x| {
        x >= 1.0 && x <= f64::from(MOST_SLOTS)
    })?;
    checked_classes(classes)
}

fn checked_classes(classes: &[TrafficClass]) -> Result<(), ErlangError> {
    for class in classes {
        not_negative("erlangs", class.erlangs)?;
        checked("slots_per_call", f64::from(class.slots_per_call), "1 or more", |x| x >= 1.0)?;
    }
    Ok(())
}

/// q(0) to q(C), relative to q(0).
fn occupancy(capacity: usize, classes: &[TrafficClass]) -> Vec<Wide> {
    let mut weights = Vec::with_capacity(capacity + 1);
    weights.push(Wide::ONE);
    let mut slots = 0.0;
    for _ in 1..=capacity {
        slots += 1.0;
        weights.push(next_weight(&weights, classes, slots));
    }
    weights
}

/// q(j) from those before it; `slots` is j.
fn next_weight(weights: &[Wide], classes: &[TrafficClass], slots: f64) -> Wide {
    let mut sum = Wide::ZERO;
    for class in classes {
        if let Some(before) = weights.len().checked_sub(class.slots_per_call as usize) {
            sum = sum + weights[before] * (class.erlangs * f64::from(class.slots_per_call));
        }
    }
    sum * (1.0 / slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::erlang_b;

    fn class(erlangs: f64, slots_per_call: u32) -> TrafficClass {
        TrafficClass { erlangs, slots_per_call }
    }

    #[test]
    fn one_class_is_erlang_b_whatever_a_call_takes() {
        for slots_per_call in [1, 7] {
            let result = kaufman_roberts(30 * slots_per_call, &[class(24.0, slots_per_call)]).unwrap();
            assert!((result.blocking[0] / erlang_b::blocking(30, 24.0) - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn what_is_carried_is_what_is_busy() {
        let classes = [class(60.0, 11), class(80.0, 4), class(0.0, 3), class(2.0, 2_000)];
        let result = kaufman_roberts(1_250, &classes).unwrap();
        let carried = |(class, blocked): (&TrafficClass, &f64)| {
            class.erlangs * f64::from(class.slots_per_call) * (1.0 - blocked)
        };
        let sum: f64 = classes.iter().zip(&result.blocking).map(carried).sum();
        assert!((sum / result.mean_slots_busy - 1.0).abs() < 1e-12);
        assert!((result.blocking[3] - 1.0).abs() < 1e-15, "a call larger than the link never fits");
    }

    /// Against every smaller capacity, one by one.
    #[test]
    fn the_smallest_capacity_is_the_first_in_which_no_class_loses_more() {
        let mixes = [
            vec![class(24.0, 1)],
            vec![class(24.0, 7)],
            vec![class(6.0, 11), class(8.0, 4), class(0.0, 300)],
            vec![class(0.5, 3), class(1.0, 2)],
            vec![class(1e-6, 5)],
        ];
        for mix in &mixes {
            for target in [0.3, 0.01, 1e-6] {
                let meets = |slots: u32| {
                    let result = kaufman_roberts(slots, mix).unwrap();
                    let mut blocking = mix.iter().zip(&result.blocking);
                    blocking.all(|(class, blocked)| class.erlangs == 0.0 || *blocked <= target)
                };
                let first = (1..1_000).find(|slots| meets(*slots));
                assert_eq!(min_slots(mix, target).ok(), first, "{mix:?} at {target}");
            }
        }
        assert_eq!(min_slots(&mixes[1], 0.01), erlang_b::min_servers(24.0, 0.01).map(|(n, _)| 7 * n));
        assert_eq!(min_slots(&[class(0.0, 1)], 0.01), Ok(0));
        assert!(min_slots(&mixes[0], 0.0).is_err());
    }

    #[test]
    fn a_link_too_large_for_memory_is_refused() {
        let error = kaufman_roberts(u32::MAX, &[class(1.0, 1)]).unwrap_err().to_string();
        assert!(error.contains("10000000"), "{error}");
    }
}
