//! A whole staffing plan: what formulas ask for, what the simulation makes of it, what chance makes of the forecast,
//! and who works when.

use crate::erlang::ErlangError;
use crate::erlang::erlang_c;
use crate::scenario::Scenario;
use crate::sizing::curve::{Prices, StaffCurve};
use crate::sizing::day::{DayPlan, Method, PlannedInterval};
use crate::sizing::rota::{Person, RotaRules, assign};
use crate::sizing::settle::{Change, settle};
use crate::sizing::shifts::{Cover, ShiftError, ShiftRules, cover};
use crate::sizing::staff::StaffPoint;
use crate::sizing::targets::{Definition, Targets};
use crate::sizing::trial::{Figure, Finding, Trial, TriedInterval};
use crate::sizing::uncertainty::{ForChance, for_chance};
use crate::traffic::profile::Profile;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub name: &'a str,
    /// Time of day at which the first interval begins, in seconds from midnight.
    pub opens_s: f64,
    /// Day of the week of the first interval, from 0 for Monday.
    pub first_day: u8,
    pub day: &'a DayPlan,
    pub targets: Targets,
    pub method: Method,
    /// Share of the staff on leave, ill or in training.
    pub shrinkage: f64,
    /// What is simulated; absent: formulas only. Its profile holds the busyness of days, if any.
    pub scenario: Option<&'a Scenario>,
    /// Days simulated for each round of confirmation, and for chances.
    pub days: u64,
    pub days_of_chance: u64,
    pub threads: usize,
    /// Coefficient of variation of the day's busyness, and the chance wanted; absent: the forecast is certain.
    pub busyness: Option<(f64, f64)>,
    pub shifts: Option<ShiftRequest>,
    pub prices: Prices,
    /// Numbers of agents that the curve of the busiest interval runs over.
    pub agents_range: Option<[u32; 2]>,
}

/// What shifts may look like, and what is asked of people.
#[derive(Debug, Clone)]
pub struct ShiftRequest {
    pub rules: ShiftRules,
    pub rota: RotaRules,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Formula(#[from] ErlangError),
    #[error(transparent)]
    Shifts(#[from] ShiftError),
    #[error("{0}")]
    Request(String),
}

/// The answer; `staff.json` is this.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StaffPlan {
    pub schema: &'static str,
    pub name: String,
    pub opens_s: f64,
    /// Day of the week of the first interval, from 0 for Monday; left out for that.
    #[serde(skip_serializing_if = "is_monday")]
    pub first_day: u8,
    pub targets: Targets,
    /// `erlang_c`, `erlang_a` or `erlang_a_redial`.
    pub model: &'static str,
    pub method: Method,
    pub shrinkage: f64,
    pub intervals: Vec<IntervalPlan>,
    pub headcount: Headcount,
    pub simulated: Option<Simulated>,
    pub forecast: Option<Forecast>,
    pub roster: Option<Roster>,
    /// Service level and money against agents in the interval with the most work.
    pub curve: StaffCurve,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde wants")]
const fn is_monday(day: &u8) -> bool {
    *day == 0
}

/// One interval of the answer.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct IntervalPlan {
    #[serde(flatten)]
    pub planned: PlannedInterval,
    /// Load by `method`.
    pub erlangs: f64,
    /// Agents that each method asks for.
    pub stationary: u32,
    pub lagged: u32,
    pub mol: u32,
    /// The recommendation, and the same on the payroll.
    pub agents: u32,
    pub scheduled: u32,
    /// What the formula promises for one fewer, the recommendation, and one more.
    pub fewer: Option<StaffPoint>,
    pub promised: StaffPoint,
    pub more: StaffPoint,
    pub tried: Option<TriedInterval>,
}

/// Agent-hours of four ways to plan, present and paid.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Headcount {
    /// The busiest interval's number all the time.
    pub peak: Plan,
    /// The number for the mean load all the time.
    pub mean: Plan,
    /// By the formula, interval by interval.
    pub formula: Plan,
    /// The recommendation.
    pub recommended: Plan,
}

/// One way to plan.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Plan {
    /// Most agents present at once.
    pub agents: u32,
    pub hours: f64,
    /// Hours on the payroll, shrinkage included.
    pub paid_hours: f64,
    pub cost: Option<f64>,
    /// Intervals in which the formula meets every target with it.
    pub intervals_met: u32,
}

/// What the simulation said.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Simulated {
    pub days: u64,
    pub seed: u64,
    pub rounds: u32,
    pub confirmed: bool,
    pub service_level: Figure,
    pub abandoned: Figure,
    /// Share of days that meet the target where the forecast is exact.
    pub days_met: Figure,
    pub changes: Vec<Change>,
    pub one_fewer: OneFewer,
}

/// The recommendation with one agent fewer in the interval with the most work.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct OneFewer {
    pub interval: usize,
    pub agents: u32,
    pub service_level: Figure,
    pub finding: Finding,
}

/// What an uncertain forecast makes of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Forecast {
    pub busyness_cv: f64,
    pub days: u64,
    /// Service level of all calls of all days with the recommendation.
    pub service_level: Figure,
    /// Chance that a day's own service level meets the target.
    pub days_met: Figure,
    /// Service level that 5, 25, 50, 75 and 95 % of the days stay below.
    pub day_quantiles: [f64; 5],
    pub wanted: ForChance,
    /// Agent-hours of `wanted`.
    pub wanted_hours: f64,
}

/// Shifts and people: as many that with the shrinkage away the recommendation is there.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Roster {
    pub cover: Cover,
    pub people: Vec<Person>,
    pub cost: Option<f64>,
}

/// Works everything out.
///
/// # Errors
/// For targets that no number of agents meets, rules that allow no roster, and a service level that no simulation
/// can see.
pub fn plan(request: &Request<'_>) -> Result<StaffPlan, PlanError> {
    if request.scenario.is_some() && request.targets.definition == Definition::Virtual {
        let message = "the virtual service level is what an endlessly patient caller would see: no simulation can \
                       confirm it; choose another definition, or formulas alone";
        return Err(PlanError::Request(message.to_owned()));
    }
    if !(0.0..1.0).contains(&request.shrinkage) {
        return Err(PlanError::Request("shrinkage must be 0 to under 100%".to_owned()));
    }
    let formula = request.day.required(request.method, &request.targets, 1.0)?;
    let certain = request.scenario.map(certain);
    let (agents, tried, simulated) = match &certain {
        Some(scenario) => confirm(request, scenario, &formula)?,
        None => (formula.clone(), None, None),
    };
    let forecast = request.busyness.zip(request.scenario);
    let forecast = forecast
        .map(|((cv, chance), scenario)| uncertain(request, scenario, &formula, &agents, (cv, chance)));
    Ok(StaffPlan {
        schema: "busyhour.staff/1",
        name: request.name.to_owned(),
        opens_s: request.opens_s,
        first_day: request.first_day,
        targets: request.targets,
        model: request.day.model(0, 1.0).name(),
        method: request.method,
        shrinkage: request.shrinkage,
        intervals: intervals(request, &agents, tried.as_deref())?,
        headcount: headcount(request, &formula, &agents)?,
        simulated,
        forecast: forecast.transpose()?,
        roster: request.shifts.as_ref().map(|shifts| roster(request, shifts, &agents)).transpose()?,
        curve: curve(request, &agents)?,
    })
}

/// The interval with the most work, which need not be the one with the most calls; the first of equal ones.
fn busiest(request: &Request<'_>) -> Result<usize, PlanError> {
    let loads = request.day.loads(request.method);
    let busiest = (0..loads.len()).max_by(|a, b| loads[*a].total_cmp(&loads[*b]).then(b.cmp(a)));
    busiest.ok_or_else(|| PlanError::Request("there is no interval".to_owned()))
}

fn curve(request: &Request<'_>, agents: &[u32]) -> Result<StaffCurve, PlanError> {
    let place = busiest(request)?;
    let model = request.day.model(place, request.day.loads(request.method)[place]);
    let curve =
        StaffCurve::new(&model, &request.targets, agents[place], request.agents_range, request.prices)?;
    Ok(StaffCurve { start_s: Some(request.day.intervals[place].start_s), ..curve })
}

/// The scenario on a day that is as busy as forecast.
fn certain(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    if let Profile::Busyness { base, .. } = scenario.traffic.profile {
        scenario.traffic.profile = *base;
    }
    scenario
}

type Confirmed = (Vec<u32>, Option<Vec<TriedInterval>>, Option<Simulated>);

fn confirm(request: &Request<'_>, scenario: &Scenario, formula: &[u32]) -> Result<Confirmed, PlanError> {
    let trial = trial(request, scenario, request.days);
    // The limit on occupancy holds for the work itself, whatever the simulated service level would allow.
    let only_occupancy = |load: &f64| (load / request.targets.max_occupancy * (1.0 - 1e-12)).ceil();
    let floor: Vec<u32> = if request.targets.max_occupancy < 1.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a headcount")]
        request.day.loads(request.method).iter().map(|load| only_occupancy(load) as u32).collect()
    } else {
        vec![0; formula.len()]
    };
    let settled = settle(&trial, formula, &floor);
    let busiest = busiest(request)?;
    let mut fewer = settled.agents.clone();
    fewer[busiest] = fewer[busiest].saturating_sub(1);
    let less = trial.run(&fewer).intervals[busiest];
    let simulated = Simulated {
        days: settled.tried.days,
        seed: scenario.seed.0,
        rounds: settled.rounds,
        confirmed: settled.is_confirmed(),
        service_level: settled.tried.service_level,
        abandoned: settled.tried.abandoned,
        days_met: settled.tried.days_met,
        changes: settled.changes,
        one_fewer: OneFewer {
            interval: busiest,
            agents: fewer[busiest],
            service_level: less.service_level,
            finding: less.finding,
        },
    };
    Ok((settled.agents, Some(settled.tried.intervals), Some(simulated)))
}

fn trial<'a>(request: &'a Request<'a>, scenario: &'a Scenario, days: u64) -> Trial<'a> {
    let (intervals, targets) = (&request.day.intervals, &request.targets);
    Trial { scenario, intervals, targets, days, threads: request.threads }
}

fn uncertain(
    request: &Request<'_>,
    scenario: &Scenario,
    formula: &[u32],
    agents: &[u32],
    (cv, chance): (f64, f64),
) -> Result<Forecast, PlanError> {
    let trial = trial(request, scenario, request.days_of_chance);
    let tried = trial.run(agents);
    let extra: Vec<i64> =
        agents.iter().zip(formula).map(|(found, asked)| i64::from(*found) - i64::from(*asked)).collect();
    let (wanted, _) = for_chance(&trial, request.day, request.method, &extra, (chance, cv))?;
    let quantile = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list"
        )]
        let place = (share * tried.day_levels.len() as f64) as usize;
        tried.day_levels.get(place.min(tried.day_levels.len().saturating_sub(1))).copied().unwrap_or(0.0)
    };
    Ok(Forecast {
        busyness_cv: cv,
        days: tried.days,
        service_level: tried.service_level,
        days_met: tried.days_met,
        day_quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile),
        wanted_hours: request.day.hours(&wanted.agents),
        wanted,
    })
}

fn intervals(
    request: &Request<'_>,
    agents: &[u32],
    tried: Option<&[TriedInterval]>,
) -> Result<Vec<IntervalPlan>, PlanError> {
    let day = request.day;
    let by = |method| day.required(method, &request.targets, 1.0);
    let [stationary, lagged, mol] = [by(Method::Stationary)?, by(Method::Lagged)?, by(Method::Mol)?];
    let loads = day.loads(request.method);
    let mut intervals = Vec::with_capacity(agents.len());
    for (place, count) in agents.iter().copied().enumerate() {
        let model = day.model(place, loads[place]);
        let at = |agents: u32| model.point(agents.max(1), request.targets.threshold_s);
        intervals.push(IntervalPlan {
            planned: day.intervals[place],
            erlangs: loads[place],
            stationary: stationary[place],
            lagged: lagged[place],
            mol: mol[place],
            agents: count,
            scheduled: erlang_c::scheduled_agents(count, request.shrinkage)?,
            fewer: if count > 1 { Some(at(count - 1)?) } else { None },
            promised: at(count)?,
            more: at(count + 1)?,
            tried: tried.map(|tried| tried[place]),
        });
    }
    Ok(intervals)
}

fn headcount(request: &Request<'_>, formula: &[u32], agents: &[u32]) -> Result<Headcount, PlanError> {
    let day = request.day;
    let [peak, mean] = day.by_one_number(&request.targets)?;
    let way = |agents: &[u32]| {
        let hours = day.hours(agents);
        let paid_hours = hours / (1.0 - request.shrinkage);
        let points = day.promised(request.method, agents, request.targets.threshold_s)?;
        let met = |(point, interval): &(&StaffPoint, &PlannedInterval)| {
            interval.calls == 0.0 || request.targets.met_by(point)
        };
        let met = points.iter().zip(&day.intervals).filter(met).count();
        Ok::<_, PlanError>(Plan {
            agents: agents.iter().copied().max().unwrap_or(0),
            hours,
            paid_hours,
            cost: request.prices.agent_hour.map(|cost| cost * paid_hours),
            intervals_met: u32::try_from(met).unwrap_or(u32::MAX),
        })
    };
    let number = agents.len();
    Ok(Headcount {
        peak: way(&vec![peak; number])?,
        mean: way(&vec![mean; number])?,
        formula: way(formula)?,
        recommended: way(agents)?,
    })
}

fn roster(request: &Request<'_>, shifts: &ShiftRequest, agents: &[u32]) -> Result<Roster, PlanError> {
    let all_lengths = || request.day.intervals.iter().map(|interval| interval.length_s);
    let length_s = all_lengths().next().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a week")]
    let (interval_s, total_s) = (length_s.round() as u32, request.day.length_s().round() as u32);
    if all_lengths().any(|other| (other - length_s).abs() > 1e-6)
        || (length_s - f64::from(interval_s)).abs() > 1e-6
    {
        return Err(PlanError::Request("shifts need intervals of one length, in whole seconds".to_owned()));
    }
    let cyclic = total_s.is_multiple_of(86_400);
    let scheduled = |count: &u32| erlang_c::scheduled_agents(*count, request.shrinkage);
    let scheduled = agents.iter().map(scheduled).collect::<Result<Vec<_>, _>>()?;
    let cover = cover(&scheduled, interval_s, cyclic, &shifts.rules).map_err(|error| match error {
        ShiftError::Uncovered { at_s, .. } => {
            let clock = (request.opens_s + f64::from(at_s)) % 86_400.0 / 3_600.0;
            let minutes = (clock.fract() * 60.0).round();
            PlanError::Request(format!("at {:02}:{minutes:02}, {error}", clock.floor()))
        }
        other => other.into(),
    })?;
    let people = assign(&cover, cyclic.then_some(total_s), shifts.rota);
    // Who is away is in the roster, and paid.
    Ok(Roster { people, cost: request.prices.agent_hour.map(|cost| cost * cover.roster_h), cover })
}
