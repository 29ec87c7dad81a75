//! To whom a queue's agents send their callers on, how often and after how long.

use std::fmt;
use std::sync::Arc;

use crate::pbx::config::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Opening;
use crate::pbx::onward::rounds;
use crate::pbx::routing::Routing;
use crate::pbx::routing::Table;
use crate::random::Distribution;

/// Times that one caller is sent on by agents who are played; from then on whoever has the caller keeps the caller.
pub const TRANSFERS_MAX: u8 = 10;

/// One number to which the agents of a queue send callers on.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// Any number of the PBX but a user's.
    pub to: Arc<str>,
    /// Of the conversations that last so long, 0 to 1.
    pub share: f64,
    /// From the beginning of the conversation.
    pub after: Distribution,
    /// How long the caller then talks to whoever answers there; absent: the rest of what there was to say.
    pub talk: Option<Distribution>,
}

/// Queues, the agents of each of which send callers on to the next, and those of the last to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    pub queues: Vec<Arc<str>>,
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = self.queues.iter().chain(self.queues.first()).map(|name| &**name).collect::<Vec<_>>();
        write!(
            f,
            "agents send callers round in a circle, {}: after {TRANSFERS_MAX} transfers the agent who has the caller \
             talks on; lower a share, or lead one of them elsewhere",
            way.join(" → ")
        )
    }
}

/// Wherever a number may lead, by the hour and the caller's type.
#[must_use]
pub fn destinations(config: &Config, number: &str) -> Vec<Destination> {
    let cells = config.table.iter().flat_map(Table::cells);
    let tabled = cells.filter(|cell| **cell.number == *number);
    let tabled: Vec<Destination> =
        tabled.flat_map(|cell| cell.targets).map(|(_, target)| target.clone()).collect();
    if !tabled.is_empty() {
        return tabled;
    }
    if let Some((number, _)) = config.extensions.get_key_value(number) {
        return vec![Destination::Extension(Arc::clone(number))];
    }
    let otherwise = if config.table.is_none() && config.hook.is_some() {
        Destination::Ask
    } else {
        Routing::new(config).destination(number).clone()
    };
    // Closed hours lead numbers elsewhere that there are, and those that there are not.
    let closed = config.opening.as_ref().and_then(|Opening { closed, .. }| closed.clone());
    closed.filter(|_| otherwise != Destination::Unknown).into_iter().chain([otherwise]).collect()
}

/// Whether a destination is nobody's.
#[must_use]
pub fn is_nowhere(config: &Config, destination: &Destination) -> bool {
    match destination {
        Destination::Unknown => true,
        Destination::Extension(number) => {
            matches!(config.extensions.get(number), Some(Extension::Unknown) | None)
        }
        _ => false,
    }
}

/// Every circle in which agents send callers round, told once.
#[must_use]
pub fn circles(config: &Config) -> Vec<Round> {
    let next: Vec<Vec<usize>> = config.queues.iter().map(|queue| successors(config, queue)).collect();
    let names =
        |way: Vec<usize>| way.into_iter().map(|queue| Arc::clone(&config.queues[queue].name)).collect();
    rounds(&next, next.len()).into_iter().map(|way| Round { queues: names(way) }).collect()
}

/// Queues to which the agents of a queue send callers on.
fn successors(config: &Config, queue: &crate::pbx::config::QueueConfig) -> Vec<usize> {
    let numbers = queue.policy.transfers.iter().filter(|transfer| transfer.share > 0.0);
    let reached = numbers.flat_map(|transfer| destinations(config, &transfer.to));
    let mut next: Vec<usize> = reached
        .filter_map(|to| match to {
            Destination::Queue(queue) => Some(queue),
            Destination::Extension(number) => match config.extensions.get(&number) {
                Some(Extension::Queue(queue)) => Some(*queue),
                _ => None,
            },
            _ => None,
        })
        .collect();
    next.sort_unstable();
    next.dedup();
    next
}
