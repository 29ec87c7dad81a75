//! Tariff plans under growth: what each loses and costs, at which growth it breaks, and which to buy when.
//!
//! Every plan is simulated under the same callers (common random numbers: growth only squeezes their gaps), beside
//! the formula where one applies. Calls are spread evenly where a plan has several pools, and one pool stands for
//! all. Money is exact; losses have intervals over replications.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;
use crate::tariff;

pub use study::{Problem, study};

mod apply;
mod endless;
mod formula;
mod knee;
mod marginal;
mod money;
mod path;
mod study;
mod tally;

#[cfg(test)]
mod tests;

/// What to compare, and how thoroughly.
#[derive(Debug)]
pub struct Question<'a> {
    pub scenario: &'a Scenario,
    pub plans: &'a [tariff::Plan],
    /// The day on which a plan must be on sale.
    pub on: Date,
    /// Factors on the calls.
    pub growth: &'a [f64],
    /// Losses at which a plan counts as broken, 0 to 1; the first decides what is recommended.
    pub levels: &'a [f64],
    /// Two or more.
    pub replications: u64,
    pub threads: usize,
    /// How long each growth lasts: commitments and notice decide whether a change pays within it.
    pub months_per_step: u32,
}

/// The schema of [`Study`] as JSON.
pub const SCHEMA: &str = "busyhour.tariffs/1";

/// An exact decimal, text in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(pub Decimal);

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.0.normalize().to_string()
    }
}

impl TryFrom<String> for Amount {
    type Error = rust_decimal::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// Plans under growth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    pub schema: String,
    pub scenario: String,
    pub question: String,
    pub seed: u64,
    /// As 2026-04-01.
    pub on: String,
    /// Currency of every amount; plans in another are not compared.
    pub currency: String,
    /// Highest loss that is accepted, 0 to 1.
    pub target: f64,
    pub growth: Vec<f64>,
    /// How long each growth lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months_per_step: Option<u32>,
    pub replications: u64,
    /// Fresh calls × mean talk time at growth 1.
    pub erlangs: f64,
    pub calls_per_month: u64,
    pub plans: Vec<PlanStudy>,
    pub not_offered: Vec<NotOffered>,
    pub path: Vec<PathStep>,
    pub notes: Vec<String>,
}

/// A plan that is not compared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotOffered {
    pub provider: String,
    pub plan: String,
    /// One of `not_before`, `not_after`, `no_channels`, `no_price`, `users`, `feature`, `calls_per_second`,
    /// `codecs`, `link`, `currency`, `queue`, `queue_legs`.
    pub reason: String,
    /// What belongs to it: a date, a number, a name.
    pub detail: String,
}

/// One plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanStudy {
    pub provider: String,
    pub plan: String,
    pub illustrative: bool,
    pub source: String,
    pub read_on: Option<String>,
    /// Of one pool, today.
    pub channels: u32,
    pub pools: u32,
    pub calls_per_second: Option<f64>,
    /// Mean channels that a call takes by the plan's rules.
    pub legs_per_call: f64,
    /// The day from which a change to this plan made today holds.
    pub begins: String,
    /// What leaving it at once would cost.
    pub commitment: Amount,
    pub steps: Vec<Step>,
    pub knees: Vec<Knees>,
    pub marginal: Vec<Marginal>,
    /// The month's invoice at growth 1.
    pub invoice: Vec<Charge>,
}

/// A plan at one growth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub growth: f64,
    /// Channels of one pool; more than today's where extra ones are bought to stay within the target, or to lose as little
    /// as the plan can.
    pub channels: u32,
    /// By the formula, where one applies.
    pub formula: Option<f64>,
    pub loss: Loss,
    /// Share of callers never served after all their attempts.
    pub customers_lost: f64,
    /// Share of the calls that are cut off by the plan's longest duration.
    pub cut_off: f64,
    /// The provider's invoice for the month, tax included.
    pub cost: Amount,
    pub lost_calls: Amount,
    pub lost_customers: Amount,
    /// What the lost calls cost the firm in the month.
    pub loss_cost: Amount,
    /// Both together.
    pub total: Amount,
    pub meets_target: bool,
    /// Where extra channels are sold and not even all of them hold the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub even_with: Option<Most>,
    /// Callers wait at the provider, nobody gives up, and the queue grows without end: no loss in the long run is as high
    /// as that of those never served.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub endless: bool,
    /// Where callers wait at the provider: how long those who were served have waited for a channel, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_wait_s: Option<f64>,
}

/// A plan with every channel that it sells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Most {
    /// Of one pool.
    pub channels: u32,
    /// What is lost with them, 0 to 1.
    pub loss: f64,
}

/// A simulated loss.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    pub ratio: f64,
    pub ci95: [f64; 2],
    pub lost: u64,
    pub n: u64,
}

/// Where a plan breaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Knees {
    /// The loss at which it counts as broken.
    pub level: f64,
    /// By Erlang's formula B on the plan's channels.
    pub formula: Option<Point>,
    /// Simulated with the channels alone.
    pub channels_alone: Option<Knee>,
    /// By formula with the plan's legs, where a call takes more than one.
    pub formula_legs: Option<Point>,
    /// Simulated with every cap and rule of the plan.
    pub whole_plan: Option<Knee>,
    /// With every channel that the plan sells; absent where it sells no more than are bought, or without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<Extended>,
}

impl Knees {
    /// Where the plan breaks, whatever channels of it are bought; `None` where it never does.
    #[must_use]
    pub fn at_last(&self) -> Option<Knee> {
        self.extended.map_or(self.whole_plan, |extended| extended.whole_plan)
    }
}

/// Where a plan breaks with every channel that it sells.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Extended {
    /// Of one pool.
    pub channels: u32,
    /// By Erlang's formula B on them.
    pub formula: Option<Point>,
    /// Simulated with every cap and rule of the plan.
    pub whole_plan: Option<Knee>,
}

/// A growth and its load.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub growth: f64,
    pub erlangs: f64,
}

/// A growth found by simulation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Knee {
    pub growth: f64,
    pub ci95: [f64; 2],
    pub erlangs: f64,
    pub erlangs_ci95: [f64; 2],
}

/// What one more channel would be worth.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marginal {
    pub growth: f64,
    /// Channels of one pool beside which one more is looked at: those of [`Step::channels`]; absent where they are the
    /// plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    /// By formula, with the plan's legs: loss with these channels less loss with one more.
    pub saved_ratio: Option<f64>,
    /// The highest price a month at which one more channel pays: by the lost calls that it saves, or by the minutes over the
    /// channels, where the plan takes every call and bills those; absent where no formula is known.
    pub pays_below: Option<Amount>,
    /// The plan's price, where it sells channels singly.
    pub price: Option<Amount>,
    /// Channels up to which further ones pay at that price: with so many, most is saved beyond it.
    pub pays_up_to: Option<u32>,
    /// What all channels up to there save in a month beyond their price, by formula; absent where not even one more pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saves: Option<Amount>,
    /// Why no formula is known: `queue`, where calls wait for a channel and none is lost for want of one; `queues`, where they
    /// wait in the scenario's own queues and hold one meanwhile; `redials`, where calls ring before they are answered, or
    /// take several channels, or are billed over the channels up to a most, and callers dial again; `duration`, where
    /// the plan cuts calls off; `load`, beyond a million erlangs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    pub item: String,
    pub quantity: Amount,
    pub price: Amount,
    pub amount: Amount,
}

/// What to buy at one growth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathStep {
    pub growth: f64,
    /// Index into [`Study::plans`]; absent where no plan meets the target.
    pub plan: Option<usize>,
    /// Channels of one pool.
    pub channels: u32,
    /// The provider's invoice for the month.
    pub cost: Option<Amount>,
    /// With what the remaining loss costs.
    pub total: Option<Amount>,
    /// What changing from the plan of the step before costs, once; absent where it stays, and at the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// A change of plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Index of the plan that is left.
    pub from: usize,
    /// The day from which the new plan holds.
    pub begins: String,
    /// What the old plan's commitment still costs.
    pub leaving: Amount,
    /// The new plan's set-up.
    pub set_up: Amount,
    /// How much dearer the old plan is in the days of notice; negative where it is cheaper.
    pub notice: Amount,
    /// All three.
    pub total: Amount,
}
