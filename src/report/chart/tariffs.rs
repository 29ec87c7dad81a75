//! Tariff plans under growth: loss by plan, money along the recommended path, the worth of one more channel.

use rust_decimal::prelude::ToPrimitive;

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::outcomes::describe;
use super::plot::Anchor;
use super::plot::Bar;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use super::plot::Side;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::tariff_words::TariffWords;
use crate::report::table::Table;
use crate::report::tariffs::name;
use crate::sizing::tariffs::Amount;
use crate::sizing::tariffs::Knees;
use crate::sizing::tariffs::Study;

const BAR_HALF: f64 = 0.3;

/// Plans are told apart by colour and by dashes.
const LOOKS: [(Ink, Dash); 6] = [
    (Ink::Technical, Dash::Solid),
    (Ink::Human, Dash::Dashed),
    (Ink::Completed, Dash::Solid),
    (Ink::Text, Dash::Dotted),
    (Ink::Other, Dash::Solid),
    (Ink::Measured, Dash::Dashed),
];

/// Every chart of a comparison.
#[must_use]
pub fn all(study: &Study, language: Language) -> Vec<Chart> {
    vec![cost(study, language), loss(study, language), marginal(study, language)]
}

fn look(place: usize) -> (Ink, Dash) {
    LOOKS[place % LOOKS.len()]
}

fn growth_axis(study: &Study, language: Language) -> Axis {
    let low = study.growth.iter().copied().fold(f64::INFINITY, f64::min);
    let high = study.growth.iter().copied().fold(0.0, f64::max);
    let room = (high - low).max(0.1) * 0.03;
    let words = TariffWords::of(language);
    Axis::between(low - room, high + room, words.growth_axis, |value| language.short(value))
}

fn loss(study: &Study, language: Language) -> Chart {
    let words = TariffWords::of(language);
    let at = |place: usize| study.plans.iter().map(move |plan| plan.steps[place].loss.ci95[1]);
    let highest = (0..study.growth.len()).flat_map(at).fold(study.target, f64::max);
    let x = growth_axis(study, language);
    let mut plot = Plot::new(x, Axis::percent_from_zero(highest, words.loss_axis, language));
    plot.height_px = 360.0;
    // The axis' name stands above the highest tick, not upon it.
    plot.y.high *= 1.04;
    let ends = (plot.x.low, plot.x.high);
    let mut table = Table::new(&[words.plan, words.growth, words.channels, words.loss]);
    for (place, plan) in study.plans.iter().enumerate() {
        let (ink, dash) = look(place);
        let points: Vec<(f64, f64)> = plan.steps.iter().map(|step| (step.growth, step.loss.ratio)).collect();
        plot.explain(ink, Sample::Line(dash), &format!("{} ({})", name(plan), plan.channels));
        plot.marks.push(Mark::Line { series: "tariffs-loss", ink, dash, width: 2.0, step: false, points });
        for step in &plan.steps {
            let [low, high] = step.loss.ci95;
            plot.marks.push(Mark::Interval { ink, x: step.growth, low, high, shift_px: 0.0 });
            table.push(vec![
                name(plan),
                language.short(step.growth),
                step.channels.to_string(),
                language.percent_bare(step.loss.ratio),
            ]);
        }
        let knee = plan.knees.first().and_then(Knees::at_last);
        if let Some(knee) = knee.filter(|knee| (ends.0..=ends.1).contains(&knee.growth)) {
            let points = vec![(knee.growth, study.target)];
            let (series, marker) = ("tariffs-knee", Marker::Diamond);
            plot.marks.push(Mark::Points { series, ink, marker, radius: 5.0, points });
        }
    }
    let label = fill(words.target, &[("target", &language.round_percent(study.target))]);
    plot.explain(Ink::Target, Sample::Line(Dash::Dashed), &label);
    let (ink, dash, y, side) = (Ink::Target, Dash::Dashed, study.target, Side::Left);
    plot.marks.insert(0, Mark::Across { ink, dash, y, label: String::new(), side });
    finished("tariffs-loss", words.loss_title, words.loss_caption.to_owned(), plot, table)
}

fn cost(study: &Study, language: Language) -> Chart {
    let words = TariffWords::of(language);
    let in_currency = |text: &str| fill(text, &[("currency", &study.currency)]);
    let labels: Vec<String> =
        study.growth.iter().map(|growth| format!("×{}", language.short(*growth))).collect();
    let highest = study.path.iter().filter_map(|step| step.total.map(number)).fold(0.0, f64::max);
    let axis = in_currency(words.cost_axis);
    let y = Axis::from_zero(highest * 1.12, &axis, |value| language.decimal(value, 0));
    let mut plot = Plot::new(Axis::categories(labels, words.growth_axis), y);
    plot.explain(Ink::Completed, Sample::Area, words.cost_bill);
    plot.explain(Ink::Technical, Sample::Area, words.cost_loss);
    let columns =
        [words.growth.to_owned(), words.plan.to_owned(), in_currency(words.cost), in_currency(words.total)];
    let mut table = Table::new(&columns.each_ref().map(String::as_str));
    let mut texts = Vec::new();
    let mut named = None;
    for (at, step) in (0_u32..).zip(&study.path) {
        let x = f64::from(at);
        let (Some(index), Some(cost), Some(total)) = (step.plan, step.cost, step.total) else {
            let (text, at) = ("–".to_owned(), (x, 0.0));
            texts.push(label(text, at, 10.0));
            named = None;
            continue;
        };
        let (bill, both) = (number(cost), number(total));
        for (series, ink, low, high) in
            [("tariffs-bill", Ink::Completed, 0.0, bill), ("tariffs-lost", Ink::Technical, bill, both)]
        {
            let bar = Bar {
                corner: (x - BAR_HALF, low),
                opposite: (x + BAR_HALF, high),
                datum: (step.growth, high - low),
            };
            plot.marks.push(Mark::Bars { series, ink, bars: vec![bar] });
        }
        let plan = name(&study.plans[index]);
        // A plan is named where it begins, each other name a line higher: neighbours never touch.
        if named != Some(index) {
            let above_px = if texts.len().is_multiple_of(2) { 10.0 } else { 26.0 };
            texts.push(label(plan.clone(), (x, both), above_px));
        }
        named = Some(index);
        let money = |amount: Amount| language.digits(&crate::cost::money(amount.0));
        table.push(vec![language.short(step.growth), plan, money(cost), money(total)]);
    }
    plot.marks.append(&mut texts);
    finished("tariffs-cost", words.cost_title, words.cost_caption.to_owned(), plot, table)
}

fn label(text: String, at: (f64, f64), above_px: f64) -> Mark {
    Mark::Label { ink: Ink::Text, at, shift_px: (0.0, -above_px), anchor: Anchor::Middle, bold: true, text }
}

fn marginal(study: &Study, language: Language) -> Chart {
    let words = TariffWords::of(language);
    let all =
        || study.plans.iter().flat_map(|plan| &plan.marginal).filter_map(|step| step.pays_below.map(number));
    let highest = all().fold(10.0, f64::max) * 1.3;
    // What is worth less than a unit of money is worth nothing here.
    let lowest = all().filter(|worth| *worth > 0.0).fold(highest, f64::min).max(1.0) / 1.3;
    let axis = fill(words.marginal_axis, &[("currency", &study.currency)]);
    let y = Axis::log(lowest, highest, &axis, |value| language.short(value));
    let mut plot = Plot::new(growth_axis(study, language), y);
    plot.height_px = 360.0;
    let mut table = Table::new(&[words.plan, words.growth, &axis]);
    for (place, plan) in study.plans.iter().enumerate() {
        let (ink, dash) = look(place);
        let known = || plan.marginal.iter().filter_map(|step| Some((step.growth, step.pays_below?)));
        let points: Vec<(f64, f64)> = known().map(|(growth, worth)| (growth, number(worth))).collect();
        if points.is_empty() {
            continue;
        }
        plot.explain(ink, Sample::Line(dash), &format!("{} ({})", name(plan), plan.channels));
        let line = Mark::Line { series: "tariffs-marginal", ink, dash, width: 2.0, step: false, points };
        plot.marks.push(line);
        for (growth, worth) in known() {
            let worth = language.digits(&crate::cost::money(worth.0));
            table.push(vec![name(plan), language.short(growth), worth]);
        }
    }
    finished("tariffs-marginal", words.marginal_title, words.marginal_caption.to_owned(), plot, table)
}

fn finished(id: &'static str, title: &str, caption: String, plot: Plot, table: Table) -> Chart {
    let description = describe(&table);
    Chart { id, title: title.to_owned(), description, caption, content: Content::Plot(Box::new(plot)), table }
}

fn number(amount: Amount) -> f64 {
    amount.0.to_f64().unwrap_or(0.0)
}
