//! `report.html`: one file that asks nothing of any other host, runs no script, reads in light, dark and print.

use askama::Template;

use super::chart;
use super::chart::Chart;
use super::chart::Ink;
use super::facts;
use super::figures;
use super::figures::Figure;
use super::language::Language;
use super::language::causes::cause;
use super::language::fill;
use super::language::hour_words::HourWords;
use super::language::page_words::PageWords;
use super::language::record_words::RecordWords;
use super::language::sentences;
use super::language::words::Words;
use super::menus;
use super::people;
use super::required;
use super::table::Table;
use super::text;
use super::work;
use super::work::Section;
use crate::result::Advice;
use crate::result::Driver;
use crate::result::Ended;
use crate::result::Ladder;
use crate::result::RunResult;
use crate::result::Status;

/// Longer tables of charts are left to the CSV file when the page is printed.
const PRINTED_ROWS: usize = 30;

/// The page. Everything in it is text already, in the reader's language.
#[derive(Template)]
#[template(path = "report.html")]
struct View<'result> {
    result: &'result RunResult,
    lang: Language,
    page: &'static PageWords,
    styles: String,
    status_class: &'static str,
    badge: String,
    headline: String,
    facts: Vec<String>,
    cards: Vec<Card>,
    nothing: Vec<String>,
    seen_fewer: Option<String>,
    cost: Vec<(&'static str, String)>,
    cost_how: String,
    never_served: Option<String>,
    outcomes: Vec<OutcomeRow>,
    sum: String,
    sound: bool,
    causes: Vec<Table>,
    charts: Vec<Figured>,
    gates: Vec<GateRow>,
    /// Gates that are not passed, where the headline does not speak of them.
    unmet: Vec<String>,
    required: Vec<RequiredRow>,
    records: &'static RecordWords,
    load: Vec<Figure>,
    indicators: Vec<Figure>,
    queue: Vec<Figure>,
    agents: Option<Table>,
    agents_note: Option<&'static str>,
    classes: Option<Table>,
    work: Vec<Section>,
    cases: Option<Section>,
    hours: Vec<String>,
    deviations: Option<Table>,
    deviations_note: &'static str,
    more: &'static HourWords,
    ladders: Vec<LadderView>,
    validity: Vec<Figure>,
    expected: Vec<Figure>,
    reasons: Vec<String>,
    assumptions: Vec<String>,
    notes: Vec<String>,
    differences: Vec<String>,
    command: String,
    footer: String,
}

/// The numbers to buy: one card for channels, one for agents.
struct Card {
    title: &'static str,
    now: String,
    needed: String,
    enough: bool,
    around: Table,
    growth: Table,
    basis: String,
}

struct OutcomeRow {
    class: &'static str,
    head: bool,
    label: String,
    calls: String,
    share: String,
}

struct GateRow {
    class: &'static str,
    mark: char,
    status: &'static str,
    gate: String,
    value: String,
    n: String,
    written_at: String,
    remark: Option<String>,
}

struct RequiredRow {
    class: &'static str,
    mark: char,
    field: String,
    found: String,
    written_at: String,
}

/// A chart with its drawing ready for the page.
struct Figured {
    chart: Chart,
    svg: Option<String>,
    /// Short enough to be printed with the chart.
    short: bool,
    /// Where the numbers stand if they are not printed.
    elsewhere: &'static str,
    numbers: &'static str,
}

struct LadderView {
    title: String,
    call_id: String,
    messages: Vec<(String, bool, String, Option<String>)>,
}

/// The report as a page.
///
/// # Panics
/// Never: the template is checked when the program is compiled, and memory takes every byte.
#[must_use]
pub fn render(result: &RunResult, charts: &[Chart], language: Language) -> String {
    let page = page(result, charts, language);
    page.render().expect("a template that compiled renders into memory")
}

fn page<'result>(result: &'result RunResult, charts: &[Chart], lang: Language) -> View<'result> {
    let (words, page) = (Words::of(lang), PageWords::of(lang));
    let status = result.verdict.status;
    let translated = |sentences: &[String]| -> Vec<String> {
        sentences.iter().map(|sentence| sentences::translate(sentence, lang)).collect()
    };
    let sum = facts::outcome_sum(&result.outcomes);
    let sound = sum == result.outcomes.offered;
    let sentence = if sound { page.sums } else { page.sums_not };
    let (sum, offered) = (lang.count(sum), lang.count(result.outcomes.offered));
    let per_month = result.cost.as_ref().map_or(0, |cost| cost.calls_per_month);
    View {
        result,
        lang,
        page,
        styles: styles(),
        status_class: status_class(status),
        badge: format!("{} {}", text::mark(status), text::status_word(status, words)),
        headline: headline(result, lang),
        facts: run_facts(result, lang),
        cards: cards(result, lang),
        nothing: text::nothing_sentences(result, lang),
        seen_fewer: seen_fewer(result, lang),
        cost: text::cost_rows(result, lang),
        never_served: text::never_served(result, lang),
        cost_how: fill(page.cost_how, &[("calls", &lang.counted(per_month, words.calls))]),
        outcomes: outcomes(result, lang),
        sum: fill(sentence, &[("sum", &sum), ("offered", &offered)]),
        sound,
        causes: causes(result, lang),
        charts: charts.iter().map(figured(lang)).collect(),
        gates: gates(result, lang),
        unmet: text::unmet(result, lang).into_iter().chain(required::unmet(result, lang)).collect(),
        required: required_rows(result, lang),
        records: RecordWords::of(lang),
        load: figures::load(result, lang),
        indicators: figures::indicators(result, lang),
        queue: figures::queue(result, lang),
        agents: people::agents(result, lang),
        agents_note: people::agents_note(result, lang),
        classes: people::classes(result, lang),
        work: work::sections(result, lang),
        cases: menus::cases(result, lang),
        hours: people::hours(result, lang),
        deviations: people::deviations(result, lang),
        deviations_note: people::deviations_note(result, lang),
        more: HourWords::of(lang),
        ladders: result.ladders.iter().map(|ladder| ladder_view(ladder, lang)).collect(),
        validity: figures::validity(result, lang),
        expected: figures::expected(result, lang),
        reasons: translated(&result.verdict.reasons),
        assumptions: result.expected.as_ref().map_or_else(Vec::new, |model| translated(&model.assumptions)),
        notes: translated(&result.notes),
        differences: result.books.as_ref().map_or_else(Vec::new, |books| translated(&books.differences)),
        command: command(result),
        footer: fill(page.page_of, &[("tool", &result.tool.name), ("version", &result.tool.version)]),
    }
}

/// The colours that pages and charts share, for light and dark.
pub(super) fn styles() -> String {
    let (light, dark) = (Ink::variables(false), Ink::variables(true));
    format!(
        ":root{{color-scheme:light dark;{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}{}",
        Ink::classes()
    )
}

const fn status_class(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Inconclusive => "inconclusive",
        Status::Invalid => "invalid",
    }
}

fn headline(result: &RunResult, language: Language) -> String {
    let rate = &result.technical_drop_rate;
    let page = PageWords::of(language);
    let figure = figures::with_interval(rate.ratio, rate.ci95, language);
    let figure = figure.unwrap_or_else(|| Words::of(language).none.to_owned());
    let (k, n) = (language.count(rate.k), language.count(rate.n));
    format!("{} {figure}: {}", page.drop_rate, fill(page.lost_of, &[("k", &k), ("n", &n)]))
}

/// What was run, when, how long.
fn run_facts(result: &RunResult, language: Language) -> Vec<String> {
    let (words, page) = (Words::of(language), PageWords::of(language));
    let scenario = &result.scenario;
    let target = if scenario.target == "bundled" { words.target_bundled } else { &scenario.target };
    let measured = language.duration((scenario.duration_s - scenario.warm_up_s).max(0.0));
    let warm_up = language.duration(scenario.warm_up_s);
    let mut facts = vec![
        text::driver_word(result.driver, words).to_owned(),
        target.to_owned(),
        fill(page.started, &[("start", &moment(&scenario.start, language))]),
        fill(page.measured_for, &[("duration", &measured), ("warm_up", &warm_up)]),
        format!("{} {}", page.seed, scenario.seed),
    ];
    if result.driver == Driver::Live && (scenario.time_scale - 1.0).abs() > f64::EPSILON {
        facts.push(fill(page.scaled, &[("scale", &language.short(scenario.time_scale))]));
    }
    if let Some(replications) = result.replications {
        facts.push(language.counted(replications, words.replications));
    }
    if result.ended != Ended::Complete {
        facts.push(text::ended_word(result.ended, words).to_owned());
    }
    facts
}

/// `2026-01-05T08:00:00+03:00[Europe/Moscow]` as people write it; another text stays as it is.
fn moment(start: &str, language: Language) -> String {
    let parts = start.split_once('T').and_then(|(date, rest)| {
        let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
        let (_, zone) = rest.trim_end_matches(']').split_once('[')?;
        Some((year, month, day, rest.get(..5)?, zone))
    });
    match (parts, language) {
        (Some((year, month, day, time, zone)), Language::Russian) => {
            format!("{day}.{month}.{year} {time} ({zone})")
        }
        (Some((year, month, day, time, zone)), Language::English) => {
            format!("{year}-{month}-{day} {time} ({zone})")
        }
        (None, _) => start.to_owned(),
    }
}

fn cards(result: &RunResult, language: Language) -> Vec<Card> {
    let page = PageWords::of(language);
    let advice = &result.recommendation;
    let trunks = advice.trunks.iter().map(|advice| card(result, advice, page.channels_card, language));
    let agents = advice.agents.iter().map(|advice| card(result, advice, page.agents_card, language));
    trunks.chain(agents).collect()
}

fn card(result: &RunResult, advice: &Advice, title: &'static str, language: Language) -> Card {
    let page = PageWords::of(language);
    let level = advice.measure == "service_level";
    let threshold = figures::threshold(result, language);
    let level_name = fill(page.level_column, &[("threshold", &threshold)]);
    let measure = if level { &*level_name } else { page.blocking_column };
    let basis = text::basis_phrase(advice, language);
    let values = [
        ("erlangs", language.erlangs(advice.erlangs)),
        ("basis", basis),
        ("model", Words::of(language).label(&advice.model).to_owned()),
        ("target", language.round_percent(advice.target)),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    Card {
        title,
        now: language.count(u64::from(advice.now)),
        needed: language.count(u64::from(advice.needed)),
        enough: advice.now >= advice.needed,
        around: around(advice, measure, level, language),
        growth: growth(advice, measure, language),
        basis: fill(page.advice_rests, &values),
    }
}

/// Now, one fewer than needed, needed, one more. The needed one is stressed.
fn around(advice: &Advice, measure: &str, level: bool, language: Language) -> Table {
    let page = PageWords::of(language);
    let mut columns = vec!["", page.count_column, measure];
    if level {
        columns.extend([page.asa_column, page.occupancy_column]);
    }
    let needed = advice.needed;
    let mut rows = vec![
        (page.one_fewer, needed.saturating_sub(1)),
        (page.needed, needed),
        (page.one_more, needed.saturating_add(1)),
    ];
    rows.insert(0, (page.now, advice.now));
    rows.sort_by_key(|(_, n)| *n);
    let mut table = Table::new(&columns);
    // Today's number may be one of the others: a number has one row.
    for same in rows.chunk_by(|(_, one), (_, next)| one == next) {
        let n = same[0].1;
        let labels: Vec<&str> = same.iter().map(|(label, _)| *label).collect();
        let point = facts::curve_at(advice, n);
        let none = || Words::of(language).none.to_owned();
        let mut row = vec![labels.join(", "), language.count(u64::from(n))];
        row.push(point.map_or_else(none, |point| language.percent(point.value)));
        if level {
            row.push(point.and_then(|point| point.asa_s).map_or_else(none, |s| language.duration(s)));
            row.push(point.and_then(|point| point.occupancy).map_or_else(none, |o| language.percent(o)));
        }
        if n == needed {
            table.chosen = Some(table.rows.len());
        }
        table.push(row);
    }
    table
}

fn growth(advice: &Advice, measure: &str, language: Language) -> Table {
    let page = PageWords::of(language);
    let now_column = fill(page.now_column, &[("measure", measure)]);
    let mut table = Table::new(&[page.growth_column, page.load_column, &now_column, page.needed_column]);
    for step in &advice.growth {
        table.push(vec![
            format!("×\u{a0}{}", language.short(step.growth)),
            language.erlangs(step.erlangs),
            language.percent(step.value_now),
            language.count(u64::from(step.needed)),
        ]);
    }
    table
}

/// The advice starts from the channels that the target was seen to have, which may not be those of the scenario.
fn seen_fewer(result: &RunResult, language: Language) -> Option<String> {
    let stated = result.scenario.channels?;
    let seen = result.recommendation.trunks.as_ref()?.now;
    let (stated_text, seen_text) = (language.count(u64::from(stated)), language.count(u64::from(seen)));
    let values = [("stated", stated_text.as_str()), ("seen", seen_text.as_str())];
    (stated != seen).then(|| fill(PageWords::of(language).seen_fewer, &values))
}

fn outcomes(result: &RunResult, language: Language) -> Vec<OutcomeRow> {
    let words = Words::of(language);
    let offered = result.outcomes.offered;
    let row = |class, head, label: &str, calls: u64| OutcomeRow {
        class,
        head,
        label: label.to_owned(),
        calls: language.count(calls),
        share: facts::share(calls, offered).map_or_else(String::new, |share| language.percent(share)),
    };
    let mut rows = Vec::new();
    for group in facts::outcome_groups(&result.outcomes, &result.limiter) {
        if group.class == "other" && group.calls == 0 {
            continue;
        }
        rows.push(row(group.class, true, text::class_word(group.class, words), group.calls));
        let parts = group.parts.into_iter().filter(|(_, calls)| *calls > 0);
        rows.extend(parts.map(|(name, calls)| row(group.class, false, words.label(name), calls)));
    }
    rows
}

/// Causes, limits and statuses: what lies behind the outcomes.
fn causes(result: &RunResult, language: Language) -> Vec<Table> {
    let (words, page) = (Words::of(language), PageWords::of(language));
    let table = |column: &str, rows: Vec<(String, u64)>| {
        let mut table = Table::new(&[column, page.column_calls]);
        for (label, calls) in rows.into_iter().filter(|(_, calls)| *calls > 0) {
            table.push(vec![label, language.count(calls)]);
        }
        table
    };
    let limiters =
        result.limiter.iter().map(|(name, calls)| (words.label(name).to_owned(), *calls)).collect();
    let statuses = result.sip_status.iter().map(|(status, calls)| (status.to_string(), *calls)).collect();
    let tables = [
        table(
            page.cause_column,
            result.causes.iter().map(|(name, calls)| (cause(name, language), *calls)).collect(),
        ),
        table(page.limiter_column, limiters),
        table(page.status_column, statuses),
    ];
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

fn figured(language: Language) -> impl Fn(&Chart) -> Figured {
    let numbers = super::language::chart_words::ChartWords::of(language).numbers;
    let page = PageWords::of(language);
    move |chart| {
        let over_time = ["concurrency", "offered", "delay-over-time", "queue-length"].contains(&chart.id);
        Figured {
            chart: chart.clone(),
            svg: chart.svg_for_page(),
            short: chart.table.rows.len() <= PRINTED_ROWS,
            elsewhere: if over_time { page.numbers_in_csv } else { page.numbers_in_result },
            numbers,
        }
    }
}

fn gates(result: &RunResult, language: Language) -> Vec<GateRow> {
    let words = Words::of(language);
    let row = |gate: &crate::result::GateResult| GateRow {
        class: status_class(gate.status),
        mark: text::mark(gate.status),
        status: text::status_word(gate.status, words),
        gate: gate.gate.clone(),
        value: text::gate_value(gate, language),
        n: language.count(gate.n),
        written_at: gate.written_at.clone(),
        remark: gate.remark.as_ref().map(|remark| sentences::translate(remark, language)),
    };
    result.verdict.gates.iter().map(row).collect()
}

fn required_rows(result: &RunResult, language: Language) -> Vec<RequiredRow> {
    let row = |field: &crate::result::RequiredField| RequiredRow {
        class: status_class(field.status),
        mark: text::mark(field.status),
        field: field.field.clone(),
        found: required::found(field, language),
        written_at: field.written_at.clone(),
    };
    result.verdict.required_fields.iter().map(row).collect()
}

fn ladder_view(ladder: &Ladder, language: Language) -> LadderView {
    let outcome = Words::of(language).label(&ladder.outcome);
    let message = |message: &crate::result::LadderMessage| {
        let at = language.decimal(message.at_ms, 2);
        (at, message.sent, message.line.clone(), message.detail.clone())
    };
    LadderView {
        title: format!("{outcome} ({})", cause(&ladder.cause, language)),
        call_id: ladder.call_id.clone(),
        messages: ladder.messages.iter().map(message).collect(),
    }
}

/// The command that makes the same arrivals again.
fn command(result: &RunResult) -> String {
    match result.driver {
        Driver::Live if result.scenario.target == "bundled" => {
            "busyhour run scenario.effective.yaml".to_owned()
        }
        Driver::Live => format!("busyhour run scenario.effective.yaml --target {}", result.scenario.target),
        Driver::Simulation => "busyhour simulate scenario.effective.yaml".to_owned(),
        Driver::Audit => "busyhour report result.json".to_owned(),
    }
}

/// The page of a result, charts included.
#[must_use]
pub fn page_of(result: &RunResult, language: Language) -> String {
    render(result, &chart::all(result, language), language)
}

#[cfg(test)]
mod tests;
