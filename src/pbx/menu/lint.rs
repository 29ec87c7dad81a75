//! What is wrong with a tree of menus, from a caller's point of view.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::keypad::Key;
use crate::pbx::config::Config;
use crate::pbx::config::Extension;
use crate::pbx::menu::DEPTH_MAX;
use crate::pbx::menu::Target;

/// A menu and its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub menu: Arc<str>,
    pub fault: Fault,
}

/// What callers would complain about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The menu lies this many levels deep.
    TooDeep(usize),
    /// Key 0 does not lead to a person.
    NoPersonBehindZero,
    /// This key, or silence, ends the call without an answer.
    DeadEnd(Option<Key>),
    /// No number and no branch leads to the menu.
    Unreachable,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let menu = &self.menu;
        match self.fault {
            Fault::TooDeep(depth) => write!(
                f,
                "menu {menu} lies {depth} levels deep; callers put up with {DEPTH_MAX}: join it to the one above"
            ),
            Fault::NoPersonBehindZero => {
                write!(f, "menu {menu}: 0 leads to no person; add \"0\": {{queue: …}}")
            }
            Fault::DeadEnd(Some(key)) => {
                write!(
                    f,
                    "menu {menu}: key {key} ends the call without an answer; lead it to a queue or a menu"
                )
            }
            Fault::DeadEnd(None) => write!(
                f,
                "menu {menu} hangs up on callers who press nothing useful; write otherwise: {{queue: …}}"
            ),
            Fault::Unreachable => write!(f, "menu {menu} is led to by no number and no key; remove it"),
        }
    }
}

/// Every fault of the menus of `config`, menu by menu.
#[must_use]
pub fn lint(config: &Config) -> Vec<Finding> {
    let depths = depths(config);
    let mut findings = Vec::new();
    for (index, menu) in config.menus.iter().enumerate() {
        let mut find = |fault| findings.push(Finding { menu: Arc::clone(&menu.name), fault });
        match depths.get(&index) {
            None => find(Fault::Unreachable),
            Some(depth) if *depth > DEPTH_MAX => find(Fault::TooDeep(*depth)),
            Some(_) => {}
        }
        if !menu.branches.get(&Key::ZERO).is_some_and(|branch| is_person(config, &branch.target)) {
            find(Fault::NoPersonBehindZero);
        }
        for (key, branch) in &menu.branches {
            if branch.self_service.is_none() && is_dead_end(config, &branch.target) {
                find(Fault::DeadEnd(Some(*key)));
            }
        }
        if is_dead_end(config, &menu.otherwise) {
            find(Fault::DeadEnd(None));
        }
    }
    findings
}

/// How many menus a caller hears at least before and with each: 1 for those behind a number.
fn depths(config: &Config) -> BTreeMap<usize, usize> {
    let is_entrance = |index: &usize| {
        let menu = &config.menus[*index];
        menu.takes_the_rest || !menu.numbers.is_empty()
    };
    let mut to_visit: VecDeque<(usize, usize)> =
        (0..config.menus.len()).filter(is_entrance).map(|index| (index, 1)).collect();
    let mut depths = BTreeMap::new();
    while let Some((index, depth)) = to_visit.pop_front() {
        if depths.contains_key(&index) {
            continue;
        }
        depths.insert(index, depth);
        let menu = &config.menus[index];
        let targets = menu.branches.values().map(|branch| &branch.target).chain([&menu.otherwise]);
        to_visit.extend(targets.filter_map(|target| match target {
            Target::Menu(next) => Some((*next, depth + 1)),
            _ => None,
        }));
    }
    depths
}

fn is_person(config: &Config, target: &Target) -> bool {
    match target {
        Target::Queue(_) => true,
        Target::Extension(number) => {
            matches!(config.extensions.get(number), Some(Extension::Answer { .. } | Extension::Queue(_)))
        }
        Target::Menu(_) | Target::Voicemail | Target::HangUp => false,
    }
}

fn is_dead_end(config: &Config, target: &Target) -> bool {
    match target {
        Target::HangUp => true,
        Target::Extension(_) => !is_person(config, target),
        Target::Queue(_) | Target::Menu(_) | Target::Voicemail => false,
    }
}
