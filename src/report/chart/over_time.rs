//! What happened when: channels in use, calls against the plan.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use super::plot::Side;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::words::Words;
use crate::report::table::Table;
use crate::result::Concurrency;
use crate::result::Interval;
use crate::result::RunResult;

/// More slices than this are merged: a chart is 700 pixels wide.
const MOST_SLICES: usize = 180;

/// A limit further above the peak than this would squeeze the data into the bottom of the chart.
const FAR: f64 = 3.0;

/// Mean and peak of the channels in use, with the limit.
pub fn concurrency(result: &RunResult, language: Language) -> Chart {
    let chart = ChartWords::of(language);
    let (id, title) = ("concurrency", chart.concurrency_title);
    let (slices, width_s) = merged(result);
    if slices.is_empty() {
        return Chart::empty(id, title, chart.no_slices, language);
    }
    let peak = slices.iter().map(|slice| slice.concurrency.peak).max().unwrap_or(0);
    let limit = result.scenario.channels;
    let drawn_limit = limit.filter(|limit| f64::from(*limit) <= FAR * f64::from(peak.max(1)));
    let top = f64::from(peak.max(drawn_limit.unwrap_or(0)));
    let y = Axis::whole_from_zero(top * 1.05, chart.concurrency_axis, language);
    let mut plot = Plot::new(time_axis(&slices, width_s, language), y);
    let mean = steps(&slices, width_s, |slice| slice.concurrency.mean);
    let middle = |slice: &Interval| (slice.start_s + width_s / 2.0, f64::from(slice.concurrency.peak));
    let (ink, marker, points) = (Ink::Human, Marker::Circle, slices.iter().map(middle).collect());
    plot.marks.push(line("concurrency-mean", Ink::Model, Dash::Solid, true, mean));
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), chart.concurrency_mean);
    plot.marks.push(Mark::Points { series: "concurrency-peak", ink, marker, radius: 2.2, points });
    plot.explain(Ink::Human, Sample::Marker(Marker::Circle), chart.concurrency_peak);
    if result.scenario.warm_up_s > 0.0
        && result.scenario.warm_up_s < slices.last().map_or(0.0, |last| last.start_s)
    {
        let (ink, dash, label) = (Ink::Plan, Dash::Dotted, chart.warm_up_ends.to_owned());
        plot.marks.push(Mark::Upright { ink, dash, x: result.scenario.warm_up_s, label, side: Side::Right });
    }
    let channels = |n: u32| language.counted(u64::from(n), Words::of(language).channels);
    if let Some(limit) = drawn_limit {
        let label = fill(chart.concurrency_limit, &[("channels", &channels(limit))]);
        let (ink, dash, y, side) = (Ink::Technical, Dash::Dashed, f64::from(limit), Side::Right);
        plot.marks.push(Mark::Across { ink, dash, y, label, side });
    }
    let mut caption = fill(
        chart.concurrency_caption,
        &[("slice", &language.duration(width_s)), ("peak", &channels(result.traffic.peak_concurrent))],
    );
    if let (Some(limit), None) = (limit, drawn_limit) {
        caption = format!("{caption} {}", fill(chart.concurrency_far, &[("channels", &channels(limit))]));
    }
    let mut table = Table::new(&[chart.column_time, chart.concurrency_mean, chart.concurrency_peak]);
    for slice in &slices {
        let mean = language.decimal(slice.concurrency.mean, 2);
        table.push(vec![language.short(slice.start_s), mean, slice.concurrency.peak.to_string()]);
    }
    let content = Content::Plot(Box::new(plot));
    Chart { id, title: title.to_owned(), description: caption.clone(), caption, content, table }
}

/// Calls per slice: offered, completed and lost, against the plan and its random band.
pub fn offered_and_carried(result: &RunResult, language: Language) -> Chart {
    let chart = ChartWords::of(language);
    let (id, title) = ("offered", chart.offered_title);
    let (slices, width_s) = measured(result);
    if slices.iter().all(|slice| slice.offered == 0) {
        let reason = if slices.is_empty() { chart.no_slices } else { chart.no_calls };
        return Chart::empty(id, title, reason, language);
    }
    let band = band(&slices, width_s);
    let top = slices.iter().map(|slice| count(slice.offered)).fold(0.0, f64::max);
    let top = band.iter().map(|(_, _, high)| *high).fold(top, f64::max);
    let name = fill(chart.offered_axis, &[("slice", &language.duration(width_s))]);
    let y = Axis::whole_from_zero(top, &name, language);
    let mut plot = Plot::new(time_axis(&slices, width_s, language), y);
    let has_plan = !band.is_empty();
    if has_plan {
        let planned: Vec<Interval> = slices.iter().filter(|slice| slice.planned.is_some()).cloned().collect();
        let planned = steps(&planned, width_s, |slice| slice.planned.unwrap_or(0.0));
        plot.marks.push(Mark::Band { series: "plan-band", ink: Ink::Plan, points: band });
        plot.marks.push(line("planned", Ink::Plan, Dash::Dashed, true, planned));
        plot.explain(Ink::Plan, Sample::Line(Dash::Dashed), chart.offered_band);
    }
    let centred = |of: fn(&Interval) -> u64| -> Vec<(f64, f64)> {
        slices.iter().map(|slice| (slice.start_s + width_s / 2.0, count(of(slice)))).collect()
    };
    plot.marks.push(line("offered", Ink::Text, Dash::Solid, false, centred(|slice| slice.offered)));
    plot.marks.push(line("completed", Ink::Completed, Dash::Dashed, false, centred(|slice| slice.completed)));
    plot.marks.push(line("technical", Ink::Technical, Dash::Dotted, false, centred(|slice| slice.technical)));
    plot.explain(Ink::Text, Sample::Line(Dash::Solid), chart.offered_offered);
    plot.explain(Ink::Completed, Sample::Line(Dash::Dashed), chart.offered_completed);
    plot.explain(Ink::Technical, Sample::Line(Dash::Dotted), chart.offered_technical);
    let table = offered_table(&slices, language);
    let mut caption = if has_plan { chart.offered_caption } else { chart.offered_no_plan }.to_owned();
    if let Some(replications) = result.replications.filter(|replications| *replications > 1) {
        let n = language.count(replications);
        caption = format!("{caption} {}", fill(chart.offered_replications, &[("n", &n)]));
    }
    let description = format!("{name}: {}", language.count(result.outcomes.offered));
    Chart { id, title: title.to_owned(), description, caption, content: Content::Plot(Box::new(plot)), table }
}

fn offered_table(slices: &[Interval], language: Language) -> Table {
    let chart = ChartWords::of(language);
    let mut table = Table::new(&[
        chart.column_time,
        chart.offered_plan,
        chart.offered_offered,
        chart.offered_completed,
        chart.offered_technical,
    ]);
    for slice in slices {
        let plan = slice.planned.map_or_else(String::new, |planned| language.decimal(planned, 2));
        table.push(vec![
            language.short(slice.start_s),
            plan,
            language.count(slice.offered),
            language.count(slice.completed),
            language.count(slice.technical),
        ]);
    }
    table
}

/// The plan ± 2√n, as steps, over the slices that have a plan: calls come after the end of it too.
fn band(slices: &[Interval], width_s: f64) -> Vec<(f64, f64, f64)> {
    let mut points = Vec::with_capacity(slices.len() * 2);
    for slice in slices {
        let Some(planned) = slice.planned else { continue };
        let spread = 2.0 * libm::sqrt(planned);
        let (low, high) = ((planned - spread).max(0.0), planned + spread);
        points.push((slice.start_s, low, high));
        points.push((slice.start_s + width_s, low, high));
    }
    points
}

pub fn line(series: &'static str, ink: Ink, dash: Dash, step: bool, points: Vec<(f64, f64)>) -> Mark {
    Mark::Line { series, ink, dash, width: 2.0, step, points }
}

/// One point at each slice's start, and the last value again at the end.
pub fn steps(slices: &[Interval], width_s: f64, of: impl Fn(&Interval) -> f64) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = slices.iter().map(|slice| (slice.start_s, of(slice))).collect();
    if let Some(last) = points.last().copied() {
        points.push((last.0 + width_s, last.1));
    }
    points
}

pub fn time_axis(slices: &[Interval], width_s: f64, language: Language) -> Axis {
    let first = slices.first().map_or(0.0, |slice| slice.start_s);
    let last = slices.last().map_or(0.0, |slice| slice.start_s);
    Axis::time(first, last + width_s, language)
}

/// The slices, neighbours merged until there are at most [`MOST_SLICES`], and their width.
pub fn merged(result: &RunResult) -> (Vec<Interval>, f64) {
    let per_chunk = result.intervals.len().div_ceil(MOST_SLICES).max(1);
    let merged = result.intervals.chunks(per_chunk).map(merge).collect();
    (merged, result.interval_s * count(per_chunk as u64))
}

/// The merged slices without warm-up and drain, which are in no count: to draw them as zero would be wrong. Slices without
/// a call between others are nought and stay.
pub fn measured(result: &RunResult) -> (Vec<Interval>, f64) {
    let (mut slices, width_s) = merged(result);
    if slices.iter().any(|slice| slice.planned.is_some()) {
        let counts = |slice: &Interval| slice.planned.is_some() || slice.offered > 0;
        slices.truncate(slices.iter().rposition(counts).map_or(0, |last| last + 1));
        slices.drain(..slices.iter().position(counts).unwrap_or(0));
    }
    (slices, width_s)
}

fn merge(slices: &[Interval]) -> Interval {
    let sum = |of: fn(&Interval) -> u64| slices.iter().map(of).sum::<u64>();
    let most = |of: fn(&Interval) -> u32| slices.iter().map(of).max().unwrap_or(0);
    let highest = |of: fn(&Interval) -> Option<f64>| slices.iter().filter_map(of).max_by(f64::total_cmp);
    let mean = slices.iter().map(|slice| slice.concurrency.mean).sum::<f64>() / count(slices.len() as u64);
    Interval {
        start_s: slices[0].start_s,
        offered: sum(|slice| slice.offered),
        planned: slices.iter().filter_map(|slice| slice.planned).reduce(|sum, planned| sum + planned),
        completed: sum(|slice| slice.completed),
        human: sum(|slice| slice.human),
        technical: sum(|slice| slice.technical),
        other: sum(|slice| slice.other),
        concurrency: Concurrency { mean, peak: most(|slice| slice.concurrency.peak) },
        queue_length_max: most(|slice| slice.queue_length_max),
        queue_length_mean: slices.iter().map(|slice| slice.queue_length_mean).sum::<f64>()
            / count(slices.len() as u64),
        // Percentiles cannot be merged; the worst slice is the honest one to show.
        post_dial_delay_ms_p50: highest(|slice| slice.post_dial_delay_ms_p50),
        post_dial_delay_ms_p95: highest(|slice| slice.post_dial_delay_ms_p95),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
pub fn count(n: u64) -> f64 {
    n as f64
}
