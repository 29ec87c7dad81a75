//! Two sides of a call joined: who rings for whom, what each phone's answer means to the decision core, and the media
//! relay between them.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Media;
use crate::endpoint::pbx::PORTS_READY;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::endpoint::pbx::legs::Contact;
use crate::endpoint::pbx::legs::Invitation;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::LegId;
use crate::endpoint::pbx::sides::Side;
use crate::endpoint::session;
use crate::endpoint::session::Speech;
use crate::pbx;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::sip::dialog::uri_address;
use crate::sip::message::uri_user;
use crate::sip::sdp::Agreed;
use crate::sip::sdp::Direction;
use crate::time::Duration;
use crate::time::Instant;

impl Media {
    /// A port for a side that has agreed to nothing yet.
    pub(super) const fn awaiting(port: u16, speech: Speech) -> Self {
        Self {
            port,
            remote: None,
            reports: None,
            payload_type: speech.codec.payload_type(),
            sound: Sound::Tone,
            flowing: false,
            speech,
            version: 1,
            sends: true,
            hears: true,
        }
    }

    /// What the far side wants of the session from now on.
    pub(super) fn agree(&mut self, agreed: &Agreed) {
        self.remote = agreed.peer;
        self.reports = agreed.reports;
        self.hears = matches!(agreed.direction, Direction::SendRecv | Direction::SendOnly);
        self.sends = matches!(agreed.direction, Direction::SendRecv | Direction::RecvOnly);
    }
}

impl PbxEndpoint {
    /// Rings the phones of the user who was called.
    pub(super) fn dial(&mut self, now: Instant, call: CallId, user: &str, out: &mut Vec<Action>) {
        if let Err(status) = self.ring_phones(now, call, Target::User, user, out) {
            self.tell_core(now, pbx::Input::UserFailed { call, status }, out);
        }
    }

    /// Rings an agent's phone. One that is gone has refused.
    pub(super) fn offer_agent(&mut self, now: Instant, call: CallId, agent: AgentId, out: &mut Vec<Action>) {
        let Some(user) = self.pbx.phone_of(agent).cloned() else { return };
        if self.ring_phones(now, call, Target::Agent(agent), &user, out).is_err() {
            self.tell_core(now, pbx::Input::AgentDeclined { call, agent }, out);
        }
    }

    /// Calls wherever `user` has registered.
    pub(super) fn ring_phones(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        user: &str,
        out: &mut Vec<Action>,
    ) -> Result<(), u16> {
        let contacts = self.contacts_of(now, user);
        let invitation = self.invitation(call, user).ok_or(480_u16)?;
        self.place(now, call, target, invitation, &contacts, out)
    }

    fn contacts_of(&self, now: Instant, user: &str) -> Vec<Contact> {
        self.phones.bindings(now, user).map(Contact::from).collect()
    }

    /// An invitation to `to` in the name of a call's caller.
    pub(super) fn invitation(&self, call: CallId, to: &str) -> Option<Invitation> {
        // Whoever has handed the call over has no sound any more.
        let stand_in = match self.caller_of(call) {
            Side::Call(stand_in) => self.key_of(stand_in).and_then(|key| self.calls[key].media),
            Side::Leg(leg) => self.leg_key(leg).and_then(|key| self.legs[key].media),
        };
        let call = &self.calls[self.key_of(call)?];
        let media = stand_in.or(call.media);
        Some(Invitation {
            from: call.from.clone(),
            to: to.into(),
            max_forwards: call.max_forwards.saturating_sub(1),
            speech: media.map_or_else(Speech::default, |media| media.speech),
            carries: media.is_some(),
            min_session: Duration::ZERO,
            callback: None,
        })
    }

    /// Where a URI that a phone names leads: to a user's phones if it is ours, or to the registered phone at its
    /// literal address. Whoever sends calls elsewhere must not make the PBX call strangers.
    ///
    /// # Errors
    /// The status to report: 403 for the address of a stranger, 404 for a number that nobody has.
    pub(super) fn resolve(&self, now: Instant, uri: &[u8]) -> Result<Vec<Contact>, u16> {
        if uri_address(uri).is_some_and(|address| address != self.settings.advertised) {
            let phone = self.phones.phone_at(now, uri).ok_or(403_u16)?;
            return Ok(vec![phone.into()]);
        }
        let user = uri_user(uri).and_then(|user| std::str::from_utf8(user).ok());
        let user = user.filter(|user| self.phones.is_user(user)).ok_or(404_u16)?;
        Ok(self.contacts_of(now, user))
    }

    pub(super) fn fork_rings(&mut self, now: Instant, call: CallId, target: Target, out: &mut Vec<Action>) {
        match target {
            Target::User => self.tell_core(now, pbx::Input::UserRings { call }, out),
            Target::Agent(_) | Target::Customer => {}
            Target::Transfer(_) => self.transfer_progress(now, call, target, 180, out),
        }
    }

    pub(super) fn fork_answered(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        leg: LegId,
        out: &mut Vec<Action>,
    ) {
        match target {
            Target::User => self.tell_core(now, pbx::Input::UserAnswered { call }, out),
            Target::Agent(agent) => self.tell_core(now, pbx::Input::AgentAnswered { call, agent }, out),
            Target::Transfer(_) => self.transfer_answered(now, call, target, Side::Leg(leg), out),
            // Whoever picks up is a call from then on.
            Target::Customer => {}
        }
        // Who came too late for the decision core was let go by it, or is let go now.
        let bridged = self.peer_of(Side::Leg(leg)).is_some();
        if let Some(key) = self.leg_key(leg).filter(|_| !bridged && !self.is_deciding()) {
            self.forks.remove(&(call, target));
            self.leave_leg(now, key, &[], out);
        }
    }

    pub(super) fn fork_failed(
        &mut self,
        now: Instant,
        call: CallId,
        target: Target,
        status: u16,
        out: &mut Vec<Action>,
    ) {
        match target {
            Target::User => self.tell_core(now, pbx::Input::UserFailed { call, status }, out),
            Target::Agent(agent) => self.tell_core(now, pbx::Input::AgentDeclined { call, agent }, out),
            Target::Transfer(_) => self.transfer_progress(now, call, target, status, out),
            Target::Customer => self.tell_core(now, pbx::Input::CallBackFailed { of: call }, out),
        }
    }

    /// The person at the other end of a call hung up, or is gone.
    pub(super) fn far_end_left(&mut self, now: Instant, call: CallId, target: Target, out: &mut Vec<Action>) {
        let input = match target {
            Target::User | Target::Customer | Target::Transfer(_) => pbx::Input::UserHungUp { call },
            Target::Agent(agent) => pbx::Input::AgentHungUp { call, agent },
        };
        self.tell_core(now, input, out);
    }

    /// The caller talks with whoever picked up for `target` from now on.
    pub(super) fn connect_phone(&mut self, call: CallId, target: Target, out: &mut Vec<Action>) -> bool {
        let leg = self.forks.get(&(call, target)).and_then(|fork| fork.answered);
        let Some(party) = leg.map(Side::Leg).or_else(|| self.guest_side(call, target)) else { return false };
        self.bridge(self.caller_of(call), party, out);
        true
    }

    /// Whether somebody has picked up for `target`.
    pub(super) fn has_answered(&self, call: CallId, target: Target) -> bool {
        self.forks.get(&(call, target)).is_some_and(|fork| fork.answered.is_some())
            || self.guest_side(call, target).is_some()
    }

    pub(super) fn bridge(&mut self, one: Side, other: Side, out: &mut Vec<Action>) {
        self.set_peer(one, Some(other));
        self.set_peer(other, Some(one));
        self.relay_media(one, other, out);
        self.relay_media(other, one, out);
    }

    /// Lets `to` hear what comes from `from`, as both have agreed to.
    pub(super) fn relay_media(&mut self, from: Side, to: Side, out: &mut Vec<Action>) {
        let Some(source) = self.media_mut(from).map(|media| media.port) else { return };
        let Some(media) = self.media_mut(to) else { return };
        media.flowing = true;
        media.sound = Sound::Relay { from: source, watched: media.sends };
        let Media { port, remote, reports, payload_type, sound, hears, .. } = *media;
        let remote = if hears { remote } else { None };
        let remote = remote.unwrap_or(session::HELD);
        out.push(Action::StartMedia { port, remote, reports, payload_type, events: None, sound });
    }

    /// Parts a side from whoever it talks with, and ends a leg's media. What was being passed on is answered.
    pub(super) fn unlink(&mut self, now: Instant, side: Side, out: &mut Vec<Action>) {
        self.drop_relayed(now, side, out);
        if let Some(peer) = self.peer_of(side) {
            self.set_peer(peer, None);
        }
        self.set_peer(side, None);
        if let Side::Leg(leg) = side
            && let Some(media) = self.leg_key(leg).and_then(|key| self.legs[key].media.take())
        {
            self.release_port(media, out);
        }
    }

    pub(super) fn release_port(&mut self, media: Media, out: &mut Vec<Action>) {
        if !media.flowing && self.ports.len() < PORTS_READY {
            self.ports.push(media.port);
        } else {
            out.push(Action::StopMedia { port: media.port });
        }
    }

    /// The leg that has this port.
    pub(super) fn leg_with_port(&self, port: u16) -> Option<usize> {
        let has = |media: &Option<Media>| media.as_ref().is_some_and(|media| media.port == port);
        self.legs.iter().find(|(_, leg)| has(&leg.media)).map(|(key, _)| key)
    }

    /// Which agents can be rung has changed with the registrations of `user`.
    pub(super) fn reachability_changed(&mut self, now: Instant, user: &Arc<str>, out: &mut Vec<Action>) {
        let agents: Vec<AgentId> = self.pbx.agents_of(user).collect();
        let until = self.phones.bindings(now, user).map(|phone| phone.expires_at).max();
        for agent in agents {
            match until {
                Some(until) => self.reachable_until.insert(agent, until),
                None => self.reachable_until.remove(&agent),
            };
            let reachable = until.is_some();
            self.tell_core(now, pbx::Input::AgentReachable { agent, reachable }, out);
        }
    }

    /// Registrations that have run out.
    pub(super) fn expire_registrations(&mut self, now: Instant, out: &mut Vec<Action>) {
        let due = self.reachable_until.iter().filter(|(_, until)| **until <= now);
        let users: Vec<Arc<str>> = due.filter_map(|(agent, _)| self.pbx.phone_of(*agent).cloned()).collect();
        for user in users {
            self.reachability_changed(now, &user, out);
        }
    }
}
