//! What goes wrong on real machines: each fault ends in its time-out, with the right exit code, a sentence that a
//! user understands, and results that add up.

mod interrupts;
mod limits;
mod refused_before_a_call;
mod storms;
mod targets;
