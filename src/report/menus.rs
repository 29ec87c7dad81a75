//! The exit map of menus, the longest cases and what callers want more often, as tables.

use super::language::Language;
use super::language::menu_words::MenuWords;
use super::language::words::Words;
use super::table::Table;
use super::work::Section;
use crate::keypad::Key;
use crate::result::MenuExit;
use crate::result::RunResult;

/// Where callers left the menus; `None` where no menu answered.
#[must_use]
pub fn exits(result: &RunResult, language: Language) -> Option<Section> {
    let words = MenuWords::of(language);
    let mut table = Table::new(&[words.menu, words.calls, words.share]);
    for menu in &result.menus {
        // Whoever is in the menu when the measurement begins leaves it without having come in.
        let left = menu.exits.iter().map(|exit| exit.calls).sum();
        let row = |name: String, calls: u64| {
            let share = super::facts::share(calls, left);
            let share = share.map_or_else(String::new, |share| language.percent(share));
            vec![name, language.count(calls), share]
        };
        table.push(row(format!("{}: {}", menu.menu, words.all), left));
        for exit in &menu.exits {
            let name = format!("{}: {}", place(&menu.menu, exit), way(&exit.reason, exit.key, language));
            table.push(row(name, exit.calls));
        }
    }
    (!table.rows.is_empty()).then_some(Section { title: words.exits, table, note: words.exits_note })
}

/// The menu, and the key that was pressed, if one was.
pub(super) fn place(menu: &str, exit: &MenuExit) -> String {
    exit.key.map_or_else(|| menu.to_owned(), |key| format!("{menu} · {key}"))
}

/// How callers left, in words.
pub(super) fn way(reason: &str, key: Option<Key>, language: Language) -> &'static str {
    let words = MenuWords::of(language);
    match reason {
        "chose" if key == Some(Key::ZERO) => words.chose_zero,
        "chose" => words.chose,
        "contained" => words.contained,
        "no_input" => words.no_input,
        "invalid_input" => words.invalid_input,
        "abandoned" => words.abandoned,
        _ => words.cut_short,
    }
}

/// The longest cases, each from its start to its end.
#[must_use]
pub fn cases(result: &RunResult, language: Language) -> Option<Section> {
    let words = MenuWords::of(language);
    let mut table = Table::new(&[words.step, words.at]);
    for case in &result.longest {
        table.push(vec![format!("{} {}", words.call, case.call), language.duration(case.lasted_s)]);
        for step in &case.steps {
            let detail = detail(&step.what, &step.detail, language);
            let colon = if detail.is_empty() { "" } else { ": " };
            let what = format!("–\u{a0}{}{colon}{detail}", what(&step.what, words));
            table.push(vec![what, language.duration(step.at_s)]);
        }
    }
    (!table.rows.is_empty()).then_some(Section { title: words.cases, table, note: words.cases_note })
}

/// Where, who or how, in the reader's language.
fn detail(what: &str, detail: &str, language: Language) -> String {
    match (what, detail.rsplit_once(" · ")) {
        ("left_menu", Some((place, reason))) => {
            let key = place.rsplit_once(" · ").and_then(|(_, key)| Key::from_character(key.chars().next()?));
            format!("{place}, {}", way(reason, key, language))
        }
        ("ended", _) => match detail.strip_prefix("completed-by-") {
            Some(by) => Words::of(language).label(by).to_owned(),
            None => super::language::causes::cause(detail, language),
        },
        _ => detail.to_owned(),
    }
}

fn what(step: &str, words: &'static MenuWords) -> &'static str {
    match step {
        "started" => words.step_started,
        "ringing" => words.step_ringing,
        "answered" => words.step_answered,
        "menu" => words.step_menu,
        "left_menu" => words.step_left_menu,
        "queued" => words.step_queued,
        "announced" => words.step_announced,
        "offered" => words.step_offered,
        "not_answered" => words.step_not_answered,
        "canceled" => words.step_canceled,
        "connected" => words.step_connected,
        "left_queue" => words.step_left_queue,
        "transferred" => words.step_transferred,
        _ => words.step_ended,
    }
}

/// Topics of which there was enough to compare; those that grew are marked.
#[must_use]
pub fn trends(result: &RunResult, language: Language) -> Option<Section> {
    let words = MenuWords::of(language);
    let mut table = Table::new(&[words.topic, words.before, words.after, words.growth, words.p]);
    for topic in &result.trends {
        let kind = match &*topic.kind {
            "class" => words.topic_class,
            "number" => words.topic_number,
            _ => words.topic_branch,
        };
        let mark = if topic.flagged { "⚠\u{a0}" } else { "" };
        let growth = topic.growth.map_or_else(String::new, |growth| {
            let sign = if growth > 0.0 { "+" } else { "" };
            format!("{sign}{}", language.percent(growth))
        });
        table.push(vec![
            format!("{mark}{kind} {}", topic.topic),
            language.count(topic.before),
            language.count(topic.after),
            growth,
            language.decimal(topic.p, 4),
        ]);
    }
    (!table.rows.is_empty()).then_some(Section { title: words.trends, table, note: words.trends_note })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::result::MenuExits;

    /// The exit map's table and bars are the counts of the result, and whoever came in has left.
    #[test]
    fn the_exit_map_is_that_of_the_result_in_both_languages() {
        let mut result = fixture::call_centre();
        let exit = |reason: &str, key: Option<char>, calls| MenuExit {
            reason: reason.to_owned(),
            key: key.and_then(Key::from_character),
            calls,
        };
        let ways = vec![
            exit("chose", Some('0'), 120),
            exit("chose", Some('2'), 300),
            exit("contained", Some('1'), 500),
            exit("no_input", None, 50),
            exit("abandoned", None, 30),
        ];
        result.menus = vec![MenuExits { menu: "main".to_owned(), entered: 1000, exits: ways.clone() }];
        for language in Language::ALL {
            let words = MenuWords::of(language);
            let section = exits(&result, language).unwrap();
            assert_eq!(section.table.rows.len(), 1 + ways.len());
            let row = [format!("main · 0: {}", words.chose_zero), "120".to_owned()];
            assert_eq!(section.table.rows[1][..2], row);
            let charts = crate::report::chart::all(&result, language);
            let chart = charts.iter().find(|chart| chart.id == "menu-exits").unwrap();
            let svg = chart.svg_for_page().unwrap();
            let drawn: Vec<&str> = svg
                .split("data-series=\"menu-exits\"")
                .skip(1)
                .map(|tag| tag.split("data-x=\"").nth(1).unwrap().split('"').next().unwrap())
                .collect();
            assert_eq!(drawn, ways.iter().map(|exit| exit.calls.to_string()).collect::<Vec<_>>());
            let page = crate::report::html::render(&result, &charts, language);
            assert!(page.contains(words.exits) && page.contains(words.chose_zero));
            assert!(crate::report::text(&result, language, false).contains(words.exits));
        }
        result.menus.clear();
        assert!(exits(&result, Language::English).is_none());
    }
}
