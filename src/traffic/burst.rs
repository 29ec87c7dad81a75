//! Callers who come in bursts: more variable than Poisson at the same mean rate.
//!
//! Peakedness (variance over mean of the busy circuits of an infinite group) has a closed form for both
//! processes; sizing by Erlang B alone is too low by it.

use std::sync::Arc;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::traffic::profile::Intensity;

/// A bursty process around the profile, which stays the mean rate. Durations in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Burst {
    /// Two moods that alternate, each exponentially long: a Markov-modulated Poisson process with two
    /// states. Only the ratio of the two factors matters: the mean rate is the profile's.
    Mmpp { calm_mean: f64, burst_mean: f64, calm_factor: f64, burst_factor: f64 },
    /// Every call triggers others: a Hawkes process with an exponential kernel.
    Hawkes {
        /// Mean number of calls that one call triggers directly, 0 to less than 1.
        branching: f64,
        /// Mean delay of a triggered call.
        decay: f64,
    },
}

/// Arrival times of a bursty process.
#[derive(Debug)]
pub struct BurstTimes {
    intensity: Arc<Intensity>,
    now: f64,
    arrivals: Stream,
    state: State,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one per thread")]
enum State {
    Mmpp { bursting: bool, until: f64, factors: [f64; 2], means: [f64; 2], moods: Stream },
    Hawkes { excitation: f64, branching: f64, beta: f64 },
}

impl BurstTimes {
    /// Arrivals of the run with this seed, stationary from the start.
    #[must_use]
    pub fn new(burst: &Burst, intensity: Arc<Intensity>, seed: Seed) -> Self {
        let arrivals = seed.stream(Purpose::Arrivals, 0);
        let state = match *burst {
            Burst::Mmpp { calm_mean, burst_mean, calm_factor, burst_factor } => {
                let mean_factor =
                    (calm_mean * calm_factor + burst_mean * burst_factor) / (calm_mean + burst_mean);
                let mut moods = seed.stream(Purpose::Burst, 0);
                let bursting = moods.chance(burst_mean / (calm_mean + burst_mean));
                let means = [calm_mean, burst_mean];
                let until = means[usize::from(bursting)] * moods.exponential();
                let factors = [calm_factor / mean_factor, burst_factor / mean_factor];
                State::Mmpp { bursting, until, factors, means, moods }
            }
            Burst::Hawkes { branching, decay } => {
                let beta = decay.recip();
                // The mean excitation of a long-lived process: the share of the rate that is triggered.
                let excitation = branching * intensity.rate_at(0.0);
                State::Hawkes { excitation, branching, beta }
            }
        };
        Self { intensity, now: 0.0, arrivals, state }
    }
}

impl Iterator for BurstTimes {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let Self { intensity, now, arrivals, state } = self;
        *now = match state {
            State::Mmpp { bursting, until, factors, means, moods } => loop {
                let factor = factors[usize::from(*bursting)];
                let expected = intensity.cumulative(*now);
                // Memoryless: at a change of mood the remaining wait is drawn afresh.
                let candidate = intensity.time_of(expected + arrivals.exponential() / factor);
                match candidate {
                    Some(time) if time <= *until => break time,
                    None if factor > 0.0 => return None,
                    _ => {
                        *now = *until;
                        *bursting = !*bursting;
                        *until += means[usize::from(*bursting)] * moods.exponential();
                    }
                }
            },
            State::Hawkes { excitation, branching, beta } => {
                let own = next_own(intensity, *now, 1.0 - *branching, arrivals);
                let triggered = next_triggered(*now, *excitation, *beta, arrivals);
                let time = match (own, triggered) {
                    (Some(own), Some(triggered)) => own.min(triggered),
                    (own, triggered) => own.or(triggered)?,
                };
                *excitation = *excitation * libm::exp(-*beta * (time - *now)) + *branching * *beta;
                time
            }
        };
        Some(*now)
    }
}

/// The next call that nothing triggered: Poisson with `share` of the profile's rate.
fn next_own(intensity: &Intensity, now: f64, share: f64, stream: &mut Stream) -> Option<f64> {
    intensity.time_of(intensity.cumulative(now) + stream.exponential() / share)
}

/// The next triggered call, from an intensity that decays exponentially; none if it dies out first
/// (Dassios and Zhao, Electron. Commun. Probab. 18 (2013) no. 62: exact, no thinning).
fn next_triggered(now: f64, excitation: f64, beta: f64, stream: &mut Stream) -> Option<f64> {
    let left = 1.0 - stream.exponential() * beta / excitation;
    (left > 0.0).then(|| now - libm::log(left) / beta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::profile::Profile;

    /// Mean rate and peakedness (variance over mean of busy circuits in an endless group with exponential
    /// holding times of rate `mu`), measured over `horizon` seconds.
    fn measure(burst: &Burst, rate: f64, mu: f64, horizon: f64) -> (f64, f64) {
        let intensity = Arc::new(Intensity::new(&Profile::Flat { per_second: rate }, Seed(3)));
        let mut holding = Seed(3).stream(Purpose::Attempt, 0);
        let mut ends = std::collections::BinaryHeap::new();
        let (mut count, mut sum, mut squares, mut previous) = (0_u32, 0.0, 0.0, 0.0);
        let warm_up = 20.0 / mu;
        let mut tally = |busy: usize, from: f64, to: f64| {
            let length = (to - from.max(warm_up)).max(0.0);
            let busy = f64::from(u32::try_from(busy).unwrap());
            sum += busy * length;
            squares += busy * busy * length;
        };
        for time in BurstTimes::new(burst, intensity, Seed(3)).take_while(|time| *time < horizon) {
            count += 1;
            while let Some(std::cmp::Reverse(nanos)) = ends.peek().copied() {
                let end = crate::time::Instant::from_nanos(nanos).as_secs_f64();
                if end > time {
                    break;
                }
                tally(ends.len(), previous, end);
                previous = end;
                ends.pop();
            }
            tally(ends.len(), previous, time);
            previous = time;
            let end = crate::time::Instant::from_secs_f64(time + holding.exponential() / mu);
            ends.push(std::cmp::Reverse(end.as_nanos()));
        }
        let length = previous - warm_up;
        let mean = sum / length;
        (f64::from(count) / horizon, (squares / length - mean * mean) / mean)
    }

    /// Rows of published closed forms: the burst, mu, mean rate, peakedness.
    #[test]
    fn mean_rate_and_peakedness_are_those_of_the_closed_forms() {
        let mmpp = |l1: f64, l2: f64, r1: f64, r2: f64| Burst::Mmpp {
            calm_mean: 1.0 / r2,
            burst_mean: 1.0 / r1,
            calm_factor: l2,
            burst_factor: l1,
        };
        let hawkes = |alpha: f64, beta: f64| Burst::Hawkes { branching: alpha / beta, decay: 1.0 / beta };
        let rows = [
            (mmpp(12.0, 2.0, 0.1, 0.5), 1.0, 10.333_333, 1.840_054),
            (mmpp(5.0, 1.0, 1.0, 1.0), 0.5, 3.0, 1.533_333),
            (mmpp(3.0, 0.0, 0.5, 0.25), 2.0, 1.0, 1.727_273),
            (hawkes(0.5, 1.0), 1.0, 2.0, 1.5),
            (hawkes(0.3, 0.6), 0.05, 20.0, 2.285_714),
            (hawkes(0.02, 0.1), 0.25, 5.0, 1.068_182),
        ];
        for (burst, mu, rate, peakedness) in rows {
            let horizon = 400_000.0 / rate;
            let (measured_rate, measured_peakedness) = measure(&burst, rate, mu, horizon);
            assert!((measured_rate / rate - 1.0).abs() < 0.02, "{burst:?}: rate {measured_rate}");
            let error = measured_peakedness / peakedness - 1.0;
            assert!(error.abs() < 0.06, "{burst:?}: peakedness {measured_peakedness}, not {peakedness}");
        }
    }

    #[test]
    fn a_bursty_process_ends_when_the_rate_does() {
        let stops = Profile::through(&[(0.0, 1.0), (50.0, 1.0), (50.0, 0.0)]);
        let intensity = Arc::new(Intensity::new(&stops, Seed(2)));
        for burst in [
            Burst::Mmpp { calm_mean: 5.0, burst_mean: 5.0, calm_factor: 0.0, burst_factor: 2.0 },
            Burst::Hawkes { branching: 0.5, decay: 2.0 },
        ] {
            let times: Vec<f64> = BurstTimes::new(&burst, Arc::clone(&intensity), Seed(2)).collect();
            assert!(times.len() < 1_000 && times.is_sorted(), "{burst:?}: {} calls", times.len());
        }
    }
}
