//! What is told of single calls and of topics: the longest cases step by step, and what callers want more often.
//!
//! Gathered where books are kept, so that a simulation for figures alone pays nothing for it.

use crate::books::Timelines;
use crate::metrics::Topics;
use crate::outcome::CallRecord;
use crate::outcome::menu::MenuEventKind;
use crate::pbx::books::CdrRow;
use crate::pbx::books::QueueEvent;
use crate::pbx::menu::MenuEvent;
use crate::result::RunResult;
use crate::scenario::Scenario;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Intensity;

/// Reads the books of one run as they are written.
#[derive(Debug)]
pub struct Cases {
    /// Where calls have steps to tell.
    timelines: Option<Timelines>,
    /// Where the numbers of contacts are Poisson's, or nearly.
    topics: Option<Topics>,
}

impl Cases {
    /// For a run of this scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let has_steps = !scenario.pbx.queues.is_empty() || !scenario.pbx.menus.is_empty();
        let extent = match scenario.extent {
            Extent::Duration(duration) => Some(scenario.warm_up + duration),
            Extent::Calls(_) | Extent::Unstated => None,
        };
        let comes_in_bursts = matches!(scenario.traffic.arrivals, Arrivals::Bursty(_));
        let topics = || Topics::new(extent, Instant::ZERO + scenario.warm_up);
        Self { timelines: has_steps.then(Timelines::default), topics: (!comes_in_bursts).then(topics) }
    }

    /// A row of the generator's book.
    pub fn generator(&mut self, record: &CallRecord) {
        if let Some(timelines) = &mut self.timelines {
            timelines.generator(record);
        }
        if let Some(topics) = &mut self.topics {
            topics.add(record);
        }
    }

    /// A row of the PBX's CDR.
    pub fn cdr(&mut self, row: &CdrRow) {
        if let Some(timelines) = &mut self.timelines {
            timelines.cdr(row);
        }
    }

    /// A line of the queue log.
    pub fn queue_event(&mut self, event: &QueueEvent) {
        if let Some(timelines) = &mut self.timelines {
            timelines.queue_event(event);
        }
    }

    /// Somebody came into a menu or left it.
    pub fn menu_event(&mut self, event: &MenuEvent) {
        if let Some(timelines) = &mut self.timelines {
            timelines.menu_event(event);
        }
        if let (Some(topics), MenuEventKind::Left(exit)) = (&mut self.topics, event.event) {
            topics.left_menu(event.at, &event.menu, exit);
        }
    }

    /// The result with what was gathered.
    #[must_use]
    pub fn told(self, scenario: &Scenario, mut result: RunResult) -> RunResult {
        let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
        let is_planned = matches!(scenario.traffic.arrivals, Arrivals::Poisson | Arrivals::Even);
        let planned = |from: f64, to: f64| if is_planned { intensity.integral(from, to) } else { to - from };
        result.longest = self.timelines.map(Timelines::finish).unwrap_or_default();
        result.trends = self.topics.map(|topics| topics.finish(planned)).unwrap_or_default();
        result
    }
}
