//! What callers hear and do: responses, the far side's requests, giving up, hanging up.

use std::sync::Arc;

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Received;
use crate::endpoint::caller::Role;
use crate::endpoint::caller::call::Progress;
use crate::endpoint::pbx::AGENT_HEADER;
use crate::endpoint::pbx::CAUSE_HEADER;
use crate::endpoint::pbx::LIMITER_HEADER;
use crate::endpoint::pbx::MENU_HEADER;
use crate::endpoint::pbx::QUEUE_HEADER;
use crate::endpoint::session;
use crate::outcome::Limiter;
use crate::outcome::Observation;
use crate::party::caller::Input;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Outgoing;
use crate::sip::hop::Hop;
use crate::sip::message::Body;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Start;
use crate::sip::message::write_cancel;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

/// Methods that a caller understands within a call.
const ALLOW: &[u8] = b"INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";

impl Callers {
    /// A response to a request of ours.
    pub(super) fn response(
        &mut self,
        now: Instant,
        user: u64,
        received: &Received<'_>,
        out: &mut Vec<Action>,
    ) {
        let message = received.message;
        if Role::of(user) == Some(Role::Refer) {
            return self.asked(now, user, message.status());
        }
        let Some(key) = self.live_key(user) else { return };
        self.ladders.message(self.calls[key].serial, now, false, received.bytes);
        for bytes in self.sent_by_layer.drain(..) {
            self.ladders.message(self.calls[key].serial, now, true, &bytes);
        }
        let (Some(role), Some(status)) = (Role::of(user), message.status()) else { return };
        match role {
            Role::Invite if status < 200 => self.provisional(now, key, status, message, out),
            Role::Invite if status < 300 => self.accepted(now, key, message, out),
            Role::Invite => self.refused(now, key, status, message, out),
            Role::Bye if status >= 200 => {
                // Who had ended the call before our BYE came says so here.
                self.take_note_of_end(key, message);
                self.bye_answered(now, key, Some(now), out);
            }
            Role::Bye | Role::Cancel | Role::Info | Role::Refer => {}
        }
    }

    fn provisional(
        &mut self,
        now: Instant,
        key: usize,
        status: u16,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        let call = &mut self.calls[key];
        if call.progress != Progress::Calling {
            return;
        }
        call.provisional = true;
        // As Timer C (RFC 3261, 16.7): every provisional response starts it anew.
        self.watch_ringing(now, key);
        let call = &mut self.calls[key];
        if call.gave_up || call.stopped.is_some() {
            return self.cancel(now, key, out);
        }
        if status == 100 {
            return;
        }
        call.first_response.get_or_insert(now);
        self.seize(now, key, out);
        self.take_note(key, message);
        let call = &mut self.calls[key];
        if call.ringing.is_none() {
            call.ringing = Some(now);
            self.tell(now, key, Input::Ringing, out);
        }
    }

    /// A 2xx, the first or one sent again.
    fn accepted(&mut self, now: Instant, key: usize, message: &Message<'_>, out: &mut Vec<Action>) {
        if let Some(ack) = self.calls[key].ack.clone() {
            return self.transmit_in_dialog(now, key, ack, out);
        }
        self.take_note(key, message);
        let call = &mut self.calls[key];
        call.heard.status = message.status();
        call.first_response.get_or_insert(now);
        call.answered = Some(now);
        let invite = std::mem::take(&mut call.request);
        call.dialog = Message::scan(&invite).ok().and_then(|invite| Dialog::of_caller(&invite, message));
        self.acknowledge(now, key, out);
        self.seize(now, key, out);
        self.calls[key].progress = Progress::Answered;
        let call = &self.calls[key];
        if call.far_side_left {
            // Their BYE overtook their 200.
            return self.conclude(now, key, out);
        }
        if call.gave_up || call.stopped.is_some() || call.dialog.is_none() {
            // The 200 crossed our CANCEL: the call exists, and is ended. A 2xx without Contact makes no dialog
            // (RFC 3261, 12.1): no BYE can be said in it, and none answered.
            return self.hang_up(now, key, out);
        }
        if !self.start_media(key, message, out) {
            // No common codec, a declined stream or a host that is no address: answered, and no sound.
            self.calls[key].silent_media = true;
            return self.hang_up(now, key, out);
        }
        let call = &mut self.calls[key];
        let in_menu = message.header(MENU_HEADER).is_some();
        call.in_menu = in_menu;
        let person = !in_menu && (call.heard.queue.is_none() || call.heard.agent.is_some());
        if person {
            call.connected = Some(now);
        }
        self.tell(now, key, Input::Answered { person }, out);
        if in_menu {
            self.hear_menu(now, key, message, out);
        }
    }

    fn refused(
        &mut self,
        now: Instant,
        key: usize,
        status: u16,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        if matches!(status, 401 | 407) && !self.calls[key].gave_up && self.authorise(now, key, message, out) {
            return;
        }
        self.take_note(key, message);
        let call = &mut self.calls[key];
        call.first_response.get_or_insert(now);
        call.heard.status = Some(status);
        if let Start::Status { reason, .. } = message.start {
            call.heard.phrase = Some(String::from_utf8_lossy(reason).into());
        }
        call.heard.retry_after = message.retry_after.is_some();
        call.heard.warning = message.header("Warning").map(|text| String::from_utf8_lossy(text).into());
        call.ended.get_or_insert(now);
        self.tell(now, key, Input::Ended, out);
        self.conclude(now, key, out);
    }

    /// Keeps what the far side says of the call beside the status.
    fn take_note(&mut self, key: usize, message: &Message<'_>) {
        let heard = &mut self.calls[key].heard;
        let text = |name: &str| message.header(name).map(String::from_utf8_lossy);
        if let Some(queue) = text(QUEUE_HEADER) {
            heard.queue = Some(queue.into());
        }
        if let Some(agent) = text(AGENT_HEADER) {
            heard.agent = Some(agent.into());
        }
        if let Some(cause) = text(CAUSE_HEADER) {
            heard.cause = Some(cause.into());
        }
        if let Some(limiter) = text(LIMITER_HEADER) {
            heard.limiter = Limiter::from_name(&limiter);
        }
        if let Some(cause) = message.q850_cause() {
            heard.q850 = u8::try_from(cause).ok();
        }
    }

    /// Keeps what the far side says of the end of an answered call, unless the run's end is what ended it.
    fn take_note_of_end(&mut self, key: usize, message: &Message<'_>) {
        if self.calls[key].stopped.is_none() {
            self.calls[key].heard.q850 = None;
            self.take_note(key, message);
        }
    }

    pub(super) fn seize(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let call = &mut self.calls[key];
        if !call.seized {
            call.seized = true;
            let at = self.settings.scale.people(call.started).min(self.settings.scale.people(now));
            out.push(Action::Observed(Observation::Seized { at }));
        }
    }

    /// No final response within Timer B, or none to our BYE within Timer F; `refused`: the way to the target is gone.
    pub(super) fn unanswered(&mut self, now: Instant, user: u64, refused: bool, out: &mut Vec<Action>) {
        if Role::of(user) == Some(Role::Refer) {
            return self.asked(now, user, None);
        }
        let (Some(key), Some(role)) = (self.live_key(user), Role::of(user)) else { return };
        match role {
            Role::Invite => {
                let call = &mut self.calls[key];
                call.timer_b = !refused;
                call.transport_error = refused;
                call.ended = Some(now);
                self.tell(now, key, Input::Ended, out);
                self.conclude(now, key, out);
            }
            Role::Bye => self.bye_answered(now, key, None, out),
            Role::Cancel | Role::Info | Role::Refer => {}
        }
    }

    /// A request from the far side.
    pub(super) fn request(
        &mut self,
        now: Instant,
        received: &Received<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let Received { source, message, bytes } = *received;
        let found = self.key_in_dialog(message);
        let Some(key) = found else {
            if message.method() == Method::Invite && self.rings_back(now, received, server, out) {
                return;
            }
            self.counters.stray_requests += 1;
            let status = match message.method() {
                Method::Options => 200,
                Method::Bye | Method::Info | Method::Update => 481,
                _ => 405,
            };
            return self.respond(now, source, message, server, status, None, out);
        };
        self.ladders.message(self.calls[key].serial, now, false, bytes);
        match message.method() {
            Method::Bye => {
                self.respond(now, source, message, server, 200, None, out);
                self.far_side_left(now, key, message, out);
            }
            Method::Info => {
                self.respond(now, source, message, server, 200, None, out);
                self.connected(now, key, message, out);
            }
            Method::Invite | Method::Update => self.refresh(now, key, received, server, out),
            Method::Options => self.respond(now, source, message, server, 200, None, out),
            _ => self.respond(now, source, message, server, 405, None, out),
        }
    }

    /// A re-INVITE or UPDATE: the session goes on as it was agreed. A re-INVITE without an offer gets ours (RFC 3261,
    /// 14.1), one before the call is answered is out of place (14.2).
    fn refresh(
        &mut self,
        now: Instant,
        key: usize,
        received: &Received<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let Received { source, message, .. } = *received;
        let (address, port) = (self.settings.advertised.ip(), self.calls[key].media_port);
        let invites = message.method() == Method::Invite;
        let sdp = match (message.body.is_empty(), invites) {
            (true, true) => Some(session::offer(address, port, self.settings.media)),
            (true, false) => None,
            (false, _) => session::answer(message.body, address, port).map(|(answer, _)| answer),
        };
        let status = if invites && self.calls[key].progress != Progress::Answered {
            481
        } else if sdp.is_none() && !message.body.is_empty() {
            488
        } else {
            200
        };
        if invites && status == 200 {
            self.calls[key].refresh = Some(server);
        }
        self.respond(now, source, message, server, status, sdp.as_deref().filter(|_| status == 200), out);
    }

    /// The ACK of our 200 to a re-INVITE.
    pub(super) fn refresh_acknowledged(&mut self, message: &Message<'_>) {
        if let Some(key) = self.key_in_dialog(message)
            && let Some(server) = self.calls[key].refresh.take()
        {
            self.layer.acknowledged(server);
        }
    }

    fn connected(&mut self, now: Instant, key: usize, message: &Message<'_>, out: &mut Vec<Action>) {
        self.take_note(key, message);
        let names_agent = message.header(AGENT_HEADER).is_some();
        if self.calls[key].progress == Progress::Answered {
            self.hear_menu(now, key, message, out);
        }
        let call = &mut self.calls[key];
        if names_agent && call.connected.is_none() && call.progress == Progress::Answered {
            call.connected = Some(now);
            self.tell(now, key, Input::Connected, out);
        }
    }

    fn far_side_left(&mut self, now: Instant, key: usize, message: &Message<'_>, out: &mut Vec<Action>) {
        let progress = self.calls[key].progress;
        if progress == Progress::Over {
            return;
        }
        self.take_note_of_end(key, message);
        if progress == Progress::Leaving {
            // Our BYE crossed theirs: ours ends the call, and theirs only tells what it was for.
            return;
        }
        let call = &mut self.calls[key];
        call.far_side_left = true;
        if progress == Progress::Answered {
            call.ended = Some(now);
            self.tell(now, key, Input::Ended, out);
            self.conclude(now, key, out);
        }
    }

    /// The call whose dialog a request belongs to: our tag ends in the key, Call-ID proves it.
    fn key_in_dialog(&self, message: &Message<'_>) -> Option<usize> {
        let tag = std::str::from_utf8(message.to.tag?).ok()?;
        let key = usize::from_str_radix(tag.rsplit('-').next()?, 16).ok()?;
        let call = self.calls.get(key)?;
        (call.call_id.as_bytes() == message.call_id && call.from_tag == tag).then_some(key)
    }

    #[expect(clippy::too_many_arguments, reason = "each is a fact of one message")]
    pub(super) fn respond(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        status: u16,
        sdp: Option<&[u8]>,
        out: &mut Vec<Action>,
    ) {
        let mut bytes = Vec::with_capacity(512);
        let contact = self.texts.contact.as_bytes();
        let extra = [("Contact", contact), ("Allow", ALLOW)];
        Echo::of(message, source).write(status, b"busyhour", &extra, sdp.map(Body::sdp), &mut bytes);
        let mut actions = Vec::new();
        self.layer.respond(now, server, status, bytes, &mut actions);
        for action in actions {
            if let crate::sip::transaction::Action::Transmit { destination, bytes } = action {
                if let Some(key) = self.key_in_dialog(message) {
                    self.ladders.message(self.calls[key].serial, now, true, &bytes);
                }
                out.push(Action::Transmit { destination, bytes });
            }
        }
    }

    /// From `since` on the far side may ring, or try, for `ring_timeout`.
    pub(super) fn watch_ringing(&mut self, since: Instant, key: usize) {
        if let Some(timeout) = self.settings.ring_timeout {
            self.calls[key].ring_limit = Some(since + timeout);
            self.watch(key);
        }
    }

    /// Cancels a call that has rung, or been tried, for too long.
    pub(super) fn check_ringing(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let call = &mut self.calls[key];
        if call.progress == Progress::Calling && call.ring_limit.is_some_and(|limit| limit <= now) {
            call.rang_out = true;
            self.cancel(now, key, out);
        }
    }

    /// Patience is over. Before a provisional response there is nothing to cancel (RFC 3261, 9.1): the INVITE
    /// runs on, and Timer B or a late response decides.
    pub(super) fn give_up(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        match self.calls[key].progress {
            Progress::Calling => {
                self.calls[key].gave_up = true;
                if self.calls[key].provisional {
                    self.cancel(now, key, out);
                }
            }
            Progress::Answered => {
                self.calls[key].gave_up = true;
                self.hang_up(now, key, out);
            }
            Progress::Cancelling | Progress::Leaving | Progress::Over => {}
        }
    }

    pub(super) fn cancel(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let call = &mut self.calls[key];
        call.progress = Progress::Cancelling;
        call.ended = Some(now);
        let Ok(invite) = Message::scan(&call.request) else { return };
        let mut bytes = Vec::with_capacity(384);
        write_cancel(&invite, &mut bytes);
        let branch = invite.via.branch.unwrap_or_default().to_vec();
        self.send_request(now, key, bytes, Method::Cancel, &branch, Role::Cancel, out);
    }

    /// Sends BYE, once.
    pub(super) fn hang_up(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let transport = self.destination(key).transport;
        let call = &mut self.calls[key];
        if call.progress != Progress::Answered {
            return;
        }
        call.progress = Progress::Leaving;
        call.ended = Some(now);
        call.bye_sent = Some(now);
        let branch = format!("z9hG4bK-{}-b", call.from_tag);
        let Some(dialog) = call.dialog.as_mut() else { return self.conclude(now, key, out) };
        let mut bytes = Vec::with_capacity(384);
        let outgoing = Outgoing {
            transport,
            sent_by: self.texts.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            ..Outgoing::default()
        };
        dialog.write_request(Method::Bye, &outgoing, &mut bytes);
        if call.seized {
            call.seized = false;
            out.push(Action::Observed(Observation::Released { at: self.settings.scale.people(now) }));
        }
        self.stop_media(key, out);
        self.send_request(now, key, bytes, Method::Bye, branch.as_bytes(), Role::Bye, out);
    }

    fn bye_answered(&mut self, now: Instant, key: usize, at: Option<Instant>, out: &mut Vec<Action>) {
        if self.calls[key].progress == Progress::Leaving {
            self.calls[key].bye_answered = at;
            self.conclude(now, key, out);
        }
    }

    fn acknowledge(&mut self, now: Instant, key: usize, out: &mut Vec<Action>) {
        let transport = self.destination(key).transport;
        let call = &mut self.calls[key];
        let Some(dialog) = call.dialog.as_ref() else { return };
        let branch = format!("z9hG4bK-{}-a", call.from_tag);
        let mut bytes = Vec::with_capacity(384);
        let outgoing = Outgoing {
            transport,
            sent_by: self.texts.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            ..Outgoing::default()
        };
        dialog.write_ack(call.cseq, &outgoing, &mut bytes);
        let ack: Arc<[u8]> = bytes.into();
        call.ack = Some(ack.clone());
        self.transmit_in_dialog(now, key, ack, out);
    }

    fn transmit_in_dialog(&mut self, now: Instant, key: usize, bytes: Arc<[u8]>, out: &mut Vec<Action>) {
        self.ladders.message(self.calls[key].serial, now, true, &bytes);
        let destination = self.destination(key);
        out.push(Action::Transmit { destination, bytes });
    }

    /// Where requests in the dialog go: the next hop, if it is an address; the target otherwise.
    pub(super) fn destination(&self, key: usize) -> Hop {
        let hop = self.calls[key].dialog.as_ref().and_then(Dialog::next_hop);
        hop.unwrap_or(self.settings.target.hop())
    }

    #[expect(clippy::too_many_arguments, reason = "each is a fact of one message")]
    pub(super) fn send_request(
        &mut self,
        now: Instant,
        key: usize,
        bytes: Vec<u8>,
        method: Method,
        branch: &[u8],
        role: Role,
        out: &mut Vec<Action>,
    ) {
        let destination = if matches!(role, Role::Bye | Role::Info) {
            self.destination(key)
        } else {
            self.settings.target.hop()
        };
        let mut actions = std::mem::take(&mut self.spare_actions);
        let user = role.user(key, self.calls[key].serial);
        let bytes: Arc<[u8]> = bytes.into();
        let sent = self.layer.request(now, destination, bytes.clone(), method, branch, user, &mut actions);
        self.send(&mut actions, key, now, out);
        self.spare_actions = actions;
        if sent.is_err() && role == Role::Bye {
            // No room to wait for the answer: said once, so that the far side may end the call, and not again.
            self.transmit_in_dialog(now, key, bytes, out);
            self.spoilt(now, key, out);
        }
    }
}
