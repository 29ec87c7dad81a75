//! One side of one call's media: sends a tone, counts what comes back, notices silence.

use std::net::SocketAddr;

use crate::bandwidth::LossRule;
use crate::keypad::Key;
use crate::media::codec::Codec;
use crate::media::events::EventDatagram;
use crate::media::events::Receiver;
use crate::media::loss_watch::LossWatch;
use crate::media::reception::Reception;
use crate::media::rtp;
use crate::media::stream::Stream;
use crate::media::tone;
use crate::random;
use crate::time::Duration;
use crate::time::Instant;

/// How a side behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Send to where packets come from rather than to where the SDP says (symmetric RTP, RFC 4961), as a
    /// PBX does for callers behind address translation.
    pub symmetric: bool,
    /// No packet for this long after the start, or after the last packet, is silence. Absent: never.
    pub media_timeout: Option<Duration>,
    /// More packets lost than this for so long, wall time, is too bad to hear. Absent: never.
    pub loss: Option<LossRule>,
}

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input<'a> {
    /// The call is answered: send to `remote`, the first packet at `first_packet`. On a session that
    /// already sends, only the remote changes (a re-INVITE). A remote without address or port is a call
    /// on hold (RFC 3264, sections 5.1 and 8.4): nothing is sent, and silence is no fault.
    Start { remote: SocketAddr, codec: Codec, first_packet: Instant },
    /// The call is answered, and its caller hears what they say: every RTP packet goes back, to `remote` or to where
    /// it came from. On hold as in `Start`.
    StartEcho { remote: SocketAddr },
    /// The call is answered, and its sound is what comes in on another call's session: nothing is sent of its own.
    /// Where `watched`, silence is a fault as in `Start`. On hold as in `Start`.
    StartRelay { remote: SocketAddr, watched: bool },
    /// Telephone events (RFC 4733) of this payload type are keys, both ways.
    Events { payload_type: u8 },
    /// A key is pressed on this side; nothing without `Start` and `Events`.
    Press { key: Key },
    /// A datagram came in; counted from the beginning, because early media comes before the answer.
    Packet { source: SocketAddr, datagram: &'a [u8] },
    /// Time has come to `next_deadline`, or some other time: harmless.
    DeadlineReached,
    /// The call is over: nothing is sent or counted any more.
    Stop,
}

/// A consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send the packet.
    Transmit { remote: SocketAddr, datagram: rtp::Datagram },
    /// Send the packet of a key.
    TransmitEvent { remote: SocketAddr, datagram: EventDatagram },
    /// The peer pressed a key. Said once per key.
    Pressed(Key),
    /// Send the packet that has just come in to `remote`, its source identifier replaced by `ssrc`: a packet that
    /// comes back under its own is a loop to its sender (RFC 3550, 8.2).
    SendBack { remote: SocketAddr, ssrc: u32 },
    /// Send the packet that has just come in on the session of the other side to `remote`, as it is.
    SendOn { remote: SocketAddr },
    /// Nothing has been heard for the media timeout. Said once per silence.
    Silent,
    /// Too many packets have been lost for too long. Said once a call.
    Degraded,
}

/// What one side of a call saw of its media.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Report {
    /// Packets handed to the network.
    pub sent: u64,
    /// Packets not sent because the generator came too late: its own fault, never the network's.
    pub skipped: u64,
    /// How late a packet left at worst.
    pub worst_lateness: Duration,
    /// Different RTP packets received.
    pub received: u64,
    /// Packets that the peer's sequence numbers promised (RFC 3550, A.3).
    pub expected: u64,
    /// Promised and never received.
    pub lost: u64,
    pub duplicates: u64,
    pub reordered: u64,
    /// How often the peer changed its source or began again.
    pub source_changes: u64,
    /// Datagrams that were no RTP.
    pub foreign: u64,
    /// Interarrival jitter (RFC 3550, 6.4.1).
    pub jitter_ms: f64,
    /// Packets searched for our tone: the first and every 50th after it, about one a second.
    pub tone_checked: u64,
    /// Those in which it was found.
    pub tone_heard: u64,
}

/// One packet in this many is searched for the tone.
const TONE_CHECK_EVERY: u64 = 50;

/// The machine.
#[derive(Debug)]
pub struct Session {
    settings: Settings,
    identifiers: random::Stream,
    outgoing: Option<Outgoing>,
    echo: Option<Echo>,
    relay: Option<Relay>,
    /// Keys of the peer, and the payload type of ours.
    events: Option<(u8, Receiver)>,
    reception: Reception,
    foreign: u64,
    packets: u64,
    tone_checked: u64,
    tone_heard: u64,
    /// When silence is declared.
    silent_at: Option<Instant>,
    /// From the answer until too much is lost.
    watch: Option<LossWatch>,
    stopped: bool,
}

#[derive(Debug)]
struct Outgoing {
    stream: Stream,
    remote: SocketAddr,
    /// The source whose address `remote` follows.
    latched: Option<u32>,
}

/// Packets go back.
#[derive(Debug)]
struct Echo {
    remote: SocketAddr,
    ssrc: u32,
    sent: u64,
}

/// Packets of another session leave here.
#[derive(Debug)]
struct Relay {
    remote: SocketAddr,
    /// The source whose address `remote` follows.
    latched: Option<u32>,
    watched: bool,
    sent: u64,
}

impl Session {
    /// A session that listens. `identifiers` names its stream when it begins to send.
    #[must_use]
    pub fn new(settings: Settings, identifiers: random::Stream) -> Self {
        Self {
            settings,
            identifiers,
            outgoing: None,
            echo: None,
            relay: None,
            events: None,
            reception: Reception::default(),
            foreign: 0,
            packets: 0,
            tone_checked: 0,
            tone_heard: 0,
            silent_at: None,
            watch: None,
            stopped: false,
        }
    }

    /// Applies one event at `now` and appends its consequences.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, actions: &mut Vec<Action>) {
        if self.stopped {
            return;
        }
        match input {
            Input::Start { remote, codec, first_packet } => self.start(now, remote, codec, first_packet),
            Input::StartEcho { remote } => self.start_echo(now, remote),
            Input::StartRelay { remote, watched } => self.start_relay(now, remote, watched),
            Input::Events { payload_type } => match &self.events {
                Some((known, _)) if *known == payload_type => {}
                _ => self.events = Some((payload_type, Receiver::new(payload_type))),
            },
            Input::Press { key } => {
                if let (Some(outgoing), Some((payload_type, _))) = (&mut self.outgoing, &self.events) {
                    outgoing.stream.press(key, *payload_type);
                }
            }
            Input::Packet { source, datagram } => self.receive(now, source, datagram, actions),
            Input::DeadlineReached => {}
            Input::Stop => {
                self.transmit_due(now, actions);
                self.stopped = true;
                return;
            }
        }
        self.transmit_due(now, actions);
        if self.silent_at.is_some_and(|deadline| deadline <= now) {
            self.silent_at = None;
            actions.push(Action::Silent);
        }
        let reception = &self.reception;
        if self.watch.as_mut().is_some_and(|watch| watch.is_lost(now, reception)) {
            self.watch = None;
            actions.push(Action::Degraded);
        }
    }

    /// When `Input::DeadlineReached` should come, if nothing else does first.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        if self.stopped {
            return None;
        }
        let packet = self.outgoing.as_ref().map(|outgoing| outgoing.stream.next_deadline());
        packet.into_iter().chain(self.silent_at).min()
    }

    fn start(&mut self, now: Instant, remote: SocketAddr, codec: Codec, first_packet: Instant) {
        if let Some(outgoing) = &mut self.outgoing {
            outgoing.remote = remote;
            outgoing.latched = None;
        } else {
            self.watch = self.settings.loss.map(|rule| LossWatch::new(rule, now));
            let stream = Stream::new(codec, first_packet.max(now), &mut self.identifiers);
            self.outgoing = Some(Outgoing { stream, remote, latched: None });
        }
        self.watch_for_silence(now, remote);
    }

    fn start_echo(&mut self, now: Instant, remote: SocketAddr) {
        if let Some(echo) = &mut self.echo {
            echo.remote = remote;
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "an SSRC is 32 random bits")]
            let ssrc = self.identifiers.next_u64() as u32;
            self.echo = Some(Echo { remote, ssrc, sent: 0 });
        }
        self.watch_for_silence(now, remote);
    }

    fn start_relay(&mut self, now: Instant, remote: SocketAddr, watched: bool) {
        let sent = self.sent();
        self.outgoing = None;
        self.echo = None;
        self.relay = Some(Relay { remote, latched: None, watched, sent });
        let timeout = self.settings.media_timeout.filter(|_| watched);
        self.silent_at = timeout.map(|timeout| now + timeout);
    }

    /// Where a packet of the other session goes from here; it counts as sent. `None` on hold, and where nothing is
    /// relayed.
    pub fn relayed(&mut self) -> Option<SocketAddr> {
        let relay = self.relay.as_mut().filter(|relay| !self.stopped && !is_on_hold(relay.remote))?;
        relay.sent += 1;
        Some(relay.remote)
    }

    fn watch_for_silence(&mut self, now: Instant, remote: SocketAddr) {
        let timeout = self.settings.media_timeout.filter(|_| !is_on_hold(remote));
        self.silent_at = timeout.map(|timeout| now + timeout);
    }

    fn receive(&mut self, now: Instant, source: SocketAddr, datagram: &[u8], actions: &mut Vec<Action>) {
        let Some(packet) = rtp::parse(datagram) else {
            self.foreign += 1;
            return;
        };
        self.reception.packet(now, &packet.header);
        self.listen(&packet);
        actions.extend(self.events.as_mut().and_then(|(_, keys)| keys.packet(&packet)).map(Action::Pressed));
        self.packets += 1;
        if let Some(outgoing) = &mut self.outgoing {
            let held = is_on_hold(outgoing.remote);
            if self.settings.symmetric && !held && outgoing.latched != Some(packet.header.ssrc) {
                outgoing.remote = source;
                outgoing.latched = Some(packet.header.ssrc);
            }
            self.silent_at = self.settings.media_timeout.filter(|_| !held).map(|timeout| now + timeout);
        }
        if let Some(relay) = &mut self.relay {
            if self.settings.symmetric
                && !is_on_hold(relay.remote)
                && relay.latched != Some(packet.header.ssrc)
            {
                relay.remote = source;
                relay.latched = Some(packet.header.ssrc);
            }
            let watched = relay.watched;
            self.silent_at = self.settings.media_timeout.filter(|_| watched).map(|timeout| now + timeout);
        }
        if let Some(echo) = self.echo.as_mut().filter(|echo| !is_on_hold(echo.remote)) {
            let remote = if self.settings.symmetric { source } else { echo.remote };
            if echo.ssrc == packet.header.ssrc {
                echo.ssrc = !echo.ssrc;
            }
            actions.push(Action::SendBack { remote, ssrc: echo.ssrc });
            echo.sent += 1;
            self.silent_at = self.settings.media_timeout.map(|timeout| now + timeout);
        }
    }

    fn listen(&mut self, packet: &rtp::Packet<'_>) {
        let codec = Codec::from_payload_type(packet.header.payload_type);
        if let Some(codec) = codec.filter(|_| self.packets.is_multiple_of(TONE_CHECK_EVERY)) {
            self.tone_checked += 1;
            self.tone_heard += u64::from(tone::is_present(codec, packet.payload));
        }
    }

    fn transmit_due(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if let Some(Outgoing { stream, remote, .. }) = &mut self.outgoing {
            if is_on_hold(*remote) {
                return stream.hold(now);
            }
            let remote = *remote;
            loop {
                if let Some(datagram) = stream.event(now) {
                    actions.push(Action::TransmitEvent { remote, datagram });
                } else if let Some(datagram) = stream.packet(now) {
                    actions.push(Action::Transmit { remote, datagram });
                } else {
                    break;
                }
            }
        }
    }

    fn sent(&self) -> u64 {
        self.outgoing.as_ref().map_or(0, |outgoing| outgoing.stream.sent())
            + self.echo.as_ref().map_or(0, |echo| echo.sent)
            + self.relay.as_ref().map_or(0, |relay| relay.sent)
    }

    /// What has been seen so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let stream = self.outgoing.as_ref().map(|outgoing| &outgoing.stream);
        Report {
            sent: self.sent(),
            skipped: stream.map_or(0, Stream::skipped),
            worst_lateness: stream.map_or(Duration::ZERO, Stream::worst_lateness),
            received: self.reception.received(),
            expected: self.reception.expected(),
            lost: self.reception.lost(),
            duplicates: self.reception.duplicates(),
            reordered: self.reception.reordered(),
            source_changes: self.reception.source_changes(),
            foreign: self.foreign,
            jitter_ms: self.reception.jitter_ms(),
            tone_checked: self.tone_checked,
            tone_heard: self.tone_heard,
        }
    }
}

/// No packet can go there.
fn is_on_hold(remote: SocketAddr) -> bool {
    remote.port() == 0 || remote.ip().is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use crate::random::Seed;

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn at_ms(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn session(symmetric: bool, index: u64) -> Session {
        let settings = Settings { symmetric, media_timeout: Some(TIMEOUT), loss: None };
        Session::new(settings, Seed(1).stream(Purpose::Identifiers, index))
    }

    fn start(now: Instant, port: u16) -> Input<'static> {
        Input::Start { remote: address(port), codec: Codec::Pcma, first_packet: now }
    }

    /// Plays two sessions against each other over a perfect network of one millisecond.
    fn talk(caller: &mut Session, pbx: &mut Session, milliseconds: std::ops::Range<u64>) {
        let (mut to_pbx, mut to_caller) = (Vec::new(), Vec::new());
        for now in milliseconds.map(at_ms) {
            for action in std::mem::take(&mut to_pbx) {
                if let Action::Transmit { datagram, .. } = action {
                    let input = Input::Packet { source: address(4000), datagram: &datagram };
                    pbx.handle(now, input, &mut to_caller);
                }
            }
            for action in std::mem::take(&mut to_caller) {
                if let Action::Transmit { datagram, .. } = action {
                    let input = Input::Packet { source: address(5000), datagram: &datagram };
                    caller.handle(now, input, &mut to_pbx);
                }
            }
            caller.handle(now, Input::DeadlineReached, &mut to_pbx);
            pbx.handle(now, Input::DeadlineReached, &mut to_caller);
        }
    }

    #[test]
    fn a_minute_of_talk_is_three_thousand_packets_of_tone_each_way() {
        let (mut caller, mut pbx) = (session(false, 1), session(true, 2));
        caller.handle(at_ms(0), start(at_ms(0), 5000), &mut Vec::new());
        pbx.handle(at_ms(0), start(at_ms(10), 4000), &mut Vec::new());
        talk(&mut caller, &mut pbx, 1..60_000);
        for report in [caller.report(), pbx.report()] {
            assert_eq!((report.sent, report.lost, report.skipped, report.foreign), (3000, 0, 0, 0));
            assert!(report.received >= 2999);
            assert_eq!((report.tone_checked, report.tone_heard), (60, 60));
        }
    }

    #[test]
    fn a_symmetric_side_sends_to_where_packets_come_from() {
        let mut packet = Vec::new();
        session(false, 1).handle(at_ms(0), start(at_ms(0), 5000), &mut packet);
        let Action::Transmit { datagram, .. } = &packet[0] else { panic!("the first packet leaves at once") };
        for (symmetric, expected) in [(true, address(4444)), (false, address(4000))] {
            let (mut side, mut actions) = (session(symmetric, 2), Vec::new());
            side.handle(at_ms(0), start(at_ms(20), 4000), &mut actions);
            side.handle(at_ms(5), Input::Packet { source: address(4444), datagram }, &mut actions);
            side.handle(at_ms(20), Input::DeadlineReached, &mut actions);
            let [Action::Transmit { remote, .. }] = &actions[..] else { panic!("one packet: {actions:?}") };
            assert_eq!(*remote, expected);
        }
    }

    #[test]
    fn silence_is_declared_once_after_the_timeout_and_again_after_new_speech() {
        let (mut caller, mut actions) = (session(false, 1), Vec::new());
        caller.handle(at_ms(0), start(at_ms(0), 5000), &mut actions);
        let Action::Transmit { datagram, .. } = actions[0].clone() else { panic!("a packet") };
        let silences_until = |caller: &mut Session, from: u64, to: u64| {
            let mut actions = Vec::new();
            for now in (from..=to).step_by(20).map(at_ms) {
                caller.handle(now, Input::DeadlineReached, &mut actions);
            }
            actions.iter().filter(|action| **action == Action::Silent).count()
        };
        assert_eq!(silences_until(&mut caller, 20, 4_980), 0);
        assert_eq!(silences_until(&mut caller, 5_000, 15_000), 1);
        let speech = Input::Packet { source: address(5000), datagram: &datagram };
        caller.handle(at_ms(15_000), speech, &mut actions);
        assert_eq!(silences_until(&mut caller, 15_020, 19_980), 0);
        assert_eq!(silences_until(&mut caller, 20_000, 30_000), 1);
    }

    #[test]
    fn after_the_stop_nothing_is_sent_or_counted() {
        let (mut caller, mut actions) = (session(false, 1), Vec::new());
        caller.handle(at_ms(0), start(at_ms(0), 5000), &mut actions);
        caller.handle(at_ms(40), Input::Stop, &mut actions);
        assert_eq!(caller.report().sent, 3);
        let Action::Transmit { datagram, .. } = actions[0].clone() else { panic!("a packet") };
        caller.handle(at_ms(60), Input::Packet { source: address(5000), datagram: &datagram }, &mut actions);
        caller.handle(at_ms(60), Input::DeadlineReached, &mut actions);
        assert_eq!((caller.report().sent, caller.report().received), (3, 0));
        assert_eq!(caller.next_deadline(), None);
    }

    #[test]
    fn a_call_on_hold_sends_nothing_and_its_silence_is_no_fault() {
        let (mut caller, mut actions) = (session(true, 1), Vec::new());
        caller.handle(at_ms(0), start(at_ms(0), 5000), &mut actions);
        let hold = Input::Start {
            remote: SocketAddr::from(([0, 0, 0, 0], 5000)),
            codec: Codec::Pcma,
            first_packet: at_ms(10),
        };
        caller.handle(at_ms(10), hold, &mut actions);
        // One more packet of the far side, which had left before.
        let Action::Transmit { datagram, .. } = actions[0].clone() else { panic!("a packet") };
        caller.handle(at_ms(15), Input::Packet { source: address(5000), datagram: &datagram }, &mut actions);
        for now in (20..=60_000).step_by(20).map(at_ms) {
            caller.handle(now, Input::DeadlineReached, &mut actions);
        }
        assert_eq!((actions.len(), caller.report().sent, caller.report().skipped), (1, 1, 0));
        caller.handle(at_ms(60_001), start(at_ms(60_001), 5000), &mut actions);
        caller.handle(at_ms(60_020), Input::DeadlineReached, &mut actions);
        assert_eq!(caller.report().sent, 2);
        caller.handle(at_ms(65_001), Input::DeadlineReached, &mut actions);
        assert_eq!(actions.last(), Some(&Action::Silent));
    }

    #[test]
    fn an_echo_sends_every_packet_back_under_its_own_name_and_none_on_hold() {
        let (mut caller, mut echo, mut actions) = (session(false, 1), session(true, 2), Vec::new());
        echo.handle(at_ms(0), Input::StartEcho { remote: address(4000) }, &mut Vec::new());
        caller.handle(at_ms(0), start(at_ms(0), 5000), &mut actions);
        caller.handle(at_ms(2_000), Input::DeadlineReached, &mut actions);
        let Action::Transmit { datagram, .. } = actions[0].clone() else { panic!("a packet") };
        let said = rtp::parse(&datagram).expect("RTP").header.ssrc;
        let packet = Input::Packet { source: address(4444), datagram: &datagram };
        let mut returned = Vec::new();
        echo.handle(at_ms(5), packet, &mut returned);
        echo.handle(at_ms(6), Input::Packet { source: address(4444), datagram: b"junk" }, &mut returned);
        let [Action::SendBack { remote, ssrc }] = returned[..] else { panic!("one packet: {returned:?}") };
        assert_eq!(remote, address(4444));
        assert_ne!(ssrc, said);
        assert_eq!((echo.report().sent, echo.report().received), (1, 1));
        echo.handle(at_ms(7), Input::StartEcho { remote: address(0) }, &mut returned);
        echo.handle(at_ms(8), packet, &mut returned);
        echo.handle(at_ms(60_000), Input::DeadlineReached, &mut returned);
        assert_eq!(returned.len(), 1, "on hold nothing goes back, and silence is no fault");
        echo.handle(at_ms(60_000), Input::StartEcho { remote: address(4000) }, &mut returned);
        echo.handle(at_ms(65_000), Input::DeadlineReached, &mut returned);
        assert_eq!(returned.last(), Some(&Action::Silent));
    }

    #[test]
    fn datagrams_that_are_no_rtp_are_counted_and_do_not_end_a_silence() {
        let (mut caller, mut actions) = (session(false, 1), Vec::new());
        caller.handle(at_ms(0), start(at_ms(6_000), 5000), &mut actions);
        caller.handle(at_ms(4_999), Input::Packet { source: address(9), datagram: b"junk" }, &mut actions);
        caller.handle(at_ms(5_000), Input::DeadlineReached, &mut actions);
        assert_eq!(actions, [Action::Silent]);
        assert_eq!(caller.report().foreign, 1);
    }
}
