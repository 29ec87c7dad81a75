//! What can happen to the PBX.

use std::sync::Arc;

use crate::keypad::Key;
use crate::pbx::routing::Destination;
use crate::pbx::transfers::Handover;
use crate::time::Duration;

/// One inbound call, named by whoever brings it; unique for the life of the PBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// One agent: an index into the configuration's list of agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(pub u32);

/// One queue: an index into the configuration's list of queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(pub u32);

/// One limit on a part of the calls: an index into the configuration's list of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// An event. Events about calls or agents that the PBX does not know are counted and ignored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Input<'a> {
    /// A new call asks to come in. `class` is the caller's type, an index into `Config::callers`; where the PBX can't
    /// know it, 0.
    CallOffered { call: CallId, name: &'a Arc<str>, from: &'a Arc<str>, to: &'a Arc<str>, class: usize },
    /// The caller cancelled or hung up, or vanished.
    CallerHungUp { call: CallId },
    /// Somebody asks on a web page to be called back; `call` is the request's number.
    CallbackRequested { call: CallId, name: &'a Arc<str>, from: &'a Arc<str>, to: &'a Arc<str>, class: usize },
    /// The customer of an `Action::CallBack` is on the line, in a call of this number and name.
    CalledBack {
        of: CallId,
        call: CallId,
        name: &'a Arc<str>,
        from: &'a Arc<str>,
        to: &'a Arc<str>,
        class: usize,
    },
    /// The customer of an `Action::CallBack` was not reached.
    CallBackFailed { of: CallId },
    /// The caller pressed a key.
    KeyPressed { call: CallId, key: Key },
    /// The agent's phone was picked up.
    AgentAnswered { call: CallId, agent: AgentId },
    /// The agent's phone refused or could not be reached.
    AgentDeclined { call: CallId, agent: AgentId },
    /// The agent has handed the caller over to somebody else: the agent is free for the next call, this one goes on.
    AgentTransferred { call: CallId, agent: AgentId, how: Handover<'a> },
    /// Whoever talks to the caller has sent the caller on to a number of the PBX, which is dialled anew (a blind
    /// transfer), and is free. Numbers of users are not for this: their phones ring before anybody is let go. `talk` is
    /// how long the caller will then talk, where that is known and not the rest of what there was to say.
    Transferred { call: CallId, to: &'a Arc<str>, talk: Option<Duration> },
    /// The phone rings of somebody to whom the caller, or whoever talks to the caller, is handed over: a leg more, where
    /// [`Pbx::has_leg_to_hand_over`](crate::pbx::Pbx::has_leg_to_hand_over).
    HandoverRings { call: CallId },
    /// It rings no longer: nobody picked up, or it has taken the place of whoever hands over.
    HandoverOver { call: CallId },
    /// The agent ended the conversation.
    AgentHungUp { call: CallId, agent: AgentId },
    /// A phone of the user who was called rings.
    UserRings { call: CallId },
    /// A phone of the user who was called was picked up.
    UserAnswered { call: CallId },
    /// No phone of the user will be picked up: the best of the responses, 300 to 699.
    UserFailed { call: CallId, status: u16 },
    /// The user who was called ended the conversation.
    UserHungUp { call: CallId },
    /// The agent's phone can be rung from now on, or no longer. Agents can be rung unless this says otherwise.
    AgentReachable { agent: AgentId, reachable: bool },
    /// The outside system has said where the call goes, or has failed.
    RouteDecided { call: CallId, target: Option<&'a Destination> },
    /// Time has come to `next_deadline`, or some other time: harmless.
    DeadlineReached,
    /// Turn every new call away from now on, and hang up what remains.
    ShutDown,
}
