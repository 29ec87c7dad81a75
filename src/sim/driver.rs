//! Callers and the PBX, joined by an event list.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::endpoint::staffed::StaffedPbx;
use crate::outcome::EndedBy;
use crate::outcome::Limiter;
use crate::outcome::Observation;
use crate::outcome::classify::Evidence;
use crate::party::caller;
use crate::party::redial;
use crate::party::redial::Next;
use crate::pbx::Action;
use crate::pbx::AnsweredBy;
use crate::pbx::CallId;
use crate::pbx::HangUpReason;
use crate::pbx::Hears;
use crate::pbx::Input;
use crate::pbx::QueueId;
use crate::pbx::Refusal;
use crate::pbx::table::CallTable;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim::Entry;
use crate::sim::Report;
use crate::sim::attempt;
use crate::sim::attempt::Attempt;
use crate::sim::attempt::End;
use crate::sim::attempt::Frame;
use crate::sim::driver::quiet::Quiet;
use crate::sim::event_list::EventList;
use crate::sim::judge::Judge;
use crate::sim::redials::Redials;
use crate::text::share;
use crate::time::{Duration, Instant};
use crate::traffic::CallPlan;
use crate::traffic::Extent;
use crate::traffic::Plans;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Intensity;
use crate::traffic::statistics::PoissonCheck;

mod callbacks;
mod ending;
mod quiet;

/// Timer B of the INVITE transaction, in T1 (RFC 3261, 17.1.1.2).
const TIMER_B_IN_T1: u32 = 64;

/// Runs one replication of `scenario` from `seed` to its end and tells `sink` everything on the way. For the sink
/// to break is to stop the run where it is: calls in progress are hung up, and what was not started is counted.
///
/// # Panics
/// If `scenario.outcomes` names a rule that does not exist: the loader has refused such a scenario.
pub fn run(scenario: &Scenario, seed: Seed, sink: impl FnMut(&Entry) -> ControlFlow<()>) -> Report {
    simulate(scenario, seed, true, sink)
}

/// The same for those who want figures only: decides every call alike, but tells no rows of the PBX's books, and
/// names and numbers of calls are left out of the records.
///
/// # Panics
/// As [`run`].
pub fn run_without_books(
    scenario: &Scenario,
    seed: Seed,
    sink: impl FnMut(&Entry) -> ControlFlow<()>,
) -> Report {
    simulate(scenario, seed, false, sink)
}

fn simulate(
    scenario: &Scenario,
    seed: Seed,
    with_books: bool,
    sink: impl FnMut(&Entry) -> ControlFlow<()>,
) -> Report {
    let plans = || {
        let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, seed);
        if with_books || scenario.pbx.reads_callers_numbers() { plans } else { plans.without_numbers() }
    };
    let intensity = Intensity::new(&scenario.traffic.profile, seed);
    let mut poisson = PoissonCheck::new(&intensity);
    let mut driver = Driver::new(scenario, seed, with_books, sink);
    driver.end = scenario.drain.map(|drain| end_of_traffic(scenario, plans()) + drain);
    let (first_attempts, not_started) = if driver.has_sources {
        (driver.play_sources(plans().expecting_feedback()), 0)
    } else {
        driver.play(plans(), &mut poisson)
    };
    driver.drain();
    Report {
        first_attempts,
        attempts: driver.attempts_started,
        not_started: not_started + driver.redials.len(),
        stopped: driver.stopped,
        endless: driver.quiet.is_endless(),
        poisson: poisson.finish().filter(|_| scenario.traffic.arrivals.is_poisson()),
        phones_rung: driver.pbx.phones_rung(),
        legs_peak: driver.pbx.pbx().legs_peak(),
        ended: driver.last_end,
    }
}

/// When the traffic ends: at a stated time, or with the last of a stated number of calls.
pub(super) fn end_of_traffic(scenario: &Scenario, plans: Plans) -> Instant {
    match scenario.extent {
        Extent::Duration(duration) => Instant::ZERO + scenario.warm_up + duration,
        Extent::Calls(_) | Extent::Unstated => plans.last().map_or(Instant::ZERO, |plan| plan.intended_start),
    }
}

/// An event between the people and the PBX.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// The caller whose plan is kept in this place dials again.
    Redial(u32),
    /// A caller's deadline: patience or talk is over. Stale if the caller has another one by now.
    Caller(CallId),
    /// Timer B of a call that got no response.
    TimerB(CallId),
    /// A customer picks up the phone: the call that asked for it, and how often the phone has rung.
    CustomerAnswers(CallId, u32),
}

struct Driver<'a, S> {
    scenario: &'a Scenario,
    seed: Seed,
    sink: S,
    judge: Judge,
    frame: Frame,
    /// The call's name where nobody reads it.
    nameless: Option<Arc<str>>,
    timer_b: Duration,
    pbx: StaffedPbx,
    attempts: CallTable<Box<Attempt>>,
    /// Attempts that are over, their memory to be used again.
    #[expect(clippy::vec_box, reason = "the boxes go back into the table")]
    spare: Vec<Box<Attempt>>,
    /// The attempt that dials at this moment: its deadline is scheduled when the PBX has had its say.
    dialling: Option<CallId>,
    /// The last record told: the next one is written over it.
    told: Entry,
    events: EventList<Event>,
    attempts_started: u64,
    redials: Redials,
    circuits_in_use: u32,
    now: Instant,
    /// When the latest attempt ended.
    last_end: Instant,
    /// Those who are to be called back, by the call that asked for it.
    messages: BTreeMap<CallId, CallPlan>,
    /// Those of them whose phones ring, and for the how manieth time.
    customers_ringing: BTreeMap<CallId, u32>,
    /// No attempt starts after it: the end of the drain.
    end: Option<Instant>,
    /// The sink has heard enough, or the run would never end.
    stopped: bool,
    quiet: Quiet,
    /// A finite number of people calls; they want to know when they are free to call again.
    has_sources: bool,
    /// Callers, by the index of their plan, who have made their last attempt.
    freed: Vec<(Instant, u64)>,
    /// Reused buffers; empty between events.
    actions: Vec<Action>,
    wishes: Vec<caller::Action>,
}

/// How a call came to its end, beside what the attempt itself shows.
struct Ending {
    evidence: Evidence<'static>,
    limiter: Option<Limiter>,
}

impl<'a, S: FnMut(&Entry) -> ControlFlow<()>> Driver<'a, S> {
    fn new(scenario: &'a Scenario, seed: Seed, with_books: bool, sink: S) -> Self {
        let pbx = StaffedPbx::new(scenario.pbx.clone(), seed);
        Self {
            judge: Judge::new(scenario),
            frame: Frame::of(scenario),
            nameless: (!with_books).then(|| Arc::from("")),
            timer_b: scenario.live.t1 * TIMER_B_IN_T1,
            pbx: if with_books { pbx } else { pbx.without_books() },
            scenario,
            seed,
            sink,
            attempts: CallTable::new(),
            spare: Vec::new(),
            dialling: None,
            told: Entry::Observation(Observation::Ended(attempt::blank_record())),
            events: EventList::new(),
            attempts_started: 0,
            redials: Redials::default(),
            circuits_in_use: 0,
            now: Instant::ZERO,
            last_end: Instant::ZERO,
            messages: BTreeMap::new(),
            customers_ringing: BTreeMap::new(),
            end: None,
            stopped: false,
            quiet: Quiet::new(),
            has_sources: matches!(scenario.traffic.arrivals, Arrivals::Sources { .. }),
            freed: Vec::new(),
            actions: Vec::new(),
            wishes: Vec::new(),
        }
    }

    /// Starts every call of a list drawn beforehand. Says how many were started, and how many not.
    fn play(&mut self, mut plans: Plans, poisson: &mut PoissonCheck<'_>) -> (u64, u64) {
        let (mut started, mut not_started) = (0, 0);
        let mut attempt = Attempt::blank();
        while plans.next_into(&mut attempt.plan) {
            let start = attempt.plan.intended_start;
            if start < Instant::FAR_FUTURE {
                self.advance_to(start);
            }
            if self.stopped || start == Instant::FAR_FUTURE {
                not_started += 1;
                continue;
            }
            if self.asks_on_web(&attempt.plan) {
                continue;
            }
            poisson.push(attempt.plan.intended_start);
            started += 1;
            self.start(attempt);
            attempt = self.spare.pop().unwrap_or_else(Attempt::blank);
        }
        (started, not_started)
    }

    /// Lets a finite number of people call: who is next depends on who is off the phone. Says how many calls
    /// were started.
    fn play_sources(&mut self, mut plans: Plans) -> u64 {
        let mut started = 0;
        while !self.stopped {
            let call = plans.peek_start().filter(|start| *start < Instant::FAR_FUTURE);
            let event = self.next_at();
            if call.is_some_and(|call| event.is_none_or(|event| event > call)) {
                let mut attempt = self.spare.pop().unwrap_or_else(Attempt::blank);
                if !plans.next_into(&mut attempt.plan) {
                    break;
                }
                self.now = attempt.plan.intended_start;
                started += 1;
                self.start(attempt);
            } else if let Some(event) = event
                && self.end.is_none_or(|end| event <= end)
                && (call.is_some() || !self.attempts_are_over())
            {
                self.step(event);
            } else {
                break;
            }
            for (at, index) in self.freed.drain(..) {
                plans.source_freed(at, index);
            }
        }
        started
    }

    /// Lets everything happen that is due before a new call at `at`; at one instant, calls end before others
    /// begin.
    fn advance_to(&mut self, at: Instant) {
        while !self.stopped
            && let Some(next) = self.next_at().filter(|next| *next <= at)
        {
            self.step(next);
        }
        if !self.stopped {
            self.now = at;
        }
    }

    /// Lets the last calls end, or ends them after the scenario's drain.
    fn drain(&mut self) {
        let end = self.end.unwrap_or(Instant::FAR_FUTURE);
        self.quiet.everybody_has_called();
        while !self.attempts_are_over()
            && !self.stopped
            && let Some(next) = self.next_at().filter(|next| *next <= end)
        {
            self.step(next);
        }
        if let Some(end) = self.end.filter(|end| !self.stopped && *end < Instant::FAR_FUTURE) {
            self.now = end;
        }
        self.end_of_run();
    }

    /// No call is in progress and nobody will dial again; agents may still wrap up.
    fn attempts_are_over(&self) -> bool {
        self.attempts.is_empty() && self.redials.len() == 0 && self.callbacks_are_over()
    }

    /// What is due at the end of all time does not happen: there the clock stands still, and whatever waits for it to
    /// move would wait for ever.
    fn next_at(&self) -> Option<Instant> {
        let next = match (self.pbx.next_deadline(), self.events.next_at()) {
            (Some(deadline), Some(event)) => Some(deadline.min(event)),
            (deadline, event) => deadline.or(event),
        };
        next.filter(|at| *at < Instant::FAR_FUTURE)
    }

    fn tell(&mut self, entry: &Entry) {
        self.stopped |= (self.sink)(entry).is_break();
    }

    /// The next event. At one instant the PBX goes first: a queue's time-out beats the caller's.
    fn step(&mut self, at: Instant) {
        self.now = at;
        if self.quiet.is_too_long(at, self.redials.len()) {
            self.stopped = true;
            return;
        }
        if self.pbx.next_deadline() == Some(at) {
            return self.tell_pbx(Input::DeadlineReached);
        }
        match self.events.pop() {
            Some((_, Event::Redial(place))) => {
                let mut attempt = self.spare.pop().unwrap_or_else(Attempt::blank);
                attempt.plan = self.redials.take(place);
                self.start(attempt);
            }
            Some((_, Event::Caller(call))) => {
                self.tell_caller(call, caller::Input::DeadlineReached, |_, _| {});
            }
            Some((_, Event::CustomerAnswers(of, attempt))) => self.customer_answers(of, attempt),
            Some((_, Event::TimerB(call))) => {
                let timer_b = Evidence { timer_b: true, ..Evidence::default() };
                self.finish(call, EndedBy::Network, |_| Ending { evidence: timer_b, limiter: None });
            }
            None => {}
        }
    }

    fn start(&mut self, mut attempt: Box<Attempt>) {
        let call = CallId(self.attempts_started);
        self.attempts_started += 1;
        self.quiet.ends(self.now);
        attempt.start(self.now);
        match &self.nameless {
            Some(nameless) => share(&mut attempt.name, nameless),
            None => attempt.name = format!("{}-{}", attempt.plan.index, attempt.plan.attempt).into(),
        }
        let mut actions = std::mem::take(&mut self.actions);
        let Attempt { name, plan, .. } = &*attempt;
        let (from, to, class) = (&plan.from, &plan.to, plan.class);
        self.pbx.handle(self.now, Input::CallOffered { call, name, from, to, class }, &mut actions);
        self.attempts.insert(call, attempt);
        self.dialling = Some(call);
        self.carry_out_all(actions);
        self.dialling = None;
        if let Some(deadline) = self.attempts.get(&call).and_then(|attempt| attempt.caller.next_deadline()) {
            self.events.schedule(deadline, Event::Caller(call));
        }
    }

    /// Hands the PBX an event and carries out what it decides.
    fn tell_pbx(&mut self, input: Input<'_>) {
        let mut actions = std::mem::take(&mut self.actions);
        self.pbx.handle(self.now, input, &mut actions);
        self.carry_out_all(actions);
    }

    fn carry_out_all(&mut self, mut actions: Vec<Action>) {
        self.report_circuits();
        for action in &mut actions {
            match *action {
                Action::QueueJoined => self.tell(&Entry::QueueJoined { at: self.now }),
                Action::QueueLeft => self.tell(&Entry::QueueLeft { at: self.now }),
                Action::Ring { call, queue } => {
                    self.tell_caller(call, caller::Input::Ringing, |attempt, now| attempt.rings(now, queue));
                }
                Action::Answer { call, by: AnsweredBy::Agent(agent), queue } => {
                    self.tell_caller(call, caller::Input::Answered { person: true }, |attempt, now| {
                        attempt.is_answered(now, &AnsweredBy::Agent(agent), queue);
                    });
                }
                Action::Connect { call, agent } => {
                    self.tell_caller(call, caller::Input::Connected, |attempt, now| {
                        attempt.is_connected(now, agent);
                    });
                }
                _ => self.carry_out(std::mem::replace(action, Action::QueueJoined)),
            }
        }
        actions.clear();
        self.actions = actions;
    }

    fn report_circuits(&mut self) {
        let in_use = self.pbx.pbx().circuits_in_use();
        for _ in self.circuits_in_use..in_use {
            self.tell(&Entry::Observation(Observation::Seized { at: self.now }));
        }
        for _ in in_use..self.circuits_in_use {
            self.tell(&Entry::Observation(Observation::Released { at: self.now }));
        }
        self.circuits_in_use = in_use;
    }

    /// Carries out what most calls do not meet.
    #[inline(never)]
    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Answer { call, by, queue } => {
                let person =
                    !matches!(by, AnsweredBy::Queue | AnsweredBy::Menu { .. } | AnsweredBy::Voicemail);
                self.tell_caller(call, caller::Input::Answered { person }, |attempt, now| {
                    attempt.is_answered(now, &by, queue);
                });
                match by {
                    AnsweredBy::Menu { menu } => {
                        self.tell_caller(call, caller::Input::Prompt { menu: Some(menu) }, |_, _| {});
                    }
                    AnsweredBy::Voicemail => self.tell_caller(call, caller::Input::Recording, |_, _| {}),
                    _ => {}
                }
            }
            Action::Hear { call, what } => self.hear(call, what),
            Action::CallBack { of, attempt } => self.call_back(of, attempt),
            Action::StopCallingBack { of } => drop(self.customers_ringing.remove(&of)),
            Action::WillNotCallBack { of } => drop(self.messages.remove(&of)),
            Action::WillCallBack { .. } => {}
            Action::MenuEvent(event) => self.tell(&Entry::MenuEvent(event)),
            Action::Noted(noted) => self.tell(&Entry::Noted(noted)),
            Action::Reject { call, refusal, limiter, cause, queue, .. } => {
                self.reject(call, &refusal, limiter, cause, queue);
            }
            Action::HangUp { call, reason, q850, limiter, cause, .. } => {
                let by = match reason {
                    HangUpReason::Agent | HangUpReason::User => EndedBy::Agent,
                    _ => EndedBy::Pbx,
                };
                self.finish(call, by, |shown| Ending {
                    evidence: Evidence { q850, pbx_cause: Some(cause), ..shown },
                    limiter,
                });
            }
            Action::SoundLost { call } => self.lose_sound(call),
            Action::CallEnded(row) => self.tell(&Entry::Cdr(row)),
            Action::QueueEvent(event) => self.tell(&Entry::QueueEvent(event)),
            Action::Triggered(triggered) => self.tell(&Entry::Triggered(triggered)),
            Action::QueueJoined | Action::QueueLeft | Action::Ring { .. } | Action::Connect { .. } => {
                unreachable!("carried out at once")
            }
            Action::AskRoute(_) => unreachable!("a staffed PBX asks the model"),
            Action::OfferAgent { .. }
            | Action::WithdrawOffer { .. }
            | Action::Dial { .. }
            | Action::StopDialling { .. } => {
                unreachable!("a staffed PBX keeps its offers to itself")
            }
        }
    }

    /// A caller who has been answered hears something else.
    fn hear(&mut self, call: CallId, what: Hears) {
        let Some(attempt) = self.attempts.get_mut(&call) else { return };
        let input = match what {
            Hears::Prompt { menu } => {
                attempt.comes_to_a_machine(self.now);
                caller::Input::Prompt { menu: Some(menu) }
            }
            Hears::Transferred { talk } => {
                attempt.is_transferred(self.now);
                caller::Input::Transferred { talk }
            }
            Hears::CallbackOffer { key } => self.offer_of(call, key),
            Hears::Branch { menu, key } => caller::Input::Branch { menu, key },
            Hears::Queue(queue) => {
                attempt.in_menu = false;
                return attempt.enters(self.now, Some(queue));
            }
            Hears::Voicemail => {
                attempt.comes_to_a_machine(self.now);
                (attempt.in_menu, attempt.at_voicemail) = (false, true);
                caller::Input::Recording
            }
            Hears::Person => {
                attempt.in_menu = false;
                attempt.connected = Some(self.now);
                caller::Input::Connected
            }
        };
        self.tell_caller(call, input, |_, _| {});
    }

    fn reject(
        &mut self,
        call: CallId,
        refusal: &Refusal,
        limiter: Option<Limiter>,
        cause: &'static str,
        queue: Option<QueueId>,
    ) {
        let Some(attempt) = self.attempts.get_mut(&call) else { return };
        attempt.enters(self.now, queue);
        match refusal {
            Refusal::Status { .. } => {
                self.finish(call, EndedBy::Pbx, |shown| Ending {
                    evidence: attempt::refused(shown, refusal, cause),
                    limiter,
                });
            }
            Refusal::Silence => {
                attempt.silent = true;
                let timer_b = attempt.started + self.timer_b;
                self.events.schedule(timer_b, Event::TimerB(call));
            }
            Refusal::AnswerThenHangUp => unreachable!("the PBX answers and hangs up by actions of their own"),
        }
    }

    /// Hands a caller an event, which the attempt takes `note` of, and carries out what the caller wishes.
    fn tell_caller(&mut self, call: CallId, input: caller::Input, note: impl FnOnce(&mut Attempt, Instant)) {
        let Some(attempt) = self.attempts.get_mut(&call) else { return };
        note(attempt, self.now);
        if self.dialling == Some(call) {
            attempt.caller.handle(self.now, input, &mut self.wishes);
        } else {
            let before = attempt.caller.next_deadline();
            attempt.caller.handle(self.now, input, &mut self.wishes);
            let after = attempt.caller.next_deadline();
            if let Some(deadline) = after.filter(|_| after != before) {
                self.events.schedule(deadline, Event::Caller(call));
            }
        }
        if !self.wishes.is_empty() {
            self.carry_out_wishes(call);
        }
    }

    fn carry_out_wishes(&mut self, call: CallId) {
        let mut wishes = std::mem::take(&mut self.wishes);
        for wish in wishes.drain(..) {
            match wish {
                caller::Action::GiveUp => self.give_up(call),
                caller::Action::HangUp => self.hang_up(call),
                caller::Action::Content => self.leave_content(call),
                caller::Action::Press(key) => self.tell_pbx(Input::KeyPressed { call, key }),
            }
        }
        self.wishes = wishes;
    }

    /// Judges an attempt, tells its record, and asks the caller what comes next.
    fn finish(&mut self, call: CallId, ended_by: EndedBy, ending: impl FnOnce(Evidence<'static>) -> Ending) {
        if let Some(attempt) = self.attempts.remove(&call) {
            let ending = ending(Evidence { ended_by, ..attempt.evidence() });
            self.conclude(call, attempt, ended_by, &ending);
        }
    }

    #[inline(never)]
    fn conclude(&mut self, call: CallId, attempt: Box<Attempt>, ended_by: EndedBy, ending: &Ending) {
        let Ending { evidence, limiter } = *ending;
        let (outcome, rule) = self.judge.judge(&evidence);
        let class = &self.scenario.traffic.callers[attempt.plan.class];
        let mut next = redial::next(self.seed, &attempt.plan, class, outcome, self.now);
        if let Next::Redial(plan) = &next
            && self.end.is_some_and(|end| plan.intended_start > end)
        {
            next = Next::Stopped;
        }
        let end = End {
            outcome,
            rule: self.judge.name(rule),
            status: evidence.status,
            q850: evidence.q850,
            limiter,
            ended_by,
            next: &next,
        };
        if let Entry::Observation(Observation::Ended(record)) = &mut self.told {
            attempt.write(record, self.now, &end, &self.frame);
        }
        self.stopped |= (self.sink)(&self.told).is_break();
        self.keep_message(call, &attempt, outcome);
        self.last_end = self.now;
        self.quiet.ends(self.now);
        if self.has_sources && next.is_last_attempt() && !attempt.plan.called_back {
            self.freed.push((self.now, attempt.plan.index));
        }
        self.spare.push(attempt);
        if let Next::Redial(plan) = next {
            let start = plan.intended_start;
            let place = self.redials.keep(Box::new(plan));
            self.events.schedule(start, Event::Redial(place));
        }
    }
}
