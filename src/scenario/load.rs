//! From text to scenario.

use std::fmt;
use std::fmt::Write;

use sha2::Digest;
use sha2::Sha256;

use crate::scenario::Scenario;
use crate::scenario::decode::decode;
use crate::scenario::document::ScenarioDocument;
use crate::scenario::node::Node;
use crate::scenario::problem::Problem;
use crate::scenario::problem::Problems;
use crate::scenario::resolve::Resolver;

/// Largest scenario file, in bytes: numbers and starts in bulk belong into CSV files.
const TEXT_MAX: usize = 16 << 20;

/// What else a scenario is made from than its file.
pub struct Inputs<'a> {
    /// `--set`: key's path and new value, in order.
    pub overrides: &'a [(String, String)],
    /// `--seed`: beats the scenario's.
    pub seed: Option<u64>,
    /// `--gate`: added to the scenario's.
    pub gates: &'a [String],
    /// The seed where neither says one.
    pub drawn_seed: u64,
    /// Reads a file that the scenario names: its text, or why not.
    pub read_file: &'a dyn Fn(&str) -> Result<String, String>,
    /// The value of an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inputs")
            .field("overrides", &self.overrides)
            .field("seed", &self.seed)
            .field("gates", &self.gates)
            .finish_non_exhaustive()
    }
}

impl Inputs<'static> {
    /// Nothing but the text and this seed: no overrides, no files, no environment.
    #[must_use]
    pub fn with_seed(drawn_seed: u64) -> Self {
        Self {
            overrides: &[],
            seed: None,
            gates: &[],
            drawn_seed,
            read_file: &|_| Err("no files here".to_owned()),
            environment: &|_| None,
        }
    }
}

/// Reads a scenario. `file` is its name in messages.
///
/// # Errors
/// Every mistake that could be found: unknown keys, wrong units, missing or contradictory values.
pub fn parse(text: &str, file: &str, inputs: &Inputs<'_>) -> Result<Scenario, Problems> {
    let whole = |message: String| Problem { written_at: file.to_owned(), key: String::new(), message };
    if text.len() > TEXT_MAX {
        let message = format!("more than {TEXT_MAX} bytes; move lists of numbers or starts into CSV files");
        return Err(Problems(vec![whole(message)]));
    }
    let mut tree = Node::read(text, file).map_err(|problem| Problems(vec![problem]))?;
    let mut problems = Vec::new();
    for (key, value) in inputs.overrides {
        if let Err(message) = tree.set(key, value) {
            problems.push(Problem { written_at: format!("--set {key}"), key: String::new(), message });
        }
    }
    let (document, mistakes) = decode::<ScenarioDocument>(&mut tree, file);
    problems.extend(mistakes);
    let Some(mut document) = document else { return Err(Problems(problems)) };
    let resolver = Resolver::new(&tree, file, inputs, problems);
    let mut scenario = resolver.resolve(&mut document).map_err(Problems)?;
    scenario.effective =
        serde_yaml::to_string(&document).map_err(|error| Problems(vec![whole(error.to_string())]))?;
    scenario.sha256 = hex(&Sha256::digest(scenario.effective.as_bytes()));
    Ok(scenario)
}

/// The JSON Schema of scenarios, for editors.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let schema = schemars::schema_for!(ScenarioDocument);
    schema.to_value()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes whatever is written");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::Extent;

    const ECONOMY: &str = r#"
name: economy-tariff-after-growth
question: What does a 10-channel tariff lose after calls have doubled?
start: 2026-01-05T08:00[Europe/Moscow]
duration: 10h
warm_up: 1h
time_scale: 600
traffic:
  arrivals: poisson
  profile: 202.4/h
  callers:
    - name: customer
      share: 100%
      to: "100"
      from: "79{number}"
      talk: {exponential: {mean: 180s}}
      patience: {exponential: {mean: 90s}}
      redial: {probability: 60%, delay: {exponential: {mean: 60s}}, limit: 3}
pbx:
  channels: 10
  calls_per_second: {limit: 5, algorithm: token_bucket, burst: 5}
  refusal: {channels: {status: 503, reason: 34, retry_after: 5s}}
gates:
  - technical_drop_rate < 1% @95%
cost: {call_price: 1000 RUB, conversion: 20%, calls_per_month: 1000}
"#;

    fn parsed(text: &str) -> Scenario {
        parse(text, "x.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"))
    }

    #[test]
    fn calls_that_never_come_are_refused() {
        let text = ECONOMY.replace("duration: 10h", "calls: 50").replace("202.4/h", "0/h");
        let told = parse(&text, "x.yaml", &Inputs::with_seed(7)).unwrap_err().to_string();
        assert!(told.contains("x.yaml:10:12: traffic.profile: at this rate none of the 50 calls"), "{told}");
    }

    #[test]
    fn a_run_in_which_nobody_calls_is_refused_unless_mail_comes() {
        let silent = ECONOMY.replace("202.4/h", "0/h");
        let told = |text: &str| parse(text, "x.yaml", &Inputs::with_seed(7)).unwrap_err().to_string();
        let said = told(&silent);
        assert!(said.contains("x.yaml:10:12: traffic.profile: nobody calls in the 11h"), "{said}");
        assert!(said.contains("write a rate above 0, as 60/h"), "{said}");
        let steps = |hours: u32| format!("{{steps: [{{at: 0s, rate: 60/h}}, {{at: {hours}h, rate: 0/h}}]}}");
        let early = told(&ECONOMY.replace("202.4/h", &steps(1)));
        assert!(
            early.contains("all calls come in the warm-up") && early.contains("warm_up, which is 1h"),
            "{early}"
        );
        parsed(&ECONOMY.replace("202.4/h", &steps(2)));
        let late = "{busyness_cv: 0.2, profile: {peak: {base: 0/h, peak: 60/h, at: 20h, hold: 1h}}}";
        assert!(told(&ECONOMY.replace("202.4/h", late)).contains("nobody calls"));
        let by_number = ECONOMY.replace("duration: 10h", "calls: 50").replace("202.4/h", &steps(0));
        assert!(told(&by_number).contains("none of the 50 calls"));
        let mail = "pbx:\n  agents: {count: 2}\n  queues: {desk: {}}\n  contacts: {mail: {rate: 20/h, handle: 6m}}\n";
        parsed(&silent.replace("pbx:\n", mail));
        // The PBX alone is given no end, and whoever calls it is real.
        parsed(&silent.replace("duration: 10h\n", "").replace("warm_up: 1h\n", ""));
    }

    #[test]
    fn a_scenario_means_what_it_says() {
        let scenario = parsed(ECONOMY);
        assert_eq!(scenario.pbx.channels, Some(10));
        assert_eq!(scenario.extent, Extent::Duration(crate::time::Duration::from_secs(36_000)));
        assert!((scenario.traffic.mean_talk() - 180.0).abs() < 1e-9);
        assert_eq!(scenario.gates[0].written_at, "x.yaml:24");
        assert!(scenario.seed_drawn && scenario.seed.0 == 7);
        assert_eq!(scenario.start.to_string(), "2026-01-05T08:00:00+03:00[Europe/Moscow]");
    }

    #[test]
    fn the_effective_scenario_reads_back_as_itself() {
        let scenario = parsed(ECONOMY);
        let again = parsed(&scenario.effective);
        assert_eq!(again.effective, scenario.effective);
        assert_eq!(again.sha256, scenario.sha256);
        assert_eq!(again.traffic, scenario.traffic);
        assert_eq!(again.pbx, scenario.pbx);
        assert!(!again.seed_drawn);
    }
}
