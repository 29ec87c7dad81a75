//! Queues that send callers round in a circle, also through menus, where a caller who presses nothing comes back. Who goes
//! round by pressing a key wants to, and is no fault of the scenario.

use std::fmt;
use std::sync::Arc;

use crate::pbx::config::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::menu::Target;
use crate::pbx::onward::SENT_ON_MAX;
use crate::pbx::onward::Unkept;

/// Queues and menus, each of which sends callers on to the next, and the last to the first, a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    pub stations: Vec<Arc<str>>,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = self.stations.iter().chain(self.stations.first()).map(|name| &**name).collect::<Vec<_>>();
        write!(
            f,
            "queues send callers round in a circle, {}: after {SENT_ON_MAX} queues a caller is refused; lead one of \
             them to voicemail or callback",
            way.join(" → ")
        )
    }
}

/// Every circle, told once, from its first queue on.
#[must_use]
pub fn circles(config: &Config) -> Vec<Circle> {
    let queues = config.queues.len();
    let of_queues = (0..queues).map(|queue| successors(config, queue));
    let of_menus =
        config.menus.iter().map(|menu| menu_leads_to(config, &menu.otherwise).into_iter().collect());
    let next: Vec<Vec<usize>> = of_queues.chain(of_menus).collect();
    let name = |station: usize| match config.queues.get(station) {
        Some(queue) => Arc::clone(&queue.name),
        None => format!("menu {}", config.menus[station - queues].name).into(),
    };
    let ways = rounds(&next, queues).into_iter();
    ways.map(|way| Circle { stations: way.into_iter().map(name).collect() }).collect()
}

/// Every circle of a graph that is given by each station's successors, told once, from its first station on: one of the
/// first `queues`.
pub(in crate::pbx) fn rounds(next: &[Vec<usize>], queues: usize) -> Vec<Vec<usize>> {
    (0..queues).filter_map(|first| way_back(next, first)).collect()
}

/// Queues and menus (numbered after the queues) to which a queue sends callers on itself.
fn successors(config: &Config, queue: usize) -> Vec<usize> {
    let policy = &config.queues[queue].policy;
    let ways = Unkept::ALL.into_iter().filter_map(|why| policy.onward.on(why));
    let mut next: Vec<usize> = ways
        .filter_map(|to| match to {
            Destination::Queue(queue) => Some(*queue),
            Destination::Menu(menu) => Some(config.queues.len() + *menu),
            Destination::Extension(number) => queue_of(config, number),
            _ => None,
        })
        .chain(policy.overflow.as_ref().map(|overflow| overflow.to))
        .collect();
    next.sort_unstable();
    next.dedup();
    next
}

/// Where a caller goes on from a menu without a key.
fn menu_leads_to(config: &Config, otherwise: &Target) -> Option<usize> {
    match otherwise {
        Target::Queue(queue) => Some(*queue),
        Target::Menu(menu) => Some(config.queues.len() + *menu),
        Target::Extension(number) => queue_of(config, number),
        Target::Voicemail | Target::HangUp => None,
    }
}

fn queue_of(config: &Config, number: &str) -> Option<usize> {
    match config.extensions.get(number) {
        Some(Extension::Queue(queue)) => Some(*queue),
        _ => None,
    }
}

/// The shortest way from a queue back to it over menus and queues that do not come before it: those have been looked at.
fn way_back(next: &[Vec<usize>], first: usize) -> Option<Vec<usize>> {
    let mut ways = vec![vec![first]];
    let mut seen = vec![false; next.len()];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for station in &next[way[way.len() - 1]] {
                if *station == first {
                    return Some(way);
                }
                if *station > first && !seen[*station] {
                    seen[*station] = true;
                    longer.push(way.iter().copied().chain([*station]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}
