//! Whether a call has lost too many of its packets for too long.
//!
//! The rule is judged over a window of its length that slides by tenths: what the sequence numbers promised in it
//! against what came.

use std::collections::VecDeque;

use crate::bandwidth::LossRule;
use crate::media::reception::Reception;
use crate::time::{Duration, Instant};

/// Parts of a window.
const PARTS: usize = 10;

#[derive(Debug)]
pub(super) struct LossWatch {
    rule: LossRule,
    part: Duration,
    /// When the next mark is due.
    next: Instant,
    /// Packets expected and lost until the end of each of the last parts.
    marks: VecDeque<(u64, u64)>,
}

impl LossWatch {
    /// Begins to watch at `now`, when a call is answered.
    pub(super) fn new(rule: LossRule, now: Instant) -> Self {
        let part = (rule.lasting / u32::try_from(PARTS).expect("ten")).max(Duration::from_millis(1));
        Self { rule, part, next: now, marks: VecDeque::with_capacity(PARTS + 1) }
    }

    /// Whether more than the tolerable share was lost over the whole window that ends about `now`.
    #[expect(clippy::cast_precision_loss, reason = "fewer packets than 2^53")]
    pub(super) fn is_lost(&mut self, now: Instant, reception: &Reception) -> bool {
        if now < self.next {
            return false;
        }
        self.next = now + self.part;
        self.marks.push_back((reception.expected(), reception.lost()));
        if self.marks.len() <= PARTS {
            return false;
        }
        let before = self.marks.pop_front().unwrap_or_default();
        let latest = self.marks.back().copied().unwrap_or_default();
        let (expected, lost) = (latest.0.saturating_sub(before.0), latest.1.saturating_sub(before.1));
        lost as f64 > self.rule.above * expected as f64
    }
}
