//! A PBX together with its agents: one machine for the simulation and for the live PBX.
//!
//! Offers to agents, and calls to users, are answered inside, from their habits; what comes out concerns callers and
//! books only. A PBX on the wire has real phones as well ([`StaffedPbx::with_phones`]): what concerns those comes out,
//! too.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::endpoint::modelled_hook::ModelledHook;
use crate::endpoint::passing::Desks;
use crate::endpoint::passing::Plan;
use crate::party::agent::Agent;
use crate::party::agent::Decision;
use crate::pbx::Action;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::pbx::Config;
use crate::pbx::Input;
use crate::pbx::Pbx;
use crate::pbx::config::Extension;
use crate::random::Seed;
use crate::time::{Duration, Instant};

/// Users' habits are drawn apart from those of agents.
const USERS: u32 = 1 << 31;

/// The reference PBX and its staff. All times are people's.
#[derive(Debug)]
pub struct StaffedPbx {
    pbx: Pbx,
    agents: Vec<Desk>,
    /// The phone that will be picked up first, if it is not among `pick_ups`: mostly the only one.
    first_pick_up: Option<(Instant, AgentId)>,
    /// Phones that will be picked up later, in order of time.
    pick_ups: BTreeSet<(Instant, AgentId)>,
    /// Who has a phone and a number, by number; empty where their phones are real.
    users: BTreeMap<Arc<str>, Agent>,
    /// Users who will pick up, in order of time.
    user_pick_ups: BTreeSet<(Instant, CallId)>,
    /// Calls to users whose phones ring, and when they will be picked up.
    dialled: BTreeMap<CallId, Option<Instant>>,
    /// Callers whom agents send on, where any do.
    desks: Option<Box<Desks>>,
    /// Only agents pick up: there are no users, no outside system is played, and nobody is sent on.
    only_agents: bool,
    /// Registered phones ring for users, and for agents who have one.
    has_phones: bool,
    /// The outside system that decides routes, where it is played.
    hook: Option<ModelledHook>,
    /// Actions of the PBX not yet looked through; empty between calls.
    undecided: Vec<Action>,
    phones_rung: u64,
}

/// An agent and the phone that will be picked up.
#[derive(Debug)]
struct Desk {
    agent: Agent,
    /// The user whose phones ring for the agent.
    phone: Option<Arc<str>>,
    pick_up: Option<(Instant, CallId)>,
}

impl StaffedPbx {
    /// The PBX of `config`, idle, with the agents that it names.
    #[must_use]
    pub fn new(config: Config, seed: Seed) -> Self {
        let habits = (0..).zip(&config.agents);
        let agents = habits.map(|(index, agent)| {
            let phone = agent.phone.clone();
            let agent = Agent::new(agent.answer_delay.clone(), agent.no_answer, seed, index);
            Desk { agent, phone, pick_up: None }
        });
        let agents = agents.collect();
        let (users, hook) = (users(&config, seed), ModelledHook::new(&config, seed));
        let desks = Desks::new(&config, seed);
        Self {
            agents,
            only_agents: users.is_empty() && hook.is_none() && desks.is_none(),
            desks,
            users,
            user_pick_ups: BTreeSet::new(),
            dialled: BTreeMap::new(),
            has_phones: false,
            hook,
            pbx: Pbx::new(config, seed),
            first_pick_up: None,
            pick_ups: BTreeSet::new(),
            undecided: Vec::new(),
            phones_rung: 0,
        }
    }

    /// The same for those who want figures only: see [`Pbx::without_books`].
    #[must_use]
    pub fn without_books(self) -> Self {
        Self { pbx: self.pbx.without_books(), ..self }
    }

    /// The same with real phones: offers to agents who have one, and calls to users, come out as actions. Such an
    /// agent is offered nothing until `Input::AgentReachable` says that the phone has registered.
    #[must_use]
    pub fn with_phones(mut self) -> Self {
        self.has_phones = true;
        self.users.clear();
        for (index, _) in (0..).zip(&self.agents).filter(|(_, desk)| desk.phone.is_some()) {
            let absent = Input::AgentReachable { agent: AgentId(index), reachable: false };
            self.pbx.handle(Instant::ZERO, absent, &mut self.undecided);
        }
        debug_assert!(self.undecided.is_empty(), "nobody has called yet");
        self
    }

    /// The same with a real outside system to decide routes, where the configuration says where it is: questions come
    /// out as actions.
    #[must_use]
    pub fn with_hook(mut self) -> Self {
        self.hook = self.hook.filter(ModelledHook::is_played_on_the_wire);
        self
    }

    /// The agents whose phones are those of `user`.
    pub fn agents_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = AgentId> + 'a {
        let desks = (0..).zip(&self.agents).filter(|_| self.has_phones);
        desks.filter(|(_, desk)| desk.phone.as_deref() == Some(user)).map(|(index, _)| AgentId(index))
    }

    /// The user whose registered phones ring for an agent.
    #[must_use]
    pub fn phone_of(&self, agent: AgentId) -> Option<&Arc<str>> {
        self.agents.get(agent.0 as usize)?.phone.as_ref().filter(|_| self.has_phones)
    }

    /// The PBX, to read its gauges.
    #[must_use]
    pub const fn pbx(&self) -> &Pbx {
        &self.pbx
    }

    /// Times that an agent's phone has begun to ring.
    #[must_use]
    pub const fn phones_rung(&self) -> u64 {
        self.phones_rung
    }

    /// Applies one event at `now` and appends to `actions` what concerns callers and books. Deadlines that
    /// have passed by `now` are served first, each at its own instant.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, actions: &mut Vec<Action>) {
        if self.next_deadline().is_some_and(|due| due <= now) {
            self.serve_deadlines(now, actions);
        }
        if let Some(desks) = &mut self.desks {
            desks.overhear(&input);
        }
        self.feed(now, input, actions);
        if self.next_deadline().is_some_and(|due| due <= now) {
            self.serve_deadlines(now, actions);
        }
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    #[inline]
    pub fn next_deadline(&self) -> Option<Instant> {
        let agent = self.first_pick_up.or_else(|| self.pick_ups.first().copied()).map(|(at, _)| at);
        let due = earlier(agent, self.pbx.next_deadline());
        if self.only_agents { due } else { self.earliest_of_all(due) }
    }

    #[inline(never)]
    fn earliest_of_all(&self, due: Option<Instant>) -> Option<Instant> {
        let user = self.user_pick_ups.first().map(|(at, _)| *at);
        let decided = self.hook.as_ref().and_then(ModelledHook::next_deadline);
        let sent_on = self.desks.as_ref().and_then(|desks| desks.next_deadline());
        earlier(earlier(due, user), earlier(decided, sent_on))
    }

    fn serve_deadlines(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some(at) = self.next_deadline().filter(|at| *at <= now) {
            if self.pbx.next_deadline() == Some(at) {
                self.feed(at, Input::DeadlineReached, actions);
            } else if let Some((call, target)) = self.hook.as_mut().and_then(|hook| hook.answer(at)) {
                self.feed(at, Input::RouteDecided { call, target: target.as_ref() }, actions);
            } else if let Some((_, call)) = self.user_pick_ups.first().copied().filter(|(due, _)| *due == at)
            {
                self.stop_dialling(call);
                self.feed(at, Input::UserAnswered { call }, actions);
            } else if let Some((call, plan)) = self.desks.as_mut().and_then(|desks| desks.take(at)) {
                self.send_on(at, call, &plan, actions);
            } else if let Some((_, agent)) = self.first_pick_up.take().or_else(|| self.pick_ups.pop_first()) {
                let pick_up = self.agents[agent.0 as usize].pick_up.take();
                let (_, call) = pick_up.expect("a phone to be picked up belongs to a call");
                self.feed(at, Input::AgentAnswered { call, agent }, actions);
                if let (Some(desks), Some(begun)) = (&mut self.desks, self.pbx.conversation(call)) {
                    desks.begin(at, call, begun);
                }
            }
        }
    }

    /// The agent sends the caller on, unless it has come otherwise.
    fn send_on(&mut self, now: Instant, call: CallId, plan: &Plan, actions: &mut Vec<Action>) {
        let (to, talk) = (&plan.to, plan.talk);
        if self.pbx.conversation(call) == Some(plan.conversation) && self.pbx.may_send_on(now, call, to) {
            self.feed(now, Input::Transferred { call, to, talk }, actions);
        }
    }

    fn feed(&mut self, now: Instant, input: Input<'_>, actions: &mut Vec<Action>) {
        let said = actions.len();
        self.pbx.handle(now, input, actions);
        let Some(first) = actions[said..].iter().position(concerns_staff) else { return };
        if let [.., Action::OfferAgent { call, agent, ring_timeout }] = actions[said + first..]
            && said + first + 1 == actions.len()
            && !self.has_phones
        {
            // One phone rings, and that is the last that was said: nothing needs to be looked through.
            actions.pop();
            return self.offer(now, call, agent, ring_timeout);
        }
        self.look_through(now, said + first, actions);
    }

    /// Carries out the actions from `first` on that are for those inside, and leaves the others.
    #[inline(never)]
    fn look_through(&mut self, now: Instant, first: usize, actions: &mut Vec<Action>) {
        let mut undecided = std::mem::take(&mut self.undecided);
        undecided.extend(actions.drain(first..));
        for action in undecided.drain(..) {
            match action {
                Action::OfferAgent { agent, .. } | Action::WithdrawOffer { agent, .. }
                    if self.phone_of(agent).is_some() =>
                {
                    actions.push(action);
                }
                Action::Dial { call, user, ring_timeout } if !self.has_phones => {
                    self.dial(now, call, &user, ring_timeout, actions);
                }
                Action::StopDialling { call } if !self.has_phones => self.stop_dialling(call),
                Action::OfferAgent { call, agent, ring_timeout } => {
                    self.offer(now, call, agent, ring_timeout);
                }
                Action::WithdrawOffer { agent, .. } => self.withdraw(agent),
                Action::AskRoute(question) if self.hook.is_some() => {
                    self.hook.iter_mut().for_each(|hook| hook.ask(now, question.call));
                }
                other => actions.push(other),
            }
        }
        self.undecided = undecided;
    }

    fn offer(&mut self, now: Instant, call: CallId, agent: AgentId, ring_timeout: Duration) {
        self.phones_rung += 1;
        let desk = &mut self.agents[agent.0 as usize];
        if let Decision::PickUp { after } = desk.agent.decide(ring_timeout) {
            desk.pick_up = Some((now + after, call));
            self.will_pick_up((now + after, agent));
        }
    }

    /// The user's phone rings, and is picked up as the user's habits have it.
    fn dial(
        &mut self,
        now: Instant,
        call: CallId,
        user: &str,
        ring_timeout: Duration,
        actions: &mut Vec<Action>,
    ) {
        let decision = self.users.get_mut(user).map(|user| user.decide(ring_timeout));
        let picked_up = match decision {
            Some(Decision::PickUp { after }) => Some(now + after),
            Some(Decision::RingOut) | None => None,
        };
        self.user_pick_ups.extend(picked_up.map(|at| (at, call)));
        self.dialled.insert(call, picked_up);
        actions.push(Action::Ring { call, queue: None });
    }

    fn stop_dialling(&mut self, call: CallId) {
        if let Some(at) = self.dialled.remove(&call).flatten() {
            self.user_pick_ups.remove(&(at, call));
        }
    }

    /// Keeps the earliest pick-up, at one instant that of the first agent, before all others.
    fn will_pick_up(&mut self, pick_up: (Instant, AgentId)) {
        let earliest = self.first_pick_up.or_else(|| self.pick_ups.first().copied());
        if earliest.is_none_or(|earliest| pick_up < earliest) {
            self.pick_ups.extend(self.first_pick_up.replace(pick_up));
        } else {
            self.pick_ups.insert(pick_up);
        }
    }

    fn withdraw(&mut self, agent: AgentId) {
        if let Some((at, _)) = self.agents[agent.0 as usize].pick_up.take() {
            if self.first_pick_up == Some((at, agent)) {
                self.first_pick_up = None;
            } else {
                self.pick_ups.remove(&(at, agent));
            }
        }
    }
}

/// The earlier of two deadlines.
fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Whether an action may be for those inside.
const fn concerns_staff(action: &Action) -> bool {
    matches!(
        action,
        Action::OfferAgent { .. }
            | Action::WithdrawOffer { .. }
            | Action::Dial { .. }
            | Action::StopDialling { .. }
            | Action::AskRoute(_)
    )
}

/// The users of a configuration, each with habits.
fn users(config: &Config, seed: Seed) -> BTreeMap<Arc<str>, Agent> {
    let extensions = (USERS..).zip(&config.extensions);
    let users = extensions.filter_map(|(index, (number, extension))| match extension {
        Extension::User(user) => {
            let habits = Agent::new(user.answer_delay.clone(), user.no_answer, seed, index);
            Some((Arc::clone(number), habits))
        }
        _ => None,
    });
    users.collect()
}
