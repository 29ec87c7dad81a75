//! The decision core of the reference PBX: which call is admitted, where it goes, who answers.
//!
//! It knows no SIP. Calls come in as [`Input`]s, decisions leave as [`Action`]s, time is an argument.
//! A call asks the limiters one after the other ([`admission`]), is routed by its number, its caller and the hour
//! ([`routing`]), and rings a user, is answered, walks through a menu ([`menu`]), leaves a message ([`voicemail`]) or
//! waits in a queue ([`queue`]) for an agent. How long agents and users take to pick up is not decided here: they are
//! outside, behind `OfferAgent` and `AgentAnswered`, `Dial` and its answer.

pub use action::{Action, AnsweredBy, HangUpReason, Hears};
pub use admission::LegDraws;
pub use config::{Config, Refusal};
pub use input::{AgentId, CallId, Input, QueueId, ScopeId};
pub use machine::Pbx;

pub mod action;
mod admission;
mod agent;
pub mod books;
mod call;
pub mod callbacks;
pub mod config;
pub mod contacts;
mod deadlines;
mod duty;
pub mod fields;
mod hands;
mod hunting;
pub mod input;
mod later;
mod machine;
pub mod menu;
pub mod onward;
pub mod overflow;
mod owners;
mod presence;
mod queue;
mod queueing;
pub mod refusal_profiles;
pub mod routing;
mod rows;
mod setup;
pub mod straight;
pub mod table;
#[cfg(test)]
mod tests;
mod timers;
mod trail;
pub mod transfers;
mod users;
pub mod voicemail;
