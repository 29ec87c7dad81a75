//! `pbx.ivr` as written: menus, by name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::Never;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// A menu that callers walk through by pressing keys.
    MenuDocument {
        /// Numbers that lead here. Default, for a menu that no key leads to: every number that nothing else claims.
        numbers: Vec<String>,
        /// How long the prompt plays; keys are taken while it does. Default 8s.
        prompt: Period,
        /// How long after the prompt a key is awaited. Default 5s.
        timeout: Period,
        /// How often the prompt is played again after silence or a key that leads nowhere. Default 2.
        repeats: u32,
        /// What each key does: key → hang_up, voicemail, {queue: NAME}, {menu: NAME}, {extension: NUMBER}.
        digits: BTreeMap<String, TargetValue>,
        /// Where callers go whose repeats are used up. Default hang_up.
        otherwise: TargetValue,
    }
}

pub(crate) type TargetValue = Written<TargetWord, Never, BranchDocument>;

/// The end of a call in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetWord {
    /// The PBX says goodbye.
    HangUp,
    /// To the voicemail.
    Voicemail,
}

document! {
    /// Where a key leads: at most one of queue, menu and extension; without any, the PBX says goodbye.
    BranchDocument {
        /// To the queue of this name.
        queue: String,
        /// To the menu of this name.
        menu: String,
        /// To this number of pbx.extensions.
        extension: String,
        /// How long an answer of the machine's own lasts, before the key leads on. Default: there is none.
        self_service: Period,
        /// Share of callers for whom that answer is enough: they hang up after it. Default 0%.
        containment: Ratio,
        /// Share of the talk that is left, since the agent sees what the caller has told the menu. Default 100%.
        talk_factor: Ratio,
    }
}
