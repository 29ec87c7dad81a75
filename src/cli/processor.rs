//! The processor time of the PBX that is called: its own threads, or another process on this machine.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::cli::Failure;
use crate::live::resources;
use crate::metrics::ProcessorCost;
use crate::metrics::ProcessorMeter;

/// The threads of the bundled PBX: its signalling and its sound.
const OWN: [&str; 2] = ["pbx", "pbx-rtp"];

/// Whose processor time is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// The threads of the bundled PBX in this process.
    Own,
    /// All of another process.
    Process(u32),
}

/// Looks at a processor once a second.
#[derive(Debug)]
pub struct Watch {
    watched: Watched,
    meter: ProcessorMeter,
    /// Why it can't be read, the first time that it could not.
    fault: Option<String>,
}

impl Watch {
    /// A watch over it.
    ///
    /// # Errors
    /// Exit code 2 if there is no such process, or its time can't be read.
    pub fn new(watched: Watched) -> Result<Self, Failure> {
        if let Watched::Process(id) = watched {
            used(watched).map_err(|error| {
                Failure::Usage(format!(
                    "--pbx-process {id}: its processor time can't be read: {error}; name a process on this machine that \
                     you may look at, as `pidof asterisk` prints it"
                ))
            })?;
        }
        Ok(Self { watched, meter: ProcessorMeter::default(), fault: None })
    }

    /// A second has passed; wall time.
    pub fn look(&mut self, at_s: f64) {
        match used(self.watched) {
            Ok(used_s) => self.meter.used(at_s, used_s),
            Err(error) => {
                self.fault.get_or_insert_with(|| error.to_string());
            }
        }
    }

    /// A call that was let in; wall time.
    pub fn call(&mut self, start_s: f64, end_s: f64) {
        self.meter.call(start_s, end_s);
    }

    /// What was measured, or why nothing was.
    ///
    /// # Errors
    /// The reason, in a sentence.
    pub fn cost(&self) -> Result<ProcessorCost, String> {
        if let Some(fault) = &self.fault {
            return Err(format!("the PBX's processor time could not be read to the end: {fault}"));
        }
        // The bundled PBX decides on one thread.
        let cores = match self.watched {
            Watched::Own => 1,
            Watched::Process(_) => std::thread::available_parallelism()
                .map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX)),
        };
        self.meter.cost(cores).map_err(|why| format!("the PBX's processor was not measured: {why}"))
    }

    /// Whether somebody asked for it by name, and is to be told why there is no figure.
    #[must_use]
    pub const fn was_asked_for(&self) -> bool {
        matches!(self.watched, Watched::Process(_))
    }
}

/// Processor seconds used so far.
fn used(watched: Watched) -> io::Result<f64> {
    let folder = match watched {
        Watched::Own => PathBuf::from("/proc/self/task"),
        Watched::Process(id) => {
            let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
            let used = resources::processor_ticks(&stat).map(resources::seconds_of_ticks);
            return used.ok_or_else(|| io::Error::other("its stat has another form than proc(5) says"));
        }
    };
    let mut total = 0.0;
    for task in fs::read_dir(folder)? {
        let task = task?.path();
        // A thread may end while it is looked at.
        let Ok(name) = fs::read_to_string(task.join("comm")) else { continue };
        if OWN.contains(&name.trim()) {
            let text = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
            total += resources::scheduled_seconds(&text).unwrap_or(0.0);
        }
    }
    Ok(total)
}
