//! Figures that several renderings share, taken from the result without a word of any language.

use std::collections::BTreeMap;

use crate::result::Advice;
use crate::result::CurvePoint;
use crate::result::Outcomes;

/// A class of outcomes and the outcomes in it, in the order of reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeGroup {
    /// `completed`, `human`, `technical`, `other`.
    pub class: &'static str,
    pub calls: u64,
    /// Name of the outcome within its class, and its attempts; zeros included.
    pub parts: Vec<(&'static str, u64)>,
}

/// The outcomes by class; `refused_by` is what each limiter refused. The groups add up to `offered` when the books are sound.
#[must_use]
pub fn outcome_groups(outcomes: &Outcomes, refused_by: &BTreeMap<String, u64>) -> [OutcomeGroup; 4] {
    let refused = |limiter: &str| refused_by.get(limiter).copied().unwrap_or(0);
    let trunk = if refused("legs") + refused("bandwidth") > 0 { "trunk_or_other" } else { "trunk" };
    let by = outcomes.completed_by;
    let human = outcomes.human;
    let technical = outcomes.technical;
    let completed = vec![
        ("agent", by.agent),
        ("pbx", by.pbx),
        ("ivr", by.ivr),
        ("voicemail", by.voicemail),
        ("callback", by.callback),
    ];
    let human = vec![
        ("busy", human.busy),
        ("no_answer", human.no_answer),
        ("declined", human.declined),
        ("abandoned", human.abandoned),
        ("queue_full", human.queue_full),
        ("queue_timeout", human.queue_timeout),
    ];
    let technical = vec![
        (trunk, technical.trunk),
        ("overload", technical.overload),
        ("timeout", technical.timeout),
        ("failure", technical.failure),
        ("media", technical.media),
        ("cut_off", technical.cut_off),
    ];
    let other = vec![
        ("policy", outcomes.policy),
        ("excluded", outcomes.excluded),
        ("generator", outcomes.generator),
        ("in_progress", outcomes.in_progress),
    ];
    [
        OutcomeGroup { class: "completed", calls: outcomes.completed, parts: completed },
        group("human", human),
        group("technical", technical),
        group("other", other),
    ]
}

fn group(class: &'static str, parts: Vec<(&'static str, u64)>) -> OutcomeGroup {
    OutcomeGroup { class, calls: parts.iter().map(|(_, calls)| calls).sum(), parts }
}

/// Sum of all outcomes: equal to `offered`, or the books are wrong and the report says so.
#[must_use]
pub fn outcome_sum(outcomes: &Outcomes) -> u64 {
    outcome_groups(outcomes, &BTreeMap::new()).iter().map(|group| group.calls).sum()
}

/// The point of the advice's curve for `n` circuits or agents, if the curve reaches it.
#[must_use]
pub fn curve_at(advice: &Advice, n: u32) -> Option<CurvePoint> {
    advice.curve.iter().copied().find(|point| point.n == n)
}

/// `part` of `whole`, from 0 to 1; nothing where the whole is nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of calls stay far below 2^53")]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn the_outcome_groups_of_a_sound_result_add_up_to_offered() {
        let outcomes = fixture::loss_system().outcomes;
        assert_eq!(outcome_sum(&outcomes), outcomes.offered);
        let groups = outcome_groups(&outcomes, &BTreeMap::new());
        assert_eq!(groups[0].parts.iter().map(|(_, calls)| calls).sum::<u64>(), groups[0].calls);
    }
}
