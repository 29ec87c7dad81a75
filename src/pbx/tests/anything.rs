//! Whatever happens, in whatever order: every call ends once, and nothing is left over.

use super::*;
use crate::pbx::transfers::Handover;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Offer(&'static str),
    HangUp(u64),
    Answer(u32, u64),
    Decline(u32, u64),
    AgentHangUp(u32, u64),
    SendOn(u64, &'static str),
    HandOver(u32, u64),
    Wait,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let agent = 0..4_u32;
    let call = 0..60_u64;
    prop_oneof![
        6 => prop_oneof![Just("100"), Just("300"), Just("120"), Just("130")].prop_map(Step::Offer),
        3 => call.clone().prop_map(Step::HangUp),
        6 => (agent.clone(), call.clone()).prop_map(|(agent, call)| Step::Answer(agent, call)),
        1 => (agent.clone(), call.clone()).prop_map(|(agent, call)| Step::Decline(agent, call)),
        2 => (agent.clone(), call.clone()).prop_map(|(agent, call)| Step::AgentHangUp(agent, call)),
        2 => (call.clone(), prop_oneof![Just("100"), Just("300"), Just("120")])
            .prop_map(|(call, to)| Step::SendOn(call, to)),
        1 => (agent, call).prop_map(|(agent, call)| Step::HandOver(agent, call)),
        3 => Just(Step::Wait),
    ]
}

/// What a caller dials in this step.
fn number(step: &Step) -> String {
    if let Step::Offer(to) | Step::SendOn(_, to) = step { (*to).to_owned() } else { String::new() }
}

pub(super) fn anything_goes(answer: QueueAnswer) -> Config {
    let mut config = centre(3);
    config.channels = Some(6);
    config.calls_per_second = Some(RateLimit::token_bucket(1.0, 3.0));
    config.queues = vec![queue("sales", &["300"], vec![0, 1]), queue("support", &[], vec![1, 2])];
    config.queues[0].max_length = Some(2);
    config.queues[1].max_wait = Some(Duration::from_secs(12));
    config.queues.iter_mut().for_each(|queue| queue.answer = answer);
    config.extensions.insert(Arc::from("120"), Extension::Busy);
    let ring_timeout = Duration::from_secs(8);
    config.extensions.insert(Arc::from("130"), Extension::NoAnswer { ring_timeout });
    config
}

/// The books of a run and what its limits allow, checked after every step.
#[derive(Default)]
struct Ledger {
    offered: u64,
    rows: BTreeMap<Arc<str>, &'static str>,
    queued: BTreeSet<Arc<str>>,
    talking: BTreeMap<AgentId, CallId>,
}

impl Ledger {
    fn check(&mut self, actions: &[Action], in_use_before: u32) {
        for action in actions {
            match action {
                Action::CallEnded(row) => {
                    assert_eq!(self.rows.insert(Arc::clone(&row.name), row.cause), None, "{row:?}");
                    self.talking.retain(|_, call| row.name.parse() != Ok(call.0));
                    assert!(!self.queued.contains(&row.name), "the log lacks the end of {row:?}");
                }
                Action::Reject { limiter: Some(Limiter::Channels), .. } => {
                    assert_eq!(in_use_before, 6, "refused below the limit");
                }
                Action::Connect { call, agent, .. } => {
                    assert_eq!(self.talking.insert(*agent, *call), None, "agent {agent:?} has two calls");
                }
                Action::QueueEvent(event) => match event.event {
                    QueueEventKind::Pause { .. } | QueueEventKind::Unpause { .. } => {}
                    QueueEventKind::EnterQueue { .. } => {
                        assert!(self.queued.insert(Arc::clone(&event.call)));
                    }
                    QueueEventKind::Connect { .. }
                    | QueueEventKind::RingNoAnswer { .. }
                    | QueueEventKind::RingCanceled { .. }
                    | QueueEventKind::Announce { .. } => {
                        assert!(self.queued.contains(&event.call));
                    }
                    QueueEventKind::BlindTransfer { .. } | QueueEventKind::AttendedTransfer { .. } => {
                        assert!(self.queued.remove(&event.call));
                        self.talking.retain(|_, call| event.call.parse() != Ok(call.0));
                    }
                    _ => assert!(self.queued.remove(&event.call), "{event:?} ends what never began"),
                },
                _ => {}
            }
        }
    }
}

/// Plays the steps and the deadlines between them; whatever happens, every call has one row, and nothing is left over.
pub(super) fn every_call_ends_once(config: Config, steps: Vec<(Step, u32)>) {
    let mut pbx = Pbx::new(config, Seed(1));
    let mut ledger = Ledger::default();
    let mut now = Instant::ZERO;
    let mut actions = Vec::new();
    let shut_down = (Step::Wait, 0);
    let count = steps.len();
    for (index, (step, after)) in steps.into_iter().chain([shut_down]).enumerate() {
        now += Duration::from_millis(u64::from(after));
        // Deadlines at their own time first, so that the limits are checked against each instant.
        while let Some(deadline) = pbx.next_deadline().filter(|deadline| *deadline <= now) {
            actions.clear();
            let in_use = pbx.circuits_in_use();
            pbx.handle(deadline, Input::DeadlineReached, &mut actions);
            ledger.check(&actions, in_use);
        }
        let [name, from, to] = [ledger.offered.to_string(), "79".to_owned(), number(&step)].map(Arc::from);
        let input = match step {
            _ if index == count => Input::ShutDown,
            Step::Offer(_) => {
                let call = CallId(ledger.offered);
                ledger.offered += 1;
                Input::CallOffered { call, name: &name, from: &from, to: &to, class: 0 }
            }
            Step::HangUp(call) => Input::CallerHungUp { call: CallId(call) },
            Step::Answer(agent, call) => Input::AgentAnswered { call: CallId(call), agent: AgentId(agent) },
            Step::Decline(agent, call) => Input::AgentDeclined { call: CallId(call), agent: AgentId(agent) },
            Step::AgentHangUp(agent, call) => {
                Input::AgentHungUp { call: CallId(call), agent: AgentId(agent) }
            }
            Step::SendOn(call, _) => Input::Transferred { call: CallId(call), to: &to, talk: None },
            Step::HandOver(agent, call) => Input::AgentTransferred {
                call: CallId(call),
                agent: AgentId(agent),
                how: Handover::Attended { with: &name },
            },
            Step::Wait => Input::DeadlineReached,
        };
        actions.clear();
        let in_use = pbx.circuits_in_use();
        pbx.handle(now, input, &mut actions);
        ledger.check(&actions, in_use);
        assert!(pbx.circuits_in_use() <= 6);
    }
    assert_eq!(ledger.rows.len() as u64, ledger.offered);
    assert_eq!(pbx.circuits_in_use(), 0);
    assert!(ledger.queued.is_empty());
    assert!(ledger.rows.values().all(|word| cause::ALL.contains(word)));
}

proptest! {
    #[test]
    fn every_call_offered_ends_exactly_once_whatever_happens(
        steps in prop::collection::vec((step(), 0..4_000_u32), 1..150),
        on_entry in any::<bool>(),
    ) {
        let answer = if on_entry { QueueAnswer::OnEntry } else { QueueAnswer::OnAgent };
        every_call_ends_once(anything_goes(answer), steps);
    }
}
