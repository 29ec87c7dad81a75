//! A staffing plan as text, Markdown, JSON and a page with charts.

use std::fmt::Write;

use askama::Template;

use super::Artifact;
use super::chart;
use super::chart::Chart;
use super::chart_files;
use super::html;
use super::json;
use super::language::Language;
use super::language::fill;
use super::language::staff_words::StaffWords;
use super::people;
use super::staff_curve;
use super::table::Table;
use super::text::plain_spaces;
use crate::sizing::curve::StaffCurve;
use crate::sizing::plan::{Forecast, IntervalPlan, Plan, Roster, Simulated, StaffPlan};
use crate::sizing::settle::Change;
use crate::sizing::shifts::Shift;
use crate::sizing::trial::{Figure, Finding};
use crate::sizing::{Definition, Targets};

const DAY_S: f64 = 86_400.0;
/// More people than this are listed in the JSON only.
const MOST_PEOPLE: usize = 200;

/// A plan and what the plan does not know.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub plan: &'a StaffPlan,
    /// Of the costs.
    pub currency: &'a str,
    pub notes: &'a [String],
}

/// A heading, sentences under it, and a table.
struct Section {
    heading: &'static str,
    sentences: Vec<String>,
    table: Option<Table>,
}

/// The plan as JSON, ending in a newline.
#[must_use]
pub fn json(plan: &StaffPlan) -> String {
    json::pretty(plan)
}

/// The plan for a terminal.
#[must_use]
pub fn text(view: &View<'_>, language: Language) -> String {
    let mut text = format!("{}\n", view.plan.name);
    for sentence in summary(view, language) {
        text.push_str(&sentence);
        text.push('\n');
    }
    for section in sections(view, language) {
        let _ = writeln!(text, "\n{}", section.heading);
        for sentence in &section.sentences {
            let _ = writeln!(text, "  {sentence}");
        }
        let table = section.table.as_ref().map_or_else(String::new, Table::to_text);
        for line in table.lines() {
            text.push_str(format!("  {line}").trim_end());
            text.push('\n');
        }
    }
    plain_spaces(&text)
}

/// Every file of the report.
#[must_use]
pub fn render_all(view: &View<'_>, language: Language) -> Vec<Artifact> {
    let charts = chart::staffing::all(view.plan, view.currency, language);
    let mut artifacts = vec![
        Artifact::new("staff.json", json(view.plan)),
        Artifact::new("summary.md", markdown(view, language)),
        Artifact::new("report.html", page(view, &charts, language)),
    ];
    artifacts.extend(chart_files(&charts));
    artifacts
}

fn markdown(view: &View<'_>, language: Language) -> String {
    let mut text = format!("# {}\n\n", view.plan.name);
    for sentence in summary(view, language) {
        let _ = writeln!(text, "- {sentence}");
    }
    for section in sections(view, language) {
        let _ = write!(text, "\n## {}\n\n", section.heading);
        for sentence in &section.sentences {
            let _ = writeln!(text, "- {sentence}");
        }
        let Some(table) = &section.table else { continue };
        let _ = write!(text, "\n{}", table.to_markdown());
    }
    plain_spaces(&text)
}

/// The page. Everything in it is text already, in the reader's language.
#[derive(Template)]
#[template(path = "staffing.html")]
struct Page<'a> {
    lang: Language,
    kind: &'static str,
    name: &'a str,
    styles: String,
    summary: Vec<String>,
    sections: Vec<Section>,
    charts: Vec<(&'a Chart, String)>,
}

fn page(view: &View<'_>, charts: &[Chart], language: Language) -> String {
    let page = Page {
        lang: language,
        kind: StaffWords::of(language).kind,
        name: &view.plan.name,
        styles: html::styles(),
        summary: summary(view, language),
        sections: sections(view, language),
        charts: charts.iter().filter_map(|chart| Some((chart, chart.svg_for_page()?))).collect(),
    };
    page.render().expect("a template that compiled renders into memory")
}

/// The time of day of a moment of the plan, with its day where the plan is longer than one.
pub(super) fn clock(plan: &StaffPlan, seconds: f64, language: Language) -> String {
    let at = DAY_S * f64::from(plan.first_day) + plan.opens_s + seconds;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a week")]
    let (weekday, minutes) = ((at / DAY_S % 7.0) as u8 + 1, (at % DAY_S / 60.0).round() as u32);
    let time = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let length = plan.intervals.last().map_or(0.0, |last| last.planned.start_s + last.planned.length_s);
    if length <= DAY_S {
        return time;
    }
    format!("{} {time}", people::day(weekday, language))
}

/// The target in words: `80 % within 20 s`.
pub(super) fn target(plan: &StaffPlan, language: Language) -> String {
    let level = language.round_percent(plan.targets.service_level);
    let threshold = language.duration(plan.targets.threshold_s);
    fill(StaffWords::of(language).target, &[("level", &level), ("threshold", &threshold)])
}

/// What the service level is a share of, in the reader's words.
#[must_use]
pub const fn definition(definition: Definition, language: Language) -> &'static str {
    let words = StaffWords::of(language);
    match definition {
        Definition::OfOffered => words.of_offered,
        Definition::OfAnswered => words.of_answered,
        Definition::Virtual => words.of_virtual,
        Definition::ExclShortAbandons => words.of_without_short,
    }
}

/// The same with the name that options and gates know it by, where that is another.
#[must_use]
pub fn definition_named(meant: Definition, language: Language) -> String {
    fill(StaffWords::of(language).named, &[("own", definition(meant, language)), ("name", meant.name())])
}

/// The heading of a service level: how soon, a share of what, in per cent.
#[must_use]
pub fn level_named(targets: &Targets, language: Language) -> String {
    level_in(StaffWords::of(language).level_of, targets, language)
}

fn level_in(template: &str, targets: &Targets, language: Language) -> String {
    let threshold = language.duration(targets.threshold_s);
    let of = [("threshold", &*threshold), ("definition", definition(targets.definition, language))];
    fill(template, &of)
}

fn summary(view: &View<'_>, language: Language) -> Vec<String> {
    let (plan, words) = (view.plan, StaffWords::of(language));
    let recommended = &plan.headcount.recommended;
    let mut sentences = vec![fill(
        words.headline,
        &[
            ("agents", &language.count(u64::from(recommended.agents))),
            ("hours", &language.hours(recommended.hours)),
            ("target", &target(plan, language)),
            ("definition", &definition_named(plan.targets.definition, language)),
            ("model", plan.model),
        ],
    )];
    match &plan.simulated {
        Some(simulated) => sentences.extend(simulation(plan, simulated, language)),
        None => sentences.push(words.formula_only.to_owned()),
    }
    sentences.extend(plan.forecast.iter().flat_map(|forecast| chances(forecast, language)));
    sentences
}

fn simulation(plan: &StaffPlan, simulated: &Simulated, language: Language) -> [String; 2] {
    let words = StaffWords::of(language);
    let is_few = |it: &&IntervalPlan| it.tried.is_some_and(|tried| tried.finding == Finding::TooFewCalls);
    let few = plan.intervals.iter().filter(is_few).count() as u64;
    let template = match (simulated.confirmed, few) {
        (false, _) => words.not_confirmed,
        (true, 0) => words.confirmed,
        (true, _) => words.confirmed_but,
    };
    let rounds = language.count(u64::from(simulated.rounds));
    let fewer = &simulated.one_fewer;
    let [low, high] = bounds(fewer.service_level, language);
    let finding = match fewer.finding {
        Finding::Confirmed => words.finding_confirmed,
        Finding::TooFewCalls => words.finding_too_few,
        Finding::Undecided => words.finding_undecided,
        Finding::Refuted => words.finding_refuted,
    };
    let time = clock(plan, plan.intervals[fewer.interval].planned.start_s, language);
    let one_fewer = fill(
        words.one_fewer,
        &[
            ("time", &time),
            ("agents", &language.count(u64::from(fewer.agents))),
            ("level", &percent(fewer.service_level.value, language)),
            ("low", &low),
            ("high", &high),
            ("finding", finding),
        ],
    );
    let (days, few) = (language.count(simulated.days), language.count(few));
    [fill(template, &[("days", &days), ("rounds", &rounds), ("few", &few)]), one_fewer]
}

fn chances(forecast: &Forecast, language: Language) -> [String; 3] {
    let words = StaffWords::of(language);
    let [low, high] = bounds(forecast.days_met, language);
    let cv = language.short(forecast.busyness_cv);
    let met = percent(forecast.days_met.value, language);
    let days = language.count(forecast.days);
    let chance =
        fill(words.chance, &[("cv", &cv), ("met", &met), ("low", &low), ("high", &high), ("days", &days)]);
    let quantile = |place: usize| language.percent(forecast.day_quantiles[place]);
    let spread = fill(words.spread, &[("q5", &quantile(0)), ("q50", &quantile(2)), ("q95", &quantile(4))]);
    let most = forecast.wanted.agents.iter().copied().max().unwrap_or(0);
    let wanted = fill(
        words.wanted,
        &[
            ("chance", &language.round_percent(forecast.wanted.chance)),
            ("factor", &language.round_percent(forecast.wanted.factor)),
            ("agents", &language.count(u64::from(most))),
            ("hours", &language.hours(forecast.wanted_hours)),
            ("met", &percent(forecast.wanted.days_met.value, language)),
        ],
    );
    [chance, spread, wanted]
}

fn sections(view: &View<'_>, language: Language) -> Vec<Section> {
    let (plan, words) = (view.plan, StaffWords::of(language));
    let level = level_in(words.all_levels, &plan.targets, language);
    let mut sections = vec![
        Section { heading: words.intervals, sentences: vec![level], table: Some(intervals(plan, language)) },
        Section { heading: words.ways, sentences: Vec::new(), table: Some(ways(view, language)) },
    ];
    if let Some(simulated) = &plan.simulated {
        let sentences = changes(plan, simulated, language);
        sections.insert(1, Section { heading: words.changes, sentences, table: None });
    }
    if let Some(roster) = &plan.roster {
        let mut sentences = vec![roster_sentence(roster, language)];
        if plan.shrinkage > 0.0 {
            let away = language.round_percent(plan.shrinkage);
            sentences.push(fill(words.roster_away, &[("shrinkage", &away)]));
        }
        sections.push(Section {
            heading: words.roster,
            sentences,
            table: Some(shifts(plan, roster, language)),
        });
        sections.push(Section { heading: words.who, sentences: people(plan, roster, language), table: None });
    }
    sections.push(curve(view, language));
    if !view.notes.is_empty() {
        sections.push(Section { heading: words.notes, sentences: view.notes.to_vec(), table: None });
    }
    sections
}

fn intervals(plan: &StaffPlan, language: Language) -> Table {
    let words = StaffWords::of(language);
    let mut table = Table::new(&[
        words.column_time,
        words.column_calls,
        words.column_erlangs,
        words.column_stationary,
        words.column_lagged,
        words.column_mol,
        words.column_agents,
        words.column_scheduled,
        words.column_fewer,
        words.column_formula,
        words.column_more,
        words.column_simulated,
        words.column_interval,
        words.column_asa,
        words.column_occupancy,
    ]);
    for interval in &plan.intervals {
        table.push(interval_row(plan, interval, language));
    }
    table
}

fn interval_row(plan: &StaffPlan, interval: &IntervalPlan, language: Language) -> Vec<String> {
    let count = |agents: u32| language.count(u64::from(agents));
    let level = |point: &crate::sizing::StaffPoint| tenths(point.level(plan.targets.definition), language);
    let tried = interval.tried.as_ref();
    let simulated = tried.and_then(|tried| tried.service_level.value).map(|level| tenths(level, language));
    let ci = tried.and_then(|tried| tried.service_level.ci95);
    let ci = ci.map(|[low, high]| format!("{}–{}", tenths(low, language), tenths(high, language)));
    let asa = tried.map_or(interval.promised.asa_s, |tried| tried.asa_s.value);
    vec![
        clock(plan, interval.planned.start_s, language),
        language.short(interval.planned.calls),
        language.decimal(interval.erlangs, 2),
        count(interval.stationary),
        count(interval.lagged),
        count(interval.mol),
        count(interval.agents),
        count(interval.scheduled),
        interval.fewer.as_ref().map(level).unwrap_or_default(),
        level(&interval.promised),
        level(&interval.more),
        simulated.unwrap_or_default(),
        ci.unwrap_or_default(),
        asa.map(|asa| language.decimal(asa, 1)).unwrap_or_default(),
        tenths(interval.promised.occupancy, language),
    ]
}

fn ways(view: &View<'_>, language: Language) -> Table {
    let (words, headcount) = (StaffWords::of(language), &view.plan.headcount);
    let cost_column = format!("{}, {}", words.column_cost, view.currency);
    let mut columns =
        vec![words.way, words.column_most, words.column_hours, words.column_paid, words.column_met];
    let costed = headcount.recommended.cost.is_some();
    if costed {
        columns.push(&cost_column);
    }
    let mut table = Table::new(&columns);
    let ways: [(&str, &Plan); 4] = [
        (words.way_peak, &headcount.peak),
        (words.way_mean, &headcount.mean),
        (words.way_formula, &headcount.formula),
        (words.way_recommended, &headcount.recommended),
    ];
    for (name, way) in ways {
        let mut row = vec![
            name.to_owned(),
            language.count(u64::from(way.agents)),
            language.decimal(way.hours, 1),
            language.decimal(way.paid_hours, 1),
            format!("{} / {}", way.intervals_met, view.plan.intervals.len()),
        ];
        if costed {
            row.push(way.cost.map(|cost| language.decimal(cost, 0)).unwrap_or_default());
        }
        table.push(row);
    }
    table.chosen = Some(3);
    table
}

fn curve(view: &View<'_>, language: Language) -> Section {
    let (words, curve) = (StaffWords::of(language), &view.plan.curve);
    let time = clock(view.plan, curve.start_s.unwrap_or(0.0), language);
    let mut sentences = vec![fill(words.curve_at, &[("time", &time)])];
    sentences.extend(cheapest(curve, language));
    let table = staff_curve::table(curve, &view.plan.targets, view.currency, language);
    Section { heading: words.curve, sentences, table: Some(table) }
}

/// Which number of agents is cheapest; `None` unless agents and lost calls have a price.
#[must_use]
pub fn cheapest(curve: &StaffCurve, language: Language) -> Option<String> {
    let count = |agents: u32| language.count(u64::from(agents));
    let words = StaffWords::of(language);
    let shown = curve.cheapest_lies_outside();
    let sentence = if shown.is_some() { words.curve_cheapest_outside } else { words.curve_cheapest };
    let [from, to] = shown.unwrap_or_default().map(count);
    let (cheapest, needed) = (count(curve.cheapest?), count(curve.needed));
    Some(fill(sentence, &[("cheapest", &cheapest), ("needed", &needed), ("from", &from), ("to", &to)]))
}

fn changes(plan: &StaffPlan, simulated: &Simulated, language: Language) -> Vec<String> {
    let words = StaffWords::of(language);
    if simulated.changes.is_empty() {
        return vec![words.no_changes.to_owned()];
    }
    let sentence = |change: &Change| {
        let time = clock(plan, plan.intervals[change.interval].planned.start_s, language);
        let [low, high] = bounds(change.service_level, language);
        let counted = change.service_level.value.is_some();
        fill(
            if counted { words.change } else { words.change_nobody },
            &[
                ("low", &*low),
                ("high", &high),
                ("why", why(plan, change, language)),
                ("time", &time),
                ("from", &language.count(u64::from(change.from))),
                ("to", &language.count(u64::from(change.to))),
                ("level", &percent(change.service_level.value, language)),
            ],
        )
    };
    simulated.changes.iter().map(sentence).collect()
}

/// Why the simulation changed a number.
fn why(plan: &StaffPlan, change: &Change, language: Language) -> &'static str {
    let (words, level) = (StaffWords::of(language), change.service_level);
    let (raised, wanted) = (change.to > change.from, plan.targets.service_level);
    match level.ci95 {
        None if raised && level.value.is_none() => words.why_waiting,
        _ if !raised && change.to == 0 => words.why_idle,
        _ if !raised => words.why_fewer,
        Some([_, high]) if high < wanted => words.why_missed,
        Some([low, _]) if low >= wanted => words.why_other,
        _ => words.why_uncertain,
    }
}

fn roster_sentence(roster: &Roster, language: Language) -> String {
    let cover = &roster.cover;
    fill(
        StaffWords::of(language).roster_sentence,
        &[
            ("heads", &language.count(u64::from(cover.heads))),
            ("people", &language.count(roster.people.len() as u64)),
            ("required", &language.decimal(cover.required_h, 1)),
            ("rostered", &language.decimal(cover.roster_h, 1)),
            ("bound", &language.decimal(cover.bound_h, 1)),
            ("gap", &language.percent(cover.gap)),
        ],
    )
}

fn span(plan: &StaffPlan, shift: &Shift, language: Language) -> String {
    let from = clock(plan, f64::from(shift.start_s), language);
    let to = clock(plan, f64::from(shift.start_s + shift.length_s), language);
    let to = to.rsplit_once(' ').map_or(&*to, |(_, time)| time);
    format!("{from}–{to}")
}

fn shifts(plan: &StaffPlan, roster: &Roster, language: Language) -> Table {
    let words = StaffWords::of(language);
    let mut table =
        Table::new(&[words.column_shift, words.column_break, words.column_count, words.column_shift_hours]);
    for shift in &roster.cover.shifts {
        let pause = shift.break_start_s.map(|at| clock(plan, f64::from(at), language));
        table.push(vec![
            span(plan, shift, language),
            pause.unwrap_or_default(),
            language.count(u64::from(shift.count)),
            language.short(shift.paid_h()),
        ]);
    }
    table
}

fn people(plan: &StaffPlan, roster: &Roster, language: Language) -> Vec<String> {
    let words = StaffWords::of(language);
    let line = |(number, person): (usize, &crate::sizing::rota::Person)| {
        let shifts: Vec<String> = person.shifts.iter().map(|shift| span(plan, shift, language)).collect();
        format!("{}: {}", fill(words.person, &[("n", &number.to_string())]), shifts.join(", "))
    };
    (1..).zip(&roster.people).take(MOST_PEOPLE).map(line).collect()
}

fn bounds(figure: Figure, language: Language) -> [String; 2] {
    figure.ci95.map_or_else(Default::default, |ci| ci.map(|end| language.percent(end)))
}

fn percent(ratio: Option<f64>, language: Language) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| language.percent(ratio))
}

fn tenths(ratio: f64, language: Language) -> String {
    language.decimal(100.0 * ratio, 1)
}
