//! The session that both endpoints speak of in SDP: one audio stream in G.711; and the sessions on both sides of a
//! relay, which must agree on more.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use crate::sip::sdp;
use crate::sip::sdp::Agreed;
use crate::sip::sdp::Codec;
use crate::sip::sdp::Description;
use crate::sip::sdp::Direction;
use crate::sip::sdp::Local;

/// The port that SDP names when a side carries no media: discard.
pub const NO_MEDIA_PORT: u16 = 9;
/// Where the packets of a caller on hold go: nowhere.
pub const HELD: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
const PTIME_MS: u16 = 20;
const A_FIRST: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];
const MU_FIRST: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];

fn local(address: IpAddr, port: u16, codecs: &[Codec]) -> Local<'_> {
    Local {
        address,
        port,
        codecs,
        ptime_ms: PTIME_MS,
        telephone_event: true,
        session_id: 1,
        session_version: 1,
    }
}

/// Both codecs, that of this payload type first: a target that speaks only the other is no loss.
const fn codecs(payload_type: Option<u8>) -> &'static [Codec] {
    match payload_type {
        Some(0) => &MU_FIRST,
        _ => &A_FIRST,
    }
}

/// An offer of both codecs, that of `payload_type` (8 PCMA, 0 PCMU) first.
#[must_use]
pub fn offer(address: IpAddr, port: Option<u16>, payload_type: Option<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let local = local(address, port.unwrap_or(NO_MEDIA_PORT), codecs(payload_type));
    sdp::write_offer(&local, Direction::SendRecv, &mut out);
    out
}

/// The answer to an offer, and what was agreed; `None` asks for 488.
#[must_use]
pub fn answer(offer: &[u8], address: IpAddr, port: Option<u16>) -> Option<(Vec<u8>, Agreed)> {
    let offer = Description::scan(offer).ok()?;
    let mut out = Vec::with_capacity(256);
    let agreed = sdp::answer(&offer, &local(address, port.unwrap_or(NO_MEDIA_PORT), &A_FIRST), &mut out)?;
    Some((out, agreed))
}

/// Where to send RTP after an answer to our offer, and what was agreed.
#[must_use]
pub fn accepted(answer: &[u8], address: IpAddr, payload_type: Option<u8>) -> Option<(SocketAddr, Agreed)> {
    let answer = Description::scan(answer).ok()?;
    let agreed = sdp::accept(&answer, &local(address, NO_MEDIA_PORT, codecs(payload_type)))?;
    Some((agreed.peer?, agreed))
}

/// What both sides of a relay speak: packets pass as they are, so one codec under one number, and the same for
/// telephone events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speech {
    pub payload_type: u8,
    pub codec: Codec,
    pub telephone_event: Option<u8>,
}

impl Default for Speech {
    /// What we offer where nobody has chosen yet: PCMA and telephone events.
    fn default() -> Self {
        Self { payload_type: Codec::Pcma.payload_type(), codec: Codec::Pcma, telephone_event: Some(101) }
    }
}

impl Speech {
    /// What was agreed with one side.
    #[must_use]
    pub const fn of(agreed: &Agreed) -> Self {
        Self {
            payload_type: agreed.payload_type,
            codec: agreed.codec,
            telephone_event: agreed.telephone_event,
        }
    }

    /// An offer of this and nothing else.
    #[must_use]
    pub fn offer(self, address: IpAddr, port: Option<u16>, version: u64, direction: Direction) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let codecs = [self.codec];
        let local =
            Local { session_version: version, ..local(address, port.unwrap_or(NO_MEDIA_PORT), &codecs) };
        let codec = (self.payload_type, self.codec);
        sdp::write_offer_as(&local, codec, self.telephone_event, direction, &mut out);
        out
    }

    /// The answer to an offer that has this, under this number; `None` asks for 488.
    #[must_use]
    pub fn answer(
        self,
        offer: &[u8],
        address: IpAddr,
        port: Option<u16>,
        version: u64,
    ) -> Option<(Vec<u8>, Agreed)> {
        let offer = Description::scan(offer).ok()?;
        let mut out = Vec::with_capacity(256);
        let codecs = [self.codec];
        let local =
            Local { session_version: version, ..local(address, port.unwrap_or(NO_MEDIA_PORT), &codecs) };
        let agreed = sdp::answer(&offer, &local, &mut out)?;
        (agreed.payload_type == self.payload_type).then_some((out, agreed))
    }

    /// What an answer to such an offer agrees on; `None` if the other side can't, or won't.
    #[must_use]
    pub fn accepted(self, answer: &[u8], address: IpAddr) -> Option<Agreed> {
        let answer = Description::scan(answer).ok()?;
        sdp::accept(&answer, &local(address, NO_MEDIA_PORT, &[self.codec]))
    }
}
