//! Wire, simulation and formula side by side: as text, as a page, as data.

use std::fmt::Write;

use askama::Template;

use super::Artifact;
use super::chart;
use super::chart::Chart;
use super::html;
use super::language::Language;
use super::language::agreement_words::AgreementWords;
use super::language::fill;
use super::language::page_words::PageWords;
use super::language::sentences;
use super::language::words::Words;
use super::staffing;
use super::table::Table;
use crate::result::{Agreement, AgreementRow, Measured};

/// Beyond this many standard errors chance is no explanation.
const FAR: f64 = 4.0;

#[derive(Template)]
#[template(path = "agreement.html")]
struct View {
    lang: Language,
    words: &'static AgreementWords,
    styles: String,
    scenarios: Vec<Section>,
    footer: String,
}

struct Section {
    name: String,
    question: String,
    verdicts: Vec<String>,
    table: Table,
    svg: Option<String>,
    empty: Option<String>,
    caption: String,
    formula_reasons: Vec<String>,
    wire_reasons: Vec<String>,
}

/// Every file of the agreement: the page, the data, the charts.
#[must_use]
pub fn render(agreements: &[Agreement], language: Language) -> Vec<Artifact> {
    let charts: Vec<Chart> = agreements.iter().map(|one| chart::agreement::of(one, language)).collect();
    let mut artifacts = vec![
        Artifact::new("agreement.html", page(agreements, &charts, language)),
        Artifact::new("agreement.json", json(agreements)),
        Artifact::new("agreement.txt", text(agreements, language)),
    ];
    for (agreement, chart) in agreements.iter().zip(&charts) {
        let folder: String =
            agreement.scenario.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        artifacts.extend(super::chart_files(std::slice::from_ref(chart)).into_iter().map(|file| Artifact {
            path: file.path.replace("charts/", &format!("charts/{folder}-")),
            ..file
        }));
    }
    artifacts
}

/// The agreements as JSON, one object a scenario.
#[must_use]
pub fn json(agreements: &[Agreement]) -> String {
    super::json::pretty(agreements)
}

/// The agreements as plain text.
#[must_use]
pub fn text(agreements: &[Agreement], language: Language) -> String {
    let words = AgreementWords::of(language);
    let mut text = String::new();
    for agreement in agreements {
        let _ = writeln!(text, "{}: {}\n", words.title, agreement.scenario);
        text.push_str(&table(agreement, language).to_text());
        text.push('\n');
        for line in verdicts(agreement, language) {
            let _ = writeln!(text, "{line}");
        }
        for (title, reasons) in
            [(words.why_formula, &agreement.formula_reasons), (words.why_wire, &agreement.wire_reasons)]
        {
            if !reasons.is_empty() {
                let _ = writeln!(text, "\n{title}");
            }
            for reason in reasons {
                let _ = writeln!(text, "  · {}", sentences::translate(reason, language));
            }
        }
        text.push('\n');
    }
    super::text::plain_spaces(&text)
}

fn page(agreements: &[Agreement], charts: &[Chart], language: Language) -> String {
    let translated = |reasons: &[String]| -> Vec<String> {
        reasons.iter().map(|reason| sentences::translate(reason, language)).collect()
    };
    let section = |(place, (agreement, chart)): (usize, (&Agreement, &Chart))| Section {
        name: agreement.scenario.clone(),
        question: agreement.question.clone(),
        verdicts: verdicts(agreement, language),
        table: table(agreement, language),
        // Several charts of one kind stand in this page: each needs an id of its own.
        svg: chart.svg_for_page().map(|svg| svg.replace(chart.id, &format!("{}-{place}", chart.id))),
        empty: chart.reason_empty().map(str::to_owned),
        caption: chart.caption.clone(),
        formula_reasons: translated(&agreement.formula_reasons),
        wire_reasons: translated(&agreement.wire_reasons),
    };
    let version = env!("CARGO_PKG_VERSION");
    let view = View {
        lang: language,
        words: AgreementWords::of(language),
        styles: html::styles(),
        scenarios: agreements.iter().zip(charts).enumerate().map(section).collect(),
        footer: fill(PageWords::of(language).page_of, &[("tool", "busyhour"), ("version", version)]),
    };
    view.render().expect("a template that compiled renders into memory")
}

/// What the figures say, in sentences.
fn verdicts(agreement: &Agreement, language: Language) -> Vec<String> {
    let words = AgreementWords::of(language);
    let names = |rows: Vec<&AgreementRow>| {
        rows.into_iter().map(|row| label(row, language)).collect::<Vec<_>>().join(", ")
    };
    let largest = agreement.rows.iter().filter_map(|row| row.z).map(f64::abs).reduce(f64::max);
    let far: Vec<_> = agreement.rows.iter().filter(|row| row.z.is_some_and(|z| z.abs() > FAR)).collect();
    let mut sentences = vec![match largest {
        None => words.no_z.to_owned(),
        Some(_) if !far.is_empty() => fill(words.some_far, &[("figures", &names(far))]),
        Some(z) => fill(words.all_near, &[("z", &language.decimal(z, 2))]),
    }];
    let seed = agreement.seed.to_string();
    sentences.push(if agreement.same_calls {
        fill(words.same_calls, &[("seed", &seed)])
    } else {
        words.other_calls.to_owned()
    });
    if let Some(model) = &agreement.model {
        let missed: Vec<_> = agreement.rows.iter().filter(|row| row.misses_formula()).collect();
        let model = fill(words.model, &[("model", Words::of(language).label(model))]);
        let fit = if missed.is_empty() {
            words.formula_fits.to_owned()
        } else {
            fill(words.formula_misses, &[("figures", &names(missed))])
        };
        sentences.push(format!("{model} {fit}"));
    }
    sentences
}

fn table(agreement: &Agreement, language: Language) -> Table {
    let words = AgreementWords::of(language);
    let none = || Words::of(language).none.to_owned();
    let mut table =
        Table::new(&[words.figure, words.wire, words.simulation, words.formula, words.z, words.agrees]);
    for row in &agreement.rows {
        let shown = |source: Option<Measured>| {
            source.map_or_else(none, |source| measured(&source, &row.unit, language))
        };
        table.push(vec![
            label(row, language),
            shown(row.wire),
            shown(row.simulation),
            row.formula.map_or_else(none, |value| quantity(value, &row.unit, language)),
            row.z.map_or_else(none, |z| language.decimal(z, 2)),
            agrees(row, words).map_or_else(none, str::to_owned),
        ]);
    }
    table
}

const fn agrees(row: &AgreementRow, words: &AgreementWords) -> Option<&'static str> {
    Some(match (row.wire_agrees, row.simulation_agrees) {
        (None, None) => return None,
        (Some(true), Some(false) | None) => words.wire_only,
        (Some(false) | None, Some(true)) => words.simulation_only,
        (Some(true), Some(true)) => words.both,
        _ => words.neither,
    })
}

/// The figure's name; of a service level with its seconds and its definition.
pub(super) fn label(row: &AgreementRow, language: Language) -> String {
    let words = AgreementWords::of(language);
    let name = match row.figure.as_str() {
        "technical_drop_rate" => words.technical_drop_rate,
        "blocking" => words.blocking,
        "abandoned" => words.abandoned,
        "service_level" => return level(row, language),
        "asa_s" => words.asa_s,
        "occupancy" => words.occupancy,
        "offered_erlangs" => words.offered_erlangs,
        _ => words.carried_erlangs,
    };
    name.to_owned()
}

fn level(row: &AgreementRow, language: Language) -> String {
    let words = AgreementWords::of(language);
    let (Some(threshold_s), Some(name)) = (row.threshold_s, &row.definition) else {
        return words.service_level.to_owned();
    };
    // Whoever wrote the result may know other definitions.
    let definition = name.parse().map_or(name.as_str(), |known| staffing::definition(known, language));
    let of = [("threshold", &*language.duration(threshold_s)), ("definition", definition)];
    fill(words.service_level_within, &of)
}

fn quantity(value: f64, unit: &str, language: Language) -> String {
    match unit {
        "ratio" => language.percent(value),
        "s" => format!("{}\u{a0}{}", language.decimal(value, 2), AgreementWords::of(language).unit_seconds),
        _ => language.erlangs(value),
    }
}

fn measured(source: &Measured, unit: &str, language: Language) -> String {
    let bare = |value: f64| match unit {
        "ratio" => language.percent_bare(value),
        _ => language.decimal(value, 2),
    };
    let value = quantity(source.value, unit, language);
    match source.ci95 {
        Some([low, high]) => format!("{value} {}", super::text::bracket(&bare(low), &bare(high), language)),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::result::RunResult;
    use crate::scenario::Inputs;

    /// In text and on the page, whose chart names it again.
    #[test]
    fn the_service_level_is_named_with_its_seconds_and_its_definition() {
        let scenario = "name: x\nquestion: y\nduration: 1h\ntraffic: {profile: 200/h, callers: [{talk: 180s}]}\n\
            pbx: {agents: {count: 12}, queues: {sales: {}}}\n";
        let scenario = crate::scenario::parse(scenario, "x.yaml", &Inputs::with_seed(1)).unwrap();
        let named = |definition: &str, language| {
            let mut wire: RunResult = fixture::call_centre();
            wire.queue.as_mut().unwrap().service_level.definition = definition.to_owned();
            let agreements = [crate::result::agreement(&wire, &wire, &scenario)];
            let page = render(&agreements, language).swap_remove(0);
            (text(&agreements, language), String::from_utf8(page.bytes).unwrap().replace('\u{a0}', " "))
        };
        for (definition, language, label) in [
            ("of_offered", Language::English, "Service level within 20 s (of_offered)"),
            ("of_answered", Language::English, "Service level within 20 s (of_answered)"),
            ("of_answered", Language::Russian, "Уровень обслуживания за 20 с (от отвеченных)"),
            ("another", Language::Russian, "Уровень обслуживания за 20 с (another)"),
        ] {
            let (text, page) = named(definition, language);
            assert!(text.contains(label), "{text}");
            assert!(page.matches(label).count() > 1, "{label}");
        }
    }
}
