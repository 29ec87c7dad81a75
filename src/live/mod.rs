//! The driver in real time: the only layer with sockets, threads and a clock.

pub mod clock;
