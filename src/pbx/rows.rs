//! Rows of the call detail records, made of how a call ended.

use std::sync::Arc;

use crate::outcome::EndedBy;
use crate::pbx::admission::Refused;
use crate::pbx::books::CdrRow;
use crate::pbx::books::Disposition;
use crate::pbx::books::cause;
use crate::pbx::call::Call;
use crate::time::Instant;

/// How a call ended, for its row.
pub(super) struct End {
    pub(super) cause: &'static str,
    pub(super) ended_by: EndedBy,
    pub(super) status: Option<u16>,
    pub(super) refused: Option<Refused>,
}

impl End {
    /// An end without a refusal.
    pub(super) const fn new(cause: &'static str, ended_by: EndedBy) -> Self {
        Self { cause, ended_by, status: None, refused: None }
    }
}

/// The row of a call that ended so.
pub(super) fn row(
    now: Instant,
    call: &Call,
    answer: Option<Instant>,
    queue: Option<Arc<str>>,
    agent: Option<Arc<str>>,
    end: &End,
) -> CdrRow {
    let connected = call.served().map(|served| served.connected);
    CdrRow {
        name: Arc::clone(&call.name),
        from: Arc::clone(&call.from),
        to: Arc::clone(&call.to),
        start: call.start,
        answer,
        connected,
        end: now,
        disposition: disposition(end.cause, answer.is_some()),
        sip_status: end.status,
        q850: end.refused.as_ref().and_then(|refused| refused.refusal.q850()),
        limiter: end.refused.as_ref().and_then(|refused| refused.limiter),
        scope: None,
        cause: end.cause,
        queue,
        agent,
        ended_by: end.ended_by,
        billed: false,
        recorded_bytes: None,
        class: None,
        route: None,
        wrap_up: None,
        transferred_to: call.transferred.as_ref().map(|transferred| Arc::clone(&transferred.way)),
    }
}

/// What Asterisk would write: whatever got a 200 is ANSWERED, even a full queue that answered first.
fn disposition(cause: &str, answered: bool) -> Disposition {
    match cause {
        _ if answered => Disposition::Answered,
        cause::TRUNK_FULL | cause::LEGS_FULL | cause::RATE_LIMITED | cause::LINK_FULL => {
            Disposition::Congestion
        }
        cause::OVERLOADED | cause::CAPACITY | cause::SHUT_DOWN => Disposition::Congestion,
        cause::BUSY | cause::QUEUE_FULL => Disposition::Busy,
        cause::UNKNOWN_NUMBER => Disposition::Failed,
        _ => Disposition::NoAnswer,
    }
}
