//! Where the callers of queues with a contractor went, what the contractor did, and the invoice, in exact decimals.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::cost;
use crate::metrics::ContractorCounts;
use crate::metrics::Summary;
use crate::metrics::ratio::{normal_quantile, wilson};
use crate::pbx::config::Outsourced;
use crate::scenario::Scenario;

/// Calls that began in the measured time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outsourcing {
    pub queues: Vec<QueueFlow>,
    pub contractors: Vec<ContractorFigures>,
}

/// Callers who entered one queue from outside: `entered` = `own` + `outsourced` + `lost`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueueFlow {
    pub queue: String,
    pub entered: u64,
    /// Served by the firm's own agents.
    pub own: u64,
    /// Served by a contractor's.
    pub outsourced: u64,
    /// Served by nobody.
    pub lost: u64,
}

/// One contractor: `offered` = `answered` + `handed_back` + `lost`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ContractorFigures {
    pub queue: String,
    pub agents: u64,
    pub offered: u64,
    pub answered: u64,
    /// Not taken in time: back to the firm's own.
    pub handed_back: u64,
    pub lost: u64,
    /// The share of offered calls that was to be answered within `threshold_s`, and the one that was, 0 to 1.
    pub promised: f64,
    pub threshold_s: f64,
    pub in_time: Option<f64>,
    pub in_time_ci95: Option<[f64; 2]>,
    /// Conversations charged, and their minutes as charged.
    pub charged_calls: u64,
    pub charged_minutes: String,
    pub currency: String,
    pub price_per_minute: String,
    pub price_per_call: String,
    /// Minutes and calls at their prices.
    pub invoice: String,
}

/// What a contractor asks for its work: the steps and calls at their prices, rounded once, in the end.
fn invoice(contract: &Outsourced, counts: &ContractorCounts) -> Decimal {
    // Divided last: a sixtieth has no end.
    let seconds = Decimal::from(counts.steps) * Decimal::from(contract.increment.as_secs());
    seconds * contract.price_per_minute.amount / Decimal::from(60)
        + Decimal::from(counts.charged) * contract.price_per_call.amount
}

fn minutes(contract: &Outsourced, counts: &ContractorCounts) -> Decimal {
    Decimal::from(counts.steps) * Decimal::from(contract.increment.as_secs()) / Decimal::from(60)
}

fn contracts<'a>(
    scenario: &'a Scenario,
    summary: &'a Summary,
) -> impl Iterator<Item = (&'a crate::pbx::config::QueueConfig, &'a Outsourced, ContractorCounts)> {
    scenario.pbx.queues.iter().filter_map(|queue| {
        let contract = queue.policy.outsourced.as_ref()?;
        let counts = summary.notes.contractors.get(&queue.name).copied().unwrap_or_default();
        Some((queue, contract, counts))
    })
}

/// All invoices for as many calls as a month has.
pub(super) fn per_month(scenario: &Scenario, summary: &Summary, calls_per_month: u64) -> Option<Decimal> {
    let sum: Decimal =
        contracts(scenario, summary).map(|(_, contract, counts)| invoice(contract, &counts)).sum();
    let has_contract = contracts(scenario, summary).next().is_some();
    let counted = Decimal::from(summary.counts.counted());
    sum.checked_mul(calls_per_month.into())?.checked_div(counted).filter(|_| has_contract)
}

pub(super) fn of(scenario: &Scenario, summary: &Summary) -> Option<Outsourcing> {
    let queues = summary.notes.flows.iter().map(|(queue, counts)| QueueFlow {
        queue: queue.to_string(),
        entered: counts.entered,
        own: counts.own,
        outsourced: counts.outsourced,
        lost: counts.lost,
    });
    let contractors = contracts(scenario, summary).map(|(queue, contract, counts)| {
        let (in_time, offered) = (real(counts.in_time), real(counts.offered));
        ContractorFigures {
            queue: queue.name.to_string(),
            agents: queue.agents.len() as u64,
            offered: counts.offered,
            answered: counts.answered,
            handed_back: counts.handed_back,
            lost: counts.lost,
            promised: contract.promised,
            threshold_s: contract.threshold.as_secs_f64(),
            in_time: (offered > 0.0).then(|| in_time / offered),
            in_time_ci95: (offered > 0.0).then(|| wilson(in_time / offered, offered, normal_quantile(0.95))),
            charged_calls: counts.charged,
            charged_minutes: cost::quantity(minutes(contract, &counts)),
            currency: contract.price_per_minute.currency.clone(),
            price_per_minute: contract.price_per_minute.amount.to_string(),
            price_per_call: contract.price_per_call.amount.to_string(),
            invoice: cost::money(invoice(contract, &counts)),
        }
    });
    let contractors: Vec<_> = contractors.collect();
    (!contractors.is_empty()).then(|| Outsourcing { queues: queues.collect(), contractors })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}
