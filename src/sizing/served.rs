//! The time in which people are served, and the busiest of it: closed hours and slack ones make no load smaller.
//!
//! Circuits and agents are for the busy hour (ITU-T E.500, E.520), not for the mean of a day and its night. Hours, the
//! routing table and hours of duty say in which stretches of the run calls are led to people; the plan says how calls
//! are spread over them, and the measurement how many they were.

use crate::metrics::Summary;
use crate::pbx::config::Lead;
use crate::pbx::config::Presence;
use crate::scenario::Scenario;
use crate::time::Instant;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::profile::Intensity;

/// A stretch of time without a change of hours or duty, in seconds from the start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Share of the callers who are led to people, 0 to 1.
    pub(super) share: f64,
    /// Somebody is on duty, or nobody ever need be.
    pub(super) is_staffed: bool,
}

impl Stretch {
    /// Calls are answered in it.
    pub(super) const fn is_served(&self) -> bool {
        self.share > 0.0 && self.is_staffed
    }
}

/// The busiest time of service against the mean of all measured time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Busy {
    /// By how much the mean rate of calls that are led to people is to be multiplied.
    pub factor: f64,
    /// The same for the mean rate of all calls.
    pub of_all: f64,
    /// Length of the time in which people are served, in seconds.
    pub served_s: f64,
    /// Length of all measured time, in seconds.
    pub measured_s: f64,
}

impl Busy {
    /// The served time and all of it, where they differ.
    #[must_use]
    pub fn hours(&self) -> Option<[f64; 2]> {
        (self.served_s < self.measured_s - 1.0).then_some([self.served_s, self.measured_s])
    }
}

/// More stretches than any timetable has.
pub(super) const STRETCHES_MAX: usize = 100_000;

/// The stretches between two moments in seconds from the start, in order.
pub(super) fn stretches(scenario: &Scenario, [from, to]: [f64; 2]) -> Vec<Stretch> {
    let lead = Lead::new(&scenario.pbx);
    let duties = || scenario.pbx.agents.iter().map(|agent| agent.presence.duty.as_ref());
    let always = scenario.pbx.agents.is_empty() || duties().any(|duty| duty.is_none());
    let next_duty = |at: Instant| {
        let changes = duties().flatten().filter_map(|duty| duty.next_change(at));
        if always { None } else { changes.min() }
    };
    let end = Instant::from_secs_f64(to);
    let mut at = Instant::from_secs_f64(from);
    let mut found: Vec<Stretch> = Vec::new();
    while at < end && found.len() < STRETCHES_MAX {
        let changes = [lead.next_change(at), next_duty(at), Some(end)];
        let until = changes.into_iter().flatten().min().unwrap_or(end);
        let (share, is_staffed) =
            (share(scenario, &lead, at), always || duties().flatten().any(|duty| duty.is_on(at)));
        match found.last_mut() {
            // A change of the table need not be one of where calls are led.
            Some(last) if last.share.to_bits() == share.to_bits() && last.is_staffed == is_staffed => {
                last.to = until.as_secs_f64();
            }
            _ => found.push(Stretch { from: at.as_secs_f64(), to: until.as_secs_f64(), share, is_staffed }),
        }
        at = until;
    }
    found
}

/// Share of the callers who are led to people at `at`.
fn share(scenario: &Scenario, lead: &Lead<'_>, at: Instant) -> f64 {
    let callers = scenario.traffic.callers.iter().enumerate();
    let of = callers.map(|(class, caller)| {
        let numbers = caller.to.all();
        let served = numbers.iter().filter(|number| lead.serves(at, class, number)).count();
        caller.share * real(served) / real(numbers.len().max(1))
    });
    of.sum()
}

/// More changes than the routing of a week has.
const CHANGES_MAX: usize = 1_000;

/// Of all callers, those of each class who are led to people at the best of hours.
pub(super) fn led_shares(scenario: &Scenario) -> Vec<f64> {
    let lead = Lead::new(&scenario.pbx);
    let changes = std::iter::successors(Some(Instant::ZERO), |at| lead.next_change(*at));
    let hours: Vec<Instant> = changes.take(CHANGES_MAX).collect();
    let callers = scenario.traffic.callers.iter().enumerate();
    let of = callers.map(|(class, caller)| {
        let numbers = caller.to.all();
        let is_served = |number: &str| hours.iter().any(|at| lead.serves(*at, class, number));
        caller.share * real(numbers.iter().filter(|number| is_served(number)).count())
            / real(numbers.len().max(1))
    });
    of.collect()
}

/// How busy the busiest time of service is between two moments, in seconds from the start: by the busiest planned rate,
/// or by the busiest hour of calls that are replayed. `None` where none of the planned calls is led to people while
/// somebody is there.
#[must_use]
pub fn busy(scenario: &Scenario, [from, to]: [f64; 2]) -> Option<Busy> {
    let stretches = stretches(scenario, [from, to]);
    let volumes = Volumes::new(scenario, [from, to]);
    let measured_s = to - from;
    let all = volumes.between(from, to);
    let led: f64 = stretches.iter().map(|part| part.share * volumes.between(part.from, part.to)).sum();
    let served = || stretches.iter().filter(|part| part.is_served());
    let top =
        served().map(|part| part.share * volumes.busiest_rate(part.from, part.to, to)).fold(0.0, f64::max);
    if stretches.iter().all(Stretch::is_served) && stretches.len() == 1 {
        let factor =
            if all > 0.0 { (volumes.busiest_rate(from, to, to) * measured_s / all).max(1.0) } else { 1.0 };
        return Some(Busy { factor, of_all: factor, served_s: measured_s, measured_s });
    }
    let served_s = served().map(|part| part.to - part.from).sum();
    (led > 0.0 && top > 0.0).then(|| Busy {
        factor: top * measured_s / led,
        of_all: top * measured_s / all,
        served_s,
        measured_s,
    })
}

/// Whether callers are turned away by the hour for part of the time.
pub(super) fn closes(scenario: &Scenario, within: [f64; 2]) -> bool {
    stretches(scenario, within).iter().any(|part| part.share <= 0.0)
}

/// Calls of `intensity` between two moments that are led to people: closed hours have none.
#[must_use]
pub fn led_calls(scenario: &Scenario, intensity: &Intensity, within: [f64; 2]) -> f64 {
    let of = |part: &Stretch| part.share * intensity.integral(part.from, part.to);
    stretches(scenario, within).iter().map(of).sum()
}

/// Share of the time between two moments in which this agent can be called, 0 to 1: on duty, while calls are led to
/// people at all.
#[must_use]
pub fn presence(scenario: &Scenario, presence: &Presence, [from, to]: [f64; 2]) -> f64 {
    let share = |from: f64, to: f64| presence.share(Instant::from_secs_f64(from), Instant::from_secs_f64(to));
    let stretches = stretches(scenario, [from, to]);
    // Mail and chats are answered behind closed doors as well.
    if !scenario.pbx.contacts.is_empty() || stretches.iter().all(|part| part.share > 0.0) {
        return share(from, to);
    }
    let open = stretches.iter().filter(|part| part.share > 0.0);
    open.map(|part| share(part.from, part.to) * (part.to - part.from)).sum::<f64>() / (to - from)
}

/// One of the two kinds of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Served,
    Closed,
}

/// The measured load of that kind of time over that of all time: calls of each slice by the time that they held a
/// circuit. Slices that lie in both kinds say nothing. `None` where none was measured.
pub(super) fn load_share(scenario: &Scenario, summary: &Summary, part: Part) -> Option<f64> {
    let within = summary.measured.map(Instant::as_secs_f64);
    let stretches = stretches(scenario, within);
    let of_part = |stretch: &&Stretch| stretch.is_served() == (part == Part::Served);
    let slices = summary.slices.iter().enumerate().filter(|(place, _)| {
        let from = real(*place) * summary.slice_s;
        let holds = |stretch: &Stretch| stretch.from <= from && from + summary.slice_s <= stretch.to + 1e-6;
        stretches.iter().filter(of_part).any(holds)
    });
    let (mut seconds, mut sum) = (0.0, [0; 3]);
    for (_, slice) in slices {
        seconds += summary.slice_s;
        let counts = &slice.counts;
        sum = [sum[0] + counts.counted(), sum[1] + counts.admitted, sum[2] + counts.holding_us];
    }
    let counts = &summary.counts;
    let all = per_second([counts.counted(), counts.admitted, counts.holding_us], summary.measured_s());
    Some(per_second(sum, seconds)? / all?)
}

/// Calls × mean holding time per second, for calls counted, those admitted and the time that these held circuits.
#[expect(clippy::cast_precision_loss, reason = "counts and microseconds of a run")]
fn per_second([counted, admitted, holding_us]: [u64; 3], seconds: f64) -> Option<f64> {
    let load = counted as f64 * holding_us as f64 / admitted.max(1) as f64 / seconds;
    (seconds > 0.0 && load > 0.0).then_some(load)
}

/// By how much the busiest rate of that kind of time exceeds its mean one; at least 1.
pub(super) fn steadiness(scenario: &Scenario, [from, to]: [f64; 2], part: Part) -> f64 {
    let stretches = stretches(scenario, [from, to]);
    let volumes = Volumes::new(scenario, [from, to]);
    let wanted = || stretches.iter().filter(|stretch| stretch.is_served() == (part == Part::Served));
    // Who is led to nobody is all the more a caller of closed hours.
    let share = |stretch: &Stretch| if part == Part::Served { stretch.share } else { 1.0 };
    let led: f64 = wanted().map(|part| share(part) * volumes.between(part.from, part.to)).sum();
    let seconds: f64 = wanted().map(|part| part.to - part.from).sum();
    let rates = wanted().map(|part| share(part) * volumes.busiest_rate(part.from, part.to, to));
    if led > 0.0 { (rates.fold(0.0, f64::max) * seconds / led).max(1.0) } else { 1.0 }
}

/// How calls are spread over time, as planned.
pub(super) enum Volumes<'a> {
    Planned(Intensity),
    /// At these seconds from the start, ascending.
    Replayed(&'a [f64]),
    /// As many at any time.
    Even,
}

const HOUR_S: f64 = 3_600.0;

impl<'a> Volumes<'a> {
    pub(super) fn new(scenario: &'a Scenario, [from, to]: [f64; 2]) -> Self {
        if let Arrivals::Replay { starts } = &scenario.traffic.arrivals {
            return Self::Replayed(starts);
        }
        let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
        if intensity.integral(from, to) > 0.0 { Self::Planned(intensity) } else { Self::Even }
    }

    /// Calls from `from` to `to`.
    pub(super) fn between(&self, from: f64, to: f64) -> f64 {
        match self {
            Self::Planned(intensity) => intensity.integral(from, to),
            Self::Replayed(starts) => real(within(starts, from, to).len()),
            Self::Even => to - from,
        }
    }

    /// The highest rate per second from `from` to before `to`: of replayed calls that of the busiest hour.
    /// `end` is that of all measured time.
    pub(super) fn busiest_rate(&self, from: f64, to: f64, end: f64) -> f64 {
        match self {
            // What begins as the stretch ends is not of it.
            Self::Planned(intensity) if to < end => intensity.max_rate(from, (to - 1e-6).max(from)),
            Self::Planned(intensity) => intensity.max_rate(from, to),
            Self::Replayed(starts) => {
                let calls = within(starts, from, to);
                let window = HOUR_S.min(to - from).max(f64::MIN_POSITIVE);
                let inside = |first: usize| {
                    let until = calls[first] + window;
                    calls[first..].partition_point(|start| *start < until)
                };
                real((0..calls.len()).map(inside).max().unwrap_or(0)) / window
            }
            Self::Even => 1.0,
        }
    }
}

fn within(starts: &[f64], from: f64, to: f64) -> &[f64] {
    let first = starts.partition_point(|start| *start < from);
    let last = starts.partition_point(|start| *start < to);
    &starts[first..last.max(first)]
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: usize) -> f64 {
    count as f64
}
