//! May the run be trusted? The generator's own faults, found before any gate is believed.

use crate::metrics::Summary;
use crate::outcome::Outcome;

/// Generator faults that are always forgiven, and the share that is.
const FAULTS_FORGIVEN: u64 = 3;
const FAULT_SHARE: f64 = 0.001;

/// Lateness that is always forgiven, in milliseconds, and its share of the mean talk.
const LATENESS_FLOOR_MS: f64 = 50.0;
const LATENESS_SHARE: f64 = 0.2;

/// What the driver knows and the records do not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFacts {
    /// Attempts of the plan, redials included.
    pub scheduled: u64,
    pub started: u64,
    pub not_started: u64,
    /// Records written, warm-up included; each started attempt must have one.
    pub recorded: u64,
    /// Mean talk time as it passes on the wall clock; absent in simulation.
    pub mean_talk_wall_ms: Option<f64>,
    /// Share of excluded calls that the scenario allows, 0 to 1.
    pub allow_excluded: f64,
    /// One sentence per disagreement between the books.
    pub book_differences: Vec<String>,
    /// Interrupted or stopped: unanswered calls are then no contradiction.
    pub cut_short: bool,
    /// Anything else that spoils the measurement, said by the driver.
    pub faults: Vec<String>,
}

/// Why the run can't be trusted; empty if it can.
#[must_use]
pub fn validity(summary: &Summary, facts: &RunFacts) -> Vec<String> {
    let mut reasons = facts.faults.clone();
    reasons.extend(generator_faults(summary));
    reasons.extend(lateness(summary, facts));
    reasons.extend(excluded(summary, facts));
    reasons.extend(identities(summary, facts));
    reasons.extend(facts.book_differences.iter().map(|text| format!("the books don't agree: {text}")));
    reasons
}

fn generator_faults(summary: &Summary) -> Option<String> {
    let faults = summary.counts.outcome(Outcome::Generator);
    let offered = summary.counts.offered();
    let forgiven = (real(offered) * FAULT_SHARE).max(real(FAULTS_FORGIVEN));
    (real(faults) > forgiven)
        .then(|| format!("the generator itself spoilt {faults} of {offered} calls (more than {forgiven:.0})"))
}

fn lateness(summary: &Summary, facts: &RunFacts) -> Option<String> {
    let p99 = summary.latencies.lateness.percentile_ms(99.0)?;
    let allowed = facts.mean_talk_wall_ms.map_or(LATENESS_FLOOR_MS, |talk| talk * LATENESS_SHARE);
    let allowed = allowed.max(LATENESS_FLOOR_MS);
    (p99 > allowed).then(|| {
        format!(
            "the generator was late: 1 % of the calls left over {p99:.0} ms behind their time, \
             {allowed:.0} ms are allowed (20 % of the mean talk time, at least 50 ms)"
        )
    })
}

fn excluded(summary: &Summary, facts: &RunFacts) -> Option<String> {
    let excluded = summary.counts.outcome(Outcome::Excluded);
    let offered = summary.counts.offered();
    (real(excluded) > facts.allow_excluded * real(offered)).then(|| {
        format!(
            "{excluded} of {offered} calls failed by a set-up error (wrong number, authentication, redirect); \
             {:.1} % are allowed, see allow_excluded",
            facts.allow_excluded * 100.0
        )
    })
}

fn identities(summary: &Summary, facts: &RunFacts) -> Vec<String> {
    let mut broken = Vec::new();
    if facts.scheduled != facts.started + facts.not_started {
        broken.push(format!(
            "{} calls were scheduled, but {} started and {} not started",
            facts.scheduled, facts.started, facts.not_started
        ));
    }
    if facts.not_started > 0 && !facts.cut_short {
        broken.push(format!(
            "{} of {} calls could not be started: the generator offered less than the scenario asks for",
            facts.not_started, facts.scheduled
        ));
    }
    if facts.recorded != facts.started {
        broken.push(format!("{} calls started, but {} have an outcome", facts.started, facts.recorded));
    }
    let in_progress = summary.counts.outcome(Outcome::InProgress);
    if in_progress > 0 && !facts.cut_short {
        broken.push(format!("{in_progress} calls had no end when the run was complete"));
    }
    broken
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
