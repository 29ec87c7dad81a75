//! Contractors who answer queues, and queues that pass callers on to them, as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::DistributionValue;
use crate::scenario::document::document;
use crate::units::Money;
use crate::units::Period;
use crate::units::ServiceLevel;

document! {
    /// Callers whom the queue would turn away (no place, nobody there, waited too long) go to a contractor's queue, and
    /// others when it is so written.
    OverflowDocument {
        /// The contractor's queue.
        to: String,
        /// Who has waited so long is passed on. Default: not before max_wait.
        after: Period,
        /// Who finds so many callers in the queue is passed on at once. Default: not before max_length.
        at_length: u32,
    }
}

document! {
    /// A contractor's people.
    OutsourcedDocument {
        /// How many of them there are for these calls.
        agents: u32,
        /// For a minute of talk.
        price_per_minute: Money,
        /// For each call that they take, beside the minutes. Default 0.
        price_per_call: Money,
        /// Talk is charged in such steps, begun ones in full. Default 1s.
        increment: Period,
        /// What share of the calls they promise to take within which time. Default 80/20.
        service_level: ServiceLevel,
        /// Callers not taken within this go back to the queue that passed them on. Default: they wait on.
        hand_back: Period,
        /// From the first ring to pick-up. Default 0s.
        answer_delay: DistributionValue,
        /// Work after the call. Default 0s.
        wrap_up: DistributionValue,
        /// What they know. Default: nothing in particular.
        skills: Vec<String>,
        /// What they speak. Default: nothing that a caller would ask for.
        languages: Vec<String>,
    }
}
