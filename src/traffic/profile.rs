//! Offered rate over time.

/// The planned rate of first attempts, per second of people's time.
#[derive(Debug, Clone, PartialEq)]
pub enum Profile {
    /// The same all the time.
    Flat { per_second: f64 },
}
