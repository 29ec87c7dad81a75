//! A result.json that sizes are taken from.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::load;
use crate::result::{RunResult, SCHEMA};
use crate::scenario::Scenario;

/// The result at `path` and its scenario.
///
/// # Errors
/// [`Failure::Usage`] if it is no result of busyhour.
pub(super) fn read(path: &Path) -> Result<(RunResult, Scenario), Failure> {
    let file = path.display().to_string();
    let wrong = |problem: String| Failure::Usage(format!("{file}: {problem}"));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let result: RunResult =
        serde_json::from_str(&text).map_err(|error| wrong(format!("is no result of busyhour: {error}")))?;
    if result.schema != SCHEMA {
        return Err(wrong(format!("has schema {}, not {SCHEMA}", result.schema)));
    }
    let scenario = load::from_text(&result.scenario.effective, &file, &Common::default())?;
    Ok((result, scenario))
}
