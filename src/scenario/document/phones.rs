//! The phones of the `pbx` section as written.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::DistributionValue;
use crate::scenario::document::document;
use crate::units::Period;
use crate::units::Ratio;

document! {
    /// Someone whose phone may register.
    UserDocument {
        /// The user name, which is also the number.
        name: String,
        /// Environment variable that holds the password. Without it `pbx` makes one at its start, and prints it.
        password_env: String,
        /// How long the user's phones ring before the caller hears that nobody answers. Default 30s.
        ring_timeout: Period,
        /// What simulate takes for the person: from the first ring to pick-up. Default 0s.
        answer_delay: DistributionValue,
        /// And the probability that a ring is not answered. Default 0%.
        no_answer: Ratio,
    }
}

/// Who must prove a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AuthenticateWord {
    /// Who registers.
    Registrations,
    /// Who registers and who calls.
    Calls,
}

document! {
    /// How long phones stay registered, and how they are asked for their passwords. Wall time.
    RegistrationDocument {
        /// For a phone that asks for no time of its own. Default 1h.
        expires: Period,
        /// Who asks for less is refused with 423. Default 1m.
        min_expires: Period,
        /// Who asks for more gets this. Default 2h.
        max_expires: Period,
        /// Most phones of one user; a further one takes the place of the oldest. Default 10.
        max_contacts: u32,
        /// How long the nonce of a challenge may be used. Default 5m.
        nonce_lifetime: Period,
        /// Hashes that a challenge offers, the most wanted first, as [SHA-256, MD5]. Default [MD5]: phones that know
        /// nothing else (those built on libre, for one) answer no challenge that offers another beside it.
        algorithms: Vec<HashWord>,
    }
}

document! {
    /// Timers of sessions (RFC 4028), wall time: who vanishes without a word is noticed.
    SessionTimersDocument {
        /// The interval that the PBX asks of every phone and caller. Default: only those who ask have a timer.
        expires: Period,
        /// Who asks for less is refused with 422. Default 90s.
        min: Period,
    }
}

/// A hash of RFC 8760.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum HashWord {
    #[serde(rename = "MD5")]
    Md5,
    #[serde(rename = "SHA-256")]
    Sha256,
    #[serde(rename = "SHA-512-256")]
    Sha512Over256,
}
