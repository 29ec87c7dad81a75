//! A UDP socket with what every user of one needs: a bounded queue for what the kernel would not take, a
//! large receive buffer, and a witness of every message; and beside it, where wanted, connections at the same port.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::Domain;
use socket2::Protocol;
use socket2::Socket;
use socket2::Type;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use crate::live::log::MessageLog;
use crate::live::pcap::Trace;
use crate::live::streams::Closed;
use crate::live::streams::Event;
use crate::live::streams::Heard;
use crate::live::streams::Streams;
use crate::sip::hop::Hop;
use crate::sip::hop::Transport;
use crate::time::Duration;
use crate::time::Instant;

/// Asked of the kernel, which may give less.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Datagrams that wait for the kernel; beyond it they are lost, as on any full link, and counted.
const MOST_WAITING: usize = 65_536;
/// Larger than any UDP datagram.
pub const DATAGRAM: usize = 65_535;

/// Ports tried for one that is free for UDP and TCP alike.
const TRIES: usize = 64;
/// Connections that wait to be taken over.
const BACKLOG: i32 = 1024;

/// Who sees every message: a packet capture, a message log, or nobody.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    pub trace: Option<Arc<Trace>>,
    pub log: Option<Arc<MessageLog>>,
}

impl Witness {
    fn sent(&self, at: Instant, local: SocketAddr, remote: Hop, bytes: &[u8]) {
        self.trace(at, remote.transport, [local, remote.address], bytes);
        if let Some(log) = &self.log {
            log.message(at, true, local, remote.address, bytes);
        }
    }

    fn received(&self, at: Instant, local: SocketAddr, remote: Hop, bytes: &[u8]) {
        self.trace(at, remote.transport, [remote.address, local], bytes);
        if let Some(log) = &self.log {
            log.message(at, false, local, remote.address, bytes);
        }
    }

    fn trace(&self, at: Instant, by: Transport, [source, destination]: [SocketAddr; 2], bytes: &[u8]) {
        let Some(trace) = &self.trace else { return };
        match by {
            Transport::Udp => trace.datagram(at, source, destination, bytes),
            Transport::Tcp => trace.segment(at, source, destination, bytes),
        }
    }
}

/// A socket, its outgoing queue and its witness.
pub struct Wire {
    socket: UdpSocket,
    local: SocketAddr,
    waiting: VecDeque<(SocketAddr, Arc<[u8]>)>,
    witness: Witness,
    streams: Option<Streams>,
    /// Datagrams that could not be sent: the generator's own fault.
    pub unsent: u64,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("local", &self.local)
            .field("unsent", &self.unsent)
            .finish_non_exhaustive()
    }
}

/// A socket that has its address and waits for its runtime.
#[derive(Debug)]
pub struct Bound {
    udp: std::net::UdpSocket,
    tcp: Option<std::net::TcpListener>,
}

impl Bound {
    /// The socket's own address.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }
}

/// What happens to connections, if there are any.
#[derive(Debug)]
pub struct Connections(Option<mpsc::Receiver<Event>>);

impl Connections {
    /// The next event; never without connections.
    pub async fn next(&mut self) -> Event {
        if let Some(events) = &mut self.0
            && let Some(event) = events.recv().await
        {
            return event;
        }
        std::future::pending().await
    }
}

/// Binds a non-blocking UDP socket with a large receive buffer.
///
/// # Errors
/// If the address is taken or not this machine's.
pub fn bind(address: SocketAddr) -> io::Result<Bound> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // A refusal is no failure: the kernel's default then holds.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    let _ = socket.set_send_buffer_size(RECEIVE_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(Bound { udp: socket.into(), tcp: None })
}

/// Binds the same port for UDP and for TCP.
///
/// # Errors
/// If the address is taken for either, or not this machine's.
pub fn bind_both(address: SocketAddr) -> io::Result<Bound> {
    let mut tries = 0;
    loop {
        let bound = bind(address)?;
        match listen(bound.address()?) {
            Ok(listener) => return Ok(Bound { tcp: Some(listener), ..bound }),
            // The kernel chose a port that TCP has no room at: it may choose another.
            Err(error)
                if address.port() == 0 && error.kind() == io::ErrorKind::AddrInUse && tries < TRIES =>
            {
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of a program that has just ended don't stand in the way of the next one.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Wire {
    /// Takes over a bound, non-blocking socket. Call inside a runtime. What the receiver yields is for [`Wire::heed`].
    ///
    /// # Errors
    /// If the runtime cannot watch the socket.
    pub fn new(bound: Bound, witness: Witness) -> io::Result<(Self, Connections)> {
        let socket = UdpSocket::from_std(bound.udp)?;
        let local = socket.local_addr()?;
        let (streams, events) = bound.tcp.map(Streams::new).transpose()?.unzip();
        let wire = Self { socket, local, waiting: VecDeque::new(), witness, streams, unsent: 0 };
        Ok((wire, Connections(events)))
    }

    /// The socket's own address.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends, or queues what the kernel would not take now.
    pub fn send(&mut self, now: Instant, hop: Hop, bytes: Arc<[u8]>) {
        let destination = hop.address;
        self.witness.sent(now, self.local, hop, &bytes);
        if hop.transport == Transport::Tcp {
            match &mut self.streams {
                Some(streams) => streams.send(destination, bytes),
                // A peer may name any transport; without connections there is no way to it.
                None => self.unsent += 1,
            }
            return;
        }
        if self.waiting.is_empty() {
            match self.socket.try_send_to(&bytes, destination) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // What the network refuses is lost, as on any link: the transaction sends it again.
                Ok(_) | Err(_) => return,
            }
        }
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push_back((destination, bytes));
        } else {
            self.unsent += 1;
        }
    }

    /// Sends what waits, as far as the kernel takes it.
    pub fn flush(&mut self) {
        while let Some((destination, bytes)) = self.waiting.front() {
            match self.socket.try_send_to(bytes, *destination) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => drop(self.waiting.pop_front()),
            }
        }
    }

    /// The next datagram, if one has come.
    pub fn receive(&mut self, now: Instant, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        loop {
            match self.socket.try_recv_from(buffer) {
                Ok((length, source)) => {
                    self.witness.received(now, self.local, Hop::udp(source), &buffer[..length]);
                    return Some((length, source));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // An ICMP error of an earlier datagram: read on.
                Err(_) => {}
            }
        }
    }

    /// Keeps the list of connections, and says what an event means.
    pub fn heed(&mut self, now: Instant, event: Event) -> Option<Heard> {
        let heard = self.streams.as_mut()?.heed(event);
        if let Some(Heard::Message { peer, bytes }) = &heard {
            self.witness.received(now, self.local, Hop::tcp(*peer), bytes);
        }
        heard
    }

    /// Ends every connection once what was to be sent is on its way, within `limit`; says how many ended before, and
    /// why.
    pub async fn finish(&mut self, limit: Duration) -> Vec<(Closed, u64)> {
        let Some(streams) = &mut self.streams else { return Vec::new() };
        streams.finish(limit).await;
        streams.closed().iter().map(|(why, count)| (*why, *count)).collect()
    }

    /// Waits until a datagram can be received, or the kernel takes what waits to be sent.
    ///
    /// # Errors
    /// If the runtime lost the socket.
    pub async fn ready(&self) -> io::Result<()> {
        let interest = if self.waiting.is_empty() {
            tokio::io::Interest::READABLE
        } else {
            tokio::io::Interest::READABLE | tokio::io::Interest::WRITABLE
        };
        self.socket.ready(interest).await.map(drop)
    }
}
