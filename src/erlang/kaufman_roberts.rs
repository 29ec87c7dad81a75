//! Kaufman–Roberts: calls that need different numbers of slots share one capacity, as codecs share a link.
//!
//! j·q(j) = Σ_k a_k b_k q(j − b_k); class k is blocked in the states above C − b_k (Kaufman, IEEE Trans.
//! Communications 29 (1981) 1474; Roberts 1981). Exact for Poisson arrivals, holding times of any shape, and
//! every call admitted that fits; reserving slots for some class breaks it.

use crate::erlang::wide_number::Wide;
use crate::erlang::{ErlangError, checked, not_negative};

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
    let allowed = "a whole number from 1 to 10000000";
    checked("capacity_slots", f64::from(capacity_slots), allowed, |x| {
        x >= 1.0 && x <= f64::from(MOST_SLOTS)
    })?;
    for class in classes {
        not_negative("erlangs", class.erlangs)?;
        checked("slots_per_call", f64::from(class.slots_per_call), "1 or more", |x| x >= 1.0)?;
    }
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

/// q(0) to q(C), relative to q(0).
fn occupancy(capacity: usize, classes: &[TrafficClass]) -> Vec<Wide> {
    let mut weights = Vec::with_capacity(capacity + 1);
    weights.push(Wide::ONE);
    let mut slots = 0.0;
    for j in 1..=capacity {
        slots += 1.0;
        let mut sum = Wide::ZERO;
        for class in classes {
            let needed = class.slots_per_call as usize;
            if needed <= j {
                sum = sum + weights[j - needed] * (class.erlangs * f64::from(class.slots_per_call));
            }
        }
        weights.push(sum * (1.0 / slots));
    }
    weights
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

    #[test]
    fn a_link_too_large_for_memory_is_refused() {
        let error = kaufman_roberts(u32::MAX, &[class(1.0, 1)]).unwrap_err().to_string();
        assert!(error.contains("10000000"), "{error}");
    }
}
