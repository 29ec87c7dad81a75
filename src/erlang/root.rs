//! The root of an increasing function on the positive numbers.

/// Where `value`, increasing from below 0 to above 0 between `low` and `high` (both over 0), changes its sign.
///
/// Regula falsi with the Illinois correction on the logarithm of the argument, and a bisection whenever three
/// steps have not halved the bracket; ends when the bracket has no room left between its ends. Errors pass through.
pub(super) fn increasing<E>(
    low: f64,
    high: f64,
    mut value: impl FnMut(f64) -> Result<f64, E>,
) -> Result<f64, E> {
    let (mut low, mut high) = ((low, value(low)?), (high, value(high)?));
    let mut width = high.0 / low.0;
    for step in 0..2_000 {
        if low.1 >= 0.0 || high.1 <= 0.0 {
            return Ok(if low.1 >= 0.0 { low.0 } else { high.0 });
        }
        if high.0 - low.0 <= 2.0 * f64::EPSILON * low.0 {
            break;
        }
        let share = -low.1 / (high.1 - low.1);
        let secant = low.0 * libm::exp(share * libm::log(high.0 / low.0));
        let slow = step % 3 == 2 && (high.0 / low.0 - 1.0) > 0.5 * (width - 1.0);
        if step % 3 == 2 {
            width = high.0 / low.0;
        }
        let middle = libm::sqrt(low.0) * libm::sqrt(high.0);
        let next = if slow || !(secant > low.0 && secant < high.0) { middle } else { secant };
        if next <= low.0 || next >= high.0 {
            break;
        }
        let found = value(next)?;
        if found < 0.0 {
            low = (next, found);
            high.1 *= 0.5;
        } else {
            high = (next, found);
            low.1 *= 0.5;
        }
        if found == 0.0 {
            return Ok(next);
        }
    }
    Ok(low.0 + 0.5 * (high.0 - low.0))
}

#[cfg(test)]
mod tests {
    use super::increasing;

    #[test]
    fn roots_are_found_to_the_last_bits_however_wide_the_bracket() {
        let square = |x: f64| Ok::<_, ()>(x * x - 2.0);
        assert!((increasing(1e-9, 1e9, square).unwrap() - 2.0_f64.sqrt()).abs() < 1e-15);
        let steep = |x: f64| Ok::<_, ()>(1.0 - libm::exp(-50.0 * (x - 3.0)));
        assert!((increasing(1e-3, 1e6, steep).unwrap() - 3.0).abs() < 1e-14);
    }

    #[test]
    fn an_error_ends_the_search() {
        assert_eq!(increasing(1.0, 2.0, |_| Err::<f64, _>("no")), Err("no"));
    }
}
