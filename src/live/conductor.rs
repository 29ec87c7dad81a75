//! The conductor: starts the PBX and the workers, listens to them, to the clock, to the keyboard and to
//! signals, and tells the sink what happened.

use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::thread::JoinHandle;

use tokio::signal::unix::SignalKind;
use tokio::sync::mpsc;

use crate::endpoint::caller::Callers;
use crate::endpoint::caller::StopReason;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::PbxEndpoint;
use crate::live::clock::Clock;
use crate::live::generator;
use crate::live::generator::Message;
use crate::live::generator::WorkerReport;
use crate::live::keys::Key;
use crate::live::keys::Keys;
use crate::live::media::Media;
use crate::live::pbx_server;
use crate::live::play::Play;
use crate::live::wire::Bound;
use crate::live::wire::Witness;
use crate::outcome::Observation;
use crate::pbx::books::QueueEventKind;
use crate::time::Duration;
use crate::time::Instant;
use crate::time::TimeScale;

/// Where records go while a run goes on. The command line opens the files behind it.
pub trait Sink {
    /// Something happened to a call.
    ///
    /// # Errors
    /// If it cannot be written down: the run is stopped.
    fn observe(&mut self, observation: &Observation) -> io::Result<()>;

    /// The bundled PBX made an entry in its books.
    ///
    /// # Errors
    /// If it cannot be written down: the run is stopped.
    fn book(&mut self, entry: &BookEntry) -> io::Result<()>;

    /// Once a second of wall time. `Break` stops the run: a gate with `stop` has failed.
    ///
    /// # Errors
    /// If something cannot be written down: the run is stopped.
    fn tick(&mut self, now: Instant) -> io::Result<ControlFlow<()>>;
}

/// One worker to be.
pub struct Part {
    pub socket: Bound,
    pub callers: Callers,
    pub play: Play,
    pub media: Option<Media>,
}

/// The bundled PBX to be.
#[derive(Debug)]
pub struct PbxPart {
    pub socket: Bound,
    pub endpoint: PbxEndpoint,
    pub media: Option<Media>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("socket", &self.socket).finish_non_exhaustive()
    }
}

/// What a run needs.
pub struct Settings {
    pub clock: Clock,
    pub scale: TimeScale,
    pub max_concurrent: usize,
    pub drain: Option<Duration>,
    pub traffic_end: Instant,
    pub shutdown_timeout: Duration,
    pub witness: Witness,
    pub keys: Keys,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("max_concurrent", &self.max_concurrent).finish_non_exhaustive()
    }
}

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Complete,
    /// A gate with `stop`, or the `q` key.
    Stopped,
    /// Ctrl-C.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

/// What came of a run.
#[derive(Debug)]
pub struct Conducted {
    pub end: End,
    pub report: WorkerReport,
    /// When the last call had ended, wall time.
    pub ended_at: Instant,
}

/// Runs the calls; with `pbx`, against the bundled PBX. Returns when every call has ended.
///
/// # Errors
/// If a thread or socket fails, or the sink can't write.
pub fn conduct(
    settings: Settings,
    parts: Vec<Part>,
    pbx: Option<PbxPart>,
    sink: &mut dyn Sink,
) -> io::Result<Conducted> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let mut conductor = Conductor::start(settings, parts, pbx)?;
        let led = conductor.lead(sink).await;
        let closed = conductor.close(sink).await;
        led.and(closed)?;
        Ok(conductor.into_conducted())
    })
}

struct Conductor {
    settings: Settings,
    messages: mpsc::UnboundedReceiver<Message>,
    commands: Vec<mpsc::UnboundedSender<generator::Command>>,
    books: Option<mpsc::UnboundedReceiver<Vec<BookEntry>>>,
    pbx_commands: Option<mpsc::UnboundedSender<pbx_server::Command>>,
    threads: Vec<JoinHandle<io::Result<()>>>,
    /// Workers that have not finished.
    working: usize,
    /// Customers whom the bundled PBX has promised a call.
    to_call_back: u64,
    report: WorkerReport,
    end: End,
    ended_at: Instant,
}

impl Conductor {
    fn start(settings: Settings, parts: Vec<Part>, pbx: Option<PbxPart>) -> io::Result<Self> {
        let (sender, messages) = mpsc::unbounded_channel();
        let mut conductor = Self {
            settings,
            messages,
            commands: Vec::new(),
            books: None,
            pbx_commands: None,
            threads: Vec::new(),
            working: parts.len(),
            to_call_back: 0,
            report: WorkerReport::default(),
            end: End::Complete,
            ended_at: Instant::ZERO,
        };
        if let Some(pbx) = pbx {
            conductor.start_pbx(pbx)?;
        }
        let ceiling = conductor.settings.max_concurrent.div_ceil(parts.len().max(1));
        for part in parts {
            conductor.start_worker(part, ceiling, sender.clone())?;
        }
        Ok(conductor)
    }

    fn start_pbx(&mut self, pbx: PbxPart) -> io::Result<()> {
        let PbxPart { socket, endpoint, media } = pbx;
        let (command_sender, commands) = mpsc::unbounded_channel();
        let (book_sender, books) = mpsc::unbounded_channel();
        let settings = pbx_server::Settings {
            clock: self.settings.clock,
            shutdown_timeout: self.settings.shutdown_timeout,
            // The workers' witness sees both directions already.
            witness: Witness::default(),
            media,
        };
        let serve = move || pbx_server::run(settings, endpoint, socket, commands, book_sender).map(drop);
        self.threads.push(std::thread::Builder::new().name("pbx".into()).spawn(serve)?);
        self.books = Some(books);
        self.pbx_commands = Some(command_sender);
        Ok(())
    }

    fn start_worker(
        &mut self,
        part: Part,
        ceiling: usize,
        messages: mpsc::UnboundedSender<Message>,
    ) -> io::Result<()> {
        let Part { socket, callers, play, media } = part;
        let (command_sender, commands) = mpsc::unbounded_channel();
        let settings = generator::Settings {
            clock: self.settings.clock,
            scale: self.settings.scale,
            max_concurrent: ceiling,
            drain: self.settings.drain,
            traffic_end: self.settings.traffic_end,
            shutdown_timeout: self.settings.shutdown_timeout,
            witness: self.settings.witness.clone(),
            media,
        };
        let work = move || generator::run(settings, callers, socket, play, commands, messages);
        let name = format!("worker-{}", self.commands.len());
        self.threads.push(std::thread::Builder::new().name(name).spawn(work)?);
        self.commands.push(command_sender);
        Ok(())
    }

    async fn lead(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
        let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let mut written = Ok(());
        while self.working > 0 {
            tokio::select! {
                message = self.messages.recv() => match message {
                    Some(message) => written = written.and(self.hear(message, sink)),
                    None => break,
                },
                entries = next_entries(&mut self.books) => {
                    self.count_callbacks(&entries);
                    written = written.and(write_entries(&entries, sink));
                }
                _ = second.tick() => match sink.tick(self.settings.clock.now()) {
                    Ok(ControlFlow::Continue(())) => {}
                    Ok(ControlFlow::Break(())) => self.stop(End::Stopped, StopReason::Stopped),
                    Err(error) => written = written.and(Err(error)),
                },
                key = self.settings.keys.next() => self.press(key),
                _ = interrupt.recv() => self.interrupted(End::Interrupted),
                _ = terminate.recv() => self.interrupted(End::Terminated),
            }
            if written.is_err() {
                self.stop(End::Stopped, StopReason::Stopped);
            }
        }
        self.ended_at = self.settings.clock.now();
        written
    }

    /// Tells the workers when nobody is left to be called back: who never picked up never will.
    fn count_callbacks(&mut self, entries: &[BookEntry]) {
        for entry in entries {
            let BookEntry::Queue(event) = entry else { continue };
            match event.event {
                QueueEventKind::CallbackRequest { .. } => self.to_call_back += 1,
                QueueEventKind::CallbackDone { .. } | QueueEventKind::CallbackFailed { .. } => {
                    self.to_call_back = self.to_call_back.saturating_sub(1);
                    if self.to_call_back == 0 {
                        self.command(generator::Command::NobodyCallsBack { since: event.at });
                    }
                }
                _ => {}
            }
        }
    }

    fn hear(&mut self, message: Message, sink: &mut dyn Sink) -> io::Result<()> {
        match message {
            Message::Observed(batch) => batch.iter().try_for_each(|observation| sink.observe(observation)),
            Message::Finished(report) => {
                self.working -= 1;
                self.report.add(*report);
                Ok(())
            }
        }
    }

    fn press(&mut self, key: Key) {
        match key {
            Key::Faster => self.command(generator::Command::Faster),
            Key::Slower => self.command(generator::Command::Slower),
            Key::Pause => self.command(generator::Command::PauseOrResume),
            Key::Quit => {
                self.end = End::Stopped;
                self.command(generator::Command::Drain);
            }
        }
    }

    /// The first signal ends every call properly; the second waits for nobody.
    fn interrupted(&mut self, end: End) {
        if matches!(self.end, End::Interrupted | End::Terminated) {
            return self.command(generator::Command::Forget);
        }
        self.stop(end, StopReason::Interrupted);
    }

    fn stop(&mut self, end: End, reason: StopReason) {
        if self.end == End::Complete || reason == StopReason::Interrupted {
            self.end = end;
            self.command(generator::Command::Stop(reason));
        }
    }

    fn command(&self, command: generator::Command) {
        for worker in &self.commands {
            // A worker that has finished needs no command.
            let _ = worker.send(command);
        }
    }

    /// Ends the PBX and joins every thread.
    async fn close(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        let mut written = Ok(());
        if let Some(pbx) = self.pbx_commands.take() {
            let grace = self.settings.shutdown_timeout;
            let _ = pbx.send(pbx_server::Command::Finish { grace });
            while let Some(books) = &mut self.books {
                match books.recv().await {
                    Some(entries) => written = written.and(write_entries(&entries, sink)),
                    None => self.books = None,
                }
            }
        }
        for thread in self.threads.drain(..) {
            let result =
                thread.join().map_err(|_| io::Error::other("a worker thread panicked: this is a bug"))?;
            result?;
        }
        written
    }

    fn into_conducted(mut self) -> Conducted {
        self.report.starts_s.sort_by(f64::total_cmp);
        Conducted { end: self.end, report: self.report, ended_at: self.ended_at }
    }
}

impl WorkerReport {
    fn add(&mut self, other: Self) {
        self.scheduled += other.scheduled;
        self.started += other.started;
        self.not_started += other.not_started;
        self.late += other.late;
        self.starts_s.extend(other.starts_s);
        self.rtp_sent += other.rtp_sent;
        self.rtp_skipped += other.rtp_skipped;
        self.pace_changed |= other.pace_changed;
        self.ladders.merge(other.ladders);
        self.fault = self.fault.take().or(other.fault);
    }
}

fn write_entries(entries: &[BookEntry], sink: &mut dyn Sink) -> io::Result<()> {
    entries.iter().try_for_each(|entry| sink.book(entry))
}

async fn next_entries(books: &mut Option<mpsc::UnboundedReceiver<Vec<BookEntry>>>) -> Vec<BookEntry> {
    if let Some(receiver) = books {
        if let Some(entries) = receiver.recv().await {
            return entries;
        }
        *books = None;
    }
    std::future::pending().await
}

/// The local address from which this machine reaches `target`: what Via, Contact and SDP must carry.
///
/// # Errors
/// If there is no route.
pub fn address_towards(target: SocketAddr) -> io::Result<std::net::IpAddr> {
    let any: SocketAddr = match target {
        SocketAddr::V4(_) => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = std::net::UdpSocket::bind(any)?;
    socket.connect(target)?;
    Ok(socket.local_addr()?.ip())
}
