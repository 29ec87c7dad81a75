//! Callbacks as written: how a queue calls back, and what callers make of it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::DistributionValue;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// How customers of a queue are called back: those of the queue itself, of the web, and those who left a message for
    /// its agents. The customer is called first, and an agent kept free meanwhile.
    CallbackDocument {
        /// A waiting caller is offered a callback after this; 0s: on entry. Needs answer: on_entry. Default: never.
        offer_after: Period,
        /// The key that accepts, and keeps the place. Default "1".
        key: String,
        /// Further tries after one in vain. Default 2.
        retries: u32,
        /// Between two tries. Default 5m.
        pause: Period,
        /// How long the customer's phone rings. Default 30s.
        ring_timeout: Period,
        /// Within what time the customer is promised to be called, from the request on or from the next opening. Default
        /// 15m.
        promise: Period,
    }
}

document! {
    /// What callers make of callbacks.
    CallbackHabitDocument {
        /// Share of callers who take the offer. Default 100%.
        accept: Ratio,
        /// From the offer to the key. Default 0s.
        think: DistributionValue,
        /// Share of the calls to them that they answer. Default 100%.
        answer: Ratio,
        /// From the first ring to the pick-up. Default 0s.
        answer_delay: DistributionValue,
    }
}

/// How a class of callers asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ByWord {
    /// They call.
    Phone,
    /// They leave their number on a web page, and wait for a call.
    WebCallback,
}
