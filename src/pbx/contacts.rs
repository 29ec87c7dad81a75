//! Mail, chats and the like, which occupy the same agents as calls.
//!
//! A contact is taken up by an agent who is idle, or who has room for one more beside those in hand (several chats at
//! once), and then seen to its end. Whether it goes before callers, after them or by age is its kind's to say; among
//! contacts the one that came first is next. Of the agents of its kind that one takes it who has fewest in hand, then
//! whoever has been idle longest.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::outcome::note::Handling;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::pbx::action::Action;
use crate::pbx::agent;
use crate::pbx::hands::Hand;
use crate::pbx::hands::InHand;
use crate::pbx::input::AgentId;
use crate::pbx::machine::Pbx;
use crate::pbx::presence::Errand;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::{Duration, Instant};
use crate::traffic::profile::Intensity;
use crate::traffic::profile::Profile;

/// Contacts of one kind that may wait; of more, the newest are turned away and counted as not answered.
const WAITING_MAX: usize = 100_000;
/// A contact comes, and takes, at least this long.
const SHORTEST: Duration = Duration::from_millis(1);

/// One kind of contacts.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactKind {
    pub name: Arc<str>,
    /// How many come in a second of people's time, at random moments.
    pub profile: Profile,
    /// Work on one contact without templates, and nothing else in hand.
    pub handle: Distribution,
    /// Templates make the work so many times faster; 1 without.
    pub faster: f64,
    /// Who sees to them: indices into `Config::agents`.
    pub agents: Vec<usize>,
    /// The first answer is due within this, itself included.
    pub answer_within: Duration,
    /// How many an agent may have in hand at once, at least 1, contacts of other kinds included.
    pub concurrent: u32,
    /// With k in hand, each takes 1 + (k − 1) × `slower` times as long as alone; at least 0.
    pub slower: f64,
    pub order: ContactOrder,
}

/// Who goes first: contacts of a kind, or callers who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContactOrder {
    /// A contact waits until no caller does.
    #[default]
    CallsFirst,
    /// An agent who is free looks for contacts before callers.
    ContactsFirst,
    /// Whoever has waited longer.
    ByAge,
}

/// Contacts that wait, those in hand, and those to come.
#[derive(Debug)]
pub(super) struct Contacts {
    desks: Vec<Desk>,
    /// By agent.
    hands: Vec<Hand>,
    /// Some kinds may go before callers.
    may_go_first: bool,
}

#[derive(Debug)]
struct Desk {
    stream: Stream,
    intensity: Intensity,
    /// Contacts expected by the next one.
    expected: f64,
    /// When each came, and the work that it is.
    waiting: VecDeque<(Instant, Duration)>,
    /// When the next one comes.
    arrival: Option<TimerId>,
}

impl Contacts {
    /// The deadline that the next contact of this kind is.
    pub(super) fn timer(&self, kind: usize) -> Option<TimerId> {
        self.desks[kind].arrival
    }
}

/// When contacts are taken up: before callers are offered to idle agents, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    BeforeCalls,
    AfterCalls,
}

impl Pbx {
    /// Opens the desks for contacts, where there are any.
    pub(super) fn open_contacts(&mut self, seed: Seed) {
        let kinds = &self.config.contacts;
        if kinds.is_empty() {
            return;
        }
        let desk = |(index, kind): (u64, &ContactKind)| Desk {
            stream: seed.stream(Purpose::Contact, index),
            intensity: Intensity::new(&kind.profile, seed),
            expected: 0.0,
            waiting: VecDeque::new(),
            arrival: None,
        };
        self.contacts = Some(Contacts {
            desks: (0..).zip(kinds).map(desk).collect(),
            hands: (0..self.agents.len()).map(|_| Hand::default()).collect(),
            may_go_first: kinds.iter().any(|kind| kind.order != ContactOrder::CallsFirst),
        });
        (0..self.config.contacts.len()).for_each(|kind| self.expect_contact(Instant::ZERO, kind));
    }

    fn expect_contact(&mut self, now: Instant, kind: usize) {
        let Some(Contacts { desks, .. }) = &mut self.contacts else { return };
        let desk = &mut desks[kind];
        desk.expected += desk.stream.exponential();
        let at = desk.intensity.time_of(desk.expected).map(Instant::from_secs_f64);
        desk.arrival = at.map(|at| self.timers.set(at.max(now + SHORTEST), Owner::Contact(kind)));
    }

    pub(super) fn contact_comes(&mut self, now: Instant, kind: usize, actions: &mut Vec<Action>) {
        if self.shutting_down {
            return;
        }
        self.note_contact(now, kind, Handling::Arrived, actions);
        let ContactKind { handle, faster, .. } = &self.config.contacts[kind];
        if let Some(Contacts { desks, .. }) = &mut self.contacts {
            let desk = &mut desks[kind];
            // The work comes with the contact: it is the same whoever takes it up, and when.
            let work = handle.sample(&mut desk.stream).div_f64(*faster).max(SHORTEST);
            if desk.waiting.len() < WAITING_MAX {
                desk.waiting.push_back((now, work));
            }
        }
        self.expect_contact(now, kind);
    }

    /// Agents take up what waits, once all calls have been offered.
    pub(super) fn take_up_contacts(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some((kind, agent)) = self.next_contact(Turn::AfterCalls) {
            self.take_up(now, kind, agent, actions);
        }
    }

    /// Idle agents take up what goes before callers, where any kind does.
    #[inline]
    pub(super) fn take_up_before_calls(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while self.contacts.as_ref().is_some_and(|contacts| contacts.may_go_first)
            && let Some((kind, agent)) = self.next_contact(Turn::BeforeCalls)
        {
            self.take_up(now, kind, agent, actions);
        }
    }

    fn next_contact(&self, turn: Turn) -> Option<(usize, AgentId)> {
        let Contacts { desks, hands, .. } = self.contacts.as_ref().filter(|_| !self.shutting_down)?;
        let offers = desks.iter().enumerate().filter_map(|(index, desk)| {
            let (arrived, _) = *desk.waiting.front()?;
            let kind = &self.config.contacts[index];
            let free = kind.agents.iter().filter(|agent| self.may_take(kind, arrived, **agent, turn));
            let agent = free.min_by_key(|agent| (hands[**agent].len(), self.agents[**agent].ticket))?;
            Some((arrived, index, *agent))
        });
        let (_, kind, agent) = offers.min()?;
        Some((kind, AgentId(u32::try_from(agent).expect("no firm has four thousand million agents"))))
    }

    /// Whether this agent takes up a contact of that kind and age at this moment.
    fn may_take(&self, kind: &ContactKind, arrived: Instant, index: usize, turn: Turn) -> bool {
        let agent = &self.agents[index];
        let goes_first = match kind.order {
            ContactOrder::CallsFirst => false,
            ContactOrder::ContactsFirst => true,
            ContactOrder::ByAge => self.longest_waiting(index).is_none_or(|since| arrived <= since),
        };
        match agent.state {
            agent::State::Idle => goes_first || turn == Turn::AfterCalls,
            agent::State::AtContact { .. } => {
                // Beside what is in hand no more is taken while callers wait who go first: they would wait for ever.
                let stays = agent.on_duty && agent.errand == Errand::None;
                let caller_waits = || self.longest_waiting(index).is_some();
                turn == Turn::AfterCalls
                    && stays
                    && self.has_room(index, kind)
                    && (goes_first || !caller_waits())
            }
            _ => false,
        }
    }

    /// Whether one more of that kind goes into the agent's hand.
    fn has_room(&self, agent: usize, kind: &ContactKind) -> bool {
        let Some(Contacts { hands, .. }) = &self.contacts else { return false };
        let most = |kind: &ContactKind| kind.concurrent as usize;
        let kinds = hands[agent].kinds().map(|kind| most(&self.config.contacts[kind]));
        hands[agent].len() < kinds.fold(most(kind), usize::min)
    }

    /// Since when the caller waits who is next in line of the agent's queues: for whom no phone rings and the agent would do.
    fn longest_waiting(&self, agent: usize) -> Option<Instant> {
        let id = AgentId(u32::try_from(agent).ok()?);
        let next = |queue: &usize| {
            let (_, call) = self.queues[*queue].next_in_line_for(id)?;
            self.waits_since(call)
        };
        self.agents[agent].queues.iter().filter_map(next).min()
    }

    fn take_up(&mut self, now: Instant, kind: usize, agent: AgentId, actions: &mut Vec<Action>) {
        let within = self.config.contacts[kind].answer_within;
        if self.agents[agent.0 as usize].state.is_idle() {
            self.busy_from_now(agent);
        }
        let Some(Contacts { desks, hands, .. }) = &mut self.contacts else { return };
        let (arrived, work) = desks[kind].waiting.pop_front().expect("next_contact has seen one");
        let hand = &mut hands[agent.0 as usize];
        hand.advance(now, &self.config.contacts);
        hand.take(InHand { kind, arrived, left: work, spent: Duration::ZERO });
        self.await_next_done(now, agent);
        let wait = now - arrived;
        let answered = Handling::Answered { wait, in_time: wait <= within };
        self.note_contact(arrived, kind, answered, actions);
    }

    /// The agent's deadline is when the next contact in hand is done.
    fn await_next_done(&mut self, now: Instant, agent: AgentId) {
        let Some(Contacts { hands, .. }) = &self.contacts else { return };
        let Some(after) = hands[agent.0 as usize].next_done(&self.config.contacts) else { return };
        let timer = self.timers.set(now + after, Owner::Agent(agent));
        let state = &mut self.agents[agent.0 as usize].state;
        if let agent::State::AtContact { timer: earlier } = *state {
            self.timers.forget(earlier);
        }
        *state = agent::State::AtContact { timer };
    }

    /// The agent has seen a contact to its end, and with the last in hand is free for calls.
    pub(super) fn contact_is_done(&mut self, now: Instant, agent: AgentId, actions: &mut Vec<Action>) {
        let Some(Contacts { hands, .. }) = &mut self.contacts else { return };
        let hand = &mut hands[agent.0 as usize];
        hand.advance(now, &self.config.contacts);
        let done = hand.put_down();
        let (is_empty, since) = (hand.len() == 0, hand.since());
        let last = done.last().map(|last| last.kind);
        for InHand { kind, arrived, spent, .. } in done {
            let resolved = Handling::Resolved { after: now - arrived, work: spent };
            self.note_contact(arrived, kind, resolved, actions);
        }
        if is_empty {
            if let Some(kind) = last {
                let note = Note::AtContacts { agent: agent.0, lasting: now - since };
                let queue = Arc::clone(&self.config.contacts[kind].name);
                actions.push(Action::Noted(Box::new(Noted { at: since, queue, note })));
            }
            self.idle_from_now(now, agent);
            self.offer_calls(now, actions);
        } else {
            self.await_next_done(now, agent);
        }
    }

    fn note_contact(&self, arrived: Instant, kind: usize, handling: Handling, actions: &mut Vec<Action>) {
        let queue = Arc::clone(&self.config.contacts[kind].name);
        actions.push(Action::Noted(Box::new(Noted { at: arrived, queue, note: Note::Contact(handling) })));
    }
}
