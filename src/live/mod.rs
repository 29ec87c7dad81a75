//! The driver in real time: the only layer with sockets, threads and a clock.

pub mod alarm;
pub mod clock;
pub mod pace;
