//! Calls for tests, made by hand, and a collector that has heard of them in the order of time.

use crate::metrics::AgentSetting;
use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::outcome::CallRecord;
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Human;
use crate::outcome::Limiter;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::outcome::Phase;
use crate::outcome::Technical;
use crate::time::{Duration, Instant};

pub(crate) const WARM_UP_S: f64 = 60.0;
pub(crate) const TRUNK: Outcome = Outcome::Technical(Technical::Trunk);
pub(crate) const BY_AGENT: Outcome = Outcome::Completed(CompletedBy::Agent);

pub(crate) fn at(seconds: f64) -> Instant {
    Instant::from_secs_f64(seconds)
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A last attempt that came to nothing at once.
pub(crate) fn attempt(index: u64, start_s: f64, outcome: Outcome) -> CallRecord {
    CallRecord {
        call_id: format!("{index}-0").into(),
        index,
        attempt: 0,
        phase: if start_s < WARM_UP_S { Phase::WarmUp } else { Phase::Measured },
        caller: "79000000000".into(),
        class: "customer".into(),
        did: "100".into(),
        intended_start: at(start_s),
        started: Some(at(start_s)),
        ringing: None,
        answered: None,
        ended: Some(at(start_s)),
        outcome,
        cause: outcome.name().into(),
        sip_status: None,
        q850: None,
        limiter: None,
        wait: None,
        talk: None,
        agent: None,
        queue: None,
        ended_by: EndedBy::Pbx,
        last_attempt: true,
        defected: false,
        served_before: false,
        latency: None,
        media: None,
    }
}

/// Waited, was answered by `agent`, talked, hung up.
pub(crate) fn served(index: u64, start_s: f64, agent: &str, wait_s: f64, talk_s: f64) -> CallRecord {
    CallRecord {
        answered: Some(at(start_s + wait_s)),
        ended: Some(at(start_s + wait_s + talk_s)),
        wait: Some(seconds(wait_s)),
        talk: Some(seconds(talk_s)),
        agent: Some(agent.into()),
        queue: Some("sales".into()),
        ended_by: EndedBy::Caller,
        ..attempt(index, start_s, BY_AGENT)
    }
}

/// Waited and gave up.
pub(crate) fn gave_up(index: u64, start_s: f64, wait_s: f64) -> CallRecord {
    CallRecord {
        ended: Some(at(start_s + wait_s)),
        sip_status: Some(487),
        wait: Some(seconds(wait_s)),
        queue: Some("sales".into()),
        ended_by: EndedBy::Caller,
        ..attempt(index, start_s, Outcome::Human(Human::Abandoned))
    }
}

/// Found every circuit busy.
pub(crate) fn refused(index: u64, start_s: f64) -> CallRecord {
    CallRecord {
        sip_status: Some(503),
        q850: Some(34),
        limiter: Some(Limiter::Channels),
        ..attempt(index, start_s, TRUNK)
    }
}

pub(crate) fn answered_by_pbx(index: u64, start_s: f64, talk_s: f64) -> CallRecord {
    CallRecord {
        answered: Some(at(start_s)),
        ended: Some(at(start_s + talk_s)),
        talk: Some(seconds(talk_s)),
        ..attempt(index, start_s, Outcome::Completed(CompletedBy::Pbx))
    }
}

/// Ten minutes with two agents, after a minute of warm-up. Times in seconds:
///
/// ```text
/// call  start  wait  answered by  talk  end
///  0      30     0   boris          40   70   in the warm-up
///  1      60     0   anna           60  120
///  2      70    20   boris         110  200   after call 0 and its wrap-up
///  3      80    50   anna           30  160
///  4      88    15   –               –  103   gives up, dials again:
///  5     125    45   anna           60  230
///  6     180    59   –               –  239   boris lets it ring; the caller goes to a competitor
///  7     250     0   anna           90  340
///  8     300     3   boris         100  403
///  9     350     –   –               –  350   no circuit, dials again:
/// 10     380     –   –               –  380   no circuit
/// 11     400     –   –               –  400   no place in the queue
/// 12     420     2   anna           40  462   cut off by the network
/// ```
pub(crate) fn twelve_calls() -> Vec<CallRecord> {
    vec![
        served(0, 30.0, "boris", 0.0, 40.0),
        served(1, 60.0, "anna", 0.0, 60.0),
        served(2, 70.0, "boris", 20.0, 110.0),
        served(3, 80.0, "anna", 50.0, 30.0),
        CallRecord { last_attempt: false, ..gave_up(4, 88.0, 15.0) },
        CallRecord { attempt: 1, ..served(4, 125.0, "anna", 45.0, 60.0) },
        CallRecord { defected: true, ..gave_up(6, 180.0, 59.0) },
        served(7, 250.0, "anna", 0.0, 90.0),
        served(8, 300.0, "boris", 3.0, 100.0),
        CallRecord { last_attempt: false, ..refused(9, 350.0) },
        CallRecord { attempt: 1, ..refused(9, 380.0) },
        CallRecord { sip_status: Some(486), ..attempt(11, 400.0, Outcome::Human(Human::QueueFull)) },
        CallRecord {
            outcome: Outcome::Technical(Technical::CutOff),
            ended_by: EndedBy::Network,
            ..served(12, 420.0, "anna", 2.0, 40.0)
        },
    ]
}

pub(crate) fn two_agents() -> Settings {
    let agent = |name: &str, wrap_up_mean_s| AgentSetting { name: name.into(), wrap_up_mean_s, present: 1.0 };
    Settings {
        warm_up: seconds(WARM_UP_S),
        duration: Some(seconds(600.0)),
        circuits: None,
        agents: vec![agent("anna", 10.0), agent("boris", 20.0), agent("clara", 0.0)],
        thresholds: vec![seconds(20.0), seconds(60.0)],
        week_start_s: 0,
    }
}

/// What happens at one moment, departures first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    LeaveQueue,
    Release,
    Seize,
    JoinQueue,
    /// Joined and was answered at once.
    PassQueue,
    End(usize),
}

/// Tells a collector everything about the calls, in the order of time.
pub(crate) fn collected(settings: Settings, calls: &[CallRecord]) -> Collector {
    let mut steps = Vec::new();
    for (place, call) in calls.iter().enumerate() {
        let start = call.intended_start;
        let end = call.ended.unwrap_or(start);
        if call.queue.is_some() || call.answered.is_some() {
            steps.extend([(start, Step::Seize), (end, Step::Release)]);
        }
        match call.wait {
            Some(Duration::ZERO) => steps.push((start, Step::PassQueue)),
            Some(wait) => steps.extend([(start, Step::JoinQueue), (start + wait, Step::LeaveQueue)]),
            None => {}
        }
        steps.push((end, Step::End(place)));
    }
    steps.sort();
    let mut collector = Collector::new(settings);
    for (now, step) in steps {
        match step {
            Step::LeaveQueue => collector.queue_left(now),
            Step::JoinQueue => collector.queue_joined(now),
            Step::PassQueue => {
                collector.queue_joined(now);
                collector.queue_left(now);
            }
            Step::Release => collector.observe(&Observation::Released { at: now }),
            Step::Seize => collector.observe(&Observation::Seized { at: now }),
            Step::End(place) => collector.observe(&Observation::Ended(Box::new(calls[place].clone()))),
        }
    }
    collector
}
