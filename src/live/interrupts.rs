//! Ctrl-C and SIGTERM for work without sockets, which looks now and then whether it should stop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering;

use tokio::signal::unix::SignalKind;

/// What ended the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Whether a signal has come. Copies hear the same.
#[derive(Debug, Clone)]
pub struct Interrupts(Arc<AtomicU8>);

/// The first signal ends the process.
const AT_ONCE: u8 = 0;
/// The first signal is waited for.
const DEFERRED: u8 = 1;
const INTERRUPT: u8 = 2;
const TERMINATE: u8 = 3;

impl Interrupts {
    /// No signal is ever heard.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new(AtomicU8::new(AT_ONCE)))
    }

    /// Listens from now on. `at_once` is to end the process; it is told whether an earlier signal has been heard.
    ///
    /// # Errors
    /// If the system gives no signals or no thread.
    pub fn listen(at_once: impl Fn(Signal, bool) + Send + 'static) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _entered = runtime.enter();
            let listen = tokio::signal::unix::signal;
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
        };
        let heard = Self::none();
        let told = heard.clone();
        let wait = move || {
            runtime.block_on(async {
                loop {
                    let signal = tokio::select! {
                        _ = interrupt.recv() => Signal::Interrupt,
                        _ = terminate.recv() => Signal::Terminate,
                    };
                    if !told.note(signal) {
                        at_once(signal, told.heard().is_some());
                    }
                }
            });
        };
        std::thread::Builder::new().name("signals".into()).spawn(wait)?;
        Ok(heard)
    }

    /// From now on the first signal is only noted: whoever works looks at [`Self::heard`].
    pub fn defer(&self) {
        self.0.store(DEFERRED, Ordering::Relaxed);
    }

    /// The signal that has been noted.
    #[must_use]
    pub fn heard(&self) -> Option<Signal> {
        match self.0.load(Ordering::Relaxed) {
            INTERRUPT => Some(Signal::Interrupt),
            TERMINATE => Some(Signal::Terminate),
            _ => None,
        }
    }

    /// Notes the first signal, if it is waited for.
    fn note(&self, signal: Signal) -> bool {
        let noted = match signal {
            Signal::Interrupt => INTERRUPT,
            Signal::Terminate => TERMINATE,
        };
        self.0.compare_exchange(DEFERRED, noted, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_signal_is_waited_for_and_only_where_that_was_asked() {
        let interrupts = Interrupts::none();
        assert!(!interrupts.note(Signal::Interrupt) && interrupts.heard().is_none());
        assert_eq!(interrupts.0.load(Ordering::Relaxed), AT_ONCE);
        interrupts.defer();
        assert!(interrupts.note(Signal::Terminate));
        assert_eq!(interrupts.clone().heard(), Some(Signal::Terminate));
        assert!(!interrupts.note(Signal::Interrupt), "the second waits for nobody");
        assert_eq!(interrupts.heard(), Some(Signal::Terminate));
    }
}
