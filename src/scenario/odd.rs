//! Scenarios that nobody would write, for tests: drawn from the JSON Schema, so that a new key is in them from its
//! first day on, with values from nothing to far too much.
//!
//! What is drawn blindly is seldom a scenario: two keys exclude each other, a name leads nowhere. So the parser's own
//! messages are followed, each of which names its key: what is wrong there is taken out, what is missing is put in,
//! until there is nothing to complain of. That most of them come to that end is itself a test of the messages.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use serde_json::Map;
use serde_json::Value;

use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::scenario::Inputs;
use crate::scenario::Problem;
use crate::scenario::Scenario;
use crate::scenario::json_schema;
use crate::scenario::load::parse;
use crate::scenario::odd::tidy::tidy;

mod tidy;

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
const DATES: [&str; 4] = ["2026-04-01", "2024-02-29", "9999-12-31", "2026-01-01"];
const REALS: [f64; 11] = [0.0, 1.0, 1.0, 0.5, 0.999_999, 2.0, 10.0, 1e-9, 1e9, 1e300, 3.7];
const WHOLES: [u64; 12] = [0, 1, 1, 2, 3, 5, 10, 50, 255, 65_535, 4_294_967_295, 1_000_000];

/// Blocks of which exactly one key may be written.
const ONE_KEY: [&str; 11] = [
    "ArrivalsDocument",
    "BurstyDocument",
    "ProfileDocument",
    "DistributionDocument",
    "OverCapDocument",
    "StrategyDocument",
    "RouteDocument",
    "ExtensionDocument",
    "BranchDocument",
    "MediaDocument",
    "AgentsDocument",
];

/// A file that has every column that may be asked for.
pub(crate) const FILE: &str = "n,start_s,number,agent\n100,0.5,100,anna\n200,1,200,anna\n300,1,300,anna\n";

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
        let read_file = |_: &str| Ok(FILE.to_owned());
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
            // One message a key: a second is about what the first has taken out.
            let mut mended = BTreeSet::new();
            for problem in problems.0.iter().filter(|problem| mended.insert(&problem.key)) {
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

/// The blocks that a value of `schema` holds itself, not within another.
fn blocks<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a str> {
    forms(root, schema).into_iter().flat_map(|(form, name)| blocks_of_form(root, form, name)).collect()
}

fn blocks_of_form<'a>(root: &'a Value, form: &'a Value, name: &'a str) -> Vec<&'a str> {
    if form.get("properties").is_some() {
        return vec![name];
    }
    let within = [form.get("items"), form.get("additionalProperties").filter(|other| other.is_object())];
    within.into_iter().flatten().flat_map(|schema| blocks(root, schema)).collect()
}

/// The shortest way from the top to the block of `favourite`: by each key on it, the block to which it leads.
fn trail(root: &Value, favourite: &str) -> BTreeMap<String, String> {
    let aim = favourite.split('.').next().unwrap_or_default();
    let mut ways: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    ways.insert("ScenarioDocument", BTreeMap::new());
    let mut next = VecDeque::from(["ScenarioDocument"]);
    while let Some(block) = next.pop_front().filter(|block| *block != aim) {
        let schema = if block == "ScenarioDocument" { root } else { &root["$defs"][block] };
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            for found in blocks(root, property) {
                if !ways.contains_key(found) {
                    let mut way = ways[block].clone();
                    way.insert(format!("{block}.{key}"), found.to_owned());
                    ways.insert(found, way);
                    next.push_back(found);
                }
            }
        }
    }
    ways.remove(aim).unwrap_or_default()
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
    /// Keys that lead from the top to the favourite, as `PbxDocument.queues`, and the block to which each leads.
    trail: BTreeMap<String, String>,
    /// The block to which the value that is drawn must lead.
    heading: Option<String>,
}

impl<'a> Pen<'a> {
    fn new(root: &'a Value, mut stream: Stream, favourite: &'a str) -> Self {
        let density = 0.04 + 0.6 * stream.unit() * stream.unit();
        Self { root, stream, density, depth: 0, favourite, trail: trail(root, favourite), heading: None }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let place = self.stream.below(from.len() as u64);
        from[usize::try_from(place).expect("a list fits into memory")]
    }

    fn value(&mut self, schema: &'a Value, key: &str) -> Value {
        let mut forms = forms(self.root, schema);
        if let Some(heading) = &self.heading {
            let leads =
                |(form, name): &(&Value, &str)| blocks_of_form(self.root, form, name).contains(&&**heading);
            if forms.iter().any(leads) {
                forms.retain(leads);
            }
        }
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
                    _ => few.max(u8::from(self.heading.is_some())),
                };
                Value::Array((0..count).map(|_| self.value(&form["items"], key)).collect())
            }
            "object" => self.map(&form["additionalProperties"], key),
            "integer" => self.whole(key).into(),
            "number" if key == "extra_calls" => self.pick(&[0.0, 1.0, 20.5, 200.0]).into(),
            // One in 24 that is no factor spoils all: they would never be played.
            "number" if matches!(key, "hours" | "days") => {
                self.pick(&[0.0, 0.001, 0.5, 1.0, 1.0, 2.5, 100.0]).into()
            }
            "number" => self.pick(&REALS).into(),
            "boolean" => self.stream.chance(0.5).into(),
            _ => self.text(key).into(),
        }
    }

    /// What has a form of its own.
    fn quantity(&mut self, name: &str, key: &str) -> Option<Value> {
        let value = match name {
            "Duration" if key == "duration" => self.pick(&["1s", "1m", "10m", "1h", "1d"]).into(),
            "Duration" if key == "ptime" => self.pick(&["10ms", "20ms", "30ms", "200ms"]).into(),
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
        let heading = self.heading.take();
        let favoured = |key: &str| {
            let path = format!("{name}.{key}");
            path == self.favourite || self.trail.contains_key(&path)
        };
        let favoured: Vec<&String> = properties.keys().filter(|key| favoured(key)).collect();
        let one = ONE_KEY.contains(&name).then(|| {
            let names: Vec<&String> = properties.keys().collect();
            favoured.first().copied().unwrap_or_else(|| self.pick(&names)).clone()
        });
        for (key, property) in properties {
            let favoured = favoured.contains(&key);
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
                self.heading = self.trail.get(&format!("{name}.{key}")).cloned();
                let value = self.value(property, key);
                self.heading = None;
                entries.insert(key.clone(), value);
            }
        }
        if self.favourite.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')) {
            entries.extend(
                beside(self.favourite).iter().map(|(key, value)| ((*key).to_owned(), (*value).into())),
            );
        }
        self.heading = heading;
        Value::Object(entries)
    }

    fn map(&mut self, of: &'a Value, key: &str) -> Value {
        let names: &[&str] = match key {
            "queues" => &QUEUES,
            "ivr" | "choices" => &MENUS,
            "extensions" | "numbers" => &DIALLED,
            "classes" => &CLASSES,
            "contacts" => &["mail", "chat"],
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
            "key" => self.pick(&KEYS),
            "valid_from" | "valid_to" | "read_on" => self.pick(&DATES),
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
            "required_fields" => {
                self.pick(&["start", "agent if answered", "cause if refused", "queue if agent"])
            }
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

/// What must stand beside a key, where the parser's messages rather take the key out.
fn beside(favourite: &str) -> &'static [(&'static str, &'static str)] {
    match favourite {
        "RateLimitDocument.window"
        | "RateLimitDocument.sustained"
        | "RateLimitDocument.sustain_window"
        | "RateLimitDocument.resume_after" => {
            &[("limit", "10/s"), ("sustained", "10/s"), ("algorithm", "burst_and_sustain")]
        }
        "BandwidthDocument.buffer" => &[("admission", "none")],
        "RateLimitDocument.period" => &[("limit", "10/s"), ("algorithm", "average")],
        "RateLimitDocument.max_delay" => &[("limit", "10/s"), ("algorithm", "queue")],
        "RateLimitDocument.every" => &[("algorithm", "overload_control")],
        _ => &[],
    }
}

/// Keys whose presence is not left to the density.
fn wanted(block: &str, key: &str) -> Option<f64> {
    Some(match (block, key) {
        ("ScenarioDocument", "traffic" | "pbx" | "calls")
        | ("TrafficDocument", "profile" | "callers")
        | ("CallerDocument", "talk" | "share")
        | ("HookAnswerDocument", "share")
        | ("SourceDocument", "name") => 1.0,
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
