//! What one run comes to: every figure that verdict, sizing, cost and report read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::metrics::Calendar;
use crate::metrics::ClassCounts;
use crate::metrics::Collector;
use crate::metrics::Counts;
use crate::metrics::Distribution;
use crate::metrics::Latencies;
use crate::metrics::Measure;
use crate::metrics::Menus;
use crate::metrics::Notes;
use crate::metrics::Ratio;
use crate::metrics::ServiceLevelDefinition;
use crate::metrics::collector::AgentSetting;
use crate::metrics::collector::SliceData;
use crate::metrics::ratio;
use crate::metrics::work::AgentData;
use crate::outcome::Limiter;
use crate::time::{Duration, Instant};

/// Figures of the measured attempts. Ratios without denominator are `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Sums over all replications.
    pub counts: Counts,
    /// Of each replication, in index order; empty for a single run.
    pub replications: Vec<Counts>,
    /// Measured seconds of each replication whose number of calls decides its length; empty where the length is planned.
    pub own_lengths_s: Vec<f64>,
    pub sip_status: BTreeMap<u16, u64>,
    pub limiters: BTreeMap<Limiter, u64>,
    /// Cause → attempts that were not completed.
    pub causes: BTreeMap<Arc<str>, u64>,
    /// (stage, attempts that got there, attempts lost on the way to it).
    pub funnel: Vec<(&'static str, u64, u64)>,
    /// Where callers left the menus.
    pub menus: Menus,
    /// What the PBX told of its work.
    pub notes: Notes,
    pub latencies: Latencies,
    /// Attempts that left over 50 ms late.
    pub late: u64,
    pub traffic: TrafficSummary,
    /// Present if any call asked for a queue.
    pub queue: Option<QueueSummary>,
    pub agents: Vec<AgentSummary>,
    /// By the class's name, in its alphabet.
    pub classes: Vec<(Arc<str>, ClassCounts)>,
    /// A mean week.
    pub calendar: Calendar,
    /// Time in a queue until pick-up or loss, of all who asked for one.
    pub waits: Distribution,
    pub media: Option<MediaSummary>,
    /// From the start of the run, warm-up included.
    pub slices: Vec<Slice>,
    pub slice_s: f64,
    /// Circuits that the system seems to have: see [`TrafficSummary::circuits_seen`].
    pub thresholds: Vec<Duration>,
    /// Start and end of the measured traffic, people's time; the end of a mean replication where each has its own.
    pub measured: [Instant; 2],
    /// Design effect of blocking by the loss model with the circuits and load seen; absent without either.
    pub loss_variance: Option<f64>,
}

/// Load and its level. Replications are averaged.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TrafficSummary {
    /// Attempts that were admitted or refused for technical reasons × mean holding time / measured time.
    pub offered_erlangs: Option<f64>,
    /// The same without redials.
    pub fresh_erlangs: Option<f64>,
    /// Time average of circuits in use.
    pub carried_erlangs: f64,
    /// Mean holding time of admitted attempts.
    pub mean_holding_s: Option<f64>,
    pub peak_concurrent: u32,
    pub calls_per_second: f64,
    /// Circuits inferred from the outside: the most ever in use, if calls were refused and nine in ten of the
    /// refusals came when (nearly) that many were in use. Absent if nothing suggests a limit, or another limit is named.
    pub circuits_seen: Option<u32>,
}

/// What happened in the queues. Waits include those of callers who gave up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct QueueSummary {
    pub offered: u64,
    pub answered: u64,
    pub abandoned: u64,
    /// Of those offered, who were promised a call instead.
    pub promised: u64,
    /// Customers who had been promised a call, were called, and talked to an agent: in none of the figures of waiting.
    pub called_back: u64,
    /// Mean wait of answered callers.
    pub asa_s: Option<f64>,
    pub waiting_total_s: f64,
    pub wait_p95_s: Option<f64>,
    /// Talk plus each agent's own mean wrap-up, and mail and chats, over agents' time; absent without agents. Work that is done
    /// when the measured time is over is in neither.
    pub occupancy: Option<f64>,
    pub max_length: u32,
    /// Talk and wrap-up per call that an agent took, of callers and of customers who were called.
    pub mean_handle_s: Option<f64>,
}

impl QueueSummary {
    /// Customers who want an agent's time, each once: who was promised a call does so when called.
    #[must_use]
    pub const fn customers(&self) -> u64 {
        (self.offered + self.called_back).saturating_sub(self.promised)
    }
}

/// What one agent did.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSummary {
    pub name: Arc<str>,
    pub calls: u64,
    pub not_answered: u64,
    /// In the measured time.
    pub talk_s: f64,
    /// With mail or chats in hand, in the measured time.
    pub contacts_s: f64,
    pub occupancy: Option<f64>,
    pub asa_s: Option<f64>,
    /// Calls per hour of the measured time.
    pub calls_per_hour: Option<f64>,
    /// Longest time at work without a pause of half a minute, in seconds.
    pub longest_busy_s: f64,
}

/// RTP as the callers saw it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MediaSummary {
    pub calls: u64,
    pub packets_sent: u64,
    pub packets_received: u64,
    pub packets_lost: u64,
    pub jitter_p95_ms: Option<f64>,
}

/// One slice of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slice {
    /// Attempts that were intended to start in it, measured ones only.
    pub counts: Counts,
    pub concurrency_mean: f64,
    pub concurrency_peak: u32,
    pub queue_peak: u32,
    /// Callers waiting, time average.
    pub queue_mean: f64,
    pub post_dial_delay_p50_ms: Option<f64>,
    pub post_dial_delay_p95_ms: Option<f64>,
}

impl Summary {
    /// A ratio with its interval at `confidence` (0 to 1).
    #[must_use]
    pub fn ratio(&self, measure: Measure, confidence: f64) -> Ratio {
        let (k, n) = measure.of(&self.counts);
        let replications: Vec<_> = self.replications.iter().map(|counts| measure.of(counts)).collect();
        let slices: Vec<_> = self.measured_slices().iter().map(|slice| measure.of(&slice.counts)).collect();
        let evidence = ratio::Evidence {
            replications: &replications,
            slices: &slices,
            slice_holding_times: self
                .traffic
                .mean_holding_s
                .filter(|mean| *mean > 0.0)
                .map(|m| self.slice_s / m),
            model: self.loss_variance.filter(|_| measure.is_blocking()),
        };
        ratio::ratio(k, n, confidence, &evidence)
    }

    /// The share that the headline threshold's service level has, of all offered calls.
    #[must_use]
    pub fn service_level(&self, threshold: usize, definition: ServiceLevelDefinition) -> Ratio {
        self.ratio(Measure::ServiceLevel { threshold, definition }, 0.95)
    }

    /// The slices that lie in the measured time.
    #[must_use]
    pub fn measured_slices(&self) -> &[Slice] {
        let first = self.slice_at(self.measured[0]);
        let last = self.slice_at(self.measured[1]).saturating_add(1);
        &self.slices[first.min(self.slices.len())..last.min(self.slices.len())]
    }

    /// Length of the measured traffic.
    #[must_use]
    pub fn measured_s(&self) -> f64 {
        (self.measured[1] - self.measured[0]).as_secs_f64()
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index below the number of slices"
    )]
    fn slice_at(&self, at: Instant) -> usize {
        (at.as_secs_f64() / self.slice_s) as usize
    }
}

/// Reads the figures off a collector.
pub(super) fn summarise(collector: &Collector) -> Summary {
    let settings = &collector.settings;
    let start = Instant::ZERO + settings.warm_up;
    let measured = [start, collector.end()];
    let seen = [
        start,
        start
            + collector.endings.iter().map(|ending| ending.measured).fold(measured[1] - start, Duration::max),
    ];
    let width_s = collector.slices.width().as_secs_f64();
    let runs = real(collector.replications.len().max(1) as u64);
    let slices: Vec<Slice> =
        collector.slices.items().iter().map(|data| slice(data, runs * width_s)).collect();
    let agent_time_s = collector.measured_s();
    let traffic = traffic(collector, &slices, width_s, [measured, seen], runs);
    let plateau = circuits_seen(&collector.refusal_levels, traffic.peak_concurrent);
    let circuits = [settings.circuits, plateau].into_iter().flatten().min();
    let loss_variance =
        circuits.zip(traffic.offered_erlangs).and_then(|(n, erlangs)| ratio::loss_variance(n, erlangs));
    Summary {
        counts: collector.totals.clone(),
        replications: collector.replications.clone(),
        own_lengths_s: collector.own_lengths_s().collect(),
        sip_status: collector.sip_status.clone(),
        limiters: collector.limiters.clone(),
        causes: collector.causes.iter().map(|(name, n)| (name.clone(), *n)).collect(),
        funnel: collector.funnel.stages(),
        menus: collector.menus.clone(),
        notes: collector.notes.clone(),
        latencies: collector.latencies.clone(),
        late: collector.sums.late,
        traffic,
        queue: queue(collector, peak(&slices, width_s, seen, |slice| slice.queue_peak), agent_time_s),
        agents: agents(collector, agent_time_s),
        classes: collector.classes.iter().map(|(name, counts)| (name.clone(), *counts)).collect(),
        calendar: collector
            .week
            .finish(&spans(collector, measured), collector.replications.len().max(1) as u64),
        waits: collector.waits.clone(),
        media: media(collector),
        slices,
        slice_s: width_s,
        thresholds: settings.thresholds.clone(),
        measured,
        loss_variance,
    }
}

/// The measured time of each replication, or that of all where it is planned.
fn spans(collector: &Collector, measured: [Instant; 2]) -> Vec<[Instant; 2]> {
    match collector.endings.as_slice() {
        [] => vec![measured],
        endings => endings.iter().map(|ending| [measured[0], measured[0] + ending.measured]).collect(),
    }
}

fn slice(data: &SliceData, seconds: f64) -> Slice {
    Slice {
        counts: data.counts.clone(),
        concurrency_mean: data.in_use.seconds() / seconds,
        concurrency_peak: data.in_use_peak,
        queue_peak: data.queue_peak,
        queue_mean: data.queued.seconds() / seconds,
        post_dial_delay_p50_ms: data.post_dial_delay.percentile_ms(50.0),
        post_dial_delay_p95_ms: data.post_dial_delay.percentile_ms(95.0),
    }
}

fn traffic(
    collector: &Collector,
    slices: &[Slice],
    width_s: f64,
    [measured, seen]: [[Instant; 2]; 2],
    runs: f64,
) -> TrafficSummary {
    let sums = &collector.sums;
    let seconds = collector.measured_s();
    let mean_holding_s = over(sums.holding.seconds(), real(collector.totals.admitted));
    let erlangs = |attempts: u64| over(real(attempts) * mean_holding_s?, seconds);
    let used = match collector.endings.as_slice() {
        [] => circuit_seconds(slices.iter().map(|slice| slice.concurrency_mean), width_s, measured) * runs,
        endings => endings.iter().map(|ending| ending.used_s).sum(),
    };
    let carried = if used > 0.0 { used } else { sums.holding.seconds() };
    let peak = peak(slices, width_s, seen, |slice| slice.concurrency_peak);
    TrafficSummary {
        offered_erlangs: erlangs(sums.demand),
        fresh_erlangs: erlangs(sums.demand_first),
        carried_erlangs: over(carried, seconds).unwrap_or(0.0),
        mean_holding_s,
        peak_concurrent: peak,
        calls_per_second: over(real(collector.totals.offered()), seconds).unwrap_or(0.0),
        circuits_seen: circuits_seen(&collector.refusal_levels, peak)
            .filter(|_| !another_limit_refused(&collector.limiters)),
    }
}

/// Circuit-seconds of the measured time from the mean of each slice, first and last slice in proportion.
pub(super) fn circuit_seconds(means: impl Iterator<Item = f64>, width_s: f64, measured: [Instant; 2]) -> f64 {
    let [from, to] = measured.map(Instant::as_secs_f64);
    let used = means.enumerate().map(|(i, mean)| {
        let start = real(i as u64) * width_s;
        let inside = (start + width_s).min(to) - start.max(from);
        mean * inside.max(0.0)
    });
    used.sum()
}

/// Whether most of the refusals whose limit is known were another's than the channels': a link or legs have a plateau too.
fn another_limit_refused(limiters: &BTreeMap<Limiter, u64>) -> bool {
    let by_channels = limiters.get(&Limiter::Channels).copied().unwrap_or(0);
    limiters.values().sum::<u64>() - by_channels > by_channels
}

/// The plateau rule: a limit shows as refusals that come only at the highest level ever reached. The level is
/// the generator's, which lags the system's own by the signalling in flight: a fiftieth (at least one) off is
/// still "at the plateau".
fn circuits_seen(refusal_levels: &BTreeMap<u32, u64>, peak: u32) -> Option<u32> {
    const FEWEST_REFUSALS: u64 = 5;
    let slack = (peak / 50).max(1);
    let refusals: u64 = refusal_levels.values().sum();
    let at_plateau: u64 = refusal_levels.range(peak.saturating_sub(slack)..).map(|(_, n)| n).sum();
    (peak > 0 && refusals >= FEWEST_REFUSALS && at_plateau * 10 >= refusals * 9).then_some(peak)
}

fn queue(collector: &Collector, max_length: u32, agent_time_s: f64) -> Option<QueueSummary> {
    let counts = &collector.totals;
    let sums = &collector.sums;
    if counts.queue_offered + sums.called_back == 0 {
        return None;
    }
    let agents = &collector.settings.agents;
    let busy_s = sums.queue_talk.seconds() + sums.called_back_talk.seconds() + wrap_up_s(collector);
    let at_work = |agent: &AgentSetting| collector.agents.get(&agent.name).map_or(0.0, AgentData::at_work_s);
    let at_work_s: f64 = agents.iter().map(at_work).sum();
    Some(QueueSummary {
        offered: counts.queue_offered,
        answered: counts.queue_answered,
        abandoned: counts.queue_abandoned,
        promised: sums.promised,
        called_back: sums.called_back,
        asa_s: over(sums.wait_answered.seconds(), real(counts.queue_answered)),
        waiting_total_s: sums.wait_all.seconds(),
        wait_p95_s: collector.waits.percentile_ms(95.0).map(|ms| ms / 1e3),
        occupancy: over(at_work_s, agents.iter().map(|agent| agent.present).sum::<f64>() * agent_time_s)
            .map(|share| share.min(1.0)),
        max_length,
        mean_handle_s: over(busy_s, real(counts.queue_answered + sums.called_back)),
    })
}

/// Wrap-up after all calls that agents took: each agent's own mean, or the mean of all where the agent is not known.
fn wrap_up_s(collector: &Collector) -> f64 {
    let agents = &collector.settings.agents;
    let calls = |name: &Arc<str>| collector.agents.get(name).map_or(0, |data| data.work.calls);
    let own: f64 = agents.iter().map(|agent| real(calls(&agent.name)) * agent.wrap_up_mean_s).sum();
    let known: u64 = agents.iter().map(|agent| calls(&agent.name)).sum();
    let taken = collector.totals.queue_answered + collector.sums.called_back;
    let unknown = taken.saturating_sub(known);
    own + real(unknown) * mean(agents.iter().map(|agent| agent.wrap_up_mean_s))
}

/// The highest of a figure in the measured time.
fn peak(slices: &[Slice], width_s: f64, [start, end]: [Instant; 2], figure: impl Fn(&Slice) -> u32) -> u32 {
    let ends_after = |place: usize| real(place as u64 + 1) * width_s > start.as_secs_f64();
    let begins_before = |place: usize| real(place as u64) * width_s <= end.as_secs_f64();
    let measured = slices.iter().enumerate().filter(|(place, _)| ends_after(*place) && begins_before(*place));
    measured.map(|(_, slice)| figure(slice)).max().unwrap_or(0)
}

fn agents(collector: &Collector, agent_time_s: f64) -> Vec<AgentSummary> {
    let present = |name: &Arc<str>| {
        let setting = collector.settings.agents.iter().find(|agent| agent.name == *name);
        setting.map_or(1.0, |agent| agent.present)
    };
    let summary = |(name, data): (&Arc<str>, &AgentData)| AgentSummary {
        name: name.clone(),
        calls: data.work.calls,
        not_answered: data.not_answered,
        talk_s: data.work.talk.seconds(),
        contacts_s: data.contacts.seconds(),
        occupancy: over(data.at_work_s(), present(name) * agent_time_s).map(|x| x.min(1.0)),
        asa_s: over(data.wait.seconds(), real(data.work.calls.saturating_sub(data.called_back))),
        calls_per_hour: over(real(data.work.calls) * 3600.0, present(name) * agent_time_s),
        longest_busy_s: data.work.longest_busy().as_secs_f64(),
    };
    collector.agents.iter().map(summary).collect()
}

fn media(collector: &Collector) -> Option<MediaSummary> {
    (collector.sums.media_calls > 0).then(|| MediaSummary {
        calls: collector.sums.media_calls,
        packets_sent: collector.sums.packets_sent,
        packets_received: collector.totals.packets_received,
        packets_lost: collector.totals.packets_lost,
        jitter_p95_ms: collector.jitter.percentile_ms(95.0),
    })
}

fn over(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator > 0.0).then(|| numerator / denominator)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
