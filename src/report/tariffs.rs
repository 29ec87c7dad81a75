//! The comparison of tariff plans for a client: text, Markdown and a page with charts.

use askama::Template;
use rust_decimal::Decimal;

use super::Artifact;
use super::chart::Chart;
use super::chart::tariffs as charts;
use super::chart_files;
use super::html::styles;
use super::language::Language;
use super::language::fill;
use super::language::tariff_words::TariffWords;
use super::table::Table;
use crate::cost;
use crate::erlang::erlang_b;
use crate::sizing::tariffs::Amount;
use crate::sizing::tariffs::Change;
use crate::sizing::tariffs::Knee;
use crate::sizing::tariffs::PathStep;
use crate::sizing::tariffs::PlanStudy;
use crate::sizing::tariffs::Point;
use crate::sizing::tariffs::Step;
use crate::sizing::tariffs::Study;

/// The page. Everything in it is text already, in the reader's language.
#[derive(Template)]
#[template(path = "tariffs.html")]
struct View<'study> {
    lang: Language,
    words: &'static TariffWords,
    study: &'study Study,
    styles: String,
    lead: Vec<String>,
    sections: Vec<Section>,
}

/// A heading with a table, a chart or both.
struct Section {
    title: String,
    caption: String,
    svg: Option<String>,
    table: Table,
}

/// Every file of a comparison.
#[must_use]
pub fn render_all(study: &Study, language: Language) -> Vec<Artifact> {
    let drawn = charts::all(study, language);
    let mut artifacts = vec![
        Artifact::new("tariffs.json", super::json::pretty(study)),
        Artifact::new("tariffs.md", markdown(study, language)),
        Artifact::new("tariffs.html", html(study, &drawn, language)),
    ];
    artifacts.extend(chart_files(&drawn));
    artifacts
}

/// What the terminal shows.
#[must_use]
pub fn text(study: &Study, language: Language) -> String {
    let mut text = format!("{}\n\n", lead(study, language).join("\n"));
    for (title, caption, table) in tables(study, language) {
        text.extend([format!("{title}\n{}", table.to_text())]);
        if !caption.is_empty() {
            text += &caption;
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

fn markdown(study: &Study, language: Language) -> String {
    let words = TariffWords::of(language);
    let mut text =
        format!("# {}: {}\n\n{}\n", words.title, study.scenario, lead(study, language).join("\n\n"));
    for (title, caption, table) in tables(study, language) {
        text.extend([format!("\n## {title}\n\n{}", table.to_markdown())]);
        if !caption.is_empty() {
            text.extend([format!("\n{caption}\n")]);
        }
    }
    text
}

fn html(study: &Study, charts: &[Chart], language: Language) -> String {
    let chart = |id: &str| charts.iter().find(|chart| chart.id == id);
    let tables = tables(study, language);
    let ids = ["tariffs-cost", "", "tariffs-loss", "tariffs-marginal"];
    let ids = ids.into_iter().chain(std::iter::repeat(""));
    let sections = tables.into_iter().zip(ids).map(|((title, caption, table), id)| {
        let chart = chart(id);
        let caption = match chart {
            Some(chart) if caption.is_empty() => chart.caption.clone(),
            Some(chart) => format!("{caption} {}", chart.caption),
            None => caption,
        };
        Section { title, caption, svg: chart.and_then(Chart::svg_for_page), table }
    });
    let view = View {
        lang: language,
        words: TariffWords::of(language),
        study,
        styles: styles(),
        lead: lead(study, language),
        sections: sections.collect(),
    };
    view.render().expect("writing to memory does not fail")
}

/// The sentences above the tables.
fn lead(study: &Study, language: Language) -> Vec<String> {
    let words = TariffWords::of(language);
    let mut lead = vec![words.headline.to_owned()];
    lead.extend(proof(study, language));
    lead.push(fill(
        words.facts,
        &[
            ("erlangs", &language.erlangs(study.erlangs)),
            ("calls", &language.count(study.calls_per_month)),
            ("target", &language.round_percent(study.target)),
            ("on", &study.on),
            ("replications", &language.count(study.replications)),
            ("seed", &study.seed.to_string()),
        ],
    ));
    lead.extend(study.plans.iter().any(|plan| plan.illustrative).then(|| words.illustrative.to_owned()));
    lead
}

/// The headline in figures: the smallest and the largest plan, each filled to 1 % today, under the growth that
/// brings 15 %.
fn proof(study: &Study, language: Language) -> Option<String> {
    const FROM: f64 = 0.01;
    const TO: f64 = 0.15;
    let words = TariffWords::of(language);
    let small = study.plans.iter().min_by_key(|plan| plan.channels)?;
    let large = study.plans.iter().max_by_key(|plan| plan.channels)?;
    let growth = |plan: &PlanStudy| {
        let load = |level| erlang_b::max_erlangs(f64::from(plan.channels), level).ok();
        Some(load(TO)? / load(FROM)?)
    };
    let (least, most) = (growth(large)?, growth(small)?);
    (small.channels < large.channels).then(|| {
        fill(
            words.headline_how,
            &[
                ("from", &language.round_percent(FROM)),
                ("level", &language.round_percent(TO)),
                ("small_growth", &language.decimal(most, 2)),
                ("large_growth", &language.decimal(least, 2)),
                ("small", &format!("{} ({})", small.plan, small.channels)),
                ("large", &format!("{} ({})", large.plan, large.channels)),
            ],
        )
    })
}

/// Title, caption and table of each part, in the order of the page.
fn tables(study: &Study, language: Language) -> Vec<(String, String, Table)> {
    let words = TariffWords::of(language);
    let level = language.round_percent(study.target);
    let mut tables = vec![
        (words.path_title.to_owned(), changes(study, language), path(study, language)),
        (
            words.plans_title.to_owned(),
            fill(words.plans_caption, &[("level", &level)]),
            knees(study, language),
        ),
        (words.loss_title.to_owned(), waits(study, language), losses(study, language)),
        (words.marginal_title.to_owned(), unknown(study, language), marginal(study, language)),
    ];
    if !study.not_offered.is_empty() {
        let mut table = Table::new(&[words.plan, words.provider, words.reason]);
        for plan in &study.not_offered {
            table.push(vec![plan.plan.clone(), plan.provider.clone(), words.why(&plan.reason, &plan.detail)]);
        }
        tables.push((words.not_offered_title.to_owned(), String::new(), table));
    }
    let mut sources = Table::new(&[words.plan, words.source, words.read_on]);
    for plan in &study.plans {
        let read_on = plan.read_on.clone().unwrap_or_else(|| "–".to_owned());
        sources.push(vec![name(plan), plan.source.clone(), read_on]);
    }
    tables.push((words.sources_title.to_owned(), String::new(), sources));
    tables
}

/// The plan's name, marked where it is made up.
#[must_use]
pub fn name(plan: &PlanStudy) -> String {
    format!("{}{}", plan.plan, if plan.illustrative { "*" } else { "" })
}

fn amount(amount: Amount, language: Language) -> String {
    language.digits(&cost::money(amount.0))
}

fn times(growth: f64, language: Language) -> String {
    format!("×{}", language.short(growth))
}

fn path(study: &Study, language: Language) -> Table {
    let words = TariffWords::of(language);
    let in_currency = |text: &str| fill(text, &[("currency", &study.currency)]);
    let columns = [
        words.growth.to_owned(),
        words.plan.to_owned(),
        words.channels.to_owned(),
        words.loss.to_owned(),
        words.lost_customers.to_owned(),
        in_currency(words.cost),
        in_currency(words.loss_cost),
        in_currency(words.total),
    ];
    let mut table = Table::new(&columns.each_ref().map(String::as_str));
    for (place, step) in study.path.iter().enumerate() {
        let mut row = vec![times(step.growth, language)];
        if let Some(plan) = step.plan.map(|index| &study.plans[index]) {
            let at = &plan.steps[place];
            row.extend([
                name(plan),
                at.channels.to_string(),
                language.percent_bare(at.loss.ratio),
                language.digits(&cost::quantity(at.lost_customers.0)),
                amount(at.cost, language),
                amount(at.loss_cost, language),
                amount(at.total, language),
            ]);
        } else {
            row.push(words.path_none.to_owned());
            row.resize(columns.len(), "–".to_owned());
        }
        table.push(row);
    }
    table
}

/// What a change costs, each part that is not nothing.
fn costs(change: &Change, currency: &str, language: Language) -> String {
    let words = TariffWords::of(language);
    let parts = [
        (words.path_leaving, change.leaving),
        (words.path_setup, change.set_up),
        (words.path_notice, change.notice),
    ];
    let parts = parts.into_iter().filter(|(_, cost)| !cost.0.is_zero());
    let parts = parts.map(|(word, cost)| {
        let cost = amount(cost, language);
        fill(word, &[("amount", &*cost), ("currency", currency)])
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) }
}

/// What each change of plan costs, once, which further channels would pay, and how far off the plans are where none holds.
fn changes(study: &Study, language: Language) -> String {
    let words = TariffWords::of(language);
    let sentence = |step: &PathStep| {
        let (change, new) = (step.change.as_ref()?, study.plans.get(step.plan?)?);
        let parts = [
            ("growth", times(step.growth, language)),
            ("old", name(study.plans.get(change.from)?)),
            ("new", name(new)),
            ("begins", change.begins.clone()),
            ("costs", costs(change, &study.currency, language)),
        ];
        Some(fill(words.path_change, &parts.each_ref().map(|(key, text)| (*key, &**text))))
    };
    let mut sentences: Vec<String> = study.path.iter().filter_map(sentence).collect();
    if let (false, Some(months)) = (sentences.is_empty(), study.months_per_step) {
        sentences.insert(0, fill(words.path_months, &[("months", &months.to_string())]));
    }
    sentences.extend(together(study, language));
    sentences.extend(saves(study, language));
    sentences.extend(even_with(study, language));
    sentences.join(" ")
}

/// Where another plan costs less than the one with the lowest invoice, once the calls that are still lost are paid for: by a
/// hundredth at least, since they are simulated.
fn together(study: &Study, language: Language) -> Vec<String> {
    let sentence = |(place, step): (usize, &PathStep)| {
        let (chosen, total) = (step.plan?, step.total?.0);
        let holds = |(index, plan): &(usize, &PlanStudy)| *index != chosen && plan.steps[place].meets_target;
        let others = study.plans.iter().enumerate().filter(holds);
        let (_, other) = others.min_by_key(|(_, plan)| plan.steps[place].total)?;
        let less = other.steps[place].total;
        let is_less = less.0.checked_mul(Decimal::ONE_HUNDRED)? < total.checked_mul(Decimal::from(99))?;
        let parts = [
            ("growth", times(step.growth, language)),
            ("plan", name(study.plans.get(chosen)?)),
            ("other", name(other)),
            ("less", amount(less, language)),
            ("total", amount(step.total?, language)),
            ("currency", study.currency.clone()),
        ];
        let parts = parts.each_ref().map(|(key, text)| (*key, &**text));
        is_less.then(|| fill(TariffWords::of(language).path_together, &parts))
    };
    study.path.iter().enumerate().filter_map(sentence).collect()
}

/// Where more channels than those that are advised would still pay.
fn saves(study: &Study, language: Language) -> Vec<String> {
    let sentence = |(place, step): (usize, &PathStep)| {
        let one_more = study.plans.get(step.plan?)?.marginal.get(place)?;
        let parts = [
            ("growth", times(step.growth, language)),
            ("channels", step.channels.to_string()),
            ("most", one_more.pays_up_to?.to_string()),
            ("saved", amount(one_more.saves?, language)),
            ("currency", study.currency.clone()),
        ];
        let parts = parts.each_ref().map(|(key, text)| (*key, &**text));
        Some(fill(TariffWords::of(language).path_saves, &parts))
    };
    study.path.iter().enumerate().filter_map(sentence).collect()
}

/// Where no plan holds: what those lose that sell further channels, with all of them.
fn even_with(study: &Study, language: Language) -> Vec<String> {
    let none = study.path.iter().enumerate().filter(|(_, step)| step.plan.is_none());
    none.flat_map(|(place, step)| study.plans.iter().map(move |plan| (place, step.growth, plan)))
        .filter_map(|(place, growth, plan)| {
            let most = plan.steps.get(place)?.even_with?;
            let parts = [
                ("growth", times(growth, language)),
                ("plan", name(plan)),
                ("loss", language.percent(most.loss)),
                ("channels", most.channels.to_string()),
            ];
            let parts = parts.each_ref().map(|(key, text)| (*key, &**text));
            Some(fill(TariffWords::of(language).path_even_with, &parts))
        })
        .collect()
}

fn knees(study: &Study, language: Language) -> Table {
    let words = TariffWords::of(language);
    let columns = [
        words.plan,
        words.loss,
        words.channels,
        words.rate,
        words.knee_formula,
        words.knee_channels,
        words.knee_plan,
    ];
    let mut table = Table::new(&columns);
    let simulated = |knee: Option<Knee>| {
        knee.map_or_else(
            || words.never.to_owned(),
            |knee| {
                let [low, high] = knee.ci95.map(|growth| language.decimal(growth, 3));
                format!("×{} [{low}; {high}]", language.decimal(knee.growth, 3))
            },
        )
    };
    let by_formula = |point: Option<Point>| {
        let times = |point: Point| format!("×{}", language.decimal(point.growth, 3));
        point.map_or_else(|| "–".to_owned(), times)
    };
    for plan in &study.plans {
        let rate = plan.calls_per_second.map_or_else(|| "–".to_owned(), |rate| language.short(rate));
        for knee in &plan.knees {
            let row = |channels: u32, formula, alone, whole| {
                let level = language.round_percent_bare(knee.level);
                let channels = channels.to_string();
                vec![name(plan), level, channels, rate.clone(), by_formula(formula), alone, whole]
            };
            let (alone, whole) = (simulated(knee.channels_alone), simulated(knee.whole_plan));
            table.push(row(plan.channels, knee.formula, alone, whole));
            if let Some(all) = knee.extended {
                table.push(row(all.channels, all.formula, "–".to_owned(), simulated(all.whole_plan)));
            }
        }
    }
    table
}

fn losses(study: &Study, language: Language) -> Table {
    let words = TariffWords::of(language);
    let names: Vec<String> = study.plans.iter().map(name).collect();
    let columns: Vec<&str> = std::iter::once(words.growth).chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&columns);
    for (place, growth) in study.growth.iter().enumerate() {
        let losses = study.plans.iter().map(|plan| language.percent_bare(plan.steps[place].loss.ratio));
        table.push(std::iter::once(times(*growth, language)).chain(losses).collect());
    }
    table
}

/// Of which plans nobody can say what one more channel is worth.
fn unknown(study: &Study, language: Language) -> String {
    let words = TariffWords::of(language);
    let sentence = |plan: &PlanStudy| {
        let reason = plan.marginal.iter().find_map(|step| step.unknown.as_deref())?;
        Some(fill(words.unknown_worth(reason)?, &[("plan", &name(plan))]))
    };
    study.plans.iter().filter_map(sentence).collect::<Vec<_>>().join(" ")
}

/// How long callers wait on plans that let them, and where the line grows without end.
fn waits(study: &Study, language: Language) -> String {
    let words = TariffWords::of(language);
    let steps = study.plans.iter().flat_map(|plan| plan.steps.iter().map(move |step| (plan, step)));
    let sentence = |(plan, step): (&PlanStudy, &Step)| {
        let told = if step.endless { words.loss_endless } else { words.loss_wait };
        let wait = match step.mean_wait_s {
            Some(wait) => language.duration(wait),
            None if step.endless => String::new(),
            None => return None,
        };
        let parts = [
            ("growth", times(step.growth, language)),
            ("plan", name(plan)),
            ("channels", step.channels.to_string()),
            ("loss", language.percent(step.loss.ratio)),
            ("wait", wait),
        ];
        Some(fill(told, &parts.each_ref().map(|(key, text)| (*key, &**text))))
    };
    steps.filter_map(sentence).collect::<Vec<_>>().join(" ")
}

fn marginal(study: &Study, language: Language) -> Table {
    let words = TariffWords::of(language);
    let in_currency = |text: &str| fill(text, &[("currency", &study.currency)]);
    let (below, price) = (in_currency(words.pays_below), in_currency(words.its_price));
    let mut table = Table::new(&[words.plan, words.growth, words.channels, &below, &price, words.pays_up_to]);
    for plan in &study.plans {
        for step in &plan.marginal {
            table.push(vec![
                name(plan),
                times(step.growth, language),
                step.channels.unwrap_or(plan.channels).to_string(),
                step.pays_below.map_or_else(|| "–".to_owned(), |worth| amount(worth, language)),
                step.price.map_or_else(|| "–".to_owned(), |price| amount(price, language)),
                step.pays_up_to.map_or_else(|| "–".to_owned(), |channels| channels.to_string()),
            ]);
        }
    }
    table
}
