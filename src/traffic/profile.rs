//! Offered rate over time.
//!
//! A [`Profile`] is what the scenario says; an [`Intensity`] is what one run gets, with the factor by which
//! each day is busier or quieter already drawn. An intensity is linear in pieces, so that its integral and
//! the integral's inverse have closed forms: arrivals are drawn by inversion, which costs the same however
//! sharp the peak, and the extra calls of a campaign add up exactly.
//!
//! Time is in seconds of people's time from the start of the run (warm-up included), rates are per second.

use std::sync::Arc;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::gamma;

/// The planned rate of first attempts, per second of people's time.
#[derive(Debug, Clone, PartialEq)]
pub enum Profile {
    /// The same all the time.
    Flat { per_second: f64 },
    /// Linear between knots, constant before the first and after the last. At least one knot, in order of
    /// time.
    Curve { knots: Arc<[Knot]> },
    /// Another profile, every day of which is multiplied by a gamma factor with mean 1.
    Busyness {
        base: Box<Profile>,
        /// Coefficient of variation of the factor, greater than 0.
        cv: f64,
        /// Where days end, in seconds from the start, ascending; the last day has no end.
        day_ends: Arc<[f64]>,
    },
}

/// A point of a curve. `before` and `after` differ at a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knot {
    /// Seconds from the start.
    pub at: f64,
    /// Rate just before.
    pub before: f64,
    /// Rate from here on.
    pub after: f64,
}

impl Knot {
    /// A point without a step.
    #[must_use]
    pub const fn smooth(at: f64, rate: f64) -> Self {
        Self { at, before: rate, after: rate }
    }
}

impl Profile {
    /// A pulse on a constant rate: linear rise during `ramp`, top during `hold`, linear fall during
    /// `decay`, all in seconds from `at`.
    #[must_use]
    pub fn pulse(base: f64, top: f64, at: f64, ramp: f64, hold: f64, decay: f64) -> Self {
        let corners =
            [(at, base), (at + ramp, top), (at + ramp + hold, top), (at + ramp + hold + decay, base)];
        Self::through(&corners)
    }

    /// Straight lines through points (seconds, rate); two points at one time make a step.
    #[must_use]
    pub fn through(points: &[(f64, f64)]) -> Self {
        let mut knots: Vec<Knot> = Vec::with_capacity(points.len());
        for (at, rate) in points.iter().copied() {
            match knots.last_mut() {
                Some(last) if last.at >= at => last.after = rate,
                _ => knots.push(Knot::smooth(at, rate)),
            }
        }
        Self::Curve { knots: knots.into() }
    }

    /// Constant from each point (seconds, rate) to the next, and before the first.
    #[must_use]
    pub fn steps(points: &[(f64, f64)]) -> Self {
        let mut knots: Vec<Knot> = Vec::with_capacity(points.len());
        for (at, rate) in points.iter().copied() {
            match knots.last_mut() {
                Some(last) if last.at >= at => last.after = rate,
                last => {
                    let before = last.map_or(rate, |last| last.after);
                    knots.push(Knot { at, before, after: rate });
                }
            }
        }
        Self::Curve { knots: knots.into() }
    }

    /// The campaign of a spot on television: `extra` calls more than the base rate brings, in a pulse.
    /// The pulse's area is exactly `extra`.
    #[must_use]
    pub fn spike(base: f64, extra: f64, at: f64, ramp: f64, hold: f64, decay: f64) -> Self {
        let height = extra / (ramp / 2.0 + hold + decay / 2.0);
        Self::pulse(base, base + height, at, ramp, hold, decay)
    }

    /// The same shape with `factor` times the calls.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        match self {
            Self::Flat { per_second } => Self::Flat { per_second: per_second * factor },
            Self::Curve { knots } => {
                let scaled = |knot: &Knot| Knot {
                    at: knot.at,
                    before: knot.before * factor,
                    after: knot.after * factor,
                };
                Self::Curve { knots: knots.iter().map(scaled).collect() }
            }
            Self::Busyness { base, cv, day_ends } => Self::Busyness {
                base: Box::new(base.scaled(factor)),
                cv: *cv,
                day_ends: Arc::clone(day_ends),
            },
        }
    }

    fn pieces(&self, seed: Seed) -> Vec<Piece> {
        match self {
            Self::Flat { per_second } => vec![Piece::flat(0.0, *per_second)],
            Self::Curve { knots } => pieces_between(knots),
            Self::Busyness { base, cv, day_ends } => {
                let base = base.pieces(seed);
                multiply_days(&base, *cv, day_ends, seed)
            }
        }
    }
}

/// The rate of one run: linear in pieces, the last of them flat and without end.
#[derive(Debug, Clone, PartialEq)]
pub struct Intensity {
    pieces: Vec<Piece>,
}

/// A stretch with a linear rate, up to where the next begins.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    start: f64,
    rate: f64,
    slope: f64,
    /// Integral of the rate from 0 to `start`.
    area_before: f64,
}

impl Piece {
    const fn flat(start: f64, rate: f64) -> Self {
        Self { start, rate, slope: 0.0, area_before: 0.0 }
    }

    fn rate_after(&self, elapsed: f64) -> f64 {
        (self.rate + self.slope * elapsed).max(0.0)
    }

    fn area_after(&self, elapsed: f64) -> f64 {
        elapsed * (self.rate + 0.5 * self.slope * elapsed)
    }
}

impl Intensity {
    /// The intensity that `profile` has in the run with this seed.
    #[must_use]
    pub fn new(profile: &Profile, seed: Seed) -> Self {
        let mut pieces = profile.pieces(seed);
        let mut area = 0.0;
        for index in 0..pieces.len() {
            pieces[index].area_before = area;
            if let Some(next) = pieces.get(index + 1) {
                area += pieces[index].area_after(next.start - pieces[index].start);
            }
        }
        Self { pieces }
    }

    /// Rate at `seconds`.
    #[must_use]
    pub fn rate_at(&self, seconds: f64) -> f64 {
        let piece = self.piece_at(seconds);
        piece.rate_after(seconds - piece.start)
    }

    /// Expected arrivals from the start to `seconds`.
    #[must_use]
    pub fn cumulative(&self, seconds: f64) -> f64 {
        let piece = self.piece_at(seconds);
        piece.area_before + piece.area_after(seconds - piece.start)
    }

    /// Expected arrivals between two times.
    #[must_use]
    pub fn integral(&self, from: f64, to: f64) -> f64 {
        self.cumulative(to) - self.cumulative(from)
    }

    /// When the expected number of arrivals reaches `count`; none if it never does.
    #[must_use]
    pub fn time_of(&self, count: f64) -> Option<f64> {
        let later = self.pieces.partition_point(|piece| piece.area_before <= count);
        let piece = &self.pieces[later.saturating_sub(1)];
        let area = count - piece.area_before;
        // The root of rate·x + slope·x²/2 = area, in the form that does not cancel.
        let root = if piece.slope == 0.0 {
            piece.rate.max(0.0)
        } else {
            (piece.rate * piece.rate + 2.0 * piece.slope * area).max(0.0).sqrt()
        };
        let divisor = piece.rate + root;
        if divisor > 0.0 {
            Some(piece.start + 2.0 * area / divisor)
        } else {
            (area <= 0.0 && later < self.pieces.len()).then_some(piece.start)
        }
    }

    /// The highest rate between two times.
    #[must_use]
    pub fn max_rate(&self, from: f64, to: f64) -> f64 {
        let mut highest = self.rate_at(from).max(self.rate_at(to));
        for (index, piece) in self.pieces.iter().enumerate() {
            if piece.start > to {
                break;
            }
            if piece.start >= from {
                highest = highest.max(piece.rate);
            }
            if let Some(next) =
                self.pieces.get(index + 1).filter(|next| next.start > from && next.start <= to)
            {
                highest = highest.max(piece.rate_after(next.start - piece.start));
            }
        }
        highest
    }

    fn piece_at(&self, seconds: f64) -> &Piece {
        let later = self.pieces.partition_point(|piece| piece.start <= seconds);
        &self.pieces[later.saturating_sub(1)]
    }
}

fn pieces_between(knots: &[Knot]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(knots.len() + 1);
    let (first, last) = (knots.first(), knots.last());
    let (first, last) = first.zip(last).expect("a curve has at least one knot");
    if first.at > 0.0 {
        pieces.push(Piece::flat(0.0, first.before));
    }
    for pair in knots.windows(2) {
        let slope = (pair[1].before - pair[0].after) / (pair[1].at - pair[0].at);
        pieces.push(Piece { start: pair[0].at, rate: pair[0].after, slope, area_before: 0.0 });
    }
    pieces.push(Piece::flat(last.at, last.after));
    pieces
}

/// Multiplies each day of `base` by its own factor.
fn multiply_days(base: &[Piece], cv: f64, day_ends: &[f64], seed: Seed) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(base.len() + day_ends.len());
    let mut day = 0;
    let mut factor = busyness(seed, 0, cv);
    for (index, piece) in base.iter().enumerate() {
        let end = base.get(index + 1).map_or(f64::INFINITY, |next| next.start);
        let mut start = piece.start;
        while start < end {
            while day < day_ends.len() && day_ends[day] <= start {
                day += 1;
                factor = busyness(seed, day, cv);
            }
            let rate = piece.rate_after(start - piece.start) * factor;
            pieces.push(Piece { start, rate, slope: piece.slope * factor, area_before: 0.0 });
            start = day_ends.get(day).copied().unwrap_or(f64::INFINITY).min(end);
        }
    }
    pieces
}

/// The factor of one day: gamma with mean 1 and this coefficient of variation.
fn busyness(seed: Seed, day: usize, cv: f64) -> f64 {
    let mut stream = seed.stream(Purpose::Busyness, day as u64);
    gamma(&mut stream, 1.0 / (cv * cv)) * cv * cv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-9 * (1.0 + right.abs())
    }

    #[test]
    fn a_spike_brings_exactly_the_requested_extra_calls() {
        let spike = Profile::spike(0.05, 137.0, 600.0, 30.0, 120.0, 900.0);
        let intensity = Intensity::new(&spike, Seed(1));
        let total = intensity.integral(0.0, 7200.0);
        assert!(close(total, 0.05 * 7200.0 + 137.0), "{total}");
        assert!(close(intensity.rate_at(599.0), 0.05) && close(intensity.rate_at(1651.0), 0.05));
        assert!(close(intensity.max_rate(0.0, 7200.0), intensity.rate_at(700.0)));
    }

    #[test]
    fn the_integral_of_a_curve_is_the_area_under_it() {
        // 1/s, rising to 3/s between 10 s and 20 s, stepping down to 0 at 30 s.
        let curve = Profile::through(&[(10.0, 1.0), (20.0, 3.0), (30.0, 3.0), (30.0, 0.0)]);
        let intensity = Intensity::new(&curve, Seed(1));
        assert!(close(intensity.integral(0.0, 100.0), 10.0 + 20.0 + 30.0));
        assert!(close(intensity.integral(12.0, 18.0), 12.0));
        assert!(close(intensity.rate_at(15.0), 2.0) && intensity.rate_at(31.0) == 0.0);
    }

    #[test]
    fn the_time_of_a_count_inverts_the_integral() {
        let curve = Profile::through(&[(0.0, 0.0), (10.0, 4.0), (20.0, 0.0), (30.0, 0.0), (40.0, 2.0)]);
        let intensity = Intensity::new(&curve, Seed(1));
        for count in [0.001, 1.0, 19.0, 20.5, 39.9, 49.9, 77.0] {
            let time = intensity.time_of(count).unwrap();
            assert!(close(intensity.cumulative(time), count), "{count} at {time}");
        }
    }

    #[test]
    fn a_rate_that_stops_gives_no_time_to_counts_beyond() {
        let stops = Profile::through(&[(0.0, 1.0), (10.0, 1.0), (10.0, 0.0)]);
        let intensity = Intensity::new(&stops, Seed(1));
        assert_eq!(intensity.time_of(9.0), Some(9.0));
        assert_eq!(intensity.time_of(10.5), None);
        let silent = Intensity::new(&Profile::Flat { per_second: 0.0 }, Seed(1));
        assert_eq!(silent.time_of(0.0), None);
    }

    #[test]
    fn a_busy_day_multiplies_only_itself() {
        let profile = Profile::Busyness {
            base: Box::new(Profile::through(&[(0.0, 1.0), (200.0, 3.0)])),
            cv: 0.3,
            day_ends: [100.0, 300.0].into(),
        };
        let intensity = Intensity::new(&profile, Seed(5));
        let factors: Vec<f64> = (0..3).map(|day| busyness(Seed(5), day, 0.3)).collect();
        assert!(close(intensity.rate_at(50.0), 1.5 * factors[0]));
        assert!(close(intensity.rate_at(150.0), 2.5 * factors[1]));
        assert!(close(intensity.rate_at(250.0), 3.0 * factors[1]));
        assert!(close(intensity.rate_at(350.0), 3.0 * factors[2]));
        assert!(close(intensity.integral(0.0, 100.0), 150.0 * factors[0]));
    }

    #[test]
    fn a_scaled_profile_brings_so_many_times_the_calls_with_the_same_days() {
        let day_ends: Arc<[f64]> = [100.0].into();
        let base = Profile::through(&[(0.0, 1.0), (200.0, 3.0), (250.0, 0.0)]);
        for profile in [
            Profile::Flat { per_second: 0.3 },
            base.clone(),
            Profile::Busyness { base: Box::new(base), cv: 0.4, day_ends },
        ] {
            let intensity = Intensity::new(&profile, Seed(3));
            let scaled = Intensity::new(&profile.scaled(1.5), Seed(3));
            for time in [30.0, 99.0, 170.0, 240.0, 400.0] {
                assert!(close(scaled.cumulative(time), 1.5 * intensity.cumulative(time)), "{profile:?}");
            }
        }
    }

    #[test]
    fn factors_of_days_have_mean_1_and_the_stated_spread() {
        let factors: Vec<f64> = (0..40_000).map(|day| busyness(Seed(9), day, 0.2)).collect();
        let mean = factors.iter().sum::<f64>() / 4e4;
        let variance = factors.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4e4;
        assert!((mean - 1.0).abs() < 4.0 * 0.2 / 200.0, "mean {mean}");
        assert!((variance.sqrt() - 0.2).abs() < 0.004, "spread {}", variance.sqrt());
    }
}
