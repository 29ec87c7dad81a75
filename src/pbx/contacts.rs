//! Mail, chats and the like, which occupy the same agents as calls.
//!
//! Callers go first: a contact is taken up by an agent who is idle when all calls have been offered, and then seen to
//! its end (not preempted). Contacts of all kinds are taken up in the order in which they came, each by the agent of its
//! kind who has been idle longest.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::outcome::note::Handling;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::pbx::action::Action;
use crate::pbx::agent;
use crate::pbx::input::AgentId;
use crate::pbx::machine::Pbx;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::{Duration, Instant};

/// Contacts of one kind that may wait; of more, the newest are turned away and counted as not answered.
const WAITING_MAX: usize = 100_000;
/// A contact comes, and takes, at least this long.
const SHORTEST: Duration = Duration::from_millis(1);

/// One kind of contacts.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactKind {
    pub name: Arc<str>,
    /// How many come in a second of people's time, at random moments.
    pub per_second: f64,
    /// Work on one contact without templates.
    pub handle: Distribution,
    /// Templates make the work so many times faster; 1 without.
    pub faster: f64,
    /// Who sees to them: indices into `Config::agents`.
    pub agents: Vec<usize>,
    /// The first answer is due within this, itself included.
    pub answer_within: Duration,
}

/// Contacts that wait, and those to come.
#[derive(Debug)]
pub(super) struct Contacts(Vec<Desk>);

#[derive(Debug)]
struct Desk {
    stream: Stream,
    /// When each came, and the work that it is.
    waiting: VecDeque<(Instant, Duration)>,
    /// When the next one comes.
    arrival: Option<TimerId>,
}

impl Contacts {
    /// The deadline that the next contact of this kind is.
    pub(super) fn timer(&self, kind: usize) -> Option<TimerId> {
        self.0[kind].arrival
    }
}

/// A contact that an agent works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InWork {
    pub(super) timer: TimerId,
    kind: usize,
    arrived: Instant,
    since: Instant,
}

impl Pbx {
    /// Opens the desks for contacts, where there are any.
    pub(super) fn open_contacts(&mut self, seed: Seed) {
        if self.config.contacts.is_empty() {
            return;
        }
        let desk = |kind: u64| Desk {
            stream: seed.stream(Purpose::Contact, kind),
            waiting: VecDeque::new(),
            arrival: None,
        };
        self.contacts = Some(Contacts((0..self.config.contacts.len() as u64).map(desk).collect()));
        (0..self.config.contacts.len()).for_each(|kind| self.expect_contact(Instant::ZERO, kind));
    }

    fn expect_contact(&mut self, now: Instant, kind: usize) {
        let mean = self.config.contacts[kind].per_second.recip();
        let Some(Contacts(desks)) = &mut self.contacts else { return };
        let after = Distribution::Exponential { mean }.sample(&mut desks[kind].stream).max(SHORTEST);
        desks[kind].arrival = Some(self.timers.set(now + after, Owner::Contact(kind)));
    }

    pub(super) fn contact_comes(&mut self, now: Instant, kind: usize, actions: &mut Vec<Action>) {
        if self.shutting_down {
            return;
        }
        self.note_contact(now, kind, Handling::Arrived, actions);
        let ContactKind { handle, faster, .. } = &self.config.contacts[kind];
        if let Some(Contacts(desks)) = &mut self.contacts {
            let desk = &mut desks[kind];
            // The work comes with the contact: it is the same whoever takes it up, and when.
            let work = handle.sample(&mut desk.stream).div_f64(*faster).max(SHORTEST);
            if desk.waiting.len() < WAITING_MAX {
                desk.waiting.push_back((now, work));
            }
        }
        self.expect_contact(now, kind);
    }

    /// Idle agents take up what waits, once all calls have been offered.
    pub(super) fn take_up_contacts(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some((kind, agent)) = self.next_contact() {
            self.take_up(now, kind, agent, actions);
        }
    }

    fn next_contact(&self) -> Option<(usize, AgentId)> {
        let Contacts(desks) = self.contacts.as_ref().filter(|_| !self.shutting_down)?;
        let offers = desks.iter().enumerate().filter_map(|(kind, desk)| {
            let (arrived, _) = *desk.waiting.front()?;
            let idle = |agent: &&usize| self.agents[**agent].state.is_idle();
            let agents = self.config.contacts[kind].agents.iter().filter(idle);
            let agent = agents.min_by_key(|agent| self.agents[**agent].ticket)?;
            Some((arrived, kind, *agent))
        });
        let (_, kind, agent) = offers.min()?;
        Some((kind, AgentId(u32::try_from(agent).expect("no firm has four thousand million agents"))))
    }

    fn take_up(&mut self, now: Instant, kind: usize, agent: AgentId, actions: &mut Vec<Action>) {
        let within = self.config.contacts[kind].answer_within;
        let Some(Contacts(desks)) = &mut self.contacts else { return };
        let (arrived, work) = desks[kind].waiting.pop_front().expect("next_contact has seen one");
        self.busy_from_now(agent);
        let timer = self.timers.set(now + work, Owner::Agent(agent));
        let in_work = InWork { timer, kind, arrived, since: now };
        self.agents[agent.0 as usize].state = agent::State::AtContact(in_work);
        let wait = now - arrived;
        let answered = Handling::Answered { wait, in_time: wait <= within };
        self.note_contact(arrived, kind, answered, actions);
    }

    /// The agent has seen a contact to its end, and is free for calls.
    pub(super) fn contact_is_done(
        &mut self,
        now: Instant,
        agent: AgentId,
        done: InWork,
        actions: &mut Vec<Action>,
    ) {
        let resolved = Handling::Resolved { after: now - done.arrived, work: now - done.since };
        self.note_contact(done.arrived, done.kind, resolved, actions);
        self.idle_from_now(now, agent);
        self.offer_calls(now, actions);
    }

    fn note_contact(&self, arrived: Instant, kind: usize, handling: Handling, actions: &mut Vec<Action>) {
        let queue = Arc::clone(&self.config.contacts[kind].name);
        actions.push(Action::Noted(Box::new(Noted { at: arrived, queue, note: Note::Contact(handling) })));
    }
}
