//! The process of first attempts.

/// How arrivals are drawn around the profile.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// Independent callers: (time-varying) Poisson.
    Poisson,
    /// Evenly spaced, as SIPp makes them.
    Even,
}
