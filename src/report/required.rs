//! What call records must hold, and what was found, in words.

use super::Language;
use super::language::fill;
use super::language::record_words::RecordWords;
use super::text::mark;
use super::text::plain_spaces;
use crate::result::RequiredField;
use crate::result::RunResult;
use crate::result::Status;

/// One field as everywhere shown: `✗ agent if answered   missing in 3 of 120 rows, first in cdr.csv:17 (call 4)   x.yaml:23`.
#[must_use]
pub fn line(field: &RequiredField, language: Language) -> String {
    let (mark, found) = (mark(field.status), found(field, language));
    plain_spaces(&format!("{mark} {}   {found}   {}", field.field, field.written_at))
}

/// What was found of it.
#[must_use]
pub fn found(field: &RequiredField, language: Language) -> String {
    let words = RecordWords::of(language);
    let (missing, rows) = (language.count(field.missing), language.count(field.rows));
    let at = field.first.as_ref().map(|first| first.line.to_string()).unwrap_or_default();
    let template = match (&field.no_column, field.missing, field.rows) {
        (Some(_), 0, _) => words.no_column,
        (Some(_), ..) => words.no_column_of,
        (None, 0, 0) => words.no_row,
        (None, 0, _) => words.filled,
        (None, ..) => words.missing,
    };
    let column = field.no_column.as_deref().unwrap_or_default();
    let values = [
        ("missing", &*missing),
        ("rows", &*rows),
        ("line", &*at),
        ("column", column),
        ("file", &*field.file),
    ];
    let text = fill(template, &values);
    match field.first.as_ref().filter(|first| field.no_column.is_none() && !first.call_id.is_empty()) {
        Some(first) => format!("{text} {}", fill(words.call, &[("call", &first.call_id)])),
        None => text,
    }
}

/// A sentence for each field that is missing.
#[must_use]
pub fn lacking(fields: &[RequiredField], language: Language) -> Vec<String> {
    let words = RecordWords::of(language);
    let sentence = |field: &RequiredField| {
        fill(words.lacking, &[("field", &field.field), ("found", &found(field, language))])
    };
    fields.iter().filter(|field| field.status != Status::Pass).map(sentence).collect()
}

/// The same of a result, for its head.
#[must_use]
pub fn unmet(result: &RunResult, language: Language) -> Vec<String> {
    let lacking = lacking(&result.verdict.required_fields, language);
    lacking.into_iter().map(|sentence| format!("{} {sentence}", mark(Status::Fail))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::FirstMissing;

    fn field(missing: u64, rows: u64, no_column: Option<&str>) -> RequiredField {
        RequiredField {
            field: "agent if answered".to_owned(),
            status: if missing > 0 || no_column.is_some() { Status::Fail } else { Status::Pass },
            file: "cdr.csv".to_owned(),
            rows,
            missing,
            first: (missing > 0).then(|| FirstMissing { line: 17, call_id: "4".to_owned() }),
            no_column: no_column.map(str::to_owned),
            written_at: "x.yaml:23".to_owned(),
        }
    }

    #[test]
    fn what_was_found_is_told_in_both_languages() {
        for (field, english, russian) in [
            (
                field(3, 120, None),
                "✗ agent if answered   missing in 3 of 120 rows, first in cdr.csv:17 (call 4)   x.yaml:23",
                "✗ agent if answered   не заполнено в строках: 3 из 120, первая — cdr.csv:17 (вызов 4)   x.yaml:23",
            ),
            (
                field(0, 120, None),
                "✓ agent if answered   filled in 120 of 120 rows   x.yaml:23",
                "✓ agent if answered   заполнено в строках: 120 из 120   x.yaml:23",
            ),
            (
                field(0, 0, None),
                "✓ agent if answered   no row that must have it   x.yaml:23",
                "✓ agent if answered   нет строк, в которых оно требуется   x.yaml:23",
            ),
            (
                field(2, 2, Some("agent")),
                "✗ agent if answered   cdr.csv has no column for agent: missing in all 2 rows   x.yaml:23",
                "✗ agent if answered   в cdr.csv нет столбца для agent: не заполнено во всех строках (2)   x.yaml:23",
            ),
        ] {
            assert_eq!(line(&field, Language::English), english);
            assert_eq!(line(&field, Language::Russian), russian);
        }
    }
}
