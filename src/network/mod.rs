//! A simulated network: delay, loss, duplication, reordering, corruption and partitions, by seed, in virtual time.
//!
//! Endpoints that speak real SIP bytes are wired together by it, in tests and to study what a bad network does to
//! signalling. Each direction between two addresses is a link that keeps the order of its datagrams unless
//! it is told to reorder. Every datagram draws the same number of random values whatever happens to it, so
//! that changing one probability does not shift the fate of the others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;

use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Duration;
use crate::time::Instant;

/// What the network does to each datagram. Probabilities are 0 to 1 and independent.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Time under way.
    pub delay: Distribution,
    /// Probability that a datagram never arrives.
    pub loss: f64,
    /// Probability that it arrives twice.
    pub duplication: f64,
    /// Probability that it is held back for `reordering_delay` and may be overtaken.
    pub reordering: f64,
    pub reordering_delay: Duration,
    /// Probability that one of its bits is inverted.
    pub corruption: f64,
    /// Most datagrams under way at once; beyond it they are lost, as in a full router.
    pub capacity: usize,
}

impl Default for Config {
    /// A perfect network: nothing is lost and nothing takes time.
    fn default() -> Self {
        Self {
            delay: Distribution::Constant { seconds: 0.0 },
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            reordering_delay: Duration::from_millis(10),
            corruption: 0.0,
            capacity: 1_000_000,
        }
    }
}

/// A datagram at its destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it arrived.
    pub at: Instant,
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub bytes: Vec<u8>,
}

/// What has happened so far. Every datagram sent is delivered, under way, or counted as one of the losses;
/// duplicates come on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub sent: u64,
    pub delivered: u64,
    pub lost: u64,
    /// Lost because the capacity was exhausted.
    pub overflowed: u64,
    /// Lost at a partition.
    pub partitioned: u64,
    pub duplicated: u64,
    pub held_back: u64,
    pub corrupted: u64,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    config: Config,
    stream: Stream,
    /// Datagrams under way, by arrival; equals by the order of sending.
    under_way: BTreeMap<(Instant, u64), Delivery>,
    sequence: u64,
    /// The last arrival on each link that has datagrams under way or had lately.
    links: BTreeMap<(SocketAddr, SocketAddr), Instant>,
    /// Pairs that cannot reach each other, the lesser address first.
    partitions: BTreeSet<(SocketAddr, SocketAddr)>,
    counts: Counts,
}

/// What chance has decided about one datagram.
#[expect(clippy::struct_excessive_bools, reason = "independent faults, any of which may coincide")]
struct Fate {
    lost: bool,
    duplicated: bool,
    held_back: bool,
    corrupted: bool,
    /// Which bit, as a number from which the position is taken.
    bit: u64,
    delay: Duration,
    duplicate_delay: Duration,
}

impl Network {
    /// A network without partitions.
    #[must_use]
    pub fn new(config: Config, seed: Seed) -> Self {
        Self {
            config,
            stream: seed.stream(Purpose::Network, 0),
            under_way: BTreeMap::new(),
            sequence: 0,
            links: BTreeMap::new(),
            partitions: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// Sends a datagram at `now`, which must not decrease from call to call.
    pub fn send(&mut self, now: Instant, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) {
        let fate = self.draw();
        self.counts.sent += 1;
        if self.partitions.contains(&pair(source, destination)) {
            self.counts.partitioned += 1;
            return;
        }
        if fate.lost {
            self.counts.lost += 1;
            return;
        }
        if self.under_way.len() >= self.config.capacity {
            self.counts.overflowed += 1;
            return;
        }
        let mut bytes = bytes.to_vec();
        if fate.corrupted && !bytes.is_empty() {
            invert(&mut bytes, fate.bit);
            self.counts.corrupted += 1;
        }
        if fate.duplicated && self.under_way.len() + 1 < self.config.capacity {
            let at = now + fate.duplicate_delay;
            self.put_under_way(Delivery { at, source, destination, bytes: bytes.clone() });
            self.counts.duplicated += 1;
        }
        let at = self.arrival(now, source, destination, &fate);
        self.put_under_way(Delivery { at, source, destination, bytes });
    }

    fn draw(&mut self) -> Fate {
        let (config, stream) = (&self.config, &mut self.stream);
        Fate {
            lost: stream.chance(config.loss),
            duplicated: stream.chance(config.duplication),
            held_back: stream.chance(config.reordering),
            corrupted: stream.chance(config.corruption),
            bit: stream.next_u64(),
            delay: config.delay.sample(stream),
            duplicate_delay: config.delay.sample(stream),
        }
    }

    /// Behind the last datagram of its link, unless it is held back and may be overtaken.
    fn arrival(&mut self, now: Instant, source: SocketAddr, destination: SocketAddr, fate: &Fate) -> Instant {
        let at = now + fate.delay;
        if fate.held_back {
            self.counts.held_back += 1;
            return at + self.config.reordering_delay;
        }
        let last = self.links.entry((source, destination)).or_insert(at);
        *last = at.max(*last);
        *last
    }

    fn put_under_way(&mut self, delivery: Delivery) {
        self.under_way.insert((delivery.at, self.sequence), delivery);
        self.sequence += 1;
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.under_way.keys().next().map(|(at, _)| *at)
    }

    /// Appends every datagram that has arrived by `now`, in the order of arrival. What was under way when a
    /// partition began is lost at its end.
    pub fn deliver(&mut self, now: Instant, deliveries: &mut Vec<Delivery>) {
        while let Some(entry) = self.under_way.first_entry().filter(|entry| entry.key().0 <= now) {
            let delivery = entry.remove();
            if self.partitions.contains(&pair(delivery.source, delivery.destination)) {
                self.counts.partitioned += 1;
            } else {
                self.counts.delivered += 1;
                deliveries.push(delivery);
            }
        }
        // A link whose last datagram has arrived orders nothing any more.
        self.links.retain(|_, last| *last > now);
    }

    /// Cuts two addresses off from each other, both ways.
    pub fn partition(&mut self, one: SocketAddr, other: SocketAddr) {
        self.partitions.insert(pair(one, other));
    }

    /// Joins them again.
    pub fn heal(&mut self, one: SocketAddr, other: SocketAddr) {
        self.partitions.remove(&pair(one, other));
    }

    /// What has happened so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Datagrams under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Nothing is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }
}

fn pair(one: SocketAddr, other: SocketAddr) -> (SocketAddr, SocketAddr) {
    (one.min(other), one.max(other))
}

/// Inverts one bit.
fn invert(bytes: &mut [u8], bit: u64) {
    let bit = bit % (8 * bytes.len() as u64);
    bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
}

#[cfg(test)]
mod tests;
