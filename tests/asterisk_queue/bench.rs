//! Our PBX, its callers and its phones, in virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use busyhour::books::queue_log;
use busyhour::pbx::books::QueueEvent;
use busyhour::pbx::config::{AgentConfig, Policy, Presence, Qualification, QueueAnswer, QueueConfig};
use busyhour::pbx::config::{RetryOf, StrategyKind};
use busyhour::pbx::{Action, AgentId, CallId, Config, Input, Pbx};
use busyhour::random::{Distribution, Seed};
use busyhour::time::{Duration, Instant};

use crate::script::{Caller, Habit, Script};
use crate::ties::{Chance, History, Moment};
use crate::trace::{Line, Offer, Trace};

const PHONES: u32 = 4;
/// Phone n picks up n times this later than the script says, as SIPp's phones do.
const TURN_S: f64 = 0.03;
/// A waiting caller looks for a phone every second, from joining on (Asterisk's `RECHECK`).
const RECHECK: Duration = Duration::from_secs(1);
/// An engaged phone says so after this.
const ENGAGED_S: f64 = 0.005;

/// The queue of `ci/asterisk/queues.conf`.
fn config(name: &str, strategy: StrategyKind) -> Config {
    let none = Distribution::Constant { seconds: 0.0 };
    let agent = |number: u32| AgentConfig {
        name: Arc::from(number.to_string()),
        phone: None,
        answer_delay: none.clone(),
        no_answer: 0.0,
        wrap_up: none.clone(),
        presence: Presence::default(),
        qualification: Qualification::default(),
    };
    let queue = QueueConfig {
        name: Arc::from(name),
        numbers: Vec::new(),
        agents: (0..PHONES as usize).collect(),
        max_length: None,
        max_wait: Some(Duration::from_secs(20)),
        ring_timeout: Duration::from_secs(4),
        retry: Duration::from_secs(1),
        answer: QueueAnswer::OnAgent,
        callback: None,
        policy: Policy { strategy, retry: RetryOf::Caller, recheck: Some(RECHECK), ..Policy::default() },
    };
    Config { queues: vec![queue], agents: (1..=PHONES).map(agent).collect(), ..Config::default() }
}

/// What happens outside the PBX.
#[derive(Debug, Clone, Copy)]
enum Event {
    Calls(usize),
    GivesUp(usize),
    HangsUp(usize, u32),
    /// Phone, caller, and the number of the ring that it answers or refuses.
    PicksUp(u32, usize, u64),
    IsEngaged(u32, usize, u64),
}

struct World<'a> {
    script: &'a Script,
    names: Vec<Arc<str>>,
    number: Arc<str>,
    /// By time and order of planning.
    events: BTreeMap<(Instant, u64), Event>,
    planned: u64,
    /// The ring that goes on at each phone.
    rings: BTreeMap<u32, u64>,
    offers: Vec<Offer>,
    log: Vec<QueueEvent>,
    moments: Vec<Moment>,
    chances: Vec<Chance>,
}

/// What our PBX does with the script, and when it did anything.
pub fn play(script: &Script, name: &str, strategy: StrategyKind) -> (Trace, History) {
    let mut pbx = Pbx::new(config(name, strategy), Seed(1));
    let mut world = World {
        script,
        names: script.callers.iter().map(|caller| Arc::from(&*caller.name)).collect(),
        number: Arc::from("100"),
        events: BTreeMap::new(),
        planned: 0,
        rings: BTreeMap::new(),
        offers: Vec::new(),
        log: Vec::new(),
        moments: Vec::new(),
        chances: Vec::new(),
    };
    for (index, caller) in script.callers.iter().enumerate() {
        world.plan(Instant::from_secs_f64(caller.at_s), Event::Calls(index));
    }
    let mut actions = Vec::new();
    loop {
        let planned = world.events.first_key_value().map(|((at, _), _)| *at);
        let due = pbx.next_deadline().filter(|deadline| planned.is_none_or(|at| *deadline <= at));
        let (now, input) = match (due, world.events.pop_first()) {
            (Some(at), event) => {
                // Not yet: the PBX comes first.
                world.events.extend(event);
                (at, Some(Input::DeadlineReached))
            }
            (None, Some(((at, _), event))) => (at, world.input(event)),
            (None, None) => break,
        };
        let Some(input) = input else { continue };
        actions.clear();
        pbx.handle(now, input, &mut actions);
        world.remember(now, &actions);
        world.carry_out(now, &actions);
    }
    assert_eq!(pbx.circuits_in_use(), 0, "every call has ended");
    let trace = Trace { offers: world.sorted_offers(strategy), log: lines(&world.log) };
    (trace, History { moments: world.moments, chances: world.chances })
}

impl World<'_> {
    fn plan(&mut self, at: Instant, event: Event) {
        self.planned += 1;
        self.events.insert((at, self.planned), event);
    }

    fn caller(&self, index: usize) -> &Caller {
        &self.script.callers[index]
    }

    fn input(&mut self, event: Event) -> Option<Input<'_>> {
        let call = |index: usize| CallId(index as u64);
        match event {
            Event::Calls(index) => {
                let (name, to) = (&self.names[index], &self.number);
                Some(Input::CallOffered { call: call(index), name, from: name, to, class: 0 })
            }
            Event::GivesUp(index) => Some(Input::CallerHungUp { call: call(index) }),
            Event::HangsUp(index, _) if !self.caller(index).agent_hangs_up => {
                Some(Input::CallerHungUp { call: call(index) })
            }
            Event::HangsUp(index, phone) => {
                Some(Input::AgentHungUp { call: call(index), agent: AgentId(phone - 1) })
            }
            Event::PicksUp(phone, index, ring) | Event::IsEngaged(phone, index, ring) => {
                if self.rings.get(&phone) != Some(&ring) {
                    return None;
                }
                self.rings.remove(&phone);
                let agent = AgentId(phone - 1);
                Some(match event {
                    Event::PicksUp(..) => Input::AgentAnswered { call: call(index), agent },
                    _ => Input::AgentDeclined { call: call(index), agent },
                })
            }
        }
    }

    fn remember(&mut self, now: Instant, actions: &[Action]) {
        let mut moment =
            Moment { at_s: now.as_secs_f64(), callers: BTreeSet::new(), frees: false, ends: false };
        for action in actions {
            match action {
                Action::OfferAgent { call, .. } | Action::Reject { call, .. } => {
                    moment.callers.insert(self.caller(index_of(*call)).name.clone());
                }
                Action::WithdrawOffer { .. } => moment.frees = true,
                Action::QueueEvent(event) => {
                    moment.callers.insert(event.call.to_string());
                    moment.ends |= event.event.name().starts_with("COMPLETE");
                    moment.frees |= moment.ends || event.event.name().starts_with("RING");
                }
                _ => {}
            }
        }
        self.moments.push(moment);
    }

    fn carry_out(&mut self, now: Instant, actions: &[Action]) {
        for action in actions {
            match action {
                Action::Ring { call, .. } => {
                    let index = index_of(*call);
                    if let Some(patience) = self.caller(index).patience_s {
                        self.plan(now + Duration::from_secs_f64(patience), Event::GivesUp(index));
                    }
                }
                Action::OfferAgent { call, agent, .. } => self.rings_for(now, index_of(*call), agent.0 + 1),
                Action::WithdrawOffer { agent, .. } => {
                    self.rings.remove(&(agent.0 + 1));
                }
                Action::Connect { call, agent, .. } => {
                    let index = index_of(*call);
                    self.events.retain(|_, event| !matches!(event, Event::GivesUp(other) if *other == index));
                    self.picked_up(now, index);
                    let talk = Duration::from_secs_f64(self.caller(index).talk_s);
                    self.plan(now + talk, Event::HangsUp(index, agent.0 + 1));
                }
                Action::QueueEvent(event) => self.log.push((**event).clone()),
                _ => {}
            }
        }
    }

    /// A caller who gives up about when somebody picks up may do so before or after it.
    fn picked_up(&mut self, now: Instant, index: usize) {
        let caller = self.caller(index);
        let (at_s, name) = (now.as_secs_f64(), caller.name.clone());
        if let Some(patience) = caller.patience_s {
            self.chances.push(Chance { at_s, other_s: caller.at_s + patience, caller: name });
        }
    }

    fn rings_for(&mut self, now: Instant, index: usize, phone: u32) {
        let caller = self.caller(index).clone();
        self.offers.push(Offer { at_s: now.as_secs_f64(), phone, caller: caller.name });
        let ring = self.planned;
        self.rings.insert(phone, ring);
        let after = |seconds| now + Duration::from_secs_f64(seconds);
        match caller.habits[phone as usize - 1] {
            Habit::PicksUp => {
                let answer = caller.ring_s + TURN_S * f64::from(phone);
                self.plan(after(answer), Event::PicksUp(phone, index, ring));
            }
            Habit::Engaged => self.plan(after(ENGAGED_S), Event::IsEngaged(phone, index, ring)),
            Habit::RingsOn => self.planned += 1,
        }
    }

    /// Phones that ring together stand in the order of their numbers, as in the recordings.
    fn sorted_offers(&self, strategy: StrategyKind) -> Vec<Offer> {
        let mut offers = self.offers.clone();
        if strategy == StrategyKind::RingAll {
            offers.sort_by(|a, b| a.at_s.total_cmp(&b.at_s).then(a.phone.cmp(&b.phone)));
        }
        offers
    }
}

fn index_of(call: CallId) -> usize {
    usize::try_from(call.0).expect("calls of the script")
}

/// The log as our writer writes it, from the first second of 1970 on, so that epochs are the script's seconds.
fn lines(events: &[QueueEvent]) -> Vec<Line> {
    let start: jiff::Zoned = "1970-01-01T00:00[UTC]".parse().unwrap();
    let mut text = Vec::new();
    let mut writer = queue_log::Writer::new(&mut text, start).unwrap();
    for event in events {
        writer.write(event).unwrap();
    }
    let text = String::from_utf8(text).unwrap();
    text.lines().skip(1).map(Line::read).collect()
}
