//! The server's INVITE (RFC 3261 17.2.1, RFC 6026 7.1).
//!
//! ```text
//! Proceeding ──2xx──► Accepted ──L──► gone
//!     │ 300–699
//!     ▼
//! Completed ──ACK──► Confirmed ──I──► gone
//!     └──H──► gone, no ACK came
//! ```
//!
//! Two duties of others are done here, because all that they need is here: the user agent's retransmission of a 2xx
//! until its ACK (RFC 3261 13.3.1.4), and an end for an INVITE that the user will never answer. The automatic 100
//! is not: the user sends it with whatever it knows by then.

use crate::time::Duration;

use super::Effects;
use super::Event;
use super::TimerChange;
use super::Timers;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Proceeding,
    /// A 2xx was sent; `acknowledged` once the dialog saw its ACK.
    Accepted {
        acknowledged: bool,
    },
    Completed,
    Confirmed,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ServerInvite {
    state: State,
    /// What the retransmission timer was last set to.
    interval: Duration,
}

impl ServerInvite {
    /// A new transaction: nothing to do until the user responds.
    pub fn start(timers: &Timers) -> Self {
        Self { state: State::Proceeding, interval: timers.t1 }
    }

    /// True until a final response was sent: what a CANCEL can still change (RFC 3261 9.2).
    pub fn is_proceeding(&self) -> bool {
        self.state == State::Proceeding
    }

    pub fn handle(&mut self, event: Event, timers: &Timers) -> Effects {
        match (self.state, event) {
            (State::Proceeding, Event::Response(status)) => self.respond(status, timers),
            (State::Proceeding | State::Completed, Event::Retransmission) => {
                Effects { transmit: true, ..Effects::ABSORBED }
            }
            (_, Event::Retransmission) | (State::Confirmed, Event::Ack) => Effects::ABSORBED,
            (State::Accepted { acknowledged: false } | State::Completed, Event::RetransmitTimer) => {
                self.interval = timers.doubled(self.interval);
                Effects { transmit: true, retransmit: TimerChange::Start(self.interval), ..Effects::NONE }
            }
            (State::Accepted { .. }, Event::Acknowledged) => {
                self.state = State::Accepted { acknowledged: true };
                Effects { forget_message: true, retransmit: TimerChange::Stop, ..Effects::NONE }
            }
            (State::Accepted { .. }, Event::Ack) => Effects { deliver: true, ..Effects::NONE },
            (State::Completed, Event::Ack) => {
                self.state = State::Confirmed;
                Effects {
                    forget_message: true,
                    retransmit: TimerChange::Stop,
                    expiry: TimerChange::Start(timers.t4),
                    ..Effects::NONE
                }
            }
            // The client's last INVITE leaves 64·T1 − T1 after its first, and may linger for T4: a call that was
            // ignored must not come back as another one.
            (State::Proceeding, Event::Limit) => {
                Effects { expiry: TimerChange::Start(timers.transaction() + timers.t4), ..Effects::NONE }
            }
            (State::Accepted { acknowledged: false } | State::Completed, Event::ExpiryTimer) => {
                Effects::TIMED_OUT
            }
            (_, Event::ExpiryTimer) => Effects::TERMINATED,
            _ => Effects::NONE,
        }
    }

    /// Sends the user's response; a final one starts its retransmission and timer H or L.
    fn respond(&mut self, status: u16, timers: &Timers) -> Effects {
        if status < 200 {
            return Effects { transmit: true, ..Effects::NONE };
        }
        self.state = if status < 300 { State::Accepted { acknowledged: false } } else { State::Completed };
        Effects {
            transmit: true,
            retransmit: TimerChange::Start(timers.t1),
            expiry: TimerChange::Start(timers.transaction()),
            ..Effects::NONE
        }
    }
}
