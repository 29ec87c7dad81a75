//! Dialling: the INVITE, and the second one with credentials.

use std::sync::Arc;

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Role;
use crate::endpoint::caller::Settings;
use crate::endpoint::caller::call::Call;
use crate::endpoint::caller::call::Progress;
use crate::endpoint::pbx::CLASS_HEADER;
use crate::endpoint::session;
use crate::sip::digest;
use crate::sip::hop::Transport;
use crate::sip::message::Body;
use crate::sip::message::MAX_FORWARDS;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Request;
use crate::sip::message::Template;
use crate::time::Instant;
use crate::traffic::CallPlan;

/// The first INVITE of a call, in the order in which [`Request`] writes one.
const INVITE: &str = "INVITE sip:{user}@{host} SIP/2.0\r\n\
    Via: SIP/2.0/{transport} {sent_by};rport;branch={branch}\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:{caller}@{address}>;tag={tag}\r\n\
    To: <sip:{user}@{host}>\r\n\
    Call-ID: {call_id}\r\n\
    CSeq: {cseq} INVITE\r\n\
    Contact: {contact}\r\n\
    Content-Type: application/sdp\r\n";

const INVITE_SLOTS: [&str; 10] =
    ["user", "host", "sent_by", "branch", "caller", "address", "tag", "call_id", "cseq", "contact"];

/// Texts that every message repeats.
#[derive(Debug)]
pub(super) struct Texts {
    pub sent_by: String,
    pub contact: String,
    /// The address of From, without a port.
    address: String,
    invite: Template,
}

impl Texts {
    pub fn new(settings: &Settings) -> Self {
        let sent_by = settings.advertised.to_string();
        let transport = settings.target.transport;
        let parameter = if transport == Transport::Tcp { ";transport=tcp" } else { "" };
        let head = INVITE.replace("{transport}", transport.name());
        Self {
            contact: format!("<sip:busyhour@{sent_by}{parameter}>"),
            address: settings.advertised.ip().to_string(),
            invite: Template::compile(&head, &INVITE_SLOTS).expect("its slots are those listed beside it"),
            sent_by,
        }
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
        let key = self.begin(now, plan, None, media_port);
        self.invite(now, key, None, out);
        if self.calls.contains(key) {
            self.watch(key);
            // Timer B stops at any provisional response, even at one whose damaged head names no call.
            self.watch_ringing(now + self.settings.timers.transaction(), key);
        }
    }

    /// A call begins: the caller's own, or, under the far side's Call-ID, one to them.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        plan: CallPlan,
        call_id: Option<Arc<str>>,
        media_port: Option<u16>,
    ) -> usize {
        let serial = self.next_serial;
        self.next_serial += 1;
        let intended = self.settings.scale.wall(plan.intended_start).min(now);
        let name = format!("{}-{:x}-{:x}", self.settings.run_tag, plan.index, plan.attempt);
        let entry = self.calls.vacant_entry();
        let key = entry.key();
        let own = || format!("{name}@{}", self.settings.advertised.ip()).into();
        let names = (call_id.unwrap_or_else(own), format!("{name}-{key:x}"));
        let mut call = Call::new(serial, plan, names, (intended, now), media_port);
        call.stopped = self.stopping;
        entry.insert(call);
        key
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
        let offer = session::offer(self.settings.advertised.ip(), call.media_port, self.settings.media);
        let mut bytes = Vec::with_capacity(768);
        let call = &self.calls[key];
        let class = self.settings.names_classes.then(|| &self.settings.classes[call.plan.class].name);
        let class = class.map(|name| (CLASS_HEADER, name.as_bytes()));
        let extra: Vec<(&str, &[u8])> = class.into_iter().chain(credentials).collect();
        if extra.is_empty() {
            self.fill_invite(call, &branch, &offer, &mut bytes);
        } else {
            self.write_invite(call, &branch, &extra, &offer, &mut bytes);
        }
        self.calls[key].request.clone_from(&bytes);
        self.send_invite(now, key, bytes, &branch, out);
    }

    /// The INVITE that every call begins with, from its template.
    fn fill_invite(&self, call: &Call, branch: &str, offer: &[u8], bytes: &mut Vec<u8>) {
        let user = self.settings.target.user.as_deref().unwrap_or(&call.plan.to);
        let values = [
            user.as_bytes(),
            self.settings.target.host.as_bytes(),
            self.texts.sent_by.as_bytes(),
            branch.as_bytes(),
            call.plan.from.as_bytes(),
            self.texts.address.as_bytes(),
            call.from_tag.as_bytes(),
            call.call_id.as_bytes(),
            &call.cseq.to_string().into_bytes(),
            self.texts.contact.as_bytes(),
        ];
        self.texts.invite.fill(&values, offer, bytes);
    }

    /// The same with further headers, once in a call at most.
    fn write_invite(
        &self,
        call: &Call,
        branch: &str,
        extra: &[(&str, &[u8])],
        offer: &[u8],
        bytes: &mut Vec<u8>,
    ) {
        let user = self.settings.target.user.as_deref().unwrap_or(&call.plan.to);
        let uri = format!("sip:{user}@{}", self.settings.target.host);
        Request {
            method: Method::Invite,
            uri: uri.as_bytes(),
            transport: self.settings.target.transport,
            sent_by: self.texts.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            routes: &[],
            from: format!("<sip:{}@{}>;tag={}", call.plan.from, self.texts.address, call.from_tag).as_bytes(),
            to: format!("<{uri}>").as_bytes(),
            call_id: call.call_id.as_bytes(),
            cseq: call.cseq,
            contact: Some(self.texts.contact.as_bytes()),
            max_forwards: MAX_FORWARDS,
            extra,
            body: Some(Body::sdp(offer)),
        }
        .write(bytes);
    }

    fn send_invite(&mut self, now: Instant, key: usize, bytes: Vec<u8>, branch: &str, out: &mut Vec<Action>) {
        let target = self.settings.target.hop();
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

#[cfg(test)]
mod tests {
    use crate::endpoint::tests::virtual_wire::{Setup, at, plan};
    use crate::pbx::Config;

    #[test]
    fn the_template_gives_the_bytes_that_the_writer_gives() {
        let mut wire = Setup::of(Config::default()).wire();
        wire.call(plan(7, 0.0, "100", 2.0, None));
        wire.run_to(at(0.001));
        let callers = &wire.callers;
        let (_, call) = callers.calls.iter().next().unwrap();
        let (mut filled, mut written) = (Vec::new(), Vec::new());
        callers.fill_invite(call, "z9hG4bK-1", b"v=0\r\n", &mut filled);
        callers.write_invite(call, "z9hG4bK-1", &[], b"v=0\r\n", &mut written);
        assert_eq!(String::from_utf8_lossy(&filled), String::from_utf8_lossy(&written));
    }
}
