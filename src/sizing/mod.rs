//! Judgement to advice: circuits and people, now and after growth.
//!
//! [`expected`](mod@expected) says which formula applies to a scenario and what it predicts for the measured
//! load; [`trunks`] and [`staff`] turn a load into numbers to buy or hire. Formulas are `erlang`'s; nothing
//! here knows where the load came from.

pub use advice::{Advice, CurvePoint, GrowthStep};
pub use expected::Expected;

mod advice;
mod expected;
