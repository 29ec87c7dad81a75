//! Transactions: RFC 3261 chapter 17 with the corrections of RFC 6026, over UDP and TCP.
//!
//! Four machines, one file each. A machine is a handful of bytes: it takes an [`Event`] and says in [`Effects`] what
//! must be done; it knows no message, address or table. The [`Layer`] owns all transactions of a socket: it
//! matches messages to them, keeps what may have to be sent again, and runs their timers.
//!
//! What this is not: a dialog layer. The layer answers by itself only what no user can decide (a CANCEL, a
//! request that it has no room for) and acknowledges only refusals; ACK to a 2xx is the dialog's (RFC 3261 13.2.2.4).

mod client_invite;
mod client_non_invite;
mod key;
mod layer;
mod server_invite;
mod server_non_invite;
mod table;
#[cfg(test)]
mod tests;
mod timers;

use crate::time::Duration;

use client_invite::ClientInvite;
use client_non_invite::ClientNonInvite;
use server_invite::ServerInvite;
use server_non_invite::ServerNonInvite;

pub use layer::Action;
pub use layer::Bytes;
pub use layer::ClientId;
pub use layer::Counters;
pub use layer::Full;
pub use layer::Layer;
pub use layer::ServerId;
pub use timers::Timers;

use timers::Pace;

/// What can happen to a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// A response arrived (client), or the user gives one to be sent (server).
    Response(u16),
    /// The request arrived again (server).
    Retransmission,
    /// An ACK arrived for an INVITE's final response (server).
    Ack,
    /// The user saw the ACK of its 2xx (server).
    Acknowledged,
    /// The user will never answer (server), or has sent CANCEL (client): wait 64·T1 longer and no more.
    Limit,
    /// Timer A, E or G, or that of a 2xx.
    RetransmitTimer,
    /// Timer B, D, F, H, I, J, K, L or M.
    ExpiryTimer,
}

/// What becomes of one of the two timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum TimerChange {
    #[default]
    Keep,
    Stop,
    Start(Duration),
}

/// What must be done after an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an effect of its own, and several go together")]
struct Effects {
    /// Send the stored message (again).
    transmit: bool,
    /// Send the ACK of a refusal.
    acknowledge: bool,
    /// Pass the message up to the user.
    deliver: bool,
    /// The message is one too many: it was expected and changes nothing.
    absorbed: bool,
    /// Tell the user that no final response, or no ACK, came in time.
    timed_out: bool,
    /// The transaction is over.
    terminated: bool,
    /// The stored message won't be needed again.
    forget_message: bool,
    retransmit: TimerChange,
    expiry: TimerChange,
}

impl Effects {
    const NONE: Self = Self {
        transmit: false,
        acknowledge: false,
        deliver: false,
        absorbed: false,
        timed_out: false,
        terminated: false,
        forget_message: false,
        retransmit: TimerChange::Keep,
        expiry: TimerChange::Keep,
    };
    const ABSORBED: Self = Self { absorbed: true, ..Self::NONE };
    const TERMINATED: Self = Self { terminated: true, ..Self::NONE };
    const TIMED_OUT: Self = Self { timed_out: true, ..Self::TERMINATED };
}

/// Any of the four.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::enum_variant_names, reason = "these are RFC 3261's names")]
enum Machine {
    ClientInvite(ClientInvite),
    ClientNonInvite(ClientNonInvite),
    ServerInvite(ServerInvite),
    ServerNonInvite(ServerNonInvite),
}

impl Machine {
    fn handle(&mut self, event: Event, pace: &Pace) -> Effects {
        match self {
            Self::ClientInvite(machine) => machine.handle(event, pace),
            Self::ClientNonInvite(machine) => machine.handle(event, pace),
            Self::ServerInvite(machine) => machine.handle(event, pace),
            Self::ServerNonInvite(machine) => machine.handle(event, pace),
        }
    }

    /// True for a client that has no final response yet.
    fn awaits_response(&self) -> bool {
        match self {
            Self::ClientInvite(machine) => machine.awaits_response(),
            Self::ClientNonInvite(machine) => machine.awaits_response(),
            Self::ServerInvite(_) | Self::ServerNonInvite(_) => false,
        }
    }

    const fn is_client(&self) -> bool {
        matches!(self, Self::ClientInvite(_) | Self::ClientNonInvite(_))
    }
}
