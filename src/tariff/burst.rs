//! Calls over the cap that a plan accepts at a price.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Instant;

/// Which of these calls (start and end, in order of their starts) found every included channel in use: those
/// that began while `channels` or more earlier ones were in progress. A call that ends at an instant makes room
/// for one that begins at it.
#[must_use]
pub fn over_cap(calls: &[(Instant, Instant)], channels: u32) -> Vec<bool> {
    let mut in_progress: BinaryHeap<Reverse<Instant>> = BinaryHeap::new();
    let found = calls.iter().map(|&(start, end)| {
        while in_progress.peek().is_some_and(|Reverse(end)| *end <= start) {
            in_progress.pop();
        }
        let over = in_progress.len() >= channels as usize;
        in_progress.push(Reverse(end));
        over
    });
    found.collect()
}
