//! How a queue chooses among its agents: the settings, with Asterisk's and FreeSWITCH's meaning.
//!
//! Everything here has a default under which a queue rings the agent idle longest for the caller who has waited
//! longest. A PBX whose queues and agents all keep the defaults takes a quicker path.

use std::sync::Arc;

use crate::pbx::onward::Onward;
use crate::pbx::overflow::Outsourced;
use crate::pbx::overflow::Overflow;
use crate::pbx::queue::owner::OwnerFirst;
use crate::pbx::transfers::Transfer;
use crate::time::Duration;

/// Whose phone rings next. Penalties make tiers within which the order applies, unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum StrategyKind {
    /// Idle longest since the last call or break (FreeSWITCH's `longest-idle-agent`).
    #[default]
    LongestIdle,
    /// In turn, by a pointer of the queue that moves on with every offer.
    RoundRobin,
    /// In turn as Asterisk's `rrmemory`: the pointer moves when the ringing is over, with its quirks.
    RrMemory,
    /// From the top for every caller, by a pointer of the caller (Asterisk's `linear`).
    Sequential,
    /// By each agent's share of the offers.
    Percent {
        /// Drawn by the shares, instead of the largest deficit.
        random: bool,
    },
    /// The best tier that has a free agent; idle longest within it.
    SkillPriority,
    /// Everyone of the best tier at once (Asterisk's `ringall`).
    RingAll,
    /// More tiers the longer the caller waits; idle longest within the best of them.
    Widening,
    /// One more phone each `delay` while the others ring on (FreeSWITCH's `ring-progressively`).
    RingProgressively { delay: Duration },
    /// Longest since the end of the last call, who never had one first (Asterisk's `leastrecent`).
    LeastRecent,
    /// Fewest calls taken (Asterisk's `fewestcalls`).
    FewestCalls,
    /// Anybody of the best tier (Asterisk's `random`).
    Random,
    /// Penalties as weights, not tiers (Asterisk's `wrandom`).
    WeightedRandom,
    /// Least time on the phone (FreeSWITCH's `agent-with-least-talk-time`).
    LeastTalkTime,
    /// From the top for every caller, through all tiers (FreeSWITCH's `top-down`).
    TopDown,
    /// Always the first free one of the list (FreeSWITCH's `sequentially-by-agent-order`).
    AgentOrder,
}

impl StrategyKind {
    /// Time between two phones, or two tiers, where none is stated.
    pub const DELAY: Duration = Duration::from_secs(10);

    /// Every strategy with its name, parameters at their defaults.
    pub const NAMED: [(&'static str, Self); 16] = [
        ("longest_idle", Self::LongestIdle),
        ("round_robin", Self::RoundRobin),
        ("rrmemory", Self::RrMemory),
        ("sequential", Self::Sequential),
        ("percent", Self::Percent { random: false }),
        ("skill_priority", Self::SkillPriority),
        ("ring_all", Self::RingAll),
        ("widening", Self::Widening),
        ("ring_progressively", Self::RingProgressively { delay: Self::DELAY }),
        ("least_recent", Self::LeastRecent),
        ("fewest_calls", Self::FewestCalls),
        ("random", Self::Random),
        ("weighted_random", Self::WeightedRandom),
        ("least_talk_time", Self::LeastTalkTime),
        ("top_down", Self::TopDown),
        ("agent_order", Self::AgentOrder),
    ];
}

/// How one queue offers calls, beyond its lengths and times.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policy {
    pub strategy: StrategyKind,
    /// A heavier queue with callers comes first for an agent whom it shares.
    pub weight: u32,
    /// Only the first caller in line is offered (Asterisk's `autofill=no`).
    pub first_only: bool,
    /// A caller for whom nobody could be rung looks again so much later and not before, as Asterisk's do every second
    /// (`RECHECK`); absent: as soon as anything changes. No scenario asks for it: it is the rule that the comparison
    /// with recordings of a real Asterisk needs, and waits there are longer for it.
    pub recheck: Option<Duration>,
    pub retry: RetryOf,
    /// Agents by index into `Config::agents` whose penalty here differs from their own.
    pub penalties: Vec<(usize, u32)>,
    /// Penalties do not count where the queue has no more agents than this.
    pub penalty_members_limit: u32,
    /// Who may be offered to a caller on entry.
    pub window: Window,
    /// How the window changes with the caller's wait.
    pub steps: Steps,
    /// What every caller needs, beside what the type of the caller asks for.
    pub needs: Needs,
    pub auto_pause: Option<AutoPause>,
    /// States in which agents do not count: nobody else there, and callers are refused.
    pub join_empty: Option<Absent>,
    /// The same for callers who already wait: they leave.
    pub leave_empty: Option<Absent>,
    pub announce: Option<Announce>,
    /// A caller who gave up and calls again from the same number within this gets the old place
    /// (FreeSWITCH's `abandoned-resume-allowed`).
    pub resume_within: Option<Duration>,
    /// Callers who have an agent of their own, who is asked first.
    pub owner: Option<OwnerFirst>,
    /// To whom callers are passed on.
    pub overflow: Option<Overflow>,
    /// A contractor's people answer.
    pub outsourced: Option<Outsourced>,
    /// Where callers go whom the queue does not keep.
    pub onward: Onward,
    /// To whom its agents send callers on. Their shares sum to 1 at most.
    pub transfers: Vec<Transfer>,
}

/// What an agent brings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Qualification {
    /// Tier: 0 is offered first.
    pub penalty: u32,
    pub skills: Vec<Arc<str>>,
    pub languages: Vec<Arc<str>>,
    /// Share of the offers under [`StrategyKind::Percent`], 0 to 1; absent: an equal part of what is left.
    pub share: Option<f64>,
    /// Probability that a call with this agent ends in a sale, 0 to 1.
    pub conversion: Option<f64>,
}

/// Who pauses after a phone that rang in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryOf {
    /// The agent is left alone; the caller is offered to the next at once (FreeSWITCH's `no-answer-delay-time`).
    #[default]
    Agent,
    /// The caller waits; the agent may be offered to others at once (Asterisk's `retry`).
    Caller,
}

/// Penalties that a caller may be offered; absent ends are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Window {
    pub min: Option<u32>,
    pub max: Option<u32>,
    /// Lower penalties count as this one.
    pub raise: Option<u32>,
}

/// How a caller's window changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Steps {
    #[default]
    None,
    /// An agent of penalty p is open to a caller who has waited (p − the lowest penalty) × this long
    /// (FreeSWITCH's `tier-rule-wait-second` with `multiply-level`).
    Every(Duration),
    /// Asterisk's `penaltychange`, in order of time.
    Listed(Vec<Step>),
}

/// One `penaltychange`: from `after` on, ≥ (Asterisk's waiting callers; its head caller is a second late).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub after: Duration,
    pub max: Option<Change>,
    pub min: Option<Change>,
    pub raise: Option<Change>,
}

/// A new value for an end of the window that is set already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    To(u32),
    By(i64),
}

/// What a caller needs of an agent: all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    pub skills: Vec<Arc<str>>,
    pub language: Option<Arc<str>>,
}

/// An agent whose phone rang in vain is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoPause {
    /// In every queue, not only in the one that rang.
    pub everywhere: bool,
    /// After so many in vain in a row, at least 1.
    pub after: u32,
    /// Not within this long after the agent's last call.
    pub delay: Duration,
    /// For so long; absent means for good.
    pub lasts: Option<Duration>,
}

/// States in which an agent does not count as there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set, as Asterisk's `joinempty`")]
pub struct Absent {
    /// Paused, or at other work.
    pub paused: bool,
    /// Outside the caller's window.
    pub penalty: bool,
    pub in_use: bool,
    pub ringing: bool,
    /// Off duty.
    pub unavailable: bool,
    pub wrap_up: bool,
}

/// Sentences that a waiting caller hears. No phone rings for the caller meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announce {
    /// From the beginning of one to that of the next.
    pub every: Duration,
    /// How long it takes to say.
    pub lasts: Duration,
    /// Earliest repetition when the position has changed.
    pub least: Duration,
}

impl Policy {
    /// Whether any free agent serves any caller as soon as both are there: what formulas of one queue assume.
    #[must_use]
    pub fn serves_all_alike(&self) -> bool {
        !self.first_only
            && self.retry == RetryOf::Agent
            && self.window == Window::default()
            && self.steps == Steps::None
            && self.needs == Needs::default()
            && self.auto_pause.is_none()
            && self.join_empty.is_none()
            && self.leave_empty.is_none()
            && self.announce.is_none()
            && self.owner.is_none()
            && self.overflow.is_none()
            && self.outsourced.is_none()
            && !self.onward.leads_elsewhere()
            && self.transfers.is_empty()
    }

    /// Nothing differs from the quick path, which sends callers on as well. What agents do with callers whom they have
    /// is no matter of offering calls.
    #[must_use]
    pub fn is_default(&self) -> bool {
        let kept = Self { onward: self.onward.clone(), transfers: self.transfers.clone(), ..Self::default() };
        *self == kept
    }
}

impl Qualification {
    /// Whether agents like this one are told apart from others when a call is offered.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.penalty != 0 || !self.skills.is_empty() || !self.languages.is_empty()
    }
}
