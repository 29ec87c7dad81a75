//! Hours as instants: when a firm is open, when a row of the routing table holds.
//!
//! The scenario's loader turns local times, holidays and changes of clocks into instants, so that nothing here knows
//! a calendar. Beyond the last instant that it worked out, the last week repeats.

use std::sync::Arc;

use crate::time::Instant;

const WEEK: u64 = 7 * 86_400 * 1_000_000_000;

/// Stretches of time, from the start of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Beginnings and ends in turn, the first a beginning; in order, disjoint and not adjacent.
    edges: Arc<[Instant]>,
    /// What was worked out ends here; at least a week.
    horizon: Instant,
}

impl Hours {
    /// The hours within `stretches`, each from its beginning to before its end, up to `horizon`, and from then on those
    /// of its last week again and again. Stretches may overlap; a horizon below a week is taken as a week.
    #[must_use]
    pub fn new(mut stretches: Vec<(Instant, Instant)>, horizon: Instant) -> Self {
        let horizon = horizon.max(Instant::from_nanos(WEEK));
        stretches.sort_unstable();
        let mut edges: Vec<Instant> = Vec::with_capacity(2 * stretches.len());
        for (from, to) in stretches {
            let to = to.min(horizon);
            match edges.last_mut() {
                _ if from >= to => {}
                Some(last) if from <= *last => *last = to.max(*last),
                _ => edges.extend([from, to]),
            }
        }
        Self { edges: edges.into(), horizon }
    }

    /// Whether `at` lies within them.
    #[must_use]
    pub fn is_open(&self, at: Instant) -> bool {
        let at = self.known(at);
        self.edges.partition_point(|edge| *edge <= at) % 2 == 1
    }

    /// The next beginning or end after `at`; none if nothing changes any more.
    #[must_use]
    pub fn next_change(&self, at: Instant) -> Option<Instant> {
        let known = self.known(at);
        let shift = at.as_nanos() - known.as_nanos();
        let moved = |edge: Instant| Instant::from_nanos(edge.as_nanos().saturating_add(shift));
        let next = self.edges.partition_point(|edge| *edge <= known);
        if let Some(edge) = self.edges.get(next).filter(|edge| **edge < self.horizon) {
            return Some(moved(*edge));
        }
        // Around the end of the last week: what comes is that week again.
        let week_began = Instant::from_nanos(self.horizon.as_nanos() - WEEK);
        let open = self.is_open(at);
        let again = |instant: Instant| Instant::from_nanos(moved(instant).as_nanos().saturating_add(WEEK));
        let first = [week_began].into_iter().chain(self.edges.iter().copied());
        first.filter(|edge| *edge >= week_began).map(again).find(|edge| self.is_open(*edge) != open)
    }

    /// `at` if it lies within them, else the next beginning; none if they never come again.
    #[must_use]
    pub fn next_opening(&self, at: Instant) -> Option<Instant> {
        if self.is_open(at) { Some(at) } else { self.next_change(at) }
    }

    /// The same hours, counted from `at` on.
    #[must_use]
    pub fn begun_at(&self, at: Instant) -> Self {
        let moved = |edge: Instant| Instant::ZERO + edge.since(at);
        let stretches = self.edges.chunks_exact(2).map(|edge| (moved(edge[0]), moved(edge[1])));
        Self::new(stretches.collect(), moved(self.horizon))
    }

    /// The instant up to the horizon at which it is the same hour of the week as at `at`.
    fn known(&self, at: Instant) -> Instant {
        if at < self.horizon {
            return at;
        }
        let week_began = self.horizon.as_nanos() - WEEK;
        Instant::from_nanos(week_began + (at.as_nanos() - week_began) % WEEK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: f64) -> Instant {
        Instant::from_secs_f64(hours * 3_600.0)
    }

    #[test]
    fn hours_begin_at_their_first_instant_and_end_before_their_last() {
        let hours =
            Hours::new(vec![(at(8.0), at(12.0)), (at(12.0), at(18.0)), (at(32.0), at(42.0))], at(200.0));
        let open: Vec<bool> =
            [7.99, 8.0, 12.0, 17.99, 18.0, 31.0, 32.0].map(|hour| hours.is_open(at(hour))).into();
        assert_eq!(open, [false, true, true, true, false, false, true]);
        assert_eq!(hours.next_change(at(0.0)), Some(at(8.0)));
        assert_eq!(hours.next_change(at(8.0)), Some(at(18.0)));
        assert_eq!(hours.next_opening(at(9.0)), Some(at(9.0)));
        assert_eq!(hours.next_opening(at(18.0)), Some(at(32.0)));
    }

    #[test]
    fn beyond_the_horizon_the_last_week_comes_again() {
        // Two weeks are known; the second is open for its first hour only.
        let week = 168.0;
        let hours = Hours::new(vec![(at(3.0), at(9.0)), (at(week), at(week + 1.0))], at(2.0 * week));
        assert!(hours.is_open(at(3.0)) && !hours.is_open(at(week + 3.0)));
        for later in 2..6 {
            let monday = f64::from(later) * week;
            assert!(hours.is_open(at(monday)) && hours.is_open(at(monday + 0.5)));
            assert!(!hours.is_open(at(monday + 1.0)) && !hours.is_open(at(monday + 3.0)));
            assert_eq!(hours.next_opening(at(monday - 2.0)), Some(at(monday)));
            assert_eq!(hours.next_change(at(monday + 0.5)), Some(at(monday + 1.0)));
        }
    }

    #[test]
    fn what_is_always_or_never_open_does_not_change() {
        let never = Hours::new(Vec::new(), at(1.0));
        assert!(!never.is_open(at(5.0)) && never.next_change(at(5.0)).is_none());
        assert_eq!(never.next_opening(at(5.0)), None);
        let always = Hours::new(vec![(at(0.0), at(400.0))], at(400.0));
        assert!(always.is_open(at(399.9)) && always.is_open(at(400.0)) && always.is_open(at(4_000.0)));
        assert_eq!(always.next_change(at(5.0)), None);
    }
}
