//! The slot loop: hundreds of sessions, woken together.
//!
//! Wall time is cut into slots of a millisecond; a packet time has 20 of them. Each session sends in one
//! slot of every 20, chosen when it starts among those just ahead, the emptiest first. So a thread wakes at most a thousand
//! times a second whatever the number of calls, and the load is even over the packet time. A timer per stream
//! costs 1.4 times as much processor time.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::keypad::Key;
use crate::media::codec::Codec;
use crate::media::rtp;
use crate::media::rtp::PACKET_TIME;
use crate::media::session::Action;
use crate::media::session::Input;
use crate::media::session::Report;
use crate::media::session::Session;
use crate::media::session::Settings;
use crate::random::Purpose;
use crate::random::Seed;
use crate::time::Duration;
use crate::time::Instant;

const SLOT: Duration = Duration::from_millis(1);
const SLOTS: usize = 20;
/// A starting session takes the emptiest of this many slots ahead: its first packet is at most that late.
const CHOICE: u64 = 5;

/// Keeps RTP's identifiers apart from those that SIP draws for the same call.
const IDENTIFIERS: u64 = 1 << 63;

const _: () = assert!(SLOT.as_nanos() * SLOTS as u128 == PACKET_TIME.as_nanos());

/// An action and the call that it belongs to.
pub type CallAction = (u64, Action);

/// The table of sessions, by call. Holds at most its capacity.
#[derive(Debug)]
pub struct Streams {
    settings: Settings,
    seed: Seed,
    capacity: usize,
    sessions: BTreeMap<u64, Entry>,
    /// Which calls are visited in each slot.
    slots: [Vec<u64>; SLOTS],
    /// Number, from the start of the run, of the slot that comes next.
    next_slot: u64,
    scratch: Vec<Action>,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    slot: Option<usize>,
    /// The call that hears what comes in here.
    heard_by: Option<u64>,
}

/// Why a call could not have media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The table is full.
    #[error("media for {0} calls at once is the limit; raise it, or offer less traffic")]
    Full(usize),
    /// The call has media already.
    #[error("call {0} has media already")]
    Known(u64),
}

impl Streams {
    /// An empty table for at most `capacity` calls.
    #[must_use]
    pub fn new(settings: Settings, seed: Seed, capacity: usize) -> Self {
        Self {
            settings,
            seed,
            capacity,
            sessions: BTreeMap::new(),
            slots: std::array::from_fn(|_| Vec::new()),
            next_slot: 0,
            scratch: Vec::new(),
        }
    }

    /// Calls with media.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// No call has media.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Begins to listen for `call`.
    ///
    /// # Errors
    /// If the table is full or the call is in it.
    pub fn open(&mut self, call: u64) -> Result<(), OpenError> {
        if self.sessions.contains_key(&call) {
            return Err(OpenError::Known(call));
        }
        if self.sessions.len() >= self.capacity {
            return Err(OpenError::Full(self.capacity));
        }
        let identifiers = self.seed.stream(Purpose::Identifiers, IDENTIFIERS | call);
        let session = Session::new(self.settings, identifiers);
        self.sessions.insert(call, Entry { session, slot: None, heard_by: None });
        Ok(())
    }

    /// Begins to send for `call`, or sends elsewhere from now on. An unknown call is ignored.
    pub fn start(
        &mut self,
        now: Instant,
        call: u64,
        remote: SocketAddr,
        codec: Codec,
        actions: &mut Vec<CallAction>,
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        if let Some((session, first_packet)) = self.seat(now, call) {
            session.handle(now, Input::Start { remote, codec, first_packet }, &mut scratch);
        }
        self.scratch = scratch;
        actions.extend(self.scratch.drain(..).map(|action| (call, action)));
    }

    /// Sees to it that a session is visited, and says when first.
    fn seat(&mut self, now: Instant, call: u64) -> Option<(&mut Session, Instant)> {
        let (number, slot) = self.choose_slot(now);
        let entry = self.sessions.get_mut(&call)?;
        if entry.slot.is_none() {
            entry.slot = Some(slot);
            self.slots[slot].push(call);
        }
        Some((&mut entry.session, slot_start(number)))
    }

    /// Begins to send back what comes in for `call`, or sends it elsewhere from now on. An unknown call is ignored.
    pub fn start_echo(&mut self, now: Instant, call: u64, remote: SocketAddr, actions: &mut Vec<CallAction>) {
        let mut scratch = std::mem::take(&mut self.scratch);
        if let Some((session, _)) = self.seat(now, call) {
            session.handle(now, Input::StartEcho { remote }, &mut scratch);
        }
        self.scratch = scratch;
        actions.extend(self.scratch.drain(..).map(|action| (call, action)));
    }

    /// Lets `call` hear what comes in for `from`, from now on; both are on a relay. An unknown call is ignored.
    pub fn start_relay(
        &mut self,
        now: Instant,
        (from, call): (u64, u64),
        remote: SocketAddr,
        watched: bool,
        actions: &mut Vec<CallAction>,
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        if let Some((session, _)) = self.seat(now, call) {
            session.handle(now, Input::StartRelay { remote, watched }, &mut scratch);
            if let Some(source) = self.sessions.get_mut(&from) {
                source.heard_by = Some(call);
            }
        }
        self.scratch = scratch;
        actions.extend(self.scratch.drain(..).map(|action| (call, action)));
    }

    /// From now on telephone events of this payload type are keys of `call`. An unknown call is ignored.
    pub fn take_events(&mut self, now: Instant, call: u64, payload_type: u8) {
        if let Some(entry) = self.sessions.get_mut(&call) {
            entry.session.handle(now, Input::Events { payload_type }, &mut self.scratch);
        }
    }

    /// A key is pressed on our side of `call`: it goes out with the packets that are due next.
    pub fn press(&mut self, now: Instant, call: u64, key: Key, actions: &mut Vec<CallAction>) {
        if let Some(entry) = self.sessions.get_mut(&call) {
            entry.session.handle(now, Input::Press { key }, &mut self.scratch);
        }
        actions.extend(self.scratch.drain(..).map(|action| (call, action)));
    }

    /// The emptiest slot of the next few, the nearest of equals.
    fn choose_slot(&self, now: Instant) -> (u64, usize) {
        let from = self.next_slot.max(slot_number(now) + 1);
        (from..from + CHOICE)
            .map(|number| (number, index(number)))
            .min_by_key(|&(_, slot)| self.slots[slot].len())
            .expect("there is a slot to choose from")
    }

    /// Counts a datagram that came in for `call`. An unknown call is ignored.
    pub fn packet(
        &mut self,
        now: Instant,
        call: u64,
        source: SocketAddr,
        datagram: &[u8],
        actions: &mut Vec<CallAction>,
    ) {
        let Some(entry) = self.sessions.get_mut(&call) else { return };
        entry.session.handle(now, Input::Packet { source, datagram }, &mut self.scratch);
        let hearer = entry.heard_by.filter(|_| rtp::parse(datagram).is_some());
        actions.extend(self.scratch.drain(..).map(|action| (call, action)));
        if let Some(hearer) = hearer
            && let Some(remote) = self.sessions.get_mut(&hearer).and_then(|other| other.session.relayed())
        {
            actions.push((hearer, Action::SendOn { remote }));
        }
    }

    /// Who hears what comes in for `call`, where a relay lets somebody hear it.
    #[must_use]
    pub fn hearer(&self, call: u64) -> Option<u64> {
        self.sessions.get(&call)?.heard_by
    }

    /// Ends the media of `call`; `None` if it has none.
    pub fn stop(&mut self, now: Instant, call: u64, actions: &mut Vec<CallAction>) -> Option<Report> {
        let mut entry = self.sessions.remove(&call)?;
        if let Some(slot) = entry.slot {
            self.slots[slot].retain(|&other| other != call);
        }
        entry.session.handle(now, Input::Stop, &mut self.scratch);
        actions.extend(self.scratch.drain(..).map(|action| (call, action)));
        Some(entry.session.report())
    }

    /// Visits every session whose slot has begun since the last visit.
    pub fn deadline_reached(&mut self, now: Instant, actions: &mut Vec<CallAction>) {
        let current = slot_number(now);
        // After a long delay each slot is visited once: the sessions themselves catch up.
        let from = self.next_slot.max((current + 1).saturating_sub(SLOTS as u64));
        for number in from..=current {
            self.visit(index(number), now, actions);
        }
        self.next_slot = self.next_slot.max(current + 1);
    }

    fn visit(&mut self, slot: usize, now: Instant, actions: &mut Vec<CallAction>) {
        for &call in &self.slots[slot] {
            let entry = self.sessions.get_mut(&call).expect("a slot holds only calls of the table");
            entry.session.handle(now, Input::DeadlineReached, &mut self.scratch);
            actions.extend(self.scratch.drain(..).map(|action| (call, action)));
        }
    }

    /// When the next slot with a session begins.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        (self.next_slot..self.next_slot + SLOTS as u64)
            .find(|&number| !self.slots[index(number)].is_empty())
            .map(slot_start)
    }
}

fn slot_number(now: Instant) -> u64 {
    now.as_nanos() / slot_nanos()
}

fn slot_start(number: u64) -> Instant {
    Instant::from_nanos(number.saturating_mul(slot_nanos()))
}

fn slot_nanos() -> u64 {
    u64::try_from(SLOT.as_nanos()).expect("a millisecond in nanoseconds fits")
}

#[expect(clippy::cast_possible_truncation, reason = "the remainder is below 20")]
const fn index(number: u64) -> usize {
    (number % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rtp;

    const SETTINGS: Settings = Settings { symmetric: false, media_timeout: None, loss: None };

    fn remote() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 4000))
    }

    fn at_ms(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    fn started(calls: u64) -> (Streams, Vec<CallAction>) {
        let (mut streams, mut actions) = (Streams::new(SETTINGS, Seed(1), 1000), Vec::new());
        for call in 0..calls {
            streams.open(call).expect("there is room");
            streams.start(at_ms(0), call, remote(), Codec::Pcmu, &mut actions);
        }
        (streams, actions)
    }

    /// 200 calls for 10 s, woken at each deadline and always a little late: 500 packets each, and no wake-up
    /// has to send for more than its share.
    #[test]
    fn every_stream_sends_fifty_packets_a_second_in_slots_of_even_load() {
        let (mut streams, mut sent) = (Streams::new(SETTINGS, Seed(1), 1000), Vec::new());
        for call in 0..200 {
            streams.open(call).expect("there is room");
            streams.start(at_ms(call % 20), call, remote(), Codec::Pcmu, &mut sent);
        }
        let mut wake_ups = 0;
        let mut most = 0;
        while let Some(deadline) = streams.next_deadline().filter(|&deadline| deadline < at_ms(10_020)) {
            let before = sent.len();
            streams.deadline_reached(deadline + Duration::from_micros(300), &mut sent);
            most = most.max(sent.len() - before);
            wake_ups += 1;
        }
        for call in 0..200 {
            let report = streams.stop(at_ms(10_020), call, &mut sent).expect("the call is in the table");
            assert!((500..=501).contains(&report.sent), "call {call} sent {}", report.sent);
            assert_eq!((report.skipped, report.worst_lateness), (0, Duration::from_micros(300)));
        }
        assert!(wake_ups <= 10_020, "{wake_ups} wake-ups in 10 s");
        assert!(most <= 15, "{most} packets at one wake-up, where 10 is the mean");
    }

    #[test]
    fn the_first_packet_leaves_within_five_slots() {
        for calls in [1, 7, 400] {
            let (mut streams, mut actions) = started(calls);
            streams.deadline_reached(at_ms(5), &mut actions);
            assert_eq!(actions.len() as u64, calls);
        }
    }

    #[test]
    fn each_call_has_its_own_source_and_the_same_seed_the_same_packets() {
        let play = || {
            let (mut streams, mut actions) = started(50);
            streams.deadline_reached(at_ms(5), &mut actions);
            actions
        };
        assert_eq!(play(), play());
        let sources: std::collections::BTreeSet<u32> = play()
            .iter()
            .map(|(_, action)| {
                let Action::Transmit { datagram, .. } = action else { panic!("{action:?}") };
                rtp::parse(datagram).expect("our own packets are RTP").header.ssrc
            })
            .collect();
        assert_eq!(sources.len(), 50);
    }

    /// A wake-up 300 ms late: each stream sends what may be caught up, skips the rest, and goes on in step.
    #[test]
    fn a_long_delay_is_caught_up_once_and_the_rest_is_counted() {
        let (mut streams, mut actions) = started(10);
        streams.deadline_reached(at_ms(5), &mut actions);
        actions.clear();
        streams.deadline_reached(at_ms(305), &mut actions);
        assert_eq!(actions.len(), 50);
        let report = streams.stop(at_ms(305), 0, &mut actions).expect("the call is in the table");
        assert_eq!(report.sent + report.skipped, 16);
        assert!(streams.next_deadline().is_some_and(|next| next > at_ms(305) && next <= at_ms(325)));
    }

    #[test]
    fn a_full_table_says_so_and_takes_calls_again_when_one_has_ended() {
        let mut streams = Streams::new(SETTINGS, Seed(1), 2);
        assert_eq!(streams.open(1), Ok(()));
        assert_eq!(streams.open(1), Err(OpenError::Known(1)));
        assert_eq!(streams.open(2), Ok(()));
        assert_eq!(streams.open(3), Err(OpenError::Full(2)));
        assert!(streams.stop(at_ms(0), 1, &mut Vec::new()).is_some());
        assert!(streams.stop(at_ms(0), 1, &mut Vec::new()).is_none());
        assert_eq!(streams.open(3), Ok(()));
        assert_eq!(streams.len(), 2);
    }

    #[test]
    fn an_idle_table_needs_no_wake_up() {
        let mut streams = Streams::new(SETTINGS, Seed(1), 2);
        streams.open(1).expect("there is room");
        assert_eq!(streams.next_deadline(), None);
        streams.deadline_reached(at_ms(1_000_000), &mut Vec::new());
        streams.packet(at_ms(1), 77, remote(), b"", &mut Vec::new());
        assert_eq!(streams.next_deadline(), None);
    }
}
