//! What the PBX decides.
//!
//! Queues and agents appear as places in the configuration: whoever writes a name down asks [`Pbx::queue_name`] and
//! [`Pbx::agent_name`], and the rest copies a number.
//!
//! [`Pbx::queue_name`]: crate::pbx::Pbx::queue_name
//! [`Pbx::agent_name`]: crate::pbx::Pbx::agent_name

use std::sync::Arc;

use crate::keypad::Key;
use crate::outcome::Limiter;
use crate::outcome::note::Noted;
use crate::pbx::config::Refusal;
use crate::pbx::input::{AgentId, CallId, QueueId, ScopeId};
use crate::pbx::menu::MenuEvent;
use crate::time::Duration;

/// A consequence, for the driver to carry out.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The called side is being alerted (180).
    Ring { call: CallId, queue: Option<QueueId> },
    /// Accept the call (200).
    Answer { call: CallId, by: AnsweredBy, queue: Option<QueueId> },
    /// Turn the call away.
    Reject {
        call: CallId,
        /// A status or silence; "answer, then hang up" arrives as `Answer` and `HangUp`.
        refusal: Box<Refusal>,
        limiter: Option<Limiter>,
        /// The PBX's own word, one of `books::cause`.
        cause: &'static str,
        /// The part of the calls whose limit it is, where it is not that of all.
        scope: Option<ScopeId>,
        queue: Option<QueueId>,
    },
    /// Ring the agent's phone for at most `ring_timeout`.
    OfferAgent { call: CallId, agent: AgentId, ring_timeout: Duration },
    /// Stop ringing the agent's phone.
    WithdrawOffer { call: CallId, agent: AgentId },
    /// Ring the phones of this user for at most `ring_timeout`.
    Dial { call: CallId, user: Arc<str>, ring_timeout: Duration },
    /// Stop ringing the user's phones.
    StopDialling { call: CallId },
    /// Caller and agent talk from now on. Follows `Answer` where the call was not answered on entry.
    Connect { call: CallId, agent: AgentId },
    /// The customer whose call this is, or was, will be called back: remember where to.
    WillCallBack { of: CallId, from: Arc<str>, to: Arc<str> },
    /// Every call to the customer was in vain: none will follow.
    WillNotCallBack { of: CallId },
    /// Call the customer back whose call this was; `Input::CalledBack` says that they are on the line,
    /// `Input::CallBackFailed` that they are not. Tries count from 1.
    CallBack { of: CallId, attempt: u32 },
    /// Stop ringing the customer's phone.
    StopCallingBack { of: CallId },
    /// A caller who has been answered hears something else from now on.
    Hear { call: CallId, what: Hears },
    /// The sound of a call has been so bad for so long that whoever hears it hangs up: the link's packets are lost, as
    /// a model sees it. On the wire the packets are really lost, and who hears it decides.
    SoundLost { call: CallId },
    /// End an answered call. The last four are the evidence that goes with it, as in `Reject`.
    HangUp {
        call: CallId,
        reason: HangUpReason,
        q850: Option<u8>,
        limiter: Option<Limiter>,
        cause: &'static str,
        scope: Option<ScopeId>,
    },
    /// Ask the outside system where this call goes; `Input::RouteDecided` is its answer.
    AskRoute(Box<crate::pbx::routing::Question>),
    /// A call set something off.
    Triggered(Box<crate::pbx::routing::Triggered>),
    /// A finished row of the call detail records: one per call offered, refused ones included.
    CallEnded(Box<crate::pbx::books::CdrRow>),
    /// A line of the queue's own log.
    QueueEvent(Box<crate::pbx::books::QueueEvent>),
    /// Something that figures want to know.
    Noted(Box<Noted>),
    /// A line of the log of menus.
    MenuEvent(Box<MenuEvent>),
    /// What a [`Pbx::without_books`](crate::pbx::Pbx::without_books) says instead of most lines of the queue's log:
    /// a caller joined a queue.
    QueueJoined,
    /// And: a caller left a queue, for an agent or for good.
    QueueLeft,
}

/// Who accepted a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The PBX itself, standing in for whoever was called.
    Pbx,
    /// Somebody to whom a queue has sent the caller on, the PBX standing in for them.
    Outside,
    /// The user who was called.
    User,
    /// The queue, before any agent picked up.
    Queue,
    /// The menu with this index, whose prompt plays from now on.
    Menu { menu: usize },
    /// The voicemail.
    Voicemail,
    /// An agent, on pick-up.
    Agent(AgentId),
}

/// What a caller who has been answered hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hears {
    /// The prompt of the menu with this index.
    Prompt { menu: usize },
    /// The branch of this key, with its answer if it has one.
    Branch { menu: usize, key: Key },
    /// Nobody any more: whoever talked to them has sent them on. What they hear instead follows. `talk` is what they
    /// will then say; absent: the rest of what there was to say.
    Transferred { talk: Option<Duration> },
    /// This queue.
    Queue(QueueId),
    /// The voicemail.
    Voicemail,
    /// That this key gets them a callback, and keeps their place.
    CallbackOffer { key: Key },
    /// A person, or the PBX standing in for one.
    Person,
}

/// Why the PBX ends an answered call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HangUpReason {
    /// The agent hung up.
    Agent,
    /// The user who was called hung up.
    User,
    /// The queue's maximum wait is over.
    QueueTimeout,
    /// Nobody is there to wait for any more.
    QueueEmpty,
    /// Answered only to be turned away: the refusal profile "answer, then hang up".
    Refused,
    /// A menu led to the end of the call.
    Menu,
    /// The caller will be called back.
    Callback,
    /// The PBX is shutting down.
    ShutDown,
}
