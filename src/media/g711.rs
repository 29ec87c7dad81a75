//! ITU-T G.711: speech at 64 kbit/s by A-law and µ-law.
//!
//! Linear samples are 16 bits wide: A-law's 13-bit values (G.711 tables 1) stand in the upper 13 bits, µ-law's
//! 14-bit values (tables 2) in the upper 14. Both laws cut each sign's range into 8 segments of 16 equal
//! steps; the step doubles from segment to segment (A-law's first two share one).

/// Even bits are inverted on the line (G.711, table 1, note 2); the sign bit is 1 for positive values.
const A_LAW_INVERSION: u8 = 0x55;

/// µ-law's segments begin at 2^(segment + 5) after this is added: 33 on the 14-bit scale (G.711, table 2).
const MU_LAW_BIAS: i32 = 33;
/// The last decision value of µ-law on the 14-bit scale: beyond it everything is the largest code.
const MU_LAW_CLIP: i32 = 8158;

/// The A-law code of a sample.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "segment and step fit 7 bits")]
pub const fn a_law_encode(sample: i16) -> u8 {
    // 13 bits; negative values are mirrored so that -1 lands where 0 does.
    let value = (sample >> 3) as i32;
    let (sign, magnitude) = if value >= 0 { (0x80, value) } else { (0, -value - 1) };
    // Segment 0 and 1 have a step of 2 on this scale; from there the step doubles.
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let segment = 27 - magnitude.leading_zeros().cast_signed();
        (segment << 4) | ((magnitude >> segment) & 0x0F)
    };
    (sign | code as u8) ^ A_LAW_INVERSION
}

/// The sample of an A-law code: the middle of its quantising interval.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a 13-bit value times 8 fits 16 bits")]
pub const fn a_law_decode(code: u8) -> i16 {
    let bits = code ^ A_LAW_INVERSION;
    let segment = ((bits >> 4) & 7) as i32;
    let step = (bits & 0x0F) as i32;
    let magnitude = if segment == 0 { 2 * step + 1 } else { (2 * step + 33) << (segment - 1) };
    let value = if bits & 0x80 == 0 { -magnitude } else { magnitude };
    (value << 3) as i16
}

/// The µ-law code of a sample.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "segment and step fit 7 bits")]
pub const fn mu_law_encode(sample: i16) -> u8 {
    let value = (sample >> 2) as i32;
    let (sign, magnitude) = if value >= 0 { (0, value) } else { (0x80, -value - 1) };
    let biased = if magnitude > MU_LAW_CLIP { MU_LAW_CLIP } else { magnitude } + MU_LAW_BIAS;
    let segment = 26 - biased.leading_zeros().cast_signed();
    let step = (biased >> (segment + 1)) & 0x0F;
    // All bits but the sign's count down from the largest value (G.711, table 2).
    !(sign | ((segment << 4) | step) as u8)
}

/// The sample of a µ-law code: the middle of its quantising interval.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a 14-bit value times 4 fits 16 bits")]
pub const fn mu_law_decode(code: u8) -> i16 {
    let bits = !code;
    let segment = ((bits >> 4) & 7) as i32;
    let step = (bits & 0x0F) as i32;
    let magnitude = ((2 * step + MU_LAW_BIAS) << segment) - MU_LAW_BIAS;
    let value = if bits & 0x80 == 0 { magnitude } else { -magnitude };
    (value << 2) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code comes back from its own sample. µ-law has two zeros (G.711, table 2): the negative one
    /// decodes to 0, whose code is the positive one.
    #[test]
    fn all_256_codes_survive_a_round_trip() {
        for code in 0..=u8::MAX {
            assert_eq!(a_law_encode(a_law_decode(code)), code, "A-law code {code:#04x}");
            let expected = if code == 0x7F { 0xFF } else { code };
            assert_eq!(mu_law_encode(mu_law_decode(code)), expected, "µ-law code {code:#04x}");
        }
    }

    /// Decoder output values of G.711 tables 1a and 2a at the ends of segments, on the 16-bit scale.
    #[test]
    fn decoded_values_are_those_of_the_tables() {
        // (character signal with even bits not yet inverted, y on the 4096 scale)
        for (bits, y) in
            [(0xFF, 4032), (0xF0, 2112), (0xE0, 1056), (0xB0, 132), (0xA0, 66), (0x90, 33), (0x80, 1)]
        {
            assert_eq!(a_law_decode(bits ^ 0x55), y * 8);
            assert_eq!(a_law_decode((bits & 0x7F) ^ 0x55), -y * 8);
        }
        // (character signal, y on the 8159 scale)
        for (code, y) in [
            (0x80, 8031),
            (0x8F, 4191),
            (0x9F, 2079),
            (0xAF, 1023),
            (0xBF, 495),
            (0xEF, 33),
            (0xFE, 2),
            (0xFF, 0),
        ] {
            assert_eq!(mu_law_decode(code), y * 4);
            assert_eq!(mu_law_decode(code & 0x7F), -y * 4);
        }
    }

    /// A sample is never further from its decoded code than half the segment's step, which is a 32nd of the
    /// magnitude, or half the smallest step near zero.
    #[test]
    fn the_quantising_error_is_half_a_step() {
        for sample in -32_124_i16..=32_124 {
            let magnitude = i32::from(sample).abs();
            let a_law = (i32::from(a_law_decode(a_law_encode(sample))) - i32::from(sample)).abs();
            assert!(a_law <= (magnitude / 32 + 1).max(8), "A-law: {sample} is off by {a_law}");
            let mu_law = (i32::from(mu_law_decode(mu_law_encode(sample))) - i32::from(sample)).abs();
            assert!(mu_law <= ((magnitude + 132) / 32 + 4), "µ-law: {sample} is off by {mu_law}");
        }
    }

    #[test]
    fn louder_samples_never_get_quieter_codes() {
        for sample in i16::MIN..i16::MAX {
            assert!(a_law_decode(a_law_encode(sample)) <= a_law_decode(a_law_encode(sample + 1)));
            assert!(mu_law_decode(mu_law_encode(sample)) <= mu_law_decode(mu_law_encode(sample + 1)));
        }
    }
}
