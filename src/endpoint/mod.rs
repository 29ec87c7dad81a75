//! SIP, media and a brain: one sans-IO machine per socket.

pub mod ladder;
pub mod staffed;
