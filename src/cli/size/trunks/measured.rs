//! The load that a result measured, and how its callers arrive.

use std::path::Path;

use crate::books::calls_csv;
use crate::cli::Failure;
use crate::cli::report::{read, scenario_of};
use crate::report::Language;
use crate::report::language::fill;
use crate::report::language::trunk_words::TrunkWords;
use crate::report::language::words::Words;
use crate::scenario::Scenario;
use crate::sizing;
use crate::sizing::measured::{Peakedness, peakedness};
use crate::traffic::profile::Profile;

pub(super) struct Load {
    /// Fresh traffic: redials come on top.
    pub(super) erlangs: f64,
    pub(super) recall: f64,
    pub(super) now: Option<u32>,
    /// Of the call times beside the result, or of bursty arrivals.
    pub(super) peakedness: Option<f64>,
    /// A finite number of callers, and the erlangs of a free one.
    pub(super) callers: Option<(u32, f64)>,
}

/// Reads the load from the result at `path`, and says where it comes from.
pub(super) fn load(path: &Path, language: Language, said: &mut Vec<String>) -> Result<Load, Failure> {
    let file = path.display().to_string();
    let wrong = |problem: String| Failure::Usage(format!("{file}: {problem}"));
    let result = read(path)?;
    let scenario = scenario_of(&result)?;
    let nothing = "it measured no fresh traffic: no call was admitted, so that holding times are unknown";
    let erlangs = result
        .traffic
        .fresh_erlangs
        .filter(|erlangs| *erlangs > 0.0)
        .ok_or_else(|| wrong(nothing.to_owned()))?;
    let words = TrunkWords::of(language);
    said.push(fill(words.source_result, &[("file", &file)]));
    if result.queue.as_ref().is_some_and(|queue| queue.offered > 0) {
        let agents = language.counted(u64::from(result.scenario.agents), Words::of(language).agents);
        said.push(fill(words.source_waits, &[("agents", &agents)]));
    }
    let holding = result.traffic.mean_holding_s.filter(|holding| *holding > 0.0);
    let seen = holding.and_then(|holding| Some((holding, call_times(path, &scenario, holding)?)));
    let peakedness = match seen {
        Some((holding, (file, seen))) => {
            let z = |z: f64| language.decimal(z, 2);
            let (n, holding) = (language.count(seen.calls as u64), language.duration(holding));
            let [low, high] = seen.ci95;
            let parts = [
                ("z", z(seen.z)),
                ("low", z(low)),
                ("high", z(high)),
                ("n", n),
                ("file", file),
                ("holding", holding),
            ];
            said.push(fill(words.source_call_times, &parts.each_ref().map(|(key, text)| (*key, &**text))));
            let by_chance = low <= 1.0 && 1.0 <= high;
            said.extend(by_chance.then(|| words.source_no_bursts.to_owned()));
            (!by_chance).then_some(seen.z)
        }
        None => holding.and_then(|holding| {
            let z = sizing::peakedness(&scenario, erlangs, holding)?;
            let (shown, holding) = (language.short(z), language.duration(holding));
            let parts = [("z", &*shown), ("file", &file), ("holding", &holding)];
            said.push(fill(words.source_peakedness, &parts));
            Some(z)
        }),
    };
    let advised = result.recommendation.trunks.as_ref().map(|advice| advice.now);
    Ok(Load {
        erlangs,
        recall: sizing::recall(&scenario),
        now: advised.or(result.traffic.circuits_seen),
        peakedness,
        callers: holding.and_then(|holding| sizing::callers(&scenario, holding)),
    })
}

/// The peakedness of the call times in the calls.csv beside the result, and that file's name; `None` without it, where
/// they are few, and where a planned change of the rate or redials would show as bursts.
fn call_times(path: &Path, scenario: &Scenario, holding_s: f64) -> Option<(String, Peakedness)> {
    let steady = matches!(scenario.traffic.profile, Profile::Flat { .. });
    if !steady || sizing::recall(scenario) > 0.0 {
        return None;
    }
    let beside = path.with_file_name("calls.csv");
    let file = std::fs::File::open(&beside).ok()?;
    let mut starts = Vec::new();
    for record in calls_csv::Reader::new(std::io::BufReader::new(file)).ok()? {
        starts.push(record.ok()?.intended_start.as_secs_f64());
    }
    starts.sort_by(f64::total_cmp);
    Some((beside.display().to_string(), peakedness(&starts, holding_s)?))
}
