//! Requests and responses within calls that have a phone at either end; what has no phone in it is `requests`' own.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::sip::hop::Hop;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::sdp::Direction;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

impl PbxEndpoint {
    /// Carries out a request within a bridged call, or within a leg. Says whether it was one.
    pub(super) fn request_of_side(
        &mut self,
        now: Instant,
        side: Side,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) -> bool {
        let peer = self.peer_of(side);
        match (message.method(), peer, side) {
            (Method::Invite | Method::Update, Some(peer), _) if !message.body.is_empty() => {
                self.relay_session(now, (side, peer), source, message, server, out);
            }
            (Method::Info, Some(peer), _) if self.is_up(peer) => {
                self.relay_info(now, (side, peer), source, message, server, out);
            }
            (Method::Refer, _, _) if self.phones.any() => self.refer(now, side, source, message, server, out),
            (Method::Invite | Method::Update, _, Side::Leg(leg)) => {
                self.refresh_leg(now, leg, source, message, server, out);
            }
            (Method::Bye, _, Side::Leg(leg)) => {
                self.respond(now, source, message, server, 200, &Extra::default(), out);
                if let Some(key) = self.leg_key(leg) {
                    self.leg_is_gone(now, key, out);
                }
            }
            (Method::Info | Method::Options, _, Side::Leg(_)) => {
                self.respond(now, source, message, server, 200, &Extra::default(), out);
            }
            (_, _, Side::Leg(_)) => {
                let mut extra = Extra::default();
                extra.header("Allow", self.allowed_methods());
                self.respond(now, source, message, server, 405, &extra, out);
            }
            (_, _, Side::Call(_)) => return false,
        }
        true
    }

    /// A refresh of a leg's session: it goes on as it is. A re-INVITE without an offer gets ours.
    fn refresh_leg(
        &mut self,
        now: Instant,
        leg: LegId,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let side = Side::Leg(leg);
        let mut extra = Extra::default();
        let received = self.dialog_mut(side).map(|dialog| dialog.receive(message));
        let status = match received {
            None => 481,
            Some(Err(refusal)) => refusal.status(),
            // With whom should a new session be, where nobody is connected?
            Some(Ok(())) if !message.body.is_empty() => 491,
            Some(Ok(())) => 200,
        };
        if let Some(least) = self.too_brief(message).filter(|_| status == 200) {
            extra.header("Min-SE", least);
            return self.respond(now, source, message, server, 422, &extra, out);
        }
        if status == 200 {
            extra = self.time_session(now, side, message);
        }
        if status == 200 && message.method() == Method::Invite {
            let address = self.settings.advertised.ip();
            extra.sdp = self.media_mut(side).map(|media| {
                media.speech.offer(address, Some(media.port), media.version, Direction::SendRecv)
            });
            self.respond(now, source, message, server, status, &extra, out);
            self.await_ack(side, server);
            return;
        }
        self.respond(now, source, message, server, status, &extra, out);
    }

    /// A response to a request of ours.
    pub(super) fn response(
        &mut self,
        now: Instant,
        client: ClientId,
        user: u64,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        let Some(status) = message.status() else { return };
        let side = Side::of_user(user);
        if let Side::Leg(leg) = side
            && let Some(key) = self.leg_key(leg).filter(|&key| self.is_invite_of(key, client))
        {
            if message.method() == Method::Invite {
                self.leg_responded(now, key, status, message, out);
            }
            return;
        }
        if message.method() == Method::Invite && (200..300).contains(&status) {
            if self.acknowledge_customer(message, out) {
                return;
            }
            // A re-INVITE of ours; each time the 2xx comes, so does its ACK.
            self.acknowledge(side, message.cseq.number, out);
        }
        if self.resume_answered(now, client, status, message.body, out) && !matches!(status, 408 | 481) {
            return;
        }
        if self.refresh_answered(now, side, client, message) && !matches!(status, 408 | 481) {
            return;
        }
        let relayed = self.relayed_answered(now, client, status, message.body, out);
        if status >= 200 && (!relayed || matches!(status, 408 | 481)) {
            self.request_answered(now, client, user, Some(status), out);
        }
    }

    /// A request of ours to a leg has been answered, or never will be.
    pub(super) fn leg_transaction_over(
        &mut self,
        now: Instant,
        client: ClientId,
        leg: LegId,
        status: Option<u16>,
        out: &mut Vec<Action>,
    ) {
        self.relayed_answered(now, client, status.unwrap_or(408), b"", out);
        let Some(key) = self.leg_key(leg) else { return };
        if self.is_invite_of(key, client) {
            // Timer B, or nobody answered the CANCEL.
            self.leg_failed(now, key, 408, out);
        } else {
            self.leg_request_answered(now, key, status, out);
        }
    }

    /// Hangs up on a leg that can no longer be there, and ends its call.
    pub(super) fn drop_leg(
        &mut self,
        now: Instant,
        key: usize,
        headers: &[(&'static str, &str)],
        out: &mut Vec<Action>,
    ) {
        let (call, target, id) = (self.legs[key].call, self.legs[key].target, self.legs[key].id);
        self.forks.remove(&(call, target));
        self.leave_leg(now, key, headers, out);
        self.party_left(now, id, (call, target), out);
    }

    /// The ACK brings the answer to the offer in our 200.
    pub(super) fn take_late_answer(&mut self, key: usize, message: &Message<'_>, out: &mut Vec<Action>) {
        let address = self.settings.advertised.ip();
        let call = &mut self.calls[key];
        let Some(media) = call.media.as_mut().filter(|media| media.remote.is_none()) else { return };
        let Some(agreed) = media.speech.accepted(message.body, address) else { return };
        media.agree(&agreed);
        let (side, peer) = (Side::Call(call.id), call.peer);
        match peer {
            Some(peer) => self.relay_media(peer, side, out),
            None => self.start_media(key, out),
        }
    }
}
