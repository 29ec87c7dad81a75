//! Calls of several codecs on one link: how many each loses.

use serde::{Deserialize, Serialize};

use crate::bandwidth::calls_that_fit;
use crate::erlang::ErlangError;
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

/// Loss of each class on a link of so many bits per second (Kaufman and Roberts), in slots as coarse as precision of
/// a ten-thousandth of a call allows: rates are rounded up to slots, so that the loss is not understated.
pub fn mix(link: f64, classes: &mut [LinkClass]) -> Result<f64, ErlangError> {
    let smallest = classes.iter().map(|class| class.bits_per_second).fold(f64::INFINITY, f64::min);
    let slot = common_slot(link, classes).unwrap_or(smallest / 10_000.0).max(link / f64::from(MOST_SLOTS));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most MOST_SLOTS, or saturated"
    )]
    let slots = |bits: f64| (bits / slot) as u32;
    let traffic: Vec<TrafficClass> = classes
        .iter()
        .map(|class| TrafficClass {
            erlangs: class.erlangs,
            slots_per_call: slots((class.bits_per_second / slot - 1e-9).ceil() * slot + 0.5 * slot).max(1),
        })
        .collect();
    let result = kaufman_roberts::kaufman_roberts(slots(link * (1.0 + 1e-12)).max(1), &traffic)?;
    for (class, blocking) in classes.iter_mut().zip(&result.blocking) {
        class.blocking = *blocking;
        class.calls_alone = calls_that_fit(link, class.bits_per_second);
    }
    Ok(result.mean_slots_busy * slot)
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
}
