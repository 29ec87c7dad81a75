//! SIP over TCP: the connections of one address, each with a task that reads and one that writes.
//!
//! The loop that owns the machines never waits for a connection: whole messages come to it through one bounded channel,
//! and what it sends goes into a bounded channel for each connection. A peer that does not read, never ends a message,
//! or is one too many loses its connection, and the reason is counted.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::sip::stream::Broken;
use crate::sip::stream::Framer;
use crate::sip::stream::Piece;
use crate::time::Duration;

/// What connections may take.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Connections at once; one more is closed as soon as it is made.
    connections: usize,
    /// Messages read and not yet looked at, of all connections: beyond them their peers wait.
    unread: usize,
    /// Messages that wait for one peer to read; beyond them it has lost its connection.
    unsent: usize,
    /// Who has begun a message and not ended it by then never will.
    longest_message: Duration,
}

const LIMITS: Limits = Limits {
    connections: 4096,
    unread: 1024,
    unsent: 1024,
    // As long as a transaction (RFC 3261 17).
    longest_message: Duration::from_secs(32),
};

/// A connection that is not made by then is not made.
const LONGEST_CONNECTING: Duration = Duration::from_secs(5);
const READ: usize = 16_384;
/// The answer to a keep-alive (RFC 5626 4.4.1).
const PONG: &[u8] = b"\r\n";

/// Why a connection is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closed {
    /// The peer has closed it, as it may.
    ByPeer,
    /// It could not be made, or the network broke it.
    Failed,
    /// What came could not be cut into messages.
    Broken(Broken),
    /// A message was begun and not ended in time.
    Unfinished,
    /// The peer did not read what it was sent.
    NotReading,
    /// It was one too many.
    TooMany,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByPeer => f.write_str("closed by the peer"),
            Self::Failed => f.write_str("could not be made, or broke"),
            Self::Broken(broken) => broken.fmt(f),
            Self::Unfinished => f.write_str("a message was begun and never ended"),
            Self::NotReading => f.write_str("the peer did not read what it was sent"),
            Self::TooMany => f.write_str("one too many"),
        }
    }
}

/// What happened to a connection, for [`Streams::heed`].
#[derive(Debug)]
pub enum Event {
    Accepted(TcpStream, SocketAddr),
    Read {
        peer: SocketAddr,
        bytes: Vec<u8>,
    },
    /// The connection with this serial number is no more.
    Gone {
        peer: SocketAddr,
        serial: u64,
        why: Closed,
    },
}

/// What it means.
#[derive(Debug)]
pub enum Heard {
    /// A whole message.
    Message { peer: SocketAddr, bytes: Vec<u8> },
    /// There is no connection to this peer any more, or none was to be had.
    Gone(SocketAddr),
}

struct Connection {
    serial: u64,
    /// Dropped, it ends the conversation once all has been written.
    unsent: mpsc::Sender<Arc<[u8]>>,
}

/// Connections by the address of their peer.
pub struct Streams {
    local: SocketAddr,
    limits: Limits,
    connections: BTreeMap<SocketAddr, Connection>,
    events: mpsc::Sender<Event>,
    tasks: JoinSet<()>,
    next_serial: u64,
    closed: BTreeMap<Closed, u64>,
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("connections", &self.connections.len()).finish_non_exhaustive()
    }
}

impl Streams {
    /// Takes over a listening socket. Call inside a runtime; what the receiver yields is for [`Streams::heed`].
    ///
    /// # Errors
    /// If the runtime cannot watch the socket.
    pub fn new(listener: std::net::TcpListener) -> io::Result<(Self, mpsc::Receiver<Event>)> {
        Self::within(LIMITS, listener)
    }

    fn within(limits: Limits, listener: std::net::TcpListener) -> io::Result<(Self, mpsc::Receiver<Event>)> {
        let listener = TcpListener::from_std(listener)?;
        let local = listener.local_addr()?;
        let (events, receiver) = mpsc::channel(limits.unread);
        tokio::spawn(accept(listener, events.clone()));
        let streams = Self {
            local,
            limits,
            connections: BTreeMap::new(),
            events,
            tasks: JoinSet::new(),
            next_serial: 0,
            closed: BTreeMap::new(),
        };
        Ok((streams, receiver))
    }

    /// Keeps the list of connections.
    pub fn heed(&mut self, event: Event) -> Option<Heard> {
        while self.tasks.try_join_next().is_some() {}
        match event {
            Event::Accepted(stream, peer) => {
                if self.connections.len() < self.limits.connections {
                    self.start(peer, Some(stream));
                } else {
                    self.count(Closed::TooMany);
                }
                None
            }
            Event::Read { peer, bytes } => Some(Heard::Message { peer, bytes }),
            Event::Gone { peer, serial, why } => {
                self.count(why);
                let current = self.connections.get(&peer).is_some_and(|known| known.serial == serial);
                if current {
                    self.connections.remove(&peer);
                }
                // Where the peer has connected anew, nobody is gone.
                (current || !self.connections.contains_key(&peer)).then_some(Heard::Gone(peer))
            }
        }
    }

    /// Sends a message on the connection to `peer`, which is made if there is none.
    pub fn send(&mut self, peer: SocketAddr, bytes: Arc<[u8]>) {
        if !self.connections.contains_key(&peer) {
            if self.connections.len() >= self.limits.connections {
                return self.say_gone(peer, Closed::TooMany);
            }
            self.start(peer, None);
        }
        let Some(connection) = self.connections.get(&peer) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = connection.unsent.try_send(bytes) {
            self.connections.remove(&peer);
            self.say_gone(peer, Closed::NotReading);
        }
    }

    /// Connections that ended of themselves, by reason.
    #[must_use]
    pub const fn closed(&self) -> &BTreeMap<Closed, u64> {
        &self.closed
    }

    /// Ends every connection once what was to be sent is on its way, within `limit`.
    pub async fn finish(&mut self, limit: Duration) {
        self.connections.clear();
        let tasks = &mut self.tasks;
        let written = async { while tasks.join_next().await.is_some() {} };
        // Whoever does not read by then has had their time.
        let _ = tokio::time::timeout(limit, written).await;
    }

    fn count(&mut self, why: Closed) {
        *self.closed.entry(why).or_default() += 1;
    }

    fn start(&mut self, peer: SocketAddr, stream: Option<TcpStream>) {
        let serial = self.next_serial;
        self.next_serial += 1;
        let (unsent, to_write) = mpsc::channel(self.limits.unsent);
        let events = self.events.clone();
        let (local, pongs, patience) = (self.local, unsent.downgrade(), self.limits.longest_message);
        self.connections.insert(peer, Connection { serial, unsent });
        self.tasks.spawn(async move {
            let stream = match stream {
                Some(stream) => Ok(stream),
                None => connect(local, peer).await,
            };
            let why = match stream {
                Ok(stream) => converse(stream, peer, to_write, (pongs, patience), &events).await,
                Err(_) => Some(Closed::Failed),
            };
            if let Some(why) = why {
                // A loop that has ended asks for nothing.
                let _ = events.send(Event::Gone { peer, serial, why }).await;
            }
        });
    }

    /// Lets it be known that there is no way to `peer`, in the order of things.
    fn say_gone(&mut self, peer: SocketAddr, why: Closed) {
        let (events, serial) = (self.events.clone(), u64::MAX);
        self.tasks.spawn(async move {
            let _ = events.send(Event::Gone { peer, serial, why }).await;
        });
    }
}

async fn accept(listener: TcpListener, events: mpsc::Sender<Event>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if events.send(Event::Accepted(stream, peer)).await.is_err() {
                    return;
                }
            }
            // No descriptor left, or the peer gone already: the next one may have more luck, a little later.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connect(local: SocketAddr, peer: SocketAddr) -> io::Result<TcpStream> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(local.ip(), 0))?;
    tokio::time::timeout(LONGEST_CONNECTING, socket.connect(peer)).await?
}

/// Reads and writes until one of them can go on no longer; `None` if it was our end that wanted no more.
async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    to_write: mpsc::Receiver<Arc<[u8]>>,
    (pongs, longest_message): (mpsc::WeakSender<Arc<[u8]>>, Duration),
    events: &mpsc::Sender<Event>,
) -> Option<Closed> {
    // A request and its response are whole messages: nothing is gained by waiting for more to send with them.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    tokio::select! {
        why = read(reader, peer, (pongs, longest_message), events) => Some(why),
        why = write(writer, to_write) => why,
    }
}

async fn read(
    mut reader: OwnedReadHalf,
    peer: SocketAddr,
    (pongs, longest_message): (mpsc::WeakSender<Arc<[u8]>>, Duration),
    events: &mpsc::Sender<Event>,
) -> Closed {
    let (mut framer, mut buffer) = (Framer::new(), vec![0; READ]);
    let mut patience: Option<std::pin::Pin<Box<tokio::time::Sleep>>> = None;
    loop {
        let read = match &mut patience {
            None => reader.read(&mut buffer).await,
            Some(patience) => tokio::select! {
                biased;
                read = reader.read(&mut buffer) => read,
                () = patience => return Closed::Unfinished,
            },
        };
        match read {
            Ok(0) => return Closed::ByPeer,
            Ok(length) => framer.push(&buffer[..length]),
            Err(_) => return Closed::Failed,
        }
        loop {
            let bytes = match framer.next() {
                Ok(Some(Piece::Message(bytes))) => bytes.to_vec(),
                Ok(Some(Piece::KeepAlive)) => {
                    if let Some(pongs) = pongs.upgrade() {
                        // Whoever reads none needs none.
                        let _ = pongs.try_send(PONG.into());
                    }
                    continue;
                }
                Ok(None) => break,
                Err(broken) => return Closed::Broken(broken),
            };
            patience = None;
            if events.send(Event::Read { peer, bytes }).await.is_err() {
                return Closed::ByPeer;
            }
        }
        if !framer.is_unfinished() {
            patience = None;
        } else if patience.is_none() {
            patience = Some(Box::pin(tokio::time::sleep(longest_message)));
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut to_write: mpsc::Receiver<Arc<[u8]>>) -> Option<Closed> {
    while let Some(bytes) = to_write.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            return Some(Closed::Failed);
        }
    }
    let _ = writer.shutdown().await;
    None
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::io::Write;

    use super::*;

    const SMALL: Limits =
        Limits { connections: 2, unread: 16, unsent: 4, longest_message: Duration::from_millis(300) };
    const MESSAGE: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";

    /// Connections under small limits, and what is heard of them until `enough` says so.
    struct Bench {
        runtime: tokio::runtime::Runtime,
        streams: Streams,
        events: mpsc::Receiver<Event>,
    }

    impl Bench {
        fn new(limits: Limits) -> Self {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let (streams, events) = runtime.block_on(async { Streams::within(limits, listener) }).unwrap();
            Self { runtime, streams, events }
        }

        fn connect(&self) -> std::net::TcpStream {
            let stream = std::net::TcpStream::connect(self.streams.local).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            stream
        }

        fn heed_until(&mut self, mut enough: impl FnMut(&mut Streams, Option<&Heard>) -> bool) {
            let Self { runtime, streams, events } = self;
            runtime.block_on(async {
                loop {
                    let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
                    let heard = streams.heed(event.expect("something happens").expect("the task lives"));
                    if enough(streams, heard.as_ref()) {
                        return;
                    }
                }
            });
        }
    }

    fn is_closed(mut stream: std::net::TcpStream) -> bool {
        matches!(stream.read(&mut [0; 64]), Ok(0) | Err(_))
    }

    #[test]
    fn one_connection_too_many_is_closed_and_the_others_go_on() {
        let mut bench = Bench::new(SMALL);
        let mut first = bench.connect();
        let _second = bench.connect();
        bench.heed_until(|streams, _| streams.connections.len() == 2);
        let third = bench.connect();
        bench.heed_until(|streams, _| streams.closed.get(&Closed::TooMany) == Some(&1));
        assert!(is_closed(third));
        first.write_all(MESSAGE).unwrap();
        bench.heed_until(|_, heard| matches!(heard, Some(Heard::Message { bytes, .. }) if bytes == MESSAGE));
        // Nor is one made beyond the limit.
        let peer = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let runtime = bench.runtime.handle().clone();
        let _inside = runtime.enter();
        bench.streams.send(peer, MESSAGE.into());
        bench.heed_until(|streams, heard| {
            streams.closed.get(&Closed::TooMany) == Some(&2)
                && matches!(heard, Some(Heard::Gone(gone)) if *gone == peer)
        });
        assert_eq!(bench.streams.connections.len(), 2);
    }

    #[test]
    fn who_begins_a_message_has_so_long_to_end_it() {
        let mut bench = Bench::new(Limits { connections: 8, ..SMALL });
        let (mut slow, mut idle) = (bench.connect(), bench.connect());
        idle.write_all(MESSAGE).unwrap();
        slow.write_all(&MESSAGE[..10]).unwrap();
        let peer = slow.local_addr().unwrap();
        bench.heed_until(|_, heard| matches!(heard, Some(Heard::Gone(gone)) if *gone == peer));
        assert_eq!(bench.streams.closed.get(&Closed::Unfinished), Some(&1));
        assert!(is_closed(slow));
        // Who says nothing at all has begun nothing: that connection is still there.
        idle.write_all(MESSAGE).unwrap();
        let ours = idle.local_addr().unwrap();
        bench.heed_until(|_, heard| matches!(heard, Some(Heard::Message { peer, .. }) if *peer == ours));
        assert_eq!(bench.streams.closed.len(), 1, "{:?}", bench.streams.closed);
    }

    #[test]
    fn who_does_not_read_loses_the_connection_and_holds_nobody_up() {
        let mut bench = Bench::new(Limits { connections: 8, ..SMALL });
        let (mut deaf, mut other) = (bench.connect(), bench.connect());
        let (peer, ours) = (deaf.local_addr().unwrap(), other.local_addr().unwrap());
        bench.heed_until(|streams, _| streams.connections.len() == 2);
        let runtime = bench.runtime.handle().clone();
        let _inside = runtime.enter();
        let long: Arc<[u8]> = vec![b' '; 1 << 20].into();
        let mut sent = 0;
        while bench.streams.connections.contains_key(&peer) {
            bench.streams.send(peer, long.clone());
            sent += 1;
            assert!(sent < 10_000, "memory grows without bound");
            bench.runtime.block_on(tokio::task::yield_now());
        }
        bench.heed_until(|_, heard| matches!(heard, Some(Heard::Gone(gone)) if *gone == peer));
        assert_eq!(bench.streams.closed.get(&Closed::NotReading), Some(&1));
        other.write_all(MESSAGE).unwrap();
        bench.heed_until(|_, heard| matches!(heard, Some(Heard::Message { peer, .. }) if *peer == ours));
        let mut bytes = Vec::new();
        let _ = deaf.read_to_end(&mut bytes);
        assert!(bytes.len() < sent << 20, "what it did not read in time never comes");
    }
}
