//! How the calls ended, and where on their way they were lost.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::plot::Anchor;
use super::plot::Bar;
use super::plot::Mark;
use super::plot::Plot;
use super::plot::Sample;
use crate::report::facts;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::page_words::PageWords;
use crate::report::language::words::Words;
use crate::report::table::Table;
use crate::report::text::class_word;
use crate::result::RunResult;

const BAR_HALF: f64 = 0.34;
const ROW_PX: f64 = 30.0;

/// One bar for every outcome that occurred.
pub fn by_cause(result: &RunResult, language: Language) -> Chart {
    let (words, chart) = (Words::of(language), ChartWords::of(language));
    let (id, title) = ("outcomes", chart.outcomes_title);
    let offered = result.outcomes.offered;
    if offered == 0 {
        return Chart::empty(id, title, chart.no_calls, language);
    }
    let mut rows: Vec<(Ink, &'static str, &'static str, u64)> = Vec::new();
    for group in facts::outcome_groups(&result.outcomes, &result.limiter) {
        let ink = class_ink(group.class);
        let parts = group.parts.into_iter().filter(|(_, calls)| *calls > 0);
        rows.extend(parts.map(|(name, calls)| (ink, group.class, name, calls)));
    }
    let labels = rows.iter().map(|(_, _, name, _)| words.label(name).to_owned()).collect();
    let most = rows.iter().map(|row| row.3).max().unwrap_or(0);
    let mut plot = flat_bars(labels, most, chart.outcomes_axis, language);
    let mut table = Table::new(&[PageWords::of(language).column_outcome, chart.outcomes_axis, "%"]);
    for (at, (ink, class, name, calls)) in (0_u32..).zip(rows) {
        let share = facts::share(calls, offered).map_or_else(String::new, |share| language.percent(share));
        push_bar(&mut plot, class, ink, at, calls);
        let text = format!("{} · {share}", language.count(calls));
        push_label(&mut plot, at, calls, text);
        let entry = class_word(class, words);
        if !plot.legend.iter().any(|known| known.text == entry) {
            plot.explain(ink, Sample::Area, entry);
        }
        table.push(vec![words.label(name).to_owned(), language.count(calls), share]);
    }
    let caption = fill(chart.outcomes_caption, &[("offered", &language.count(offered))]);
    Chart {
        id,
        title: title.to_owned(),
        description: describe(&table),
        caption,
        content: Content::Plot(Box::new(plot)),
        table,
    }
}

/// One bar for every stage of a call's way.
pub fn funnel(result: &RunResult, language: Language) -> Chart {
    let (words, chart) = (Words::of(language), ChartWords::of(language));
    let (id, title) = ("funnel", chart.funnel_title);
    let dialled = result.funnel.first().map_or(0, |stage| stage.calls);
    if dialled == 0 {
        return Chart::empty(id, title, chart.no_calls, language);
    }
    let labels = result.funnel.iter().map(|stage| words.label(&stage.stage).to_owned()).collect();
    let mut plot = flat_bars(labels, dialled, chart.outcomes_axis, language);
    let mut table = Table::new(&[chart.funnel_stage, chart.outcomes_axis, "%", chart.funnel_lost_column]);
    for (at, stage) in (0_u32..).zip(&result.funnel) {
        let share =
            facts::share(stage.calls, dialled).map_or_else(String::new, |share| language.percent(share));
        push_bar(&mut plot, "funnel", Ink::Completed, at, stage.calls);
        let mut text = language.count(stage.calls);
        if stage.lost_here > 0 {
            let lost = fill(chart.funnel_lost, &[("lost", &language.count(stage.lost_here))]);
            text = format!("{text} · {lost}");
        }
        push_label(&mut plot, at, stage.calls, text);
        let label = words.label(&stage.stage).to_owned();
        table.push(vec![label, language.count(stage.calls), share, language.count(stage.lost_here)]);
    }
    Chart {
        id,
        title: title.to_owned(),
        description: describe(&table),
        caption: chart.funnel_caption.to_owned(),
        content: Content::Plot(Box::new(plot)),
        table,
    }
}

/// The ink of a class of outcomes.
pub fn class_ink(class: &str) -> Ink {
    match class {
        "completed" => Ink::Completed,
        "human" => Ink::Human,
        "technical" => Ink::Technical,
        _ => Ink::Other,
    }
}

/// The first rows of a table in words: "busy 12, no answer 3".
pub fn describe(table: &Table) -> String {
    let row = |row: &Vec<String>| row.iter().take(2).cloned().collect::<Vec<_>>().join(": ");
    table.rows.iter().take(12).map(row).collect::<Vec<_>>().join("; ")
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls and rows stay far below 2^53")]
pub(super) fn flat_bars(labels: Vec<String>, most: u64, name: &str, language: Language) -> Plot {
    let rows = labels.len() as f64;
    let x = Axis::whole_from_zero(most as f64, name, language);
    let mut plot = Plot::new(x, Axis::categories(labels, "").reversed());
    plot.horizontal_bars = true;
    plot.height_px = 60.0 + rows * ROW_PX;
    plot
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
pub(super) fn push_bar(plot: &mut Plot, series: &'static str, ink: Ink, at: u32, calls: u64) {
    let (y, calls) = (f64::from(at), calls as f64);
    let bar = Bar { corner: (0.0, y - BAR_HALF), opposite: (calls, y + BAR_HALF), datum: (calls, y) };
    plot.marks.push(Mark::Bars { series, ink, bars: vec![bar] });
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
pub(super) fn push_label(plot: &mut Plot, at: u32, calls: u64, text: String) {
    plot.marks.push(Mark::Label {
        ink: Ink::Text,
        at: (calls as f64, f64::from(at)),
        shift_px: (6.0, 0.0),
        anchor: Anchor::Start,
        bold: false,
        text,
    });
}
