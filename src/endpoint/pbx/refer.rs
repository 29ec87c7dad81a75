//! Transfers (RFC 3515, RFC 3891, RFC 5589): one of two who talk sends the other to somebody else.
//!
//! Blind: the PBX calls the new number, and connects it when it answers; until then the two stay connected. Attended:
//! the one who transfers talks with both already, and the PBX connects those. Progress is told by NOTIFY, and the one
//! who transfers is hung up on. A number that is not a user's is not found: a transfer back into a queue is not
//! understood. An address at which no phone has registered is forbidden.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::legs::Leg;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::pbx;
use crate::pbx::CallId;
use crate::sip::hop::Hop;
use crate::sip::message::Address;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::reason_phrase;
use crate::sip::message::uri_user;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

/// Longest chain of transfers that is written down, in bytes.
const CHAIN_MAX: usize = 200;

/// A dialog that a Replaces names, from the PBX's end.
#[derive(Debug, PartialEq, Eq)]
struct Replaces {
    call_id: Vec<u8>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

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
        match headers.and_then(replaces) {
            Some(replaces) => self.transfer_attended(now, side, &replaces, out),
            None => self.transfer_blind(now, side, uri, out),
        }
    }

    fn transfer_blind(&mut self, now: Instant, side: Side, uri: &[u8], out: &mut Vec<Action>) {
        let call = self.call_of(side);
        let to = String::from_utf8_lossy(uri_user(uri).unwrap_or(b"")).into_owned();
        let Some(invitation) = call.and_then(|call| self.invitation(call, &to)) else {
            return self.notify(now, side, 480, out);
        };
        let Some(call) = call else { return };
        self.next_transfer = self.next_transfer.wrapping_add(1);
        let target = Target::Transfer(self.next_transfer);
        self.transfers.insert((call, target), side);
        let contacts = self.resolve(now, uri);
        let placed = contacts.and_then(|contacts| self.place(now, call, target, invitation, &contacts, out));
        if let Err(status) = placed {
            self.transfer_progress(now, call, target, status, out);
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
        let Some(side) = self.transfers.get(&(call, target)).copied() else { return };
        if status >= 200 {
            self.transfers.remove(&(call, target));
        }
        self.notify(now, side, status, out);
    }

    /// The new party has picked up: it takes the place of the one who transfers.
    pub(super) fn transfer_answered(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        leg: LegId,
        out: &mut Vec<Action>,
    ) {
        let Some(side) = self.transfers.remove(&(call, target)) else { return };
        let Some(peer) = self.peer_of(side) else { return };
        let to = self.leg_key(leg).and_then(|key| called(&self.legs[key]));
        self.note_handed_on(call, to.as_deref());
        self.notify(now, side, 200, out);
        self.step_aside(now, side, out);
        self.bridge(peer, Side::Leg(leg), out);
    }

    fn transfer_attended(&mut self, now: Instant, side: Side, replaces: &Replaces, out: &mut Vec<Action>) {
        let other = self.side_of(replaces).filter(|other| *other != side);
        let parties = other.and_then(|other| Some((other, self.peer_of(side)?, self.peer_of(other)?)));
        let (Some((other, one, two)), Some(call)) = (parties, self.call_of(side)) else {
            return self.notify(now, side, 481, out);
        };
        self.notify(now, side, 200, out);
        let abandoned = self.call_of(other);
        if let Side::Leg(leg) = two {
            let to = self.leg_key(leg).and_then(|key| called(&self.legs[key]));
            self.note_handed_on(call, to.as_deref());
            self.adopt(call, leg);
        }
        self.step_aside(now, side, out);
        self.step_aside(now, other, out);
        self.bridge(one, two, out);
        // The call by which the two spoke before is over, unless its caller goes on in the other.
        if let Some(abandoned) = abandoned.filter(|id| *id != call && two != Side::Call(*id)) {
            self.tell_core(now, pbx::Input::CallerHungUp { call: abandoned }, out);
        }
    }

    /// Writes down to whom a call is handed on.
    pub(super) fn note_handed_on(&mut self, call: CallId, to: Option<&str>) {
        let Some(to) = to.filter(|to| !to.is_empty()) else { return };
        let chain = self.handed_on.entry(call).or_default();
        if chain.len() < CHAIN_MAX {
            chain.push_str(if chain.is_empty() { "" } else { " > " });
            chain.push_str(to);
        }
    }

    /// To whom the call of this name, which is over, was handed on.
    pub(super) fn handed_to(&mut self, name: &Arc<str>) -> Option<Arc<str>> {
        let id = self.by_call_id.get(name).map(|key| self.calls[*key].id)?;
        self.handed_on.remove(&id).map(Arc::from)
    }

    /// A leg of one call goes on in another.
    fn adopt(&mut self, call: CallId, leg: LegId) {
        let Some(key) = self.leg_key(leg) else { return };
        self.next_transfer = self.next_transfer.wrapping_add(1);
        let target = Target::Transfer(self.next_transfer);
        let found = &mut self.legs[key];
        let former = (std::mem::replace(&mut found.call, call), std::mem::replace(&mut found.target, target));
        if let Some(fork) = self.forks.remove(&former) {
            self.forks.insert((call, target), fork);
        }
    }

    /// The one who transfers is hung up on, and the call goes on without.
    fn step_aside(&mut self, now: Instant, side: Side, out: &mut Vec<Action>) {
        match side {
            Side::Leg(leg) => {
                let Some(key) = self.leg_key(leg) else { return };
                let (call, target) = (self.legs[key].call, self.legs[key].target);
                self.forks.remove(&(call, target));
                self.leave_leg(now, key, &[], out);
                if let Target::Agent(agent) = target {
                    self.tell_core(now, pbx::Input::AgentTransferred { call, agent }, out);
                }
            }
            Side::Call(call) => {
                let Some(key) = self.key_of(call) else { return };
                self.unlink(now, side, out);
                self.say_goodbye(now, key, &Extra::default(), out);
                self.calls[key].handed_over = true;
                self.stop_media(key, out);
            }
        }
    }

    /// The decision core's call that a side belongs to.
    pub(super) fn call_of(&self, side: Side) -> Option<CallId> {
        match side {
            Side::Call(call) => Some(call),
            Side::Leg(leg) => self.leg_key(leg).map(|key| self.legs[key].call),
        }
    }

    fn side_of(&mut self, replaces: &Replaces) -> Option<Side> {
        let calls = self.calls.iter().map(|(_, call)| Side::Call(call.id));
        let legs = self.legs.iter().map(|(_, leg)| Side::Leg(leg.id));
        let mut sides: Vec<Side> = calls.chain(legs).collect();
        sides.retain(|side| {
            self.dialog_mut(*side).is_some_and(|dialog| {
                dialog.call_id() == replaces.call_id
                    && dialog.local_tag() == replaces.ours
                    && dialog.remote_tag() == replaces.theirs
            })
        });
        sides.into_iter().find(|side| self.is_up(*side))
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

/// The number to which a leg leads.
fn called(leg: &Leg) -> Option<String> {
    let invite = Message::scan(&leg.invite).ok()?;
    let to = invite.header("To").and_then(Address::parse)?;
    uri_user(to.uri).map(|user| String::from_utf8_lossy(user).into_owned())
}

/// A URI and the headers behind its `?`.
fn split_headers(uri: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'?', uri) {
        Some(mark) => (&uri[..mark], Some(&uri[mark + 1..])),
        None => (uri, None),
    }
}

/// The Replaces among the headers of a URI (RFC 3891, 6.1), its escapes undone.
fn replaces(headers: &[u8]) -> Option<Replaces> {
    let mut fields = headers.split(|&byte| byte == b'&');
    let value = fields.find_map(|field| {
        let (name, value) = field.split_at(memchr::memchr(b'=', field)?);
        name.eq_ignore_ascii_case(b"Replaces").then(|| unescaped(&value[1..]))
    })?;
    let mut parts = value.split(|&byte| byte == b';');
    let call_id = parts.next()?.trim_ascii().to_vec();
    let (mut ours, mut theirs) = (None, None);
    for part in parts {
        let part = part.trim_ascii();
        if let Some(tag) = part.strip_prefix(b"to-tag=") {
            ours = Some(tag.to_vec());
        } else if let Some(tag) = part.strip_prefix(b"from-tag=") {
            theirs = Some(tag.to_vec());
        }
    }
    Some(Replaces { call_id, ours: ours?, theirs: theirs? })
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaces_is_read_with_its_escapes() {
        let (uri, headers) =
            split_headers(b"sip:103@127.0.0.1?Subject=x&Replaces=a%40b%3Bto-tag%3Dt1%3Bfrom-tag%3Df1");
        assert_eq!(uri, b"sip:103@127.0.0.1");
        let read = replaces(headers.unwrap()).unwrap();
        let expected = Replaces { call_id: b"a@b".to_vec(), ours: b"t1".to_vec(), theirs: b"f1".to_vec() };
        assert_eq!(read, expected);
        for broken in [&b"Replaces=a"[..], b"Replaces=a%3Bto-tag%3D", b"Subject=x", b"", b"Replaces"] {
            assert_eq!(replaces(broken), None);
        }
        assert_eq!(unescaped(b"100%"), b"100%");
        assert_eq!(unescaped(b"%zz%4"), b"%zz%4");
    }
}
