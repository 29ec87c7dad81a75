//! What `--out` holds, read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// `result.json`.
pub struct Results(Value);

impl Results {
    pub fn read(out: &Path) -> Self {
        let path = out.join("result.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The value at a dotted path: `outcomes.technical.trunk`.
    pub fn at(&self, path: &str) -> &Value {
        let found = path.split('.').try_fold(&self.0, |value, key| value.get(key));
        found.unwrap_or_else(|| panic!("result.json has no {path}"))
    }

    pub fn count(&self, path: &str) -> u64 {
        self.at(path).as_u64().unwrap_or_else(|| panic!("{path} is no count: {}", self.at(path)))
    }

    pub fn text(&self, path: &str) -> &str {
        self.at(path).as_str().unwrap_or_else(|| panic!("{path} is no text: {}", self.at(path)))
    }

    /// The identities that every run owes its reader.
    pub fn assert_adds_up(&self) {
        let [scheduled, started, not_started] =
            ["scheduled", "started", "not_started"].map(|key| self.count(&format!("arrivals.{key}")));
        assert_eq!(scheduled, started + not_started, "scheduled = started + not started");
        let sum_of = |class: &str| {
            let members = self.at(class).as_object().expect("an object of counts");
            members.values().map(|count| count.as_u64().expect("a count")).sum::<u64>()
        };
        let single = ["completed", "policy", "excluded", "generator", "in_progress"];
        let single = single.map(|key| self.count(&format!("outcomes.{key}"))).iter().sum::<u64>();
        let ended = single + sum_of("outcomes.human") + sum_of("outcomes.technical");
        assert_eq!(self.count("outcomes.offered"), ended, "offered = Σ outcomes: {}", self.at("outcomes"));
        if self.text("ended") != "interrupted" {
            assert_eq!(self.count("outcomes.in_progress"), 0, "nothing is in progress after a complete run");
        }
    }
}

/// `calls.csv` or `cdr.csv`: one row an attempt, by column.
pub struct Calls(Vec<BTreeMap<String, String>>);

impl Calls {
    pub fn read(file: &Path) -> Self {
        let mut reader =
            csv::Reader::from_path(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let rows =
            reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        Self(rows.collect())
    }

    pub fn rows(&self) -> &[BTreeMap<String, String>] {
        &self.0
    }

    /// Value of a column → rows that have it.
    pub fn by(&self, column: &str) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for row in &self.0 {
            let value = row.get(column).unwrap_or_else(|| panic!("no column {column}"));
            *counts.entry(value.clone()).or_insert(0) += 1;
        }
        counts
    }
}
