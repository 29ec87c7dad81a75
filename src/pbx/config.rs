//! What a PBX is made of. The scenario's loader fills it in, checked; nothing below checks again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::books::CdrDetail;
use crate::pbx::menu::MenuConfig;
pub use limits::{Algorithm, RateLimit};
pub use limits::{Each, ScopeLimit};
pub use limits::{Overload, Processor, Recording};
pub use limits::{Pool, PoolAdmission, PoolCodec};

pub use crate::pbx::callbacks::CallbackConfig;
pub use crate::pbx::contacts::ContactKind;
pub use crate::pbx::contacts::ContactOrder;
pub use crate::pbx::duty::Duty;
pub use crate::pbx::onward::Onward;
pub use crate::pbx::overflow::{Outsourced, Overflow};
pub use crate::pbx::presence::{OtherWork, Presence};
pub use crate::pbx::queue::OwnerFirst;
pub use crate::pbx::queue::config::{
    Absent, Announce, AutoPause, Change, Needs, Policy, Qualification, RetryOf, Step, Steps, StrategyKind,
    Window,
};
pub use crate::pbx::routing::{
    Blacklist, Destination, Hook, HookModel, Hours, Lead, NumberSet, Opening, Row, Table, Trigger, When,
};
pub use crate::pbx::trail::WrapUpCodes;
pub use crate::pbx::transfers::Transfer;
use crate::pbx::voicemail::Voicemail;
use crate::random::Distribution;
use crate::time::{Duration, Instant};

mod limits;

/// The `pbx` section of a scenario, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Inbound calls at once; absent means no limit.
    pub channels: Option<u32>,
    /// Calls beyond `channels` that are let in and billed.
    pub billed_channels: u32,
    pub calls_per_second: Option<RateLimit>,
    /// Limits on parts of the calls, in the order in which a call meets them.
    pub scopes: Vec<ScopeLimit>,
    pub bandwidth: Option<Pool>,
    pub processor: Option<Processor>,
    pub recording: Option<Recording>,
    /// Legs of any kind at once; absent means no limit.
    pub legs: Option<Legs>,
    /// Most calls the PBX holds in memory, whatever its limits.
    pub capacity: u32,
    pub refusal: Refusals,
    /// Time until a call without queue, busy extension or menu is answered.
    pub answer_delay: Distribution,
    /// Numbers with a life of their own: exact number → what happens.
    pub extensions: BTreeMap<Arc<str>, Extension>,
    pub menus: Vec<MenuConfig>,
    /// Takes messages where something leads to it.
    pub voicemail: Option<Voicemail>,
    pub queues: Vec<QueueConfig>,
    pub agents: Vec<AgentConfig>,
    /// Where each number leads, by the caller's type and the hour; absent means by the queues' own numbers.
    pub table: Option<Table>,
    /// When the firm is open; absent means always.
    pub opening: Option<Opening>,
    pub blacklist: Option<Blacklist>,
    /// What the PBX's records in Asterisk's format show.
    pub cdr_detail: CdrDetail,
    /// The outside system that decides where calls go.
    pub hook: Option<Hook>,
    /// What calls set off.
    pub triggers: Vec<Trigger>,
    /// New numbers of `channels`, where these are limited, from an instant on, in order of time.
    pub channel_changes: Vec<(Instant, u32)>,
    /// What the PBX knows of its callers, by type; a call's `class` is an index into it.
    pub callers: Vec<CallerType>,
    /// The caller who came last is served first. No scenario can ask for it: it is the defect that the oracle
    /// suite plants, to show that it notices.
    pub newest_first: bool,
    /// What agents say that calls were about, by queue.
    pub wrap_up_codes: Vec<WrapUpCodes>,
    /// Mail, chats and the like, which occupy the same agents.
    pub contacts: Vec<ContactKind>,
}

impl Default for Config {
    /// Answers every call at once.
    fn default() -> Self {
        Self {
            channels: None,
            billed_channels: 0,
            calls_per_second: None,
            scopes: Vec::new(),
            bandwidth: None,
            processor: None,
            recording: None,
            legs: None,
            capacity: 100_000,
            refusal: Refusals::default(),
            answer_delay: Distribution::Constant { seconds: 0.0 },
            extensions: BTreeMap::new(),
            menus: Vec::new(),
            voicemail: None,
            queues: Vec::new(),
            agents: Vec::new(),
            table: None,
            opening: None,
            blacklist: None,
            cdr_detail: CdrDetail::Full,
            hook: None,
            triggers: Vec::new(),
            channel_changes: Vec::new(),
            callers: Vec::new(),
            newest_first: false,
            wrap_up_codes: Vec::new(),
            contacts: Vec::new(),
        }
    }
}

impl Config {
    /// Whether it matters to the PBX who calls: callers of several types, or such as stand out.
    #[must_use]
    pub fn tells_callers_apart(&self) -> bool {
        let stands_out =
            |caller: &CallerType| caller.priority != 0 || caller.language.is_some() || caller.skill.is_some();
        self.table.is_some()
            || self.hook.is_some()
            || self.callers.iter().any(stands_out)
            || self.owners().any(|owner| !owner.classes.is_empty())
    }

    /// Agents of the firm's own: those of contractors are not counted.
    #[must_use]
    pub fn own_agents(&self) -> usize {
        let contracted = self.queues.iter().filter(|queue| queue.policy.outsourced.is_some());
        self.agents.len() - contracted.map(|queue| queue.agents.len()).sum::<usize>()
    }

    fn owners(&self) -> impl Iterator<Item = &OwnerFirst> {
        self.queues.iter().filter_map(|queue| queue.policy.owner.as_ref())
    }

    /// Whether anybody is ever called back.
    #[must_use]
    pub fn calls_back(&self) -> bool {
        let messages = self.voicemail.as_ref().is_some_and(|voicemail| voicemail.callback.is_some());
        let promises = |queue: &QueueConfig| queue.callback.is_some();
        messages || self.queues.iter().any(promises)
    }

    /// Whether any agents send callers on.
    #[must_use]
    pub fn sends_on(&self) -> bool {
        self.queues.iter().any(|queue| !queue.policy.transfers.is_empty())
    }

    /// Whether it matters from which number a call comes.
    #[must_use]
    pub fn reads_callers_numbers(&self) -> bool {
        let reads = |scope: &ScopeLimit| !scope.callers.is_empty() || scope.each == Some(Each::Caller);
        self.blacklist.is_some()
            || self.hook.is_some()
            || !self.triggers.is_empty()
            || self.scopes.iter().any(reads)
            || self.queues.iter().any(|queue| queue.policy.resume_within.is_some())
            || self.owners().any(OwnerFirst::reads_numbers)
    }
}

/// A type of callers: a class of the scenario's, as the PBX sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerType {
    pub name: Arc<str>,
    /// Place in queues: higher goes before lower, as Asterisk's `QUEUE_PRIO`.
    pub priority: i32,
    /// What they speak; absent means that any agent will do.
    pub language: Option<Arc<str>>,
    /// What whoever serves them must know; absent means that any agent will do.
    pub skill: Option<Arc<str>>,
}

/// A limit on legs, and the calls that take more than one at the door.
#[derive(Debug, Clone, PartialEq)]
pub struct Legs {
    /// Legs at once.
    pub limit: u32,
    /// The rest of the calls take one leg.
    pub kinds: Vec<LegKind>,
}

/// Calls that take several legs for as long as they last: forwarded ones, for example.
#[derive(Debug, Clone, PartialEq)]
pub struct LegKind {
    pub name: Arc<str>,
    /// Share of all calls, 0 to 1.
    pub share: f64,
    /// 1 or more.
    pub legs: u32,
}

/// What a number does.
#[derive(Debug, Clone, PartialEq)]
pub enum Extension {
    /// Answers after `answer_delay`.
    Answer { answer_delay: Distribution },
    /// Engaged: 486.
    Busy,
    /// Rings and nobody picks up: 480 after `ring_timeout`.
    NoAnswer { ring_timeout: Duration },
    /// A person says no: 603.
    Declined,
    /// No such number: 404.
    Unknown,
    /// The phones of the user with this number ring.
    User(UserConfig),
    /// Goes to the queue with this index.
    Queue(usize),
}

/// What a user makes of a ringing phone. Of a registered phone only `ring_timeout` counts: the rest is up to the person.
#[derive(Debug, Clone, PartialEq)]
pub struct UserConfig {
    /// From the phone's first ring to pick-up.
    pub answer_delay: Distribution,
    /// Probability that a ring is not answered at all, 0 to 1.
    pub no_answer: f64,
    /// How long the phones ring.
    pub ring_timeout: Duration,
}

impl Default for UserConfig {
    /// Picks up at once.
    fn default() -> Self {
        Self {
            answer_delay: Distribution::Constant { seconds: 0.0 },
            no_answer: 0.0,
            ring_timeout: Duration::from_secs(30),
        }
    }
}

/// How refusals look, by what caused them.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusals {
    pub channels: Refusal,
    pub calls_per_second: Refusal,
    pub legs: Refusal,
    pub bandwidth: Refusal,
    pub processor: Refusal,
    pub queue_full: Refusal,
    pub queue_timeout: Refusal,
    /// Nobody is there, at the door or any more.
    pub queue_empty: Refusal,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            channels: Refusal::status(503, Some(34)),
            calls_per_second: Refusal::status(503, Some(42)),
            legs: Refusal::status(503, Some(42)),
            bandwidth: Refusal::status(503, Some(47)),
            processor: Refusal::status(503, Some(42)),
            queue_full: Refusal::status(486, Some(17)),
            queue_timeout: Refusal::status(480, Some(19)),
            queue_empty: Refusal::status(480, Some(20)),
        }
    }
}

/// One way to turn a call away.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// A final response.
    Status {
        /// 400 to 699.
        status: u16,
        /// Reason phrase; absent means the standard one.
        phrase: Option<Arc<str>>,
        /// Q.850 cause in a Reason header (RFC 3326).
        reason: Option<u8>,
        /// Retry-After, in people's time.
        retry_after: Option<Duration>,
    },
    /// Nothing at all: the caller runs into Timer B.
    Silence,
    /// 200, then BYE at once.
    AnswerThenHangUp,
}

impl Refusal {
    /// A plain status with an optional Q.850 cause.
    #[must_use]
    pub const fn status(status: u16, reason: Option<u8>) -> Self {
        Self::Status { status, phrase: None, reason, retry_after: None }
    }

    /// The Q.850 cause that goes with it, if any.
    #[must_use]
    pub const fn q850(&self) -> Option<u8> {
        match self {
            Self::Status { reason, .. } => *reason,
            Self::Silence | Self::AnswerThenHangUp => None,
        }
    }
}

/// A queue of callers, served first come, first served unless its policy says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueConfig {
    pub name: Arc<str>,
    /// Numbers that lead here; empty means every number that is not an extension.
    pub numbers: Vec<Arc<str>>,
    /// Agents, as indices into `Config::agents`.
    pub agents: Vec<usize>,
    /// Places for waiting callers; absent means no limit.
    pub max_length: Option<u32>,
    /// Longest wait; absent means for ever.
    pub max_wait: Option<Duration>,
    /// How long one agent's phone rings before the next is tried.
    pub ring_timeout: Duration,
    /// Pause before an agent who did not answer is offered a call again.
    pub retry: Duration,
    pub answer: QueueAnswer,
    /// How its customers are called back.
    pub callback: Option<CallbackConfig>,
    pub policy: Policy,
}

/// When a queued call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueAnswer {
    /// 180 until an agent picks up, then 200.
    OnAgent,
    /// 200 at once; pick-up is an in-dialog request.
    OnEntry,
}

/// A person who answers calls.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentConfig {
    pub name: Arc<str>,
    /// The user whose registered phones ring for this agent on the wire; absent: the agent is played by the PBX.
    pub phone: Option<Arc<str>>,
    /// From the phone's first ring to pick-up.
    pub answer_delay: Distribution,
    /// Probability that a ring is not answered at all, 0 to 1.
    pub no_answer: f64,
    /// Work after the call, during which no call is offered.
    pub wrap_up: Distribution,
    pub presence: Presence,
    pub qualification: Qualification,
}
