//! What is wrong with a scenario, where, and what to write instead.

use std::fmt;

/// One mistake. All mistakes of a file are found at once, as far as one does not hide another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// `file.yaml:14:5`, `--set pbx.channels`, or the file's name where no line is to blame.
    pub written_at: String,
    /// The key's path, `traffic.callers[0].talk`; empty for the file as a whole.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written_at, key, message } = self;
        // `--set pbx.channels` has said it already.
        if key.is_empty() || written_at.ends_with(key.as_str()) {
            write!(f, "{written_at}: {message}")
        } else {
            write!(f, "{written_at}: {key}: {message}")
        }
    }
}

/// Every mistake found, one a line; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The known word nearest to `word`, if it is near enough to be a slip.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    let ranked = known.iter().map(|candidate| (edit_distance(word, candidate), *candidate));
    ranked
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, near)| near)
}

/// Levenshtein's distance with neighbours swapped counted once, over at most 64 characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).collect();
    let right: Vec<char> = right.chars().take(64).collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=right.len()).collect();
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut best = substituted.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["channels", "queues", "agents", "calls_per_second"];
        assert_eq!(nearest("chanels", &known), Some("channels"));
        assert_eq!(nearest("agnets", &known), Some("agents"));
        assert_eq!(nearest("call_per_second", &known), Some("calls_per_second"));
        assert_eq!(nearest("bandwidth", &known), None);
    }
}
