//! One interval: typed by hand, or measured in a result.

use std::io::Write as _;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Format;
use crate::cli::output;
use crate::cli::output::Out;
use crate::cli::report::{read, scenario_of};
use crate::cli::size::staff::{Staff, targets};
use crate::cli::size::{unwritten, usage};
use crate::erlang::erlang_c;
use crate::report;
use crate::report::Language;
use crate::report::language::fill;
use crate::report::language::staff_words::StaffWords;
use crate::report::staff_curve;
use crate::report::table::Table;
use crate::sizing;
use crate::sizing::Definition;
use crate::sizing::GROWTH;
use crate::sizing::curve::{POINTS_MAX, Prices, StaffCurve};
use crate::sizing::uncertainty::{busyness_quantile, chance_met};
use crate::sizing::{StaffModel, StaffPoint};
use crate::units::{Money, Period};

/// What agents and callers are worth.
#[derive(Debug, Args)]
pub(super) struct MoneyOptions {
    /// What an agent's hour costs, as '500 RUB'
    #[arg(long, value_name = "MONEY")]
    cost_per_hour: Option<Money>,
    /// What a caller is worth who gives up for good, as '300 RUB'; needs callers with patience
    #[arg(long, value_name = "MONEY")]
    lost_call: Option<Money>,
    /// Show service level and money from so many agents to so many, as 5..20
    #[arg(long, value_name = "FROM..TO", value_parser = range)]
    pub(super) agents: Option<[u32; 2]>,
}

impl MoneyOptions {
    /// The prices and their currency.
    pub(super) fn prices(&self, shrinkage: f64, has_patience: bool) -> Result<(Prices, String), Failure> {
        if self.lost_call.is_some() && !has_patience {
            let problem =
                "--lost-call: callers without patience wait for ever and none is lost; write --patience 2m";
            return Err(Failure::Usage(problem.to_owned()));
        }
        if let (Some(hour), Some(call)) = (&self.cost_per_hour, &self.lost_call)
            && hour.currency != call.currency
        {
            let problem =
                format!("--cost-per-hour is in {}, --lost-call in {}", hour.currency, call.currency);
            return Err(Failure::Usage(format!("{problem}; write both in one currency")));
        }
        let amount = |money: &Money| money.amount.to_string().parse::<f64>().unwrap_or(0.0);
        let (hour, call) = (self.cost_per_hour.as_ref(), self.lost_call.as_ref());
        let currency = hour.or(call).map_or_else(String::new, |money| money.currency.clone());
        Ok((Prices { agent_hour: hour.map(amount), lost_call: call.map(amount), shrinkage }, currency))
    }

    fn is_asked_for(&self) -> bool {
        self.cost_per_hour.is_some() || self.lost_call.is_some() || self.agents.is_some()
    }
}

fn range(text: &str) -> Result<[u32; 2], String> {
    let wrong = || format!("no range of agents; write 5..20, at most {POINTS_MAX} numbers");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| wrong());
    let (from, to) = (number(from)?, number(to)?);
    let fits = from >= 1 && from <= to && to - from < POINTS_MAX;
    if fits { Ok([from, to]) } else { Err(wrong()) }
}

/// What is asked, and what was found.
struct Answer {
    model: StaffModel,
    /// Where the load comes from, if not typed: in English for programs, and in the reader's language.
    source: Option<[String; 2]>,
    needed: u32,
    scheduled: u32,
    points: Vec<StaffPoint>,
    chance: Option<Chance>,
    curve: StaffCurve,
    currency: String,
}

/// One interval on a day that may be busier than forecast.
#[derive(Debug, Clone, Copy, serde::Serialize)]
struct Chance {
    busyness_cv: f64,
    /// Chance that the agents needed on average meet the target on the day.
    met: f64,
    wanted: f64,
    needed_for_it: u32,
}

pub(super) fn execute(arguments: &Staff, out: &mut Out) -> Result<ExitCode, Failure> {
    let answer = answer(arguments)?;
    let language = Language::from(arguments.lang);
    let json = format!("{:#}\n", json(arguments, &answer)?);
    let text = text(arguments, &answer, language);
    if let Some(directory) = &arguments.by_day.out {
        let file = |path: &str, text: &str| report::Artifact { path: path.to_owned(), bytes: text.into() };
        let mut artifacts = vec![file("staff.txt", &text), file("staff.json", &json)];
        let targets = targets(arguments);
        let charts = report::chart::staff_curve::all(&answer.curve, &targets, &answer.currency, language);
        artifacts.extend(report::chart_files(&charts));
        output::write(directory, &artifacts)?;
    }
    out.write_all(if arguments.format == Format::Json { json.as_bytes() } else { text.as_bytes() })
        .map_err(unwritten)?;
    Ok(ExitCode::Passed)
}

fn answer(arguments: &Staff) -> Result<Answer, Failure> {
    let (model, source) = model(arguments)?;
    let targets = targets(arguments);
    let needed = model.needed_for(&targets).map_err(usage)?;
    let (prices, currency) = arguments.money.prices(arguments.shrinkage.0, model.theta > 0.0)?;
    Ok(Answer {
        model,
        source,
        needed,
        scheduled: erlang_c::scheduled_agents(needed, arguments.shrinkage.0).map_err(usage)?,
        points: (needed.max(2) - 1..=needed + 1)
            .map(|agents| model.point(agents, targets.threshold_s).map_err(usage))
            .collect::<Result<_, _>>()?,
        chance: arguments.busyness_cv.map(|cv| chance(arguments, &model, needed, cv)).transpose()?,
        curve: StaffCurve::new(&model, &targets, needed, arguments.money.agents, prices).map_err(usage)?,
        currency,
    })
}

/// The load, and where it comes from unless it was typed.
fn model(arguments: &Staff) -> Result<(StaffModel, Option<[String; 2]>), Failure> {
    if let Some(path) = &arguments.result {
        let result = read(path)?;
        let scenario = scenario_of(&result)?;
        if let Some(why) = sizing::no_pool(&scenario) {
            return Err(Failure::Usage(format!("{}: {why}", path.display())));
        }
        let nothing = "it measured no calls that agents answered from a queue; name a result with a queue";
        let mut measured = sizing::measured::staff(&result_load(&result), &scenario)
            .ok_or_else(|| Failure::Usage(format!("{}: {nothing}", path.display())))?;
        measured.model.theta =
            arguments.patience.map_or(measured.model.theta, |patience| 1.0 / patience.seconds());
        measured.model.handle_s = arguments.aht.map_or(measured.model.handle_s, Period::seconds);
        let file = path.display().to_string();
        let said = [Language::English, Language::from(arguments.lang)]
            .map(|language| said(&measured, arguments, &file, language));
        return Ok((measured.model, Some(said)));
    }
    let calls = arguments.calls.unwrap_or(0.0);
    let interval = arguments.interval;
    if !(calls.is_finite() && calls > 0.0) || interval.0.is_zero() {
        return Err(Failure::Usage("calls and interval must be greater than 0".to_owned()));
    }
    let model = StaffModel {
        lambda: calls / interval.seconds(),
        handle_s: arguments.aht.map_or(0.0, Period::seconds),
        theta: arguments.patience.map_or(0.0, |patience| 1.0 / patience.seconds()),
        redial: arguments.redial.0,
    };
    Ok((model, None))
}

fn result_load(result: &crate::result::RunResult) -> sizing::measured::QueueFigures {
    let queue = result.queue.as_ref();
    sizing::measured::QueueFigures {
        calls_per_second: result.traffic.calls_per_second,
        calls: result.outcomes.offered,
        callers: result.customers.unique,
        queue_offered: queue.map_or(0, crate::result::Queue::customers),
        abandoned: result.outcomes.human.abandoned,
        waiting_total_s: queue.map_or(0.0, |queue| queue.waiting_total_s),
        mean_handle_s: queue.and_then(|queue| queue.mean_handle_s),
        measured_s: [result.scenario.warm_up_s, result.scenario.duration_s],
    }
}

fn said(
    measured: &sizing::measured::MeasuredStaff,
    arguments: &Staff,
    file: &str,
    language: Language,
) -> String {
    let (words, model) = (StaffWords::of(language), &measured.model);
    let number = |value: f64, digits| language.decimal(value, digits);
    let patience = match (arguments.patience, model.theta > 0.0) {
        (Some(patience), _) => fill(words.one_patience_given, &[("patience", &patience.to_string())]),
        (None, true) => fill(
            words.one_patience_seen,
            &[
                ("mean", &number(model.theta.recip(), 0)),
                ("waited", &number(measured.waited_s, 0)),
                ("abandoned", &measured.abandoned.to_string()),
            ],
        ),
        (None, false) => words.one_nobody_left.to_owned(),
    };
    let raised = || fill(words.one_peak, &[("factor", &number(measured.peak, 3))]);
    let peak = if measured.peak > 1.0 { raised() } else { String::new() };
    let values = [
        ("file", file),
        ("rate", &number(3_600.0 * model.lambda, 1)),
        ("peak", &peak),
        ("handle", &number(model.handle_s, 1)),
        ("patience", &patience),
    ];
    let redial = language.percent(model.redial);
    let source = if model.redial > 0.0 { words.one_source_redials } else { words.one_source };
    fill(source, &[&values[..], &[("redial", &*redial)]].concat())
}

fn text(arguments: &Staff, answer: &Answer, language: Language) -> String {
    let (words, targets) = (StaffWords::of(language), targets(arguments));
    let mut text = answer.source.as_ref().map_or_else(String::new, |[_, source]| format!("{source}\n"));
    let mut line = |written: &str| {
        text.push_str(written);
        text.push('\n');
    };
    let values = [
        ("agents", answer.needed.to_string()),
        ("target", arguments.target.to_string()),
        ("definition", report::staffing::definition_named(targets.definition, language)),
        ("erlangs", language.decimal(answer.model.erlangs(), 4)),
        ("model", answer.model.name().to_owned()),
        ("scheduled", answer.scheduled.to_string()),
        ("shrinkage", language.round_percent(arguments.shrinkage.0)),
    ];
    line(&fill(words.one_needed, &values.each_ref().map(|(key, value)| (*key, &**value))));
    line("");
    for written in neighbours(answer, language).to_text().lines() {
        line(format!("  {written}").trim_end());
    }
    let names = Definition::ALL.map(|definition| {
        format!("{} — {}", report::staffing::definition(definition, language), definition.name())
    });
    let names = fill(words.one_names, &[("names", &names.join(", "))]);
    if !names.is_empty() {
        line(&format!("\n{names}"));
    }
    if let Some(chance) = answer.chance {
        let values = [
            ("cv", language.short(chance.busyness_cv)),
            ("met", percent(chance.met, language)),
            ("agents", chance.needed_for_it.to_string()),
            ("chance", language.round_percent(arguments.chance.0)),
        ];
        let sentence = fill(words.one_chance, &values.each_ref().map(|(key, value)| (*key, &**value)));
        line(&format!("\n{sentence}"));
    }
    if arguments.money.is_asked_for() {
        line(&format!("\n{}", words.curve));
        if let Some(sentence) = report::staffing::cheapest(&answer.curve, language) {
            line(&sentence);
        }
        let table = staff_curve::table(&answer.curve, &targets, &answer.currency, language);
        for written in table.to_text().lines() {
            line(format!("  {written}").trim_end());
        }
    }
    report::plain_spaces(&text)
}

fn percent(ratio: f64, language: Language) -> String {
    format!("{} %", language.decimal(100.0 * ratio, 1))
}

/// One agent fewer, those needed, one more.
fn neighbours(answer: &Answer, language: Language) -> Table {
    let words = StaffWords::of(language);
    let name = |definition| report::staffing::definition(definition, language);
    let mut table = Table::new(&[
        words.one_agents,
        name(Definition::OfOffered),
        name(Definition::OfAnswered),
        name(Definition::Virtual),
        name(Definition::ExclShortAbandons),
        words.one_wait,
        words.one_abandoned,
        words.one_occupancy,
        "",
    ]);
    let seconds = |wait: f64| fill(words.one_seconds, &[("seconds", &language.decimal(wait, 1))]);
    for point in &answer.points {
        let needed = if point.agents == answer.needed { words.one_is_needed } else { "" };
        table.push(vec![
            point.agents.to_string(),
            percent(point.of_offered, language),
            percent(point.of_answered, language),
            percent(point.of_virtual, language),
            percent(point.excl_short_abandons, language),
            point.asa_s.map_or_else(|| words.one_no_end.to_owned(), seconds),
            percent(point.abandoned, language),
            percent(point.occupancy, language),
            needed.to_owned(),
        ]);
    }
    table
}

fn chance(arguments: &Staff, model: &StaffModel, needed: u32, cv: f64) -> Result<Chance, Failure> {
    let (targets, wanted) = (targets(arguments), arguments.chance.0);
    let met = chance_met(model, needed, &targets, cv).map_err(usage)?;
    let busy = StaffModel { lambda: model.lambda * busyness_quantile(wanted, cv), ..*model };
    let needed_for_it = busy.needed_for(&targets).map_err(usage)?;
    Ok(Chance { busyness_cv: cv, met, wanted, needed_for_it })
}

fn json(arguments: &Staff, answer: &Answer) -> Result<serde_json::Value, Failure> {
    let target = erlang_c::StaffingTarget {
        service_level: arguments.target.ratio.0,
        threshold_s: arguments.target.threshold.seconds(),
        max_occupancy: arguments.max_occupancy.0,
    };
    let basis = if answer.source.is_some() { "measured" } else { "given" };
    let advice =
        crate::sizing::staff(&answer.model, answer.needed, &target, basis, &GROWTH).map_err(usage)?;
    let tool = |error: serde_json::Error| Failure::Tool(error.to_string());
    let mut value = serde_json::to_value(&advice).map_err(tool)?;
    let added = [
        ("needed", serde_json::to_value(answer.needed)),
        ("scheduled_agents", serde_json::to_value(answer.scheduled)),
        ("targets", serde_json::to_value(targets(arguments))),
        ("points", serde_json::to_value(&answer.points)),
        ("chance", serde_json::to_value(answer.chance)),
        ("costs", serde_json::to_value(&answer.curve)),
        ("currency", serde_json::to_value(&answer.currency)),
        ("source", serde_json::to_value(answer.source.as_ref().map(|[english, _]| english))),
    ];
    if let Some(object) = value.as_object_mut() {
        for (key, part) in added {
            object.insert(key.to_owned(), part.map_err(tool)?);
        }
    }
    Ok(value)
}
