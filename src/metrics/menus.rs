//! Where callers leave the menus, and by which key.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::outcome::menu::Exit;
use crate::outcome::menu::MenuEventKind;

/// The exit map of all menus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Menus(BTreeMap<Arc<str>, MenuCounts>);

/// One menu's callers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MenuCounts {
    pub entered: u64,
    /// Each way out that somebody took.
    pub exits: BTreeMap<Exit, u64>,
}

impl Menus {
    pub(super) fn add(&mut self, menu: &Arc<str>, event: MenuEventKind) {
        if !self.0.contains_key(menu) {
            self.0.insert(Arc::clone(menu), MenuCounts::default());
        }
        let Some(counts) = self.0.get_mut(menu) else { return };
        match event {
            MenuEventKind::Entered => counts.entered += 1,
            MenuEventKind::Left(exit) => *counts.exits.entry(exit).or_default() += 1,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (menu, theirs) in &other.0 {
            let mine = self.0.entry(Arc::clone(menu)).or_default();
            mine.entered += theirs.entered;
            for (exit, calls) in &theirs.exits {
                *mine.exits.entry(*exit).or_default() += calls;
            }
        }
    }

    /// Menus by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &MenuCounts)> {
        self.0.iter()
    }

    /// No caller met a menu.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
