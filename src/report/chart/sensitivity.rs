//! What a tenth more or less of calls and talk time does to loss or service level.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::outcomes::describe;
use super::plot::Anchor;
use super::plot::Bar;
use super::plot::Mark;
use super::plot::Plot;
use super::plot::Sample;
use crate::report::figures;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::hour_words::HourWords;
use crate::report::language::words::Words;
use crate::report::table::Table;
use crate::result::{Lever, RunResult};

const HALF: f64 = 0.3;
const ROW_PX: f64 = 60.0;

/// The bars of both inputs around the measured load; `None` where no formula comes close.
pub fn tornado(result: &RunResult, language: Language) -> Option<Chart> {
    let sensitivity = result.sensitivity.as_ref()?;
    let words = HourWords::of(language);
    let axis =
        if sensitivity.measure == "blocking" { words.sensitivity_blocking } else { words.sensitivity_level };
    let axis = &*fill(axis, &[("threshold", &figures::threshold(result, language))]);
    let mut levers: Vec<&Lever> = sensitivity.levers.iter().collect();
    levers.sort_by(|a, b| (b.high - b.low).abs().total_cmp(&(a.high - a.low).abs()));
    let label = |lever: &&Lever| {
        if lever.input == "volume" { words.sensitivity_volume } else { words.sensitivity_talk }.to_owned()
    };
    let labels: Vec<String> = levers.iter().map(label).collect();
    let ends = levers.iter().flat_map(|lever| [lever.low, lever.high]).chain([sensitivity.base]);
    let (least, most) = ends.fold((1.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let x = Axis::percent_between(least, most, axis, language);
    let mut plot = Plot::new(x, Axis::categories(labels.clone(), "").reversed());
    plot.horizontal_bars = true;
    plot.height_px = 60.0 + ROW_PX * super::over_time::count(levers.len() as u64);
    let mut table = Table::new(&[
        words.sensitivity_input,
        words.sensitivity_less,
        words.sensitivity_base,
        words.sensitivity_more,
    ]);
    for (place, (lever, label)) in levers.iter().zip(labels).enumerate() {
        let y = super::over_time::count(place as u64);
        for (ink, series, value) in
            [(Ink::Completed, "less", lever.low), (Ink::Technical, "more", lever.high)]
        {
            let corner = (sensitivity.base.min(value), y - HALF);
            let opposite = (sensitivity.base.max(value), y + HALF);
            let bars = vec![Bar { corner, opposite, datum: (value, y) }];
            plot.marks.push(Mark::Bars { series, ink, bars });
            let right = value >= sensitivity.base;
            plot.marks.push(Mark::Label {
                ink: Ink::Text,
                at: (value, y),
                shift_px: (if right { 6.0 } else { -6.0 }, 0.0),
                anchor: if right { Anchor::Start } else { Anchor::End },
                bold: false,
                text: language.percent(value),
            });
        }
        let cell = |value: f64| language.percent(value);
        table.push(vec![label, cell(lever.low), cell(sensitivity.base), cell(lever.high)]);
    }
    plot.explain(Ink::Completed, Sample::Area, words.sensitivity_less);
    plot.explain(Ink::Technical, Sample::Area, words.sensitivity_more);
    let model = Words::of(language).label(&sensitivity.model);
    let at_peak = sensitivity.basis == "measured_peak";
    let template = if at_peak { words.sensitivity_caption_peak } else { words.sensitivity_caption };
    let caption = fill(template, &[("model", model), ("base", &language.percent(sensitivity.base))]);
    let caption = other_model(result, language).map_or(caption.clone(), |other| format!("{caption} {other}"));
    Some(Chart {
        id: "sensitivity",
        title: words.sensitivity_title.to_owned(),
        description: describe(&table),
        caption,
        content: Content::Plot(Box::new(plot)),
        table,
    })
}

/// Why the table of numbers of agents says another service level of the same agents.
fn other_model(result: &RunResult, language: Language) -> Option<String> {
    let sensitivity = result.sensitivity.as_ref().filter(|it| it.measure == "service_level")?;
    let advice = result.recommendation.agents.as_ref().filter(|advice| advice.model != sensitivity.model)?;
    let words = HourWords::of(language);
    let is_limited = sensitivity.model == "mmnk";
    let sentence = if is_limited { words.sensitivity_other_limit } else { words.sensitivity_other };
    let label = |model: &str| Words::of(language).label(model).to_owned();
    Some(fill(sentence, &[("model", &label(&sensitivity.model)), ("other", &label(&advice.model))]))
}
