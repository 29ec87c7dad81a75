//! Tables and sentences about people and hours: classes of callers, agents, the busy hour, deviations.

use super::language::Language;
use super::language::fill;
use super::language::hour_words::HourWords;
use super::language::page_words::PageWords;
use super::language::words::Words;
use super::table::Table;
use crate::result::{AgentFigures, BusyHour, ClassFigures, RunResult};

/// One row a class; `None` where a single class has nothing of its own to tell.
#[must_use]
pub fn classes(result: &RunResult, language: Language) -> Option<Table> {
    let telling = |class: &ClassFigures| class.repeat_calls > 0 || class.value_lost.is_some();
    if result.classes.len() < 2 && !result.classes.iter().any(telling) {
        return None;
    }
    let words = HourWords::of(language);
    let mut table = Table::new(&[
        words.class,
        words.class_share,
        words.class_offered,
        words.class_completed,
        words.class_human,
        words.class_technical,
        words.class_repeats,
        words.class_lost,
        words.class_talk,
        words.class_wait,
        words.class_value,
    ]);
    let none = || Words::of(language).none.to_owned();
    let seconds = |value: Option<f64>| value.map_or_else(none, |value| language.duration(value));
    for class in &result.classes {
        let share = super::figures::with_interval(class.share, class.share_ci95, language);
        table.push(vec![
            class.name.clone(),
            share.unwrap_or_else(none),
            language.count(class.offered),
            language.count(class.completed),
            language.count(class.human),
            language.count(class.technical),
            language.count(class.repeat_calls),
            format!("{} / {}", language.count(class.customers_lost), language.count(class.customers)),
            seconds(class.mean_talk_s),
            seconds(class.asa_s),
            class.value_lost.as_ref().map_or_else(none, |value| language.digits(value)),
        ]);
    }
    Some(table)
}

/// One row an agent; what is more than a person keeps up is marked.
#[must_use]
pub fn agents(result: &RunResult, language: Language) -> Option<Table> {
    let (words, page, hours) = (Words::of(language), PageWords::of(language), HourWords::of(language));
    if result.agents.is_empty() {
        return None;
    }
    let blended = result.agents.iter().any(|agent| agent.contacts_s > 0.0);
    let mut columns = vec![page.agent_column, page.answered_column, page.missed_column, page.talk_column];
    if blended {
        columns.push(page.contacts_column);
    }
    columns.extend([page.occupancy_column, hours.calls_per_hour, hours.longest_busy, page.asa_column]);
    let mut table = Table::new(&columns);
    let none = || words.none.to_owned();
    for agent in &result.agents {
        let mut row = vec![
            agent.name.clone(),
            language.count(agent.calls),
            language.count(agent.not_answered),
            language.duration(agent.talk_s),
        ];
        if blended {
            row.push(language.duration(agent.contacts_s));
        }
        row.extend([
            marked(agent, "occupancy", &agent.occupancy.map_or_else(none, |ratio| language.percent(ratio))),
            agent.calls_per_hour.map_or_else(none, |rate| language.decimal(rate, 1)),
            marked(agent, "longest_busy", &language.duration(agent.longest_busy_s)),
            agent.asa_s.map_or_else(none, |seconds| language.duration(seconds)),
        ]);
        table.push(row);
    }
    Some(table)
}

fn marked(agent: &AgentFigures, warning: &str, text: &str) -> String {
    let sign = if agent.warnings.iter().any(|known| known == warning) { "⚠\u{a0}" } else { "" };
    format!("{sign}{text}")
}

/// What the marks in the table of agents mean, if there are any.
#[must_use]
pub fn agents_note(result: &RunResult, language: Language) -> Option<&'static str> {
    let warned = result.agents.iter().any(|agent| !agent.warnings.is_empty());
    warned.then(|| HourWords::of(language).agents_warned)
}

/// The busy hour and the shift, in sentences.
#[must_use]
pub fn hours(result: &RunResult, language: Language) -> Vec<String> {
    let words = HourWords::of(language);
    let Some(calendar) = &result.calendar else { return Vec::new() };
    let busy = |template: &str, hour: &BusyHour| {
        let calls = language.decimal(hour.calls, 1);
        fill(template, &[("day", day(hour.weekday, language)), ("start", &hour.start), ("calls", &calls)])
    };
    let clock = calendar.busy_hour_clock.as_ref().map(|hour| busy(words.busy_clock, hour));
    let sliding = calendar.busy_hour_sliding.as_ref().map(|hour| busy(words.busy_sliding, hour));
    let shift = calendar.shift.as_ref().map(|shift| {
        let share = language.round_percent((shift.share * 1e3).round() / 1e3);
        fill(words.shift, &[("start", &shift.start), ("end", &shift.end), ("share", &share)])
    });
    [clock, sliding, shift].into_iter().flatten().collect()
}

/// The day's short name; 1 is Monday.
#[must_use]
pub fn day(weekday: u8, language: Language) -> &'static str {
    let words = HourWords::of(language);
    let place = usize::from(weekday.saturating_sub(1)).min(6);
    words.days.split('|').nth(place).unwrap_or_default()
}

/// One row a deviation; `None` where there was none.
#[must_use]
pub fn deviations(result: &RunResult, language: Language) -> Option<Table> {
    let words = HourWords::of(language);
    let mut table = Table::new(&[
        words.deviation_gate,
        words.deviation_from,
        words.deviation_until,
        words.deviation_worst,
    ]);
    for log in &result.deviations {
        for spell in &log.spells {
            table.push(vec![
                log.gate.clone(),
                language.duration(spell.start_s),
                language.duration(spell.end_s),
                language.percent(spell.worst),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What the log of deviations comes to: change something, or watch.
#[must_use]
pub fn deviations_note(result: &RunResult, language: Language) -> &'static str {
    let words = HourWords::of(language);
    if result.deviations.iter().any(|log| log.recurring) {
        words.deviation_recurs
    } else {
        words.deviation_single
    }
}
