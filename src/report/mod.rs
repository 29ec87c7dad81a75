//! What a person reads: a result as text, Markdown, a web page, charts and JUnit, in English or Russian.
//!
//! The only input is a [`RunResult`]; the same result gives the same bytes. Nothing here opens a file: the
//! command line writes the [`Artifact`]s.

pub use language::Language;
pub use text::plain_spaces;
pub use text::processor_text;
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
pub mod invoice;
pub mod json;
pub mod junit;
pub mod language;
pub mod markdown;
pub mod menus;
pub mod people;
pub mod required;
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
    let drawn: Vec<_> = charts.iter().filter_map(|chart| Some((chart.id, chart.svg_file()?))).collect();
    #[cfg(feature = "png")]
    let mut pictures = paint_all(&drawn).into_iter();
    let mut files = Vec::new();
    for (id, svg) in drawn {
        #[cfg(feature = "png")]
        files.extend(pictures.next().map(|picture| Artifact::new(&format!("charts/{id}.png"), picture)));
        files.push(Artifact::new(&format!("charts/{id}.svg"), svg));
    }
    files
}

/// The pictures in the order of the drawings. To paint them takes longer than all the rest of a report, so that every
/// processor helps.
#[cfg(feature = "png")]
fn paint_all<Id: Sync>(drawn: &[(Id, String)]) -> Vec<Vec<u8>> {
    let painter = chart::png::Painter::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(drawn.len());
    let mut pictures: Vec<Vec<u8>> = vec![Vec::new(); drawn.len()];
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let painter = &painter;
                scope.spawn(move || {
                    let mine = (first..drawn.len()).step_by(threads);
                    mine.map(|place| (place, painter.paint(&drawn[place].1))).collect::<Vec<_>>()
                })
            })
            .collect();
        for worker in workers {
            for (place, picture) in worker.join().expect("our own SVG can be painted") {
                pictures[place] = picture;
            }
        }
    });
    pictures
}
