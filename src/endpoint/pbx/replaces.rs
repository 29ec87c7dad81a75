//! Replaces (RFC 3891): a phone comes into a call in the place of another, by an INVITE that names the other's dialog.
//!
//! Only users do so, with their password, however open the PBX is otherwise: whoever has overheard the names of a dialog
//! must not take part in it. The newcomer is a guest of the call: it takes the leg of whoever it replaces, no more.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::Media;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::endpoint::pbx::handovers::Guest;
use crate::endpoint::pbx::legs::Progress;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::endpoint::session::Speech;
use crate::pbx;
use crate::pbx::CallId;
use crate::pbx::transfers::Handover;
use crate::sip::hop::Hop;
use crate::sip::message::Message;
use crate::sip::sdp::Direction;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

/// A dialog, from the PBX's end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replaces {
    pub call_id: Vec<u8>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
    /// Only while nobody has picked up.
    early_only: bool,
}

/// What a Replaces names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// One of those who talk, or wait for somebody to talk to.
    Talking(Side),
    /// A phone that we let ring.
    Ringing(LegId),
}

impl Replaces {
    /// What a header says (RFC 3891, 6.1).
    fn parse(value: &[u8]) -> Option<Self> {
        let mut parts = value.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let call_id = parts.next().filter(|call_id| !call_id.is_empty())?.to_vec();
        let (mut ours, mut theirs, mut early_only) = (None, None, false);
        for part in parts {
            let (name, value) = match memchr::memchr(b'=', part) {
                Some(mark) => (part[..mark].trim_ascii(), part[mark + 1..].trim_ascii()),
                None => (part, &b""[..]),
            };
            let seen = match name.to_ascii_lowercase().as_slice() {
                b"to-tag" => ours.replace(value.to_vec()),
                b"from-tag" => theirs.replace(value.to_vec()),
                b"early-only" => {
                    early_only = true;
                    None
                }
                _ => None,
            };
            if seen.is_some() {
                return None;
            }
        }
        Some(Self { call_id, ours: ours?, theirs: theirs?, early_only })
    }

    /// The one among the headers of a URI, its escapes undone, if there is one.
    pub(super) fn of_uri(headers: &[u8]) -> Result<Option<Self>, ()> {
        let mut fields = headers.split(|&byte| byte == b'&');
        let value = fields.find_map(|field| {
            let (name, value) = field.split_at(memchr::memchr(b'=', field)?);
            name.eq_ignore_ascii_case(b"Replaces").then(|| unescaped(&value[1..]))
        });
        value.map(|value| Self::parse(&value).ok_or(())).transpose()
    }
}

impl PbxEndpoint {
    /// What a Replaces names, by the rules of RFC 3891, 3.
    ///
    /// # Errors
    /// 481 for no dialog, or one whose call we were to answer ourselves; 603 for one that is over; 486 where it was to be
    /// replaced only before the answer.
    pub(super) fn find_dialog(&self, replaces: &Replaces) -> Result<Named, u16> {
        let Replaces { call_id, ours, theirs, early_only } = replaces;
        let found = match self.call_named(call_id, ours, theirs) {
            Some(key) => {
                let side = Side::Call(self.calls[key].id);
                let call = &self.calls[key];
                let is_over = call.decided || call.handed_over || !call.has_no_farewell();
                match (call.answered, is_over) {
                    (_, true) => return Err(603),
                    (false, false) => return Err(481),
                    (true, false) => Named::Talking(side),
                }
            }
            None => self.leg_named(call_id, ours, theirs)?,
        };
        if *early_only && matches!(found, Named::Talking(_)) { Err(486) } else { Ok(found) }
    }

    fn call_named(&self, call_id: &[u8], ours: &[u8], theirs: &[u8]) -> Option<usize> {
        let key = *self.by_call_id.get(std::str::from_utf8(call_id).ok()?)?;
        let call = &self.calls[key];
        let tag = call.dialog.as_ref().map(crate::sip::dialog::Dialog::remote_tag)?;
        (call.tag.as_bytes() == ours && tag == theirs).then_some(key)
    }

    fn leg_named(&self, call_id: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Named, u16> {
        let gone: u16 = if self.has_ended([call_id, ours, theirs]) { 603 } else { 481 };
        let leg = self.leg_of_tag(ours).ok_or(gone)?;
        let found = &self.legs[self.leg_key(leg).ok_or(gone)?];
        let is_named = found.call_id.as_bytes() == call_id
            && found.tag.as_bytes() == ours
            && match &found.dialog {
                Some(dialog) => dialog.remote_tag() == theirs,
                None => found.early.as_deref() == Some(theirs),
            };
        match found.progress {
            _ if !is_named => Err(481),
            Progress::Answered => Ok(Named::Talking(Side::Leg(leg))),
            Progress::Calling => Ok(Named::Ringing(leg)),
            Progress::Cancelling { .. } | Progress::Leaving => Err(603),
        }
    }

    /// An INVITE with Replaces.
    pub(super) fn replace(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let user = match self.identify(now, message, "Proxy-Authorization") {
            Ok(user) => user,
            Err(why) => {
                self.counters.refused_requests += 1;
                let (status, extra) = self.challenge(now, 407, "Proxy-Authenticate", &why);
                return self.respond(now, source, message, server, status, &extra, out);
            }
        };
        let named = replaces_of(message).and_then(|replaces| self.find_dialog(&replaces));
        let named = named.and_then(|named| self.is_allowed(named, &user).map(|()| named));
        let session = named.and_then(|named| Ok((named, self.answer_guest(named, message)?)));
        let (named, (answer, media)) = match session {
            Ok(session) => session,
            Err(status) => {
                self.counters.refused_requests += 1;
                return self.respond(now, source, message, server, status, &Extra::default(), out);
            }
        };
        let key = self.insert(source, message, server, answer.clone(), media);
        let side = Side::Call(self.calls[key].id);
        self.calls[key].from = Arc::clone(&user);
        self.layer.set_user(server, side.user());
        let mut extra = Extra { sdp: Some(answer), ..self.time_session(now, side, message) };
        extra.header("Supported", "timer, replaces");
        self.calls[key].answered = true;
        self.begin_session(now, side);
        self.respond_to_invite(now, key, 200, None, &extra, out);
        match named {
            Named::Talking(replaced) => self.take_place(now, key, replaced, out),
            Named::Ringing(leg) => self.pick_up_for(now, key, leg, out),
        }
    }

    /// A caller of a queue is picked up by nobody but the agent who is rung, and a customer by nobody else.
    fn is_allowed(&self, named: Named, user: &Arc<str>) -> Result<(), u16> {
        let Named::Ringing(leg) = named else { return Ok(()) };
        let target = self.leg_key(leg).map(|key| self.legs[key].target);
        match target {
            Some(Target::User | Target::Transfer(_)) => Ok(()),
            Some(Target::Agent(agent)) if self.pbx.phone_of(agent) == Some(user) => Ok(()),
            _ => Err(403),
        }
    }

    /// The answer to the newcomer's offer: what the others in the call speak.
    fn answer_guest(&mut self, named: Named, message: &Message<'_>) -> Result<(Vec<u8>, Option<Media>), u16> {
        self.check_invite(message).map_err(|refused| refused.status)?;
        let (speech, carries) = self.speech_of(named);
        let port = if carries { self.ports.pop() } else { None };
        if carries && port.is_none() {
            self.counters.full += 1;
            return Err(503);
        }
        let address = self.settings.advertised.ip();
        let mut media = port.map(|port| Media::awaiting(port, speech));
        if message.body.is_empty() {
            return Ok((speech.offer(address, port, 1, Direction::SendRecv), media));
        }
        let Some((answer, agreed)) = speech.answer(message.body, address, port, 1) else {
            self.ports.extend(port);
            return Err(488);
        };
        if let Some(media) = &mut media {
            media.agree(&agreed);
        }
        Ok((answer, media))
    }

    fn speech_of(&mut self, named: Named) -> (Speech, bool) {
        match named {
            Named::Talking(side) => {
                self.media_mut(side).map_or((Speech::default(), false), |media| (media.speech, true))
            }
            Named::Ringing(leg) => {
                let fork = self.leg_key(leg).map(|key| (self.legs[key].call, self.legs[key].target));
                let fork = fork.and_then(|fork| self.forks.get(&fork));
                let invitation = fork.map(|fork| &fork.invitation);
                invitation.map_or((Speech::default(), false), |invited| (invited.speech, invited.carries))
            }
        }
    }

    /// The newcomer takes the place of somebody who talks.
    fn take_place(&mut self, now: Instant, key: usize, replaced: Side, out: &mut Vec<Action>) {
        let newcomer = self.calls[key].id;
        let (user, bridge) = (Arc::clone(&self.calls[key].from), Arc::clone(&self.calls[key].call_id));
        let Some(call) = self.call_of(replaced) else { return };
        let was_caller = self.caller_of(call) == replaced;
        let peer = self.peer_of(replaced);
        let sound = self.media_mut(replaced).map_or(Sound::Tone, |media| media.sound);
        if self.number_of(replaced).as_deref() != Some(&user) {
            self.note_handed_on(call, Some(&user));
        }
        let (target, how) = self.seat_of(replaced, &user);
        let how = how.then_some(Handover::Attended { with: &bridge });
        self.step_aside(now, replaced, how, out);
        let target = if was_caller { None } else { target };
        self.seat(key, Guest { call, target });
        for transfer in self.handovers.pending.values_mut().filter(|transfer| transfer.by == replaced) {
            transfer.by = Side::Call(newcomer);
        }
        match peer {
            Some(peer) => {
                self.bridge(peer, Side::Call(newcomer), out);
                self.resume(now, peer, out);
            }
            None => self.start_sound(Side::Call(newcomer), sound, out),
        }
    }

    /// The place that the newcomer takes, and whether an agent leaves it: another phone of the agent's own changes nothing.
    fn seat_of(&mut self, replaced: Side, user: &Arc<str>) -> (Option<Target>, bool) {
        let target = match replaced {
            Side::Leg(leg) => self.leg_key(leg).map(|key| self.legs[key].target),
            Side::Call(call) => {
                self.key_of(call).and_then(|key| self.calls[key].guest).and_then(|guest| guest.target)
            }
        };
        match target {
            Some(Target::Agent(agent)) if self.pbx.phone_of(agent) != Some(user) => {
                (Some(self.next_transfer()), true)
            }
            target => (target, false),
        }
    }

    /// The newcomer picks up where another phone rings.
    fn pick_up_for(&mut self, now: Instant, key: usize, leg: LegId, out: &mut Vec<Action>) {
        let newcomer = self.calls[key].id;
        let user = Arc::clone(&self.calls[key].from);
        let Some(ringing) = self.leg_key(leg) else { return };
        let (call, target) = (self.legs[ringing].call, self.legs[ringing].target);
        if self.number_of(Side::Leg(leg)).as_deref() != Some(&user) && target == Target::User {
            self.note_handed_on(call, Some(&user));
        }
        self.end_fork(now, call, target, out);
        self.seat(key, Guest { call, target: Some(target) });
        match target {
            Target::User => self.decide(now, pbx::Input::UserAnswered { call }, out),
            Target::Agent(agent) => self.decide(now, pbx::Input::AgentAnswered { call, agent }, out),
            Target::Transfer(_) => self.transfer_answered(now, call, target, Side::Call(newcomer), out),
            Target::Customer => {}
        }
        if self.peer_of(Side::Call(newcomer)).is_none() {
            // Too late for the decision core: the caller is gone.
            self.dismiss_guest(now, newcomer, out);
        }
    }

    /// Where a guest is who has picked up for `target`.
    pub(super) fn guest_side(&self, call: CallId, target: Target) -> Option<Side> {
        self.guest_at(call, target).map(Side::Call)
    }
}

/// The one Replaces of an INVITE.
///
/// # Errors
/// 400 for several, for one beside a Join, and for one that can't be read.
fn replaces_of(message: &Message<'_>) -> Result<Replaces, u16> {
    let mut values = message.headers("Replaces");
    let (first, second) = (values.next(), values.next());
    if second.is_some() || message.header("Join").is_some() {
        return Err(400);
    }
    first.and_then(Replaces::parse).ok_or(400)
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
        let headers = b"Subject=x&Replaces=a%40b%3Bto-tag%3Dt1%3Bfrom-tag%3Df1";
        let expected = Replaces {
            call_id: b"a@b".to_vec(),
            ours: b"t1".to_vec(),
            theirs: b"f1".to_vec(),
            early_only: false,
        };
        assert_eq!(Replaces::of_uri(headers), Ok(Some(expected)));
        for broken in [&b"Replaces=a"[..], b"Replaces=a%3Bto-tag%3Dx", b"Replaces=%3Bto-tag=a%3Bfrom-tag=b"] {
            assert_eq!(Replaces::of_uri(broken), Err(()), "{broken:?}");
        }
        for none in [&b"Subject=x"[..], b"", b"Replaces"] {
            assert_eq!(Replaces::of_uri(none), Ok(None));
        }
        assert_eq!(unescaped(b"100%"), b"100%");
        assert_eq!(unescaped(b"%zz%4"), b"%zz%4");
    }

    /// The examples of RFC 3891, 6.1.
    #[test]
    fn the_headers_of_rfc_3891_are_read() {
        let read = Replaces::parse(b"98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff").unwrap();
        assert_eq!((&read.ours[..], &read.theirs[..]), (&b"ff87ff"[..], &b"r33th4x0r"[..]));
        assert_eq!(read.call_id, b"98732@sip.example.com");
        assert!(!read.early_only);
        let read = Replaces::parse(b"12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only").unwrap();
        assert!(read.early_only && read.ours == b"12345");
        let read = Replaces::parse(b"87134@171.161.34.23;TO-TAG=24796;from-tag=0").unwrap();
        assert_eq!(read.theirs, b"0");
        assert_eq!(Replaces::parse(b"a;to-tag=1;to-tag=2;from-tag=3"), None, "which of the two?");
    }
}
