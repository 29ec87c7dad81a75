//! The limits of the `pbx` section as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::bandwidth::Layer;
use crate::scenario::document::Never;
use crate::scenario::document::PerSecond;
use crate::scenario::document::RefusalValue;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Bandwidth;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// A limit on calls at once.
    ChannelsDocument {
        /// Calls at once.
        limit: u32,
        /// Calls beyond it that are let in, and billed. Default 0.
        billed: u32,
    }
}

pub(crate) type RateLimitValue = Written<PerSecond, Never, RateLimitDocument>;

document! {
    /// A limit on new calls. Keys that the algorithm does not know are a mistake.
    RateLimitDocument {
        /// Calls per second of people's time.
        limit: PerSecond,
        /// How the limit is kept. Default token_bucket.
        algorithm: AlgorithmWord,
        /// token_bucket: calls that may come at once. Default: the limit, at least 1.
        burst: f64,
        /// average: the time over which the limit holds. Default 5m.
        period: Period,
        /// burst_and_sustain: the window in which the limit holds. Default 1s.
        window: Period,
        /// burst_and_sustain: calls per second in the long window.
        sustained: PerSecond,
        /// burst_and_sustain: the long window. Default 30s.
        sustain_window: Period,
        /// burst_and_sustain: how long nobody comes in once either is exceeded. Default 60s.
        resume_after: Period,
        /// queue: the longest wait for a turn. Default 5m.
        max_delay: Period,
        /// overload_control: how often the share of calls to hold back is told. Default 1s.
        every: Period,
    }
}

/// How a rate limit is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AlgorithmWord {
    /// At most so many at once, and no more than the limit in the long run.
    TokenBucket,
    /// At most the limit in each second, counted anew from every whole one.
    FixedWindow,
    /// The same as FreeSWITCH counts: one call fewer than the limit passes.
    FreeswitchWindow,
    /// The limit on the average of a long period: a single second may see more.
    Average,
    /// A limit for bursts and one for what is sustained; beyond either nobody comes in for a while.
    BurstAndSustain,
    /// Calls wait for their turn instead of being refused.
    Queue,
    /// The sender is told which share of its calls to hold back (RFC 7339).
    OverloadControl,
}

document! {
    /// A limit on legs.
    LegsDocument {
        /// Legs at once.
        limit: u32,
        /// Calls that take more than one leg for as long as they last. Default: none.
        kinds: Vec<LegKindDocument>,
    }
}

document! {
    /// Calls that take several legs, as forwarded ones do.
    LegKindDocument {
        /// What they are, as forwarded.
        name: String,
        /// Share of all calls.
        share: Ratio,
        /// Legs that each takes. Default 2.
        legs: u32,
    }
}

document! {
    /// A limit on a part of the calls. They are asked in the order of the list; the first that is exceeded refuses.
    ScopeDocument {
        /// What refusals name, as account or trunk.
        scope: String,
        /// Dialled numbers that it concerns, as 100 or 7495*. Default: all.
        numbers: Vec<String>,
        /// Callers' numbers that it concerns, as 7912*. Default: all.
        callers: Vec<String>,
        /// A counter of its own for each number or caller, instead of one for all.
        each: EachWord,
        /// Calls at once.
        channels: u32,
        /// New calls per second of people's time.
        calls_per_second: RateLimitValue,
        /// How it refuses. Default: as the PBX's own limit of the kind.
        refusal: RefusalValue,
    }
}

/// What has a counter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EachWord {
    Number,
    Caller,
}

document! {
    /// The link that all calls share, the same each way unless `up` and `down` are given.
    BandwidthDocument {
        /// Each way.
        limit: Bandwidth,
        /// From the PBX to the callers, instead of `limit`.
        up: Bandwidth,
        /// From the callers to the PBX, instead of `limit`.
        down: Bandwidth,
        /// Share of it that voice may fill. Default 100%.
        usable: Ratio,
        /// The codec of all calls, as PCMA, G729 or opus-24k. Default PCMA.
        codec: String,
        /// Several codecs, instead of one.
        codecs: Vec<PoolCodecDocument>,
        /// Speech in a packet. Default 20ms.
        ptime: Period,
        /// What is counted below IP: ip, ethernet, vlan, preamble or wire. Default ethernet.
        layer: LayerWord,
        /// Default false.
        ipv6: bool,
        /// Default false.
        srtp: bool,
        /// refuse: a call that does not fit is refused. none: it comes in, and all lose packets. Default refuse.
        admission: PoolAdmissionWord,
        /// none: how long packets may wait before they are lost. Default 50ms.
        buffer: Period,
    }
}

document! {
    /// Calls of one codec: those to `numbers`, or a share of all others.
    PoolCodecDocument {
        /// As PCMA, G729 or opus-24k.
        codec: String,
        /// Dialled numbers whose calls use it, as 100 or 7495*.
        numbers: Vec<String>,
        /// Of the calls to no such number.
        share: Ratio,
        /// Speech in a packet. Default: that of the link.
        ptime: Period,
    }
}

/// What lies below IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LayerWord {
    /// IP packets alone.
    Ip,
    /// Ethernet header and check sum, 18 bytes.
    Ethernet,
    /// With an 802.1Q tag, 22 bytes.
    Vlan,
    /// Ethernet and its 8-byte preamble.
    Preamble,
    /// Ethernet, preamble and the gap of 12 bytes.
    Wire,
}

impl From<LayerWord> for Layer {
    fn from(word: LayerWord) -> Self {
        match word {
            LayerWord::Ip => Self::Ip,
            LayerWord::Ethernet => Self::Ethernet,
            LayerWord::Vlan => Self::Vlan,
            LayerWord::Preamble => Self::Preamble,
            LayerWord::Wire => Self::Wire,
        }
    }
}

/// What happens to a call that does not fit on the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PoolAdmissionWord {
    Refuse,
    None,
}

document! {
    /// When a call with sound is lost for want of packets.
    MediaLossDocument {
        /// More than this share of its packets lost. Default 5%.
        above: Ratio,
        /// For so long, people's time. Default 10s.
        lasting: Period,
    }
}

document! {
    /// What the server can compute: load = set-ups a second ⁄ calls_per_second + calls ⁄ concurrent_calls + recordings ⁄
    /// recordings.
    ProcessorDocument {
        /// New calls per second that fill it alone. Default: they cost nothing.
        calls_per_second: PerSecond,
        /// Calls at once that fill it alone. Default: they cost nothing.
        concurrent_calls: f64,
        /// Recordings at once that fill it alone. Default: they cost nothing.
        recordings: f64,
        /// refuse: what a refusal costs, of a set-up. Default 0%.
        refusal_cost: Ratio,
        /// Load above which calls are refused; with slow_down, all of the processor that there is. Default 100%.
        limit: Ratio,
        /// refuse: load at which they are admitted again. Default: the limit.
        resume: Ratio,
        /// refuse: how often the load is looked at. Default 1s.
        sampled: Period,
        /// refuse, or slow_down: set-ups queue for the processor. Default refuse.
        overload: OverloadWord,
        /// slow_down: the longest set-up; who would wait longer is refused. Default 5s.
        max_delay: Period,
    }
}

/// What a busy processor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OverloadWord {
    Refuse,
    SlowDown,
}

document! {
    /// Which calls are recorded.
    RecordingDocument {
        /// Of calls answered. Default 100%.
        share: Ratio,
        /// What a recording writes. Default 64 kbit/s.
        rate: Bandwidth,
        /// Recordings leave over the link while they are made. Default false.
        uploaded: bool,
    }
}
