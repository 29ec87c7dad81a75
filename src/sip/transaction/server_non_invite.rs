//! The server's other requests (RFC 3261 17.2.2).
//!
//! ```text
//! Trying ──1xx──► Proceeding ──200–699──► Completed ──J──► gone
//!    └────────────200–699────────────────►
//! ```

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
pub(super) struct ServerNonInvite {
    state: State,
}

impl ServerNonInvite {
    /// A new transaction: nothing to do until the user responds.
    pub const fn start() -> Self {
        Self { state: State::Trying }
    }

    pub fn handle(&mut self, event: Event, pace: &Pace) -> Effects {
        match (self.state, event) {
            (State::Trying, Event::Retransmission) => Effects::ABSORBED,
            (_, Event::Retransmission) => Effects { transmit: true, ..Effects::ABSORBED },
            (State::Trying | State::Proceeding, Event::Response(100..=199)) => {
                self.state = State::Proceeding;
                Effects { transmit: true, ..Effects::NONE }
            }
            (State::Trying | State::Proceeding, Event::Response(_)) => {
                self.state = State::Completed;
                let expiry = pace.repetitions(pace.transaction());
                Effects { transmit: true, expiry, ..Effects::NONE }
            }
            (State::Trying | State::Proceeding, Event::Limit) => {
                Effects { expiry: TimerChange::Start(pace.transaction()), ..Effects::NONE }
            }
            (_, Event::ExpiryTimer) => Effects::TERMINATED,
            _ => Effects::NONE,
        }
    }
}
