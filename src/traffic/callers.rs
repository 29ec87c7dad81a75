//! Classes of callers: who calls, how long they talk, how long they wait, whether they dial again.

use std::sync::Arc;

use crate::random::Distribution;

/// A class of callers, `traffic.callers.*` of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct CallerClass {
    pub name: Arc<str>,
    /// Share of first attempts, 0 to 1; the shares of all classes sum to 1.
    pub share: f64,
    /// Numbers dialled.
    pub to: Numbers,
    /// Numbers called from.
    pub from: Numbers,
    pub talk: Distribution,
    /// Absent means infinite patience.
    pub patience: Option<Distribution>,
    pub redial: Redial,
    /// How this class answers a digest challenge.
    pub auth: Option<Credentials>,
}

/// Where numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// A template: `{number}` becomes a unique number of nine digits made from the attempt's index,
    /// `{index}` the index itself.
    Template(Arc<str>),
    /// These in turn: attempt i gets element i mod n.
    List(Vec<Arc<str>>),
}

/// What a caller does after an attempt that was not completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Redial {
    /// Probability of dialling again after each failed attempt, 0 to 1.
    pub probability: f64,
    pub delay: Distribution,
    /// Most redials of one caller.
    pub limit: u32,
    /// Probability that a caller who does not dial again calls a competitor, 0 to 1.
    pub defection: f64,
}

impl Redial {
    /// Never again, and nobody is told where the caller went.
    pub const NEVER: Self =
        Self { probability: 0.0, delay: Distribution::Constant { seconds: 0.0 }, limit: 0, defection: 0.0 };
}

/// User and password for digest authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub user: Arc<str>,
    pub password: Arc<str>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials {{ user: {:?}, password: … }}", self.user)
    }
}
