//! Mail, chats and the like, as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::AllWord;
use crate::scenario::document::DistributionValue;
use crate::scenario::document::Never;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Rate;

document! {
    /// Contacts of one kind, which occupy agents when no caller waits for them.
    ContactDocument {
        /// How many come, at random moments, as 20/h.
        rate: Rate,
        /// Work on one of them without templates.
        handle: DistributionValue,
        /// How many times faster templates make that work. Calls are not concerned. Default 1.
        faster: f64,
        /// The first answer is due within this. Default 2h.
        answer_within: Period,
        /// Who sees to them: all, or a list of agents' names. Default all.
        agents: Written<AllWord, Vec<String>, Never>,
    }
}
