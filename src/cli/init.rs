//! `busyhour init`: a commented scenario to start from.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::scenario::nearest;

/// Templates: the scenarios of the repository, by name.
const TEMPLATES: [(&str, &str); 10] = [
    ("quick-start", include_str!("../../scenarios/quick-start.yaml")),
    ("peak-hour", include_str!("../../scenarios/peak-hour.yaml")),
    ("how-many-agents", include_str!("../../scenarios/how-many-agents.yaml")),
    ("campaign-spike", include_str!("../../scenarios/campaign-spike.yaml")),
    ("redial-and-defection", include_str!("../../scenarios/redial-and-defection.yaml")),
    ("growth-x1", include_str!("../../scenarios/growth-x1.yaml")),
    ("economy-tariff-after-growth", include_str!("../../scenarios/economy-tariff-after-growth.yaml")),
    ("eight-year-old-box", include_str!("../../scenarios/eight-year-old-box.yaml")),
    ("false-zero-of-even-spacing", include_str!("../../scenarios/false-zero-of-even-spacing.yaml")),
    ("the-same-load-poisson", include_str!("../../scenarios/the-same-load-poisson.yaml")),
];

/// Write a commented scenario to start from
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Where to write it [default: the template's name, in the working directory]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Which scenario to start from
    #[arg(long, value_name = "NAME", default_value = "quick-start")]
    pub template: String,
    /// List the templates and the question that each answers
    #[arg(long)]
    pub list: bool,
}

/// The text of the template with this name.
#[must_use]
pub fn template(name: &str) -> Option<&'static str> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Writes or lists templates. A file that exists is never overwritten.
///
/// # Errors
/// [`Failure::Usage`] for an unknown template or a file that exists, [`Failure::Tool`] if nothing can be written.
pub fn execute(arguments: &Arguments, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let tool = |error: std::io::Error| Failure::Tool(format!("cannot write: {error}"));
    if arguments.list {
        for (name, text) in TEMPLATES {
            writeln!(out, "{name:<28} {}", question(text)).map_err(tool)?;
        }
        return Ok(ExitCode::Passed);
    }
    let name = arguments.template.as_str();
    let text = template(name).ok_or_else(|| unknown(name))?;
    let file = arguments.file.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.yaml")));
    write_new(&file, text)?;
    let path = file.display();
    writeln!(out, "Wrote {path}. Next: busyhour check {path}, then busyhour run {path}").map_err(tool)?;
    Ok(ExitCode::Passed)
}

fn write_new(file: &std::path::Path, text: &str) -> Result<(), Failure> {
    let path = file.display();
    let mut opened =
        OpenOptions::new().write(true).create_new(true).open(file).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::Usage(format!(
                "{path} exists and is not overwritten; name another file: busyhour init FILE"
            )),
            _ => Failure::Tool(format!("cannot write {path}: {error}")),
        })?;
    opened.write_all(text.as_bytes()).map_err(|error| Failure::Tool(format!("cannot write {path}: {error}")))
}

fn unknown(name: &str) -> Failure {
    let known = TEMPLATES.map(|(name, _)| name);
    let remedy = match nearest(name, &known) {
        Some(near) => format!("did you mean {near}?"),
        None => "`busyhour init --list` shows them".to_owned(),
    };
    Failure::Usage(format!("no template {name}; {remedy}"))
}

/// The question in the first line's comment.
fn question(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
}
