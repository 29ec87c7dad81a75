//! Classes of callers: who calls, how long they talk, how long they wait, whether they dial again.

use std::sync::Arc;

use crate::random::Distribution;
use crate::text::share;
use crate::traffic::callbacks::CallbackHabit;
use crate::traffic::habits::Habits;
use crate::units::Money;

/// A class of callers, `traffic.callers.*` of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct CallerClass {
    pub name: Arc<str>,
    /// Share of first attempts, 0 to 1; the shares of all classes sum to 1.
    pub share: f64,
    /// Numbers dialled.
    pub to: Numbers,
    /// Numbers called from.
    pub from: Numbers,
    pub talk: Distribution,
    /// Absent means infinite patience.
    pub patience: Option<Distribution>,
    pub redial: Redial,
    /// Whether they call again after they were served.
    pub repeat: Repeat,
    /// What one such customer is worth.
    pub value: Option<Money>,
    /// What they do when a machine answers; absent where none does.
    pub habits: Option<Arc<Habits>>,
    pub callback: CallbackHabit,
    /// How this class answers a digest challenge.
    pub auth: Option<Credentials>,
    /// Place in queues: higher goes before lower, as Asterisk's `QUEUE_PRIO`. Usually 0.
    pub priority: i32,
    /// What they speak; absent means that any agent will do.
    pub language: Option<Arc<str>>,
    /// What whoever serves them must know; absent means that any agent will do.
    pub skill: Option<Arc<str>>,
}

/// Where numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// A template: `{number}` becomes a unique number of nine digits made from the attempt's index,
    /// `{index}` the index itself.
    Template(Arc<str>),
    /// These in turn: attempt i gets element i mod n.
    List(Vec<Arc<str>>),
}

impl Numbers {
    /// A number that stands for all of them: the template as it is written, or the first of the list.
    ///
    /// # Panics
    /// If a list is empty; the scenario's loader refuses that.
    #[must_use]
    pub fn any(&self) -> Arc<str> {
        Arc::clone(self.first())
    }

    /// Each number of a list, or the one that stands for all of a template.
    #[must_use]
    pub fn all(&self) -> &[Arc<str>] {
        match self {
            Self::Template(template) => std::slice::from_ref(template),
            Self::List(numbers) => numbers,
        }
    }

    /// The number of attempt `index`.
    ///
    /// # Panics
    /// If a list is empty; the scenario's loader refuses that.
    #[must_use]
    pub fn number(&self, index: u64) -> Arc<str> {
        let mut text = self.any();
        self.write(index, &mut text);
        text
    }

    /// Makes `text` the number of attempt `index`.
    pub(super) fn write(&self, index: u64, text: &mut Arc<str>) {
        match self {
            Self::Template(template) if template.contains('{') => {
                let number = format!("{:09}", scramble(index));
                *text = template.replace("{number}", &number).replace("{index}", &index.to_string()).into();
            }
            Self::Template(number) => share(text, number),
            Self::List(numbers) => {
                let place = index % numbers.len() as u64;
                share(text, &numbers[usize::try_from(place).expect("below the length of a list")]);
            }
        }
    }

    /// The number of all attempts, where they have only one.
    pub(super) fn only(&self) -> Option<&Arc<str>> {
        match self {
            Self::Template(template) => Some(template).filter(|template| !template.contains('{')),
            Self::List(numbers) => numbers.first().filter(|_| numbers.len() == 1),
        }
    }

    /// Makes `text` the number that stands for all of them.
    pub(super) fn write_any(&self, text: &mut Arc<str>) {
        share(text, self.first());
    }

    fn first(&self) -> &Arc<str> {
        match self {
            Self::Template(template) => template,
            Self::List(numbers) => &numbers[0],
        }
    }
}

/// Cells of the column `name` of a CSV text with a header, trimmed, at most `rows_max` of them. Of a text whose
/// header has a single column, that column, whatever its name; a single column of bare numbers needs no header.
pub fn column(text: &str, name: &str, rows_max: usize) -> Result<Vec<String>, ColumnError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut rows = reader.records().enumerate();
    let header = match rows.next() {
        None => return Err(ColumnError::Empty),
        Some((_, row)) => row.map_err(|error| ColumnError::NotCsv(error.to_string()))?,
    };
    let found = header.iter().position(|cell| cell == name);
    let place = match found {
        Some(place) => place,
        None if header.len() == 1 => 0,
        None => {
            let known = header.iter().collect::<Vec<_>>().join(", ");
            return Err(ColumnError::NoColumn { name: name.to_owned(), known });
        }
    };
    let mut cells = Vec::new();
    if found.is_none() && header[0].bytes().any(|byte| byte.is_ascii_digit()) {
        cells.push(header[0].to_owned());
    }
    for (_, row) in rows {
        let row = row.map_err(|error| ColumnError::NotCsv(error.to_string()))?;
        if cells.len() == rows_max {
            return Err(ColumnError::TooLong { rows_max });
        }
        cells.push(row[place].to_owned());
    }
    Ok(cells)
}

/// Why a file gave no column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    #[error("the file is empty; write one value a line, or a CSV with a header")]
    Empty,
    #[error("no column `{name}`; the file has {known}")]
    NoColumn { name: String, known: String },
    #[error("more than {rows_max} rows; split the file")]
    TooLong { rows_max: usize },
    #[error("this is not CSV: {0}; check quotes and the number of columns")]
    NotCsv(String),
}

/// A number of nine digits that no other index below 10⁹ shares, and that does not look counted.
const fn scramble(index: u64) -> u64 {
    // The multiplier shares no factor with 10⁹, so multiplication permutes the residues.
    ((index % 1_000_000_000) * 618_033_989 + 123_456_789) % 1_000_000_000
}

/// What a caller does after an attempt that was not completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Redial {
    /// Probability of dialling again after each failed attempt, 0 to 1.
    pub probability: f64,
    pub delay: Distribution,
    /// Most redials of one caller.
    pub limit: u32,
    /// Probability that a caller who does not dial again calls a competitor, 0 to 1.
    pub defection: f64,
    /// Share of those repeated dials that a message to the caller ("request accepted") saves, 0 to 1.
    pub acknowledgement: f64,
    /// Other numbers of the firm's, which a caller who did not get through may try.
    pub sibling: Option<Sibling>,
}

/// What callers try who do not get through on one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Sibling {
    /// Probability of it after each attempt that did not get through, 0 to 1.
    pub probability: f64,
    /// At least one; each is tried after the one before it, the first after any other number and after the last.
    pub numbers: Vec<Arc<str>>,
    pub delay: Distribution,
}

impl Redial {
    /// Never again, and nobody is told where the caller went.
    pub const NEVER: Self = Self {
        probability: 0.0,
        delay: Distribution::Constant { seconds: 0.0 },
        limit: 0,
        defection: 0.0,
        acknowledgement: 0.0,
        sibling: None,
    };

    /// Probability of dialling again, the acknowledgement allowed for.
    #[must_use]
    pub fn effective_probability(&self) -> f64 {
        self.probability * (1.0 - self.acknowledgement)
    }
}

/// What a caller does after having been served: calls again about the same matter, or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// Probability of a repeat call after each call that was completed, 0 to 1.
    pub probability: f64,
    pub delay: Distribution,
    /// Most repeat calls of one caller.
    pub limit: u32,
    /// Share of the repeat calls that a message to the caller ("request accepted") saves, 0 to 1.
    pub acknowledgement: f64,
    /// By how much first-contact resolution is better than when `probability` was observed: 0.01 is one
    /// percentage point.
    pub resolution_gain: f64,
    /// Percent fewer repeat calls for each percentage point of resolution: 1 to 2.
    pub elasticity: f64,
}

impl Repeat {
    /// Served means settled.
    pub const NEVER: Self = Self {
        probability: 0.0,
        delay: Distribution::Constant { seconds: 0.0 },
        limit: 0,
        acknowledgement: 0.0,
        resolution_gain: 0.0,
        elasticity: 1.0,
    };

    /// Probability of a repeat call, acknowledgement and resolution allowed for.
    #[must_use]
    pub fn effective_probability(&self) -> f64 {
        let fewer = (self.elasticity * self.resolution_gain).min(1.0);
        self.probability * (1.0 - self.acknowledgement) * (1.0 - fewer)
    }
}

/// User and password for digest authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: Arc<str>,
    pub password: Arc<str>,
    /// The environment variable that the password came from: what is written instead of it.
    pub password_env: Arc<str>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials {{ user: {:?}, password: … }}", self.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_gives_every_caller_a_number_of_their_own() {
        let template = Numbers::Template("79{number}".into());
        let numbers: std::collections::BTreeSet<Arc<str>> =
            (0..10_000).map(|index| template.number(index)).collect();
        assert_eq!(numbers.len(), 10_000);
        assert!(numbers.iter().all(|number| number.len() == 11 && number.starts_with("79")));
        assert_eq!(&*Numbers::Template("user{index}".into()).number(7), "user7");
    }

    #[test]
    fn a_column_is_found_by_name_or_by_being_alone() {
        let table = "caller,start_s\n7900,0.5\n7901, 12\n";
        assert_eq!(column(table, "start_s", 10).unwrap(), ["0.5", "12"]);
        assert_eq!(column("0.5\n12\n13.75\n", "start_s", 10).unwrap(), ["0.5", "12", "13.75"]);
        assert_eq!(column("time\n0.5\n", "start_s", 10).unwrap(), ["0.5"]);
        assert!(matches!(column(table, "when", 10), Err(ColumnError::NoColumn { .. })));
        assert!(matches!(column("a,b\n1\n", "a", 10), Err(ColumnError::NotCsv(_))));
        assert_eq!(column("", "a", 10), Err(ColumnError::Empty));
        assert_eq!(column("1\n2\n3\n", "a", 2), Err(ColumnError::TooLong { rows_max: 2 }));
    }

    #[test]
    fn a_list_is_dialled_in_turn() {
        let list = Numbers::List(vec!["100".into(), "101".into(), "102".into()]);
        let dialled: Vec<Arc<str>> = (0..4).map(|index| list.number(index)).collect();
        assert_eq!(dialled.join(" "), "100 101 102 100");
    }
}
