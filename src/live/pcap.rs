//! A packet capture of one's own traffic: `--trace FILE`, for Wireshark.
//!
//! The classic format (magic 0xA1B2C3D4, microseconds) with raw IP packets, `LINKTYPE_RAW`. The datagrams are
//! those that passed our own sockets; the IP, UDP and TCP headers around them are made up here, with valid checksums,
//! because a socket does not show them. So it is a witness of what the program sent and received, not of what
//! the network carried: for that, capture on the interface. Messages on a connection stand there as segments that follow
//! each other without a gap; how a connection began and ended does not.

mod packet;

use std::collections::BTreeMap;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::live::pcap::packet::Content;
use crate::live::pcap::packet::ip_packet;
use crate::time::Duration;
use crate::time::Instant;

const MAGIC: u32 = 0xA1B2_C3D4;
/// The packet begins with an IPv4 or IPv6 header.
const LINKTYPE_RAW: u32 = 101;
/// Longest packet in the file; longer than any that can be written.
const SNAP_LENGTH: u32 = 262_144;

/// Directions of connections whose bytes are counted; with more, all begin anew.
const DIRECTIONS_MAX: usize = 65_536;
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
    /// How many bytes have gone from one end of a connection to the other.
    carried: BTreeMap<(SocketAddr, SocketAddr), u32>,
    error: Option<io::Error>,
}

impl State {
    fn write(&mut self, since_epoch: Duration, packet: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let header = record_header(since_epoch, packet.len());
        match self.file.write_all(&header).and_then(|()| self.file.write_all(packet)) {
            Ok(()) => self.packets += 1,
            Err(error) => self.error = Some(error),
        }
    }
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
        let state = State { file, packets: 0, carried: BTreeMap::new(), error: None };
        Ok(Self { epoch, state: Mutex::new(state) })
    }

    /// Writes one datagram that passed at `at`, wall time.
    pub fn datagram(&self, at: Instant, source: SocketAddr, destination: SocketAddr, payload: &[u8]) {
        let payload = &payload[..payload.len().min(packet::PAYLOAD_MAX)];
        let packet = ip_packet(source, destination, Content::Datagram, payload);
        self.state().write(self.epoch + at.since(Instant::ZERO), &packet);
    }

    /// Writes what passed at `at` on the connection of these two, in as many segments as it takes.
    pub fn segment(&self, at: Instant, source: SocketAddr, destination: SocketAddr, payload: &[u8]) {
        let since_epoch = self.epoch + at.since(Instant::ZERO);
        let mut state = self.state();
        if state.carried.len() >= DIRECTIONS_MAX {
            state.carried.clear();
        }
        for part in payload.chunks(packet::PAYLOAD_MAX) {
            let acknowledged = state.carried.get(&(destination, source)).copied().unwrap_or(0);
            let carried = state.carried.entry((source, destination)).or_insert(0);
            let content = Content::Segment { sequence: *carried, acknowledged };
            // The numbers of a long connection begin again at 0 (RFC 9293, section 3.4).
            *carried = carried.wrapping_add(u32::try_from(part.len()).unwrap_or(u32::MAX));
            state.write(since_epoch, &ip_packet(source, destination, content, part));
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes out what is buffered and returns how many packets the file holds.
    ///
    /// # Errors
    /// If this or an earlier write failed: the file then ends before the run did.
    pub fn finish(&self) -> io::Result<u64> {
        let mut state = self.state();
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
        assert_eq!(records[2].1[8..24], "::ffff:127.0.0.1".parse::<std::net::Ipv6Addr>().unwrap().octets());
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

    /// Three messages on one connection, the second longer than a segment: Wireshark puts each together, finds no byte
    /// missing, and calls it SIP over TCP.
    #[test]
    fn wireshark_reads_the_messages_of_a_connection() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("trace.pcap");
        let trace = Trace::new(Box::new(std::fs::File::create(&path).unwrap()), EPOCH).unwrap();
        let (caller, pbx) = (address("127.0.0.1:40000"), address("127.0.0.1:5060"));
        let message = |first: &str, body: usize| {
            let text = "x".repeat(body);
            format!(
                "{first}Via: SIP/2.0/TCP 127.0.0.1:40000;branch=z9hG4bK1\r\nFrom: <sip:a@127.0.0.1>;tag=1\r\n\
                 To: <sip:100@127.0.0.1>\r\nCall-ID: one\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\n\
                 Content-Length: {body}\r\n\r\n{text}"
            )
        };
        let request = |body| message("MESSAGE sip:100@127.0.0.1 SIP/2.0\r\n", body);
        trace.segment(Instant::ZERO, caller, pbx, request(10).as_bytes());
        trace.segment(Instant::from_secs_f64(0.1), caller, pbx, request(70_000).as_bytes());
        let answer = message("SIP/2.0 200 OK\r\n", 0);
        trace.segment(Instant::from_secs_f64(0.2), pbx, caller, answer.as_bytes());
        assert_eq!(trace.finish().unwrap(), 4);

        let fields =
            ["-T", "fields", "-e", "_ws.col.Protocol", "-e", "sip.Content-Length", "-e", "_ws.expert"];
        let checks = ["-o", "tcp.check_checksum:TRUE"];
        let Ok(output) = Command::new("tshark").arg("-r").arg(&path).args(checks).args(fields).output()
        else {
            eprintln!("skipped: tshark is not installed");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(lines, ["SIP\t10", "TCP", "SIP\t70000", "SIP\t0"], "{text}");
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
