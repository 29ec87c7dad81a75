//! A bounded series of equal slices of time: when the run outgrows it, neighbours are merged.

use crate::time::{Duration, Instant};

/// Most slices kept. A power-of-two multiple of 15, so that charts can halve it.
pub(crate) const CAPACITY: usize = 480;

/// Widths that people read easily, in milliseconds; beyond them, doubling.
const NICE_MS: [u64; 19] = [
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
    600_000, 900_000, 1_800_000, 3_600_000,
];

/// Something that two neighbouring slices can be merged into.
pub(crate) trait Merge: Default {
    /// Takes in a later slice, or the same slice of another replication.
    fn merge(&mut self, other: &Self);
}

/// At most [`CAPACITY`] slices from the start of the run.
#[derive(Debug, Clone)]
pub(crate) struct Slices<T> {
    width_nanos: u64,
    items: Vec<T>,
    /// The two slices asked for last, the latest first: the next question is mostly the same, or alternates between
    /// now and when a call began.
    recent: [Span; 2],
}

/// A slice's place, and its beginning and end in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    place: usize,
    from: u64,
    until: u64,
}

impl Span {
    #[inline]
    const fn holds(&self, at: Instant) -> bool {
        self.from <= at.as_nanos() && at.as_nanos() < self.until
    }
}

/// What was asked for last makes no difference.
impl<T: PartialEq> PartialEq for Slices<T> {
    fn eq(&self, other: &Self) -> bool {
        self.width_nanos == other.width_nanos && self.items == other.items
    }
}

impl<T: Merge> Slices<T> {
    /// Slices that hold `extent` without merging; one second each where the extent is unknown.
    pub(crate) fn new(extent: Option<Duration>) -> Self {
        Self { width_nanos: nice_width(extent), items: Vec::new(), recent: [Span::default(); 2] }
    }

    pub(crate) fn width(&self) -> Duration {
        Duration::from_nanos(self.width_nanos)
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }

    pub(crate) fn items_mut(&mut self) -> &mut [T] {
        &mut self.items
    }

    /// The slice that contains `at`.
    #[inline]
    pub(crate) fn at(&mut self, at: Instant) -> &mut T {
        let [latest, other] = self.recent;
        if latest.holds(at) {
            return &mut self.items[latest.place];
        }
        if other.holds(at) {
            self.recent = [other, latest];
            return &mut self.items[other.place];
        }
        self.find(at)
    }

    #[inline(never)]
    fn find(&mut self, at: Instant) -> &mut T {
        while self.index(at) >= CAPACITY {
            self.halve();
        }
        let index = self.index(at);
        if index >= self.items.len() {
            self.items.resize_with(index + 1, T::default);
        }
        let from = index as u64 * self.width_nanos;
        let span = Span { place: index, from, until: from.saturating_add(self.width_nanos) };
        self.recent = [span, self.recent[0]];
        &mut self.items[index]
    }

    /// The slice asked for last, if it contains both.
    #[inline]
    pub(crate) fn latest_with(&mut self, from: Instant, to: Instant) -> Option<&mut T> {
        let [latest, _] = self.recent;
        if latest.holds(from) && latest.holds(to) { self.items.get_mut(latest.place) } else { None }
    }

    /// Calls `fill` with each slice that [`from`, `to`) touches, and how many nanoseconds it touches it.
    #[inline(never)]
    pub(crate) fn spread(&mut self, from: Instant, to: Instant, mut fill: impl FnMut(&mut T, u64)) {
        self.at(to);
        let mut cursor = from;
        while cursor < to {
            let end = self.end_of_slice(cursor).min(to);
            fill(self.at(cursor), end.as_nanos() - cursor.as_nanos());
            cursor = end;
        }
    }

    /// Adds the slices of another replication, one on top of the other.
    pub(crate) fn merge(&mut self, mut other: Self) {
        while self.width_nanos < other.width_nanos {
            self.halve();
        }
        while other.width_nanos < self.width_nanos {
            other.halve();
        }
        if self.items.len() < other.items.len() {
            self.items.resize_with(other.items.len(), T::default);
        }
        for (mine, theirs) in self.items.iter_mut().zip(&other.items) {
            mine.merge(theirs);
        }
    }

    fn index(&self, at: Instant) -> usize {
        usize::try_from(at.as_nanos() / self.width_nanos).unwrap_or(usize::MAX)
    }

    fn end_of_slice(&self, at: Instant) -> Instant {
        let index = at.as_nanos() / self.width_nanos;
        Instant::from_nanos(index.saturating_add(1).saturating_mul(self.width_nanos))
    }

    fn halve(&mut self) {
        let mut merged: Vec<T> = Vec::with_capacity(self.items.len().div_ceil(2));
        for (index, item) in self.items.drain(..).enumerate() {
            if index % 2 == 0 {
                merged.push(item);
            } else {
                let last = merged.last_mut().expect("an odd slice follows an even one");
                last.merge(&item);
            }
        }
        self.items = merged;
        self.recent = [Span::default(); 2];
        self.width_nanos = self.width_nanos.saturating_mul(2);
    }
}

fn nice_width(extent: Option<Duration>) -> u64 {
    const NANOS_PER_MS: u64 = 1_000_000;
    let Some(extent) = extent else { return 1_000 * NANOS_PER_MS };
    let needed = u64::try_from(extent.as_nanos()).unwrap_or(u64::MAX).div_ceil(CAPACITY as u64);
    let nice = NICE_MS.into_iter().map(|ms| ms * NANOS_PER_MS).find(|&width| width >= needed);
    nice.unwrap_or_else(|| needed.next_power_of_two())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Default, PartialEq)]
    struct Nanos(u64);

    impl Merge for Nanos {
        fn merge(&mut self, other: &Self) {
            self.0 += other.0;
        }
    }

    #[test]
    fn a_run_of_ten_hours_gets_slices_of_two_minutes() {
        let slices = Slices::<Nanos>::new(Some(Duration::from_secs(36_000)));
        assert_eq!(slices.width(), Duration::from_secs(120));
    }

    #[test]
    fn merging_slices_loses_no_time_and_never_exceeds_the_capacity() {
        let mut slices = Slices::<Nanos>::new(None);
        let end = Instant::from_secs_f64(10_000.5);
        slices.spread(Instant::from_secs_f64(0.25), end, |slice, nanos| slice.0 += nanos);
        assert!(slices.items().len() <= CAPACITY);
        assert_eq!(slices.items().iter().map(|slice| slice.0).sum::<u64>(), 10_000_250_000_000);
    }
}
