//! Three types of callers and two groups of agents with skills: the ContactCenters example `simple_msk`.
//!
//! Rates change with the type and the period, so every pair of them is a class of callers who call all day, and the
//! routing table lets them in during their period only: what is let in of a Poisson process by the clock is one again.
//! The occupancy that is published counts agents who stay over the end of their shift in a way that is not stated; it
//! is left out.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::outcome::CallRecord;
use crate::outcome::Human;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::pbx::config::{AgentConfig, Duty, StrategyKind};
use crate::random::Seed;
use crate::scenario;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Duration;
use crate::validation::case::Case;
use crate::validation::reference;
use crate::validation::statistic::Figure;

/// Calls a minute, by type and period.
const RATES: [[f64; 3]; 3] = [[4.2, 5.3, 3.2], [5.1, 4.3, 4.8], [6.3, 5.2, 4.8]];
/// Talks that end, and callers who give up, a minute, by the period in which they call.
const TALK_RATES: [f64; 3] = [0.5, 0.6, 0.4];
const PATIENCE_RATES: [f64; 3] = [0.3, 0.4, 0.2];
/// Agents by group and period; the last number stays after closing.
const GROUPS: [[usize; 3]; 2] = [[12, 18, 9], [15, 20, 11]];
const PERIOD: Duration = Duration::from_secs(2 * 3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// The last of three periods lasts until midnight.
const LAST_PERIOD: Duration = Duration::from_secs(20 * 3_600);
/// Shape of the gamma factor of busy days.
const SHAPE: f64 = 28.7;
const THRESHOLD: Duration = Duration::from_secs(20);

/// What a day shows, by place; from [`IN_TIME`] on by type and period.
const SERVED: usize = 0;
const ABANDONED: usize = 1;
const SHORT: usize = 2;
const IN_TIME: usize = 3;

pub(super) fn cases() -> Vec<Case> {
    vec![simple_msk()]
}

fn simple_msk() -> Case {
    let by_type_and_period: [(reference::Row, Figure); 9] = [
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD0, |x| x[IN_TIME]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD1, |x| x[IN_TIME + 1]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE0_PERIOD2, |x| x[IN_TIME + 2]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD0, |x| x[IN_TIME + 3]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD1, |x| x[IN_TIME + 4]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE1_PERIOD2, |x| x[IN_TIME + 5]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD0, |x| x[IN_TIME + 6]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD1, |x| x[IN_TIME + 7]),
        (reference::SIMPLE_MSK_WITHIN_20S_TYPE2_PERIOD2, |x| x[IN_TIME + 8]),
    ];
    let case = Case::new("ContactCenters simple_msk", 200, scenario(), observe)
        .shows("served_per_day", reference::SIMPLE_MSK_SERVED_PER_DAY.published(), |x| x[SERVED])
        .shows("abandoned_per_day", reference::SIMPLE_MSK_ABANDONED_PER_DAY.published(), |x| x[ABANDONED])
        .shows(
            "service_level_excl_short_abandons",
            reference::SIMPLE_MSK_SERVICE_LEVEL_EXCL_SHORT_ABANDONS.published(),
            |x| x[IN_TIME..].iter().sum::<f64>() / (x[SERVED] + x[ABANDONED] - x[SHORT]),
        );
    by_type_and_period.into_iter().enumerate().fold(case, |case, (number, (row, figure))| {
        let name = format!("within_20s, type {}, period {}", number / 3, number % 3);
        case.shows(&name, row.published(), figure)
    })
}

/// The scenario's text: nine classes, each let in during its period.
fn text() -> String {
    let sum: f64 = RATES.iter().flatten().sum();
    let (per_hour, busyness) = (60.0 * sum, SHAPE.sqrt().recip());
    let mut text = format!(
        "name: skills\nquestion: Does the simulation meet the figures that are known?\nseed: 1\n\
         start: 2026-01-05T08:00[UTC]\nduration: 6h\ntraffic:\n  \
         profile: {{busyness_cv: {busyness}, profile: {per_hour}/h}}\n  callers:\n"
    );
    let mut rules = String::new();
    for (kind, rates) in RATES.iter().enumerate() {
        for (period, rate) in rates.iter().enumerate() {
            let (share, from) = (rate / sum, 8 + 2 * period);
            let (talk, patience) = (60.0 / TALK_RATES[period], 60.0 / PATIENCE_RATES[period]);
            let _ = writeln!(
                text,
                "    - {{name: \"{kind}{period}\", to: \"100\", share: {share:.17}, talk: {{exponential: {{mean: {talk}s}}}}, \
                 patience: {{exponential: {{mean: {patience}s}}}}}}"
            );
            let _ = writeln!(
                rules,
                "      - {{callers: [\"{kind}{period}\"], hours: [{{from: \"{from:02}:00\", to: \"{:02}:00\"}}], \
                 to: {{queue: \"type{kind}\"}}}}",
                from + 2
            );
        }
    }
    text + "pbx:\n  agents: {count: 1}\n  queues: {type0: {}, type1: {}, type2: {}}\n  routing:\n    otherwise: unknown\n    rules:\n"
        + &rules
}

fn scenario() -> Scenario {
    let mut scenario =
        scenario::parse(&text(), "oracle.yaml", &Inputs::with_seed(1)).expect("the text is a scenario");
    let kind = scenario.pbx.agents[0].clone();
    scenario.pbx.agents.clear();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (group, counts) in GROUPS.iter().enumerate() {
        let first = scenario.pbx.agents.len();
        let most = counts.iter().copied().max().unwrap_or(0);
        scenario.pbx.agents.extend((0..most).map(|number| agent(&kind, group, number, counts)));
        groups.push((first..first + most).collect());
    }
    for (queue, served_by) in scenario.pbx.queues.iter_mut().zip([vec![0], vec![0, 1], vec![1]]) {
        queue.agents = served_by.iter().flat_map(|group| groups[*group].clone()).collect();
        queue.policy.strategy = StrategyKind::SkillPriority;
        if served_by.len() > 1 {
            queue.policy.penalties = groups[1].iter().map(|agent| (*agent, 1)).collect();
        }
    }
    scenario
}

/// Agent `number` of a group, there in each period that has so many.
fn agent(kind: &AgentConfig, group: usize, number: usize, counts: &[usize; 3]) -> AgentConfig {
    let mut agent = kind.clone();
    agent.name = Arc::from(format!("{group}-{number}"));
    let mut stretches = Vec::new();
    let mut begins = Duration::ZERO;
    for (period, count) in counts.iter().enumerate() {
        let lasts = if period + 1 == counts.len() { LAST_PERIOD } else { PERIOD };
        if number < *count {
            stretches.push((begins, lasts));
        }
        begins += lasts;
    }
    agent.presence.duty = Some(Duty::new(DAY, &stretches));
    agent
}

fn observe(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let mut sums = vec![0.0; IN_TIME + 9];
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry {
            add(&mut sums, record);
        }
        ControlFlow::Continue(())
    });
    sums
}

fn add(sums: &mut [f64], record: &CallRecord) {
    let wait = record.wait.unwrap_or(Duration::ZERO);
    let (answered, abandoned) =
        (record.outcome.is_completed(), record.outcome == Outcome::Human(Human::Abandoned));
    let mut count = |place: usize, counts: bool| sums[place] += f64::from(u8::from(counts));
    count(SERVED, answered);
    count(ABANDONED, abandoned);
    count(SHORT, abandoned && wait <= THRESHOLD);
    let digit = |place: usize| usize::from(record.class.as_bytes()[place] - b'0');
    count(IN_TIME + 3 * digit(0) + digit(1), answered && wait <= THRESHOLD);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::Plant;
    use crate::validation::Suite;

    /// A few days: who is let in, and when, and who serves whom.
    #[test]
    fn a_few_days_of_skills_hold() {
        let suite = Suite::new().of(simple_msk()).thinned(10);
        let report = suite.run(Seed(2), 2, &Plant::default(), |_| ControlFlow::Continue(())).unwrap();
        assert!(report.holds(), "{:#?}", report.findings);
    }
}
