//! What callers of the queues met with, as it stands in the result.

use serde::{Deserialize, Serialize};

use crate::result::Waits;

/// What callers of the queues met with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    pub service_level: ServiceLevel,
    pub asa_s: Option<f64>,
    #[serde(default)]
    pub asa_s_ci95: Option<[f64; 2]>,
    pub abandoned_ratio: Option<f64>,
    #[serde(default)]
    pub abandoned_ci95: Option<[f64; 2]>,
    pub occupancy: Option<f64>,
    #[serde(default)]
    pub occupancy_ci95: Option<[f64; 2]>,
    /// How long callers waited until pick-up or loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
    pub max_length: u32,
    /// Seconds that all callers together spent waiting, abandoned ones included.
    pub waiting_total_s: f64,
    /// Calls that asked for the queue.
    pub offered: u64,
    /// Of these, promised a call instead.
    #[serde(default, skip_serializing_if = "is_none")]
    pub promised: u64,
    /// Customers who had been promised a call and whom an agent served when they were called: in no figure of waiting, and in
    /// none of those above.
    #[serde(default, skip_serializing_if = "is_none")]
    pub called_back: u64,
    /// Mean handle time in seconds: talk plus wrap-up.
    pub mean_handle_s: Option<f64>,
}

impl Queue {
    /// Customers who want an agent's time, each once: who was promised a call does so when called.
    #[must_use]
    pub const fn customers(&self) -> u64 {
        (self.offered + self.called_back).saturating_sub(self.promised)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceLevel {
    pub threshold_s: f64,
    /// `of_offered`, `of_answered`, `virtual` or `excl_short_abandons`.
    pub definition: String,
    pub ratio: Option<f64>,
    pub ci95: Option<[f64; 2]>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}
