//! One outgoing stream: a packet every 20 ms of wall time, by absolute deadlines that never drift.
//!
//! A stream that falls behind sends a few packets at once to catch up; what is older than that is skipped
//! and counted, because sending it would only measure the generator. The sequence numbers stay consecutive
//! over the gap while the timestamp jumps with the clock, as after silence (RFC 3550, section 5.1): the
//! receiver is not told of a loss that the network did not cause.

use crate::keypad::Key;
use crate::media::codec::Codec;
use crate::media::events;
use crate::media::events::EventDatagram;
use crate::media::rtp;
use crate::media::rtp::PACKET_TIME;
use crate::media::tone;
use crate::random;
use crate::time::Duration;
use crate::time::Instant;

/// Packets that may leave at once after a delay: 100 ms of speech.
pub const CATCH_UP_PACKETS: u64 = 5;

/// A stream of tone packets.
#[derive(Debug, Clone)]
pub struct Stream {
    header: rtp::Header,
    payload: [u8; rtp::SAMPLES_PER_PACKET],
    next: Instant,
    sent: u64,
    skipped: u64,
    worst_lateness: Duration,
    /// Present once a key has been pressed.
    keys: Option<Box<events::Sender>>,
}

impl Stream {
    /// A stream whose first packet is due at `begin`. Source, sequence number and timestamp start at random
    /// (RFC 3550, section 5.1), drawn from `identifiers`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "any 16 or 32 of 64 random bits are random")]
    pub fn new(codec: Codec, begin: Instant, identifiers: &mut random::Stream) -> Self {
        let (source, start) = (identifiers.next_u64(), identifiers.next_u64());
        Self {
            header: rtp::Header {
                marker: true,
                payload_type: codec.payload_type(),
                sequence: (start >> 32) as u16,
                timestamp: start as u32,
                ssrc: source as u32,
            },
            payload: tone::payload(codec),
            next: begin,
            sent: 0,
            skipped: 0,
            worst_lateness: Duration::ZERO,
            keys: None,
        }
    }

    /// When the next packet is due.
    #[must_use]
    pub const fn next_deadline(&self) -> Instant {
        self.next
    }

    /// The next packet that is due at `now`; call until `None`.
    pub fn packet(&mut self, now: Instant) -> Option<rtp::Datagram> {
        if now < self.next {
            return None;
        }
        self.worst_lateness = self.worst_lateness.max(now - self.next);
        self.skip_what_is_too_late(now);
        let datagram = rtp::build(&self.header, &self.payload);
        self.header.marker = false;
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.advance(1);
        self.sent += 1;
        Some(datagram)
    }

    /// A key is pressed: its events, of this payload type, take the place of the sound.
    pub fn press(&mut self, key: Key, payload_type: u8) {
        self.keys.get_or_insert_with(|| Box::new(events::Sender::new(payload_type))).press(key);
    }

    /// The next packet of a pressed key that is due at `now`; ask before [`Stream::packet`].
    pub fn event(&mut self, now: Instant) -> Option<EventDatagram> {
        if now < self.next || !self.keys.as_ref()?.is_busy() {
            return None;
        }
        self.worst_lateness = self.worst_lateness.max(now - self.next);
        self.skip_what_is_too_late(now);
        let datagram = self.keys.as_mut()?.packet(&self.header)?;
        // The sound that follows begins anew.
        self.header.marker = true;
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.advance(1);
        self.sent += 1;
        Some(datagram)
    }

    /// Lets the time until `now` pass in silence, as a call on hold does: nothing is sent, nothing was due.
    pub fn hold(&mut self, now: Instant) {
        if now >= self.next {
            self.advance(packets_due(self.next, now));
            self.header.marker = true;
        }
    }

    fn skip_what_is_too_late(&mut self, now: Instant) {
        let due = packets_due(self.next, now);
        if let Some(skipped) = due.checked_sub(CATCH_UP_PACKETS).filter(|&packets| packets > 0) {
            self.skipped += skipped;
            self.header.marker = true;
            self.advance(skipped);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "timestamps wrap by definition")]
    fn advance(&mut self, packets: u64) {
        let ticks = packets.wrapping_mul(rtp::SAMPLES_PER_PACKET as u64);
        self.header.timestamp = self.header.timestamp.wrapping_add(ticks as u32);
        let nanos = u64::try_from(PACKET_TIME.as_nanos()).expect("20 ms in nanoseconds fit");
        self.next += Duration::from_nanos(nanos.saturating_mul(packets));
    }

    /// Packets handed out.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }

    /// Packets never sent because the generator came too late: its own fault.
    #[must_use]
    pub const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How far behind its deadline a packet was at worst.
    #[must_use]
    pub const fn worst_lateness(&self) -> Duration {
        self.worst_lateness
    }
}

/// How many packets are due at `now`, the first of them at `next`, which has come.
fn packets_due(next: Instant, now: Instant) -> u64 {
    let due = 1 + (now - next).as_nanos() / PACKET_TIME.as_nanos();
    u64::try_from(due).expect("584 years hold fewer than 2^64 packets")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    fn at_ms(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    fn stream() -> Stream {
        Stream::new(Codec::Pcma, at_ms(7), &mut Seed(1).stream(Purpose::Identifiers, 3))
    }

    fn headers(stream: &mut Stream, now: Instant) -> Vec<rtp::Header> {
        std::iter::from_fn(|| stream.packet(now))
            .map(|datagram| rtp::parse(&datagram).expect("our own packets are RTP").header)
            .collect()
    }

    /// Ten minutes of a caller who is always 3.7 ms late: 30 000 packets, and the last is due on the dot.
    #[test]
    fn deadlines_never_drift() {
        let mut stream = stream();
        let late = Duration::from_micros(3_700);
        for number in 0..30_000 {
            assert_eq!(stream.next_deadline(), at_ms(7 + 20 * number));
            assert_eq!(headers(&mut stream, at_ms(7 + 20 * number) + late).len(), 1);
        }
        assert_eq!((stream.sent(), stream.skipped(), stream.worst_lateness()), (30_000, 0, late));
    }

    #[test]
    fn sequence_and_timestamp_advance_together_and_only_the_first_packet_is_marked() {
        let mut stream = stream();
        let first = headers(&mut stream, at_ms(7))[0];
        let second = headers(&mut stream, at_ms(27))[0];
        assert!(first.marker && !second.marker);
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
        assert_eq!((first.ssrc, first.payload_type), (second.ssrc, 8));
    }

    #[test]
    fn a_hold_passes_in_silence_and_is_nobodys_fault() {
        let mut stream = stream();
        let before = headers(&mut stream, at_ms(7))[0];
        stream.hold(at_ms(20));
        stream.hold(at_ms(1_000));
        assert_eq!((stream.sent(), stream.skipped(), stream.next_deadline()), (1, 0, at_ms(1_007)));
        let after = headers(&mut stream, at_ms(1_007))[0];
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        assert_eq!(after.timestamp, before.timestamp.wrapping_add(50 * 160));
        assert!(after.marker);
    }

    #[test]
    fn after_a_short_delay_the_stream_catches_up() {
        let mut stream = stream();
        assert_eq!(headers(&mut stream, at_ms(7 + 80)).len(), 5);
        assert_eq!((stream.skipped(), stream.next_deadline()), (0, at_ms(107)));
    }

    /// A second's delay: 51 packets are due, the newest 5 leave, 46 are skipped, the timestamp keeps pace.
    #[test]
    fn after_a_long_delay_the_oldest_packets_are_skipped_and_counted() {
        let mut stream = stream();
        let before = headers(&mut stream, at_ms(7))[0];
        let after = headers(&mut stream, at_ms(7 + 20 + 1000));
        assert_eq!((after.len(), stream.sent(), stream.skipped()), (5, 6, 46));
        assert_eq!(after[0].sequence, before.sequence.wrapping_add(1));
        assert_eq!(after[0].timestamp, before.timestamp.wrapping_add(47 * 160));
        assert!(after[0].marker && !after[1].marker);
        assert_eq!(stream.next_deadline(), at_ms(7 + 52 * 20));
    }
}
