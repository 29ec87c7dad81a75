//! The load that advice rests on: measured where enough was measured.

use crate::erlang::erlang_a;
use crate::erlang::peakedness;
use crate::erlang::peakedness::Process;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::served;
use crate::sizing::served::{Busy, Part};
use crate::traffic::arrivals::Arrivals;
use crate::traffic::burst::Burst;
use crate::traffic::callers::CallerClass;
use crate::traffic::profile::Intensity;

/// Fewest attempts that a measured load may rest on.
const FEWEST_ATTEMPTS: u64 = 100;

/// Callers who all dial again for ever have no mean.
const MOST_REDIALS: f64 = 0.99;

/// By how much the rate may vary before a stationary formula is out of place.
pub(super) const STEADY: f64 = 1.1;

/// A queue's load in the formulas' terms; rates per second of people's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct QueueLoad {
    /// Calls that asked for the queue; a customer who was promised a call instead counts when called.
    pub(super) lambda: f64,
    /// Those and the ones that found no circuit to ask through.
    pub(super) lambda_with_blocked: f64,
    /// Talk, wrap-up and the agents' own delay in picking up.
    pub(super) handle_s: f64,
    /// 1 / mean patience; 0 for endless patience.
    pub(super) theta: f64,
}

/// Whether enough was measured to rest advice on.
pub(super) fn is_measured(summary: &Summary) -> bool {
    summary.counts.offered() >= FEWEST_ATTEMPTS && summary.traffic.offered_erlangs.is_some()
}

/// The busiest planned rate over the mean one, between two moments in seconds from the start; at least 1.
#[must_use]
pub fn peak_factor_between(scenario: &Scenario, [from, to]: [f64; 2]) -> f64 {
    let intensity = Intensity::new(&scenario.traffic.profile, scenario.seed);
    let calls = intensity.integral(from, to);
    if calls > 0.0 { (intensity.max_rate(from, to) * (to - from) / calls).max(1.0) } else { 1.0 }
}

/// The busiest time of service in the measured time; `None` where none of the planned calls is led to people.
pub(super) fn busy(scenario: &Scenario, summary: &Summary) -> Option<Busy> {
    served::busy(scenario, summary.measured.map(crate::time::Instant::as_secs_f64))
}

/// Where the load of an advice comes from: measured or taken from the scenario, as it is or raised to the busiest
/// planned rate.
pub(super) fn basis(scenario: &Scenario, summary: &Summary) -> &'static str {
    let is_replayed = matches!(scenario.traffic.arrivals, Arrivals::Replay { .. });
    match (is_measured(summary), is_steady(scenario, summary)) {
        (true, true) => "measured",
        (true, false) if is_replayed => "measured_busy_hour",
        (true, false) => "measured_peak",
        (false, true) => "scenario",
        (false, false) => "scenario_peak",
    }
}

/// Whether the planned rate, or that of replayed calls by the hour, is steady enough for a stationary formula while
/// people are served.
pub(super) fn is_steady(scenario: &Scenario, summary: &Summary) -> bool {
    let within = summary.measured.map(crate::time::Instant::as_secs_f64);
    served::steadiness(scenario, within, Part::Served) <= STEADY
}

/// Calls per second that ask for the queue once there are circuits enough: those that found none as well. Of these only
/// first attempts, since redials after a blocked call are not made any more.
pub(super) fn unblocked(summary: &Summary, queue: &QueueLoad) -> f64 {
    let fresh = real(summary.counts.first_attempts) / real(summary.counts.offered().max(1));
    queue.lambda + (queue.lambda_with_blocked - queue.lambda) * fresh
}

/// Calls per second that ask for the queue, once there are circuits enough, of callers who dial for the first time, and
/// the probability that one of them who gives up dials again; 0 where nobody gives up or dials again, and all calls then.
pub(super) fn fresh(scenario: &Scenario, summary: &Summary, queue: &QueueLoad) -> (f64, f64) {
    let redial = queue_recall(scenario);
    if redial <= 0.0 || queue.theta <= 0.0 {
        return (unblocked(summary, queue), 0.0);
    }
    let led = served::led_shares(scenario);
    let names = scenario.traffic.callers.iter().zip(led).filter(|(_, share)| *share > 0.0);
    let names: Vec<&str> = names.map(|(class, _)| class.name.as_ref()).collect();
    let asking = summary.classes.iter().filter(|(name, _)| names.contains(&name.as_ref()));
    let (first, all) = asking
        .fold((0, 0), |(first, all), (_, counts)| (first + counts.first_attempts, all + counts.offered));
    (queue.lambda_with_blocked * real(first) / real(all.max(1)), redial)
}

/// The probability that a caller of the queue who was lost dials again.
pub(super) fn queue_recall(scenario: &Scenario) -> f64 {
    let of = |class: &CallerClass, share: f64| {
        if class.redial.limit == 0 { 0.0 } else { share * class.redial.effective_probability() }
    };
    sum_of_queued(scenario, of).clamp(0.0, MOST_REDIALS)
}

/// Calls per second that ask for the queue with so many agents: those who give up there and dial again once more.
pub(super) fn with_redials(scenario: &Scenario, summary: &Summary, queue: &QueueLoad, agents: u32) -> f64 {
    let (lambda, redial) = fresh(scenario, summary, queue);
    let again = || erlang_a::redialled(agents, lambda, queue.handle_s.recip(), queue.theta, redial);
    if redial > 0.0 { again().map_or(lambda, |found| found.lambda_total_per_s) } else { lambda }
}

/// The probability that a lost attempt is repeated, over all classes of callers.
#[must_use]
pub fn recall(scenario: &Scenario) -> f64 {
    let of = |class: &CallerClass| {
        if class.redial.limit == 0 { 0.0 } else { class.share * class.redial.effective_probability() }
    };
    scenario.traffic.callers.iter().map(of).sum::<f64>().clamp(0.0, 1.0)
}

/// Peakedness of a scenario's bursty arrivals at a mean load of `erlangs`, for holding times of mean `holding_s`, taken
/// for exponential; absent for arrivals that don't come in bursts.
#[must_use]
pub fn peakedness(scenario: &Scenario, erlangs: f64, holding_s: f64) -> Option<f64> {
    let Arrivals::Bursty(burst) = scenario.traffic.arrivals else { return None };
    let (mu, rate) = (holding_s.recip(), erlangs / holding_s);
    let process = match burst {
        Burst::Mmpp { calm_mean, burst_mean, calm_factor, burst_factor } => {
            let mean = (calm_mean * calm_factor + burst_mean * burst_factor) / (calm_mean + burst_mean);
            let rates = [rate * calm_factor / mean, rate * burst_factor / mean];
            Process::Mmpp2 { rates, switching: [calm_mean.recip(), burst_mean.recip()] }
        }
        Burst::Hawkes { branching, decay } => {
            let beta = decay.recip();
            Process::Hawkes { base: rate * (1.0 - branching), alpha: branching * beta, beta }
        }
    };
    peakedness::peakedness(process, mu).ok().map(|found| found.peakedness)
}

/// The callers of a scenario with a finite number of them, and the erlangs that a free one offers: mean holding time
/// over mean idle time.
#[must_use]
pub fn callers(scenario: &Scenario, holding_s: f64) -> Option<(u32, f64)> {
    let Arrivals::Sources { count, idle_mean } = scenario.traffic.arrivals else { return None };
    Some((u32::try_from(count).ok()?, holding_s / idle_mean))
}

/// The measured load of the queue; absent where nobody asked for one or nobody was served.
pub(super) fn queue_load(scenario: &Scenario, summary: &Summary) -> Option<QueueLoad> {
    let queue = summary.queue.as_ref()?;
    let share = |calls: u64| real(calls) / real(summary.counts.offered().max(1));
    let lambda = summary.traffic.calls_per_second * share(queue.customers());
    // Of those who found no circuit as many want the queue as of those who found one.
    let asking = (real(queue.offered) / real(summary.counts.admitted.max(1))).min(1.0);
    let blocked = summary.traffic.calls_per_second * share(summary.counts.blocked()) * asking;
    Some(QueueLoad {
        lambda,
        lambda_with_blocked: lambda + blocked,
        handle_s: queue.mean_handle_s? + mean_pick_up_s(scenario),
        theta: patience_rate(scenario),
    })
}

/// Mean time until an agent picks up, in seconds.
pub(super) fn mean_pick_up_s(scenario: &Scenario) -> f64 {
    mean_of_agents(scenario, |agent| agent.answer_delay.mean())
}

/// How long a caller may queue to hear an agent within `threshold_s`: the phone rings for a while before that.
pub(super) fn within_queue_s(scenario: &Scenario, threshold_s: f64) -> f64 {
    (threshold_s - mean_pick_up_s(scenario)).max(0.0)
}

/// Mean wrap-up, in seconds.
pub(super) fn mean_wrap_up_s(scenario: &Scenario) -> f64 {
    mean_of_agents(scenario, |agent| agent.wrap_up.mean())
}

fn mean_of_agents(scenario: &Scenario, of: impl Fn(&crate::pbx::config::AgentConfig) -> f64) -> f64 {
    let agents = &scenario.pbx.agents;
    agents.iter().map(of).sum::<f64>() / real(agents.len().max(1) as u64)
}

/// 1 / mean patience of those who may be led to a queue; classes whose calls end elsewhere need none.
pub(super) fn patience_rate(scenario: &Scenario) -> f64 {
    let of = |class: &CallerClass, share: f64| {
        let mean = class.patience.as_ref().map(crate::random::Distribution::mean);
        mean.filter(|mean| *mean > 0.0).map_or(0.0, |mean| share / mean)
    };
    sum_of_queued(scenario, of)
}

/// The sum over the classes of those who may be led to people at one hour or another, each with its share of them.
fn sum_of_queued(scenario: &Scenario, of: impl Fn(&CallerClass, f64) -> f64) -> f64 {
    let mut shares = served::led_shares(scenario);
    if shares.iter().all(|share| *share <= 0.0) {
        shares = scenario.traffic.callers.iter().map(|class| class.share).collect();
    }
    let led: f64 = shares.iter().sum();
    scenario.traffic.callers.iter().zip(shares).map(|(class, share)| of(class, share / led)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
