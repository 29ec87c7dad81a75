//! What the PBX knows of its agents.

use crate::pbx::call::Place;
use crate::pbx::input::CallId;
use crate::pbx::presence::Errand;
use crate::pbx::timers::TimerId;
use crate::random::Stream;
use crate::time::Instant;

/// The order in which agents became idle; grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IdleTicket(pub(super) u64);

/// One agent, in exactly one state.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) state: State,
    /// When the agent last became idle. A phone that rang out changes nothing about it.
    pub(super) ticket: IdleTicket,
    /// Queues that the agent serves.
    pub(super) queues: Vec<usize>,
    /// Draws the wrap-up. Apart, so that what every call reads of an agent lies together.
    pub(super) stream: Box<Stream>,
    pub(super) on_duty: bool,
    /// The phone can be rung.
    pub(super) reachable: bool,
    pub(super) errand: Errand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Can take a call.
    Idle,
    /// The phone rings.
    Ringing(Ringing),
    Talking {
        call: CallId,
    },
    /// Finishing up after a call.
    WrapUp {
        timer: TimerId,
    },
    /// At a mail, chats or the like; the next is done at the deadline.
    AtContact {
        timer: TimerId,
    },
    /// Off duty or at other work.
    Away,
    /// Kept free for the customer who is being called back, for whom this call asked.
    Kept {
        of: CallId,
    },
    /// Left alone for a while after a phone that rang out.
    Resting {
        timer: TimerId,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ringing {
    pub(super) call: CallId,
    pub(super) queue: usize,
    /// The caller's place, kept while the phone rings.
    pub(super) place: Place,
    pub(super) since: Instant,
    pub(super) timer: TimerId,
}

impl State {
    /// The deadline that the agent waits for.
    pub(super) const fn timer(&self) -> Option<TimerId> {
        match self {
            Self::Idle | Self::Away | Self::Kept { .. } | Self::Talking { .. } => None,
            Self::Ringing(ringing) => Some(ringing.timer),
            Self::AtContact { timer } | Self::WrapUp { timer } | Self::Resting { timer } => Some(*timer),
        }
    }
}
