//! Calls that other limits than channels refused: no number of channels lets them in.

use crate::metrics::Summary;
use crate::outcome::Limiter;
use crate::scenario::Scenario;
use crate::sizing::advice::Advice;
use crate::sizing::trunks;
use crate::verdict::Gate;

/// What is to be said of another limit than channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Limited {
    /// In English, as all reasons of a result.
    pub sentence: String,
    /// It refused more calls than the channels did: nothing is advised on these.
    pub instead: bool,
}

/// The limit that refuses more calls than are accepted to be lost; `None` where none does.
#[must_use]
pub fn limited(
    scenario: &Scenario,
    summary: &Summary,
    gates: &[Gate],
    agents: Option<&Advice>,
) -> Option<Limited> {
    let others = summary.limiters.iter().filter(|(limiter, _)| **limiter != Limiter::Channels);
    let (limiter, refused) = others.max_by_key(|(_, refused)| **refused)?;
    let calls = summary.counts.counted();
    if real(*refused) <= trunks::accepted_loss(scenario, gates) * real(calls) {
        return None;
    }
    let at_once = trunks::for_load(scenario, summary, gates, agents, 1).map(|advice| advice.needed);
    let of = format!("refused {refused} of {calls} calls, and more channels will not let them in");
    let sentence = match (limiter, at_once) {
        (Limiter::Bandwidth, Some(at_once)) => {
            format!("the link's bandwidth {of}: it takes a link for {at_once} calls at once")
        }
        (Limiter::Bandwidth, None) => format!("the link's bandwidth {of}"),
        (Limiter::Legs, _) => {
            format!(
                "the limit on legs {of}; no formula says how many legs it takes: compare with simulate --set"
            )
        }
        (Limiter::CallsPerSecond, _) => format!("the limit on calls per second {of}"),
        (Limiter::Processor, _) => format!("the PBX's processor {of}"),
        (Limiter::Channels, _) => return None,
    };
    let by_channels = summary.limiters.get(&Limiter::Channels).copied().unwrap_or(0);
    let instead = *refused > by_channels;
    let sentence = if instead { format!("on channels: {sentence}") } else { sentence };
    Some(Limited { sentence, instead })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
