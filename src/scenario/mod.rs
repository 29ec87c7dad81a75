//! What the user wrote, and what it means.
//!
//! [`parse`] turns YAML into a validated [`Scenario`], or into every mistake it found, each with file, line,
//! key and remedy. It touches neither disk nor clock nor chance: files, environment and a drawn seed come in
//! through [`Inputs`].

use std::sync::Arc;

use crate::bandwidth::LossRule;
use crate::endpoint::caller::Transport;
use crate::endpoint::dtmf::Dtmf;
use crate::endpoint::pbx::PhoneConfig;
use crate::media::Codec;
use crate::pbx;
use crate::random::Seed;
use crate::tariff;
use crate::time::{Duration, TimeScale};

pub use crate::traffic::Extent;
pub use crate::traffic::Traffic;
pub use differences::Difference;
pub use differences::differences;
pub use differences::shorten;
pub use load::Inputs;
pub use load::json_schema;
pub use load::parse;
pub use problem::Problem;
pub use problem::Problems;
pub use problem::nearest;
pub use quick::Quick;

mod decode;
mod differences;
mod document;
mod load;
mod node;
#[cfg(test)]
pub(crate) mod odd;
pub mod plans;
mod problem;
mod quick;
mod resolve;

/// A validated scenario: nothing below checks again.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    pub question: String,
    pub seed: Seed,
    /// The seed was drawn, not written: say so.
    pub seed_drawn: bool,
    /// Start of the traffic, local time with zone, RFC 9557: `2026-01-05T08:00:00+03:00[Europe/Moscow]`.
    pub start: jiff::Zoned,
    pub extent: Extent,
    /// 0 where it is to be found.
    pub warm_up: Duration,
    /// The simulation finds the warm-up, within the extent: see `sim::warm_up`.
    pub warm_up_auto: bool,
    /// Longest time after the end of the traffic; absent means until the last call has ended.
    pub drain: Option<Duration>,
    pub time_scale: TimeScale,
    pub traffic: Traffic,
    /// The reference PBX, or the target as it is believed to be.
    pub pbx: pbx::Config,
    pub live: Live,
    pub gates: Vec<GateText>,
    /// What the PBX's call records must hold to be accepted.
    pub required_fields: Vec<pbx::fields::Requirement>,
    pub cost: Option<Cost>,
    /// Largest share of excluded calls before the run is invalid, 0 to 1. Default 0.01.
    pub allow_excluded: f64,
    /// Tariff plans to compare.
    pub tariffs: Vec<tariff::Plan>,
    /// What the firm needs from a plan beside its incoming calls.
    pub needs: tariff::Needs,
    /// Highest blocking that the trunk advice accepts, 0 to 1. Default 0.01.
    pub target_blocking: f64,
    /// Service level that the staff advice aims at. Default 80 % within 20 s.
    pub target_service_level: ServiceLevelTarget,
    /// Factors of growth that the advice covers.
    pub growth: Vec<f64>,
    /// User overrides of the outcome classification: rule name → outcome.
    pub outcomes: Vec<OutcomeOverride>,
    /// The scenario with every default and override written out.
    pub effective: String,
    /// SHA-256 of `effective`, in hex.
    pub sha256: String,
}

/// Settings that only the wire knows. Durations are wall time.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    pub media: Media,
    /// What SIP goes over where a target says nothing else.
    pub transport: Transport,
    /// How callers' keys travel.
    pub dtmf: Dtmf,
    /// Whose phones may register with the reference PBX, and who must prove a password.
    pub phones: PhoneConfig,
    /// Most calls in progress at once: the generator's own ceiling.
    pub max_concurrent: u32,
    /// RFC 3261 timers; wall time.
    pub t1: Duration,
    pub t2: Duration,
    pub t4: Duration,
    /// How long the probe call may take.
    pub probe_timeout: Duration,
    /// How long a target may ring, or say that it is trying, without saying more. Not for the bundled PBX,
    /// whose queues have limits of their own.
    pub ring_timeout: Duration,
    /// How long BYE or CANCEL may take after Ctrl-C before the call is given up.
    pub shutdown_timeout: Duration,
    /// No RTP for this long on an answered call with media makes it `technical.media`.
    pub media_timeout: Duration,
    /// More packets lost than this for so long makes a call `technical.media`; people's time. Absent: only silence does.
    pub media_loss: Option<LossRule>,
}

/// Whether calls carry RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// SDP is exchanged, no packet is sent.
    None,
    /// A tone both ways, 20 ms packets.
    Rtp(Codec),
}

/// A gate as written, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateText {
    pub text: String,
    /// `file.yaml:23` or `--gate`.
    pub written_at: String,
}

/// What a lost call costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    pub currency: String,
    /// Advertising spent per call.
    pub call_price: rust_decimal::Decimal,
    /// Share of calls that become customers, 0 to 1.
    pub conversion: rust_decimal::Decimal,
    /// Attempts, redials included.
    pub calls_per_month: u64,
    /// Revenue per customer, if given.
    pub customer_value: Option<rust_decimal::Decimal>,
    /// Damage to the firm's image per lost call; default 0.
    pub image_per_lost_call: rust_decimal::Decimal,
    /// Value of a caller's waiting minute; default 0.
    pub caller_minute: rust_decimal::Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceLevelTarget {
    /// 0 to 1.
    pub ratio: f64,
    pub threshold: Duration,
}

/// A user's change to the classification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeOverride {
    /// Name of a rule in `outcome::classify`.
    pub rule: Arc<str>,
    pub outcome: crate::outcome::Outcome,
}
