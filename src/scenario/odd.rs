//! Scenarios that nobody would write, for tests: drawn from the JSON Schema, so that a new key is in them from its
//! first day on, with values from nothing to far too much.
//!
//! What is drawn blindly is seldom a scenario: two keys exclude each other, a name leads nowhere. So the parser's own
//! messages are followed, each of which names its key: what is wrong there is taken out, what is missing is put in,
//! until there is nothing to complain of. That most of them come to that end is itself a test of the messages.

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::scenario::Inputs;
use crate::scenario::Problem;
use crate::scenario::Scenario;
use crate::scenario::json_schema;
use crate::scenario::load::parse;

/// After so many rounds of corrections a scenario is given up.
const ROUNDS_MAX: u32 = 60;

/// Most first attempts of one scenario: the tests are about what happens, not about how long it lasts.
const CALLS_MAX: u64 = 120;

const QUEUES: [&str; 2] = ["sales", "support"];
const MENUS: [&str; 2] = ["main", "more"];
const NUMBERS: [&str; 6] = ["100", "200", "300", "101", "7495*", "79{number}"];
const DIALLED: [&str; 5] = ["100", "200", "300", "101", "999"];
const AGENTS: [&str; 4] = ["anna", "boris", "agent-1", "agent-2"];
const CLASSES: [&str; 3] = ["client", "friend", "caller"];
const KEYS: [&str; 7] = ["0", "1", "2", "3", "9", "*", "#"];

const DURATIONS: [&str; 17] = [
    "0s", "0s", "1us", "1ms", "20ms", "500ms", "1s", "1s", "5s", "20s", "1m", "3m", "10m", "1h", "1d", "9w",
    "900w",
];
const RATIOS: [&str; 9] = ["0%", "100%", "50%", "1%", "99.9999%", "0.0001%", "30%", "100%", "0.5"];
const RATES: [&str; 9] = ["60/h", "600/h", "10/s", "1/s", "1/d", "0.001/h", "1000000/s", "3600/h", "120/min"];
const REALS: [f64; 11] = [0.0, 1.0, 1.0, 0.5, 0.999_999, 2.0, 10.0, 1e-9, 1e9, 1e300, 3.7];
const WHOLES: [u64; 12] = [0, 1, 1, 2, 3, 5, 10, 50, 255, 65_535, 4_294_967_295, 1_000_000];

/// Blocks of which exactly one key may be written.
const ONE_KEY: [&str; 10] = [
    "ArrivalsDocument",
    "BurstyDocument",
    "ProfileDocument",
    "DistributionDocument",
    "StrategyDocument",
    "RouteDocument",
    "ExtensionDocument",
    "BranchDocument",
    "MediaDocument",
    "AgentsDocument",
];

/// Scenarios by index.
#[derive(Debug)]
pub(crate) struct OddScenarios {
    schema: Value,
    seed: Seed,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Odd {
    pub(crate) text: String,
    pub(crate) scenario: Scenario,
    /// Keys that it writes, as `QueueDocument.strategy`.
    pub(crate) keys: BTreeSet<String>,
}

impl OddScenarios {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { schema: json_schema(), seed }
    }

    /// Every key that there is, as `QueueDocument.strategy`.
    pub(crate) fn all_keys(&self) -> BTreeSet<String> {
        let definitions = self.schema["$defs"].as_object().expect("the schema has definitions");
        let blocks = definitions.iter().map(|(name, block)| (name.as_str(), block));
        let blocks = blocks.chain([("ScenarioDocument", &self.schema)]);
        let keys = blocks.flat_map(|(name, block)| {
            let properties = block["properties"].as_object().into_iter().flatten();
            properties.map(move |(key, _)| format!("{name}.{key}"))
        });
        keys.collect()
    }

    /// The scenario at `index`, or nothing if it could not be mended.
    pub(crate) fn draw(&self, index: u64) -> Option<Odd> {
        let keys: Vec<String> = self.all_keys().into_iter().collect();
        let favourite = &keys[usize::try_from(index).unwrap_or(0) % keys.len()];
        let mut pen = Pen::new(&self.schema, self.seed.stream(Purpose::Attempt, index), favourite);
        let mut document = pen.block("ScenarioDocument", &self.schema);
        let read_file = |_: &str| Ok("n,start_s\n100,0.5\n200,1\n300,1\n".to_owned());
        let environment = |_: &str| Some("secret".to_owned());
        let inputs = Inputs { read_file: &read_file, environment: &environment, ..Inputs::with_seed(index) };
        let mut seen = BTreeSet::new();
        for _ in 0..ROUNDS_MAX {
            tidy(&mut document);
            let text = document.to_string();
            let problems = match parse(&text, "odd.yaml", &inputs) {
                Ok(scenario) => {
                    let mut keys = BTreeSet::new();
                    self.written(&document, &self.schema, "ScenarioDocument", &mut keys);
                    return Some(Odd { text, scenario, keys });
                }
                Err(problems) => problems,
            };
            for problem in &problems.0 {
                let again = !seen.insert((problem.key.clone(), problem.message.clone()));
                pen.mend(&mut document, problem, again);
            }
        }
        None
    }

    /// Notes the keys that `value` writes.
    fn written(&self, value: &Value, schema: &Value, name: &str, keys: &mut BTreeSet<String>) {
        match value {
            Value::Object(entries) => {
                let (block, name) = block_of(&self.schema, schema, name);
                for (key, entry) in entries {
                    if let Some(property) = block["properties"].get(key) {
                        keys.insert(format!("{name}.{key}"));
                        self.written(entry, property, "", keys);
                    } else {
                        self.written(entry, &block["additionalProperties"], "", keys);
                    }
                }
            }
            Value::Array(items) => {
                let (list, _) = forms(&self.schema, schema)
                    .into_iter()
                    .find(|(form, _)| form.get("items").is_some())
                    .expect("what is written as a list may be one");
                for item in items {
                    self.written(item, &list["items"], "", keys);
                }
            }
            _ => {}
        }
    }
}

/// All forms in which a value may be written, with the names of their definitions.
fn forms<'a>(root: &'a Value, schema: &'a Value) -> Vec<(&'a Value, &'a str)> {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.trim_start_matches("#/$defs/");
        let target = &root["$defs"][name];
        return if target.get("anyOf").is_some() { forms(root, target) } else { vec![(target, name)] };
    }
    match schema.get("anyOf").and_then(Value::as_array) {
        Some(any) => any.iter().flat_map(|form| forms(root, form)).collect(),
        None if schema.get("type").and_then(Value::as_str) == Some("null")
            || *schema == Value::Bool(false) =>
        {
            Vec::new()
        }
        None => vec![(schema, "")],
    }
}

/// The form of `schema` that is keys and values, and its name.
fn block_of<'a>(root: &'a Value, schema: &'a Value, name: &'a str) -> (&'a Value, &'a str) {
    if schema.get("properties").is_some() {
        return (schema, name);
    }
    let is_block = |form: &Value| {
        form.get("properties").is_some() || form.get("additionalProperties").is_some_and(Value::is_object)
    };
    forms(root, schema)
        .into_iter()
        .find(|(form, _)| is_block(form))
        .expect("a block is written where one may be")
}

/// Draws values.
struct Pen<'a> {
    root: &'a Value,
    stream: Stream,
    /// Probability of a key to be written; its own in each scenario.
    density: f64,
    depth: u32,
    /// A key that is written wherever it may be, as `QueueDocument.strategy`: each has its turn.
    favourite: &'a str,
}

impl<'a> Pen<'a> {
    fn new(root: &'a Value, mut stream: Stream, favourite: &'a str) -> Self {
        let density = 0.04 + 0.6 * stream.unit() * stream.unit();
        Self { root, stream, density, depth: 0, favourite }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let place = self.stream.below(from.len() as u64);
        from[usize::try_from(place).expect("a list fits into memory")]
    }

    fn value(&mut self, schema: &'a Value, key: &str) -> Value {
        let forms = forms(self.root, schema);
        let (form, name) = self.pick(&forms);
        self.depth += 1;
        let value = self.form(form, name, key);
        self.depth -= 1;
        value
    }

    fn form(&mut self, form: &'a Value, name: &str, key: &str) -> Value {
        if form.get("properties").is_some() {
            return self.block(name, form);
        }
        if let Some(quantity) = self.quantity(name, key) {
            return quantity;
        }
        let words = |list: &Value| list.as_array().cloned().unwrap_or_default();
        if let Some(options) = form.get("oneOf") {
            let options = words(options);
            let place = self.stream.below(options.len() as u64);
            let option = &options[usize::try_from(place).expect("few words")];
            return option.get("const").cloned().unwrap_or_else(|| option["enum"][0].clone());
        }
        if let Some(options) = form.get("enum") {
            let options = words(options);
            let place = self.stream.below(options.len() as u64);
            return options[usize::try_from(place).expect("few words")].clone();
        }
        let kinds = match &form["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect::<Vec<_>>(),
        };
        match kinds.first().copied().unwrap_or_default() {
            "array" => {
                let few = self.pick(&[0, 1, 1, 1, 2, 2, 3, 7]);
                let count = match key {
                    "hours" if few > 1 => 24,
                    "days" if few > 1 => 7,
                    _ => few,
                };
                Value::Array((0..count).map(|_| self.value(&form["items"], key)).collect())
            }
            "object" => self.map(&form["additionalProperties"], key),
            "integer" => self.whole(key).into(),
            "number" if key == "extra_calls" => self.pick(&[0.0, 1.0, 20.5, 200.0]).into(),
            "number" => self.pick(&REALS).into(),
            "boolean" => self.stream.chance(0.5).into(),
            _ => self.text(key).into(),
        }
    }

    /// What has a form of its own.
    fn quantity(&mut self, name: &str, key: &str) -> Option<Value> {
        let value = match name {
            "Duration" if key == "duration" => self.pick(&["1s", "1m", "10m", "1h", "1d"]).into(),
            "Duration" if matches!(key, "every" | "calm_mean" | "burst_mean") => {
                self.pick(&["1m", "10m", "1h", "1d"]).into()
            }
            "Duration" | "WarmUp" if key == "warm_up" => self.pick(&["0s", "1m", "1h", "auto"]).into(),
            "Duration" | "WarmUp" => self.pick(&DURATIONS).into(),
            "Rate" | "PerSecond" => self.pick(&RATES).into(),
            "Ratio" | "ExactRatio" => self.pick(&RATIOS).into(),
            "Money" => self.pick(&["0 RUB", "1000 RUB", "0.01 RUB", "999999999 RUB"]).into(),
            "Bandwidth" => self.pick(&["1 bit/s", "64 kbit/s", "1 Mbit/s", "100 Gbit/s"]).into(),
            "PenaltyChange" => self.pick(&["0", "2", "+1", "-1", "4294967295", "-2147483648"]).into(),
            "TimeOfDay" => self.pick(&["00:00", "08:00", "08:00:01", "12:30", "24:00", "23:59"]).into(),
            "ServiceLevel" => self.pick(&["80/20", "0%/0s", "100%/9w"]).into(),
            "Headcount" => self.pick(&[0, 1, 2, 5, 40]).into(),
            "Whole" => self.pick(&[1_u32, 2, 5, 10, u32::MAX]).into(),
            _ => return None,
        };
        Some(value)
    }

    fn whole(&mut self, key: &str) -> u64 {
        match key {
            "calls" => 1 + self.stream.below(CALLS_MAX),
            "seed" => self.stream.next_u64(),
            "status" => self.pick(&[400, 403, 404, 480, 486, 500, 503, 600, 603, 699]),
            "reason" => self.pick(&[0, 1, 16, 17, 34, 42, 127]),
            "counts" | "outside" => self.pick(&[0, 1, 2, 5, 40]),
            "count" | "agents" => self.pick(&[0, 1, 2, 5, 40, 150]),
            "max_contacts" | "limit" | "repeats" | "legs" | "max_length" => {
                self.pick(&[0, 1, 1, 2, 3, 10, 100])
            }
            "penalty" => self.pick(&[0, 1, 1, 2, 2, 3, 4_294_967_295]),
            _ => self.pick(&WHOLES),
        }
    }

    /// Keys that a block must have to mean anything, and others by chance.
    fn block(&mut self, name: &str, form: &'a Value) -> Value {
        let properties = form["properties"].as_object().expect("a block has keys");
        let mut entries = Map::new();
        let one = ONE_KEY.contains(&name).then(|| {
            let names: Vec<&String> = properties.keys().collect();
            self.pick(&names).clone()
        });
        for (key, property) in properties {
            let favoured =
                self.favourite.strip_prefix(name).is_some_and(|rest| rest.strip_prefix('.') == Some(key));
            let wanted = match (&one, wanted(name, key)) {
                _ if favoured => true,
                (_, Some(probability)) => self.stream.chance(probability),
                (Some(one), None) => one == key,
                (None, None) if properties.len() <= 4 => self.stream.chance(0.6),
                (None, None) => {
                    let density = self.density;
                    self.stream.chance(density)
                }
            };
            // A profile within a profile comes to its end.
            if wanted && self.depth < 12 {
                let value = self.value(property, key);
                entries.insert(key.clone(), value);
            }
        }
        Value::Object(entries)
    }

    fn map(&mut self, of: &'a Value, key: &str) -> Value {
        let names: &[&str] = match key {
            "queues" => &QUEUES,
            "ivr" | "choices" => &MENUS,
            "extensions" => &DIALLED,
            "penalties" => &AGENTS,
            "outcomes" => {
                &["busy", "declined", "ringing_then_silence", "timer_b", "gave_up", "queue_timeout"]
            }
            "days_of_month" => &["1", "15", "31"],
            _ => &KEYS,
        };
        let share = self.pick(&[0.3, 0.7, 1.0]);
        let mut entries = Map::new();
        for name in names {
            if entries.is_empty() || self.stream.chance(share) {
                // Within `choices`, keys of the pad.
                let value = self.value(of, if key == "choices" { "digits" } else { key });
                entries.insert((*name).to_owned(), value);
            }
        }
        Value::Object(entries)
    }

    fn text(&mut self, key: &str) -> &'static str {
        match key {
            "queue" | "callback" => self.pick(&QUEUES),
            "menu" => self.pick(&MENUS),
            "agents" => self.pick(&AGENTS),
            "callers" => self.pick(&CLASSES),
            "extension" | "to" => self.pick(&DIALLED),
            "from" | "numbers" => self.pick(&NUMBERS),
            "name" => self.pick(&["client", "friend", "anna", "boris", "101", "102", "x"]),
            "phone" | "users" => self.pick(&["101", "102"]),
            "skills" | "skill" => self.pick(&["billing", "windows"]),
            "language" | "languages" => self.pick(&["en", "ru"]),
            "digits" => self.pick(&["1", "12", "0", "#*90", "111111111"]),
            "csv" => "numbers.csv",
            "replay" => "starts.csv",
            "column" => self.pick(&["n", "start_s"]),
            "start" => self.pick(&[
                "2026-01-05T08:00[Europe/Moscow]",
                "2026-03-29T01:59[Europe/Berlin]",
                "2026-12-31T23:59:59[Pacific/Apia]",
                "2028-02-29T00:00[America/St_Johns]",
            ]),
            "zone" => self.pick(&["Europe/Moscow", "Pacific/Apia", "America/St_Johns"]),
            "holidays" => self.pick(&["2026-05-01", "05-01", "02-29", "01-05"]),
            "codec" | "codecs" => self.pick(&["PCMA", "PCMU", "G729", "opus-24k"]),
            "gates" => self.pick(&[
                "technical_drop_rate < 1% @95%",
                "technical_drop_rate < 50% for 10s, stop",
                "service_level(20s) >= 80%",
            ]),
            "tariffs" => self.pick(&["ladder", "published"]),
            "outcomes" => self.pick(&["technical.failure", "human.busy", "policy", "excluded"]),
            "url" | "webhook" => "http://127.0.0.1:8080/x",
            "password_env" | "user" => "PASSWORD",
            "phrase" => self.pick(&["", "Go Away", "Занято"]),
            _ => self.pick(&["x", "account", ""]),
        }
    }

    /// Follows a message of the parser's.
    fn mend(&mut self, document: &mut Value, problem: &Problem, again: bool) {
        let mut path: Vec<&str> =
            problem.key.split(['.', '[']).map(|part| part.trim_end_matches(']')).collect();
        if problem.key.is_empty() {
            path = vec!["pbx"];
        }
        let is_there = child(document, &path).is_some();
        if !is_there && !again {
            if let Some(schema) = schema_at(self.root, &path) {
                let key = path.last().copied().unwrap_or_default();
                let value = self.value(schema, key);
                insert(document, &path, value);
            }
            return;
        }
        // Once more, and something above it has to go.
        while path.len() > 1 && (child(document, &path).is_none() || (again && self.stream.chance(0.4))) {
            path.pop();
        }
        if path.len() > 1 || path[0] != "traffic" {
            remove(document, &path);
        } else if let Some(schema) = schema_at(self.root, &path) {
            let value = self.value(schema, "traffic");
            insert(document, &path, value);
        }
    }
}

/// Keys whose presence is not left to the density.
fn wanted(block: &str, key: &str) -> Option<f64> {
    Some(match (block, key) {
        ("ScenarioDocument", "traffic" | "pbx" | "calls")
        | ("TrafficDocument", "profile" | "callers")
        | ("CallerDocument", "talk" | "share")
        | ("HookAnswerDocument", "share") => 1.0,
        ("AgentsDocument", "count" | "conversion") | ("MenuDocument", "digits") => 0.9,
        ("PbxDocument", "queues" | "agents") => 0.7,
        ("CallerDocument", "patience") | ("QueueDocument", "strategy") => 0.6,
        ("CallerDocument", "to" | "redial") => 0.4,
        ("PbxDocument", "ivr" | "channels")
        | ("TrafficDocument", "arrivals")
        | ("BranchDocument", "self_service" | "containment" | "talk_factor") => 0.3,
        ("AgentsDocument", _) | ("ProfileDocument", "profile") => 0.2,
        ("ScenarioDocument", "duration") => 0.03,
        ("ScenarioDocument", "tariffs") => 0.08,
        _ => return None,
    })
}

/// Shares that sum to what they must, numbers of calls that stay small.
fn tidy(document: &mut Value) {
    if let Some(classes) = document.pointer_mut("/traffic/callers").and_then(Value::as_array_mut) {
        classes.truncate(CLASSES.len());
        split(classes);
        for (class, name) in classes.iter_mut().zip(CLASSES) {
            if let Some(name_slot) = class.get_mut("name") {
                *name_slot = name.into();
            }
            for menu in class.get_mut("choices").and_then(Value::as_object_mut).into_iter().flatten() {
                let keys = menu.1.as_object_mut();
                for (place, share) in keys.into_iter().flatten().map(|(_, share)| share).enumerate() {
                    *share = json!(if place == 0 { "60%" } else { "5%" });
                }
            }
        }
    }
    if let Some(answers) = document.pointer_mut("/pbx/hook/model/answers").and_then(Value::as_array_mut) {
        split(answers);
    }
    if let Some(codecs) = document.pointer_mut("/pbx/bandwidth/codecs").and_then(Value::as_array_mut) {
        codecs.truncate(3);
        let others = codecs.iter_mut().filter(|codec| codec.get("numbers").is_none());
        for (place, codec) in others.enumerate() {
            codec["share"] = json!(if place == 0 { "100%" } else { "0%" });
        }
    }
    // Work that comes up every second fills days without a call with millions of events.
    if let Some(agents) = document.pointer_mut("/pbx/agents") {
        let each = match agents {
            Value::Array(agents) => agents.iter_mut().collect(),
            one => vec![one],
        };
        for work in each.into_iter().filter_map(|agent| agent.get_mut("other_work")) {
            for short in ["0s", "1us", "1ms", "20ms", "500ms", "1s", "5s", "20s"] {
                let longer = work.to_string().replace(&format!("\"{short}\""), "\"30m\"");
                *work = longer.parse().expect("JSON with other durations is JSON");
            }
        }
    }
    let timed = document.get("duration").is_some();
    if let Some(entries) = document.as_object_mut().filter(|_| timed) {
        entries.remove("calls");
    }
    // Millions of calls would be drawn before anything is measured.
    if (timed || document.get("warm_up").is_some())
        && let Some(profile) = document.pointer_mut("/traffic/profile")
    {
        for fast in ["1000000/s", "10/s", "1/s", "3600/h"] {
            *profile =
                profile.to_string().replace(fast, "20/h").parse().expect("JSON with other rates is JSON");
        }
    }
}

/// The first has what the others leave.
fn split(items: &mut [Value]) {
    let others = items.len().saturating_sub(1);
    for (place, item) in items.iter_mut().enumerate().filter(|(_, item)| item.is_object()) {
        item["share"] = if place == 0 { format!("{}%", 100 - 7 * others) } else { "7%".to_owned() }.into();
    }
}

fn child<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(entries) => entries.get(*part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn above<'v>(value: &'v mut Value, path: &[&str]) -> Option<&'v mut Value> {
    path[..path.len() - 1].iter().try_fold(value, |value, part| match value {
        Value::Object(entries) => entries.get_mut(*part),
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn remove(value: &mut Value, path: &[&str]) {
    let last = path[path.len() - 1];
    match above(value, path) {
        Some(Value::Object(entries)) => drop(entries.remove(last)),
        Some(Value::Array(items)) => match last.parse::<usize>() {
            Ok(place) if place < items.len() => drop(items.remove(place)),
            _ => {}
        },
        _ => {}
    }
}

fn insert(value: &mut Value, path: &[&str], new: Value) {
    if let Some(Value::Object(entries)) = above(value, path) {
        entries.insert(path[path.len() - 1].to_owned(), new);
    }
}

/// What may stand at a path.
fn schema_at<'a>(root: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(root, |schema, part| {
        let forms = if schema.get("properties").is_some() { vec![(schema, "")] } else { forms(root, schema) };
        forms.into_iter().find_map(|(form, _)| {
            let by_name = form.get("properties").and_then(|properties| properties.get(part));
            let by_place = form.get("items").filter(|_| part.parse::<usize>().is_ok());
            by_name
                .or(by_place)
                .or_else(|| form.get("additionalProperties").filter(|other| other.is_object()))
        })
    })
}
