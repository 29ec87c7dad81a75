//! Who in a line is to be looked at, so that what happens costs as much as it concerns, and not as the line is long.
//!
//! Callers who wait are filed by what they ask for: whom of the agents they would take depends on nothing else, so that
//! one look serves all of a kind. Each caller's next change that no event brings is filed by its time. Whatever changes
//! a caller files the caller anew.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::Bound;

use crate::pbx::call::Place;
use crate::pbx::queue::config::Window;
use crate::time::Instant;

/// All that decides which of the agents would do for a caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asks {
    /// The caller's type.
    pub(super) class: usize,
    pub(super) window: Window,
    /// The position of the only agent who is asked.
    pub(super) reserved: Option<usize>,
    /// Positions that declined in this round.
    pub(super) tried: Vec<usize>,
}

/// How a caller is filed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filing {
    /// What a caller asks for who waits and for whom no phone rings.
    pub(super) asks: Option<Asks>,
    /// The caller is not offered yet.
    pub(super) rests: bool,
    /// Would be told another position at once.
    pub(super) can_be_told: bool,
    /// When something changes that no event brings.
    pub(super) change: Option<Instant>,
}

/// Callers without a ringing phone who ask for the same.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) ready: BTreeSet<Place>,
    pub(super) resting: BTreeSet<Place>,
}

/// The files.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) groups: BTreeMap<Asks, Group>,
    /// Callers for whom phones ring: no more than there are agents.
    pub(super) ringing: BTreeSet<Place>,
    changes: BTreeSet<(Instant, Place)>,
    /// Callers are told their position.
    announces: bool,
    /// Filed anew since sentences were last begun.
    touched: BTreeSet<Place>,
    /// Those who would be told another position at once.
    can_be_told: BTreeSet<Place>,
    /// Behind this place positions have changed since then.
    moved_behind: Option<Place>,
}

impl Index {
    pub(super) fn new(announces: bool) -> Self {
        Self { announces, ..Self::default() }
    }

    /// Files the caller at `place` as `new` instead of `old`; no longer where there is no new filing.
    pub(super) fn file(&mut self, place: Place, old: Option<&Filing>, new: Option<&Filing>) {
        if self.announces && new.is_some() {
            self.touched.insert(place);
        }
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.take_out(place, old);
        }
        let Some(new) = new else { return };
        match &new.asks {
            None => drop(self.ringing.insert(place)),
            Some(asks) => {
                if !self.groups.contains_key(asks) {
                    self.groups.insert(asks.clone(), Group::default());
                }
                let group = self.groups.get_mut(asks).expect("just put there");
                let part = if new.rests { &mut group.resting } else { &mut group.ready };
                part.insert(place);
            }
        }
        if new.can_be_told {
            self.can_be_told.insert(place);
        }
        self.changes.extend(new.change.map(|at| (at, place)));
    }

    fn take_out(&mut self, place: Place, old: &Filing) {
        match &old.asks {
            None => drop(self.ringing.remove(&place)),
            Some(asks) => {
                let group = self.groups.get_mut(asks).expect("a filed caller is in a group");
                let part = if old.rests { &mut group.resting } else { &mut group.ready };
                part.remove(&place);
                if group.ready.is_empty() && group.resting.is_empty() {
                    self.groups.remove(asks);
                }
            }
        }
        if old.can_be_told {
            self.can_be_told.remove(&place);
        }
        if let Some(at) = old.change {
            self.changes.remove(&(at, place));
        }
    }

    /// Somebody has come to this place, or left it: whoever stands behind has another position.
    pub(super) fn moves_behind(&mut self, place: Place) {
        if self.announces {
            self.moved_behind = Some(self.moved_behind.map_or(place, |other| other.min(place)));
        }
    }

    /// The caller whose change comes first, and when.
    pub(super) fn next_change(&self) -> Option<(Instant, Place)> {
        self.changes.first().copied()
    }

    /// Whoever may have to be told something since the last time, in the order of the line.
    pub(super) fn take_to_tell(&mut self) -> BTreeSet<Place> {
        let mut places = std::mem::take(&mut self.touched);
        if let Some(place) = self.moved_behind.take() {
            places.extend(self.can_be_told.range((Bound::Excluded(place), Bound::Unbounded)));
        }
        places
    }
}
