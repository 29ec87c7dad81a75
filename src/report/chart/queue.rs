//! The queue: how long it was over time, and how long callers waited in it.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::over_time::{line, merged, steps, time_axis};
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use super::plot::Side;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::hour_words::HourWords;
use crate::report::table::Table;
use crate::result::{Interval, RunResult, Waits};

/// The axis of waits ends at this share of callers or a little beyond the last mark: the longest wait of thousands
/// would squeeze the rest into a corner.
const DRAWN_SHARE: f64 = 0.995;

/// Mean and peak of the queue's length; `None` without a queue.
pub fn length(result: &RunResult, language: Language) -> Option<Chart> {
    let queue = result.queue.as_ref()?;
    let (words, chart) = (HourWords::of(language), ChartWords::of(language));
    let (id, title) = ("queue-length", words.queue_title);
    let (slices, width_s) = merged(result);
    if slices.is_empty() {
        return Some(Chart::empty(id, title, chart.no_slices, language));
    }
    let peak = slices.iter().map(|slice| slice.queue_length_max).max().unwrap_or(0);
    let y = Axis::whole_from_zero(f64::from(peak) * 1.05, words.queue_axis, language);
    let mut plot = Plot::new(time_axis(&slices, width_s, language), y);
    let mean = steps(&slices, width_s, |slice| slice.queue_length_mean);
    let middle = |slice: &Interval| (slice.start_s + width_s / 2.0, f64::from(slice.queue_length_max));
    let points = slices.iter().map(middle).collect();
    plot.marks.push(line("queue-mean", Ink::Model, Dash::Solid, true, mean));
    plot.marks.push(Mark::Points {
        series: "queue-peak",
        ink: Ink::Human,
        marker: Marker::Circle,
        radius: 2.2,
        points,
    });
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), words.queue_mean);
    plot.explain(Ink::Human, Sample::Marker(Marker::Circle), words.queue_peak);
    let values =
        [("slice", language.duration(width_s)), ("peak", language.count(u64::from(queue.max_length)))];
    let caption = fill(words.queue_caption, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
    let mut table = Table::new(&[chart.column_time, words.queue_mean, words.queue_peak]);
    for slice in &slices {
        let mean = language.decimal(slice.queue_length_mean, 2);
        table.push(vec![language.short(slice.start_s), mean, slice.queue_length_max.to_string()]);
    }
    let content = Content::Plot(Box::new(plot));
    Some(Chart { id, title: title.to_owned(), description: caption.clone(), caption, content, table })
}

/// The share of callers who waited no longer, with three quantiles; `None` where nobody queued.
pub fn waits(result: &RunResult, language: Language) -> Option<Chart> {
    let waits = result.queue.as_ref()?.waits.as_ref().filter(|waits| waits.n > 0)?;
    let words = HourWords::of(language);
    let (id, title) = ("waits", words.waits_title);
    let drawn =
        waits.curve.iter().find(|(_, share)| *share >= DRAWN_SHARE).map_or(waits.max_s, |point| point.0);
    let end = drawn.max(waits.p95_s * 1.1).max(1.0);
    let x = Axis::from_zero(end, words.waits_x, |value| language.short(value));
    let mut plot = Plot::new(x, Axis::percent_from_zero(1.0, words.waits_y, language));
    let shown: Vec<(f64, f64)> = waits.curve.iter().copied().filter(|(wait, _)| *wait <= end).collect();
    plot.marks.push(line("waits", Ink::Model, Dash::Solid, false, shown));
    let points = quantiles(waits).to_vec();
    for (wait, share) in &points {
        plot.marks.push(Mark::Label {
            ink: Ink::Text,
            at: (*wait, *share),
            shift_px: (8.0, 12.0),
            anchor: crate::report::chart::plot::Anchor::Start,
            bold: false,
            text: language.duration(*wait),
        });
    }
    plot.marks.push(Mark::Points {
        series: "quantiles",
        ink: Ink::Measured,
        marker: Marker::Diamond,
        radius: 5.0,
        points,
    });
    let threshold = result.queue.as_ref().map_or(0.0, |queue| queue.service_level.threshold_s);
    if threshold > 0.0 && threshold < end {
        let (ink, dash, label) = (Ink::Target, Dash::Dotted, language.duration(threshold));
        plot.marks.push(Mark::Upright { ink, dash, x: threshold, label, side: Side::Right });
    }
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), words.waits_share);
    plot.explain(Ink::Measured, Sample::Marker(Marker::Diamond), words.waits_quantiles);
    let values = [
        ("n", language.count(waits.n)),
        ("p50", language.duration(waits.p50_s)),
        ("p80", language.duration(waits.p80_s)),
        ("p95", language.duration(waits.p95_s)),
    ];
    let caption = fill(words.waits_caption, &values.each_ref().map(|(name, value)| (*name, value.as_str())));
    let mut table = Table::new(&[words.waits_x, words.waits_y]);
    for (wait, share) in &waits.curve {
        table.push(vec![language.decimal(*wait, 2), language.percent_bare(*share)]);
    }
    let content = Content::Plot(Box::new(plot));
    Some(Chart { id, title: title.to_owned(), description: caption.clone(), caption, content, table })
}

const fn quantiles(waits: &Waits) -> [(f64, f64); 3] {
    [(waits.p50_s, 0.5), (waits.p80_s, 0.8), (waits.p95_s, 0.95)]
}
