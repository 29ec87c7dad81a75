//! Callers who are sent on by whoever talks to them: to somebody else, or to another number of the PBX, where they are
//! a new arrival.
//!
//! Whoever sends a caller on is free at once. The caller keeps the circuit, and the limits on parts of the calls look at
//! the new number from then on; if one of them says no, or the queue there is full, the caller is lost there and for that
//! reason. It is one call with one row: its queue and agent are the last ones, `transferred_to` names the way.

use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::action::Hears;
use crate::pbx::admission::Offer;
use crate::pbx::books::QueueEventKind;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::call::Talking;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::machine::Pbx;
use crate::time::{Duration, Instant};

pub use habits::Round;
pub use habits::TRANSFERS_MAX;
pub use habits::Transfer;
pub use habits::circles;
pub use habits::destinations;
pub use habits::is_nowhere;

mod habits;
mod notes;

/// The part of the dial plan that a number belongs to, as Asterisk names it, and our `Master.csv`.
const CONTEXT: &str = "public";
/// Longest way that is written down, in bytes.
const WAY_MAX: usize = 200;

/// How an agent hands a caller over to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handover<'a> {
    /// To somebody at this number, whom the agent has not spoken with (a blind transfer).
    Blind { to: &'a Arc<str> },
    /// To somebody with whom the agent has spoken, in a conversation of this name (an attended transfer).
    Attended { with: &'a Arc<str> },
}

/// Where a number leads a caller who has been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// Nowhere: there is no such number.
    Nowhere,
    /// To the phones of the user with this number.
    ToUser,
    /// To a queue, a menu, the voicemail, or wherever calls to it go: `Input::Transferred` sends the caller there.
    Onward,
}

/// Of a caller who was sent on.
#[derive(Debug)]
pub(super) struct Transferred {
    /// The last number.
    pub(super) number: Arc<str>,
    /// All numbers, one after the other.
    pub(super) way: Arc<str>,
    /// When the last time was.
    pub(super) at: Instant,
    /// How long people have talked to the caller before.
    pub(super) talked: Duration,
    /// The last agent who did.
    pub(super) served: Option<Served>,
    /// How many numbers that were, as far as they are counted.
    pub(super) times: u8,
}

/// An agent of a queue who talks to a caller, or has done so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served {
    pub(super) queue: usize,
    pub(super) agent: AgentId,
    pub(super) connected: Instant,
}

/// Of an agent with a caller of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversation {
    /// The queue's place in the configuration.
    pub queue: usize,
    pub agent: AgentId,
    pub since: Instant,
}

/// How an agent's conversation is over.
#[derive(Debug, Clone, Copy)]
pub(super) enum Over<'a> {
    Caller,
    Agent,
    Handed(Handover<'a>),
}

impl Pbx {
    /// Where `to` leads the caller of this call, if somebody sends the caller there now.
    #[must_use]
    pub fn leads(&self, now: Instant, call: CallId, to: &str) -> Leads {
        let class = self.calls.get(&call).map_or(0, |call| call.class);
        match self.destination_of(now, class, to) {
            Destination::Unknown => Leads::Nowhere,
            Destination::Extension(number) => match self.config.extensions.get(&number) {
                Some(Extension::Unknown) | None => Leads::Nowhere,
                Some(Extension::User(_)) => Leads::ToUser,
                Some(_) => Leads::Onward,
            },
            _ => Leads::Onward,
        }
    }

    /// The conversation that an agent has with this caller, if there is one.
    #[must_use]
    pub fn conversation(&self, call: CallId) -> Option<Conversation> {
        match self.calls.get(&call)?.state {
            State::Talking(Talking { queue, agent, connected, handed_over: false, .. }) => {
                Some(Conversation { queue, agent, since: connected })
            }
            _ => None,
        }
    }

    /// Whether an agent who is played sends this caller on to `to`: not for ever, and not to nowhere.
    #[must_use]
    pub fn may_send_on(&self, now: Instant, call: CallId, to: &str) -> bool {
        let transferred = self.calls.get(&call).and_then(|call| call.transferred.as_deref());
        transferred.is_none_or(|transferred| transferred.times < TRANSFERS_MAX)
            && self.leads(now, call, to) == Leads::Onward
    }

    /// The agent hands the caller over, and is free after the wrap-up. In the queue's log the agent's part is complete.
    pub(super) fn agent_transferred(
        &mut self,
        now: Instant,
        id: CallId,
        agent: AgentId,
        how: Handover<'_>,
        actions: &mut Vec<Action>,
    ) {
        let state = self.calls.get_mut(&id).map(|call| &mut call.state);
        let Some(State::Talking(talking)) = state.filter(|state| {
            matches!(state, State::Talking(talking) if talking.agent == agent && !talking.handed_over)
        }) else {
            return self.ignore();
        };
        talking.handed_over = true;
        let talking = *talking;
        self.log_over(now, id, talking, Over::Handed(how), actions);
        self.wrap_up(now, agent, actions);
    }

    /// Whether a leg is free for the phone of somebody to whom a call is to be handed over.
    #[must_use]
    pub fn has_leg_to_hand_over(&self) -> bool {
        self.admission.has_leg_for_agent()
    }

    pub(super) fn handover_rings(&mut self, id: CallId) {
        let has_leg = self.has_leg_to_hand_over();
        match self.calls.get_mut(&id).filter(|call| has_leg && call.handovers < u8::MAX) {
            Some(call) => call.handovers += 1,
            None => return self.ignore(),
        }
        self.admission.seize_agent_leg(id);
    }

    pub(super) fn handover_over(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        match self.calls.get_mut(&id).filter(|call| call.handovers > 0) {
            Some(call) => call.handovers -= 1,
            None => return self.ignore(),
        }
        self.admission.release_agent_leg(id);
        self.offer_freed_legs(now, actions);
    }

    /// Sends a caller whom somebody talks to, to another number, as if it had been dialled.
    pub(super) fn transfer(
        &mut self,
        now: Instant,
        id: CallId,
        to: &Arc<str>,
        talk: Option<Duration>,
        actions: &mut Vec<Action>,
    ) {
        let state = self.calls.get(&id).map(|call| call.state);
        let Some(state @ (State::Answered { .. } | State::Talking(_))) = state else { return self.ignore() };
        if self.leads(now, id, to) != Leads::Onward {
            return self.ignore();
        }
        let freed = match state {
            State::Talking(talking) if !talking.handed_over => {
                self.note_sent_on(now, id, talking, to, actions);
                self.log_over(now, id, talking, Over::Handed(Handover::Blind { to }), actions);
                Some(talking.agent)
            }
            _ => None,
        };
        if !matches!(state, State::Answered { by_user: false, .. }) {
            // Whoever has talked to the caller is on the line no more.
            self.admission.release_agent_leg(id);
        }
        actions.push(Action::Hear { call: id, what: Hears::Transferred { talk } });
        let call = self.take(id);
        self.note_charge(now, &call, actions);
        self.arrive_anew(now, id, call, to, actions);
        if let Some(agent) = freed {
            self.wrap_up(now, agent, actions);
        }
        self.offer_freed_legs(now, actions);
    }

    fn arrive_anew(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        to: &Arc<str>,
        actions: &mut Vec<Action>,
    ) {
        let moved = self.admission.change_number(now, call.offer(id), Offer { to, ..call.offer(id) });
        let (talked, served) = (call.talk(now), call.served());
        let at = call.answered().expect("only a caller who has been answered is sent on");
        call.state = State::Answered { at, by_user: false };
        let way = match call.transferred.as_deref() {
            None => Arc::clone(to),
            Some(before) if before.way.len() > WAY_MAX => Arc::clone(&before.way),
            Some(before) => format!("{} > {to}", before.way).into(),
        };
        let number = match (&moved, call.transferred.as_deref()) {
            (Ok(()), _) => Arc::clone(to),
            // It still counts where it came from, until its end gives that back.
            (Err(_), Some(before)) => Arc::clone(&before.number),
            (Err(_), None) => Arc::clone(&call.to),
        };
        let times = call.transferred.as_deref().map_or(1, |before| before.times.saturating_add(1));
        call.transferred = Some(Box::new(Transferred { number, way, at: now, talked, served, times }));
        match moved {
            Ok(()) => {
                let destination = self.destination_of(now, call.class, to);
                self.send(now, id, call, destination, actions);
            }
            Err(refused) => self.refuse(now, id, call, refused, actions),
        }
    }

    /// The PBX speaks to a caller who has been answered, standing in for whoever was called.
    pub(super) fn stand_in(&mut self, id: CallId, mut call: Box<Call>, actions: &mut Vec<Action>) {
        let at = call.answered().expect("only a caller who has been answered is put through so");
        call.state = State::Answered { at, by_user: false };
        self.calls.insert(id, call);
        actions.push(Action::Hear { call: id, what: Hears::Person });
    }

    /// Writes that an agent's conversation is over, and counts it.
    pub(super) fn log_over(
        &mut self,
        now: Instant,
        id: CallId,
        talking: Talking,
        over: Over<'_>,
        actions: &mut Vec<Action>,
    ) {
        let talk = now - talking.connected;
        if self.keeps_books {
            let (hold, original_position) = (talking.connected - talking.entered, talking.original_position);
            let event = match over {
                Over::Caller => QueueEventKind::CompleteCaller { hold, talk, original_position },
                Over::Agent => QueueEventKind::CompleteAgent { hold, talk, original_position },
                Over::Handed(Handover::Blind { to }) => {
                    let (extension, context) = (Arc::clone(to), Arc::from(CONTEXT));
                    QueueEventKind::BlindTransfer { extension, context, hold, talk, original_position }
                }
                Over::Handed(Handover::Attended { with }) => {
                    let bridge = Arc::clone(with);
                    QueueEventKind::AttendedTransfer { bridge, hold, talk, original_position }
                }
            };
            self.log(now, id, talking.queue, Some(talking.agent), event, actions);
        }
        self.queues[talking.queue].call_over(talking.agent, now, talk);
    }
}
