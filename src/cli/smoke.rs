//! `busyhour run --smoke`: one call down every number and every branch of every menu, before launch.
//!
//! Calls go one after the other, each against sockets of its own, so that none stands in another's way. Where the bundled
//! PBX answers, people's time runs fast; against a target it runs as the scenario says. Which branch a caller is in is
//! known from what the bundled PBX says; of a foreign target's menus only the number itself can be judged.

use std::collections::BTreeSet;
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
use crate::cli::stage::Stage;
use crate::endpoint::caller;
use crate::keypad::Key;
use crate::live::keys::Keys;
use crate::live::play::Play;
use crate::live::wire::Witness;
use crate::outcome::CallRecord;
use crate::outcome::Outcome;
use crate::pbx::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Table;
use crate::pbx::menu::PROMPTS_MAX;
use crate::pbx::menu::Target;
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
use crate::traffic::callers::Numbers;
use crate::traffic::callers::Redial;
use crate::traffic::callers::Repeat;
use crate::traffic::habits::Habits;
use crate::traffic::habits::Intent;

/// People's time that each caller talks, waits for a person, and takes for a key.
const TALK: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(3);
const THINK: Distribution = Distribution::Constant { seconds: 2.0 };
/// The least that people's time runs faster where the bundled PBX answers.
const FAST: f64 = 20.0;
/// Keys that a path may take: as deep as anybody would build.
const KEYS_MAX: usize = 6;
/// Paths of one scenario.
const PATHS_MAX: usize = 1_000;

/// One way that a caller can take.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    number: Arc<str>,
    /// Pressed one at each prompt.
    keys: Vec<Key>,
    /// At the last menu nothing is pressed.
    silent: bool,
    /// Where it should lead; to no place if the menu says goodbye.
    leads_to: Option<Destination>,
    end: End,
}

/// What should become of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// Somebody or something serves the caller; in this queue, if there is one.
    Served { queue: Option<Arc<str>> },
    /// The number refuses on purpose, or the menu says goodbye.
    Refused,
}

impl Way {
    /// The number and the keys pressed, in the words of a person.
    fn path(&self, language: Language) -> String {
        let mut steps = vec![self.number.to_string()];
        steps.extend(self.keys.iter().map(ToString::to_string));
        steps.extend(self.silent.then(|| SmokeWords::of(language).nothing.to_owned()));
        steps.join(" › ")
    }

    fn leads_to(&self, pbx: &Config, language: Language) -> String {
        let words = SmokeWords::of(language);
        let named = |template: &'static str, name: &str| fill(template, &[("name", name)]);
        match &self.leads_to {
            None => words.goodbye.to_owned(),
            Some(Destination::Pbx) => words.answer.to_owned(),
            Some(Destination::Menu(menu)) => named(words.menu, &pbx.menus[*menu].name),
            Some(Destination::Queue(queue)) => named(words.queue, &pbx.queues[*queue].name),
            Some(Destination::Extension(number)) => named(words.extension, number),
            Some(Destination::Voicemail) => words.voicemail.to_owned(),
            Some(Destination::Callback) => words.callback.to_owned(),
            Some(Destination::Refuse(_)) => words.refusal.to_owned(),
            Some(Destination::Unknown) => words.unknown.to_owned(),
            Some(Destination::Ask) => words.hook.to_owned(),
        }
    }
}

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
    let ways = ways(scenario);
    let mut tried = Vec::with_capacity(ways.len());
    for (index, way) in (0..).zip(&ways) {
        let record = place(arguments, scenario, target, (index, way))?;
        let works = works(way, record.as_deref(), target.is_none());
        tried.push(Tried { way, record, works });
    }
    let broken = tried.iter().filter(|one| !one.works).count();
    let written = match arguments.common.format {
        Format::Json => {
            let paths: Vec<Row> = tried.iter().map(|one| one.row(&scenario.pbx)).collect();
            let all = serde_json::json!({"scenario": scenario.name, "broken": broken, "paths": paths});
            serde_json::to_writer_pretty(&mut *out, &all)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        }
        Format::Text => print(scenario, &tried, language, out),
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
    leads_to: String,
    works: bool,
    outcome: String,
    cause: String,
    queue: Option<String>,
}

impl Tried<'_> {
    fn row(&self, pbx: &Config) -> Row {
        let record = self.record.as_deref();
        Row {
            path: self.way.path(Language::English),
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
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = SmokeWords::of(language);
    writeln!(out, "{} · {}\n", scenario.name, words.title)?;
    let paths: Vec<String> = tried.iter().map(|one| one.way.path(language)).collect();
    let width = paths.iter().map(|path| path.chars().count()).max().unwrap_or(0);
    for (one, path) in tried.iter().zip(&paths) {
        let mark = if one.works { '✓' } else { '✗' };
        let leads_to = one.way.leads_to(&scenario.pbx, language);
        writeln!(out, "  {mark} {path:width$}   → {leads_to}   {}", one.came(language))?;
    }
    let good = tried.iter().filter(|one| one.works).count();
    let (good, all) = (good.to_string(), tried.len().to_string());
    writeln!(out, "\n{}", fill(words.sum, &[("works", &good), ("all", &all)]))?;
    for (one, path) in tried.iter().zip(&paths).filter(|(one, _)| !one.works) {
        let values = [("path", path.as_str()), ("leads_to", &one.way.leads_to(&scenario.pbx, language))];
        writeln!(out, "  {}", fill(words.broken_path, &values))?;
    }
    Ok(())
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

/// Every way of a scenario: each number, and each row of keys that its menus take.
#[must_use]
pub fn ways(scenario: &Scenario) -> Vec<Way> {
    let pbx = &scenario.pbx;
    let mut ways = Vec::new();
    for number in numbers(scenario) {
        match entrance(pbx, &number) {
            Destination::Menu(menu) => {
                walk(pbx, &number, menu, &mut (Vec::new(), BTreeSet::new()), &mut ways);
            }
            destination => {
                let end = end_of(pbx, &destination, true);
                ways.push(Way { number, keys: Vec::new(), silent: false, leads_to: Some(destination), end });
            }
        }
    }
    ways.truncate(PATHS_MAX);
    ways
}

fn numbers(scenario: &Scenario) -> BTreeSet<Arc<str>> {
    let pbx = &scenario.pbx;
    let mut numbers: BTreeSet<Arc<str>> = pbx.extensions.keys().cloned().collect();
    numbers.extend(pbx.queues.iter().flat_map(|queue| queue.numbers.iter().cloned()));
    numbers.extend(pbx.menus.iter().flat_map(|menu| menu.numbers.iter().cloned()));
    numbers.extend(pbx.table.iter().flat_map(Table::cells).map(|cell| Arc::clone(cell.number)));
    for class in &scenario.traffic.callers {
        match &class.to {
            Numbers::List(list) => numbers.extend(list.iter().cloned()),
            Numbers::Template(_) => drop(numbers.insert(class.to.number(0))),
        }
    }
    numbers
}

/// Where a number leads at the start of the run.
fn entrance(pbx: &Config, number: &Arc<str>) -> Destination {
    let tabled = pbx.table.as_ref().and_then(|table| table.target(Instant::ZERO, 0, number));
    if let Some(destination) = tabled {
        return destination.clone();
    }
    if pbx.extensions.contains_key(number) {
        return Destination::Extension(Arc::clone(number));
    }
    let closed = pbx.opening.as_ref().filter(|opening| !opening.hours.is_open(Instant::ZERO));
    if let Some(destination) = closed.and_then(|opening| opening.closed.as_ref()) {
        return destination.clone();
    }
    let listed = |numbers: &[Arc<str>]| numbers.contains(number);
    if let Some(menu) = pbx.menus.iter().position(|menu| listed(&menu.numbers)) {
        return Destination::Menu(menu);
    }
    if let Some(queue) = pbx.queues.iter().position(|queue| listed(&queue.numbers)) {
        return Destination::Queue(queue);
    }
    let rest = pbx.menus.iter().position(|menu| menu.takes_the_rest).map(Destination::Menu);
    let queue = || pbx.queues.iter().position(|queue| queue.numbers.is_empty()).map(Destination::Queue);
    rest.or_else(queue).unwrap_or(Destination::Pbx)
}

/// The ways on from a menu; whoever has been there goes no further.
fn walk(
    pbx: &Config,
    number: &Arc<str>,
    menu: usize,
    (keys, seen): &mut (Vec<Key>, BTreeSet<usize>),
    ways: &mut Vec<Way>,
) {
    if keys.len() >= KEYS_MAX || ways.len() >= PATHS_MAX || !seen.insert(menu) {
        return;
    }
    debug_assert!(KEYS_MAX < PROMPTS_MAX as usize, "a way ends before the PBX loses patience");
    for (key, branch) in &pbx.menus[menu].branches {
        keys.push(*key);
        if let Target::Menu(next) = branch.target {
            walk(pbx, number, next, &mut (keys.clone(), seen.clone()), ways);
        } else {
            ways.push(way(pbx, number, keys, false, &branch.target));
        }
        keys.pop();
    }
    ways.push(way(pbx, number, keys, true, &pbx.menus[menu].otherwise));
}

fn way(pbx: &Config, number: &Arc<str>, keys: &[Key], silent: bool, target: &Target) -> Way {
    let leads_to = match target {
        Target::Queue(queue) => Some(Destination::Queue(*queue)),
        Target::Menu(menu) => Some(Destination::Menu(*menu)),
        Target::Extension(number) => Some(Destination::Extension(Arc::clone(number))),
        Target::Voicemail => Some(Destination::Voicemail),
        Target::HangUp => None,
    };
    let end = leads_to.as_ref().map_or(End::Refused, |place| match place {
        // Who says nothing there either is hung up on in the end.
        Destination::Menu(_) => End::Refused,
        place => end_of(pbx, place, false),
    });
    Way { number: Arc::clone(number), keys: keys.to_vec(), silent, leads_to, end }
}

/// What should become of a call there. A number may refuse whoever dials it; a branch that leads to such is broken.
fn end_of(pbx: &Config, destination: &Destination, dialled: bool) -> End {
    let served =
        |queue: Option<usize>| End::Served { queue: queue.map(|queue| Arc::clone(&pbx.queues[queue].name)) };
    match destination {
        Destination::Queue(queue) => served(Some(*queue)),
        Destination::Refuse(_) => End::Refused,
        Destination::Extension(number) => {
            match pbx.extensions.get(number) {
                Some(Extension::Queue(queue)) => served(Some(*queue)),
                Some(
                    Extension::Busy | Extension::NoAnswer { .. } | Extension::Declined | Extension::Unknown,
                ) if dialled => End::Refused,
                _ => served(None),
            }
        }
        _ => served(None),
    }
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
    let class = scenario.traffic.callers.iter().position(|class| !class.callback.on_web)?;
    let habits = Habits { digits: way.keys.clone(), menus: Vec::new(), think: THINK, message: None };
    let mut intent = Intent::draw(&Arc::new(habits), &mut scenario.seed.stream(Purpose::Keys, index));
    intent.message = message(scenario);
    Some(CallPlan {
        index,
        class,
        from: scenario.traffic.callers[class].from.number(index),
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
