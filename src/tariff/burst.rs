//! Calls over the cap that a plan accepts at a price.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rust_decimal::Decimal;

use crate::outcome::CallRecord;
use crate::time::{Duration, Instant};

/// Channels that a call holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub start: Instant,
    pub end: Instant,
    /// 1 where the plan counts calls; its legs where it counts them.
    pub channels: u32,
}

/// From when to when an attempt holds a channel: from its start, whether it rings, waits or talks; not where it was
/// turned away.
#[must_use]
pub fn held(record: &CallRecord) -> Option<(Instant, Instant)> {
    let is_taken = record.ringing.is_some() || record.answered.is_some() || record.wait.is_some();
    record.started.zip(record.ended).filter(|(start, end)| is_taken && start <= end)
}

/// Started minutes of a talk on so many channels.
#[must_use]
pub fn started_minutes(talk: Duration, channels: u32) -> Decimal {
    let each = talk.as_nanos().div_ceil(60_000_000_000);
    Decimal::from(each.saturating_mul(channels.into()))
}

/// How many of the channels of each of these calls (in order of their starts) lie over the first `channels`: a call
/// of two that finds one free has one over. A call that ends at an instant makes room for one that begins at it.
#[must_use]
pub fn over_cap(calls: &[Held], channels: u32) -> Vec<u32> {
    let over = |call: &Held, used: u64| {
        let free = u64::from(channels).saturating_sub(used);
        call.channels.saturating_sub(u32::try_from(free).unwrap_or(u32::MAX))
    };
    each(calls, over).collect()
}

/// Most channels at once of these calls, in order of their starts.
#[must_use]
pub fn peak(calls: &[Held]) -> u32 {
    let most = each(calls, |call, used| used + u64::from(call.channels)).max().unwrap_or(0);
    u32::try_from(most).unwrap_or(u32::MAX)
}

/// What `found` makes of each call and of the channels that earlier ones hold as it begins.
fn each<T>(calls: &[Held], found: impl Fn(&Held, u64) -> T) -> impl Iterator<Item = T> {
    let mut in_progress: BinaryHeap<Reverse<(Instant, u32)>> = BinaryHeap::new();
    let mut used = 0_u64;
    calls.iter().map(move |call| {
        while let Some(Reverse((end, channels))) = in_progress.peek().copied() {
            if end > call.start {
                break;
            }
            used -= u64::from(channels);
            in_progress.pop();
        }
        let told = found(call, used);
        used += u64::from(call.channels);
        in_progress.push(Reverse((call.end, call.channels)));
        told
    })
}
