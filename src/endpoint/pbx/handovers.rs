//! Calls that go on between others than those who began them: who has handed whom over, and who is where instead.
//!
//! The decision core knows a call by its caller. When the caller is no longer there, somebody stands in: the phone that
//! was left, or one that has taken the caller's place. A phone that comes into a call by an INVITE of its own is a guest:
//! the core knows no call of that name, and what the guest does is done by whoever was replaced.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::endpoint::pbx::legs::Leg;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::pbx;
use crate::pbx::CallId;
use crate::pbx::transfers::Handover;
use crate::sip::message::Address;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::uri_user;
use crate::sip::sdp::Direction;
use crate::sip::transaction::ClientId;
use crate::time::Instant;

/// Longest chain of transfers that is written down, in bytes.
const CHAIN_MAX: usize = 200;
/// So many dialogs that are over are remembered.
const ENDED_MAX: usize = 256;

/// What is known of calls that were handed over.
#[derive(Debug, Default)]
pub(super) struct Handovers {
    /// Transfers under way, by the fork to the new party.
    pub pending: BTreeMap<(CallId, Target), Transfer>,
    /// To whom calls were handed on.
    chains: BTreeMap<CallId, String>,
    serial: u32,
    /// Who is at the caller's end, where that is not the caller.
    stand_ins: BTreeMap<CallId, Side>,
    /// The calls that have guests, and these.
    guests: BTreeSet<(CallId, CallId)>,
    /// Calls of which the one goes on as long as the other.
    tied: BTreeMap<CallId, CallId>,
    /// Sessions that were offered anew to whoever was on hold.
    resumed: BTreeMap<ClientId, Side>,
    /// Those whose own offer has crossed ours, and when they are offered one again.
    again: BTreeSet<(Instant, Side)>,
    /// The last dialogs that have ended: Call-ID, our tag, theirs.
    ended: VecDeque<[Arc<[u8]>; 3]>,
}

/// A transfer under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transfer {
    /// Who transfers.
    pub by: Side,
    /// Whom.
    pub whom: Side,
    /// The new party's phone takes a leg beside theirs.
    pub takes_leg: bool,
}

/// In whose place a phone is that came into a call by an INVITE of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guest {
    pub call: CallId,
    /// Absent: in the caller's.
    pub target: Option<Target>,
}

impl PbxEndpoint {
    /// Who is at the caller's end of a call.
    pub(super) fn caller_of(&self, call: CallId) -> Side {
        self.handovers.stand_ins.get(&call).copied().unwrap_or(Side::Call(call))
    }

    pub(super) fn stands_in(&mut self, call: CallId, side: Side) {
        if let Side::Call(guest) = side
            && let Some(seat) = self.key_of(guest).and_then(|key| self.calls[key].guest.as_mut())
        {
            seat.target = None;
        }
        self.handovers.stand_ins.insert(call, side);
    }

    /// A new name for somebody to whom a call is handed over.
    pub(super) const fn next_transfer(&mut self) -> Target {
        self.handovers.serial = self.handovers.serial.wrapping_add(1);
        Target::Transfer(self.handovers.serial)
    }

    /// Puts a guest into a call.
    pub(super) fn seat(&mut self, key: usize, guest: Guest) {
        let id = self.calls[key].id;
        self.calls[key].guest = Some(guest);
        self.handovers.guests.insert((guest.call, id));
        if guest.target.is_none() {
            self.stands_in(guest.call, Side::Call(id));
        }
    }

    /// The guest who is in this place, if there is one.
    pub(super) fn guest_at(&self, call: CallId, target: Target) -> Option<CallId> {
        self.guests_of(call).find(|guest| {
            let seat = self.key_of(*guest).and_then(|key| self.calls[key].guest);
            seat.is_some_and(|seat| seat.target == Some(target))
        })
    }

    fn guests_of(&self, call: CallId) -> impl Iterator<Item = CallId> + '_ {
        self.handovers.guests.range((call, CallId(0))..=(call, CallId(u64::MAX))).map(|(_, guest)| *guest)
    }

    /// A guest hung up, or is gone: so is whoever the guest was in place of.
    pub(super) fn guest_left(&mut self, now: Instant, key: usize, guest: Guest, out: &mut Vec<Action>) {
        self.forget_guest(now, key, guest, out);
        match guest.target {
            None => self.tell_core(now, pbx::Input::CallerHungUp { call: guest.call }, out),
            Some(target) => self.far_end_left(now, guest.call, target, out),
        }
    }

    /// The guest's dialog is on its own from now on, and ends.
    fn forget_guest(&mut self, now: Instant, key: usize, guest: Guest, out: &mut Vec<Action>) {
        let id = self.calls[key].id;
        self.handovers.guests.remove(&(guest.call, id));
        self.unlink(now, Side::Call(id), out);
        self.stop_media(key, out);
        self.calls[key].decided = true;
    }

    /// The decision core has closed its books on a call: whoever else is in it is let go.
    pub(super) fn end_handovers(&mut self, now: Instant, call: CallId, out: &mut Vec<Action>) {
        self.handovers.stand_ins.remove(&call);
        let all = (call, Target::User)..=(call, Target::Transfer(u32::MAX));
        let pending: Vec<_> = self.handovers.pending.range(all).map(|(fork, _)| *fork).collect();
        for fork in pending {
            self.handovers.pending.remove(&fork);
        }
        for id in self.guests_of(call).collect::<Vec<_>>() {
            self.dismiss_guest(now, id, out);
        }
        if let Some(other) = self.handovers.tied.remove(&call) {
            self.handovers.tied.remove(&other);
            self.tell_core(now, pbx::Input::CallerHungUp { call: other }, out);
        }
    }

    pub(super) fn dismiss_guest(&mut self, now: Instant, id: CallId, out: &mut Vec<Action>) {
        let Some(key) = self.key_of(id) else { return };
        let Some(guest) = self.calls[key].guest else { return };
        self.say_goodbye(now, key, &Extra::default(), out);
        self.forget_guest(now, key, guest, out);
        self.forget_if_over(id, out);
    }

    /// From now on the one call ends with the other.
    pub(super) fn tie(&mut self, one: CallId, other: CallId) {
        self.handovers.tied.insert(one, other);
        self.handovers.tied.insert(other, one);
    }

    /// A party of a call left: the caller, if it stood in for the caller.
    pub(super) fn party_left(
        &mut self,
        now: Instant,
        leg: LegId,
        (call, target): (CallId, Target),
        out: &mut Vec<Action>,
    ) {
        if self.leaves_after_transfer(now, Side::Leg(leg), target, out) {
            return;
        }
        if self.caller_of(call) == Side::Leg(leg) {
            self.tell_core(now, pbx::Input::CallerHungUp { call }, out);
        } else {
            self.far_end_left(now, call, target, out);
        }
    }

    /// Who has asked for a transfer and hangs up before the new party has picked up has done what was to be done
    /// (RFC 5589, 6.1). Says whether that is so: the call goes on.
    fn leaves_after_transfer(
        &mut self,
        now: Instant,
        side: Side,
        target: Target,
        out: &mut Vec<Action>,
    ) -> bool {
        let found = self.handovers.pending.iter().find(|(_, transfer)| transfer.by == side);
        let Some(((call, _), to)) = found.map(|(fork, transfer)| (*fork, transfer.whom)) else {
            return false;
        };
        if !self.is_up(to) {
            return false;
        }
        // Who leaves gives back a leg: the new party's is no longer one more.
        self.transfers_leg_is_over(now, call, |transfer| transfer.by == side, out);
        if let Target::Agent(agent) = target {
            let to: Arc<str> = self.number_rung(call).unwrap_or_default().into();
            self.decide(now, agent_handed(call, agent, Handover::Blind { to: &to }), out);
        }
        true
    }

    /// The same for the caller, in whose place whoever was called stands then.
    pub(super) fn caller_leaves_after_transfer(
        &mut self,
        now: Instant,
        key: usize,
        out: &mut Vec<Action>,
    ) -> bool {
        let (call, side) = (self.calls[key].id, Side::Call(self.calls[key].id));
        let transfer = self.handovers.pending.values().find(|transfer| transfer.by == side).copied();
        if !self.leaves_after_transfer(now, side, Target::User, out) {
            return false;
        }
        self.unlink(now, side, out);
        self.stop_media(key, out);
        self.calls[key].handed_over = true;
        if let Some(transfer) = transfer {
            self.stands_in(call, transfer.whom);
        }
        true
    }

    /// Tells the decision core that the phone which rings for a transfer takes no leg beside the two who talk.
    fn transfers_leg_is_over(
        &mut self,
        now: Instant,
        call: CallId,
        which: impl Fn(&Transfer) -> bool,
        out: &mut Vec<Action>,
    ) {
        let mut pending = self.handovers.pending.iter_mut();
        let found = pending.find(|((of, _), transfer)| *of == call && which(transfer));
        if found.is_some_and(|(_, transfer)| std::mem::take(&mut transfer.takes_leg)) {
            self.tell_core(now, pbx::Input::HandoverOver { call }, out);
        }
    }

    /// The transfer is over, done or not: it is forgotten, and its leg with it.
    pub(super) fn end_transfer(
        &mut self,
        now: Instant,
        (call, target): (CallId, Target),
        out: &mut Vec<Action>,
    ) -> Option<Transfer> {
        let transfer = self.handovers.pending.remove(&(call, target))?;
        if transfer.takes_leg {
            self.tell_core(now, pbx::Input::HandoverOver { call }, out);
        }
        Some(transfer)
    }

    /// The number whose phone rings for somebody to whom this call is handed over.
    fn number_rung(&self, call: CallId) -> Option<String> {
        let all = (call, Target::Transfer(0))..=(call, Target::Transfer(u32::MAX));
        let fork = self.forks.range(all).map(|(_, fork)| fork).find(|fork| fork.answered.is_none())?;
        Some(fork.invitation.to.to_string())
    }

    /// Writes down to whom a call is handed on.
    pub(super) fn note_handed_on(&mut self, call: CallId, to: Option<&str>) {
        let Some(to) = to.filter(|to| !to.is_empty()) else { return };
        let chain = self.handovers.chains.entry(call).or_default();
        if chain.len() < CHAIN_MAX {
            chain.push_str(if chain.is_empty() { "" } else { " > " });
            chain.push_str(to);
        }
    }

    /// To whom the call of this name, which is over, was handed on.
    pub(super) fn handed_to(&mut self, name: &Arc<str>) -> Option<Arc<str>> {
        let id = self.by_call_id.get(name).map(|key| self.calls[*key].id)?;
        self.handovers.chains.remove(&id).map(Arc::from)
    }

    /// A leg of one call goes on in another.
    pub(super) fn adopt(&mut self, call: CallId, leg: LegId) {
        let Some(key) = self.leg_key(leg) else { return };
        let target = self.next_transfer();
        let found = &mut self.legs[key];
        let former = (std::mem::replace(&mut found.call, call), std::mem::replace(&mut found.target, target));
        if let Some(fork) = self.forks.remove(&former) {
            self.forks.insert((call, target), fork);
        }
    }

    /// Whoever hands a call over is hung up on, and the call goes on without. `how` is absent where an agent goes on
    /// serving the call at another phone, or the core knows already.
    pub(super) fn step_aside(
        &mut self,
        now: Instant,
        side: Side,
        how: Option<Handover<'_>>,
        out: &mut Vec<Action>,
    ) {
        let place = match side {
            Side::Leg(leg) => {
                let Some(key) = self.leg_key(leg) else { return };
                let place = (self.legs[key].call, Some(self.legs[key].target));
                self.forks.remove(&(self.legs[key].call, self.legs[key].target));
                self.leave_leg(now, key, &[], out);
                place
            }
            Side::Call(call) => {
                let Some(key) = self.key_of(call).filter(|key| !self.calls[*key].handed_over) else { return };
                self.unlink(now, side, out);
                self.say_goodbye(now, key, &Extra::default(), out);
                self.calls[key].handed_over = true;
                self.stop_media(key, out);
                let place = self.calls[key].guest.map_or((call, None), |guest| (guest.call, guest.target));
                if let Some(guest) = self.calls[key].guest {
                    self.forget_guest(now, key, guest, out);
                    self.forget_if_over(call, out);
                }
                place
            }
        };
        if let ((call, Some(Target::Agent(agent))), Some(how)) = (place, how) {
            self.decide(now, agent_handed(call, agent, how), out);
        }
    }

    /// The decision core's call that a side belongs to.
    pub(super) fn call_of(&self, side: Side) -> Option<CallId> {
        match side {
            Side::Call(call) => {
                let key = self.key_of(call)?;
                Some(self.calls[key].guest.map_or(call, |guest| guest.call))
            }
            Side::Leg(leg) => self.leg_key(leg).map(|key| self.legs[key].call),
        }
    }

    /// The number at a side's end.
    pub(super) fn number_of(&self, side: Side) -> Option<String> {
        match side {
            Side::Call(call) => self.key_of(call).map(|key| self.calls[key].from.to_string()),
            Side::Leg(leg) => self.leg_key(leg).and_then(|key| called(&self.legs[key])),
        }
    }

    /// A side that is with nobody hears the PBX itself.
    pub(super) fn start_sound(&mut self, side: Side, sound: Sound, out: &mut Vec<Action>) {
        let Some(media) = self.media_mut(side) else { return };
        media.sound = sound;
        media.flowing = true;
        let (port, payload_type, events) = (media.port, media.payload_type, media.speech.telephone_event);
        let reports = media.reports;
        if let Some(remote) = media.remote {
            out.push(Action::StartMedia { port, remote, reports, payload_type, events, sound });
        }
    }

    /// Whoever was put on hold by somebody who is no longer there is asked to speak and listen again.
    pub(super) fn resume(&mut self, now: Instant, side: Side, out: &mut Vec<Action>) {
        if !self.is_up(side) {
            return;
        }
        let address = self.settings.advertised.ip();
        let Some(media) = self.media_mut(side).filter(|media| !(media.sends && media.hears)) else { return };
        media.version += 1;
        let offer = media.speech.offer(address, Some(media.port), media.version, Direction::SendRecv);
        let sent = self.request_to(now, side, Method::Invite, &[], Some(Body::sdp(&offer)), out);
        if let Some(client) = sent {
            self.handovers.resumed.insert(client, side);
        }
    }

    /// Whether a session of ours is on offer to this side.
    pub(super) fn is_resuming(&self, side: Side) -> bool {
        self.handovers.resumed.values().any(|resumed| *resumed == side)
    }

    /// Whether a response answers such an offer; then it has been heeded.
    pub(super) fn resume_answered(
        &mut self,
        now: Instant,
        client: ClientId,
        status: u16,
        body: &[u8],
        out: &mut Vec<Action>,
    ) -> bool {
        let Some(side) = self.handovers.resumed.get(&client).copied() else { return false };
        if status < 200 {
            return true;
        }
        self.handovers.resumed.remove(&client);
        if status == 491 {
            let after = self.glare(side);
            self.handovers.again.insert((now + after, side));
        }
        let address = self.settings.advertised.ip();
        let Some(media) = self.media_mut(side).filter(|_| status < 300) else { return true };
        let Some(agreed) = media.speech.accepted(body, address) else { return true };
        media.agree(&agreed);
        let sound = media.sound;
        match self.peer_of(side) {
            Some(peer) => {
                self.relay_media(side, peer, out);
                self.relay_media(peer, side, out);
            }
            None => self.start_sound(side, sound, out),
        }
        true
    }

    /// Nobody will answer such an offer.
    pub(super) fn forget_resume(&mut self, client: ClientId) {
        self.handovers.resumed.remove(&client);
    }

    /// Offers a session again to those whose time has come.
    pub(super) fn resume_again(&mut self, now: Instant, out: &mut Vec<Action>) {
        while let Some((at, side)) = self.handovers.again.first().copied().filter(|(at, _)| *at <= now) {
            self.handovers.again.remove(&(at, side));
            self.resume(now, side, out);
        }
    }

    /// When somebody is to be offered a session again.
    pub(super) fn next_resume(&self) -> Option<Instant> {
        self.handovers.again.first().map(|(at, _)| *at)
    }

    /// Keeps the names of a dialog that is over.
    pub(super) fn remember_ended(&mut self, call_id: &[u8], ours: &[u8], theirs: &[u8]) {
        if !self.phones.any() {
            return;
        }
        if self.handovers.ended.len() >= ENDED_MAX {
            self.handovers.ended.pop_front();
        }
        self.handovers.ended.push_back([call_id.into(), ours.into(), theirs.into()]);
    }

    /// Whether there was such a dialog not long ago.
    pub(super) fn has_ended(&self, names: [&[u8]; 3]) -> bool {
        self.handovers.ended.iter().any(|ended| ended.iter().map(|name| &**name).eq(names))
    }
}

/// What the decision core is told of an agent who hands a caller over.
pub(super) const fn agent_handed(call: CallId, agent: pbx::AgentId, how: Handover<'_>) -> pbx::Input<'_> {
    pbx::Input::AgentTransferred { call, agent, how }
}

/// The number to which a leg leads.
pub(super) fn called(leg: &Leg) -> Option<String> {
    let invite = Message::scan(&leg.invite).ok()?;
    let to = invite.header("To").and_then(Address::parse)?;
    uri_user(to.uri).map(|user| String::from_utf8_lossy(user).into_owned())
}
