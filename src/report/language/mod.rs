//! The words and numbers that people read, in English and Russian.
//!
//! Every message stands once, both languages side by side, in a table that becomes a struct: a missing
//! translation does not compile. JSON, CSV and JUnit are for machines and never pass through here.

pub use numbers::plural;

pub mod agreement_words;
pub mod causes;
pub mod chart_words;
pub mod check_words;
pub mod fact_words;
mod findings;
pub mod hour_words;
pub mod menu_words;
mod numbers;
pub mod page_words;
mod reasons;
pub mod record_words;
pub mod sentences;
pub mod smoke_words;
pub mod staff_words;
pub mod tariff_words;
pub mod trunk_words;
pub mod variant_words;
pub mod words;
pub mod work_words;

use std::fmt;
use std::str::FromStr;

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    Russian,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// The code used by `--lang` and HTML: `en` or `ru`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A code that names no language of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no language of the reports; there are en and ru")]
pub struct UnknownLanguage(pub String);

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|language| language.code() == text);
        found.ok_or_else(|| UnknownLanguage(text.to_owned()))
    }
}

/// Puts values into the `{name}` places of a message.
#[must_use]
pub fn fill(message: &str, values: &[(&str, &str)]) -> String {
    let mut filled = message.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    filled
}

/// Declares a struct of messages from a table of `key: English, Russian;` rows.
macro_rules! messages {
    ($(#[$attribute:meta])* $name:ident { $($key:ident: $english:literal, $russian:literal;)+ }) => {
        $(#[$attribute])*
        #[derive(Debug)]
        pub struct $name { $(pub $key: &'static str,)+ }

        impl $name {
            const ENGLISH: Self = Self { $($key: $english,)+ };
            const RUSSIAN: Self = Self { $($key: $russian,)+ };

            /// The messages in `language`.
            #[must_use]
            pub const fn of(language: $crate::report::language::Language) -> &'static Self {
                match language {
                    $crate::report::language::Language::English => &Self::ENGLISH,
                    $crate::report::language::Language::Russian => &Self::RUSSIAN,
                }
            }

            /// Key, English, Russian.
            #[cfg(test)]
            pub const TABLE: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($key), $english, $russian),)+];
        }
    };
}
pub(crate) use messages;
