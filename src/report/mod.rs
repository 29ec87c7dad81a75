//! What a person reads: a result as text, Markdown, a web page, charts and JUnit, in English or Russian.
//!
//! The only input is a [`RunResult`]; the same result gives the same bytes. Nothing here opens a file: the
//! command line writes the [`Artifact`]s.

pub use language::Language;
pub use text::plain_spaces;
pub use text::text;

pub mod agreement;
pub mod chart;
pub mod csv;
pub mod cut;
pub mod facts;
pub mod figures;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::too_many_lines,
    reason = "small numbers and one big literal, for tests only"
)]
pub(crate) mod fixture;
pub mod html;
pub mod json;
pub mod junit;
pub mod language;
pub mod markdown;
pub mod menus;
pub mod people;
pub mod sample;
pub mod staff_curve;
pub mod staffing;
pub mod table;
pub mod tariffs;
pub mod text;
pub mod variants;
pub mod work;

use crate::result::RunResult;

/// One file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path below the output directory, `/` between folders.
    pub path: String,
    pub bytes: Vec<u8>,
}

impl Artifact {
    fn new(path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.to_owned(), bytes: bytes.into() }
    }
}

/// Everything that a run writes beside its call records, in the order of writing.
#[must_use]
pub fn render_all(result: &RunResult, language: Language) -> Vec<Artifact> {
    let charts = chart::all(result, language);
    let mut artifacts = vec![
        Artifact::new("result.json", json::render(result)),
        Artifact::new("intervals.csv", csv::intervals(result)),
        Artifact::new("summary.md", markdown::render(result, language)),
        Artifact::new("junit.xml", junit::render(result)),
        Artifact::new("report.html", html::render(result, &charts, language)),
        Artifact::new("scenario.effective.yaml", result.scenario.effective.as_str()),
    ];
    artifacts.extend(chart_files(&charts));
    artifacts
}

/// The charts as files of their own; a chart without data has none.
#[must_use]
pub fn chart_files(charts: &[chart::Chart]) -> Vec<Artifact> {
    #[cfg(feature = "png")]
    let painter = chart::png::Painter::default();
    let mut files = Vec::new();
    for chart in charts {
        let Some(svg) = chart.svg_file() else { continue };
        #[cfg(feature = "png")]
        files.push(Artifact::new(&format!("charts/{}.png", chart.id), painter.paint(&svg)));
        files.push(Artifact::new(&format!("charts/{}.svg", chart.id), svg));
    }
    files
}
