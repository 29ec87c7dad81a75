//! `pbx.voicemail` as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::DistributionValue;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// Takes messages; hours.closed, a routing rule or a key of a menu leads to it.
    VoicemailDocument {
        /// How long the greeting plays. Default 10s.
        greeting: Period,
        /// How long callers then speak. Default {exponential: {mean: 30s}}.
        message: DistributionValue,
        /// Share of callers who leave a message; the rest hang up on the greeting. Default 100%.
        leave: Ratio,
        /// Longest message. Default 3m.
        max_length: Period,
        /// The queue whose agents call back, from the next opening of pbx.hours on. Default: nobody calls back.
        callback: String,
    }
}
