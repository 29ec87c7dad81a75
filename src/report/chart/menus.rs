//! Where callers leave the menus: one bar for each menu and way out.

use super::Chart;
use super::Content;
use super::ink::Ink;
use super::outcomes::{describe, flat_bars, push_bar, push_label};
use super::plot::Sample;
use crate::keypad::Key;
use crate::report::facts;
use crate::report::language::Language;
use crate::report::language::menu_words::MenuWords;
use crate::report::menus::{place, way};
use crate::report::table::Table;
use crate::result::MenuExit;
use crate::result::RunResult;

/// `None` where no menu answered.
pub fn exits(result: &RunResult, language: Language) -> Option<Chart> {
    let words = MenuWords::of(language);
    let rows: Vec<(&str, u64, &MenuExit)> = result
        .menus
        .iter()
        .flat_map(|menu| {
            let left = menu.exits.iter().map(|exit| exit.calls).sum();
            menu.exits.iter().map(move |exit| (&*menu.menu, left, exit))
        })
        .collect();
    let most = rows.iter().map(|(_, _, exit)| exit.calls).max()?;
    let labels = rows.iter().map(|(menu, _, exit)| place(menu, exit)).collect();
    let mut plot = flat_bars(labels, most, words.calls, language);
    let mut table = Table::new(&[words.menu, words.calls, words.way]);
    for (at, (menu, left, exit)) in (0_u32..).zip(rows) {
        let way = way(&exit.reason, exit.key, language);
        let (ink, class) = ink(exit, words);
        let share = facts::share(exit.calls, left).map_or_else(String::new, |share| language.percent(share));
        push_bar(&mut plot, "menu-exits", ink, at, exit.calls);
        push_label(&mut plot, at, exit.calls, format!("{} · {share} · {way}", language.count(exit.calls)));
        if !plot.legend.iter().any(|known| known.text == class) {
            plot.explain(ink, Sample::Area, class);
        }
        table.push(vec![place(menu, exit), language.count(exit.calls), way.to_owned()]);
    }
    Some(Chart {
        id: "menu-exits",
        title: words.exits.to_owned(),
        description: describe(&table),
        caption: words.exits_note.to_owned(),
        content: Content::Plot(Box::new(plot)),
        table,
    })
}

/// A way out by what it means to the firm, and the word for it.
fn ink(exit: &MenuExit, words: &MenuWords) -> (Ink, &'static str) {
    match &*exit.reason {
        "contained" => (Ink::Target, words.contained),
        "chose" if exit.key == Some(Key::ZERO) => (Ink::Measured, words.chose_zero),
        "chose" => (Ink::Model, words.chose),
        "no_input" | "invalid_input" => (Ink::Other, words.no_input),
        "abandoned" => (Ink::Human, words.abandoned),
        _ => (Ink::Technical, words.cut_short),
    }
}
