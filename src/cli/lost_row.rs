//! A row of a book that gets lost on purpose, to show that the comparison of the books notices.

use clap::ValueEnum;

/// The number of the row that is lost, counted from 1.
const LOST: u64 = 3;

/// A book of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Book {
    /// The generator's, `calls.csv`.
    Calls,
    /// The PBX's, `cdr.csv` and `Master.csv`.
    Cdr,
    /// The queue's log.
    QueueLog,
}

/// Loses the third row of one book, from its file and for the comparison alike.
#[derive(Debug, Clone, Copy)]
pub struct LostRow {
    book: Book,
    seen: u64,
}

impl LostRow {
    /// The row of `book`.
    #[must_use]
    pub const fn of(book: Book) -> Self {
        Self { book, seen: 0 }
    }

    /// Whether the next row of `book` is the one.
    pub fn takes(&mut self, book: Book) -> bool {
        self.seen += u64::from(book == self.book);
        book == self.book && self.seen == LOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_third_row_of_the_book_is_lost() {
        let mut lost = LostRow::of(Book::Cdr);
        let rows = [Book::Calls, Book::Cdr, Book::QueueLog, Book::Cdr, Book::Calls, Book::Cdr, Book::Cdr];
        let taken: Vec<bool> = rows.into_iter().map(|book| lost.takes(book)).collect();
        assert_eq!(taken, [false, false, false, false, false, true, false]);
    }
}
