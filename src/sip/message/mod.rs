//! Messages: a zero-copy scanner for what arrives, writers for what is sent.
//!
//! A load tool that reports technical loss must never count its own parser's failure as the PBX's. So the
//! scanner takes everything that a transaction or dialog can live with (RFC 3261 7.3, RFC 4475 3.1.1): folded
//! lines, compact names, bare line feeds, any bytes in values, unknown methods and headers. It refuses
//! only what can't be matched or answered: no SIP start line, a mandatory field absent, repeated or
//! unreadable, a body shorter than its Content-Length.
//!
//! Nothing is allocated. One pass over the datagram fills [`Message`] with slices of it; rarer headers are
//! found by [`Message::headers`], which walks the head again.

mod header;
mod method;
mod request;
mod response;
mod scan;
mod status;
mod template;
mod value;
mod write;

pub use header::Header;
pub use header::HeaderName;
pub use header::Headers;
pub use method::Method;
pub use request::MAX_FORWARDS;
pub use request::Request;
pub use request::write_ack_to_failure;
pub use request::write_cancel;
pub use response::Echo;
pub use response::response_destination;
pub use scan::Malformed;
pub use status::reason_phrase;
pub use template::BadTemplate;
pub use template::Template;
pub use value::Address;
pub use value::CSeq;
pub use value::Parameter;
pub use value::Parameters;
pub use value::Reason;
pub use value::Via;
pub use value::split_list;
pub use value::trim;
pub use value::uri_user;
pub use write::Body;

/// The first line of a message (RFC 3261 7.1, 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// `INVITE sip:100@pbx SIP/2.0`
    Request {
        /// The method, [`Method::Other`] for extensions.
        method: Method,
        /// The method as written.
        token: &'a [u8],
        /// The Request-URI as written.
        uri: &'a [u8],
    },
    /// `SIP/2.0 503 Service Unavailable`
    Status {
        /// 100 to 699.
        code: u16,
        /// The phrase as written, often empty; not necessarily UTF-8.
        reason: &'a [u8],
    },
}

/// A scanned SIP message: slices of the datagram that it came in.
///
/// The fields that RFC 3261 8.1.1 makes mandatory are always there (except Max-Forwards, which RFC 2543 does
/// not know); the others are `None` when absent. Raw values are trimmed but may contain folds.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The first line.
    pub start: Start<'a>,
    /// The topmost Via value.
    pub via: Via<'a>,
    /// From.
    pub from: Address<'a>,
    /// To.
    pub to: Address<'a>,
    /// Call-ID, compared byte by byte (RFC 3261 8.1.1.4).
    pub call_id: &'a [u8],
    /// `CSeq`.
    pub cseq: CSeq<'a>,
    /// The first Contact header, raw: perhaps a list, perhaps `*`. See [`Message::contact_uri`].
    pub contact: Option<&'a [u8]>,
    /// Max-Forwards, when it is a number.
    pub max_forwards: Option<u32>,
    /// Content-Type.
    pub content_type: Option<&'a [u8]>,
    /// Require.
    pub require: Option<&'a [u8]>,
    /// Retry-After, raw. See [`Message::retry_after_s`].
    pub retry_after: Option<&'a [u8]>,
    /// WWW-Authenticate or Proxy-Authenticate, whichever came first.
    pub challenge: Option<&'a [u8]>,
    /// Authorization or Proxy-Authorization, whichever came first.
    pub authorization: Option<&'a [u8]>,
    /// The body, cut to Content-Length.
    pub body: &'a [u8],
    head: &'a [u8],
    via_headers: u16,
    routes: u16,
    record_routes: u16,
    reasons: u16,
}

impl<'a> Message<'a> {
    /// Reads one datagram.
    ///
    /// Without Content-Length the body is the rest of the datagram (RFC 3261 18.3).
    ///
    /// # Errors
    /// [`Malformed`], with the reason; [`Malformed::KeepAlive`] for a datagram of line breaks only.
    pub fn scan(datagram: &'a [u8]) -> Result<Self, Malformed> {
        scan::scan(datagram)
    }

    /// True for a request.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// The method of the request, or of the request that this answers (from `CSeq`).
    #[must_use]
    pub const fn method(&self) -> Method {
        self.cseq.method
    }

    /// The status code, 100 to 699, of a response.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self.start {
            Start::Status { code, .. } => Some(code),
            Start::Request { .. } => None,
        }
    }

    /// The Request-URI of a request.
    #[must_use]
    pub const fn request_uri(&self) -> Option<&'a [u8]> {
        match self.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Status { .. } => None,
        }
    }

    /// The URI of the first Contact; `None` without one or for `*`.
    #[must_use]
    pub fn contact_uri(&self) -> Option<&'a [u8]> {
        let first = split_list(self.contact?).next()?;
        Address::parse(first).map(|address| address.uri).filter(|uri| *uri != b"*")
    }

    /// Seconds of Retry-After; comments and parameters are passed over (RFC 3261 20.33).
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        value::leading_number(self.retry_after?)
    }

    /// The Q.850 cause of a Reason header (RFC 3326).
    #[must_use]
    pub fn q850_cause(&self) -> Option<u16> {
        self.reasons().find(|reason| reason.protocol.eq_ignore_ascii_case(b"Q.850"))?.cause
    }

    /// Every value of every Reason header (RFC 3326), in order.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'a>> + use<'a> {
        self.known(HeaderName::Reason, self.reasons).flat_map(split_list).map(Reason::parse)
    }

    /// Raw Via headers, topmost first; one may hold several values.
    pub fn vias(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.known(HeaderName::Via, self.via_headers)
    }

    /// Route values, topmost first, lists taken apart.
    pub fn routes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.known(HeaderName::Route, self.routes).flat_map(split_list)
    }

    /// Record-Route values, topmost first, lists taken apart.
    pub fn record_routes(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + use<'a> {
        let values: Vec<&'a [u8]> =
            self.known(HeaderName::RecordRoute, self.record_routes).flat_map(split_list).collect();
        values.into_iter()
    }

    /// The first header called `name` (either case, long or compact), trimmed.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers(name).next()
    }

    /// Every header called `name` (either case, long or compact), trimmed, in order.
    pub fn headers<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        let wanted = HeaderName::of(name.as_bytes());
        self.all_headers().filter_map(move |header| {
            let same = match wanted {
                HeaderName::Other => header.name.eq_ignore_ascii_case(name.as_bytes()),
                known => HeaderName::of(header.name) == known,
            };
            same.then_some(header.value)
        })
    }

    /// Every header, in order, as written.
    #[must_use]
    pub const fn all_headers(&self) -> Headers<'a> {
        Headers::new(self.head)
    }

    /// Headers of one known name, when the scan saw `count` of them: no walk for none, no longer than needed.
    fn known(&self, name: HeaderName, count: u16) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let head = if count == 0 { &[] } else { self.head };
        Headers::new(head)
            .filter(move |header| HeaderName::of(header.name) == name)
            .take(usize::from(count))
            .map(|header| header.value)
    }
}
