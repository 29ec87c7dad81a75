//! One row a figure: how far wire and formula lie from the simulation, with intervals.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::outcomes::describe;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use crate::report::agreement::label;
use crate::report::language::Language;
use crate::report::language::agreement_words::AgreementWords;
use crate::report::language::fill;
use crate::report::table::Table;
use crate::result::{Agreement, AgreementRow, Measured};

const ROW_PX: f64 = 54.0;
/// Rows are one apart: wire above, formula below the simulation.
const APART: f64 = 0.24;
/// The axis ends here however wide an interval is, in percent.
const WIDEST: f64 = 60.0;

/// Wire and formula relative to the simulation.
pub fn of(agreement: &Agreement, language: Language) -> Chart {
    let words = AgreementWords::of(language);
    let id = "agreement";
    let title = fill(words.chart_title, &[("scenario", &agreement.scenario)]);
    let rows: Vec<(&AgreementRow, f64)> = agreement
        .rows
        .iter()
        .filter_map(|row| Some((row, row.simulation?.value)).filter(|(_, value)| *value > 0.0))
        .collect();
    if rows.is_empty() {
        return Chart::empty(id, &title, words.no_reference, language);
    }
    let extent = rows.iter().map(|(row, reference)| reach(row, *reference)).fold(1.0, f64::max).min(WIDEST);
    let labels = rows.iter().map(|(row, _)| label(row, language)).collect();
    let x = Axis::around_zero(extent * 1.05, words.chart_axis, language);
    let mut plot = Plot::new(x, Axis::categories(labels, "").reversed());
    plot.horizontal_bars = true;
    plot.height_px = 60.0 + ROW_PX * super::over_time::count(rows.len() as u64);
    let mut table = Table::new(&[words.figure, words.wire, words.simulation, words.formula]);
    for (place, (row, reference)) in rows.iter().enumerate() {
        let y = super::over_time::count(place as u64);
        let percent = |value: f64| 100.0 * (value / reference - 1.0);
        let sources = [
            (row.wire, Ink::Measured, Marker::Diamond, "wire", y - APART),
            (row.simulation, Ink::Model, Marker::Circle, "simulation", y),
        ];
        for (source, ink, marker, series, y) in sources {
            let Some(Measured { value, ci95 }) = source else { continue };
            if let Some([low, high]) = ci95.map(|ends| ends.map(percent)) {
                plot.marks.push(Mark::Spread { ink, y, low, high });
            }
            let points = vec![(percent(value), y)];
            plot.marks.push(Mark::Points { series, ink, marker, radius: 5.0, points });
        }
        if let Some(formula) = row.formula {
            let points = vec![(percent(formula), y + APART)];
            let (series, ink, marker) = ("formula", Ink::Target, Marker::Square);
            plot.marks.push(Mark::Points { series, ink, marker, radius: 4.5, points });
        }
        let cell =
            |value: Option<f64>| value.map_or_else(String::new, |value| language.decimal(percent(value), 2));
        table.push(vec![
            label(row, language),
            cell(row.wire.map(|wire| wire.value)),
            cell(Some(*reference)),
            cell(row.formula),
        ]);
    }
    plot.explain(Ink::Measured, Sample::Marker(Marker::Diamond), words.wire);
    plot.explain(Ink::Model, Sample::Marker(Marker::Circle), words.simulation);
    plot.explain(Ink::Target, Sample::Marker(Marker::Square), words.formula);
    let description = format!("{}. {}", words.chart_axis, describe(&table));
    let caption = words.chart_caption.to_owned();
    Chart { id, title, description, caption, content: Content::Plot(Box::new(plot)), table }
}

/// How far a row reaches to either side, in percent.
fn reach(row: &AgreementRow, reference: f64) -> f64 {
    let ends = |source: Option<Measured>| {
        source.map(|source| source.ci95.unwrap_or([source.value; 2])).into_iter().flatten()
    };
    let values = ends(row.wire).chain(ends(row.simulation)).chain(row.formula);
    values.map(|value| 100.0 * (value / reference - 1.0).abs()).fold(0.0, f64::max)
}
