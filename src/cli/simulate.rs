//! `busyhour simulate`: the same scenario in virtual time.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;

use crate::books::Agreement;
use crate::books::Reconciler;
use crate::books::calls_csv;
use crate::books::cdr_csv;
use crate::books::master_csv;
use crate::books::queue_log;
use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::finish;
use crate::cli::load;
use crate::cli::output;
use crate::metrics::Collector;
use crate::outcome::Observation;
use crate::pbx::books::QueueEvent;
use crate::pbx::books::QueueEventKind;
use crate::result;
use crate::result::Driver;
use crate::result::DriverFacts;
use crate::result::Ended;
use crate::result::RunResult;
use crate::scenario::Extent;
use crate::scenario::Media;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Duration;
use crate::time::Instant;
use crate::time::TimeScale;
use crate::traffic::statistics::PoissonFit;
use crate::verdict::Gate;
use crate::verdict::Monitor;

/// Gates that stop a run are judged this often, in people's time.
const STOP_CHECK: Duration = Duration::from_secs(10);

/// Simulate a scenario: the same people and PBX in virtual time
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  busyhour simulate scenarios/economy-tariff-after-growth.yaml
  busyhour simulate scenarios/how-many-agents.yaml --replications 20")]
pub struct Arguments {
    /// The scenario
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// Independent repetitions; from 2 on, ratios get their interval over them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub replications: u64,
    #[command(flatten)]
    pub common: Common,
}

/// Runs the verb.
///
/// # Errors
/// [`Failure::Usage`] for a bad scenario or option, [`Failure::Tool`] if a file can't be written.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let common = &arguments.common;
    let scenario = load::scenario(&arguments.scenario, common)?;
    refuse_the_impossible(&scenario, common)?;
    let capabilities = result::capabilities(&scenario, false, true);
    let gates = result::gates(&scenario, &capabilities).map_err(|error| Failure::Usage(error.to_string()))?;
    let directory = common.directory(&scenario, "simulation");
    output::make_directory(&directory)?;
    if scenario.seed_drawn && !common.quiet {
        eprintln!("seed {}", scenario.seed.0);
    }
    let mut files = Files::create(&directory, &scenario, !common.no_calls).map_err(|e| broken(&e))?;
    let played = play(&scenario, &gates, arguments, &mut files)?;
    files.publish().map_err(|error| broken(&error))?;
    let result = judge(&scenario, &gates, arguments.replications, played);
    finish::present(common, &directory, &result)?;
    Ok(finish::code(&result, common.inconclusive))
}

fn refuse_the_impossible(scenario: &Scenario, common: &Common) -> Result<(), Failure> {
    if scenario.extent == Extent::Unstated {
        return Err(Failure::Usage(format!(
            "scenario {}: `simulate` needs `duration` or `calls`; add for example `duration: 10h`",
            scenario.name
        )));
    }
    if common.threads != 1 {
        return Err(Failure::Usage(
            "`simulate` works on one thread: leave out --threads, or write --threads 1".to_owned(),
        ));
    }
    Ok(())
}

/// What all replications came to.
struct Played {
    collector: Collector,
    books: Agreement,
    attempts: u64,
    not_started: u64,
    recorded: u64,
    /// Of the first replication.
    poisson: Option<PoissonFit>,
    stopped_by: Option<String>,
}

fn play(
    scenario: &Scenario,
    gates: &[Gate],
    arguments: &Arguments,
    files: &mut Files,
) -> Result<Played, Failure> {
    let mut played: Option<Played> = None;
    for index in 0..arguments.replications {
        let seed = scenario.seed.replication(index);
        let mut replication = Replication::new(scenario, gates, (index == 0).then_some(&mut *files));
        let report = sim::run(scenario, seed, &mut |entry| replication.take(&entry));
        let one = replication.finish(&report)?;
        let stopped = report.stopped;
        match &mut played {
            Some(played) => played.add(one),
            None => played = Some(one),
        }
        if stopped {
            break;
        }
        if arguments.replications > 1 && !arguments.common.quiet {
            eprintln!("replication {} of {}", index + 1, arguments.replications);
        }
    }
    Ok(played.expect("clap refuses fewer than one replication"))
}

impl Played {
    /// Adds the next replication.
    fn add(&mut self, other: Self) {
        self.collector.merge(other.collector);
        self.books.generator += other.books.generator;
        self.books.cdr += other.books.cdr;
        self.books.queue_log = self.books.queue_log.zip(other.books.queue_log).map(|(a, b)| a + b);
        self.books.differences.extend(other.books.differences);
        self.attempts += other.attempts;
        self.not_started += other.not_started;
        self.recorded += other.recorded;
        self.stopped_by = self.stopped_by.take().or(other.stopped_by);
    }
}

/// The sink of one replication.
struct Replication<'a> {
    collector: Collector,
    monitor: Monitor,
    reconciler: Reconciler,
    recorded: u64,
    /// The first replication's books are written down.
    files: Option<&'a mut Files>,
    broken: Option<io::Error>,
    next_check: Instant,
    stopped_by: Option<String>,
}

impl<'a> Replication<'a> {
    fn new(scenario: &Scenario, gates: &[Gate], files: Option<&'a mut Files>) -> Self {
        Self {
            collector: Collector::new(result::collector_settings(scenario, gates)),
            monitor: Monitor::new(gates),
            reconciler: Reconciler::new(!scenario.pbx.queues.is_empty()),
            recorded: 0,
            files,
            broken: None,
            next_check: Instant::ZERO,
            stopped_by: None,
        }
    }

    fn take(&mut self, entry: &Entry) -> ControlFlow<()> {
        let mut now = None;
        match entry {
            Entry::Observation(observation) => {
                self.collector.observe(observation);
                if let Observation::Ended(record) = observation {
                    self.recorded += 1;
                    self.reconciler.generator(record);
                    now = record.ended;
                }
            }
            Entry::Cdr(row) => self.reconciler.cdr(row),
            Entry::QueueEvent(event) => {
                self.reconciler.queue_event(event);
                gather_queue(&mut self.collector, event);
            }
        }
        if let Some(files) = &mut self.files
            && let Err(error) = files.write(entry)
        {
            self.broken = Some(error);
            return ControlFlow::Break(());
        }
        now.map_or(ControlFlow::Continue(()), |now| self.check(now))
    }

    fn check(&mut self, now: Instant) -> ControlFlow<()> {
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

    fn finish(self, report: &sim::Report) -> Result<Played, Failure> {
        if let Some(error) = self.broken {
            return Err(broken(&error));
        }
        Ok(Played {
            collector: self.collector,
            books: self.reconciler.finish(),
            attempts: report.attempts,
            not_started: report.not_started,
            recorded: self.recorded,
            poisson: report.poisson,
            stopped_by: self.stopped_by,
        })
    }
}

/// The figures that only the queue's own events show.
fn gather_queue(collector: &mut Collector, event: &QueueEvent) {
    match (&event.event, &event.agent) {
        (QueueEventKind::EnterQueue { .. }, _) => collector.queue_joined(event.at),
        (
            QueueEventKind::Connect { .. }
            | QueueEventKind::Abandon { .. }
            | QueueEventKind::ExitWithTimeout { .. },
            _,
        ) => collector.queue_left(event.at),
        (QueueEventKind::RingNoAnswer { .. }, Some(agent)) => collector.offer_not_answered(agent, event.at),
        _ => {}
    }
}

fn judge(scenario: &Scenario, gates: &[Gate], replications: u64, played: Played) -> RunResult {
    let mut notes = notes(scenario, replications);
    notes.extend(played.stopped_by.as_ref().map(|gate| format!("stopped by the gate {gate}")));
    let facts = DriverFacts {
        driver: Driver::Simulation,
        ended: if played.stopped_by.is_some() { Ended::Stopped } else { Ended::Complete },
        target: "bundled".to_owned(),
        scheduled: played.attempts + played.not_started,
        started: played.attempts,
        not_started: played.not_started,
        recorded: played.recorded,
        interarrival_cv: played.poisson.map(|fit| fit.interarrival_cv),
        ks_p: played.poisson.map(|fit| fit.ks_p),
        ladders: Vec::new(),
        books: Some(result::Books {
            generator: played.books.generator,
            cdr: played.books.cdr,
            queue_log: played.books.queue_log,
            differences: played.books.differences,
        }),
        notes,
        faults: Vec::new(),
    };
    result::assemble(scenario, &played.collector.finish(), gates, facts)
}

/// What a reader must know: the keys of the wire that have no effect here, and whose books the files are.
fn notes(scenario: &Scenario, replications: u64) -> Vec<String> {
    let authenticates = scenario.traffic.callers.iter().any(|caller| caller.auth.is_some());
    let keys = [
        ("time_scale", scenario.time_scale != TimeScale::REAL),
        ("media", scenario.live.media != Media::None),
        ("auth", authenticates),
    ];
    let unused: Vec<_> = keys.iter().filter(|(_, used)| *used).map(|(key, _)| *key).collect();
    let mut notes = Vec::new();
    if !unused.is_empty() {
        notes.push(format!("simulated without a wire: {} had no effect", unused.join(", ")));
    }
    if replications > 1 {
        notes.push(format!(
            "the call records and the PBX's books are those of the first of {replications} replications"
        ));
    }
    notes
}

/// The books of one replication, written under temporary names until they are whole.
struct Files {
    calls: Option<calls_csv::Writer<Out>>,
    cdr: cdr_csv::Writer<Out>,
    master: master_csv::Writer<Out>,
    queue_log: queue_log::Writer<Out>,
    /// (temporary, final) names.
    names: Vec<(PathBuf, PathBuf)>,
}

type Out = BufWriter<File>;

impl Files {
    fn create(directory: &Path, scenario: &Scenario, with_calls: bool) -> io::Result<Self> {
        let mut names = Vec::new();
        let mut open = |name: &str| {
            let temporary = directory.join(format!(".{name}.{}.part", std::process::id()));
            let file = File::create(&temporary)?;
            names.push((temporary, directory.join(name)));
            Ok::<_, io::Error>(BufWriter::new(file))
        };
        let calls = with_calls.then(|| open("calls.csv")).transpose()?;
        let calls = calls.map(calls_csv::Writer::new).transpose().map_err(io::Error::other)?;
        let cdr = cdr_csv::Writer::new(open("cdr.csv")?).map_err(io::Error::other)?;
        let master = master_csv::Writer::new(open("Master.csv")?, scenario.start.clone());
        let queue_log = queue_log::Writer::new(open("queue_log")?, scenario.start.clone())?;
        Ok(Self { calls, cdr, master, queue_log, names })
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Observation(Observation::Ended(record)) => match &mut self.calls {
                Some(calls) => calls.write(record).map_err(io::Error::other),
                None => Ok(()),
            },
            Entry::Observation(_) => Ok(()),
            Entry::Cdr(row) => {
                self.cdr.write(row).map_err(io::Error::other)?;
                self.master.write(row)
            }
            Entry::QueueEvent(event) => self.queue_log.write(event),
        }
    }

    /// Gives the files, now whole, their own names.
    fn publish(&mut self) -> io::Result<()> {
        if let Some(calls) = &mut self.calls {
            calls.flush()?;
        }
        self.cdr.flush()?;
        self.master.flush()?;
        self.queue_log.flush()?;
        self.names.drain(..).try_for_each(|(temporary, name)| fs::rename(temporary, name))
    }
}

impl Drop for Files {
    /// Half a file is worse than none.
    fn drop(&mut self) {
        for (temporary, _) in &self.names {
            // The error that brought us here is already on its way to the user.
            let _ = fs::remove_file(temporary);
        }
    }
}

fn broken(error: &io::Error) -> Failure {
    Failure::Tool(format!(
        "cannot write the call records: {error}; free some space, or choose another place with --out"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report;

    const SCENARIO: &str = "\
name: small
question: What does a small trunk lose?
seed: 7
duration: 4h
warm_up: 1h
time_scale: 600
traffic:
  arrivals: poisson
  profile: 480/h
  callers:
    - {name: customer, talk: {exponential: {mean: 180s}}}
pbx:
  channels: 30
gates:
  - technical_drop_rate < 1% @95%
";

    /// The result of `replications` of `text`, whose files lie in a directory of their own.
    fn simulated(text: &str, replications: u64) -> (RunResult, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let common = Common { threads: 1, quiet: true, ..Common::default() };
        let scenario = load::from_text(text, "small.yaml", &common).unwrap();
        let arguments = Arguments { scenario: PathBuf::new(), replications, common };
        let gates = result::gates(&scenario, &result::capabilities(&scenario, false, true)).unwrap();
        let mut files = Files::create(directory.path(), &scenario, true).unwrap();
        let played = play(&scenario, &gates, &arguments, &mut files).unwrap();
        files.publish().unwrap();
        (judge(&scenario, &gates, replications, played), directory)
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_whatever_the_number_of_replications() {
        for replications in [1, 3] {
            let render = || report::json::render(&simulated(SCENARIO, replications).0);
            assert_eq!(render(), render());
        }
    }

    #[test]
    fn replications_add_up_and_every_book_agrees_to_the_call() {
        let (one, _) = simulated(SCENARIO, 1);
        let (three, directory) = simulated(SCENARIO, 3);
        assert_eq!((one.replications, three.replications), (None, Some(3)));
        assert!(three.outcomes.offered > 2 * one.outcomes.offered);
        let books = three.books.unwrap();
        assert_eq!((books.generator, books.differences.as_slice()), (books.cdr, [].as_slice()));
        assert_eq!(books.generator, three.arrivals.scheduled);
        let calls = File::open(directory.path().join("calls.csv")).unwrap();
        let read = calls_csv::Reader::new(calls).unwrap().map(Result::unwrap).count();
        assert_eq!(read as u64, one.arrivals.started, "the records are the first replication's");
    }

    #[test]
    fn keys_of_the_wire_are_named_once() {
        let notes = simulated(SCENARIO, 1).0.notes;
        assert!(
            notes.contains(&"simulated without a wire: time_scale had no effect".to_owned()),
            "{notes:?}"
        );
    }

    #[test]
    fn a_stop_gate_stops_the_simulation() {
        let text = SCENARIO.replace("channels: 30", "channels: 2").replace("@95%", "@95%, stop");
        let (result, _) = simulated(&text, 1);
        assert_eq!(result.ended, Ended::Stopped);
        assert!(result.arrivals.not_started > 0);
        let arrivals = &result.arrivals;
        assert_eq!(arrivals.scheduled, arrivals.started + arrivals.not_started);
    }

    #[test]
    fn what_simulate_cannot_do_is_refused_with_the_remedy() {
        let common = Common { threads: 2, ..Common::default() };
        let endless = SCENARIO.replace("duration: 4h\n", "").replace("warm_up: 1h\n", "");
        let endless = load::from_text(&endless, "small.yaml", &common).unwrap();
        let Err(Failure::Usage(told)) = refuse_the_impossible(&endless, &common) else { panic!("accepted") };
        assert!(told.contains("duration: 10h"), "{told}");
        let threads = load::from_text(SCENARIO, "small.yaml", &common).unwrap();
        let Err(Failure::Usage(told)) = refuse_the_impossible(&threads, &common) else { panic!("accepted") };
        assert!(told.contains("--threads 1"), "{told}");
    }
}
