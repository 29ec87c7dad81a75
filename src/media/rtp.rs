//! RTP packets (RFC 3550, section 5.1) with 20 ms of G.711 (RFC 3551): built and parsed by rtp-rs.

use rtp_rs::RtpPacketBuilder;
use rtp_rs::RtpReader;
use rtp_rs::Seq;

use crate::time::Duration;

/// Samples, and ticks of the timestamp, per second.
pub const CLOCK_RATE_HZ: u32 = 8000;
/// Speech in one packet.
pub const PACKET_TIME: Duration = Duration::from_millis(20);
/// Samples, ticks and payload bytes in one packet.
pub const SAMPLES_PER_PACKET: usize = 160;
/// A whole packet: 12 bytes of header and the payload.
pub const PACKET_BYTES: usize = 12 + SAMPLES_PER_PACKET;

/// A packet as it goes out.
pub type Datagram = [u8; PACKET_BYTES];

/// The fields of the fixed header that vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// First packet after silence (RFC 3551, section 4.1).
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    /// Who is sending: the synchronisation source.
    pub ssrc: u32,
}

/// A received packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    pub header: Header,
    pub payload: &'a [u8],
}

/// Writes a packet.
///
/// # Panics
/// If the payload type needs more than 7 bits, which no [`crate::media::Codec`] has.
#[must_use]
pub fn build(header: &Header, payload: &[u8; SAMPLES_PER_PACKET]) -> Datagram {
    let mut datagram = [0; PACKET_BYTES];
    let written = RtpPacketBuilder::new()
        .marked(header.marker)
        .payload_type(header.payload_type)
        .sequence(Seq::from(header.sequence))
        .timestamp(header.timestamp)
        .ssrc(header.ssrc)
        .payload(payload)
        .build_into(&mut datagram);
    assert!(written.is_ok_and(|bytes| bytes == PACKET_BYTES), "a fixed header and payload fill the datagram");
    datagram
}

/// The twelve bytes of a header without extension or contributing sources.
#[must_use]
pub fn header_bytes(header: &Header) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[0] = 0x80;
    bytes[1] = header.payload_type & 0x7F | if header.marker { 0x80 } else { 0 };
    bytes[2..4].copy_from_slice(&header.sequence.to_be_bytes());
    bytes[4..8].copy_from_slice(&header.timestamp.to_be_bytes());
    bytes[8..].copy_from_slice(&header.ssrc.to_be_bytes());
    bytes
}

/// Gives a packet another source; what is too short to have one stays as it is.
pub fn set_ssrc(datagram: &mut [u8], ssrc: u32) {
    if let Some(bytes) = datagram.get_mut(8..12) {
        bytes.copy_from_slice(&ssrc.to_be_bytes());
    }
}

/// Reads a datagram; `None` if it is no RTP version 2, is cut short, or is RTCP on the same port (whose
/// packet types look like payload types 64 to 95: RFC 5761, section 4).
#[must_use]
pub fn parse(datagram: &[u8]) -> Option<Packet<'_>> {
    let reader = RtpReader::new(datagram).ok()?;
    if (64..=95).contains(&reader.payload_type()) {
        return None;
    }
    let header = Header {
        marker: reader.mark(),
        payload_type: reader.payload_type(),
        sequence: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        ssrc: reader.ssrc(),
    };
    Some(Packet { header, payload: reader.payload() })
}

/// Whether a datagram is RTCP, wherever it comes in (RFC 5761, section 4).
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, _, _, _, _, _, _, ..] if first >> 6 == 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    const HEADER: Header =
        Header { marker: true, payload_type: 8, sequence: 0xFFFE, timestamp: 0x0102_0304, ssrc: 0xA0B0_C0D0 };

    /// The bit layout of RFC 3550, section 5.1.
    #[test]
    fn a_packet_is_laid_out_as_the_rfc_draws_it() {
        let datagram = build(&HEADER, &[0xD5; SAMPLES_PER_PACKET]);
        assert_eq!(datagram[..12], [0x80, 0x88, 0xFF, 0xFE, 1, 2, 3, 4, 0xA0, 0xB0, 0xC0, 0xD0]);
        assert_eq!(datagram[..12], header_bytes(&HEADER));
        assert_eq!(datagram.len(), 172);
        assert_eq!(parse(&datagram), Some(Packet { header: HEADER, payload: &[0xD5; SAMPLES_PER_PACKET] }));
    }

    #[test]
    fn extensions_and_padding_are_no_part_of_the_payload() {
        let mut datagram = vec![0xB1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9];
        datagram.extend([1, 1, 1, 1]); // one contributing source
        datagram.extend([0xBE, 0xDE, 0, 1, 5, 5, 5, 5]); // an extension of one word
        datagram.extend([7, 7, 0, 2]); // two samples, two bytes of padding
        assert_eq!(parse(&datagram).map(|packet| packet.payload), Some(&[7, 7][..]));
    }

    #[test]
    fn what_is_not_rtp_is_refused() {
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"OPTIONS sip:a SIP/2.0\r\n\r\n"), None);
        let sender_report = [0x80, 200, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(parse(&sender_report), None);
        assert!(is_rtcp(&sender_report) && is_rtcp(&[0x81, 201, 0, 7, 0, 0, 0, 1]));
        assert!(
            !is_rtcp(&build(&HEADER, &[0; SAMPLES_PER_PACKET]))
                && !is_rtcp(&sender_report[..7])
                && !is_rtcp(b"")
        );
        assert!(!is_rtcp(&[0x00, 200, 0, 6, 0, 0, 0, 0]), "no STUN");
    }

    #[test]
    fn no_datagram_panics() {
        let mut stream = Seed(5).stream(Purpose::Network, 0);
        for _ in 0..100_000 {
            let length = stream.below(80);
            let mut datagram: Vec<u8> = (0..length).map(|_| stream.next_u64().to_le_bytes()[0]).collect();
            if let Some(first) = datagram.first_mut() {
                *first = 0x80 | (*first & 0x3F);
            }
            if let Some(packet) = parse(&datagram) {
                assert!(packet.payload.len() + 12 <= datagram.len());
            }
        }
    }
}
