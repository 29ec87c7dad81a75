//! What the PBX knows of an admitted call.

use std::sync::Arc;

use crate::pbx::input::AgentId;
use crate::pbx::input::QueueId;
use crate::pbx::menu::InMenu;
use crate::pbx::timers::TimerId;
use crate::pbx::transfers::Served;
use crate::pbx::transfers::Transferred;
use crate::pbx::voicemail::Recording;
use crate::time::Instant;

/// A caller's place in line: after those of higher or equal priority, before those of lower (Asterisk's `QUEUE_PRIO`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Grows as the priority falls; 0 without one.
    pub(super) behind: i32,
    /// The number of the entry, counted over all queues.
    pub(super) entry: u64,
}

/// An admitted call. It holds its circuit for as long as it is in the PBX's table.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: Arc<str>,
    pub(super) from: Arc<str>,
    pub(super) to: Arc<str>,
    /// The caller's type: an index into `Config::callers`.
    pub(super) class: usize,
    pub(super) start: Instant,
    pub(super) state: State,
    /// Where the call has been, where books are kept.
    pub(super) route: Option<Arc<str>>,
    /// Of a call that queues have not kept.
    pub(super) sent_on: Option<SentOn>,
    /// How many callbacks in a row have led to this call; 0 if the customer calls.
    pub(super) called_back: u8,
    /// Of a caller whom somebody has transferred to another number.
    pub(super) transferred: Option<Box<Transferred>>,
    /// Phones that ring for somebody to whom the call is handed over.
    pub(super) handovers: u8,
}

/// What became of a call that queues have not kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct SentOn {
    /// The last of them.
    pub(super) asked: usize,
    /// The last of them in whose line the caller stood.
    pub(super) stood: Option<usize>,
    pub(super) hops: u8,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    /// At the door: not admitted, or not yet sent anywhere.
    Arriving,
    /// Admitted, and waiting for its turn to be set up.
    SettingUp { timer: TimerId },
    /// An outside system is asked where to. A caller who was sent on has been answered before.
    Asking { timer: TimerId, answered: Option<Instant> },
    /// The called side is being alerted.
    Ringing { timer: TimerId, then: Then },
    /// Answered by the PBX itself, or by a user, whose phone takes a leg.
    Answered { at: Instant, by_user: bool },
    /// In a menu.
    Menu(InMenu),
    /// At the voicemail.
    Recording(Recording),
    /// Waiting for an agent.
    Queued(Queued),
    /// With an agent.
    Talking(Talking),
}

/// What follows the ringing of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Answer,
    NoAnswer,
    /// Whatever the phones of the user who was called make of it.
    UserAnswers,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Queued {
    pub(super) queue: usize,
    pub(super) place: Place,
    pub(super) entered: Instant,
    /// Callers ahead on entry, plus one.
    pub(super) original_position: u32,
    /// When the queue answered, if it did so on entry.
    pub(super) answered: Option<Instant>,
    /// The agent whose phone rings for this caller.
    pub(super) ringing: Option<AgentId>,
    /// End of the maximum wait.
    pub(super) timer: Option<TimerId>,
    /// Who is asked before anybody else.
    pub(super) owner: Option<AgentId>,
    /// When the caller will be offered a callback.
    pub(super) offer: Option<TimerId>,
    /// Of a caller who was passed on: from where.
    pub(super) origin: Option<Origin>,
}

/// Where a caller stood before being passed on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) queue: usize,
    pub(super) place: Place,
    /// Who was to serve the caller there.
    pub(super) owner: Option<AgentId>,
    /// The caller has come back, and stays.
    pub(super) is_back: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Talking {
    pub(super) queue: usize,
    pub(super) agent: AgentId,
    pub(super) entered: Instant,
    pub(super) original_position: u32,
    pub(super) answered: Instant,
    pub(super) connected: Instant,
    /// The agent has handed the caller over, and is free: somebody else talks.
    pub(super) handed_over: bool,
}

impl State {
    /// The deadline that the call waits for.
    pub(super) const fn timer(&self) -> Option<TimerId> {
        match self {
            Self::SettingUp { timer } | Self::Ringing { timer, .. } | Self::Asking { timer, .. } => {
                Some(*timer)
            }
            Self::Menu(at) => Some(at.timer),
            Self::Recording(at) => Some(at.timer),
            Self::Queued(queued) => queued.timer,
            Self::Arriving | Self::Answered { .. } | Self::Talking(_) => None,
        }
    }
}

impl State {
    /// When the caller will be offered a callback.
    pub(super) const fn offer(&self) -> Option<TimerId> {
        match self {
            Self::Queued(queued) => queued.offer,
            _ => None,
        }
    }
}

impl Call {
    /// The queue that the caller waits in or was answered from last.
    pub(super) fn queue(&self) -> Option<QueueId> {
        match self.state {
            State::Queued(queued) => Some(queue_id(queued.queue)),
            State::Talking(talking) => Some(queue_id(talking.queue)),
            _ => self.left().map(queue_id),
        }
    }

    /// The queue that the caller was in before being sent elsewhere: by it, or by its agent.
    fn left(&self) -> Option<usize> {
        let stood = self.sent_on.and_then(|sent_on| sent_on.stood);
        stood.or_else(|| self.served().map(|served| served.queue))
    }

    /// The agent who talks to the caller, or has done so last.
    pub(super) fn served(&self) -> Option<Served> {
        match self.state {
            State::Talking(Talking { queue, agent, connected, .. }) => {
                Some(Served { queue, agent, connected })
            }
            _ => self.transferred.as_ref().and_then(|transferred| transferred.served),
        }
    }

    /// When the caller got a 200.
    pub(super) const fn answered(&self) -> Option<Instant> {
        match self.state {
            State::Arriving | State::SettingUp { .. } | State::Ringing { .. } => None,
            State::Asking { answered, .. } => answered,
            State::Answered { at, .. } => Some(at),
            State::Menu(at) => Some(at.answered),
            State::Recording(at) => Some(at.answered),
            State::Queued(queued) => queued.answered,
            State::Talking(talking) => Some(talking.answered),
        }
    }
}

/// The number of the queue at this place of the configuration.
pub(super) fn queue_id(place: usize) -> QueueId {
    QueueId(u32::try_from(place).expect("no firm has four thousand million queues"))
}
