//! Mail, chats and the like that agents saw to, beside calls.

use serde::{Deserialize, Serialize};

use crate::metrics::Summary;
use crate::metrics::ratio::{normal_quantile, wilson};
use crate::scenario::Scenario;

/// Contacts of one kind that came in the measured time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ContactFigures {
    pub kind: String,
    pub arrived: u64,
    /// Taken up by an agent.
    pub answered: u64,
    /// Of those, within `answer_within_s`, itself included.
    pub in_time: u64,
    pub answer_within_s: f64,
    /// `in_time` of `answered`, 0 to 1, with its Wilson interval at 95 %.
    pub share: Option<f64>,
    pub share_ci95: Option<[f64; 2]>,
    pub mean_wait_s: Option<f64>,
    /// Seen to the end, and how long that took from arrival on.
    pub resolved: u64,
    pub mean_resolution_s: Option<f64>,
    /// Agents' time that they took.
    pub work_s: f64,
}

pub(super) fn of(scenario: &Scenario, summary: &Summary) -> Vec<ContactFigures> {
    let kinds = scenario.pbx.contacts.iter().map(|kind| {
        let counts = summary.notes.contacts.get(&kind.name).copied().unwrap_or_default();
        let (in_time, answered) = (real(counts.in_time.into()), real(counts.answered.into()));
        let seconds = |nanos: u128| real(nanos) / 1e9;
        ContactFigures {
            kind: kind.name.to_string(),
            arrived: counts.arrived,
            answered: counts.answered,
            in_time: counts.in_time,
            answer_within_s: kind.answer_within.as_secs_f64(),
            share: (answered > 0.0).then(|| in_time / answered),
            share_ci95: (answered > 0.0).then(|| wilson(in_time / answered, answered, normal_quantile(0.95))),
            mean_wait_s: (answered > 0.0).then(|| seconds(counts.waited_ns) / answered),
            resolved: counts.resolved,
            mean_resolution_s: (counts.resolved > 0)
                .then(|| seconds(counts.resolution_ns) / real(counts.resolved.into())),
            work_s: seconds(counts.work_ns),
        }
    });
    kinds.collect()
}

#[expect(clippy::cast_precision_loss, reason = "times in nanoseconds, for words and tables")]
const fn real(count: u128) -> f64 {
    count as f64
}
