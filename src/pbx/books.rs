//! The PBX's own books, as data: what the CDR and the queue log are written from.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::outcome::Limiter;
use crate::pbx::callbacks::Origin;
use crate::time::{Duration, Instant};

/// How the PBX saw a call end, in Asterisk's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    Answered,
    NoAnswer,
    Busy,
    Failed,
    Congestion,
}

impl Disposition {
    /// Every disposition.
    pub const ALL: [Self; 5] = [Self::Answered, Self::NoAnswer, Self::Busy, Self::Failed, Self::Congestion];

    /// Asterisk's text for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "ANSWERED",
            Self::NoAnswer => "NO ANSWER",
            Self::Busy => "BUSY",
            Self::Failed => "FAILED",
            Self::Congestion => "CONGESTION",
        }
    }

    /// The disposition with this text.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|disposition| disposition.name() == name)
    }
}

/// The PBX's own words for the end of a call: `CdrRow::cause`, `Action::Reject::cause`, and the
/// `X-Busyhour-Cause` header on the wire.
pub mod cause {
    /// Served, and ended by one of the two who talked.
    pub const ANSWERED: &str = "answered";
    /// Every circuit was busy.
    pub const TRUNK_FULL: &str = "trunk-full";
    /// Every leg was taken.
    pub const LEGS_FULL: &str = "legs-full";
    /// More calls per second than the limit.
    pub const RATE_LIMITED: &str = "rate-limited";
    /// A call more did not fit on the link.
    pub const LINK_FULL: &str = "link-full";
    /// The processor was busy.
    pub const OVERLOADED: &str = "overloaded";
    /// The PBX's table of calls was full.
    pub const CAPACITY: &str = "capacity";
    /// The queue had no place.
    pub const QUEUE_FULL: &str = "queue-full";
    /// The queue gave up on the caller.
    pub const QUEUE_TIMEOUT: &str = "queue-timeout";
    /// The queue took no newcomer, because nobody was there (Asterisk's JOINEMPTY).
    pub const JOIN_EMPTY: &str = "join-empty";
    /// The queue put its callers out, because nobody was there any more (Asterisk's LEAVEEMPTY).
    pub const LEAVE_EMPTY: &str = "leave-empty";
    /// The caller gave up before anybody answered.
    pub const ABANDONED: &str = "abandoned";
    /// The extension was engaged.
    pub const BUSY: &str = "busy";
    /// The extension rang out.
    pub const NO_ANSWER: &str = "no-answer";
    /// The extension said no.
    pub const DECLINED: &str = "declined";
    /// No such number.
    pub const UNKNOWN_NUMBER: &str = "unknown-number";
    /// The caller's number is on the blacklist.
    pub const BLACKLISTED: &str = "blacklisted";
    /// Turned away on purpose: the routing says so.
    pub const TURNED_AWAY: &str = "turned-away";
    /// The outside system that decides where calls go did not say.
    pub const HOOK_FAILED: &str = "hook-failed";
    /// A menu answered the caller's question.
    pub const CONTAINED: &str = "contained";
    /// The caller pressed nothing useful, and the menu hung up.
    pub const MENU_FAILED: &str = "menu-failed";
    /// The caller left a message.
    pub const VOICEMAIL: &str = "voicemail";
    /// The caller gave the wait in the queue up for a callback.
    pub const CALLBACK: &str = "callback";
    /// The PBX was closing down.
    pub const SHUT_DOWN: &str = "shut-down";

    /// Every cause above.
    pub const ALL: [&str; 24] = [
        ANSWERED,
        TRUNK_FULL,
        LEGS_FULL,
        RATE_LIMITED,
        LINK_FULL,
        OVERLOADED,
        CAPACITY,
        QUEUE_FULL,
        QUEUE_TIMEOUT,
        JOIN_EMPTY,
        LEAVE_EMPTY,
        ABANDONED,
        BUSY,
        NO_ANSWER,
        DECLINED,
        UNKNOWN_NUMBER,
        BLACKLISTED,
        TURNED_AWAY,
        HOOK_FAILED,
        CONTAINED,
        MENU_FAILED,
        VOICEMAIL,
        CALLBACK,
        SHUT_DOWN,
    ];

    /// The cause with this text, for readers.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static str> {
        ALL.into_iter().find(|cause| *cause == name)
    }
}

/// What `Master.csv` says of the calls, as `cdr.conf` sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CdrDetail {
    /// Every call, with all columns: `unanswered`, `congestion`, `loguniqueid`, `loguserfield` and `newcdrcolumns` on.
    #[default]
    Full,
    /// As Asterisk ships it, all of these off: calls that nobody answered and that rang no phone leave no row.
    AsteriskDefaults,
}

impl CdrDetail {
    /// Whether the file has a row for this call.
    ///
    /// Asterisk drops what has a disposition below ANSWERED and no destination channel; with `congestion=no` a
    /// CONGESTION is a FAILED, and dropped as well.
    #[must_use]
    pub fn shows(self, row: &CdrRow) -> bool {
        self == Self::Full || row.disposition == Disposition::Answered || row.agent.is_some()
    }
}

/// One call as the PBX saw it. People's time.
#[derive(Debug, Clone, PartialEq)]
pub struct CdrRow {
    /// The driver's name for the call (the SIP Call-ID on the wire).
    pub name: Arc<str>,
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub start: Instant,
    pub answer: Option<Instant>,
    /// When an agent and the caller began to talk.
    pub connected: Option<Instant>,
    pub end: Instant,
    pub disposition: Disposition,
    /// Status of a refusal.
    pub sip_status: Option<u16>,
    pub q850: Option<u8>,
    pub limiter: Option<Limiter>,
    /// The part of the calls whose limit it is, where it is not that of all.
    pub scope: Option<Arc<str>>,
    /// The PBX's own word for the end, one of [`cause`].
    pub cause: &'static str,
    pub queue: Option<Arc<str>>,
    pub agent: Option<Arc<str>>,
    pub ended_by: EndedBy,
    /// It found every channel in use, and was let in at a price.
    pub billed: bool,
    /// What its recording wrote; absent where it was not recorded.
    pub recorded_bytes: Option<u64>,
    /// The caller's type, where the PBX knows any.
    pub class: Option<Arc<str>>,
    /// The steps of its way, as `menu main > queue sales`; absent where it was sent nowhere.
    pub route: Option<Arc<str>>,
    /// What the agent says that it was about.
    pub wrap_up: Option<Arc<str>>,
    /// To whom it was handed over, one after the other, as `103 > 104`.
    pub transferred_to: Option<Arc<str>>,
}

/// One line of the queue log.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueEvent {
    pub at: Instant,
    /// The driver's name for the call; [`NO_CALL`] where an agent's presence is told and no call is concerned.
    pub call: Arc<str>,
    pub queue: Arc<str>,
    /// `NONE` in the log where no agent is concerned.
    pub agent: Option<Arc<str>>,
    pub event: QueueEventKind,
}

/// What Asterisk's log has for a call where none is concerned.
pub const NO_CALL: &str = "NONE";

/// What happened in the queue, with the fields that Asterisk logs. Positions count from 1.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueEventKind {
    /// A caller came in.
    EnterQueue { caller: Arc<str>, position: u32 },
    /// An agent picked up: after waiting `hold`, of which the phone rang for `ring`.
    Connect { hold: Duration, ring: Duration },
    /// The caller hung up after talking.
    CompleteCaller { hold: Duration, talk: Duration, original_position: u32 },
    /// The agent hung up after talking.
    CompleteAgent { hold: Duration, talk: Duration, original_position: u32 },
    /// The caller hung up while waiting.
    Abandon { position: u32, original_position: u32, wait: Duration },
    /// The maximum wait was over.
    ExitWithTimeout { position: u32, original_position: u32, wait: Duration },
    /// The last agent had gone, and the queue lets nobody wait for none.
    ExitEmpty { position: u32, original_position: u32, wait: Duration },
    /// The caller pressed a key that leads out of the queue: to a callback, or to voicemail.
    ExitWithKey { key: Arc<str>, position: u32, original_position: u32, wait: Duration },
    /// The agent sent the caller on to another number after talking.
    BlindTransfer {
        extension: Arc<str>,
        context: Arc<str>,
        hold: Duration,
        talk: Duration,
        original_position: u32,
    },
    /// The agent joined the caller to a conversation with `bridge`, and left.
    AttendedTransfer { bridge: Arc<str>, hold: Duration, talk: Duration, original_position: u32 },
    /// A waiting caller was told the position, and in how many minutes it would be over. Asterisk logs no such line.
    Announce { position: u32, minutes: u64 },
    /// An agent's phone rang for `ring` and was not answered.
    RingNoAnswer { ring: Duration },
    /// An agent's phone had rung for `ring` when the caller gave up.
    RingCanceled { ring: Duration },
    /// Somebody is to be called back. This event and the next three have no counterpart in Asterisk: its users write
    /// such lines with the application `QueueLog()`.
    CallbackRequest { origin: Origin },
    /// The customer is called, for the `attempt`th time, `wait` after the promise was made, or the firm opened.
    CallbackCall { attempt: u32, wait: Duration },
    /// The customer picked up.
    CallbackDone { attempt: u32 },
    /// The customer never did.
    CallbackFailed { attempts: u32 },
    /// An agent came on duty.
    AddMember,
    /// An agent went off duty.
    RemoveMember,
    /// An agent is offered no calls for a while.
    Pause { reason: Arc<str> },
    /// And is offered calls again.
    Unpause { reason: Arc<str> },
}

impl QueueEventKind {
    /// Asterisk's name for the event.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EnterQueue { .. } => "ENTERQUEUE",
            Self::Connect { .. } => "CONNECT",
            Self::CompleteCaller { .. } => "COMPLETECALLER",
            Self::CompleteAgent { .. } => "COMPLETEAGENT",
            Self::Abandon { .. } => "ABANDON",
            Self::ExitWithTimeout { .. } => "EXITWITHTIMEOUT",
            Self::ExitEmpty { .. } => "EXITEMPTY",
            Self::ExitWithKey { .. } => "EXITWITHKEY",
            Self::BlindTransfer { .. } => "BLINDTRANSFER",
            Self::AttendedTransfer { .. } => "ATTENDEDTRANSFER",
            Self::Announce { .. } => "ANNOUNCE",
            Self::RingNoAnswer { .. } => "RINGNOANSWER",
            Self::RingCanceled { .. } => "RINGCANCELED",
            Self::CallbackRequest { .. } => "CALLBACKREQUEST",
            Self::CallbackCall { .. } => "CALLBACKCALL",
            Self::CallbackDone { .. } => "CALLBACKDONE",
            Self::CallbackFailed { .. } => "CALLBACKFAILED",
            Self::AddMember => "ADDMEMBER",
            Self::RemoveMember => "REMOVEMEMBER",
            Self::Pause { .. } => "PAUSE",
            Self::Unpause { .. } => "UNPAUSE",
        }
    }

    /// Whether it is about somebody to be called back, whose call may be long over.
    #[must_use]
    pub const fn is_about_callback(&self) -> bool {
        matches!(
            self,
            Self::CallbackRequest { .. }
                | Self::CallbackCall { .. }
                | Self::CallbackDone { .. }
                | Self::CallbackFailed { .. }
        )
    }

    /// Whether a caller who waited has left the queue by this, for an agent or for good.
    #[must_use]
    pub const fn ends_wait(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Abandon { .. }
                | Self::ExitWithTimeout { .. }
                | Self::ExitEmpty { .. }
                | Self::ExitWithKey { .. }
        )
    }
}
