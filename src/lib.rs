//! busyhour: how many calls will this PBX, tariff, link and staff lose, why, what does that cost, and what
//! should we buy or hire?
//!
//! One decision core, two clocks. See `ARCHITECTURE.md` for the picture.

pub mod bandwidth;
pub mod books;
#[cfg(feature = "live")]
pub mod cli;
pub mod cost;
pub mod endpoint;
pub mod erlang;
pub mod keypad;
#[cfg(feature = "live")]
pub mod live;
pub mod media;
pub mod metrics;
pub mod network;
pub mod outcome;
pub mod party;
pub mod pbx;
pub mod random;
pub mod report;
pub mod result;
pub mod scenario;
pub mod sim;
pub mod sip;
pub mod sizing;
pub mod tariff;
pub mod text;
pub mod time;
pub mod traffic;
pub mod units;
pub mod validation;
pub mod verdict;
