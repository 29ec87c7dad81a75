//! Loss against circuits, with models side by side.

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
use super::plot::Side;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::trunk_words::TrunkWords;
use crate::report::table::Table;
use crate::sizing::Advice;

/// The log axis ends this far below the target: beyond it nobody buys.
const BELOW_TARGET: f64 = 20.0;

/// The models' looks, told apart without colour.
const LOOKS: [(Ink, Dash, Marker, &str); 3] = [
    (Ink::Model, Dash::Solid, Marker::Circle, "first"),
    (Ink::Measured, Dash::Dashed, Marker::Diamond, "second"),
    (Ink::Human, Dash::Dotted, Marker::Circle, "third"),
];

/// Loss against circuits by each model (three at most), with the accepted loss and the numbers needed. Each comes with
/// its name.
#[must_use]
pub fn loss_by_model(models: &[(String, &Advice)], language: Language) -> Chart {
    let (words, chart) = (TrunkWords::of(language), ChartWords::of(language));
    let (id, title) = ("loss-against-circuits", words.chart_title);
    let Some((_, first)) = models.first() else {
        return Chart::empty(id, title, chart.no_advice, language);
    };
    let target = first.target;
    let floor = target / BELOW_TARGET;
    let curve = |advice: &Advice| -> Vec<(f64, f64)> {
        let points = advice.curve.iter().map(|point| (f64::from(point.n), point.value));
        points.filter(|(_, value)| *value >= floor).collect()
    };
    let curves: Vec<Vec<(f64, f64)>> = models.iter().map(|(_, advice)| curve(advice)).collect();
    let needed = models.iter().map(|(_, advice)| (f64::from(advice.needed), target));
    let all = curves.iter().flatten().copied().chain(needed);
    let (low, high, top) = all.fold((f64::INFINITY, 0.0_f64, target), |(low, high, top), (n, value)| {
        (low.min(n), high.max(n), top.max(value))
    });
    let y = Axis::log(floor, (top * 1.6).min(1.0), chart.loss_y, |value| language.round_percent_bare(value));
    let mut plot = Plot::new(Axis::whole(low, high, chart.loss_x, language), y);
    let label = fill(chart.target, &[("target", &language.round_percent(target))]);
    let (ink, dash, side) = (Ink::Target, Dash::Dashed, Side::Left);
    plot.marks.push(Mark::Across { ink, dash, y: target, label, side });
    for ((points, (name, _)), look) in curves.into_iter().zip(models).zip(LOOKS) {
        let (ink, dash, marker, series) = look;
        plot.marks.push(line(series, ink, dash, false, points.clone()));
        plot.marks.push(Mark::Points { series, ink, marker, radius: 3.2, points });
        plot.explain(ink, Sample::Line(dash), name);
    }
    upright(&mut plot, models, language);
    let table = table(models, language);
    Chart {
        id,
        title: title.to_owned(),
        description: super::outcomes::describe(&table),
        caption: words.chart_caption.to_owned(),
        content: Content::Plot(Box::new(plot)),
        table,
    }
}

/// The lowest number needed is labelled on its left, the highest on its right; those between stand without words.
fn upright(plot: &mut Plot, models: &[(String, &Advice)], language: Language) {
    let chart = ChartWords::of(language);
    let mut needed: Vec<u32> = models.iter().map(|(_, advice)| advice.needed).collect();
    needed.sort_unstable();
    needed.dedup();
    let last = needed.len() - 1;
    for (place, n) in needed.into_iter().enumerate() {
        let label = fill(chart.needed, &[("n", &language.count(u64::from(n)))]);
        let label = if place == 0 || place == last { label } else { String::new() };
        let side = if place == 0 && last > 0 { Side::Left } else { Side::Right };
        plot.marks.push(Mark::Upright { ink: Ink::Target, dash: Dash::Dotted, x: f64::from(n), label, side });
    }
}

/// A row for every number of circuits that all models have been asked about.
fn table(models: &[(String, &Advice)], language: Language) -> Table {
    let chart = ChartWords::of(language);
    let names = models.iter().map(|(name, _)| format!("{}: {name}", chart.loss_y));
    let heads: Vec<String> = std::iter::once(chart.loss_x.to_owned()).chain(names).collect();
    let mut table = Table::new(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for point in &models[0].1.curve {
        let at =
            |advice: &Advice| advice.curve.iter().find(|other| other.n == point.n).map(|found| found.value);
        let values: Vec<Option<f64>> = models.iter().map(|(_, advice)| at(advice)).collect();
        if values.iter().all(Option::is_some) {
            let values = values.into_iter().flatten().map(|value| language.percent_bare(value));
            table.push(std::iter::once(point.n.to_string()).chain(values).collect());
        }
    }
    table
}
