//! Things told apart by name, found without reading the name where the same text is asked for again.
//!
//! A simulation's records share their texts: the agent of a thousand calls is one allocation. Where it was found
//! the last time is therefore looked at first; what is counted does not depend on it.

use std::sync::Arc;

/// Most names told apart; the rest are counted together.
pub(super) const NAMES: usize = 4096;

/// Where names beyond [`NAMES`] are counted.
const OTHERS: &str = "(others)";

/// Places remembered by the address of a text; a power of two.
const REMEMBERED: usize = 512;

/// At most [`NAMES`] entries and that of all others, in the order of names.
#[derive(Debug, Clone)]
pub(super) struct Named<T> {
    entries: Vec<(Arc<str>, T)>,
    /// Address of a text, scattered → place in `entries`, to be checked.
    remembered: Vec<usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), remembered: vec![usize::MAX; REMEMBERED] }
    }
}

impl<T: PartialEq> PartialEq for Named<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<T: Default> Named<T> {
    /// The entry of this name, or that of all names beyond the capacity.
    #[inline]
    pub(super) fn entry(&mut self, name: &Arc<str>) -> &mut T {
        let slot = scattered(Arc::as_ptr(name).cast::<u8>().addr());
        let place = self.remembered[slot];
        if self.entries.get(place).is_some_and(|(known, _)| Arc::ptr_eq(known, name)) {
            return &mut self.entries[place].1;
        }
        self.entry_elsewhere(name, slot)
    }

    #[inline(never)]
    fn entry_elsewhere(&mut self, name: &Arc<str>, slot: usize) -> &mut T {
        // Names whose addresses meet in a slot stand in its neighbours.
        for slot in [slot ^ 1, slot ^ 2] {
            let place = self.remembered[slot];
            if self.entries.get(place).is_some_and(|(known, _)| Arc::ptr_eq(known, name)) {
                return &mut self.entries[place].1;
            }
        }
        let place = self.find_or_add(name);
        let free = [slot ^ 1, slot ^ 2].into_iter().find(|slot| self.remembered[*slot] == usize::MAX);
        let slot = if self.remembered[slot] == usize::MAX { slot } else { free.unwrap_or(slot) };
        self.remembered[slot] = place;
        &mut self.entries[place].1
    }

    fn find_or_add(&mut self, name: &Arc<str>) -> usize {
        let place = match self.find(name) {
            Ok(place) => return place,
            Err(place) => place,
        };
        if self.entries.len() < NAMES {
            self.entries.insert(place, (Arc::clone(name), T::default()));
            return place;
        }
        self.find(OTHERS).unwrap_or_else(|place| {
            self.entries.insert(place, (OTHERS.into(), T::default()));
            place
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.find(name).ok().map(|place| &self.entries[place].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &T)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    pub(super) fn into_entries(self) -> Vec<(Arc<str>, T)> {
        self.entries
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

/// The upper bits of a product that mixes all bits of the address.
fn scattered(address: usize) -> usize {
    let mixed = (address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - REMEMBERED.trailing_zeros());
    usize::try_from(mixed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_text_whatever_holds_it() {
        let mut named = Named::<u64>::default();
        let anna: Arc<str> = "anna".into();
        for _ in 0..3 {
            *named.entry(&anna) += 1;
            // Names that come before push the others on.
            *named.entry(&Arc::from("aaron")) += 1;
            *named.entry(&Arc::from("anna")) += 1;
        }
        let counted: Vec<_> = named.iter().map(|(name, count)| (&**name, *count)).collect();
        assert_eq!(counted, [("aaron", 3), ("anna", 6)]);
        assert_eq!(named.get("boris"), None);
    }

    #[test]
    fn names_without_end_are_counted_together() {
        let mut named = Named::<u64>::default();
        for caller in 0..10_000 {
            *named.entry(&Arc::from(format!("{caller}"))) += 1;
        }
        assert_eq!(named.iter().count(), NAMES + 1);
        assert_eq!(named.get(OTHERS), Some(&(10_000 - NAMES as u64)));
    }
}
