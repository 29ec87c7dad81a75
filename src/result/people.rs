//! Callers by class, how long they waited, and what their loss is worth.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::cost;
use crate::metrics;
use crate::metrics::ClassCounts;
use crate::metrics::Distribution;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::verdict;
use crate::verdict::Gate;

/// One class of callers, in the measured time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ClassFigures {
    pub name: String,
    /// Share of first attempts that the scenario states, if it does.
    pub share_planned: Option<f64>,
    /// Share of first attempts as counted, with an interval that holds for all classes at once.
    pub share: Option<f64>,
    pub share_ci95: Option<[f64; 2]>,
    pub offered: u64,
    pub completed: u64,
    pub human: u64,
    pub technical: u64,
    /// Attempts of callers who had been served before.
    pub repeat_calls: u64,
    pub customers: u64,
    /// Never served after all redials.
    pub customers_lost: u64,
    pub mean_talk_s: Option<f64>,
    pub asa_s: Option<f64>,
    /// Lost customers times the value of one, where the scenario gives it.
    pub value_lost: Option<String>,
}

/// The deviations from one gate's limit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Deviations {
    pub gate: String,
    /// A second deviation came after quiet time.
    pub recurring: bool,
    pub spells: Vec<DeviationSpell>,
}

/// A time throughout which the limit was violated beyond chance; people's seconds from the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DeviationSpell {
    pub start_s: f64,
    pub end_s: f64,
    /// The ratio in its worst window, 0 to 1.
    pub worst: f64,
}

pub(super) fn deviations(gates: &[Gate], summary: &Summary) -> Vec<Deviations> {
    let spell = |spell: &verdict::Spell| DeviationSpell {
        start_s: spell.start_s,
        end_s: spell.end_s,
        worst: spell.worst,
    };
    let log = |log: &verdict::DeviationLog| Deviations {
        gate: log.gate.clone(),
        recurring: log.recurs(),
        spells: log.spells.iter().map(spell).collect(),
    };
    verdict::deviations(gates, summary).iter().map(log).collect()
}

/// Time in a queue until pick-up or loss, of all who asked for one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Waits {
    pub p50_s: f64,
    pub p80_s: f64,
    pub p95_s: f64,
    pub max_s: f64,
    pub n: u64,
    /// Seconds → share of callers who waited no longer, 0 to 1; both grow.
    pub curve: Vec<(f64, f64)>,
}

/// Percentiles of the curve: two apart, closer at the end.
const CURVE: [f64; 8] = [99.0, 99.5, 99.7, 99.9, 99.95, 99.97, 99.99, 100.0];

pub(super) fn waits(waits: &Distribution) -> Option<Waits> {
    let seconds = |percentile: f64| Some(waits.percentile_ms(percentile)? / 1e3);
    let percentiles = (0..50).map(|step| 2.0 * f64::from(step)).chain(CURVE);
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for percentile in percentiles {
        let point = (seconds(percentile)?, percentile / 100.0);
        match curve.last_mut() {
            // Many wait equally long, most of them not at all: one point with the highest share.
            Some(last) if last.0.total_cmp(&point.0).is_eq() => last.1 = point.1,
            _ => curve.push(point),
        }
    }
    Some(Waits {
        p50_s: seconds(50.0)?,
        p80_s: seconds(80.0)?,
        p95_s: seconds(95.0)?,
        max_s: seconds(100.0)?,
        n: waits.count(),
        curve,
    })
}

/// Classes that called, in the scenario's order; unknown names after them.
pub(super) fn classes(scenario: &Scenario, summary: &Summary) -> Vec<ClassFigures> {
    let known = &scenario.traffic.callers;
    let place = |name: &str| known.iter().position(|class| &*class.name == name).unwrap_or(known.len());
    let mut classes: Vec<_> = summary.classes.iter().collect();
    classes.sort_by_key(|(name, _)| place(name));
    let firsts: Vec<u64> = classes.iter().map(|(_, counts)| counts.first_attempts).collect();
    let mix = metrics::mix(&firsts);
    let figures = |(at, (name, counts)): (usize, &&(std::sync::Arc<str>, ClassCounts))| {
        let class = known.get(place(name));
        let value = class.and_then(|class| class.value.as_ref());
        ClassFigures {
            name: name.to_string(),
            share_planned: class.map(|class| class.share),
            share: mix.get(at).map(|(share, _)| *share),
            share_ci95: mix.get(at).map(|(_, interval)| *interval),
            offered: counts.offered,
            completed: counts.completed,
            human: counts.human,
            technical: counts.technical,
            repeat_calls: counts.repeats,
            customers: counts.customers,
            customers_lost: counts.customers_lost,
            mean_talk_s: over(counts.talk.seconds(), counts.talks),
            asa_s: over(counts.wait_answered.seconds(), counts.queue_answered),
            value_lost: value.map(|value| cost::money(value.amount * Decimal::from(counts.customers_lost))),
        }
    };
    classes.iter().enumerate().map(figures).collect()
}

fn over(sum: f64, count: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    (count > 0).then(|| sum / count as f64)
}
