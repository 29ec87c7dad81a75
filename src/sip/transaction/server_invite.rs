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
use super::timers::Pace;

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
    pub fn start(pace: &Pace) -> Self {
        Self { state: State::Proceeding, interval: pace.timers.t1 }
    }

    /// True until a final response was sent: what a CANCEL can still change (RFC 3261 9.2).
    pub fn is_proceeding(&self) -> bool {
        self.state == State::Proceeding
    }

    pub fn handle(&mut self, event: Event, pace: &Pace) -> Effects {
        match (self.state, event) {
            (State::Proceeding, Event::Response(status)) => self.respond(status, pace),
            (State::Proceeding | State::Completed, Event::Retransmission) => {
                Effects { transmit: true, ..Effects::ABSORBED }
            }
            (_, Event::Retransmission) | (State::Confirmed, Event::Ack) => Effects::ABSORBED,
            (State::Accepted { acknowledged: false } | State::Completed, Event::RetransmitTimer) => {
                self.interval = pace.doubled(self.interval);
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
                    expiry: pace.repetitions(pace.timers.t4),
                    ..Effects::NONE
                }
            }
            // The client's last INVITE leaves 64·T1 − T1 after its first, and may linger for T4: a call that was
            // ignored must not come back as another one.
            (State::Proceeding, Event::Limit) => {
                Effects { expiry: TimerChange::Start(pace.transaction() + pace.timers.t4), ..Effects::NONE }
            }
            (State::Accepted { acknowledged: false } | State::Completed, Event::ExpiryTimer) => {
                Effects::TIMED_OUT
            }
            (_, Event::ExpiryTimer) => Effects::TERMINATED,
            _ => Effects::NONE,
        }
    }

    /// Sends the user's response; a final one starts its retransmission and timer H or L.
    fn respond(&mut self, status: u16, pace: &Pace) -> Effects {
        if status < 200 {
            return Effects { transmit: true, ..Effects::NONE };
        }
        let accepts = status < 300;
        self.state = if accepts { State::Accepted { acknowledged: false } } else { State::Completed };
        // A 2xx may have further to go than this transport: it is sent again in any case (RFC 3261 13.3.1.4).
        let again = if accepts { TimerChange::Start(pace.timers.t1) } else { pace.retransmission() };
        Effects {
            transmit: true,
            retransmit: again,
            expiry: TimerChange::Start(pace.transaction()),
            ..Effects::NONE
        }
    }
}
