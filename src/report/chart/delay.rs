//! How long a caller waits for the first ringing.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::over_time::line;
use super::over_time::measured;
use super::over_time::time_axis;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::table::Table;
use crate::result::Interval;
use crate::result::PercentilePoint;
use crate::result::RunResult;

/// A tail this many times the median needs a logarithmic axis to be seen with it.
const LONG_TAIL: f64 = 30.0;

/// Delay against percentile, each nine as wide as the last.
pub fn percentiles(result: &RunResult, language: Language) -> Chart {
    let chart = ChartWords::of(language);
    let (id, title) = ("delay-percentiles", chart.delay_title);
    let delay = result.latency_ms.post_dial_delay.as_ref().filter(|delay| delay.n > 0);
    let curve: Vec<PercentilePoint> = delay.map(|delay| delay.curve.clone()).unwrap_or_default();
    // Beyond the last whole call every percentile is the maximum, and says nothing more.
    let told = delay.map_or(0.0, |delay| 100.0 - 100.0 / super::over_time::count(delay.n));
    let curve: Vec<&PercentilePoint> =
        curve.iter().filter(|point| point.percentile <= told.max(50.0)).collect();
    let (Some(delay), Some(last)) = (delay, curve.last()) else {
        return Chart::empty(id, title, chart.no_delay, language);
    };
    let most = curve.iter().map(|point| point.ms).fold(0.0, f64::max);
    let smallest = curve.iter().map(|point| point.ms).fold(f64::INFINITY, f64::min);
    let y = if most > LONG_TAIL * delay.p50 && smallest > 0.0 {
        Axis::log(smallest / 1.5, most * 1.5, chart.delay_y, |ms| language.short(ms))
    } else {
        Axis::from_zero(most, chart.delay_y, |ms| language.short(ms))
    };
    let x = Axis::nines(last.percentile.max(90.0), chart.delay_x, language);
    let mut plot = Plot::new(x, y);
    let points: Vec<(f64, f64)> = curve.iter().map(|point| (point.percentile, point.ms)).collect();
    plot.marks.push(line("post-dial-delay-curve", Ink::Model, Dash::Solid, false, points.clone()));
    let (ink, marker, series) = (Ink::Model, Marker::Circle, "post-dial-delay");
    plot.marks.push(Mark::Points { series, ink, marker, radius: 3.0, points });
    let mut table = Table::new(&[chart.delay_x, chart.delay_y]);
    for point in curve {
        let percentile = language.digits(&point.percentile.to_string());
        table.push(vec![percentile, language.decimal(point.ms, 3)]);
    }
    let caption = fill(chart.delay_caption, &[("n", &language.count(delay.n))]);
    let description = super::outcomes::describe(&table);
    Chart { id, title: title.to_owned(), description, caption, content: Content::Plot(Box::new(plot)), table }
}

/// Median and 95th percentile per slice.
pub fn over_time(result: &RunResult, language: Language) -> Chart {
    let chart = ChartWords::of(language);
    let (id, title) = ("delay-over-time", chart.delay_time_title);
    let (slices, width_s) = measured(result);
    let points = |of: fn(&Interval) -> Option<f64>| -> Vec<(f64, f64)> {
        let middle = |slice: &Interval| slice.start_s + width_s / 2.0;
        slices.iter().filter_map(|slice| of(slice).map(|ms| (middle(slice), ms))).collect()
    };
    let median = points(|slice| slice.post_dial_delay_ms_p50);
    let p95 = points(|slice| slice.post_dial_delay_ms_p95);
    if median.is_empty() {
        return Chart::empty(id, title, chart.no_delay_time, language);
    }
    let most = median.iter().chain(&p95).map(|(_, ms)| *ms).fold(0.0, f64::max);
    let y = Axis::from_zero(most, chart.delay_y, |ms| language.short(ms));
    let mut plot = Plot::new(time_axis(&slices, width_s, language), y);
    plot.height_px = 260.0;
    plot.marks.push(line("delay-p95", Ink::Human, Dash::Dashed, false, p95));
    plot.marks.push(line("delay-p50", Ink::Model, Dash::Solid, false, median));
    plot.explain(Ink::Human, Sample::Line(Dash::Dashed), chart.delay_p95);
    plot.explain(Ink::Model, Sample::Line(Dash::Solid), chart.delay_median);
    let mut table = Table::new(&[chart.column_time, chart.delay_median, chart.delay_p95]);
    let ms = |value: Option<f64>| value.map_or_else(String::new, |value| language.decimal(value, 3));
    for slice in &slices {
        let start = language.short(slice.start_s);
        table.push(vec![start, ms(slice.post_dial_delay_ms_p50), ms(slice.post_dial_delay_ms_p95)]);
    }
    let caption = fill(chart.delay_time_caption, &[("slice", &language.duration(width_s))]);
    let content = Content::Plot(Box::new(plot));
    Chart { id, title: title.to_owned(), description: caption.clone(), caption, content, table }
}
