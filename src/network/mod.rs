//! A simulated network: delay, loss, duplication, reordering, by seed.
