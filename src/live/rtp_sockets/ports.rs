//! Pairs of ports: RTP on an even one, RTCP on the next (RFC 3550, section 11).

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::str::FromStr;

use crate::live::resources;

/// Ports tried before the operating system's choice is given up: half of its choices suit.
const ATTEMPTS: u32 = 64;

/// The two sockets of a call: for RTP, and for reports about it.
#[derive(Debug)]
pub(super) struct Pair {
    pub rtp: UdpSocket,
    pub reports: UdpSocket,
}

impl Pair {
    fn new(rtp: UdpSocket, reports: UdpSocket) -> io::Result<Self> {
        rtp.set_nonblocking(true)?;
        reports.set_nonblocking(true)?;
        Ok(Self { rtp, reports })
    }
}

/// Ports that may be used: `10000-10999`. Both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The range, if it holds at least one pair of an even port and the next.
    ///
    /// # Errors
    /// If it does not.
    pub fn new(first: u16, last: u16) -> Result<Self, BadRange> {
        let range = Self { first, last };
        if first == 0 || range.pairs() == 0 { Err(BadRange(format!("{first}-{last}"))) } else { Ok(range) }
    }

    /// How many calls at once the range has room for.
    #[must_use]
    pub const fn pairs(self) -> u32 {
        let even = self.first as u32 + (self.first % 2) as u32;
        let end = self.last as u32 + 1;
        if end > even { (end - even) / 2 } else { 0 }
    }

    const fn pair(self, number: u32) -> u16 {
        let even = self.first + self.first % 2;
        #[expect(clippy::cast_possible_truncation, reason = "a pair of the range lies in the range")]
        let offset = (2 * (number % self.pairs())) as u16;
        even + offset
    }
}

/// A text that is no range of ports.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no range of RTP ports; write FIRST-LAST with at least one even port and its successor, as in 10000-10999"
)]
pub struct BadRange(String);

impl FromStr for PortRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadRange(text.to_owned());
        let (first, last) = text.split_once('-').ok_or_else(bad)?;
        let number = |part: &str| part.trim().parse::<u16>().map_err(|_| bad());
        Self::new(number(first)?, number(last)?).map_err(|_| bad())
    }
}

/// Why a call could not have a port: always a limit of this machine or of its settings, never of the PBX.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("media for {0} calls at once is the limit; raise it, or offer less traffic")]
    Full(usize),
    #[error(
        "all {pairs} pairs of the RTP ports {first}-{last} are in use; widen the range, or offer less traffic"
    )]
    NoPort { pairs: u32, first: u16, last: u16 },
    #[error(
        "no file descriptor is left for RTP (this process may open {limit}); raise the limit with `ulimit -n`, \
         or offer less traffic"
    )]
    NoDescriptor { limit: u64 },
    #[error("cannot open an RTP port on {address}: {source}")]
    System { address: IpAddr, source: io::Error },
}

/// Where ports come from.
#[derive(Debug)]
pub(super) struct Ports {
    range: Option<PortRange>,
    /// Number of the pair to try first: the one that has rested longest.
    next: u32,
}

impl Ports {
    pub fn new(range: Option<PortRange>) -> Self {
        Self { range, next: 0 }
    }

    /// Binds a pair and returns the even port.
    pub fn open(&mut self, address: IpAddr) -> Result<(u16, Pair), OpenError> {
        let found = match self.range {
            Some(range) => self.of_range(address, range),
            None => of_system(address),
        };
        found.map_err(|error| classify(error, address, self.range))
    }

    fn of_range(&mut self, address: IpAddr, range: PortRange) -> io::Result<(u16, Pair)> {
        for _ in 0..range.pairs() {
            let port = range.pair(self.next);
            self.next = (self.next + 1) % range.pairs();
            if let Some(pair) = unless_in_use(bind_pair(address, port))? {
                return Ok((port, pair));
            }
        }
        Err(io::Error::from(io::ErrorKind::AddrInUse))
    }
}

/// Lets the system choose one port of the pair, and takes its neighbour.
fn of_system(address: IpAddr) -> io::Result<(u16, Pair)> {
    for _ in 0..ATTEMPTS {
        let chosen = UdpSocket::bind(SocketAddr::new(address, 0))?;
        let port = chosen.local_addr()?.port();
        let Some(neighbour) = unless_in_use(UdpSocket::bind(SocketAddr::new(address, port ^ 1)))? else {
            continue;
        };
        let (even, odd) = if port % 2 == 0 { (chosen, neighbour) } else { (neighbour, chosen) };
        return Ok((port & !1, Pair::new(even, odd)?));
    }
    Err(io::Error::from(io::ErrorKind::AddrInUse))
}

fn bind_pair(address: IpAddr, port: u16) -> io::Result<Pair> {
    let even = UdpSocket::bind(SocketAddr::new(address, port))?;
    let odd = UdpSocket::bind(SocketAddr::new(address, port + 1))?;
    Pair::new(even, odd)
}

fn unless_in_use<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        other => other.map(Some),
    }
}

fn classify(source: io::Error, address: IpAddr, range: Option<PortRange>) -> OpenError {
    if resources::is_out_of_descriptors(&source) {
        return OpenError::NoDescriptor { limit: resources::open_files().soft };
    }
    match range {
        Some(range) if source.kind() == io::ErrorKind::AddrInUse => {
            OpenError::NoPort { pairs: range.pairs(), first: range.first, last: range.last }
        }
        _ => OpenError::System { address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_counts_whole_pairs_only() {
        for (text, pairs, first) in
            [("10000-10999", 500, 10_000), ("10001-10004", 1, 10_002), ("65534-65535", 1, 65_534)]
        {
            let range: PortRange = text.parse().unwrap();
            assert_eq!((range.pairs(), range.pair(0)), (pairs, first), "{text}");
        }
        for text in ["", "10000", "0-10", "10001-10002", "10-9", "1-70000", "a-b"] {
            assert!(text.parse::<PortRange>().unwrap_err().to_string().contains("10000-10999"), "{text}");
        }
    }

    #[test]
    fn ports_are_even_and_their_neighbours_are_held() {
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let mut ports = Ports::new(None);
        let open: Vec<_> = (0..20).map(|_| ports.open(loopback).unwrap()).collect();
        for (port, _) in &open {
            assert_eq!(port % 2, 0);
            assert!(UdpSocket::bind((loopback, port + 1)).is_err());
        }
    }

    #[test]
    fn a_used_up_range_names_itself_and_the_remedy() {
        // An address of its own, so that nobody else's sockets are in the range.
        let address = IpAddr::from([127, 77, 0, 1]);
        let mut ports = Ports::new(Some(PortRange::new(20_000, 20_005).unwrap()));
        let mut open: Vec<_> = (0..3).map(|_| ports.open(address).unwrap()).collect();
        let error = ports.open(address).unwrap_err();
        assert!(matches!(error, OpenError::NoPort { pairs: 3, .. }), "{error}");
        assert!(error.to_string().contains("20000-20005") && error.to_string().contains("widen"));
        let (freed, _) = open.remove(1);
        assert_eq!(ports.open(address).unwrap().0, freed);
    }

    #[test]
    fn a_foreign_address_is_the_systems_error() {
        let error = Ports::new(None).open(IpAddr::from([192, 0, 2, 1])).unwrap_err();
        assert!(error.to_string().starts_with("cannot open an RTP port on 192.0.2.1: "), "{error}");
    }
}
