//! When agents are there: their hours of duty, and other work that takes them from the phone.
//!
//! Whoever goes off duty, or has other work to do, finishes the call in hand with its wrap-up and is offered no
//! other until back. Callers keep their places meanwhile.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BinaryHeap;
use std::sync::Arc;

use crate::pbx::action::Action;
use crate::pbx::agent;
use crate::pbx::books::QueueEventKind;
use crate::pbx::config::Config;
use crate::pbx::duty::Duty;
use crate::pbx::input::AgentId;
use crate::pbx::machine::Pbx;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::{Duration, Instant};

/// Other work comes, and lasts, at least this long, so that draws of zero can't keep the machine busy within one
/// moment.
const SHORTEST: Duration = Duration::from_millis(1);

/// Streams of other work stand apart from those of wrap-up.
const OTHER_WORK_STREAMS: u64 = 1 << 32;

/// The reason that the queue's log gives for a pause.
const OTHER_WORK: &str = "other work";

/// When an agent is there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Presence {
    /// Hours of duty; absent means always.
    pub duty: Option<Duty>,
    pub other_work: Option<OtherWork>,
}

/// Work away from the phone.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherWork {
    /// From the end of one piece to when the next comes up.
    pub every: Distribution,
    pub lasts: Distribution,
}

impl Presence {
    /// Share of the time from `from` to `to` that the agent is there for calls, 0 to 1.
    #[must_use]
    pub fn share(&self, from: Instant, to: Instant) -> f64 {
        let duty = self.duty.as_ref().map_or(1.0, |duty| duty.share(from, to));
        let other = self.other_work.as_ref().map_or(0.0, |work| {
            let lasts = work.lasts.mean();
            lasts / (lasts + work.every.mean())
        });
        duty * (1.0 - other)
    }

    /// The agent is there all the time.
    #[must_use]
    pub const fn is_constant(&self) -> bool {
        self.duty.is_none() && self.other_work.is_none()
    }
}

/// Other work, as one agent has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    None,
    /// Waits for the call in hand to end.
    Due,
    Underway,
}

/// What changes about an agent, in the order in which it happens at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    DutyEnds,
    DutyBegins,
    ErrandOver,
    ErrandDue,
}

/// The changes to come. At most one of duty and one of other work per agent.
#[derive(Debug, Default)]
pub(super) struct Roster {
    changes: BinaryHeap<Reverse<(Instant, Change, AgentId)>>,
    streams: BTreeMap<AgentId, Stream>,
}

impl Roster {
    /// When the next agent comes or goes.
    pub(super) fn peek(&self) -> Option<Instant> {
        self.changes.peek().map(|Reverse((at, ..))| *at)
    }

    fn pop_due(&mut self, now: Instant) -> Option<(Change, AgentId)> {
        if self.peek()? > now {
            return None;
        }
        self.changes.pop().map(|Reverse((_, change, agent))| (change, agent))
    }

    fn schedule(&mut self, at: Instant, change: Change, agent: AgentId) {
        self.changes.push(Reverse((at, change, agent)));
    }

    fn schedule_duty(&mut self, after: Instant, duty: &Duty, agent: AgentId) {
        if let Some(at) = duty.next_change(after) {
            let change = if duty.is_on(at) { Change::DutyBegins } else { Change::DutyEnds };
            self.schedule(at, change, agent);
        }
    }

    fn schedule_errand(&mut self, now: Instant, change: Change, law: &Distribution, agent: AgentId) {
        let stream = self.streams.get_mut(&agent).expect("an agent with other work has a stream for it");
        let after = law.sample(stream).max(SHORTEST);
        self.schedule(now + after, change, agent);
    }
}

impl Pbx {
    /// Notes when agent `id` comes and goes; says whether the agent is on duty at the start.
    pub(super) fn enrol(&mut self, id: AgentId, seed: Seed) -> bool {
        let presence = presence(&self.config, id);
        if let Some(work) = &presence.other_work {
            let number = OTHER_WORK_STREAMS + u64::from(id.0);
            self.roster.streams.insert(id, seed.stream(Purpose::Pbx, number));
            self.roster.schedule_errand(Instant::ZERO, Change::ErrandDue, &work.every, id);
        }
        let Some(duty) = &presence.duty else { return true };
        self.roster.schedule_duty(Instant::ZERO, duty, id);
        duty.is_on(Instant::ZERO)
    }

    /// Everyone who comes or goes by `now`, then the calls that they can take.
    pub(super) fn change_presence(&mut self, now: Instant, actions: &mut Vec<Action>) {
        while let Some((change, id)) = self.roster.pop_due(now) {
            match change {
                Change::DutyEnds | Change::DutyBegins => self.duty_changes(now, id, change, actions),
                Change::ErrandDue => self.errand_due(now, id, actions),
                Change::ErrandOver => {
                    self.agents[id.0 as usize].errand = Errand::None;
                    // Whoever has gone off duty is a member no more, paused or not.
                    if self.agents[id.0 as usize].on_duty {
                        let event = QueueEventKind::Unpause { reason: Arc::from(OTHER_WORK) };
                        self.log_presence(now, id, &event, actions);
                    }
                    self.schedule_next_errand(now, id);
                    self.come_back(now, id);
                }
            }
        }
        self.offer_calls(now, actions);
    }

    fn duty_changes(&mut self, now: Instant, id: AgentId, change: Change, actions: &mut Vec<Action>) {
        if let Some(duty) = &presence(&self.config, id).duty {
            self.roster.schedule_duty(now, duty, id);
        }
        let begins = change == Change::DutyBegins;
        let event = if begins { QueueEventKind::AddMember } else { QueueEventKind::RemoveMember };
        self.log_presence(now, id, &event, actions);
        self.agents[id.0 as usize].on_duty = begins;
        if begins && self.agents[id.0 as usize].errand != Errand::None {
            self.log_pause(now, id, actions);
        }
        if begins {
            self.come_back(now, id);
        } else if self.agents[id.0 as usize].state.is_idle() {
            self.leave_desk(id);
        }
    }

    fn errand_due(&mut self, now: Instant, id: AgentId, actions: &mut Vec<Action>) {
        let agent = &mut self.agents[id.0 as usize];
        if !agent.on_duty {
            return self.schedule_next_errand(now, id);
        }
        agent.errand = Errand::Due;
        self.log_pause(now, id, actions);
        if self.agents[id.0 as usize].state.is_idle() {
            self.leave_desk(id);
            self.is_available(now, id);
        }
    }

    fn log_pause(&self, now: Instant, id: AgentId, actions: &mut Vec<Action>) {
        let event = QueueEventKind::Pause { reason: Arc::from(OTHER_WORK) };
        self.log_presence(now, id, &event, actions);
    }

    /// Writes what becomes of an agent's presence, once for each queue that the agent serves.
    fn log_presence(&self, at: Instant, id: AgentId, event: &QueueEventKind, actions: &mut Vec<Action>) {
        if !self.keeps_books {
            return;
        }
        for queue in &self.agents[id.0 as usize].queues {
            self.log_in_queue(at, id, *queue, event.clone(), actions);
        }
    }

    fn schedule_next_errand(&mut self, now: Instant, id: AgentId) {
        if let Some(work) = &presence(&self.config, id).other_work {
            self.roster.schedule_errand(now, Change::ErrandDue, &work.every, id);
        }
    }

    fn leave_desk(&mut self, id: AgentId) {
        self.busy_from_now(id);
        self.agents[id.0 as usize].state = agent::State::Away;
    }

    fn come_back(&mut self, now: Instant, id: AgentId) {
        if self.agents[id.0 as usize].state == agent::State::Away {
            self.idle_from_now(now, id);
        }
    }

    /// Whether a free agent stays for the next call. One who does not is away from now on.
    pub(super) fn is_available(&mut self, now: Instant, id: AgentId) -> bool {
        let agent = &mut self.agents[id.0 as usize];
        if agent.on_duty && agent.reachable && agent.errand == Errand::None {
            return true;
        }
        agent.state = agent::State::Away;
        if agent.errand == Errand::Due {
            if agent.on_duty {
                agent.errand = Errand::Underway;
                if let Some(work) = &presence(&self.config, id).other_work {
                    self.roster.schedule_errand(now, Change::ErrandOver, &work.lasts, id);
                }
            } else {
                agent.errand = Errand::None;
                self.schedule_next_errand(now, id);
            }
        }
        false
    }
}

fn presence(config: &Config, id: AgentId) -> &Presence {
    &config.agents[id.0 as usize].presence
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(hours: f64) -> Instant {
        Instant::from_secs_f64(hours * 3_600.0)
    }

    /// One agent with a minute of wrap-up serves everyone.
    fn pbx(first: Presence) -> Pbx {
        let constant = |seconds| Distribution::Constant { seconds };
        let agent = |name: &str, presence| crate::pbx::config::AgentConfig {
            name: name.into(),
            phone: None,
            answer_delay: constant(0.0),
            no_answer: 0.0,
            wrap_up: constant(60.0),
            presence,
            qualification: crate::pbx::config::Qualification::default(),
        };
        let queue = crate::pbx::config::QueueConfig {
            name: "sales".into(),
            numbers: Vec::new(),
            agents: vec![0],
            max_length: None,
            max_wait: None,
            ring_timeout: Duration::from_secs(15),
            retry: Duration::from_secs(5),
            answer: crate::pbx::config::QueueAnswer::OnAgent,
            callback: None,
            policy: crate::pbx::config::Policy::default(),
        };
        let config = Config { queues: vec![queue], agents: vec![agent("anna", first)], ..Config::default() };
        Pbx::new(config, Seed(1))
    }

    fn offered(actions: &[Action]) -> Vec<u64> {
        let call = |action: &Action| match action {
            Action::OfferAgent { call, .. } => Some(call.0),
            _ => None,
        };
        actions.iter().filter_map(call).collect()
    }

    /// Lines of the queue's log about presence: the hour, the event, its reason.
    fn presence_log(actions: &[Action]) -> Vec<String> {
        let line = |action: &Action| match action {
            Action::QueueEvent(event) if &*event.call == "NONE" => {
                let reason = match &event.event {
                    QueueEventKind::Pause { reason } | QueueEventKind::Unpause { reason } => reason,
                    _ => "",
                };
                Some(format!("{} {} {reason}", event.at.as_secs_f64() / 3_600.0, event.event.name()))
            }
            _ => None,
        };
        actions.iter().filter_map(line).collect()
    }

    #[test]
    fn the_log_tells_who_came_who_went_and_who_does_other_work() {
        let constant = |hours: f64| Distribution::Constant { seconds: 3_600.0 * hours };
        let duty = Duty::new(24 * HOUR, &[(HOUR, 2 * HOUR)]);
        let other_work = Some(OtherWork { every: constant(1.5), lasts: constant(0.25) });
        let mut pbx = pbx(Presence { duty: Some(duty), other_work });
        let mut actions = Vec::new();
        pbx.handle(at(24.0), crate::pbx::Input::DeadlineReached, &mut actions);
        let told = ["1 ADDMEMBER ", "1.5 PAUSE other work", "1.75 UNPAUSE other work", "3 REMOVEMEMBER "];
        assert_eq!(presence_log(&actions), told);
        let mut silent = self::pbx(Presence::default()).without_books();
        actions.clear();
        silent.handle(at(24.0), crate::pbx::Input::DeadlineReached, &mut actions);
        assert!(actions.is_empty());
    }

    fn offer(pbx: &mut Pbx, at: Instant, call: u64) -> Vec<u64> {
        let (call, text) = (crate::pbx::CallId(call), Arc::<str>::from("1"));
        let mut actions = Vec::new();
        let offered_call =
            crate::pbx::Input::CallOffered { call, name: &text, from: &text, to: &text, class: 0 };
        pbx.handle(at, offered_call, &mut actions);
        offered(&actions)
    }

    #[test]
    fn who_goes_off_duty_finishes_the_call_in_hand_and_gets_no_other_before_coming_back() {
        let duty = Duty::new(24 * HOUR, &[(Duration::ZERO, HOUR), (3 * HOUR, HOUR)]);
        let mut pbx = pbx(Presence { duty: Some(duty), other_work: None });
        let call = crate::pbx::CallId;
        assert_eq!(offer(&mut pbx, at(0.9), 1), [1]);
        let picked_up = crate::pbx::Input::AgentAnswered { call: call(1), agent: AgentId(0) };
        pbx.handle(at(0.9), picked_up, &mut Vec::new());
        assert_eq!(offer(&mut pbx, at(1.1), 2), [0_u64; 0]);
        let mut actions = Vec::new();
        pbx.handle(at(1.2), crate::pbx::Input::CallerHungUp { call: call(1) }, &mut actions);
        assert!(actions.iter().any(|action| matches!(action, Action::CallEnded(row) if row.end == at(1.2))));
        pbx.handle(at(2.9), crate::pbx::Input::DeadlineReached, &mut actions);
        assert!(offered(&actions).is_empty(), "off duty since the end of the first hour");
        assert_eq!(pbx.next_deadline(), Some(at(3.0)));
        pbx.handle(at(3.0), crate::pbx::Input::DeadlineReached, &mut actions);
        assert_eq!(offered(&actions), [2], "the caller has waited for the agent to come back");
        assert_eq!(pbx.unknown_inputs(), 0);
    }

    #[test]
    fn other_work_waits_for_the_call_in_hand_and_keeps_callers_waiting() {
        let constant = |hours: f64| Distribution::Constant { seconds: 3_600.0 * hours };
        let other_work = Some(OtherWork { every: constant(1.0), lasts: constant(0.5) });
        let mut pbx = pbx(Presence { duty: None, other_work });
        assert_eq!(offer(&mut pbx, at(1.25), 1), [0_u64; 0], "at other work from 1:00 to 1:30");
        let mut actions = Vec::new();
        pbx.handle(at(1.5), crate::pbx::Input::DeadlineReached, &mut actions);
        assert_eq!(offered(&actions), [1]);
        let call = crate::pbx::CallId(1);
        pbx.handle(at(1.5), crate::pbx::Input::AgentAnswered { call, agent: AgentId(0) }, &mut actions);
        pbx.handle(at(3.0), crate::pbx::Input::CallerHungUp { call }, &mut actions);
        // The next piece came up at 2:30; it begins after the call and its minute of wrap-up.
        let wrapped_up = at(3.0) + Duration::from_secs(60);
        assert_eq!(offer(&mut pbx, wrapped_up, 2), [0_u64; 0]);
        assert_eq!(pbx.next_deadline(), Some(wrapped_up + HOUR / 2));
    }
}
