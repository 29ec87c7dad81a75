//! The page as a reader, a printer and a firewall see it.

use super::*;
use crate::report::fixture;

fn everything(language: Language) -> Vec<String> {
    [fixture::loss_system(), fixture::call_centre(), fixture::nobody_called()]
        .iter()
        .map(|result| page_of(result, language))
        .collect()
}

/// The page without styles, code, tags and the scenario: what a person reads.
fn visible(html: &str) -> String {
    let mut text = html.to_owned();
    for (open, close) in [("<style", "</style>"), ("<code", "</code>"), ("<pre", "</pre>")] {
        while let Some(from) = text.find(open) {
            let to = text[from..].find(close).unwrap() + from + close.len();
            text.replace_range(from..to, " ");
        }
    }
    let mut visible = String::new();
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                visible.push(' ');
            }
            other if !inside => visible.push(other),
            _ => {}
        }
    }
    visible
}

#[test]
fn the_page_asks_nothing_of_any_other_host_and_runs_no_script() {
    for html in everything(Language::English) {
        for forbidden in ["http://", "https://", "//cdn", "<script", "<link", "@import", "url(", " src="] {
            assert!(!html.contains(forbidden), "the page contains {forbidden}");
        }
    }
}

#[test]
fn an_hour_weighs_less_than_300_kilobytes() {
    for html in everything(Language::Russian) {
        assert!(html.len() < 300_000, "{} bytes", html.len());
    }
}

#[test]
fn the_same_result_gives_the_same_bytes() {
    let first = crate::report::render_all(&fixture::call_centre(), Language::Russian);
    let second = crate::report::render_all(&fixture::call_centre(), Language::Russian);
    for (a, b) in first.iter().zip(&second) {
        assert!(a == b, "{} differs", a.path);
    }
    assert_eq!(first.len(), second.len());
}

#[test]
fn the_page_answers_the_client_first() {
    let html = page_of(&fixture::call_centre(), Language::English);
    let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text}"));
    let page = PageWords::of(Language::English);
    let order = [
        "class=\"badge\"",
        page.buy,
        page.cost,
        page.outcomes,
        page.charts,
        page.gates,
        page.indicators,
        page.queue,
        page.ladders,
        page.validity,
        page.expected,
        page.scenario,
    ];
    let places: Vec<usize> = order.into_iter().map(place).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_outcomes_table_says_that_it_adds_up_or_that_it_does_not() {
    let mut result = fixture::loss_system();
    assert!(page_of(&result, Language::English).contains("The outcomes add up"));
    result.outcomes.offered += 1;
    assert!(page_of(&result, Language::English).contains("do NOT add up"));
}

#[test]
fn a_target_with_fewer_channels_than_stated_is_named() {
    let mut result = fixture::loss_system();
    result.scenario.channels = Some(20);
    let html = page_of(&result, Language::English);
    assert!(
        html.contains("The scenario states 20 channels, but the target behaves as one with 10"),
        "the difference is not named"
    );
}

/// Eleven columns of callers by class at the usual size are wider than the page.
#[test]
fn a_table_of_many_columns_is_set_densely() {
    let mut result = fixture::call_centre();
    let class = |name: &str| crate::result::ClassFigures { name: name.to_owned(), ..Default::default() };
    result.classes = vec![class("regulars"), class("others")];
    let html = page_of(&result, Language::Russian);
    let title = super::HourWords::of(Language::Russian).people;
    let after = html.split(&format!("<h2>{title}</h2>")).nth(1).expect("the table is there");
    assert!(after.trim_start().starts_with("<div class=\"scroll dense\">"), "{}", &after[..200]);
}

#[test]
fn foreign_text_stays_text() {
    let mut result = fixture::loss_system();
    result.scenario.name = "<script>alert(1)</script>".to_owned();
    result.ladders[0].messages[0].line = "INVITE <sip:a@b> & \"more\"".to_owned();
    let html = page_of(&result, Language::English);
    assert!(!html.contains("<script"), "a scenario's name became markup");
    assert!(!html.contains("<sip:"), "a message became markup");
}

#[test]
fn no_english_word_is_left_on_the_russian_page_but_terms() {
    const TERMS: &str = "erlang b c ser seer asr ner isa scr sip rfc itu t e sha call id p q cause reason invite ack \
                         trying service unavailable busyhour result json rub n europe moscow yaml scenarios economy \
                         tariff gate channels busy agent rtp max intervals csv";
    let terms: Vec<&str> = TERMS.split_whitespace().collect();
    for mut result in [fixture::loss_system(), fixture::call_centre(), fixture::nobody_called()] {
        // The user's own words are not ours to translate.
        result.scenario.name = "тариф".to_owned();
        result.scenario.question = "Сколько потеряет тариф?".to_owned();
        let text = visible(&page_of(&result, Language::Russian));
        let words = text.split(|character: char| !character.is_alphabetic());
        let english: std::collections::BTreeSet<String> = words
            .filter(|word| word.chars().any(|letter| letter.is_ascii_alphabetic()))
            .map(str::to_lowercase)
            .filter(|word| !terms.contains(&word.as_str()))
            .collect();
        assert!(english.is_empty(), "left in English: {english:?}");
    }
}

#[test]
fn the_start_is_a_date_and_a_place() {
    let start = "2026-01-05T08:00:00+03:00[Europe/Moscow]";
    assert_eq!(moment(start, Language::Russian), "05.01.2026 08:00 (Europe/Moscow)");
    assert_eq!(moment(start, Language::English), "2026-01-05 08:00 (Europe/Moscow)");
    assert_eq!(moment("yesterday", Language::English), "yesterday");
}
