//! The scenario as a file: the mirror of its YAML.
//!
//! Every field may be absent; the resolver fills in the defaults, so that the same types, written out again,
//! are the effective scenario. The JSON Schema that editors use is derived from them.

pub(crate) use callback::*;
pub(crate) use contacts::*;
pub(crate) use duty::*;
pub(crate) use ivr::*;
pub(crate) use limits::*;
pub(crate) use outside::*;
pub(crate) use outsourcing::*;
pub(crate) use owner::*;
pub(crate) use pbx::*;
pub(crate) use phones::*;
pub(crate) use queue::*;
pub(crate) use routing::*;
pub(crate) use scalar::*;
pub(crate) use tariff::*;
pub(crate) use traffic::*;
pub(crate) use voicemail::*;

mod callback;
mod contacts;
mod duty;
mod ivr;
mod limits;
mod outside;
mod outsourcing;
mod owner;
mod pbx;
mod phones;
mod queue;
mod routing;
mod scalar;
mod tariff;
mod traffic;
mod voicemail;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::units::Money;
use crate::units::Period;
use crate::units::Ratio;
use crate::units::ServiceLevel;

/// Declares a block of keys: every key optional, unknown ones refused, absent ones not written.
macro_rules! document {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $field: Option<$type>,
            )*
        }
    };
}
pub(crate) use document;

document! {
    /// A scenario for busyhour: who calls, what answers, and what counts as good enough.
    /// All times and rates are people's time unless said otherwise.
    ScenarioDocument {
        /// Name of the scenario, used for reports. Default: the file's name.
        name: String,
        /// The question that this scenario answers.
        question: String,
        /// The number from which every random draw follows. Drawn and printed when left out.
        seed: u64,
        /// Local time and zone at which the run starts, as 2026-01-05T08:00[Europe/Moscow].
        start: String,
        /// Length of the traffic after the warm-up; with warm_up: auto, of all traffic.
        duration: Period,
        /// Number of first attempts after the warm-up, instead of a duration.
        calls: u64,
        /// Traffic before anything is measured, or auto: as much of the beginning as MSER-5 finds, at most half
        /// (simulate only). Default 0s.
        warm_up: WarmUp,
        /// Longest time after the end of the traffic. Default: until the last call has ended.
        drain: Period,
        /// Live runs: how many times faster than the wall clock people live. Default 1.
        time_scale: f64,
        /// When callers call, and who they are.
        traffic: TrafficDocument,
        /// The reference PBX, or the target as it is believed to be.
        pbx: PbxDocument,
        /// Whether calls carry RTP: none, rtp or {rtp: {codec: PCMA}}. Default none.
        media: MediaValue,
        /// What SIP goes over: udp or tcp. Of the wire; a target may say it itself, as sip:HOST;transport=tcp. Default udp.
        transport: TransportWord,
        /// How callers' keys travel: rfc4733, info_relay or info. Of the wire. Default rfc4733 with media: rtp, else
        /// info_relay.
        dtmf: DtmfWord,
        /// Most calls in progress at once: the generator's own ceiling. Default 10000.
        max_concurrent: u32,
        /// SIP timers of RFC 3261, wall time.
        timers: TimersDocument,
        /// How long the probe call may take, wall time. Default 5s.
        probe_timeout: Period,
        /// How long a target may ring, or say that it is trying, without saying more: then CANCEL. Wall time, counted
        /// anew from each provisional response as RFC 3261's Timer C; not for the bundled PBX. Default 3m.
        ring_timeout: Period,
        /// How long BYE or CANCEL may take after an interruption, wall time. Default 4s.
        shutdown_timeout: Period,
        /// No RTP for this long on a call with media makes it a technical loss, wall time. Default 5s.
        media_timeout: Period,
        /// When a call that loses packets is lost, as {above: 5%, lasting: 10s}. Default: only where the link's
        /// admission is none.
        media_loss: MediaLossDocument,
        /// Conditions that the result must meet, as technical_drop_rate < 1% @95%. Metrics: technical_drop_rate, blocking,
        /// completed, each outcome (human.busy, technical.trunk and so on), asr, ner, ser, seer, isa, scr,
        /// abandoned_ratio, customers_lost, packet_loss, service_level(20s), callback_in_time(30m),
        /// systemic_loss(3 of 12, 5m), post_dial_delay p95, answer_delay p95, disconnect_delay p95, lateness p95, asa,
        /// occupancy, queue_length, offered_erlangs, carried_erlangs, peak_concurrent, calls, calls_per_second.
        gates: Vec<String>,
        /// Fields that the PBX's call records must have, of every call or of some, as start, or agent if answered: a
        /// field that is missing ends in exit code 7.
        required_fields: Vec<String>,
        /// What a lost call costs.
        cost: CostDocument,
        /// Tariff plans to compare: ladder, published, a file of plans, or plans written out.
        tariffs: Vec<PlanValue>,
        /// What the firm needs from a plan beside its incoming calls.
        needs: NeedsDocument,
        /// What the advice aims at.
        target: TargetDocument,
        /// Changes to the classification: name of a rule → outcome.
        outcomes: BTreeMap<String, String>,
        /// Largest share of excluded calls before the run is invalid. Default 1%.
        allow_excluded: Ratio,
        /// Factors of growth that the advice covers. Default [1, 1.2, 1.5, 2, 3].
        growth: Vec<f64>,
    }
}

document! {
    /// SIP timers, RFC 3261 table 4.
    TimersDocument {
        /// Round-trip estimate. Default 500ms.
        t1: Period,
        /// Longest retransmission interval. Default 4s.
        t2: Period,
        /// Longest life of a message in the network. Default 5s.
        t4: Period,
    }
}

document! {
    /// What a call costs that is lost for technical reasons; callers lost to any reason are told beside it. All amounts in one
    /// currency.
    CostDocument {
        /// Advertising spent per call.
        call_price: Money,
        /// Share of calls that become customers.
        conversion: ExactRatio,
        /// Calls a month: attempts, as a provider or a PBX counts them. Who dials again counts again, who is refused on purpose does
        /// not. A number of callers is less than that. In a comparison (`--vary`) they are the first variant's: the others are billed
        /// for the same callers, however often these dial, and for `growth` times as many.
        calls_per_month: u64,
        /// Revenue per customer.
        customer_value: Money,
        /// Damage to the firm's image per lost call. Default 0.
        image_per_lost_call: Money,
        /// Value of a minute that a caller waits. Default 0.
        caller_minute: Money,
    }
}

document! {
    /// What the advice aims at.
    TargetDocument {
        /// Highest blocking. Default 1%.
        blocking: Ratio,
        /// Share answered within seconds. Default 80/20.
        service_level: ServiceLevel,
    }
}

/// `media`: none, rtp or {rtp: {codec: …}}.
pub(crate) type MediaValue = Written<MediaWord, Never, MediaDocument>;

/// What SIP goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TransportWord {
    Udp,
    Tcp,
}

/// How callers' keys travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DtmfWord {
    /// Telephone events in the RTP stream.
    Rfc4733,
    /// INFO with application/dtmf-relay.
    InfoRelay,
    /// INFO with application/dtmf.
    Info,
}

/// Whether calls carry RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MediaWord {
    None,
    Rtp,
}

document! {
    /// RTP on every call.
    MediaDocument {
        /// A tone both ways.
        rtp: RtpDocument,
    }
}

document! {
    /// A tone both ways, in packets of 20 ms.
    RtpDocument {
        /// PCMA or PCMU. Default PCMA.
        codec: CodecWord,
    }
}

/// A codec of RFC 3551.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum CodecWord {
    Pcma,
    Pcmu,
}
