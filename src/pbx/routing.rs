//! Where a number leads.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::config::Config;
use crate::pbx::config::Extension;

/// What becomes of an admitted call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Destination {
    /// The PBX answers it, standing in for whoever was called.
    Pbx,
    /// To the queue with this index.
    Queue(usize),
    /// To no one: the number does not exist.
    Unknown,
}

/// The numbers of the queues, ready to look up.
#[derive(Debug)]
pub(super) struct Routing {
    queues: BTreeMap<Arc<str>, usize>,
    otherwise: Destination,
}

impl Routing {
    /// A number that is no extension goes to the queue that lists it, else to the first queue without a
    /// list. A PBX whose queues all list their numbers knows no others; one without queues answers all.
    pub(super) fn new(config: &Config) -> Self {
        let mut queues = BTreeMap::new();
        for (index, queue) in config.queues.iter().enumerate() {
            for number in &queue.numbers {
                queues.entry(Arc::clone(number)).or_insert(index);
            }
        }
        let catch_all = config.queues.iter().position(|queue| queue.numbers.is_empty());
        let otherwise = match catch_all {
            Some(index) => Destination::Queue(index),
            None if config.queues.is_empty() => Destination::Pbx,
            None => Destination::Unknown,
        };
        Self { queues, otherwise }
    }

    /// Where `number`, which is no extension, leads.
    pub(super) fn destination(&self, number: &str) -> Destination {
        self.queues.get(number).map_or(self.otherwise, |index| Destination::Queue(*index))
    }
}

/// The extension with this number.
pub(super) fn extension<'a>(config: &'a Config, number: &str) -> Option<&'a Extension> {
    config.extensions.get(number)
}
