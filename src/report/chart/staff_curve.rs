//! Service level against agents, and what agents and lost calls cost together.

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
use crate::report::language::fill;
use crate::report::language::staff_words::StaffWords;
use crate::report::staffing::level_named;
use crate::report::table::Table;
use crate::sizing::Targets;
use crate::sizing::curve::{Amount, CostedPoint, StaffCurve};

/// The charts of a curve: the level, and the money where agents or lost calls have a price.
#[must_use]
pub fn all(curve: &StaffCurve, targets: &Targets, currency: &str, language: Language) -> Vec<Chart> {
    let mut charts = vec![level(curve, targets, language)];
    charts.extend(cost(curve, currency, language));
    charts
}

fn agents_axis(curve: &StaffCurve, language: Language) -> Axis {
    let ends = [curve.points.first(), curve.points.last()];
    let [low, high] = ends.map(|point| point.map_or(0.0, |point| f64::from(point.point.agents)));
    Axis::whole(low, high, StaffWords::of(language).axis_agents, language)
}

fn drawn(curve: &StaffCurve, of: impl Fn(&CostedPoint) -> Option<f64>) -> Vec<(f64, f64)> {
    curve.points.iter().filter_map(|point| Some((f64::from(point.point.agents), of(point)?))).collect()
}

/// Upright lines at the agents that are needed and at the cheapest number; their labels lean away from each other.
fn mark(plot: &mut Plot, curve: &StaffCurve, language: Language) {
    let words = StaffWords::of(language);
    let mut upright = |ink, agents: u32, template: &str, side| {
        let label = fill(template, &[("n", &language.count(u64::from(agents)))]);
        let shown = curve.points.iter().any(|point| point.point.agents == agents);
        if shown {
            plot.marks.push(Mark::Upright { ink, dash: Dash::Dotted, x: f64::from(agents), label, side });
        }
    };
    let Some(cheapest) = curve.cheapest.filter(|cheapest| *cheapest != curve.needed) else {
        let template = if curve.cheapest.is_some() { words.both_at } else { words.needed_at };
        return upright(Ink::Target, curve.needed, template, Side::Right);
    };
    let (left, right) = (Side::Left, Side::Right);
    let sides = if cheapest < curve.needed { (left, right) } else { (right, left) };
    upright(Ink::Plan, cheapest, words.cheapest_at, sides.0);
    upright(Ink::Target, curve.needed, words.needed_at, sides.1);
}

fn level(curve: &StaffCurve, targets: &Targets, language: Language) -> Chart {
    let words = StaffWords::of(language);
    let name = level_named(targets, language);
    let mut plot = Plot::new(agents_axis(curve, language), Axis::percent_with_labels(1.0, &name, language));
    let (ink, dash, y) = (Ink::Target, Dash::Dashed, targets.service_level);
    plot.marks.push(Mark::Across { ink, dash, y, label: String::new(), side: Side::Left });
    let points = drawn(curve, |point| Some(point.point.level(targets.definition)));
    plot.marks.push(line("curve", Ink::Model, Dash::Solid, false, points.clone()));
    let (ink, marker) = (Ink::Model, Marker::Circle);
    plot.marks.push(Mark::Points { series: "staff-level", ink, marker, radius: 3.0, points });
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), words.legend_formula);
    let (level, threshold) =
        (language.round_percent(targets.service_level), language.duration(targets.threshold_s));
    let target = fill(words.target, &[("level", &level), ("threshold", &threshold)]);
    plot.explain(Ink::Target, Sample::Line(Dash::Dashed), &fill(words.target_line, &[("target", &target)]));
    mark(&mut plot, curve, language);
    let table = Table::new(&[words.axis_agents, &name]);
    let table =
        filled(table, curve, |point| vec![language.percent_bare(point.point.level(targets.definition))]);
    finished("level-against-agents", words.chart_curve_level, plot, table)
}

fn cost(curve: &StaffCurve, currency: &str, language: Language) -> Option<Chart> {
    let words = StaffWords::of(language);
    let highest = curve.points.iter().flat_map(|p| [p.agents_cost, p.lost_cost, p.total_cost]).flatten();
    let highest = highest.reduce(f64::max)?;
    let name = fill(words.axis_cost, &[("currency", currency)]);
    let y = Axis::from_zero(highest * 1.12, &name, |value| language.decimal(value, 0));
    let mut plot = Plot::new(agents_axis(curve, language), y);
    let series: [(&str, Ink, Dash, &str, Amount); 3] = [
        ("staff-cost-agents", Ink::Human, Dash::Dashed, words.cost_agents, |point| point.agents_cost),
        ("staff-cost-lost", Ink::Technical, Dash::Dotted, words.cost_lost, |point| point.lost_cost),
        ("staff-cost-total", Ink::Model, Dash::Solid, words.cost_total, |point| point.total_cost),
    ];
    for (series, ink, dash, label, of) in series {
        let points = drawn(curve, of);
        if points.is_empty() {
            continue;
        }
        plot.marks.push(line(series, ink, dash, false, points));
        plot.explain(ink, Sample::Line(dash), label);
    }
    mark(&mut plot, curve, language);
    let money = |amount: Option<f64>| amount.map_or_else(|| "–".to_owned(), |x| language.decimal(x, 0));
    let columns =
        [words.cost_agents, words.cost_lost, words.cost_total].map(|what| format!("{what}, {currency}"));
    let table = Table::new(&[words.axis_agents, &columns[0], &columns[1], &columns[2]]);
    let table = filled(table, curve, |point| {
        [point.agents_cost, point.lost_cost, point.total_cost].map(money).to_vec()
    });
    Some(finished("cost-against-agents", words.chart_curve_cost, plot, table))
}

fn filled(mut table: Table, curve: &StaffCurve, of: impl Fn(&CostedPoint) -> Vec<String>) -> Table {
    for point in &curve.points {
        table.push(std::iter::once(point.point.agents.to_string()).chain(of(point)).collect());
    }
    table.chosen = curve.points.iter().position(|point| point.point.agents == curve.needed);
    table
}

fn finished(id: &'static str, title: &str, plot: Plot, table: Table) -> Chart {
    let content = Content::Plot(Box::new(plot));
    Chart {
        id,
        title: title.to_owned(),
        description: title.to_owned(),
        caption: String::new(),
        content,
        table,
    }
}
