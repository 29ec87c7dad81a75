//! What growth will ask for.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::plot::Anchor;
use super::plot::Bar;
use super::plot::Dash;
use super::plot::Mark;
use super::plot::Plot;
use super::plot::Sample;
use super::plot::Side;
use crate::report::figures;
use crate::report::language::Language;
use crate::report::language::chart_words::ChartWords;
use crate::report::language::fill;
use crate::report::language::words::Words;
use crate::report::table::Table;
use crate::result::Advice;
use crate::result::RunResult;

const BAR_HALF: f64 = 0.3;

/// Loss under growth with the channels of today.
pub fn trunks(result: &RunResult, language: Language) -> Option<Chart> {
    let (chart, words) = (ChartWords::of(language), Words::of(language));
    let advice = result.recommendation.trunks.as_ref()?;
    let words = GrowthWords {
        id: "growth-trunks",
        title: chart.growth_trunks_title,
        axis: chart.growth_trunks_y.to_owned(),
        caption: chart.growth_trunks_caption,
        noun: words.channels,
        ink: Ink::Technical,
    };
    Some(growth(advice, &words, language))
}

/// Service level under growth with the staff of today.
pub fn agents(result: &RunResult, language: Language) -> Option<Chart> {
    let (chart, words) = (ChartWords::of(language), Words::of(language));
    let advice = result.recommendation.agents.as_ref()?;
    let words = GrowthWords {
        id: "growth-agents",
        title: chart.growth_agents_title,
        axis: chart.growth_agents_y.replace("{threshold}", &figures::threshold(result, language)),
        caption: chart.growth_agents_caption,
        noun: words.agents,
        ink: Ink::Completed,
    };
    Some(growth(advice, &words, language))
}

struct GrowthWords {
    id: &'static str,
    title: &'static str,
    axis: String,
    caption: &'static str,
    noun: &'static str,
    ink: Ink,
}

fn growth(advice: &Advice, words: &GrowthWords, language: Language) -> Chart {
    let chart = ChartWords::of(language);
    if advice.growth.is_empty() {
        return Chart::empty(words.id, words.title, chart.no_advice, language);
    }
    let now = language.counted(u64::from(advice.now), words.noun);
    let name = fill(&words.axis, &[("now", &now)]);
    let highest = advice.growth.iter().map(|step| step.value_now).fold(advice.target, f64::max);
    let labels: Vec<String> =
        advice.growth.iter().map(|step| format!("×{}", language.short(step.growth))).collect();
    let y = Axis::percent_with_labels(highest, &name, language);
    let mut plot = Plot::new(Axis::categories(labels.clone(), chart.growth_x), y);
    plot.height_px = 260.0;
    let mut texts = Vec::new();
    let mut table = Table::new(&[chart.growth_x, chart.growth_load, &name, chart.growth_needed]);
    for (at, (step, label)) in (0_u32..).zip(advice.growth.iter().zip(labels)) {
        let x = f64::from(at);
        let bar = Bar {
            corner: (x - BAR_HALF, 0.0),
            opposite: (x + BAR_HALF, step.value_now),
            datum: (step.growth, step.value_now),
        };
        plot.marks.push(Mark::Bars { series: "growth", ink: words.ink, bars: vec![bar] });
        let needed = language.count(u64::from(step.needed));
        let value = language.percent(step.value_now);
        let need = fill(chart.growth_label, &[("n", &needed)]);
        for (text, above_px, bold) in [(value, 10.0, false), (need, 26.0, true)] {
            let (ink, shift_px, anchor) = (Ink::Text, (0.0, -above_px), Anchor::Middle);
            texts.push(Mark::Label { ink, at: (x, step.value_now), shift_px, anchor, bold, text });
        }
        table.push(vec![
            label,
            language.decimal(step.erlangs, 2),
            language.percent_bare(step.value_now),
            needed,
        ]);
    }
    let label = fill(chart.target, &[("target", &language.round_percent(advice.target))]);
    plot.explain(Ink::Target, Sample::Line(Dash::Dashed), &label);
    let (ink, dash, y, side) = (Ink::Target, Dash::Dashed, advice.target, Side::Left);
    plot.marks.push(Mark::Across { ink, dash, y, label: String::new(), side });
    // Above the target's line, which would strike them through.
    plot.marks.append(&mut texts);
    Chart {
        id: words.id,
        title: words.title.to_owned(),
        description: super::outcomes::describe(&table),
        caption: words.caption.to_owned(),
        content: Content::Plot(Box::new(plot)),
        table,
    }
}
