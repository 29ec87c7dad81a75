//! The client's other requests (RFC 3261 17.1.2).
//!
//! ```text
//! Trying ──1xx──► Proceeding ──200–699──► Completed ──K──► gone
//!    └────────────200–699────────────────►
//! ```

use crate::time::Duration;

use super::Effects;
use super::Event;
use super::TimerChange;
use super::timers::Pace;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Trying,
    Proceeding,
    Completed,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ClientNonInvite {
    state: State,
    /// What timer E was last set to.
    interval: Duration,
}

impl ClientNonInvite {
    /// A new transaction and its first effects: the request goes out, timers E and F start.
    pub fn start(pace: &Pace) -> (Self, Effects) {
        let effects = Effects {
            transmit: true,
            retransmit: pace.retransmission(),
            expiry: TimerChange::Start(pace.transaction()),
            ..Effects::NONE
        };
        (Self { state: State::Trying, interval: pace.timers.t1 }, effects)
    }

    /// True until a final response.
    pub fn awaits_response(&self) -> bool {
        self.state != State::Completed
    }

    pub fn handle(&mut self, event: Event, pace: &Pace) -> Effects {
        match (self.state, event) {
            (State::Completed, Event::ExpiryTimer) => Effects::TERMINATED,
            (State::Completed, Event::Response(_)) => Effects::ABSORBED,
            (_, Event::ExpiryTimer) => Effects::TIMED_OUT,
            (_, Event::RetransmitTimer) if self.state != State::Completed => self.retransmit(pace),
            (_, Event::Response(100..=199)) => {
                self.state = State::Proceeding;
                Effects { deliver: true, ..Effects::NONE }
            }
            (_, Event::Response(_)) => {
                self.state = State::Completed;
                Effects {
                    deliver: true,
                    forget_message: true,
                    retransmit: TimerChange::Stop,
                    expiry: pace.repetitions(pace.timers.t4),
                    ..Effects::NONE
                }
            }
            _ => Effects::NONE,
        }
    }

    /// Timer E: doubling up to T2 while nothing is heard, then every T2.
    fn retransmit(&mut self, pace: &Pace) -> Effects {
        self.interval =
            if self.state == State::Proceeding { pace.timers.t2 } else { pace.doubled(self.interval) };
        Effects { transmit: true, retransmit: TimerChange::Start(self.interval), ..Effects::NONE }
    }
}
