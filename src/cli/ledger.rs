//! The files that a live run writes as it goes, and the figures that it gathers: the sink behind `run`.

use std::fs::File;
use std::io;
use std::io::BufWriter;
use std::io::IsTerminal;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use crate::books::Reconciler;
use crate::books::calls_csv;
use crate::books::cdr_csv;
use crate::books::master_csv;
use crate::books::queue_log;
use crate::books::required::Required;
use crate::books::triggers_csv;
use crate::cli::Failure;
use crate::cli::lost_row::Book;
use crate::cli::lost_row::LostRow;
use crate::cli::processor::Watch;
use crate::endpoint::pbx::BookEntry;
use crate::live::conductor::Sink;
use crate::metrics::Collector;
use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::outcome::Outcome;
use crate::result::Cases;
use crate::scenario::Scenario;
use crate::sim;
use crate::time::Instant;
use crate::time::TimeScale;
use crate::verdict::Monitor;

type Out = BufWriter<File>;

/// The PBX's own books, as files.
pub struct Books {
    cdr: cdr_csv::Writer<Out>,
    master: master_csv::Writer<Out>,
    queue_log: queue_log::Writer<Out>,
    /// Where something can be set off.
    triggers: Option<triggers_csv::Writer<Out>>,
}

impl std::fmt::Debug for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Books").finish_non_exhaustive()
    }
}

impl Books {
    /// Begins `cdr.csv`, `Master.csv` and `queue_log` in `directory`.
    ///
    /// # Errors
    /// Exit code 1, naming the file.
    pub fn create(directory: &Path, scenario: &Scenario) -> Result<Self, Failure> {
        let triggers = if scenario.pbx.triggers.is_empty() {
            None
        } else {
            let writer = triggers_csv::Writer::new(create(directory, "triggers.csv")?);
            Some(writer.map_err(|error| broken("triggers.csv", &error))?)
        };
        Ok(Self {
            triggers,
            cdr: cdr_csv::Writer::new(create(directory, "cdr.csv")?)
                .map_err(|error| broken("cdr.csv", &error))?,
            master: master_csv::Writer::new(
                create(directory, "Master.csv")?,
                scenario.start.clone(),
                scenario.pbx.cdr_detail,
            ),
            queue_log: queue_log::Writer::new(create(directory, "queue_log")?, scenario.start.clone())
                .map_err(|error| broken("queue_log", &error))?,
        })
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write(&mut self, entry: &BookEntry) -> io::Result<()> {
        match entry {
            BookEntry::Call(row) => {
                self.cdr.write(row).map_err(io::Error::other)?;
                self.master.write(row)
            }
            BookEntry::Queue(event) => self.queue_log.write(event),
            BookEntry::Menu(_) | BookEntry::Noted(_) => Ok(()),
            BookEntry::Triggered(triggered) => {
                self.triggers.as_mut().map_or(Ok(()), |file| file.write(triggered)).map_err(io::Error::other)
            }
        }
    }

    /// Hands all that was written on to the files.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.cdr.flush()?;
        self.master.flush()?;
        self.triggers.as_mut().map_or(Ok(()), triggers_csv::Writer::flush)?;
        self.queue_log.flush()
    }
}

/// How progress is shown on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    None,
    /// One line, drawn again: standard error is a terminal.
    Line,
    /// A plain line now and then.
    Plain,
}

impl Progress {
    /// What fits standard error.
    #[must_use]
    pub fn fitting(quiet: bool) -> Self {
        if quiet {
            Self::None
        } else if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
            Self::Line
        } else {
            Self::Plain
        }
    }
}

/// Plain progress lines come this many seconds apart.
const PLAIN_EVERY: u64 = 10;

/// Everything that is written down while a run goes on.
pub struct Ledger {
    pub collector: Collector,
    pub monitor: Monitor,
    pub reconciler: Option<Reconciler>,
    pub cases: Option<Cases>,
    /// Where the PBX's own rows are seen, and the scenario requires something of them.
    pub required: Option<Required>,
    pub recorded: u64,
    calls: Option<calls_csv::Writer<Out>>,
    books: Option<Books>,
    /// One JSON line a second.
    live: Option<Box<dyn Write>>,
    progress: Progress,
    scale: TimeScale,
    traffic_end: Instant,
    ticks: u64,
    completed: u64,
    technical: u64,
    in_use: u64,
    pub stopped_by: Option<String>,
    /// A row that is lost on purpose.
    loses: Option<LostRow>,
    /// Over the processor of the PBX that is called.
    pub watch: Option<Watch>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("recorded", &self.recorded).finish_non_exhaustive()
    }
}

/// Where a ledger writes.
pub struct Files {
    pub calls: bool,
    pub books: bool,
    pub live: Option<Box<dyn Write>>,
    pub progress: Progress,
    pub loses: Option<LostRow>,
    pub watch: Option<Watch>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("calls", &self.calls)
            .field("books", &self.books)
            .finish_non_exhaustive()
    }
}

impl Ledger {
    /// Begins the files of a run in `directory`.
    ///
    /// # Errors
    /// Exit code 1, naming the file.
    pub fn create(
        directory: &Path,
        scenario: &Scenario,
        collector: Collector,
        monitor: Monitor,
        traffic_end: Instant,
        files: Files,
    ) -> Result<Self, Failure> {
        let calls = if files.calls {
            let writer = calls_csv::Writer::new(create(directory, "calls.csv")?);
            Some(writer.map_err(|error| broken("calls.csv", &error))?)
        } else {
            None
        };
        let books = if files.books { Some(Books::create(directory, scenario)?) } else { None };
        Ok(Self {
            collector,
            monitor,
            reconciler: files
                .books
                .then(|| Reconciler::new(!scenario.pbx.queues.is_empty()).showing(scenario.pbx.cdr_detail)),
            cases: files.books.then(|| Cases::of(scenario)),
            required: files.books.then(|| Required::new(&scenario.required_fields)),
            recorded: 0,
            calls,
            books,
            live: files.live,
            progress: files.progress,
            scale: scenario.time_scale,
            traffic_end,
            ticks: 0,
            completed: 0,
            technical: 0,
            in_use: 0,
            stopped_by: None,
            loses: files.loses,
            watch: files.watch,
        })
    }

    /// Tells the watch over the PBX's processor of a call that was let in.
    fn watch_call(&mut self, record: &CallRecord) {
        let Some(watch) = &mut self.watch else { return };
        let wall = |at: Instant| self.scale.wall(at).as_secs_f64();
        let was_let_in = record.ringing.is_some() || record.answered.is_some();
        if let (Some(started), Some(ended), true) = (record.started, record.ended, was_let_in) {
            watch.call(wall(started), wall(ended));
        }
    }

    fn is_lost(&mut self, book: Book) -> bool {
        self.loses.as_mut().is_some_and(|lost| lost.takes(book))
    }

    /// Hands all that was written on to the files.
    ///
    /// # Errors
    /// If a file can't be written: the disk is full, say.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.progress == Progress::Line {
            eprint!("\r\x1b[K");
        }
        if let Some(calls) = &mut self.calls {
            calls.flush()?;
        }
        if let Some(books) = &mut self.books {
            books.flush()?;
        }
        self.live.as_mut().map_or(Ok(()), Write::flush)
    }

    fn show(&mut self, people: Instant) {
        let share = (people.as_secs_f64() / self.traffic_end.as_secs_f64().max(1e-9)).min(1.0) * 100.0;
        let line = format!(
            "{share:3.0} %  ended {:>7}  technical loss {:>5}  in progress {:>5}",
            self.recorded, self.technical, self.in_use
        );
        match self.progress {
            Progress::None => {}
            Progress::Line => eprint!("\r\x1b[K{line}   (+ faster, - slower, p pause, q quit)"),
            Progress::Plain => {
                if self.ticks.is_multiple_of(PLAIN_EVERY) && self.ticks > 0 {
                    eprintln!("{line}");
                }
            }
        }
    }

    fn live_line(&mut self, now: Instant, people: Instant) -> io::Result<()> {
        let Some(file) = &mut self.live else { return Ok(()) };
        let line = serde_json::json!({
            "wall_s": now.as_secs_f64(),
            "people_s": people.as_secs_f64(),
            "ended": self.recorded,
            "completed": self.completed,
            "technical": self.technical,
            "in_progress": self.in_use,
        });
        writeln!(file, "{line}")?;
        file.flush()
    }
}

impl Sink for Ledger {
    fn observe(&mut self, observation: &Observation) -> io::Result<()> {
        self.collector.observe(observation);
        match observation {
            Observation::Seized { .. } => self.in_use += 1,
            Observation::Released { .. } => self.in_use = self.in_use.saturating_sub(1),
            Observation::Ended(record) => {
                self.recorded += 1;
                self.completed += u64::from(matches!(record.outcome, Outcome::Completed(_)));
                self.technical += u64::from(record.outcome.is_technical());
                if let Some(cases) = &mut self.cases {
                    cases.generator(record);
                }
                self.watch_call(record);
                if self.is_lost(Book::Calls) {
                    return Ok(());
                }
                if let Some(reconciler) = &mut self.reconciler {
                    reconciler.generator(record);
                }
                if let Some(calls) = &mut self.calls {
                    calls.write(record).map_err(io::Error::other)?;
                }
            }
        }
        Ok(())
    }

    fn book(&mut self, entry: &BookEntry) -> io::Result<()> {
        if let Some(cases) = &mut self.cases {
            match entry {
                BookEntry::Call(row) => cases.cdr(row),
                BookEntry::Queue(event) => cases.queue_event(event),
                BookEntry::Menu(event) => cases.menu_event(event),
                BookEntry::Noted(_) | BookEntry::Triggered(_) => {}
            }
        }
        let book = match entry {
            BookEntry::Call(_) => Some(Book::Cdr),
            BookEntry::Queue(_) => Some(Book::QueueLog),
            BookEntry::Triggered(_) => None,
            BookEntry::Noted(noted) => {
                self.collector.noted(noted);
                return Ok(());
            }
            BookEntry::Menu(event) => {
                self.collector.menu_event(event.at, &event.menu, event.event);
                return Ok(());
            }
        };
        if book.is_some_and(|book| self.is_lost(book)) {
            return Ok(());
        }
        if let (Some(required), BookEntry::Call(row)) = (&mut self.required, entry) {
            required.cdr(row);
        }
        if let Some(reconciler) = &mut self.reconciler {
            match entry {
                BookEntry::Call(row) => reconciler.cdr(row),
                BookEntry::Queue(event) => reconciler.queue_event(event),
                BookEntry::Menu(_) | BookEntry::Noted(_) | BookEntry::Triggered(_) => {}
            }
        }
        if let BookEntry::Queue(event) = entry {
            sim::count_queue_event(&mut self.collector, event);
        }
        self.books.as_mut().map_or(Ok(()), |books| books.write(entry))
    }

    fn tick(&mut self, now: Instant) -> io::Result<ControlFlow<()>> {
        let people = self.scale.people(now);
        self.show(people);
        self.ticks += 1;
        if let Some(watch) = &mut self.watch {
            watch.look(now.as_secs_f64());
        }
        self.live_line(now, people)?;
        if let Some(gate) = self.monitor.check(people, &self.collector) {
            self.stopped_by = Some(gate.text.clone());
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn create(directory: &Path, name: &str) -> Result<Out, Failure> {
    File::create(directory.join(name)).map(BufWriter::new).map_err(|error| broken(name, &error))
}

fn broken(name: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Tool(format!(
        "cannot write {name}: {error}; free some space, or choose another place with --out"
    ))
}
