//! The client's INVITE (RFC 3261 17.1.1, RFC 6026 7.2).
//!
//! ```text
//!            1xx                 2xx
//! Calling ─────────► Proceeding ─────────► Accepted ──M──► gone
//!    │  └──────2xx──────────┼──────────────►
//!    │        300–699       ▼ 300–699
//!    B ────────────────► Completed ──D──► gone
//! ```

use crate::time::Duration;

use super::Effects;
use super::Event;
use super::TimerChange;
use super::timers::Pace;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Accepted,
    Completed,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ClientInvite {
    state: State,
    /// What timer A was last set to; doubles without a limit.
    interval: Duration,
}

impl ClientInvite {
    /// A new transaction and its first effects: the INVITE goes out, timers A and B start.
    pub fn start(pace: &Pace) -> (Self, Effects) {
        let effects = Effects {
            transmit: true,
            retransmit: pace.retransmission(),
            expiry: TimerChange::Start(pace.transaction()),
            ..Effects::NONE
        };
        (Self { state: State::Calling, interval: pace.timers.t1 }, effects)
    }

    /// True once a CANCEL may be sent and while it can have an effect (RFC 3261 9.1).
    pub fn is_proceeding(&self) -> bool {
        self.state == State::Proceeding
    }

    /// True until a final response.
    pub fn awaits_response(&self) -> bool {
        matches!(self.state, State::Calling | State::Proceeding)
    }

    pub fn handle(&mut self, event: Event, pace: &Pace) -> Effects {
        match (self.state, event) {
            (State::Calling, Event::RetransmitTimer) => {
                self.interval = self.interval.saturating_mul(2);
                Effects { transmit: true, retransmit: TimerChange::Start(self.interval), ..Effects::NONE }
            }
            (State::Calling, Event::Response(100..=199)) => {
                self.state = State::Proceeding;
                Effects {
                    deliver: true,
                    retransmit: TimerChange::Stop,
                    expiry: TimerChange::Stop,
                    ..Effects::NONE
                }
            }
            (State::Proceeding, Event::Response(100..=199))
            | (State::Accepted, Event::Response(200..=299)) => Effects { deliver: true, ..Effects::NONE },
            (State::Calling | State::Proceeding, Event::Response(200..=299)) => self.accept(pace),
            (State::Calling | State::Proceeding, Event::Response(_)) => self.complete(pace),
            (State::Completed, Event::Response(300..)) => Effects { acknowledge: true, ..Effects::ABSORBED },
            (State::Accepted | State::Completed, Event::Response(_)) => Effects::ABSORBED,
            (State::Proceeding, Event::Limit) => {
                Effects { expiry: TimerChange::Start(pace.transaction()), ..Effects::NONE }
            }
            (State::Calling | State::Proceeding, Event::ExpiryTimer) => Effects::TIMED_OUT,
            (State::Accepted | State::Completed, Event::ExpiryTimer) => Effects::TERMINATED,
            _ => Effects::NONE,
        }
    }

    fn accept(&mut self, pace: &Pace) -> Effects {
        self.state = State::Accepted;
        Effects {
            deliver: true,
            forget_message: true,
            retransmit: TimerChange::Stop,
            expiry: TimerChange::Start(pace.transaction()),
            ..Effects::NONE
        }
    }

    /// The INVITE is kept: each further refusal is acknowledged with an ACK made from it.
    fn complete(&mut self, pace: &Pace) -> Effects {
        self.state = State::Completed;
        Effects {
            deliver: true,
            acknowledge: true,
            retransmit: TimerChange::Stop,
            expiry: pace.repetitions(pace.transaction()),
            ..Effects::NONE
        }
    }
}
