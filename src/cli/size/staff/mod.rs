//! `busyhour size staff`: agents for a load and a service level, for one interval or for each of a day or week.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::{Common, Format, Lang};
use crate::cli::load;
use crate::cli::output;
use crate::cli::output::Out;
use crate::cli::size::{unwritten, usage};
use crate::report;
use crate::report::Language;
use crate::sizing::day::Method;
use crate::sizing::plan::{PlanError, Request, ShiftRequest, plan};
use crate::sizing::rota::RotaRules;
use crate::sizing::shifts::{BreakRule, ShiftRules};
use crate::sizing::{Definition, Targets};
use crate::time::Duration;
use crate::units::{Period, Ratio, ServiceLevel};

mod day;
mod effects;
mod one;

use day::{Habits, Source};

/// Length of an interval of which nothing is said.
const INTERVAL: Period = Period(Duration::from_secs(1_800));
const CHANCE: f64 = 0.9;
const DAYS: u64 = 400;
const DAYS_OF_CHANCE: u64 = 1_000;
const SHIFTS_PER_PERSON: u32 = 5;
const SHIFT_STEP: Period = hours(1);
const SHIFT_START_EVERY: Period = Period(Duration::from_secs(1_800));
const BREAK_FROM: Period = hours(6);
const BREAK_MARGIN: Period = hours(2);
const REST: Period = hours(11);

const fn hours(number: u64) -> Period {
    Period(Duration::from_secs(3_600 * number))
}

#[derive(Debug, Args)]
pub(super) struct Staff {
    /// Calls in one --interval, half an hour unless said: not an hour's or a day's. First attempts: --redial adds the others
    #[arg(long, value_name = "N", requires = "aht", required_unless_present_any = ["day", "scenario", "result"])]
    calls: Option<f64>,
    /// Take the queue's load, its handle time and the callers' patience from this result.json
    #[arg(long, value_name = "FILE", conflicts_with_all = ["calls", "day", "scenario", "interval", "redial"])]
    result: Option<PathBuf>,
    /// A day or week: CSV with the columns start (08:00, or tue 08:00), calls, aht (180s)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["calls", "scenario"])]
    day: Option<PathBuf>,
    /// A scenario with one queue: its profile, talk times and patience
    #[arg(long, value_name = "FILE", conflicts_with = "calls")]
    scenario: Option<PathBuf>,
    /// The interval that --calls are counted in [default: 30m]; with --scenario, how long staff stays the same; with --day,
    /// how far apart its rows must stand
    #[arg(long)]
    interval: Option<Period>,
    /// Mean handle time: talk and wrap-up
    #[arg(long)]
    aht: Option<Period>,
    /// Service level: 80/20 is 80 % answered within 20 seconds
    #[arg(long, default_value = "80/20")]
    target: ServiceLevel,
    /// Which service level: of_offered, of_answered, virtual or excl_short_abandons
    #[arg(long, default_value = "of_offered")]
    definition: Definition,
    /// Longest mean wait of the answered
    #[arg(long, value_name = "DURATION")]
    max_asa: Option<Period>,
    /// Highest share of callers who give up
    #[arg(long, value_name = "RATIO")]
    max_abandoned: Option<Ratio>,
    /// Highest share of agents' time on calls
    #[arg(long, default_value = "100%", value_name = "RATIO")]
    max_occupancy: Ratio,
    /// Share of the staff on leave, ill, in training or on a break
    #[arg(long, default_value = "0%", value_name = "RATIO")]
    shrinkage: Ratio,
    /// Mean patience of callers; without it they wait for ever
    #[arg(long)]
    patience: Option<Period>,
    /// Share of those who gave up who dial again [default: 0%]
    #[arg(long, value_name = "RATIO")]
    redial: Option<Ratio>,
    /// How much busier or quieter whole days are than forecast: coefficient of variation
    #[arg(long, value_name = "CV")]
    busyness_cv: Option<f64>,
    /// Chance that the target is met on the day [default: 90%]
    #[arg(long, value_name = "RATIO")]
    chance: Option<Ratio>,
    #[command(flatten)]
    money: one::MoneyOptions,
    #[command(flatten)]
    by_day: ByDay,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the text and of the report
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// What only a plan by intervals has.
#[derive(Debug, Args)]
struct ByDay {
    /// How the changing rate becomes a load: stationary, lagged or mol [default: mol]
    #[arg(long)]
    method: Option<Method>,
    /// Formulas only: let no simulation confirm or correct them
    #[arg(long)]
    no_simulation: bool,
    /// Days simulated to confirm a staffing [default: 400]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(10..=100_000))]
    days: Option<u64>,
    /// Days simulated for the chance to meet the target on the day [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(10..=100_000))]
    days_of_chance: Option<u64>,
    /// Worker threads; the answer is the same with any number [default: 1]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The seed of every draw [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Lengths of shifts, as 4h,6h,8h or 4h..9h (by --shift-step)
    #[arg(long, value_name = "LENGTHS")]
    shifts: Option<String>,
    /// Between the lengths of a range [default: 1h]
    #[arg(long, value_name = "DURATION")]
    shift_step: Option<Period>,
    /// Shifts begin at multiples of this from the first interval [default: 30m]
    #[arg(long, value_name = "DURATION")]
    shift_start_every: Option<Period>,
    /// An unpaid break in every shift of --break-from or longer
    #[arg(long = "break", value_name = "DURATION")]
    pause: Option<Period>,
    /// Shortest shift that has the break [default: 6h]
    #[arg(long, value_name = "DURATION")]
    break_from: Option<Period>,
    /// The break keeps this far from the beginning and the end of its shift [default: 2h]
    #[arg(long, value_name = "DURATION")]
    break_margin: Option<Period>,
    /// Most shifts
    #[arg(long, value_name = "N")]
    max_shifts: Option<u32>,
    /// Most shifts of one person in a week [default: 5]
    #[arg(long, value_name = "N")]
    shifts_per_person: Option<u32>,
    /// Least time between two shifts of one person [default: 11h]
    #[arg(long, value_name = "DURATION")]
    rest: Option<Period>,
    /// Where to write the report: page, charts, JSON
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print nothing but the result
    #[arg(long)]
    quiet: bool,
}

pub(super) fn execute(arguments: &Staff, out: &mut Out) -> Result<ExitCode, Failure> {
    effects::refuse(arguments)?;
    if arguments.redial() > 0.0 && arguments.patience.is_none() && arguments.scenario.is_none() {
        return Err(Failure::Usage(
            "who waits for ever never dials again; --redial needs --patience".to_owned(),
        ));
    }
    if arguments.patience.is_some_and(|patience| patience.0.is_zero()) {
        return Err(Failure::Usage(
            "--patience must be longer than 0s; leave it out for endless patience".to_owned(),
        ));
    }
    if arguments.busyness_cv.is_some_and(|cv| !(0.001..=10.0).contains(&cv)) {
        return Err(Failure::Usage(
            "--busyness-cv must be 0.001 to 10; 0.1 is a forecast that is 10 % off".to_owned(),
        ));
    }
    if !(arguments.chance() > 0.0 && arguments.chance() < 1.0) {
        return Err(Failure::Usage("--chance must lie between 0 and 100%, both excluded".to_owned()));
    }
    if arguments.calls.is_some() || arguments.result.is_some() {
        return one::execute(arguments, out);
    }
    let source = source(arguments)?;
    by_day(arguments, &source, out)
}

impl Staff {
    fn redial(&self) -> f64 {
        self.redial.map_or(0.0, |ratio| ratio.0)
    }

    fn chance(&self) -> f64 {
        self.chance.map_or(CHANCE, |ratio| ratio.0)
    }
}

fn targets(arguments: &Staff) -> Targets {
    Targets {
        service_level: arguments.target.ratio.0,
        threshold_s: arguments.target.threshold.seconds(),
        definition: arguments.definition,
        max_asa_s: arguments.max_asa.map(Period::seconds),
        max_abandoned: arguments.max_abandoned.map(|ratio| ratio.0),
        max_occupancy: arguments.max_occupancy.0,
    }
}

fn source(arguments: &Staff) -> Result<Source, Failure> {
    if let Some(path) = &arguments.scenario {
        let common = Common { seed: Some(arguments.by_day.seed.unwrap_or(1)), ..Common::default() };
        let scenario = load::scenario(path, &common)?;
        load::refuse_auto_warm_up(&scenario, "size staff")?;
        let source = day::from_scenario(scenario, arguments.interval.unwrap_or(INTERVAL))?;
        effects::refuse_chance(arguments, source.busyness_cv)?;
        return Ok(source);
    }
    let path = arguments
        .day
        .as_ref()
        .ok_or_else(|| Failure::Usage("write --calls, --day or --scenario".to_owned()))?;
    let habits = Habits {
        patience: arguments.patience,
        redial: arguments.redial(),
        aht: arguments.aht,
        interval: arguments.interval,
        busyness_cv: arguments.busyness_cv,
        seed: arguments.by_day.seed.unwrap_or(1),
    };
    day::from_csv(path, habits)
}

fn by_day(arguments: &Staff, source: &Source, out: &mut Out) -> Result<ExitCode, Failure> {
    let options = &arguments.by_day;
    let has_patience = source.plan.theta > 0.0;
    let (prices, currency) = arguments.money.prices(arguments.shrinkage.0, has_patience)?;
    let days = options.days.unwrap_or(DAYS);
    if !options.quiet && !options.no_simulation {
        eprintln!("simulating {days} days a round");
    }
    let request = Request {
        name: &source.name,
        opens_s: source.opens_s,
        first_day: source.first_day,
        day: &source.plan,
        targets: targets(arguments),
        method: options.method.unwrap_or(Method::Mol),
        shrinkage: arguments.shrinkage.0,
        scenario: (!options.no_simulation).then_some(&source.scenario),
        days,
        days_of_chance: options.days_of_chance.unwrap_or(DAYS_OF_CHANCE),
        threads: options.threads.unwrap_or(1),
        busyness: source.busyness_cv.map(|cv| (cv, arguments.chance())),
        shifts: shift_request(options)?,
        prices,
        agents_range: arguments.money.agents,
    };
    let plan = plan(&request).map_err(|error| match error {
        PlanError::Formula(error) => usage(error),
        other => Failure::Usage(other.to_string()),
    })?;
    let language = Language::from(arguments.lang);
    let view = report::staffing::View { plan: &plan, currency: &currency, notes: &source.notes };
    if let Some(directory) = &options.out {
        output::write(directory, &report::staffing::render_all(&view, language))?;
    }
    let text = match arguments.format {
        Format::Json => report::staffing::json(&plan),
        Format::Text => report::staffing::text(&view, language),
    };
    out.write_all(text.as_bytes()).map_err(unwritten)?;
    if let Some(directory) = options.out.as_ref().filter(|_| !options.quiet) {
        eprintln!("report: {}", directory.join("report.html").display());
    }
    Ok(ExitCode::Passed)
}

fn shift_request(options: &ByDay) -> Result<Option<ShiftRequest>, Failure> {
    let Some(lengths) = &options.shifts else { return Ok(None) };
    let pause = options.pause.map(|pause| {
        Ok::<_, Failure>(BreakRule {
            length_s: whole_seconds(pause)?,
            from_s: whole_seconds(options.break_from.unwrap_or(BREAK_FROM))?,
            margin_s: whole_seconds(options.break_margin.unwrap_or(BREAK_MARGIN))?,
        })
    });
    let start_every_s = whole_seconds(options.shift_start_every.unwrap_or(SHIFT_START_EVERY))?;
    if start_every_s == 0 {
        let problem = "--shift-start-every must be longer than 0s; write for example 30m";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let lengths_s = lengths_of(lengths, options.shift_step.unwrap_or(SHIFT_STEP))?;
    if lengths_s.contains(&0) {
        let problem = "--shifts: a shift takes time; write lengths over 0, as 4h,6h,8h or 4h..9h";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let rules =
        ShiftRules { lengths_s, start_every_s, pause: pause.transpose()?, max_shifts: options.max_shifts };
    let rota = RotaRules {
        max_shifts: options.shifts_per_person.unwrap_or(SHIFTS_PER_PERSON),
        rest_s: whole_seconds(options.rest.unwrap_or(REST))?,
    };
    Ok(Some(ShiftRequest { rules, rota }))
}

/// `4h,6h,8h` or `4h..9h`.
fn lengths_of(text: &str, step: Period) -> Result<Vec<u32>, Failure> {
    let length = |text: &str| {
        let period: Period = text.trim().parse().map_err(|error: crate::units::UnitError| {
            Failure::Usage(format!("--shifts: {error}; write 4h,6h,8h or 4h..9h"))
        })?;
        whole_seconds(period)
    };
    let Some((from, to)) = text.split_once("..") else { return text.split(',').map(length).collect() };
    let (from, to, step) = (length(from)?, length(to)?, whole_seconds(step)?);
    if step == 0 || from > to {
        return Err(Failure::Usage(
            "--shifts: the range is empty; write 4h..9h, and a --shift-step over 0".to_owned(),
        ));
    }
    Ok((from..=to).step_by(step as usize).collect())
}

fn whole_seconds(period: Period) -> Result<u32, Failure> {
    let whole = u32::try_from(period.0.as_secs()).ok().filter(|_| period.0.subsec_nanos() == 0);
    let whole = whole.filter(|seconds| *seconds <= 7 * 86_400);
    whole.ok_or_else(|| {
        Failure::Usage(format!("{period} is no time of a shift; write whole minutes, at most a week"))
    })
}
