//! `busyhour run --smoke`: one call down every number and every branch of every menu, before launch.
//!
//! Calls go one after the other, each against sockets of its own, so that none stands in another's way. Where the bundled
//! PBX answers, people's time runs fast; against a target it runs as the scenario says. Which branch a caller is in is
//! known from what the bundled PBX says; of a foreign target's menus only the number itself can be judged.
//!
//! A number leads elsewhere when the firm is closed: each place is called at an hour at which the number leads there,
//! with the PBX's calendar moved to it. A target has a clock of its own, and is judged by the scenario's start.

use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Format;
use crate::cli::one_call::OneCall;
use crate::cli::run::Arguments;
use crate::cli::smoke::ways::End;
use crate::cli::smoke::ways::Way;
use crate::cli::smoke::ways::Ways;
use crate::cli::stage::Stage;
use crate::endpoint::caller;
use crate::live::keys::Keys;
use crate::live::play::Play;
use crate::live::wire::Witness;
use crate::outcome::CallRecord;
use crate::outcome::Outcome;
use crate::pbx::Config;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::report::language::Language;
use crate::report::language::causes::cause;
use crate::report::language::fill;
use crate::report::language::smoke_words::SmokeWords;
use crate::report::language::words::Words;
use crate::scenario::Scenario;
use crate::time::Duration;
use crate::time::Instant;
use crate::time::TimeScale;
use crate::traffic::CallPlan;
use crate::traffic::callers::Redial;
use crate::traffic::callers::Repeat;
use crate::traffic::habits::Habits;
use crate::traffic::habits::Intent;

mod ways;

/// People's time that each caller talks, waits for a person, and takes for a key.
const TALK: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(3);
const THINK: Distribution = Distribution::Constant { seconds: 2.0 };
/// The least that people's time runs faster where the bundled PBX answers.
const FAST: f64 = 20.0;

/// Tries every way, and names those that are broken.
///
/// # Errors
/// Exit code 1 if sockets fail.
pub fn execute(
    arguments: &Arguments,
    scenario: &Scenario,
    target: Option<&caller::Target>,
    out: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let language = Language::from(arguments.common.lang);
    let Ways { ways, untested } = Ways::of(scenario, target.is_some());
    let mut tried = Vec::with_capacity(ways.len());
    for (index, way) in (0..).zip(&ways) {
        let record = place(arguments, scenario, target, (index, way))?;
        let works = works(way, record.as_deref(), target.is_none());
        tried.push(Tried { way, record, works });
    }
    let broken = tried.iter().filter(|one| !one.works).count();
    let left_out = |language| {
        let mut left_out: Vec<String> = untested.iter().map(|one| one.in_words(language)).collect();
        if target.is_some() && has_hours(&scenario.pbx) {
            let state = state(scenario, (Instant::ZERO, open(&scenario.pbx)), language);
            left_out.push(fill(SmokeWords::of(language).untested_target, &[("state", &state)]));
        }
        left_out
    };
    let written = match arguments.common.format {
        Format::Json => {
            let paths: Vec<Row> = tried.iter().map(|one| one.row(scenario)).collect();
            let untested = left_out(Language::English);
            let all = serde_json::json!({
                "scenario": scenario.name, "broken": broken, "paths": paths, "not_tested": untested
            });
            serde_json::to_writer_pretty(&mut *out, &all)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        }
        Format::Text => print(scenario, &tried, &left_out(language), language, out),
    };
    written.map_err(|error| Failure::Tool(format!("cannot write: {error}")))?;
    Ok(if broken == 0 { ExitCode::Passed } else { ExitCode::GateFailed })
}

/// What became of one way.
struct Tried<'a> {
    way: &'a Way,
    record: Option<Box<CallRecord>>,
    works: bool,
}

/// The same as machines read it, in English.
#[derive(Debug, Serialize)]
struct Row {
    path: String,
    /// open or closed, where the firm has hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// When the call is placed by the PBX's calendar, RFC 9557.
    at: String,
    leads_to: String,
    works: bool,
    outcome: String,
    cause: String,
    queue: Option<String>,
}

impl Tried<'_> {
    fn row(&self, scenario: &Scenario) -> Row {
        let pbx = &scenario.pbx;
        let record = self.record.as_deref();
        Row {
            path: self.way.path(Language::English),
            state: self.way.open.map(|open| if open { "open" } else { "closed" }),
            at: local(scenario, self.way.at).to_string(),
            leads_to: self.way.leads_to(pbx, Language::English),
            works: self.works,
            outcome: record.map_or_else(|| "not placed".to_owned(), |record| record.outcome.to_string()),
            cause: record.map_or_else(String::new, |record| record.cause.to_string()),
            queue: record.and_then(|record| record.queue.as_ref()).map(ToString::to_string),
        }
    }

    /// How the call ended, and why if it should not have ended so.
    fn came(&self, language: Language) -> String {
        let words = SmokeWords::of(language);
        let Some(record) = &self.record else { return words.not_placed.to_owned() };
        let outcome = record.outcome.to_string();
        let ended = Words::of(language).label(&outcome);
        if self.works {
            return ended.to_owned();
        }
        let queue = record.queue.as_ref();
        let queue =
            queue.map_or_else(String::new, |queue| format!(", {}", fill(words.queue, &[("name", queue)])));
        let cause = cause(&record.cause, language);
        fill(words.broken, &[("ended", ended), ("cause", &cause), ("queue", &queue)])
    }
}

fn print(
    scenario: &Scenario,
    tried: &[Tried<'_>],
    left_out: &[String],
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = SmokeWords::of(language);
    writeln!(out, "{} · {}\n", scenario.name, words.title)?;
    let paths: Vec<String> = tried.iter().map(|one| one.way.path(language)).collect();
    let width = paths.iter().map(|path| path.chars().count()).max().unwrap_or(0);
    let mut told = None;
    for (one, path) in tried.iter().zip(&paths) {
        let when = (one.way.at, one.way.open);
        if has_hours(&scenario.pbx) && told.replace(when) != Some(when) {
            writeln!(out, "{}:", state(scenario, when, language))?;
        }
        let mark = if one.works { '✓' } else { '✗' };
        let leads_to = one.way.leads_to(&scenario.pbx, language);
        writeln!(out, "  {mark} {path:width$}   → {leads_to}   {}", one.came(language))?;
    }
    let good = tried.iter().filter(|one| one.works).count();
    let (good, all) = (good.to_string(), tried.len().to_string());
    writeln!(out, "\n{}", fill(words.sum, &[("works", &good), ("all", &all)]))?;
    for (one, path) in tried.iter().zip(&paths).filter(|(one, _)| !one.works) {
        let leads_to = one.way.leads_to(&scenario.pbx, language);
        let values = [("path", path.as_str()), ("leads_to", &*leads_to)];
        write!(out, "  {}", fill(words.broken_path, &values))?;
        let when = state(scenario, (one.way.at, one.way.open), language);
        writeln!(out, "{}", if has_hours(&scenario.pbx) { format!(" ({when})") } else { String::new() })?;
    }
    for what in left_out {
        writeln!(out, "  {}", fill(words.untested, &[("what", what)]))?;
    }
    Ok(())
}

/// Whether the hour matters.
fn has_hours(pbx: &Config) -> bool {
    pbx.opening.is_some() || pbx.next_change_of_hours(Instant::ZERO).is_some()
}

/// Whether the firm is open at the scenario's start; absent where it has no hours.
fn open(pbx: &Config) -> Option<bool> {
    pbx.opening.as_ref().map(|opening| opening.hours.is_open(Instant::ZERO))
}

/// An instant of the run by the clock on the wall.
fn local(scenario: &Scenario, at: Instant) -> jiff::Zoned {
    let since = std::time::Duration::from_nanos(at.as_nanos());
    scenario.start.checked_add(since).unwrap_or_else(|_| scenario.start.clone())
}

/// Open or closed, and by which hour.
fn state(scenario: &Scenario, (at, open): (Instant, Option<bool>), language: Language) -> String {
    let words = SmokeWords::of(language);
    let template = match open {
        Some(true) => words.open,
        Some(false) => words.closed,
        None => words.hour,
    };
    fill(template, &[("time", &local(scenario, at).strftime("%Y-%m-%d %H:%M").to_string())])
}

fn works(way: &Way, record: Option<&CallRecord>, bundled: bool) -> bool {
    record.is_some_and(|record| {
        let refused = matches!(record.outcome, Outcome::Human(_) | Outcome::Policy | Outcome::Excluded);
        match &way.end {
            End::Refused => refused || record.outcome.is_completed(),
            End::Served { queue } => {
                let elsewhere = bundled && queue.is_some() && record.queue != *queue;
                record.outcome.is_completed() && !elsewhere
            }
        }
    })
}

/// Places the call of one way; what became of it, if it was placed.
fn place(
    arguments: &Arguments,
    scenario: &Scenario,
    target: Option<&caller::Target>,
    (index, way): (u64, &Way),
) -> Result<Option<Box<CallRecord>>, Failure> {
    let mut one = scenario.clone();
    one.drain = None;
    one.warm_up = Duration::ZERO;
    for class in &mut one.traffic.callers {
        (class.redial, class.repeat) = (Redial::NEVER, Repeat::NEVER);
    }
    if target.is_none() {
        one.pbx = scenario.pbx.begun_at(way.at);
        let factor = scenario.time_scale.factor().clamp(FAST, 10.0 * FAST);
        one.time_scale = TimeScale::new(factor).unwrap_or(scenario.time_scale);
    }
    let arguments = Arguments { scenario: None::<PathBuf>, ..arguments.clone() };
    let mut stage = Stage::new(&arguments, &one, target.cloned(), Witness::default())?;
    stage.end_traffic_at(Instant::ZERO);
    let plan = plan(scenario, index, way);
    let mut sink = OneCall::alone();
    let played = stage.play_plans(&one, Keys::none(), &mut sink, |worker| {
        Play::list(plan.clone().filter(|_| worker == 0).into_iter())
    });
    played.map_err(|error| {
        let path = way.path(Language::English);
        Failure::Tool(format!("the call to {path} could not be placed: {error}"))
    })?;
    Ok(sink.record)
}

fn plan(scenario: &Scenario, index: u64, way: &Way) -> Option<CallPlan> {
    // Who asks on a web page dials nothing.
    let class = way.class;
    if scenario.traffic.callers[class].callback.on_web {
        return None;
    }
    let habits = Habits { digits: way.keys.clone(), menus: Vec::new(), think: THINK, message: None };
    let mut intent = Intent::draw(&Arc::new(habits), &mut scenario.seed.stream(Purpose::Keys, index));
    intent.message = message(scenario);
    Some(CallPlan {
        index,
        class,
        from: scenario.traffic.callers[class].from.number(0),
        to: Arc::clone(&way.number),
        talk: TALK,
        patience: Some(PATIENCE),
        intent: Some(Box::new(intent)),
        ..CallPlan::blank()
    })
}

/// Whoever comes to the voicemail leaves a message.
fn message(scenario: &Scenario) -> Option<Duration> {
    scenario.pbx.voicemail.as_ref().map(|voicemail| voicemail.greeting + TALK)
}
