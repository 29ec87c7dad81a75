//! A bad network on loopback: between a caller and a PBX it loses and repeats datagrams, SIP and RTP alike.
//!
//! Both ends believe that they talk to it, since it writes its own ports over theirs in every SIP message. All ports have
//! five digits, so that no message changes its length.

#![expect(clippy::disallowed_methods, reason = "a network takes real time")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use busyhour::random::Purpose;
use busyhour::random::Seed;
use busyhour::random::Stream;

/// The network at work; ends when dropped.
pub struct LossyNetwork {
    /// Where the caller sends its SIP.
    pub port: u16,
    stop: Arc<AtomicBool>,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

/// What became of datagrams.
#[derive(Default)]
pub struct Counts {
    pub carried: AtomicU64,
    pub lost: AtomicU64,
    pub repeated: AtomicU64,
}

impl LossyNetwork {
    /// Stands before the PBX at `pbx`: each datagram is lost, or comes twice, with these probabilities.
    pub fn start(pbx: u16, loss: f64, repetition: f64, seed: u64) -> Self {
        let (front, back) = (socket(), socket());
        let port = port_of(&front);
        let (stop, counts) = (Arc::new(AtomicBool::new(false)), Arc::new(Counts::default()));
        let mut network = Network {
            front,
            back,
            pbx: loopback(pbx),
            caller: None,
            chance: Seed(seed).stream(Purpose::Network, 0),
            loss,
            repetition,
            counts: Arc::clone(&counts),
            streams: Vec::new(),
            by_port: BTreeMap::new(),
            by_call: BTreeMap::new(),
        };
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if !network.turn() {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        });
        Self { port, stop, counts, thread: Some(thread) }
    }

    /// Datagrams carried, lost and repeated so far.
    pub fn counts(&self) -> (u64, u64, u64) {
        let Counts { carried, lost, repeated } = &*self.counts;
        (carried.load(Ordering::Relaxed), lost.load(Ordering::Relaxed), repeated.load(Ordering::Relaxed))
    }
}

impl Drop for LossyNetwork {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // If it panicked, it has said so, and the test sees calls fail.
            drop(thread.join());
        }
    }
}

struct Network {
    front: UdpSocket,
    back: UdpSocket,
    pbx: SocketAddr,
    caller: Option<SocketAddr>,
    chance: Stream,
    loss: f64,
    repetition: f64,
    counts: Arc<Counts>,
    streams: Vec<RtpStream>,
    /// Ports of ends → the ports that stand for them.
    by_port: BTreeMap<u16, u16>,
    by_call: BTreeMap<String, usize>,
}

/// The RTP of one call: each end sends to the socket that stands for the other.
struct RtpStream {
    for_caller: UdpSocket,
    for_pbx: UdpSocket,
    caller: Option<SocketAddr>,
    pbx: Option<SocketAddr>,
}

impl Network {
    /// Carries what has come; false if nothing had.
    fn turn(&mut self) -> bool {
        let mut buffer = [0; 8192];
        let mut worked = false;
        while let Ok((length, source)) = self.front.recv_from(&mut buffer) {
            worked = true;
            self.caller = Some(source);
            let text = self.rewritten(&buffer[..length], true);
            for _ in 0..self.copies() {
                let _ = self.back.send_to(&text, self.pbx);
            }
        }
        while let Ok((length, _)) = self.back.recv_from(&mut buffer) {
            worked = true;
            let text = self.rewritten(&buffer[..length], false);
            for _ in 0..self.copies() {
                if let Some(caller) = self.caller {
                    let _ = self.front.send_to(&text, caller);
                }
            }
        }
        for place in 0..self.streams.len() {
            worked |= self.carry_sound(place, true) | self.carry_sound(place, false);
        }
        worked
    }

    fn carry_sound(&mut self, place: usize, from_caller: bool) -> bool {
        let mut buffer = [0; 2048];
        let mut worked = false;
        loop {
            let stream = &self.streams[place];
            let (into, out, to) = if from_caller {
                (&stream.for_pbx, &stream.for_caller, stream.pbx)
            } else {
                (&stream.for_caller, &stream.for_pbx, stream.caller)
            };
            let Ok(length) = into.recv(&mut buffer) else { return worked };
            let out = out.try_clone().expect("a descriptor is left");
            worked = true;
            for _ in 0..self.copies() {
                if let Some(to) = to {
                    let _ = out.send_to(&buffer[..length], to);
                }
            }
        }
    }

    /// How often the next datagram arrives.
    fn copies(&mut self) -> usize {
        let (lost, again) = (self.chance.chance(self.loss), self.chance.chance(self.repetition));
        let counter = if lost {
            &self.counts.lost
        } else if again {
            &self.counts.repeated
        } else {
            &self.counts.carried
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if lost { 0 } else { 1 + usize::from(again) }
    }

    /// A message with our addresses in Contact and session description in place of its sender's.
    fn rewritten(&mut self, bytes: &[u8], from_caller: bool) -> Vec<u8> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let own = if from_caller { port_of(&self.back) } else { port_of(&self.front) };
        let call = text.lines().find_map(|line| line.strip_prefix("Call-ID: ")).unwrap_or("").to_owned();
        let lines = text.split("\r\n").map(|line| {
            if line.starts_with("Contact: ") {
                return with_port(line, "127.0.0.1:", own);
            }
            let Some(rest) = line.strip_prefix("m=audio ") else { return line.to_owned() };
            let Some(port) =
                rest.split(' ').next().and_then(|port| port.parse().ok()).filter(|port| *port >= 10_000)
            else {
                return line.to_owned();
            };
            with_port(line, "m=audio ", self.stands_for(&call, port, from_caller))
        });
        lines.collect::<Vec<_>>().join("\r\n").into_bytes()
    }

    fn stands_for(&mut self, call: &str, port: u16, is_callers: bool) -> u16 {
        let place = *self.by_call.entry(call.to_owned()).or_insert_with(|| {
            self.streams.push(RtpStream { for_caller: socket(), for_pbx: socket(), caller: None, pbx: None });
            self.streams.len() - 1
        });
        let stream = &mut self.streams[place];
        let (end, socket) = if is_callers {
            (&mut stream.caller, &stream.for_caller)
        } else {
            (&mut stream.pbx, &stream.for_pbx)
        };
        *end = Some(loopback(port));
        *self.by_port.entry(port).or_insert_with(|| port_of(socket))
    }
}

/// The line with `port` in place of the number after `mark`.
fn with_port(line: &str, mark: &str, port: u16) -> String {
    let Some((before, after)) = line.split_once(mark) else { return line.to_owned() };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    assert_eq!(digits, 5, "a port of five digits: {line}");
    format!("{before}{mark}{port}{}", &after[digits..])
}

fn socket() -> UdpSocket {
    for _ in 0..100 {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
        if port_of(&socket) >= 10_000 {
            socket.set_nonblocking(true).expect("an option");
            return socket;
        }
    }
    panic!("no port of five digits");
}

fn port_of(socket: &UdpSocket) -> u16 {
    socket.local_addr().expect("it is bound").port()
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}
