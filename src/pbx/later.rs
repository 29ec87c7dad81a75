//! The same PBX at a later hour: what its calendar says, counted from there.

use crate::pbx::config::Config;
use crate::pbx::config::Opening;
use crate::pbx::config::Table;
use crate::time::Instant;

impl Config {
    /// The configuration of a run that begins at `at` of this one: hours, duty and changes keep their places on the
    /// calendar.
    #[must_use]
    pub fn begun_at(&self, at: Instant) -> Self {
        let mut later = self.clone();
        if let Some(Opening { hours, .. }) = &mut later.opening {
            *hours = hours.begun_at(at);
        }
        later.table = later.table.map(|table| table.begun_at(at));
        for agent in &mut later.agents {
            agent.presence.duty = agent.presence.duty.take().map(|duty| duty.begun_at(at));
        }
        for (when, _) in &mut later.channel_changes {
            *when = Instant::ZERO + when.since(at);
        }
        later
    }

    /// When the firm's hours, or those of the routing table, next change after `at`.
    #[must_use]
    pub fn next_change_of_hours(&self, at: Instant) -> Option<Instant> {
        let opening = self.opening.as_ref().and_then(|opening| opening.hours.next_change(at));
        let table = self.table.as_ref().and_then(|table: &Table| table.next_change(at));
        opening.into_iter().chain(table).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbx::config::Duty;
    use crate::pbx::config::Hours;
    use crate::time::Duration;

    fn at(hours: f64) -> Instant {
        Instant::from_secs_f64(hours * 3_600.0)
    }

    /// At any hour both say the same, within the horizon.
    #[test]
    fn hours_and_duty_are_the_same_from_another_beginning() {
        let hours = Hours::new(vec![(at(8.0), at(18.0)), (at(32.0), at(42.0))], at(1_000.0));
        let hour = |hours: u64| Duration::from_secs(hours * 3_600);
        let duty = Duty::new(hour(24), &[(hour(22), hour(8)), (hour(9), hour(3))]);
        for begun in [0.0, 7.5, 8.0, 12.0, 18.0, 33.0, 50.0] {
            let (later, shifted) = (hours.begun_at(at(begun)), duty.begun_at(at(begun)));
            for half in 0..120 {
                let after = f64::from(half) / 2.0;
                assert_eq!(later.is_open(at(after)), hours.is_open(at(begun + after)), "{begun} + {after}");
                assert_eq!(shifted.is_on(at(after)), duty.is_on(at(begun + after)), "{begun} + {after}");
            }
        }
    }
}
