//! The two curves that decide what to buy and whom to hire.

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
use crate::report::figures;
use crate::report::figures::method;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::words::Words;
use crate::report::table::Table;
use crate::result::Advice;
use crate::result::CurvePoint;
use crate::result::Ratio;
use crate::result::RunResult;

/// The log axis ends this far below the target: beyond it nobody buys.
const BELOW_TARGET: f64 = 20.0;

/// Blocking against channels, with the target, the number needed, and what was measured; nothing where channels have
/// no limit and none was seen.
pub fn loss_against_channels(result: &RunResult, language: Language) -> Option<Chart> {
    let chart = ChartWords::of(language);
    let (id, title) = ("loss-against-channels", chart.loss_title);
    let advice = result.recommendation.trunks.as_ref();
    if advice.is_none() && result.scenario.channels.is_none() && result.recommendation.agents.is_some() {
        return None;
    }
    let Some(advice) = advice.filter(|advice| advice.curve.len() > 1) else {
        return Some(Chart::empty(id, title, chart.no_advice, language));
    };
    let floor = advice.target / BELOW_TARGET;
    let points: Vec<(f64, f64)> = drawn_points(advice).filter(|(_, value)| *value >= floor).collect();
    let highest = points.iter().map(|(_, value)| *value).chain(result.blocking.ci95.map(|[_, high]| high));
    let high = (highest.fold(advice.target, f64::max) * 1.6).min(1.0);
    let y = Axis::log(floor, high, chart.loss_y, |value| language.round_percent_bare(value));
    let mut plot = Plot::new(channels_axis(advice, &points, chart.loss_x, language), y);
    curve_marks(&mut plot, advice, "blocking", points, language);
    measured_mark(&mut plot, f64::from(advice.now), &result.blocking, chart.loss_measured);
    upright_marks(&mut plot, advice, language);
    let mut table = Table::new(&[chart.loss_x, chart.loss_y]);
    for point in &advice.curve {
        table.push(vec![point.n.to_string(), language.percent_bare(point.value)]);
    }
    let mut caption = interval_note(&result.blocking, language);
    if let (Some(0.0), Some([_, high])) = (result.blocking.ratio, result.blocking.ci95) {
        let none = fill(chart.loss_none, &[("high", &language.percent(high))]);
        caption = format!("{none} {caption}");
    }
    if at_peak(advice) && result.blocking.ratio.is_some() {
        caption = format!("{caption} {}", chart.loss_at_peak);
    }
    let description = crate::report::text::advice_sentence(advice, Words::of(language).channels, language);
    let content = Content::Plot(Box::new(plot));
    Some(Chart { id, title: title.to_owned(), description, caption, content, table })
}

/// Service level against agents, where there are agents to advise on.
pub fn level_against_agents(result: &RunResult, language: Language) -> Option<Chart> {
    let chart = ChartWords::of(language);
    let (id, title) = ("level-against-agents", chart.level_title);
    let advice = result.recommendation.agents.as_ref()?;
    if advice.curve.len() < 2 {
        return Some(Chart::empty(id, title, chart.no_advice, language));
    }
    let level_y = fill(chart.level_y, &[("threshold", &figures::threshold(result, language))]);
    let y = Axis::percent_from_zero(1.0, &level_y, language);
    let points: Vec<(f64, f64)> = drawn_points(advice).collect();
    let mut plot = Plot::new(channels_axis(advice, &points, chart.level_x, language), y);
    curve_marks(&mut plot, advice, "service-level", points, language);
    let mut caption = String::new();
    if let Some(queue) = &result.queue {
        let level = Ratio {
            ratio: queue.service_level.ratio,
            ci95: queue.service_level.ci95,
            ci_method: result.technical_drop_rate.ci_method.clone(),
            k: 0,
            n: queue.offered,
            ..Ratio::default()
        };
        measured_mark(&mut plot, f64::from(advice.now), &level, chart.loss_measured);
        caption = interval_note(&level, language);
    }
    upright_marks(&mut plot, advice, language);
    let mut table = Table::new(&[chart.level_x, &level_y, chart.level_asa, chart.level_occupancy]);
    for point in &advice.curve {
        let asa = point.asa_s.map_or_else(String::new, |seconds| language.decimal(seconds, 1));
        let occupancy = point.occupancy.map_or_else(String::new, |ratio| language.percent_bare(ratio));
        table.push(vec![point.n.to_string(), language.percent_bare(point.value), asa, occupancy]);
    }
    if at_peak(advice) && !caption.is_empty() {
        caption = format!("{caption} {}", chart.level_at_peak);
    }
    let description = crate::report::text::advice_sentence(advice, Words::of(language).agents, language);
    let content = Content::Plot(Box::new(plot));
    Some(Chart { id, title: title.to_owned(), description, caption, content, table })
}

/// The advice is for the busiest moment, and the measured mark for the mean of all.
fn at_peak(advice: &Advice) -> bool {
    advice.basis.ends_with("_peak") || advice.basis.ends_with("_busy_hour")
}

fn drawn_points(advice: &Advice) -> impl Iterator<Item = (f64, f64)> + '_ {
    advice.curve.iter().map(|CurvePoint { n, value, .. }| (f64::from(*n), *value))
}

/// From the first to the last point that says something, `now` and `needed` included.
fn channels_axis(advice: &Advice, points: &[(f64, f64)], name: &str, language: Language) -> Axis {
    let both = [f64::from(advice.now), f64::from(advice.needed)];
    let numbers = points.iter().map(|(n, _)| *n).chain(both);
    let (low, high) = numbers.fold((f64::INFINITY, 0.0_f64), |(low, high), n| (low.min(n), high.max(n)));
    Axis::whole(low, high, name, language)
}

fn curve_marks(
    plot: &mut Plot,
    advice: &Advice,
    series: &'static str,
    points: Vec<(f64, f64)>,
    language: Language,
) {
    let chart = ChartWords::of(language);
    let model = Words::of(language).label(&advice.model);
    let label = fill(chart.loss_curve, &[("model", model), ("erlangs", &language.erlangs(advice.erlangs))]);
    let target = fill(chart.target, &[("target", &language.round_percent(advice.target))]);
    let (ink, dash, y, side) = (Ink::Target, Dash::Dashed, advice.target, Side::Left);
    plot.marks.push(Mark::Across { ink, dash, y, label: target, side });
    plot.marks.push(line("curve", Ink::Model, Dash::Solid, false, points.clone()));
    let (ink, marker) = (Ink::Model, Marker::Circle);
    plot.marks.push(Mark::Points { series, ink, marker, radius: 3.2, points });
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), &label);
}

/// The measured figure with its interval, where there is one.
fn measured_mark(plot: &mut Plot, x: f64, measured: &Ratio, label: &str) {
    if let Some([low, high]) = measured.ci95 {
        plot.marks.push(Mark::Interval { ink: Ink::Measured, x, low, high, shift_px: 0.0 });
    }
    if let Some(ratio) = measured.ratio {
        plot.marks.push(Mark::Points {
            series: "measured",
            ink: Ink::Measured,
            marker: Marker::Diamond,
            radius: 5.0,
            points: vec![(x, ratio)],
        });
        plot.explain(Ink::Measured, Sample::Marker(Marker::Diamond), label);
    }
}

/// Where one stands and where one should: labels lean away from each other.
fn upright_marks(plot: &mut Plot, advice: &Advice, language: Language) {
    let chart = ChartWords::of(language);
    let label = |template: &str, n: u32| fill(template, &[("n", &language.count(u64::from(n)))]);
    let mut upright = |ink, n: u32, label: String, side| {
        plot.marks.push(Mark::Upright { ink, dash: Dash::Dotted, x: f64::from(n), label, side });
    };
    if advice.now == advice.needed {
        return upright(Ink::Target, advice.now, label(chart.now_is_needed, advice.now), Side::Right);
    }
    let (now_side, needed_side) =
        if advice.now < advice.needed { (Side::Left, Side::Right) } else { (Side::Right, Side::Left) };
    upright(Ink::Measured, advice.now, label(chart.now, advice.now), now_side);
    upright(Ink::Target, advice.needed, label(chart.needed, advice.needed), needed_side);
}

/// How the whiskers were made.
pub fn interval_note(ratio: &Ratio, language: Language) -> String {
    if ratio.ci95.is_none() {
        return String::new();
    }
    let method = method(ratio, language);
    fill(ChartWords::of(language).interval_note, &[("method", &method), ("n", &language.count(ratio.n))])
}
