//! The session that both endpoints speak of in SDP: one audio stream in G.711.

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

/// Where to send RTP after an answer to our offer.
#[must_use]
pub fn accepted(answer: &[u8], address: IpAddr, payload_type: Option<u8>) -> Option<(SocketAddr, u8)> {
    let answer = Description::scan(answer).ok()?;
    let agreed = sdp::accept(&answer, &local(address, NO_MEDIA_PORT, codecs(payload_type)))?;
    Some((agreed.peer?, agreed.codec.payload_type()))
}
