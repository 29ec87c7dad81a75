//! What a call takes of a link, from its headers, and how many fit: the one table of codecs, for the PBX's pool, for
//! tariff plans and for the advice alike.
//!
//! One direction of a call sends, every `ptime`, a packet of payload + RTP 12 + UDP 8 + IP 20 (IPv6: 40) + what the
//! layer below adds (RFC 3550, RFC 768, RFC 791, RFC 8200). Published tables differ only in what they take "Ethernet"
//! to be: the layer is named here.

use serde::{Deserialize, Serialize};

use crate::time::Duration;

/// The RTP header; those of UDP and IPv4; and what IPv6 and SRTP (an 80-bit tag) add, in bytes.
const RTP: f64 = 12.0;
const UDP_IP: f64 = 8.0 + 20.0;
const IPV6_MORE: f64 = 20.0;
const SRTP_TAG: f64 = 10.0;

/// What lies below IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// IP packets alone.
    Ip,
    /// Ethernet header and check sum, 18 bytes.
    Ethernet,
    /// With an 802.1Q tag, 22 bytes.
    Vlan,
    /// Ethernet and its 8-byte preamble.
    Preamble,
    /// Ethernet, preamble and the gap of 12 bytes: all that a wire is busy with.
    Wire,
}

impl Layer {
    /// Bytes that it adds to an IP packet.
    #[must_use]
    pub const fn bytes(self) -> f64 {
        match self {
            Self::Ip => 0.0,
            Self::Ethernet => 18.0,
            Self::Vlan => 22.0,
            Self::Preamble => 26.0,
            Self::Wire => 38.0,
        }
    }
}

/// How calls are packed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packing {
    pub layer: Layer,
    pub ipv6: bool,
    pub srtp: bool,
}

impl Packing {
    /// Bytes on the link around an RTP packet.
    #[must_use]
    pub fn around_rtp(self) -> f64 {
        let ipv6 = if self.ipv6 { IPV6_MORE } else { 0.0 };
        let srtp = if self.srtp { SRTP_TAG } else { 0.0 };
        UDP_IP + ipv6 + srtp + self.layer.bytes()
    }
}

/// Names of codecs and their bits per second of speech. Opus is variable: name its rate as `opus-24k`, which `opus`
/// alone stands for, as `ilbc` for its frames of 20 ms.
const CODECS: [(&str, f64); 14] = [
    ("pcma", 64_000.0),
    ("pcmu", 64_000.0),
    ("g711", 64_000.0),
    ("g722", 64_000.0),
    ("g726-32", 32_000.0),
    ("g729", 8_000.0),
    ("gsm", 13_200.0),
    ("ilbc-15.2", 15_200.0),
    // 400 bits in 30 ms.
    ("ilbc-13.33", 40_000.0 / 3.0),
    ("ilbc", 15_200.0),
    ("opus", 24_000.0),
    ("opus-16k", 16_000.0),
    ("opus-24k", 24_000.0),
    ("opus-40k", 40_000.0),
];

/// Bits per second of speech of a codec, or the names that are known.
pub fn codec_rate(name: &str) -> Result<f64, String> {
    let lower = name.to_ascii_lowercase();
    if let Some((_, rate)) = CODECS.iter().find(|(known, _)| *known == lower) {
        return Ok(*rate);
    }
    let opus = lower.strip_prefix("opus-").and_then(|rest| rest.strip_suffix('k')).map(str::parse::<f64>);
    match opus {
        Some(Ok(rate)) if (6.0..=510.0).contains(&rate) => Ok(rate * 1e3),
        _ => {
            let known: Vec<&str> = CODECS.iter().map(|(known, _)| *known).collect();
            Err(format!(
                "`{name}` is no codec known here; there are {} and opus-RATEk (6 to 510)",
                known.join(", ")
            ))
        }
    }
}

/// Bits per second of one direction of a call whose codec makes `codec_rate` bits per second, in packets of
/// `ptime_s` (10 to 200 ms).
pub fn call_rate(codec_rate: f64, ptime_s: f64, packing: Packing) -> Result<f64, String> {
    if !(0.01 - 1e-9..=0.2 + 1e-9).contains(&ptime_s) {
        return Err(format!("a packet of {} ms of speech: say 10 to 200 ms", 1e3 * ptime_s));
    }
    // A frame fills whole bytes.
    let payload = (codec_rate * ptime_s / 8.0 - 1e-9).ceil();
    Ok((payload + RTP + packing.around_rtp()) * 8.0 / ptime_s)
}

/// Whole calls of `call_rate` that fit on `link`, both in bits per second.
#[must_use]
pub fn calls_that_fit(link: f64, call_rate: f64) -> u64 {
    // A link that is a multiple of the rate must not lose a call to rounding.
    let calls = (link / call_rate * (1.0 + 1e-12)).floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let calls = calls.max(0.0) as u64;
    calls
}

/// When a call with bad sound is lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossRule {
    /// More than this share of its packets, 0 to 1, in one direction,
    pub above: f64,
    /// for so long, people's time.
    pub lasting: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kbit(codec: &str, ptime_ms: f64, layer: Layer, ipv6: bool, srtp: bool) -> f64 {
        call_rate(codec_rate(codec).unwrap(), ptime_ms / 1e3, Packing { layer, ipv6, srtp }).unwrap() / 1e3
    }

    /// Tables of two vendors, whose "Ethernet" differs: IP, 18 bytes, with preamble, with gap, with a tag, IPv6, SRTP.
    #[test]
    fn rates_from_headers_are_those_of_the_published_tables() {
        let rows = [
            ("pcma", 10.0, [96.0, 110.4, 116.8, 126.4, 113.6, 112.0, 104.0]),
            ("g722", 20.0, [80.0, 87.2, 90.4, 95.2, 88.8, 88.0, 84.0]),
            ("pcmu", 30.0, [74.7, 79.5, 81.6, 84.8, 80.5, 80.0, 77.3]),
            ("g726-32", 20.0, [48.0, 55.2, 58.4, 63.2, 56.8, 56.0, 52.0]),
            ("g729", 20.0, [24.0, 31.2, 34.4, 39.2, 32.8, 32.0, 28.0]),
            ("g729", 30.0, [18.7, 23.5, 25.6, 28.8, 24.5, 24.0, 21.3]),
            ("gsm", 20.0, [29.2, 36.4, 39.6, 44.4, 38.0, 37.2, 33.2]),
            ("ilbc-15.2", 20.0, [31.2, 38.4, 41.6, 46.4, 40.0, 39.2, 35.2]),
            ("ilbc-13.33", 30.0, [24.0, 28.8, 30.9, 34.1, 29.9, 29.3, 26.7]),
            ("opus-16k", 20.0, [32.0, 39.2, 42.4, 47.2, 40.8, 40.0, 36.0]),
            ("opus-24k", 20.0, [40.0, 47.2, 50.4, 55.2, 48.8, 48.0, 44.0]),
            ("opus-40k", 20.0, [56.0, 63.2, 66.4, 71.2, 64.8, 64.0, 60.0]),
        ];
        let layers = [Layer::Ip, Layer::Ethernet, Layer::Preamble, Layer::Wire, Layer::Vlan];
        for (codec, ptime_ms, printed) in rows {
            for (layer, expected) in layers.into_iter().zip(printed) {
                let rate = kbit(codec, ptime_ms, layer, false, false);
                assert!((rate - expected).abs() < 0.051, "{codec} {ptime_ms} {layer:?}: {rate}");
            }
            assert!((kbit(codec, ptime_ms, Layer::Ip, true, false) - printed[5]).abs() < 0.051);
            assert!((kbit(codec, ptime_ms, Layer::Ip, false, true) - printed[6]).abs() < 0.051);
        }
    }

    /// Usable calls at 75 % of an uplink: 8, 17, 43 and 86.
    #[test]
    fn calls_that_fit_are_whole_and_lose_none_to_rounding() {
        for (megabits, calls) in [(1.0, 8), (2.0, 17), (5.0, 43), (10.0, 86)] {
            assert_eq!(calls_that_fit(0.75e6 * megabits, 87_200.0), calls);
        }
        assert_eq!(calls_that_fit(872_000.0, 87_200.0), 10);
        assert_eq!(calls_that_fit(871_999.0, 87_200.0), 9);
    }

    #[test]
    fn unknown_codecs_and_odd_packets_are_refused_in_a_sentence() {
        assert!(codec_rate("opus-1k").unwrap_err().contains("opus-RATEk") && codec_rate("mp3").is_err());
        let packing = Packing { layer: Layer::Ip, ipv6: false, srtp: false };
        assert!(call_rate(64_000.0, 0.0, packing).is_err() && call_rate(64_000.0, 20.0, packing).is_err());
    }
}
