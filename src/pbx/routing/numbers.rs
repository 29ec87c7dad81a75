//! Where a number leads that is no extension, if nothing else is said.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::config::Config;
use crate::pbx::config::QueueConfig;
use crate::pbx::routing::Destination;

/// The numbers of the menus and queues, ready to look up.
#[derive(Debug)]
pub(in crate::pbx) struct Routing {
    numbers: BTreeMap<Arc<str>, Destination>,
    otherwise: Destination,
    /// Where every call goes, whatever its number, its caller and the hour.
    only_queue: Option<usize>,
}

impl Routing {
    /// A number that is no extension goes to the menu or queue that lists it, else to the menu that takes the rest, else
    /// to the first queue without a list. A PBX whose queues all list their numbers knows no others; one without queues
    /// answers all.
    pub(in crate::pbx) fn new(config: &Config) -> Self {
        let mut numbers = BTreeMap::new();
        for (index, menu) in config.menus.iter().enumerate() {
            for number in &menu.numbers {
                numbers.entry(Arc::clone(number)).or_insert(Destination::Menu(index));
            }
        }
        for (index, queue) in config.queues.iter().enumerate() {
            for number in &queue.numbers {
                numbers.entry(Arc::clone(number)).or_insert(Destination::Queue(index));
            }
        }
        let entrance = config.menus.iter().position(|menu| menu.takes_the_rest);
        let takes_the_rest =
            |queue: &QueueConfig| queue.numbers.is_empty() && queue.policy.outsourced.is_none();
        let catch_all = config.queues.iter().position(takes_the_rest);
        let otherwise = match (entrance, catch_all) {
            // Beside a routing table nothing else is taken to be a number of the firm's.
            _ if config.table.is_some() => Destination::Unknown,
            (Some(index), _) => Destination::Menu(index),
            (None, Some(index)) => Destination::Queue(index),
            (None, None) if config.queues.is_empty() => Destination::Pbx,
            (None, None) => Destination::Unknown,
        };
        let is_only = numbers.is_empty()
            && config.table.is_none()
            && config.extensions.is_empty()
            && config.opening.is_none()
            && config.hook.is_none();
        let only_queue = match otherwise {
            Destination::Queue(index) if is_only => Some(index),
            _ => None,
        };
        Self { numbers, otherwise, only_queue }
    }

    /// The queue to which every call goes, if none goes anywhere else.
    #[inline]
    pub(in crate::pbx) const fn only_queue(&self) -> Option<usize> {
        self.only_queue
    }

    /// Where `number`, which is no extension, leads.
    pub(in crate::pbx) fn destination(&self, number: &str) -> &Destination {
        self.numbers.get(number).unwrap_or(&self.otherwise)
    }
}
