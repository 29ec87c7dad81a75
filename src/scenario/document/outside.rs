//! What lies beside the PBX, as written: an outside system that decides routes, what calls set off, and changes while
//! the run goes on.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::DistributionValue;
use crate::scenario::document::Never;
use crate::scenario::document::RouteDocument;
use crate::scenario::document::RouteValue;
use crate::scenario::document::TimeOfDay;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// An outside system that decides where calls go: asked by HTTP on the wire, played from `model` in simulate.
    HookDocument {
        /// Where it is asked, as http://127.0.0.1:8080/route. Default: nowhere, it is played on the wire, too.
        url: String,
        /// How long the PBX waits for an answer; with a url wall time. Default 500ms.
        timeout: Period,
        /// Without an answer: closed (turned away, a technical loss), or a target as {queue: NAME} (open). Default closed.
        on_failure: Written<FailureWord, Never, RouteDocument>,
        /// The outside system as simulate plays it.
        model: HookModelDocument,
    }
}

/// What becomes of calls on which nobody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureWord {
    /// Turned away.
    Closed,
    /// Answered by the PBX.
    Answer,
}

document! {
    /// An outside system as simulate plays it.
    HookModelDocument {
        /// From the question to the answer. Default 0s.
        delay: DistributionValue,
        /// Probability of no usable answer. Default 0%.
        failure: Ratio,
        /// What it answers; the shares sum to 100%. Default: always on_failure's target.
        answers: Vec<HookAnswerDocument>,
    }
}

document! {
    /// One answer of the outside system.
    HookAnswerDocument {
        /// Share of the answers. Default for a single answer: 100%.
        share: Ratio,
        /// Where the call goes.
        to: RouteValue,
    }
}

document! {
    /// What calls from some numbers set off, answered or not.
    TriggerDocument {
        /// Name in triggers.csv. Default trigger-1 and so on.
        name: String,
        /// Callers' numbers; with * at the end, beginnings of numbers.
        from: Vec<String>,
        /// Numbers dialled, likewise. Default: any.
        to: Vec<String>,
        /// Fires for calls that are turned away at the door, too, as when no channel is free. Default false.
        even_if_refused: bool,
        /// Told by HTTP on the wire, as http://127.0.0.1:8080/alarm.
        webhook: String,
    }
}

document! {
    /// A change while the run goes on. No call in progress is harmed.
    ChangeDocument {
        /// Time of day of the change, the first after the start, as "10:00"; or `after`.
        at: TimeOfDay,
        /// How long after the start.
        after: Period,
        /// What becomes different.
        set: ChangedDocument,
    }
}

document! {
    /// New values.
    ChangedDocument {
        /// Inbound calls at once.
        channels: u32,
        /// Agents, where they are of a kind.
        agents: u32,
    }
}

document! {
    /// What callers try who do not get through: another of the firm's numbers.
    SiblingDocument {
        /// Probability of it after each attempt that did not get through.
        probability: Ratio,
        /// The firm's other numbers, tried in turn.
        numbers: Vec<String>,
        /// How long after. Default 5s.
        delay: DistributionValue,
    }
}
