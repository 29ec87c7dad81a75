//! `summary.md`: what a pull request or a job page shows, a few kilobytes of Markdown.

use std::fmt::Write;

use super::facts;
use super::language::Language;
use super::language::fill;
use super::language::page_words::PageWords;
use super::language::record_words::RecordWords;
use super::language::sentences;
use super::language::words::Words;
use super::required;
use super::text;
use crate::result::RunResult;

/// The summary as GitHub-flavoured Markdown.
#[must_use]
pub fn render(result: &RunResult, language: Language) -> String {
    let (words, page) = (Words::of(language), PageWords::of(language));
    let mut out = String::new();
    heading(&mut out, result, language);
    gates(&mut out, result, language);
    required_fields(&mut out, result, language);
    outcomes(&mut out, result, language);
    let trunks = result.recommendation.trunks.as_ref().map(|advice| (advice, words.channels));
    let agents = result.recommendation.agents.as_ref().map(|advice| (advice, words.agents));
    let nothing = text::nothing_sentences(result, language);
    if trunks.is_some() || agents.is_some() || !nothing.is_empty() {
        let _ = writeln!(out, "\n## {}\n", page.buy);
    }
    for (advice, noun) in trunks.into_iter().chain(agents) {
        let _ = writeln!(out, "- {}", escape(&text::advice_sentence(advice, noun, language)));
    }
    for sentence in nothing {
        let _ = writeln!(out, "- {}", escape(&sentence));
    }
    let cost = text::cost_rows(result, language);
    if !cost.is_empty() {
        let _ = writeln!(out, "\n## {}\n\n| | |\n|:--|--:|", page.cost);
    }
    for (label, amount) in cost {
        let _ = writeln!(out, "| {label} | {} |", escape(&amount));
    }
    if let Some(sentence) = text::never_served(result, language) {
        let _ = writeln!(out, "\n{}", escape(&sentence));
    }
    if !result.notes.is_empty() {
        let _ = writeln!(out, "\n## {}\n", page.notes);
    }
    for note in &result.notes {
        let _ = writeln!(out, "- {}", escape(&sentences::translate(note, language)));
    }
    text::plain_spaces(&out)
}

fn heading(out: &mut String, result: &RunResult, language: Language) {
    let words = Words::of(language);
    let status = result.verdict.status;
    let (mark, word) = (text::mark(status), text::status_word(status, words));
    let _ = writeln!(out, "# {mark} {word}: {}\n", escape(&result.scenario.name));
    if !result.scenario.question.is_empty() {
        let _ = writeln!(out, "{}\n", escape(&result.scenario.question));
    }
    let driver = text::driver_word(result.driver, words);
    let ended = text::ended_word(result.ended, words);
    let seed = PageWords::of(language).seed;
    let _ = writeln!(out, "{driver} · {seed} {} · {ended}", result.scenario.seed);
    for reason in &result.verdict.reasons {
        let _ = writeln!(out, "\n> {}", escape(&sentences::translate(reason, language)));
    }
}

fn gates(out: &mut String, result: &RunResult, language: Language) {
    let page = PageWords::of(language);
    let _ = writeln!(out, "\n## {}\n", page.gates);
    let _ = writeln!(
        out,
        "| | {} | {} | n | {} |\n|:-:|:--|--:|--:|:--|",
        page.gate_condition, page.gate_value, page.gate_written_at
    );
    for gate in &result.verdict.gates {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} | {} |",
            text::mark(gate.status),
            gate.gate.replace('|', "\\|"),
            escape(&text::gate_value(gate, language)),
            language.count(gate.n),
            escape(&gate.written_at)
        );
    }
}

fn required_fields(out: &mut String, result: &RunResult, language: Language) {
    let fields = &result.verdict.required_fields;
    if fields.is_empty() {
        return;
    }
    let (words, page) = (RecordWords::of(language), PageWords::of(language));
    let _ = writeln!(out, "\n## {}\n", words.title);
    let _ = writeln!(
        out,
        "| | {} | {} | {} |\n|:-:|:--|:--|:--|",
        words.field_column, words.found_column, page.gate_written_at
    );
    for field in fields {
        let _ = writeln!(
            out,
            "| {} | `{}` | {} | {} |",
            text::mark(field.status),
            field.field,
            escape(&required::found(field, language)),
            escape(&field.written_at)
        );
    }
}

fn outcomes(out: &mut String, result: &RunResult, language: Language) {
    let (words, page) = (Words::of(language), PageWords::of(language));
    let outcomes = &result.outcomes;
    let _ = writeln!(out, "\n## {}\n\n| | {} | % |\n|:--|--:|--:|", page.outcomes, page.column_calls);
    let mut row = |label: &str, calls: u64| {
        let share = facts::share(calls, outcomes.offered).map(|share| language.percent_bare(share));
        let _ = writeln!(out, "| {label} | {} | {} |", language.count(calls), share.unwrap_or_default());
    };
    row(&format!("**{}**", words.offered), outcomes.offered);
    for group in facts::outcome_groups(outcomes, &result.limiter).into_iter().filter(|group| group.calls > 0)
    {
        row(text::class_word(group.class, words), group.calls);
        for (name, calls) in group.parts.into_iter().filter(|(_, calls)| *calls > 0) {
            row(&format!("&emsp;{}", words.label(name)), calls);
        }
    }
    let sum = facts::outcome_sum(outcomes);
    let template = if sum == outcomes.offered { page.sums } else { page.sums_not };
    let values = [("sum", language.count(sum)), ("offered", language.count(outcomes.offered))];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let _ = writeln!(out, "\n{}", fill(template, &values));
}

/// Takes the meaning out of characters that Markdown would act on.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '#') {
            escaped.push('\\');
        }
        escaped.push(if character == '\n' { ' ' } else { character });
    }
    escaped
}
