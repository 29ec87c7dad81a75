//! What the PBX tells of its work and no single record of a call shows: for figures, with and without books.

use std::sync::Arc;

use crate::time::{Duration, Instant};

/// Something that happened in a queue, in people's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When it happened; of flows, callers sent on, contractors and contacts, when the call or contact came.
    pub at: Instant,
    pub queue: Arc<str>,
    pub note: Note,
}

/// What it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The wait of a caller who has an owner among the queue's agents is over.
    Owner(OwnerMet),
    /// A caller of a queue that passes callers on, or that a contractor answers.
    Flow(Flow),
    /// What the contractor who answers the queue has done.
    Contractor(Contracted),
    /// The queue has sent a caller on whom it does not keep.
    SentOn(Unkept),
    /// Of somebody to be called back; noted at the time of the request.
    Callback(CallbackStep),
    /// A mail, a chat or the like: its kind stands in the queue's place.
    Contact(Handling),
    /// This agent, by place in the scenario, has had one contact or several in hand for so long, and has none any more.
    AtContacts { agent: u32, lasting: Duration },
    /// Of callers whom the queue's agents send on.
    Passed(Passed),
    /// A caller's wait in the queue is over, where any agents send callers on.
    Visit(Visit),
}

/// Of callers whom agents send on to another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// An agent of a queue whose agents send callers on has picked up.
    Conversation,
    /// The agent has sent the caller on, by this one of the queue's ways.
    SentOn { way: usize },
    /// This agent, by place in the scenario, had talked for so long and has sent the caller on.
    Talked { agent: u32, talk: Duration },
    /// A call that was sent on is over. Its record counts with this agent, the last: others talked for `talk` of it, and
    /// where it was over before anybody else `talks`, the agent's own part was told of before.
    Others { agent: u32, talk: Duration, talks: bool },
}

/// How a caller's wait in a queue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// By an agent who picked up.
    pub answered: bool,
    /// An agent had sent the caller on to here.
    pub sent_here: bool,
    pub wait: Duration,
}

/// Why a queue does not keep a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unkept {
    /// No place.
    Full,
    /// The longest wait is over.
    TimedOut,
    /// Nobody is there, at the door or any more.
    Empty,
}

impl Unkept {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Full, Self::TimedOut, Self::Empty];

    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::TimedOut => "timeout",
            Self::Empty => "empty",
        }
    }
}

/// One step of a contact that is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    Arrived,
    /// An agent has taken it up.
    Answered {
        wait: Duration,
        in_time: bool,
    },
    Resolved {
        /// From its arrival on.
        after: Duration,
        /// The agent's time.
        work: Duration,
    },
}

/// Where a caller of a queue stands. Who has entered ends in exactly one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Entered,
    /// An agent of the firm picked up.
    Own,
    /// An agent of the contractor's picked up.
    Outsourced,
    /// Nobody picked up.
    Lost,
}

/// One step of a contractor's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contracted {
    /// A caller was passed on to the contractor, or came straight to them.
    Offered,
    Answered {
        /// Within the time that was promised.
        in_time: bool,
    },
    /// Not taken in time: the caller has gone back to the queue of the firm.
    HandedBack,
    /// The caller or the queue gave up.
    Lost,
    /// A conversation is over.
    Charged {
        /// Steps of the contractor's tariff.
        steps: u64,
    },
}

/// One step of a callback. Who was requested is reached, given up, or still to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackStep {
    Requested(CallbackOrigin),
    /// The customer is called, for the `attempt`th time, so long after the promise was made, or after the next opening.
    Called {
        attempt: u32,
        wait: Duration,
    },
    /// The customer picked up.
    Reached,
    /// Every call was in vain.
    GivenUp,
}

/// Where the request for a callback came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallbackOrigin {
    /// A message left at the voicemail.
    Voicemail,
    /// A caller who waited in a queue.
    Queue,
    /// A form on a web page.
    Web,
}

impl CallbackOrigin {
    /// Every origin.
    pub const ALL: [Self; 3] = [Self::Voicemail, Self::Queue, Self::Web];

    /// What the queue's log calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Voicemail => "voicemail",
            Self::Queue => "queue",
            Self::Web => "web",
        }
    }

    /// The origin of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// Whether a caller's owner took the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerMet {
    /// The owner.
    Reached,
    /// Somebody else, because the owner was busy, away, or did not pick up in time.
    FellBack,
    /// Nobody: the caller or the queue gave up.
    Gone,
}
