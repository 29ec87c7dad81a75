//! A plan as data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::tariff::Meter;
use crate::tariff::Terms;
use crate::time::Duration;

/// One plan of one provider.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    pub provider: String,
    pub name: String,
    /// ISO 4217; of every amount of the plan. Absent where the plan states no amount.
    pub currency: Option<String>,
    /// Absent where the source does not say.
    pub vat: Option<Vat>,
    /// First and last day on which the plan is sold.
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    pub source: Source,
    /// Made up to show how a plan works; nobody sells it.
    pub illustrative: bool,
    /// What the fields cannot say.
    pub note: Option<String>,
    pub capacity: Capacity,
    pub over_cap: Action,
    pub prices: Prices,
    pub minutes: Minutes,
    pub terms: Terms,
}

impl Plan {
    /// `provider: name`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}: {}", self.provider, self.name)
    }

    /// How calls of this direction are billed.
    #[must_use]
    pub const fn meter(&self, direction: Direction) -> Option<&Meter> {
        match direction {
            Direction::Inbound => self.minutes.inbound.as_ref(),
            Direction::Outbound => self.minutes.outbound.as_ref(),
            Direction::TollFree => self.minutes.toll_free.as_ref(),
        }
    }
}

/// Where the figures come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// A site, a price list, a contract.
    pub name: String,
    /// The day on which it was read.
    pub read_on: Option<Date>,
}

/// Value added tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vat {
    /// 0 to 1.
    pub rate: Decimal,
    /// Whether the plan's prices contain it already.
    pub included: bool,
}

/// How much may be used at once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Capacity {
    /// Absent: not stated.
    pub channels_included: Option<u32>,
    /// With extra ones bought.
    pub channels_max: Option<u32>,
    /// What the channels belong to.
    pub scope: Scope,
    pub legs_per_call: LegsPerCall,
    pub calls_per_second: Option<RateCap>,
    /// Calls that wait at the provider.
    pub queue_length_max: Option<u32>,
    pub dids_included: Option<u32>,
    pub users_included: Option<u32>,
    pub users_max_per_channel: Option<u32>,
    /// Longer calls are cut off.
    pub call_duration_max: Option<Duration>,
    /// Names of RFC 3551 and RFC 7587; empty: not stated.
    pub codecs: Vec<String>,
}

/// What has channels of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// One pool for everything, calls out included.
    #[default]
    Account,
    /// A pool for each trunk.
    Trunk,
    /// A pool for each number.
    Did,
    /// Calls in and calls out have pools of their own.
    Direction,
    /// A pool for each region.
    Region,
}

/// Channels that a call takes where the plan counts legs; 1 where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegsPerCall {
    /// Sent on to an outside number.
    pub forward: u32,
    /// Held while a colleague is asked.
    pub consult: u32,
    /// The customer is called back.
    pub callback: u32,
}

impl Default for LegsPerCall {
    fn default() -> Self {
        Self { forward: 1, consult: 1, callback: 1 }
    }
}

/// New calls per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateCap {
    pub limit: f64,
    /// With steps bought; absent: the limit is all.
    pub max: Option<f64>,
    pub algorithm: Algorithm,
    /// Calls that may come at once; token bucket only.
    pub burst: f64,
}

/// How the cap is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    TokenBucket,
    FixedWindow,
    /// At most the cap on the average of some minutes.
    Average,
    /// Calls that come too fast wait for their turn.
    Queue,
}

/// What happens to a call over the channels.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Action {
    /// A final response: status, Q.850 cause, Retry-After.
    Refuse { status: u16, reason: Option<u8>, retry_after: Option<Duration> },
    /// 486 with cause 17: an engaged tone, and the common figures take it for one.
    #[default]
    Busy,
    /// It waits at the provider for a channel.
    Queue,
    /// It is accepted and billed by the started minute.
    Burst { per_minute: Decimal },
    /// No answer at all.
    Drop,
}

/// What is paid. Amounts in the plan's currency, a month unless said otherwise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prices {
    /// Once.
    pub setup: Option<Decimal>,
    pub monthly: Option<Decimal>,
    /// For a year in advance; a twelfth counts for each month.
    pub yearly: Option<Decimal>,
    /// Per user beyond those included.
    pub per_user: Option<Decimal>,
    /// Per channel beyond those included.
    pub per_channel: Option<Decimal>,
    /// Per number beyond those included.
    pub per_did: Option<Decimal>,
    pub features: BTreeMap<Feature, Decimal>,
    pub per_calls_per_second: Option<RatePrice>,
}

/// A price for a higher cap on calls per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatePrice {
    /// Calls per second that one step adds.
    pub step: f64,
    pub price: Decimal,
}

/// Functions that are sold apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// A voice menu.
    Ivr,
    Recording,
    /// Distribution of calls to agents.
    Acd,
    Api,
}

impl Feature {
    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ivr => "ivr",
            Self::Recording => "recording",
            Self::Acd => "acd",
            Self::Api => "api",
        }
    }
}

/// How calls are billed; absent: calls of this direction cost nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Minutes {
    pub inbound: Option<Meter>,
    pub outbound: Option<Meter>,
    pub toll_free: Option<Meter>,
}

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Inbound,
    Outbound,
    /// Inbound, paid by the called.
    TollFree,
}

impl Direction {
    /// Every direction, in the order of invoices.
    pub const ALL: [Self; 3] = [Self::Inbound, Self::Outbound, Self::TollFree];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::TollFree => "toll_free",
        }
    }
}
