//! The books of one replication, as files.

use std::fs;
use std::fs::File;
use std::io;
use std::io::BufWriter;
use std::path::Path;
use std::path::PathBuf;

use crate::books::calls_csv;
use crate::books::cdr_csv;
use crate::books::master_csv;
use crate::books::queue_log;
use crate::books::triggers_csv;
use crate::outcome::Observation;
use crate::scenario::Scenario;
use crate::sim::Entry;

/// The books of one replication, written under temporary names until they are whole.
pub(super) struct Files {
    calls: calls_csv::Writer<Out>,
    cdr: cdr_csv::Writer<Out>,
    master: master_csv::Writer<Out>,
    queue_log: queue_log::Writer<Out>,
    /// Where something can be set off.
    triggers: Option<triggers_csv::Writer<Out>>,
    /// (temporary, final) names.
    names: Vec<(PathBuf, PathBuf)>,
}

type Out = BufWriter<File>;

impl Files {
    pub(super) fn create(directory: &Path, scenario: &Scenario) -> io::Result<Self> {
        let mut names = Vec::new();
        let mut open = |name: &str| {
            let temporary = directory.join(format!(".{name}.{}.part", std::process::id()));
            let file = File::create(&temporary)?;
            names.push((temporary, directory.join(name)));
            Ok::<_, io::Error>(BufWriter::new(file))
        };
        let calls = calls_csv::Writer::new(open("calls.csv")?).map_err(io::Error::other)?;
        let cdr = cdr_csv::Writer::new(open("cdr.csv")?).map_err(io::Error::other)?;
        let master =
            master_csv::Writer::new(open("Master.csv")?, scenario.start.clone(), scenario.pbx.cdr_detail);
        let queue_log = queue_log::Writer::new(open("queue_log")?, scenario.start.clone())?;
        let triggers = if scenario.pbx.triggers.is_empty() {
            None
        } else {
            Some(triggers_csv::Writer::new(open("triggers.csv")?).map_err(io::Error::other)?)
        };
        Ok(Self { calls, cdr, master, queue_log, triggers, names })
    }

    pub(super) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        match entry {
            Entry::Observation(Observation::Ended(record)) => {
                self.calls.write(record).map_err(io::Error::other)
            }
            Entry::Observation(_)
            | Entry::MenuEvent(_)
            | Entry::Noted(_)
            | Entry::QueueJoined { .. }
            | Entry::QueueLeft { .. } => Ok(()),
            Entry::Cdr(row) => {
                self.cdr.write(row).map_err(io::Error::other)?;
                self.master.write(row)
            }
            Entry::QueueEvent(event) => self.queue_log.write(event),
            Entry::Triggered(triggered) => {
                self.triggers.as_mut().map_or(Ok(()), |file| file.write(triggered)).map_err(io::Error::other)
            }
        }
    }

    /// Gives the files, now whole, their own names.
    pub(super) fn publish(&mut self) -> io::Result<()> {
        self.calls.flush()?;
        self.cdr.flush()?;
        self.master.flush()?;
        self.queue_log.flush()?;
        self.triggers.as_mut().map_or(Ok(()), triggers_csv::Writer::flush)?;
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
