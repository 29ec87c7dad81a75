//! The headers around what a socket showed: IP, UDP and TCP, with checksums that verify.

use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

const UDP: u8 = 17;
const TCP: u8 = 6;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;
const IPV4_HEADER: usize = 20;
/// Most payload that fits either over IPv4.
pub(super) const PAYLOAD_MAX: usize = 65_535 - IPV4_HEADER - TCP_HEADER;
const HOP_LIMIT: u8 = 64;
/// A header of five words; `PSH` and `ACK`.
const TCP_OFFSET_AND_FLAGS: [u8; 2] = [0x50, 0x18];

/// What an IP packet carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    Datagram,
    /// With the bytes carried so far this way, and the other way.
    Segment {
        sequence: u32,
        acknowledged: u32,
    },
}

impl Content {
    const fn protocol(self) -> u8 {
        match self {
            Self::Datagram => UDP,
            Self::Segment { .. } => TCP,
        }
    }
}

/// An IP packet with a datagram or a segment. Addresses of different families are both written as IPv6.
pub(super) fn ip_packet(
    source: SocketAddr,
    destination: SocketAddr,
    content: Content,
    payload: &[u8],
) -> Vec<u8> {
    let ports = [source.port().to_be_bytes(), destination.port().to_be_bytes()].concat();
    let inside = |addresses: &[u8]| match content {
        Content::Datagram => udp(&ports, addresses, payload),
        Content::Segment { sequence, acknowledged } => {
            tcp(&ports, [sequence, acknowledged], addresses, payload)
        }
    };
    match (source.ip(), destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let addresses = [from.octets(), to.octets()].concat();
            let inside = inside(&addresses);
            [ipv4_header(content.protocol(), inside.len(), &addresses), inside].concat()
        }
        (from, to) => {
            let addresses = [as_ipv6(from).octets(), as_ipv6(to).octets()].concat();
            let inside = inside(&addresses);
            [ipv6_header(content.protocol(), inside.len(), &addresses), inside].concat()
        }
    }
}

fn as_ipv6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// RFC 791, section 3.1: no options, not fragmented.
fn ipv4_header(protocol: u8, content: usize, addresses: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend(length_field(IPV4_HEADER + content));
    header.extend([0, 0, 0x40, 0, HOP_LIMIT, protocol, 0, 0]);
    header.extend(addresses);
    let checksum = internet_checksum(&[&header]);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    header
}

/// RFC 8200, section 3.
fn ipv6_header(protocol: u8, content: usize, addresses: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend(length_field(content));
    header.extend([protocol, HOP_LIMIT]);
    header.extend(addresses);
    header
}

/// RFC 768; the checksum covers a pseudo header of the addresses, the protocol and the length.
fn udp(ports: &[u8], addresses: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = length_field(UDP_HEADER + payload.len());
    let mut datagram = [ports, &length, &[0, 0], payload].concat();
    let checksum = internet_checksum(&[addresses, &[0, UDP], &length, &datagram]);
    // 0 would mean "no checksum".
    let checksum = if checksum == 0 { 0xFFFF } else { checksum };
    datagram[6..8].copy_from_slice(&checksum.to_be_bytes());
    datagram
}

/// RFC 9293, section 3.1: no options, the widest window; the checksum covers the same pseudo header as UDP's.
fn tcp(ports: &[u8], numbers: [u32; 2], addresses: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = length_field(TCP_HEADER + payload.len());
    let [sequence, acknowledged] = numbers.map(u32::to_be_bytes);
    let window = [0xFF; 2];
    let checksum_and_urgent = [0; 4];
    let fields: [&[u8]; 7] =
        [ports, &sequence, &acknowledged, &TCP_OFFSET_AND_FLAGS, &window, &checksum_and_urgent, payload];
    let mut segment = fields.concat();
    let checksum = internet_checksum(&[addresses, &[0, TCP], &length, &segment]);
    segment[16..18].copy_from_slice(&checksum.to_be_bytes());
    segment
}

fn length_field(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("the payload is clipped to what an IPv4 packet can carry").to_be_bytes()
}

/// The complement of the one's complement sum of 16-bit words (RFC 1071). Every part but the last has even length.
fn internet_checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u32;
    for part in parts {
        for word in part.chunks(2) {
            let low = word.get(1).copied().unwrap_or(0);
            sum += u32::from(u16::from_be_bytes([word[0], low]));
            // Folded at once, a sum of any length fits.
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
    }
    !u16::try_from(sum).expect("the carry has been folded in")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// A sum over a header that contains its own right checksum is all ones (RFC 1071, section 1).
    #[test]
    fn checksums_verify() {
        for (source, destination) in
            [("10.1.2.3:5060", "10.255.0.9:6000"), ("[2001:db8::1]:5060", "[::1]:6000")]
        {
            for payload in [&b"even"[..], b"odd", b"", &[0xFF; 1000]] {
                for content in [Content::Datagram, Content::Segment { sequence: 7, acknowledged: u32::MAX }] {
                    let packet = ip_packet(address(source), address(destination), content, payload);
                    let (addresses, inside) = if packet[0] >> 4 == 4 {
                        assert_eq!(internet_checksum(&[&packet[..20]]), 0);
                        (&packet[12..20], &packet[20..])
                    } else {
                        (&packet[8..40], &packet[40..])
                    };
                    let length = length_field(inside.len());
                    let protocol = content.protocol();
                    assert_eq!(internet_checksum(&[addresses, &[0, protocol], &length, inside]), 0);
                }
            }
        }
    }

    /// RFC 1071, section 3: the worked example's words sum to 0xDDF2.
    #[test]
    fn the_checksum_is_that_of_rfc_1071() {
        assert_eq!(internet_checksum(&[&[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]]), !0xDDF2);
    }
}
