//! The growth at which a simulated plan loses so much: found by bisection under common random numbers.

use crate::sizing::tariffs::Knee;
use crate::sizing::tariffs::Loss;

/// How near the ends of the last bracket are, as a factor.
const NEAR: f64 = 1.06;
/// Steps in search of a bracket; each is a factor of 1.5.
const WIDENINGS: u32 = 40;

/// Where `loss` of growth crosses `level`, with the interval in which the crossing of its 95 % interval lies;
/// `erlangs` is the load at growth 1. `None` where no growth near `guess` loses as much.
pub(super) fn find(level: f64, guess: f64, erlangs: f64, mut loss: impl FnMut(f64) -> Loss) -> Option<Knee> {
    let mut low = (guess / 1.03, loss(guess / 1.03).ratio);
    let mut high = (guess * 1.03, loss(guess * 1.03).ratio);
    for _ in 0..WIDENINGS {
        if low.1 < level {
            break;
        }
        high = low;
        low = (low.0 / 1.5, loss(low.0 / 1.5).ratio);
    }
    for _ in 0..WIDENINGS {
        if high.1 >= level {
            break;
        }
        low = high;
        high = (high.0 * 1.5, loss(high.0 * 1.5).ratio);
    }
    if low.1 >= level || high.1 < level {
        return None;
    }
    while high.0 / low.0 > NEAR * NEAR {
        let middle = libm::sqrt(low.0 * high.0);
        let at = (middle, loss(middle).ratio);
        if at.1 < level {
            low = at;
        } else {
            high = at;
        }
    }
    let growth = between(low, high, level);
    let here = loss(growth);
    // The line through the bracket's ends says how much growth a difference in loss stands for.
    let slope = (high.1 - low.1) / (high.0 - low.0);
    let growth = growth + (level - here.ratio) / slope;
    let [least, most] = here.ci95;
    let ci95 = [growth - (most - here.ratio) / slope, growth + (here.ratio - least) / slope];
    let ci95 = [ci95[0].max(0.0), ci95[1]];
    Some(Knee { growth, ci95, erlangs: growth * erlangs, erlangs_ci95: ci95.map(|growth| growth * erlangs) })
}

/// On the straight line between two points.
fn between(low: (f64, f64), high: (f64, f64), level: f64) -> f64 {
    low.0 + (high.0 - low.0) * (level - low.1) / (high.1 - low.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erlang::erlang_b;

    /// Erlang's own curve instead of a simulation, from guesses far off.
    #[test]
    fn the_crossing_is_found_from_afar_and_its_interval_is_that_of_the_loss() {
        let exact = |growth: f64| {
            let ratio = erlang_b::blocking(10, 4.461 * growth);
            Loss { ratio, ci95: [ratio - 0.002, ratio + 0.002], lost: 0, n: 0 }
        };
        for guess in [0.1, 1.0, 2.0, 30.0] {
            let knee = find(0.19, guess, 4.461, exact).unwrap();
            assert!((knee.growth - 2.12).abs() < 0.005, "{guess}: {knee:?}");
            assert!(knee.ci95[0] < knee.growth && knee.growth < knee.ci95[1], "{knee:?}");
            assert!((knee.ci95[1] - knee.ci95[0] - 0.028).abs() < 0.01, "0.004 of loss: {knee:?}");
        }
        assert_eq!(find(0.19, 1.0, 1.0, |_| Loss { ratio: 0.0, ci95: [0.0, 0.0], lost: 0, n: 0 }), None);
    }
}
