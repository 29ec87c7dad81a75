//! Numbers and beginnings of numbers, ready to look up.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Some numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberSet {
    numbers: BTreeSet<Arc<str>>,
    prefixes: BTreeSet<Arc<str>>,
    longest: usize,
}

impl NumberSet {
    /// Whole numbers, and with a `*` at the end beginnings of numbers.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut numbers, mut prefixes) = (BTreeSet::new(), BTreeSet::new());
        for entry in entries {
            match entry.strip_suffix('*') {
                Some(prefix) => prefixes.insert(Arc::from(prefix)),
                None => numbers.insert(Arc::from(entry)),
            };
        }
        let longest = prefixes.iter().map(|prefix: &Arc<str>| prefix.len()).max().unwrap_or(0);
        Self { numbers, prefixes, longest }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.prefixes.is_empty()
    }

    /// Whether `number` is one of them.
    #[must_use]
    pub fn holds(&self, number: &str) -> bool {
        let beginnings = || (0..=self.longest.min(number.len())).filter_map(|length| number.get(..length));
        self.numbers.contains(number)
            || (!self.prefixes.is_empty() && beginnings().any(|beginning| self.prefixes.contains(beginning)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_beginnings_of_numbers_are_known() {
        let list = NumberSet::new(["7900", "749*", "é*"]);
        for held in ["7900", "749", "7495551234", "é1"] {
            assert!(list.holds(held), "{held}");
        }
        for other in ["79001", "790", "74", "", "e", "1749"] {
            assert!(!list.holds(other), "{other}");
        }
        let everybody = NumberSet::new(["*"]);
        assert!(!everybody.is_empty() && NumberSet::default().is_empty());
        assert!(everybody.holds("") && everybody.holds("1"));
    }
}
