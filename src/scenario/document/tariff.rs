//! Tariff plans and a firm's needs as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::AlgorithmWord;
use crate::scenario::document::ExactRatio;
use crate::scenario::document::Never;
use crate::scenario::document::PerSecond;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Bandwidth;
use crate::units::Money;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// A file of tariff plans.
    PlansDocument {
        /// The plans.
        plans: Vec<PlanDocument>,
    }
}

/// A plan in a scenario: written out, or the name of a shipped ladder or of a file with `plans:`.
pub(crate) type PlanValue = Written<String, Never, Box<PlanDocument>>;

document! {
    /// One plan of one provider. What its source does not state stays absent.
    PlanDocument {
        /// Who sells it.
        provider: String,
        /// Its name.
        plan: String,
        /// Three letters, ISO 4217. Default: that of its amounts.
        currency: String,
        /// Value added tax. Default: not stated.
        vat: VatDocument,
        /// First day on which it is sold, as 2026-04-01.
        valid_from: String,
        /// Last day on which it is sold.
        valid_to: String,
        /// Where its figures come from.
        source: SourceDocument,
        /// Made up to show how a plan works. Default false.
        illustrative: bool,
        /// What the other keys cannot say.
        note: String,
        /// How much may be used at once.
        capacity: CapacityDocument,
        /// What happens to calls over the channels: busy, queue, drop, {refuse: …} or {burst: …}. Default busy.
        over_cap: Written<OverCapWord, Never, OverCapDocument>,
        /// What is paid.
        prices: PricesDocument,
        /// How calls are billed, by direction. Default: they cost nothing.
        minutes: MinutesDocument,
        /// What the contract says about time.
        terms: TermsDocument,
    }
}

document! {
    /// Value added tax.
    VatDocument {
        /// As 20%.
        rate: ExactRatio,
        /// Whether the prices contain it. Default false.
        included: bool,
    }
}

document! {
    /// Where figures come from.
    SourceDocument {
        /// A site, a price list, a contract.
        name: String,
        /// The day on which it was read.
        read_on: String,
    }
}

document! {
    /// How much may be used at once.
    CapacityDocument {
        /// Calls at once, without extra ones.
        channels_included: u32,
        /// With extra ones bought. Default: those included.
        channels_max: u32,
        /// What the channels belong to. Default account.
        scope: ScopeWord,
        /// Channels that calls of some kinds take. Default 1 each.
        legs_per_call: LegsPerCallDocument,
        /// New calls per second.
        calls_per_second: RateCapDocument,
        /// Calls that wait at the provider.
        queue_length_max: u32,
        /// Numbers without extra ones.
        dids_included: u32,
        /// Users without extra ones.
        users_included: u32,
        /// Users for each channel.
        users_max_per_channel: u32,
        /// Longer calls are cut off.
        call_duration_max: Period,
        /// As PCMA, PCMU, G722, G726-32, G729, GSM, iLBC, opus.
        codecs: Vec<String>,
    }
}

/// What has channels of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScopeWord {
    /// One pool for everything, calls out included.
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

document! {
    /// Channels that a call takes.
    LegsPerCallDocument {
        /// Sent on to an outside number. Default 1.
        forward: u32,
        /// Held while a colleague is asked. Default 1.
        consult: u32,
        /// The customer is called back. Default 1.
        callback: u32,
    }
}

document! {
    /// New calls per second.
    RateCapDocument {
        /// Calls per second.
        limit: PerSecond,
        /// With steps bought. Default: the limit.
        max: PerSecond,
        /// How the cap is kept. Default token_bucket.
        algorithm: AlgorithmWord,
        /// Calls that may come at once. Default: the limit, at least 1.
        burst: f64,
    }
}

/// What happens to calls over the channels, without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OverCapWord {
    /// An engaged tone: 486.
    Busy,
    /// They wait at the provider.
    Queue,
    /// No answer at all.
    Drop,
}

document! {
    /// What happens to calls over the channels; exactly one key.
    OverCapDocument {
        /// A final response.
        refuse: RefuseDocument,
        /// They are accepted and billed by the started minute.
        burst: BurstDocument,
    }
}

document! {
    /// A final response.
    RefuseDocument {
        /// 400 to 699. Default 503.
        status: u16,
        /// Q.850 cause.
        reason: u8,
        /// Retry-After.
        retry_after: Period,
    }
}

document! {
    /// Calls over the cap at a price.
    BurstDocument {
        /// Price of a started minute.
        per_minute: Money,
    }
}

document! {
    /// What is paid, a month unless said otherwise.
    PricesDocument {
        /// Once.
        setup: Money,
        /// A month.
        monthly: Money,
        /// A year in advance.
        yearly: Money,
        /// Per user beyond those included.
        per_user: Money,
        /// Per channel beyond those included.
        per_channel: Money,
        /// Per number beyond those included.
        per_did: Money,
        /// Functions that are sold apart; what is not listed is not sold.
        features: FeaturesDocument,
        /// For a higher cap on calls per second.
        per_calls_per_second: RatePriceDocument,
    }
}

document! {
    /// Functions that are sold apart; 0 where included.
    FeaturesDocument {
        /// A voice menu.
        ivr: Money,
        /// Recording of calls.
        recording: Money,
        /// Distribution of calls to agents.
        acd: Money,
        /// A programming interface.
        api: Money,
    }
}

document! {
    /// A price for calls per second.
    RatePriceDocument {
        /// Calls per second that one step adds. Default 1.
        step: PerSecond,
        /// Price of a step a month.
        price: Money,
    }
}

document! {
    /// How calls are billed.
    MinutesDocument {
        /// Calls in.
        inbound: MeterDocument,
        /// Calls out.
        outbound: MeterDocument,
        /// Calls in that the called pays for.
        toll_free: MeterDocument,
    }
}

document! {
    /// How calls of one direction are billed.
    MeterDocument {
        /// Minutes a month that cost nothing. Default 0.
        included: u64,
        /// Price of a minute beyond them. Default 0.
        price: Money,
        /// The first charging unit. Default 1s.
        first: Period,
        /// Every further unit. Default: the first.
        next: Period,
        /// Calls no longer than this are free.
        free_up_to: Period,
        /// Calls shorter than this are free.
        free_below: Period,
        /// Charged at least. Default 0s.
        minimum: Period,
        /// Added for each charged call. Default 0.
        per_call: Money,
        /// Whether unused minutes serve one more month. Default false: they expire.
        roll_over: bool,
        /// A soft limit.
        fair_use: FairUseDocument,
    }
}

document! {
    /// A soft limit: what lies beyond is not refused.
    FairUseDocument {
        /// Minutes a month for each channel.
        minutes_per_channel: u64,
        /// Price of a minute beyond. Default: none stated.
        price: Money,
    }
}

document! {
    /// What the contract says about time.
    TermsDocument {
        /// When a larger plan begins: immediately, next_month or {days: 30}. Default immediately.
        upgrade: NoticeValue,
        /// When a smaller one begins. Default immediately.
        downgrade: NoticeValue,
        /// What is paid for part of a month. Default full_month.
        pro_rata: ProRataWord,
        /// Months that are paid in any case. Default 0.
        commitment_months: u32,
    }
}

pub(crate) type NoticeValue = Written<NoticeWord, Never, NoticeDocument>;

/// From which day a change holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoticeWord {
    /// At once.
    Immediately,
    /// From the first day of the next month.
    NextMonth,
}

document! {
    /// So many days later.
    NoticeDocument {
        /// Days.
        days: u32,
    }
}

/// What is paid for part of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProRataWord {
    /// All of it.
    FullMonth,
    /// The days' share.
    ByDay,
}

document! {
    /// What a firm needs from a tariff plan beside its incoming calls.
    NeedsDocument {
        /// People with a phone. Default 1.
        users: u32,
        /// Numbers. Default 1.
        dids: u32,
        /// Trunks among which the calls are spread. Default 1.
        trunks: u32,
        /// Regions among which the calls are spread. Default 1.
        regions: u32,
        /// As ivr, recording, acd, api. Default: none.
        features: Vec<FeatureWord>,
        /// New calls per second that must be allowed.
        calls_per_second: PerSecond,
        /// Outgoing minutes for each incoming one, beside those of calls sent on or called back. Default 0.
        outbound: f64,
        /// Share of incoming calls to a toll-free number. Default 0%.
        toll_free: Ratio,
        /// Share of calls sent on to an outside number; their talk is billed as outgoing, too. Default 0%.
        forwarded: Ratio,
        /// Share of calls held while a colleague is asked. Default 0%.
        consulted: Ratio,
        /// Share of calls that are called back; their talk is billed as outgoing, too. Default 0%.
        called_back: Ratio,
        /// Codecs that the phones speak. Default: any.
        codecs: Vec<String>,
        /// The smaller of the link's two directions. Default: wide enough.
        link: Bandwidth,
    }
}

/// A function that is sold apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FeatureWord {
    Ivr,
    Recording,
    Acd,
    Api,
}
