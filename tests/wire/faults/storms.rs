//! Damaged datagrams on real sockets: neither the PBX nor the generator falls over, and the run still adds up.
//!
//! `BUSYHOUR_MUTATIONS` sets how many are sent to each (default 20 000).

use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use busyhour::random::Purpose;
use busyhour::random::Seed;
use busyhour::random::Stream;

use crate::harness;
use crate::harness::Results;
use crate::harness::Running;
use crate::harness::busyhour;

fn mutations() -> usize {
    std::env::var("BUSYHOUR_MUTATIONS").map_or(20_000, |text| text.parse().expect("a number"))
}

/// Damages messages: bytes changed, cut out, repeated, cut off.
struct Mutator(Stream);

impl Mutator {
    fn new() -> Self {
        Self(Seed(3261).stream(Purpose::Network, 0))
    }

    fn below(&mut self, bound: usize) -> usize {
        let drawn = self.0.below(bound as u64);
        usize::try_from(drawn).expect("below a usize")
    }

    fn damage(&mut self, message: &[u8]) -> Vec<u8> {
        let mut bytes = message.to_vec();
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(20)).min(bytes.len());
            match self.below(5) {
                0 => bytes[at] = MARKS[self.below(MARKS.len())],
                1 => drop(bytes.drain(at..end)),
                2 => bytes.extend_from_within(at..end),
                3 => bytes.truncate(at),
                _ => bytes[at] ^= 1 << self.below(8),
            }
        }
        bytes
    }
}

/// Bytes that mean something to a parser.
const MARKS: &[u8] = b"\r\n \t:;,<>\"\\=@/[]\0\xff0-9";

const REQUESTS: [&str; 5] = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"];

/// A sound request of one of a few calls, so that mutations meet calls that exist.
fn request(method: &str, number: usize) -> String {
    format!(
        "{method} sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{number}\r\nMax-Forwards: 70\r\n\
         From: <sip:storm@127.0.0.1>;tag=s{number}\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: storm{number}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:storm@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n"
    )
}

#[test]
fn damaged_requests_do_not_fell_the_pbx() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = harness::free_port();
    let [pbx_out, out] =
        ["pbx", "run"].map(|name| folder.path().join(name).to_str().expect("UTF-8").to_owned());
    let pbx =
        Running::start(&mut busyhour(&["pbx", "--listen", &format!("127.0.0.1:{port}"), "--out", &pbx_out]));
    harness::wait_until_bound(port, Duration::from_secs(10));

    let storm = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let mut mutator = Mutator::new();
    for number in 0..mutations() {
        let message = request(REQUESTS[number % REQUESTS.len()], number % 50);
        let damaged = mutator.damage(message.as_bytes());
        storm.send_to(&damaged, ("127.0.0.1", port)).expect("loopback takes a datagram");
        if number % 20 == 0 {
            pbx.leave_for(Duration::from_millis(1));
        }
    }

    // It still does its work.
    let target = format!("sip:100@127.0.0.1:{port}");
    let load = ["--rate", "20/s", "--calls", "40", "--talk", "1s", "--seed", "1"];
    let mut command = busyhour(&["run", "--target", &target, "--out", &out]);
    command.args(load).args(["--gate", "technical_drop_rate <= 0%"]);
    harness::run(&mut command, Duration::from_secs(60)).expect_code(&[0]);
    assert_eq!(Results::read(Path::new(&out)).count("outcomes.completed"), 40);
    pbx.signal("INT");
    let finished = pbx.finish(Duration::from_secs(60)).expect_code(&[0]);
    assert!(!finished.said().contains("panicked"), "{}", finished.said());
}

#[test]
fn damaged_responses_do_not_fell_the_generator() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    target.set_read_timeout(Some(Duration::from_millis(200))).expect("a duration above 0");
    let port = target.local_addr().expect("bound").port();
    let (uri, out) = (format!("sip:100@127.0.0.1:{port}"), folder.path().to_str().expect("UTF-8"));
    // Calls enough that the generator is there for the whole storm, at 15 000 datagrams a second or more.
    let calls = (mutations() / 500).max(100);
    let count = calls.to_string();
    let load = ["--rate", "30/s", "--calls", &count, "--talk", "200ms", "--seed", "1"];
    let mut command = busyhour(&["run", "--target", &uri, "--out", out]);
    let mut run =
        Running::start(command.args(load).args(["--set", "timers.t1=25ms", "--set", "ring_timeout=1s"]));

    let (mut mutator, mut buffer, mut sent) = (Mutator::new(), vec![0; 65_535], 0);
    while run.is_running() {
        let Ok((length, caller)) = target.recv_from(&mut buffer) else { continue };
        // Each answer may bring an ACK or a BYE: without an end to the storm, it would feed itself.
        let round = (2 * mutations() / calls).min(mutations() - sent);
        for number in 0..round {
            let damaged = mutator.damage(response(&buffer[..length], number).as_bytes());
            target.send_to(&damaged, caller).ok();
            sent += 1;
        }
    }
    let finished = run.finish(Duration::from_secs(600)).expect_code(&[0, 3, 4, 5]);
    assert!(!finished.said().contains("panicked"), "{}", finished.said());
    assert!(sent >= mutations(), "{sent} datagrams sent");
    Results::read(folder.path()).assert_adds_up();
}

/// A sound answer to a request: its Via, From, To, Call-ID and `CSeq` under a status.
fn response(request: &[u8], number: usize) -> String {
    let status = ["100 Trying", "180 Ringing", "200 OK", "503 Service Unavailable", "302 Moved"][number % 5];
    let request = String::from_utf8_lossy(request);
    let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
    let lines = request.lines().filter(|line| kept.iter().any(|name| line.starts_with(name)));
    let lines = lines.fold(String::new(), |text, line| text + line + "\r\n");
    format!("SIP/2.0 {status}\r\n{lines}Contact: <sip:x@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n")
}
