//! Whether call records hold what they must: each row asked for each required field.

use crate::pbx::books::CdrRow;
use crate::pbx::books::Disposition;
use crate::pbx::fields::Field;
use crate::pbx::fields::Requirement;

/// What was found of one required field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub requirement: Requirement,
    /// Rows that must have it.
    pub rows: u64,
    /// Those that don't.
    pub missing: u64,
    /// The first of them.
    pub first: Option<Place>,
    /// The log has no such column: that of the field, or that which tells of which calls it is required.
    pub no_column: Option<Field>,
}

/// A row of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Counted from 1, the header included.
    pub line: u64,
    /// Empty where the log names no calls.
    pub call: String,
}

/// Looks at rows as they come; its memory is that of the required fields.
#[derive(Debug, Clone)]
pub struct Required {
    tallies: Vec<Tally>,
    rows: u64,
}

impl Required {
    /// Before the first row.
    #[must_use]
    pub fn new(requirements: &[Requirement]) -> Self {
        let tally = |requirement: &Requirement| Tally {
            requirement: requirement.clone(),
            rows: 0,
            missing: 0,
            first: None,
            no_column: None,
        };
        Self { tallies: requirements.iter().map(tally).collect(), rows: 0 }
    }

    /// Says which columns the log has at all.
    pub fn columns(&mut self, has: impl Fn(Field) -> bool) {
        for tally in &mut self.tallies {
            let Requirement { field, when, .. } = tally.requirement;
            tally.no_column = if has(field) { when.untold_without(&has) } else { Some(field) };
        }
    }

    /// A row of `cdr.csv`, in its order.
    pub fn cdr(&mut self, row: &CdrRow) {
        // The header is the first line.
        let line = self.rows + 2;
        self.row(line, &row.name, Some(row.disposition), |field| field.is_filled(row));
    }

    /// A row of any log.
    pub fn row(
        &mut self,
        line: u64,
        call: &str,
        disposition: Option<Disposition>,
        is_filled: impl Fn(Field) -> bool,
    ) {
        self.rows += 1;
        for tally in &mut self.tallies {
            if !tally.requirement.when.holds(disposition, &is_filled) {
                continue;
            }
            tally.rows += 1;
            if !is_filled(tally.requirement.field) {
                tally.missing += 1;
                tally.first.get_or_insert_with(|| Place { line, call: call.to_owned() });
            }
        }
    }

    /// What is required.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.tallies.iter().map(|tally| &tally.requirement)
    }

    /// Rows seen.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// What was found, in the order of the scenario.
    #[must_use]
    pub fn finish(self) -> Vec<Tally> {
        self.tallies
    }
}
