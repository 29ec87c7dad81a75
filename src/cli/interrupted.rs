//! Ctrl-C and SIGTERM during a simulation: what is finished is reported, and a second one ends the process at once.

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::live::interrupts::Interrupts;
use crate::live::interrupts::Signal;

/// Listens from now on. Until [`Interrupts::defer`] a signal ends the process with this sentence: nothing is finished yet.
///
/// # Errors
/// [`Failure::Tool`] if the system gives no signals.
pub fn listen(sentence: &'static str) -> Result<Interrupts, Failure> {
    let at_once = move |signal, heard_before: bool| {
        if !heard_before {
            eprintln!("busyhour: {sentence}");
        }
        std::process::exit(code(signal) as i32);
    };
    Interrupts::listen(at_once).map_err(|error| Failure::Tool(format!("cannot listen for Ctrl-C: {error}")))
}

/// What the process ends with.
#[must_use]
pub const fn code(signal: Signal) -> ExitCode {
    match signal {
        Signal::Interrupt => ExitCode::Interrupted,
        Signal::Terminate => ExitCode::Terminated,
    }
}

/// The failure where there is nothing to report.
#[must_use]
pub fn nothing(signal: Signal) -> Failure {
    Failure::Interrupted(code(signal), NOTHING.to_owned())
}

/// What is said where nothing is finished.
pub const NOTHING: &str = "interrupted before anything was finished: no report is written";
