//! Where the routing leads before any call is made: whether a caller who dials at some hour is let in to be served.

use crate::pbx::config::Config;
use crate::pbx::routing::Destination;
use crate::pbx::routing::Opening;
use crate::pbx::routing::Routing;
use crate::time::Instant;

/// The routing of a configuration, asked beforehand.
#[derive(Debug)]
pub struct Lead<'a> {
    config: &'a Config,
    routing: Routing,
}

impl<'a> Lead<'a> {
    #[must_use]
    pub fn new(config: &'a Config) -> Self {
        Self { config, routing: Routing::new(config) }
    }

    /// Whether a caller of this type who dials this number at `at` is led to people: to a queue or a menu; where there
    /// are no queues, to anyone who answers. A refusal or a voicemail is none of that.
    #[must_use]
    pub fn serves(&self, at: Instant, class: usize, number: &str) -> bool {
        match self.destination(at, class, number) {
            Destination::Queue(_) | Destination::Menu(_) | Destination::Ask | Destination::Callback => true,
            Destination::Pbx | Destination::Extension(_) => self.config.queues.is_empty(),
            Destination::Refuse(_) | Destination::Unknown | Destination::Voicemail => false,
        }
    }

    /// When the routing next changes after `at`; none if it never does.
    #[must_use]
    pub fn next_change(&self, at: Instant) -> Option<Instant> {
        let opening = self.config.opening.as_ref().filter(|opening| opening.closed.is_some());
        let opening = opening.and_then(|opening| opening.hours.next_change(at));
        let table = self.config.table.as_ref().and_then(|table| table.next_change(at));
        [opening, table].into_iter().flatten().min()
    }

    /// As [`Pbx::destination_of`](crate::pbx::machine::Pbx) decides.
    fn destination(&self, at: Instant, class: usize, number: &str) -> &Destination {
        let config = self.config;
        if let Some(tabled) = config.table.as_ref().and_then(|table| table.target(at, class, number)) {
            return tabled;
        }
        if let Some(Opening { hours, closed: Some(closed) }) = &config.opening
            && !config.extensions.contains_key(number)
            && !hours.is_open(at)
        {
            return closed;
        }
        if config.table.is_none() && config.hook.is_some() {
            return &Destination::Ask;
        }
        self.routing.destination(number)
    }
}
