//! A link that carries so many bits per second each way, and loses what is more.
//!
//! Each direction is a queue that is emptied at the link's rate. A packet that finds it more than half full is lost by
//! chance, the more likely the fuller it is, and always where it is full (random early detection): a queue that only
//! dropped what finds it full would, with packets that come as regularly as speech does, lose those of one call and
//! none of another's. Packets are lost, not delayed.

use crate::bandwidth::Packing;
use crate::random;
use crate::time::{Duration, Instant};

/// How wide a link is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Width {
    /// Bits per second from us, and to us.
    pub up: u64,
    pub down: u64,
    /// How long a packet may wait.
    pub buffer: Duration,
    /// How packets are counted.
    pub packing: Packing,
}

/// Which way a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
}

/// The link.
#[derive(Debug)]
pub struct LossyLink {
    width: Width,
    /// When each direction's queue will be empty: up, down.
    empty_at: [Instant; 2],
    chance: random::Stream,
}

impl LossyLink {
    /// An idle link.
    #[must_use]
    pub fn new(width: Width, chance: random::Stream) -> Self {
        Self { width, empty_at: [Instant::ZERO; 2], chance }
    }

    /// Whether a datagram of so many bytes gets through.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a datagram is short, and a link below 2^53 bits per second"
    )]
    pub fn carries(&mut self, now: Instant, way: Way, bytes: usize) -> bool {
        let rate = if way == Way::Up { self.width.up } else { self.width.down };
        let seconds = (bytes as f64 + self.width.packing.around_rtp()) * 8.0 / rate.max(1) as f64;
        let takes = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        let empty_at = &mut self.empty_at[way as usize];
        let waiting = empty_at.since(now).as_secs_f64();
        // Where nothing may wait, one packet still may.
        let full = self.width.buffer.max(takes).as_secs_f64();
        if self.chance.unit() < 2.0 * waiting / full - 1.0 {
            return false;
        }
        *empty_at = (*empty_at).max(now) + takes;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandwidth::Layer;
    use crate::random::Purpose;
    use crate::random::Seed;

    fn link(up: u64, down: u64) -> LossyLink {
        let packing = Packing { layer: Layer::Ethernet, ipv6: false, srtp: false };
        let width = Width { up, down, buffer: Duration::from_millis(50), packing };
        LossyLink::new(width, Seed(3).stream(Purpose::Network, 9))
    }

    /// Lost packets of each of `calls` calls of G.711 in a minute.
    fn lost(link: &mut LossyLink, calls: u64, way: Way) -> Vec<u64> {
        let mut lost = vec![0; usize::try_from(calls).unwrap()];
        for packet in 0..3_000_u64 {
            for call in 0..calls {
                let now = Instant::from_nanos(packet * 20_000_000 + call * 20_000_000 / calls);
                lost[usize::try_from(call).unwrap()] += u64::from(!link.carries(now, way, 172));
            }
        }
        lost
    }

    #[test]
    fn what_fits_gets_through_and_of_more_each_call_loses_its_share() {
        // Three calls take 261.6 kbit/s.
        assert_eq!(lost(&mut link(262_000, 1_000), 3, Way::Up), [0, 0, 0]);
        let mut narrow = link(240_000, 1_000_000);
        let up = lost(&mut narrow, 3, Way::Up);
        for lost in up {
            // 1 − 240 ⁄ 261.6 = 8.26 % of 3000 packets are 248.
            assert!((190..=310).contains(&lost), "{lost}");
        }
        assert_eq!(lost(&mut narrow, 3, Way::Down), [0, 0, 0], "each way has its own");
    }
}
