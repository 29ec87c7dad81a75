//! `busyhour schema`: the JSON Schema of scenarios, for editors.

use std::io::Write;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::scenario;

/// Print the JSON Schema of scenarios, for editors
///
/// In Visual Studio Code: `busyhour schema > scenario.schema.json`, then put
/// `# yaml-language-server: $schema=scenario.schema.json` on a scenario's first line.
#[derive(Debug, Clone, Args)]
pub struct Arguments {}

/// Prints the schema.
///
/// # Errors
/// [`Failure::Tool`] if `out` can't be written.
pub fn execute(_: &Arguments, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let schema = scenario::json_schema();
    writeln!(out, "{schema:#}")
        .map_err(|error| Failure::Tool(format!("cannot write the schema: {error}")))?;
    Ok(ExitCode::Passed)
}
