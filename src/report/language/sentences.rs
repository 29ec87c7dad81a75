//! Sentences that arrive in the result in English, and their Russian.
//!
//! Reasons, remarks, assumptions and notes are written where they are known, in English, for machines and
//! people alike. Those with a known pattern are translated here; any other is shown as it came.

use super::Language;

/// English with `{}` for what varies, and the same in Russian.
const SENTENCES: &[(&str, &str)] = &[];

/// The sentence in `language`, if its pattern is known; else as it is.
#[must_use]
pub fn translate(sentence: &str, language: Language) -> String {
    if language == Language::English {
        return sentence.to_owned();
    }
    let translated = SENTENCES
        .iter()
        .find_map(|(english, russian)| matched(sentence, english).map(|values| insert(russian, &values)));
    translated.unwrap_or_else(|| sentence.to_owned())
}

/// What stands in the holes of `pattern`, if `sentence` fits it.
fn matched<'sentence>(sentence: &'sentence str, pattern: &str) -> Option<Vec<&'sentence str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = sentence.strip_prefix(pieces.next()?)?;
    let mut values = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = if pieces.peek().is_none() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())?
        } else {
            rest.find(piece)?
        };
        values.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(values)
}

fn insert(pattern: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut pieces = pattern.split("{}");
    let mut sentence = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        sentence.push_str(values.next().copied().unwrap_or_default());
        sentence.push_str(piece);
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_give_what_stands_in_their_holes() {
        assert_eq!(matched("12 of 30 calls", "{} of {} calls"), Some(vec!["12", "30"]));
        assert_eq!(matched("late by 5 ms", "late by {}"), Some(vec!["5 ms"]));
        assert_eq!(matched("early by 5 ms", "late by {}"), None);
        assert_eq!(matched("done", "done"), Some(vec![]));
        assert_eq!(matched("done, almost", "done"), None);
        assert_eq!(insert("{} из {}", &["12", "30"]), "12 из 30");
    }

    #[test]
    fn both_languages_have_the_same_number_of_holes() {
        for (english, russian) in SENTENCES {
            assert_eq!(english.matches("{}").count(), russian.matches("{}").count(), "{english}");
        }
    }
}
