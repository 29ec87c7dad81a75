//! The load that a result measured, and how its callers arrive.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::load;
use crate::report::Language;
use crate::report::language::fill;
use crate::report::language::trunk_words::TrunkWords;
use crate::result::{RunResult, SCHEMA};
use crate::sizing;

pub(super) struct Load {
    /// Fresh traffic: redials come on top.
    pub(super) erlangs: f64,
    pub(super) recall: f64,
    pub(super) now: Option<u32>,
    /// Of bursty arrivals.
    pub(super) peakedness: Option<f64>,
    /// A finite number of callers, and the erlangs of a free one.
    pub(super) callers: Option<(u32, f64)>,
}

/// Reads the load from the result at `path`, and says where it comes from.
pub(super) fn load(path: &Path, language: Language, said: &mut Vec<String>) -> Result<Load, Failure> {
    let file = path.display().to_string();
    let wrong = |problem: String| Failure::Usage(format!("{file}: {problem}"));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let result: RunResult =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is no result of busyhour: {error}")))?;
    if result.schema != SCHEMA {
        return Err(wrong(format!("has schema {}, not {SCHEMA}", result.schema)));
    }
    let nothing = "it measured no fresh traffic: no call was admitted, so that holding times are unknown";
    let erlangs = result
        .traffic
        .fresh_erlangs
        .filter(|erlangs| *erlangs > 0.0)
        .ok_or_else(|| wrong(nothing.to_owned()))?;
    let scenario = load::from_text(&result.scenario.effective, &file, &Common::default())?;
    let words = TrunkWords::of(language);
    said.push(fill(words.source_result, &[("file", &file)]));
    let holding = result.traffic.mean_holding_s.filter(|holding| *holding > 0.0);
    let peakedness = holding.and_then(|holding| sizing::peakedness(&scenario, erlangs, holding));
    if let (Some(z), Some(holding)) = (peakedness, holding) {
        let (z, holding) = (language.short(z), language.duration(holding));
        said.push(fill(words.source_peakedness, &[("z", &z), ("file", &file), ("holding", &holding)]));
    }
    let advised = result.recommendation.trunks.as_ref().map(|advice| advice.now);
    Ok(Load {
        erlangs,
        recall: sizing::recall(&scenario),
        now: advised.or(result.traffic.circuits_seen),
        peakedness,
        callers: holding.and_then(|holding| sizing::callers(&scenario, holding)),
    })
}
