//! People: callers who dial, wait, lose patience and dial again; agents who pick up, or don't.
//!
//! Both are machines without a clock. Their random draws come from streams named by the caller's place in
//! the plan or by the agent, so that a simulation and a live run meet the same people.

pub use agent::Agent;
pub use caller::Caller;

pub mod agent;
pub mod caller;
pub mod passing;
pub mod redial;
