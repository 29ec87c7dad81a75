//! Records ⇄ text: each book's writer beside its reader.
//!
//! - [`calls_csv`]: the generator's book, one row an attempt.
//! - [`cdr_csv`]: the PBX's book, one row a call offered, refused ones included.
//! - [`master_csv`] and [`queue_log`]: the PBX's books as Asterisk would write them, for its tools.
//! - [`triggers_csv`]: what calls set off; written only.
//! - [`required`]: whether records hold the fields that they must, ours and, by [`call_log`], anybody's.
//! - [`reconcile`]: whether the generator's book, the PBX's and the queue's log saw the same calls.
//!
//! Instants are people's seconds from the start; only Asterisk's books have a calendar, through the start's
//! date and zone. All writers stream; a reader gives one row after the other.

pub use reconcile::{Agreement, Hidden, Reconciler, reconcile};
pub use timelines::{Step, Timeline, Timelines};

pub mod call_log;
pub mod calls_csv;
pub mod cdr_csv;
mod fields;
pub mod master_csv;
pub mod queue_log;
mod reconcile;
pub mod required;
#[cfg(test)]
mod tests;
mod timelines;
pub mod triggers_csv;

/// A row that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is no CSV, or the file can't be read.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The file can't be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The header is another one.
    #[error("the first line is not the header of {book}: column \"{column}\" is missing")]
    Header { book: &'static str, column: &'static str },
    /// A field holds what it can't.
    #[error("line {line}, column {column}: \"{value}\" is not {expected}")]
    Field { line: u64, column: &'static str, value: String, expected: &'static str },
}
