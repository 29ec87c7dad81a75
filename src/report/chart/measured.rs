//! Several runs against Erlang's formula: does the wire behave as a hundred years of theory say?

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::over_time::line;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::words::Words;
use crate::report::table::Table;
use crate::result::Ratio;

/// Sideways distance between marks of one load, in pixels.
const APART_PX: f64 = 14.0;
/// Loads that differ by less are one load: the same plan in two runs.
const SAME_LOAD: f64 = 0.0005;
const CURVE_POINTS: u32 = 60;

/// What one run measured.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredPoint {
    /// Shown in the table: a scenario and its seed.
    pub name: String,
    pub offered_erlangs: f64,
    pub blocking: Ratio,
}

/// Measured blocking of many runs on the curve of Erlang B for `circuits`; `erlang_b` gives it for a load.
#[must_use]
pub fn against_erlang_b(
    points: &[MeasuredPoint],
    circuits: u32,
    erlang_b: impl Fn(f64) -> f64,
    language: Language,
) -> Chart {
    let (chart, words) = (ChartWords::of(language), Words::of(language));
    let channels = language.counted(u64::from(circuits), words.channels);
    let title = fill(chart.measured_title, &[("channels", &channels)]);
    let id = "measured-against-erlang-b";
    let most = points.iter().map(|point| point.offered_erlangs).fold(0.0, f64::max);
    if most <= 0.0 {
        return Chart::empty(id, &title, chart.no_calls, language);
    }
    // The formula on both sides of what was measured, and no empty room for loads that nobody tried.
    let least = points.iter().map(|point| point.offered_erlangs).fold(most, f64::min);
    let (low, high) = ((0.75 * least).floor(), (1.05 * most).ceil());
    let curve: Vec<(f64, f64)> = (0..=CURVE_POINTS)
        .map(|index| low + (high - low) * f64::from(index) / f64::from(CURVE_POINTS))
        .map(|load| (load, erlang_b(load)))
        .collect();
    let highs = points.iter().filter_map(|point| point.blocking.ci95.map(|[_, high]| high));
    let top = highs.chain(curve.last().map(|(_, loss)| *loss)).fold(0.0, f64::max);
    let x = Axis::whole(low, high, chart.measured_x, language);
    let mut plot = Plot::new(x, Axis::percent_from_zero(top, chart.loss_y, language));
    plot.marks.push(line("erlang-b", Ink::Model, Dash::Solid, false, curve));
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), words.model_erlang_b);
    plot.explain(Ink::Measured, Sample::Marker(Marker::Diamond), chart.loss_measured);
    let mut table = Table::new(&[
        chart.measured_run,
        chart.measured_x,
        chart.loss_y,
        chart.measured_low,
        chart.measured_high,
        chart.measured_formula,
    ]);
    for (point, shift_px) in points.iter().zip(shifts(points)) {
        push(&mut plot, point, shift_px);
        table.push(row(point, erlang_b(point.offered_erlangs), language));
    }
    let description = format!("{title}. {}", super::outcomes::describe(&table));
    let caption = chart.measured_caption.to_owned();
    Chart { id, title, description, caption, content: Content::Plot(Box::new(plot)), table }
}

fn push(plot: &mut Plot, point: &MeasuredPoint, shift_px: f64) {
    let x = point.offered_erlangs;
    let ink = Ink::Measured;
    if let Some([low, high]) = point.blocking.ci95 {
        plot.marks.push(Mark::Interval { ink, x, low, high, shift_px });
    }
    if let Some(ratio) = point.blocking.ratio {
        let (series, marker) = ("measured", Marker::Diamond);
        plot.marks.push(Mark::ShiftedPoint { series, ink, marker, at: (x, ratio), shift_px });
    }
}

fn row(point: &MeasuredPoint, formula: f64, language: Language) -> Vec<String> {
    let percent = |ratio: Option<f64>| ratio.map_or_else(String::new, |ratio| language.percent_bare(ratio));
    vec![
        point.name.clone(),
        language.decimal(point.offered_erlangs, 3),
        percent(point.blocking.ratio),
        percent(point.blocking.ci95.map(|[low, _]| low)),
        percent(point.blocking.ci95.map(|[_, high]| high)),
        language.percent_bare(formula),
    ]
}

/// How far each mark moves sideways, so that those of one and the same load stand beside each other.
fn shifts(points: &[MeasuredPoint]) -> Vec<f64> {
    let near = |a: &MeasuredPoint, b: &MeasuredPoint| {
        (a.offered_erlangs - b.offered_erlangs).abs() < SAME_LOAD * a.offered_erlangs.max(b.offered_erlangs)
    };
    let shift = |(index, point): (usize, &MeasuredPoint)| {
        let before = points[..index].iter().filter(|other| near(other, point)).count();
        let all = points.iter().filter(|other| near(other, point)).count();
        (super::over_time::count(before as u64) - (super::over_time::count(all as u64) - 1.0) / 2.0)
            * APART_PX
    };
    points.iter().enumerate().map(shift).collect()
}
