//! A packet capture of one's own traffic: `--trace FILE`, for Wireshark.
//!
//! The classic format (magic 0xA1B2C3D4, microseconds) with raw IP packets, `LINKTYPE_RAW`. The datagrams are
//! those that passed our own sockets; the IP and UDP headers around them are made up here, with valid checksums,
//! because a socket does not show them. So it is a witness of what the program sent and received, not of what
//! the network carried: for that, capture on the interface. A message on a connection stands there as a datagram between
//! the same addresses.

use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::time::Duration;
use crate::time::Instant;

const MAGIC: u32 = 0xA1B2_C3D4;
/// The packet begins with an IPv4 or IPv6 header.
const LINKTYPE_RAW: u32 = 101;
/// Longest packet in the file; longer than any that can be written.
const SNAP_LENGTH: u32 = 262_144;

const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
const IPV4_HEADER: usize = 20;
/// Most payload that fits UDP over IPv4.
const PAYLOAD_MAX: usize = 65_535 - IPV4_HEADER - UDP_HEADER;
const HOP_LIMIT: u8 = 64;
/// What may be lost if the machine fails: the rest is with the operating system.
const BUFFER_BYTES: usize = 64 * 1024;

/// A capture that several threads write to. After the first error nothing more is written; `finish` tells.
pub struct Trace {
    /// Time from the Unix epoch to [`Instant::ZERO`].
    epoch: Duration,
    state: Mutex<State>,
}

struct State {
    file: BufWriter<Box<dyn Write + Send>>,
    packets: u64,
    error: Option<io::Error>,
}

impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Trace {
    /// Begins a capture in `file`. `epoch` is the time from the Unix epoch to [`Instant::ZERO`]
    /// (`live::clock::Clock::epoch`).
    ///
    /// # Errors
    /// If the file's header cannot be written.
    pub fn new(file: Box<dyn Write + Send>, epoch: Duration) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
        file.write_all(&file_header())?;
        file.flush()?;
        Ok(Self { epoch, state: Mutex::new(State { file, packets: 0, error: None }) })
    }

    /// Writes one datagram that passed at `at`, wall time.
    pub fn datagram(&self, at: Instant, source: SocketAddr, destination: SocketAddr, payload: &[u8]) {
        let packet = ip_packet(source, destination, &payload[..payload.len().min(PAYLOAD_MAX)]);
        let header = record_header(self.epoch + at.since(Instant::ZERO), packet.len());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.error.is_some() {
            return;
        }
        match state.file.write_all(&header).and_then(|()| state.file.write_all(&packet)) {
            Ok(()) => state.packets += 1,
            Err(error) => state.error = Some(error),
        }
    }

    /// Writes out what is buffered and returns how many packets the file holds.
    ///
    /// # Errors
    /// If this or an earlier write failed: the file then ends before the run did.
    pub fn finish(&self) -> io::Result<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.error.take() {
            state.error = Some(io::Error::from(error.kind()));
            return Err(error);
        }
        state.file.flush()?;
        Ok(state.packets)
    }
}

fn file_header() -> [u8; 24] {
    let mut header = [0; 24];
    header[..4].copy_from_slice(&MAGIC.to_le_bytes());
    header[4..6].copy_from_slice(&2_u16.to_le_bytes()); // version 2.4; zone and accuracy stay 0
    header[6..8].copy_from_slice(&4_u16.to_le_bytes());
    header[16..20].copy_from_slice(&SNAP_LENGTH.to_le_bytes());
    header[20..24].copy_from_slice(&LINKTYPE_RAW.to_le_bytes());
    header
}

fn record_header(since_epoch: Duration, length: usize) -> [u8; 16] {
    let mut header = [0; 16];
    // Seconds are an unsigned 32-bit field: it is full in 2106.
    let seconds = u32::try_from(since_epoch.as_secs()).unwrap_or(u32::MAX);
    let length = u32::try_from(length).expect("an IP packet is shorter than 2^32 bytes");
    header[..4].copy_from_slice(&seconds.to_le_bytes());
    header[4..8].copy_from_slice(&since_epoch.subsec_micros().to_le_bytes());
    header[8..12].copy_from_slice(&length.to_le_bytes());
    header[12..16].copy_from_slice(&length.to_le_bytes());
    header
}

/// A UDP datagram in an IP packet. Addresses of different families are both written as IPv6.
fn ip_packet(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Vec<u8> {
    match (source.ip(), destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let addresses = [from.octets(), to.octets()].concat();
            let mut packet = ipv4_header(UDP_HEADER + payload.len(), &addresses);
            packet.extend(udp(source.port(), destination.port(), &addresses, payload));
            packet
        }
        (from, to) => {
            let addresses = [as_ipv6(from).octets(), as_ipv6(to).octets()].concat();
            let mut packet = ipv6_header(UDP_HEADER + payload.len(), &addresses);
            packet.extend(udp(source.port(), destination.port(), &addresses, payload));
            packet
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
fn ipv4_header(content: usize, addresses: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend(length_field(IPV4_HEADER + content));
    header.extend([0, 0, 0x40, 0, HOP_LIMIT, UDP, 0, 0]);
    header.extend(addresses);
    let checksum = internet_checksum(&[&header]);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    header
}

/// RFC 8200, section 3.
fn ipv6_header(content: usize, addresses: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend(length_field(content));
    header.extend([UDP, HOP_LIMIT]);
    header.extend(addresses);
    header
}

/// RFC 768; the checksum covers a pseudo header of the addresses, the protocol and the length.
fn udp(source: u16, destination: u16, addresses: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = length_field(UDP_HEADER + payload.len());
    let mut datagram = Vec::with_capacity(UDP_HEADER + payload.len());
    datagram.extend(source.to_be_bytes());
    datagram.extend(destination.to_be_bytes());
    datagram.extend(length);
    datagram.extend([0, 0]);
    datagram.extend(payload);
    let checksum = internet_checksum(&[addresses, &[0, UDP], &length, &datagram]);
    // 0 would mean "no checksum".
    let checksum = if checksum == 0 { 0xFFFF } else { checksum };
    datagram[6..8].copy_from_slice(&checksum.to_be_bytes());
    datagram
}

fn length_field(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("the payload is clipped to what UDP over IPv4 can carry").to_be_bytes()
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
    use std::process::Command;
    use std::sync::Arc;

    const EPOCH: Duration = Duration::from_hours(490_997);

    /// A file in memory that can be read while it is written, and that is full after `room` bytes.
    #[derive(Clone)]
    struct Memory {
        bytes: Arc<Mutex<Vec<u8>>>,
        room: usize,
    }

    impl Memory {
        fn new(room: usize) -> Self {
            Self { bytes: Arc::default(), room }
        }

        fn read(&self) -> Vec<u8> {
            self.bytes.lock().unwrap().clone()
        }
    }

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut held = self.bytes.lock().unwrap();
            if held.len() + bytes.len() > self.room {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            held.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    /// (microseconds since the epoch, IP packet) of every record.
    fn records(file: &[u8]) -> Vec<(u64, Vec<u8>)> {
        assert_eq!(file[..24], file_header());
        let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let (mut at, mut found) = (24, Vec::new());
        while at < file.len() {
            let length = number(at + 8) as usize;
            assert_eq!(number(at + 8), number(at + 12), "nothing was cut");
            let time = u64::from(number(at)) * 1_000_000 + u64::from(number(at + 4));
            found.push((time, file[at + 16..at + 16 + length].to_vec()));
            at += 16 + length;
        }
        assert_eq!(at, file.len());
        found
    }

    #[test]
    fn a_capture_reads_back_byte_for_byte() {
        let memory = Memory::new(usize::MAX);
        let trace = Trace::new(Box::new(memory.clone()), EPOCH).unwrap();
        let datagrams = [
            ("127.0.0.1:5060", "127.0.0.2:5062", &b"OPTIONS"[..]),
            ("[::1]:5060", "[2001:db8::2]:5062", b"odd"),
            ("127.0.0.1:4000", "[::1]:4002", b""),
        ];
        for (number, (source, destination, payload)) in (1..).zip(datagrams) {
            trace.datagram(
                Instant::from_secs_f64(0.25 * f64::from(number)),
                address(source),
                address(destination),
                payload,
            );
        }
        assert_eq!(trace.finish().unwrap(), 3);
        let records = records(&memory.read());
        assert_eq!(records.len(), 3);
        for (number, ((time, packet), (source, destination, payload))) in
            (1..).zip(records.iter().zip(datagrams))
        {
            assert_eq!(*time, 490_997 * 3_600_000_000 + 250_000 * number);
            let header = if packet[0] >> 4 == 4 { 20 } else { 40 };
            assert_eq!(packet[header..header + 2], address(source).port().to_be_bytes());
            assert_eq!(packet[header + 2..header + 4], address(destination).port().to_be_bytes());
            assert_eq!(&packet[header + 8..], payload);
        }
        assert_eq!(records[0].1[12..20], [127, 0, 0, 1, 127, 0, 0, 2]);
        assert_eq!(records[2].1[8..24], "::ffff:127.0.0.1".parse::<Ipv6Addr>().unwrap().octets());
    }

    /// A sum over a header that contains its own right checksum is all ones (RFC 1071, section 1).
    #[test]
    fn checksums_verify() {
        for (source, destination) in
            [("10.1.2.3:5060", "10.255.0.9:6000"), ("[2001:db8::1]:5060", "[::1]:6000")]
        {
            for payload in [&b"even"[..], b"odd", b"", &[0xFF; 1000]] {
                let packet = ip_packet(address(source), address(destination), payload);
                let (addresses, datagram) = if packet[0] >> 4 == 4 {
                    assert_eq!(internet_checksum(&[&packet[..20]]), 0);
                    (&packet[12..20], &packet[20..])
                } else {
                    (&packet[8..40], &packet[40..])
                };
                let length = length_field(datagram.len());
                assert_eq!(internet_checksum(&[addresses, &[0, UDP], &length, datagram]), 0);
            }
        }
    }

    /// RFC 1071, section 3: the worked example's words sum to 0xDDF2.
    #[test]
    fn the_checksum_is_that_of_rfc_1071() {
        assert_eq!(internet_checksum(&[&[0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]]), !0xDDF2);
    }

    #[test]
    fn a_full_disk_ends_the_capture_and_is_told_at_the_end() {
        let memory = Memory::new(100_000);
        let trace = Trace::new(Box::new(memory.clone()), EPOCH).unwrap();
        for _ in 0..1000 {
            trace.datagram(Instant::ZERO, address("127.0.0.1:1"), address("127.0.0.1:2"), &[0; 1000]);
        }
        assert_eq!(trace.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(trace.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(memory.read().len() <= 100_000);
    }

    #[test]
    fn wireshark_reads_sip_and_rtp() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trace.pcap");
        let trace = Trace::new(Box::new(std::fs::File::create(&path).unwrap()), EPOCH).unwrap();
        let (caller, pbx) = (address("127.0.0.1:40000"), address("127.0.0.1:5060"));
        let body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 42000 RTP/AVP 8\r\n";
        let invite = format!(
            "INVITE sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:40000;branch=z9hG4bK1\r\n\
             From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        trace.datagram(Instant::ZERO, caller, pbx, invite.as_bytes());
        let header =
            crate::media::rtp::Header { marker: true, payload_type: 8, sequence: 1, timestamp: 0, ssrc: 7 };
        let rtp = crate::media::rtp::build(&header, &[0xD5; 160]);
        trace.datagram(
            Instant::from_secs_f64(0.1),
            address("127.0.0.1:43000"),
            address("127.0.0.1:42000"),
            &rtp,
        );
        trace.finish().unwrap();

        let fields = [
            "-T",
            "fields",
            "-e",
            "_ws.col.Protocol",
            "-e",
            "ip.checksum.status",
            "-e",
            "udp.checksum.status",
        ];
        let checks = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];
        let Ok(output) = Command::new("tshark").arg("-r").arg(&path).args(checks).args(fields).output()
        else {
            eprintln!("skipped: tshark is not installed");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.lines().collect::<Vec<_>>(), ["SIP/SDP\t1\t1", "RTP\t1\t1"]);
    }
}
