//! RFC 3261 in its own words, sans-IO: messages, SDP, transactions, dialogs, digest, registrations.
//!
//! Bytes and the time come in, bytes and events go out. No socket, no clock, no thread and no chance: tags,
//! branches and client nonces are arguments. Everything that arrives from a peer is scanned leniently, copied
//! only where it must outlive its datagram, and held in tables with a capacity.
//!
//! What this is not: a proxy, or a linter of other people's messages.

pub mod authentication;
pub mod dialog;
pub mod digest;
pub mod hop;
pub mod message;
pub mod registrar;
pub mod sdp;
pub mod stream;
pub mod transaction;
pub mod typed;
