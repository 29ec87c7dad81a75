//! One replication: its figures, its gates, its books.

use std::cell::Cell;
use std::io;
use std::ops::ControlFlow;

use crate::books::Agreement;
use crate::books::Reconciler;
use crate::books::required::Required;
use crate::books::required::Tally;
use crate::cli::Failure;
use crate::cli::lost_row::Book;
use crate::cli::lost_row::LostRow;
use crate::cli::simulate::broken;
use crate::cli::simulate::files::Files;
use crate::cli::simulate::progress::Progress;
use crate::cli::simulate::stopping::TimeLimit;
use crate::live::interrupts::Interrupts;
use crate::live::interrupts::Signal;
use crate::metrics::Collector;
use crate::metrics::Settings;
use crate::outcome::Observation;
use crate::random::Seed;
use crate::result;
use crate::result::Cases;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::sim::Gathered;
use crate::time::{Duration, Instant};
use crate::traffic::statistics::PoissonFit;
use crate::verdict::Gate;
use crate::verdict::Monitor;

/// Gates that stop a run are judged this often, in people's time.
const STOP_CHECK: Duration = Duration::from_secs(10);

/// The clock is looked at every so many calls.
const TIME_CHECK: u64 = 4_096;

/// What all replications came to.
pub(super) struct Played {
    pub(super) collector: Collector,
    /// Of the first replication, if it kept books.
    pub(super) books: Option<Agreement>,
    pub(super) attempts: u64,
    pub(super) not_started: u64,
    pub(super) recorded: u64,
    /// Of the first replication.
    pub(super) poisson: Option<PoissonFit>,
    pub(super) stopped_by: Option<String>,
    /// Time was up: the figures depend on the machine.
    pub(super) out_of_time: bool,
    /// Ctrl-C or SIGTERM came: the figures are of what was finished by then.
    pub(super) interrupted: Option<Signal>,
    /// Of the first replication, if it kept books.
    pub(super) cases: Option<Cases>,
    /// Of the first replication, if it kept books.
    pub(super) required: Vec<Tally>,
    /// A replication would never have ended.
    pub(super) endless: bool,
    /// What became of each `--precision`, in sentences.
    pub(super) precision: Vec<String>,
}

impl Played {
    /// A replication that doesn't begin, since the time is up or a signal has come. None if it may.
    pub(super) fn none(settings: &Settings, (limit, interrupts): (TimeLimit, &Interrupts)) -> Option<Self> {
        let (out_of_time, interrupted) = (limit.is_over(), interrupts.heard());
        (out_of_time || interrupted.is_some()).then(|| Self {
            collector: Collector::new(settings.clone()),
            books: None,
            attempts: 0,
            not_started: 0,
            recorded: 0,
            poisson: None,
            stopped_by: None,
            out_of_time,
            interrupted,
            cases: None,
            required: Vec::new(),
            endless: false,
            precision: Vec::new(),
        })
    }

    /// The only replication was stopped before its end by the clock.
    pub(super) const fn attempts_cut(&self) -> bool {
        self.out_of_time && self.not_started > 0
    }

    /// A replication played straight through, for its figures alone. None where the scenario, or a gate that may stop the
    /// run, doesn't let it.
    pub(super) fn straight(
        gates: &[Gate],
        scenario: &Scenario,
        seed: Seed,
        settings: Settings,
        progress: &Progress,
        (limit, interrupts): (TimeLimit, &Interrupts),
    ) -> Option<Self> {
        if !Monitor::new(gates).is_idle() {
            return None;
        }
        let (out_of_time, interrupted) = (Cell::new(false), Cell::new(None));
        let may_go_on = |now| {
            progress.simulated(now);
            out_of_time.set(limit.is_over());
            interrupted.set(interrupts.heard());
            !out_of_time.get() && interrupted.get().is_none()
        };
        let Gathered { mut collector, report, recorded } =
            sim::gather_straight(scenario, seed, settings, &may_go_on)?;
        if report.stopped {
            result::cut_short(scenario, &mut collector);
        }
        Some(Self {
            collector,
            books: None,
            attempts: report.attempts,
            not_started: report.not_started,
            recorded,
            poisson: report.poisson,
            stopped_by: None,
            out_of_time: out_of_time.get(),
            interrupted: interrupted.get(),
            cases: None,
            required: Vec::new(),
            endless: report.endless,
            precision: Vec::new(),
        })
    }

    /// Adds the next replication.
    pub(super) fn add(&mut self, other: Self) {
        self.collector.merge(other.collector);
        self.attempts += other.attempts;
        self.not_started += other.not_started;
        self.recorded += other.recorded;
        self.stopped_by = self.stopped_by.take().or(other.stopped_by);
        self.out_of_time |= other.out_of_time;
        self.interrupted = self.interrupted.or(other.interrupted);
        self.endless |= other.endless;
    }
}

/// The sink of one replication.
pub(super) struct Replication<'a> {
    collector: Collector,
    monitor: Monitor,
    /// Only where books are kept.
    reconciler: Option<Reconciler>,
    cases: Option<Cases>,
    required: Option<Required>,
    recorded: u64,
    /// The first replication's books are written down.
    files: Option<&'a mut Files>,
    broken: Option<io::Error>,
    next_check: Instant,
    stopped_by: Option<String>,
    progress: &'a Progress,
    limit: TimeLimit,
    out_of_time: bool,
    interrupts: &'a Interrupts,
    interrupted: Option<Signal>,
    /// A row that is lost on purpose.
    loses: Option<LostRow>,
}

impl<'a> Replication<'a> {
    pub(super) fn new(
        gates: &[Gate],
        scenario: &Scenario,
        settings: Settings,
        files: Option<&'a mut Files>,
        progress: &'a Progress,
        (limit, interrupts): (TimeLimit, &'a Interrupts),
    ) -> Self {
        Self {
            collector: Collector::new(settings),
            monitor: Monitor::new(gates),
            reconciler: files
                .is_some()
                .then(|| Reconciler::new(!scenario.pbx.queues.is_empty()).showing(scenario.pbx.cdr_detail)),
            cases: files.is_some().then(|| Cases::of(scenario)),
            required: files.is_some().then(|| Required::new(&scenario.required_fields)),
            recorded: 0,
            files,
            broken: None,
            next_check: Instant::ZERO,
            stopped_by: None,
            progress,
            limit,
            out_of_time: false,
            interrupts,
            interrupted: None,
            loses: None,
        }
    }

    /// The same with a row of its books lost.
    pub(super) const fn losing(mut self, loses: Option<LostRow>) -> Self {
        self.loses = loses;
        self
    }

    /// Takes the next entry; to break is to stop the replication.
    pub(super) fn take(&mut self, entry: &Entry) -> ControlFlow<()> {
        self.write_down(entry)?;
        self.interrupted = self.interrupts.heard();
        if self.interrupted.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn write_down(&mut self, entry: &Entry) -> ControlFlow<()> {
        sim::count(&mut self.collector, entry);
        if let Some(cases) = &mut self.cases {
            tell(cases, entry);
        }
        if !self.is_lost(entry) {
            if let (Some(required), Entry::Cdr(row)) = (&mut self.required, entry) {
                required.cdr(row);
            }
            if let Some(reconciler) = &mut self.reconciler {
                match entry {
                    Entry::Observation(Observation::Ended(record)) => reconciler.generator(record),
                    Entry::Cdr(row) => reconciler.cdr(row),
                    Entry::QueueEvent(event) => reconciler.queue_event(event),
                    Entry::Observation(_)
                    | Entry::MenuEvent(_)
                    | Entry::Noted(_)
                    | Entry::Triggered(_)
                    | Entry::QueueJoined { .. }
                    | Entry::QueueLeft { .. } => {}
                }
            }
            if let Some(files) = &mut self.files
                && let Err(error) = files.write(entry)
            {
                self.broken = Some(error);
                return ControlFlow::Break(());
            }
        }
        let Entry::Observation(Observation::Ended(record)) = entry else { return ControlFlow::Continue(()) };
        self.recorded += 1;
        record.ended.map_or(ControlFlow::Continue(()), |now| self.check(now))
    }

    fn is_lost(&mut self, entry: &Entry) -> bool {
        let book = match entry {
            Entry::Observation(Observation::Ended(_)) => Book::Calls,
            Entry::Cdr(_) => Book::Cdr,
            Entry::QueueEvent(_) => Book::QueueLog,
            Entry::Observation(_)
            | Entry::MenuEvent(_)
            | Entry::Noted(_)
            | Entry::Triggered(_)
            | Entry::QueueJoined { .. }
            | Entry::QueueLeft { .. } => return false,
        };
        self.loses.as_mut().is_some_and(|lost| lost.takes(book))
    }

    fn check(&mut self, now: Instant) -> ControlFlow<()> {
        if self.recorded.is_multiple_of(TIME_CHECK) {
            self.progress.simulated(now);
            if self.limit.is_over() {
                self.out_of_time = true;
                return ControlFlow::Break(());
            }
        }
        if now < self.next_check {
            return ControlFlow::Continue(());
        }
        self.next_check = now + STOP_CHECK;
        match self.monitor.check(now, &self.collector) {
            Some(gate) if self.stopped_by.is_none() => {
                self.stopped_by = Some(gate.text.clone());
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    /// Whether anybody reads the PBX's books.
    pub(super) const fn keeps_books(&self) -> bool {
        self.files.is_some()
    }

    pub(super) fn finish(mut self, scenario: &Scenario, report: &sim::Report) -> Result<Played, Failure> {
        if let Some(error) = self.broken {
            return Err(broken(&error));
        }
        if self.stopped_by.is_some() || self.out_of_time || self.interrupted.is_some() {
            result::cut_short(scenario, &mut self.collector);
        }
        Ok(Played {
            collector: self.collector,
            books: self.reconciler.map(Reconciler::finish),
            cases: self.cases,
            required: self.required.map(Required::finish).unwrap_or_default(),
            attempts: report.attempts,
            not_started: report.not_started,
            recorded: self.recorded,
            poisson: report.poisson,
            stopped_by: self.stopped_by,
            out_of_time: self.out_of_time,
            interrupted: self.interrupted,
            endless: report.endless,
            precision: Vec::new(),
        })
    }
}

/// One entry, for whoever tells of single calls and topics.
fn tell(cases: &mut Cases, entry: &Entry) {
    match entry {
        Entry::Observation(Observation::Ended(record)) => cases.generator(record),
        Entry::Cdr(row) => cases.cdr(row),
        Entry::QueueEvent(event) => cases.queue_event(event),
        Entry::MenuEvent(event) => cases.menu_event(event),
        _ => {}
    }
}
