//! The calls of a live result beside those of its simulation, from the records that stand beside both.

use std::fs::File;
use std::io::BufReader;
use std::io::ErrorKind;
use std::path::Path;

use crate::books::calls_csv;
use crate::metrics::paired::{Paired, Pairs, Side};
use crate::result::RunResult;
use crate::time::Duration;

type Records = calls_csv::Reader<BufReader<File>>;

/// Call by call, each result with the path of its `result.json`; or why not, in a sentence that reports know.
pub(super) fn paired(wire: (&Path, &RunResult), simulation: (&Path, &RunResult)) -> Result<Paired, String> {
    let (path, result) = wire;
    let threshold_s = result.queue.as_ref().map_or(0.0, |queue| queue.service_level.threshold_s);
    let threshold = Duration::try_from_secs_f64(threshold_s).unwrap_or_default();
    let measured = [result.scenario.warm_up_s, result.scenario.duration_s];
    let mut pairs = Pairs::new(threshold, measured);
    let mut lists = [(Side::Wire, path, open(path)?), (Side::Simulation, simulation.0, open(simulation.0)?)];
    // In turns: both are in the order in which calls ended, so that halves do not wait long for each other.
    loop {
        let mut ended = true;
        for (side, path, records) in &mut lists {
            if let Some(record) = records.next() {
                ended = false;
                let record = record.map_err(|error| unreadable(path, &error))?;
                pairs.add(*side, &record).map_err(|error| error.to_string())?;
            }
        }
        if ended {
            break;
        }
    }
    let paired = pairs.finish(result.traffic.mean_holding_s);
    belongs(path, result, paired.wire)?;
    if simulation.1.replications.unwrap_or(1) <= 1 {
        belongs(simulation.0, simulation.1, paired.simulation)?;
    }
    Ok(paired)
}

fn open(result: &Path) -> Result<Records, String> {
    let path = result.with_file_name("calls.csv");
    let file = File::open(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("the call records {} are missing", path.display()),
        _ => unreadable(result, &error),
    })?;
    calls_csv::Reader::new(BufReader::new(file)).map_err(|error| unreadable(result, &error))
}

fn unreadable(result: &Path, error: &dyn std::fmt::Display) -> String {
    format!("the call records {} cannot be read: {error}", result.with_file_name("calls.csv").display())
}

/// Records of another run would be compared in silence.
fn belongs(path: &Path, result: &RunResult, calls: u64) -> Result<(), String> {
    let offered = result.outcomes.offered;
    if calls == offered {
        return Ok(());
    }
    let path = path.with_file_name("calls.csv");
    Err(format!(
        "the call records {} have {calls} measured attempts and the result {offered}",
        path.display()
    ))
}
