//! Where a message goes to or has come from: an address, and the transport that leads there.

use std::fmt;
use std::net::SocketAddr;

/// What carries messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Transport {
    /// Each message is a datagram, and may be lost, repeated or overtaken.
    #[default]
    Udp,
    /// Messages come one after the other on a connection, all of them or none.
    Tcp,
}

impl Transport {
    /// As a Via writes it (RFC 3261 25.1).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// True if the network sends again what it loses, so that a transaction need not (RFC 3261 17).
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        matches!(self, Self::Tcp)
    }
}

/// The far end of a message's way. Over TCP it names the connection: there is one for each address of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// The peer's address; of a connection that the peer has made, the port is one that nobody else can call.
    pub address: SocketAddr,
    /// The way to it.
    pub transport: Transport,
}

impl Hop {
    /// A peer that is sent datagrams.
    #[must_use]
    pub const fn udp(address: SocketAddr) -> Self {
        Self { address, transport: Transport::Udp }
    }

    /// A peer at the other end of a connection.
    #[must_use]
    pub const fn tcp(address: SocketAddr) -> Self {
        Self { address, transport: Transport::Tcp }
    }
}

impl From<SocketAddr> for Hop {
    /// Over UDP.
    fn from(address: SocketAddr) -> Self {
        Self::udp(address)
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.transport.name())
    }
}
