//! The media thread: sleeps until a slot, a packet or a command, and carries out what the sessions decide.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;

use mio::Interest;
use mio::Token;
use tokio::sync::mpsc as events;

use crate::keypad::Key;
use crate::live::clock::Clock;
use crate::live::pcap::Trace;
use crate::live::rtp_sockets::Command;
use crate::live::rtp_sockets::Config;
use crate::live::rtp_sockets::Event;
use crate::live::rtp_sockets::LINGER;
use crate::live::rtp_sockets::Source;
use crate::live::rtp_sockets::Totals;
use crate::live::rtp_sockets::ports::Pair;
use crate::media::Codec;
use crate::media::Report;
use crate::media::Streams;
use crate::media::lossy_link::{LossyLink, Way};
use crate::media::rtp;
use crate::media::session::Action;
use crate::media::streams::CallAction;
use crate::random::Purpose;
use crate::time::Instant;

const WAKER: Token = Token(usize::MAX);
/// In tokens: the socket for RTCP.
const RTCP: usize = 1 << (usize::BITS - 2);
/// Readiness events taken from the kernel at once.
const READY_MAX: usize = 256;
/// Packets read from one socket before the others have their turn: a flood must not stop the clock.
const BURST: usize = 32;
/// Which stream of chance loses packets.
const LINK: u64 = 1 << 62;
/// Longest datagram of interest; the rest of a longer one is cut off.
const DATAGRAM_MAX: usize = 2048;

/// All that the thread owns. Calls are numbered in the order of their opening, because a port comes back.
pub(super) struct MediaThread {
    address: std::net::IpAddr,
    clock: Clock,
    poll: mio::Poll,
    commands: mpsc::Receiver<Command>,
    events: events::UnboundedSender<Event>,
    trace: Option<Arc<Trace>>,
    streams: Streams,
    symmetric: bool,
    link: Option<LossyLink>,
    calls: BTreeMap<u64, Call>,
    /// Which call has a port now.
    numbers: BTreeMap<u16, u64>,
    opened: u64,
    /// Sockets of ended calls, until their ports may be used again.
    resting: VecDeque<(Instant, Call)>,
    /// Calls with packets left unread after a burst.
    unread: Vec<u64>,
    actions: Vec<CallAction>,
    totals: Totals,
}

struct Call {
    port: u16,
    socket: mio::net::UdpSocket,
    rtcp: mio::net::UdpSocket,
    /// Where the far side takes reports, and whether at its port for RTP: as agreed, or where they come from.
    reports: Option<(SocketAddr, bool)>,
    /// Packets that the kernel would not take.
    unsent: u64,
}

impl MediaThread {
    pub fn new(
        config: Config,
        clock: Clock,
        commands: mpsc::Receiver<Command>,
        events: events::UnboundedSender<Event>,
    ) -> io::Result<Self> {
        Ok(Self {
            address: config.address,
            clock,
            poll: mio::Poll::new()?,
            commands,
            events,
            trace: config.trace,
            link: config.link.map(|width| LossyLink::new(width, config.seed.stream(Purpose::Network, LINK))),
            symmetric: config.settings.symmetric,
            streams: Streams::new(config.settings, config.seed, config.capacity),
            calls: BTreeMap::new(),
            numbers: BTreeMap::new(),
            opened: 0,
            resting: VecDeque::new(),
            unread: Vec::new(),
            actions: Vec::new(),
            totals: Totals::default(),
        })
    }

    pub fn waker(&mut self) -> io::Result<Arc<mio::Waker>> {
        Ok(Arc::new(mio::Waker::new(self.poll.registry(), WAKER)?))
    }

    /// Runs until the handle says `Finish` or is gone.
    pub fn run(&mut self) -> Totals {
        let mut ready = mio::Events::with_capacity(READY_MAX);
        loop {
            self.wait(&mut ready);
            for unread in std::mem::take(&mut self.unread) {
                if unread & RTCP as u64 == 0 {
                    self.receive(unread);
                } else {
                    self.receive_reports(unread & !(RTCP as u64));
                }
            }
            for event in ready.iter().filter(|event| event.token() != WAKER) {
                let token = event.token().0;
                if token & RTCP == 0 {
                    self.receive(token as u64);
                } else {
                    self.receive_reports((token & !RTCP) as u64);
                }
            }
            if !self.obey() {
                return self.end_all();
            }
            let now = self.clock.now();
            self.streams.deadline_reached(now, &mut self.actions);
            self.carry_out(now, &mut []);
            self.wake_rested(now);
        }
    }

    fn wait(&mut self, ready: &mut mio::Events) {
        let now = self.clock.now();
        let resting = self.resting.front().map(|(until, _)| *until);
        let deadline = self.streams.next_deadline().into_iter().chain(resting).min();
        let deadline = if self.unread.is_empty() { deadline } else { Some(now) };
        match self.poll.poll(ready, deadline.map(|deadline| deadline - now)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                unreachable!("polling a valid descriptor fails only by interruption, not by {error}")
            }
            _ => {}
        }
    }

    /// Carries out the handle's commands; false when the thread should end.
    fn obey(&mut self) -> bool {
        loop {
            let now = self.clock.now();
            match self.commands.try_recv() {
                Ok(Command::Open { port, pair }) => self.open(port, pair),
                Ok(Command::Start { port, remote, codec }) => self.start(now, port, remote, codec),
                Ok(Command::Echo { port, remote }) => self.echo(now, port, remote),
                Ok(Command::Relay { port, remote, source }) => self.relay(now, port, remote, source),
                Ok(Command::TakeEvents { port, payload_type }) => self.take_events(now, port, payload_type),
                Ok(Command::Press { port, key }) => self.press(now, port, key),
                Ok(Command::Stop { port }) => self.stop(now, port),
                Err(mpsc::TryRecvError::Empty) => return true,
                Ok(Command::Finish) | Err(mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn open(&mut self, port: u16, pair: Pair) {
        let number = self.opened;
        self.opened += 1;
        self.totals.calls += 1;
        self.streams.open(number).expect("the handle keeps to the capacity and numbers are new");
        let mut socket = mio::net::UdpSocket::from_std(pair.rtp);
        let token = Token(usize::try_from(number).expect("a process does not see 2^32 calls on 32 bits"));
        // Without readiness the call hears nothing and is reported silent; that needs a kernel out of memory.
        let _ = self.poll.registry().register(&mut socket, token, Interest::READABLE);
        let mut reports = mio::net::UdpSocket::from_std(pair.reports);
        let _ = self.poll.registry().register(&mut reports, Token(token.0 | RTCP), Interest::READABLE);
        self.calls.insert(number, Call { port, socket, rtcp: reports, reports: None, unsent: 0 });
        self.numbers.insert(port, number);
    }

    fn start(&mut self, now: Instant, port: u16, remote: SocketAddr, codec: Codec) {
        if let Some(&number) = self.numbers.get(&port) {
            self.streams.start(now, number, remote, codec, &mut self.actions);
            self.carry_out(now, &mut []);
        }
    }

    fn echo(&mut self, now: Instant, port: u16, remote: SocketAddr) {
        if let Some(&number) = self.numbers.get(&port) {
            self.streams.start_echo(now, number, remote, &mut self.actions);
            self.carry_out(now, &mut []);
        }
    }

    fn relay(&mut self, now: Instant, port: u16, remote: SocketAddr, source: Source) {
        let Source { from, watched, reports } = source;
        if let (Some(&from), Some(&number)) = (self.numbers.get(&from), self.numbers.get(&port)) {
            if let Some(call) = self.calls.get_mut(&number) {
                let is_muxed = |reports| reports == remote || call.reports == Some((reports, true));
                call.reports = reports.map(|reports| (reports, is_muxed(reports)));
            }
            self.streams.start_relay(now, (from, number), remote, watched, &mut self.actions);
            self.carry_out(now, &mut []);
        }
    }

    fn take_events(&mut self, now: Instant, port: u16, payload_type: u8) {
        if let Some(&number) = self.numbers.get(&port) {
            self.streams.take_events(now, number, payload_type);
        }
    }

    fn press(&mut self, now: Instant, port: u16, key: Key) {
        if let Some(&number) = self.numbers.get(&port) {
            self.streams.press(now, number, key, &mut self.actions);
            self.carry_out(now, &mut []);
        }
    }

    fn stop(&mut self, now: Instant, port: u16) {
        let Some(number) = self.numbers.remove(&port) else { return };
        // What the network has delivered was in time: it is only we who have not read it.
        self.receive(number);
        let report = self.streams.stop(now, number, &mut self.actions);
        self.carry_out(now, &mut []);
        let mut call = self.calls.remove(&number).expect("a numbered port belongs to a call");
        let _ = self.poll.registry().deregister(&mut call.socket);
        let _ = self.poll.registry().deregister(&mut call.rtcp);
        let report = call.correct(report.expect("a call is in the table of streams from its opening"));
        self.totals.add(&report);
        self.resting.push_back((now + LINGER, call));
        // The receiver may be gone at the end of a run; then nobody wants to know.
        let _ = self.events.send(Event::Stopped { port, report });
    }

    fn end_all(&mut self) -> Totals {
        for port in self.numbers.keys().copied().collect::<Vec<_>>() {
            self.stop(self.clock.now(), port);
        }
        self.totals
    }

    fn wake_rested(&mut self, now: Instant) {
        while self.resting.front().is_some_and(|(until, _)| *until <= now) {
            self.resting.pop_front();
        }
    }

    fn receive(&mut self, number: u64) {
        let mut buffer = [0; DATAGRAM_MAX];
        for _ in 0..BURST {
            let Some(call) = self.calls.get(&number) else { return };
            match call.socket.recv_from(&mut buffer) {
                Ok((length, source)) => {
                    let now = self.clock.now();
                    let datagram = &mut buffer[..length];
                    if rtp::is_rtcp(datagram) {
                        self.pass_report_on(now, number, (source, true), datagram);
                        continue;
                    }
                    if let Some(trace) = &self.trace {
                        trace.datagram(now, source, SocketAddr::new(self.address, call.port), datagram);
                    }
                    if !carries(&mut self.link, now, Way::Down, length) {
                        continue;
                    }
                    self.streams.packet(now, number, source, datagram, &mut self.actions);
                    self.carry_out(now, datagram);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error about an earlier packet; the next call reads on.
                Err(_) => {}
            }
        }
        self.unread.push(number);
    }

    /// Reports at the port of their own.
    fn receive_reports(&mut self, number: u64) {
        let mut buffer = [0; DATAGRAM_MAX];
        for _ in 0..BURST {
            let Some(call) = self.calls.get(&number) else { return };
            match call.rtcp.recv_from(&mut buffer) {
                Ok((length, source)) if rtp::is_rtcp(&buffer[..length]) => {
                    let now = self.clock.now();
                    self.pass_report_on(now, number, (source, false), &buffer[..length]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {}
            }
        }
        self.unread.push(number | RTCP as u64);
    }

    /// Reports are for whoever hears the stream; they are no sound, and nobody is there because of them.
    fn pass_report_on(&mut self, now: Instant, number: u64, from: (SocketAddr, bool), report: &[u8]) {
        let (source, is_muxed) = from;
        let Some(call) = self.calls.get_mut(&number) else { return };
        let local = SocketAddr::new(self.address, call.port + u16::from(!is_muxed));
        if let Some(trace) = &self.trace {
            trace.datagram(now, source, local, report);
        }
        if self.symmetric {
            call.reports = Some(from);
        }
        let Some(hearer) = self.streams.hearer(number).and_then(|hearer| self.calls.get(&hearer)) else {
            return;
        };
        let Some((remote, is_muxed)) = hearer.reports else { return };
        let socket = if is_muxed { &hearer.socket } else { &hearer.rtcp };
        // One that the kernel does not take is one of many.
        if socket.send_to(report, remote).is_ok()
            && let Some(trace) = &self.trace
        {
            let local = SocketAddr::new(self.address, hearer.port + u16::from(!is_muxed));
            trace.datagram(now, local, remote, report);
        }
    }

    /// `received` is the packet that has just come in, if one has.
    fn carry_out(&mut self, now: Instant, received: &mut [u8]) {
        for (number, action) in self.actions.drain(..) {
            let Some(call) = self.calls.get_mut(&number) else { continue };
            let local = SocketAddr::new(self.address, call.port);
            let length = match &action {
                Action::Transmit { datagram, .. } => datagram.len(),
                Action::TransmitEvent { datagram, .. } => datagram.len(),
                Action::SendBack { .. } | Action::SendOn { .. } => received.len(),
                Action::Pressed(_) | Action::Silent | Action::Degraded => 0,
            };
            // What the link loses has left us.
            if length > 0 && !carries(&mut self.link, now, Way::Up, length) {
                continue;
            }
            match action {
                Action::Transmit { remote, datagram } => {
                    call.send(now, self.trace.as_deref(), local, remote, &datagram);
                }
                Action::TransmitEvent { remote, datagram } => {
                    call.send(now, self.trace.as_deref(), local, remote, &datagram);
                }
                Action::Pressed(key) => {
                    let _ = self.events.send(Event::Pressed { port: call.port, key });
                }
                Action::SendBack { remote, ssrc } => {
                    rtp::set_ssrc(received, ssrc);
                    call.send(now, self.trace.as_deref(), local, remote, received);
                }
                Action::SendOn { remote } => call.send(now, self.trace.as_deref(), local, remote, received),
                Action::Silent => {
                    let _ = self.events.send(Event::Silent { port: call.port });
                }
                Action::Degraded => {
                    let _ = self.events.send(Event::Degraded { port: call.port });
                }
            }
        }
    }
}

/// Whether the link lets a datagram through.
fn carries(link: &mut Option<LossyLink>, now: Instant, way: Way, length: usize) -> bool {
    link.as_mut().is_none_or(|link| link.carries(now, way, length))
}

impl Call {
    fn send(
        &mut self,
        now: Instant,
        trace: Option<&Trace>,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
    ) {
        match self.socket.send_to(bytes, remote) {
            Ok(_) => trace.into_iter().for_each(|trace| trace.datagram(now, local, remote, bytes)),
            Err(_) => self.unsent += 1,
        }
    }

    /// A packet that the kernel would not take was not sent.
    fn correct(&self, report: Report) -> Report {
        Report { sent: report.sent - self.unsent, skipped: report.skipped + self.unsent, ..report }
    }
}

impl Totals {
    fn add(&mut self, report: &Report) {
        self.sent += report.sent;
        self.received += report.received;
        self.skipped += report.skipped;
        self.worst_lateness = self.worst_lateness.max(report.worst_lateness);
    }
}
