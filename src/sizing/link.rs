//! Calls of several codecs on one link: how many each loses.

use serde::{Deserialize, Serialize};

use crate::bandwidth::calls_that_fit;
use crate::erlang::ErlangError;
use crate::erlang::erlang_b;
use crate::erlang::kaufman_roberts;
use crate::erlang::kaufman_roberts::{MOST_SLOTS, TrafficClass};

/// One kind of call on a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinkClass {
    pub codec: String,
    pub erlangs: f64,
    pub bits_per_second: f64,
    /// Share of its calls that find no room.
    pub blocking: f64,
    /// Calls that would fit if all were of this kind.
    pub calls_alone: u64,
}

/// What a link must carry.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Needed {
    /// Share of each class's calls that may find no room.
    pub target: f64,
    /// Calls at once; absent where they are of several kinds, of which no number says enough.
    pub calls: Option<u32>,
    /// One direction; the other needs as much.
    pub bits_per_second: f64,
}

/// Loss of each class on a link of so many bits per second (Kaufman and Roberts), in slots as coarse as precision of
/// a ten-thousandth of a call allows: rates are rounded up to slots, so that the loss is not understated.
pub fn mix(link: f64, classes: &mut [LinkClass]) -> Result<f64, ErlangError> {
    let slot = slot(link, classes).max(link / f64::from(MOST_SLOTS));
    let result = kaufman_roberts::kaufman_roberts(
        whole(link * (1.0 + 1e-12) / slot).max(1),
        &in_slots(slot, classes),
    )?;
    for (class, blocking) in classes.iter_mut().zip(&result.blocking) {
        class.blocking = *blocking;
        class.calls_alone = calls_that_fit(link, class.bits_per_second);
    }
    Ok(result.mean_slots_busy * slot)
}

/// What a link must carry for no class to lose more than `target`; of calls of one kind that many calls, `calls` where a
/// model other than Erlang's says so. Rates are rounded up as in [`mix`].
pub fn needed(classes: &[LinkClass], target: f64, calls: Option<u32>) -> Result<Needed, ErlangError> {
    if let [class] = classes {
        let calls = match calls {
            Some(calls) => calls,
            None => erlang_b::min_servers(class.erlangs, target)?.0,
        };
        let bits_per_second = f64::from(calls) * class.bits_per_second;
        return Ok(Needed { target, calls: Some(calls), bits_per_second });
    }
    let sum = |of: fn(&LinkClass) -> f64| classes.iter().map(of).sum::<f64>();
    let mean = sum(|class| class.erlangs * class.bits_per_second);
    let spread = sum(|class| class.erlangs * class.bits_per_second.powi(2)).sqrt();
    let widest = classes.iter().map(|class| class.bits_per_second).fold(0.0, f64::max);
    // About what will be needed, so that the slots are no more than a million.
    let about = mean + 5.0 * spread + 5.0 * widest;
    let slot = slot(about, classes).max(about / 1e6);
    let slots = kaufman_roberts::min_slots(&in_slots(slot, classes), target)?;
    Ok(Needed { target, calls: None, bits_per_second: f64::from(slots) * slot })
}

/// Bits per second of one slot.
fn slot(link: f64, classes: &[LinkClass]) -> f64 {
    let smallest = classes.iter().map(|class| class.bits_per_second).fold(f64::INFINITY, f64::min);
    common_slot(link, classes).unwrap_or(smallest / 10_000.0)
}

fn in_slots(slot: f64, classes: &[LinkClass]) -> Vec<TrafficClass> {
    let class = |class: &LinkClass| TrafficClass {
        erlangs: class.erlangs,
        slots_per_call: whole((class.bits_per_second / slot - 1e-9).ceil()).max(1),
    };
    classes.iter().map(class).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most MOST_SLOTS, or saturated"
)]
fn whole(slots: f64) -> u32 {
    slots as u32
}

/// The largest number of bits per second that every rate is a multiple of, if all are whole numbers of bits and the
/// link has not too many of it.
fn common_slot(link: f64, classes: &[LinkClass]) -> Option<f64> {
    let whole =
        classes.iter().all(|class| class.bits_per_second.fract() == 0.0 && class.bits_per_second < 1e15);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked: whole and below 10¹⁵"
    )]
    let rates = classes.iter().map(|class| class.bits_per_second as u64);
    let divisor = rates.fold(0, greatest_common_divisor);
    #[expect(clippy::cast_precision_loss, reason = "below 10¹⁵")]
    let slot = divisor as f64;
    (whole && divisor > 0 && link / slot <= 1e6).then_some(slot)
}

const fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if a == 0 { b } else { greatest_common_divisor(b % a, a) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_codec_alone_is_erlang_b_of_the_calls_that_fit() {
        let class = |codec: &str, erlangs, bits_per_second| LinkClass {
            codec: codec.to_owned(),
            erlangs,
            bits_per_second,
            blocking: 0.0,
            calls_alone: 0,
        };
        let mut alone = [class("pcma", 6.0, 87_200.0)];
        let busy = mix(1e6, &mut alone).unwrap();
        let formula = crate::erlang::erlang_b::blocking(11, 6.0);
        assert_eq!(alone[0].calls_alone, 11);
        assert!((alone[0].blocking / formula - 1.0).abs() < 1e-12, "{alone:?}");
        assert!((busy / (87_200.0 * 6.0 * (1.0 - formula)) - 1.0).abs() < 1e-12);
        // The reference's mix: units of 8 kbit/s, 11, 4 and 7 to a call.
        let mut mixed = [class("a", 60.0, 88_000.0), class("b", 80.0, 32_000.0), class("c", 30.0, 56_000.0)];
        mix(10e6, &mut mixed).unwrap();
        for (class, blocking) in mixed.iter().zip([0.050_397_773_246, 0.017_952_097_587, 0.031_700_845_782]) {
            assert!((class.blocking / blocking - 1.0).abs() < 1e-9, "{class:?}");
        }
    }

    /// 6 E of 87.2 kbit/s at 1 % are 13 circuits in every table; of two codecs what is needed meets the target, and a
    /// kilobit less does not.
    #[test]
    fn what_is_needed_meets_the_target_and_no_less_does() {
        let class = |codec: &str, erlangs, bits_per_second| LinkClass {
            codec: codec.to_owned(),
            erlangs,
            bits_per_second,
            blocking: 0.0,
            calls_alone: 0,
        };
        let alone = [class("pcma", 6.0, 87_200.0)];
        let thirteen = Needed { target: 0.01, calls: Some(13), bits_per_second: 1_133_600.0 };
        assert_eq!(needed(&alone, 0.01, None), Ok(thirteen));
        let twenty = Needed { target: 0.01, calls: Some(20), bits_per_second: 1_744_000.0 };
        assert_eq!(needed(&alone, 0.01, Some(20)), Ok(twenty));
        for rates in [[87_200.0, 31_200.0], [87_200.3, 31_200.1]] {
            let mut mixed = [class("pcma", 6.0, rates[0]), class("g729", 10.0, rates[1])];
            let enough = needed(&mixed, 0.01, None).unwrap();
            assert_eq!(enough.calls, None);
            let mut worst = |link: f64| {
                mix(link, &mut mixed).unwrap();
                mixed.iter().map(|class| class.blocking).fold(0.0, f64::max)
            };
            let link = enough.bits_per_second;
            assert!(worst(link) <= 0.01 && worst(link - 1_000.0) > 0.01, "{enough:?}");
        }
    }
}
