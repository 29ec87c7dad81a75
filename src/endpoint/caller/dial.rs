//! Dialling: the INVITE, and the second one with credentials.

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Role;
use crate::endpoint::caller::Settings;
use crate::endpoint::caller::call::Call;
use crate::endpoint::caller::call::Heard;
use crate::endpoint::caller::call::Progress;
use crate::endpoint::session;
use crate::party::caller::Caller;
use crate::sip::digest;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Request;
use crate::time::Instant;
use crate::traffic::CallPlan;

/// Texts that every message repeats.
#[derive(Debug)]
pub(super) struct Texts {
    pub sent_by: String,
    pub contact: String,
}

impl Texts {
    pub fn new(settings: &Settings) -> Self {
        let sent_by = settings.advertised.to_string();
        Self { contact: format!("<sip:busyhour@{sent_by}>"), sent_by }
    }
}

impl Callers {
    /// A caller dials.
    pub(super) fn dial(
        &mut self,
        now: Instant,
        plan: CallPlan,
        media_port: Option<u16>,
        out: &mut Vec<Action>,
    ) {
        let serial = self.next_serial;
        self.next_serial += 1;
        let intended = self.settings.scale.wall(plan.intended_start).min(now);
        let name = format!("{}-{:x}-{:x}", self.settings.run_tag, plan.index, plan.attempt);
        let entry = self.calls.vacant_entry();
        let key = entry.key();
        entry.insert(Call {
            serial,
            brain: Caller::new(&plan),
            call_id: format!("{name}@{}", self.settings.advertised.ip()).into(),
            from_tag: format!("{name}-{key:x}"),
            plan,
            request: Vec::new(),
            cseq: 0,
            progress: Progress::Calling,
            dialog: None,
            refresh: None,
            ack: None,
            intended,
            started: now,
            first_response: None,
            provisional: false,
            ringing: None,
            answered: None,
            connected: None,
            ended: None,
            bye_sent: None,
            bye_answered: None,
            gave_up: false,
            ring_limit: None,
            rang_out: false,
            far_side_left: false,
            silent_media: false,
            timer_b: false,
            stopped: self.stopping,
            spoilt: false,
            authorised: false,
            seized: false,
            heard: Heard::default(),
            media_port,
            media_flows: false,
            media_stopped: false,
            media: None,
            watched: None,
        });
        self.invite(now, key, None, out);
        if self.calls.contains(key) {
            self.watch(key);
            // Timer B stops at any provisional response, even at one whose damaged head names no call.
            self.watch_ringing(now + self.settings.timers.transaction(), key);
        }
    }

    /// Sends the INVITE, with an Authorization or Proxy-Authorization header if one is given.
    fn invite(
        &mut self,
        now: Instant,
        key: usize,
        credentials: Option<(&str, &[u8])>,
        out: &mut Vec<Action>,
    ) {
        let call = &mut self.calls[key];
        call.cseq += 1;
        let branch = format!("z9hG4bK-{}-{:x}", call.from_tag, call.cseq);
        let host = &self.settings.target.host;
        let user = self.settings.target.user.as_deref().unwrap_or(&call.plan.to);
        let uri = format!("sip:{user}@{host}");
        let from =
            format!("<sip:{}@{}>;tag={}", call.plan.from, self.settings.advertised.ip(), call.from_tag);
        let to = format!("<{uri}>");
        let offer = session::offer(self.settings.advertised.ip(), call.media_port, self.settings.media);
        let extra: Vec<(&str, &[u8])> = credentials.into_iter().collect();
        let mut bytes = Vec::with_capacity(768);
        Request {
            method: Method::Invite,
            uri: uri.as_bytes(),
            sent_by: self.texts.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            routes: &[],
            from: from.as_bytes(),
            to: to.as_bytes(),
            call_id: call.call_id.as_bytes(),
            cseq: call.cseq,
            contact: Some(self.texts.contact.as_bytes()),
            extra: &extra,
            body: Some(Body::sdp(&offer)),
        }
        .write(&mut bytes);
        call.request.clone_from(&bytes);
        self.send_invite(now, key, bytes, &branch, out);
    }

    fn send_invite(&mut self, now: Instant, key: usize, bytes: Vec<u8>, branch: &str, out: &mut Vec<Action>) {
        let target = self.settings.target.address;
        let mut actions = std::mem::take(&mut self.spare_actions);
        let user = Role::Invite.user(key, self.calls[key].serial);
        let sent =
            self.layer.request(now, target, bytes, Method::Invite, branch.as_bytes(), user, &mut actions);
        self.send(&mut actions, key, now, out);
        self.spare_actions = actions;
        if sent.is_err() {
            // Our own table is full: the target never saw the call.
            self.spoilt(now, key, out);
        }
    }

    /// Answers a digest challenge once per call; false if it can't.
    pub(super) fn authorise(
        &mut self,
        now: Instant,
        key: usize,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) -> bool {
        let call = &self.calls[key];
        let class = &self.settings.classes[call.plan.class];
        let no_more = call.authorised || call.progress != Progress::Calling || call.stopped.is_some();
        let (Some(credentials), false) = (&class.auth, no_more) else { return false };
        let Ok((challenge, name)) = digest::Challenge::of(message) else { return false };
        let user = self.settings.target.user.as_deref().unwrap_or(&call.plan.to);
        let uri = format!("sip:{user}@{}", self.settings.target.host);
        let cnonce = call.from_tag.clone();
        let credentials = digest::Credentials { user: &credentials.user, password: &credentials.password };
        let request = digest::Use {
            method: Method::Invite.name(),
            uri: uri.as_bytes(),
            nonce_count: 1,
            client_nonce: &cnonce,
        };
        let answer = challenge.answer(&credentials, &request);
        let call = &mut self.calls[key];
        call.authorised = true;
        call.first_response = None;
        // Nothing has answered the second INVITE yet: there is nothing to cancel (RFC 3261, 9.1).
        call.provisional = false;
        self.invite(now, key, Some((name, &answer)), out);
        true
    }
}
