//! The routing table: type of caller × hour × number → target, each exactly one.
//!
//! A row says for which callers, numbers and hours it holds. No row goes before another: where two hold there is an
//! overlap, and where none does a hole, unless the table says what becomes of all the rest. Both are found before the
//! first call ([`Table::faults`]); in a table without faults the order of rows has no meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pbx::routing::Destination;
use crate::pbx::routing::Hours;
use crate::time::Instant;

/// When a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    Always,
    During(Hours),
    Outside(Hours),
}

impl When {
    /// Whether it is such an hour.
    #[must_use]
    pub fn holds(&self, at: Instant) -> bool {
        match self {
            Self::Always => true,
            Self::During(hours) => hours.is_open(at),
            Self::Outside(hours) => !hours.is_open(at),
        }
    }

    /// The same hours, counted from `at` on.
    fn begun_at(&self, at: Instant) -> Self {
        match self {
            Self::Always => Self::Always,
            Self::During(hours) => Self::During(hours.begun_at(at)),
            Self::Outside(hours) => Self::Outside(hours.begun_at(at)),
        }
    }

    /// When it next changes after `at`.
    fn next_change(&self, at: Instant) -> Option<Instant> {
        match self {
            Self::Always => None,
            Self::During(hours) | Self::Outside(hours) => hours.next_change(at),
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Types of callers, indices into `Config::callers`; empty means all.
    pub callers: Vec<usize>,
    /// Numbers dialled; empty means all of the table's.
    pub numbers: Vec<Arc<str>>,
    pub when: When,
    /// The hours in words.
    pub hours: Arc<str>,
    pub to: Destination,
}

impl Row {
    fn concerns(&self, class: usize, number: &str) -> bool {
        (self.callers.is_empty() || self.callers.contains(&class))
            && (self.numbers.is_empty() || self.numbers.iter().any(|own| **own == *number))
    }
}

/// Where each of the table's numbers leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    rows: Vec<Row>,
    /// What becomes of callers for whom no row holds.
    otherwise: Option<Destination>,
    /// Number → for each type of callers the rows that concern it.
    cells: BTreeMap<Arc<str>, Vec<Vec<usize>>>,
}

/// A combination of caller, hour and number that does not lead to exactly one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// No row holds.
    Hole { class: usize, number: Arc<str>, at: Instant },
    /// Both rows hold.
    Overlap { class: usize, number: Arc<str>, at: Instant, rows: [usize; 2] },
}

/// Where one type of callers is led from one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell<'a> {
    pub class: usize,
    pub number: &'a Arc<str>,
    /// Hours in words, and the target.
    pub targets: Vec<(&'a str, &'a Destination)>,
}

impl Table {
    /// The table of these rows for `numbers` and `types` types of callers, at least one.
    #[must_use]
    pub fn new(numbers: &[Arc<str>], types: usize, rows: Vec<Row>, otherwise: Option<Destination>) -> Self {
        let concerning = |class, number: &str| {
            let concerns = |place: &usize| rows[*place].concerns(class, number);
            (0..rows.len()).filter(concerns).collect::<Vec<_>>()
        };
        let cells = numbers.iter().map(|number| {
            let cell = (0..types.max(1)).map(|class| concerning(class, number)).collect();
            (Arc::clone(number), cell)
        });
        Self { cells: cells.collect(), rows, otherwise }
    }

    /// Where a call to `number` goes; `None` if the number is not the table's.
    #[must_use]
    pub fn target(&self, now: Instant, class: usize, number: &str) -> Option<&Destination> {
        let cell = self.cells.get(number)?;
        let rows = cell.get(class).or_else(|| cell.first())?;
        let held = rows.iter().map(|row| &self.rows[*row]).find(|row| row.when.holds(now));
        Some(held.map_or_else(|| self.otherwise.as_ref().unwrap_or(&Destination::Unknown), |row| &row.to))
    }

    /// Where callers of each type are led from each number.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        self.cells.iter().flat_map(move |(number, classes)| {
            classes.iter().enumerate().map(move |(class, rows)| {
                let rows = rows.iter().map(|row| &self.rows[*row]);
                let mut targets: Vec<_> = rows.map(|row| (&*row.hours, &row.to)).collect();
                targets.extend(self.otherwise.iter().map(|target| ("otherwise", target)));
                Cell { class, number, targets }
            })
        })
    }

    /// The same table, its hours counted from `at` on.
    #[must_use]
    pub fn begun_at(mut self, at: Instant) -> Self {
        for row in &mut self.rows {
            row.when = row.when.begun_at(at);
        }
        self
    }

    /// When the hours of a row next begin or end, after `at`.
    #[must_use]
    pub fn next_change(&self, at: Instant) -> Option<Instant> {
        self.rows.iter().filter_map(|row| row.when.next_change(at)).min()
    }

    /// The first fault of each number and type of callers from the start of the run to `until`.
    #[must_use]
    pub fn faults(&self, until: Instant) -> Vec<Fault> {
        // Many numbers are led alike: each way is looked at once.
        let mut known: BTreeMap<&[usize], Option<Conflict>> = BTreeMap::new();
        let mut faults = Vec::new();
        for (number, classes) in &self.cells {
            for (class, rows) in classes.iter().enumerate() {
                let conflict = known.entry(rows).or_insert_with(|| self.conflict(rows, until));
                faults.extend(conflict.map(|conflict| conflict.of(class, Arc::clone(number))));
            }
        }
        faults
    }

    fn conflict(&self, rows: &[usize], until: Instant) -> Option<Conflict> {
        let mut at = Instant::ZERO;
        loop {
            let mut held = rows.iter().copied().filter(|row| self.rows[*row].when.holds(at));
            match (held.next(), held.next()) {
                (None, _) if self.otherwise.is_none() => return Some(Conflict { at, rows: None }),
                (Some(first), Some(second)) => return Some(Conflict { at, rows: Some([first, second]) }),
                _ => {}
            }
            let changes = rows.iter().filter_map(|row| self.rows[*row].when.next_change(at));
            at = changes.min().filter(|next| *next < until)?;
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Conflict {
    at: Instant,
    rows: Option<[usize; 2]>,
}

impl Conflict {
    fn of(self, class: usize, number: Arc<str>) -> Fault {
        let at = self.at;
        match self.rows {
            None => Fault::Hole { class, number, at },
            Some(rows) => Fault::Overlap { class, number, at, rows },
        }
    }
}
