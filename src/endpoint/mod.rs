//! SIP, media and a brain: one sans-IO machine per socket.

pub mod staffed;
