//! Tariff plans: what a provider sells, whether it fits a firm, and what it costs to the kopeck.
//!
//! A [`Plan`] is data with a source and a date; what its source does not state is absent, and nothing is filled
//! in. [`fit`](fit::fit) says what a firm gets from it on a day (channels, legs, calls per second), or why it is
//! not for sale to that firm; [`invoice`](fn@invoice) turns a month of calls into line items in exact decimals, and
//! [`bill`](fn@bill) says how many channels recorded calls ask for. How
//! much a plan loses is not known here: that takes a formula or a simulation.

pub use fit::{Fit, Needs, Unfit};
pub use invoice::{Bill, Invoice, Item, Line, invoice};
pub use meter::{FairUse, Free, Meter, Metered, exact};
pub use plan::{
    Action, Algorithm, Capacity, Direction, Feature, LegsPerCall, Minutes, Plan, Prices, RateCap, RatePrice,
    Scope, Source, Vat,
};
pub use recorded::{Pools, Recorded, Usage, bill};
pub use terms::{Notice, ProRata, Terms};

pub mod burst;
pub mod fit;
mod invoice;
mod meter;
mod plan;
mod recorded;
mod terms;

#[cfg(test)]
mod tests;
