//! SIP, media and a brain: one sans-IO machine per socket.
//!
//! [`caller::Callers`] is the generator's side: many callers behind one address. [`pbx::PbxEndpoint`] is the
//! reference PBX's. Both take wall time, and convert to people's time where people decide.

pub mod caller;
pub mod dtmf;
pub mod ladder;
mod modelled_hook;
mod passing;
pub mod pbx;
mod session;
pub mod staffed;
#[cfg(test)]
mod tests;
