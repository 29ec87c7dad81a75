//! Wire, simulation and formula side by side, and why they differ where they do.
//!
//! Every shared figure of a live run and of a simulation of one scenario, with intervals, the distance of the two
//! in standard errors, and what the closest formula says of the measured load. Where a figure lies outside, the
//! reasons are looked for in the scenario and in the results themselves: assumptions of the formula that do not
//! hold, and what the wire has that virtual time lacks.

use serde::{Deserialize, Serialize};

use crate::metrics::paired;
use crate::metrics::paired::Paired;
use crate::result::Differing;
use crate::result::differing;
use crate::result::reasons;
use crate::result::{Queue, Ratio, RunResult};
use crate::scenario::Scenario;
use crate::sizing;
use crate::sizing::{MeasuredLoad, Prediction};

/// Half of a 95 % interval in standard errors.
const QUANTILE: f64 = 1.959_964;

/// By how much the planned rate may vary for runs of different lengths to be of the same system.
const STEADY: f64 = 1.1;

/// One scenario's figures from each source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    pub scenario: String,
    pub question: String,
    pub seed: u64,
    /// What decides calls and is another value in the simulation's scenario: the figures may show nothing else.
    pub differs: Vec<Differing>,
    /// Both played the same calls: their difference then shows far less chance than the intervals allow for.
    pub same_calls: bool,
    /// The same calls one by one, from the records beside the results.
    pub decided_alike: Option<DecidedAlike>,
    /// Why not, where the seed and the plan are the same.
    pub not_paired: Option<String>,
    /// The formula that comes closest, if any.
    pub model: Option<String>,
    pub rows: Vec<AgreementRow>,
    /// Assumptions of the formula that do not hold here, and by how much.
    pub formula_reasons: Vec<String>,
    /// What the wire has that the simulation lacks.
    pub wire_reasons: Vec<String>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgreementRow {
    /// `technical_drop_rate`, `blocking`, `abandoned`, `service_level`, `asa_s`, `occupancy`, `offered_erlangs`
    /// or `carried_erlangs`.
    pub figure: String,
    /// `ratio`, `s` or `erlangs`.
    pub unit: String,
    /// Of `service_level`: within how many seconds, and a share of what, as `service_level` of `queue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    pub wire: Option<Measured>,
    pub simulation: Option<Measured>,
    pub formula: Option<f64>,
    /// (wire − simulation) / standard error of the difference, as if the two were independent.
    pub z: Option<f64>,
    /// The same by the differences of the calls themselves, where both played the same ones and their records are there.
    pub paired: Option<PairedDifference>,
    /// Whether the interval contains the formula's value.
    pub wire_agrees: Option<bool>,
    pub simulation_agrees: Option<bool>,
}

/// How many of the calls that both sides have ended alike: with the same outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecidedAlike {
    /// Attempts that both have, redials included.
    pub calls: u64,
    pub alike: u64,
    pub ratio: Option<f64>,
    pub ci95: Option<[f64; 2]>,
    /// Attempts of one side only, such as redials after another end.
    pub wire_only: u64,
    pub simulation_only: u64,
    /// The simulation's records are those of the first of several replications.
    pub first_replication: bool,
}

/// Wire less simulation, with the standard error that the calls' own differences give.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    pub difference: f64,
    pub standard_error: f64,
    /// Absent where some calls differ and chance has no measure.
    pub z: Option<f64>,
}

/// A figure of one source.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub value: f64,
    pub ci95: Option<[f64; 2]>,
}

impl Measured {
    /// The interval's half-width as a standard error.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        self.ci95.map(|[low, high]| (high - low) / 2.0 / QUANTILE)
    }

    fn contains(&self, value: f64) -> Option<bool> {
        self.ci95.map(|[low, high]| (low..=high).contains(&value))
    }
}

/// Sets a live run and a simulation beside each other and beside the formula. `scenario` is the wire's own
/// effective scenario, read again; `records` sets the calls beside each other one by one, or says why it can't, and is
/// only asked where both results have the same calls.
#[must_use]
pub fn agreement(
    wire: &RunResult,
    simulation: &RunResult,
    scenario: &Scenario,
    records: impl FnOnce() -> Result<Paired, String>,
) -> Agreement {
    let mut differs = differing::differing(wire, simulation);
    let window = [wire.scenario.warm_up_s, wire.scenario.duration_s.max(simulation.scenario.duration_s)];
    if sizing::peak_factor_between(scenario, window) <= STEADY {
        differs.retain(|differing| !differing::is_of_the_length(differing));
    }
    // The load of the longer measurement is the better known one, if it is of the same scenario.
    let is_longer = simulation.outcomes.offered > wire.outcomes.offered;
    let known = if differs.is_empty() && is_longer { simulation } else { wire };
    let formula = measured_load(known).and_then(|load| sizing::prediction(scenario, &load));
    let mut rows = rows(wire, simulation, formula.as_ref().ok());
    if let Some(level) = rows.iter_mut().find(|row| row.figure == "service_level") {
        name_level(level, (wire, simulation), known);
    }
    if !differs.is_empty() {
        // The formula is of the wire's scenario.
        for row in &mut rows {
            row.simulation_agrees = None;
        }
    }
    let is_one = simulation.replications.unwrap_or(1) <= 1;
    let same_plan = reasons::same_calls(wire, simulation) && !differs.iter().any(differing::is_of_the_plan);
    let pairing = same_plan.then(records);
    if let Some(Ok(paired)) = pairing.as_ref().filter(|_| is_one) {
        for row in rows.iter_mut().filter(|row| row.wire.is_some() && row.simulation.is_some()) {
            row.paired = difference(paired, &row.figure);
        }
    }
    let mut formula_reasons = reasons::of_formula(scenario, wire, simulation, formula.as_ref().ok());
    match &formula {
        Err(why) => formula_reasons = vec![format!("no formula is set beside the measurement: {why}")],
        Ok(_) if formula_reasons.is_empty() && rows.iter().any(AgreementRow::misses_formula) => {
            formula_reasons.push(reasons::CHANCE.to_owned());
        }
        Ok(_) => {}
    }
    Agreement {
        scenario: wire.scenario.name.clone(),
        question: wire.scenario.question.clone(),
        seed: wire.scenario.seed,
        same_calls: differs.is_empty() && same_plan && is_one,
        decided_alike: pairing
            .as_ref()
            .and_then(|paired| Some(decided_alike(paired.as_ref().ok()?, !is_one))),
        not_paired: pairing.and_then(Result::err),
        differs,
        model: formula.ok().map(|formula| formula.model.to_owned()),
        rows,
        formula_reasons,
        wire_reasons: reasons::of_wire(scenario, wire, simulation),
    }
}

fn decided_alike(paired: &Paired, first_replication: bool) -> DecidedAlike {
    DecidedAlike {
        calls: paired.alike.n,
        alike: paired.alike.k,
        ratio: paired.alike.value(),
        ci95: paired.alike.interval,
        wire_only: paired.wire_only,
        simulation_only: paired.simulation_only,
        first_replication,
    }
}

fn difference(paired: &Paired, figure: &str) -> Option<PairedDifference> {
    let place = paired::FIGURES.iter().position(|name| *name == figure)?;
    let paired::Difference { value, standard_error } = paired.differences[place]?;
    let z = if value == 0.0 { Some(0.0) } else { (standard_error > 0.0).then(|| value / standard_error) };
    Some(PairedDifference { difference: value, standard_error, z })
}

impl AgreementRow {
    /// The distance in standard errors that knows most: of the calls' own differences, else as of independent runs.
    #[must_use]
    pub fn distance(&self) -> Option<f64> {
        self.paired.map_or(self.z, |paired| paired.z)
    }

    /// The formula's value lies outside the interval of wire or simulation.
    #[must_use]
    pub fn misses_formula(&self) -> bool {
        self.wire_agrees == Some(false) || self.simulation_agrees == Some(false)
    }
}

/// Fewest attempts that a measured load may rest on.
const FEWEST_ATTEMPTS: u64 = 100;

/// What a tenth more or less of the load does, where enough was measured and the formula comes close.
pub(super) fn sensitivity(scenario: &Scenario, result: &RunResult) -> Option<sizing::Sensitivity> {
    let load = measured_load(result).ok().filter(|_| result.outcomes.offered >= FEWEST_ATTEMPTS)?;
    let busy = sizing::busy(scenario, [result.scenario.warm_up_s, result.scenario.duration_s])?;
    sizing::sensitivity(scenario, &load, busy.factor)
}

/// The load that a result measured, as formulas want it.
fn measured_load(result: &RunResult) -> Result<MeasuredLoad, String> {
    let offered_erlangs = result.traffic.offered_erlangs.ok_or("nothing was offered")?;
    let queue = result.queue.as_ref();
    let runs = count(result.replications.unwrap_or(1).max(1));
    let seconds = (result.scenario.duration_s - result.scenario.warm_up_s).max(f64::MIN_POSITIVE) * runs;
    let queued = queue.map_or(0, Queue::customers);
    if queue.is_some_and(|queue| queue.promised + queue.called_back > 0) {
        return Err("callers leave the queue for the promise of a call".to_owned());
    }
    Ok(MeasuredLoad {
        offered_erlangs,
        circuits_seen: result.traffic.circuits_seen,
        queued_per_second: count(queued) / seconds,
        queued_or_blocked_per_second: count(queued + result.outcomes.technical.trunk) / seconds,
        handle_s: queue.and_then(|queue| queue.mean_handle_s),
        threshold_s: queue.map_or(0.0, |queue| queue.service_level.threshold_s),
    })
}

/// Where a figure stands in a result.
type Figure = fn(&RunResult) -> Option<Measured>;

fn rows(wire: &RunResult, simulation: &RunResult, formula: Option<&Prediction>) -> Vec<AgreementRow> {
    let of = |prediction: fn(&Prediction) -> Option<f64>| formula.and_then(prediction);
    let loss = |formula: &Prediction| formula.blocking;
    let figures: [(&str, &str, Figure, Option<f64>); 8] = [
        ("technical_drop_rate", "ratio", |result| ratio(&result.technical_drop_rate), of(loss)),
        ("blocking", "ratio", |result| ratio(&result.blocking), of(loss)),
        (
            "abandoned",
            "ratio",
            |result| {
                result.queue.as_ref().and_then(|queue| measured(queue.abandoned_ratio, queue.abandoned_ci95))
            },
            of(|formula| formula.abandoned),
        ),
        (
            "service_level",
            "ratio",
            |result| {
                let level = &result.queue.as_ref()?.service_level;
                measured(level.ratio, level.ci95)
            },
            of(|formula| formula.service_level),
        ),
        (
            "asa_s",
            "s",
            |result| result.queue.as_ref().and_then(|queue| measured(queue.asa_s, queue.asa_s_ci95)),
            of(|formula| formula.asa_s),
        ),
        (
            "occupancy",
            "ratio",
            |result| result.queue.as_ref().and_then(|queue| measured(queue.occupancy, queue.occupancy_ci95)),
            of(|formula| formula.occupancy),
        ),
        (
            "offered_erlangs",
            "erlangs",
            |result| measured(result.traffic.offered_erlangs, result.traffic.offered_erlangs_ci95),
            None,
        ),
        (
            "carried_erlangs",
            "erlangs",
            |result| measured(Some(result.traffic.carried_erlangs), result.traffic.carried_erlangs_ci95),
            of(|formula| formula.carried_erlangs),
        ),
    ];
    let row = |(figure, unit, of, formula): (&str, &str, Figure, Option<f64>)| {
        row(figure, unit, of(wire), of(simulation), formula)
    };
    figures.into_iter().filter_map(row).collect()
}

/// `None` where neither source has the figure.
fn row(
    figure: &str,
    unit: &str,
    wire: Option<Measured>,
    simulation: Option<Measured>,
    formula: Option<f64>,
) -> Option<AgreementRow> {
    wire.or(simulation)?;
    let agrees =
        |source: Option<Measured>| source.zip(formula).and_then(|(source, value)| source.contains(value));
    Some(AgreementRow {
        figure: figure.to_owned(),
        unit: unit.to_owned(),
        threshold_s: None,
        definition: None,
        z: wire.zip(simulation).and_then(|(wire, simulation)| distance(&wire, &simulation)),
        paired: None,
        wire_agrees: agrees(wire),
        simulation_agrees: agrees(simulation),
        wire,
        simulation,
        formula,
    })
}

/// Says which service level the row is, the wire's where it has one; whatever is another one has no place beside it.
fn name_level(level: &mut AgreementRow, (wire, simulation): (&RunResult, &RunResult), known: &RunResult) {
    let named = |result: &RunResult| {
        let level = &result.queue.as_ref()?.service_level;
        Some((level.threshold_s, level.definition.clone()))
    };
    let Some(meant) = level.wire.and_then(|_| named(wire)).or_else(|| named(simulation)) else { return };
    let same = |result| named(result).as_ref() == Some(&meant);
    let simulated = level.simulation.filter(|_| same(simulation));
    let formula = level.formula.filter(|_| same(known));
    if let Some(named) = row(&level.figure, &level.unit, level.wire, simulated, formula) {
        *level = AgreementRow { threshold_s: Some(meant.0), definition: Some(meant.1), ..named };
    }
}

/// In standard errors of the difference of independent measurements; `None` without both intervals.
fn distance(wire: &Measured, simulation: &Measured) -> Option<f64> {
    let error = wire.standard_error()?.hypot(simulation.standard_error()?);
    let difference = wire.value - simulation.value;
    if difference == 0.0 {
        return Some(0.0);
    }
    (error > 0.0).then(|| difference / error)
}

fn ratio(ratio: &Ratio) -> Option<Measured> {
    measured(ratio.ratio, ratio.ci95)
}

fn measured(value: Option<f64>, ci95: Option<[f64; 2]>) -> Option<Measured> {
    value.map(|value| Measured { value, ci95 })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::language::Language;
    use crate::report::language::sentences::translate;
    use crate::scenario::Inputs;

    fn scenario(pbx: &str, traffic: &str) -> Scenario {
        let text = format!(
            "name: x\nquestion: y\nseed: 1\nduration: 10h\nwarm_up: 1h\ntraffic:\n{traffic}\npbx: {pbx}\n"
        );
        crate::scenario::parse(&text, "x.yaml", &Inputs::with_seed(1))
            .unwrap_or_else(|problems| panic!("{problems}"))
    }

    const PLAIN: &str = "  profile: 200/h\n  callers: [{talk: {exponential: {mean: 180s}}}]";
    const EVEN: &str = "  arrivals: even\n  profile: 200/h\n  callers: [{talk: 180s}]";
    const CENTRE: &str = "{agents: {count: 12, no_answer: 2%}, queues: {sales: {max_wait: 5m}}}";
    const HURRIED: &str =
        "  profile: 200/h\n  callers: [{talk: 180s, patience: {lognormal: {mean: 60s, cv: 2}}}]";

    /// Without records.
    fn agreement(wire: &RunResult, simulation: &RunResult, scenario: &Scenario) -> Agreement {
        super::agreement(wire, simulation, scenario, || Err("calls.csv is missing".to_owned()))
    }

    fn pair() -> (RunResult, RunResult) {
        let wire = fixture::loss_system();
        let mut simulation = wire.clone();
        simulation.driver = crate::result::Driver::Simulation;
        (wire, simulation)
    }

    /// 0.22 ± 0.01 against 0.20 ± 0.01: the difference 0.02 over √2 · 0.01/1.96.
    #[test]
    fn z_is_the_difference_in_its_standard_errors() {
        let measured = |value: f64| Measured { value, ci95: Some([value - 0.01, value + 0.01]) };
        let z = distance(&measured(0.22), &measured(0.20)).unwrap();
        assert!((z - 2.771_8).abs() < 1e-3, "{z}");
        assert_eq!(distance(&measured(0.2), &Measured { value: 0.1, ci95: None }), None);
    }

    /// The fixture's 30 channels: Erlang B at the measured load, by the recurrence of every textbook.
    #[test]
    fn the_formula_stands_beside_the_loss_at_the_measured_load() {
        let (wire, simulation) = pair();
        let channels = wire.scenario.channels.unwrap();
        let agreement = agreement(&wire, &simulation, &scenario(&format!("{{channels: {channels}}}"), PLAIN));
        assert_eq!(agreement.model.as_deref(), Some("erlang_b"));
        let row = agreement.rows.iter().find(|row| row.figure == "blocking").unwrap();
        let exact = fixture::erlang_b(channels, wire.traffic.offered_erlangs.unwrap());
        assert!((row.formula.unwrap() - exact).abs() < 1e-12, "{row:?}");
        assert_eq!(row.z, Some(0.0), "the same figures");
        assert!(agreement.same_calls);
    }

    /// Within other seconds it is another figure: neither compared, nor set beside the formula's.
    #[test]
    fn a_service_level_has_its_seconds_and_its_definition_and_is_compared_with_the_same_only() {
        let (wire, mut simulation) = (fixture::call_centre(), fixture::call_centre());
        let centre = scenario(CENTRE, HURRIED);
        let level = |wire: &RunResult, simulation: &RunResult| {
            let rows = agreement(wire, simulation, &centre).rows;
            rows.into_iter().find(|row| row.figure == "service_level").unwrap()
        };
        let same = level(&wire, &simulation);
        assert_eq!((same.threshold_s, same.definition.as_deref()), (Some(20.0), Some("of_offered")));
        assert!(same.z == Some(0.0) && same.formula.is_some(), "{same:?}");
        simulation.queue.as_mut().unwrap().service_level.threshold_s = 10.0;
        let other = level(&wire, &simulation);
        assert_eq!(
            (other.threshold_s, other.wire, other.simulation, other.z),
            (Some(20.0), same.wire, None, None)
        );
        // The longer of the two measured the load, and with it what the formula says.
        assert_eq!(other.formula, same.formula);
        simulation.outcomes.offered += 1;
        assert_eq!(level(&wire, &simulation).formula, None);
    }

    #[test]
    fn the_assumption_that_fails_is_named_with_its_figures_and_in_russian() {
        let (wire, simulation) = pair();
        let even = agreement(&wire, &simulation, &scenario("{channels: 10}", EVEN)).formula_reasons;
        assert!(even.iter().any(|reason| reason.starts_with("calls arrive evenly spaced")), "{even:?}");
        let centre = fixture::call_centre();
        let centre = agreement(&centre, &centre, &scenario(CENTRE, HURRIED)).formula_reasons;
        for says in [
            "variation of 2.00",
            "s that were measured",
            "after 300 s",
            "2.0 % of the offers",
            "variation of 0.0",
        ] {
            assert!(centre.iter().any(|reason| reason.contains(says)), "{says}: {centre:?}");
        }
        for reason in even.iter().chain(&centre) {
            assert_ne!(&translate(reason, Language::Russian), reason);
        }
    }

    #[test]
    fn wrap_up_that_frees_the_line_is_named_with_both_figures() {
        const LINES: &str =
            "{channels: 16, agents: {count: 11, wrap_up: {exponential: {mean: 30s}}}, queues: {sales: {}}}";
        let centre = fixture::call_centre();
        let said = agreement(&centre, &centre, &scenario(LINES, HURRIED));
        let blocking = said.rows.iter().find(|row| row.figure == "blocking").unwrap().formula.unwrap();
        let reason = said.formula_reasons.iter().find(|reason| reason.contains("hold a circuit")).unwrap();
        assert!(reason.contains(&format!(": {:.2} % blocking, ", 100.0 * blocking)), "{reason}");
        assert!(
            translate(reason, Language::Russian).starts_with("в формуле оператор занимает канал"),
            "{reason}"
        );
        let none = LINES.replace(", wrap_up: {exponential: {mean: 30s}}", "");
        let said = agreement(&centre, &centre, &scenario(&none, HURRIED)).formula_reasons;
        assert!(!said.iter().any(|reason| reason.contains("hold a circuit")), "{said:?}");
    }

    /// What the simulation's own note says of a formula holds beside the wire as well.
    #[test]
    fn work_that_no_formula_knows_is_set_beside_none() {
        const CHATS: &str = "{agents: {count: 12}, queues: {sales: {}}, \
            contacts: {chat: {rate: 10/h, handle: {constant: 6m}, answer_within: 3m}}}";
        let centre = fixture::call_centre();
        let chats = agreement(&centre, &centre, &scenario(CHATS, HURRIED));
        let mut called = fixture::call_centre();
        called.queue.as_mut().unwrap().called_back = 5;
        let called = agreement(&called, &called, &scenario(CENTRE, HURRIED));
        for (said, why) in [(chats, "not every free agent"), (called, "the promise of a call")] {
            assert_eq!(said.model, None);
            assert!(said.rows.iter().all(|row| row.formula.is_none()), "{:?}", said.rows);
            assert!(said.formula_reasons.len() == 1 && said.formula_reasons[0].contains(why));
            assert_ne!(translate(&said.formula_reasons[0], Language::Russian), said.formula_reasons[0]);
        }
    }

    #[test]
    fn where_no_assumption_fails_chance_is_named_and_nothing_else() {
        let (mut wire, simulation) = pair();
        wire.blocking.ci95 = Some([0.9, 0.95]);
        let channels = wire.scenario.channels.unwrap();
        let reasons = agreement(&wire, &simulation, &scenario(&format!("{{channels: {channels}}}"), PLAIN))
            .formula_reasons;
        assert!(reasons.len() == 1 && reasons[0].contains("by chance"), "{reasons:?}");
    }

    /// A longer simulation of a steady rate measures the same; where the rate changes, it measures other hours.
    #[test]
    fn another_length_is_another_scenario_only_where_the_rate_changes() {
        let (wire, mut simulation) = pair();
        simulation.scenario.effective = format!("duration: 400h\n{}", wire.scenario.effective);
        simulation.scenario.duration_s *= 4.0;
        simulation.scenario.sha256 = "another".to_owned();
        let differs = |traffic: &str| -> Vec<String> {
            let found = agreement(&wire, &simulation, &scenario("{channels: 10}", traffic));
            assert!(!found.same_calls);
            found.differs.into_iter().map(|differing| differing.key).collect()
        };
        let rising = PLAIN.replace("200/h", "{peak: {base: 50/h, peak: 300/h, at: 5h, ramp: 1h, hold: 2h}}");
        let (steady, changing) = (differs(PLAIN), differs(&rising));
        assert!(!steady.contains(&"duration".to_owned()), "{steady:?}");
        assert!(changing.contains(&"duration".to_owned()), "{changing:?}");
    }

    #[test]
    fn what_only_the_wire_has_is_told_in_peoples_time() {
        let (mut wire, simulation) = pair();
        wire.scenario.time_scale = 1_000.0;
        wire.traffic.mean_holding_s = Some(180.0);
        wire.latency_ms.post_dial_delay.as_mut().unwrap().p50 = 2.0;
        let reasons = agreement(&wire, &simulation, &scenario("{channels: 10}", PLAIN)).wire_reasons;
        assert!(reasons.iter().any(|reason| reason.contains("2.0 s of people's time: 1.1 %")), "{reasons:?}");
    }
}
