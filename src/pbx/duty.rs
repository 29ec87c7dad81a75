//! Hours of duty: a cycle of days or weeks by the clock on the wall, which may change.

use std::sync::Arc;

use crate::time::{Duration, Instant};

/// Stretches of duty in a cycle that repeats from the start of the run, or by a clock that is put forward and back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    cycle: u64,
    /// Beginnings and ends in nanoseconds, disjoint and in order, within 0 to `cycle`.
    stretches: Arc<[(u64, u64)]>,
    /// Where the clock stands: from this nanosecond of the run on it is so far ahead of the run, within 0 to `cycle`.
    /// In order; the first one is at zero.
    clock: Arc<[(u64, u64)]>,
}

impl Duty {
    /// Duty during `stretches`, each a beginning within the cycle, counted from the start of the run, and a length;
    /// one that passes the end of the cycle goes on at its beginning. They may overlap.
    ///
    /// # Panics
    /// If `cycle` is zero.
    #[must_use]
    pub fn new(cycle: Duration, stretches: &[(Duration, Duration)]) -> Self {
        let cycle = nanos(cycle);
        assert!(cycle > 0, "a cycle takes time");
        let mut parts = Vec::with_capacity(stretches.len() + 1);
        for (from, lasting) in stretches {
            let (from, lasting) = (nanos(*from) % cycle, nanos(*lasting).min(cycle));
            parts.push((from, (from + lasting).min(cycle)));
            parts.push((0, (from + lasting).saturating_sub(cycle)));
        }
        parts.retain(|(from, to)| from < to);
        parts.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(parts.len());
        for (from, to) in parts {
            match merged.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self { cycle, stretches: merged.into(), clock: [(0, 0)].into() }
    }

    /// The same duty by a clock that is changed at these instants, in order: from each of them on it is so many
    /// seconds ahead of where it would be without any change; behind, if they are negative. Hours that a change leaves
    /// out or repeats are left out or repeated, as they are in a profile of calls.
    #[must_use]
    pub fn by_clock(mut self, changes: &[(Instant, i64)]) -> Self {
        let ahead = |seconds: i64| {
            let within = (i128::from(seconds) * 1_000_000_000).rem_euclid(i128::from(self.cycle));
            u64::try_from(within).unwrap_or_default()
        };
        let changes = changes.iter().map(|(at, seconds)| (at.as_nanos(), ahead(*seconds)));
        self.clock = std::iter::once((0, 0)).chain(changes).collect();
        self
    }

    /// The same duty, counted from `at` on.
    #[must_use]
    pub fn begun_at(&self, at: Instant) -> Self {
        let begun = at.as_nanos();
        let ahead = |ahead: u64| (ahead + begun % self.cycle) % self.cycle;
        let passed = self.clock.partition_point(|(from, _)| *from <= begun).saturating_sub(1);
        let clock = self.clock[passed..].iter();
        let clock = clock.map(|(from, before)| (from.saturating_sub(begun), ahead(*before))).collect();
        Self { clock, ..self.clone() }
    }

    /// Whether there is any duty at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Whether it is a time of duty.
    #[must_use]
    pub fn is_on(&self, at: Instant) -> bool {
        let phase = self.clock_at(at.as_nanos()).0;
        let begun = self.stretches.partition_point(|(from, _)| *from <= phase);
        begun > 0 && phase < self.stretches[begun - 1].1
    }

    /// Where in the cycle the clock stands at `at`, and when it is next changed.
    fn clock_at(&self, at: u64) -> (u64, Option<u64>) {
        let next = self.clock.partition_point(|(from, _)| *from <= at);
        let ahead = next.checked_sub(1).map_or(0, |place| self.clock[place].1);
        ((at % self.cycle + ahead) % self.cycle, self.clock.get(next).map(|(from, _)| *from))
    }

    /// When duty next begins or ends, after `at`.
    #[must_use]
    pub fn next_change(&self, at: Instant) -> Option<Instant> {
        let mut at = at.as_nanos();
        loop {
            let (phase, changed) = self.clock_at(at);
            let next = self.next_edge(phase).map(|ahead| at.saturating_add(ahead));
            let Some(changed) = changed.filter(|changed| next.is_none_or(|next| *changed <= next)) else {
                return next.map(Instant::from_nanos);
            };
            let before = self.is_on(Instant::from_nanos(changed.saturating_sub(1)));
            if before != self.is_on(Instant::from_nanos(changed)) {
                return Some(Instant::from_nanos(changed));
            }
            at = changed;
        }
    }

    /// How long after `phase` of the cycle duty begins or ends, if the clock is not changed before.
    fn next_edge(&self, phase: u64) -> Option<u64> {
        let wraps = matches!((self.stretches.first(), self.stretches.last()),
            (Some((0, _)), Some((_, end))) if *end == self.cycle);
        // Where the last stretch runs into the first of the next cycle, nothing changes between them.
        let edge = |time: &u64| !(wraps && (*time == 0 || *time == self.cycle));
        let edges = || self.stretches.iter().flat_map(|(from, to)| [*from, *to]).filter(edge);
        let next = edges().find(|edge| *edge > phase);
        next.or_else(|| edges().next().map(|edge| edge.saturating_add(self.cycle))).map(|edge| edge - phase)
    }

    /// Share of the time from `from` to `to` that is duty, 0 to 1; 0 for no time at all.
    #[must_use]
    pub fn share(&self, from: Instant, to: Instant) -> f64 {
        let (length, duty) = (to.since(from), self.worked(to).saturating_sub(self.worked(from)));
        if length.is_zero() { 0.0 } else { real(duty) / real(length.as_nanos()) }
    }

    /// Nanoseconds of duty from the start of the run to `at`.
    fn worked(&self, at: Instant) -> u128 {
        let at = at.as_nanos();
        let in_cycle = |end: u64| -> u64 {
            self.stretches.iter().map(|(from, to)| end.min(*to).saturating_sub(*from)).sum()
        };
        let by_clock = |time: u128| {
            let cycle = u128::from(self.cycle);
            let phase = u64::try_from(time % cycle).unwrap_or_default();
            time / cycle * u128::from(in_cycle(self.cycle)) + u128::from(in_cycle(phase))
        };
        let ends = self.clock.iter().skip(1).map(|(from, _)| *from).chain([u64::MAX]);
        let eras = self.clock.iter().zip(ends).take_while(|((from, _), _)| *from < at);
        let era = |((from, ahead), to): (&(u64, u64), u64)| {
            let of_clock = |time: u64| u128::from(time) + u128::from(*ahead);
            by_clock(of_clock(to.min(at))) - by_clock(of_clock(*from))
        };
        eras.map(era).sum()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 4).min(u64::MAX / 4)
}

#[expect(clippy::cast_precision_loss, reason = "a share of time")]
fn real(nanos: u128) -> f64 {
    nanos as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(hours: f64) -> Instant {
        Instant::from_secs_f64(hours * 3_600.0)
    }

    /// Hours at which duty begins or ends.
    fn changes(duty: &Duty, count: usize) -> Vec<f64> {
        let changes = std::iter::successors(duty.next_change(Instant::ZERO), |at| duty.next_change(*at));
        changes.take(count).map(|at| at.as_secs_f64() / 3_600.0).collect()
    }

    #[test]
    fn duty_begins_and_ends_each_day_and_knows_its_share() {
        let duty = Duty::new(24 * HOUR, &[(HOUR, 3 * HOUR), (4 * HOUR, HOUR), (6 * HOUR, HOUR)]);
        let changes = std::iter::successors(duty.next_change(Instant::ZERO), |at| duty.next_change(*at));
        let changes: Vec<f64> = changes.take(6).map(|at| at.as_secs_f64() / 3_600.0).collect();
        assert_eq!(changes, [1.0, 5.0, 6.0, 7.0, 25.0, 29.0]);
        assert!(!duty.is_on(at(0.5)) && duty.is_on(at(1.0)) && !duty.is_on(at(5.0)) && duty.is_on(at(30.0)));
        assert!((duty.share(at(0.0), at(48.0)) - 5.0 / 24.0).abs() < 1e-12);
        assert!((duty.share(at(4.0), at(6.0)) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_night_shift_passes_the_end_of_the_cycle_without_a_change() {
        let night = Duty::new(24 * HOUR, &[(22 * HOUR, 8 * HOUR)]);
        assert!(
            night.is_on(at(23.9)) && night.is_on(at(24.0)) && night.is_on(at(5.9)) && !night.is_on(at(6.0))
        );
        assert_eq!(night.next_change(at(22.0)), Some(at(30.0)));
        let always = Duty::new(24 * HOUR, &[(5 * HOUR, 24 * HOUR)]);
        assert_eq!(always.next_change(at(3.0)), None);
        assert!(always.is_on(at(4.9)) && always.is_on(at(5.0)));
        let never = Duty::new(24 * HOUR, &[]);
        assert!(never.is_empty() && !never.is_on(at(1.0)) && never.next_change(at(1.0)).is_none());
    }

    /// The clock goes back an hour in the 27th hour, and forward again in the 51st.
    #[test]
    fn duty_goes_by_the_clock_when_it_is_changed() {
        let clock = [(at(27.0), -3_600), (at(51.0), 0)];
        let duty = Duty::new(24 * HOUR, &[(9 * HOUR, HOUR)]).by_clock(&clock);
        assert_eq!(changes(&duty, 6), [9.0, 10.0, 34.0, 35.0, 57.0, 58.0]);
        assert!(duty.is_on(at(34.5)) && !duty.is_on(at(33.5)) && duty.is_on(at(57.5)));
        assert!((duty.share(at(0.0), at(72.0)) - 3.0 / 72.0).abs() < 1e-12);
        // An hour that is played twice is worked twice, and one that is left out is not worked.
        let night = Duty::new(24 * HOUR, &[(2 * HOUR, HOUR)]).by_clock(&clock);
        assert_eq!(changes(&night, 6), [2.0, 3.0, 26.0, 28.0, 74.0, 75.0]);
        assert!((night.share(at(24.0), at(72.0)) - 2.0 / 48.0).abs() < 1e-12);
        let through = Duty::new(24 * HOUR, &[(22 * HOUR, 8 * HOUR)]).by_clock(&clock);
        assert_eq!(changes(&through, 5), [6.0, 22.0, 31.0, 47.0, 54.0]);
        for begun in [0.0, 5.0, 26.5, 27.0, 34.5, 40.0, 51.0, 60.0] {
            let later = through.begun_at(at(begun));
            for half in 0..100 {
                let after = f64::from(half) / 2.0;
                assert_eq!(later.is_on(at(after)), through.is_on(at(begun + after)), "{begun} + {after}");
            }
        }
    }
}
