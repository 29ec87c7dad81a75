//! One intended call.

use std::sync::Arc;

use crate::time::{Duration, Instant};

/// Virtual shards to which attempts are dealt: attempt i and its redials belong to shard i mod 64, so that
/// the list of calls is the same for any number of threads or hosts.
pub const SHARDS: u64 = 64;

/// What one caller intends, drawn before the run from (scenario, seed, index). People's time throughout.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPlan {
    /// The place of the first attempt in the list, from 0.
    pub index: u64,
    /// 0 for a first attempt; redials keep the index and count up.
    pub attempt: u32,
    pub intended_start: Instant,
    /// Index into `traffic.callers`.
    pub class: usize,
    /// The caller's number.
    pub from: Arc<str>,
    /// What is dialled.
    pub to: Arc<str>,
    /// How long the caller talks once connected.
    pub talk: Duration,
    /// How long the caller waits for a person, from the intended start; absent means for ever.
    pub patience: Option<Duration>,
}

impl CallPlan {
    /// The virtual shard, 0 to 63.
    #[must_use]
    pub const fn shard(&self) -> u64 {
        self.index % SHARDS
    }
}
