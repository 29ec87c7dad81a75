//! The two codecs that every telephone speaks.

use crate::media::g711;

/// A G.711 law, with its static payload type (RFC 3551, table 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// A-law, payload type 8.
    Pcma,
    /// µ-law, payload type 0.
    Pcmu,
}

impl Codec {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pcma, Self::Pcmu];

    /// The RTP payload type.
    #[must_use]
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The codec of an RTP payload type, if it is one of these.
    #[must_use]
    pub fn from_payload_type(payload_type: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.payload_type() == payload_type)
    }

    /// One code for a 16-bit linear sample.
    #[must_use]
    pub const fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Pcma => g711::a_law_encode(sample),
            Self::Pcmu => g711::mu_law_encode(sample),
        }
    }

    /// The 16-bit linear sample of a code.
    #[must_use]
    pub const fn decode(self, code: u8) -> i16 {
        match self {
            Self::Pcma => g711::a_law_decode(code),
            Self::Pcmu => g711::mu_law_decode(code),
        }
    }
}
