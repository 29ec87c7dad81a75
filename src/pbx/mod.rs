//! The decision core of the reference PBX: which call is admitted, where it goes, who answers.
//!
//! It knows no SIP. Calls come in as [`Input`]s, decisions leave as [`Action`]s, time is an argument.

pub use action::{Action, AnsweredBy, HangUpReason};
pub use config::{Config, Refusal};
pub use input::{AgentId, CallId, Input};

pub mod action;
pub mod books;
pub mod config;
pub mod input;
