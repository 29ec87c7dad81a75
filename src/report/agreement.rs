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
use crate::result::{Agreement, AgreementRow, DecidedAlike, Differing, Measured};
use crate::scenario::shorten;

/// Most differing keys that are named.
const NAMED: usize = 10;

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
    differs: Vec<String>,
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
        let differs = differs(agreement, language);
        if !differs.is_empty() {
            let _ = writeln!(text, "{}", words.differs);
            for line in &differs {
                let _ = writeln!(text, "  · {line}");
            }
            text.push('\n');
        }
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
        differs: differs(agreement, language),
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

/// What differs between the two scenarios, a line a key.
fn differs(agreement: &Agreement, language: Language) -> Vec<String> {
    let words = AgreementWords::of(language);
    let shown = |value: &Option<String>| value.as_deref().map_or_else(|| words.absent.to_owned(), shorten);
    let line = |differing: &Differing| {
        let (wire, simulation) = (shown(&differing.wire), shown(&differing.simulation));
        fill(words.difference, &[("key", &differing.key), ("wire", &wire), ("simulation", &simulation)])
    };
    let mut lines: Vec<_> = agreement.differs.iter().take(NAMED).map(line).collect();
    if let Some(others @ 1..) = agreement.differs.len().checked_sub(NAMED) {
        lines.push(fill(words.and_others, &[("n", &others.to_string())]));
    }
    lines
}

/// What the figures say, in sentences.
fn verdicts(agreement: &Agreement, language: Language) -> Vec<String> {
    let words = AgreementWords::of(language);
    let names = |rows: Vec<&AgreementRow>| {
        rows.into_iter().map(|row| label(row, language)).collect::<Vec<_>>().join(", ")
    };
    let distances = || agreement.rows.iter().filter_map(|row| Some((row.distance()?.abs(), row)));
    let far: Vec<_> = distances().filter(|(z, _)| *z > FAR).map(|(_, row)| row).collect();
    let same = agreement.differs.is_empty();
    let largest = distances().reduce(|one, other| if other.0 > one.0 { other } else { one });
    let mut sentences = vec![match largest {
        None => words.no_z.to_owned(),
        Some(_) if same && !far.is_empty() => fill(words.some_far, &[("figures", &names(far))]),
        Some((z, row)) => {
            let sentence = if same { words.all_near } else { words.differs_by };
            fill(sentence, &[("z", &language.decimal(z, 2)), ("figure", &*label(row, language))])
        }
    }];
    sentences.extend(call_by_call(agreement, language));
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

/// What the calls themselves say, one beside the other.
fn call_by_call(agreement: &Agreement, language: Language) -> Vec<String> {
    let words = AgreementWords::of(language);
    let is_same = agreement.differs.is_empty();
    let seed = agreement.seed.to_string();
    let same = fill(if is_same { words.same_calls } else { words.same_plan }, &[("seed", &seed)]);
    let figures = |wanted: fn(&AgreementRow) -> bool| {
        let rows = agreement.rows.iter().filter(|row| row.distance().is_some() && wanted(row));
        rows.map(|row| label(row, language)).collect::<Vec<_>>().join(", ")
    };
    let (paired, unpaired) = (figures(|row| row.paired.is_some()), figures(|row| row.paired.is_none()));
    let too_wide = fill(words.z_unpaired, &[("figures", &unpaired)]);
    let mut sentences = Vec::new();
    if let Some(why) = &agreement.not_paired {
        sentences
            .push(fill(words.not_paired, &[("same", &same), ("why", &sentences::translate(why, language))]));
        sentences.push(too_wide);
    } else if !paired.is_empty() {
        sentences.push(fill(words.z_paired, &[("same", &same), ("figures", &paired)]));
        sentences.extend((!unpaired.is_empty()).then_some(too_wide));
    } else if is_same {
        sentences.push(words.other_calls.to_owned());
    }
    sentences.extend(agreement.decided_alike.as_ref().map(|alike| decided_alike(alike, language)));
    sentences
}

fn decided_alike(alike: &DecidedAlike, language: Language) -> String {
    let words = AgreementWords::of(language);
    let ratio = Measured { value: alike.ratio.unwrap_or_default(), ci95: alike.ci95 };
    let sentence = if alike.first_replication { words.alike_first } else { words.alike };
    let values = [("n", &*language.count(alike.calls)), ("ratio", &measured(&ratio, "ratio", language))];
    let mut text = fill(sentence, &values);
    if alike.wire_only + alike.simulation_only > 0 {
        let (wire, simulation) = (language.count(alike.wire_only), language.count(alike.simulation_only));
        text.push(' ');
        text.push_str(&fill(words.apart, &[("wire", &wire), ("simulation", &simulation)]));
    }
    text
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
            row.distance().map_or_else(none, |z| language.decimal(z, 2)),
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
    use crate::metrics::paired::{Difference, Paired};
    use crate::metrics::{CiMethod, Ratio};
    use crate::report::fixture;
    use crate::result::RunResult;
    use crate::result::agreement;
    use crate::scenario::{Inputs, Scenario};

    /// A live result and a simulated one, with so many channels and an other key for each of `others`.
    fn differing(channels: u32, others: usize) -> Agreement {
        let wire = fixture::loss_system();
        let text = |channels: u32, other: &str| {
            let words = (0..others).map(|n| format!(", key{n}: {other}")).collect::<Vec<_>>().concat();
            format!("name: x\npbx: {{channels: {channels}{words}}}\n")
        };
        let with = |channels: u32, other: &str| {
            let mut result: RunResult = wire.clone();
            result.scenario.effective = text(channels, other);
            result.scenario.sha256.clone_from(&result.scenario.effective);
            result
        };
        let mut simulation = with(channels, "there");
        simulation.driver = crate::result::Driver::Simulation;
        agreement(&with(10, "here"), &simulation, &own(), || Ok(paired()))
    }

    fn own() -> Scenario {
        let own = "name: x\nquestion: y\nseed: 1\nduration: 10h\ntraffic: {profile: 200/h, callers: [{talk: 3m}]}\n\
                   pbx: {channels: 10}\n";
        crate::scenario::parse(own, "x.yaml", &Inputs::with_seed(1)).unwrap()
    }

    /// Of 1 000 calls 34 differ, by 16 more losses on the wire.
    fn paired() -> Paired {
        let ratio = Ratio {
            k: 966,
            n: 1_000,
            interval: Some([0.953, 0.976]),
            method: CiMethod::Wilson,
            batches: None,
        };
        let difference = Difference { value: 0.016, standard_error: 0.005_809 };
        let differences = [Some(difference), Some(difference), None, None, None];
        Paired { alike: ratio, wire_only: 0, simulation_only: 2, wire: 1_000, simulation: 1_002, differences }
    }

    /// z = 0.016 / 0.005 809 = 2.75 stands for the calls' own differences; 0 were the fixture's equal figures.
    #[test]
    fn the_same_calls_are_judged_one_by_one_in_both_languages() {
        let english = text(&[differing(10, 0)], Language::English);
        for says in [
            "the largest |z| is 2.75",
            "Both played the same calls (seed 42): z of Technical drop rate, Blocking rests on the calls' own differences.",
            "z of Offered load, Carried load takes the two for independent",
            "Of 1 000 calls that both have, 96.60 % [95.30, 97.60] ended alike. Besides",
            "0 are on the wire only and 2 in the simulation only",
        ] {
            assert!(english.contains(says), "{says}: {english}");
        }
        let russian = text(&[differing(10, 0)], Language::Russian);
        assert!(russian.contains("96,60 % [95,30; 97,60] завершились одинаково"), "{russian}");
        let differs = text(&[differing(11, 0)], Language::English);
        assert!(differs.contains("The plan of calls is the same (seed 42): z of"), "{differs}");
    }

    #[test]
    fn without_records_the_error_is_called_too_wide() {
        let (wire, scenario) = (fixture::loss_system(), own());
        let simulation = RunResult { driver: crate::result::Driver::Simulation, ..wire.clone() };
        let missing = || Err("the call records a/calls.csv are missing".to_owned());
        let one = agreement(&wire, &simulation, &scenario, missing);
        let english = text(std::slice::from_ref(&one), Language::English);
        assert!(english.contains("not paired: the call records a/calls.csv are missing"), "{english}");
        assert!(english.contains("too wide"), "{english}");
        let russian = text(&[one], Language::Russian);
        assert!(russian.contains("нет записей вызовов a/calls.csv"), "{russian}");
    }

    #[test]
    fn results_of_two_scenarios_are_not_said_to_have_played_the_same() {
        let same = text(&[differing(10, 0)], Language::English);
        assert!(same.contains("Both played the same calls") && !same.contains("not results of the same"));
        let differs = text(&[differing(11, 0)], Language::English);
        let first = differs.lines().nth(2).unwrap_or_default();
        assert!(first.starts_with("These are not results of the same scenario"), "{differs}");
        assert!(differs.contains("  · pbx.channels: 10 on the wire, 11 in the simulation"), "{differs}");
        for never in ["Both played", "within 4", "No shared figure"] {
            assert!(!differs.contains(never), "{never}: {differs}");
        }
        let russian = text(&[differing(11, 0)], Language::Russian);
        assert!(russian.contains("pbx.channels: в реальных вызовах 10, при моделировании 11"), "{russian}");
        let pages = render(&[differing(11, 0)], Language::English);
        assert!(String::from_utf8_lossy(&pages[0].bytes).contains("<li>pbx.channels: 10 on the wire"));
    }

    #[test]
    fn ten_keys_are_named_and_the_others_counted() {
        let differs = text(&[differing(11, 13)], Language::English);
        assert!(differs.contains("key8: here on the wire") && !differs.contains("key9:"), "{differs}");
        assert!(differs.contains("  · and 4 others"), "{differs}");
        assert_eq!(super::differs(&differing(11, 9), Language::English).len(), 10);
    }

    /// In text and on the page, whose chart names it again.
    #[test]
    fn the_service_level_is_named_with_its_seconds_and_its_definition() {
        let scenario = "name: x\nquestion: y\nduration: 1h\ntraffic: {profile: 200/h, callers: [{talk: 180s}]}\n\
            pbx: {agents: {count: 12}, queues: {sales: {}}}\n";
        let scenario = crate::scenario::parse(scenario, "x.yaml", &Inputs::with_seed(1)).unwrap();
        let named = |definition: &str, language| {
            let mut wire: RunResult = fixture::call_centre();
            wire.queue.as_mut().unwrap().service_level.definition = definition.to_owned();
            let agreements = [agreement(&wire, &wire, &scenario, || Ok(paired()))];
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
