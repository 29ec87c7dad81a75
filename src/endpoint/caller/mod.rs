//! The generator's side: many callers behind one socket, each a user agent client around a
//! [`party::caller::Caller`].
//!
//! It starts the calls that it is given, tells the people what they hear, does what they do, and writes down
//! what happened to each attempt. It neither plans calls nor judges the run.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::Arc;

use slab::Slab;

use crate::endpoint::dtmf::Dtmf;
use crate::endpoint::ladder::Ladders;
use crate::keypad::Key;
use crate::outcome::MediaReport;
use crate::outcome::Observation;
use crate::outcome::classify::Classifier;
use crate::party;
use crate::random::Seed;
use crate::sip::hop::Hop;
use crate::sip::message::Message;
use crate::sip::transaction;
use crate::sip::transaction::Layer;
use crate::sip::transaction::Timers;
use crate::time::Duration;
use crate::time::Instant;
use crate::time::TimeScale;
use crate::traffic::CallPlan;
use crate::traffic::callers::CallerClass;

mod call;
mod callbacks;
mod conclude;
mod dial;
mod hear;
mod keys;
mod web;

use call::Call;
use call::Progress;

pub use crate::sip::hop::Transport;

/// Where the callers stand and whom they call.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What Via, Contact and SDP carry: the address routed to the target, or a public one.
    pub advertised: SocketAddr,
    pub target: Target,
    pub scale: TimeScale,
    pub timers: Timers,
    /// Most transactions held, lingering ones included.
    pub transactions: usize,
    /// Makes Call-IDs, tags and branches unlike those of any other run.
    pub run_tag: Arc<str>,
    pub seed: Seed,
    pub classes: Arc<[CallerClass]>,
    /// Attempts intended before this are warm-up; people's time.
    pub warm_up_end: Instant,
    /// How long the target may say nothing after a provisional response; wall time.
    pub ring_timeout: Option<Duration>,
    /// RTP with this payload type (0 PCMU, 8 PCMA); `None` exchanges SDP only.
    pub media: Option<u8>,
    /// How keys travel.
    pub dtmf: Dtmf,
    pub classifier: Classifier,
    /// INVITEs name the caller's class: the bundled PBX tells callers apart.
    pub names_classes: bool,
    /// The bundled PBX calls callers back.
    pub calls_back: bool,
}

/// Whom the callers call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Dialled instead of the plan's number, if given.
    pub user: Option<String>,
    /// Host and port as the user wrote them: what Request-URI and To carry.
    pub host: String,
    /// Where requests are sent.
    pub address: SocketAddr,
    /// What they are sent over.
    pub transport: Transport,
}

impl Target {
    /// The way to the target.
    #[must_use]
    pub const fn hop(&self) -> Hop {
        Hop { address: self.address, transport: self.transport }
    }
}

/// An event. Wall time, but for plans.
#[derive(Debug)]
pub enum Input<'a> {
    /// A caller dials now. The plan keeps people's time. `media_port`: a local port ready for RTP.
    Start {
        plan: CallPlan,
        media_port: Option<u16>,
    },
    /// A customer asks on a web page to be called; see [`Callers::asks_on_web`].
    Ask(CallPlan),
    Datagram {
        source: Hop,
        bytes: &'a [u8],
    },
    /// The connection to this peer is gone, or could not be made.
    Unreachable(Hop),
    /// A local port ready for RTP, for a call that will come in.
    MediaPort(u16),
    /// The driver has closed the media of a call: what it saw.
    MediaReport {
        port: u16,
        report: MediaReport,
    },
    /// No RTP has come to this port for the media time-out.
    MediaSilent {
        port: u16,
    },
    /// More packets of this port were lost, for longer, than a call can bear.
    MediaDegraded {
        port: u16,
    },
    DeadlineReached,
    /// Every caller hangs up or cancels.
    Stop(StopReason),
    /// The time given to the stop is over: write down what is left.
    Forget,
}

/// Why calls are ended before their time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The drain is over.
    DrainOver,
    /// A gate with `stop` failed.
    Stopped,
    /// Ctrl-C or SIGTERM.
    Interrupted,
}

/// A consequence, for the driver to carry out.
#[derive(Debug)]
pub enum Action {
    Transmit {
        destination: Hop,
        bytes: Arc<[u8]>,
    },
    Observed(Observation),
    /// The caller will dial again at this plan's intended start.
    Redial(CallPlan),
    /// A caller has been called back: an attempt that the far side began.
    CalledBack {
        index: u64,
        attempt: u32,
    },
    /// RTP flows from now on between this local port and the far side.
    StartMedia {
        port: u16,
        remote: SocketAddr,
        payload_type: u8,
        /// The payload type of telephone events, if the far side takes them.
        events: Option<u8>,
    },
    /// A key goes out in the RTP stream of this port.
    SendKey {
        port: u16,
        key: Key,
    },
    /// RTP ends; answer with `Input::MediaReport`.
    StopMedia {
        port: u16,
    },
}

/// What led nowhere, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests outside every call.
    pub stray_requests: u64,
    /// Requests from web pages that the target did not take.
    pub asked_in_vain: u64,
}

/// A message that has come.
#[derive(Clone, Copy)]
struct Received<'a> {
    source: Hop,
    message: &'a Message<'a>,
    bytes: &'a [u8],
}

/// What a client transaction was for; in the low bits of the layer's user number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Invite,
    Cancel,
    Bye,
    Info,
    Refer,
}

/// Ladders kept in memory at once.
const LADDERS: usize = 4096;

/// Many callers behind one socket.
#[derive(Debug)]
pub struct Callers {
    settings: Settings,
    /// Texts that every message repeats.
    texts: dial::Texts,
    layer: Layer,
    calls: Slab<Call>,
    /// When to look at which caller: (wall, key, serial of the call), with stale entries left in.
    deadlines: BinaryHeap<Reverse<(Instant, usize, u64)>>,
    next_serial: u64,
    ladders: Ladders,
    counters: Counters,
    stopping: Option<StopReason>,
    /// Who is to be called back, by the Call-ID of the call that asked for it.
    messages: BTreeMap<Arc<str>, callbacks::Waiting>,
    /// Requests from web pages that nothing has answered yet, by their serials.
    asking: BTreeMap<u64, Arc<str>>,
    /// When the last of them was promised it, people's time.
    last_promise: Instant,
    /// Phones that ring, by the Call-ID of the INVITE.
    phones: BTreeMap<Box<[u8]>, callbacks::Phone>,
    ports: Vec<u16>,
    layer_actions: Vec<transaction::Action>,
    spare_actions: Vec<transaction::Action>,
    /// What the layer itself has just sent in answer to a message: the ACK of a refusal.
    sent_by_layer: Vec<Arc<[u8]>>,
}

impl Callers {
    /// Callers who have not dialled yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let layer = Layer::new(settings.timers, settings.transactions);
        Self {
            texts: dial::Texts::new(&settings),
            settings,
            layer,
            calls: Slab::new(),
            deadlines: BinaryHeap::new(),
            next_serial: 0,
            ladders: Ladders::new(LADDERS),
            counters: Counters::default(),
            stopping: None,
            messages: BTreeMap::new(),
            asking: BTreeMap::new(),
            last_promise: Instant::ZERO,
            phones: BTreeMap::new(),
            ports: Vec::new(),
            layer_actions: Vec::new(),
            spare_actions: Vec::new(),
            sent_by_layer: Vec::new(),
        }
    }

    /// Applies one event at `now`, wall time, and appends its consequences to `out`.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Action>) {
        match input {
            Input::Start { plan, media_port } => self.dial(now, plan, media_port, out),
            Input::Ask(plan) => self.ask_on_web(now, plan, out),
            Input::Datagram { source, bytes } => self.receive(now, source, bytes, out),
            Input::Unreachable(hop) => self.unreachable(now, hop, out),
            Input::MediaPort(port) => self.ports.push(port),
            Input::MediaReport { port, report } => self.media_reported(now, port, report, out),
            Input::MediaSilent { port } => self.media_silent(now, port, out),
            Input::MediaDegraded { port } => self.media_degraded(now, port, out),
            Input::DeadlineReached => self.deadline_reached(now, out),
            Input::Stop(reason) => self.stop(now, reason, out),
            Input::Forget => self.forget(now, out),
        }
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let people = self.deadlines.peek().map(|Reverse((at, ..))| *at);
        [self.layer.next_deadline(), people, self.next_pick_up()].into_iter().flatten().min()
    }

    /// Attempts whose end has not been written down, and requests that have not been answered.
    #[must_use]
    pub fn in_progress(&self) -> usize {
        self.calls.len() + self.asking.len()
    }

    /// SIP transactions at present, lingering ones included.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.layer.len()
    }

    /// What led nowhere.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// The ladders of the first failed call of each cause; leaves none behind.
    pub fn take_ladders(&mut self) -> Ladders {
        std::mem::replace(&mut self.ladders, Ladders::new(0))
    }

    fn receive(&mut self, now: Instant, source: Hop, bytes: &[u8], out: &mut Vec<Action>) {
        let message = match Message::scan(bytes) {
            Ok(message) => message,
            Err(why) => return self.layer.count_malformed(why),
        };
        let mut actions = std::mem::take(&mut self.layer_actions);
        self.layer.receive(now, source, &message, &mut actions);
        for action in actions.drain(..) {
            self.obey_layer(now, Some(Received { source, message: &message, bytes }), action, out);
        }
        self.sent_by_layer.clear();
        self.layer_actions = actions;
    }

    fn unreachable(&mut self, now: Instant, hop: Hop, out: &mut Vec<Action>) {
        let mut actions = Vec::new();
        self.layer.unreachable(hop, &mut actions);
        for action in actions {
            self.obey_layer(now, None, action, out);
        }
    }

    fn deadline_reached(&mut self, now: Instant, out: &mut Vec<Action>) {
        let mut actions = std::mem::take(&mut self.layer_actions);
        self.layer.deadline_reached(now, &mut actions);
        for action in actions.drain(..) {
            self.obey_layer(now, None, action, out);
        }
        self.layer_actions = actions;
        self.pick_up_phones(now, out);
        while let Some(&Reverse((at, key, serial))) = self.deadlines.peek() {
            if at > now {
                break;
            }
            self.deadlines.pop();
            if self.calls.get(key).is_some_and(|call| call.serial == serial) {
                self.check_ringing(now, key, out);
            }
            if self.calls.get(key).is_some_and(|call| call.serial == serial) {
                self.tell(now, key, party::caller::Input::DeadlineReached, out);
            }
        }
    }

    fn obey_layer(
        &mut self,
        now: Instant,
        received: Option<Received<'_>>,
        action: transaction::Action,
        out: &mut Vec<Action>,
    ) {
        match (action, received) {
            (transaction::Action::Transmit { destination, bytes }, received) => {
                if received.is_some() {
                    self.sent_by_layer.push(Arc::clone(&bytes));
                }
                out.push(Action::Transmit { destination, bytes });
            }
            (transaction::Action::Response { user, .. }, Some(received)) => {
                self.response(now, user, &received, out);
            }
            (transaction::Action::Cancelled { invite, .. }, _) => self.stops_ringing(now, invite, out),
            (transaction::Action::TimedOut { user, .. }, _) => self.unanswered(now, user, false, out),
            (transaction::Action::Unreachable { user, .. }, _) => self.unanswered(now, user, true, out),
            (transaction::Action::Request { server }, Some(received)) => {
                self.request(now, &received, server, out);
            }
            (transaction::Action::Ack, Some(received)) => self.refresh_acknowledged(received.message),
            _ => {}
        }
    }

    /// The call that a transaction was for, if it still lives.
    fn live_key(&self, user: u64) -> Option<usize> {
        let key = usize::try_from(user >> ROLE_BITS & ((1 << KEY_BITS) - 1)).ok()?;
        self.calls.get(key).filter(|call| call.serial == Role::serial(user))?;
        Some(key)
    }

    /// Tells the caller something, and does what the caller then does.
    fn tell(&mut self, now: Instant, key: usize, input: party::caller::Input, out: &mut Vec<Action>) {
        let people = self.settings.scale.people(now);
        let mut deeds = Vec::new();
        self.calls[key].brain.handle(people, input, &mut deeds);
        self.watch(key);
        for deed in deeds {
            match deed {
                party::caller::Action::GiveUp => self.give_up(now, key, out),
                party::caller::Action::HangUp => self.hang_up(now, key, out),
                party::caller::Action::Content => self.leave_content(now, key, out),
                party::caller::Action::Press(pressed) => self.press(now, key, pressed, out),
            }
        }
    }

    /// Puts the call's next deadline, the caller's or that of the ringing, on the list, if it changed.
    fn watch(&mut self, key: usize) {
        let call = &mut self.calls[key];
        let people = call.brain.next_deadline().map(|at| self.settings.scale.wall_reaching(at));
        let ringing = call.ring_limit.filter(|_| call.progress == Progress::Calling);
        let next = people.into_iter().chain(ringing).min();
        if next != call.watched {
            call.watched = next;
            if let Some(at) = next {
                self.deadlines.push(Reverse((at, key, call.serial)));
            }
        }
        if self.deadlines.len() > 2 * self.calls.len() + 64 {
            let calls = &self.calls;
            self.deadlines.retain(|&Reverse((at, key, serial))| {
                calls.get(key).is_some_and(|call| call.serial == serial && call.watched == Some(at))
            });
        }
    }

    fn send(
        &mut self,
        actions: &mut Vec<transaction::Action>,
        key: usize,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        for action in actions.drain(..) {
            if let transaction::Action::Transmit { destination, bytes } = action {
                self.ladders.message(self.calls[key].serial, now, true, &bytes);
                out.push(Action::Transmit { destination, bytes });
            }
        }
    }
}

/// Calls at once that the layer's user numbers can tell apart: 16 million.
const KEY_BITS: u32 = 24;
const ROLE_BITS: u32 = 3;

impl Role {
    /// The layer's user number. The serial is in it since a transaction may outlive its call, and the key by then
    /// be another call's.
    fn user(self, key: usize, serial: u64) -> u64 {
        assert!(key >> KEY_BITS == 0, "the driver's ceiling on calls at once lies far below 2^24");
        (serial << KEY_BITS | key as u64) << ROLE_BITS | self as u64
    }

    const fn serial(user: u64) -> u64 {
        user >> (ROLE_BITS + KEY_BITS)
    }

    fn of(user: u64) -> Option<Self> {
        match user & ((1 << ROLE_BITS) - 1) {
            0 => Some(Self::Invite),
            1 => Some(Self::Cancel),
            2 => Some(Self::Bye),
            3 => Some(Self::Info),
            4 => Some(Self::Refer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::tests::virtual_wire::{Setup, plan};
    use crate::pbx::Config;

    #[test]
    fn deadlines_of_ended_calls_do_not_pile_up() {
        let mut wire = Setup::of(Config { channels: Some(1), ..Config::default() }).wire();
        for index in 0..5_000 {
            wire.call(plan(index, 0.01 * f64::from(index), "100", 2.0, Some(36_000.0)));
        }
        wire.run_to(Instant::from_secs_f64(40.0));
        assert!(wire.callers.deadlines.len() <= 2 * wire.callers.calls.len() + 64);
        wire.run();
        wire.assert_settled();
    }

    #[test]
    fn a_user_number_names_role_key_and_serial() {
        for (role, key, serial) in [
            (Role::Invite, 0, 0),
            (Role::Cancel, 5, 1 << 36),
            (Role::Bye, (1 << 24) - 1, 9),
            (Role::Refer, 0, 7),
        ] {
            let user = role.user(key, serial);
            assert_eq!(Role::of(user), Some(role));
            assert_eq!((user >> ROLE_BITS) & ((1 << KEY_BITS) - 1), key as u64);
            assert_eq!(Role::serial(user), serial);
        }
    }
}
