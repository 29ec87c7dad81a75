//! Transfers (RFC 3515, RFC 5589): one of two who talk sends the other to somebody else.
//!
//! Blind: the PBX calls the new number, and connects it when it answers; until then the two stay connected. A number
//! that is not a user's is dialled anew in the other's name: a queue, a menu, the voicemail. Attended: the one who
//! transfers talks with both already, and the PBX connects those. Progress is told by NOTIFY, and the one who transfers
//! is hung up on. A number that nobody has is not found, an address at which no phone has registered forbidden.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::endpoint::pbx::handovers::Transfer;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::replaces::Named;
use crate::endpoint::pbx::replaces::Replaces;
use crate::endpoint::pbx::sides::Side;
use crate::pbx;
use crate::pbx::CallId;
use crate::pbx::transfers::Handover;
use crate::pbx::transfers::Leads;
use crate::sip::dialog::uri_address;
use crate::sip::hop::Hop;
use crate::sip::message::Address;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::reason_phrase;
use crate::sip::message::uri_user;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

impl PbxEndpoint {
    /// A REFER of one of two who talk.
    pub(super) fn refer(
        &mut self,
        now: Instant,
        side: Side,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let target = message.header("Refer-To").and_then(Address::parse);
        let in_order = self.dialog_mut(side).is_some_and(|dialog| dialog.receive(message).is_ok());
        let peer = self.peer_of(side);
        let (Some(target), Some(_), true) = (target, peer, in_order) else {
            let status = if target.is_none() { 400 } else { 603 };
            return self.respond(now, source, message, server, status, &Extra::default(), out);
        };
        self.respond(now, source, message, server, 202, &Extra::default(), out);
        self.notify(now, side, 100, out);
        let (uri, headers) = split_headers(target.uri);
        match headers.map(Replaces::of_uri) {
            Some(Ok(Some(replaces))) => self.transfer_attended(now, side, &replaces, out),
            Some(Err(())) => self.notify(now, side, 400, out),
            Some(Ok(None)) | None => self.transfer_blind(now, side, uri, out),
        }
    }

    fn transfer_blind(&mut self, now: Instant, side: Side, uri: &[u8], out: &mut Vec<Action>) {
        let to: Arc<str> = String::from_utf8_lossy(uri_user(uri).unwrap_or(b"")).into();
        let (Some(call), Some(whom)) = (self.call_of(side), self.peer_of(side)) else {
            return self.notify(now, side, 481, out);
        };
        let is_ours = uri_address(uri).is_none_or(|address| address == self.settings.advertised);
        let people = self.settings.scale.people(now);
        let serves = self.place_of(whom).is_some_and(|(_, target)| matches!(target, Target::Agent(_)));
        if is_ours && !serves && self.pbx.pbx().leads(people, call, &to) == Leads::Onward {
            return self.send_on(now, (call, side, whom), &to, out);
        }
        let Some(invitation) = self.invitation(call, &to) else {
            return self.notify(now, side, 480, out);
        };
        if !self.pbx.pbx().has_leg_to_hand_over() {
            return self.notify(now, side, 503, out);
        }
        self.tell_core(now, pbx::Input::HandoverRings { call }, out);
        let target = self.next_transfer();
        self.handovers.pending.insert((call, target), Transfer { by: side, whom, takes_leg: true });
        let contacts = self.resolve(now, uri);
        let placed = contacts.and_then(|contacts| self.place(now, call, target, invitation, &contacts, out));
        if let Err(status) = placed {
            self.transfer_progress(now, call, target, status, out);
        }
    }

    /// The other dials a number of the PBX anew, and whoever sent them there is let go.
    fn send_on(
        &mut self,
        now: Instant,
        (call, side, whom): (CallId, Side, Side),
        to: &Arc<str>,
        out: &mut Vec<Action>,
    ) {
        self.note_handed_on(call, Some(to));
        self.notify(now, side, 200, out);
        self.step_aside(now, side, None, out);
        let place = self.place_of(whom);
        if let Some(place) = place {
            // Whoever was called is the caller now, and may be rung for no longer.
            self.move_fork(place, call);
        }
        if self.caller_of(call) != whom {
            self.stands_in(call, whom);
        }
        let sound = if self.phones.is_echo(to.as_bytes()) { Sound::Echo } else { Sound::Tone };
        self.start_sound(whom, sound, out);
        self.resume(now, whom, out);
        self.decide(now, pbx::Input::Transferred { call, to, talk: None }, out);
    }

    /// The fork to which a leg belongs.
    fn place_of(&self, side: Side) -> Option<(CallId, Target)> {
        let Side::Leg(leg) = side else { return None };
        let key = self.leg_key(leg)?;
        Some((self.legs[key].call, self.legs[key].target))
    }

    fn move_fork(&mut self, fork: (CallId, Target), call: CallId) {
        let leg = self.forks.get(&fork).and_then(|fork| fork.answered);
        if let Some(leg) = leg {
            self.adopt(call, leg);
        }
    }

    /// The new party rings, or can't be had: the one who transfers is told, and talks on.
    pub(super) fn transfer_progress(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        status: u16,
        out: &mut Vec<Action>,
    ) {
        let Some(transfer) = self.handovers.pending.get(&(call, target)).copied() else { return };
        if status >= 200 {
            self.end_transfer(now, (call, target), out);
        }
        if self.is_up(transfer.by) {
            self.notify(now, transfer.by, status, out);
        } else if status >= 200 {
            // Nobody is left to talk on with.
            self.far_end_left(now, call, target, out);
        }
    }

    /// The new party has picked up: it takes the place of the one who transfers.
    pub(super) fn transfer_answered(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        party: Side,
        out: &mut Vec<Action>,
    ) {
        let Some(Transfer { by, whom, .. }) = self.end_transfer(now, (call, target), out) else { return };
        let to: Arc<str> = self.number_of(party).unwrap_or_default().into();
        self.note_handed_on(call, Some(&to));
        if self.is_up(by) {
            self.notify(now, by, 200, out);
        }
        self.let_go(now, call, (by, whom), Handover::Blind { to: &to }, out);
        self.bridge(whom, party, out);
        self.resume(now, whom, out);
    }

    /// Whoever has handed the other over leaves; where that was the caller, the other is it from now on.
    fn let_go(
        &mut self,
        now: Instant,
        call: CallId,
        (by, whom): (Side, Side),
        how: Handover<'_>,
        out: &mut Vec<Action>,
    ) {
        let was_caller = self.caller_of(call) == by;
        self.step_aside(now, by, Some(how), out);
        if was_caller {
            self.stands_in(call, whom);
        }
    }

    fn transfer_attended(&mut self, now: Instant, side: Side, replaces: &Replaces, out: &mut Vec<Action>) {
        let other = match self.find_dialog(replaces) {
            Ok(Named::Talking(other)) if other != side => other,
            Ok(_) => return self.notify(now, side, 481, out),
            Err(status) => return self.notify(now, side, status, out),
        };
        let calls = self.call_of(side).zip(self.call_of(other));
        let parties = self.peer_of(side).zip(self.peer_of(other));
        let (Some((call, asked)), Some((one, two))) = (calls, parties) else {
            return self.notify(now, side, 481, out);
        };
        self.notify(now, side, 200, out);
        let to = self.number_of(two);
        self.note_handed_on(call, to.as_deref());
        let bridge: Arc<str> = String::from_utf8_lossy(&replaces.call_id).into();
        let serves = self.place_of(two).is_some_and(|(_, target)| matches!(target, Target::Agent(_)));
        self.let_go(now, call, (side, one), Handover::Attended { with: &bridge }, out);
        if asked != call
            && !serves
            && let Side::Leg(leg) = two
        {
            self.adopt(call, leg);
        }
        self.step_aside(now, other, Some(Handover::Attended { with: &bridge }), out);
        self.bridge(one, two, out);
        self.resume(now, one, out);
        self.resume(now, two, out);
        if asked == call {
            return;
        }
        if serves {
            // The agent who was asked is not free before this talk is over, too.
            self.stands_in(asked, one);
            self.tie(call, asked);
        } else if two != Side::Call(asked) {
            // The call by which the two spoke before is over, unless its caller goes on in the other.
            self.tell_core(now, pbx::Input::CallerHungUp { call: asked }, out);
        }
    }

    /// Tells the one who transfers how far it has come (RFC 3515, 2.4.5).
    fn notify(&mut self, now: Instant, side: Side, status: u16, out: &mut Vec<Action>) {
        let state = if status >= 200 { "terminated;reason=noresource" } else { "active;expires=60" };
        let text = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status));
        let body = Body { content_type: "message/sipfrag;version=2.0", bytes: text.as_bytes() };
        let headers = [("Event", "refer"), ("Subscription-State", state)];
        self.request_to(now, side, Method::Notify, &headers, Some(body), out);
    }
}

/// A URI and the headers behind its `?`.
fn split_headers(uri: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'?', uri) {
        Some(mark) => (&uri[..mark], Some(&uri[mark + 1..])),
        None => (uri, None),
    }
}

#[cfg(test)]
mod tests {
    use super::split_headers;

    #[test]
    fn what_follows_the_question_mark_are_headers() {
        let (uri, headers) = split_headers(b"sip:103@127.0.0.1?Subject=x&Replaces=a");
        assert_eq!((uri, headers), (&b"sip:103@127.0.0.1"[..], Some(&b"Subject=x&Replaces=a"[..])));
        assert_eq!(split_headers(b"sip:103@127.0.0.1"), (&b"sip:103@127.0.0.1"[..], None));
    }
}
