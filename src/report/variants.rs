//! Variants of a scenario compared: as text, Markdown, a page and data.

use std::fmt::Write;

use askama::Template;

use super::Artifact;
use super::chart;
use super::chart::Chart;
use super::html;
use super::language::Language;
use super::language::fill;
use super::language::page_words::PageWords;
use super::language::variant_words::VariantWords;
use super::table::Table;
use crate::result::Ended;
use crate::result::Variants;
use crate::result::variants::OF_A_MONTH;
use crate::result::variants::VariantFigure;

const WRITTEN: &str = "a string takes whatever is written";

#[derive(Template)]
#[template(path = "variants.html")]
struct View {
    lang: Language,
    words: &'static VariantWords,
    styles: String,
    scenario: String,
    question: String,
    lead: String,
    overview: Option<Table>,
    sections: Vec<Section>,
    footer: String,
}

struct Section {
    name: String,
    table: Table,
    charts: Vec<Drawn>,
}

struct Drawn {
    svg: String,
    caption: String,
}

/// Every file of the comparison: page, data, Markdown, charts.
#[must_use]
pub fn render(variants: &Variants, language: Language) -> Vec<Artifact> {
    let charts = chart::variants::all(variants, language);
    let mut artifacts = vec![
        Artifact::new("variants.json", json(variants)),
        Artifact::new("summary.md", markdown(variants, language)),
        Artifact::new("report.html", page(variants, &charts, language)),
    ];
    artifacts.extend(super::chart_files(&charts.into_iter().flatten().collect::<Vec<_>>()));
    artifacts
}

/// The comparison as JSON.
#[must_use]
pub fn json(variants: &Variants) -> String {
    super::json::pretty(variants)
}

/// The comparison as plain text.
#[must_use]
pub fn text(variants: &Variants, language: Language) -> String {
    let mut text = format!("{}\n{}\n", variants.question, lead(variants, language));
    let words = VariantWords::of(language);
    if let Some(table) = overview(variants, language) {
        write!(text, "\n{}\n{}{}\n", words.overview, table.to_text(), words.overview_note).expect(WRITTEN);
    }
    for (name, table) in tables(variants, language) {
        write!(text, "\n{name}\n{}", table.to_text()).expect(WRITTEN);
    }
    super::text::plain_spaces(&text)
}

/// The comparison for a merge request or a wiki.
#[must_use]
pub fn markdown(variants: &Variants, language: Language) -> String {
    let words = VariantWords::of(language);
    let lead = lead(variants, language);
    let mut text = format!("# {}: {}\n\n{}\n\n{lead}\n", words.title, variants.scenario, variants.question);
    if let Some(table) = overview(variants, language) {
        let (name, note) = (words.overview, words.overview_note);
        write!(text, "\n## {name}\n\n{}\n{note}\n", table.to_markdown()).expect(WRITTEN);
    }
    for (name, table) in tables(variants, language) {
        write!(text, "\n## {name}\n\n{}", table.to_markdown()).expect(WRITTEN);
    }
    text
}

fn page(variants: &Variants, charts: &[Vec<Chart>], language: Language) -> String {
    let drawn = |chart: &Chart| {
        let svg = chart.svg_for_page()?;
        Some(Drawn { svg, caption: chart.caption.clone() })
    };
    let sections = tables(variants, language).into_iter().zip(charts).map(|((name, table), charts)| {
        Section { name, table, charts: charts.iter().filter_map(drawn).collect() }
    });
    let version = env!("CARGO_PKG_VERSION");
    let view = View {
        lang: language,
        words: VariantWords::of(language),
        styles: html::styles(),
        scenario: variants.scenario.clone(),
        question: variants.question.clone(),
        lead: lead(variants, language),
        overview: overview(variants, language),
        sections: sections.collect(),
        footer: fill(PageWords::of(language).page_of, &[("tool", "busyhour"), ("version", version)]),
    };
    view.render().expect("a template that compiled renders into memory")
}

fn lead(variants: &Variants, language: Language) -> String {
    let words = VariantWords::of(language);
    if variants.variants.iter().all(|variant| variant.figures.is_empty()) {
        return words.none_shown.to_owned();
    }
    let values = [
        ("variants", language.count(variants.variants.len() as u64)),
        ("replications", language.count(variants.replications)),
        ("seed", variants.seed.to_string()),
    ];
    let lead = fill(words.lead, &values.each_ref().map(|(key, value)| (*key, &**value)));
    let has = |figures: &[&str]| {
        variants.variants.iter().flat_map(|variant| &variant.figures).any(|it| figures.contains(&&*it.figure))
    };
    let notes = [(&["service_level"][..], words.level_note), (&OF_A_MONTH, words.month_note)];
    let said = notes.into_iter().filter(|(figures, _)| has(figures)).map(|(_, note)| format!(" {note}"));
    let lead: String = std::iter::once(lead).chain(said).collect();
    if variants.ended == Some(Ended::Interrupted) { format!("{} {lead}", words.interrupted) } else { lead }
}

/// All figures of all variants, the best of each marked; nothing where there is no figure.
fn overview(variants: &Variants, language: Language) -> Option<Table> {
    let first = variants.variants.first().filter(|variant| !variant.figures.is_empty())?;
    let words = VariantWords::of(language);
    let names = variants.variants.iter().map(|variant| &*variant.name);
    let mut table = Table::new(&[words.figure].into_iter().chain(names).collect::<Vec<_>>());
    for (place, figure) in first.figures.iter().enumerate() {
        let unit = unit(figure, false, variants, language);
        let values: Vec<Option<f64>> =
            variants.variants.iter().map(|variant| variant.figures[place].value).collect();
        let mut row = vec![format!("{}, {unit}", label(&figure.figure, variants, language))];
        let shown = |value: f64| language.decimal(value * scale(figure), places(figure));
        let best = best(&figure.figure, &values).map(shown);
        let texts: Vec<String> =
            values.into_iter().map(|value| value.map_or_else(String::new, shown)).collect();
        // What differs only in places that nobody sees is equally good.
        let all_alike = texts.iter().all(|text| Some(text) == texts.first());
        row.extend(
            texts.into_iter().map(|text| {
                if best.as_ref() == Some(&text) && !all_alike { format!("{text} ✓") } else { text }
            }),
        );
        table.push(row);
    }
    Some(table)
}

/// The best value of a figure, if one is better than another.
fn best(figure: &str, values: &[Option<f64>]) -> Option<f64> {
    let more_is_better = match figure {
        "occupancy" => return None,
        "service_level" | "sales" | "revenue_per_month" => true,
        _ => false,
    };
    let known = || values.iter().flatten().copied();
    let (least, most) = (known().reduce(f64::min)?, known().reduce(f64::max)?);
    (least < most).then_some(if more_is_better { most } else { least })
}

/// One table a figure, in the order of the figures.
fn tables(variants: &Variants, language: Language) -> Vec<(String, Table)> {
    let words = VariantWords::of(language);
    let figures = variants.variants.first().map_or(0, |variant| variant.figures.len());
    let table = |place: usize| {
        let unit = |difference| unit(&variants.variants[0].figures[place], difference, variants, language);
        let value = format!("{}, {}", words.value, unit(false));
        let difference = format!("{}, {}", words.difference, unit(true));
        let mut table = Table::new(&[words.variant, &value, &difference, words.narrower]);
        for variant in &variants.variants {
            let mut row = vec![variant.name.clone()];
            row.extend(cells(&variant.figures[place], language));
            table.push(row);
        }
        (label(&variants.variants[0].figures[place].figure, variants, language), table)
    };
    (0..figures).map(table).collect()
}

fn cells(figure: &VariantFigure, language: Language) -> [String; 3] {
    let scale = scale(figure);
    let number = |value: f64| language.decimal(value * scale, places(figure));
    let with = |value: f64, [low, high]: [f64; 2]| {
        format!("{} {}", number(value), super::text::bracket(&number(low), &number(high), language))
    };
    let value = figure.value.zip(figure.ci95).map_or_else(String::new, |(value, ci95)| with(value, ci95));
    let Some(difference) = figure.difference else {
        return [value, VariantWords::of(language).baseline.to_owned(), String::new()];
    };
    let half = (difference.ci95[1] - difference.ci95[0]) / 2.0;
    let halves = format!("{} : {}", number(half), number(difference.independent_half_width));
    [value, with(difference.value, difference.ci95), halves]
}

/// Nobody counts the kopecks of a month.
pub(super) fn places(figure: &VariantFigure) -> usize {
    if figure.unit == "money" { 0 } else { 2 }
}

/// Ratios are shown in percent.
pub(super) fn scale(figure: &VariantFigure) -> f64 {
    if figure.unit == "ratio" { 100.0 } else { 1.0 }
}

pub(super) fn unit(
    figure: &VariantFigure,
    difference: bool,
    variants: &Variants,
    language: Language,
) -> String {
    let words = VariantWords::of(language);
    match &*figure.unit {
        "ratio" if difference => words.unit_points,
        "ratio" => words.unit_percent,
        "s" => words.unit_seconds,
        "calls" => words.unit_calls,
        "callers" => words.unit_callers,
        "legs" => words.unit_legs,
        _ => variants.currency.as_deref().unwrap_or_default(),
    }
    .to_owned()
}

/// The figure's name.
pub(super) fn label(figure: &str, variants: &Variants, language: Language) -> String {
    let words = VariantWords::of(language);
    if let ("service_level", Some(threshold_s)) = (figure, variants.threshold_s) {
        return fill(words.service_level_within, &[("threshold", &language.duration(threshold_s))]);
    }
    let word = match figure {
        "technical_drop_rate" => words.technical_drop_rate,
        "blocked" => words.blocked,
        "abandoned" => words.abandoned,
        "service_level" => words.service_level,
        "asa_s" => words.asa_s,
        "occupancy" => words.occupancy,
        "customers_lost" => words.customers_lost,
        "lost_calls_per_month" => words.lost_calls_per_month,
        "never_served_callers_per_month" => words.never_served_callers,
        "never_served_per_month" => words.never_served_per_month,
        "load_gini" => words.load_gini,
        "load_cv" => words.load_cv,
        "sales" => words.sales,
        "revenue_per_month" => words.revenue_per_month,
        "legs_per_call" => words.legs_per_call,
        "legs_peak" => words.legs_peak,
        _ => words.cost_per_month,
    };
    word.to_owned()
}
