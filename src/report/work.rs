//! Tables about the work of the PBX and its people, each only where its feature is used.

use super::language::Language;
use super::language::work_words::WorkWords;
use super::table::Table;
use crate::result::RunResult;

/// A titled table with a note under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    pub table: Table,
    pub note: &'static str,
}

/// What there is to tell.
#[must_use]
pub fn sections(result: &RunResult, language: Language) -> Vec<Section> {
    [owners(result, language)].into_iter().flatten().collect()
}

fn owners(result: &RunResult, language: Language) -> Option<Section> {
    let words = WorkWords::of(language);
    let mut table = Table::new(&[
        words.queue,
        words.owners_known,
        words.owners_reached,
        words.owners_fell_back,
        words.owners_gone,
        words.owners_share,
    ]);
    for queue in &result.owners {
        let share = super::figures::with_interval(queue.share, queue.share_ci95, language);
        table.push(vec![
            queue.queue.clone(),
            language.count(queue.known),
            language.count(queue.reached),
            language.count(queue.fell_back),
            language.count(queue.gone),
            share.unwrap_or_default(),
        ]);
    }
    (!table.rows.is_empty()).then_some(Section { title: words.owners, table, note: words.owners_note })
}
