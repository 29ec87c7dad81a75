//! Customers who are called back: a real INVITE to where they called from, and a call like any other once they pick up.
//!
//! Whom to call, and when, is decided by the core. Called are a user's registered phones, or, between programs on
//! loopback, the Contact of the call that asked: a PBX that strangers can reach must not call strangers for them.

use std::sync::Arc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Call;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::Farewell;
use crate::endpoint::pbx::KEY_BITS;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::legs::Contact;
use crate::endpoint::pbx::legs::Invitation;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::sides::Side;
use crate::endpoint::session::Speech;
use crate::pbx;
use crate::pbx::CallId;
use crate::sip::message::Echo;
use crate::sip::message::MAX_FORWARDS;
use crate::sip::message::Message;
use crate::time::Duration;
use crate::time::Instant;

/// Header of an INVITE that calls a customer back: which try it is, and the Call-ID of the call that asked for it.
pub const CALLBACK_HEADER: &str = "X-Busyhour-Callback";

/// Somebody who is to be called back.
#[derive(Debug)]
pub(super) struct Customer {
    /// Call-ID of the call that asked.
    pub(super) call_id: Arc<str>,
    /// Their number, and the one that they had dialled.
    pub(super) from: Arc<str>,
    pub(super) to: Arc<str>,
    /// Where they can be called: where they called from, or what the web page says.
    pub(super) contact: Option<Contact>,
    pub(super) speech: Speech,
    pub(super) carries: bool,
}

impl PbxEndpoint {
    /// Keeps where the customer called from.
    pub(super) fn remember_customer(&mut self, of: CallId, [from, to]: [Arc<str>; 2]) {
        if let Some((of, customer)) = self.asking.take_if(|(asking, _)| *asking == of) {
            self.customers.insert(of, customer);
            return;
        }
        let Some(key) = self.key_of(of) else { return };
        let call = &self.calls[key];
        let hop = call.dialog.as_ref().map(|dialog| dialog.way(call.hop));
        let uri = call.dialog.as_ref().map(|dialog| dialog.remote_target().to_vec());
        let customer = Customer {
            call_id: Arc::clone(&call.call_id),
            from,
            to,
            contact: uri.zip(hop).map(|(uri, hop)| Contact { uri, hop }),
            speech: call.media.as_ref().map_or_else(Speech::default, |media| media.speech),
            carries: call.media.is_some(),
        };
        self.customers.insert(of, customer);
    }

    /// Nobody will call the customer any more; one who is just picking up may still be known.
    pub(super) fn forget_customer(&mut self, of: CallId) {
        if !self.legs.iter().any(|(_, leg)| leg.call == of && leg.target == Target::Customer) {
            self.customers.remove(&of);
        }
    }

    /// Calls the customer, or says that it can't be done.
    pub(super) fn call_back(&mut self, now: Instant, of: CallId, attempt: u32, out: &mut Vec<Action>) {
        let placed = self.customers.get(&of).map(|customer| {
            let invitation = Invitation {
                from: Arc::clone(&customer.to),
                to: Arc::clone(&customer.from),
                max_forwards: MAX_FORWARDS,
                speech: customer.speech,
                carries: customer.carries,
                min_session: Duration::ZERO,
                callback: Some(format!("{attempt} {}", customer.call_id)),
            };
            (invitation, self.contacts_of_customer(now, customer))
        });
        let Some((invitation, contacts)) = placed else {
            return self.tell_core(now, pbx::Input::CallBackFailed { of }, out);
        };
        if self.place(now, of, Target::Customer, invitation, &contacts, out).is_err() {
            self.tell_core(now, pbx::Input::CallBackFailed { of }, out);
        }
    }

    pub(super) fn contacts_of_customer(&self, now: Instant, customer: &Customer) -> Vec<Contact> {
        if self.phones.is_user(&customer.from) {
            return self.phones.bindings(now, &customer.from).map(Contact::from).collect();
        }
        let local = self.settings.advertised.ip().is_loopback();
        let may_be_called = |contact: &&Contact| local && contact.hop.address.ip().is_loopback();
        customer.contact.iter().filter(may_be_called).cloned().collect()
    }

    /// The customer has picked up: from now on the leg is a call.
    pub(super) fn customer_answered(
        &mut self,
        now: Instant,
        key: usize,
        message: &Message<'_>,
        out: &mut Vec<Action>,
    ) {
        let (of, id) = (self.legs[key].call, self.legs[key].id);
        let fork = self.forks.remove(&(of, Target::Customer)).filter(|fork| fork.calling.contains(&id));
        if let Some(mut fork) = fork {
            let agreed = fork.invitation.speech.accepted(message.body, self.settings.advertised.ip());
            if let (Some(media), Some(agreed)) = (fork.media.as_mut(), agreed) {
                media.agree(&agreed);
            }
            self.session_answered(now, Side::Leg(id), message);
            self.legs[key].media = fork.media;
            for other in fork.calling.into_iter().filter(|other| *other != id) {
                self.give_up_leg(now, other, out);
            }
        }
        // Who picked up just as the phone was to ring no longer has picked up, if without sound.
        let full = self.calls.len() >= self.settings.capacity || self.calls.len() >> KEY_BITS != 0;
        let Some(customer) = self.customers.remove(&of).filter(|_| !full) else {
            self.counters.full += u64::from(full);
            self.leave_leg(now, key, &[], out);
            return self.tell_core(now, pbx::Input::CallBackFailed { of }, out);
        };
        let leg = self.legs.remove(key);
        let entry = self.calls.vacant_entry();
        let key = entry.key();
        let id = CallId(self.next_call << KEY_BITS | key as u64);
        self.next_call += 1;
        let name = Arc::clone(&leg.call_id);
        entry.insert(Call {
            id,
            call_id: Arc::clone(&name),
            tag: leg.tag,
            session: Extra::default(),
            echo: Echo::of(message, leg.destination),
            hop: leg.destination,
            from: Arc::clone(&customer.from),
            max_forwards: MAX_FORWARDS,
            peer: None,
            handed_over: false,
            guest: None,
            server: None,
            responded: true,
            answered: true,
            agent_named: false,
            untold: Vec::new(),
            dialog: leg.dialog,
            answer: Vec::new(),
            media: leg.media,
            decided: false,
            farewell: Farewell::None,
            last_words: Extra::default(),
            ack: leg.ack,
        });
        self.by_call_id.insert(Arc::clone(&name), key);
        self.move_session(Side::Leg(leg.id), Side::Call(id));
        self.start_media(key, out);
        let Customer { from, to, .. } = &customer;
        let called_back = pbx::Input::CalledBack { of, call: id, name: &name, from, to, class: 0 };
        self.decide(now, called_back, out);
    }

    /// A 2xx of a customer's that comes again: its ACK was lost.
    pub(super) fn acknowledge_customer(&self, message: &Message<'_>, out: &mut Vec<Action>) -> bool {
        let call_id = std::str::from_utf8(message.call_id).ok();
        let call = call_id.and_then(|id| self.by_call_id.get(id)).and_then(|key| self.calls.get(*key));
        let Some((call, ack)) = call.and_then(|call| Some((call, call.ack.clone()?))) else { return false };
        if message.cseq.number != 1 {
            return false;
        }
        let destination = call.dialog.as_ref().map_or(call.hop, |dialog| dialog.way(call.hop));
        out.push(Action::Transmit { destination, bytes: ack });
        true
    }
}
