//! How callers leave menus.

use crate::keypad::Key;

/// What happened in a menu. Every entry has one exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MenuEventKind {
    Entered,
    Left(Exit),
}

/// Why a caller left a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Went along the branch of this key.
    Chose(Key),
    /// The answer behind this key was enough.
    Contained(Key),
    /// Pressed nothing until the repeats were used up.
    NoInput,
    /// Pressed a key that leads nowhere, until the repeats were used up.
    InvalidInput,
    /// Hung up in the menu.
    Abandoned,
    /// Was hung up on by the end of the run or of the PBX, or for going round in circles.
    CutShort,
}

impl Exit {
    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chose(_) => "chose",
            Self::Contained(_) => "contained",
            Self::NoInput => "no_input",
            Self::InvalidInput => "invalid_input",
            Self::Abandoned => "abandoned",
            Self::CutShort => "cut_short",
        }
    }

    /// The key that was pressed, where one was.
    #[must_use]
    pub const fn key(self) -> Option<Key> {
        match self {
            Self::Chose(key) | Self::Contained(key) => Some(key),
            Self::NoInput | Self::InvalidInput | Self::Abandoned | Self::CutShort => None,
        }
    }
}
