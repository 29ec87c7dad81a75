//! RTP over real sockets: one pair of ports per call, one thread for all of them.
//!
//! Whoever drives SIP opens a port before it writes an SDP body, which binds two sockets and waits for nobody;
//! everything after that is a command to the media thread. That thread owns a table of sessions
//! ([`crate::media::Streams`]), wakes at most once a millisecond, and answers with events.
//!
//! What goes wrong here (no port, no file descriptor, a packet that the kernel would not take) is the
//! generator's own fault and is reported as such, never as the PBX's.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::mpsc as events;

use crate::keypad::Key;
use crate::live::clock::Clock;
use crate::live::pcap::Trace;
use crate::media::Codec;
use crate::media::Report;
use crate::media::Settings;
use crate::media::lossy_link::Width;
use crate::outcome::MediaReport;
use crate::random::Seed;
use crate::time::Duration;

pub use ports::OpenError;
pub use ports::PortRange;

mod ports;
mod thread;

/// How the media of one process behave.
#[derive(Debug, Clone)]
pub struct Config {
    /// The local address that SDP names.
    pub address: IpAddr,
    /// Ports to use; absent: whichever the operating system gives.
    pub ports: Option<PortRange>,
    /// Most calls with media at once.
    pub capacity: usize,
    pub settings: Settings,
    /// The link that all packets pass; absent: wide enough.
    pub link: Option<Width>,
    /// Names the streams: SSRC, first sequence number and timestamp.
    pub seed: Seed,
    /// Sees every packet.
    pub trace: Option<Arc<Trace>>,
}

/// What the media thread has to say. Calls are named by their local port.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// Nothing has been heard for the media timeout.
    Silent { port: u16 },
    /// Too many packets have been lost for too long.
    Degraded { port: u16 },
    /// The far side pressed a key.
    Pressed { port: u16, key: Key },
    /// The answer to [`RtpSockets::stop`]. The port is not given out again for [`LINGER`].
    Stopped { port: u16, report: Report },
}

/// How long a port rests after its call: packets still on their way reach nobody else.
pub const LINGER: Duration = Duration::from_secs(1);

/// Sums over all calls of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub calls: u64,
    pub sent: u64,
    pub received: u64,
    /// Packets that should have been sent and were not, because this process came too late or its kernel
    /// would not take them. Our own fault.
    pub skipped: u64,
    /// How late a packet left at worst.
    pub worst_lateness: Duration,
}

/// The handle of the media thread. Dropping it ends the thread.
#[derive(Debug)]
pub struct RtpSockets {
    address: IpAddr,
    ports: ports::Ports,
    capacity: usize,
    open: BTreeSet<u16>,
    commands: mpsc::Sender<Command>,
    waker: Arc<mio::Waker>,
    thread: Option<JoinHandle<Totals>>,
}

/// What a relay sends from a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// What comes in at this port.
    pub from: u16,
    /// The far side sends, too, and its silence tells.
    pub watched: bool,
    /// Where the far side takes reports (RTCP).
    pub reports: Option<SocketAddr>,
}

/// What the handle tells the thread.
#[derive(Debug)]
enum Command {
    Open { port: u16, pair: ports::Pair },
    Start { port: u16, remote: SocketAddr, codec: Codec },
    Echo { port: u16, remote: SocketAddr },
    Relay { port: u16, remote: SocketAddr, source: Source },
    TakeEvents { port: u16, payload_type: u8 },
    Press { port: u16, key: Key },
    Stop { port: u16 },
    Finish,
}

impl RtpSockets {
    /// Starts the media thread. Events come in the order in which they happen; at most a few per call.
    ///
    /// # Errors
    /// If the operating system has no thread or no file descriptor left.
    pub fn start(config: Config, clock: Clock) -> io::Result<(Self, events::UnboundedReceiver<Event>)> {
        let (commands, inbox) = mpsc::channel();
        let (outbox, received) = events::unbounded_channel();
        let handle = (config.address, config.ports, config.capacity);
        // The PBX's own has a name of its own: its processor time is measured.
        let name = if config.settings.symmetric { "pbx-rtp" } else { "rtp" };
        let mut media = thread::MediaThread::new(config, clock, inbox, outbox)?;
        let waker = media.waker()?;
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || media.run())?;
        let (address, range, capacity) = handle;
        let ports = ports::Ports::new(range);
        let open = BTreeSet::new();
        Ok((Self { address, ports, capacity, open, commands, waker, thread: Some(thread) }, received))
    }

    /// Opens an even port and listens on it. Takes about as long as two `bind` calls.
    ///
    /// # Errors
    /// If there is no port, no file descriptor or no room: the generator's own limits.
    pub fn open(&mut self) -> Result<u16, OpenError> {
        if self.open.len() >= self.capacity {
            return Err(OpenError::Full(self.capacity));
        }
        let (port, pair) = self.ports.open(self.address)?;
        self.open.insert(port);
        self.command(Command::Open { port, pair });
        Ok(port)
    }

    /// Begins to send a tone from `port` to `remote`; if it sends already, sends there from now on.
    pub fn send(&self, port: u16, remote: SocketAddr, codec: Codec) {
        self.command(Command::Start { port, remote, codec });
    }

    /// Begins to send back from `port` what comes in there; `remote` is where to, until a packet shows better.
    pub fn echo(&self, port: u16, remote: SocketAddr) {
        self.command(Command::Echo { port, remote });
    }

    /// Begins to send from `port` to `remote` what comes in at another port, reports included.
    pub fn relay(&self, port: u16, remote: SocketAddr, source: Source) {
        self.command(Command::Relay { port, remote, source });
    }

    /// Telephone events of this payload type are keys.
    pub fn take_events(&self, port: u16, payload_type: u8) {
        self.command(Command::TakeEvents { port, payload_type });
    }

    /// Presses a key, to be sent as telephone events.
    pub fn press(&self, port: u16, key: Key) {
        self.command(Command::Press { port, key });
    }

    /// Ends the media of `port`; [`Event::Stopped`] follows. A port that is not open is ignored.
    pub fn stop(&mut self, port: u16) {
        if self.open.remove(&port) {
            self.command(Command::Stop { port });
        }
    }

    /// Calls with media.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// No call has media.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Ends the media of every call and the thread, and returns the sums.
    ///
    /// # Panics
    /// If the media thread did.
    #[must_use]
    pub fn finish(mut self) -> Totals {
        self.command(Command::Finish);
        let thread = self.thread.take().expect("only finish takes it");
        thread.join().expect("the media thread ends without a panic")
    }

    fn command(&self, command: Command) {
        // A thread that is gone has panicked, and `finish` says so.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}

impl Drop for RtpSockets {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.command(Command::Finish);
            let _ = thread.join();
        }
    }
}

impl From<Report> for MediaReport {
    fn from(report: Report) -> Self {
        Self {
            packets_sent: report.sent,
            packets_received: report.received,
            packets_lost: report.lost,
            jitter_ms: report.jitter_ms,
        }
    }
}

#[cfg(test)]
mod tests;
