//! The reference PBX on a socket and a thread of its own.

use std::io;

use tokio::sync::mpsc;

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::Input;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::pbx::Sound;
use crate::live::alarm::Alarm;
use crate::live::clock::Clock;
use crate::live::http;
use crate::live::http::Http;
use crate::live::media::Media;
use crate::live::media::next_event;
use crate::live::rtp_sockets::Event;
use crate::live::rtp_sockets::Source;
use crate::live::streams::Closed;
use crate::live::streams::Heard;
use crate::live::wire::Bound;
use crate::live::wire::Connections;
use crate::live::wire::Wire;
use crate::live::wire::Witness;
use crate::sip::hop::Hop;
use crate::time::Duration;
use crate::time::Instant;

/// What the conductor tells the PBX.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// End as soon as no call is left, and in any case within `grace`: then hang up what remains.
    Finish { grace: Duration },
}

/// How the server works.
pub struct Settings {
    pub clock: Clock,
    /// Wall time given to BYE after the end.
    pub shutdown_timeout: Duration,
    pub witness: Witness,
    /// Where RTP flows; without it calls are silent.
    pub media: Option<Media>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

/// Datagrams read before deadlines get their turn.
const TURN: usize = 128;

struct Server {
    settings: Settings,
    endpoint: PbxEndpoint,
    wire: Wire,
    http: Http,
    actions: Vec<Action>,
    entries: Vec<BookEntry>,
    books: mpsc::UnboundedSender<Vec<BookEntry>>,
    /// Set by `Finish`: hang up what remains then.
    finish_at: Option<Instant>,
    /// Set by the hang-up: leave then, whatever remains.
    leave_at: Option<Instant>,
}

/// Serves until told to finish. Blocks: give it a thread of its own. Closes `books` when it ends. Returns how many
/// connections ended of themselves, and why.
///
/// # Errors
/// If the runtime, the timer or the socket cannot be had.
pub fn run(
    settings: Settings,
    endpoint: PbxEndpoint,
    socket: Bound,
    commands: mpsc::UnboundedReceiver<Command>,
    books: mpsc::UnboundedSender<Vec<BookEntry>>,
) -> io::Result<Vec<(Closed, u64)>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let alarm = Alarm::new(settings.clock)?;
        let (wire, connections) = Wire::new(socket, settings.witness.clone())?;
        let (http, answers) = Http::new();
        let server = Server {
            settings,
            endpoint,
            wire,
            http,
            actions: Vec::new(),
            entries: Vec::new(),
            books,
            finish_at: None,
            leave_at: None,
        };
        server.serve(alarm, commands, connections, answers).await
    })
}

impl Server {
    async fn serve(
        mut self,
        mut alarm: Alarm,
        mut commands: mpsc::UnboundedReceiver<Command>,
        mut connections: Connections,
        mut answers: mpsc::UnboundedReceiver<http::Answer>,
    ) -> io::Result<Vec<(Closed, u64)>> {
        let mut buffer = vec![0; crate::live::wire::DATAGRAM];
        loop {
            self.open_ports();
            self.read_datagrams(&mut buffer);
            self.reach_deadlines();
            self.wire.flush();
            self.tell();
            if self.is_finished() {
                self.http.finish(self.settings.shutdown_timeout).await;
                return Ok(self.wire.finish(self.settings.shutdown_timeout).await);
            }
            let wake =
                [self.endpoint.next_deadline(), self.finish_at, self.leave_at].into_iter().flatten().min();
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
                Some((call, target)) = answers.recv() => {
                    let now = self.settings.clock.now();
                    self.endpoint.handle(now, Input::RouteDecided { call, target }, &mut self.actions);
                    self.carry_out(now);
                }
                command = commands.recv(), if self.finish_at.is_none() && self.leave_at.is_none() => {
                    let grace = match command {
                        Some(Command::Finish { grace }) => grace,
                        None => Duration::ZERO,
                    };
                    self.finish_at = Some(self.settings.clock.now() + grace);
                }
            }
        }
    }

    fn read_datagrams(&mut self, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let now = self.settings.clock.now();
            let Some((length, source)) = self.wire.receive(now, buffer) else { return };
            self.endpoint.handle(
                now,
                Input::Datagram { source: Hop::udp(source), bytes: &buffer[..length] },
                &mut self.actions,
            );
            self.carry_out(now);
        }
    }

    fn hear(&mut self, now: Instant, heard: &Heard) {
        let input = match heard {
            Heard::Message { peer, bytes } => Input::Datagram { source: Hop::tcp(*peer), bytes },
            Heard::Gone(peer) => Input::Unreachable(Hop::tcp(*peer)),
        };
        self.endpoint.handle(now, input, &mut self.actions);
        self.carry_out(now);
    }

    /// Keeps ports ready. Where none can be had, calls that need one are refused.
    fn open_ports(&mut self) {
        let Some(media) = &mut self.settings.media else { return };
        for _ in 0..self.endpoint.ports_wanted() {
            let Ok(port) = media.open() else { return };
            self.endpoint.handle(self.settings.clock.now(), Input::MediaPort(port), &mut self.actions);
        }
    }

    fn media_event(&mut self, event: Event) {
        let input = match event {
            Event::Silent { port } => Input::MediaSilent { port },
            Event::Pressed { port, key } => Input::MediaKey { port, key },
            Event::Stopped { .. } | Event::Degraded { .. } => return,
        };
        let now = self.settings.clock.now();
        self.endpoint.handle(now, input, &mut self.actions);
        self.carry_out(now);
    }

    fn reach_deadlines(&mut self) {
        let now = self.settings.clock.now();
        if self.endpoint.next_deadline().is_some_and(|deadline| deadline <= now) {
            self.endpoint.handle(now, Input::DeadlineReached, &mut self.actions);
            self.carry_out(now);
        }
        if self.finish_at.is_some_and(|at| at <= now) {
            self.finish_at = None;
            self.leave_at = Some(now + self.settings.shutdown_timeout);
            self.endpoint.handle(now, Input::ShutDown, &mut self.actions);
            self.carry_out(now);
        }
    }

    fn carry_out(&mut self, now: Instant) {
        for action in self.actions.drain(..) {
            match action {
                Action::Transmit { destination, bytes } => self.wire.send(now, destination, bytes),
                Action::Book(entry) => {
                    if let BookEntry::Triggered(triggered) = &entry {
                        self.http.tell(triggered);
                    }
                    self.entries.push(entry);
                }
                Action::AskRoute { question, timeout } => self.http.ask(&question, timeout),
                Action::StartMedia { port, remote, reports, payload_type, events, sound } => {
                    self.settings.media.iter().for_each(|media| match sound {
                        Sound::Tone => media.start(port, remote, payload_type, events),
                        Sound::Echo => media.echo(port, remote),
                        Sound::Relay { from, watched } => {
                            media.relay(port, remote, Source { from, watched, reports });
                        }
                    });
                }
                Action::StopMedia { port } => {
                    self.settings.media.iter_mut().for_each(|media| media.stop(port));
                }
            }
        }
    }

    fn tell(&mut self) {
        if !self.entries.is_empty() {
            let batch = std::mem::take(&mut self.entries);
            // A conductor that has gone away keeps no books.
            let _ = self.books.send(batch);
        }
    }

    fn is_finished(&self) -> bool {
        let asked = self.finish_at.is_some() || self.leave_at.is_some();
        let late = self.leave_at.is_some_and(|at| at <= self.settings.clock.now());
        late || (asked && self.endpoint.calls_in_progress() == 0)
    }
}
