//! The reference PBX as SIP sees it: one back-to-back user agent for all its callers and phones, around the decision
//! core.
//!
//! INVITEs become calls offered, decisions become responses, and INVITEs to the registered phones of whoever is to be
//! rung. It does not decide anything about calls, and it sends no media itself: it only says when and where media flow.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use slab::Slab;

use crate::endpoint::pbx::handovers::Guest;
use crate::endpoint::pbx::handovers::Handovers;
use crate::endpoint::pbx::legs::Fork;
use crate::endpoint::pbx::legs::Leg;
use crate::endpoint::pbx::legs::Target;
use crate::endpoint::pbx::relayed::Relayed;
use crate::endpoint::pbx::sides::Side;
use crate::endpoint::session::Speech;
use crate::endpoint::staffed::StaffedPbx;
use crate::keypad::Key;
use crate::outcome::note::Noted;
use crate::pbx;
use crate::pbx::AgentId;
use crate::pbx::CallId;
use crate::pbx::Hears;
use crate::pbx::books::CdrRow;
use crate::pbx::books::QueueEvent;
use crate::pbx::menu::MenuEvent;
use crate::pbx::routing::NamedTarget;
use crate::pbx::routing::Question;
use crate::pbx::routing::Triggered;
use crate::sip::dialog::Dialog;
use crate::sip::hop::Hop;
use crate::sip::hop::Transport;
use crate::sip::message::Body;
use crate::sip::message::Echo;
use crate::sip::message::Message;
use crate::sip::transaction;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::Layer;
use crate::sip::transaction::ServerId;
use crate::sip::transaction::Timers;
use crate::time::Duration;
use crate::time::Instant;
use crate::time::TimeScale;

mod bridge;
mod callbacks;
mod decisions;
mod handovers;
mod in_dialog;
mod leg_ends;
mod legs;
mod menus;
mod phones;
mod refer;
mod refused;
mod relayed;
mod replaces;
mod requests;
mod respond;
mod session_timers;
mod sides;
mod sound;
mod web;

pub use callbacks::CALLBACK_HEADER;
pub use decisions::AGENT_HEADER;
pub use decisions::CAUSE_HEADER;
pub use decisions::CLASS_HEADER;
pub use decisions::LIMITER_HEADER;
pub use decisions::QUEUE_HEADER;
pub use menus::MENU_HEADER;
pub use phones::Config as PhoneConfig;
pub use session_timers::SessionTimers;

pub use crate::sip::authentication::Account;
pub use crate::sip::digest::Hash;
pub use crate::sip::registrar::Limits;

/// What a PBX endpoint needs to know about where it stands.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What Contact and SDP carry.
    pub advertised: SocketAddr,
    pub scale: TimeScale,
    pub timers: Timers,
    /// Most transactions held, lingering ones included.
    pub transactions: usize,
    /// Most calls held.
    pub capacity: usize,
    /// Makes tags unlike those of any other run.
    pub run_tag: Arc<str>,
    /// Calls carry RTP.
    pub media: bool,
    /// Calls that can't do without RTP carry it whatever `media` says: those to echo numbers.
    pub media_on_demand: bool,
    pub phones: PhoneConfig,
    /// Makes nonces that strangers can't make.
    pub secret: [u8; 32],
}

/// An event. Wall time.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram has come, or a whole message on a connection.
    Datagram {
        source: Hop,
        bytes: &'a [u8],
    },
    /// The connection to this peer is gone, or could not be made.
    Unreachable(Hop),
    /// A local port at which the driver can receive RTP.
    MediaPort(u16),
    /// No RTP has come to this port for the media time-out.
    MediaSilent {
        port: u16,
    },
    /// A key came in the RTP stream to this port.
    MediaKey {
        port: u16,
        key: Key,
    },
    /// The outside system has said where a call goes; `None` where it failed.
    RouteDecided {
        call: CallId,
        target: Option<NamedTarget>,
    },
    DeadlineReached,
    /// Turn new calls away and hang up what remains.
    ShutDown,
}

/// A consequence, for the driver to carry out.
#[derive(Debug)]
pub enum Action {
    Transmit {
        destination: Hop,
        bytes: Arc<[u8]>,
    },
    /// Ask the outside system where a call goes; wall time.
    AskRoute {
        question: Box<Question>,
        timeout: Duration,
    },
    /// An entry for the books, people's time.
    Book(BookEntry),
    /// RTP flows from now on between this local port and the far side.
    StartMedia {
        port: u16,
        remote: SocketAddr,
        /// Where the far side takes reports (RTCP).
        reports: Option<SocketAddr>,
        payload_type: u8,
        /// The payload type of telephone events, if both sides take them.
        events: Option<u8>,
        sound: Sound,
    },
    /// RTP ends.
    StopMedia {
        port: u16,
    },
}

/// What a caller hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// The generator's tone.
    Tone,
    /// Their own packets.
    Echo,
    /// What comes in at another local port. Where `watched`, this side sends, too, and its silence tells.
    Relay { from: u16, watched: bool },
}

/// An entry in the PBX's own books.
#[derive(Debug, Clone, PartialEq)]
pub enum BookEntry {
    Call(Box<CdrRow>),
    Queue(QueueEvent),
    Menu(MenuEvent),
    Noted(Box<Noted>),
    /// A call set something off.
    Triggered(Box<Triggered>),
}

/// Datagrams that led nowhere, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests refused before they became a call: wrong method, extension, loop, offer.
    pub refused_requests: u64,
    /// Calls turned away because the table was full.
    pub full: u64,
}

/// Ports kept ready for calls to come.
const PORTS_READY: usize = 32;

/// A call as SIP sees it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each one so or not")]
#[expect(clippy::struct_field_names, reason = "Call-ID is RFC 3261's name")]
struct Call {
    id: CallId,
    call_id: Arc<str>,
    /// Our tag: unique, and names the slab's key.
    tag: String,
    /// What our 200 says of the session's timer.
    session: Extra,
    /// What every response to the INVITE repeats.
    echo: Echo,
    /// Where the caller was last heard from.
    hop: Hop,
    /// Who calls: the user part of From.
    from: Arc<str>,
    max_forwards: u8,
    /// Who is connected with the caller, if it is not the PBX.
    peer: Option<Side>,
    /// The caller has transferred the call, and hung up: it goes on between others.
    handed_over: bool,
    /// It is no call of its own: somebody has come into another in the place of somebody else.
    guest: Option<Guest>,
    /// The INVITE that awaits our final response, or its ACK; later a re-INVITE that awaits its ACK.
    server: Option<ServerId>,
    /// Something has been said to the INVITE.
    responded: bool,
    answered: bool,
    /// Our 200 has named the agent.
    agent_named: bool,
    /// What the caller hears next, still to be told.
    untold: Vec<Hears>,
    /// `None` if the caller gave no Contact to send requests to.
    dialog: Option<Dialog>,
    /// The answer to the caller's offer, repeated in every 2xx.
    answer: Vec<u8>,
    media: Option<Media>,
    /// The decision core has closed its books on the call.
    decided: bool,
    farewell: Farewell,
    /// Why the decision core hung up: in our BYE, and in the response to a BYE that crosses it.
    last_words: Extra,
    /// Of a customer's 2xx, sent again whenever that is.
    ack: Option<Arc<[u8]>>,
}

/// How far our BYE has come.
#[derive(Debug)]
enum Farewell {
    None,
    /// It waits for the ACK of our 2xx: a BYE may not overtake it (RFC 3261, 15).
    Waiting(Extra),
    /// Sent and not yet answered.
    UnderWay(ClientId),
}

impl Call {
    const fn has_no_farewell(&self) -> bool {
        matches!(self.farewell, Farewell::None)
    }
}

#[derive(Debug, Clone, Copy)]
struct Media {
    port: u16,
    /// `None` if the caller named a host that is no address.
    remote: Option<SocketAddr>,
    reports: Option<SocketAddr>,
    payload_type: u8,
    sound: Sound,
    flowing: bool,
    /// In full, for a relay.
    speech: Speech,
    /// Of our session description; goes up with each new one.
    version: u64,
    /// The far side sends.
    sends: bool,
    /// The far side receives.
    hears: bool,
}

/// The reference PBX behind one socket.
#[derive(Debug)]
pub struct PbxEndpoint {
    settings: Settings,
    sent_by: String,
    contacts: Contacts,
    layer: Layer,
    pbx: StaffedPbx,
    phones: phones::Phones,
    calls: Slab<Call>,
    /// Call-ID → key, to know a merged request (RFC 3261, 8.2.2.2).
    by_call_id: BTreeMap<Arc<str>, usize>,
    /// Calls that the PBX places.
    legs: Slab<Leg>,
    forks: BTreeMap<(CallId, Target), Fork>,
    /// Requests that wait for the other phone's answer.
    relayed: BTreeMap<ClientId, Relayed>,
    /// Calls that go on between others than those who began them.
    handovers: Handovers,
    /// Who is to be called back, by the call that asked for it.
    customers: BTreeMap<CallId, callbacks::Customer>,
    /// Who asks on a web page at this moment.
    asking: Option<(CallId, callbacks::Customer)>,
    /// Timers of sessions, and when they are due.
    sessions: BTreeMap<Side, session_timers::Session>,
    session_deadlines: BTreeSet<(Instant, Side)>,
    /// Until when the agents with phones can be rung.
    reachable_until: BTreeMap<AgentId, Instant>,
    ports: Vec<u16>,
    next_call: u64,
    /// Calls whose callers hear something else, until the end of the decision.
    to_tell: Vec<CallId>,
    counters: Counters,
    layer_actions: Vec<transaction::Action>,
    pbx_actions: Vec<pbx::Action>,
    /// What the decision core will be told, one thing after the other.
    inputs: VecDeque<pbx::Input<'static>>,
    deciding: bool,
}

/// Our own Contact, as each transport has it.
#[derive(Debug)]
struct Contacts {
    udp: String,
    tcp: String,
}

impl Contacts {
    fn new(sent_by: &str) -> Self {
        Self { udp: format!("<sip:{sent_by}>"), tcp: format!("<sip:{sent_by};transport=tcp>") }
    }

    const fn over(&self, transport: Transport) -> &[u8] {
        match transport {
            Transport::Udp => self.udp.as_bytes(),
            Transport::Tcp => self.tcp.as_bytes(),
        }
    }
}

/// Calls per slab key: a [`CallId`] is `serial << KEY_BITS | key`, unique for the life of the PBX.
const KEY_BITS: u32 = 24;

impl PbxEndpoint {
    /// An endpoint around `pbx`.
    #[must_use]
    pub fn new(settings: Settings, pbx: StaffedPbx) -> Self {
        let layer = Layer::new(settings.timers, settings.transactions);
        let sent_by = settings.advertised.to_string();
        Self {
            contacts: Contacts::new(&sent_by),
            phones: phones::Phones::new(&settings.phones, settings.advertised, settings.secret),
            sent_by,
            settings,
            layer,
            pbx,
            calls: Slab::new(),
            by_call_id: BTreeMap::new(),
            legs: Slab::new(),
            forks: BTreeMap::new(),
            relayed: BTreeMap::new(),
            handovers: Handovers::default(),
            customers: BTreeMap::new(),
            asking: None,
            sessions: BTreeMap::new(),
            session_deadlines: BTreeSet::new(),
            reachable_until: BTreeMap::new(),
            ports: Vec::new(),
            next_call: 0,
            to_tell: Vec::new(),
            counters: Counters::default(),
            layer_actions: Vec::new(),
            pbx_actions: Vec::new(),
            inputs: VecDeque::new(),
            deciding: false,
        }
    }

    /// Applies one event at `now`, wall time, and appends its consequences to `out`.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Action>) {
        match input {
            Input::Datagram { source, bytes } => self.receive(now, source, bytes, out),
            Input::Unreachable(hop) => self.unreachable(now, hop, out),
            Input::MediaPort(port) => self.ports.push(port),
            Input::MediaSilent { port } => self.media_silent(now, port, out),
            Input::MediaKey { port, key } => self.media_key(now, port, key, out),
            Input::RouteDecided { call, target } => {
                let target = target.and_then(|target| self.pbx.pbx().named_target(&target));
                self.decide(now, pbx::Input::RouteDecided { call, target: target.as_ref() }, out);
            }
            Input::DeadlineReached => self.deadline_reached(now, out),
            Input::ShutDown => self.decide(now, pbx::Input::ShutDown, out),
        }
    }

    /// When `Input::DeadlineReached` should be delivered, if nothing else happens first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let people = self.pbx.next_deadline().map(|at| self.settings.scale.wall_reaching(at));
        let expiry = self.reachable_until.values().min().copied();
        let session = self.session_deadlines.first().map(|(due, _)| *due);
        let session = session.filter(|due| *due < Instant::FAR_FUTURE);
        let resume = self.next_resume();
        [self.layer.next_deadline(), people, expiry, session, resume].into_iter().flatten().min()
    }

    /// Calls that SIP or the decision core still holds.
    #[must_use]
    pub fn calls_in_progress(&self) -> usize {
        self.calls.len().max(self.legs.len())
    }

    /// Circuits in use now.
    #[must_use]
    pub fn circuits_in_use(&self) -> u32 {
        self.pbx.pbx().circuits_in_use()
    }

    /// The decision core, to read its gauges.
    #[must_use]
    pub const fn core(&self) -> &pbx::Pbx {
        self.pbx.pbx()
    }

    /// How many RTP ports the driver should bring with `Input::MediaPort`.
    #[must_use]
    pub fn ports_wanted(&self) -> usize {
        if self.settings.media || self.settings.media_on_demand {
            PORTS_READY.saturating_sub(self.ports.len())
        } else {
            0
        }
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

    fn receive(&mut self, now: Instant, source: Hop, bytes: &[u8], out: &mut Vec<Action>) {
        let message = match Message::scan(bytes) {
            Ok(message) => message,
            Err(why) => return self.layer.count_malformed(why),
        };
        // A late driver must not let a CANCEL overtake an answer that was due before it.
        self.serve_people(now, out);
        let mut actions = std::mem::take(&mut self.layer_actions);
        self.layer.receive(now, source, &message, &mut actions);
        for action in actions.drain(..) {
            self.obey_layer(now, Some((source, &message)), action, out);
        }
        self.layer_actions = actions;
    }

    /// What was asked on a connection that is gone gets no answer, and phones that had registered over it are nowhere.
    /// Calls go on: the media tell whether somebody is still there, and who is may connect anew.
    fn unreachable(&mut self, now: Instant, hop: Hop, out: &mut Vec<Action>) {
        let mut actions = Vec::new();
        self.layer.unreachable(hop, &mut actions);
        for action in actions {
            self.obey_layer(now, None, action, out);
        }
        for user in self.phones.connection_lost(hop) {
            self.reachability_changed(now, &user, out);
        }
    }

    fn deadline_reached(&mut self, now: Instant, out: &mut Vec<Action>) {
        let mut actions = std::mem::take(&mut self.layer_actions);
        self.layer.deadline_reached(now, &mut actions);
        for action in actions.drain(..) {
            self.obey_layer(now, None, action, out);
        }
        self.layer_actions = actions;
        self.serve_sessions(now, out);
        self.resume_again(now, out);
        self.serve_people(now, out);
    }

    /// Lets the decision core do what is due.
    fn serve_people(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.reachable_until.values().any(|until| *until <= now) {
            self.expire_registrations(now, out);
        }
        if self.pbx.next_deadline().is_some_and(|at| at <= self.settings.scale.people(now)) {
            self.decide(now, pbx::Input::DeadlineReached, out);
        }
    }

    fn obey_layer(
        &mut self,
        now: Instant,
        received: Option<(Hop, &Message<'_>)>,
        action: transaction::Action,
        out: &mut Vec<Action>,
    ) {
        match (action, received) {
            (transaction::Action::Transmit { destination, bytes }, _) => {
                out.push(Action::Transmit { destination, bytes });
            }
            (transaction::Action::Request { server }, Some((source, message))) => {
                self.request(now, source, message, server, out);
            }
            (transaction::Action::Ack, Some((_, message))) => self.acknowledged(now, message, out),
            (transaction::Action::Cancelled { invite, user }, _) => self.cancelled(now, invite, user, out),
            (transaction::Action::Response { client, user }, Some((_, message))) => {
                self.response(now, client, user, message, out);
            }
            (
                transaction::Action::TimedOut { client, user }
                | transaction::Action::Unreachable { client, user },
                _,
            ) => {
                self.request_answered(now, client, user, None, out);
            }
            (transaction::Action::AckMissing { server, user }, _) => self.ack_missing(now, server, user, out),
            _ => {}
        }
    }
}

/// Headers and body that a message carries beyond the usual.
#[derive(Debug, Clone, Default)]
struct Extra {
    headers: Vec<(&'static str, String)>,
    sdp: Option<Vec<u8>>,
}

impl Extra {
    fn header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }

    fn fields(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect()
    }

    fn body(&self) -> Option<Body<'_>> {
        self.sdp.as_deref().map(Body::sdp)
    }
}
