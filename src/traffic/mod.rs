//! When callers call, and what they intend.

pub use plan::CallPlan;

pub mod arrivals;
pub mod callers;
pub mod plan;
pub mod profile;
