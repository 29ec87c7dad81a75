//! Queues that send callers round in a circle.

use std::fmt;
use std::sync::Arc;

use crate::pbx::config::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::onward::SENT_ON_MAX;
use crate::pbx::onward::Unkept;

/// Queues, each of which sends callers on to the next, and the last to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    pub queues: Vec<Arc<str>>,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = self.queues.iter().chain(self.queues.first()).map(|name| &**name).collect::<Vec<_>>();
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
    let next: Vec<Vec<usize>> = (0..config.queues.len()).map(|queue| successors(config, queue)).collect();
    let mut found = Vec::new();
    for first in 0..next.len() {
        if let Some(way) = way_back(&next, first) {
            let queues = way.into_iter().map(|queue| Arc::clone(&config.queues[queue].name)).collect();
            found.push(Circle { queues });
        }
    }
    found
}

/// Queues to which a queue sends callers on itself.
fn successors(config: &Config, queue: usize) -> Vec<usize> {
    let policy = &config.queues[queue].policy;
    let ways = Unkept::ALL.into_iter().filter_map(|why| policy.onward.on(why));
    let mut next: Vec<usize> = ways
        .filter_map(|to| match to {
            Destination::Queue(queue) => Some(*queue),
            Destination::Extension(number) => match config.extensions.get(number) {
                Some(Extension::Queue(queue)) => Some(*queue),
                _ => None,
            },
            _ => None,
        })
        .chain(policy.overflow.as_ref().map(|overflow| overflow.to))
        .collect();
    next.sort_unstable();
    next.dedup();
    next
}

/// The shortest way from a queue back to it over queues that do not come before it: those have been looked at.
fn way_back(next: &[Vec<usize>], first: usize) -> Option<Vec<usize>> {
    let mut ways = vec![vec![first]];
    let mut seen = vec![false; next.len()];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for queue in &next[way[way.len() - 1]] {
                if *queue == first {
                    return Some(way);
                }
                if *queue > first && !seen[*queue] {
                    seen[*queue] = true;
                    longer.push(way.iter().copied().chain([*queue]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}
