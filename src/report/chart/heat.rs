//! Hour by weekday: when calls come, and when they are lost.

use super::Chart;
use super::Content;
use super::axis::Axis;
use super::ink::Ink;
use super::plot::Cell;
use super::plot::Mark;
use super::plot::Plot;
use crate::report::language::Language;
use crate::report::language::fill;
use crate::report::language::hour_words::HourWords;
use crate::report::people::day;
use crate::report::table::Table;
use crate::result::{HourFigures, RunResult};

/// Fewer hours make no picture of a day.
const FEWEST_HOURS: usize = 24;

/// Calls offered, and calls lost if any; nothing for less than a day.
pub fn by_hour(result: &RunResult, language: Language) -> Vec<Chart> {
    let words = HourWords::of(language);
    let Some(calendar) = result.calendar.as_ref().filter(|calendar| calendar.hours.len() >= FEWEST_HOURS)
    else {
        return Vec::new();
    };
    let hours = &calendar.hours;
    let offered = heat(
        "calls-by-hour",
        (words.heat_offered_title, words.heat_offered_caption),
        Ink::Model,
        hours,
        |hour| hour.offered,
        language,
    );
    let lost = heat(
        "loss-by-hour",
        (words.heat_lost_title, words.heat_lost_caption),
        Ink::Technical,
        hours,
        |hour| hour.lost,
        language,
    );
    [offered, lost].into_iter().flatten().collect()
}

/// `None` where all is zero.
fn heat(
    id: &'static str,
    (title, caption): (&str, &str),
    ink: Ink,
    hours: &[HourFigures],
    of: impl Fn(&HourFigures) -> f64,
    language: Language,
) -> Option<Chart> {
    let words = HourWords::of(language);
    let most = hours.iter().map(&of).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let x = Axis::whole(0.0, 23.0, words.heat_x, language);
    let names: Vec<&str> = (1..=7).map(|weekday| day(weekday, language)).collect();
    let days = names.iter().map(|&name| name.to_owned()).collect();
    let mut plot = Plot::new(x, Axis::categories(days, words.heat_y).reversed());
    plot.bare = true;
    plot.height_px = 300.0;
    let cell = |hour: &HourFigures| Cell {
        at: (f64::from(hour.hour), f64::from(hour.weekday.clamp(1, 7) - 1)),
        value: of(hour),
        shade: of(hour) / most,
    };
    plot.marks.push(Mark::Cells { series: id, ink, cells: hours.iter().map(cell).collect() });
    let mut table = Table::new(&[&[words.heat_hour], names.as_slice()].concat());
    for hour in 0..24_u8 {
        let value = |weekday: u8| {
            let found = hours.iter().find(|cell| cell.hour == hour && cell.weekday == weekday);
            found.map_or_else(String::new, |cell| language.decimal(of(cell), 1))
        };
        table.push(std::iter::once(hour.to_string()).chain((1..=7).map(value)).collect());
    }
    let caption = fill(caption, &[("most", &language.decimal(most, 1))]);
    let content = Content::Plot(Box::new(plot));
    Some(Chart { id, title: title.to_owned(), description: caption.clone(), caption, content, table })
}
