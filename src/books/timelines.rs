//! The longest calls, step by step: what the generator's book, the PBX's and the queue log say of each, in one order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::outcome::CallRecord;
use crate::outcome::menu::MenuEventKind;
use crate::pbx::books::CdrRow;
use crate::pbx::books::NO_CALL;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::pbx::menu::MenuEvent;
use crate::time::Instant;

/// So many calls are told.
const TOLD: usize = 15;
/// Most steps of one call that are told; a caller may be offered to phones for days.
const STEPS_MAX: usize = 60;

/// One call from its start to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    pub call: String,
    /// From the start of the run to that of the call.
    pub started_s: f64,
    pub lasted_s: f64,
    /// In order of time; more than some are cut, the last is always the end.
    pub steps: Vec<Step>,
}

/// Something that happened to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Since the call's start.
    pub at_s: f64,
    /// started, ringing, answered, menu, left_menu, queued, announced, offered, not_answered, canceled, connected,
    /// left_queue, transferred or ended.
    pub what: String,
    /// Menu, queue, agent, the rule that judged the end; of left_menu the menu, the key and the way out; empty where
    /// there is nothing to add.
    pub detail: String,
}

/// A step whose call is still in progress; at one instant in the order in which they are told.
type Told = (Instant, &'static str, Arc<str>);

/// Calls in progress, and the longest of those that are over.
#[derive(Debug, Default)]
pub struct Timelines {
    open: BTreeMap<Arc<str>, Open>,
    /// By length, the longest first; of equal ones the first.
    longest: BTreeMap<(Reverse<u64>, Instant, Arc<str>), Timeline>,
}

#[derive(Debug, Default)]
struct Open {
    steps: Vec<Told>,
    record: Option<(Instant, Instant)>,
    pbx_is_done: bool,
}

impl Timelines {
    /// A row of the generator's book: the call has ended for its caller.
    pub fn generator(&mut self, record: &CallRecord) {
        let (Some(started), Some(ended)) = (record.started, record.ended) else { return };
        let open = self.open.entry(Arc::clone(&record.call_id)).or_default();
        let nothing: Arc<str> = Arc::default();
        let steps = [
            (Some(started), "started", &record.did),
            (record.ringing, "ringing", &nothing),
            (record.answered, "answered", &nothing),
            (Some(ended), "ended", &record.cause),
        ];
        // What the caller sees comes first at one instant: an answer, then who speaks.
        let seen = steps.into_iter().filter_map(|(at, what, detail)| Some((at?, what, Arc::clone(detail))));
        open.steps = seen.chain(std::mem::take(&mut open.steps)).collect();
        open.record = Some((started, ended));
        self.settle(&record.call_id);
    }

    /// A row of the PBX's CDR: nothing more will be heard of the call from the PBX.
    pub fn cdr(&mut self, row: &CdrRow) {
        self.open.entry(Arc::clone(&row.name)).or_default().pbx_is_done = true;
        self.settle(&row.name);
    }

    /// A line of the queue log.
    pub fn queue_event(&mut self, event: &QueueEvent) {
        if &*event.call == NO_CALL {
            return;
        }
        let agent = || event.agent.clone().unwrap_or_default();
        let queue = || Arc::clone(&event.queue);
        let mut steps: Vec<Told> = Vec::new();
        match &event.event {
            QueueEventKind::EnterQueue { .. } => steps.push((event.at, "queued", queue())),
            QueueEventKind::Connect { ring, .. } => {
                steps.push((earlier(event.at, *ring), "offered", agent()));
                steps.push((event.at, "connected", agent()));
            }
            QueueEventKind::RingNoAnswer { ring } => {
                steps.push((earlier(event.at, *ring), "offered", agent()));
                steps.push((event.at, "not_answered", agent()));
            }
            QueueEventKind::RingCanceled { ring } => {
                steps.push((earlier(event.at, *ring), "offered", agent()));
                steps.push((event.at, "canceled", agent()));
            }
            QueueEventKind::Announce { .. } => steps.push((event.at, "announced", queue())),
            QueueEventKind::Abandon { .. }
            | QueueEventKind::ExitWithTimeout { .. }
            | QueueEventKind::ExitEmpty { .. }
            | QueueEventKind::ExitWithKey { .. } => steps.push((event.at, "left_queue", queue())),
            QueueEventKind::BlindTransfer { .. } | QueueEventKind::AttendedTransfer { .. } => {
                steps.push((event.at, "transferred", agent()));
            }
            _ => {}
        }
        if steps.is_empty() {
            return;
        }
        if let Some(open) = self.of(&event.call) {
            open.steps.extend(steps);
        }
    }

    /// Somebody came into a menu or left it.
    pub fn menu_event(&mut self, event: &MenuEvent) {
        let (what, detail) = match event.event {
            MenuEventKind::Entered => ("menu", Arc::clone(&event.menu)),
            MenuEventKind::Left(exit) => {
                let key = exit.key().map_or_else(String::new, |key| format!(" · {key}"));
                ("left_menu", format!("{}{key} · {}", event.menu, exit.name()).into())
            }
        };
        if let Some(open) = self.of(&event.call) {
            open.steps.push((event.at, what, detail));
        }
    }

    /// Where steps of the call are noted, while there is room for them.
    fn of(&mut self, call: &Arc<str>) -> Option<&mut Open> {
        let open = self.open.entry(Arc::clone(call)).or_default();
        (open.steps.len() < STEPS_MAX).then_some(open)
    }

    /// Keeps the call if it is over and longer than others.
    fn settle(&mut self, call: &Arc<str>) {
        let Some(open) = self.open.get(call) else { return };
        let Some((started, ended)) = open.record.filter(|_| open.pbx_is_done) else { return };
        let lasted = ended - started;
        let nanos = u64::try_from(lasted.as_nanos()).unwrap_or(u64::MAX);
        let key = (Reverse(nanos), started, Arc::clone(call));
        let mut steps = self.open.remove(call).expect("just seen").steps;
        if self.longest.len() >= TOLD && self.longest.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        steps.sort_by_key(|(at, what, _)| (*at, rank(what)));
        let step = |(at, what, detail): Told| Step {
            at_s: (at - started).as_secs_f64(),
            what: what.to_owned(),
            detail: detail.to_string(),
        };
        let timeline = Timeline {
            call: call.to_string(),
            started_s: started.as_secs_f64(),
            lasted_s: lasted.as_secs_f64(),
            steps: steps.into_iter().map(step).collect(),
        };
        self.longest.insert(key, timeline);
        if self.longest.len() > TOLD {
            self.longest.pop_last();
        }
    }

    /// The longest calls, the longest first.
    #[must_use]
    pub fn finish(self) -> Vec<Timeline> {
        self.longest.into_values().collect()
    }
}

fn earlier(at: Instant, by: crate::time::Duration) -> Instant {
    let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    Instant::from_nanos(at.as_nanos().saturating_sub(nanos))
}

/// At one instant a call starts before all else, and ends after it.
fn rank(what: &str) -> u8 {
    match what {
        "started" => 0,
        "ended" => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::outcome::Observation;
    use crate::scenario;
    use crate::sim;
    use crate::sim::Entry;

    const BUSY: &str = "\
seed: 72
calls: 400
traffic:
  profile: 120/h
  callers:
    - talk: {exponential: {mean: 100s}}
      patience: {exponential: {mean: 4m}}
      choices: {main: {\"1\": 60%, \"0\": 40%}}
pbx:
  ivr: {main: {prompt: 5s, digits: {\"1\": {queue: q}, \"0\": {queue: q}}}}
  agents: {count: 3, no_answer: 20%, answer_delay: 4s}
  queues: {q: {ring_timeout: 10s}}
";

    /// The 15 longest of all, in order, and of each every step that the books have, in the order of time.
    #[test]
    fn the_longest_calls_are_told_completely_and_in_order() {
        let scenario = scenario::parse(BUSY, "busy.yaml", &scenario::Inputs::with_seed(72)).unwrap();
        let (mut timelines, mut records, mut logged) = (Timelines::default(), Vec::new(), Vec::new());
        sim::run(&scenario, scenario.seed, |entry| {
            match entry {
                Entry::Observation(Observation::Ended(record)) => {
                    timelines.generator(record);
                    records.push((**record).clone());
                }
                Entry::Cdr(row) => timelines.cdr(row),
                Entry::QueueEvent(event) => {
                    timelines.queue_event(event);
                    logged.push((**event).clone());
                }
                Entry::MenuEvent(event) => timelines.menu_event(event),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        assert!(timelines.open.is_empty(), "calls that are over are forgotten");
        let told = timelines.finish();
        let lasted = |record: &CallRecord| (record.ended.unwrap() - record.started.unwrap()).as_secs_f64();
        records.sort_by(|one, other| lasted(other).total_cmp(&lasted(one)));
        let longest: Vec<f64> = records.iter().take(15).map(lasted).collect();
        assert_eq!(told.iter().map(|case| case.lasted_s).collect::<Vec<_>>(), longest);
        for case in &told {
            assert!(case.steps.is_sorted_by(|one, next| one.at_s <= next.at_s), "{case:?}");
            let whats: Vec<&str> = case.steps.iter().map(|step| &*step.what).collect();
            assert_eq!((whats[0], *whats.last().unwrap()), ("started", "ended"));
            let count = |what: &str| whats.iter().filter(|known| **known == what).count();
            let events = |name: &str| {
                logged.iter().filter(|event| *event.call == *case.call && event.event.name() == name).count()
            };
            assert_eq!(count("queued"), events("ENTERQUEUE"));
            assert_eq!(count("connected"), events("CONNECT"));
            assert_eq!(count("not_answered"), events("RINGNOANSWER"));
            assert_eq!(count("left_queue"), events("ABANDON"));
            assert_eq!(count("offered"), count("connected") + count("not_answered") + count("canceled"));
            assert_eq!((count("menu"), count("left_menu")), (1, 1));
            let ended = case.steps.last().unwrap().at_s;
            assert!((ended - case.lasted_s).abs() < 1e-9);
        }
        assert!(told.iter().any(|case| case.steps.iter().any(|step| step.what == "not_answered")));
    }
}
