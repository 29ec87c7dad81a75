//! The same people and the same PBX as on the wire, in virtual time.
//!
//! One event list, one clock that jumps from event to event, no SIP. What a caller experiences is turned into
//! evidence and classified by the same table as on the wire, and whoever gives up in silence is judged by the
//! same rule: by Timer B, which here runs in people's time.

pub use driver::run;
pub use driver::run_without_books;
pub use figures::Gathered;
pub use figures::count;
pub use figures::count_queue_event;
pub use figures::gather;
pub use figures::gather_straight;
pub use figures::gather_while;

pub use deadlines::Deadlines;
pub use event_list::EventList;

mod attempt;
#[cfg(test)]
mod callback_tests;
#[cfg(test)]
mod contact_tests;
mod deadlines;
mod driver;
mod event_list;
mod figures;
mod judge;
#[cfg(test)]
mod machine_tests;
#[cfg(test)]
mod odd_tests;
#[cfg(test)]
mod onward_tests;
mod redials;
pub mod replications;
#[cfg(test)]
mod routing_tests;
mod straight;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transfer_tests;
pub mod warm_up;
#[cfg(test)]
mod work_tests;

use crate::outcome::Observation;
use crate::outcome::note::Noted;
use crate::pbx::books::CdrRow;
use crate::pbx::books::QueueEvent;
use crate::pbx::menu::MenuEvent;
use crate::pbx::routing::Triggered;
use crate::time::Instant;
use crate::traffic::statistics::PoissonFit;

/// What a simulation tells while it runs, in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// For the collector and the generator's book.
    Observation(Observation),
    /// For the PBX's call detail records.
    Cdr(Box<CdrRow>),
    /// For the exit map of menus.
    MenuEvent(Box<MenuEvent>),
    /// For figures of the PBX's work.
    Noted(Box<Noted>),
    /// For the queue log.
    QueueEvent(Box<QueueEvent>),
    /// A call set something off.
    Triggered(Box<Triggered>),
    /// Without books: a caller joined a queue.
    QueueJoined { at: Instant },
    /// Without books: a caller left a queue, for an agent or for good.
    QueueLeft { at: Instant },
}

/// One replication, when it is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// First attempts that were started.
    pub first_attempts: u64,
    /// Attempts that were started, redials included.
    pub attempts: u64,
    /// Attempts that a stop kept from starting: first ones of the plan, and redials already decided on.
    pub not_started: u64,
    /// The sink stopped the run.
    pub stopped: bool,
    /// The run would never have ended, and was stopped: events followed each other, and no call began or ended.
    pub endless: bool,
    /// How well the starts of first attempts fit a Poisson process, where they are meant to.
    pub poisson: Option<PoissonFit>,
    /// Times that an agent's phone has begun to ring: legs beside the callers'.
    pub phones_rung: u64,
    /// Most legs at once, where they are counted: see `pbx::Config::legs`.
    pub legs_peak: Option<u32>,
    /// When the last call ended.
    pub ended: Instant,
}
