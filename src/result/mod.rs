//! `result.json` as types: the one thing that report, compare and gates read.
//!
//! Names and units are the contract with other programs: fields are added, never renamed. A ratio whose
//! denominator is 0 is `None`, never 0.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use agreement::{Agreement, AgreementRow, DecidedAlike, Measured, PairedDifference, agreement};
pub use calendar::{BusyHour, Calendar, HourFigures, ShiftHint};
pub use cases::Cases;
pub use charts::{Concurrency, Interval, Ladder, LadderMessage, PercentilePoint};

pub use crate::books::{Step, Timeline};
pub use crate::metrics::Trend;
pub use crate::metrics::{ProcessorCost, ProcessorEstimate};
pub use crate::sizing::{Advice, CurvePoint, Expected, GrowthStep};
pub use crate::sizing::{Lever, Sensitivity};
pub use crate::verdict::Status;

pub use callbacks::CallbackFigures;
pub use contacts::ContactFigures;
pub use menus::{MenuExit, MenuExits};
pub use outsourcing::{ContractorFigures, Outsourcing, QueueFlow};
pub use owners::OwnerFigures;
pub use people::{ClassFigures, DeviationSpell, Deviations, Waits};
pub use queue::{Queue, ServiceLevel};
pub use sent_on::SentOnFigures;
pub use transfers::{QueueWaits, TransferFigures, Transfers};
pub use variants::Variants;

pub use assemble::{DriverFacts, assemble, capabilities, collector_settings, gates};
pub use cut_short::cut_short;
pub use differing::{Differing, differ};

mod agreement;
mod assemble;
mod calendar;
mod callbacks;
mod cases;
mod charts;
mod contacts;
mod cut_short;
mod differing;
mod menus;
mod money;
mod outsourcing;
mod owners;
mod people;
mod queue;
mod reasons;
mod recommendation;
mod sent_on;
pub mod strategies;
#[cfg(test)]
mod tests;
mod transfers;
pub mod variants;

/// The schema's name and version.
pub const SCHEMA: &str = "busyhour.result/1";

/// One run, simulation or audit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    pub schema: String,
    pub tool: Tool,
    pub scenario: ScenarioRef,
    pub driver: Driver,
    pub ended: Ended,
    pub arrivals: Arrivals,
    pub outcomes: Outcomes,
    /// Final status of the INVITE → attempts.
    pub sip_status: BTreeMap<u16, u64>,
    pub limiter: BTreeMap<String, u64>,
    pub technical_drop_rate: Ratio,
    /// Attempts that found every circuit busy, over all counted attempts.
    pub blocking: Ratio,
    pub customers: Customers,
    pub indicators: Indicators,
    pub latency_ms: LatencyMs,
    pub traffic: Traffic,
    pub queue: Option<Queue>,
    pub agents: Vec<AgentFigures>,
    /// Figures of each class of callers, in the scenario's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassFigures>,
    /// Calls by hour of the week and the busy hour; absent for less than two hours of measured time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// When a gate's limit was violated beyond chance, and whether it came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviations: Vec<Deviations>,
    /// What a tenth more or less of volume and talk time does, by the closest formula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    pub media: Option<Media>,
    pub expected: Option<Expected>,
    pub recommendation: Recommendation,
    pub cost: Option<Cost>,
    pub verdict: Verdict,
    /// Cause (the classification's rule) → attempts, for every attempt that was not completed.
    pub causes: BTreeMap<String, u64>,
    /// Where callers were lost, from the first dial to the talk: stage → attempts still there.
    pub funnel: Vec<FunnelStage>,
    /// Where callers left the menus; empty where no menu answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub menus: Vec<MenuExits>,
    /// Those who asked to be called back, by queue; empty where nobody did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub callbacks: Vec<CallbackFigures>,
    /// Contacts by topic, the second half of the run against the first; of the first replication.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trends: Vec<Trend>,
    /// The longest calls, step by step; of the first replication, where there are queues or menus.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub longest: Vec<Timeline>,
    /// Callers with an agent of their own, by queue; empty where no queue asks owners first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<OwnerFigures>,
    /// What the PBX's processor spends on a set-up and a call in progress, by what it used; absent where it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<ProcessorCost>,
    /// Callers whom a queue did not keep, by the way on; empty where every queue refuses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent_on: Vec<SentOnFigures>,
    /// Callers whom agents sent on, and the queues' waits; absent where no agents do so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfers: Option<Transfers>,
    /// Where callers of queues with a contractor went, and the invoices; absent without a contractor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outsourcing: Option<Outsourcing>,
    /// Mail, chats and the like; empty without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactFigures>,
    /// Figures per slice of time, for the charts.
    pub intervals: Vec<Interval>,
    pub interval_s: f64,
    /// SIP ladder of the first failed call of each cause.
    pub ladders: Vec<Ladder>,
    /// The books' cross-check; absent where there is only one book.
    pub books: Option<Books>,
    /// Sentences about the run that its reader must know (what was not honoured, what was compressed).
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replications: Option<u64>,
    /// `false` where a clock decided how much was simulated; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reproducible: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioRef {
    pub name: String,
    pub question: String,
    /// Of the effective scenario.
    pub sha256: String,
    pub seed: u64,
    /// The effective scenario, as YAML.
    pub effective: String,
    /// Start of the traffic, local time with zone, as in the scenario.
    pub start: String,
    /// Length of the traffic in people's seconds, warm-up included.
    pub duration_s: f64,
    pub warm_up_s: f64,
    /// How the warm-up was found, where the scenario says `warm_up: auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_up_found: Option<WarmUpFound>,
    pub time_scale: f64,
    /// Circuits the scenario states, if any.
    pub channels: Option<u32>,
    /// Agents the scenario states.
    pub agents: u32,
    /// What was called: `bundled` or the target's URI.
    pub target: String,
}

/// A warm-up found by MSER-5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarmUpFound {
    /// `mser_5`, or `none` for a day with a beginning and an end of its own.
    pub method: String,
    /// Length of a batch of five observations; 0 where none were looked at.
    pub batch_s: f64,
    pub batches: u64,
    /// Replications that the observations were averaged over.
    pub replications: u64,
    /// The cut is half of the data: the system may not have settled at all.
    pub at_limit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    Live,
    Simulation,
    Audit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Complete,
    Interrupted,
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrivals {
    pub scheduled: u64,
    pub started: u64,
    pub not_started: u64,
    /// Started over 50 ms behind the intended start.
    pub late: u64,
    /// First attempts only; `None` where the process is not Poisson or fewer than 3 calls were made.
    pub interarrival_cv: Option<f64>,
    pub ks_p: Option<f64>,
    pub lateness_ms: Option<Percentiles>,
}

/// Percentiles of a distribution in milliseconds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    pub n: u64,
    /// The full histogram (HdrHistogram V2, base64), in microseconds.
    pub histogram: String,
    /// Points of the percentile curve, for the chart.
    pub curve: Vec<PercentilePoint>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcomes {
    pub offered: u64,
    pub completed: u64,
    pub human: HumanOutcomes,
    pub completed_by: CompletedByOutcomes,
    pub technical: TechnicalOutcomes,
    pub policy: u64,
    pub excluded: u64,
    pub generator: u64,
    pub in_progress: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HumanOutcomes {
    pub busy: u64,
    pub no_answer: u64,
    pub declined: u64,
    pub abandoned: u64,
    pub queue_full: u64,
    pub queue_timeout: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CompletedByOutcomes {
    pub agent: u64,
    pub pbx: u64,
    pub ivr: u64,
    pub voicemail: u64,
    pub callback: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TechnicalOutcomes {
    pub trunk: u64,
    pub overload: u64,
    pub timeout: u64,
    pub failure: u64,
    pub media: u64,
    pub cut_off: u64,
}

/// k of n, with a 95 % interval that allows for calls sharing a busy period.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ratio {
    pub ratio: Option<f64>,
    pub ci95: Option<[f64; 2]>,
    /// `replications`, `batch_means`, `wilson`, `wilson_inflated`.
    pub ci_method: String,
    pub k: u64,
    pub n: u64,
    /// Batches that a `batch_means` interval rests on, after merging those that were alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batches: Option<u64>,
    /// Correlation left between neighbouring batches, −1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag1: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Customers {
    pub unique: u64,
    /// Never served after all redials.
    pub lost: u64,
    /// Of those lost, how many went to a competitor.
    #[serde(default)]
    pub defected: u64,
    /// Attempts of callers who had been served before and call again about the same matter.
    #[serde(default)]
    pub repeat_calls: u64,
}

/// RFC 6076 and ITU-T E.425, as ratios from 0 to 1; `None` where undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Indicators {
    pub asr: Option<f64>,
    pub ner: Option<f64>,
    pub ser: Option<f64>,
    pub seer: Option<f64>,
    pub isa: Option<f64>,
    pub scr: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LatencyMs {
    pub post_dial_delay: Option<Percentiles>,
    pub answer_delay: Option<Percentiles>,
    pub disconnect_delay: Option<Percentiles>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Traffic {
    /// Attempts × mean holding time of admitted calls.
    pub offered_erlangs: Option<f64>,
    #[serde(default)]
    pub offered_erlangs_ci95: Option<[f64; 2]>,
    /// The same without redials: what trunks are sized on where no queue is behind them and the rate is steady.
    pub fresh_erlangs: Option<f64>,
    pub carried_erlangs: f64,
    #[serde(default)]
    pub carried_erlangs_ci95: Option<[f64; 2]>,
    pub mean_holding_s: Option<f64>,
    pub peak_concurrent: u32,
    /// Attempts per second of people's time.
    pub calls_per_second: f64,
    /// Attempts per second on the wire.
    pub wire_calls_per_second: Option<f64>,
    /// Circuits that the target seems to have: the most ever in use, if calls were refused and nearly all
    /// refusals came at that level.
    #[serde(default)]
    pub circuits_seen: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AgentFigures {
    pub name: String,
    pub calls: u64,
    /// Offers that rang out or were declined.
    pub not_answered: u64,
    pub talk_s: f64,
    /// With mail, chats or the like in hand.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub contacts_s: f64,
    /// Of the time at work: in talk, wrap-up, and with contacts in hand.
    pub occupancy: Option<f64>,
    /// Mean wait of the callers this agent answered.
    pub asa_s: Option<f64>,
    #[serde(default)]
    pub calls_per_hour: Option<f64>,
    /// Longest time at work without a pause of half a minute.
    #[serde(default)]
    pub longest_busy_s: f64,
    /// What is more than a person keeps up: `occupancy` over 85 %, `longest_busy` over an hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Media {
    /// Calls that carried media.
    pub streams: u64,
    pub packets_sent: u64,
    pub packets_received: u64,
    pub loss_ratio: Option<f64>,
    pub jitter_ms_p95: Option<f64>,
    pub mos_p05: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Recommendation {
    pub trunks: Option<Advice>,
    pub agents: Option<Advice>,
    pub tariff: Option<String>,
    /// Why there is no advice, or none on agents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing: Vec<String>,
}

/// What the loss costs, in exact decimals written as strings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub currency: String,
    /// Attempts, redials included, as the scenario states them.
    pub calls_per_month: u64,
    pub lost_calls_per_month: String,
    pub lost_customers_per_month: String,
    pub wasted_marketing_per_month: String,
    /// Revenue lost with the customers, where a value per customer is given.
    pub lost_revenue_per_month: Option<String>,
    /// Damage to the firm's image, where a price is given; zero otherwise.
    pub image_per_month: String,
    pub total_per_month: String,
    /// What contractors charge for their calls; part of the total. Absent without a contractor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contractors_per_month: Option<String>,
    /// Minutes that callers spent waiting in a month, and their value where one is given.
    pub caller_minutes_per_month: Option<String>,
    pub caller_time_per_month: Option<String>,
    /// Callers never served for any reason; not part of the total, which is that of technical losses. Absent where they are
    /// the callers of those losses, each lost once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never_served: Option<NeverServed>,
}

/// Callers never served, whatever the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeverServed {
    pub callers_per_month: String,
    /// Those of them who would have bought.
    pub customers_per_month: String,
    /// Their advertising, and their revenue where a customer's value is given.
    pub worth_per_month: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub status: Status,
    pub gates: Vec<GateResult>,
    pub reasons: Vec<String>,
    /// What the scenario requires of the PBX's call records; of the first replication. Empty where it requires nothing,
    /// and where no records were kept or seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_fields: Vec<RequiredField>,
}

/// One field that call records must have, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredField {
    /// As in the scenario: `agent if answered`.
    pub field: String,
    pub status: Status,
    /// The file asked.
    pub file: String,
    /// Rows that must have it.
    pub rows: u64,
    /// Those that don't.
    pub missing: u64,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstMissing>,
    /// The column that the file lacks: that of the field, or of what tells of which calls it is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_column: Option<String>,
    /// `file.yaml:23`.
    pub written_at: String,
}

/// A row that lacks a required field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstMissing {
    /// Counted from 1, the header included.
    pub line: u64,
    /// Empty where the file names no calls.
    pub call_id: String,
}

impl RequiredField {
    /// What was found in `file`.
    #[must_use]
    pub fn new(tally: crate::books::required::Tally, file: &str) -> Self {
        let lacks = tally.missing > 0 || tally.no_column.is_some();
        Self {
            field: tally.requirement.text,
            status: if lacks { Status::Fail } else { Status::Pass },
            file: file.to_owned(),
            rows: tally.rows,
            missing: tally.missing,
            first: tally.first.map(|place| FirstMissing { line: place.line, call_id: place.call }),
            no_column: tally.no_column.map(|field| field.name().to_owned()),
            written_at: tally.requirement.written_at,
        }
    }
}

impl Verdict {
    /// Whether a field is missing that the call records must have.
    #[must_use]
    pub fn lacks_fields(&self) -> bool {
        self.required_fields.iter().any(|field| field.status != Status::Pass)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateResult {
    pub gate: String,
    pub status: Status,
    /// In the metric's own unit (ratios 0 to 1, delays in milliseconds, waits in seconds).
    pub value: Option<f64>,
    pub ci: Option<[f64; 2]>,
    pub n: u64,
    /// `file.yaml:23` or `--gate`.
    pub written_at: String,
    /// `ratio`, `ms`, `s`, `erlangs`, `calls` or `calls_per_second`.
    pub unit: String,
    /// What stands between this gate and a decision, for inconclusive ones.
    pub remark: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelStage {
    /// `dialled`, `admitted`, `reached` (queue or destination), `answered`, `completed`.
    pub stage: String,
    /// Attempts that got here.
    pub calls: u64,
    /// Attempts that got to the stage before and no further.
    pub lost_here: u64,
}

/// Generator, CDR and queue log, each kept by its own side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Books {
    pub generator: u64,
    pub cdr: u64,
    pub queue_log: Option<u64>,
    /// Calls that the PBX's records in Asterisk's format do not show; absent where they show every call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<HiddenCalls>,
    /// One sentence per disagreement; empty when the books agree to the call.
    pub differences: Vec<String>,
}

/// Calls that were made and that an audit of the PBX's own records cannot see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HiddenCalls {
    pub calls: u64,
    /// Of these, lost for technical reasons.
    pub technical: u64,
}

impl From<crate::books::Agreement> for Books {
    fn from(agreement: crate::books::Agreement) -> Self {
        let hidden =
            |hidden: crate::books::Hidden| HiddenCalls { calls: hidden.calls, technical: hidden.technical };
        Self {
            generator: agreement.generator,
            cdr: agreement.cdr,
            queue_log: agreement.queue_log,
            hidden: agreement.hidden.map(hidden),
            differences: agreement.differences,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(figure: &f64) -> bool {
    *figure == 0.0
}
