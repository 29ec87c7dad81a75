//! The callers of a queue with a policy, in order of their places.

use std::collections::VecDeque;
use std::ops::Index;

use crate::pbx::call::Place;
use crate::pbx::queue::hunt::Turn;

/// Sorted by place: most newcomers stand at the end, and most who leave near the head. Boxed, since whoever leaves
/// moves the others up.
#[derive(Debug, Default)]
pub(super) struct Line {
    turns: VecDeque<(Place, Box<Turn>)>,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.turns.len()
    }

    /// How many stand ahead of this place.
    pub(super) fn ahead(&self, place: Place) -> usize {
        match self.turns.back() {
            Some((last, _)) if *last < place => self.turns.len(),
            _ => self.turns.partition_point(|(other, _)| *other < place),
        }
    }

    /// Where in the line the caller at `place` stands, counted from 0.
    fn find(&self, place: Place) -> Option<usize> {
        let at = self.ahead(place);
        self.turns.get(at).is_some_and(|(found, _)| *found == place).then_some(at)
    }

    pub(super) fn contains(&self, place: Place) -> bool {
        self.find(place).is_some()
    }

    pub(super) fn get(&self, place: Place) -> Option<&Turn> {
        self.find(place).map(|at| &*self.turns[at].1)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut Turn> {
        self.find(place).map(|at| &mut *self.turns[at].1)
    }

    pub(super) fn insert(&mut self, place: Place, turn: Turn) {
        let at = self.ahead(place);
        self.turns.insert(at, (place, Box::new(turn)));
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<Turn> {
        let at = self.find(place)?;
        self.turns.remove(at).map(|(_, turn)| *turn)
    }

    /// Everybody, the first first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Place, &Turn)> {
        self.turns.iter().map(|(place, turn)| (*place, &**turn))
    }
}

impl Index<Place> for Line {
    type Output = Turn;

    fn index(&self, place: Place) -> &Turn {
        self.get(place).expect("whoever is looked at stands in line")
    }
}
