//! The `pbx` section as written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::pbx::refusal_profiles;
use crate::pbx::refusal_profiles::Profile;
use crate::scenario::document::AbsentWord;
use crate::scenario::document::AnnounceDocument;
use crate::scenario::document::AuthenticateWord;
use crate::scenario::document::AutoPauseValue;
use crate::scenario::document::BandwidthDocument;
use crate::scenario::document::BlacklistValue;
use crate::scenario::document::CallbackDocument;
use crate::scenario::document::ChangeDocument;
use crate::scenario::document::ChannelsDocument;
use crate::scenario::document::ContactDocument;
use crate::scenario::document::CountValue;
use crate::scenario::document::DistributionValue;
use crate::scenario::document::HookDocument;
use crate::scenario::document::HoursDocument;
use crate::scenario::document::LegsDocument;
use crate::scenario::document::MenuDocument;
use crate::scenario::document::Never;
use crate::scenario::document::OtherWorkDocument;
use crate::scenario::document::OutsourcedDocument;
use crate::scenario::document::OverflowDocument;
use crate::scenario::document::OwnerDocument;
use crate::scenario::document::ProcessorDocument;
use crate::scenario::document::RateLimitValue;
use crate::scenario::document::RecordingDocument;
use crate::scenario::document::RegistrationDocument;
use crate::scenario::document::RetryWord;
use crate::scenario::document::RouteValue;
use crate::scenario::document::RoutingDocument;
use crate::scenario::document::ScopeDocument;
use crate::scenario::document::SessionTimersDocument;
use crate::scenario::document::ShiftDocument;
use crate::scenario::document::StepsValue;
use crate::scenario::document::StrategyValue;
use crate::scenario::document::TransferDocument;
use crate::scenario::document::TriggerDocument;
use crate::scenario::document::UserDocument;
use crate::scenario::document::VoicemailDocument;
use crate::scenario::document::Whole;
use crate::scenario::document::Written;
use crate::scenario::document::document;
use crate::units::Bandwidth;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// The reference PBX, or the target as it is believed to be.
    PbxDocument {
        /// Inbound calls at once: 10, or {limit: 10, billed: 5}. Default: no limit.
        channels: Written<Whole, Never, ChannelsDocument>,
        /// New calls per second of people's time: 5, or {limit: 5, algorithm: token_bucket, burst: 5}. Default: no limit.
        calls_per_second: RateLimitValue,
        /// Limits on parts of the calls: an account's, a trunk's, a number's. Default: none.
        limits: Vec<ScopeDocument>,
        /// Legs of any kind at once: 30, or {limit: 30, kinds: […]}. A queued caller and the agent's phone are
        /// two. Default: no limit.
        legs: Written<Whole, Never, LegsDocument>,
        /// The link that all calls share: 1 Mbit/s, or {limit: 1 Mbit/s, codec: PCMA, ptime: 20ms}. Default: no limit.
        bandwidth: Written<Bandwidth, Never, BandwidthDocument>,
        /// What the server can compute, as {calls_per_second: 50, concurrent_calls: 400}. Default: no limit.
        processor: ProcessorDocument,
        /// Which calls are recorded, and what that takes. Default: none.
        recording: RecordingDocument,
        /// Most calls held in memory, whatever the limits. Default 100000.
        capacity: u32,
        /// How refusals look: as those of a real system, by its name, or by cause.
        refusal: RefusalsValue,
        /// Time until a call without queue is answered. Default 0s.
        answer_delay: DistributionValue,
        /// Numbers with a life of their own: number → busy, declined, unknown, echo, {answer: …}, {no_answer: 5s},
        /// {queue: NAME}.
        extensions: BTreeMap<String, Written<ExtensionWord, Never, ExtensionDocument>>,
        /// Where each number leads, by class of callers and hour. Default: by the queues' own numbers.
        routing: RoutingDocument,
        /// When the firm is open. Default: always.
        hours: HoursDocument,
        /// Callers who are never let in: ["79001234567", "7999*"], or with {refusal: …}. Default: nobody.
        blacklist: BlacklistValue,
        /// Takes messages where something leads to it. Default: there is none.
        voicemail: VoicemailDocument,
        /// Menus that answer calls, by name.
        ivr: BTreeMap<String, MenuDocument>,
        /// An outside system that decides where calls go: those that the table sends to `ask`; without a table, all to
        /// numbers that are no extensions.
        hook: HookDocument,
        /// What calls from some numbers set off.
        triggers: Vec<TriggerDocument>,
        /// Changes while the run goes on, as [{at: "10:00", set: {channels: 20}}].
        changes: Vec<ChangeDocument>,
        /// Queues, by name.
        queues: BTreeMap<String, QueueDocument>,
        /// Mail, chats and the like, which occupy agents when no caller waits, by name: {mail: {rate: 20/h, handle: 6m}}.
        contacts: BTreeMap<String, ContactDocument>,
        /// Agents: {count: 10, …} of a kind, or a list of named ones.
        agents: Written<Never, Vec<AgentDocument>, AgentsDocument>,
        /// Whose phones may register, with digest passwords; their names are numbers that can be called. Default: nobody's.
        users: Vec<UserDocument>,
        /// Who must prove a password: registrations or calls, too. Of the wire. Default registrations.
        authenticate: AuthenticateWord,
        /// What Master.csv shows of the calls: full, or asterisk_defaults, which hides those that nobody answered.
        /// Default full.
        books: BooksWord,
        /// How long phones stay registered. Of the wire.
        registration: RegistrationDocument,
        /// How long a session lasts without a refresh. Of the wire.
        session_timers: SessionTimersDocument,
    }
}

/// What the records in Asterisk's format show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BooksWord {
    /// Every call, with all columns.
    Full,
    /// What cdr.conf shows as it is shipped.
    AsteriskDefaults,
}

document! {
    /// How refusals look, by what caused them.
    RefusalsDocument {
        /// No channel free. Default {status: 503, reason: 34}.
        channels: RefusalValue,
        /// Too many new calls. Default {status: 503, reason: 42}.
        calls_per_second: RefusalValue,
        /// No leg free. Default {status: 503, reason: 42}.
        legs: RefusalValue,
        /// No room on the link. Default {status: 503, reason: 47}.
        bandwidth: RefusalValue,
        /// The processor is busy. Default {status: 503, reason: 42}.
        processor: RefusalValue,
        /// No place in the queue. Default {status: 486, reason: 17}.
        queue_full: RefusalValue,
        /// Waited too long in the queue. Default {status: 480, reason: 19}.
        queue_timeout: RefusalValue,
        /// Nobody there to queue or to wait for. Default {status: 480, reason: 20}.
        queue_empty: RefusalValue,
    }
}

/// The name of a system, or one refusal for each cause.
pub(crate) type RefusalsValue = Written<RefusalWord, Never, RefusalsDocument>;

pub(crate) type RefusalValue = Written<RefusalWord, Never, RefusalDocument>;

/// How a real system turns calls away, by its name; or a shape that is no status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusalWord {
    /// No answer at all.
    #[serde(alias = "silent")]
    Silence,
    /// 200, then BYE at once.
    #[serde(alias = "answer-then-hang-up")]
    AnswerThenHangUp,
    Asterisk,
    AsteriskBusy,
    AsteriskChanSip,
    AsteriskCongestion,
    AsteriskMaintenance,
    AsteriskOverload,
    Freeswitch,
    Ivozprovider,
    Jambonz,
    Opensips,
    OracleSbc,
    Telnyx,
    Twilio,
    Voicehost,
    Busy,
}

impl RefusalWord {
    /// The profile that it names.
    pub(crate) fn profile(self) -> &'static Profile {
        let name = match self {
            Self::Silence => "silent",
            Self::AnswerThenHangUp => "answer_then_hang_up",
            Self::Asterisk => "asterisk",
            Self::AsteriskBusy => "asterisk_busy",
            Self::AsteriskChanSip => "asterisk_chan_sip",
            Self::AsteriskCongestion => "asterisk_congestion",
            Self::AsteriskMaintenance => "asterisk_maintenance",
            Self::AsteriskOverload => "asterisk_overload",
            Self::Freeswitch => "freeswitch",
            Self::Ivozprovider => "ivozprovider",
            Self::Jambonz => "jambonz",
            Self::Opensips => "opensips",
            Self::OracleSbc => "oracle_sbc",
            Self::Telnyx => "telnyx",
            Self::Twilio => "twilio",
            Self::Voicehost => "voicehost",
            Self::Busy => "busy",
        };
        refusal_profiles::named(name).expect("every word stands in the table of profiles: a test tries each")
    }
}

document! {
    /// A final response.
    RefusalDocument {
        /// 400 to 699.
        status: u16,
        /// Reason phrase. Default: the standard one.
        phrase: String,
        /// Q.850 cause in a Reason header.
        reason: u8,
        /// Retry-After, people's time.
        retry_after: Period,
    }
}

/// What a number does, without parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExtensionWord {
    /// Answers at once.
    Answer,
    /// Engaged.
    Busy,
    /// A person says no.
    Declined,
    /// No such number.
    Unknown,
    /// Answers at once and sends the caller's sound back.
    Echo,
}

document! {
    /// What a number does; exactly one key.
    ExtensionDocument {
        /// Answers after this long.
        answer: DistributionValue,
        /// Rings this long, and nobody picks up.
        no_answer: Period,
        /// Leads to the queue of this name.
        queue: String,
    }
}

document! {
    /// Callers in line for agents: first come, first served, unless priorities, skills or the strategy say otherwise.
    QueueDocument {
        /// Numbers that lead here. Default: every number that is no extension.
        numbers: Vec<String>,
        /// all, or a list of agents' names. Default all.
        agents: Written<AllWord, Vec<String>, Never>,
        /// Places for waiting callers. Default: no limit.
        max_length: u32,
        /// Longest wait. Default: for ever.
        max_wait: Period,
        /// How long one agent's phone rings before the next is tried. Default 15s.
        ring_timeout: Period,
        /// Pause before an agent who did not answer is offered a call again. Default 5s.
        retry: Period,
        /// When the call is answered: on_agent or on_entry. Default on_agent.
        answer: QueueAnswerWord,
        /// How customers of this queue are called back. Default: callers are offered no callback.
        callback: CallbackDocument,
        /// Whose phone rings next, as round_robin or {percent: random}. Default longest_idle.
        strategy: StrategyValue,
        /// A heavier queue with callers comes first for agents whom it shares. Default 0.
        weight: u32,
        /// Whether others than the first in line are offered, while the first can't be served. Default true.
        autofill: bool,
        /// Who has the `retry` pause: agent or caller. Default agent.
        retry_of: RetryWord,
        /// Agents' penalties in this queue, where they differ from their own: name → penalty.
        penalties: BTreeMap<String, u32>,
        /// With no more agents than this, penalties do not count. Default 0.
        penalty_members_limit: u32,
        /// Highest penalty that a caller is offered on entry. Default: no limit.
        max_penalty: u32,
        /// Lowest penalty that a caller is offered on entry. Default: no limit.
        min_penalty: u32,
        /// Lower penalties count as this one. Default: none do.
        raise_penalty: u32,
        /// How that changes with the wait: {every: 10s} opens a tier each time, or [{after: 15s, max_penalty: +1}].
        steps: StepsValue,
        /// What an agent must know to serve this queue. Default: nothing in particular.
        skills: Vec<String>,
        /// What an agent must speak to serve callers who ask for no other language. Default: any.
        language: String,
        /// Pauses agents whose phone rang in vain: this_queue, all_queues or {scope: …, lasts: 10m}. Default: nobody.
        auto_pause: AutoPauseValue,
        /// Newcomers are refused while every agent is in one of these states, as [paused, unavailable]. Default: none.
        join_empty: Vec<AbsentWord>,
        /// Callers leave once every agent is in one of these states. Default: none.
        leave_empty: Vec<AbsentWord>,
        /// Tells waiting callers their position and how long it will take. Default: nothing is said.
        announce: AnnounceDocument,
        /// Who gives up and calls again from the same number within this gets the old place. Default: nobody.
        resume_within: Period,
        /// Callers who have an agent of their own, who is asked first, as {wait: 10s, sticky: 30d}. Default: nobody has.
        owner: OwnerDocument,
        /// What agents write down after a call, and how often, as {billing: 60%, fault: 40%}. Default: nothing.
        wrap_up_codes: BTreeMap<String, Ratio>,
        /// The same for some classes of callers: {key-account: {contract: 100%}}.
        wrap_up_codes_of: BTreeMap<String, BTreeMap<String, Ratio>>,
        /// Where callers go who find max_length reached: voicemail, callback, {queue: NAME}, {menu: NAME},
        /// {extension: NUMBER} or {refuse: {status: 486}}. Default: refused, as refusal.queue_full says.
        on_full: RouteValue,
        /// Where callers go whose max_wait is over. Default: refused, as refusal.queue_timeout says.
        on_timeout: RouteValue,
        /// Where callers go whom join_empty or leave_empty does not keep. Default: refused, as refusal.queue_empty says.
        on_empty: RouteValue,
        /// To whom its agents send callers on in the middle of a conversation, as [{to: "200", share: 12%, after: 60s}].
        /// Default: to nobody.
        transfers: Vec<TransferDocument>,
        /// To whom callers are passed on whom the queue would turn away, and when others are. Default: to nobody.
        overflow: OverflowDocument,
        /// A contractor's people answer this queue, for money. Default: the firm's own do.
        outsourced: OutsourcedDocument,
    }
}

/// Every agent there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AllWord {
    All,
}

/// When a queued call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueAnswerWord {
    /// When an agent picks up.
    OnAgent,
    /// At once.
    OnEntry,
}

document! {
    /// Agents of a kind, named agent-1, agent-2 and so on.
    AgentsDocument {
        /// How many: 10, or {every: 30m, from: 08:00, counts: [4, 6, 8]} for each interval of the day.
        count: CountValue,
        /// Shifts instead of `count`, each with its own `count`.
        shifts: Vec<ShiftDocument>,
        /// Share of them who are ill, on leave or in training. Default 0%.
        shrinkage: Ratio,
        /// From the first ring to pick-up. Default 0s.
        answer_delay: DistributionValue,
        /// Probability that a ring is not answered. Default 0%.
        no_answer: Ratio,
        /// Work after the call. Default 0s.
        wrap_up: DistributionValue,
        /// Work away from the phone, as {every: 30m, lasts: 5m}.
        other_work: OtherWorkDocument,
        /// What they know. Default: nothing in particular.
        skills: Vec<String>,
        /// What they speak. Default: nothing that a caller would ask for.
        languages: Vec<String>,
        /// Probability that a call with one of them ends in a sale. Of comparisons of strategies.
        conversion: Ratio,
    }
}

document! {
    /// One agent.
    AgentDocument {
        /// Name in records. Default agent-1 and so on.
        name: String,
        /// The user whose registered phones ring for the agent, on the wire; simulate goes by the habits below.
        phone: String,
        /// From the first ring to pick-up. Default 0s.
        answer_delay: DistributionValue,
        /// Probability that a ring is not answered. Default 0%.
        no_answer: Ratio,
        /// Work after the call. Default 0s.
        wrap_up: DistributionValue,
        /// When the agent works, as [{from: 08:00, to: 17:00, breaks: [{at: 12:00, lasts: 30m}]}]. Default: always.
        shifts: Vec<ShiftDocument>,
        /// Work away from the phone, as {every: 30m, lasts: 5m}.
        other_work: OtherWorkDocument,
        /// Tier: 0 is offered first. Default 0.
        penalty: u32,
        /// What the agent knows. Default: nothing in particular.
        skills: Vec<String>,
        /// What the agent speaks. Default: nothing that a caller would ask for.
        languages: Vec<String>,
        /// Share of the calls under the percent strategy. Default: an equal part of what is left.
        percent: Ratio,
        /// Probability that a call with the agent ends in a sale. Of comparisons of strategies.
        conversion: Ratio,
    }
}
