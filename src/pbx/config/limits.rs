//! What may be limited: the rate of calls, calls in nested scopes, bandwidth, the processor; and recording, which
//! loads all three.

use std::sync::Arc;

use crate::bandwidth::LossRule;
use crate::bandwidth::Packing;
use crate::pbx::config::Refusal;
use crate::pbx::routing::NumberSet;
use crate::time::Duration;

/// A limit on new calls per second of people's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    pub per_second: f64,
    /// Calls that may come at once (token bucket).
    pub burst: f64,
    pub algorithm: Algorithm,
}

impl RateLimit {
    /// A bucket of `burst` tokens, filled at `per_second`.
    #[must_use]
    pub const fn token_bucket(per_second: f64, burst: f64) -> Self {
        Self { per_second, burst, algorithm: Algorithm::TokenBucket }
    }
}

/// How a rate limit is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Algorithm {
    /// At most `burst` at once, and no more than the limit in the long run.
    TokenBucket,
    /// At most the limit in each second, counted anew from every whole second.
    FixedWindow,
    /// The same as FreeSWITCH does it: one call fewer than the limit passes.
    FreeswitchWindow,
    /// The limit on the average of `period`, as Twilio says of its own: a single second may see more.
    Average { period: Duration },
    /// The limit in each `window`, `sustained` a second in each `sustain_window`; beyond either, nobody comes in for
    /// `resume_after` (Oracle's session border controllers).
    BurstAndSustain { window: Duration, sustained: f64, sustain_window: Duration, resume_after: Duration },
    /// Calls wait for their turn, one every 1 ⁄ limit, and are refused only where they would wait longer.
    Queue { max_delay: Duration },
    /// Of each call the sender is told to hold back a share: what was offered above the limit in the last `every`
    /// (loss-based overload control, RFC 7339).
    OverloadControl { every: Duration },
}

/// A limit on a part of the calls: an account's, a trunk's, a number's.
#[derive(Debug, Clone, PartialEq)]
pub struct ScopeLimit {
    /// What its refusals are said to come from.
    pub name: Arc<str>,
    /// Dialled numbers that it concerns; empty means all.
    pub numbers: NumberSet,
    /// Callers' numbers that it concerns; empty means all.
    pub callers: NumberSet,
    /// One counter for each different number, instead of one for all.
    pub each: Option<Each>,
    /// Calls at once.
    pub channels: Option<u32>,
    pub calls_per_second: Option<RateLimit>,
    /// How its refusals look; absent: as those of the PBX's own limit of the kind.
    pub refusal: Option<Refusal>,
}

/// What has a counter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// Each dialled number.
    Number,
    /// Each caller's number.
    Caller,
}

/// The link that all calls share.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Bits per second from the PBX to the callers, and from the callers to the PBX.
    pub up: u64,
    pub down: u64,
    /// The kinds of calls on it: the first whose numbers fit, of those without numbers one by chance.
    pub codecs: Vec<PoolCodec>,
    /// How packets are counted.
    pub packing: Packing,
    pub admission: PoolAdmission,
}

/// A kind of calls on a link.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolCodec {
    pub name: Arc<str>,
    /// Dialled numbers whose calls are of this kind; empty: a share of all others.
    pub numbers: NumberSet,
    /// 0 to 1; of the kinds without numbers.
    pub share: f64,
    /// What one direction of a call takes.
    pub bits_per_second: u64,
}

/// What happens to a call that does not fit on the link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PoolAdmission {
    /// It is refused.
    Refuse,
    /// It comes in, and every call loses its part of the packets.
    None { buffer: Duration, lost: LossRule },
}

/// What the server can compute. Load is set-ups per second ⁄ `calls_per_second` + calls ⁄ `concurrent_calls` +
/// recordings ⁄ `recordings`, of the last sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Processor {
    /// Each fills the processor by itself; infinite where it costs nothing.
    pub calls_per_second: f64,
    pub concurrent_calls: f64,
    pub recordings: f64,
    /// Set-ups that a refusal costs, 0 to 1.
    pub refusal_cost: f64,
    /// Load from which calls are refused; 1 is a full processor.
    pub limit: f64,
    /// Load below which they are admitted again; the same as `limit` where there is no hysteresis.
    pub resume: f64,
    /// How often the load is looked at.
    pub sampled: Duration,
    pub overload: Overload,
}

/// What a busy processor does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Overload {
    /// Turns calls away.
    Refuse,
    /// Sets calls up one after the other in the share of the processor that is left, first come, first served, and
    /// turns away whoever would wait longer.
    SlowDown { max_delay: Duration },
}

/// Calls that are recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recording {
    /// Of calls answered, 0 to 1.
    pub share: f64,
    /// What one second of talk writes.
    pub bytes_per_second: u64,
    /// Recordings leave over the link while they are made.
    pub uploaded: bool,
}
