//! Requests from callers: which become calls, which end them, and which are refused before they mean anything.

use std::sync::Arc;

use crate::endpoint::dtmf;
use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::CLASS_HEADER;
use crate::endpoint::pbx::Call;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::Farewell;
use crate::endpoint::pbx::KEY_BITS;
use crate::endpoint::pbx::LIMITER_HEADER;
use crate::endpoint::pbx::Media;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::endpoint::pbx::refused::Refused;
use crate::endpoint::pbx::refused::check_headers;
use crate::endpoint::pbx::sides::Side;
use crate::endpoint::session;
use crate::endpoint::session::Speech;
use crate::outcome::Limiter;
use crate::pbx;
use crate::pbx::CallId;
use crate::sip::dialog::Dialog;
use crate::sip::hop::Hop;
use crate::sip::message::Echo;
use crate::sip::message::MAX_FORWARDS;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::response_destination;
use crate::sip::message::uri_user;
use crate::sip::sdp::Direction;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

const NO_MEDIA: &str = "Q.850;cause=41;text=\"no media\"";

impl PbxEndpoint {
    pub(super) fn request(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        if let Err(refused) = check_headers(message, self.phones.any()) {
            return self.refuse(now, source, message, server, &refused, out);
        }
        let in_dialog = message.to.tag.is_some();
        let side = self.side_in_dialog(message).filter(|_| in_dialog);
        if let Some(side) = side {
            self.heard_from(side, source);
        }
        if let Some(side) = side
            && self.request_of_side(now, side, source, message, server, out)
        {
            return;
        }
        match message.method() {
            Method::Invite | Method::Update if in_dialog => {
                self.refresh(now, source, message, server, out);
            }
            Method::Invite if self.phones.any() && message.header("Replaces").is_some() => {
                self.replace(now, source, message, server, out);
            }
            Method::Invite => self.offer(now, source, message, server, out),
            Method::Bye => self.bye(now, source, message, server, out),
            Method::Info if in_dialog => self.info(now, source, message, server, out),
            Method::Options => self.options(now, source, message, server, out),
            Method::Refer if !in_dialog && self.pbx.pbx().has_queues() => {
                self.asked_on_web(now, source, message, server, out);
            }
            Method::Register if self.phones.any() => self.register(now, source, message, server, out),
            Method::Update | Method::Info => {
                self.refuse(now, source, message, server, &Refused::status(481), out);
            }
            _ => {
                let refused = Refused::with(405, "Allow", self.allowed_methods());
                self.refuse(now, source, message, server, &refused, out);
            }
        }
    }

    /// A new INVITE: a call, unless it is no proper one (RFC 3261, 8.2).
    fn offer(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        if !self.may_call(now, source, message, server, out) {
            return;
        }
        let checked = self.check_invite(message).and_then(|()| self.answer_to(message));
        let (answer, media) = match checked {
            Ok(checked) => checked,
            Err(refused) => return self.refuse(now, source, message, server, &refused, out),
        };
        let key = self.insert(source, message, server, answer, media);
        let call = &self.calls[key];
        let id = call.id;
        let name = call.call_id.clone();
        let (from, to) = (text(message.from.user().unwrap_or(b"anonymous")), text(called_number(message)));
        let class = self.class_of(message);
        self.layer.set_user(server, id.0);
        self.calls[key].session = self.time_session(now, Side::Call(id), message);
        let offered = pbx::Input::CallOffered { call: id, name: &name, from: &from, to: &to, class };
        self.decide(now, offered, out);
        // Nothing said yet, and something still to come: keep the caller from repeating itself.
        if self.key_of(id).is_some_and(|key| !self.calls[key].responded) {
            self.respond_to_invite(now, key, 100, None, &Extra::default(), out);
        }
    }

    /// The type of callers that the INVITE names; whoever names none counts as the first.
    pub(super) fn class_of(&self, message: &Message<'_>) -> usize {
        let Some(name) = message.header(CLASS_HEADER) else { return 0 };
        self.pbx.pbx().class_named(name).unwrap_or(0)
    }

    pub(super) fn check_invite(&mut self, message: &Message<'_>) -> Result<(), Refused> {
        if self.by_call_id.contains_key(&*text(message.call_id)) || self.is_own_invite(message) {
            // The same request by another way (RFC 3261, 8.2.2.2).
            return Err(Refused::status(482));
        }
        if self.calls.len() >= self.settings.capacity || self.calls.len() >> KEY_BITS != 0 {
            self.counters.full += 1;
            return Err(Refused::with(503, "Reason", "Q.850;cause=42"));
        }
        if let Some(least) = self.too_brief(message) {
            return Err(Refused::with(422, "Min-SE", &least));
        }
        Ok(())
    }

    /// Our SDP answer, and where the media will flow.
    fn answer_to(&mut self, message: &Message<'_>) -> Result<(Vec<u8>, Option<Media>), Refused> {
        let is_sdp = message.content_type.is_none_or(|kind| kind.eq_ignore_ascii_case(b"application/sdp"));
        if !message.body.is_empty() && !is_sdp {
            return Err(Refused::with(415, "Accept", "application/sdp"));
        }
        let is_echo = self.phones.is_echo(called_number(message));
        let on_demand = is_echo || self.phones.any();
        let carries = self.settings.media || (self.settings.media_on_demand && on_demand);
        let port = if carries { self.ports.pop() } else { None };
        if carries && port.is_none() {
            // Our own sockets ran out: a call without sound would be charged to the media.
            self.counters.full += 1;
            return Err(Refused::with(503, "Reason", "Q.850;cause=47"));
        }
        let address = self.settings.advertised.ip();
        if message.body.is_empty() {
            // A delayed offer: ours comes in the 200 (RFC 3261, 13.2.1), its answer in the ACK.
            if let Some(port) = port.filter(|_| self.phones.any()) {
                let speech = Speech::default();
                let offer = speech.offer(address, Some(port), 1, Direction::SendRecv);
                return Ok((offer, Some(Media::awaiting(port, speech))));
            }
            self.ports.extend(port);
            return Ok((session::offer(address, None, None), None));
        }
        let Some((answer, agreed)) = session::answer(message.body, address, port) else {
            self.ports.extend(port);
            return Err(Refused::status(488));
        };
        let sound = if is_echo { Sound::Echo } else { Sound::Tone };
        let media = port.map(|port| {
            let mut media = Media { sound, ..Media::awaiting(port, Speech::of(&agreed)) };
            media.agree(&agreed);
            media
        });
        Ok((answer, media))
    }

    pub(super) fn insert(
        &mut self,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        answer: Vec<u8>,
        media: Option<Media>,
    ) -> usize {
        let entry = self.calls.vacant_entry();
        let key = entry.key();
        let serial = self.next_call;
        self.next_call += 1;
        let call_id = text(message.call_id);
        let tag = format!("{:x}-{}-{serial:x}", key, self.settings.run_tag);
        entry.insert(Call {
            id: CallId(serial << KEY_BITS | key as u64),
            call_id: call_id.clone(),
            hop: response_destination(&message.via, source),
            echo: Echo::of(message, source),
            from: text(message.from.user().unwrap_or(b"anonymous")),
            max_forwards: message
                .max_forwards
                .map_or(MAX_FORWARDS, |hops| u8::try_from(hops).unwrap_or(u8::MAX)),
            peer: None,
            session: Extra::default(),
            handed_over: false,
            guest: None,
            server: Some(server),
            responded: false,
            answered: false,
            agent_named: false,
            untold: Vec::new(),
            dialog: Dialog::of_callee(message, tag.as_bytes()),
            tag,
            answer,
            media,
            decided: false,
            farewell: Farewell::None,
            last_words: Extra::default(),
            ack: None,
        });
        self.by_call_id.insert(call_id, key);
        key
    }

    /// A re-INVITE or UPDATE: the session goes on, elsewhere or on hold if the offer says so. A re-INVITE without an
    /// offer gets ours (RFC 3261, 14.1), and one before the call is answered is out of place (14.2).
    fn refresh(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let Some(key) = self.key_in_dialog(message) else {
            return self.refuse(now, source, message, server, &Refused::status(481), out);
        };
        match self.refreshed(key, message) {
            Ok(sdp) => {
                if !message.body.is_empty() && self.calls[key].media.is_some_and(|media| media.flowing) {
                    self.start_media(key, out);
                }
                if message.method() == Method::Invite {
                    self.await_ack(Side::Call(self.calls[key].id), server);
                }
                let side = Side::Call(self.calls[key].id);
                let extra = Extra { sdp, ..self.time_session(now, side, message) };
                self.respond(now, source, message, server, 200, &extra, out);
            }
            Err(refused) => self.refuse(now, source, message, server, &refused, out),
        }
    }

    /// The SDP to answer a re-INVITE or UPDATE with, if any.
    fn refreshed(&mut self, key: usize, message: &Message<'_>) -> Result<Option<Vec<u8>>, Refused> {
        let brief = self.too_brief(message);
        let refreshing = self.is_refreshing(Side::Call(self.calls[key].id));
        let call = &mut self.calls[key];
        let invites = message.method() == Method::Invite;
        if let Some(least) = brief {
            return Err(Refused::with(422, "Min-SE", &least));
        }
        if refreshing && (invites || !message.body.is_empty()) {
            return Err(Refused::status(491));
        }
        if invites && !call.answered {
            return Err(Refused::with(500, "Retry-After", "1"));
        }
        if !matches!(call.farewell, Farewell::None) {
            return Err(Refused::status(481));
        }
        if let Some(dialog) = call.dialog.as_mut() {
            dialog.receive(message).map_err(|refusal| Refused::status(refusal.status()))?;
        }
        let (address, media) = (self.settings.advertised.ip(), call.media);
        let port = media.map(|media| media.port);
        if message.body.is_empty() {
            return Ok(invites.then(|| session::offer(address, port, media.map(|media| media.payload_type))));
        }
        let (answer, agreed) = session::answer(message.body, address, port).ok_or(Refused::status(488))?;
        if let Some(media) = call.media.as_mut() {
            media.agree(&agreed);
            if !media.hears {
                media.remote = Some(session::HELD);
            }
        }
        Ok(Some(answer))
    }

    /// Our 200 to a re-INVITE goes out until its ACK comes.
    pub(super) fn await_ack(&mut self, side: Side, server: ServerId) {
        let earlier = match side {
            Side::Call(call) => self.key_of(call).and_then(|key| self.calls[key].server.replace(server)),
            Side::Leg(leg) => self.leg_key(leg).and_then(|key| self.legs[key].server.replace(server)),
        };
        if let Some(earlier) = earlier {
            // Who sends a second INVITE has seen the answer to the first.
            self.layer.acknowledged(earlier);
        }
        self.layer.set_user(server, side.user());
    }

    fn bye(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let Some(key) = self.key_in_dialog(message) else {
            return self.refuse(now, source, message, server, &Refused::status(481), out);
        };
        let mut last_words = self.calls[key].last_words.clone();
        if self.pbx.pbx().was_link_overloaded(self.settings.scale.people(now)) {
            // What the caller has lost, if it was too much, was lost on this link.
            last_words.header(LIMITER_HEADER, Limiter::Bandwidth.name());
        }
        self.respond(now, source, message, server, 200, &last_words, out);
        let call = &mut self.calls[key];
        if matches!(call.farewell, Farewell::Waiting(_)) {
            call.farewell = Farewell::None;
        }
        if !call.answered {
            // Who hangs up on an INVITE without CANCEL still gets its answer (RFC 3261, 15.1.2).
            self.respond_to_invite(now, key, 487, None, &Extra::default(), out);
        }
        let id = self.calls[key].id;
        self.caller_hung_up(now, key, out);
        self.forget_if_over(id, out);
    }

    fn info(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let Some(key) = self.key_in_dialog(message) else {
            return self.refuse(now, source, message, server, &Refused::status(481), out);
        };
        self.respond(now, source, message, server, 200, &Extra::default(), out);
        if let Some(pressed) = dtmf::read(message) {
            self.key_pressed(now, key, pressed, out);
        }
    }

    /// The ACK of a 2xx.
    pub(super) fn acknowledged(&mut self, now: Instant, message: &Message<'_>, out: &mut Vec<Action>) {
        if let Some(Side::Leg(leg)) = self.side_in_dialog(message) {
            let server = self.leg_key(leg).and_then(|key| self.legs[key].server.take());
            if let Some(server) = server {
                self.layer.acknowledged(server);
            }
            return;
        }
        let Some(key) = self.key_in_dialog(message).filter(|&key| self.calls[key].answered) else { return };
        self.take_late_answer(key, message, out);
        if let Some(server) = self.calls[key].server.take() {
            self.layer.acknowledged(server);
            self.send_waiting_bye(now, key, out);
        }
    }

    pub(super) fn cancelled(&mut self, now: Instant, invite: ServerId, user: u64, out: &mut Vec<Action>) {
        if self.relayed_cancelled(now, invite, out) {
            return;
        }
        let found = self.key_of(CallId(user)).filter(|&key| self.calls[key].server == Some(invite));
        let Some(key) = found else { return };
        if self.calls[key].answered {
            // The 200 crossed the CANCEL: the caller will send BYE.
            return;
        }
        self.respond_to_invite(now, key, 487, None, &Extra::default(), out);
        self.caller_hung_up(now, key, out);
    }

    /// Nobody acknowledged our final response: after a 200 the caller is gone, and the call with it (RFC 3261,
    /// 13.3.1.4 and 14.2). The transaction of a refused call may end when its call is long forgotten.
    pub(super) fn ack_missing(&mut self, now: Instant, server: ServerId, user: u64, out: &mut Vec<Action>) {
        if let Side::Leg(leg) = Side::of_user(user) {
            let found = self.leg_key(leg).filter(|&key| self.legs[key].server == Some(server));
            if let Some(key) = found {
                self.legs[key].server = None;
                self.drop_leg(now, key, &[], out);
            }
            return;
        }
        let found = self.key_of(CallId(user)).filter(|&key| self.calls[key].server == Some(server));
        let Some(key) = found else { return };
        self.calls[key].server = None;
        self.send_waiting_bye(now, key, out);
        if self.key_of(CallId(user)).is_some() {
            self.caller_is_gone(now, key, &Extra::default(), out);
        }
    }

    /// A request of ours in a call has been answered, or never will be.
    pub(super) fn request_answered(
        &mut self,
        now: Instant,
        client: ClientId,
        user: u64,
        status: Option<u16>,
        out: &mut Vec<Action>,
    ) {
        if status.is_none() {
            self.forget_resume(client);
        }
        if let Side::Leg(leg) = Side::of_user(user) {
            return self.leg_transaction_over(now, client, leg, status, out);
        }
        if self.relayed_answered(now, client, status.unwrap_or(408), b"", out) && status.is_some() {
            return;
        }
        let Some(key) = self.key_of(CallId(user)) else { return };
        if matches!(self.calls[key].farewell, Farewell::UnderWay(bye) if bye == client) {
            self.calls[key].farewell = Farewell::None;
            self.forget_if_over(CallId(user), out);
        } else if matches!(status, None | Some(408 | 481)) {
            // The caller's side does not know the call any more (RFC 3261, 12.2.1.2).
            self.caller_is_gone(now, key, &Extra::default(), out);
        }
    }

    pub(super) fn media_silent(&mut self, now: Instant, port: u16, out: &mut Vec<Action>) {
        let found = self.calls.iter().find(|(_, call)| call.media.is_some_and(|media| media.port == port));
        if let Some((key, _)) = found {
            let mut extra = Extra::default();
            extra.header("Reason", NO_MEDIA);
            self.caller_is_gone(now, key, &extra, out);
        } else if let Some(key) = self.leg_with_port(port) {
            self.drop_leg(now, key, &[("Reason", NO_MEDIA)], out);
        }
    }

    /// Ends a call whose caller can no longer be there.
    pub(super) fn caller_is_gone(&mut self, now: Instant, key: usize, extra: &Extra, out: &mut Vec<Action>) {
        let id = self.calls[key].id;
        self.say_goodbye(now, key, extra, out);
        self.caller_hung_up(now, key, out);
        self.forget_if_over(id, out);
    }

    fn caller_hung_up(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let call = self.calls[key].id;
        if self.calls[key].handed_over {
            return;
        }
        if let Some(guest) = self.calls[key].guest {
            return self.guest_left(now, key, guest, out);
        }
        if self.caller_leaves_after_transfer(now, key, out) {
            return;
        }
        if let Some(Side::Call(other)) = self.peer_of(Side::Call(call)) {
            // Two callers who were connected by a transfer.
            self.unlink(now, Side::Call(call), out);
            if let Some(other) = self.key_of(other) {
                self.caller_is_gone(now, other, &Extra::default(), out);
            }
        }
        self.stop_media(key, out);
        self.decide(now, pbx::Input::CallerHungUp { call }, out);
    }

    /// The call whose dialog a request belongs to: our tag names the key, tag and Call-ID prove it.
    pub(super) fn key_in_dialog(&self, message: &Message<'_>) -> Option<usize> {
        let tag = message.to.tag?;
        let hex = tag.split(|&byte| byte == b'-').next().and_then(|hex| std::str::from_utf8(hex).ok())?;
        let named = usize::from_str_radix(hex, 16).ok();
        // A call that we have placed has a leg's tag.
        let call_id = std::str::from_utf8(message.call_id).ok()?;
        let key = named.or_else(|| self.by_call_id.get(call_id).copied())?;
        let call = self.calls.get(key)?;
        (call.tag.as_bytes() == tag && call.call_id.as_bytes() == message.call_id).then_some(key)
    }

    /// Forgets a call that neither the decision core nor SIP needs any longer.
    pub(super) fn forget_if_over(&mut self, id: CallId, out: &mut Vec<Action>) {
        let Some(key) = self.key_of(id) else { return };
        let call = &self.calls[key];
        if call.decided && matches!(call.farewell, Farewell::None) {
            self.stop_media(key, out);
            self.stop_session(Side::Call(id));
            let call = self.calls.remove(key);
            self.by_call_id.remove(&call.call_id);
            let theirs = call.dialog.as_ref().map_or(&b""[..], Dialog::remote_tag);
            self.remember_ended(call.call_id.as_bytes(), call.tag.as_bytes(), theirs);
            if let Some(server) = call.server {
                // No ACK is waited for: the call is over for both sides.
                self.layer.acknowledged(server);
            }
        }
    }

    pub(super) fn next_branch(&mut self) -> String {
        let serial = self.next_call;
        self.next_call += 1;
        format!("z9hG4bK-{}-p{serial:x}", self.settings.run_tag)
    }
}

/// What was dialled: the user part of the Request-URI, else the host part is all there is.
pub(super) fn called_number<'a>(message: &Message<'a>) -> &'a [u8] {
    let uri = message.request_uri().unwrap_or_default();
    uri_user(uri).unwrap_or(b"")
}

pub(super) fn text(bytes: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}
