//! The exit map of menus, as files have it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::keypad::Key;
use crate::metrics::MenuCounts;
use crate::metrics::Summary;
use crate::outcome::menu::Exit;

/// One menu's exit map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuExits {
    pub menu: String,
    /// Callers who came into it.
    pub entered: u64,
    /// Every way out that somebody took.
    pub exits: Vec<MenuExit>,
}

/// One way out of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuExit {
    /// chose, contained, no_input, invalid_input, abandoned or cut_short.
    pub reason: String,
    /// The key pressed, where one was.
    pub key: Option<Key>,
    pub calls: u64,
}

pub(super) fn of(summary: &Summary) -> Vec<MenuExits> {
    let menu = |(menu, counts): (&Arc<str>, &MenuCounts)| {
        let exit = |(exit, calls): (&Exit, &u64)| MenuExit {
            reason: exit.name().to_owned(),
            key: exit.key(),
            calls: *calls,
        };
        let exits = counts.exits.iter().map(exit).collect();
        MenuExits { menu: menu.to_string(), entered: counts.entered, exits }
    };
    summary.menus.iter().map(menu).collect()
}
