//! Formulas of traffic theory, one file each; nothing but arithmetic.
//!
//! A = λh is the offered traffic in erlangs, h the mean holding time, n the number of servers (circuits or
//! agents). Every formula sums positive terms only, carries its own binary exponent where a double would
//! overflow or vanish, and agrees with 70-digit reference values to 1e-11 relative (most to 1e-13); the
//! condition of the problem, not the code, sets that limit: B(n, A) magnifies an error in A by |n − A(1 − B)|.
//!
//! Invalid input is a [`ErlangError`] with a sentence, never a NaN.

mod double_double;
pub mod engset;
pub mod erlang_a;
pub mod erlang_b;
pub mod erlang_c;
pub mod extended_b;
pub mod gamma_poisson;
pub mod hayward;
pub mod kaufman_roberts;
mod markov_queue;
pub mod mmnk;
pub mod offered_load;
pub mod overflow;
pub mod peakedness;
pub mod poisson;
pub mod qed;
mod root;
pub mod shared_lines;
pub mod transient;
mod wide_number;
pub mod wrap_up_lines;

/// Why a formula has no value for these arguments.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ErlangError {
    /// An argument outside its range.
    #[error("{name} is {value}, but must be {allowed}")]
    Argument { name: &'static str, value: f64, allowed: &'static str },
    /// More work arrives than can ever be done.
    #[error(
        "{erlangs} E offered to {agents} agents without impatience: the queue grows without end; more than \
         {erlangs} agents are needed, or a model with patience"
    )]
    Unstable { agents: f64, erlangs: f64 },
    /// Everyone who is blocked dials again until there is room, and there never is.
    #[error(
        "{erlangs} E offered to {circuits} circuits, and everyone who is blocked dials again: the attempts grow without \
         end; more than {erlangs} circuits are needed, or a recall below 1"
    )]
    Endless { circuits: f64, erlangs: f64 },
    /// No number of servers within reach does it.
    #[error("no number of servers up to {limit} reaches the target")]
    OutOfReach { limit: u32 },
    /// More memory or time than a formula may take.
    #[error("{what}: {size:e} is beyond the limit of {limit:e}")]
    TooLarge { what: &'static str, size: f64, limit: f64 },
}

/// Largest number of servers that an inverse tries.
pub const MOST_SERVERS: u32 = 10_000_000;

/// The smallest number from `first` on, up to [`MOST_SERVERS`], that `meets` a target which larger numbers meet too;
/// by doubling and bisection.
///
/// # Errors
/// Those of `meets`, and [`ErlangError::OutOfReach`].
pub fn smallest_number(
    first: u32,
    meets: impl Fn(u32) -> Result<bool, ErlangError>,
) -> Result<u32, ErlangError> {
    let (mut low, mut high) = (first.saturating_sub(1), first);
    while !meets(high)? {
        (low, high) = (high, high.saturating_mul(2));
        if high > MOST_SERVERS {
            return Err(ErlangError::OutOfReach { limit: MOST_SERVERS });
        }
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if meets(middle)? { high = middle } else { low = middle }
    }
    Ok(high)
}

/// A number of servers, fractions allowed, that sums over them can bear.
fn servers_within(name: &'static str, servers: f64) -> Result<f64, ErlangError> {
    checked(name, servers, "from 0 to 10000000", |n| n >= 0.0 && n <= f64::from(MOST_SERVERS))
}

/// `value`, if it satisfies `allowed`.
fn checked(
    name: &'static str,
    value: f64,
    allowed: &'static str,
    is_allowed: impl Fn(f64) -> bool,
) -> Result<f64, ErlangError> {
    if value.is_finite() && is_allowed(value) {
        Ok(value)
    } else {
        Err(ErlangError::Argument { name, value, allowed })
    }
}

fn positive(name: &'static str, value: f64) -> Result<f64, ErlangError> {
    checked(name, value, "greater than 0", |x| x > 0.0)
}

fn not_negative(name: &'static str, value: f64) -> Result<f64, ErlangError> {
    checked(name, value, "0 or more", |x| x >= 0.0)
}

fn proportion(name: &'static str, value: f64) -> Result<f64, ErlangError> {
    checked(name, value, "between 0 and 1, both excluded", |x| x > 0.0 && x < 1.0)
}
