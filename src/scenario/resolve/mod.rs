//! From what was written to what is meant: defaults filled in, everything checked, all mistakes collected.
//!
//! Defaults are written back into the document, which so becomes the effective scenario.

mod callback;
mod contacts;
mod duty;
mod hours;
mod ivr;
mod law;
mod limits;
mod link;
mod onward;
mod outside;
mod outsourcing;
mod owner;
mod pbx;
mod phones;
mod profile;
mod queue;
mod records;
mod rest;
mod routing;
mod tariff;
mod traffic;
mod transfers;
mod voicemail;
mod wrap_up;

use std::sync::Arc;

use crate::pbx::config::CallerType;
use crate::random::Seed;
use crate::scenario::Inputs;
use crate::scenario::Media;
use crate::scenario::Scenario;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::document::WarmUp;
use crate::scenario::node::Node;
use crate::scenario::problem::Problem;
use crate::time::Duration;
use crate::time::TimeScale;
use crate::traffic::Extent;
use crate::traffic::callers::CallerClass;
use crate::units::Period;
use crate::verdict::Capabilities;

/// Start of a run whose scenario names none: a Monday morning.
const START: &str = "2026-01-05T08:00[Europe/Moscow]";

/// Fastest and slowest that people may live, times the wall clock.
const TIME_SCALES: std::ops::RangeInclusive<f64> = 0.001..=1e6;

pub(crate) struct Resolver<'a> {
    tree: &'a Node,
    file: &'a str,
    inputs: &'a Inputs<'a>,
    /// Paths already complained about: what follows from their absence is no mistake of the user's.
    silenced: Vec<String>,
    problems: Vec<Problem>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(tree: &'a Node, file: &'a str, inputs: &'a Inputs<'a>, known: Vec<Problem>) -> Self {
        let silenced = known.iter().map(|problem| problem.key.clone()).collect();
        Self { tree, file, inputs, silenced, problems: known }
    }

    /// Everything, or all that is wrong. The document comes back with its defaults filled in; `effective`
    /// and `sha256` are still to be written.
    pub(crate) fn resolve(mut self, document: &mut ScenarioDocument) -> Result<Scenario, Vec<Problem>> {
        let scenario = self.scenario(document);
        if self.problems.is_empty() { Ok(scenario) } else { Err(self.problems) }
    }

    fn scenario(&mut self, document: &mut ScenarioDocument) -> Scenario {
        let seed_drawn = document.seed.is_none() && self.inputs.seed.is_none();
        let seed = self.inputs.seed.or(document.seed).unwrap_or(self.inputs.drawn_seed);
        document.seed = Some(seed);
        let start = self.start(document);
        let (warm_up, warm_up_auto) = warm_up(document);
        let extent = self.extent(document);
        let mut traffic = self.traffic(document.traffic.as_mut(), &start, warm_up, extent);
        if extent != Extent::Unstated && traffic.callers.is_empty() && document.traffic.is_none() {
            self.wrong(
                "traffic",
                "there is no traffic; write traffic: {profile: 100/h, callers: [{talk: 3m}]}",
            );
        }
        let lost = self.media_loss(document);
        let extent = match (extent, document.traffic.as_ref().map(traffic::part_left)) {
            (Extent::Calls(calls), Some(left)) if left < 1.0 => Extent::Calls(part(calls, left)),
            _ => extent,
        };
        let mut pbx = self.pbx(document.pbx.get_or_insert_default(), &start, lost);
        pbx.callers = traffic.callers.iter().map(caller_type).collect();
        self.callers_are_served(&pbx);
        self.owned_classes_call(&pbx);
        let calendar = hours::Calendar::new(&start, warm_up, extent);
        self.routes(document.pbx.get_or_insert_default(), &mut pbx, &traffic.callers, calendar);
        self.contractors(document, &mut pbx);
        self.wrap_up_codes(document, &mut pbx);
        self.web_is_answered(&pbx, &traffic);
        self.contacts(document.pbx.get_or_insert_default(), &mut pbx, &start, (warm_up, extent));
        let voicemail = document.pbx.as_mut().and_then(|pbx| pbx.voicemail.as_mut());
        let message = voicemail.map(|voicemail| self.message(voicemail));
        self.habits(document.traffic.as_mut(), &pbx, message.as_ref(), &mut traffic);
        let live = self.live(document, lost);
        let capabilities = Capabilities {
            queue: !pbx.queues.is_empty(),
            callbacks: pbx.calls_back() || traffic.ask_on_web(),
            // Whether there is a wire is the driver's to know.
            wire: true,
            media: live.media != Media::None,
            duration: document.duration.map(|duration| duration.0),
        };
        let (target_blocking, target_service_level) = self.target(document.target.get_or_insert_default());
        Scenario {
            name: document.name.get_or_insert_with(|| stem(self.file)).clone(),
            question: document.question.get_or_insert_default().clone(),
            seed: Seed(seed),
            seed_drawn,
            start,
            extent,
            warm_up,
            warm_up_auto,
            drain: document.drain.map(|drain| drain.0),
            time_scale: self.time_scale(document),
            traffic,
            pbx,
            live,
            gates: self.gates(document, &capabilities),
            required_fields: self.required_fields(document.required_fields.as_deref()),
            cost: self.cost(document.cost.as_mut()),
            tariffs: document.tariffs.as_mut().map_or_else(Vec::new, |plans| self.tariffs(plans)),
            needs: self.needs(document.needs.as_ref()),
            allow_excluded: document.allow_excluded.get_or_insert(crate::units::Ratio(0.01)).0,
            target_blocking,
            target_service_level,
            growth: self.growth(document),
            outcomes: self.outcomes(document),
            effective: String::new(),
            sha256: String::new(),
        }
    }

    fn start(&mut self, document: &mut ScenarioDocument) -> jiff::Zoned {
        let text = document.start.get_or_insert_with(|| START.to_owned());
        let start = text.parse::<jiff::Zoned>().unwrap_or_else(|_| {
            let message = format!("`{text}` is no local time with its zone; write it as {START}");
            self.wrong("start", &message);
            START.parse().expect("the default start is well-formed")
        });
        *text = start.to_string();
        start
    }

    fn extent(&mut self, document: &ScenarioDocument) -> Extent {
        match (document.duration, document.calls) {
            (Some(_), Some(_)) => {
                self.wrong("calls", "both `duration` and `calls` are given; remove one");
                Extent::Unstated
            }
            (Some(Period(duration)), None) if duration.is_zero() => {
                self.wrong("duration", "nothing happens in 0s; write for example 10h");
                Extent::Unstated
            }
            (Some(duration), None) => Extent::Duration(duration.0),
            (None, Some(0)) => {
                self.wrong("calls", "nothing can be learnt from 0 calls; write for example 10000");
                Extent::Unstated
            }
            (None, Some(calls)) => Extent::Calls(calls),
            (None, None) => Extent::Unstated,
        }
    }

    fn time_scale(&mut self, document: &mut ScenarioDocument) -> TimeScale {
        let factor = *document.time_scale.get_or_insert(1.0);
        if !TIME_SCALES.contains(&factor) {
            let message = format!(
                "{factor} lies outside {} to {}; write 60 to live an hour in a minute",
                TIME_SCALES.start(),
                TIME_SCALES.end()
            );
            self.wrong("time_scale", &message);
        }
        TimeScale::new(factor).unwrap_or(TimeScale::REAL)
    }

    /// Notes a mistake at `path`, unless it follows from one already noted.
    fn wrong(&mut self, path: &str, message: &str) {
        let related =
            |silenced: &String| silenced.is_empty() || is_under(path, silenced) || is_under(silenced, path);
        if self.silenced.iter().any(related) {
            return;
        }
        let written_at = self.tree.nearest_to(path).place.describe(self.file);
        self.note(written_at, path, message);
    }

    fn note(&mut self, written_at: String, path: &str, message: &str) {
        self.problems.push(Problem { written_at, key: path.to_owned(), message: message.to_owned() });
    }

    /// The value, or a complaint that it is missing.
    fn required<T: Copy>(&mut self, value: Option<T>, path: &str, example: &str) -> Option<T> {
        if value.is_none() {
            let key = path.rsplit('.').next().unwrap_or(path);
            self.wrong(path, &format!("`{key}` is missing; write {key}: {example}"));
        }
        value
    }

    /// A number within bounds, or a complaint.
    fn within(&mut self, value: f64, bounds: std::ops::RangeInclusive<f64>, path: &str) -> f64 {
        if !bounds.contains(&value) {
            let message = format!(
                "{value} lies outside {} to {}; write a number between",
                bounds.start(),
                bounds.end()
            );
            self.wrong(path, &message);
        }
        value
    }

    /// Complains unless exactly one key stands at `path`, with a value. What nobody wrote is a default of ours.
    fn exactly_one_key(&mut self, path: &str, choices: &str) {
        let Some(keys) = self.tree.at(path).map(Node::keys) else { return };
        if let [key] = keys.as_slice() {
            let place = format!("{path}.{key}");
            if self.tree.at(&place).is_some_and(Node::is_nothing) {
                self.wrong(&place, &format!("`{key}` has no value; write one, or another of {choices}"));
            }
        } else {
            let found = if keys.is_empty() { "none".to_owned() } else { keys.join(" and ") };
            self.wrong(path, &format!("exactly one key belongs here, {found} found; write one of {choices}"));
        }
    }
}

/// How long, and whether it is to be found.
fn warm_up(document: &mut ScenarioDocument) -> (Duration, bool) {
    match document.warm_up.get_or_insert(WarmUp::Stated(Period(Duration::ZERO))) {
        WarmUp::Stated(period) => (period.0, false),
        WarmUp::Auto => (Duration::ZERO, true),
    }
}

fn is_under(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// That part of some calls, to the nearest whole one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a part of a count that fits"
)]
fn part(calls: u64, left: f64) -> u64 {
    (calls as f64 * left).round() as u64
}

/// A class of callers as the PBX sees it.
fn caller_type(class: &CallerClass) -> CallerType {
    CallerType {
        name: Arc::clone(&class.name),
        priority: class.priority,
        language: class.language.clone(),
        skill: class.skill.clone(),
    }
}

/// The duration written, or the default, which is then written.
fn or_default(slot: &mut Option<Period>, default: Duration) -> Duration {
    slot.get_or_insert(Period(default)).0
}

/// `scenarios/peak-hour.yaml` → `peak-hour`.
fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if stem.is_empty() { "scenario".to_owned() } else { stem.to_owned() }
}
