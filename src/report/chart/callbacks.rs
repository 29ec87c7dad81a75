//! Customers who asked to be called: how many were, and how long they waited for it, against the promise.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::outcomes::{describe, flat_bars, push_bar, push_label};
use super::over_time::line;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Marker;
use super::plot::Plot;
use super::plot::Sample;
use super::plot::Side;
use crate::report::facts;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::work_words::WorkWords;
use crate::report::table::Table;
use crate::result::CallbackFigures;
use crate::result::RunResult;

/// The axis of waits ends where this share of those who were called had been, or a little beyond the promise.
const DRAWN_SHARE: f64 = 0.995;
/// Queues with a line of their own: as many as there are inks that a reader tells apart at once.
const LINES: [(Ink, Dash); 4] = [
    (Ink::Model, Dash::Solid),
    (Ink::Human, Dash::Dashed),
    (Ink::Measured, Dash::Solid),
    (Ink::Plan, Dash::Dashed),
];

/// Asked, called in time, late and never, for each queue; `None` where nobody asked.
pub fn kept(result: &RunResult, language: Language) -> Option<Chart> {
    let words = WorkWords::of(language);
    let queues = || result.callbacks.iter().filter(|queue| queue.requested > 0);
    let most = queues().map(|queue| queue.requested).max()?;
    let alone = queues().count() == 1;
    let rows: Vec<(&CallbackFigures, Ink, &str, u64)> = queues()
        .flat_map(|queue| {
            [
                (queue, Ink::Other, words.callbacks_requested, queue.requested),
                (queue, Ink::Completed, words.callbacks_in_time, queue.in_time),
                (queue, Ink::Human, words.callbacks_late, queue.late),
                (queue, Ink::Technical, words.callbacks_never, queue.never),
            ]
        })
        .collect();
    let label = |queue: &CallbackFigures, word: &str| {
        if alone { word.to_owned() } else { format!("{} · {word}", queue.queue) }
    };
    let labels = rows.iter().map(|(queue, _, word, _)| label(queue, word)).collect();
    let mut plot = flat_bars(labels, most, words.callbacks_axis, language);
    let mut table = Table::new(&[words.callbacks, words.callbacks_axis, "%"]);
    for (at, (queue, ink, word, customers)) in (0_u32..).zip(rows) {
        let share = facts::share(customers, queue.requested);
        let share = share.map_or_else(String::new, |share| language.percent(share));
        push_bar(&mut plot, "callbacks", ink, at, customers);
        push_label(&mut plot, at, customers, format!("{} · {share}", language.count(customers)));
        table.push(vec![label(queue, word), language.count(customers), share]);
    }
    Some(Chart {
        id: "callbacks",
        title: words.callbacks_kept_title.to_owned(),
        description: describe(&table),
        caption: words.callbacks_kept_caption.to_owned(),
        content: Content::Plot(Box::new(plot)),
        table,
    })
}

/// The share of those who asked that had been called within a time; `None` where nobody was called.
pub fn waits(result: &RunResult, language: Language) -> Option<Chart> {
    let words = WorkWords::of(language);
    let queues: Vec<&CallbackFigures> =
        result.callbacks.iter().filter(|queue| !queue.waits.is_empty()).collect();
    let drawn = queues.iter().zip(LINES);
    let ends = drawn.clone().map(|(queue, _)| end_of(queue));
    let end = ends.reduce(f64::max)?;
    let x = Axis::from_zero(end, words.callbacks_x, |value| language.short(value));
    let mut plot = Plot::new(x, Axis::percent_from_zero(1.0, words.callbacks_y, language));
    let mut table = Table::new(&[words.queue, words.callbacks_x, words.callbacks_y]);
    let mut promises: Vec<f64> = drawn.clone().map(|(queue, _)| queue.promise_s).collect();
    promises.retain(|promise_s| promise_s / 60.0 < end);
    promises.sort_by(f64::total_cmp);
    promises.dedup();
    for (place, promise_s) in promises.iter().enumerate() {
        let label = fill(words.callbacks_promised, &[("promise", &language.duration(*promise_s))]);
        // The first of several leans away from the next.
        let side = if place == 0 && promises.len() > 1 { Side::Left } else { Side::Right };
        let x = promise_s / 60.0;
        plot.marks.push(Mark::Upright { ink: Ink::Target, dash: Dash::Dotted, x, label, side });
    }
    for (queue, (ink, dash)) in drawn {
        let curve = queue.waits.iter().map(|(seconds, share)| (seconds / 60.0, *share));
        let mut points: Vec<(f64, f64)> = curve.filter(|(minutes, _)| *minutes <= end).collect();
        // Whoever has not been called by then never is, or after the end of the axis.
        points.extend(points.last().map(|(_, share)| (end, *share)));
        plot.marks.push(line("callback-waits", ink, dash, true, points));
        plot.explain(ink, Sample::Line(dash), &queue.queue);
        let promise = queue.promise_s / 60.0;
        plot.marks.extend(queue.kept.map(|kept| Mark::Points {
            series: "callback-promise",
            ink,
            marker: Marker::Diamond,
            radius: 5.0,
            points: vec![(promise, kept)],
        }));
        for (seconds, share) in &queue.waits {
            let minutes = language.decimal(seconds / 60.0, 2);
            table.push(vec![queue.queue.clone(), minutes, language.percent_bare(*share)]);
        }
    }
    plot.explain(Ink::Text, Sample::Marker(Marker::Diamond), words.callbacks_at_promise);
    let caption = caption(&queues, language);
    Some(Chart {
        id: "callback-waits",
        title: words.callbacks_waits_title.to_owned(),
        description: caption.clone(),
        caption,
        content: Content::Plot(Box::new(plot)),
        table,
    })
}

/// Minutes.
fn end_of(queue: &CallbackFigures) -> f64 {
    let called = queue.waits.last().map_or(0.0, |(_, share)| *share);
    let late =
        queue.waits.iter().find(|(_, share)| *share >= DRAWN_SHARE * called).map_or(0.0, |(wait, _)| *wait);
    (late * 1.05).max(queue.promise_s * 1.2) / 60.0
}

fn caption(queues: &[&CallbackFigures], language: Language) -> String {
    let words = WorkWords::of(language);
    let told = queues.iter().map(|queue| {
        let kept =
            crate::report::figures::with_interval(queue.kept, queue.kept_ci95, language).unwrap_or_default();
        let (asked, promise) = (language.count(queue.requested), language.duration(queue.promise_s));
        let values = [("queue", &*queue.queue), ("kept", &*kept), ("asked", &*asked), ("promise", &*promise)];
        fill(words.callbacks_waits_caption, &values)
    });
    told.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn callbacks_are_drawn_as_they_are_told_and_nowhere_without_them() {
        let mut result = fixture::call_centre();
        for language in Language::ALL {
            assert!(kept(&result, language).is_none() && waits(&result, language).is_none());
        }
        let queue = CallbackFigures {
            queue: "advisers".to_owned(),
            requested: 40,
            promise_s: 900.0,
            in_time: 30,
            late: 6,
            never: 4,
            kept: Some(0.75),
            kept_ci95: Some([0.6, 0.86]),
            waits: vec![(0.0, 0.25), (300.0, 0.5), (900.0, 0.75), (1_800.0, 0.9)],
            ..CallbackFigures::default()
        };
        let other = CallbackFigures { queue: "vip".to_owned(), promise_s: 300.0, ..queue.clone() };
        let nobody = CallbackFigures { queue: "night".to_owned(), ..CallbackFigures::default() };
        result.callbacks = vec![queue, other, nobody];
        for language in Language::ALL {
            let words = WorkWords::of(language);
            let bars = kept(&result, language).unwrap();
            let svg = bars.svg_for_page().unwrap();
            let drawn: Vec<&str> = svg
                .split("data-series=\"callbacks\"")
                .skip(1)
                .map(|tag| tag.split("data-x=\"").nth(1).unwrap().split('"').next().unwrap())
                .collect();
            assert_eq!(drawn, ["40", "30", "6", "4", "40", "30", "6", "4"]);
            assert_eq!(bars.table.rows[1][0], format!("advisers · {}", words.callbacks_in_time));
            let curve = waits(&result, language).unwrap().svg_for_page().unwrap();
            assert!(curve.contains("data-x=\"0 5 15 30 31.5\" data-y=\"0.25 0.5 0.75 0.9 0.9\""), "{curve}");
            // The two promises lean away from each other.
            for (promise, anchor) in [(300.0, "end"), (900.0, "start")] {
                let label = fill(words.callbacks_promised, &[("promise", &language.duration(promise))]);
                let text = curve.split("<text").find(|text| text.contains(&label)).unwrap();
                assert!(text.contains(&format!("text-anchor=\"{anchor}\"")), "{text}");
            }
            let ids: Vec<&str> =
                crate::report::chart::all(&result, language).iter().map(|chart| chart.id).collect();
            assert!(ids.contains(&"callbacks") && ids.contains(&"callback-waits"), "{ids:?}");
        }
        result.callbacks.truncate(1);
        result.callbacks[0].waits.clear();
        assert!(waits(&result, Language::English).is_none());
        let alone = kept(&result, Language::English).unwrap();
        assert_eq!(alone.table.rows[0][0], WorkWords::of(Language::English).callbacks_requested);
    }
}
