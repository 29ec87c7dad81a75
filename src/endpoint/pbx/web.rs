//! Customers who ask on a web page to be called: a REFER outside every dialog (RFC 3515), as click-to-dial sends.
//!
//! The Request-URI is a number of the firm's that leads to a queue, Refer-To is where the customer can be called: a
//! user's registered phones, or, between programs on loopback, the address that it names. A 202 is the promise of a
//! call, which may be minutes or days ahead. Whoever does not decline the subscription (RFC 4488) is told by one NOTIFY
//! that the call is on its way, which ends it.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::KEY_BITS;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::callbacks::Customer;
use crate::endpoint::pbx::legs::Contact;
use crate::endpoint::pbx::requests::called_number;
use crate::endpoint::pbx::requests::text;
use crate::endpoint::session::Speech;
use crate::pbx;
use crate::pbx::CallId;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Outgoing;
use crate::sip::dialog::uri_hop;
use crate::sip::hop::Hop;
use crate::sip::message::Address;
use crate::sip::message::Body;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

impl PbxEndpoint {
    /// A REFER of a web page's: somebody is to be called.
    pub(super) fn asked_on_web(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        if !self.may_call(now, source, message, server, out) {
            return;
        }
        let mut later = Vec::new();
        let status = match self.customer_of(now, message) {
            Ok(customer) => self.request_callback(now, message, customer, &mut later),
            Err(status) => {
                self.counters.refused_requests += 1;
                status
            }
        };
        let quiet = message.header("Refer-Sub").is_some_and(|value| value.eq_ignore_ascii_case(b"false"));
        let mut extra = Extra::default();
        if quiet && status < 300 {
            extra.header("Refer-Sub", "false");
        }
        self.respond(now, source, message, server, status, &extra, out);
        if !quiet && status < 300 {
            self.notify_once(now, source, message, out);
        }
        out.append(&mut later);
    }

    /// Who is to be called, and where.
    fn customer_of(&self, now: Instant, message: &Message<'_>) -> Result<Customer, u16> {
        let to = text(called_number(message));
        if !self.pbx.pbx().takes_web_requests(&to) {
            return Err(404);
        }
        // Exactly one (RFC 3515, 2.4.2).
        let mut named = message.headers("Refer-To");
        let (Some(target), None) = (named.next().and_then(Address::parse), named.next()) else {
            return Err(400);
        };
        let uri = target.uri.split(|&byte| byte == b'?').next().unwrap_or_default();
        let hop = uri_hop(uri).filter(|hop| hop.address != self.settings.advertised);
        let customer = Customer {
            call_id: text(message.call_id),
            from: text(target.user().unwrap_or(b"anonymous")),
            to,
            contact: hop.map(|hop| Contact { uri: uri.to_vec(), hop }),
            speech: Speech::default(),
            carries: self.settings.media,
        };
        // A user without a phone at present may have one when the call is due.
        let may_be_called =
            self.phones.is_user(&customer.from) || !self.contacts_of_customer(now, &customer).is_empty();
        if may_be_called { Ok(customer) } else { Err(403) }
    }

    /// The status to answer with: 202 is the promise, 480 says that there can be none.
    fn request_callback(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        customer: Customer,
        out: &mut Vec<Action>,
    ) -> u16 {
        let call = CallId(self.next_call << KEY_BITS);
        self.next_call += 1;
        let (name, from, to) =
            (Arc::clone(&customer.call_id), Arc::clone(&customer.from), Arc::clone(&customer.to));
        let class = self.class_of(message);
        self.asking = Some((call, customer));
        let asked = pbx::Input::CallbackRequested { call, name: &name, from: &from, to: &to, class };
        self.decide(now, asked, out);
        if self.asking.take().is_some() { 480 } else { 202 }
    }

    /// The one NOTIFY of a subscription (RFC 3515, 2.4.4): it wants to be answered at once, and ends there.
    fn notify_once(&mut self, now: Instant, source: Hop, message: &Message<'_>, out: &mut Vec<Action>) {
        let Some(mut dialog) = Dialog::of_callee(message, b"busyhour") else { return };
        let branch = self.next_branch();
        let headers: [(&str, &[u8]); 2] =
            [("Event", b"refer"), ("Subscription-State", b"terminated;reason=noresource")];
        let outgoing = Outgoing {
            transport: source.transport,
            sent_by: self.sent_by.as_bytes(),
            branch: branch.as_bytes(),
            contact: Some(self.contacts.over(source.transport)),
            extra: &headers,
            body: Some(Body {
                content_type: "message/sipfrag;version=2.0",
                bytes: b"SIP/2.0 100 Trying\r\n",
            }),
        };
        let mut bytes = Vec::with_capacity(512);
        dialog.write_request(Method::Notify, &outgoing, &mut bytes);
        let user = CallId(self.next_call << KEY_BITS).0;
        self.next_call += 1;
        let mut actions = Vec::new();
        let sent =
            self.layer.request(now, source, bytes, Method::Notify, branch.as_bytes(), user, &mut actions);
        self.counters.full += u64::from(sent.is_err());
        Self::transmit(actions, out);
    }
}
