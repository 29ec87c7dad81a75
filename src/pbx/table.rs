//! Calls by their number.
//!
//! Numbers are given in ascending order and calls end in any, so a number's low bits find its place at once:
//! a table with open addressing whose hash is the number itself, at most a quarter full. Iteration looks at every
//! place and is meant for the end of a run.

use std::ops::Index;

use crate::pbx::input::CallId;

/// Places for each call: with so many few calls are pushed on by others.
const ROOM: usize = 4;

/// Fewest places; a power of two, like every size after it.
const SMALLEST: usize = 64;

/// Things that calls own, by call.
#[derive(Debug, Clone)]
pub struct CallTable<T> {
    /// A power of two of places; a call stands at the first free one from its number's low bits on.
    places: Vec<Option<(CallId, T)>>,
    count: usize,
}

impl<T> Default for CallTable<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> CallTable<T> {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self { places: empty(SMALLEST), count: 0 }
    }

    /// Calls in the table.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[must_use]
    pub fn contains_key(&self, id: &CallId) -> bool {
        self.find(*id).is_some()
    }

    #[must_use]
    pub fn get(&self, id: &CallId) -> Option<&T> {
        let place = self.find(*id)?;
        self.places[place].as_ref().map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, id: &CallId) -> Option<&mut T> {
        let place = self.find(*id)?;
        self.places[place].as_mut().map(|(_, value)| value)
    }

    /// Puts `value` there, in the place of what the call had.
    pub fn insert(&mut self, id: CallId, value: T) {
        if let Some(place) = self.find(id) {
            self.places[place] = Some((id, value));
            return;
        }
        if (self.count + 1) * ROOM > self.places.len() {
            self.grow();
        }
        self.put(id, value);
        self.count += 1;
    }

    pub fn remove(&mut self, id: &CallId) -> Option<T> {
        let mut hole = self.find(*id)?;
        let removed = self.places[hole].take().map(|(_, value)| value);
        self.count -= 1;
        // Whoever was pushed on by the one that left moves back, so that every search may end at a free place.
        let mut next = self.after(hole);
        while let Some((other, _)) = &self.places[next] {
            let distance = |from: usize| next.wrapping_sub(from) & (self.places.len() - 1);
            if distance(self.home(*other)) >= distance(hole) {
                self.places[hole] = self.places[next].take();
                hole = next;
            }
            next = self.after(next);
        }
        removed
    }

    /// All calls, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&CallId, &T)> {
        self.places.iter().flatten().map(|(id, value)| (id, value))
    }

    #[expect(clippy::cast_possible_truncation, reason = "only low bits are wanted")]
    const fn home(&self, id: CallId) -> usize {
        id.0 as usize & (self.places.len() - 1)
    }

    const fn after(&self, place: usize) -> usize {
        (place + 1) & (self.places.len() - 1)
    }

    fn find(&self, id: CallId) -> Option<usize> {
        let mut place = self.home(id);
        loop {
            match &self.places[place] {
                Some((other, _)) if *other == id => return Some(place),
                Some(_) => place = self.after(place),
                None => return None,
            }
        }
    }

    fn put(&mut self, id: CallId, value: T) {
        let mut place = self.home(id);
        while self.places[place].is_some() {
            place = self.after(place);
        }
        self.places[place] = Some((id, value));
    }

    #[cold]
    fn grow(&mut self) {
        let larger = empty(self.places.len() * 2);
        for (id, value) in std::mem::replace(&mut self.places, larger).into_iter().flatten() {
            self.put(id, value);
        }
    }
}

impl<T> Index<&CallId> for CallTable<T> {
    type Output = T;

    /// # Panics
    /// If the call is not there.
    fn index(&self, id: &CallId) -> &T {
        self.get(id).expect("the call is in the table")
    }
}

fn empty<T>(places: usize) -> Vec<Option<(CallId, T)>> {
    std::iter::repeat_with(|| None).take(places).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    /// Against an ordered map, with numbers that collide, through growth and back.
    #[test]
    fn a_random_history_is_that_of_an_ordered_map() {
        let mut stream = Seed(1).stream(Purpose::Pbx, 0);
        let (mut table, mut map) = (CallTable::new(), BTreeMap::new());
        for step in 0..20_000_u64 {
            let wanted = if step < 10_000 { 600 } else { 50 };
            let id = CallId(stream.below(40) * 64 + stream.below(64));
            if stream.below(2) == 0 && map.len() < wanted {
                table.insert(id, step);
                map.insert(id, step);
            } else {
                assert_eq!(table.remove(&id), map.remove(&id));
            }
            let probe = CallId(stream.below(2_560));
            assert_eq!(table.get(&probe), map.get(&probe));
            assert_eq!(table.len(), map.len());
        }
        let mut left: Vec<_> = table.iter().collect();
        left.sort_unstable();
        assert_eq!(left, map.iter().collect::<Vec<_>>());
    }
}
