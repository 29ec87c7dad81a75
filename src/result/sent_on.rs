//! Callers whom a queue did not keep, and where it sent them.

use serde::{Deserialize, Serialize};

use crate::metrics::Summary;
use crate::outcome::note::Unkept;
use crate::pbx::config::Destination;
use crate::scenario::Scenario;

/// One way out of a queue, in the measured time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SentOnFigures {
    pub queue: String,
    /// full, timeout or empty.
    pub why: String,
    /// As `voicemail`, `callback`, `queue NAME`, `menu NAME` or `extension NUMBER`.
    pub to: String,
    pub callers: u64,
}

pub(super) fn of(scenario: &Scenario, summary: &Summary) -> Vec<SentOnFigures> {
    let mut ways = Vec::new();
    for queue in &scenario.pbx.queues {
        for (place, why) in Unkept::ALL.into_iter().enumerate() {
            let to = queue.policy.onward.on(why).filter(|to| !matches!(to, Destination::Refuse(_)));
            let Some(to) = to else { continue };
            ways.push(SentOnFigures {
                queue: queue.name.to_string(),
                why: why.name().to_owned(),
                to: to.describe(&scenario.pbx),
                callers: summary.notes.sent_on.get(&queue.name).map_or(0, |counts| counts[place]),
            });
        }
    }
    ways
}
