//! One worker of the generator: a socket, a share of the plan, a thread.
//!
//! Calls start at their intended instants whether or not earlier ones have been answered (the open model);
//! what could not be started is counted, never dropped in silence.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use tokio::sync::mpsc;

use crate::endpoint::caller::Action;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Input;
use crate::endpoint::caller::StopReason;
use crate::endpoint::ladder::Ladders;
use crate::live::alarm::Alarm;
use crate::live::clock::Clock;
use crate::live::media::Media;
use crate::live::media::next_event;
use crate::live::pace::Pace;
use crate::live::play::Play;
use crate::live::rtp_sockets::Event;
use crate::live::streams::Heard;
use crate::live::wire::Bound;
use crate::live::wire::Connections;
use crate::live::wire::Wire;
use crate::live::wire::Witness;
use crate::outcome::Observation;
use crate::sip::hop::Hop;
use crate::time::Duration;
use crate::time::Instant;
use crate::time::TimeScale;
use crate::traffic::CallPlan;

/// What the conductor tells a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Faster,
    Slower,
    PauseOrResume,
    /// No new calls; those in progress go on to their own end.
    Drain,
    /// No new calls, and end every call now.
    Stop(StopReason),
    /// At that instant, people's time, nobody was left for the bundled PBX to call back.
    NobodyCallsBack {
        since: Instant,
    },
    /// After a stop: wait for nobody any longer.
    Forget,
}

/// What a worker tells the conductor, in batches.
#[derive(Debug)]
pub enum Message {
    Observed(Vec<Observation>),
    /// Every call has ended; the last message.
    Finished(Box<WorkerReport>),
}

/// What one worker did.
#[derive(Debug, Default)]
pub struct WorkerReport {
    pub scheduled: u64,
    pub started: u64,
    /// The ceiling on calls in progress stood in the way, or no local port was left.
    pub not_started: u64,
    /// Started over 50 ms behind the intended start.
    pub late: u64,
    /// Actual starts of first attempts in seconds of people's time, in order; at most [`MOST_STARTS`].
    pub starts_s: Vec<f64>,
    pub pace_changed: bool,
    /// SIP ladders of the first failed call of each cause.
    pub ladders: Ladders,
    /// RTP packets sent, and those that should have been and were not: our own fault.
    pub rtp_sent: u64,
    pub rtp_skipped: u64,
    /// What went wrong with the worker's own sockets, if anything.
    pub fault: Option<String>,
}

/// Starts kept for the statistics of arrivals.
pub const MOST_STARTS: usize = 1_000_000;

/// Behind this, an attempt is called late.
pub const LATE: Duration = Duration::from_millis(50);

/// Later than this, an attempt is no longer the traffic that was planned: it is not started, and counted.
const TOO_LATE: Duration = Duration::from_secs(1);
/// Callers who were promised a call wait for it this long at most, people's time.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 86_400);
/// Attempts started, and datagrams read, before the other gets its turn.
const TURN: usize = 64;

/// How a worker works. Durations are wall time unless they say otherwise.
pub struct Settings {
    pub clock: Clock,
    pub scale: TimeScale,
    /// Attempts at once, of this worker.
    pub max_concurrent: usize,
    /// Calls still unanswered this long after the end of the traffic are stopped; `None` waits for ever.
    pub drain: Option<Duration>,
    /// End of the traffic in people's time: no redial starts later than the drain after it.
    pub traffic_end: Instant,
    /// Wall time given to CANCEL and BYE after a stop.
    pub shutdown_timeout: Duration,
    pub witness: Witness,
    /// Where RTP flows; without it calls are silent.
    pub media: Option<Media>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("max_concurrent", &self.max_concurrent).finish_non_exhaustive()
    }
}

/// A redial in its place in the order of time.
#[derive(Debug, PartialEq)]
struct Due(CallPlan);

impl Eq for Due {}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |due: &Self| (due.0.intended_start, due.0.index, due.0.attempt);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// One worker at work.
pub struct Worker {
    settings: Settings,
    callers: Callers,
    wire: Wire,
    play: Play,
    redials: BinaryHeap<Reverse<Due>>,
    pace: Pace,
    report: WorkerReport,
    /// No new calls.
    draining: bool,
    /// Whoever had been promised a call by then, people's time, has had it, or never will.
    nobody_calls_back_since: Instant,
    /// Set by a stop: when to give up what is left.
    give_up_at: Option<Instant>,
    actions: Vec<Action>,
    observed: Vec<Observation>,
    messages: mpsc::UnboundedSender<Message>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("report", &self.report).finish_non_exhaustive()
    }
}

/// Runs one worker until every call has ended. Blocks: give it a thread of its own.
///
/// # Errors
/// If the runtime, the timer or the socket cannot be had.
pub fn run(
    settings: Settings,
    callers: Callers,
    socket: Bound,
    play: Play,
    commands: mpsc::UnboundedReceiver<Command>,
    messages: mpsc::UnboundedSender<Message>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let alarm = Alarm::new(settings.clock)?;
        let (wire, connections) = Wire::new(socket, settings.witness.clone())?;
        let worker = Worker {
            settings,
            callers,
            wire,
            play,
            redials: BinaryHeap::new(),
            pace: Pace::default(),
            report: WorkerReport::default(),
            draining: false,
            nobody_calls_back_since: Instant::ZERO,
            give_up_at: None,
            actions: Vec::new(),
            observed: Vec::new(),
            messages,
        };
        worker.drive(alarm, connections, commands).await
    })
}

impl Worker {
    async fn drive(
        mut self,
        mut alarm: Alarm,
        mut connections: Connections,
        mut commands: mpsc::UnboundedReceiver<Command>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; crate::live::wire::DATAGRAM];
        loop {
            let now = self.settings.clock.now();
            self.start_due(now);
            self.open_ports(now);
            self.read_datagrams(&mut buffer);
            self.reach_deadlines();
            self.wire.flush();
            self.tell();
            if self.is_finished() {
                break;
            }
            let wake = self.next_wake();
            tokio::select! {
                biased;
                ready = self.wire.ready() => ready?,
                event = connections.next() => {
                    let now = self.settings.clock.now();
                    if let Some(heard) = self.wire.heed(now, event) {
                        self.hear(now, &heard);
                    }
                }
                rung = alarm.wait_until(wake) => rung?,
                event = next_event(&mut self.settings.media) => self.media_event(event),
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    // The conductor is gone: nobody is left to report to.
                    None => self.obey(Command::Stop(StopReason::Interrupted)),
                },
            }
        }
        self.report.ladders = self.callers.take_ladders();
        self.report.pace_changed = self.pace.changed();
        if let Some(media) = self.settings.media.take() {
            let totals = media.sockets.finish();
            self.report.rtp_sent = totals.sent;
            self.report.rtp_skipped = totals.skipped;
        }
        self.wire.finish(self.settings.shutdown_timeout).await;
        let asked_in_vain = self.callers.counters().asked_in_vain;
        if asked_in_vain > 0 {
            self.report.fault =
                Some(format!("{asked_in_vain} requests from web pages were not taken by the PBX"));
        }
        if self.wire.unsent > 0 {
            self.report.fault = Some(format!("{} datagrams could not be sent", self.wire.unsent));
        }
        let finished = Message::Finished(Box::new(std::mem::take(&mut self.report)));
        // A conductor that has gone away needs no report.
        let _ = self.messages.send(finished);
        Ok(())
    }

    fn hear(&mut self, now: Instant, heard: &Heard) {
        let input = match heard {
            Heard::Message { peer, bytes } => Input::Datagram { source: Hop::tcp(*peer), bytes },
            Heard::Gone(peer) => Input::Unreachable(Hop::tcp(*peer)),
        };
        self.callers.handle(now, input, &mut self.actions);
        self.carry_out(now);
    }

    /// The wall instant at which the next attempt is due, and whether it is a redial.
    fn next_due(&mut self) -> Option<(Instant, bool)> {
        if self.draining {
            return None;
        }
        let first = self.play.peek_start().and_then(|start| self.pace.actual(start));
        let redial = self.redials.peek().map(|Reverse(due)| due.0.intended_start);
        let (at, is_redial) = match (first, redial) {
            (Some(first), Some(redial)) if redial < first => (redial, true),
            (Some(first), _) => (first, false),
            (None, Some(redial)) => (redial, true),
            (None, None) => return None,
        };
        Some((self.settings.scale.wall(at), is_redial))
    }

    fn start_due(&mut self, mut now: Instant) {
        for _ in 0..TURN {
            let Some((due, is_redial)) = self.next_due() else { return };
            if due > now {
                return;
            }
            let plan = self.take(is_redial);
            self.start(now, due, plan);
            now = self.settings.clock.now();
        }
    }

    fn take(&mut self, is_redial: bool) -> CallPlan {
        if is_redial {
            let Reverse(Due(plan)) = self.redials.pop().expect("next_due saw a redial");
            return plan;
        }
        let mut plan = self.play.take().expect("next_due saw a plan");
        plan.intended_start = self.pace.actual(plan.intended_start).expect("next_due saw it due");
        plan
    }

    fn start(&mut self, now: Instant, due: Instant, plan: CallPlan) {
        self.report.scheduled += 1;
        let lateness = now - due;
        let no_room = self.callers.in_progress() >= self.settings.max_concurrent;
        if no_room || lateness > TOO_LATE {
            self.report.not_started += 1;
            return;
        }
        if self.callers.asks_on_web(&plan) {
            // Not an attempt: that is the call which comes of it.
            self.report.scheduled -= 1;
            self.callers.handle(now, Input::Ask(plan), &mut self.actions);
            return self.carry_out(now);
        }
        let media_port = match self.settings.media.as_mut().map(Media::open) {
            Some(Err(error)) => {
                self.report.fault = Some(error.to_string());
                self.report.not_started += 1;
                return;
            }
            Some(Ok(port)) => Some(port),
            None => None,
        };
        if lateness > LATE {
            self.report.late += 1;
        }
        if plan.attempt == 0 && self.report.starts_s.len() < MOST_STARTS {
            self.report.starts_s.push(self.settings.scale.people(now).as_secs_f64());
        }
        self.report.started += 1;
        self.callers.handle(now, Input::Start { plan, media_port }, &mut self.actions);
        self.carry_out(now);
    }

    fn read_datagrams(&mut self, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let now = self.settings.clock.now();
            let Some((length, source)) = self.wire.receive(now, buffer) else { return };
            self.callers.handle(
                now,
                Input::Datagram { source: Hop::udp(source), bytes: &buffer[..length] },
                &mut self.actions,
            );
            self.carry_out(now);
        }
    }

    fn reach_deadlines(&mut self) {
        let now = self.settings.clock.now();
        if self.callers.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.callers.handle(now, Input::DeadlineReached, &mut self.actions);
            self.carry_out(now);
        }
        if self.drain_is_over(now) && self.give_up_at.is_none() {
            self.stop(now, StopReason::DrainOver);
        }
        if self.give_up_at.is_some_and(|at| at <= now) {
            self.callers.handle(now, Input::Forget, &mut self.actions);
            self.carry_out(now);
        }
    }

    /// Keeps ports ready for calls that come in.
    fn open_ports(&mut self, now: Instant) {
        let Some(media) = &mut self.settings.media else { return };
        for _ in 0..self.callers.ports_wanted() {
            let Ok(port) = media.open() else { return };
            self.callers.handle(now, Input::MediaPort(port), &mut self.actions);
        }
    }

    fn media_event(&mut self, event: Event) {
        let now = self.settings.clock.now();
        let input = match event {
            Event::Silent { port } => Input::MediaSilent { port },
            Event::Degraded { port } => Input::MediaDegraded { port },
            // The far side has no menu of ours to walk through.
            Event::Pressed { .. } => return,
            Event::Stopped { port, report } => Input::MediaReport { port, report: report.into() },
        };
        self.callers.handle(now, input, &mut self.actions);
        self.carry_out(now);
    }

    fn drain_end(&self) -> Option<Instant> {
        let drain = self.settings.drain?;
        Some(self.settings.scale.wall(self.settings.traffic_end + drain))
    }

    fn drain_is_over(&self, now: Instant) -> bool {
        self.drain_end().is_some_and(|end| end <= now)
    }

    fn obey(&mut self, command: Command) {
        let now = self.settings.clock.now();
        let people = self.settings.scale.people(now);
        match command {
            Command::Faster => self.pace.faster(people),
            Command::Slower => self.pace.slower(people),
            Command::PauseOrResume => self.pace.pause_or_resume(people),
            Command::Drain => self.draining = true,
            Command::Stop(reason) => self.stop(now, reason),
            Command::NobodyCallsBack { since } => self.nobody_calls_back_since = since,
            Command::Forget => self.give_up_at = Some(now),
        }
    }

    fn stop(&mut self, now: Instant, reason: StopReason) {
        self.draining = true;
        self.give_up_at = Some(now + self.settings.shutdown_timeout);
        self.callers.handle(now, Input::Stop(reason), &mut self.actions);
        self.carry_out(now);
    }

    fn carry_out(&mut self, now: Instant) {
        for action in self.actions.drain(..) {
            match action {
                Action::Transmit { destination, bytes } => self.wire.send(now, destination, bytes),
                Action::Observed(observation) => {
                    if let Observation::Ended(record) = &observation
                        && record.last_attempt
                    {
                        self.play.freed(record.ended.unwrap_or(record.intended_start), record.index);
                    }
                    self.observed.push(observation);
                }
                Action::CalledBack { .. } => {
                    self.report.scheduled += 1;
                    self.report.started += 1;
                }
                Action::Redial(plan) => self.redials.push(Reverse(Due(plan))),
                Action::StartMedia { port, remote, payload_type, events } => {
                    self.settings
                        .media
                        .iter()
                        .for_each(|media| media.start(port, remote, payload_type, events));
                }
                Action::SendKey { port, key } => {
                    self.settings.media.iter().for_each(|media| media.press(port, key));
                }
                Action::StopMedia { port } => {
                    self.settings.media.iter_mut().for_each(|media| media.stop(port));
                }
            }
        }
    }

    fn tell(&mut self) {
        if !self.observed.is_empty() {
            let batch = std::mem::take(&mut self.observed);
            // A conductor that has gone away is noticed through the commands.
            let _ = self.messages.send(Message::Observed(batch));
        }
    }

    fn is_finished(&mut self) -> bool {
        let nothing_due = self.draining || (self.play.peek_start().is_none() && self.redials.is_empty());
        nothing_due
            && self.callers.in_progress() == 0
            && self.end_of_promises().is_none_or(|end| end <= self.settings.clock.now())
    }

    /// Until when callers may still be called back, wall time; `None` if nobody waits for it.
    fn end_of_promises(&self) -> Option<Instant> {
        let since = self.callers.promised_calls_since()?;
        if self.give_up_at.is_some() || since <= self.nobody_calls_back_since {
            return None;
        }
        Some(self.settings.scale.wall(since + LONGEST_WAIT))
    }

    fn next_wake(&mut self) -> Option<Instant> {
        let due = self.next_due().map(|(at, _)| at);
        let drain_end = if self.give_up_at.is_none() { self.drain_end() } else { None };
        let promises = self.end_of_promises().filter(|_| due.is_none());
        [due, self.callers.next_deadline(), self.give_up_at, drain_end, promises].into_iter().flatten().min()
    }
}
