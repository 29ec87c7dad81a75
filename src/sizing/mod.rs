//! Judgement to advice: circuits and people, now and after growth.
//!
//! [`expected`](fn@expected) says which formula applies to a scenario and what it predicts for the *measured*
//! load; [`trunk_advice`] and [`agent_advice`] turn that load into numbers to buy or hire. Formulas are
//! `erlang`'s; [`trunks`] and [`staff`] serve the same advice for numbers typed by hand. A day's staffing and a
//! provider's plans are tried in `sim` before they are recommended.

pub use advice::{Advice, CurvePoint, GROWTH, GrowthStep};
pub use expected::{Expected, expected};
pub use limits::{Limited, limited};
pub use load::{callers, peak_factor_between, peakedness, recall};
pub use nothing::{disagreements, no_pool, nothing};
pub use prediction::{Lever, MeasuredLoad, Prediction, Sensitivity, prediction, sensitivity};
pub use served::{Busy, busy, led_calls, presence};
pub use staff::{StaffModel, StaffPoint, agent_advice, staff};
pub use targets::{Definition, Targets};
pub use trunks::{TrunkModel, trunk_advice, trunks};

pub mod trunk_rules;

mod advice;
mod beside;
pub mod curve;
pub mod day;
mod expected;
mod limits;
mod lines;
pub mod link;
mod load;
pub mod measured;
mod nothing;
mod on_duty;
pub mod plan;
mod pooled;
mod prediction;
pub mod rota;
mod served;
pub mod settle;
pub mod shifts;
mod staff;
mod targets;
pub mod tariffs;
pub mod trial;
mod trunks;
pub mod uncertainty;

#[cfg(test)]
mod followed_tests;
#[cfg(test)]
mod presence_tests;
#[cfg(test)]
mod served_tests;
#[cfg(test)]
mod tests;
