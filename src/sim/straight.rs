//! The simulation of firms whose calls nothing can hold up on their way: the same figures, in a fraction of the time.
//!
//! Most scenarios are of this sort (channels, one line, its agents), and most of the work of the general driver is to
//! find out, call by call, that nothing else comes in between. Here the callers and [`StraightPbx`] meet without
//! messages: what a call meets is known when it comes, and all that is scheduled is the end of its talk or of its
//! patience. Plans, redials, admission, line, wrap-up and classification are the very ones of the general driver, and so
//! are the figures, to the last bit; the tests hold one against the other.
//!
//! Not here: records and books. Where a record is asked for, or anything happens that this can't play, the general
//! driver plays.

use std::sync::Arc;

use crate::metrics::Settings;
use crate::metrics::{Alike, Ended, Span};
use crate::outcome::Outcome;
use crate::party::redial;
use crate::party::redial::Next;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::pbx::straight::{Freed, InLine, Met, StraightPbx, TurnedAway};
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim::Gathered;
use crate::sim::Report;
use crate::sim::attempt::Frame;
use crate::sim::driver;
use crate::sim::event_list::EventList;
use crate::sim::judge::Judge;
use crate::sim::redials::Redials;
use crate::sim::straight::ends::{End, Ends, Facts, Then};
use crate::time::Instant;
use crate::traffic::CallPlan;
use crate::traffic::Plans;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Intensity;
use crate::traffic::statistics::PoissonCheck;

mod ends;
#[cfg(test)]
mod tests;

/// So many calls begin before it is asked again whether the run may go on.
const ASKED_EVERY: u64 = 4_096;

/// One replication of `scenario` from `seed`, for its figures alone; none if it can't be played here, or may not go on.
pub(super) fn gather(
    scenario: &Scenario,
    seed: Seed,
    settings: Settings,
    may_go_on: &dyn Fn() -> bool,
) -> Option<Gathered> {
    let mut straight = Straight::new(scenario, seed, settings, may_go_on)?;
    let report = straight.play()?;
    Some(Gathered { collector: straight.alike.finish(), report })
}

/// What happens to a caller next.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A caller's deadline: patience or talk is over. Stale if another attempt has the slot by now, or if this one has a
    /// later deadline.
    Caller { slot: u32, attempt: u64 },
    /// The caller whose plan stands in this place dials again.
    Redial { place: u32 },
}

/// A call in progress.
#[derive(Debug)]
struct Slot {
    plan: CallPlan,
    /// Counted over all attempts.
    attempt: u64,
    started: Instant,
    connected: Instant,
    /// When all will have been said.
    until: Instant,
    stage: Stage,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Over,
    Waits(InLine),
    Talks(Option<AgentId>),
}

/// How a call begins.
#[derive(Debug, Clone, Copy)]
enum Begun {
    /// In line, with patience still to be drawn.
    Waits(InLine),
    /// In any other way, or it is over.
    Goes,
}

struct Straight<'a> {
    scenario: &'a Scenario,
    may_go_on: &'a dyn Fn() -> bool,
    seed: Seed,
    pbx: StraightPbx,
    alike: Alike,
    ends: Ends,
    slots: Vec<Slot>,
    free: Vec<u32>,
    events: EventList<Event>,
    /// Agents who finish up. At one instant the PBX goes first.
    wrap_ups: EventList<AgentId>,
    /// Whose phones ring at this instant, and for whom; empty between events.
    ringing: Vec<(AgentId, CallId)>,
    redials: Redials,
    /// By class of callers.
    is_settled: Vec<bool>,
    /// All thresholds of service levels, a bit for each: no wait at all lies within every one.
    all_within: usize,
    in_progress: u64,
    attempts_started: u64,
    phones_rung: u64,
    now: Instant,
    last_end: Instant,
    /// No attempt starts after it: the end of the drain.
    end: Option<Instant>,
}

impl<'a> Straight<'a> {
    fn new(
        scenario: &'a Scenario,
        seed: Seed,
        settings: Settings,
        may_go_on: &'a dyn Fn() -> bool,
    ) -> Option<Self> {
        let pbx = StraightPbx::of(&scenario.pbx, seed)?;
        if !is_plain(scenario) {
            return None;
        }
        let classes: Vec<Arc<str>> =
            scenario.traffic.callers.iter().map(|class| Arc::clone(&class.name)).collect();
        let agents: Vec<Arc<str>> = scenario.pbx.agents.iter().map(|agent| Arc::clone(&agent.name)).collect();
        let alike = Alike::new(settings, &classes, &agents)?;
        Some(Self {
            ends: Ends::new(Judge::new(scenario), Frame::of(scenario), classes.len()),
            scenario,
            may_go_on,
            seed,
            pbx,
            slots: Vec::new(),
            free: Vec::new(),
            all_within: alike.within(Span::default()),
            alike,
            events: EventList::new(),
            wrap_ups: EventList::new(),
            ringing: Vec::new(),
            redials: Redials::default(),
            is_settled: scenario.traffic.callers.iter().map(redial::is_settled).collect(),
            in_progress: 0,
            attempts_started: 0,
            phones_rung: 0,
            now: Instant::ZERO,
            last_end: Instant::ZERO,
            end: None,
        })
    }

    /// Plays it all; none if something comes up that this can't play.
    fn play(&mut self) -> Option<Report> {
        let scenario = self.scenario;
        let plans =
            || Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, self.seed).without_numbers();
        self.end = scenario.drain.map(|drain| driver::end_of_traffic(scenario, plans()) + drain);
        // Most callers are served at once, and nobody ever asks how long they would have waited.
        let plans = plans().with_patience_later();
        let intensity = Intensity::new(&scenario.traffic.profile, self.seed);
        let mut poisson = PoissonCheck::new(&intensity);
        let (first_attempts, not_started) = self.start_all(plans, &mut poisson)?;
        self.drain()?;
        Some(Report {
            first_attempts,
            attempts: self.attempts_started,
            not_started: not_started + self.redials.len(),
            stopped: false,
            endless: false,
            poisson: poisson.finish().filter(|_| scenario.traffic.arrivals.is_poisson()),
            phones_rung: self.phones_rung,
            legs_peak: None,
            ended: self.last_end,
        })
    }

    /// Starts every call of the list. Says how many were started, and how many never.
    fn start_all(&mut self, mut plans: Plans, poisson: &mut PoissonCheck<'_>) -> Option<(u64, u64)> {
        let (mut started, mut not_started) = (0, 0);
        loop {
            let slot = self.free_slot();
            let plan = &mut self.slots[slot as usize].plan;
            if !plans.next_into(plan) {
                return Some((started, not_started));
            }
            let start = plan.intended_start;
            if start == Instant::FAR_FUTURE {
                not_started += 1;
                self.free.push(slot);
                continue;
            }
            // At one instant, calls end before others begin.
            while let Some(next) = self.next_at().filter(|next| *next <= start) {
                self.step(next)?;
            }
            self.now = start;
            poisson.push(start);
            started += 1;
            if started % ASKED_EVERY == 0 && !(self.may_go_on)() {
                return None;
            }
            if let Begun::Waits(in_line) = self.start(slot)? {
                let plan = &mut self.slots[slot as usize].plan;
                plan.patience = plans.patience_of(plan);
                self.wait(slot, in_line);
            }
        }
    }

    /// Lets the last calls end, or ends them after the scenario's drain.
    fn drain(&mut self) -> Option<()> {
        let end = self.end.unwrap_or(Instant::FAR_FUTURE);
        while self.in_progress + self.redials.len() > 0
            && let Some(next) = self.next_at().filter(|next| *next <= end)
        {
            self.step(next)?;
        }
        if self.in_progress == 0 {
            return Some(());
        }
        // Without a drain every call ends by itself, unless time ends before.
        self.now = self.end.filter(|end| *end < Instant::FAR_FUTURE)?;
        self.end_of_run()
    }

    #[inline]
    fn next_at(&self) -> Option<Instant> {
        match (self.wrap_ups.next_at(), self.events.next_at()) {
            (Some(wrap_up), Some(event)) => Some(wrap_up.min(event)),
            (wrap_up, event) => wrap_up.or(event),
        }
    }

    #[inline]
    fn step(&mut self, at: Instant) -> Option<()> {
        self.now = at;
        if self.wrap_ups.next_at() == Some(at) {
            return self.wrap_ups_over(at);
        }
        match self.events.pop()?.1 {
            Event::Caller { slot, attempt } => self.callers_deadline(slot, attempt),
            Event::Redial { place } => self.redial(place),
        }
    }

    /// A slot that no call has.
    #[inline]
    fn free_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                plan: CallPlan::blank(),
                attempt: 0,
                started: Instant::ZERO,
                connected: Instant::ZERO,
                until: Instant::ZERO,
                stage: Stage::Over,
            });
            u32::try_from(self.slots.len() - 1).expect("the PBX holds fewer calls")
        })
    }

    /// The call that is planned in this slot comes to the door. Says whether it comes to stand in line, if this can play
    /// what it meets.
    #[inline]
    fn start(&mut self, place: u32) -> Option<Begun> {
        let now = self.now;
        let slot = &mut self.slots[place as usize];
        slot.attempt = self.attempts_started;
        slot.started = now;
        self.attempts_started += 1;
        self.in_progress += 1;
        let met = self.pbx.offer(now, call_in(place), [&slot.plan.from, &slot.plan.to]);
        match met {
            Met::Agent(agent) => {
                self.alike.seized(now);
                self.alike.queue_passed(now);
                self.phones_rung += 1;
                self.connect(place, Some(agent))?;
            }
            Met::Pbx => {
                self.alike.seized(now);
                self.connect(place, None)?;
            }
            Met::Line(in_line) => return Some(Begun::Waits(in_line)),
            Met::TurnedAway(refused) => self.turned_away(place, &refused)?,
        }
        Some(Begun::Goes)
    }

    /// Somebody speaks.
    #[inline]
    fn connect(&mut self, place: u32, agent: Option<AgentId>) -> Option<()> {
        let slot = &mut self.slots[place as usize];
        slot.connected = self.now;
        slot.stage = Stage::Talks(agent);
        slot.until = before_the_end_of_time(self.now + slot.plan.talk)?;
        self.events.schedule(slot.until, Event::Caller { slot: place, attempt: slot.attempt });
        Some(())
    }

    fn wait(&mut self, place: u32, in_line: InLine) {
        self.alike.seized(self.now);
        self.alike.queue_joined(self.now);
        let slot = &mut self.slots[place as usize];
        slot.stage = Stage::Waits(in_line);
        if let Some(patience) = slot.plan.patience {
            // Whose patience outlasts time itself never gives up.
            let at = slot.plan.intended_start + patience;
            if at < Instant::FAR_FUTURE {
                self.events.schedule(at, Event::Caller { slot: place, attempt: slot.attempt });
            }
        }
    }

    fn turned_away(&mut self, place: u32, refused: &TurnedAway) -> Option<()> {
        let end = self.ends.of_refusal(refused)?;
        self.finish(place, end, Span::default())
    }

    /// The end of the patience may fall on that of the talk, and is then as good.
    #[inline]
    fn callers_deadline(&mut self, place: u32, attempt: u64) -> Option<()> {
        let slot = &self.slots[place as usize];
        match slot.stage {
            _ if slot.attempt != attempt => Some(()),
            Stage::Talks(agent) if slot.until <= self.now => self.talk_over(place, agent),
            Stage::Waits(in_line) => self.patience_over(place, in_line),
            Stage::Talks(_) | Stage::Over => Some(()),
        }
    }

    #[inline]
    fn talk_over(&mut self, place: u32, agent: Option<AgentId>) -> Option<()> {
        let now = self.now;
        let slot = &self.slots[place as usize];
        let connected = slot.connected;
        let wait = Span::between(slot.started, connected);
        self.finish(place, if agent.is_some() { End::Served } else { End::Answered }, wait)?;
        let CallPlan { from, to, .. } = &self.slots[place as usize].plan;
        self.pbx.talk_over(now, call_in(place), [from, to], now - connected);
        self.alike.released(now);
        let Some(agent) = agent else { return Some(()) };
        let freed = self.pbx.hangs_up(agent);
        self.freed(agent, freed)
    }

    /// An agent has nobody on the phone.
    #[inline]
    fn freed(&mut self, agent: AgentId, freed: Freed) -> Option<()> {
        match freed {
            Freed::Idle => Some(()),
            Freed::WrapsUp(lasting) => {
                let at = before_the_end_of_time(self.now + lasting)?;
                self.wrap_ups.schedule(at, agent);
                Some(())
            }
            Freed::Takes(call) => self.take_from_line(call, agent),
        }
    }

    /// Several agents may be ready at one instant: all phones ring, and the first agent picks up first.
    fn wrap_ups_over(&mut self, at: Instant) -> Option<()> {
        let mut ringing = std::mem::take(&mut self.ringing);
        while self.wrap_ups.next_at() == Some(at) {
            let (_, agent) = self.wrap_ups.pop()?;
            if let Freed::Takes(call) = self.pbx.wrapped_up(agent) {
                ringing.push((agent, call));
            }
        }
        ringing.sort_unstable();
        for (agent, call) in ringing.drain(..) {
            self.take_from_line(call, agent)?;
        }
        self.ringing = ringing;
        Some(())
    }

    fn take_from_line(&mut self, call: CallId, agent: AgentId) -> Option<()> {
        self.phones_rung += 1;
        self.alike.queue_left(self.now);
        self.connect(slot_of(call), Some(agent))
    }

    fn patience_over(&mut self, place: u32, in_line: InLine) -> Option<()> {
        let waited = Span::between(self.slots[place as usize].started, self.now);
        self.finish(place, End::GaveUp, waited)?;
        self.leave_line(place, in_line);
        Some(())
    }

    fn leave_line(&mut self, place: u32, in_line: InLine) {
        let CallPlan { from, to, .. } = &self.slots[place as usize].plan;
        self.pbx.leaves_line(self.now, call_in(place), [from, to], in_line);
        self.alike.released(self.now);
        self.alike.queue_left(self.now);
    }

    fn redial(&mut self, place: u32) -> Option<()> {
        let slot = self.free_slot();
        self.slots[slot as usize].plan = self.redials.take(place);
        if let Begun::Waits(in_line) = self.start(slot)? {
            self.wait(slot, in_line);
        }
        Some(())
    }

    /// An attempt is over: it is counted, and its caller thinks about what comes next. The plan stays in its slot for a
    /// moment.
    #[inline]
    fn finish(&mut self, place: u32, end: End, wait: Span) -> Option<()> {
        let outcome = self.ends.outcome(end);
        let class = self.slots[place as usize].plan.class;
        let (then, plan) = if outcome.is_completed() && self.is_settled[class] {
            (Then::Stops, None)
        } else {
            self.think(place, outcome)
        };
        let slot = &mut self.slots[place as usize];
        let within = if wait.nanos == 0 { self.all_within } else { self.alike.within(wait) };
        let facts = Facts { end, then, within };
        let kind = self.ends.known(&slot.plan, facts).unwrap_or_else(|| {
            let example = self.ends.example(slot, facts, self.now, wait);
            let kind = self.alike.learn(&example, class);
            self.ends.learned(&slot.plan, facts, kind);
            kind
        });
        let agent = match slot.stage {
            Stage::Talks(Some(agent)) => agent.0 as usize,
            _ => 0,
        };
        let (intended_start, started, connected) = (slot.plan.intended_start, slot.started, slot.connected);
        self.alike.ended(kind, &Ended { intended_start, started, connected, over: self.now, agent, wait });
        slot.stage = Stage::Over;
        self.last_end = self.now;
        self.in_progress -= 1;
        self.free.push(place);
        if let Some(plan) = plan {
            let at = before_the_end_of_time(plan.intended_start)?;
            let place = self.redials.keep(plan);
            self.events.schedule(at, Event::Redial { place });
        }
        Some(())
    }

    /// What the caller does next, and the plan of it.
    #[inline(never)]
    fn think(&self, place: u32, outcome: Outcome) -> (Then, Option<Box<CallPlan>>) {
        let plan = &self.slots[place as usize].plan;
        let class = &self.scenario.traffic.callers[plan.class];
        match redial::next(self.seed, plan, class, outcome, self.now) {
            Next::Redial(plan) if self.end.is_none_or(|end| plan.intended_start <= end) => {
                (Then::DialsAgain, Some(Box::new(plan)))
            }
            Next::Defected => (Then::Defects, None),
            Next::Redial(_) | Next::Stopped => (Then::Stops, None),
        }
    }

    /// Ends what is left; callers who wait leave before those who talk.
    fn end_of_run(&mut self) -> Option<()> {
        let mut left: Vec<(u64, u32, Stage)> = Vec::new();
        for (place, slot) in (0..).zip(&self.slots).filter(|(_, slot)| slot.stage != Stage::Over) {
            left.push((slot.attempt, place, slot.stage));
        }
        left.sort_unstable_by_key(|(attempt, ..)| *attempt);
        for (_, place, stage) in &left {
            let slot = &self.slots[*place as usize];
            let (end, wait) = match stage {
                Stage::Waits(_) => (End::CutWaiting, Span::between(slot.started, self.now)),
                Stage::Talks(Some(_)) => (End::CutServed, Span::between(slot.started, slot.connected)),
                Stage::Talks(None) | Stage::Over => (End::CutAnswered, Span::default()),
            };
            self.finish(*place, end, wait)?;
        }
        for (_, place, stage) in &left {
            if let Stage::Waits(in_line) = stage {
                self.leave_line(*place, *in_line);
            }
        }
        let talking = left.iter().filter(|(_, _, stage)| matches!(stage, Stage::Talks(_))).count();
        (0..talking).for_each(|_| self.alike.released(self.now));
        Some(())
    }
}

/// Whether callers do nothing but wait, talk, give up and dial again.
fn is_plain(scenario: &Scenario) -> bool {
    let sources = matches!(scenario.traffic.arrivals, Arrivals::Sources { .. });
    let plain =
        |class: &crate::traffic::callers::CallerClass| class.habits.is_none() && !class.callback.on_web;
    !sources && scenario.traffic.callers.iter().all(plain)
}

/// The PBX knows calls by their slots.
const fn call_in(slot: u32) -> CallId {
    CallId(slot as u64)
}

fn slot_of(call: CallId) -> u32 {
    u32::try_from(call.0).expect("the PBX was told the number of a slot")
}

/// The instant, unless it never comes.
#[inline]
fn before_the_end_of_time(at: Instant) -> Option<Instant> {
    (at < Instant::FAR_FUTURE).then_some(at)
}
