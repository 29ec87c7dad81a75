//! `busyhour run --smoke`: one call down every number and every branch of every menu, before launch.
//!
//! Calls go one after the other, each against sockets of its own, so that none stands in another's way. Where the bundled
//! PBX answers, people's time runs fast; against a target it runs as the scenario says. Which branch a caller is in is
//! known from what the bundled PBX says; of a foreign target's menus only the number itself can be judged.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Format;
use crate::cli::run::Arguments;
use crate::cli::stage::Stage;
use crate::endpoint::caller;
use crate::endpoint::pbx::BookEntry;
use crate::keypad::Key;
use crate::live::conductor::Sink;
use crate::live::keys::Keys;
use crate::live::play::Play;
use crate::live::wire::Witness;
use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::pbx::Config;
use crate::pbx::config::Destination;
use crate::pbx::config::Extension;
use crate::pbx::config::Table;
use crate::pbx::menu::PROMPTS_MAX;
use crate::pbx::menu::Target;
use crate::random::Distribution;
use crate::random::Purpose;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    number: Arc<str>,
    /// Pressed one at each prompt.
    keys: Vec<Key>,
    /// At the last menu nothing is pressed.
    silent: bool,
    /// Where it should lead, in words.
    leads_to: String,
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

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)?;
        self.keys.iter().try_for_each(|key| write!(f, " › {key}"))?;
        if self.silent { f.write_str(" › nothing") } else { Ok(()) }
    }
}

/// What became of one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Tried {
    path: String,
    leads_to: String,
    works: bool,
    outcome: String,
    cause: String,
    queue: Option<String>,
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
    let ways = ways(scenario);
    let mut tried = Vec::with_capacity(ways.len());
    for (index, way) in (0..).zip(&ways) {
        let record = place(arguments, scenario, target, (index, way))?;
        tried.push(judge(way, record.as_deref(), target.is_none()));
    }
    let broken = tried.iter().filter(|one| !one.works).count();
    let written = match arguments.common.format {
        Format::Json => {
            let all = serde_json::json!({"scenario": scenario.name, "broken": broken, "paths": tried});
            serde_json::to_writer_pretty(&mut *out, &all)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        }
        Format::Text => print(scenario, &tried, broken, out),
    };
    written.map_err(|error| Failure::Tool(format!("cannot write: {error}")))?;
    Ok(if broken == 0 { ExitCode::Passed } else { ExitCode::GateFailed })
}

fn print(scenario: &Scenario, tried: &[Tried], broken: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} · smoke test: one call down every number and branch\n", scenario.name)?;
    let width = tried.iter().map(|one| one.path.chars().count()).max().unwrap_or(0);
    for one in tried {
        let mark = if one.works { '✓' } else { '✗' };
        let came = if one.works {
            one.outcome.clone()
        } else {
            let queue = one.queue.as_ref().map_or_else(String::new, |queue| format!(", in queue {queue}"));
            format!("BROKEN: {} ({}{queue})", one.outcome, one.cause)
        };
        writeln!(out, "  {mark} {:width$}   → {}   {came}", one.path, one.leads_to)?;
    }
    writeln!(
        out,
        "\n{} of {} paths work{}",
        tried.len() - broken,
        tried.len(),
        if broken > 0 { ":" } else { "." }
    )?;
    for one in tried.iter().filter(|one| !one.works) {
        writeln!(out, "  broken: {} → {}", one.path, one.leads_to)?;
    }
    Ok(())
}

fn judge(way: &Way, record: Option<&CallRecord>, bundled: bool) -> Tried {
    let works = record.is_some_and(|record| {
        let refused = matches!(record.outcome, Outcome::Human(_) | Outcome::Policy | Outcome::Excluded);
        match &way.end {
            End::Refused => refused || record.outcome.is_completed(),
            End::Served { queue } => {
                let elsewhere = bundled && queue.is_some() && record.queue != *queue;
                record.outcome.is_completed() && !elsewhere
            }
        }
    });
    Tried {
        path: way.to_string(),
        leads_to: way.leads_to.clone(),
        works,
        outcome: record.map_or_else(|| "not placed".to_owned(), |record| record.outcome.to_string()),
        cause: record.map_or_else(String::new, |record| record.cause.to_string()),
        queue: record.and_then(|record| record.queue.as_ref()).map(ToString::to_string),
    }
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
                let (leads_to, end) = (destination.describe(pbx), end_of(pbx, &destination, true));
                ways.push(Way { number, keys: Vec::new(), silent: false, leads_to, end });
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
    let destination = match target {
        Target::Queue(queue) => Some(Destination::Queue(*queue)),
        Target::Menu(menu) => Some(Destination::Menu(*menu)),
        Target::Extension(number) => Some(Destination::Extension(Arc::clone(number))),
        Target::Voicemail => Some(Destination::Voicemail),
        Target::HangUp => None,
    };
    let leads_to = destination.as_ref().map_or_else(|| "goodbye".to_owned(), |place| place.describe(pbx));
    let end = destination.as_ref().map_or(End::Refused, |place| match place {
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
    let mut sink = OneCall::default();
    let played = stage.play_plans(&one, Keys::none(), &mut sink, |worker| {
        Play::list(plan.clone().filter(|_| worker == 0).into_iter())
    });
    played.map_err(|error| Failure::Tool(format!("the call to {way} could not be placed: {error}")))?;
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

/// Keeps the first call's record.
#[derive(Debug, Default)]
struct OneCall {
    record: Option<Box<CallRecord>>,
}

impl Sink for OneCall {
    fn observe(&mut self, observation: &Observation) -> io::Result<()> {
        if let Observation::Ended(record) = observation {
            self.record.get_or_insert_with(|| record.clone());
        }
        Ok(())
    }

    fn book(&mut self, _entry: &BookEntry) -> io::Result<()> {
        Ok(())
    }

    /// The call that was asked for is over: callbacks and redials are no part of it.
    fn tick(&mut self, _now: Instant) -> io::Result<ControlFlow<()>> {
        Ok(if self.record.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
