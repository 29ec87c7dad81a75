//! Session descriptions (RFC 4566) as far as a telephone call needs them, and offer/answer (RFC 3264).
//!
//! The scanner reads what decides where audio goes and how it is coded, line by line, without copying, and passes over
//! the rest. The answer accepts one audio stream in G.711 and keeps every other media line, rejected with port 0,
//! as RFC 3264 6 wants. Not here: video, fax, ICE, SRTP.

use std::io::Write as _;
use std::net::IpAddr;
use std::net::SocketAddr;

use memchr::memchr;
use thiserror::Error;

/// The payload type at which we offer telephone events (RFC 4733).
pub const TELEPHONE_EVENT: u8 = 101;

/// A G.711 codec with its static payload type (RFC 3551 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// µ-law.
    Pcmu,
    /// A-law.
    Pcma,
}

impl Codec {
    /// The static payload type.
    #[must_use]
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// The encoding name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }
}

/// Who sends, as seen by the side that writes it (RFC 4566 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the attribute of that name")]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    fn of(attribute: &[u8]) -> Option<Self> {
        match attribute {
            b"sendrecv" => Some(Self::SendRecv),
            b"sendonly" => Some(Self::SendOnly),
            b"recvonly" => Some(Self::RecvOnly),
            b"inactive" => Some(Self::Inactive),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What the other side calls it (RFC 3264 6.1).
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            both => both,
        }
    }
}

/// The body is no session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a session description")]
pub struct Unreadable;

/// A scanned session description.
#[derive(Debug, Clone, Copy)]
pub struct Description<'a> {
    address: Option<IpAddr>,
    direction: Direction,
    media: &'a [u8],
}

impl<'a> Description<'a> {
    /// Reads a description that begins with `v=0`.
    ///
    /// # Errors
    /// [`Unreadable`] if it does not.
    pub fn scan(body: &'a [u8]) -> Result<Self, Unreadable> {
        let version = Lines(body).next().ok_or(Unreadable)?;
        if version != b"v=0" {
            return Err(Unreadable);
        }
        let start = media_start(body).unwrap_or(body.len());
        let (session, media) = body.split_at(start);
        let mut description = Self { address: None, direction: Direction::default(), media };
        for line in Lines(session) {
            if let Some(connection) = line.strip_prefix(b"c=") {
                description.address = connection_address(connection);
            } else if let Some(direction) = line.strip_prefix(b"a=").and_then(Direction::of) {
                description.direction = direction;
            }
        }
        Ok(description)
    }

    /// The media descriptions in order.
    pub fn media(&self) -> impl Iterator<Item = Media<'a>> + use<'a> {
        let (address, direction) = (self.address, self.direction);
        let mut rest = self.media;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            // Past the `m` that this block begins with.
            let end = media_start(&rest[1..]).map_or(rest.len(), |start| start + 1);
            let (block, after) = rest.split_at(end);
            rest = after;
            Some(Media::scan(block, address, direction))
        })
    }
}

/// One media description.
#[derive(Debug, Clone, Copy)]
pub struct Media<'a> {
    /// `audio`, `video`, `image`, …
    pub kind: &'a [u8],
    /// Zero: not wanted.
    pub port: u16,
    /// `RTP/AVP`, …
    pub protocol: &'a [u8],
    /// The formats as written, the most wanted first.
    pub formats: &'a [u8],
    /// Where its packets are to go; `None` for a host name.
    pub address: Option<IpAddr>,
    /// Who sends, as seen by the writer.
    pub direction: Direction,
    /// How many milliseconds of sound the writer wants in a packet.
    pub ptime_ms: Option<u16>,
    /// RTCP may come to the port of RTP (RFC 5761).
    pub rtcp_mux: bool,
    /// The port to which RTCP is to go, if not the next (RFC 3605; to another host it is not sent).
    pub rtcp: Option<u16>,
    block: &'a [u8],
}

impl<'a> Media<'a> {
    fn scan(block: &'a [u8], address: Option<IpAddr>, direction: Direction) -> Self {
        let mut lines = Lines(block);
        let first = lines.next().unwrap_or_default();
        let (kind, rest) = word(first.strip_prefix(b"m=").unwrap_or_default());
        let (port, rest) = word(rest);
        let (protocol, formats) = word(rest);
        // `49170/2` names two ports; the first counts.
        let port = number(&port[..memchr(b'/', port).unwrap_or(port.len())]).unwrap_or(0);
        let mut media = Self {
            kind,
            port,
            protocol,
            formats,
            address,
            direction,
            ptime_ms: None,
            rtcp_mux: false,
            rtcp: None,
            block,
        };
        for line in lines {
            if let Some(connection) = line.strip_prefix(b"c=") {
                media.address = connection_address(connection);
            } else if let Some(attribute) = line.strip_prefix(b"a=") {
                if let Some(ptime) = attribute.strip_prefix(b"ptime:") {
                    media.ptime_ms = number(ptime.trim_ascii());
                } else if attribute.trim_ascii() == b"rtcp-mux" {
                    media.rtcp_mux = true;
                } else if let Some(rtcp) = attribute.strip_prefix(b"rtcp:") {
                    media.rtcp = number(word(rtcp).0);
                } else if let Some(direction) = Direction::of(attribute.trim_ascii()) {
                    media.direction = direction;
                }
            }
        }
        media
    }

    /// Where reports about the stream are to go (RFC 3550, 11): the next port, if nothing else is said.
    fn reports_to(&self) -> Option<SocketAddr> {
        let address = self.address.filter(|address| !address.is_unspecified())?;
        let port = if self.rtcp_mux { Some(self.port) } else { self.rtcp.or(self.port.checked_add(1)) };
        Some(SocketAddr::new(address, port?))
    }

    /// The payload types in order of preference.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.formats.split(u8::is_ascii_whitespace).filter_map(number)
    }

    /// The G.711 codec behind a payload type: by its rtpmap, else by its static meaning (RFC 3551 6).
    #[must_use]
    pub fn codec(&self, payload_type: u8) -> Option<Codec> {
        let codecs = [Codec::Pcmu, Codec::Pcma];
        match self.encoding(payload_type) {
            Some(encoding) => codecs.into_iter().find(|codec| is_encoding(encoding, codec.name())),
            None => codecs.into_iter().find(|codec| codec.payload_type() == payload_type),
        }
    }

    /// The payload type of telephone events at 8000 Hz, if offered.
    #[must_use]
    pub fn telephone_event(&self) -> Option<u8> {
        self.payload_types().find(|payload_type| {
            self.encoding(*payload_type).is_some_and(|encoding| is_encoding(encoding, "telephone-event"))
        })
    }

    /// What the rtpmap of a payload type says, such as `PCMA/8000`.
    fn encoding(&self, payload_type: u8) -> Option<&'a [u8]> {
        Lines(self.block).find_map(|line| {
            let (number_text, encoding) = word(line.strip_prefix(b"a=rtpmap:")?);
            (number(number_text) == Some(payload_type)).then_some(encoding)
        })
    }

    /// True for a stream that we can take part in.
    fn is_audio(&self) -> bool {
        self.kind == b"audio" && self.port != 0 && self.protocol == b"RTP/AVP"
    }
}

/// Our side of a session.
#[derive(Debug, Clone, Copy)]
pub struct Local<'a> {
    /// Where our packets arrive.
    pub address: IpAddr,
    /// The RTP port.
    pub port: u16,
    /// The codecs that we speak, the most wanted first.
    pub codecs: &'a [Codec],
    /// How much sound a packet should hold.
    pub ptime_ms: u16,
    /// Whether we take telephone events.
    pub telephone_event: bool,
    /// Identifies the session (RFC 4566 5.2).
    pub session_id: u64,
    /// Goes up by one with each new description of the session.
    pub session_version: u64,
}

/// What both sides agreed on: how to send to the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Where the peer's packets arrive; `None` if it gave a host name.
    pub peer: Option<SocketAddr>,
    /// Where reports about its packets go: RTCP.
    pub reports: Option<SocketAddr>,
    /// RTCP comes to the port of RTP on both sides.
    pub rtcp_mux: bool,
    /// The codec, both ways.
    pub codec: Codec,
    /// The payload type of the codec.
    pub payload_type: u8,
    /// The payload type of telephone events, if both take them.
    pub telephone_event: Option<u8>,
    /// How much sound the peer wants in a packet.
    pub ptime_ms: u16,
    /// Who sends, as seen by us.
    pub direction: Direction,
}

/// Appends an offer of one audio stream.
pub fn write_offer(local: &Local<'_>, direction: Direction, out: &mut Vec<u8>) {
    write_session(local, out);
    let codecs = local.codecs.iter().map(|codec| (codec.payload_type(), *codec));
    write_audio(local, codecs, local.telephone_event.then_some(TELEPHONE_EVENT), direction, out);
}

/// Appends an offer of one codec under the payload types that somebody else has chosen: a relay passes packets on as
/// they are, so both its sides must use the same numbers.
pub fn write_offer_as(
    local: &Local<'_>,
    codec: (u8, Codec),
    telephone_event: Option<u8>,
    direction: Direction,
    out: &mut Vec<u8>,
) {
    write_session(local, out);
    write_audio(local, std::iter::once(codec), telephone_event, direction, out);
}

/// Appends the answer to `offer` and says what was agreed (RFC 3264 6).
///
/// The first audio stream with a codec of ours is accepted, with the offerer's favourite among them and its payload
/// types; every other media line is repeated with port 0. `None`, and nothing appended, if there is no such
/// stream: the offer is to be refused with 488.
pub fn answer(offer: &Description<'_>, local: &Local<'_>, out: &mut Vec<u8>) -> Option<Agreed> {
    let (position, agreed) =
        offer.media().enumerate().find_map(|(position, media)| Some((position, agree(&media, local)?)))?;
    write_session(local, out);
    for (index, media) in offer.media().enumerate() {
        if index == position {
            let codec = (agreed.payload_type, agreed.codec);
            write_audio(local, std::iter::once(codec), agreed.telephone_event, agreed.direction, out);
            if agreed.rtcp_mux {
                out.extend_from_slice(b"a=rtcp-mux\r\n");
            }
        } else {
            write_rejected(&media, out);
        }
    }
    Some(agreed)
}

/// What an answer to an offer of ours agrees on; `None` if it rejects the audio or has no codec of ours.
#[must_use]
pub fn accept(answer: &Description<'_>, local: &Local<'_>) -> Option<Agreed> {
    // What we do not offer can't have been accepted.
    let media = Media { rtcp_mux: false, ..answer.media().next()? };
    agree(&media, local)
}

/// What can be agreed on about one media line of the peer.
fn agree(media: &Media<'_>, local: &Local<'_>) -> Option<Agreed> {
    if !media.is_audio() {
        return None;
    }
    let (payload_type, codec) = media
        .payload_types()
        .filter_map(|payload_type| Some((payload_type, media.codec(payload_type)?)))
        .find(|(_, codec)| local.codecs.contains(codec))?;
    // RFC 2543's way to put a call on hold: nothing may be sent to 0.0.0.0.
    let held = media.address.is_some_and(|address| address.is_unspecified());
    let direction = match media.direction.reversed() {
        Direction::SendRecv if held => Direction::RecvOnly,
        Direction::SendOnly if held => Direction::Inactive,
        direction => direction,
    };
    Some(Agreed {
        peer: media.address.map(|address| SocketAddr::new(address, media.port)),
        reports: media.reports_to(),
        rtcp_mux: media.rtcp_mux,
        codec,
        payload_type,
        telephone_event: media.telephone_event().filter(|_| local.telephone_event),
        ptime_ms: media.ptime_ms.filter(|ptime| *ptime > 0).unwrap_or(local.ptime_ms),
        direction,
    })
}

fn write_session(local: &Local<'_>, out: &mut Vec<u8>) {
    let (address, id, version) = (local.address, local.session_id, local.session_version);
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    write!(
        out,
        "v=0\r\no=- {id} {version} IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
    )
    .expect("a Vec takes every write");
}

fn write_audio(
    local: &Local<'_>,
    codecs: impl Iterator<Item = (u8, Codec)> + Clone,
    telephone_event: Option<u8>,
    direction: Direction,
    out: &mut Vec<u8>,
) {
    const TAKES: &str = "a Vec takes every write";
    write!(out, "m=audio {} RTP/AVP", local.port).expect(TAKES);
    for payload_type in codecs.clone().map(|codec| codec.0).chain(telephone_event) {
        write!(out, " {payload_type}").expect(TAKES);
    }
    out.extend_from_slice(b"\r\n");
    for (payload_type, codec) in codecs {
        write!(out, "a=rtpmap:{payload_type} {}/8000\r\n", codec.name()).expect(TAKES);
    }
    if let Some(event) = telephone_event {
        write!(out, "a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n").expect(TAKES);
    }
    write!(out, "a=ptime:{}\r\na={}\r\n", local.ptime_ms, direction.name()).expect(TAKES);
}

fn write_rejected(media: &Media<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"m=");
    out.extend_from_slice(media.kind);
    out.extend_from_slice(b" 0 ");
    out.extend_from_slice(media.protocol);
    out.push(b' ');
    out.extend_from_slice(media.formats);
    out.extend_from_slice(b"\r\n");
}

/// Lines without their ends.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.0).map_or(self.0.len(), |line_feed| line_feed + 1);
        let (line, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(line.trim_ascii_end())
    }
}

/// Where the first line that begins with `m=` begins.
fn media_start(text: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, b"\nm=").map(|line_feed| line_feed + 1)
}

/// The first word and what follows it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii();
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    (&text[..end], text[end..].trim_ascii())
}

/// The address of `IN IP4 192.0.2.1`, or of `IN IP4 224.2.1.1/127`.
fn connection_address(connection: &[u8]) -> Option<IpAddr> {
    let (_network, rest) = word(connection);
    let (_family, address) = word(rest);
    let address = &address[..memchr(b'/', address).unwrap_or(address.len())];
    std::str::from_utf8(address).ok()?.parse().ok()
}

/// True for `name/8000`, whatever follows, in any case.
fn is_encoding(encoding: &[u8], name: &str) -> bool {
    let mut parts = encoding.split(|byte| *byte == b'/');
    parts.next().is_some_and(|part| part.eq_ignore_ascii_case(name.as_bytes()))
        && parts.next() == Some(b"8000")
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];

    fn local(codecs: &[Codec]) -> Local<'_> {
        Local {
            address: "127.0.0.1".parse().unwrap(),
            port: 30_000,
            codecs,
            ptime_ms: 20,
            telephone_event: true,
            session_id: 1,
            session_version: 2,
        }
    }

    fn offer(media: &str) -> String {
        format!("v=0\r\no=- 9 9 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n{media}")
    }

    fn answered(media: &str) -> Option<(Agreed, String)> {
        let offer = offer(media);
        let mut out = Vec::new();
        let agreed = answer(&Description::scan(offer.as_bytes()).unwrap(), &local(&BOTH), &mut out);
        assert_eq!(agreed.is_none(), out.is_empty(), "nothing is written about no agreement");
        Some((agreed?, String::from_utf8(out).unwrap()))
    }

    /// RFC 3550, 11; RFC 3605; RFC 5761, 5.1.1.
    #[test]
    fn reports_go_to_the_next_port_unless_another_is_named_or_both_use_one() {
        for (attributes, port, muxed) in [
            ("", 4001, false),
            ("a=rtcp:4010\r\n", 4010, false),
            ("a=rtcp-mux\r\na=rtcp:4010\r\n", 4000, true),
        ] {
            let text = format!(
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n{attributes}"
            );
            let offer = Description::scan(text.as_bytes()).unwrap();
            let mut out = Vec::new();
            let agreed = answer(&offer, &local(&BOTH), &mut out).unwrap();
            assert_eq!(agreed.reports, Some(SocketAddr::from(([127, 0, 0, 1], port))), "{attributes}");
            let says = String::from_utf8(out).unwrap().contains("a=rtcp-mux\r\n");
            assert_eq!((agreed.rtcp_mux, says), (muxed, muxed), "accepted where it is offered");
            let theirs = accept(&offer, &local(&BOTH)).unwrap();
            assert!(!theirs.rtcp_mux, "what we have not offered is not agreed on");
        }
        let held = b"v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
        let agreed = accept(&Description::scan(held).unwrap(), &local(&BOTH)).unwrap();
        assert_eq!(agreed.reports, None);
    }

    fn agreed(media: &str) -> Agreed {
        answered(media).unwrap().0
    }

    #[test]
    fn an_offer_of_ours_is_what_the_standards_want() {
        let mut out = Vec::new();
        write_offer(&local(&BOTH), Direction::SendRecv, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio 30000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        );
    }

    #[test]
    fn the_offerers_favourite_among_ours_is_taken() {
        let agreed = agreed("m=audio 4000 RTP/AVP 18 0 8\r\n");
        assert_eq!((agreed.codec, agreed.payload_type), (Codec::Pcmu, 0));
        assert_eq!(agreed.peer, Some("192.0.2.1:4000".parse().unwrap()));
        assert_eq!(agreed.telephone_event, None);
    }

    #[test]
    fn dynamic_payload_types_are_read_from_their_rtpmap() {
        let (agreed, text) = answered(
            "m=audio 4000 RTP/AVP 99 96\r\na=rtpmap:99 pcma/8000/1\r\na=rtpmap:96 telephone-event/8000\r\n",
        )
        .unwrap();
        assert_eq!((agreed.codec, agreed.payload_type, agreed.telephone_event), (Codec::Pcma, 99, Some(96)));
        assert!(text.contains("m=audio 30000 RTP/AVP 99 96\r\na=rtpmap:99 PCMA/8000\r\n"));
    }

    #[test]
    fn an_rtpmap_that_gives_a_static_type_another_meaning_is_believed() {
        assert!(answered("m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 L16/8000\r\n").is_none());
        assert!(answered("m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMA/16000\r\n").is_none());
    }

    #[test]
    fn no_common_codec_no_answer() {
        assert!(answered("m=audio 4000 RTP/AVP 18 3\r\n").is_none());
        assert!(answered("m=audio 0 RTP/AVP 8\r\n").is_none());
        assert!(answered("m=video 4000 RTP/AVP 31\r\n").is_none());
        assert!(answered("").is_none());
    }

    #[test]
    fn other_media_lines_are_kept_and_rejected() {
        let (_, text) = answered(
            "m=video 5000 RTP/AVP 31 34\r\na=rtpmap:31 H261/90000\r\nm=audio 4000 RTP/AVP 8\r\n\
             m=image 6000 udptl t38\r\n",
        )
        .unwrap();
        let media: Vec<&str> = text.lines().filter(|line| line.starts_with("m=")).collect();
        assert_eq!(media, ["m=video 0 RTP/AVP 31 34", "m=audio 30000 RTP/AVP 8", "m=image 0 udptl t38"]);
    }

    #[test]
    fn directions_are_answered_from_the_other_end() {
        for (offered, ours) in [
            ("sendrecv", Direction::SendRecv),
            ("sendonly", Direction::RecvOnly),
            ("recvonly", Direction::SendOnly),
            ("inactive", Direction::Inactive),
        ] {
            let (agreed, text) = answered(&format!("m=audio 4000 RTP/AVP 8\r\na={offered}\r\n")).unwrap();
            assert_eq!(agreed.direction, ours);
            assert!(text.ends_with(&format!("a={}\r\n", ours.name())));
        }
        let held = agreed("m=audio 4000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n");
        assert_eq!(held.direction, Direction::RecvOnly);
    }

    #[test]
    fn media_level_lines_beat_session_level_ones() {
        let text = "v=0\no=- 1 1 IN IP6 ::1\ns=-\nc=IN IP6 ::1\na=sendonly\nt=0 0\n\
            m=audio 4000/2 RTP/AVP 0\nc=IN IP4 198.51.100.7/127\na=ptime:30\na=sendrecv\n";
        let media = Description::scan(text.as_bytes()).unwrap().media().next().unwrap();
        assert_eq!(media.address, Some("198.51.100.7".parse().unwrap()));
        assert_eq!((media.port, media.ptime_ms, media.direction), (4000, Some(30), Direction::SendRecv));
        let session = text.replace("c=IN IP4 198.51.100.7/127\n", "").replace("a=sendrecv\n", "");
        let media = Description::scan(session.as_bytes()).unwrap().media().next().unwrap();
        assert_eq!((media.address, media.direction), ("::1".parse().ok(), Direction::SendOnly));
    }

    #[test]
    fn an_answer_to_our_offer_is_accepted_or_not() {
        let accepted =
            offer("m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:30\r\n");
        let agreed = accept(&Description::scan(accepted.as_bytes()).unwrap(), &local(&BOTH)).unwrap();
        assert_eq!((agreed.codec, agreed.telephone_event, agreed.ptime_ms), (Codec::Pcma, Some(101), 30));
        let rejected = offer("m=audio 0 RTP/AVP 8\r\n");
        assert_eq!(accept(&Description::scan(rejected.as_bytes()).unwrap(), &local(&BOTH)), None);
    }

    #[test]
    fn what_is_no_description_is_refused() {
        for body in ["", "v=1\r\n", "Signal=5\r\n", "\r\n"] {
            assert_eq!(Description::scan(body.as_bytes()).err(), Some(Unreadable), "{body:?}");
        }
    }
}
