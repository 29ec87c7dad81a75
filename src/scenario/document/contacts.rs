//! Mail, chats and the like, as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::AllWord;
use crate::scenario::document::DistributionValue;
use crate::scenario::document::Never;
use crate::scenario::document::ProfileValue;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Rate;
use crate::units::Ratio;

document! {
    /// Contacts of one kind, which occupy agents when no caller waits for them.
    ContactDocument {
        /// How many come, at random moments, as 20/h.
        rate: Rate,
        /// Instead of `rate`: how many come over time, as traffic.profile says it.
        profile: ProfileValue,
        /// Work on one of them without templates.
        handle: DistributionValue,
        /// How many times faster templates make that work. Calls are not concerned. Default 1.
        faster: f64,
        /// The first answer is due within this. Default 2h.
        answer_within: Period,
        /// Who sees to them: all, or a list of agents' names. Default all.
        agents: Written<AllWord, Vec<String>, Never>,
        /// How many an agent has in hand at once, those of other kinds included. Default 1.
        concurrent: u32,
        /// With k in hand, each takes 1 + (k − 1) × this times as long as alone. Default 0%.
        slower: Ratio,
        /// Who goes first: calls_first, contacts_first, or by_age, whoever has waited longer. Default calls_first.
        order: ContactOrderWord,
    }
}

/// Whether contacts of a kind wait for callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContactOrderWord {
    /// A contact waits until no caller does.
    CallsFirst,
    /// A free agent looks for contacts before callers.
    ContactsFirst,
    /// Whoever has waited longer.
    ByAge,
}
