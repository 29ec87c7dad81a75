//! What the decision core decided, as SIP.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::Farewell;
use crate::endpoint::pbx::KEY_BITS;
use crate::endpoint::pbx::MENU_HEADER;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::Side;
use crate::outcome::Limiter;
use crate::pbx;
use crate::pbx::AgentId;
use crate::pbx::AnsweredBy;
use crate::pbx::CallId;
use crate::pbx::QueueId;
use crate::pbx::Refusal;
use crate::pbx::ScopeId;
use crate::sip::dialog::Outgoing;
use crate::sip::message::Method;
use crate::sip::transaction;
use crate::sip::transaction::ClientId;
use crate::time::Duration;
use crate::time::Instant;

/// Header that names the queue a call is in.
pub const QUEUE_HEADER: &str = "X-Busyhour-Queue";
/// Header that names the agent who picked up.
pub const AGENT_HEADER: &str = "X-Busyhour-Agent";
/// Header with the PBX's own word for why a call ends, one of `pbx::books::cause`.
pub const CAUSE_HEADER: &str = "X-Busyhour-Cause";
/// Header in which a caller of ours names its class: the PBX's types of callers.
pub const CLASS_HEADER: &str = "X-Busyhour-Class";
/// Header that names the limit that turned a call away.
pub const LIMITER_HEADER: &str = "X-Busyhour-Limiter";
/// Header that names the part of the calls whose limit it is.
pub const SCOPE_HEADER: &str = "X-Busyhour-Scope";

impl PbxEndpoint {
    /// Hands an event to the decision core and carries out what it decides.
    pub(super) fn decide(&mut self, now: Instant, input: pbx::Input<'_>, out: &mut Vec<Action>) {
        self.deciding = true;
        self.decide_one(now, input, out);
        while let Some(input) = self.inputs.pop_front() {
            self.decide_one(now, input, out);
        }
        self.deciding = false;
    }

    /// The same from within a decision that is being carried out: it is taken up after that one.
    pub(super) fn tell_core(&mut self, now: Instant, input: pbx::Input<'static>, out: &mut Vec<Action>) {
        if self.deciding {
            self.inputs.push_back(input);
        } else {
            self.decide(now, input, out);
        }
    }

    fn decide_one(&mut self, now: Instant, input: pbx::Input<'_>, out: &mut Vec<Action>) {
        let people = self.settings.scale.people(now);
        let mut decisions = std::mem::take(&mut self.pbx_actions);
        self.pbx.handle(people, input, &mut decisions);
        for decision in decisions.drain(..) {
            self.carry_out(now, decision, out);
        }
        self.tell_what_callers_hear(now, out);
        self.pbx_actions = decisions;
    }

    /// Whether what the decision core was told waits until it has been heard out.
    pub(super) const fn is_deciding(&self) -> bool {
        self.deciding
    }

    fn carry_out(&mut self, now: Instant, decision: pbx::Action, out: &mut Vec<Action>) {
        match decision {
            pbx::Action::Ring { call, queue } => self.ring(now, call, queue, out),
            pbx::Action::Answer { call, by, queue } => self.answer(now, call, &by, queue, out),
            pbx::Action::Reject { call, refusal, limiter, cause, scope, queue } => {
                let (scope, queue) = (self.scope_name(scope), queue.map(|queue| self.queue_name(queue)));
                self.reject(
                    now,
                    call,
                    &refusal,
                    Evidence { limiter, cause, scope: scope.as_deref(), queue: queue.as_deref() },
                    out,
                );
            }
            pbx::Action::Connect { call, agent } => {
                self.connect_phone(call, Target::Agent(agent), out);
                self.connect(now, call, agent, out);
            }
            pbx::Action::Hear { call, what } => self.will_hear(now, call, what, out),
            pbx::Action::MenuEvent(event) => out.push(Action::Book(BookEntry::Menu(*event))),
            pbx::Action::Noted(noted) => out.push(Action::Book(BookEntry::Noted(noted))),
            pbx::Action::HangUp { call, q850, limiter, cause, scope, .. } => {
                let scope = self.scope_name(scope);
                self.hang_up(
                    now,
                    call,
                    q850,
                    Evidence { limiter, cause, scope: scope.as_deref(), queue: None },
                    out,
                );
            }
            pbx::Action::CallEnded(mut row) => {
                row.transferred_to = self.handed_to(&row.name).or(row.transferred_to);
                self.decided(now, &row.name, out);
                out.push(Action::Book(BookEntry::Call(row)));
            }
            pbx::Action::QueueEvent(event) => out.push(Action::Book(BookEntry::Queue(*event))),
            pbx::Action::AskRoute(question) => {
                let timeout = self.settings.scale.wall_duration(question.timeout);
                out.push(Action::AskRoute { question, timeout });
            }
            pbx::Action::Triggered(triggered) => out.push(Action::Book(BookEntry::Triggered(triggered))),
            pbx::Action::QueueJoined | pbx::Action::QueueLeft => {
                unreachable!("a PBX on the wire keeps its books")
            }
            // The packets are really lost here: whoever hears it decides.
            pbx::Action::SoundLost { .. } => {}
            pbx::Action::WillCallBack { of, from, to } => self.remember_customer(of, [from, to]),
            pbx::Action::WillNotCallBack { of } => self.forget_customer(of),
            pbx::Action::CallBack { of, attempt } => self.call_back(now, of, attempt, out),
            pbx::Action::StopCallingBack { of } => self.end_fork(now, of, Target::Customer, out),
            // The phones of agents who have none ring inside `StaffedPbx`.
            pbx::Action::OfferAgent { call, agent, .. } => self.offer_agent(now, call, agent, out),
            pbx::Action::WithdrawOffer { call, agent } => {
                self.end_fork(now, call, Target::Agent(agent), out);
            }
            pbx::Action::Dial { call, user, .. } => self.dial(now, call, &user, out),
            pbx::Action::StopDialling { call } => self.end_fork(now, call, Target::User, out),
        }
    }

    /// The slab key of a call, if it still lives.
    pub(super) fn key_of(&self, call: CallId) -> Option<usize> {
        let key = usize::try_from(call.0 & ((1 << KEY_BITS) - 1)).ok()?;
        self.calls.get(key).filter(|found| found.id == call)?;
        Some(key)
    }

    fn queue_name(&self, queue: QueueId) -> Arc<str> {
        Arc::clone(self.pbx.pbx().queue_name(queue))
    }

    fn scope_name(&self, scope: Option<ScopeId>) -> Option<Arc<str>> {
        scope.map(|scope| Arc::clone(self.pbx.pbx().scope_name(scope)))
    }

    fn ring(&mut self, now: Instant, call: CallId, queue: Option<QueueId>, out: &mut Vec<Action>) {
        let Some(key) = self.key_of(call) else { return };
        let mut extra = Extra::default();
        if let Some(queue) = queue {
            extra.header(QUEUE_HEADER, &*self.queue_name(queue));
        }
        self.respond_to_invite(now, key, 180, None, &extra, out);
    }

    fn answer(
        &mut self,
        now: Instant,
        call: CallId,
        by: &AnsweredBy,
        queue: Option<QueueId>,
        out: &mut Vec<Action>,
    ) {
        let Some(key) = self.key_of(call) else { return };
        let mut extra = Extra::default();
        if let Some(queue) = queue {
            extra.header(QUEUE_HEADER, &*self.queue_name(queue));
        }
        if let &AnsweredBy::Agent(agent) = by {
            extra.header(AGENT_HEADER, &**self.pbx.pbx().agent_name(agent));
            self.calls[key].agent_named = true;
        }
        if *by == AnsweredBy::Voicemail {
            extra.header(MENU_HEADER, "voicemail");
        }
        if *by == AnsweredBy::Outside {
            extra.header(MENU_HEADER, "person");
        }
        if let &AnsweredBy::Menu { menu } = by {
            extra.header(MENU_HEADER, self.prompt_of(menu));
        }
        extra.sdp = Some(self.calls[key].answer.clone());
        extra.headers.extend(self.calls[key].session.headers.clone());
        self.calls[key].answered = true;
        self.begin_session(now, Side::Call(call));
        self.respond_to_invite(now, key, 200, None, &extra, out);
        match *by {
            AnsweredBy::User => drop(self.connect_phone(call, Target::User, out)),
            // `Connect` follows.
            AnsweredBy::Agent(agent) if self.has_answered(call, Target::Agent(agent)) => {}
            _ => self.start_media(key, out),
        }
    }

    fn reject(
        &mut self,
        now: Instant,
        call: CallId,
        refusal: &Refusal,
        evidence: Evidence<'_>,
        out: &mut Vec<Action>,
    ) {
        let Some(key) = self.key_of(call) else { return };
        match refusal {
            Refusal::Status { status, phrase, reason, retry_after } => {
                let mut extra = evidence.headers(*reason);
                if let Some(after) = retry_after {
                    extra.header("Retry-After", self.wall_seconds(*after));
                }
                self.respond_to_invite(now, key, *status, phrase.as_deref(), &extra, out);
            }
            Refusal::Silence => {
                let mut actions = Vec::new();
                self.calls[key].responded = true;
                if let Some(server) = self.calls[key].server.take() {
                    self.layer.ignore(now, server, &mut actions);
                }
                Self::transmit(actions, out);
            }
            Refusal::AnswerThenHangUp => unreachable!("arrives as Answer and HangUp"),
        }
    }

    /// Retry-After counts whole seconds of wall time, at least one.
    fn wall_seconds(&self, people: Duration) -> String {
        self.settings.scale.wall_duration(people).as_secs_f64().ceil().max(1.0).to_string()
    }

    /// An agent has picked up a call that was answered on entry, or by a menu: the caller's side learns it in the dialog,
    /// after what led there and in one message with it, so that neither can overtake the other.
    fn connect(&mut self, now: Instant, call: CallId, agent: AgentId, out: &mut Vec<Action>) {
        let unnamed = |key: &usize| !self.calls[*key].agent_named && !self.calls[*key].handed_over;
        let Some(key) = self.key_of(call).filter(unnamed) else { return };
        let mut extra = self.words_for(key);
        extra.header(AGENT_HEADER, &**self.pbx.pbx().agent_name(agent));
        self.request_in_dialog(now, key, Method::Info, &extra, out);
    }

    fn hang_up(
        &mut self,
        now: Instant,
        call: CallId,
        q850: Option<u8>,
        evidence: Evidence<'_>,
        out: &mut Vec<Action>,
    ) {
        let extra = evidence.headers(q850);
        let caller = match self.caller_of(call) {
            Side::Call(caller) => caller,
            Side::Leg(leg) => {
                let key = self.leg_key(leg);
                return key.into_iter().for_each(|key| self.leave_leg(now, key, &[], out));
            }
        };
        let Some(key) = self.key_of(caller) else { return };
        self.say_goodbye(now, key, &extra, out);
        self.calls[key].last_words = extra;
        self.stop_media(key, out);
    }

    /// Sends BYE once, as soon as our 2xx has been acknowledged.
    pub(super) fn say_goodbye(&mut self, now: Instant, key: usize, extra: &Extra, out: &mut Vec<Action>) {
        let call = &mut self.calls[key];
        if !matches!(call.farewell, Farewell::None) {
            return;
        }
        if call.server.is_some() {
            call.farewell = Farewell::Waiting(extra.clone());
        } else if let Some(client) = self.request_in_dialog(now, key, Method::Bye, extra, out) {
            self.calls[key].farewell = Farewell::UnderWay(client);
        }
    }

    /// The BYE that waited for the ACK goes out, or has nobody to go to.
    pub(super) fn send_waiting_bye(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let call = &mut self.calls[key];
        let id = call.id;
        match std::mem::replace(&mut call.farewell, Farewell::None) {
            Farewell::Waiting(extra) => self.say_goodbye(now, key, &extra, out),
            earlier => call.farewell = earlier,
        }
        self.forget_if_over(id, out);
    }

    /// Sends a request within the call's dialog. `None` if it has no dialog, since the caller gave no address, or if
    /// there is no room to wait for the response; then it is said once.
    pub(super) fn request_in_dialog(
        &mut self,
        now: Instant,
        key: usize,
        method: Method,
        extra: &Extra,
        out: &mut Vec<Action>,
    ) -> Option<ClientId> {
        let branch = self.next_branch();
        let fields = extra.fields();
        let call = &mut self.calls[key];
        let (user, dialog) = (call.id.0, call.dialog.as_mut()?);
        let destination = dialog.way(call.hop);
        let outgoing = Outgoing {
            transport: destination.transport,
            sent_by: self.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            extra: &fields,
            ..Outgoing::default()
        };
        let mut bytes = Vec::with_capacity(384);
        dialog.write_request(method, &outgoing, &mut bytes);
        let mut actions = Vec::new();
        let bytes: Arc<[u8]> = bytes.into();
        let copy = bytes.clone();
        let sent = self.layer.request(now, destination, copy, method, branch.as_bytes(), user, &mut actions);
        Self::transmit(actions, out);
        if sent.is_err() {
            // Said once, and not again.
            self.counters.full += 1;
            out.push(Action::Transmit { destination, bytes });
        }
        sent.ok()
    }

    /// The decision core has closed its books: the call lives on only while SIP needs it.
    fn decided(&mut self, now: Instant, call_id: &Arc<str>, out: &mut Vec<Action>) {
        if let Some(&key) = self.by_call_id.get(call_id) {
            let id = self.calls[key].id;
            self.end_forks(now, id, out);
            self.end_handovers(now, id, out);
            self.unlink(now, Side::Call(id), out);
            self.calls[key].decided = true;
            self.forget_if_over(self.calls[key].id, out);
        }
    }

    pub(super) fn transmit(actions: Vec<transaction::Action>, out: &mut Vec<Action>) {
        for action in actions {
            if let transaction::Action::Transmit { destination, bytes } = action {
                out.push(Action::Transmit { destination, bytes });
            }
        }
    }
}

/// What the PBX says of why it turns a call away.
#[derive(Clone, Copy)]
struct Evidence<'a> {
    limiter: Option<Limiter>,
    cause: &'static str,
    scope: Option<&'a str>,
    queue: Option<&'a str>,
}

impl Evidence<'_> {
    fn headers(&self, q850: Option<u8>) -> Extra {
        let mut extra = Extra::default();
        if let Some(cause) = q850 {
            extra.header("Reason", format!("Q.850;cause={cause}"));
        }
        extra.header(CAUSE_HEADER, self.cause);
        if let Some(limiter) = self.limiter {
            extra.header(LIMITER_HEADER, limiter.name());
        }
        if let Some(scope) = self.scope {
            extra.header(SCOPE_HEADER, scope);
        }
        if let Some(queue) = self.queue {
            extra.header(QUEUE_HEADER, queue);
        }
        extra
    }
}
