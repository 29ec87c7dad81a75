//! Many callers and a PBX, or a scripted peer, joined by a simulated network, in virtual time.
//!
//! Every message is noted as its sender sends it, so that a test reads like a ladder: `→` goes to the PBX, `←` to
//! the callers; a response is named by its status and the method it answers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::books::Reconciler;
use crate::endpoint::caller;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::StopReason;
use crate::endpoint::caller::Target;
use crate::endpoint::dtmf::Dtmf;
use crate::endpoint::pbx;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::PhoneConfig;
use crate::endpoint::staffed::StaffedPbx;
use crate::network;
use crate::network::Delivery;
use crate::network::Network;
use crate::outcome::CallRecord;
use crate::outcome::MediaReport;
use crate::outcome::Observation;
use crate::outcome::classify::Classifier;
use crate::outcome::note::Noted;
use crate::pbx::Config;
use crate::pbx::books::CdrRow;
use crate::pbx::books::QueueEvent;
use crate::pbx::menu::MenuEvent;
use crate::random::Distribution;
use crate::random::Seed;
use crate::sip::hop::Hop;
use crate::sip::hop::Transport;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Start;
use crate::sip::transaction::Timers;
use crate::time::{Duration, Instant, TimeScale};
use crate::traffic::CallPlan;
use crate::traffic::callbacks::CallbackHabit;
use crate::traffic::callers::{CallerClass, Credentials, Numbers, Redial, Repeat};
use crate::traffic::habits::Habits;

pub(in crate::endpoint) const CALLERS: &str = "127.0.0.1:5070";
pub(in crate::endpoint) const PBX: &str = "127.0.0.1:5060";

pub(in crate::endpoint) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(in crate::endpoint) fn at(seconds: f64) -> Instant {
    Instant::from_secs_f64(seconds)
}

pub(in crate::endpoint) const fn constant(seconds: f64) -> Distribution {
    Distribution::Constant { seconds }
}

/// One attempt at `start_s` to number `to`.
pub(in crate::endpoint) fn plan(
    index: u32,
    start_s: f64,
    to: &str,
    talk_s: f64,
    patience_s: Option<f64>,
) -> CallPlan {
    CallPlan {
        index: index.into(),
        attempt: 0,
        intended_start: at(start_s),
        class: 0,
        from: format!("79{index:09}").into(),
        to: to.into(),
        talk: Duration::from_secs_f64(talk_s),
        patience: patience_s.map(Duration::from_secs_f64),
        repeats: 0,
        called_back: false,
        intent: None,
    }
}

/// What answers in place of a PBX: gets each datagram, and says what to send and when.
pub(in crate::endpoint) type Peer = Box<dyn FnMut(&Message<'_>) -> Vec<(Duration, Vec<u8>)>>;

/// What a wire is made of.
pub(in crate::endpoint) struct Setup {
    pub config: Config,
    pub network: network::Config,
    pub seed: Seed,
    pub scale: TimeScale,
    pub redial: Redial,
    pub patience: Option<Distribution>,
    pub habits: Option<Arc<Habits>>,
    pub callback: CallbackHabit,
    /// Instead of the one class that the settings above describe.
    pub classes: Vec<CallerClass>,
    pub dtmf: Dtmf,
    pub auth: Option<Credentials>,
    pub media: bool,
    pub transactions: usize,
    pub pbx_transactions: usize,
    pub pbx_capacity: usize,
    pub run_tag: &'static str,
    pub phones: PhoneConfig,
    /// Over TCP nothing is lost or overtaken, whatever the network's delay.
    pub transport: Transport,
}

impl Default for Setup {
    /// A PBX that answers at once, a millisecond away.
    fn default() -> Self {
        Self {
            config: Config::default(),
            network: network::Config { delay: constant(0.001), ..network::Config::default() },
            seed: Seed(1),
            scale: TimeScale::REAL,
            redial: Redial::NEVER,
            patience: None,
            habits: None,
            callback: CallbackHabit::default(),
            classes: Vec::new(),
            dtmf: Dtmf::InfoRelay,
            auth: None,
            media: false,
            transactions: 20_000,
            pbx_transactions: 20_000,
            pbx_capacity: 10_000,
            run_tag: "t",
            phones: PhoneConfig::default(),
            transport: Transport::Udp,
        }
    }
}

impl Setup {
    pub fn of(config: Config) -> Self {
        Self { config, ..Self::default() }
    }

    pub fn callers(&self) -> Callers {
        Callers::new(caller::Settings {
            advertised: address(CALLERS),
            target: Target {
                user: None,
                host: PBX.to_owned(),
                address: address(PBX),
                transport: self.transport,
            },
            scale: self.scale,
            timers: Timers::default(),
            transactions: self.transactions,
            run_tag: self.run_tag.into(),
            seed: self.seed,
            classes: if self.classes.is_empty() {
                [self.class()].into()
            } else {
                self.classes.clone().into()
            },
            ring_timeout: None,
            warm_up_end: Instant::ZERO,
            media: self.media.then_some(8),
            dtmf: self.dtmf,
            classifier: Classifier::default(),
            calls_back: self.config.calls_back() || self.classes.iter().any(|class| class.callback.on_web),
            names_classes: self.config.tells_callers_apart(),
        })
    }

    pub fn class(&self) -> CallerClass {
        CallerClass {
            name: "customer".into(),
            share: 1.0,
            to: Numbers::Template("100".into()),
            from: Numbers::Template("79{number}".into()),
            talk: constant(30.0),
            patience: self.patience.clone(),
            redial: self.redial.clone(),
            repeat: Repeat::NEVER,
            value: None,
            habits: self.habits.clone(),
            callback: self.callback.clone(),
            auth: self.auth.clone(),
            priority: 0,
            language: None,
            skill: None,
        }
    }

    pub fn pbx(&self) -> PbxEndpoint {
        let settings = pbx::Settings {
            advertised: address(PBX),
            scale: self.scale,
            timers: Timers::default(),
            transactions: self.pbx_transactions,
            capacity: self.pbx_capacity,
            run_tag: self.run_tag.into(),
            media: self.media,
            media_on_demand: false,
            phones: self.phones.clone(),
            secret: [7; 32],
        };
        PbxEndpoint::new(settings, StaffedPbx::new(self.config.clone(), self.seed).with_phones())
    }

    pub fn wire(self) -> VirtualWire {
        VirtualWire::new(&self, None)
    }

    /// Callers against a scripted peer.
    pub fn against(self, peer: Peer) -> VirtualWire {
        VirtualWire::new(&self, Some(peer))
    }
}

/// The wire and everything that went over it.
pub(in crate::endpoint) struct VirtualWire {
    pub callers: Callers,
    pub pbx: PbxEndpoint,
    peer: Option<Peer>,
    /// What the peer will send, and when.
    peer_sends: BTreeMap<(Instant, usize), Vec<u8>>,
    peer_sequence: usize,
    network: Network,
    pub now: Instant,
    scale: TimeScale,
    /// Attempts to come, by intended start in people's time.
    due: BTreeMap<(Instant, u64, u32), CallPlan>,
    /// Messages still to be lost, by their name in the ladder.
    losses: Vec<String>,
    /// Name and text of every message, in the order of sending, with the Call-ID.
    pub sent: Vec<Sent>,
    pub started: Vec<(u64, u32)>,
    pub records: Vec<CallRecord>,
    pub cdr: Vec<CdrRow>,
    pub queue_log: Vec<QueueEvent>,
    pub menu_log: Vec<MenuEvent>,
    pub notes: Vec<Noted>,
    pub in_use: i64,
    pub peak: i64,
    media: bool,
    transport: Transport,
    pub ports: Ports,
}

/// A message as it was sent.
pub(in crate::endpoint) struct Sent {
    pub name: String,
    pub to_pbx: bool,
    pub bytes: Vec<u8>,
}

/// The RTP ports that drivers would have open.
#[derive(Debug, Default)]
pub(in crate::endpoint) struct Ports {
    next: u16,
    pub callers: BTreeSet<u16>,
    pub pbx: BTreeSet<u16>,
    /// Ports between which RTP flows.
    pub flowing: BTreeSet<u16>,
}

impl Ports {
    fn open(&mut self) -> u16 {
        self.next += 1;
        10_000 + self.next
    }
}

impl VirtualWire {
    fn new(setup: &Setup, peer: Option<Peer>) -> Self {
        Self {
            callers: setup.callers(),
            pbx: setup.pbx(),
            peer,
            peer_sends: BTreeMap::new(),
            peer_sequence: 0,
            network: Network::new(setup.network.clone(), setup.seed),
            now: Instant::ZERO,
            scale: setup.scale,
            due: BTreeMap::new(),
            losses: Vec::new(),
            sent: Vec::new(),
            started: Vec::new(),
            records: Vec::new(),
            cdr: Vec::new(),
            queue_log: Vec::new(),
            menu_log: Vec::new(),
            notes: Vec::new(),
            in_use: 0,
            peak: 0,
            media: setup.media,
            transport: setup.transport,
            ports: Ports::default(),
        }
    }

    pub fn call(&mut self, plan: CallPlan) {
        self.due.insert((plan.intended_start, plan.index, plan.attempt), plan);
    }

    /// The next `times` messages of this name are lost: `← 200 INVITE`.
    pub fn lose(&mut self, name: &str, times: usize) {
        self.losses.extend(std::iter::repeat_n(name.to_owned(), times));
    }

    /// Lets everything happen until `until`, wall time.
    pub fn run_to(&mut self, until: Instant) {
        let mut steps_at_one_instant = 0;
        while let Some(next) = self.next_event().filter(|next| *next <= until) {
            assert!(next >= self.now, "a deadline lies in the past: {next} at {}", self.now);
            steps_at_one_instant = if next == self.now { steps_at_one_instant + 1 } else { 0 };
            assert!(steps_at_one_instant < 100_000, "time stands still at {next}");
            self.now = next;
            self.step();
        }
        if until < Instant::FAR_FUTURE {
            self.now = until;
        }
    }

    /// Lets everything happen until nothing is left to happen.
    pub fn run(&mut self) {
        self.run_to(Instant::FAR_FUTURE);
    }

    fn next_event(&self) -> Option<Instant> {
        let due = self.due.keys().next().map(|(at, ..)| self.scale.wall_reaching(*at));
        let peer = self.peer_sends.keys().next().map(|(at, _)| *at);
        let pbx = self.pbx.next_deadline().filter(|_| self.peer.is_none());
        let deadlines = [self.network.next_deadline(), self.callers.next_deadline(), pbx, due, peer];
        deadlines.into_iter().flatten().map(|at| at.max(self.now)).min()
    }

    fn step(&mut self) {
        let mut deliveries = Vec::new();
        self.network.deliver(self.now, &mut deliveries);
        for delivery in deliveries {
            self.deliver(&delivery);
        }
        if self.callers.next_deadline().is_some_and(|at| at <= self.now) {
            self.tell_callers(caller::Input::DeadlineReached);
        }
        if self.pbx.next_deadline().is_some_and(|at| at <= self.now) {
            self.tell_pbx(pbx::Input::DeadlineReached);
        }
        while let Some(entry) = self.peer_sends.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let bytes = entry.remove();
            self.send(false, &bytes);
        }
        while let Some(entry) = self.due.first_entry() {
            if self.scale.wall_reaching(entry.key().0) > self.now {
                break;
            }
            let plan = entry.remove();
            self.start(plan);
        }
    }

    fn start(&mut self, plan: CallPlan) {
        if self.callers.asks_on_web(&plan) {
            return self.tell_callers(caller::Input::Ask(plan));
        }
        self.started.push((plan.index, plan.attempt));
        let media_port = self.media.then(|| self.ports.open());
        self.ports.callers.extend(media_port);
        self.tell_callers(caller::Input::Start { plan, media_port });
    }

    fn deliver(&mut self, delivery: &Delivery) {
        let source = Hop { address: delivery.source, transport: self.transport };
        let bytes = &*delivery.bytes;
        if delivery.destination == address(CALLERS) {
            self.tell_callers(caller::Input::Datagram { source, bytes });
        } else if let Some(peer) = &mut self.peer {
            let Ok(message) = Message::scan(bytes) else { return };
            for (after, bytes) in peer(&message) {
                self.peer_sequence += 1;
                self.peer_sends.insert((self.now + after, self.peer_sequence), bytes);
            }
        } else if delivery.destination == address(PBX) {
            self.tell_pbx(pbx::Input::Datagram { source, bytes });
        }
    }

    pub fn tell_callers(&mut self, input: caller::Input<'_>) {
        let mut actions = Vec::new();
        self.callers.handle(self.now, input, &mut actions);
        for action in actions {
            match action {
                caller::Action::Transmit { bytes, .. } => self.send(true, &bytes),
                caller::Action::Observed(observation) => self.observe(observation),
                caller::Action::CalledBack { index, attempt } => self.started.push((index, attempt)),
                caller::Action::Redial(plan) => self.call(plan),
                caller::Action::StartMedia { port, .. } => {
                    assert!(self.ports.callers.contains(&port) && self.ports.flowing.insert(port));
                }
                caller::Action::SendKey { .. } => unreachable!("keys travel in INFO here"),
                caller::Action::StopMedia { port } => {
                    assert!(self.ports.callers.remove(&port), "port {port} was stopped twice");
                    self.ports.flowing.remove(&port);
                    let report = MediaReport { packets_sent: 1, ..MediaReport::default() };
                    self.tell_callers(caller::Input::MediaReport { port, report });
                }
            }
        }
    }

    pub fn tell_pbx(&mut self, input: pbx::Input<'_>) {
        for _ in 0..self.pbx.ports_wanted() {
            let port = self.ports.open();
            self.ports.pbx.insert(port);
            self.pbx.handle(self.now, pbx::Input::MediaPort(port), &mut Vec::new());
        }
        let mut actions = Vec::new();
        self.pbx.handle(self.now, input, &mut actions);
        for action in actions {
            match action {
                pbx::Action::Transmit { bytes, .. } => self.send(false, &bytes),
                pbx::Action::Book(BookEntry::Call(row)) => self.cdr.push(*row),
                pbx::Action::Book(BookEntry::Queue(event)) => self.queue_log.push(event),
                pbx::Action::Book(BookEntry::Menu(event)) => self.menu_log.push(event),
                pbx::Action::Book(BookEntry::Noted(noted)) => self.notes.push(*noted),
                pbx::Action::Book(BookEntry::Triggered(_)) | pbx::Action::AskRoute { .. } => {
                    unreachable!("no scenario on the virtual wire has an outside system")
                }
                pbx::Action::StartMedia { port, .. } => {
                    assert!(self.ports.pbx.contains(&port) && self.ports.flowing.insert(port));
                }
                pbx::Action::StopMedia { port } => {
                    assert!(self.ports.pbx.remove(&port), "port {port} was stopped twice");
                    self.ports.flowing.remove(&port);
                }
            }
        }
    }

    fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Seized { .. } => self.in_use += 1,
            Observation::Released { .. } => self.in_use -= 1,
            Observation::Ended(record) => self.records.push(*record),
        }
        assert!(self.in_use >= 0, "a circuit was released twice");
        self.peak = self.peak.max(self.in_use);
    }

    fn send(&mut self, to_pbx: bool, bytes: &[u8]) {
        let name = name(to_pbx, bytes);
        let lost = self.losses.iter().position(|lost| *lost == name);
        let mark = if lost.is_some() { " ×" } else { "" };
        self.sent.push(Sent { name: format!("{name}{mark}"), to_pbx, bytes: bytes.to_vec() });
        if let Some(lost) = lost {
            self.losses.remove(lost);
            return;
        }
        let (source, destination) = if to_pbx { (CALLERS, PBX) } else { (PBX, CALLERS) };
        self.network.send(self.now, address(source), address(destination), bytes);
    }

    /// Everything sent so far, lost messages marked with `×`.
    pub fn ladder(&self) -> Vec<&str> {
        self.sent.iter().map(|sent| &*sent.name).collect()
    }

    /// How often a message of this name was sent, lost or not.
    pub fn count(&self, name: &str) -> usize {
        self.sent.iter().filter(|sent| sent.name.trim_end_matches(" ×") == name).count()
    }

    /// The text of the first message of this name.
    pub fn text(&self, name: &str) -> String {
        let found = self.sent.iter().find(|sent| sent.name == name);
        String::from_utf8(found.expect("such a message was sent").bytes.clone()).unwrap()
    }

    /// The only record.
    pub fn record(&self) -> &CallRecord {
        let [record] = self.records.as_slice() else { panic!("{} records", self.records.len()) };
        record
    }

    /// The only row of the CDR.
    pub fn row(&self) -> &CdrRow {
        let [row] = self.cdr.as_slice() else { panic!("{} rows", self.cdr.len()) };
        row
    }

    /// The same, where mail and chats never end: until every call has, to a second.
    pub fn run_calls(&mut self) {
        while !self.due.is_empty() || self.callers.in_progress() > 0 {
            self.run_to(self.now + Duration::from_secs(1));
        }
        self.tell_pbx(pbx::Input::ShutDown);
        self.run();
    }

    pub fn stop(&mut self, reason: StopReason) {
        self.due.clear();
        self.tell_callers(caller::Input::Stop(reason));
    }

    /// Every attempt ended once, nobody holds anything, the books agree.
    pub fn assert_settled(&self) {
        self.assert_callers_settled();
        assert_eq!(self.pbx.calls_in_progress(), 0, "the PBX still holds calls");
        assert_eq!(self.pbx.circuits_in_use(), 0, "the PBX still holds circuits");
        assert_eq!(self.pbx.transactions(), 0, "the PBX still holds transactions");
        let names: BTreeSet<&str> = self.cdr.iter().map(|row| &*row.name).collect();
        assert_eq!(names.len(), self.cdr.len(), "a call has several rows");
        assert_eq!(self.pbx.ports_wanted() + self.ports.pbx.len(), 32 * usize::from(self.media));
    }

    pub fn assert_callers_settled(&self) {
        assert_eq!(self.callers.in_progress(), 0, "callers are still on the phone");
        assert_eq!(self.callers.transactions(), 0, "callers still hold transactions");
        assert_eq!(self.in_use, 0, "circuits were seized and not released");
        assert!(self.ports.callers.is_empty() && self.ports.flowing.is_empty(), "{:?}", self.ports);
        let mut started = self.started.clone();
        let mut ended: Vec<_> = self.records.iter().map(|record| (record.index, record.attempt)).collect();
        started.sort_unstable();
        ended.sort_unstable();
        assert_eq!(started, ended, "every attempt ends exactly once");
    }

    /// What the three books say against each other.
    pub fn differences(&self, has_queues: bool) -> Vec<String> {
        let mut reconciler = Reconciler::new(has_queues);
        self.queue_log.iter().for_each(|event| reconciler.queue_event(event));
        self.cdr.iter().for_each(|row| reconciler.cdr(row));
        self.records.iter().for_each(|record| reconciler.generator(record));
        reconciler.finish().differences
    }
}

/// `→ INVITE`, `← 200 INVITE`.
pub(in crate::endpoint) fn name(to_pbx: bool, bytes: &[u8]) -> String {
    let arrow = if to_pbx { '→' } else { '←' };
    let Ok(message) = Message::scan(bytes) else { return format!("{arrow} ?") };
    match message.start {
        Start::Status { code, .. } => format!("{arrow} {code} {}", message.cseq.method.name()),
        Start::Request { .. } => format!("{arrow} {}", message.method().name()),
    }
}

/// True for the request of a transaction that a peer must answer.
pub(in crate::endpoint) fn is_request(message: &Message<'_>, method: Method) -> bool {
    message.is_request() && message.method() == method
}
