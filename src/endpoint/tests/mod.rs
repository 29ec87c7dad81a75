//! Callers and PBX against each other, in real SIP bytes and virtual time.

mod bench;
mod bridge;
mod callbacks;
mod faults;
mod histories;
mod ladders;
mod media;
mod menus;
mod mutations;
mod peers;
mod phones;
mod requests;
mod session_timers;
mod strangers;
mod tcp;
mod transfers;
pub(super) mod virtual_wire;
