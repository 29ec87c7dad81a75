//! The keys of a telephone: what a caller presses, whatever carries it (RFC 4733 events, SIP INFO, or nothing at all).

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the sixteen keys that telephone signalling knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "char", try_from = "char")]
pub struct Key(u8);

/// The keys by their event codes (RFC 4733, table 3).
const CHARACTERS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Key {
    /// The key that is said to lead to a person.
    pub const ZERO: Self = Self(0);

    /// The key that accepts an offer unless another is named.
    pub const ONE: Self = Self(1);

    /// Every key, in the order of the event codes: 0 to 9, star, hash, A to D.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }

    /// The key with this event code of RFC 4733, 0 to 15.
    #[must_use]
    pub const fn from_event(event: u8) -> Option<Self> {
        if event < 16 { Some(Self(event)) } else { None }
    }

    /// The event code of RFC 4733, 0 to 15.
    #[must_use]
    pub const fn event(self) -> u8 {
        self.0
    }

    /// What is printed on the key.
    #[must_use]
    pub const fn character(self) -> char {
        CHARACTERS[self.0 as usize]
    }

    /// The key with this character; letters may be small.
    #[must_use]
    pub fn from_character(character: char) -> Option<Self> {
        let event = CHARACTERS.iter().position(|known| *known == character.to_ascii_uppercase())?;
        u8::try_from(event).ok().map(Self)
    }

    /// The key that a text of one character names.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut characters = text.trim().chars();
        let key = Self::from_character(characters.next()?)?;
        characters.next().is_none().then_some(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.character())
    }
}

impl From<Key> for char {
    fn from(key: Key) -> Self {
        key.character()
    }
}

impl TryFrom<char> for Key {
    type Error = String;

    fn try_from(character: char) -> Result<Self, Self::Error> {
        Self::from_character(character)
            .ok_or_else(|| format!("`{character}` is no key of a telephone; write 0 to 9, *, # or A to D"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4733, table 3.
    #[test]
    fn keys_have_the_event_codes_of_the_rfc() {
        let codes: Vec<u8> =
            "0123456789*#ABCD".chars().map(|key| Key::from_character(key).unwrap().event()).collect();
        assert_eq!(codes, (0..16).collect::<Vec<u8>>());
        assert!(Key::all().all(|key| Key::from_event(key.event()) == Some(key)));
        assert_eq!(Key::from_event(16), None);
        assert_eq!(Key::from_text("a"), Key::from_text("A"));
        assert_eq!((Key::from_text("10"), Key::from_text("E"), Key::from_text("")), (None, None, None));
    }
}
