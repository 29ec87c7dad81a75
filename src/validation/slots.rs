//! Calls of several widths on one capacity (Kaufman and Roberts' system).
//!
//! The reference PBX counts calls, not their widths, so this system has a driver of its own: the traffic
//! generators and the event list are those of every simulation, admission is the one line that it is about.

use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim::EventList;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::Plans;
use crate::validation::real;

/// Plays `scenario`'s traffic on `capacity` slots, a call of class k taking `widths[k]` of them. Returns the
/// time average of slots in use, then for each class its calls offered and blocked; all after the warm-up.
pub(super) fn play(scenario: &Scenario, capacity: u32, widths: &[u32], seed: Seed) -> Vec<f64> {
    let warm = Instant::ZERO + scenario.warm_up;
    let end = match scenario.extent {
        Extent::Duration(duration) => warm + duration,
        Extent::Calls(_) | Extent::Unstated => warm,
    };
    let mut counts = vec![[0_u64; 2]; widths.len()];
    let mut group = Group { in_use: 0, changed: warm, slot_seconds: 0.0 };
    let mut ends = EventList::new();
    for plan in Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, seed) {
        let start = plan.intended_start;
        group.release(&mut ends, start);
        let width = widths[plan.class];
        let blocked = group.in_use + width > capacity;
        if !blocked {
            group.change(start, |in_use| in_use + width);
            ends.schedule(start + plan.talk, width);
        }
        if start >= warm {
            counts[plan.class][0] += 1;
            counts[plan.class][1] += u64::from(blocked);
        }
    }
    group.release(&mut ends, end);
    group.change(end, |in_use| in_use);
    let mut row = vec![group.slot_seconds / (end - warm).as_secs_f64()];
    row.extend(counts.into_iter().flatten().map(real));
    row
}

/// Slots in use, and their integral over time since the end of the warm-up.
struct Group {
    in_use: u32,
    changed: Instant,
    slot_seconds: f64,
}

impl Group {
    /// Ends the calls that end by `at`.
    fn release(&mut self, ends: &mut EventList<u32>, at: Instant) {
        while let Some(end) = ends.next_at().filter(|end| *end <= at) {
            if let Some((_, width)) = ends.pop() {
                self.change(end, |in_use| in_use - width);
            }
        }
    }

    fn change(&mut self, at: Instant, change: impl FnOnce(u32) -> u32) {
        if at > self.changed {
            self.slot_seconds += f64::from(self.in_use) * (at - self.changed).as_secs_f64();
            self.changed = at;
        }
        self.in_use = change(self.in_use);
    }
}
