//! Requests within a call that go from one phone to the other: a new session (hold, resume, other ports), digits by
//! INFO. The PBX passes the meaning on in a request of its own, and the answer back.
//!
//! Glare (RFC 3261, 14.1 and 14.2; RFC 3311, 5.2): while a session of ours is on offer to a phone, its own offer gets
//! 491; while one of its own is unanswered, 500 with Retry-After. A 491 of the other phone is passed on: the phone that
//! gets it waits as the owner of its Call-ID or not, and tries again, and the two do so at different times.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::sides::Side;
use crate::sip::hop::Hop;
use crate::sip::message::Body;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::reason_phrase;
use crate::sip::sdp::Agreed;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

/// A request that waits for the other phone's answer.
#[derive(Debug)]
pub(super) struct Relayed {
    from: Side,
    to: Side,
    server: ServerId,
    echo: Echo,
    method: Method,
    /// What the answer says of the session's timer.
    timer: Extra,
    /// What to answer if the other phone agrees, and what that means to the media.
    session: Option<(Vec<u8>, Agreed)>,
}

impl PbxEndpoint {
    /// A re-INVITE or UPDATE of one phone with a new session: the other has to agree.
    pub(super) fn relay_session(
        &mut self,
        now: Instant,
        (from, to): (Side, Side),
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        if let Some(least) = self.too_brief(message) {
            let mut extra = Extra::default();
            extra.header("Min-SE", least);
            return self.respond(now, source, message, server, 422, &extra, out);
        }
        match self.relayed_offer(from, to, message) {
            Ok((session, offer)) => {
                let method = self.method_towards(to, message.method());
                let client = self.request_to(now, to, method, &[], Some(Body::sdp(&offer)), out);
                let relayed = Relayed {
                    from,
                    to,
                    server,
                    echo: Echo::of(message, source),
                    method: message.method(),
                    timer: self.time_session(now, from, message),
                    session: Some(session),
                };
                self.await_answer(now, client, relayed, out);
            }
            Err(status) => {
                let mut extra = Extra::default();
                if status == 500 {
                    extra.header("Retry-After", (1 + self.next_call % 10).to_string());
                }
                self.respond(now, source, message, server, status, &extra, out);
            }
        }
    }

    /// What the first phone will be answered, and what the other is offered.
    #[expect(clippy::type_complexity, reason = "an answer with its meaning, and an offer")]
    fn relayed_offer(
        &mut self,
        from: Side,
        to: Side,
        message: &Message<'_>,
    ) -> Result<((Vec<u8>, Agreed), Vec<u8>), u16> {
        if self.dialog_mut(from).is_none_or(|dialog| dialog.receive(message).is_err()) {
            return Err(500);
        }
        let offers = |relayed: &Relayed| relayed.session.is_some();
        let glares = self.relayed.values().any(|relayed| relayed.to == from && offers(relayed));
        if glares || self.is_refreshing(from) {
            return Err(491);
        }
        if self.relayed.values().any(|relayed| relayed.from == from && offers(relayed)) {
            return Err(500);
        }
        if !self.is_up(to) {
            return Err(491);
        }
        let address = self.settings.advertised.ip();
        let media = self.media_mut(from).ok_or(488_u16)?;
        media.version += 1;
        let session =
            media.speech.answer(message.body, address, Some(media.port), media.version).ok_or(488_u16)?;
        let media = self.media_mut(to).ok_or(488_u16)?;
        media.version += 1;
        let direction = session.1.direction.reversed();
        let offer = media.speech.offer(address, Some(media.port), media.version, direction);
        Ok((session, offer))
    }

    fn method_towards(&self, to: Side, method: Method) -> Method {
        if method == Method::Update && !self.takes_update(to) { Method::Invite } else { method }
    }

    /// INFO, digits above all, as it is.
    pub(super) fn relay_info(
        &mut self,
        now: Instant,
        (from, to): (Side, Side),
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let kind = message.content_type.and_then(|kind| std::str::from_utf8(kind).ok());
        let body = kind.map(|content_type| Body { content_type, bytes: message.body });
        let package = message.header("Info-Package").and_then(|package| std::str::from_utf8(package).ok());
        let headers: Vec<(&str, &str)> = package.iter().map(|package| ("Info-Package", *package)).collect();
        let client = self.request_to(now, to, Method::Info, &headers, body, out);
        let echo = Echo::of(message, source);
        let relayed =
            Relayed { from, to, server, echo, method: Method::Info, timer: Extra::default(), session: None };
        self.await_answer(now, client, relayed, out);
    }

    fn await_answer(
        &mut self,
        now: Instant,
        client: Option<ClientId>,
        relayed: Relayed,
        out: &mut Vec<Action>,
    ) {
        match client {
            Some(client) => drop(self.relayed.insert(client, relayed)),
            None => self.answer_relayed(now, &relayed, 503, None, out),
        }
    }

    /// Whether a response belongs to a request that was passed on; then it has been passed back.
    pub(super) fn relayed_answered(
        &mut self,
        now: Instant,
        client: ClientId,
        status: u16,
        body: &[u8],
        out: &mut Vec<Action>,
    ) -> bool {
        if status < 200 {
            return self.relayed.contains_key(&client);
        }
        let Some(relayed) = self.relayed.remove(&client) else { return false };
        let Relayed { from, to, .. } = relayed;
        let Some((answer, agreed)) = &relayed.session else {
            self.answer_relayed(now, &relayed, status, None, out);
            return true;
        };
        if status >= 300 {
            // A challenge is nothing that the other phone could answer.
            let status = if matches!(status, 401 | 407) { 500 } else { status };
            self.answer_relayed(now, &relayed, status, None, out);
            return true;
        }
        let address = self.settings.advertised.ip();
        if let Some(media) = self.media_mut(to)
            && let Some(theirs) = media.speech.accepted(body, address)
        {
            media.agree(&theirs);
        }
        if let Some(media) = self.media_mut(from) {
            media.agree(agreed);
        }
        self.relay_media(from, to, out);
        self.relay_media(to, from, out);
        self.answer_relayed(now, &relayed, 200, Some(answer), out);
        if relayed.method == Method::Invite {
            self.await_ack(from, relayed.server);
        }
        true
    }

    fn answer_relayed(
        &mut self,
        now: Instant,
        relayed: &Relayed,
        status: u16,
        sdp: Option<&[u8]>,
        out: &mut Vec<Action>,
    ) {
        let mut bytes = Vec::with_capacity(512);
        let mut fields: Vec<(&str, &[u8])> = Vec::new();
        if status < 300 {
            fields.push(("Contact", self.contacts.over(relayed.echo.destination().transport)));
            fields.extend(relayed.timer.fields());
        }
        let body = sdp.map(Body::sdp);
        let phrase = reason_phrase(status);
        relayed.echo.write_with_phrase(status, phrase, b"busyhour", &fields, body, &mut bytes);
        let mut actions = Vec::new();
        self.layer.respond(now, relayed.server, status, bytes, &mut actions);
        Self::transmit(actions, out);
    }

    /// A side ends: whoever waits for its answer, or to whom it owes one, is told.
    pub(super) fn drop_relayed(&mut self, now: Instant, side: Side, out: &mut Vec<Action>) {
        let of_side = |relayed: &Relayed| relayed.from == side || relayed.to == side;
        let over: Vec<ClientId> =
            self.relayed.iter().filter(|(_, relayed)| of_side(relayed)).map(|(client, _)| *client).collect();
        for client in over {
            if let Some(relayed) = self.relayed.remove(&client) {
                let status = if relayed.from == side { 487 } else { 480 };
                self.answer_relayed(now, &relayed, status, None, out);
            }
        }
    }

    /// The phone cancels its re-INVITE before the other has answered. Says whether it was one that was passed on.
    pub(super) fn relayed_cancelled(
        &mut self,
        now: Instant,
        server: ServerId,
        out: &mut Vec<Action>,
    ) -> bool {
        let found = self.relayed.iter().find(|(_, relayed)| relayed.server == server);
        let Some(client) = found.map(|(client, _)| *client) else { return false };
        if let Some(relayed) = self.relayed.remove(&client) {
            self.answer_relayed(now, &relayed, 487, None, out);
        }
        true
    }
}
