//! Responses to callers and phones.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::sip::hop::Hop;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::reason_phrase;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

impl PbxEndpoint {
    /// Responds to the INVITE of a call that has not been answered.
    pub(super) fn respond_to_invite(
        &mut self,
        now: Instant,
        key: usize,
        status: u16,
        phrase: Option<&str>,
        extra: &Extra,
        out: &mut Vec<Action>,
    ) {
        let Some(call) = self.calls.get_mut(key) else { return };
        let Some(server) = call.server else { return };
        call.responded = true;
        let mut bytes = Vec::with_capacity(768);
        let mut fields = extra.fields();
        if (101..300).contains(&status) {
            fields.push(("Contact", self.contacts.over(call.hop.transport)));
        }
        let phrase = phrase.unwrap_or_else(|| reason_phrase(status));
        call.echo.write_with_phrase(status, phrase, call.tag.as_bytes(), &fields, extra.body(), &mut bytes);
        if status >= 300 {
            call.server = None;
        }
        let mut actions = Vec::new();
        self.layer.respond(now, server, status, bytes, &mut actions);
        Self::transmit(actions, out);
    }

    #[expect(clippy::too_many_arguments, reason = "each is a fact of one message")]
    pub(super) fn respond(
        &mut self,
        now: Instant,
        source: Hop,
        request: &Message<'_>,
        server: ServerId,
        status: u16,
        extra: &Extra,
        out: &mut Vec<Action>,
    ) {
        let mut bytes = Vec::with_capacity(512);
        let mut fields = extra.fields();
        // Of a REGISTER the Contacts are the phones'.
        if status < 300 && request.method() != Method::Register {
            fields.push(("Contact", self.contacts.over(source.transport)));
        }
        Echo::of(request, source).write(status, b"busyhour", &fields, extra.body(), &mut bytes);
        let mut actions = Vec::new();
        self.layer.respond(now, server, status, bytes, &mut actions);
        Self::transmit(actions, out);
    }
}
