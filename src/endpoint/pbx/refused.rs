//! Requests that become nothing: what any request must get right, how the rest is refused, and what OPTIONS says.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Extra;
use crate::endpoint::pbx::PbxEndpoint;
use crate::sip::hop::Hop;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::transaction::ServerId;
use crate::time::Instant;

/// Methods that the PBX understands; REGISTER, too, where there are users.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
/// And where there are queues, whose agents call those who ask on a web page.
const ALLOW_WITH_QUEUES: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER";
/// And where there are phones.
const ALLOW_WITH_PHONES: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER, REFER";
/// A response of its own to a request that becomes no call.
pub(super) struct Refused {
    pub status: u16,
    header: Option<(&'static str, String)>,
}

impl Refused {
    pub(super) const fn status(status: u16) -> Self {
        Self { status, header: None }
    }

    pub(super) fn with(status: u16, name: &'static str, value: &str) -> Self {
        Self { status, header: Some((name, value.to_owned())) }
    }
}

impl PbxEndpoint {
    pub(super) fn options(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        server: ServerId,
        out: &mut Vec<Action>,
    ) {
        let mut extra = Extra::default();
        extra.header("Allow", self.allowed_methods());
        extra.header("Accept", "application/sdp");
        extra.header("Supported", if self.phones.any() { "timer, replaces" } else { "timer" });
        self.respond(now, source, message, server, 200, &extra, out);
    }

    pub(super) fn refuse(
        &mut self,
        now: Instant,
        source: Hop,
        request: &Message<'_>,
        server: ServerId,
        refused: &Refused,
        out: &mut Vec<Action>,
    ) {
        self.counters.refused_requests += 1;
        let mut extra = Extra::default();
        if let Some((name, value)) = &refused.header {
            extra.header(name, value.clone());
        }
        self.respond(now, source, request, server, refused.status, &extra, out);
    }

    /// The methods that the PBX takes.
    pub(super) fn allowed_methods(&self) -> &'static str {
        if self.phones.any() {
            ALLOW_WITH_PHONES
        } else if self.pbx.pbx().has_queues() {
            ALLOW_WITH_QUEUES
        } else {
            ALLOW
        }
    }
}

/// What any request must get right (RFC 3261, 8.2.2 and 16.3).
pub(super) fn check_headers(message: &Message<'_>, has_phones: bool) -> Result<(), Refused> {
    let understood = |option: &[u8]| {
        option.eq_ignore_ascii_case(b"timer") || (has_phones && option.eq_ignore_ascii_case(b"replaces"))
    };
    let required = message.headers("Require").flat_map(|options| options.split(|&byte| byte == b','));
    let unknown: Vec<_> = required.map(<[u8]>::trim_ascii).filter(|option| !understood(option)).collect();
    if !unknown.is_empty() {
        return Err(Refused::with(420, "Unsupported", &String::from_utf8_lossy(&unknown.join(&b", "[..]))));
    }
    if message.max_forwards == Some(0) && message.method() != Method::Options {
        return Err(Refused::status(483));
    }
    let uri = message.request_uri().unwrap_or_default();
    let known = [&b"sip:"[..], b"sips:", b"tel:"];
    if !known
        .iter()
        .any(|scheme| uri.len() >= scheme.len() && uri[..scheme.len()].eq_ignore_ascii_case(scheme))
    {
        return Err(Refused::status(416));
    }
    Ok(())
}
