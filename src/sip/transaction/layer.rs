//! All transactions of one socket.

use std::sync::Arc;

use thiserror::Error;

use crate::sip::hop::Hop;
use crate::sip::message::Echo;
use crate::sip::message::Malformed;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::response_destination;
use crate::sip::message::write_ack_to_failure;
use crate::time::Instant;

use super::ClientInvite;
use super::ClientNonInvite;
use super::Effects;
use super::Event;
use super::Machine;
use super::ServerInvite;
use super::ServerNonInvite;
use super::TimerChange;
use super::Timers;
use super::key;
use super::table::Id;
use super::table::Table;
use super::table::Timer;
use super::table::Transaction;
use super::timers::Pace;

/// A message on its way, shared between the transaction that may send it again and whoever sends it now.
pub type Bytes = Arc<[u8]>;

/// A client transaction. Valid until [`Action::ClientTerminated`], and never means another one after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Id);

/// A server transaction. Valid until [`Action::ServerTerminated`], and never means another one after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(Id);

/// Every place for transactions is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the transaction table is full")]
pub struct Full;

/// What the layer wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Transmit {
        /// Where to.
        destination: Hop,
        /// The message: a datagram, or a piece of the connection's stream.
        bytes: Bytes,
    },
    /// A response for the user: the message just given to [`Layer::receive`]. Every provisional, the first final,
    /// and a 2xx to INVITE each time it arrives, so that the user sends its ACK again (RFC 6026 7.2).
    /// A refusal is acknowledged by the layer, and not reported twice.
    Response {
        /// The transaction it answers.
        client: ClientId,
        /// What the user gave with the request.
        user: u64,
    },
    /// A new request, the message just given to [`Layer::receive`]; never a retransmission, an ACK or a CANCEL.
    /// The user answers it with [`Layer::respond`], or lets it go with [`Layer::ignore`].
    Request {
        /// Its transaction.
        server: ServerId,
    },
    /// The ACK of a 2xx, the message just given to [`Layer::receive`]: it belongs to a dialog, not to a transaction.
    Ack,
    /// A CANCEL arrived for this INVITE, which has no final response yet: the user answers the INVITE with 487. The
    /// CANCEL itself was answered already.
    Cancelled {
        /// The INVITE's transaction.
        invite: ServerId,
        /// What the user gave with [`Layer::set_user`], or 0.
        user: u64,
    },
    /// No final response came in time (timer B or F).
    TimedOut {
        /// The transaction, which is over.
        client: ClientId,
        /// What the user gave with the request.
        user: u64,
    },
    /// The way to the peer is gone: nothing more will come of this request (RFC 3261 17.1.4).
    Unreachable {
        /// The transaction, which is over.
        client: ClientId,
        /// What the user gave with the request.
        user: u64,
    },
    /// No ACK came in 64·T1 for the final response to this INVITE (timer H; for a 2xx, RFC 3261 13.3.1.4).
    AckMissing {
        /// The transaction, which is over.
        server: ServerId,
        /// What the user gave with [`Layer::set_user`], or 0.
        user: u64,
    },
    /// This client transaction is over: the id can be forgotten.
    ClientTerminated {
        /// The transaction.
        client: ClientId,
        /// What the user gave with the request.
        user: u64,
    },
    /// This server transaction is over: the id can be forgotten.
    ServerTerminated {
        /// The transaction.
        server: ServerId,
        /// What the user gave with [`Layer::set_user`], or 0.
        user: u64,
    },
}

/// What went by without becoming an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Datagrams that were no message.
    pub malformed: u64,
    /// Responses that answer nothing that was asked, or was asked too long ago.
    pub stray_responses: u64,
    /// CANCELs of nothing, answered with 481.
    pub unmatched_cancels: u64,
    /// Messages sent again, by a timer or because the peer repeated itself.
    pub retransmissions_sent: u64,
    /// Repeated messages that were not passed up.
    pub retransmissions_absorbed: u64,
    /// Requests answered 503, or not started, for want of room.
    pub full: u64,
    /// Responses of the user to transactions that are over or answered.
    pub late_answers: u64,
}

/// The transaction layer of one socket (RFC 3261 17), sans-IO.
///
/// The last eighth of the table is kept for requests other than INVITE, so that calls can still end when there
/// is no room for new ones. A call at rest holds no place 64·T1 after its INVITE was answered: at `r` calls a second a
/// side, `2 · 64·T1 · r` places are enough.
#[derive(Debug)]
pub struct Layer {
    timers: Timers,
    table: Table,
    key: Vec<u8>,
    message: Vec<u8>,
    counters: Counters,
}

impl Layer {
    /// A layer for at most `capacity` transactions at once.
    #[must_use]
    pub fn new(timers: Timers, capacity: usize) -> Self {
        Self {
            timers,
            table: Table::new(capacity),
            key: Vec::with_capacity(128),
            message: Vec::with_capacity(1024),
            counters: Counters::default(),
        }
    }

    /// Sends a request, again as often as RFC 3261 wants, and reports what comes back with `user`.
    ///
    /// `branch` and `method` are those of `request`, which must be a message that scans. Not for ACK, which is no
    /// transaction. A CANCEL (only once [`Layer::provisional_seen`], RFC 3261 9.1) gives the INVITE of the
    /// same branch 64·T1 more to end.
    ///
    /// # Errors
    /// [`Full`]: nothing was sent.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a fact of one request; a struct would only name them again"
    )]
    pub fn request(
        &mut self,
        now: Instant,
        destination: Hop,
        request: impl Into<Bytes>,
        method: Method,
        branch: &[u8],
        user: u64,
        out: &mut Vec<Action>,
    ) -> Result<ClientId, Full> {
        debug_assert!(method != Method::Ack, "an ACK is no transaction");
        if method == Method::Cancel {
            key::of_client(branch, Method::Invite, &mut self.key);
            if let Some(invite) = self.table.find(&self.key) {
                self.step(now, invite, Event::Limit, None, out);
            }
        }
        let pace = Pace { timers: self.timers, reliable: destination.transport.is_reliable() };
        let (machine, effects) = if method == Method::Invite {
            let (machine, effects) = ClientInvite::start(&pace);
            (Machine::ClientInvite(machine), effects)
        } else {
            let (machine, effects) = ClientNonInvite::start(&pace);
            (Machine::ClientNonInvite(machine), effects)
        };
        key::of_client(branch, method, &mut self.key);
        let mut transaction = Transaction::new(machine, user, destination);
        transaction.message = Some(request.into());
        let id = self.admit(method, transaction).ok_or(Full)?;
        self.apply(now, id, effects, None, out);
        Ok(ClientId(id))
    }

    /// True if a CANCEL of this INVITE may be sent and can still have an effect: it got a provisional response and
    /// no final one (RFC 3261 9.1).
    #[must_use]
    pub fn provisional_seen(&self, client: ClientId) -> bool {
        let machine = self.table.get(client.0).map(|transaction| transaction.machine);
        matches!(machine, Some(Machine::ClientInvite(invite)) if invite.is_proceeding())
    }

    /// Takes a message that came from `source`.
    pub fn receive(&mut self, now: Instant, source: Hop, message: &Message<'_>, out: &mut Vec<Action>) {
        match (message.status(), message.method()) {
            (Some(status), method) => self.receive_response(now, message, status, method, out),
            (None, Method::Ack) => self.receive_ack(now, message, out),
            (None, method) => self.receive_request(now, source, message, method, out),
        }
    }

    /// The connection to `hop` could not be made, or is gone: who waits for a response from there waits no longer. What
    /// has been asked from there may be answered on another connection.
    pub fn unreachable(&mut self, hop: Hop, out: &mut Vec<Action>) {
        for id in self.table.clients_of(hop) {
            let Some(transaction) = self.table.get(id) else { continue };
            let (client, user) = (ClientId(id), transaction.user);
            if transaction.machine.awaits_response() {
                out.push(Action::Unreachable { client, user });
            }
            self.table.remove(id);
            out.push(Action::ClientTerminated { client, user });
        }
    }

    /// Counts a datagram that did not scan. Keep-alives don't count.
    pub fn count_malformed(&mut self, why: Malformed) {
        if why != Malformed::KeepAlive {
            self.counters.malformed += 1;
        }
    }

    /// Sends a response of the user, provisional or final, written by the transaction's [`Echo`].
    ///
    /// A final response to INVITE goes out again from T1 to T2 apart until its ACK arrives or 64·T1 have passed.
    /// After the first final response, or when the transaction is over, nothing is sent.
    pub fn respond(
        &mut self,
        now: Instant,
        server: ServerId,
        status: u16,
        response: impl Into<Bytes>,
        out: &mut Vec<Action>,
    ) {
        let Some(transaction) = self.table.get_mut(server.0) else {
            self.counters.late_answers += 1;
            return;
        };
        let effects = transaction.machine.handle(Event::Response(status), &transaction.pace(self.timers));
        if !effects.transmit {
            self.counters.late_answers += 1;
            return;
        }
        transaction.message = Some(response.into());
        self.apply(now, server.0, effects, None, out);
    }

    /// Never answers this request: the transaction absorbs its retransmissions for 64·T1 + T4 and is over.
    pub fn ignore(&mut self, now: Instant, server: ServerId, out: &mut Vec<Action>) {
        self.step(now, server.0, Event::Limit, None, out);
    }

    /// Stops the retransmission of a 2xx: its dialog saw the ACK.
    pub fn acknowledged(&mut self, server: ServerId) {
        // Only stops things: the time and the actions are of no account.
        self.step(Instant::ZERO, server.0, Event::Acknowledged, None, &mut Vec::new());
    }

    /// Gives a server transaction the number to report it with.
    pub fn set_user(&mut self, server: ServerId, user: u64) {
        if let Some(transaction) = self.table.get_mut(server.0) {
            transaction.user = user;
        }
    }

    /// When [`Layer::deadline_reached`] should be called, if nothing else happens first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.table.next_deadline()
    }

    /// Fires every timer due at `now`, in the order of their deadlines. Too early or too often is harmless.
    pub fn deadline_reached(&mut self, now: Instant, out: &mut Vec<Action>) {
        while let Some((id, timer)) = self.table.next_due(now) {
            let event = match timer {
                Timer::Retransmit => Event::RetransmitTimer,
                Timer::Expiry => Event::ExpiryTimer,
            };
            self.step(now, id, event, None, out);
        }
    }

    /// What went by without becoming an event.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Transactions at present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// True without any transaction.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.len() == 0
    }

    fn receive_response(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        status: u16,
        method: Method,
        out: &mut Vec<Action>,
    ) {
        key::of_client(message.via.branch.unwrap_or_default(), method, &mut self.key);
        match self.table.find(&self.key) {
            Some(id) => self.step(now, id, Event::Response(status), Some(message), out),
            None => self.counters.stray_responses += 1,
        }
    }

    fn receive_ack(&mut self, now: Instant, message: &Message<'_>, out: &mut Vec<Action>) {
        key::of_server(message, Method::Invite, &mut self.key);
        match self.table.find(&self.key) {
            Some(invite) => self.step(now, invite, Event::Ack, Some(message), out),
            None => out.push(Action::Ack),
        }
    }

    fn receive_request(
        &mut self,
        now: Instant,
        source: Hop,
        message: &Message<'_>,
        method: Method,
        out: &mut Vec<Action>,
    ) {
        key::of_server(message, method, &mut self.key);
        if let Some(id) = self.table.find(&self.key) {
            return self.step(now, id, Event::Retransmission, Some(message), out);
        }
        if method == Method::Cancel {
            return self.receive_cancel(now, source, message, out);
        }
        let peer = response_destination(&message.via, source);
        let machine = if method == Method::Invite {
            let reliable = peer.transport.is_reliable();
            Machine::ServerInvite(ServerInvite::start(&Pace { timers: self.timers, reliable }))
        } else {
            Machine::ServerNonInvite(ServerNonInvite::start())
        };
        match self.admit(method, Transaction::new(machine, 0, peer)) {
            Some(id) => out.push(Action::Request { server: ServerId(id) }),
            None => self.answer_statelessly(message, source, 503, out),
        }
    }

    /// Answers a new CANCEL (RFC 3261 9.2), and tells the user if its INVITE is still open.
    fn receive_cancel(&mut self, now: Instant, source: Hop, message: &Message<'_>, out: &mut Vec<Action>) {
        key::of_server(message, Method::Invite, &mut self.key);
        let invite = self.table.find(&self.key);
        let status = if invite.is_some() { 200 } else { 481 };
        let echo = Echo::of(message, source);
        let answer = self.answer(&echo, status, invite);
        key::of_server(message, Method::Cancel, &mut self.key);
        let machine = Machine::ServerNonInvite(ServerNonInvite::start());
        match self.admit(Method::Cancel, Transaction::new(machine, 0, echo.destination())) {
            Some(cancel) => self.respond(now, ServerId(cancel), status, answer, out),
            None => out.push(Action::Transmit { destination: echo.destination(), bytes: answer }),
        }
        let Some(invite) = invite else {
            self.counters.unmatched_cancels += 1;
            return;
        };
        let Some(transaction) = self.table.get(invite) else { return };
        if matches!(transaction.machine, Machine::ServerInvite(machine) if machine.is_proceeding()) {
            out.push(Action::Cancelled { invite: ServerId(invite), user: transaction.user });
        }
    }

    fn answer_statelessly(&mut self, message: &Message<'_>, source: Hop, status: u16, out: &mut Vec<Action>) {
        let echo = Echo::of(message, source);
        let bytes = self.answer(&echo, status, None);
        out.push(Action::Transmit { destination: echo.destination(), bytes });
    }

    /// An answer of the layer itself. Its To tag is that of `invite`'s last response when there is one
    /// (RFC 3261 9.2), else made of the key, so that a repeated request gets the same (8.2.7).
    fn answer(&mut self, echo: &Echo, status: u16, invite: Option<Id>) -> Bytes {
        let last = invite.and_then(|id| self.table.get(id)).and_then(|invite| invite.message.clone());
        let tag_of_last = last.as_deref().and_then(|last| Message::scan(last).ok()?.to.tag);
        let own = format!("{:016x}", super::table::hash(&self.key));
        self.message.clear();
        echo.write(status, tag_of_last.unwrap_or(own.as_bytes()), &[], None, &mut self.message);
        Bytes::from(self.message.as_slice())
    }

    /// Gives a new transaction a place under `self.key`, unless there is none left for its kind.
    fn admit(&mut self, method: Method, transaction: Transaction) -> Option<Id> {
        let reserved = if method == Method::Invite { self.table.capacity() / 8 } else { 0 };
        let room = self.table.len() + reserved < self.table.capacity();
        let id = room.then(|| self.table.insert(&self.key, transaction)).flatten();
        self.counters.full += u64::from(id.is_none());
        id
    }

    /// Lets one event happen to one transaction.
    fn step(
        &mut self,
        now: Instant,
        id: Id,
        event: Event,
        message: Option<&Message<'_>>,
        out: &mut Vec<Action>,
    ) {
        let Some(transaction) = self.table.get_mut(id) else { return };
        let effects = transaction.machine.handle(event, &transaction.pace(self.timers));
        let again = matches!(event, Event::RetransmitTimer | Event::Retransmission);
        self.counters.retransmissions_sent +=
            u64::from(again && effects.transmit && transaction.message.is_some());
        self.counters.retransmissions_absorbed += u64::from(effects.absorbed);
        self.apply(now, id, effects, message, out);
    }

    /// Does what a machine asks for, in the order: send, report, set timers, end.
    fn apply(
        &mut self,
        now: Instant,
        id: Id,
        effects: Effects,
        message: Option<&Message<'_>>,
        out: &mut Vec<Action>,
    ) {
        let Some(transaction) = self.table.get_mut(id) else { return };
        let (destination, user) = (transaction.peer, transaction.user);
        let client = transaction.machine.is_client();
        if effects.transmit
            && let Some(bytes) = &transaction.message
        {
            out.push(Action::Transmit { destination, bytes: Bytes::clone(bytes) });
        }
        if effects.acknowledge
            && let (Some(invite), Some(response)) = (&transaction.message, message)
        {
            let invite = Message::scan(invite).expect("the user sends what scans");
            self.message.clear();
            write_ack_to_failure(&invite, response, &mut self.message);
            out.push(Action::Transmit { destination, bytes: Bytes::from(self.message.as_slice()) });
        }
        if effects.forget_message {
            transaction.message = None;
        }
        if effects.deliver {
            out.push(if client { Action::Response { client: ClientId(id), user } } else { Action::Ack });
        }
        self.change_timer(now, id, Timer::Retransmit, effects.retransmit);
        self.change_timer(now, id, Timer::Expiry, effects.expiry);
        if effects.timed_out {
            out.push(if client {
                Action::TimedOut { client: ClientId(id), user }
            } else {
                Action::AckMissing { server: ServerId(id), user }
            });
        }
        if effects.terminated {
            self.table.remove(id);
            out.push(if client {
                Action::ClientTerminated { client: ClientId(id), user }
            } else {
                Action::ServerTerminated { server: ServerId(id), user }
            });
        }
    }

    fn change_timer(&mut self, now: Instant, id: Id, timer: Timer, change: TimerChange) {
        match change {
            TimerChange::Keep => {}
            TimerChange::Stop => self.table.stop_timer(id, timer),
            TimerChange::Start(after) => self.table.start_timer(now, id, timer, after),
        }
    }
}
