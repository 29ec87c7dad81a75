//! Calls that the PBX places: to every phone where somebody may be, until one picks up.
//!
//! A fork is one wish (ring this user, ring this agent for that caller) and its legs, one for each phone. The first
//! 2xx wins, the other legs are cancelled (RFC 3261, 9.1), and a 2xx that crosses its CANCEL is acknowledged and hung
//! up. Who is rung for whom is decided elsewhere; this file dials the contacts that it is given.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::CALLBACK_HEADER;
use crate::endpoint::pbx::Media;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::leg_ends::better;
use crate::endpoint::pbx::session_timers::seconds;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::endpoint::session::Speech;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Outgoing;
use crate::sip::hop::Hop;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Request;
use crate::sip::message::uri_user;
use crate::sip::registrar::Binding;
use crate::sip::sdp::Direction;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ServerId;
use crate::time::Duration;
use crate::time::Instant;

/// Most redirections followed for one fork (RFC 3261, 8.1.3.4, wants a loop to end).
const MOST_REDIRECTS: u32 = 5;

/// For whom a fork rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// The user who was called.
    User,
    /// An agent, for a caller of a queue.
    Agent(AgentId),
    /// The customer whose call this was, who is called back.
    Customer,
    /// Somebody to whom the call is handed over; the number tells transfers apart.
    Transfer(u32),
}

/// Somewhere to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contact {
    /// Request-URI.
    pub uri: Vec<u8>,
    /// Where the request goes.
    pub hop: Hop,
}

impl From<&Binding> for Contact {
    fn from(phone: &Binding) -> Self {
        Self { uri: phone.uri.to_vec(), hop: phone.hop }
    }
}

/// What all INVITEs of a fork have in common.
#[derive(Debug, Clone)]
pub(super) struct Invitation {
    /// User part of From: who calls.
    pub from: Arc<str>,
    /// User part of To: who is called.
    pub to: Arc<str>,
    pub max_forwards: u8,
    pub speech: Speech,
    /// The call has sound, so that its legs need a port.
    pub carries: bool,
    /// The shortest session that a phone has asked for with a 422.
    pub min_session: Duration,
    /// Of a callback: which try it is, and for whom.
    pub callback: Option<String>,
}

/// A wish and its legs.
#[derive(Debug)]
pub(super) struct Fork {
    pub invitation: Invitation,
    /// Legs whose INVITE has no final response.
    pub calling: BTreeSet<LegId>,
    pub answered: Option<LegId>,
    /// The port of all legs, until one wins.
    pub media: Option<Media>,
    /// The best refusal so far.
    pub best: Option<u16>,
    redirects: u32,
    rings: bool,
}

/// How far a leg has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Calling,
    /// Given up; a CANCEL is sent as soon as it may be.
    Cancelling {
        sent: bool,
    },
    Answered,
    /// BYE sent.
    Leaving,
}

/// One phone that is called.
#[derive(Debug)]
pub(super) struct Leg {
    pub id: LegId,
    /// The decision core's call that it belongs to.
    pub call: CallId,
    pub target: Target,
    pub call_id: Arc<str>,
    pub tag: String,
    pub invite: Arc<[u8]>,
    client: ClientId,
    /// Where the phone was last heard from, or its INVITE sent.
    pub destination: Hop,
    pub progress: Progress,
    /// Something came back: a CANCEL may be sent.
    pub provisional: bool,
    pub dialog: Option<Dialog>,
    /// The phone's tag, while it rings.
    pub early: Option<Vec<u8>>,
    pub ack: Option<Arc<[u8]>>,
    /// Who is connected with it.
    pub peer: Option<Side>,
    /// A re-INVITE of the phone that awaits its ACK.
    pub server: Option<ServerId>,
    pub media: Option<Media>,
    pub takes_update: bool,
}

impl PbxEndpoint {
    /// Calls `contacts` for `target`.
    ///
    /// # Errors
    /// The status to report: 480 without a contact, 503 without room.
    pub(super) fn place(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        invitation: Invitation,
        contacts: &[Contact],
        out: &mut Vec<Action>,
    ) -> Result<(), u16> {
        if contacts.is_empty() {
            return Err(480);
        }
        let port = if invitation.carries { self.ports.pop() } else { None };
        if invitation.carries && port.is_none() {
            self.counters.full += 1;
            return Err(503);
        }
        let media = port.map(|port| Media::awaiting(port, invitation.speech));
        let fork = Fork {
            invitation,
            calling: BTreeSet::new(),
            answered: None,
            media,
            best: None,
            redirects: 0,
            rings: false,
        };
        self.forks.insert((call, target), fork);
        for contact in contacts {
            self.invite(now, call, target, contact, out);
        }
        if self.forks[&(call, target)].calling.is_empty() {
            self.drop_fork(call, target, out);
            return Err(503);
        }
        Ok(())
    }

    fn invite(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        contact: &Contact,
        out: &mut Vec<Action>,
    ) {
        let Some(fork) = self.forks.get(&(call, target)) else { return };
        let invitation = fork.invitation.clone();
        let port = fork.media.as_ref().map(|media| media.port);
        if self.legs.len() >= 4 * self.settings.capacity.max(1) {
            self.counters.full += 1;
            return;
        }
        let id = LegId::new(self.next_call, self.legs.vacant_key());
        self.next_call += 1;
        let tag = id.tag(&self.settings.run_tag);
        let call_id: Arc<str> = format!("{tag}@busyhour").into();
        let branch = self.next_branch();
        let sdp = invitation.speech.offer(self.settings.advertised.ip(), port, 1, Direction::SendRecv);
        let bytes = self.write_invite(&invitation, contact, (&tag, &call_id), &branch, &sdp);
        let invite: Arc<[u8]> = bytes.into();
        let mut actions = Vec::new();
        let sent = self.layer.request(
            now,
            contact.hop,
            invite.clone(),
            Method::Invite,
            branch.as_bytes(),
            id.user(),
            &mut actions,
        );
        Self::transmit(actions, out);
        let Ok(client) = sent else {
            self.counters.full += 1;
            return;
        };
        self.legs.insert(Leg {
            id,
            call,
            target,
            call_id,
            tag,
            invite,
            client,
            destination: contact.hop,
            progress: Progress::Calling,
            provisional: false,
            dialog: None,
            early: None,
            ack: None,
            peer: None,
            server: None,
            media: None,
            takes_update: false,
        });
        if let Some(fork) = self.forks.get_mut(&(call, target)) {
            fork.calling.insert(id);
        }
    }

    fn write_invite(
        &self,
        invitation: &Invitation,
        contact: &Contact,
        (tag, call_id): (&str, &str),
        branch: &str,
        sdp: &[u8],
    ) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(768);
        let timers = self.settings.phones.session_timers;
        let expires = timers.expires.map(|expires| expires.max(invitation.min_session).as_secs().to_string());
        let least = timers.min.max(invitation.min_session).as_secs().to_string();
        let mut extra: Vec<(&str, &[u8])> =
            vec![("Allow", self.allowed_methods().as_bytes()), ("Supported", b"timer, replaces")];
        extra.extend(invitation.callback.iter().map(|callback| (CALLBACK_HEADER, callback.as_bytes())));
        if let Some(expires) = &expires {
            extra.extend([("Session-Expires", expires.as_bytes()), ("Min-SE", least.as_bytes())]);
        }
        Request {
            method: Method::Invite,
            uri: &contact.uri,
            transport: contact.hop.transport,
            sent_by: self.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            routes: &[],
            from: format!("<sip:{}@{}>;tag={tag}", invitation.from, self.sent_by).as_bytes(),
            to: format!("<sip:{}@{}>", invitation.to, self.sent_by).as_bytes(),
            call_id: call_id.as_bytes(),
            cseq: 1,
            contact: Some(self.contacts.over(contact.hop.transport)),
            max_forwards: invitation.max_forwards,
            extra: &extra,
            body: Some(Body::sdp(sdp)),
        }
        .write(&mut bytes);
        bytes
    }

    /// A response to a leg's INVITE.
    pub(super) fn leg_responded(
        &mut self,
        now: Instant,
        key: usize,
        status: u16,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        self.legs[key].provisional = true;
        match (status, self.legs[key].progress) {
            (100..=199, Progress::Cancelling { sent: false }) => self.cancel_leg(now, key, out),
            (101..=199, Progress::Calling) => {
                self.legs[key].early = message.to.tag.map(<[u8]>::to_vec);
                self.leg_rings(now, key, out);
            }
            (100..=199, _) => {}
            (200..=299, progress) => self.leg_accepted(now, key, progress, message, out),
            (300..=399, Progress::Calling) => self.redirected(now, key, message, out),
            (422, Progress::Calling) => self.too_brief_for_phone(now, key, message, out),
            _ => self.leg_failed(now, key, status, out),
        }
    }

    fn leg_rings(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let Leg { call, target, .. } = self.legs[key];
        let Some(fork) = self.forks.get_mut(&(call, target)) else { return };
        if !std::mem::replace(&mut fork.rings, true) {
            self.fork_rings(now, call, target, out);
        }
    }

    fn leg_accepted(
        &mut self,
        now: Instant,
        key: usize,
        progress: Progress,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        if matches!(progress, Progress::Answered | Progress::Leaving) {
            // The ACK was lost.
            let leg = &self.legs[key];
            let destination = leg.next_hop();
            out.extend(leg.ack.clone().map(|bytes| Action::Transmit { destination, bytes }));
            return;
        }
        let invite = Message::scan(&self.legs[key].invite).expect("what we write scans");
        let dialog = Dialog::of_caller(&invite, message);
        let Some(dialog) = dialog else {
            // No Contact: nothing can be sent to it, not even an ACK.
            return self.leg_failed(now, key, 500, out);
        };
        self.legs[key].dialog = Some(dialog);
        self.legs[key].takes_update =
            message.headers("Allow").any(|methods| memchr::memmem::find(methods, b"UPDATE").is_some());
        self.acknowledge_leg(key, out);
        self.legs[key].progress = Progress::Answered;
        let Leg { id, call, target, .. } = self.legs[key];
        if target == Target::Customer {
            return self.customer_answered(now, key, message, out);
        }
        let Some(fork) = self.forks.get_mut(&(call, target)) else {
            return self.leave_leg(now, key, &[], out);
        };
        fork.calling.remove(&id);
        if progress != Progress::Calling || fork.answered.is_some() {
            // The 200 crossed our CANCEL, or came second.
            return self.leave_leg(now, key, &[], out);
        }
        let speech = fork.invitation.speech;
        let agreed = speech.accepted(message.body, self.settings.advertised.ip());
        if agreed.is_none() && fork.media.is_some() {
            fork.best.get_or_insert(488);
            self.leave_leg(now, key, &[], out);
            return self.fail_if_over(now, call, target, out);
        }
        fork.answered = Some(id);
        self.session_answered(now, Side::Leg(id), message);
        let Some(fork) = self.forks.get_mut(&(call, target)) else { return };
        let mut media = fork.media.take();
        if let (Some(media), Some(agreed)) = (media.as_mut(), agreed) {
            media.agree(&agreed);
        }
        let others = std::mem::take(&mut fork.calling);
        self.legs[key].media = media;
        for other in others {
            self.give_up_leg(now, other, out);
        }
        self.fork_answered(now, call, target, id, out);
    }

    fn acknowledge_leg(&mut self, key: usize, out: &mut Vec<Action>) {
        let branch = self.next_branch();
        let leg = &mut self.legs[key];
        let Some(dialog) = leg.dialog.as_ref() else { return };
        let mut bytes = Vec::with_capacity(384);
        let destination = dialog.way(leg.destination);
        let outgoing = Outgoing {
            transport: destination.transport,
            sent_by: self.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            ..Outgoing::default()
        };
        dialog.write_ack(1, &outgoing, &mut bytes);
        let bytes: Arc<[u8]> = bytes.into();
        leg.ack = Some(bytes.clone());
        out.push(Action::Transmit { destination, bytes });
    }

    /// A phone sends the call elsewhere (RFC 3261, 8.1.3.4): to a number of ours, or to another registered
    /// phone. Anywhere else is a refusal.
    fn redirected(&mut self, now: Instant, key: usize, message: &Message<'_>, out: &mut Vec<Action>) {
        let Leg { id, call, target, .. } = self.legs[key];
        self.legs.remove(key);
        let Some(fork) = self.forks.get_mut(&(call, target)) else { return };
        fork.calling.remove(&id);
        fork.redirects += 1;
        if fork.redirects > MOST_REDIRECTS {
            fork.best = Some(482);
            return self.fail_if_over(now, call, target, out);
        }
        fork.best = Some(better(fork.best, 480));
        let to = message.contact_uri().and_then(uri_user);
        let to = to.map(|user| String::from_utf8_lossy(user).into_owned());
        self.note_handed_on(call, to.as_deref());
        let contacts = message.contact_uri().and_then(|uri| self.resolve(now, uri).ok()).unwrap_or_default();
        for contact in &contacts {
            self.invite(now, call, target, contact, out);
        }
        self.fail_if_over(now, call, target, out);
    }

    /// A phone wants a longer session (RFC 4028, 6): it is asked again with what it wants.
    fn too_brief_for_phone(
        &mut self,
        now: Instant,
        key: usize,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        let Leg { call, target, .. } = self.legs[key];
        let least = message.header("Min-SE").and_then(seconds);
        let invite = Message::scan(&self.legs[key].invite).expect("what we write scans");
        let uri = invite.request_uri().unwrap_or_default().to_vec();
        let contact = Contact { uri, hop: self.legs[key].destination };
        if let Some(fork) = self.forks.get_mut(&(call, target))
            && let Some(least) = least.filter(|least| *least > fork.invitation.min_session)
            && fork.redirects < MOST_REDIRECTS
        {
            fork.invitation.min_session = least;
            fork.redirects += 1;
            self.invite(now, call, target, &contact, out);
        }
        self.leg_failed(now, key, 422, out);
    }

    /// Whether a client transaction is the INVITE that made a leg.
    pub(super) fn is_invite_of(&self, key: usize, client: ClientId) -> bool {
        self.legs[key].client == client
    }
}

impl Leg {
    /// Where requests in the dialog go.
    pub(super) fn next_hop(&self) -> Hop {
        self.dialog.as_ref().map_or(self.destination, |dialog| dialog.way(self.destination))
    }
}
