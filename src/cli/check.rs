//! `busyhour check`: what a scenario will really do, without a call.

use std::fs;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;

use clap::Args;
use serde::Serialize;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::common::Format;
use crate::cli::load;
use crate::cli::records;
use crate::metrics::ratio::loss_variance;
use crate::metrics::ratio::normal_quantile;
use crate::metrics::ratio::wilson;
use crate::pbx::Config;
use crate::pbx::menu;
use crate::pbx::onward;
use crate::pbx::routing::Cell;
use crate::pbx::routing::Table;
use crate::pbx::transfers;
use crate::report::Language;
use crate::scenario::Extent;
use crate::scenario::GateText;
use crate::scenario::Scenario;
use crate::traffic::CallPlan;
use crate::traffic::Plans;
use crate::traffic::arrivals::Arrivals;
use crate::units::Period;
use crate::verdict::gate;

mod print;

/// Calls that are counted one by one; beyond, the count is the expected one.
const COUNTED_MAX: u64 = 20_000_000;
/// Calls that a thread may be ahead of the file.
const AHEAD_MAX: usize = 4_096;
/// Below this mean talk on the wire, a millisecond of signalling is more than a per cent of the load.
const SHORT_TALK_MS: f64 = 100.0;
/// Above this many calls per second on the wire, one machine may not keep up.
const FAST_CALLS_PER_SECOND: f64 = 1_000.0;
/// A warm-up shorter than this many mean talk times leaves the emptiness of the start in the figures.
const WARM_UP_TALKS: f64 = 5.0;

/// Validate a scenario without a call; print what it will do and which gates it can decide
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The scenario
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// Write the list of first attempts as CSV
    #[arg(long, value_name = "FILE")]
    pub arrivals: Option<PathBuf>,
    /// Judge call records by the scenario's required_fields, instead: CSV with a header, or Asterisk's Master.csv
    /// (repeatable). Code 7 if a field is missing
    #[arg(long, value_name = "FILE", conflicts_with = "arrivals")]
    pub records: Vec<PathBuf>,
    /// Where a field stands in these records, by the column's name or number, as agent=operator or agent=7 (repeatable)
    #[arg(long = "column", value_name = "FIELD=COLUMN", requires = "records")]
    pub columns: Vec<String>,
    #[command(flatten)]
    pub common: Common,
}

/// What a scenario will do, for people and for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    pub name: String,
    pub question: String,
    pub seed: u64,
    pub sha256: String,
    /// First attempts, the warm-up's included.
    pub calls: u64,
    pub calls_in_warm_up: u64,
    /// Length of the traffic in people's seconds, warm-up included.
    pub duration_s: f64,
    pub rate_per_hour_mean: f64,
    pub rate_per_hour_peak: f64,
    pub talk_s_mean: f64,
    pub offered_erlangs_mean: f64,
    pub offered_erlangs_peak: f64,
    pub time_scale: f64,
    pub wire_calls_per_second_mean: f64,
    pub wire_calls_per_second_peak: f64,
    pub wire_talk_ms_mean: f64,
    /// Without the drain.
    pub wire_duration_s: f64,
    /// Where each number leads; empty without a routing table.
    pub routing: Vec<Route>,
    pub gates: Vec<GateForecast>,
    /// What the call records must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_fields: Vec<String>,
    pub warnings: Vec<String>,
}

/// One cell of the routing table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    pub callers: String,
    pub number: String,
    /// Each with its hours, in words.
    pub targets: Vec<Target>,
}

/// Where a call goes in these hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    pub hours: String,
    pub to: String,
}

/// Whether a gate can be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateForecast {
    pub gate: String,
    pub written_at: String,
    pub remark: String,
}

/// Checks the scenario and says what it would do.
///
/// # Errors
/// [`Failure::Usage`] with every mistake of the scenario, [`Failure::Tool`] if the list can't be written.
pub fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    refuse_the_unused(arguments)?;
    let scenario = load::scenario(&arguments.scenario, &arguments.common)?;
    if !arguments.records.is_empty() {
        return records::judge(&scenario, arguments, out);
    }
    if let Some(path) = &arguments.arrivals {
        write_arrivals(&scenario, path, arguments.common.threads)?;
    }
    let forecast = forecast(&scenario);
    let printed = match arguments.common.format {
        Format::Text => print::print(&forecast, Language::from(arguments.common.lang), out),
        Format::Json => serde_json::to_writer_pretty(&mut *out, &forecast).map_err(io::Error::from),
    };
    printed.and_then(|()| writeln!(out)).map_err(|error| Failure::Tool(format!("cannot write: {error}")))?;
    Ok(ExitCode::Passed)
}

/// What `scenario` will do.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts and estimates")]
pub fn forecast(scenario: &Scenario) -> Forecast {
    let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
    let intensity = plans.intensity().clone();
    let outline = plans.outline(COUNTED_MAX);
    let duration_s = match scenario.extent {
        Extent::Duration(duration) => (scenario.warm_up + duration).as_secs_f64(),
        Extent::Calls(_) | Extent::Unstated => outline.last_start,
    };
    let talk = scenario.traffic.mean_talk();
    let planned_peak = intensity.max_rate(0.0, duration_s);
    // A replayed list has no intensity: the mean of its starts is all that is known.
    let (mean, peak) = match duration_s {
        0.0 => (0.0, 0.0),
        _ if planned_peak > 0.0 => (intensity.integral(0.0, duration_s) / duration_s, planned_peak),
        _ => (outline.calls as f64 / duration_s, outline.calls as f64 / duration_s),
    };
    let scale = scenario.time_scale.factor();
    let mut forecast = Forecast {
        name: scenario.name.clone(),
        question: scenario.question.clone(),
        seed: scenario.seed.0,
        sha256: scenario.sha256.clone(),
        calls: outline.calls,
        calls_in_warm_up: outline.in_warm_up,
        duration_s,
        rate_per_hour_mean: mean * 3_600.0,
        rate_per_hour_peak: peak * 3_600.0,
        talk_s_mean: talk,
        offered_erlangs_mean: mean * talk,
        offered_erlangs_peak: peak * talk,
        time_scale: scale,
        wire_calls_per_second_mean: mean * scale,
        wire_calls_per_second_peak: peak * scale,
        wire_talk_ms_mean: talk / scale * 1_000.0,
        wire_duration_s: duration_s / scale,
        routing: routing(&scenario.pbx),
        gates: Vec::new(),
        required_fields: scenario.required_fields.iter().map(|required| required.text.clone()).collect(),
        warnings: Vec::new(),
    };
    forecast.gates = scenario.gates.iter().map(|text| gate_forecast(text, scenario, &forecast)).collect();
    forecast.warnings = warnings(scenario, &forecast);
    forecast
}

/// The routing table: from each number, where callers of each class are led.
fn routing(pbx: &Config) -> Vec<Route> {
    let route = |cell: Cell<'_>| Route {
        callers: pbx.callers.get(cell.class).map_or("anybody", |class| &*class.name).to_owned(),
        number: cell.number.to_string(),
        targets: cell
            .targets
            .into_iter()
            .map(|(hours, to)| Target { hours: hours.to_owned(), to: to.describe(pbx) })
            .collect(),
    };
    pbx.table.iter().flat_map(Table::cells).map(route).collect()
}

/// What the number of calls can tell about a gate: the ratios that would stay undecided, from Wilson's interval
/// widened by the loss model's variance inflation where circuits limit.
fn gate_forecast(text: &GateText, scenario: &Scenario, forecast: &Forecast) -> GateForecast {
    let remark = match gate::parse(&text.text, &text.written_at) {
        Err(error) => error.to_string(),
        Ok(gate) => match gate.confidence.filter(|_| gate.metric.is_ratio()) {
            None => "decided by the measured value alone".to_owned(),
            Some(confidence) => undecided(gate.limit, confidence, scenario, forecast),
        },
    };
    GateForecast { gate: text.text.clone(), written_at: text.written_at.clone(), remark }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn undecided(limit: f64, confidence: f64, scenario: &Scenario, forecast: &Forecast) -> String {
    let calls = forecast.calls - forecast.calls_in_warm_up;
    if calls == 0 {
        return "no measured call: stays undecided".to_owned();
    }
    let channels = scenario.pbx.channels.filter(|_| scenario.pbx.queues.is_empty());
    let effect =
        channels.and_then(|channels| loss_variance(channels, forecast.offered_erlangs_peak)).unwrap_or(1.0);
    let interval = wilson(limit, calls as f64 / effect, normal_quantile(confidence));
    format!(
        "about {calls} calls decide it unless the measured ratio lies between {} and {}",
        percent(interval[0]),
        percent(interval[1])
    )
}

fn warnings(scenario: &Scenario, forecast: &Forecast) -> Vec<String> {
    let mut warnings = Vec::new();
    if scenario.extent == Extent::Unstated {
        warnings.push("neither `duration` nor `calls` is given: enough for `pbx`, not for `run`".to_owned());
        return warnings;
    }
    if forecast.calls == COUNTED_MAX {
        warnings.push(format!("only the first {COUNTED_MAX} calls were counted"));
    }
    if forecast.calls == 0 {
        warnings.push("nobody calls: raise traffic.profile or make the run longer".to_owned());
    }
    if matches!(scenario.traffic.arrivals, Arrivals::Sources { .. }) {
        warnings.push(
            "`run` takes people who are turned away to be busy for as long as their talk would have lasted; \
             `simulate` frees them at once, as Engset's model does"
                .to_owned(),
        );
    }
    warnings.extend(menu::lint(&scenario.pbx).iter().map(ToString::to_string));
    warnings.extend(onward::circles(&scenario.pbx).iter().map(ToString::to_string));
    warnings.extend(transfers::circles(&scenario.pbx).iter().map(ToString::to_string));
    if forecast.talk_s_mean > 0.0 && forecast.wire_talk_ms_mean < SHORT_TALK_MS {
        warnings.push(format!(
            "a talk lasts {:.0} ms on the wire, near the delay of signalling, which adds to the load: lower \
             time_scale below {}",
            forecast.wire_talk_ms_mean,
            significant(forecast.talk_s_mean * 1_000.0 / SHORT_TALK_MS)
        ));
    }
    if forecast.wire_calls_per_second_peak > FAST_CALLS_PER_SECOND {
        warnings.push(format!(
            "{:.0} calls per second on the wire: if the generator can't keep up the run is invalid (exit code 4); \
             lower time_scale",
            forecast.wire_calls_per_second_peak
        ));
    }
    if !scenario.warm_up_auto && scenario.warm_up.as_secs_f64() < WARM_UP_TALKS * forecast.talk_s_mean {
        warnings.push(format!(
            "the PBX starts empty and warm_up is short: losses come out too low; write warm_up: {} or more",
            Period(crate::time::Duration::from_secs_f64((WARM_UP_TALKS * forecast.talk_s_mean).ceil()))
        ));
    }
    if forecast.offered_erlangs_peak > f64::from(scenario.live.max_concurrent) {
        warnings.push(format!(
            "{:.0} calls at once in the mean of the peak, but max_concurrent is {}: raise it",
            forecast.offered_erlangs_peak, scenario.live.max_concurrent
        ));
    }
    warnings
}

/// A number to four significant digits, without noise.
fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    format!("{rounded}")
}

fn percent(ratio: f64) -> String {
    format!("{} %", significant(ratio * 100.0))
}

/// Writes the list of first attempts: the same bytes for the same scenario and seed, however many threads draw it.
fn write_arrivals(scenario: &Scenario, path: &Path, threads: usize) -> Result<(), Failure> {
    let explain = |error: io::Error| Failure::Tool(format!("cannot write {}: {error}", path.display()));
    let mut file = BufWriter::new(fs::File::create(path).map_err(explain)?);
    let threads = threads.clamp(1, 64);
    std::thread::scope(|scope| {
        let mut parts = Vec::with_capacity(threads);
        for thread in 0..threads {
            let (sender, receiver) = mpsc::sync_channel(AHEAD_MAX);
            let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
            let plans = plans.shards(mask(thread, threads));
            scope.spawn(move || plans.take_while(|plan| sender.send(plan.clone()).is_ok()).for_each(drop));
            parts.push(receiver);
        }
        writeln!(file, "index,intended_start_s,class,from,to,talk_s,patience_s")?;
        let mut heads: Vec<Option<CallPlan>> = parts.iter().map(|part| part.recv().ok()).collect();
        let first = |heads: &[Option<CallPlan>]| {
            let plans = heads.iter().enumerate().filter_map(|(part, head)| Some((part, head.as_ref()?)));
            plans.min_by_key(|(_, plan)| (plan.intended_start, plan.index)).map(|(part, _)| part)
        };
        while let Some(part) = first(&heads) {
            let next = parts[part].recv().ok();
            if let Some(plan) = std::mem::replace(&mut heads[part], next) {
                write_row(&mut file, scenario, &plan)?;
            }
        }
        drop(parts);
        file.flush()
    })
    .map_err(explain)
}

/// Options that other verbs honour and this one cannot.
fn refuse_the_unused(arguments: &Arguments) -> Result<(), Failure> {
    let common = &arguments.common;
    let unused = if common.out.is_some() {
        "--out: `check` writes no report; leave it out, or run `busyhour simulate`"
    } else if common.no_calls {
        "--no-calls: `check` makes no call; leave it out"
    } else if common.threads > 1 && arguments.arrivals.is_none() {
        "--threads: only the list of --arrivals is made by several; leave it out"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(unused.to_owned()))
}

/// The shards of one of `threads` threads.
fn mask(thread: usize, threads: usize) -> u64 {
    (0..64).filter(|shard| shard % threads == thread).fold(0, |mask, shard| mask | 1 << shard)
}

fn write_row(file: &mut impl Write, scenario: &Scenario, plan: &CallPlan) -> io::Result<()> {
    let class = &scenario.traffic.callers[plan.class].name;
    let patience = plan.patience.map(|patience| format!("{:.9}", patience.as_secs_f64())).unwrap_or_default();
    let start = plan.intended_start.as_nanos();
    writeln!(
        file,
        "{},{}.{:09},{},{},{},{:.9},{patience}",
        plan.index,
        start / 1_000_000_000,
        start % 1_000_000_000,
        field(class),
        field(&plan.from),
        field(&plan.to),
        plan.talk.as_secs_f64()
    )
}

/// A CSV field, quoted if need be (RFC 4180).
fn field(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(common: Common) -> String {
        let scenario = PathBuf::from("scenarios/quick-start.yaml");
        let arguments =
            Arguments { scenario, arrivals: None, records: Vec::new(), columns: Vec::new(), common };
        execute(&arguments, &mut Vec::new()).map_or_else(|failure| failure.to_string(), |_| String::new())
    }

    #[test]
    fn an_option_without_effect_is_refused() {
        let plain = || Common { threads: 1, ..Common::default() };
        assert_eq!(refused(plain()), "");
        assert!(refused(Common { out: Some("there".into()), ..plain() }).starts_with("--out: "));
        assert!(refused(Common { no_calls: true, ..plain() }).starts_with("--no-calls: "));
        assert!(refused(Common { threads: 2, ..plain() }).starts_with("--threads: "));
    }
}
