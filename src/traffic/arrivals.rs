//! The process of first attempts: when, not who.

use std::sync::Arc;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::traffic::burst::Burst;
use crate::traffic::burst::BurstTimes;
use crate::traffic::profile::Intensity;

/// How arrivals are drawn around the profile.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// Independent callers: (time-varying) Poisson.
    Poisson,
    /// Evenly spaced in expected arrivals, as SIPp makes them: smoother than people are.
    Even,
    /// Callers who come in bursts, with the profile as their mean rate.
    Bursty(Burst),
    /// So many people, each idle for an exponential time (mean in seconds) between calls. The profile plays no
    /// part but to say the mean rate.
    Sources { count: u64, idle_mean: f64 },
    /// These starts, in seconds from the start of the run, ascending. The profile plays no part.
    Replay { starts: Arc<[f64]> },
}

impl Arrivals {
    /// Whether interarrival times, time-changed by the intensity, are exponential: what `interarrival_cv`
    /// and `ks_p` test.
    #[must_use]
    pub const fn is_poisson(&self) -> bool {
        matches!(self, Self::Poisson)
    }
}

/// The times of arrivals, ascending, in seconds from the start; endless unless the rate stops.
#[derive(Debug)]
pub struct ArrivalTimes {
    process: Process,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one per thread")]
enum Process {
    /// Expected arrivals so far, and the stream that lengthens it by exponential steps.
    Poisson {
        intensity: Arc<Intensity>,
        expected: f64,
        stream: Stream,
    },
    Even {
        intensity: Arc<Intensity>,
        count: f64,
    },
    Bursty(BurstTimes),
    Replay {
        starts: Arc<[f64]>,
        next: usize,
    },
}

impl ArrivalTimes {
    /// Arrivals of the run with this seed; none of [`Arrivals::Sources`], whose times depend on the calls.
    #[must_use]
    pub fn new(arrivals: &Arrivals, intensity: Arc<Intensity>, seed: Seed) -> Self {
        let process = match arrivals {
            Arrivals::Poisson => {
                let stream = seed.stream(Purpose::Arrivals, 0);
                Process::Poisson { intensity, expected: 0.0, stream }
            }
            Arrivals::Even => Process::Even { intensity, count: 0.0 },
            Arrivals::Bursty(burst) => Process::Bursty(BurstTimes::new(burst, intensity, seed)),
            Arrivals::Replay { starts } => Process::Replay { starts: Arc::clone(starts), next: 0 },
            Arrivals::Sources { .. } => Process::Replay { starts: Arc::default(), next: 0 },
        };
        Self { process }
    }
}

impl Iterator for ArrivalTimes {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        match &mut self.process {
            Process::Poisson { intensity, expected, stream } => {
                *expected += stream.exponential();
                intensity.time_of(*expected)
            }
            Process::Even { intensity, count } => {
                let time = intensity.time_of(*count);
                *count += 1.0;
                time
            }
            Process::Bursty(times) => times.next(),
            Process::Replay { starts, next } => {
                let start = starts.get(*next).copied();
                *next += 1;
                start
            }
        }
    }
}
