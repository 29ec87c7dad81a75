//! The PBX as call ladders: what goes in at which second, and what comes out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;

use crate::outcome::Limiter;
use crate::pbx::books::QueueEventKind;
use crate::pbx::books::cause;
use crate::pbx::config::{AgentConfig, Extension, Presence, QueueAnswer, QueueConfig, RateLimit};
use crate::pbx::{Action, AgentId, AnsweredBy, CallId, Config, Input, Pbx, Refusal};
use crate::random::Distribution;
use crate::random::Seed;
use crate::time::{Duration, Instant};

mod anything;
mod callbacks;
mod contacts;
mod limits;
mod onward;
mod overflow;
mod owners;
mod policies;
mod rates;
mod strategies;
mod transfers;

/// A PBX and what it said since it was last asked.
struct Bench {
    pbx: Pbx,
    actions: Vec<Action>,
}

impl Bench {
    fn new(config: Config) -> Self {
        Self { pbx: Pbx::new(config, Seed(1)), actions: Vec::new() }
    }

    fn tell(&mut self, seconds: f64, input: Input<'_>) -> Vec<String> {
        let now = Instant::from_secs_f64(seconds);
        self.actions.clear();
        while let Some(deadline) = self.pbx.next_deadline().filter(|deadline| *deadline < now) {
            self.pbx.handle(deadline, Input::DeadlineReached, &mut self.actions);
        }
        self.pbx.handle(now, input, &mut self.actions);
        let is_told = |action: &&Action| !is_callback_note(action);
        self.actions.iter().filter(is_told).map(|action| said(&self.pbx, action)).collect()
    }

    fn offer(&mut self, seconds: f64, call: u64, to: &str) -> Vec<String> {
        let (name, from) = (Arc::from(call.to_string()), Arc::from(format!("79{call}")));
        let (call, to) = (CallId(call), Arc::from(to));
        self.tell(seconds, Input::CallOffered { call, name: &name, from: &from, to: &to, class: 0 })
    }

    fn hang_up(&mut self, seconds: f64, call: u64) -> Vec<String> {
        self.tell(seconds, Input::CallerHungUp { call: CallId(call) })
    }

    fn pick_up(&mut self, seconds: f64, agent: u32, call: u64) -> Vec<String> {
        self.tell(seconds, Input::AgentAnswered { call: CallId(call), agent: AgentId(agent) })
    }

    fn wait(&mut self, seconds: f64) -> Vec<String> {
        self.tell(seconds, Input::DeadlineReached)
    }
}

/// A note that says again what the log says.
fn is_callback_note(action: &Action) -> bool {
    use crate::outcome::note::Note;
    matches!(action, Action::Noted(noted) if matches!(noted.note, Note::Callback(_)))
}

/// An action in a few words.
fn said(pbx: &Pbx, action: &Action) -> String {
    match action {
        Action::Ring { call, queue: None } => format!("{} rings", call.0),
        Action::Ring { call, queue: Some(queue) } => {
            format!("{} rings in {}", call.0, pbx.queue_name(*queue))
        }
        Action::Answer { call, by: AnsweredBy::Agent(agent), .. } => {
            format!("{} answered by {}", call.0, pbx.agent_name(*agent))
        }
        Action::Answer { call, by, .. } => format!("{} answered by {by:?}", call.0),
        Action::Reject { call, refusal, limiter, cause, scope, .. } => {
            let Refusal::Status { status, reason, .. } = &**refusal else {
                return format!("{} refused {refusal:?} {cause}", call.0);
            };
            let mut text = format!("{} refused {status}/{} {cause}", call.0, reason.unwrap_or(0));
            if let Some(limiter) = limiter {
                write!(text, " by {}", limiter.name()).unwrap();
            }
            if let Some(scope) = scope {
                write!(text, " of {}", pbx.scope_name(*scope)).unwrap();
            }
            text
        }
        Action::OfferAgent { call, agent, .. } => format!("{} offered to {}", call.0, agent.0),
        Action::WithdrawOffer { call, agent } => format!("{} withdrawn from {}", call.0, agent.0),
        Action::Connect { call, agent } => format!("{} connected to {}", call.0, pbx.agent_name(*agent)),
        Action::HangUp { call, reason, .. } => format!("{} hung up: {reason:?}", call.0),
        Action::CallEnded(row) => {
            format!("CDR {} {} {}", row.name, row.disposition.name(), row.cause)
        }
        Action::QueueEvent(event) => format!("log {} {}", event.call, logged(&event.event)),
        Action::Dial { .. } | Action::StopDialling { .. } => format!("{action:?}"),
        Action::WillCallBack { of, .. } => format!("{} will be called back", of.0),
        Action::WillNotCallBack { of } => format!("{} will be called no more", of.0),
        Action::StopCallingBack { of } => format!("{} is called back no longer", of.0),
        Action::CallBack { of, .. } => format!("{} is called back", of.0),
        Action::Hear { call, what } => format!("{} hears {what:?}", call.0),
        Action::Noted(noted) => format!("{} {:?}", noted.queue, noted.note),
        Action::MenuEvent(event) => format!("menu {} {:?}", event.menu, event.event),
        Action::SoundLost { call } => format!("{} lost its sound", call.0),
        Action::AskRoute(question) => format!("{} asks", question.call.0),
        Action::Triggered(triggered) => format!("{} sets off {}", triggered.call, triggered.trigger),
        Action::QueueJoined | Action::QueueLeft => "a PBX without books".to_owned(),
    }
}

fn logged(event: &QueueEventKind) -> String {
    let s = |lasting: &Duration| lasting.as_secs_f64();
    match event {
        QueueEventKind::EnterQueue { position, .. } => format!("ENTERQUEUE {position}"),
        QueueEventKind::Connect { hold, ring } => format!("CONNECT {} {}", s(hold), s(ring)),
        QueueEventKind::CompleteCaller { hold, talk, original_position } => {
            format!("COMPLETECALLER {} {} {original_position}", s(hold), s(talk))
        }
        QueueEventKind::CompleteAgent { hold, talk, original_position } => {
            format!("COMPLETEAGENT {} {} {original_position}", s(hold), s(talk))
        }
        QueueEventKind::Abandon { position, original_position, wait } => {
            format!("ABANDON {position} {original_position} {}", s(wait))
        }
        QueueEventKind::ExitWithTimeout { position, original_position, wait } => {
            format!("EXITWITHTIMEOUT {position} {original_position} {}", s(wait))
        }
        QueueEventKind::ExitEmpty { position, original_position, wait } => {
            format!("EXITEMPTY {position} {original_position} {}", s(wait))
        }
        QueueEventKind::Announce { position, minutes } => format!("ANNOUNCE {position} {minutes}"),
        QueueEventKind::RingNoAnswer { ring } => format!("RINGNOANSWER {}", s(ring)),
        QueueEventKind::RingCanceled { ring } => format!("RINGCANCELED {}", s(ring)),
        other => format!("{} {other:?}", other.name()),
    }
}

fn constant(seconds: f64) -> Distribution {
    Distribution::Constant { seconds }
}

/// `agents` with 5 s of wrap-up serve the queue `sales`, where phones ring for 15 s and rest for 5 s.
fn centre(agents: usize) -> Config {
    let agent = |index| AgentConfig {
        name: Arc::from(format!("agent-{index}")),
        phone: None,
        answer_delay: constant(0.0),
        no_answer: 0.0,
        wrap_up: constant(5.0),
        presence: Presence::default(),
        qualification: crate::pbx::config::Qualification::default(),
    };
    Config {
        agents: (0..agents).map(agent).collect(),
        queues: vec![queue("sales", &[], (0..agents).collect())],
        ..Config::default()
    }
}

fn queue(name: &str, numbers: &[&str], agents: Vec<usize>) -> QueueConfig {
    QueueConfig {
        name: Arc::from(name),
        numbers: numbers.iter().map(|number| Arc::from(*number)).collect(),
        agents,
        max_length: None,
        max_wait: None,
        ring_timeout: Duration::from_secs(15),
        retry: Duration::from_secs(5),
        answer: QueueAnswer::OnAgent,
        callback: None,
        policy: crate::pbx::config::Policy::default(),
    }
}

#[test]
fn a_circuit_is_seized_at_the_offer_and_released_at_the_end() {
    let mut bench = Bench::new(Config { channels: Some(2), ..Config::default() });
    assert_eq!(bench.offer(0.0, 1, "100"), ["1 answered by Pbx"]);
    assert_eq!(bench.offer(1.0, 2, "100"), ["2 answered by Pbx"]);
    assert_eq!(bench.pbx.circuits_in_use(), 2);
    let refused = ["3 refused 503/34 trunk-full by channels", "CDR 3 CONGESTION trunk-full"];
    assert_eq!(bench.offer(2.0, 3, "100"), refused);
    assert_eq!(bench.hang_up(3.0, 1), ["CDR 1 ANSWERED answered"]);
    assert_eq!(bench.offer(3.0, 4, "100"), ["4 answered by Pbx"]);
}

#[test]
fn a_ringing_call_holds_a_circuit_and_a_busy_number_gives_it_back_at_once() {
    let mut config = Config { channels: Some(1), answer_delay: constant(5.0), ..Config::default() };
    config.extensions.insert(Arc::from("120"), Extension::Busy);
    let mut bench = Bench::new(config);
    assert_eq!(bench.offer(0.0, 1, "120"), ["1 refused 486/17 busy", "CDR 1 BUSY busy"]);
    assert_eq!(bench.offer(0.0, 2, "100"), ["2 rings"]);
    assert_eq!(bench.offer(1.0, 3, "100").len(), 2);
    assert_eq!(bench.hang_up(2.0, 2), ["CDR 2 NO ANSWER abandoned"]);
    assert_eq!(bench.offer(2.0, 4, "100"), ["4 rings"]);
    assert_eq!(bench.wait(7.0), ["4 answered by Pbx"]);
}

#[test]
fn a_bucket_of_two_tokens_refills_by_one_a_second_and_refusals_take_none() {
    let limit = RateLimit::token_bucket(1.0, 2.0);
    let mut bench = Bench::new(Config { calls_per_second: Some(limit), ..Config::default() });
    let answered = |said: Vec<String>| said.len() == 1;
    let offers =
        [(0.0, true), (0.0, true), (0.0, false), (0.5, false), (1.0, true), (1.5, false), (2.0, true)];
    for (call, (at, admitted)) in offers.into_iter().enumerate() {
        assert_eq!(answered(bench.offer(at, call as u64, "100")), admitted, "call {call}");
    }
    let refused = bench.offer(2.0, 99, "100");
    assert_eq!(refused[0], "99 refused 503/42 rate-limited by calls_per_second");
    assert!(answered(bench.offer(4.0, 100, "100")) && answered(bench.offer(4.0, 101, "100")));
}

#[test]
fn a_call_that_finds_no_channel_takes_no_token() {
    let limit = RateLimit::token_bucket(0.001, 2.0);
    let mut bench =
        Bench::new(Config { channels: Some(1), calls_per_second: Some(limit), ..Config::default() });
    bench.offer(0.0, 1, "100");
    assert!(bench.offer(1.0, 2, "100")[0].ends_with("by channels"));
    bench.hang_up(2.0, 1);
    assert_eq!(bench.offer(3.0, 3, "100"), ["3 answered by Pbx"]);
    bench.hang_up(4.0, 3);
    assert!(bench.offer(5.0, 4, "100")[0].ends_with("by calls_per_second"));
}

#[test]
fn a_full_table_is_a_refusal_with_a_name() {
    let mut bench = Bench::new(Config { capacity: 1, ..Config::default() });
    bench.offer(0.0, 1, "100");
    assert_eq!(bench.offer(0.0, 2, "100")[0], "2 refused 503/42 capacity by processor");
}

#[test]
fn extensions_answer_ring_out_decline_or_do_not_exist() {
    let mut config = Config::default();
    let ring_timeout = Duration::from_secs(20);
    let numbers = [
        ("answer", Extension::Answer { answer_delay: constant(3.0) }),
        ("no-answer", Extension::NoAnswer { ring_timeout }),
        ("declined", Extension::Declined),
        ("unknown", Extension::Unknown),
    ];
    config.extensions = numbers.map(|(number, extension)| (Arc::from(number), extension)).into();
    let mut bench = Bench::new(config);
    assert_eq!(bench.offer(0.0, 1, "answer"), ["1 rings"]);
    assert_eq!(bench.wait(3.0), ["1 answered by Pbx"]);
    assert_eq!(bench.offer(10.0, 2, "no-answer"), ["2 rings"]);
    assert_eq!(bench.wait(29.9), [""; 0]);
    assert_eq!(bench.wait(30.0), ["2 refused 480/19 no-answer", "CDR 2 NO ANSWER no-answer"]);
    assert_eq!(bench.offer(31.0, 3, "declined")[0], "3 refused 603/21 declined");
    assert_eq!(
        bench.offer(31.0, 4, "unknown"),
        ["4 refused 404/1 unknown-number", "CDR 4 FAILED unknown-number"]
    );
}

#[test]
fn numbers_lead_to_their_queue_and_only_a_queue_without_list_takes_all() {
    let mut config = centre(1);
    config.queues = vec![queue("sales", &["300"], vec![0]), queue("support", &["320"], vec![0])];
    let mut listed = Bench::new(config.clone());
    assert_eq!(listed.offer(0.0, 1, "320")[1], "1 rings in support");
    assert_eq!(listed.offer(0.0, 2, "999")[0], "2 refused 404/1 unknown-number");
    config.queues[1].numbers.clear();
    assert_eq!(Bench::new(config).offer(0.0, 1, "999")[1], "1 rings in support");
}

#[test]
fn refusals_come_in_silence_or_after_an_answer() {
    let mut config = Config { channels: Some(0), ..Config::default() };
    config.refusal.channels = Refusal::Silence;
    let silent = ["1 refused Silence trunk-full", "CDR 1 CONGESTION trunk-full"];
    assert_eq!(Bench::new(config.clone()).offer(0.0, 1, "100"), silent);
    config.refusal.channels = Refusal::AnswerThenHangUp;
    let useless = ["1 answered by Pbx", "1 hung up: Refused", "CDR 1 ANSWERED trunk-full"];
    assert_eq!(Bench::new(config).offer(0.0, 1, "100"), useless);
}

#[test]
fn an_agent_picks_up_talks_and_wraps_up_before_the_next_caller() {
    let mut bench = Bench::new(centre(1));
    assert_eq!(bench.offer(0.0, 1, "100"), ["log 1 ENTERQUEUE 1", "1 rings in sales", "1 offered to 0"]);
    assert_eq!(bench.offer(1.0, 2, "100"), ["log 2 ENTERQUEUE 2", "2 rings in sales"]);
    let picked_up = ["1 answered by agent-0", "1 connected to agent-0", "log 1 CONNECT 3 3"];
    assert_eq!(bench.pick_up(3.0, 0, 1), picked_up);
    assert_eq!(bench.hang_up(63.0, 1), ["log 1 COMPLETECALLER 3 60 1", "CDR 1 ANSWERED answered"]);
    assert_eq!(bench.wait(67.9), [""; 0]);
    assert_eq!(bench.wait(68.0), ["2 offered to 0"]);
    bench.pick_up(68.0, 0, 2);
    let hung_up = bench.tell(100.0, Input::AgentHungUp { call: CallId(2), agent: AgentId(0) });
    let expected = ["2 hung up: Agent", "log 2 COMPLETEAGENT 67 32 2", "CDR 2 ANSWERED answered"];
    assert_eq!(hung_up, expected);
}

/// Serving the newest caller first would be noticed here.
#[test]
fn callers_are_served_in_the_order_in_which_they_came() {
    let mut bench = Bench::new(centre(1));
    for call in 1..=4 {
        bench.offer(f64::from(call), u64::from(u32::try_from(call).unwrap()), "100");
    }
    let mut order = Vec::new();
    let mut now = 10.0;
    for call in [1, 2, 3, 4] {
        order.extend(bench.pick_up(now, 0, call).into_iter().filter(|said| said.contains("connected")));
        bench.hang_up(now + 1.0, call);
        bench.wait(now + 6.0);
        now += 10.0;
    }
    let expected = [1, 2, 3, 4].map(|call| format!("{call} connected to agent-0"));
    assert_eq!(order, expected);
}

#[test]
fn the_agent_idle_longest_is_called_first() {
    let mut config = centre(3);
    config.agents.iter_mut().for_each(|agent| agent.wrap_up = constant(0.0));
    let mut bench = Bench::new(config);
    for (call, agent) in [(1, 0), (2, 1), (3, 2)] {
        assert_eq!(bench.offer(0.0, call, "100")[2], format!("{call} offered to {agent}"));
        bench.pick_up(0.0, agent, call);
    }
    for (at, call) in [(10.0, 2), (11.0, 3), (12.0, 1)] {
        bench.hang_up(at, call);
    }
    for (call, agent) in [(4, 1), (5, 2), (6, 0)] {
        assert_eq!(bench.offer(20.0, call, "100")[2], format!("{call} offered to {agent}"));
    }
}

#[test]
fn a_phone_that_rings_out_sends_the_caller_back_to_the_head_of_the_line() {
    let mut bench = Bench::new(centre(2));
    bench.offer(0.0, 1, "100");
    bench.offer(1.0, 2, "100");
    bench.offer(2.0, 3, "100");
    // Agent 0 rests for 5 s, agent 1 still rings for caller 2: caller 1 waits, ahead of caller 3.
    assert_eq!(bench.wait(15.0), ["1 withdrawn from 0", "log 1 RINGNOANSWER 15"]);
    assert_eq!(bench.wait(16.0), ["2 withdrawn from 1", "log 2 RINGNOANSWER 15"]);
    assert_eq!(bench.wait(20.0), ["1 offered to 0"]);
    assert_eq!(bench.wait(21.0), ["2 offered to 1"]);
    assert_eq!(bench.pbx.queue_length(), 3);
}

#[test]
fn a_declining_phone_is_left_alone_for_the_retry_pause() {
    let mut config = centre(1);
    config.queues[0].retry = Duration::ZERO;
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    let declined = bench.tell(2.0, Input::AgentDeclined { call: CallId(1), agent: AgentId(0) });
    assert_eq!(declined, ["log 1 RINGNOANSWER 2"]);
    assert_eq!(bench.wait(2.001), ["1 offered to 0"]);
}

#[test]
fn who_gives_up_while_a_phone_rings_frees_it_for_the_next() {
    let mut bench = Bench::new(centre(1));
    bench.offer(0.0, 1, "100");
    bench.offer(1.0, 2, "100");
    let left = bench.hang_up(4.0, 1);
    let expected = [
        "log 1 RINGCANCELED 4",
        "log 1 ABANDON 1 1 4",
        "1 withdrawn from 0",
        "CDR 1 NO ANSWER abandoned",
        "2 offered to 0",
    ];
    assert_eq!(left, expected);
    assert_eq!(bench.pick_up(5.0, 0, 1), [""; 0], "too late for caller 1");
    assert_eq!(bench.pbx.unknown_inputs(), 1);
}

#[test]
fn the_maximum_wait_ends_a_call_even_while_a_phone_rings() {
    let mut config = centre(1);
    config.queues[0].max_wait = Some(Duration::from_secs(10));
    let mut bench = Bench::new(config.clone());
    bench.offer(0.0, 1, "100");
    bench.offer(1.0, 2, "100");
    let expected = [
        "log 1 RINGNOANSWER 10",
        "1 withdrawn from 0",
        "log 1 EXITWITHTIMEOUT 1 1 10",
        "1 refused 480/19 queue-timeout",
        "CDR 1 NO ANSWER queue-timeout",
        "2 offered to 0",
    ];
    assert_eq!(bench.wait(10.0), expected);
    config.queues[0].answer = QueueAnswer::OnEntry;
    let mut bench = Bench::new(config);
    assert_eq!(bench.offer(0.0, 1, "100")[1], "1 answered by Queue");
    let expected = ["1 hung up: QueueTimeout", "CDR 1 ANSWERED queue-timeout"];
    assert_eq!(bench.wait(10.0)[3..], expected);
}

#[test]
fn a_full_queue_refuses_and_gives_the_circuit_back() {
    let mut config = centre(1);
    config.queues[0].max_length = Some(1);
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "100");
    assert_eq!(bench.offer(2.0, 3, "100"), ["3 refused 486/17 queue-full", "CDR 3 BUSY queue-full"]);
    assert_eq!(bench.pbx.circuits_in_use(), 2);
}

#[test]
fn a_queue_that_answers_on_entry_connects_without_a_second_answer() {
    let mut config = centre(1);
    config.queues[0].answer = QueueAnswer::OnEntry;
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "100");
    assert_eq!(bench.pick_up(4.0, 0, 1), ["1 connected to agent-0", "log 1 CONNECT 4 4"]);
    bench.hang_up(10.0, 1);
    let Some(Action::CallEnded(row)) = bench.actions.last() else { panic!("no row") };
    let at = |seconds| Some(Instant::from_secs_f64(seconds));
    assert_eq!((row.answer, row.connected), (at(0.0), at(4.0)));
}

#[test]
fn an_agent_of_two_queues_takes_the_caller_who_waited_longest() {
    let mut config = centre(1);
    config.queues = vec![queue("sales", &["300"], vec![0]), queue("support", &["320"], vec![0])];
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "300");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "320");
    bench.offer(2.0, 3, "300");
    bench.hang_up(10.0, 1);
    assert_eq!(bench.wait(15.0), ["2 offered to 0"]);
}

#[test]
fn shutting_down_ends_every_call_once_and_admits_no_other() {
    let mut bench = Bench::new(centre(1));
    bench.offer(0.0, 1, "100");
    bench.pick_up(0.0, 0, 1);
    bench.offer(1.0, 2, "100");
    let said = bench.tell(5.0, Input::ShutDown);
    assert!(said.contains(&"1 hung up: ShutDown".to_owned()), "{said:?}");
    assert!(said.contains(&"2 refused 503/41 shut-down".to_owned()), "{said:?}");
    assert_eq!(bench.pbx.circuits_in_use(), 0);
    assert_eq!(bench.offer(6.0, 3, "100")[0], "3 refused 503/41 shut-down");
}

#[test]
fn foreign_events_are_counted_and_ignored() {
    let mut bench = Bench::new(centre(1));
    assert_eq!(bench.hang_up(0.0, 99), [""; 0]);
    assert_eq!(bench.pick_up(0.0, 7, 99), [""; 0]);
    bench.offer(1.0, 1, "100");
    assert_eq!(bench.offer(1.0, 1, "100"), [""; 0], "a number that is taken");
    assert_eq!(bench.pbx.unknown_inputs(), 3);
}

/// An hour's patience of a thousand served callers would otherwise stay in the heap for an hour.
#[test]
fn stale_deadlines_do_not_pile_up() {
    let mut config = centre(1);
    config.agents[0].wrap_up = constant(0.0);
    config.queues[0].max_wait = Some(Duration::from_hours(1));
    let mut bench = Bench::new(config);
    for call in 0..1_000_u32 {
        let at = f64::from(call);
        bench.offer(at, u64::from(call), "100");
        bench.pick_up(at, 0, u64::from(call));
        bench.hang_up(at + 0.5, u64::from(call));
    }
    assert!(bench.pbx.timers.len() < 100, "{}", bench.pbx.timers.len());
}
