//! The systems of the suite, one file per kind.

mod bursts;
mod centres;
mod days;
mod loss;
mod priorities;
pub(super) mod queues;
mod skills;
mod transient;

use crate::validation::case::Case;

/// Every case, in the order of the report. Append only: the place of a case names its random numbers.
pub(super) fn all() -> Vec<Case> {
    [
        loss::cases(),
        queues::cases(),
        transient::cases(),
        bursts::cases(),
        days::cases(),
        centres::cases(),
        priorities::cases(),
        skills::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
