//! Charts of a staffing plan: agents through the day, service level by interval, the roster, and what an agent more
//! or fewer does at the busiest time.

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
use super::staff_curve;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::staff_words::StaffWords;
use crate::report::staffing::{clock, level_named, target};
use crate::report::table::Table;
use crate::sizing::plan::{IntervalPlan, StaffPlan};

const HOUR_S: f64 = 3_600.0;

/// Every chart of the plan that has something to show.
#[must_use]
pub fn all(plan: &StaffPlan, currency: &str, language: Language) -> Vec<Chart> {
    let mut charts = vec![staffing(plan, language), levels(plan, language), neighbours(plan, language)];
    charts.extend(roster(plan, language));
    charts.extend(staff_curve::all(&plan.curve, &plan.targets, currency, language));
    charts
}

/// Hours of the day; past midnight they go on beyond 24.
fn axis(plan: &StaffPlan, language: Language) -> Axis {
    let from = plan.opens_s / HOUR_S;
    let to = from + end_s(plan) / HOUR_S;
    let step = if to - from > 48.0 { 24.0 } else { 2.0 };
    Axis::stepped(from, to, step, StaffWords::of(language).axis_time, language)
}

fn end_s(plan: &StaffPlan) -> f64 {
    plan.intervals.last().map_or(0.0, |last| last.planned.start_s + last.planned.length_s)
}

fn hour(plan: &StaffPlan, seconds: f64) -> f64 {
    (plan.opens_s + seconds) / HOUR_S
}

/// A step line over the intervals, to the end of the last.
fn steps(plan: &StaffPlan, value: impl Fn(&IntervalPlan) -> f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = plan
        .intervals
        .iter()
        .map(|interval| (hour(plan, interval.planned.start_s), value(interval)))
        .collect();
    if let Some((_, last)) = points.last().copied() {
        points.push((hour(plan, end_s(plan)), last));
    }
    points
}

fn chart(id: &'static str, title: &str, description: String, plot: Plot, table: Table) -> Chart {
    let content = Content::Plot(Box::new(plot));
    Chart { id, title: title.to_owned(), description, caption: String::new(), content, table }
}

fn staffing(plan: &StaffPlan, language: Language) -> Chart {
    let words = StaffWords::of(language);
    let most = |of: fn(&IntervalPlan) -> u32| plan.intervals.iter().map(of).max().unwrap_or(0);
    let top = most(|interval| interval.agents).max(most(|interval| interval.stationary.max(interval.mol)));
    let y = Axis::whole_from_zero(f64::from(top), words.axis_agents, language);
    let mut plot = Plot::new(axis(plan, language), y);
    for (series, ink, dash, label, of) in [
        (
            "recommended",
            Ink::Model,
            Dash::Solid,
            words.legend_recommended,
            (|i| i.agents) as fn(&IntervalPlan) -> u32,
        ),
        ("stationary", Ink::Human, Dash::Dashed, words.legend_stationary, |i| i.stationary),
        ("mol", Ink::Target, Dash::Dotted, words.legend_mol, |i| i.mol),
    ] {
        plot.marks.push(line(series, ink, dash, true, steps(plan, |interval| f64::from(of(interval)))));
        plot.explain(ink, Sample::Line(dash), label);
    }
    let mut table =
        Table::new(&[words.column_time, words.legend_recommended, words.legend_stationary, words.legend_mol]);
    for interval in &plan.intervals {
        let time = clock(plan, interval.planned.start_s, language);
        let counts = [interval.agents, interval.stationary, interval.mol];
        table.push(std::iter::once(time).chain(counts.map(|count| count.to_string())).collect());
    }
    chart("staffing", words.chart_staffing, words.chart_staffing.to_owned(), plot, table)
}

fn target_line(plot: &mut Plot, plan: &StaffPlan, language: Language) {
    let label = fill(StaffWords::of(language).target_line, &[("target", &target(plan, language))]);
    let (ink, dash, y, side) = (Ink::Target, Dash::Dashed, plan.targets.service_level, Side::Left);
    plot.explain(ink, Sample::Line(dash), &label);
    // Levels crowd around their target: its name stands in the legend.
    plot.marks.push(Mark::Across { ink, dash, y, label: String::new(), side });
}

/// Service levels around their target, near which all of them lie.
fn level_axis(plan: &StaffPlan, shown: impl Iterator<Item = f64>, name: &str, language: Language) -> Axis {
    let target = plan.targets.service_level;
    let (low, high) = shown.fold((target, target), |(low, high), level| (low.min(level), high.max(level)));
    Axis::percent_between(low, high, name, language)
}

fn levels(plan: &StaffPlan, language: Language) -> Chart {
    let words = StaffWords::of(language);
    let definition = plan.targets.definition;
    let tried = |interval: &IntervalPlan| interval.tried.and_then(|tried| tried.service_level.ci95);
    let shown = plan.intervals.iter().flat_map(|interval| {
        tried(interval).into_iter().flatten().chain([interval.promised.level(definition)])
    });
    let y = level_axis(plan, shown, &level_named(&plan.targets, language), language);
    let mut plot = Plot::new(axis(plan, language), y);
    let promised = steps(plan, |interval| interval.promised.level(definition));
    plot.marks.push(line("formula", Ink::Model, Dash::Solid, true, promised));
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), words.legend_formula);
    let mut points = Vec::new();
    let mut table = Table::new(&[words.column_time, words.column_formula, words.column_simulated]);
    for interval in &plan.intervals {
        let middle = hour(plan, interval.planned.start_s + interval.planned.length_s / 2.0);
        let level = interval.tried.and_then(|tried| tried.service_level.value);
        if let Some([low, high]) = tried(interval) {
            plot.marks.push(Mark::Interval { ink: Ink::Measured, x: middle, low, high, shift_px: 0.0 });
        }
        points.extend(level.map(|level| (middle, level)));
        table.push(vec![
            clock(plan, interval.planned.start_s, language),
            language.percent_bare(interval.promised.level(definition)),
            level.map(|level| language.percent_bare(level)).unwrap_or_default(),
        ]);
    }
    if !points.is_empty() {
        let (ink, marker) = (Ink::Measured, Marker::Diamond);
        plot.marks.push(Mark::Points { series: "simulated", ink, marker, radius: 3.0, points });
        plot.explain(ink, Sample::Marker(marker), words.legend_simulated);
    }
    target_line(&mut plot, plan, language);
    chart("service-level-by-interval", words.chart_level, words.chart_level.to_owned(), plot, table)
}

/// One agent fewer, the recommendation and one more in the interval with the most work.
fn neighbours(plan: &StaffPlan, language: Language) -> Chart {
    let words = StaffWords::of(language);
    let busiest = plan.intervals.iter().max_by(|a, b| a.planned.calls.total_cmp(&b.planned.calls));
    let points: Vec<(f64, f64)> = busiest
        .into_iter()
        .flat_map(|interval| interval.fewer.iter().chain([&interval.promised, &interval.more]))
        .map(|point| (f64::from(point.agents), point.level(plan.targets.definition)))
        .collect();
    let ends =
        points.iter().map(|(n, _)| *n).fold((f64::INFINITY, 0.0_f64), |(a, b), n| (a.min(n), b.max(n)));
    let simulated = plan.simulated.as_ref().map(|simulated| &simulated.one_fewer);
    let mut measured: Vec<(f64, crate::sizing::trial::Figure)> = Vec::new();
    measured.extend(simulated.map(|fewer| (f64::from(fewer.agents), fewer.service_level)));
    measured.extend(
        busiest.and_then(|interval| Some((f64::from(interval.agents), interval.tried?.service_level))),
    );
    let whiskers = measured.iter().filter_map(|(_, figure)| figure.ci95).flatten();
    let shown = points.iter().map(|(_, level)| *level).chain(whiskers);
    let name = level_named(&plan.targets, language);
    let y = level_axis(plan, shown, &name, language);
    let mut plot = Plot::new(Axis::whole(ends.0, ends.1, words.axis_agents, language), y);
    let mut table = Table::new(&[words.axis_agents, &name]);
    for (agents, level) in &points {
        table.push(vec![language.decimal(*agents, 0), language.percent_bare(*level)]);
    }
    let (ink, marker) = (Ink::Model, Marker::Circle);
    plot.marks.push(line("formula-line", ink, Dash::Solid, false, points.clone()));
    plot.marks.push(Mark::Points { series: "formula", ink, marker, radius: 4.0, points });
    plot.explain(ink, Sample::Line(Dash::Solid), words.legend_formula);
    let mut marks = Vec::new();
    for (agents, figure) in measured {
        if let Some([low, high]) = figure.ci95 {
            plot.marks.push(Mark::Interval { ink: Ink::Measured, x: agents, low, high, shift_px: 0.0 });
        }
        marks.extend(figure.value.map(|level| (agents, level)));
    }
    if !marks.is_empty() {
        let (ink, marker) = (Ink::Measured, Marker::Diamond);
        plot.marks.push(Mark::Points { series: "simulated", ink, marker, radius: 5.0, points: marks });
        plot.explain(ink, Sample::Marker(marker), words.legend_simulated);
    }
    target_line(&mut plot, plan, language);
    chart("level-at-the-busiest-time", words.chart_cost, words.chart_cost.to_owned(), plot, table)
}

fn roster(plan: &StaffPlan, language: Language) -> Option<Chart> {
    let (words, cover) = (StaffWords::of(language), &plan.roster.as_ref()?.cover);
    let at = |slot: usize| hour(plan, f64::from(cover.slot_s) * real(slot));
    let stepped = |values: &[u32]| {
        let mut points: Vec<(f64, f64)> =
            values.iter().enumerate().map(|(slot, value)| (at(slot), f64::from(*value))).collect();
        points.extend(values.last().map(|value| (at(values.len()), f64::from(*value))));
        points
    };
    let away = plan.shrinkage > 0.0;
    let required = if away { words.legend_required_of_staff } else { words.legend_required };
    let top = cover.on_duty.iter().chain(&cover.required).copied().max().unwrap_or(0);
    let mut plot =
        Plot::new(axis(plan, language), Axis::whole_from_zero(f64::from(top), words.axis_agents, language));
    for (series, ink, dash, label, values) in [
        ("required", Ink::Model, Dash::Solid, required, &cover.required),
        ("on-duty", Ink::Human, Dash::Dashed, words.legend_roster, &cover.on_duty),
    ] {
        plot.marks.push(line(series, ink, dash, true, stepped(values)));
        plot.explain(ink, Sample::Line(dash), label);
    }
    let mut table = Table::new(&[words.column_time, required, words.legend_roster]);
    for (slot, (required, on_duty)) in cover.required.iter().zip(&cover.on_duty).enumerate() {
        let time = clock(plan, f64::from(cover.slot_s) * real(slot), language);
        table.push(vec![time, required.to_string(), on_duty.to_string()]);
    }
    Some(chart("roster", words.chart_roster, words.chart_roster.to_owned(), plot, table))
}

#[expect(clippy::cast_precision_loss, reason = "slots of a week")]
fn real(slot: usize) -> f64 {
    slot as f64
}
