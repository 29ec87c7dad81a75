//! Variants one below the other: each figure's value, and its difference from the first variant.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::outcomes::describe;
use super::over_time::count;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Side;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::variant_words::VariantWords;
use crate::report::table::Table;
use crate::report::variants::{label, places, scale, unit};
use crate::result::Variants;
use crate::result::variants::VariantFigure;

const ROW_PX: f64 = 30.0;
const FRAME_PX: f64 = 70.0;

/// A name, a value and its interval, as drawn.
type Row = (String, Option<f64>, Option<[f64; 2]>);

/// For each figure two charts: values and differences.
#[must_use]
pub fn all(variants: &Variants, language: Language) -> Vec<Vec<Chart>> {
    let figures = variants.variants.first().map_or(0, |variant| variant.figures.len());
    (0..figures)
        .map(|place| vec![values(variants, place, language), differences(variants, place, language)])
        .collect()
}

fn rows(
    variants: &Variants,
    place: usize,
    row: impl Fn(&VariantFigure) -> (Option<f64>, Option<[f64; 2]>),
) -> Vec<Row> {
    let scaled = |figure: &VariantFigure| {
        let by = scale(figure);
        let (value, ends) = row(figure);
        (value.map(|value| value * by), ends.map(|ends| ends.map(|end| end * by)))
    };
    let named =
        variants.variants.iter().map(|variant| (variant.name.clone(), scaled(&variant.figures[place])));
    named.map(|(name, (value, ends))| (name, value, ends)).collect()
}

fn values(variants: &Variants, place: usize, language: Language) -> Chart {
    let words = VariantWords::of(language);
    let figure = &variants.variants[0].figures[place];
    let name = &*label(&figure.figure, variants, language);
    let rows = rows(variants, place, |figure| (figure.value, figure.ci95));
    let axis = fill(words.axis, &[("figure", name), ("unit", &unit(figure, false, variants, language))]);
    let highest = ends(&rows).fold(0.0, f64::max);
    let x = Axis::from_zero(highest, &axis, |value| language.short(value));
    let places = places(figure);
    chart(ids(&figure.figure)[0], name, &axis, words.caption, x, (&rows, places), language)
}

fn differences(variants: &Variants, place: usize, language: Language) -> Chart {
    let words = VariantWords::of(language);
    let figure = &variants.variants[0].figures[place];
    let name = &*label(&figure.figure, variants, language);
    // The first variant differs from itself in nothing.
    let rows = rows(variants, place, |figure| {
        figure
            .difference
            .map_or((Some(0.0), None), |difference| (Some(difference.value), Some(difference.ci95)))
    });
    let unit = unit(figure, true, variants, language);
    let axis = fill(words.axis_difference, &[("figure", name), ("unit", &unit)]);
    let extent = ends(&rows).map(f64::abs).fold(0.0, f64::max);
    let x = Axis::around_zero(extent * 1.05, &axis, language);
    let mut chart = chart(
        ids(&figure.figure)[1],
        &axis,
        &axis,
        words.caption_difference,
        x,
        (&rows, places(figure)),
        language,
    );
    if let Content::Plot(plot) = &mut chart.content {
        let (ink, dash, side) = (Ink::Target, Dash::Dotted, Side::Right);
        plot.marks.insert(0, Mark::Upright { ink, dash, x: 0.0, label: String::new(), side });
    }
    chart
}

fn ends(rows: &[Row]) -> impl Iterator<Item = f64> + '_ {
    rows.iter().flat_map(|(_, value, ends)| (*ends).into_iter().flatten().chain(*value))
}

fn chart(
    id: &'static str,
    title: &str,
    axis: &str,
    caption: &str,
    x: Axis,
    (rows, places): (&[Row], usize),
    language: Language,
) -> Chart {
    let labels = rows.iter().map(|(name, ..)| name.clone()).collect();
    let mut plot = Plot::new(x, Axis::categories(labels, "").reversed());
    plot.horizontal_bars = true;
    plot.height_px = FRAME_PX + ROW_PX * count(rows.len() as u64);
    let mut table = Table::new(&[VariantWords::of(language).variant, axis, "", ""]);
    for (place, (name, value, ends)) in rows.iter().enumerate() {
        let y = count(place as u64);
        let ink = Ink::Measured;
        if let Some([low, high]) = *ends {
            plot.marks.push(Mark::Spread { ink, y, low, high });
        }
        if let Some(value) = *value {
            let (series, marker, points) = ("variant", Marker::Diamond, vec![(value, y)]);
            plot.marks.push(Mark::Points { series, ink, marker, radius: 5.0, points });
        }
        let cell =
            |value: Option<f64>| value.map_or_else(String::new, |value| language.decimal(value, places));
        table.push(vec![name.clone(), cell(*value), cell(ends.map(|e| e[0])), cell(ends.map(|e| e[1]))]);
    }
    let description = format!("{axis}. {}", describe(&table));
    let (title, caption) = (title.to_owned(), caption.to_owned());
    Chart { id, title, description, caption, content: Content::Plot(Box::new(plot)), table }
}

/// Names of the files of a figure's two charts.
fn ids(figure: &str) -> [&'static str; 2] {
    match figure {
        "technical_drop_rate" => ["drop-rate", "drop-rate-difference"],
        "blocked" => ["blocked", "blocked-difference"],
        "abandoned" => ["abandoned", "abandoned-difference"],
        "service_level" => ["service-level", "service-level-difference"],
        "asa_s" => ["mean-wait", "mean-wait-difference"],
        "occupancy" => ["occupancy", "occupancy-difference"],
        "customers_lost" => ["customers-lost", "customers-lost-difference"],
        "lost_calls_per_month" => ["lost-calls", "lost-calls-difference"],
        "never_served_callers_per_month" => ["never-served-callers", "never-served-callers-difference"],
        "never_served_per_month" => ["never-served", "never-served-difference"],
        "load_gini" => ["load-gini", "load-gini-difference"],
        "load_cv" => ["load-cv", "load-cv-difference"],
        "sales" => ["sales", "sales-difference"],
        "revenue_per_month" => ["revenue", "revenue-difference"],
        "legs_per_call" => ["legs", "legs-difference"],
        "legs_peak" => ["legs-peak", "legs-peak-difference"],
        _ => ["cost", "cost-difference"],
    }
}
