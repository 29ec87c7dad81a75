//! The driver in real time: the only layer with sockets, threads and a clock.

pub mod alarm;
pub mod clock;
pub mod conductor;
pub mod generator;
mod http;
pub mod interrupts;
pub mod keys;
pub mod knock;
pub mod log;
pub mod media;
pub mod pace;
pub mod pbx_server;
pub mod pcap;
pub mod play;
pub mod resources;
pub mod rtp_sockets;
pub mod service;
pub mod streams;
pub mod wire;
