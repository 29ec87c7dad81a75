//! Customers who ask on a web page to be called: the page sends a REFER outside every dialog.
//!
//! As click-to-dial does (RFC 3515; RFC 4488 without the subscription that nobody would read): the Request-URI is the
//! number of the firm, Refer-To is where the customer can be called. What comes of it is a callback like any other.

use std::sync::Arc;

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Role;
use crate::endpoint::caller::callbacks::Waiting;
use crate::endpoint::pbx::CLASS_HEADER;
use crate::sip::message::MAX_FORWARDS;
use crate::sip::message::Method;
use crate::sip::message::Request;
use crate::sip::transaction;
use crate::time::Instant;
use crate::traffic::CallPlan;

impl Callers {
    /// Whether this plan is no call but a request on a web page: drive it with `Input::Ask`, which needs no port.
    #[must_use]
    pub fn asks_on_web(&self, plan: &CallPlan) -> bool {
        plan.attempt == 0 && !plan.called_back && self.settings.classes[plan.class].callback.on_web
    }

    /// A customer leaves the number on the web page, which tells the PBX.
    pub(super) fn ask_on_web(&mut self, now: Instant, plan: CallPlan, out: &mut Vec<Action>) {
        let serial = self.next_serial;
        self.next_serial += 1;
        let address = self.settings.advertised;
        let tag = format!("{}-{:x}-web", self.settings.run_tag, plan.index);
        let call_id: Arc<str> = format!("{tag}@{}", address.ip()).into();
        let branch = format!("z9hG4bK-{tag}");
        let bytes = self.write_refer(&plan, &tag, &call_id, &branch);
        let mut actions: Vec<transaction::Action> = Vec::new();
        let (target, user) = (self.settings.target.hop(), Role::Refer.user(0, serial));
        let sent =
            self.layer.request(now, target, bytes, Method::Refer, branch.as_bytes(), user, &mut actions);
        for action in actions {
            if let transaction::Action::Transmit { destination, bytes } = action {
                out.push(Action::Transmit { destination, bytes });
            }
        }
        if sent.is_err() {
            self.counters.asked_in_vain += 1;
            return;
        }
        self.asking.insert(serial, Arc::clone(&call_id));
        self.messages.insert(call_id, Waiting { plan, on_web: true });
    }

    fn write_refer(&self, plan: &CallPlan, tag: &str, call_id: &str, branch: &str) -> Vec<u8> {
        let Self { settings, texts, .. } = self;
        let uri =
            format!("sip:{}@{}", settings.target.user.as_deref().unwrap_or(&plan.to), settings.target.host);
        let customer = texts.contact.replace("sip:busyhour@", &format!("sip:{}@", plan.from));
        let class = settings.names_classes.then(|| settings.classes[plan.class].name.as_bytes());
        let mut extra: Vec<(&str, &[u8])> =
            vec![("Refer-To", customer.as_bytes()), ("Refer-Sub", b"false"), ("Supported", b"norefersub")];
        extra.extend(class.map(|name| (CLASS_HEADER, name)));
        let mut bytes = Vec::with_capacity(512);
        Request {
            method: Method::Refer,
            uri: uri.as_bytes(),
            transport: settings.target.transport,
            sent_by: texts.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            routes: &[],
            from: format!("<sip:{}@{}>;tag={tag}", plan.from, settings.advertised.ip()).as_bytes(),
            to: format!("<{uri}>").as_bytes(),
            call_id: call_id.as_bytes(),
            cseq: 1,
            contact: Some(texts.contact.as_bytes()),
            max_forwards: MAX_FORWARDS,
            extra: &extra,
            body: None,
        }
        .write(&mut bytes);
        bytes
    }

    /// The PBX has promised a call, or not; without a `status` it has said nothing at all.
    pub(super) fn asked(&mut self, now: Instant, user: u64, status: Option<u16>) {
        if status.is_some_and(|status| status < 200) {
            return;
        }
        let Some(call_id) = self.asking.remove(&Role::serial(user)) else { return };
        if status.is_some_and(|status| status < 300) {
            if self.messages.contains_key(&call_id) {
                self.last_promise = self.last_promise.max(self.settings.scale.people(now));
            }
            return;
        }
        self.messages.remove(&call_id);
        // That it can't promise a call is the PBX's decision; any other refusal is nobody's.
        self.counters.asked_in_vain += u64::from(status != Some(CANNOT_PROMISE) && self.stopping.is_none());
    }
}

/// What the bundled PBX says when nobody would ever call.
const CANNOT_PROMISE: u16 = 480;
