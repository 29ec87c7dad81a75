//! The two kinds of dialog that a call can have with the PBX, the one it was brought by and those that the PBX made,
//! under one name: what is bridged is two sides, whichever they are.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::KEY_BITS;
use crate::endpoint::pbx::Media;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::legs::Progress;
use crate::pbx::CallId;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Outgoing;
use crate::sip::hop::Hop;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::transaction::ClientId;
use crate::time::Instant;

/// In the layer's user numbers: a leg's, not a call's.
const LEG: u64 = 1 << 63;

/// A leg, unique for the life of the PBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LegId(u64);

/// One dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// Of a call that came in.
    Call(CallId),
    /// Of a call that the PBX placed.
    Leg(LegId),
}

impl LegId {
    pub(super) fn new(serial: u64, key: usize) -> Self {
        Self(serial << KEY_BITS | key as u64)
    }

    /// The number under which the layer reports the leg's transactions.
    pub(super) const fn user(self) -> u64 {
        LEG | self.0
    }

    fn of_user(user: u64) -> Option<Self> {
        (user & LEG != 0).then_some(Self(user & !LEG))
    }

    fn key(self) -> Option<usize> {
        usize::try_from(self.0 & ((1 << KEY_BITS) - 1)).ok()
    }

    /// Our tag, which names the leg.
    pub(super) fn tag(self, run_tag: &str) -> String {
        format!("l{:x}-{run_tag}", self.0)
    }
}

impl Side {
    /// The side whose transactions the layer reports under `user`.
    pub(super) fn of_user(user: u64) -> Self {
        LegId::of_user(user).map_or(Self::Call(CallId(user)), Self::Leg)
    }

    pub(super) const fn user(self) -> u64 {
        match self {
            Self::Call(call) => call.0,
            Self::Leg(leg) => leg.user(),
        }
    }
}

impl PbxEndpoint {
    pub(super) fn leg_key(&self, leg: LegId) -> Option<usize> {
        let key = leg.key()?;
        self.legs.get(key).filter(|found| found.id == leg)?;
        Some(key)
    }

    /// The leg whose dialog a request belongs to.
    fn leg_in_dialog(&self, message: &Message<'_>) -> Option<LegId> {
        let tag = message.to.tag?;
        let leg = self.leg_of_tag(tag)?;
        let found = &self.legs[self.leg_key(leg)?];
        let known = found.tag.as_bytes() == tag && found.call_id.as_bytes() == message.call_id;
        known.then_some(leg)
    }

    pub(super) fn leg_of_tag(&self, tag: &[u8]) -> Option<LegId> {
        let hex = tag.strip_prefix(b"l")?.split(|&byte| byte == b'-').next()?;
        let leg = LegId(u64::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
        self.leg_key(leg)?;
        Some(leg)
    }

    /// Whether an INVITE is one of our own that has come back: a loop.
    pub(super) fn is_own_invite(&self, message: &Message<'_>) -> bool {
        self.leg_of_tag(message.call_id)
            .and_then(|leg| self.leg_key(leg))
            .is_some_and(|key| self.legs[key].call_id.as_bytes() == message.call_id)
    }

    /// The side whose dialog a request belongs to.
    pub(super) fn side_in_dialog(&self, message: &Message<'_>) -> Option<Side> {
        match self.key_in_dialog(message) {
            Some(key) => Some(Side::Call(self.calls[key].id)),
            None => self.leg_in_dialog(message).map(Side::Leg),
        }
    }

    pub(super) fn dialog_mut(&mut self, side: Side) -> Option<&mut Dialog> {
        match side {
            Side::Call(call) => self.key_of(call).and_then(|key| self.calls[key].dialog.as_mut()),
            Side::Leg(leg) => self.leg_key(leg).and_then(|key| self.legs[key].dialog.as_mut()),
        }
    }

    pub(super) fn media_mut(&mut self, side: Side) -> Option<&mut Media> {
        match side {
            Side::Call(call) => self.key_of(call).and_then(|key| self.calls[key].media.as_mut()),
            Side::Leg(leg) => self.leg_key(leg).and_then(|key| self.legs[key].media.as_mut()),
        }
    }

    pub(super) fn peer_of(&self, side: Side) -> Option<Side> {
        match side {
            Side::Call(call) => self.key_of(call).and_then(|key| self.calls[key].peer),
            Side::Leg(leg) => self.leg_key(leg).and_then(|key| self.legs[key].peer),
        }
    }

    pub(super) fn set_peer(&mut self, side: Side, peer: Option<Side>) {
        match side {
            Side::Call(call) => {
                if let Some(key) = self.key_of(call) {
                    self.calls[key].peer = peer;
                }
            }
            Side::Leg(leg) => {
                if let Some(key) = self.leg_key(leg) {
                    self.legs[key].peer = peer;
                }
            }
        }
    }

    /// Whether the far end takes UPDATE; a caller is believed to, and says 405 if not.
    pub(super) fn takes_update(&self, side: Side) -> bool {
        match side {
            Side::Call(_) => true,
            Side::Leg(leg) => self.leg_key(leg).is_some_and(|key| self.legs[key].takes_update),
        }
    }

    /// Whether requests can be sent: the dialog stands and nobody has hung up.
    pub(super) fn is_up(&self, side: Side) -> bool {
        match side {
            Side::Call(call) => self.key_of(call).is_some_and(|key| {
                let call = &self.calls[key];
                call.answered && !call.decided && call.dialog.is_some() && call.has_no_farewell()
            }),
            Side::Leg(leg) => {
                self.leg_key(leg).is_some_and(|key| self.legs[key].progress == Progress::Answered)
            }
        }
    }

    fn destination_of(&self, side: Side) -> Option<Hop> {
        match side {
            Side::Call(call) => self.key_of(call).map(|key| {
                let call = &self.calls[key];
                call.dialog.as_ref().map_or(call.hop, |dialog| dialog.way(call.hop))
            }),
            Side::Leg(leg) => self.leg_key(leg).map(|key| self.legs[key].next_hop()),
        }
    }

    /// A side has been heard from at `source`: a connection is where its requests go from now on.
    pub(super) fn heard_from(&mut self, side: Side, source: Hop) {
        if !source.transport.is_reliable() {
            return;
        }
        match side {
            Side::Call(call) => {
                if let Some(key) = self.key_of(call) {
                    self.calls[key].hop = source;
                }
            }
            Side::Leg(leg) => {
                if let Some(key) = self.leg_key(leg) {
                    self.legs[key].destination = source;
                }
            }
        }
    }

    /// Sends a request within a side's dialog. `None` if there is none, or no room to wait for the response; then it
    /// is said once.
    pub(super) fn request_to(
        &mut self,
        now: Instant,
        side: Side,
        method: Method,
        headers: &[(&str, &str)],
        body: Option<Body<'_>>,
        out: &mut Vec<Action>,
    ) -> Option<ClientId> {
        let destination = self.destination_of(side)?;
        let branch = self.next_branch();
        let sent_by = self.sent_by.clone();
        let contact = self.contacts.over(destination.transport).to_vec();
        let fields: Vec<(&str, &[u8])> =
            headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let refreshes = matches!(method, Method::Invite | Method::Update | Method::Notify | Method::Refer);
        let outgoing = Outgoing {
            transport: destination.transport,
            sent_by: sent_by.as_bytes(),
            branch: branch.as_bytes(),
            contact: refreshes.then_some(&contact),
            extra: &fields,
            body,
        };
        let dialog = self.dialog_mut(side)?;
        let mut bytes = Vec::with_capacity(512);
        dialog.write_request(method, &outgoing, &mut bytes);
        let bytes: Arc<[u8]> = bytes.into();
        let copy = bytes.clone();
        let mut actions = Vec::new();
        let sent =
            self.layer.request(now, destination, copy, method, branch.as_bytes(), side.user(), &mut actions);
        Self::transmit(actions, out);
        if sent.is_err() {
            self.counters.full += 1;
            out.push(Action::Transmit { destination, bytes });
        }
        sent.ok()
    }

    /// Acknowledges a 2xx to a re-INVITE of ours with this number.
    pub(super) fn acknowledge(&mut self, side: Side, cseq: u32, out: &mut Vec<Action>) {
        let Some(destination) = self.destination_of(side) else { return };
        let branch = self.next_branch();
        let sent_by = self.sent_by.clone();
        let outgoing = Outgoing {
            transport: destination.transport,
            sent_by: sent_by.as_bytes(),
            branch: branch.as_bytes(),
            ..Outgoing::default()
        };
        let Some(dialog) = self.dialog_mut(side) else { return };
        let mut bytes = Vec::with_capacity(384);
        dialog.write_ack(cseq, &outgoing, &mut bytes);
        out.push(Action::Transmit { destination, bytes: bytes.into() });
    }
}
