//! Observations in, summary out: one pass over the run.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::metrics::ClassCounts;
use crate::metrics::Counts;
use crate::metrics::Latencies;
use crate::metrics::TimeSum;
use crate::metrics::calendar::WeekCounts;
use crate::metrics::counts::THRESHOLDS;
use crate::metrics::facts::Facts;
use crate::metrics::funnel::Funnel;
use crate::metrics::latency;
use crate::metrics::latency::{DelayBuckets, Distribution};
use crate::metrics::measured_time::Ending;
use crate::metrics::menus::Menus;
use crate::metrics::names::{NAMES, Named};
use crate::metrics::notes::Notes;
use crate::metrics::slices::{Merge, Slices};
use crate::metrics::summary;
use crate::metrics::summary::Summary;
use crate::metrics::work::AgentData;
use crate::metrics::work::part_within;
use crate::outcome::CallRecord;
use crate::outcome::Limiter;
use crate::outcome::Observation;
use crate::outcome::Phase;
use crate::outcome::menu::MenuEventKind;
use crate::outcome::note::Note;
use crate::outcome::note::Noted;
use crate::outcome::note::Passed;
use crate::time::{Duration, Instant};

/// What a collector must know before the first call. People's time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    pub warm_up: Duration,
    /// Length of the measured traffic, if known beforehand.
    pub duration: Option<Duration>,
    /// Circuits that the scenario states.
    pub circuits: Option<u32>,
    /// Agents that the scenario states: all appear in the figures, called or not.
    pub agents: Vec<AgentSetting>,
    /// Answer times that service levels are asked for; the first is the headline. At most four.
    pub thresholds: Vec<Duration>,
    /// Seconds from Monday's midnight to the start of the run, by the clock of the scenario's zone.
    pub week_start_s: u32,
}

/// An agent as the scenario describes them.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSetting {
    pub name: Arc<str>,
    /// Mean wrap-up, in seconds: records show only the talk.
    pub wrap_up_mean_s: f64,
    /// Share of the measured time that the agent is there for calls, 0 to 1.
    pub present: f64,
}

/// Gathers one run (or one replication of it) in constant memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Collector {
    pub(super) settings: Settings,
    pub(super) slices: Slices<SliceData>,
    pub(super) totals: Counts,
    /// Totals of each merged replication, this one's own included; empty until something is merged.
    pub(super) replications: Vec<Counts>,
    pub(super) latencies: Latencies,
    pub(super) waits: Distribution,
    pub(super) sip_status: BTreeMap<u16, u64>,
    pub(super) limiters: BTreeMap<Limiter, u64>,
    pub(super) causes: Named<u64>,
    pub(super) agents: Named<AgentData>,
    pub(super) classes: Named<ClassCounts>,
    pub(super) week: WeekCounts,
    pub(super) funnel: Funnel,
    pub(super) sums: Sums,
    pub(super) jitter: Distribution,
    /// Circuits in use when an attempt was refused for a technical reason → such refusals.
    pub(super) refusal_levels: BTreeMap<u32, u64>,
    pub(super) menus: Menus,
    pub(super) notes: Notes,
    /// When each replication that was stopped before its end began its last call.
    pub(super) stopped_at: Vec<Instant>,
    /// How each merged replication ended, in index order, where no planned length says so; empty otherwise.
    pub(super) endings: Vec<Ending>,
    in_use: Gauge,
    in_queue: Gauge,
}

/// Sums that are no counts of attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) holding: TimeSum,
    /// Talk of calls that an agent took from a queue.
    pub(super) queue_talk: TimeSum,
    /// Attempts that would have held a circuit: admitted, or refused for a technical reason.
    pub(super) demand: u64,
    pub(super) demand_first: u64,
    /// Callers who asked for a queue and were promised a call instead.
    pub(super) promised: u64,
    /// Calls of the firm's to customers whom agents then served, and the talk of them.
    pub(super) called_back: u64,
    pub(super) called_back_talk: TimeSum,
    pub(super) wait_answered: TimeSum,
    pub(super) wait_all: TimeSum,
    pub(super) media_calls: u64,
    pub(super) packets_sent: u64,
    pub(super) last_intended: Instant,
    pub(super) late: u64,
}

/// What one slice of time holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SliceData {
    pub(crate) counts: Counts,
    /// Circuit-seconds used.
    pub(crate) in_use: TimeSum,
    pub(crate) in_use_peak: u32,
    pub(crate) queue_peak: u32,
    /// Caller-seconds waited in queues.
    pub(crate) queued: TimeSum,
    pub(crate) post_dial_delay: DelayBuckets,
    /// Attempts by their kind, while [`Alike`](crate::metrics::Alike) counts; empty otherwise.
    pub(super) alike: Vec<u64>,
    /// What callers talked who were served at once, each in whole microseconds; while `Alike` counts.
    pub(super) served_at_once_us: u64,
}

/// A number that goes up and down, and when it last changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gauge {
    value: u32,
    changed: Instant,
}

impl Gauge {
    /// Goes up or down at `at`, or at its last change if that was later. Tells `fill`, of every slice since then, the
    /// value, the nanoseconds that it lasted, and the highest value.
    #[inline]
    fn change(
        &mut self,
        at: Instant,
        by: i32,
        slices: &mut Slices<SliceData>,
        fill: impl Fn(&mut SliceData, u32, u64, u32),
    ) {
        let at = at.max(self.changed);
        let (before, value) = (self.value, self.value.saturating_add_signed(by));
        if let Some(slice) = slices.latest_with(self.changed, at) {
            fill(slice, before, at.as_nanos() - self.changed.as_nanos(), before.max(value));
        } else {
            self.change_over_slices(at, value, slices, fill);
        }
        *self = Self { value, changed: at };
    }

    #[inline(never)]
    fn change_over_slices(
        &self,
        at: Instant,
        value: u32,
        slices: &mut Slices<SliceData>,
        fill: impl Fn(&mut SliceData, u32, u64, u32),
    ) {
        slices.spread(self.changed, at, |slice, nanos| fill(slice, self.value, nanos, self.value));
        fill(slices.at(at), value, 0, value);
    }
}

impl Collector {
    #[must_use]
    pub fn new(mut settings: Settings) -> Self {
        settings.thresholds.truncate(THRESHOLDS);
        let extent = settings.duration.map(|duration| duration.saturating_add(settings.warm_up));
        let mut agents = Named::<AgentData>::default();
        for agent in &settings.agents {
            agents.entry(&agent.name).wrap_up_s = agent.wrap_up_mean_s;
        }
        Self {
            slices: Slices::new(extent),
            totals: Counts::default(),
            replications: Vec::new(),
            latencies: Latencies::default(),
            waits: Distribution::default(),
            sip_status: BTreeMap::new(),
            limiters: BTreeMap::new(),
            causes: Named::default(),
            agents,
            classes: Named::default(),
            week: WeekCounts::new(settings.week_start_s),
            funnel: Funnel::default(),
            sums: Sums::default(),
            jitter: Distribution::default(),
            refusal_levels: BTreeMap::new(),
            menus: Menus::default(),
            notes: Notes::default(),
            stopped_at: Vec::new(),
            endings: Vec::new(),
            in_use: Gauge::default(),
            in_queue: Gauge::default(),
            settings,
        }
    }

    /// Takes in one observation. A little disorder in time is harmless: the gauge of circuits in use then
    /// changes at the later of the two moments.
    #[inline]
    pub fn observe(&mut self, observation: &Observation) {
        match observation {
            Observation::Seized { at } => self.circuits_changed(*at, 1),
            Observation::Released { at } => self.circuits_changed(*at, -1),
            Observation::Ended(record) => self.ended(record),
        }
    }

    /// A caller joined a queue (from the queue's own events, warm-up included).
    pub fn queue_joined(&mut self, at: Instant) {
        self.queue_changed(at, 1);
    }

    /// A caller left a queue: connected, abandoned or timed out.
    pub fn queue_left(&mut self, at: Instant) {
        self.queue_changed(at, -1);
    }

    /// What a menu saw (from its own log, warm-up included).
    pub fn menu_event(&mut self, at: Instant, menu: &Arc<str>, event: MenuEventKind) {
        if at >= Instant::ZERO + self.settings.warm_up {
            self.menus.add(menu, event);
        }
    }

    /// What the PBX tells of its work (warm-up included).
    pub fn noted(&mut self, noted: &Noted) {
        let [start, end] = self.window();
        match noted.note {
            Note::AtContacts { agent, lasting } => return self.at_contacts(agent, noted.at, lasting),
            // One that comes while the last calls are served, or overnight until customers can be called.
            Note::Contact(_) if noted.at >= end => return,
            _ => {}
        }
        if noted.at >= start {
            self.notes.add(noted);
            if let Note::Passed(passed) = noted.note {
                self.share_out(passed);
            }
        }
    }

    /// What of a stretch of time lies in the measured time.
    fn measured_part(&self, from: Instant, to: Instant) -> Option<[Instant; 2]> {
        part_within(self.window(), from, to)
    }

    /// Gives each agent of a call that was sent on their own part of it: the call's record names the last one only.
    fn share_out(&mut self, passed: Passed) {
        let (agent, calls, more, less) = match passed {
            Passed::Conversation | Passed::SentOn { .. } => return,
            Passed::Talked { agent, talk } => (agent, 1, talk, Duration::ZERO),
            Passed::Others { agent, talk, talks: true } => (agent, 0, Duration::ZERO, talk),
            Passed::Others { agent, talk, talks: false } => (agent, -1, Duration::ZERO, talk),
        };
        let Some(agent) = self.settings.agents.get(agent as usize) else { return };
        let work = &mut self.agents.entry(&agent.name).work;
        work.calls = work.calls.saturating_add_signed(calls);
        work.talk += more;
        work.talk -= less;
    }

    /// An agent saw to mail or chats from `began` on, for so long.
    fn at_contacts(&mut self, agent: u32, began: Instant, lasting: Duration) {
        let Some(agent) = self.settings.agents.get(agent as usize) else { return };
        let Some([from, to]) = self.measured_part(began, began + lasting) else { return };
        let data = self.agents.entry(&agent.name);
        data.contacts += to.since(from);
        data.work.was_busy(from, to);
    }

    /// An agent's phone rang in vain.
    pub fn offer_not_answered(&mut self, agent: &Arc<str>, at: Instant) {
        if at >= Instant::ZERO + self.settings.warm_up {
            self.agents.entry(agent).not_answered += 1;
        }
    }

    /// Replaces what is known of the agents' presence, which depends on the time observed.
    pub fn set_agents(&mut self, agents: Vec<AgentSetting>) {
        self.settings.agents = agents;
    }

    /// Takes in an independent replication of the same scenario: counts add up, concurrency is averaged,
    /// peaks are the highest of all, and ratios get their interval over replications. Merge in index order.
    /// (The parts of one run are no replications: they share one collector.)
    pub fn merge(&mut self, other: Self) {
        if self.replications.is_empty() {
            self.endings.extend(self.ending());
            self.replications.push(self.totals.clone());
        }
        self.endings.extend(if other.replications.is_empty() { other.ending() } else { None });
        self.endings.extend(&other.endings);
        if other.replications.is_empty() {
            self.replications.push(other.totals.clone());
        } else {
            self.replications.extend(other.replications);
        }
        self.totals.merge(&other.totals);
        self.stopped_at.extend(other.stopped_at);
        self.slices.merge(other.slices);
        self.latencies.merge(&other.latencies);
        self.waits.merge(&other.waits);
        self.jitter.merge(&other.jitter);
        self.funnel.merge(&other.funnel);
        self.menus.merge(&other.menus);
        self.notes.merge(&other.notes);
        self.sums.merge(&other.sums);
        self.week.merge(&other.week);
        for (name, theirs) in other.classes.into_entries() {
            self.classes.entry(&name).merge(&theirs);
        }
        other.sip_status.into_iter().for_each(|(key, n)| *self.sip_status.entry(key).or_default() += n);
        other.limiters.into_iter().for_each(|(key, n)| *self.limiters.entry(key).or_default() += n);
        other
            .refusal_levels
            .into_iter()
            .for_each(|(key, n)| *self.refusal_levels.entry(key).or_default() += n);
        other.causes.into_entries().into_iter().for_each(|(name, n)| *self.causes.entry(&name) += n);
        for (name, theirs) in other.agents.into_entries() {
            self.agents.entry(&name).merge(&theirs);
        }
    }

    /// The figures so far: cheap enough for once a second, final when all observations are in.
    #[must_use]
    pub fn finish(&self) -> Summary {
        summary::summarise(self)
    }

    /// Counts of measured attempts so far.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.totals
    }

    /// Circuits in use now.
    #[must_use]
    pub const fn in_use(&self) -> u32 {
        self.in_use.value
    }

    /// Delays of measured attempts so far.
    #[must_use]
    pub const fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    #[inline]
    pub(super) fn circuits_changed(&mut self, at: Instant, by: i32) {
        self.in_use.change(at, by, &mut self.slices, |slice, value, nanos, peak| {
            slice.in_use.add_for_each(value, nanos);
            slice.in_use_peak = slice.in_use_peak.max(peak);
        });
    }

    /// A call was admitted, and its caller joined a queue and left it at the same moment, for an idle agent.
    #[inline]
    pub(super) fn seized_for_agent(&mut self, at: Instant) {
        self.circuits_changed(at, 1);
        if self.in_queue.value > 0 || self.in_queue.changed > at {
            self.queue_changed(at, 1);
            self.in_queue.value -= 1;
            return;
        }
        // Nobody waits: nothing is to be summed.
        self.in_queue.changed = at;
        let slice = self.slices.at(at);
        slice.queue_peak = slice.queue_peak.max(1);
    }

    #[inline]
    pub(super) fn queue_changed(&mut self, at: Instant, by: i32) {
        self.in_queue.change(at, by, &mut self.slices, |slice, value, nanos, peak| {
            slice.queued.add_for_each(value, nanos);
            slice.queue_peak = slice.queue_peak.max(peak);
        });
    }

    #[inline(never)]
    fn ended(&mut self, record: &CallRecord) {
        self.add_work(record);
        if record.phase != Phase::Measured {
            return;
        }
        let facts = Facts::of(record);
        let thresholds = &self.settings.thresholds;
        self.totals.add(record, &facts, thresholds);
        let slice = self.slices.at(record.intended_start);
        slice.counts.add(record, &facts, thresholds);
        if let Some(delay) = latency::post_dial_delay(record) {
            slice.post_dial_delay.record(delay);
        }
        self.funnel.add(record);
        self.classes.entry(&record.class).add(record, &facts);
        self.week.add(record);
        self.latencies.add(record);
        self.add_names(record, &facts);
        self.add_sums(record, &facts);
        self.add_agent(record, &facts);
    }

    fn add_names(&mut self, record: &CallRecord, facts: &Facts) {
        if let Some(status) = facts.status {
            *self.sip_status.entry(status).or_default() += 1;
        }
        if let Some(limiter) = record.limiter {
            *self.limiters.entry(limiter).or_default() += 1;
        }
        if !facts.completed {
            *self.causes.entry(&record.cause) += 1;
        }
    }

    fn add_sums(&mut self, record: &CallRecord, facts: &Facts) {
        let [_, end] = self.window();
        let sums = &mut self.sums;
        if let Some(held) = facts.held {
            sums.holding.add_nanos(held.nanos);
        }
        // Customers who are called after the measured time are the load of another.
        let is_late = facts.made_by_firm && record.intended_start >= end;
        if (facts.admitted || facts.technical) && !is_late {
            sums.demand += 1;
            sums.demand_first += u64::from(facts.first_attempt);
        }
        if !facts.admitted && facts.technical {
            self.refused_at_this_level();
        }
        let sums = &mut self.sums;
        if facts.asked_for_queue {
            self.waits.record(facts.wait.lasting());
            sums.wait_all.add_nanos(facts.wait.nanos);
            sums.promised += u64::from(facts.promised);
            if facts.served_from_queue {
                sums.wait_answered.add_nanos(facts.wait.nanos);
                sums.queue_talk.add_nanos(facts.talk.map_or(0, |talk| talk.nanos));
            }
        } else if facts.called_back && !is_late {
            sums.called_back += 1;
            sums.called_back_talk.add_nanos(facts.talk.map_or(0, |talk| talk.nanos));
        }
        if let Some(media) = record.media {
            sums.media_calls += 1;
            sums.packets_sent += media.packets_sent;
            self.jitter.record(Duration::try_from_secs_f64(media.jitter_ms / 1e3).unwrap_or_default());
        }
        sums.last_intended = sums.last_intended.max(record.intended_start);
        let lateness = record.latency.map_or(Duration::ZERO, |latency| latency.lateness);
        sums.late += u64::from(lateness > Duration::from_millis(50));
    }

    pub(super) fn refused_at_this_level(&mut self) {
        let (in_use, levels) = (self.in_use.value, &mut self.refusal_levels);
        if levels.contains_key(&in_use) || levels.len() < NAMES {
            *levels.entry(in_use).or_default() += 1;
        }
    }

    fn add_agent(&mut self, record: &CallRecord, facts: &Facts) {
        let [_, end] = self.window();
        let is_late = facts.made_by_firm && record.intended_start >= end;
        let Some(name) = record.agent.as_ref().filter(|_| facts.talk.is_some() && !is_late) else { return };
        let agent = self.agents.entry(name);
        agent.work.calls += 1;
        agent.called_back += u64::from(facts.called_back);
        agent.wait.add_nanos(facts.wait.nanos);
    }

    /// An agent's time with a call, and after it, as far as it lies in the measured time: that of a call from the warm-up as
    /// well, none of what is done when it is over.
    fn add_work(&mut self, record: &CallRecord) {
        let (Some(name), Some(talk), Some(ended)) = (&record.agent, record.talk, record.ended) else {
            return;
        };
        let (window, began) = (self.window(), before(ended, talk));
        let until = |mean_s| ended + Duration::try_from_secs_f64(mean_s).unwrap_or_default();
        // An agent who did nothing in the measured time is not listed for it.
        let is_within = part_within(window, began, ended).is_some() || {
            let mean_s = self.agents.get(name).map_or(0.0, |data| data.wrap_up_s);
            part_within(window, began, until(mean_s)).is_some()
        };
        if is_within {
            let agent = self.agents.entry(name);
            agent.work.add_work(window, [began, ended, until(agent.wrap_up_s)]);
        }
    }
}

/// So long before `at`, but not before the run began.
fn before(at: Instant, lasting: Duration) -> Instant {
    let nanos = u64::try_from(lasting.as_nanos()).unwrap_or(u64::MAX);
    Instant::from_nanos(at.as_nanos().saturating_sub(nanos))
}

impl Sums {
    fn merge(&mut self, other: &Self) {
        self.holding += other.holding;
        self.queue_talk += other.queue_talk;
        self.demand += other.demand;
        self.demand_first += other.demand_first;
        self.promised += other.promised;
        self.called_back += other.called_back;
        self.called_back_talk += other.called_back_talk;
        self.wait_answered += other.wait_answered;
        self.wait_all += other.wait_all;
        self.media_calls += other.media_calls;
        self.packets_sent += other.packets_sent;
        self.last_intended = self.last_intended.max(other.last_intended);
        self.late += other.late;
    }
}

impl Merge for SliceData {
    fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.in_use += other.in_use;
        self.in_use_peak = self.in_use_peak.max(other.in_use_peak);
        self.queue_peak = self.queue_peak.max(other.queue_peak);
        self.queued += other.queued;
        self.post_dial_delay.merge(&other.post_dial_delay);
        self.served_at_once_us += other.served_at_once_us;
        if self.alike.len() < other.alike.len() {
            self.alike.resize(other.alike.len(), 0);
        }
        for (mine, theirs) in self.alike.iter_mut().zip(&other.alike) {
            *mine += theirs;
        }
    }
}
