//! Telephone events in RTP (RFC 4733): one key as a train of packets, robust against loss, repetition and disorder.
//!
//! All packets of one key carry the timestamp of its beginning and a growing duration; the last is sent three times
//! with the end bit. A receiver that gets any one of them knows the key, and knows by the timestamp that it has.

use std::collections::VecDeque;

use crate::keypad::Key;
use crate::media::rtp;

/// A packet with one event: 12 bytes of header and the event.
pub type EventDatagram = [u8; 16];

/// How long a key is held: 160 ms, twice what RFC 4733's receivers need.
const HELD_PACKETS: u16 = 8;
/// How often the end is told (RFC 4733, section 2.5.1.4).
const ENDS: u8 = 3;
const PACKET_TICKS: u16 = 160;
/// Power level of the tone: -10 dBm0.
const VOLUME: u8 = 10;
const END: u8 = 0x80;
/// Keys waiting for their turn at most: a caller types faster than anybody listens.
const WAITING_MAX: usize = 32;
/// Keys remembered, to know their late packets.
const REMEMBERED: usize = 16;

/// Keys going out.
#[derive(Debug, Clone)]
pub struct Sender {
    payload_type: u8,
    waiting: VecDeque<Key>,
    playing: Option<Playing>,
}

#[derive(Debug, Clone, Copy)]
struct Playing {
    key: Key,
    timestamp: u32,
    /// Packets with the end bit sent so far.
    ends: u8,
    final_duration: u16,
}

impl Sender {
    /// Nothing pressed yet; events go out with this payload type.
    #[must_use]
    pub const fn new(payload_type: u8) -> Self {
        Self { payload_type, waiting: VecDeque::new(), playing: None }
    }

    /// The caller presses a key, after those that are still being sent.
    pub fn press(&mut self, key: Key) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(key);
        }
    }

    /// Whether a key is on its way: sound rests meanwhile.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.playing.is_some() || !self.waiting.is_empty()
    }

    /// The packet in place of the sound that `sound` would head; `None` when no key is on its way.
    pub fn packet(&mut self, sound: &rtp::Header) -> Option<EventDatagram> {
        let begins = self.playing.is_none();
        if begins {
            let key = self.waiting.pop_front()?;
            self.playing = Some(Playing { key, timestamp: sound.timestamp, ends: 0, final_duration: 0 });
        }
        let playing = self.playing.as_mut()?;
        let elapsed = sound.timestamp.wrapping_sub(playing.timestamp);
        let mut duration = u16::try_from(elapsed).unwrap_or(u16::MAX).saturating_add(PACKET_TICKS);
        if playing.ends > 0 {
            duration = playing.final_duration;
        }
        let ends = duration >= HELD_PACKETS * PACKET_TICKS;
        if ends {
            playing.final_duration = duration;
            playing.ends += 1;
        }
        let payload_type = self.payload_type;
        let header = rtp::Header { marker: begins, payload_type, timestamp: playing.timestamp, ..*sound };
        let datagram = write(&header, playing.key, ends, duration);
        if playing.ends == ENDS {
            self.playing = None;
        }
        Some(datagram)
    }
}

fn write(header: &rtp::Header, key: Key, ends: bool, duration: u16) -> EventDatagram {
    let mut datagram = [0; 16];
    datagram[..12].copy_from_slice(&rtp::header_bytes(header));
    datagram[12] = key.event();
    datagram[13] = if ends { END | VOLUME } else { VOLUME };
    datagram[14..].copy_from_slice(&duration.to_be_bytes());
    datagram
}

/// Keys coming in.
#[derive(Debug, Clone)]
pub struct Receiver {
    payload_type: u8,
    source: Option<u32>,
    /// Timestamps of the latest keys, the newest last.
    known: VecDeque<u32>,
}

impl Receiver {
    /// Nothing heard yet; events come with this payload type.
    #[must_use]
    pub const fn new(payload_type: u8) -> Self {
        Self { payload_type, source: None, known: VecDeque::new() }
    }

    /// The key of a packet, unless an earlier packet told it, or it is no key.
    pub fn packet(&mut self, packet: &rtp::Packet<'_>) -> Option<Key> {
        let header = packet.header;
        if header.payload_type != self.payload_type || packet.payload.len() < 4 {
            return None;
        }
        let key = Key::from_event(packet.payload[0])?;
        if self.source != Some(header.ssrc) {
            self.source = Some(header.ssrc);
            self.known.clear();
        }
        if self.known.contains(&header.timestamp) {
            return None;
        }
        // Older than all that are remembered: a straggler of a key long told.
        let oldest = self.known.front().filter(|_| self.known.len() == REMEMBERED);
        if oldest.is_some_and(|oldest| header.timestamp.wrapping_sub(*oldest) > u32::MAX / 2) {
            return None;
        }
        if self.known.len() == REMEMBERED {
            self.known.pop_front();
        }
        let after = self.known.iter().rposition(|known| header.timestamp.wrapping_sub(*known) < u32::MAX / 2);
        self.known.insert(after.map_or(0, |place| place + 1), header.timestamp);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    const SOUND: rtp::Header =
        rtp::Header { marker: false, payload_type: 8, sequence: 65_530, timestamp: u32::MAX - 500, ssrc: 7 };

    /// Every packet that pressing `keys` makes, as a stream of 20 ms would send them.
    fn train(keys: &str) -> Vec<EventDatagram> {
        let mut sender = Sender::new(101);
        keys.chars().for_each(|key| sender.press(Key::from_character(key).unwrap()));
        let mut sound = SOUND;
        let mut packets = Vec::new();
        while let Some(packet) = sender.packet(&sound) {
            packets.push(packet);
            sound.sequence = sound.sequence.wrapping_add(1);
            sound.timestamp = sound.timestamp.wrapping_add(160);
        }
        packets
    }

    fn heard(receiver: &mut Receiver, datagrams: &[EventDatagram]) -> String {
        let packets = datagrams.iter().filter_map(|datagram| rtp::parse(datagram));
        packets.filter_map(|packet| receiver.packet(&packet)).map(Key::character).collect()
    }

    /// RFC 4733, section 2.5: one timestamp, growing durations, marker on the first, three ends alike.
    #[test]
    fn a_key_is_a_train_of_packets_as_the_rfc_wants_it() {
        let train = train("#");
        assert_eq!(train.len(), 10);
        let packets: Vec<rtp::Packet<'_>> =
            train.iter().map(|datagram| rtp::parse(datagram).unwrap()).collect();
        assert!(packets.iter().all(|packet| packet.header.timestamp == SOUND.timestamp));
        assert!(packets.iter().all(|packet| packet.header.payload_type == 101 && packet.payload[0] == 11));
        let markers: Vec<bool> = packets.iter().map(|packet| packet.header.marker).collect();
        assert_eq!(markers.iter().filter(|marker| **marker).count(), 1);
        assert!(markers[0]);
        let sequences: Vec<u16> =
            packets.iter().map(|packet| packet.header.sequence.wrapping_sub(65_530)).collect();
        assert_eq!(sequences, (0..10).collect::<Vec<u16>>());
        let durations: Vec<u16> =
            packets.iter().map(|packet| u16::from_be_bytes([packet.payload[2], packet.payload[3]])).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280]);
        let ends: Vec<bool> = packets.iter().map(|packet| packet.payload[1] & END != 0).collect();
        assert_eq!(ends, [[false; 7].as_slice(), &[true; 3]].concat());
    }

    /// Acceptance: each key once, in order, whatever the network drops, repeats or swaps, over many seeds.
    #[test]
    fn each_key_arrives_once_under_loss_repetition_and_disorder() {
        let keys = "0123456789*#ABCD";
        let train = train(keys);
        for seed in 0..500 {
            let mut stream = Seed(seed).stream(Purpose::Network, 0);
            let mut arriving: Vec<(u64, EventDatagram)> = Vec::new();
            for (place, datagram) in (0..).zip(&train) {
                if stream.chance(0.1) {
                    continue;
                }
                // Up to three packet times late: a key's packets overtake each other, and mix with its neighbours'.
                arriving.push((place * 10 + stream.below(30), *datagram));
                if stream.chance(0.1) {
                    arriving.push((place * 10 + stream.below(60), *datagram));
                }
            }
            arriving.sort_by_key(|(at, _)| *at);
            let datagrams: Vec<EventDatagram> = arriving.into_iter().map(|(_, datagram)| datagram).collect();
            assert_eq!(heard(&mut Receiver::new(101), &datagrams), keys, "seed {seed}");
        }
    }

    #[test]
    fn the_same_key_twice_is_two_keys_and_any_one_packet_is_enough() {
        assert_eq!(heard(&mut Receiver::new(101), &train("55")), "55");
        for packet in train("7") {
            assert_eq!(heard(&mut Receiver::new(101), &[packet]), "7");
        }
        assert_eq!(heard(&mut Receiver::new(96), &train("7")), "", "another payload type is no key");
    }

    #[test]
    fn nothing_foreign_panics_or_grows() {
        let mut receiver = Receiver::new(101);
        let mut stream = Seed(9).stream(Purpose::Network, 1);
        for _ in 0..20_000 {
            let bytes = stream.next_u64().to_be_bytes();
            let timestamp = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let header = rtp::Header { payload_type: 101, timestamp, ..SOUND };
            let length = usize::from(bytes[4] % 8);
            receiver.packet(&rtp::Packet { header, payload: &bytes[..length] });
            assert!(receiver.known.len() <= REMEMBERED);
        }
    }
}
