//! A UDP socket with what every user of one needs: a bounded queue for what the kernel would not take, a
//! large receive buffer, and a witness of every datagram.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::Domain;
use socket2::Protocol;
use socket2::Socket;
use socket2::Type;
use tokio::net::UdpSocket;

use crate::live::log::MessageLog;
use crate::live::pcap::Trace;
use crate::time::Instant;

/// Asked of the kernel, which may give less.
const RECEIVE_BUFFER: usize = 8 << 20;
/// Datagrams that wait for the kernel; beyond it they are lost, as on any full link, and counted.
const MOST_WAITING: usize = 65_536;
/// Larger than any UDP datagram.
pub const DATAGRAM: usize = 65_535;

/// Who sees every datagram: a packet capture, a message log, or nobody.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    pub trace: Option<Arc<Trace>>,
    pub log: Option<Arc<MessageLog>>,
}

impl Witness {
    fn sent(&self, at: Instant, local: SocketAddr, remote: SocketAddr, bytes: &[u8]) {
        if let Some(trace) = &self.trace {
            trace.datagram(at, local, remote, bytes);
        }
        if let Some(log) = &self.log {
            log.message(at, true, local, remote, bytes);
        }
    }

    fn received(&self, at: Instant, local: SocketAddr, remote: SocketAddr, bytes: &[u8]) {
        if let Some(trace) = &self.trace {
            trace.datagram(at, remote, local, bytes);
        }
        if let Some(log) = &self.log {
            log.message(at, false, local, remote, bytes);
        }
    }
}

/// A socket, its outgoing queue and its witness.
pub struct Wire {
    socket: UdpSocket,
    local: SocketAddr,
    waiting: VecDeque<(SocketAddr, Arc<[u8]>)>,
    witness: Witness,
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
pub struct Bound(std::net::UdpSocket);

impl Bound {
    /// The socket's own address.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
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
    Ok(Bound(socket.into()))
}

impl Wire {
    /// Takes over a bound, non-blocking socket. Call inside a runtime.
    ///
    /// # Errors
    /// If the runtime cannot watch the socket.
    pub fn new(socket: Bound, witness: Witness) -> io::Result<Self> {
        let socket = UdpSocket::from_std(socket.0)?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, waiting: VecDeque::new(), witness, unsent: 0 })
    }

    /// The socket's own address.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends, or queues what the kernel would not take now.
    pub fn send(&mut self, now: Instant, destination: SocketAddr, bytes: Arc<[u8]>) {
        self.witness.sent(now, self.local, destination, &bytes);
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
                    self.witness.received(now, self.local, source, &buffer[..length]);
                    return Some((length, source));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return None,
                // An ICMP error of an earlier datagram: read on.
                Err(_) => {}
            }
        }
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
