//! What a receiver can say about a stream: RFC 3550, appendices A.1 (sequence numbers), A.3 (loss) and A.8
//! (jitter).
//!
//! Two things differ from the RFC's example code, and only where a tester needs more than a telephone: the
//! first packet counts at once (no probation, A.1's `MIN_SEQUENTIAL` is for choosing what to play), and
//! packets seen twice within a window are told apart, so that a duplicate does not hide a loss.

use crate::media::rtp::CLOCK_RATE_HZ;
use crate::media::rtp::Header;
use crate::time::Instant;

/// A jump ahead by this much or more is a restart, not a loss (RFC 3550, A.1).
const MAX_DROPOUT: u16 = 3000;
/// A packet this far behind or less is late; further behind it belongs to a restart (RFC 3550, A.1).
const MAX_MISORDER: u16 = 100;

/// Counts over all sources that one receiver has heard, one after the other. Of constant size.
#[derive(Debug, Clone, Default)]
pub struct Reception {
    source: Option<Source>,
    /// Sums over sources that have been replaced.
    expected_before: u64,
    received: u64,
    duplicates: u64,
    reordered: u64,
    source_changes: u64,
}

/// The state of the current source.
#[derive(Debug, Clone)]
struct Source {
    ssrc: u32,
    base: u16,
    highest: u16,
    /// Completed rounds of 65 536 sequence numbers.
    cycles: u64,
    /// Bit i: the packet i before the highest has come.
    seen: u128,
    /// Where a restarted sender's next packet would be (A.1's `bad_seq`).
    restart_at: Option<u16>,
    last_arrival: Instant,
    last_timestamp: u32,
    /// A.8's estimate, in ticks of the timestamp.
    jitter: f64,
}

impl Reception {
    /// Counts a packet that arrived at `now`.
    pub fn packet(&mut self, now: Instant, header: &Header) {
        match &mut self.source {
            Some(source) if source.ssrc == header.ssrc => match source.sequence(header.sequence) {
                Arrival::InOrder => self.received += 1,
                Arrival::Late => {
                    self.received += 1;
                    self.reordered += 1;
                }
                Arrival::Duplicate => self.duplicates += 1,
                Arrival::Suspect => return,
                Arrival::Restart => return self.replace_source(now, header),
            },
            Some(_) => return self.replace_source(now, header),
            None => {
                self.source = Some(Source::new(now, header));
                self.received += 1;
                return;
            }
        }
        if let Some(source) = &mut self.source {
            source.update_jitter(now, header.timestamp);
        }
    }

    fn replace_source(&mut self, now: Instant, header: &Header) {
        let jitter = self.source.as_ref().map_or(0.0, |source| source.jitter);
        self.expected_before += self.source.as_ref().map_or(0, Source::expected);
        // The network has not changed because the sender has: the estimate goes on.
        self.source = Some(Source { jitter, ..Source::new(now, header) });
        self.source_changes += 1;
        self.received += 1;
    }

    /// Different packets received.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Packets that the sequence numbers promise (A.3).
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.expected_before + self.source.as_ref().map_or(0, Source::expected)
    }

    /// Packets expected and never received.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// Packets received again.
    #[must_use]
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Packets that came after one with a higher sequence number (RFC 4737, section 3).
    #[must_use]
    pub const fn reordered(&self) -> u64 {
        self.reordered
    }

    /// How often the sender changed its synchronisation source or began again.
    #[must_use]
    pub const fn source_changes(&self) -> u64 {
        self.source_changes
    }

    /// Interarrival jitter in milliseconds (RFC 3550, section 6.4.1); 0 before the second packet.
    #[must_use]
    pub fn jitter_ms(&self) -> f64 {
        self.source.as_ref().map_or(0.0, |source| source.jitter * 1e3 / f64::from(CLOCK_RATE_HZ))
    }
}

/// Where a sequence number stands among those before it.
enum Arrival {
    InOrder,
    Late,
    Duplicate,
    /// Far off; the next packet decides.
    Suspect,
    /// The second packet in a row of a new beginning.
    Restart,
}

impl Source {
    fn new(now: Instant, header: &Header) -> Self {
        Self {
            ssrc: header.ssrc,
            base: header.sequence,
            highest: header.sequence,
            cycles: 0,
            seen: 1,
            restart_at: None,
            last_arrival: now,
            last_timestamp: header.timestamp,
            jitter: 0.0,
        }
    }

    fn sequence(&mut self, sequence: u16) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest);
        let behind = self.highest.wrapping_sub(sequence);
        if (1..MAX_DROPOUT).contains(&ahead) {
            self.cycles += u64::from(sequence < self.highest);
            self.highest = sequence;
            self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        } else if behind <= MAX_MISORDER {
            // Below the base nothing was promised: the stream began earlier than its first packet showed.
            return self.late(sequence, behind);
        } else if self.restart_at == Some(sequence) {
            return Arrival::Restart;
        } else {
            self.restart_at = Some(sequence.wrapping_add(1));
            return Arrival::Suspect;
        }
        self.restart_at = None;
        Arrival::InOrder
    }

    fn late(&mut self, sequence: u16, behind: u16) -> Arrival {
        let bit = 1_u128 << behind;
        if self.seen & bit != 0 {
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        if self.expected() <= u64::from(behind) {
            self.base = sequence;
            // A base before the wrap of sequence numbers belongs to the round before.
            self.cycles += u64::from(sequence > self.highest);
        }
        Arrival::Late
    }

    /// A.3: extended highest − base + 1.
    fn expected(&self) -> u64 {
        self.cycles * 65_536 + u64::from(self.highest) + 1 - u64::from(self.base)
    }

    /// A.8: J += (|D| − J) / 16, in order of arrival.
    fn update_jitter(&mut self, now: Instant, timestamp: u32) {
        let arrived = (now - self.last_arrival).as_secs_f64() * f64::from(CLOCK_RATE_HZ);
        let sent = timestamp.wrapping_sub(self.last_timestamp).cast_signed();
        let difference = (arrived - f64::from(sent)).abs();
        self.jitter += (difference - self.jitter) / 16.0;
        self.last_arrival = now;
        self.last_timestamp = timestamp;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;
    use crate::time::Duration;

    fn header(ssrc: u32, number: u64) -> Header {
        let number = u32::try_from(number).expect("a short test");
        let sequence = (number & 0xFFFF) as u16;
        Header { marker: false, payload_type: 8, sequence, timestamp: number.wrapping_mul(160), ssrc }
    }

    fn on_time(number: u64) -> Instant {
        Instant::from_nanos(1_000_000_000 + number * 20_000_000)
    }

    fn receive(numbers: impl IntoIterator<Item = u64>) -> Reception {
        let mut reception = Reception::default();
        for number in numbers {
            reception.packet(on_time(number), &header(1, number));
        }
        reception
    }

    #[test]
    fn a_clean_stream_over_two_wraps_has_no_loss_and_no_jitter() {
        let reception = receive(65_000..200_000);
        assert_eq!((reception.expected(), reception.received(), reception.lost()), (135_000, 135_000, 0));
        assert_eq!((reception.reordered(), reception.duplicates()), (0, 0));
        assert!(reception.jitter_ms() < 1e-6);
    }

    #[test]
    fn gaps_are_losses_even_across_the_wrap() {
        let reception = receive((65_500..65_600).filter(|n| ![65_510, 65_535, 65_536, 65_550].contains(n)));
        assert_eq!((reception.expected(), reception.received(), reception.lost()), (100, 96, 4));
    }

    #[test]
    fn a_late_packet_is_reordered_not_lost_and_a_duplicate_hides_no_loss() {
        let reception = receive([10, 11, 13, 12, 14, 14, 14, 16]);
        assert_eq!((reception.expected(), reception.received(), reception.lost()), (7, 6, 1));
        assert_eq!((reception.reordered(), reception.duplicates()), (1, 2));
    }

    /// The very first packet was overtaken, across the wrap: the stream began with 65 535.
    #[test]
    fn a_packet_before_the_first_moves_the_beginning() {
        let reception = receive([65_536, 65_535, 65_537, 65_537]);
        assert_eq!((reception.expected(), reception.received(), reception.lost()), (3, 3, 0));
        assert_eq!((reception.reordered(), reception.duplicates()), (1, 1));
    }

    #[test]
    fn a_new_source_begins_its_own_count() {
        let mut reception = receive((0..100).filter(|n| n % 10 != 5));
        for number in 40_000..40_050 {
            reception.packet(on_time(number - 39_900), &header(2, number));
        }
        assert_eq!((reception.expected(), reception.received(), reception.lost()), (150, 140, 10));
        assert_eq!(reception.source_changes(), 1);
    }

    /// One stray packet is ignored; two in a row are a sender that began again (A.1).
    #[test]
    fn a_far_jump_is_a_restart_only_when_the_next_packet_confirms_it() {
        let stray = receive((0..50).chain([30_000]).chain(50..60));
        assert_eq!((stray.expected(), stray.received(), stray.source_changes()), (60, 60, 0));
        let restart = receive((0..50).chain(30_000..30_010));
        assert_eq!((restart.expected(), restart.received(), restart.source_changes()), (59, 59, 1));
    }

    /// Arrivals alternately 5 ms late and on time: |D| is 40 ticks each time, and J converges to it (A.8).
    #[test]
    fn jitter_converges_to_the_mean_deviation() {
        let mut reception = Reception::default();
        let mut by_hand = 0.0;
        for number in 0..400 {
            let late = Duration::from_millis(5 * (number % 2));
            reception.packet(on_time(number) + late, &header(1, number));
            if number > 0 {
                by_hand += (40.0 - by_hand) / 16.0;
            }
        }
        assert!((reception.jitter_ms() - by_hand / 8.0).abs() < 1e-9);
        assert!((reception.jitter_ms() - 5.0).abs() < 1e-6);
    }

    #[test]
    fn no_sequence_of_headers_panics_or_receives_more_than_it_counts() {
        let mut stream = Seed(9).stream(Purpose::Network, 1);
        let mut reception = Reception::default();
        for step in 0..200_000_u64 {
            let [low, high, third, fourth, fifth, source, jump, _] = stream.next_u64().to_le_bytes();
            let header = Header {
                marker: false,
                payload_type: 8,
                sequence: if jump > 20 { u16::from(low) } else { u16::from_le_bytes([low, high]) },
                timestamp: u32::from_le_bytes([low, third, fourth, fifth]),
                ssrc: u32::from(source > 250),
            };
            reception.packet(Instant::from_nanos(step * 1000), &header);
        }
        assert!(reception.received() + reception.duplicates() <= 200_000);
        assert!(reception.jitter_ms().is_finite());
    }
}
