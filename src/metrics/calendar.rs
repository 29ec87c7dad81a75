//! Calls by hour of the week, and the busy hour: 2 016 cells of five minutes, however long the run.
//!
//! The clock is that of the scenario's start; a change between summer and winter time within the run is not
//! followed. Weeks lie on top of each other, and every figure is the mean over the weeks that cover its cell.

use crate::outcome::CallRecord;
use crate::time::Instant;

/// Seconds of a cell, and cells of an hour, a day and a week.
const CELL_S: u64 = 300;
const HOUR: usize = 12;
const DAY: usize = 24 * HOUR;
const WEEK: usize = 7 * DAY;

/// Cells of the shift that the hint proposes: eight hours.
const SHIFT: usize = 8 * HOUR;

/// Calls by the place of their intended start in the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WeekCounts {
    start_s: u64,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    offered: u64,
    lost: u64,
}

impl WeekCounts {
    /// `start_s`: seconds from Monday's midnight to the start of the run.
    pub(super) fn new(start_s: u32) -> Self {
        Self { start_s: u64::from(start_s), cells: vec![Cell::default(); WEEK] }
    }

    pub(super) fn add(&mut self, record: &CallRecord) {
        self.offered(record.intended_start, 1);
        if is_lost(record) {
            self.lost(record.intended_start);
        }
    }

    /// Counts so many calls of the cell that `at` lies in.
    pub(super) fn offered(&mut self, at: Instant, calls: u64) {
        self.at(at).offered += calls;
    }

    /// Takes one of those calls back.
    pub(super) fn not_offered(&mut self, at: Instant) {
        self.at(at).offered -= 1;
    }

    /// A call that was intended to start `at` was lost.
    pub(super) fn lost(&mut self, at: Instant) {
        self.at(at).lost += 1;
    }

    /// All that were counted.
    pub(super) fn all(&self) -> u64 {
        self.cells.iter().map(|cell| cell.offered).sum()
    }

    fn at(&mut self, at: Instant) -> &mut Cell {
        let place = usize::try_from(self.cell(at) % WEEK as u64).expect("below the cells of a week");
        &mut self.cells[place]
    }

    /// The cell that `at` lies in, counted from the first Monday.
    fn cell(&self, at: Instant) -> u64 {
        at.as_nanos().saturating_add(self.start_s * 1_000_000_000) / (CELL_S * 1_000_000_000)
    }

    /// Beginning and end of the cell that `at` lies in.
    pub(super) fn span(&self, at: Instant) -> [Instant; 2] {
        let cell = self.cell(at);
        [cell, cell + 1].map(|cell| {
            let nanos = cell.saturating_mul(CELL_S * 1_000_000_000);
            Instant::from_nanos(nanos.saturating_sub(self.start_s * 1_000_000_000))
        })
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.cells.iter_mut().zip(&other.cells) {
            mine.offered += theirs.offered;
            mine.lost += theirs.lost;
        }
    }

    /// What `runs` replications came to: each measured from and to a time of its own, or all of them the only one given.
    pub(super) fn finish(&self, spans: &[[Instant; 2]], runs: u64) -> Calendar {
        let mut covered_s = vec![0.0; WEEK];
        for span in spans {
            covered_s.iter_mut().zip(covered(*span, self.start_s)).for_each(|(sum, seconds)| *sum += seconds);
        }
        let each = real(runs) / real(spans.len() as u64);
        let covered_s = covered_s.into_iter().map(|seconds| seconds * each);
        let mean = |(cell, covered_s): (&Cell, f64)| CellMean {
            covered_s: covered_s / real(runs),
            offered: per_cell(cell.offered, covered_s),
            lost: per_cell(cell.lost, covered_s),
        };
        Calendar { cells: self.cells.iter().zip(covered_s).map(mean).collect() }
    }
}

/// Whether the caller got nothing of what was wanted.
pub(super) const fn is_lost(record: &CallRecord) -> bool {
    record.outcome.is_counted() && !record.outcome.is_completed()
}

/// Mean calls of one pass of a cell; a cell hardly covered says nothing.
fn per_cell(calls: u64, covered_s: f64) -> f64 {
    if covered_s >= 1.0 { real(calls) * CELL_S as f64 / covered_s } else { 0.0 }
}

/// Seconds of each cell that lie in the measured time, all weeks together.
fn covered(measured: [Instant; 2], start_s: u64) -> impl Iterator<Item = f64> {
    let [from, to] = measured.map(|at| at.as_secs_f64() + real(start_s));
    let week_s = (WEEK as u64 * CELL_S) as f64;
    // Whole weeks cover every cell equally; the rest is less than two passes of a cell.
    let whole = ((to - from) / week_s).floor().max(0.0);
    let (from, to) = (from.rem_euclid(week_s), from.rem_euclid(week_s) + (to - from) - whole * week_s);
    (0..WEEK).map(move |place| {
        let overlap = |begin: f64| ((begin + CELL_S as f64).min(to) - begin.max(from)).max(0.0);
        let begin = (place as u64 * CELL_S) as f64;
        whole * CELL_S as f64 + overlap(begin) + overlap(begin + week_s)
    })
}

/// A mean week.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    cells: Vec<CellMean>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct CellMean {
    covered_s: f64,
    offered: f64,
    lost: f64,
}

/// One hour of the week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourOfWeek {
    /// 0 is Monday.
    pub weekday: u8,
    pub hour: u8,
    /// Mean calls in this hour, and those of them that were not completed.
    pub offered: f64,
    pub lost: f64,
}

/// Sixty minutes of the week and the mean number of calls in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BusyHour {
    /// 0 is Monday.
    pub weekday: u8,
    /// Minutes from midnight to its beginning.
    pub start_min: u16,
    pub calls: f64,
}

/// The eight hours of the day that hold most calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftHint {
    /// Minutes from midnight.
    pub start_min: u16,
    /// Share of a mean day's calls that come within it, 0 to 1.
    pub share: f64,
}

impl Calendar {
    /// The hours of the week that the measured time covers wholly.
    #[must_use]
    pub fn hours(&self) -> Vec<HourOfWeek> {
        (0..WEEK)
            .step_by(HOUR)
            .filter(|place| self.is_covered(*place, HOUR))
            .map(|place| HourOfWeek {
                weekday: (place / DAY) as u8,
                hour: (place % DAY / HOUR) as u8,
                offered: self.sum(place, HOUR, |cell| cell.offered),
                lost: self.sum(place, HOUR, |cell| cell.lost),
            })
            .collect()
    }

    /// The busiest hour of the clock (ITU-T E.600: fixed daily measurement hour).
    #[must_use]
    pub fn busiest_clock_hour(&self) -> Option<BusyHour> {
        self.busiest((0..WEEK).step_by(HOUR))
    }

    /// The busiest sixty minutes, whenever they begin, to five minutes.
    #[must_use]
    pub fn busiest_sliding_hour(&self) -> Option<BusyHour> {
        self.busiest(0..WEEK)
    }

    /// The eight hours of a mean day that hold most calls; `None` unless a whole day was measured.
    #[must_use]
    pub fn shift_hint(&self) -> Option<ShiftHint> {
        let mean = |place: usize| -> Option<f64> {
            let days = (0..7).map(|day| &self.cells[day * DAY + place]).filter(|cell| cell.is_covered());
            let (sum, count) = days.fold((0.0, 0.0), |(sum, count), cell| (sum + cell.offered, count + 1.0));
            (count > 0.0).then(|| sum / count)
        };
        let day: Vec<f64> = (0..DAY).map(mean).collect::<Option<_>>()?;
        let all: f64 = day.iter().sum();
        let within = |start: usize| (start..start + SHIFT).map(|place| day[place % DAY]).sum::<f64>();
        // A shift begins on the quarter of an hour.
        let best = (0..DAY).step_by(3).map(|start| (start, within(start))).reduce(busier)?;
        (all > 0.0).then(|| ShiftHint { start_min: minutes(best.0), share: best.1 / all })
    }

    fn busiest(&self, starts: impl Iterator<Item = usize>) -> Option<BusyHour> {
        let (start, calls) = starts
            .filter(|start| self.is_covered(*start, HOUR))
            .map(|start| (start, self.sum(start, HOUR, |cell| cell.offered)))
            .reduce(busier)?;
        Some(BusyHour { weekday: (start / DAY) as u8, start_min: minutes(start % DAY), calls })
    }

    fn is_covered(&self, start: usize, cells: usize) -> bool {
        (start..start + cells).all(|place| self.cells[place % WEEK].is_covered())
    }

    fn sum(&self, start: usize, cells: usize, of: impl Fn(&CellMean) -> f64) -> f64 {
        (start..start + cells).map(|place| of(&self.cells[place % WEEK])).sum()
    }
}

impl CellMean {
    fn is_covered(&self) -> bool {
        self.covered_s >= CELL_S as f64 - 0.5
    }
}

/// The busier of two, the earlier of equals.
fn busier(best: (usize, f64), other: (usize, f64)) -> (usize, f64) {
    if other.1 > best.1 + 1e-9 { other } else { best }
}

const fn minutes(cells: usize) -> u16 {
    (cells * 5) as u16
}

fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::fixture::{answered_by_pbx, refused};

    const HOUR_S: f64 = 3_600.0;

    /// A week from Monday 08:00 with ten calls an hour, and `planted` more a minute for an hour from `at_s`.
    fn week(at_s: f64, planted: u32) -> Calendar {
        let mut counts = WeekCounts::new(8 * 3_600);
        for i in 0..1_680_u32 {
            counts.add(&answered_by_pbx(u64::from(i), 360.0 * f64::from(i) + 1.0, 10.0));
        }
        for i in 0..60 * planted {
            counts.add(&refused(u64::from(i), at_s + 60.0 * f64::from(i % 60) + 2.0));
        }
        counts.finish(&[[Instant::ZERO, Instant::from_secs_f64(168.0 * HOUR_S)]], 1)
    }

    /// Planted on Tuesday from 14:30 to 15:30: the clock hour sees half of it, the sliding one all.
    #[test]
    fn a_planted_busy_hour_is_found_and_the_sliding_one_holds_at_least_as_many_calls() {
        let calendar = week(30.5 * HOUR_S, 2);
        let (clock, sliding) =
            (calendar.busiest_clock_hour().unwrap(), calendar.busiest_sliding_hour().unwrap());
        assert_eq!((sliding.weekday, sliding.start_min), (1, 14 * 60 + 30));
        assert!((sliding.calls - 130.0).abs() < 1e-6, "{sliding:?}");
        assert_eq!((clock.weekday, clock.start_min), (1, 14 * 60));
        assert!((clock.calls - 70.0).abs() < 1e-6, "{clock:?}");
        assert!(sliding.calls >= clock.calls);
    }

    #[test]
    fn every_call_of_a_week_stands_in_its_hour() {
        let hours = week(30.5 * HOUR_S, 2).hours();
        assert_eq!(hours.len(), 168);
        let offered: f64 = hours.iter().map(|hour| hour.offered).sum();
        let lost: f64 = hours.iter().map(|hour| hour.lost).sum();
        assert!((offered - 1_800.0).abs() < 1e-6 && (lost - 120.0).abs() < 1e-6, "{offered} {lost}");
        let tuesday = hours.iter().find(|hour| hour.weekday == 1 && hour.hour == 15).unwrap();
        assert!((tuesday.lost - 60.0).abs() < 1e-6, "{tuesday:?}");
    }

    #[test]
    fn weeks_lie_on_top_of_each_other_and_replications_too() {
        let mut counts = WeekCounts::new(0);
        for i in 0..3_u32 {
            counts.add(&refused(u64::from(i), 7.0 * 24.0 * HOUR_S * f64::from(i) + 10.0));
        }
        let end = Instant::from_secs_f64(3.0 * 7.0 * 24.0 * HOUR_S);
        assert!((counts.finish(&[[Instant::ZERO, end]], 1).hours()[0].offered - 1.0).abs() < 1e-9);
        assert!((counts.finish(&[[Instant::ZERO, end]], 3).hours()[0].offered - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_shift_is_proposed_where_most_calls_are_and_none_without_a_whole_day() {
        let mut counts = WeekCounts::new(0);
        for i in 0..600_u32 {
            counts.add(&refused(u64::from(i), 10.0 * HOUR_S + 48.0 * f64::from(i)));
        }
        let day = |hours: f64| counts.finish(&[[Instant::ZERO, Instant::from_secs_f64(hours * HOUR_S)]], 1);
        let hint = day(24.0).shift_hint().unwrap();
        assert_eq!(hint.start_min, 10 * 60);
        assert!((hint.share - 1.0).abs() < 1e-9, "{hint:?}");
        assert_eq!(day(23.0).shift_hint(), None);
    }
}
