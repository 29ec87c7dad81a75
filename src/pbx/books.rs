//! The PBX's own books, as data: what the CDR and the queue log are written from.

use std::sync::Arc;

use crate::outcome::Limiter;
use crate::time::Instant;

/// How the PBX saw a call end, in Asterisk's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    Answered,
    NoAnswer,
    Busy,
    Failed,
    Congestion,
}

/// One call as the PBX saw it. People's time.
#[derive(Debug, Clone, PartialEq)]
pub struct CdrRow {
    /// The driver's name for the call (the SIP Call-ID on the wire).
    pub name: Arc<str>,
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub start: Instant,
    pub answer: Option<Instant>,
    pub end: Instant,
    pub disposition: Disposition,
    /// Status of a refusal.
    pub sip_status: Option<u16>,
    pub q850: Option<u8>,
    pub limiter: Option<Limiter>,
    /// The PBX's own word for the end: `answered`, `trunk-full`, `queue-full`, `queue-timeout`, `abandoned`, `busy`…
    pub cause: &'static str,
    pub queue: Option<Arc<str>>,
    pub agent: Option<Arc<str>>,
}

/// One line of the queue log, with Asterisk's events and fields.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueEvent {
    pub at: Instant,
    pub call: Arc<str>,
    pub queue: Arc<str>,
    /// `NONE` where no agent is concerned.
    pub agent: Arc<str>,
    /// `ENTERQUEUE`, `CONNECT`, `COMPLETECALLER`, `COMPLETEAGENT`, `ABANDON`, `EXITWITHTIMEOUT`, `RINGNOANSWER`.
    pub event: &'static str,
    pub fields: Vec<String>,
}
