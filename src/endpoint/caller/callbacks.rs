//! Callers who are called back: their phones ring, and who picks up has the same to say as before.
//!
//! The bundled PBX names the call that asked for it in a header; whose that was is known here. An INVITE that names
//! none is a stranger's, and refused as before.

use std::sync::Arc;

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Received;
use crate::endpoint::caller::call::Call;
use crate::endpoint::caller::call::Progress;
use crate::endpoint::pbx::CALLBACK_HEADER;
use crate::endpoint::session;
use crate::keypad::Key;
use crate::outcome::CompletedBy;
use crate::outcome::Outcome;
use crate::party::caller::Input;
use crate::sip::dialog::Dialog;
use crate::sip::hop::Hop;
use crate::sip::message::Body;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::sip::transaction;
use crate::sip::transaction::ServerId;
use crate::time::Instant;
use crate::traffic::CallPlan;

/// Ports kept ready for calls that come in, where calls carry RTP.
const PORTS_READY: usize = 16;
/// Methods that a caller understands within a call.
const ALLOW: &[u8] = b"INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";

/// Somebody who waits to be called back.
#[derive(Debug)]
pub(super) struct Waiting {
    pub plan: CallPlan,
    /// They have not called, but asked on a web page.
    pub on_web: bool,
}

/// A phone that rings for a callback.
#[derive(Debug)]
pub(super) struct Phone {
    /// When it is picked up, if it is.
    at: Option<Instant>,
    /// Call-ID of the call that asked.
    asked: Arc<str>,
    invite: Vec<u8>,
    source: Hop,
    server: ServerId,
}

impl Callers {
    /// How many local ports for RTP the driver should bring with `Input::MediaPort`.
    #[must_use]
    pub fn ports_wanted(&self) -> usize {
        let wanted = self.settings.calls_back && self.settings.media.is_some();
        if wanted { PORTS_READY.saturating_sub(self.ports.len()) } else { 0 }
    }

    /// When the last caller who waits for a call was promised it, people's time; `None` if nobody waits.
    #[must_use]
    pub fn promised_calls_since(&self) -> Option<Instant> {
        let waits = !self.messages.is_empty() || !self.phones.is_empty();
        waits.then_some(self.last_promise)
    }

    /// Remembers who was promised a call.
    pub(super) fn keep_message(&mut self, call: &Call, outcome: Outcome, ended_at: Instant) {
        let may_be_called =
            matches!(outcome, Outcome::Completed(CompletedBy::Voicemail | CompletedBy::Callback));
        if may_be_called && self.settings.calls_back && self.stopping.is_none() && !call.called_back {
            self.last_promise = self.last_promise.max(ended_at);
            let waiting = Waiting { plan: call.plan.clone(), on_web: false };
            self.messages.insert(Arc::clone(&call.call_id), waiting);
        }
    }

    /// What a waiting caller makes of the offer of a callback.
    pub(super) fn offer_of(&self, key: usize, pressed: Key) -> Input {
        let plan = &self.calls[key].plan;
        let accepted = self.settings.classes[plan.class].callback.accepts(self.settings.seed, plan);
        Input::CallbackOffered { press: accepted.map(|after| (pressed, after)) }
    }

    /// What the caller whose call is named intended; it may not have been written down yet.
    fn plan_of(&mut self, asked: &str) -> Option<CallPlan> {
        if let Some(waiting) = self.messages.get(asked) {
            return Some(waiting.plan.clone());
        }
        self.just_ended(asked).map(|call| call.plan.clone())
    }

    /// The plan of the call to the caller whose call is named, who won't be called for it again.
    fn take_plan_of(&mut self, asked: &str, at: Instant) -> Option<CallPlan> {
        // Who is called back a second time has been spoken to before, also if the first request came from the web.
        if let Some(waiting) = self.messages.remove(asked) {
            return Some(waiting.plan.called_back(at, waiting.on_web));
        }
        let call = self.just_ended(asked)?;
        call.called_back = true;
        Some(call.plan.clone().called_back(at, false))
    }

    /// The call of this name, if it is over and only not written down.
    fn just_ended(&mut self, asked: &str) -> Option<&mut Call> {
        let ended = |call: &Call| *call.call_id == *asked && call.progress == Progress::Over;
        self.calls.iter_mut().find(|(_, call)| ended(call)).map(|(_, call)| call)
    }

    /// An INVITE outside every call: a callback rings, if it is one. Says whether it was.
    pub(super) fn rings_back(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) -> bool {
        let Received { source, message, bytes } = *received;
        let header = message.header(CALLBACK_HEADER).filter(|_| self.settings.calls_back);
        let Some(text) = header.and_then(|text| std::str::from_utf8(text).ok()) else { return false };
        let Some((attempt, asked)) = text.split_once(' ') else { return false };
        let (Ok(attempt), Some(plan)) = (attempt.parse::<u32>(), self.plan_of(asked)) else {
            return false;
        };
        let habit = &self.settings.classes[plan.class].callback;
        let after = habit.answers(self.settings.seed, &plan, attempt);
        let at = after.map(|after| now + self.settings.scale.wall_duration(after));
        let phone = Phone { at, asked: Arc::from(asked), invite: bytes.to_vec(), source, server };
        if at.is_some_and(|at| at <= now) {
            self.pick_up(now, &phone, out);
        } else {
            self.respond(now, source, message, server, 180, None, out);
            self.phones.insert(message.call_id.into(), phone);
        }
        true
    }

    /// When the next phone is picked up.
    pub(super) fn next_pick_up(&self) -> Option<Instant> {
        self.phones.values().filter_map(|phone| phone.at).min()
    }

    pub(super) fn pick_up_phones(&mut self, now: Instant, out: &mut Vec<Action>) {
        let due = |phone: &Phone| phone.at.is_some_and(|at| at <= now);
        while let Some(name) = self.phones.iter().find(|(_, phone)| due(phone)).map(|(name, _)| name.clone())
        {
            if let Some(phone) = self.phones.remove(&name) {
                self.pick_up(now, &phone, out);
            }
        }
    }

    /// The firm has let the phone ring for long enough.
    pub(super) fn stops_ringing(&mut self, now: Instant, invite: ServerId, out: &mut Vec<Action>) {
        let found = self.phones.iter().find(|(_, phone)| phone.server == invite);
        if let Some(name) = found.map(|(name, _)| name.clone())
            && let Some(phone) = self.phones.remove(&name)
        {
            self.refuse_call(now, &phone, 487, out);
        }
    }

    /// Nobody picks up any more.
    pub(super) fn stop_phones(&mut self, now: Instant, out: &mut Vec<Action>) {
        self.messages.clear();
        self.asking.clear();
        for phone in std::mem::take(&mut self.phones).into_values() {
            self.refuse_call(now, &phone, 480, out);
        }
    }

    fn refuse_call(&mut self, now: Instant, phone: &Phone, status: u16, out: &mut Vec<Action>) {
        let Ok(message) = Message::scan(&phone.invite) else { return };
        self.respond(now, phone.source, &message, phone.server, status, None, out);
    }

    /// The caller picks up: a call begins as others do with a 200.
    fn pick_up(&mut self, now: Instant, phone: &Phone, out: &mut Vec<Action>) {
        let Ok(message) = Message::scan(&phone.invite) else { return };
        let wants_port = self.settings.media.is_some();
        if wants_port && self.ports.is_empty() {
            return self.refuse_call(now, phone, 480, out);
        }
        let address = self.settings.advertised.ip();
        let port = self.ports.last().copied();
        let Some((sdp, agreed)) = session::answer(message.body, address, port) else {
            return self.refuse_call(now, phone, 488, out);
        };
        let people = self.settings.scale.people(now);
        let Some(plan) = self.take_plan_of(&phone.asked, people) else {
            return self.refuse_call(now, phone, 480, out);
        };
        out.push(Action::CalledBack { index: plan.index, attempt: plan.attempt });
        let port = self.ports.pop();
        let call_id: Arc<str> = String::from_utf8_lossy(message.call_id).into();
        let key = self.begin(now, plan, Some(call_id), port);
        let call = &mut self.calls[key];
        call.dialog = Dialog::of_callee(&message, call.from_tag.as_bytes());
        call.progress = Progress::Answered;
        call.made_by_firm = true;
        call.answered = Some(now);
        call.first_response = Some(now);
        call.provisional = true;
        call.heard.status = Some(200);
        call.refresh = Some(phone.server);
        let tag = call.from_tag.clone();
        self.accept_call(now, key, phone, &message, (&tag, &sdp), out);
        self.seize(now, key, out);
        if let (Some(port), Some(remote)) = (port, agreed.peer) {
            let call = &mut self.calls[key];
            call.media_flows = true;
            call.events = agreed.telephone_event;
            let (payload_type, events) = (agreed.codec.payload_type(), agreed.telephone_event);
            out.push(Action::StartMedia { port, remote, payload_type, events });
        }
        self.tell(now, key, Input::Answered { person: false }, out);
    }

    fn accept_call(
        &mut self,
        now: Instant,
        key: usize,
        phone: &Phone,
        message: &Message<'_>,
        (tag, sdp): (&str, &[u8]),
        out: &mut Vec<Action>,
    ) {
        self.ladders.message(self.calls[key].serial, now, false, &phone.invite);
        let mut bytes = Vec::with_capacity(768);
        let extra = [("Contact", self.texts.contact.as_bytes()), ("Allow", ALLOW)];
        let echo = Echo::of(message, phone.source);
        echo.write(200, tag.as_bytes(), &extra, Some(Body::sdp(sdp)), &mut bytes);
        let mut actions: Vec<transaction::Action> = Vec::new();
        self.layer.respond(now, phone.server, 200, bytes, &mut actions);
        self.send(&mut actions, key, now, out);
    }
}
