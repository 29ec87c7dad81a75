//! The machine itself: what each input does. Queues and agents are next door, in `queueing`.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::pbx::action::Action;
use crate::pbx::action::AnsweredBy;
use crate::pbx::action::HangUpReason;
use crate::pbx::admission::Admission;
use crate::pbx::admission::Refused;
use crate::pbx::agent;
use crate::pbx::agent::Agent;
use crate::pbx::books::CdrRow;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::pbx::call::State;
use crate::pbx::call::Then;
use crate::pbx::callbacks::Callbacks;
use crate::pbx::config::Config;
use crate::pbx::config::Refusal;
use crate::pbx::contacts::Contacts;
use crate::pbx::deadlines;
use crate::pbx::hunting;
use crate::pbx::input::AgentId;
use crate::pbx::input::CallId;
use crate::pbx::input::Input;
use crate::pbx::input::QueueId;
use crate::pbx::menu::Exit;
use crate::pbx::menu::MenuEventKind;
use crate::pbx::presence::Roster;
use crate::pbx::queue::Queue;
use crate::pbx::routing::Routing;
use crate::pbx::rows::End;
use crate::pbx::rows::row;
use crate::pbx::table::CallTable;
use crate::pbx::timers::Owner;
use crate::pbx::timers::TimerId;
use crate::pbx::timers::Timers;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::text::share;
use crate::time::{Duration, Instant};

/// The reference PBX. All times are people's.
///
/// For every `CallOffered` exactly one `Action::CallEnded` comes out, at once for refused calls. After it,
/// and after `Reject` or `HangUp`, the PBX knows the call no more.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each one so or not")]
pub struct Pbx {
    pub(super) config: Config,
    pub(super) routing: Routing,
    pub(super) admission: Admission,
    pub(super) calls: CallTable<Box<Call>>,
    /// Calls that are over, their memory to be used again.
    #[expect(clippy::vec_box, reason = "the boxes go back into the table")]
    spare: Vec<Box<Call>>,
    pub(super) queues: Vec<Queue>,
    pub(super) agents: Vec<Agent>,
    /// When each queue with a policy is to be looked at again.
    pub(super) wakes: Vec<Option<(Instant, TimerId)>>,
    /// The queues have policies: all of them, or none.
    pub(super) has_policies: bool,
    pub(super) timers: Timers,
    /// The earliest of all deadlines, found out at the end of each event.
    pub(super) due: Option<Instant>,
    /// Something beside the timers may have a deadline.
    pub(super) has_more_deadlines: bool,
    pub(super) roster: Roster,
    /// Draws answer delays.
    pub(super) stream: Stream,
    pub(super) next_place: u64,
    pub(super) next_ticket: u64,
    pub(super) shutting_down: bool,
    /// Rows and lines of the log are wanted.
    pub(super) keeps_books: bool,
    unknown_inputs: u64,
    pub(super) contacts: Option<Contacts>,
    /// Draws codes, where agents give calls any.
    pub(super) codes: Option<Seed>,
    pub(super) callbacks: Callbacks,
    /// Agents send callers on.
    pub(super) sends_on: bool,
}

impl Pbx {
    /// A PBX without calls, its agents idle, the first of each queue to be called first.
    #[must_use]
    pub fn new(config: Config, seed: Seed) -> Self {
        let mut pbx = Self {
            routing: Routing::new(&config),
            admission: Admission::new(&config, seed),
            calls: CallTable::new(),
            spare: Vec::new(),
            queues: hunting::queues(&config, seed),
            agents: Vec::with_capacity(config.agents.len()),
            wakes: vec![None; config.queues.len()],
            has_policies: hunting::has_policies(&config),
            timers: Timers::default(),
            due: None,
            has_more_deadlines: deadlines::has_more_deadlines(&config),
            roster: Roster::default(),
            stream: seed.stream(Purpose::Pbx, 0),
            next_place: 0,
            next_ticket: 0,
            shutting_down: false,
            keeps_books: true,
            unknown_inputs: 0,
            contacts: None,
            codes: (!config.wrap_up_codes.is_empty()).then_some(seed),
            callbacks: Callbacks::default(),
            sends_on: config.sends_on(),
            config,
        };
        pbx.hire(seed);
        pbx.open_contacts(seed);
        pbx.due = pbx.earliest_deadline();
        pbx
    }

    /// The same PBX for those who want figures only: no rows of the call detail records, and of the queue's log only
    /// the phones that rang in vain; `QueueJoined` and `QueueLeft` stand for the rest. Names and numbers of calls
    /// are then nobody's concern. Its decisions are the same.
    #[must_use]
    pub const fn without_books(mut self) -> Self {
        self.keeps_books = false;
        self
    }

    /// Applies one event at `now` and appends its consequences to `actions`. Deadlines that have passed by
    /// `now` are served first, each at its own instant, so that a driver that is late does not change their
    /// order or their consequences.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, actions: &mut Vec<Action>) {
        self.serve_deadlines(now, actions);
        match input {
            Input::CallOffered { call, name, from, to, class } => {
                let arriving = self.begin(now, [name, from, to], class);
                self.call_offered(now, call, arriving, actions);
            }
            Input::CallerHungUp { call } => self.caller_hung_up(now, call, actions),
            Input::CalledBack { of, call, name, from, to, class } => {
                let arriving = self.begin(now, [name, from, to], class);
                self.called_back(now, of, call, arriving, actions);
            }
            Input::CallbackRequested { call, name, from, to, class } => {
                let asking = self.begin(now, [name, from, to], class);
                self.asked_on_web(now, call, &asking, actions);
            }
            Input::CallBackFailed { of } => self.customer_not_reached(now, of, actions),
            Input::KeyPressed { call, key } => self.key_pressed(now, call, key, actions),
            Input::AgentAnswered { call, agent } => self.agent_answered(now, call, agent, actions),
            Input::AgentDeclined { call, agent } => self.agent_declined(now, call, agent, actions),
            Input::AgentHungUp { call, agent } => self.agent_hung_up(now, call, agent, actions),
            Input::AgentTransferred { call, agent, how } => {
                self.agent_transferred(now, call, agent, how, actions);
            }
            Input::Transferred { call, to, talk } => self.transfer(now, call, to, talk, actions),
            Input::HandoverRings { call } => self.handover_rings(call),
            Input::HandoverOver { call } => self.handover_over(now, call, actions),
            Input::UserRings { call } => self.user_rings(call, actions),
            Input::UserAnswered { call } => self.user_answered(now, call, actions),
            Input::UserFailed { call, status } => self.user_failed(now, call, status, actions),
            Input::UserHungUp { call } => self.user_hung_up(now, call, actions),
            Input::AgentReachable { agent, reachable } => {
                self.agent_reachable(now, agent, reachable, actions);
            }
            Input::RouteDecided { call, target } => self.route_decided(now, call, target, actions),
            Input::DeadlineReached => {}
            Input::ShutDown => self.shut_down(now, actions),
        }
        self.settle(now, actions);
        self.place_callbacks(now, actions);
        self.take_up_contacts(now, actions);
        self.sweep();
        self.due = self.earliest_deadline();
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    pub const fn next_deadline(&self) -> Option<Instant> {
        self.due
    }

    /// The type of callers with this name: an index into `Config::callers`.
    #[must_use]
    pub fn class_named(&self, name: &[u8]) -> Option<usize> {
        self.config.callers.iter().position(|caller| caller.name.as_bytes() == name)
    }

    /// Admitted calls that have not ended.
    #[must_use]
    pub fn circuits_in_use(&self) -> u32 {
        u32::try_from(self.calls.len()).unwrap_or(u32::MAX)
    }

    /// Callers waiting for an agent, those for whom a phone rings included.
    #[must_use]
    pub fn queue_length(&self) -> u32 {
        self.queues.iter().map(Queue::len).sum()
    }

    /// The name of the menu with this index.
    ///
    /// # Panics
    /// If there is no such menu.
    #[must_use]
    pub fn menu_name(&self, menu: usize) -> &Arc<str> {
        &self.config.menus[menu].name
    }

    /// Inputs about calls or agents that the PBX did not know, or that came too late for their state.
    #[must_use]
    pub const fn unknown_inputs(&self) -> u64 {
        self.unknown_inputs
    }

    pub(super) fn ignore(&mut self) {
        self.unknown_inputs += 1;
    }

    /// A call at the door. What the last call in its place had in common with it stays, which in a simulation is
    /// all its texts.
    fn begin(&mut self, now: Instant, [name, from, to]: [&Arc<str>; 3], class: usize) -> Box<Call> {
        let Some(mut call) = self.spare.pop() else {
            let (name, from, to) = (Arc::clone(name), Arc::clone(from), Arc::clone(to));
            return Box::new(Call {
                name,
                from,
                to,
                class,
                start: now,
                state: State::Arriving,
                route: None,
                sent_on: None,
                called_back: 0,
                transferred: None,
                handovers: 0,
            });
        };
        share(&mut call.name, name);
        share(&mut call.from, from);
        share(&mut call.to, to);
        call.class = class;
        call.start = now;
        call.state = State::Arriving;
        call.route = None;
        call.sent_on = None;
        call.called_back = 0;
        call.transferred = None;
        call.handovers = 0;
        call
    }

    fn call_offered(&mut self, now: Instant, id: CallId, call: Box<Call>, actions: &mut Vec<Action>) {
        if self.calls.contains_key(&id) {
            return self.ignore();
        }
        if self.shutting_down {
            return self.turn_away(now, id, call, None, shut_down_refusal(), actions);
        }
        self.fire(now, &call, false, actions);
        let Some(call) = self.let_pass(now, id, call, actions) else { return };
        match self.admission.admit(now, call.offer(id)) {
            Ok(goes_on) => {
                self.fire(now, &call, true, actions);
                self.set_up(now, id, call, goes_on, actions);
            }
            Err(refused) => self.turn_away(now, id, call, None, refused, actions),
        }
    }

    pub(super) fn ring_then_answer(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        delay: Duration,
        actions: &mut Vec<Action>,
    ) {
        if delay.is_zero() {
            self.calls.insert(id, call);
            self.answer(now, id, AnsweredBy::Pbx, actions);
        } else {
            self.ring(now, id, call, delay, Then::Answer, actions);
        }
    }

    /// Whoever was called picks up, and talks to the caller from now on.
    pub(super) fn answer(&mut self, now: Instant, id: CallId, by: AnsweredBy, actions: &mut Vec<Action>) {
        let call = self.calls.get_mut(&id).expect("a call that is answered is in the table");
        call.state = State::Answered { at: now, by_user: by == AnsweredBy::User };
        let (by, queue) = (Self::whoever_answers(call, by), call.asked());
        actions.push(Action::Answer { call: id, by, queue });
        self.admission.sound_begins(now, id);
        self.admission.talk_begins(now, id);
    }

    pub(super) fn ring(
        &mut self,
        now: Instant,
        id: CallId,
        mut call: Box<Call>,
        lasting: Duration,
        then: Then,
        actions: &mut Vec<Action>,
    ) {
        let timer = self.timers.set(now + lasting, Owner::Call(id));
        call.state = State::Ringing { timer, then };
        actions.push(Action::Ring { call: id, queue: None });
        self.calls.insert(id, call);
    }

    pub(super) fn call_deadline(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        let call = self.calls.get(&id).expect("a live deadline has its call");
        match call.state {
            State::Ringing { then: Then::Answer, .. } => self.answer(now, id, AnsweredBy::Pbx, actions),
            State::SettingUp { .. } => {
                let call = self.take(id);
                self.route(now, id, call, actions);
            }
            State::Ringing { then: Then::NoAnswer | Then::UserAnswers, .. } => {
                self.stop_dialling(id, actions);
                let call = self.take(id);
                self.refuse(now, id, call, plain(480, 19, cause::NO_ANSWER), actions);
            }
            State::Menu(at) => self.menu_deadline(now, id, at, actions),
            State::Recording(_) => self.message_full(now, id, actions),
            State::Queued(queued) => self.wait_is_over(now, id, queued, actions),
            State::Asking { .. } => self.route_decided(now, id, None, actions),
            State::Arriving | State::Answered { .. } | State::Talking(_) => {
                unreachable!("a call in this state has no deadline")
            }
        }
    }

    fn caller_hung_up(&mut self, now: Instant, id: CallId, actions: &mut Vec<Action>) {
        let Some(call) = self.calls.get(&id) else {
            return self.ignore();
        };
        match call.state {
            State::Menu(at) => self.leaves_menu(now, id, at, actions),
            State::Recording(at) => self.leaves_voicemail(now, id, at, actions),
            State::Queued(queued) => self.abandon(now, id, queued, EndedBy::Caller, actions),
            State::Talking(talking) => self.complete(now, id, talking, EndedBy::Caller, actions),
            State::Answered { .. } => {
                self.close(now, id, &End::new(cause::ANSWERED, EndedBy::Caller), actions);
            }
            State::Arriving | State::Asking { .. } | State::SettingUp { .. } | State::Ringing { .. } => {
                self.stop_dialling(id, actions);
                self.close(now, id, &End::new(cause::ABANDONED, EndedBy::Caller), actions);
            }
        }
    }

    fn shut_down(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.shutting_down = true;
        let mut ids: Vec<CallId> = self.calls.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        for id in ids {
            let Some(call) = self.calls.get(&id) else { continue };
            match (call.answered(), call.state) {
                (None, State::Queued(queued)) => {
                    self.leave_for_good(now, id, queued, actions);
                    self.log_abandon(now, id, queued, actions);
                    let call = self.take(id);
                    self.refuse(now, id, call, shut_down_refusal(), actions);
                }
                (None, _) => {
                    self.stop_dialling(id, actions);
                    let call = self.take(id);
                    self.refuse(now, id, call, shut_down_refusal(), actions);
                }
                (Some(_), state) => {
                    actions.push(hang_up(id, HangUpReason::ShutDown, &shut_down_refusal()));
                    match state {
                        State::Menu(at) => {
                            let exit = MenuEventKind::Left(Exit::CutShort);
                            self.log_menu(now, id, at.menu, exit, actions);
                            self.close(now, id, &End::new(cause::SHUT_DOWN, EndedBy::Pbx), actions);
                        }
                        State::Queued(queued) => self.abandon(now, id, queued, EndedBy::Pbx, actions),
                        State::Talking(talking) => self.complete(now, id, talking, EndedBy::Pbx, actions),
                        _ => self.close(now, id, &End::new(cause::SHUT_DOWN, EndedBy::Pbx), actions),
                    }
                }
            }
        }
    }

    /// Takes an admitted call out of the table; whoever does so ends it.
    pub(super) fn take(&mut self, id: CallId) -> Box<Call> {
        self.calls.remove(&id).expect("the caller of take has just seen the call")
    }

    /// Turns an admitted call away and frees its circuit.
    pub(super) fn refuse(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        refused: Refused,
        actions: &mut Vec<Action>,
    ) {
        self.give_back(now, id, &call);
        let queue = call.queue();
        self.turn_away(now, id, call, queue, refused, actions);
    }

    /// Writes the last row of an admitted call and frees its circuit.
    pub(super) fn close(&mut self, now: Instant, id: CallId, end: &End, actions: &mut Vec<Action>) {
        let call = self.take(id);
        self.note_charge(now, &call, actions);
        self.note_talk_of_others(now, &call, actions);
        let account = self.give_back(now, id, &call);
        if !self.keeps_books {
            return self.spare.push(call);
        }
        let agent = self.name_of_server(&call);
        let (answer, queue) = (call.answered(), self.name_of(call.queue()));
        let row = self.traced(id, &call, row(now, &call, answer, queue, agent, end));
        let (billed, recorded_bytes) = (account.billed, account.recorded_bytes);
        actions.push(Action::CallEnded(Box::new(CdrRow { billed, recorded_bytes, ..row })));
        self.spare.push(call);
    }

    /// Rejects a call, or answers it only to hang up, and writes its row.
    pub(super) fn turn_away(
        &mut self,
        now: Instant,
        id: CallId,
        call: Box<Call>,
        queue: Option<QueueId>,
        mut refused: Refused,
        actions: &mut Vec<Action>,
    ) {
        self.note_talk_of_others(now, &call, actions);
        // A caller who hears the ringing tone can't be left in silence: nothing would ever end the call.
        let alerted = matches!(call.state, State::Ringing { .. } | State::Queued(_));
        if alerted && refused.refusal == Refusal::Silence {
            refused.refusal = Refusal::status(480, Some(19));
        }
        let mut answer = call.answered();
        let mut status = None;
        if answer.is_some() {
            // A menu has answered the call: what was to be refused is hung up.
            actions.push(hang_up(id, HangUpReason::Refused, &refused));
        } else if refused.refusal == Refusal::AnswerThenHangUp {
            answer = Some(now);
            actions.push(Action::Answer { call: id, by: AnsweredBy::Pbx, queue });
            actions.push(hang_up(id, HangUpReason::Refused, &refused));
        } else {
            if let Refusal::Status { status: code, .. } = refused.refusal {
                status = Some(code);
            }
            actions.push(Action::Reject {
                call: id,
                refusal: Box::new(refused.refusal.clone()),
                limiter: refused.limiter,
                cause: refused.cause,
                scope: refused.scope,
                queue,
            });
        }
        if !self.keeps_books {
            return self.spare.push(call);
        }
        let scope = refused.scope;
        let end = End { cause: refused.cause, ended_by: EndedBy::Pbx, status, refused: Some(refused) };
        let (queue, scope) = (self.name_of(queue), scope.map(|scope| Arc::clone(self.scope_name(scope))));
        let agent = self.name_of_server(&call);
        let row = self.traced(id, &call, row(now, &call, answer, queue, agent, &end));
        actions.push(Action::CallEnded(Box::new(CdrRow { scope, ..row })));
        self.spare.push(call);
    }

    /// The name of an agent.
    ///
    /// # Panics
    /// If no action of this PBX has named the agent, and there is none of this number.
    #[must_use]
    pub fn agent_name(&self, agent: AgentId) -> &Arc<str> {
        &self.config.agents[agent.0 as usize].name
    }

    /// The name of a queue.
    ///
    /// # Panics
    /// If no action of this PBX has named the queue, and there is none of this number.
    #[must_use]
    pub fn queue_name(&self, queue: QueueId) -> &Arc<str> {
        &self.config.queues[queue.0 as usize].name
    }

    /// The name of the agent who has talked to the caller last.
    fn name_of_server(&self, call: &Call) -> Option<Arc<str>> {
        call.served().map(|served| Arc::clone(self.agent_name(served.agent)))
    }

    fn name_of(&self, queue: Option<QueueId>) -> Option<Arc<str>> {
        queue.map(|queue| Arc::clone(self.queue_name(queue)))
    }
}

/// The action that ends an answered call, with the evidence of `refused`.
pub(super) fn hang_up(id: CallId, reason: HangUpReason, refused: &Refused) -> Action {
    Action::HangUp {
        call: id,
        reason,
        q850: refused.refusal.q850(),
        limiter: refused.limiter,
        cause: refused.cause,
        scope: refused.scope,
    }
}

pub(super) const fn plain(status: u16, q850: u8, cause: &'static str) -> Refused {
    Refused::new(None, cause, Refusal::status(status, Some(q850)))
}

pub(super) const fn unknown_number() -> Refused {
    plain(404, 1, cause::UNKNOWN_NUMBER)
}

const fn shut_down_refusal() -> Refused {
    plain(503, 41, cause::SHUT_DOWN)
}

impl agent::State {
    /// Whether the agent can be offered a call.
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }
}
