//! The figures of very many calls of which most end alike.
//!
//! What a call counts as hangs on how it ended and on who called, and there are few of those; what differs from call to
//! call is when and how long. So each kind of end is looked at once, as a record, and from then on only counted, by slices
//! of time; times are summed as they come. When all is told ([`Alike::finish`]), the counts are what the records
//! would have made them, to the last bit: times are summed in whole nanoseconds, and whole numbers know no order.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::metrics::ClassCounts;
use crate::metrics::Collector;
use crate::metrics::Counts;
use crate::metrics::Settings;
use crate::metrics::TimeSum;
use crate::metrics::calendar;
use crate::metrics::facts::{Facts, Span};
use crate::metrics::funnel;
use crate::metrics::names::NAMES;
use crate::metrics::work::{AgentData, Work};
use crate::outcome::CallRecord;
use crate::outcome::Limiter;
use crate::outcome::Phase;
use crate::time::{Duration, Instant};

/// A collector that is told kinds of ends instead of records.
#[derive(Debug)]
pub(crate) struct Alike {
    collector: Collector,
    kinds: Vec<Kind>,
    /// What of each kind is asked for every call.
    hot: Vec<Hot>,
    classes: Vec<(Arc<str>, ClassCounts)>,
    agents: Vec<Agent>,
    /// By agent, as what every call changes.
    work: Vec<Work>,
    wrap_up_nanos: Vec<u64>,
    /// Callers who did not wait at all, but for those served, and how long those talked who were, by class.
    at_once: u64,
    served_at_once: Vec<ServedAtOnce>,
    /// The measured time.
    window: [Instant; 2],
    /// The cell of the week that calls start in, and how many have.
    cell: [Instant; 2],
    cell_offered: u64,
}

/// Attempts that are the same but for their times.
#[derive(Debug)]
struct Kind {
    facts: Facts,
    /// One such attempt, times left out.
    counts: Counts,
    class_counts: ClassCounts,
    /// The last stage of the funnel that it gets to.
    depth: usize,
    limiter: Option<Limiter>,
    /// Of an attempt that was not completed.
    cause: Option<Arc<str>>,
}

/// Which times of an attempt are summed.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each one so or not")]
struct Hot {
    /// Index of the callers' class.
    class: u32,
    is_measured: bool,
    is_held: bool,
    is_talked: bool,
    asked_for_queue: bool,
    served_from_queue: bool,
    has_agent: bool,
    is_lost: bool,
    /// For a technical reason, before it held anything.
    is_refused: bool,
    /// Counted, and served by an agent of a queue.
    is_served: bool,
}

#[derive(Debug)]
struct Agent {
    name: Arc<str>,
    data: AgentData,
}

/// Callers who were served without a wait, which most are: how long they held their circuits is how long they talked.
#[derive(Debug, Clone, Copy, Default)]
struct ServedAtOnce {
    callers: u64,
    talk: TimeSum,
}

/// When what happened to an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) intended_start: Instant,
    pub(crate) started: Instant,
    /// When somebody spoke; for attempts of a kind that are talked to.
    pub(crate) connected: Instant,
    pub(crate) over: Instant,
    /// Who served; for attempts of a kind that an agent talks to.
    pub(crate) agent: usize,
    /// For attempts of a kind that asked for a queue.
    pub(crate) wait: Span,
}

impl Alike {
    /// Nothing counted yet; none where names could not be told apart by their places.
    pub(crate) fn new(settings: Settings, classes: &[Arc<str>], agents: &[Arc<str>]) -> Option<Self> {
        let collector = Collector::new(settings);
        let listed = collector.settings().agents.iter().map(|agent| &agent.name);
        let all: BTreeSet<&Arc<str>> = agents.iter().chain(listed).collect();
        if all.len() > NAMES || !are_different(classes) || !are_different(agents) {
            return None;
        }
        let agent = |name: &Arc<str>| {
            let data = collector.agents.get(name).copied().unwrap_or_default();
            Agent { name: Arc::clone(name), data }
        };
        let agents: Vec<Agent> = agents.iter().map(agent).collect();
        let wrap_up_nanos = |agent: &Agent| {
            let wrap_up = Duration::try_from_secs_f64(agent.data.wrap_up_s).unwrap_or_default();
            u64::try_from(wrap_up.as_nanos()).unwrap_or(u64::MAX)
        };
        Some(Self {
            kinds: Vec::new(),
            hot: Vec::new(),
            classes: classes.iter().map(|name| (Arc::clone(name), ClassCounts::default())).collect(),
            work: vec![Work::default(); agents.len()],
            wrap_up_nanos: agents.iter().map(wrap_up_nanos).collect(),
            agents,
            window: collector.window(),
            collector,
            at_once: 0,
            cell: [Instant::ZERO; 2],
            cell_offered: 0,
            served_at_once: vec![ServedAtOnce::default(); classes.len()],
        })
    }

    /// A new kind of attempts, callers' `class` given by its index. This one is an example and is not counted.
    pub(crate) fn learn(&mut self, example: &CallRecord, class: usize) -> usize {
        let mut facts = Facts::of(example);
        let thresholds = &self.collector.settings().thresholds;
        let mut counts = Counts::default();
        counts.add(example, &facts, thresholds);
        (counts.holding_us, counts.queue_wait_us, counts.queue_talk_us) = (0, 0, 0);
        facts.held = facts.held.map(|_| Span::default());
        facts.talk = facts.talk.map(|_| Span::default());
        facts.wait = Span::default();
        let mut class_counts = ClassCounts::default();
        class_counts.add(example, &facts);
        self.hot.push(Hot::of(example, &facts, class));
        self.kinds.push(Kind {
            counts,
            class_counts,
            depth: funnel::depth(example),
            limiter: example.limiter,
            cause: (!facts.completed).then(|| Arc::clone(&example.cause)),
            facts,
        });
        self.kinds.len() - 1
    }

    /// The thresholds of service levels within which a wait lies, a bit for each.
    #[inline]
    pub(crate) fn within(&self, wait: Span) -> usize {
        let thresholds = self.collector.settings().thresholds.iter();
        thresholds.fold(0, |within, threshold| within << 1 | usize::from(wait.lasting() <= *threshold))
    }

    /// An attempt that is measured was intended to start `at`. It must end some day.
    #[inline]
    pub(crate) fn offered(&mut self, at: Instant) {
        let [from, until] = self.cell;
        if !(from <= at && at < until) {
            self.next_cell(at);
        }
        self.cell_offered += 1;
    }

    #[inline(never)]
    fn next_cell(&mut self, at: Instant) {
        let week = &mut self.collector.week;
        week.offered(self.cell[0], self.cell_offered);
        (self.cell, self.cell_offered) = (week.span(at), 0);
    }

    /// It will not, since the run is stopped.
    pub(crate) fn not_ended(&mut self, at: Instant) {
        self.next_cell(at);
        self.collector.week.not_offered(at);
    }

    /// A call was admitted.
    #[inline]
    pub(crate) fn seized(&mut self, at: Instant) {
        self.collector.circuits_changed(at, 1);
    }

    /// An admitted call released its circuit.
    #[inline]
    pub(crate) fn released(&mut self, at: Instant) {
        self.collector.circuits_changed(at, -1);
    }

    /// A call was admitted, and its caller joined a queue and left it at once, for an idle agent.
    #[inline]
    pub(crate) fn seized_for_agent(&mut self, at: Instant) {
        self.collector.seized_for_agent(at);
    }

    pub(crate) fn queue_joined(&mut self, at: Instant) {
        self.collector.queue_changed(at, 1);
    }

    pub(crate) fn queue_left(&mut self, at: Instant) {
        self.collector.queue_changed(at, -1);
    }

    /// An attempt of this kind ended.
    #[inline]
    pub(crate) fn ended(&mut self, kind: usize, call: &Ended) {
        let hot = self.hot[kind];
        if hot.has_agent {
            let wrapped = call.over.as_nanos().saturating_add(self.wrap_up_nanos[call.agent]);
            let work = [call.connected, call.over, Instant::from_nanos(wrapped)];
            self.work[call.agent].add_work(self.window, work);
        }
        if !hot.is_measured {
            return;
        }
        let collector = &mut self.collector;
        collector.sums.last_intended = collector.sums.last_intended.max(call.intended_start);
        if hot.is_lost {
            collector.week.lost(call.intended_start);
        }
        let slice = collector.slices.at(call.intended_start);
        match slice.alike.get_mut(kind) {
            Some(count) => *count += 1,
            None => count_first(&mut slice.alike, kind),
        }
        if hot.is_served && call.wait.nanos == 0 {
            let talk = Span::between(call.connected, call.over);
            slice.served_at_once_us += talk.micros();
            let served = &mut self.served_at_once[hot.class as usize];
            served.callers += 1;
            served.talk.add_nanos(talk.nanos);
            self.work[call.agent].calls += 1;
            return;
        }
        let (_, class) = &mut self.classes[hot.class as usize];
        let sums = &mut collector.sums;
        let held = Span::between(call.started, call.over);
        if hot.is_held {
            slice.counts.holding_us += held.micros();
            sums.holding.add_nanos(held.nanos);
            class.holding.add_nanos(held.nanos);
        }
        let mut talk = Span::default();
        if hot.is_talked {
            talk = Span::between(call.connected, call.over);
            class.talk.add_nanos(talk.nanos);
        }
        if hot.served_from_queue {
            slice.counts.queue_talk_us += talk.micros();
            sums.queue_talk.add_nanos(talk.nanos);
        }
        let mut wait = Span::default();
        if hot.asked_for_queue && call.wait.nanos == 0 {
            self.at_once += 1;
        } else if hot.asked_for_queue {
            wait = call.wait;
            collector.waits.record(wait.lasting());
            sums.wait_all.add_nanos(wait.nanos);
            if hot.served_from_queue {
                slice.counts.queue_wait_us += wait.micros();
                sums.wait_answered.add_nanos(wait.nanos);
                class.wait_answered.add_nanos(wait.nanos);
            }
        }
        if hot.has_agent {
            self.work[call.agent].calls += 1;
            self.agents[call.agent].data.wait.add_nanos(wait.nanos);
        }
        if hot.is_refused {
            collector.refused_at_this_level();
        }
    }

    /// All that was told, as the records would have told it.
    pub(crate) fn finish(mut self) -> Collector {
        self.next_cell(Instant::ZERO);
        let mut kinds = vec![0; self.kinds.len()];
        let collector = &mut self.collector;
        for slice in collector.slices.items_mut() {
            for (place, count) in std::mem::take(&mut slice.alike).into_iter().enumerate() {
                slice.counts.merge(&self.kinds[place].counts.times(count));
                kinds[place] += count;
            }
            let talk_us = std::mem::take(&mut slice.served_at_once_us);
            slice.counts.holding_us += talk_us;
            slice.counts.queue_talk_us += talk_us;
            collector.totals.merge(&slice.counts);
        }
        let ended: u64 = kinds.iter().sum();
        assert_eq!(collector.week.all(), ended, "every measured attempt that was started ends once");
        let all = self.kinds.iter().zip(&self.hot).zip(kinds);
        for ((kind, hot), count) in all.filter(|(_, count)| *count > 0) {
            collector.add_many(kind, count);
            let (_, class) = &mut self.classes[hot.class as usize];
            class.merge(&kind.class_counts.times(count));
        }
        for ((_, class), served) in self.classes.iter_mut().zip(&self.served_at_once) {
            let sums = &mut collector.sums;
            for sum in [&mut class.holding, &mut class.talk, &mut sums.holding, &mut sums.queue_talk] {
                *sum += served.talk;
            }
            self.at_once += served.callers;
        }
        for (name, class) in self.classes.into_iter().filter(|(_, class)| class.offered > 0) {
            collector.classes.entry(&name).merge(&class);
        }
        for (agent, work) in self.agents.into_iter().zip(self.work).filter(|(_, work)| work.is_any()) {
            *collector.agents.entry(&agent.name) = AgentData { work, ..agent.data };
        }
        collector.waits.record_many(Duration::ZERO, self.at_once);
        self.collector
    }
}

impl Hot {
    fn of(example: &CallRecord, facts: &Facts, class: usize) -> Self {
        let is_measured = example.phase == Phase::Measured;
        let is_talked = facts.talk.is_some();
        let has_agent = example.agent.is_some() && example.talk.is_some();
        let is_lost = calendar::is_lost(example);
        let is_refused = !facts.admitted && facts.technical;
        let is_held = facts.held.is_some();
        let is_served = is_measured && is_held && is_talked && facts.served_from_queue && has_agent;
        Self {
            class: u32::try_from(class).expect("there are few classes"),
            is_measured,
            is_held,
            is_talked,
            asked_for_queue: facts.asked_for_queue,
            served_from_queue: facts.served_from_queue,
            has_agent,
            is_lost,
            is_refused,
            is_served: is_served && !is_refused,
        }
    }
}

impl Collector {
    /// What `count` attempts of a kind add beside their times.
    fn add_many(&mut self, kind: &Kind, count: u64) {
        let facts = &kind.facts;
        self.funnel.add_many(kind.depth, count);
        if let Some(status) = facts.status {
            *self.sip_status.entry(status).or_default() += count;
        }
        if let Some(limiter) = kind.limiter {
            *self.limiters.entry(limiter).or_default() += count;
        }
        if let Some(cause) = &kind.cause {
            *self.causes.entry(cause) += count;
        }
        if facts.admitted || facts.technical {
            self.sums.demand += count;
            self.sums.demand_first += if facts.first_attempt { count } else { 0 };
        }
    }
}

#[cold]
fn count_first(counts: &mut Vec<u64>, place: usize) {
    counts.resize(place + 1, 0);
    counts[place] = 1;
}

fn are_different(names: &[Arc<str>]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}
