//! Callers who have an agent of their own: the owner is asked first, everybody else when that has come to nothing.
//!
//! The owner of a caller is whoever is listed for the caller's number, else who served that number last, else who is
//! listed for the caller's class. The caller keeps the place in line and for `wait` from entry on is offered to the
//! owner alone, ahead of those who would take anybody; when the owner's phone rings in vain, or the time is over, the
//! caller is one among the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::config::Config;
use crate::pbx::input::AgentId;
use crate::time::{Duration, Instant};

/// Callers whose agents are remembered, at most, in one queue.
const REMEMBERED_MAX: usize = 1_000_000;

/// Who is asked first. Agents are indices into `Config::agents`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OwnerFirst {
    /// How long a caller waits for the owner, from entry on.
    pub wait: Duration,
    /// For how long the agent who served a caller last is the caller's owner; absent: never.
    pub sticky: Option<Duration>,
    /// Caller's number → owner; a `*` at the end makes it the beginning of numbers, the longest of which counts.
    pub numbers: BTreeMap<Arc<str>, usize>,
    /// Caller's class → owner.
    pub classes: BTreeMap<Arc<str>, usize>,
}

impl OwnerFirst {
    /// Whether it matters from which number a call comes.
    #[must_use]
    pub fn reads_numbers(&self) -> bool {
        self.sticky.is_some() || !self.numbers.is_empty()
    }
}

/// The owners of one queue's callers.
#[derive(Debug)]
pub(super) struct Owners {
    pub(super) wait: Duration,
    sticky: Option<Duration>,
    numbers: BTreeMap<Arc<str>, AgentId>,
    /// Beginnings of numbers, and the length of the longest.
    prefixes: BTreeMap<Arc<str>, AgentId>,
    longest: usize,
    /// By the callers' type.
    classes: Vec<Option<AgentId>>,
    /// Caller's number → who served it last, and when.
    served: BTreeMap<Arc<str>, (Instant, AgentId)>,
}

/// A caller who waits for the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reserved {
    /// The owner's place in the queue's list.
    pub(super) position: usize,
    /// Nobody else is asked before.
    pub(super) until: Instant,
}

impl Owners {
    pub(super) fn new(config: &Config, first: &OwnerFirst) -> Self {
        let id =
            |agent: &usize| AgentId(u32::try_from(*agent).expect("no firm has four thousand million agents"));
        let (mut numbers, mut prefixes) = (BTreeMap::new(), BTreeMap::new());
        for (number, agent) in &first.numbers {
            match number.strip_suffix('*') {
                Some(prefix) => prefixes.insert(Arc::from(prefix), id(agent)),
                None => numbers.insert(Arc::clone(number), id(agent)),
            };
        }
        Self {
            wait: first.wait,
            sticky: first.sticky,
            numbers,
            longest: prefixes.keys().map(|prefix: &Arc<str>| prefix.len()).max().unwrap_or(0),
            prefixes,
            classes: config.callers.iter().map(|class| first.classes.get(&class.name).map(id)).collect(),
            served: BTreeMap::new(),
        }
    }

    /// Whose caller this is.
    pub(super) fn of(&self, from: &str, class: usize, now: Instant) -> Option<AgentId> {
        self.numbers
            .get(from)
            .copied()
            .or_else(|| self.by_prefix(from))
            .or_else(|| self.last_served(from, now))
            .or_else(|| self.classes.get(class).copied().flatten())
    }

    fn by_prefix(&self, from: &str) -> Option<AgentId> {
        if self.prefixes.is_empty() {
            return None;
        }
        let mut beginnings = (0..=self.longest.min(from.len())).rev().filter_map(|length| from.get(..length));
        beginnings.find_map(|beginning| self.prefixes.get(beginning).copied())
    }

    fn last_served(&self, from: &str, now: Instant) -> Option<AgentId> {
        let sticky = self.sticky?;
        self.served.get(from).filter(|(at, _)| now - *at <= sticky).map(|(_, agent)| *agent)
    }

    /// The agent has taken the call of this number.
    pub(super) fn remember(&mut self, from: &Arc<str>, agent: AgentId, now: Instant) {
        let Some(sticky) = self.sticky.filter(|_| !from.is_empty()) else { return };
        if let Some(served) = self.served.get_mut(from) {
            *served = (now, agent);
            return;
        }
        if self.served.len() >= REMEMBERED_MAX {
            self.served.retain(|_, (at, _)| now - *at <= sticky);
        }
        if self.served.len() < REMEMBERED_MAX {
            self.served.insert(Arc::clone(from), (now, agent));
        }
    }
}
