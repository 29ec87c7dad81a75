//! What long work says on standard error while it lasts.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::live::clock::Clock;
use crate::time::Duration;
use crate::time::Instant;

/// Lines that stay come this far apart, lines that are drawn again on a terminal so far.
const PLAIN_EVERY: Duration = Duration::from_secs(5);
const DRAWN_EVERY: Duration = Duration::from_millis(200);

/// One line now and then; shared by all threads.
#[derive(Debug)]
pub(super) struct Progress {
    quiet: bool,
    terminal: bool,
    clock: Clock,
    last: Mutex<Duration>,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { quiet, terminal, clock: Clock::start(), last: Mutex::new(Duration::ZERO) }
    }

    /// So many replications of at most so many are done.
    pub(super) fn finished(&self, done: u64, most: u64) {
        if most > 1 {
            self.tell(|| format!("replication {done} of at most {most}"));
        }
    }

    /// A replication has come so far, in people's time.
    pub(super) fn simulated(&self, now: Instant) {
        self.tell(|| format!("simulated {:.1} h", now.as_secs_f64() / 3600.0));
    }

    /// Leaves a clean line for the result.
    pub(super) fn clear(&self) {
        if self.terminal && !self.quiet {
            eprint!("\r\x1b[K");
        }
    }

    fn tell(&self, line: impl FnOnce() -> String) {
        if self.quiet {
            return;
        }
        let every = if self.terminal { DRAWN_EVERY } else { PLAIN_EVERY };
        let elapsed = self.clock.now().since(Instant::ZERO);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if elapsed.saturating_sub(*last) < every {
            return;
        }
        *last = elapsed;
        if self.terminal {
            eprint!("\r\x1b[K{}", line());
        } else {
            eprintln!("{}", line());
        }
    }
}
