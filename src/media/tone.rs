//! A tone to send, and the ear that recognises it.
//!
//! 1050 Hz makes exactly 21 periods in a packet of 160 samples: every packet of a stream carries the same
//! payload, precomputed, and the tone has no seam. 21 and 160 share no factor, so that all 160 samples differ,
//! unlike those of 1000 Hz, which would repeat after 8.

use std::f64::consts::TAU;

use crate::media::codec::Codec;
use crate::media::rtp::CLOCK_RATE_HZ;
use crate::media::rtp::SAMPLES_PER_PACKET;

/// Frequency of the tone.
pub const TONE_HZ: f64 = 1050.0;

/// Peak of the tone, 16-bit scale: 13 dB below the loudest sine that G.711 can carry.
const PEAK: f64 = 7_200.0;

/// A detected tone has at least this mean square (50 dB below full scale).
const QUIETEST: f64 = 100.0 * 100.0 / 2.0;

/// Least share of a payload's energy that must lie at the tone's frequency.
const LEAST_SHARE: f64 = 0.5;

/// One packet's worth of the tone.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "sample numbers are small and the peak fits 16 bits"
)]
pub fn payload(codec: Codec) -> [u8; SAMPLES_PER_PACKET] {
    std::array::from_fn(|n| {
        let phase = TAU * TONE_HZ * n as f64 / f64::from(CLOCK_RATE_HZ);
        codec.encode((PEAK * libm::sin(phase)).round() as i16)
    })
}

/// Whether a payload of the codec carries the tone: Goertzel's algorithm at [`TONE_HZ`] against the
/// payload's whole energy. Works for payloads of 10 ms (80 samples) and more.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a datagram has fewer than 2^16 samples")]
pub fn is_present(codec: Codec, payload: &[u8]) -> bool {
    if payload.len() < SAMPLES_PER_PACKET / 2 {
        return false;
    }
    let coefficient = 2.0 * libm::cos(TAU * TONE_HZ / f64::from(CLOCK_RATE_HZ));
    let (mut last, mut before, mut energy) = (0.0, 0.0, 0.0);
    for &code in payload {
        let sample = f64::from(codec.decode(code));
        energy += sample * sample;
        (last, before) = (sample + coefficient * last - before, last);
    }
    let count = payload.len() as f64;
    let at_tone = last * last + before * before - coefficient * last * before;
    // A pure sine of amplitude a has energy n·a²/2 and |X|² = (n·a/2)²: their quotient is n/2.
    energy / count >= QUIETEST && at_tone / energy >= LEAST_SHARE * count / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "small numbers, 16-bit amplitudes"
    )]
    fn sine(codec: Codec, hertz: f64, peak: f64, samples: usize) -> Vec<u8> {
        (0..samples)
            .map(|n| codec.encode((peak * (TAU * hertz * n as f64 / 8000.0 + 0.7).sin()) as i16))
            .collect()
    }

    #[test]
    fn the_tone_is_heard_whatever_its_phase_loudness_and_packet_length() {
        for codec in Codec::ALL {
            assert!(is_present(codec, &payload(codec)));
            for (peak, samples) in
                [(7_200.0, 160), (200.0, 160), (30_000.0, 160), (7_200.0, 80), (7_200.0, 240)]
            {
                assert!(is_present(codec, &sine(codec, TONE_HZ, peak, samples)), "{peak} {samples}");
            }
        }
    }

    #[test]
    fn silence_noise_speech_tones_and_the_wrong_law_are_not_the_tone() {
        let mut stream = Seed(3).stream(Purpose::Attempt, 0);
        let noise: Vec<u8> = (0..160).map(|_| stream.next_u64().to_le_bytes()[0]).collect();
        for codec in Codec::ALL {
            assert!(!is_present(codec, &[codec.encode(0); 160]));
            assert!(!is_present(codec, &noise));
            assert!(!is_present(codec, &[]));
            for hertz in [425.0, 697.0, 941.0, 1209.0, 1477.0, 2000.0] {
                assert!(!is_present(codec, &sine(codec, hertz, 7_200.0, 160)), "{hertz} Hz");
            }
        }
    }

    #[test]
    fn packets_join_without_a_seam() {
        let codec = Codec::Pcma;
        let packet = payload(codec);
        let joined: Vec<u8> = packet.iter().chain(&packet).copied().collect();
        let continuous: Vec<u8> = (0..320)
            .map(|n| {
                let phase = TAU * TONE_HZ * f64::from(n) / 8000.0;
                #[expect(clippy::cast_possible_truncation, reason = "the peak fits 16 bits")]
                let sample = (PEAK * phase.sin()).round() as i16;
                codec.encode(sample)
            })
            .collect();
        let differing = joined.iter().zip(&continuous).filter(|(a, b)| a != b).count();
        assert!(differing <= 2, "only rounding at a decision value may differ, not {differing} samples");
    }
}
