//! What a formula predicts for the measured load.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// `erlang_b`, `extended_erlang_b`, `erlang_c`, `erlang_a` or `mmnk`.
    pub model: String,
    pub blocking: Option<f64>,
    pub service_level: Option<f64>,
    /// Circuits or agents, and erlangs, that the model was given.
    pub servers: u32,
    pub erlangs: f64,
    pub assumptions: Vec<String>,
    /// The measured figure's interval contains the model's.
    pub agrees: Option<bool>,
}
