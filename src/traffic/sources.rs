//! A finite number of people, each of whom calls again some time after the last call (Engset's sources).
//!
//! When a person is free to call again depends on what became of the last call, which only a driver knows. So
//! there are two modes. A driver that says when each caller is free ([`Sources::freed`]) gets Engset's model
//! exactly. Without it the list can be drawn beforehand, like every other: a person is then taken to be busy for
//! the time that the talk was meant to last, refused or not. The load offered is the same, A = Sβ/(1 + β), but a
//! refused caller comes back later than Engset's would.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::random::Purpose;
use crate::random::Seed;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::plan::SHARDS;

/// People who call, think, and call again.
#[derive(Debug)]
pub struct Sources {
    /// Next call of each person who is not on the phone: (start, index of the call).
    waiting: BinaryHeap<Reverse<(Instant, u64)>>,
    /// Indices of one person lie this far apart: a multiple of 64, so that a person keeps to one shard.
    stride: u64,
    /// Mean of the exponential time between the end of a call and the next one, in seconds.
    idle_mean: f64,
    seed: Seed,
    /// Whether a driver says when a person is free again.
    pub(super) feedback: bool,
}

impl Sources {
    /// `count` people, all idle at the start.
    #[must_use]
    pub fn new(count: u64, idle_mean: f64, seed: Seed) -> Self {
        let stride = count.next_multiple_of(SHARDS);
        let mut sources = Self { waiting: BinaryHeap::new(), stride, idle_mean, seed, feedback: false };
        for person in 0..count {
            sources.wait(Instant::ZERO, person);
        }
        sources
    }

    /// The person who makes call `index`.
    #[must_use]
    pub const fn person(&self, index: u64) -> u64 {
        index % self.stride
    }

    /// Start and index of the next call; none while all are on the phone.
    #[must_use]
    pub fn peek(&self) -> Option<(Instant, u64)> {
        self.waiting.peek().map(|Reverse(next)| *next)
    }

    /// Takes the next call; its caller is on the phone from now on.
    pub fn take(&mut self) -> Option<(Instant, u64)> {
        self.waiting.pop().map(|Reverse(next)| next)
    }

    /// The caller of `index` is off the phone at `now`, and will call again.
    pub fn freed(&mut self, now: Instant, index: u64) {
        self.wait(now, index.saturating_add(self.stride));
    }

    fn wait(&mut self, from: Instant, index: u64) {
        let mut stream = self.seed.stream(Purpose::Arrivals, index);
        let idle = Duration::try_from_secs_f64(self.idle_mean * stream.exponential());
        self.waiting.push(Reverse((from + idle.unwrap_or(Duration::MAX), index)));
    }
}
