//! Peakedness of arrival processes in closed form: variance over mean of the busy servers in an infinite group
//! with exponential holding times of rate μ (Eckberg; Kuczura; checked against simulation).

use crate::erlang::{ErlangError, checked, not_negative, positive};

/// An arrival process whose peakedness is known. Rates in one unit, the holding rate's too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Process {
    /// Poisson arrivals at `rates[0]` and `rates[1]` in turn; `switching[0]` ends the first state and
    /// `switching[1]` the second.
    Mmpp2 { rates: [f64; 2], switching: [f64; 2] },
    /// A base rate, and after each arrival an excitement αe^{−βu} added to it; α < β.
    Hawkes { base: f64, alpha: f64, beta: f64 },
    /// A mean load in erlangs times a factor drawn once, with mean 1 and this coefficient of variation.
    Busyness { mean_erlangs: f64, cv: f64 },
}

/// How unlike Poisson a process is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peakedness {
    /// Arrivals per unit of time (mean load in erlangs for [`Process::Busyness`]).
    pub mean_rate: f64,
    /// Index of dispersion for counts over very long intervals; a factor drawn once has none.
    pub idc_infinity: Option<f64>,
    /// z.
    pub peakedness: f64,
}

/// The peakedness of `process` against holding times of rate `mu` (over 0).
pub fn peakedness(process: Process, mu: f64) -> Result<Peakedness, ErlangError> {
    let mu = positive("mu", mu)?;
    match process {
        Process::Mmpp2 { rates, switching } => mmpp2(rates, switching, mu),
        Process::Hawkes { base, alpha, beta } => hawkes(base, alpha, beta, mu),
        Process::Busyness { mean_erlangs, cv } => {
            let mean_rate = positive("p1", mean_erlangs)?;
            let cv = not_negative("p2", cv)?;
            Ok(Peakedness { mean_rate, idc_infinity: None, peakedness: 1.0 + mean_rate * cv * cv })
        }
    }
}

/// z = 1 + σ²/(λ̄(μ + r₁ + r₂)), IDC(∞) = 1 + 2σ²/(λ̄(r₁ + r₂)), σ² = (λ₁ − λ₂)²r₁r₂/(r₁ + r₂)².
fn mmpp2(rates: [f64; 2], switching: [f64; 2], mu: f64) -> Result<Peakedness, ErlangError> {
    let rates = [not_negative("p1", rates[0])?, not_negative("p2", rates[1])?];
    let switching = [positive("p3", switching[0])?, positive("p4", switching[1])?];
    let change = switching[0] + switching[1];
    // Shares of time in the two states.
    let shares = [switching[1] / change, switching[0] / change];
    let mean_rate = positive("p1 + p2", rates[0] * shares[0] + rates[1] * shares[1])?;
    let difference = rates[0] - rates[1];
    let relative = difference * difference * shares[0] * shares[1] / mean_rate;
    Ok(Peakedness {
        mean_rate,
        idc_infinity: Some(1.0 + 2.0 * relative / change),
        peakedness: 1.0 + relative / (mu + change),
    })
}

/// z = 1 + α(2β − α)/(2(β − α)(μ + β − α)), IDC(∞) = (1 − α/β)^{−2} (Hawkes 1971; Daw and Pender).
fn hawkes(base: f64, alpha: f64, beta: f64, mu: f64) -> Result<Peakedness, ErlangError> {
    let base = positive("p1", base)?;
    let alpha = not_negative("p2", alpha)?;
    let beta = positive("p3", beta)?;
    let calm = checked("p3 - p2", beta - alpha, "over 0, or the excitement never ends", |calm| calm > 0.0)?;
    let gain = beta / calm;
    Ok(Peakedness {
        mean_rate: base * gain,
        idc_infinity: Some(gain * gain),
        peakedness: 1.0 + alpha * (beta + calm) / (2.0 * calm * (mu + calm)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_modulation_it_is_poisson() {
        let calm = [
            Process::Mmpp2 { rates: [3.0, 3.0], switching: [0.1, 0.7] },
            Process::Hawkes { base: 3.0, alpha: 0.0, beta: 1.0 },
            Process::Busyness { mean_erlangs: 3.0, cv: 0.0 },
        ];
        for process in calm {
            let found = peakedness(process, 0.5).unwrap();
            assert!((found.peakedness - 1.0).abs() < 1e-15 && (found.mean_rate - 3.0).abs() < 1e-15);
        }
        assert!(peakedness(Process::Hawkes { base: 1.0, alpha: 1.0, beta: 1.0 }, 1.0).is_err());
    }
}
