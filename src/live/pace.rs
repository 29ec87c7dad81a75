//! The hand on the throttle: `+`, `-` and `p` while a run goes on.
//!
//! A plan's times are drawn before the run. The pace bends them: after `+` the rest of the plan is played
//! a tenth faster, after `p` it stands still. Talk times and patience are people's own and stay as they are.

use crate::time::Duration;
use crate::time::Instant;

const STEP: f64 = 1.1;

/// Maps planned instants to actual ones. People's time on both sides.
#[derive(Debug, Clone)]
pub struct Pace {
    factor: f64,
    /// From this planned instant on …
    planned_from: Instant,
    /// … which is played at this actual one.
    actual_from: Instant,
    paused_at: Option<Instant>,
    changed: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            factor: 1.0,
            planned_from: Instant::ZERO,
            actual_from: Instant::ZERO,
            paused_at: None,
            changed: false,
        }
    }
}

impl Pace {
    /// When the attempt planned for `planned` is due; `None` while paused.
    #[must_use]
    pub fn actual(&self, planned: Instant) -> Option<Instant> {
        if self.paused_at.is_some() {
            return None;
        }
        if !self.changed {
            return Some(planned);
        }
        Some(self.actual_from + (planned - self.planned_from).div_f64(self.factor))
    }

    /// The plan's instant that is played at `now`.
    fn planned(&self, now: Instant) -> Instant {
        let at = self.paused_at.unwrap_or(now);
        self.planned_from + (at - self.actual_from).mul_f64(self.factor)
    }

    /// A tenth more calls from `now` on.
    pub fn faster(&mut self, now: Instant) {
        self.set(now, self.factor * STEP);
    }

    /// A tenth fewer calls from `now` on.
    pub fn slower(&mut self, now: Instant) {
        self.set(now, self.factor / STEP);
    }

    /// Stands still, or goes on where it stood still.
    pub fn pause_or_resume(&mut self, now: Instant) {
        self.set(now, self.factor);
        self.paused_at = if self.paused_at.is_some() { None } else { Some(now) };
    }

    fn set(&mut self, now: Instant, factor: f64) {
        self.planned_from = self.planned(now);
        self.actual_from = now;
        if self.paused_at.is_some() {
            self.paused_at = Some(now);
        }
        self.factor = factor;
        self.changed = true;
    }

    /// The plan was not played as drawn: its statistics no longer describe the run.
    #[must_use]
    pub const fn changed(&self) -> bool {
        self.changed
    }

    /// Played speed over planned speed.
    #[must_use]
    pub const fn factor(&self) -> f64 {
        self.factor
    }

    /// Standing still.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// How far the plan has been delayed by pauses and changes at `now`.
    #[must_use]
    pub fn delay(&self, now: Instant) -> Duration {
        now - self.planned(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Instant {
        Instant::from_secs_f64(seconds)
    }

    #[test]
    fn untouched_the_plan_is_played_as_drawn() {
        let pace = Pace::default();
        assert_eq!(pace.actual(at(17.25)), Some(at(17.25)));
        assert!(!pace.changed());
    }

    #[test]
    fn faster_bends_only_what_is_still_to_come() {
        let mut pace = Pace::default();
        pace.faster(at(100.0));
        assert_eq!(pace.actual(at(100.0)), Some(at(100.0)));
        assert_eq!(pace.actual(at(110.0 + 1e-9)).map(|i| (i.as_secs_f64() * 1e3).round()), Some(109_091.0));
        pace.slower(at(120.0));
        // 20 s at 1.1 have played 22 s of the plan.
        assert_eq!(pace.actual(at(122.0)).map(|i| i.as_secs_f64().round()), Some(120.0));
        assert_eq!(pace.actual(at(132.0)).map(|i| i.as_secs_f64().round()), Some(130.0));
    }

    #[test]
    fn a_pause_starts_nothing_and_shifts_the_rest() {
        let mut pace = Pace::default();
        pace.pause_or_resume(at(10.0));
        assert_eq!(pace.actual(at(11.0)), None);
        pace.pause_or_resume(at(40.0));
        assert_eq!(pace.actual(at(11.0)), Some(at(41.0)));
        assert_eq!(pace.delay(at(50.0)), Duration::from_secs(30));
    }
}
