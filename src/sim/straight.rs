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
use crate::sim::deadlines::Deadlines;
use crate::sim::driver;
use crate::sim::event_list::EventList;
use crate::sim::event_list::Scheduled;
use crate::sim::judge::Judge;
use crate::sim::redials::Redials;
use crate::sim::straight::ends::{End, Ends, Facts, Then, Who};
use crate::time::{Duration, Instant};
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

/// One replication of `scenario` from `seed`, for its figures alone, or as much of it as may be: that is asked again and
/// again, with the time that it is in there. None if it can't be played here.
pub(super) fn gather(
    scenario: &Scenario,
    seed: Seed,
    settings: Settings,
    may_go_on: &dyn Fn(Instant) -> bool,
) -> Option<Gathered> {
    let mut straight = Straight::new(scenario, seed, settings, may_go_on)?;
    let report = straight.play()?;
    let recorded = straight.attempts_started - straight.in_progress;
    Some(Gathered { collector: straight.alike.finish(), report, recorded })
}

/// A call in progress: what is asked at its end. In one line of the processor's cache, so that a hundred of them have room
/// there.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Slot {
    /// Counted over all attempts.
    attempt: u64,
    intended_start: Instant,
    started: Instant,
    connected: Instant,
    stage: Stage,
    who: Who,
}

/// What is asked of few calls, in the place of their slots: of those who wait, and of those who may dial again.
#[derive(Debug)]
struct Kept {
    plan: CallPlan,
    in_line: Option<InLine>,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Over,
    Waits,
    Talks(Option<AgentId>),
}

struct Straight<'a> {
    scenario: &'a Scenario,
    may_go_on: &'a dyn Fn(Instant) -> bool,
    seed: Seed,
    pbx: StraightPbx,
    alike: Alike,
    ends: Ends,
    slots: Vec<Slot>,
    kept: Vec<Kept>,
    free: Vec<u32>,
    deadlines: Deadlines,
    /// Agents who finish up. At one instant the PBX goes first.
    wrap_ups: EventList<AgentId>,
    /// Whose phones ring at this instant, and for whom; empty between events.
    ringing: Vec<(AgentId, CallId)>,
    redials: Redials,
    /// Places of plans that begin again, each with a turn of `deadlines`.
    redials_due: EventList<u32>,
    /// By class of callers.
    is_settled: Vec<bool>,
    /// By class of callers: whether nobody asks for the plan of one who is connected.
    is_forgotten: Vec<bool>,
    /// All thresholds of service levels, a bit for each: no wait at all lies within every one.
    all_within: usize,
    /// It may not go on.
    stopped: bool,
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
        may_go_on: &'a dyn Fn(Instant) -> bool,
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
            kept: Vec::new(),
            free: Vec::new(),
            all_within: alike.within(Span::default()),
            alike,
            deadlines: Deadlines::new(),
            wrap_ups: EventList::new(),
            ringing: Vec::new(),
            redials: Redials::default(),
            redials_due: EventList::new(),
            is_settled: scenario.traffic.callers.iter().map(redial::is_settled).collect(),
            is_forgotten: Vec::new(),
            stopped: false,
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
        let served = [End::Served, End::Answered].map(|end| self.ends.outcome(end).is_completed());
        let is_forgotten = |settled: &bool| *settled && served == [true; 2] && self.end.is_none();
        self.is_forgotten = self.is_settled.iter().map(is_forgotten).collect();
        let intensity = Intensity::new(&scenario.traffic.profile, self.seed);
        let mut poisson = PoissonCheck::new(&intensity);
        let (first_attempts, not_started) = self.start_all(plans, &mut poisson)?;
        if self.stopped {
            self.leave_calls_in_progress();
        } else {
            self.drain()?;
        }
        Some(Report {
            first_attempts,
            attempts: self.attempts_started,
            not_started: not_started + self.redials.len(),
            stopped: self.stopped,
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
        let mut plan = CallPlan::blank();
        while plans.next_into(&mut plan) {
            let start = plan.intended_start;
            if self.stopped || start == Instant::FAR_FUTURE {
                not_started += 1;
                continue;
            }
            // At one instant, calls end before others begin.
            while let next = self.next_at()
                && next <= start
            {
                self.step(next)?;
            }
            self.now = start;
            poisson.push(start);
            started += 1;
            if started % ASKED_EVERY == 0 && !(self.may_go_on)(start) {
                self.stopped = true;
            }
            self.start(&mut plan, |plan| plan.patience = plans.patience_of(plan))?;
        }
        Some((started, not_started))
    }

    /// Where the run is stopped, their ends are not seen.
    fn leave_calls_in_progress(&mut self) {
        for slot in self.slots.iter().filter(|slot| slot.stage != Stage::Over && slot.who.is_measured()) {
            self.alike.not_ended(slot.intended_start);
        }
    }

    /// Lets the last calls end, or ends them after the scenario's drain.
    fn drain(&mut self) -> Option<()> {
        let end = self.end.unwrap_or(Instant::FAR_FUTURE);
        while self.in_progress + self.redials.len() > 0
            && let next = self.next_at()
            && next < Instant::FAR_FUTURE
            && next <= end
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

    /// The end of time if nothing happens any more.
    #[inline]
    fn next_at(&self) -> Instant {
        let [wrap_up, redial] = [self.wrap_ups.next_at(), self.redials_due.next_at()]
            .map(|next| next.unwrap_or(Instant::FAR_FUTURE));
        wrap_up.min(redial).min(self.deadlines.next_at())
    }

    #[inline]
    fn step(&mut self, at: Instant) -> Option<()> {
        self.now = at;
        if self.wrap_ups.next_at() == Some(at) {
            return self.wrap_ups_over(at);
        }
        if self.redials_due.first().is_some_and(|redial| redial.key < self.deadlines.next_key()) {
            let (_, place) = self.redials_due.pop()?;
            return self.redial(place);
        }
        let place = self.deadlines.take()?.slot;
        match self.slots[place as usize].stage {
            Stage::Talks(agent) => self.talk_over(place, agent),
            Stage::Waits => self.patience_over(place),
            Stage::Over => None,
        }
    }

    /// A slot that no call has.
    #[inline]
    fn free_slot(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| self.another_slot())
    }

    #[cold]
    fn another_slot(&mut self) -> u32 {
        self.slots.push(Slot {
            attempt: 0,
            intended_start: Instant::ZERO,
            started: Instant::ZERO,
            connected: Instant::ZERO,
            stage: Stage::Over,
            who: Who::default(),
        });
        self.kept.push(Kept { plan: CallPlan::blank(), in_line: None });
        u32::try_from(self.slots.len() - 1).expect("the PBX holds fewer calls")
    }

    /// The call that is planned comes to the door, if this can play what it meets. Whoever stands in line is told how
    /// patient to be. The plan may be another one afterwards.
    #[inline]
    fn start(&mut self, plan: &mut CallPlan, tell_patience: impl FnOnce(&mut CallPlan)) -> Option<()> {
        let (now, place) = (self.now, self.free_slot());
        let slot = &mut self.slots[place as usize];
        slot.attempt = self.attempts_started;
        slot.intended_start = plan.intended_start;
        slot.started = now;
        slot.who = self.ends.who(plan);
        if slot.who.is_measured() {
            self.alike.offered(slot.intended_start);
        }
        self.attempts_started += 1;
        self.in_progress += 1;
        match self.pbx.offer(now, call_in(place)) {
            Met::Agent(agent) => {
                self.alike.seized_for_agent(now);
                self.phones_rung += 1;
                self.connect(place, Some(agent), plan.talk)?;
                self.keep_unless_forgotten(place, plan);
            }
            Met::Pbx => {
                self.alike.seized(now);
                self.connect(place, None, plan.talk)?;
                self.keep_unless_forgotten(place, plan);
            }
            Met::Line(in_line) => {
                tell_patience(plan);
                self.wait(place, in_line, plan)?;
            }
            Met::TurnedAway(refused) => {
                std::mem::swap(&mut self.kept[place as usize].plan, plan);
                self.turned_away(place, &refused)?;
            }
        }
        Some(())
    }

    /// Most callers who are served never call again, and nobody asks for their plans.
    #[inline]
    fn keep_unless_forgotten(&mut self, place: u32, plan: &mut CallPlan) {
        if !self.is_forgotten[plan.class] {
            std::mem::swap(&mut self.kept[place as usize].plan, plan);
        }
    }

    /// Somebody speaks.
    #[inline]
    fn connect(&mut self, place: u32, agent: Option<AgentId>, talk: Duration) -> Option<()> {
        let slot = &mut self.slots[place as usize];
        slot.connected = self.now;
        slot.stage = Stage::Talks(agent);
        self.deadlines.put(place, before_the_end_of_time(self.now + talk)?)
    }

    fn wait(&mut self, place: u32, in_line: InLine, plan: &mut CallPlan) -> Option<()> {
        self.alike.seized(self.now);
        self.alike.queue_joined(self.now);
        self.slots[place as usize].stage = Stage::Waits;
        let kept = &mut self.kept[place as usize];
        kept.in_line = Some(in_line);
        std::mem::swap(&mut kept.plan, plan);
        if let Some(patience) = kept.plan.patience {
            // Whose patience outlasts time itself never gives up.
            let at = kept.plan.intended_start + patience;
            if at < Instant::FAR_FUTURE {
                self.deadlines.put(place, at)?;
            }
        }
        Some(())
    }

    fn turned_away(&mut self, place: u32, refused: &TurnedAway) -> Option<()> {
        let end = self.ends.of_refusal(refused)?;
        self.finish(place, end, Span::default())
    }

    #[inline]
    fn talk_over(&mut self, place: u32, agent: Option<AgentId>) -> Option<()> {
        let now = self.now;
        let slot = &self.slots[place as usize];
        let connected = slot.connected;
        let wait = Span::between(slot.started, connected);
        self.finish(place, if agent.is_some() { End::Served } else { End::Answered }, wait)?;
        self.pbx.talk_over([connected, now], call_in(place));
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
        let place = slot_of(call);
        self.connect(place, Some(agent), self.kept[place as usize].plan.talk)
    }

    fn patience_over(&mut self, place: u32) -> Option<()> {
        let waited = Span::between(self.slots[place as usize].started, self.now);
        self.finish(place, End::GaveUp, waited)?;
        self.leave_line(place);
        Some(())
    }

    fn leave_line(&mut self, place: u32) {
        let in_line = self.kept[place as usize].in_line.expect("whoever waits stands in line");
        self.pbx.leaves_line(self.now, call_in(place), in_line);
        self.alike.released(self.now);
        self.alike.queue_left(self.now);
    }

    fn redial(&mut self, place: u32) -> Option<()> {
        let mut plan = self.redials.take(place);
        self.start(&mut plan, |_| ())
    }

    /// An attempt is over: it is counted, and its caller thinks about what comes next.
    #[inline]
    fn finish(&mut self, place: u32, end: End, wait: Span) -> Option<()> {
        let outcome = self.ends.outcome(end);
        let who = self.slots[place as usize].who;
        let (then, plan) = if outcome.is_completed() && self.is_settled[who.class()] {
            (Then::Stops, None)
        } else {
            self.think(place, outcome)
        };
        let slot = &mut self.slots[place as usize];
        let within = if wait.nanos == 0 { self.all_within } else { self.alike.within(wait) };
        let facts = Facts { end, then, within };
        let kind = self.ends.known(who, facts).unwrap_or_else(|| {
            let example = self.ends.example(slot, facts, self.now, wait);
            let kind = self.alike.learn(&example, who.class());
            self.ends.learned(who, facts, kind);
            kind
        });
        let agent = match slot.stage {
            Stage::Talks(Some(agent)) => agent.0 as usize,
            _ => 0,
        };
        let Slot { intended_start, started, connected, .. } = *slot;
        self.alike.ended(kind, &Ended { intended_start, started, connected, over: self.now, agent, wait });
        slot.stage = Stage::Over;
        self.last_end = self.now;
        self.in_progress -= 1;
        self.free.push(place);
        if let Some(plan) = plan {
            let at = before_the_end_of_time(plan.intended_start)?;
            let place = self.redials.keep(plan);
            self.redials_due.put(Scheduled::new(at, self.deadlines.turn()?, place));
        }
        Some(())
    }

    /// What the caller does next, and the plan of it.
    #[inline(never)]
    fn think(&self, place: u32, outcome: Outcome) -> (Then, Option<Box<CallPlan>>) {
        let plan = &self.kept[place as usize].plan;
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
                Stage::Waits => (End::CutWaiting, Span::between(slot.started, self.now)),
                Stage::Talks(Some(_)) => (End::CutServed, Span::between(slot.started, slot.connected)),
                Stage::Talks(None) | Stage::Over => (End::CutAnswered, Span::default()),
            };
            self.finish(*place, end, wait)?;
        }
        for (_, place, stage) in &left {
            if *stage == Stage::Waits {
                self.leave_line(*place);
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
