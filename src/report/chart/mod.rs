//! Charts: each one is data (a [`Plot`]), words and a table of its numbers; drawing comes last.
//!
//! A chart that would be empty is replaced by the reason. Charts carry their points as `data-` attributes, so
//! that a test or another program reads them back from the SVG.

pub use ink::Ink;
pub use measured::MeasuredPoint;
pub use measured::against_erlang_b;
pub use trunks::loss_by_model;

pub mod agreement;
mod axis;
mod callbacks;
mod delay;
mod draw;
mod growth;
mod heat;
mod ink;
mod measured;
mod menus;
mod outcomes;
mod over_time;
mod plot;
#[cfg(feature = "png")]
pub mod png;
mod queue;
mod sensitivity;
mod sizing;
pub mod staff_curve;
pub mod staffing;
mod svg;
pub mod tariffs;
#[cfg(test)]
mod tests;
mod trunks;
pub mod variants;

use super::language::Language;
use super::language::chart_words::ChartWords;
use super::language::fill;
use super::table::Table;
use crate::result::RunResult;
use plot::Plot;
use svg::Place;

/// A chart with everything around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Name of its files and of its elements in a page.
    pub id: &'static str,
    pub title: String,
    /// What it shows, in a sentence made from the data, for those who cannot see it.
    pub description: String,
    pub caption: String,
    content: Content,
    /// The same numbers.
    pub table: Table,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Plot(Box<Plot>),
    /// Why there is nothing to draw.
    Empty(String),
}

impl Chart {
    fn empty(id: &'static str, title: &str, reason: &str, language: Language) -> Self {
        let reason = fill(ChartWords::of(language).empty, &[("reason", reason)]);
        Self {
            id,
            title: title.to_owned(),
            description: reason.clone(),
            caption: String::new(),
            content: Content::Empty(reason),
            table: Table::default(),
        }
    }

    /// Why nothing is drawn, if so.
    #[must_use]
    pub fn reason_empty(&self) -> Option<&str> {
        match &self.content {
            Content::Plot(_) => None,
            Content::Empty(reason) => Some(reason),
        }
    }

    /// The drawing for a page: colours are CSS variables, the title is the page's.
    #[must_use]
    pub fn svg_for_page(&self) -> Option<String> {
        self.svg(None, Place::Page)
    }

    /// The drawing as a file of its own: dark on white, with its title.
    #[must_use]
    pub fn svg_file(&self) -> Option<String> {
        self.svg(Some(&self.title), Place::File)
    }

    fn svg(&self, title: Option<&str>, place: Place) -> Option<String> {
        let Content::Plot(plot) = &self.content else { return None };
        let drawing = draw::draw(plot, title);
        Some(svg::finish(&drawing, self.id, &self.title, &self.description, place))
    }
}

/// Every chart of a result, in the order of the page. Charts of what a run does not have (a queue, media)
/// are not among them.
#[must_use]
pub fn all(result: &RunResult, language: Language) -> Vec<Chart> {
    let mut charts: Vec<Chart> = sizing::loss_against_channels(result, language).into_iter().collect();
    charts.extend(sizing::level_against_agents(result, language));
    charts.extend(growth::trunks(result, language));
    charts.extend(growth::agents(result, language));
    charts.extend(sensitivity::tornado(result, language));
    charts.push(outcomes::by_cause(result, language));
    charts.push(outcomes::funnel(result, language));
    charts.extend(menus::exits(result, language));
    charts.push(over_time::concurrency(result, language));
    charts.push(over_time::offered_and_carried(result, language));
    charts.extend(queue::length(result, language));
    charts.extend(queue::waits(result, language));
    charts.extend(callbacks::kept(result, language));
    charts.extend(callbacks::waits(result, language));
    charts.extend(heat::by_hour(result, language));
    charts.push(delay::percentiles(result, language));
    // One reason for the absence of delays is enough.
    let absent = charts.last().is_some_and(|chart| chart.reason_empty().is_some());
    charts.extend((!absent).then(|| delay::over_time(result, language)));
    charts
}
