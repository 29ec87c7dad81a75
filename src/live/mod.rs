//! The driver in real time: the only layer with sockets, threads and a clock.

pub mod alarm;
pub mod clock;
pub mod keys;
pub mod log;
pub mod pace;
pub mod pcap;
pub mod resources;
pub mod rtp_sockets;
