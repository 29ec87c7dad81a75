//! How a queue offers its calls, as written.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::pbx::config::StrategyKind;
use crate::scenario::document::DistributionValue;
use crate::scenario::document::Never;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Ratio;
use crate::units::UnitError;

/// Whose phone rings next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StrategyWord {
    /// Idle longest.
    LongestIdle,
    /// In turn.
    RoundRobin,
    /// In turn, to the letter of Asterisk's.
    #[serde(alias = "rrordered")]
    Rrmemory,
    /// From the top for every caller.
    #[serde(alias = "linear")]
    Sequential,
    /// By each agent's percent.
    Percent,
    /// The best tier that has a free agent.
    SkillPriority,
    /// Everyone of the best tier at once.
    #[serde(alias = "ringall")]
    RingAll,
    /// More tiers the longer the caller waits.
    Widening,
    /// One more phone every 10 s while the others ring on.
    RingProgressively,
    /// Longest since the end of the last call.
    #[serde(alias = "leastrecent")]
    LeastRecent,
    /// Fewest calls taken.
    #[serde(alias = "fewestcalls")]
    FewestCalls,
    /// Anybody of the best tier.
    Random,
    /// Penalties as weights.
    #[serde(alias = "wrandom")]
    WeightedRandom,
    /// Least time on the phone.
    LeastTalkTime,
    /// From the top for every caller, through all tiers.
    TopDown,
    /// Always the first free one of the list.
    AgentOrder,
}

impl StrategyWord {
    /// What it means, its parameters at their defaults.
    pub(crate) fn kind(self) -> StrategyKind {
        match self {
            Self::LongestIdle => StrategyKind::LongestIdle,
            Self::RoundRobin => StrategyKind::RoundRobin,
            Self::Rrmemory => StrategyKind::RrMemory,
            Self::Sequential => StrategyKind::Sequential,
            Self::Percent => StrategyKind::Percent { random: false },
            Self::SkillPriority => StrategyKind::SkillPriority,
            Self::RingAll => StrategyKind::RingAll,
            Self::Widening => StrategyKind::Widening,
            Self::RingProgressively => StrategyKind::RingProgressively { delay: StrategyKind::DELAY },
            Self::LeastRecent => StrategyKind::LeastRecent,
            Self::FewestCalls => StrategyKind::FewestCalls,
            Self::Random => StrategyKind::Random,
            Self::WeightedRandom => StrategyKind::WeightedRandom,
            Self::LeastTalkTime => StrategyKind::LeastTalkTime,
            Self::TopDown => StrategyKind::TopDown,
            Self::AgentOrder => StrategyKind::AgentOrder,
        }
    }
}

document! {
    /// A strategy with a parameter; exactly one key.
    StrategyDocument {
        /// How percentages are kept: deficit or random.
        percent: PercentWord,
        /// One more phone each time this is over.
        ring_progressively: Period,
    }
}

/// How percentages are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PercentWord {
    /// Whoever lags furthest behind.
    Deficit,
    /// Drawn.
    Random,
}

pub(crate) type StrategyValue = Written<StrategyWord, Never, StrategyDocument>;

/// Who pauses after a phone that rang in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RetryWord {
    /// The agent; the caller goes on to the next at once.
    Agent,
    /// The caller, as with Asterisk.
    Caller,
}

/// A tier, or by how many tiers: `2`, `+1`, `-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PenaltyChange {
    To(u32),
    By(i64),
}

impl FromStr for PenaltyChange {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        let wrong = || UnitError {
            problem: format!("`{text}` is no penalty"),
            example: "a penalty as 2, or a change as +1",
        };
        if text.starts_with(['+', '-']) {
            let by = text.parse::<i32>().map_err(|_| wrong())?;
            return Ok(Self::By(i64::from(by)));
        }
        text.parse().map(Self::To).map_err(|_| wrong())
    }
}

impl fmt::Display for PenaltyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::To(penalty) => penalty.fmt(f),
            Self::By(by) => write!(f, "{by:+}"),
        }
    }
}

document! {
    /// When more tiers open to a waiting caller.
    StepsDocument {
        /// One more tier each time this is over.
        every: Period,
    }
}

document! {
    /// One step of a widening hunt, as Asterisk's penaltychange.
    StepDocument {
        /// After this wait.
        after: Period,
        /// The highest penalty from then on: 2, or +1 on top of what it was.
        max_penalty: PenaltyChange,
        /// The lowest.
        min_penalty: PenaltyChange,
        /// Lower penalties count as this one.
        raise_penalty: PenaltyChange,
    }
}

pub(crate) type StepsValue = Written<Never, Vec<StepDocument>, StepsDocument>;

/// Where an agent is paused whose phone rang in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PauseWord {
    /// In the queue that rang.
    ThisQueue,
    /// Everywhere.
    AllQueues,
}

document! {
    /// An agent whose phone rang in vain is paused.
    AutoPauseDocument {
        /// Where: this_queue or all_queues. Default this_queue.
        scope: PauseWord,
        /// After so many in vain in a row. Default 1.
        after: u32,
        /// Not within this time after the agent's last call. Default 0s.
        delay: Period,
        /// For so long. Default: for good.
        lasts: Period,
    }
}

pub(crate) type AutoPauseValue = Written<PauseWord, Never, AutoPauseDocument>;

/// A state in which an agent does not count as there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AbsentWord {
    /// Paused, or at other work.
    Paused,
    /// Outside the penalties that the caller may be offered.
    Penalty,
    /// On the phone.
    InUse,
    /// The phone rings.
    Ringing,
    /// Off duty, or the phone can't be reached.
    Unavailable,
    /// Finishing up after a call.
    WrapUp,
}

document! {
    /// Sentences for waiting callers; while one is said, no phone rings for the caller.
    AnnounceDocument {
        /// From the beginning of one to that of the next. Default 60s.
        every: Period,
        /// How long it takes to say. Default 5s.
        lasts: Period,
        /// Earliest repetition when the position has changed. Default 15s.
        least: Period,
    }
}

document! {
    /// A number to which a queue's agents send callers on (a blind transfer): the agent wraps up, the caller arrives there
    /// anew. On the wire, agents with a phone of their own do so themselves, by REFER.
    TransferDocument {
        /// Any number of the PBX but a user's: of a queue, a menu, the voicemail, an extension.
        to: String,
        /// How many of the conversations that last so long.
        share: Ratio,
        /// From the beginning of the conversation. Who has said all before is not sent on. Default 0s.
        after: DistributionValue,
        /// How long the caller then talks to whoever answers there. Default: the rest of what there was to say.
        talk: DistributionValue,
    }
}
