//! Callers who have an agent of their own, as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::Never;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Period;

document! {
    /// Callers who have an agent of their own are offered to that agent first, and to everybody when the owner is busy
    /// for longer than `wait`, is away, or does not pick up.
    OwnerDocument {
        /// How long a caller waits for the owner, from entry on. Default 10s.
        wait: Period,
        /// For how long the agent who served a caller last is the caller's owner. Default: not at all.
        sticky: Period,
        /// Caller's number → agent, 7495* for all that begin so; or a CSV file with columns number and agent.
        numbers: Written<String, Never, BTreeMap<String, String>>,
        /// Class of callers → agent.
        classes: BTreeMap<String, String>,
    }
}
