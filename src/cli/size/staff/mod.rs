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
use crate::units::{Period, Ratio, ServiceLevel};

mod day;
mod effects;
mod one;

use day::{Habits, Source};

#[derive(Debug, Args)]
pub(super) struct Staff {
    // The first field: those below take their values out.
    #[command(flatten)]
    written: effects::Written,
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
    /// The interval that --calls are counted in; with --scenario, how long staff stays the same; with --day, where it is
    /// written, how far apart the rows must stand
    #[arg(long, default_value = "30m")]
    interval: Period,
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
    /// Share of those who gave up who dial again
    #[arg(long, value_name = "RATIO", default_value = "0%")]
    redial: Ratio,
    /// How much busier or quieter whole days are than forecast: coefficient of variation
    #[arg(long, value_name = "CV")]
    busyness_cv: Option<f64>,
    /// Chance that the target is met on the day
    #[arg(long, value_name = "RATIO", default_value = "90%")]
    chance: Ratio,
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
    /// How the changing rate becomes a load: stationary, lagged or mol
    #[arg(long, default_value = "mol")]
    method: Method,
    /// Formulas only: let no simulation confirm or correct them
    #[arg(long)]
    no_simulation: bool,
    /// Days simulated to confirm a staffing
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    days: u64,
    /// Days simulated for the chance to meet the target on the day
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    days_of_chance: u64,
    /// Worker threads; the answer is the same with any number
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: usize,
    /// The seed of every draw
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Lengths of shifts, as 4h,6h,8h or 4h..9h (by --shift-step)
    #[arg(long, value_name = "LENGTHS")]
    shifts: Option<String>,
    /// Between the lengths of a range
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    shift_step: Period,
    /// Shifts begin at multiples of this from the first interval
    #[arg(long, value_name = "DURATION", default_value = "30m")]
    shift_start_every: Period,
    /// An unpaid break in every shift of --break-from or longer
    #[arg(long = "break", id = "break", value_name = "DURATION")]
    pause: Option<Period>,
    /// Shortest shift that has the break
    #[arg(long, value_name = "DURATION", default_value = "6h")]
    break_from: Period,
    /// The break keeps this far from the beginning and the end of its shift
    #[arg(long, value_name = "DURATION", default_value = "2h")]
    break_margin: Period,
    /// Most shifts
    #[arg(long, value_name = "N")]
    max_shifts: Option<u32>,
    /// Most shifts of one person in a week
    #[arg(long, value_name = "N", default_value_t = 5)]
    shifts_per_person: u32,
    /// Least time between two shifts of one person
    #[arg(long, value_name = "DURATION", default_value = "11h")]
    rest: Period,
    /// Where to write the report: page, charts, JSON
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print nothing but the result
    #[arg(long)]
    quiet: bool,
}

pub(super) fn execute(arguments: &Staff, out: &mut Out) -> Result<ExitCode, Failure> {
    effects::refuse(arguments)?;
    if arguments.redial.0 > 0.0 && arguments.patience.is_none() && arguments.scenario.is_none() {
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
    if !(arguments.chance.0 > 0.0 && arguments.chance.0 < 1.0) {
        return Err(Failure::Usage("--chance must lie between 0 and 100%, both excluded".to_owned()));
    }
    if arguments.calls.is_some() || arguments.result.is_some() {
        return one::execute(arguments, out);
    }
    let source = source(arguments)?;
    by_day(arguments, &source, out)
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
        let common = Common { seed: Some(arguments.by_day.seed), ..Common::default() };
        let scenario = load::scenario(path, &common)?;
        load::refuse_auto_warm_up(&scenario, "size staff")?;
        let source = day::from_scenario(scenario, arguments.interval)?;
        effects::refuse_chance(arguments, source.busyness_cv)?;
        return Ok(source);
    }
    let path = arguments
        .day
        .as_ref()
        .ok_or_else(|| Failure::Usage("write --calls, --day or --scenario".to_owned()))?;
    let habits = Habits {
        patience: arguments.patience,
        redial: arguments.redial.0,
        aht: arguments.aht,
        interval: arguments.written.has("interval").then_some(arguments.interval),
        busyness_cv: arguments.busyness_cv,
        seed: arguments.by_day.seed,
    };
    day::from_csv(path, habits)
}

fn by_day(arguments: &Staff, source: &Source, out: &mut Out) -> Result<ExitCode, Failure> {
    let options = &arguments.by_day;
    let has_patience = source.plan.theta > 0.0;
    let (prices, currency) = arguments.money.prices(arguments.shrinkage.0, has_patience)?;
    if !options.quiet && !options.no_simulation {
        eprintln!("simulating {} days a round", options.days);
    }
    let request = Request {
        name: &source.name,
        opens_s: source.opens_s,
        first_day: source.first_day,
        day: &source.plan,
        targets: targets(arguments),
        method: options.method,
        shrinkage: arguments.shrinkage.0,
        scenario: (!options.no_simulation).then_some(&source.scenario),
        days: options.days,
        days_of_chance: options.days_of_chance,
        threads: options.threads,
        busyness: source.busyness_cv.map(|cv| (cv, arguments.chance.0)),
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
            from_s: whole_seconds(options.break_from)?,
            margin_s: whole_seconds(options.break_margin)?,
        })
    });
    let start_every_s = whole_seconds(options.shift_start_every)?;
    if start_every_s == 0 {
        let problem = "--shift-start-every must be longer than 0s; write for example 30m";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let lengths_s = lengths_of(lengths, options.shift_step)?;
    if lengths_s.contains(&0) {
        let problem = "--shifts: a shift takes time; write lengths over 0, as 4h,6h,8h or 4h..9h";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let rules =
        ShiftRules { lengths_s, start_every_s, pause: pause.transpose()?, max_shifts: options.max_shifts };
    let rota = RotaRules { max_shifts: options.shifts_per_person, rest_s: whole_seconds(options.rest)? };
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
