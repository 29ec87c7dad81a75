//! One attempt as the generator's side holds it.

use std::sync::Arc;

use crate::endpoint::caller::StopReason;
use crate::outcome::Limiter;
use crate::outcome::MediaReport;
use crate::party::caller::Caller;
use crate::sip::dialog::Dialog;
use crate::sip::transaction::ServerId;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::CallPlan;

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// INVITE sent, no final response yet.
    Calling,
    /// CANCEL sent; the INVITE's final response is still to come.
    Cancelling,
    /// Answered.
    Answered,
    /// BYE sent.
    Leaving,
    /// Over; only the media report is awaited.
    Over,
}

/// What the far side said of a call, beyond the bare status.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// Final status of the INVITE.
    pub status: Option<u16>,
    pub phrase: Option<Box<str>>,
    /// Q.850 cause of a Reason header, in the final response or in the far side's BYE.
    pub q850: Option<u8>,
    pub retry_after: bool,
    pub warning: Option<Box<str>>,
    /// The bundled PBX's own words.
    pub cause: Option<Box<str>>,
    pub limiter: Option<Limiter>,
    pub queue: Option<Arc<str>>,
    pub agent: Option<Arc<str>>,
}

/// One attempt. Instants are wall time.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, each one made or not")]
#[expect(clippy::struct_field_names, reason = "Call-ID is RFC 3261's name")]
pub(super) struct Call {
    pub serial: u64,
    pub plan: CallPlan,
    pub brain: Caller,
    pub call_id: Arc<str>,
    /// Our tag: ends in the slab's key.
    pub from_tag: String,
    /// The INVITE as sent, for CANCEL and for a second try with credentials.
    pub request: Vec<u8>,
    pub cseq: u32,
    pub progress: Progress,
    pub dialog: Option<Dialog>,
    /// A re-INVITE of the far side whose 200 awaits its ACK.
    pub refresh: Option<ServerId>,
    /// The ACK of the 2xx, sent again whenever the 2xx is.
    pub ack: Option<Arc<[u8]>>,
    pub intended: Instant,
    pub started: Instant,
    pub first_response: Option<Instant>,
    pub provisional: bool,
    pub ringing: Option<Instant>,
    pub answered: Option<Instant>,
    /// A person is on the line.
    pub connected: Option<Instant>,
    /// Of a caller who was sent on: when a person spoke first, and how long people have talked since.
    pub before: Option<(Instant, Duration)>,
    pub ended: Option<Instant>,
    pub bye_sent: Option<Instant>,
    pub bye_answered: Option<Instant>,
    /// The caller has lost patience.
    pub gave_up: bool,
    /// When the far side has rung for too long.
    pub ring_limit: Option<Instant>,
    /// It did.
    pub rang_out: bool,
    /// The far side hung up.
    pub far_side_left: bool,
    pub silent_media: bool,
    /// More packets were lost for longer than a call can bear.
    pub degraded_media: bool,
    pub timer_b: bool,
    /// The way to the target was gone before it had answered.
    pub transport_error: bool,
    pub stopped: Option<StopReason>,
    /// We ourselves could not do what the call needed.
    pub spoilt: bool,
    /// Answered a digest challenge already.
    pub authorised: bool,
    /// Counted as occupying a circuit.
    pub seized: bool,
    pub heard: Heard,
    pub media_port: Option<u16>,
    pub media_flows: bool,
    pub media_stopped: bool,
    /// The payload type of telephone events, if the far side takes them.
    pub events: Option<u8>,
    /// A menu plays.
    pub in_menu: bool,
    /// The voicemail asks for a message.
    pub at_voicemail: bool,
    /// When a menu led to a queue.
    pub queued: Option<Instant>,
    /// When a queue that had not kept the caller sent the call on to a machine.
    pub sent_on: Option<Instant>,
    /// A machine has told what the caller wanted to know.
    pub content: bool,
    /// INFO requests sent.
    pub infos: u32,
    pub media: Option<MediaReport>,
    /// The deadline that stands on the list.
    pub watched: Option<Instant>,
    /// The far side has called the caller back already.
    pub called_back: bool,
    /// This is such a call: the far side has made it.
    pub made_by_firm: bool,
}

impl Call {
    /// A call of which nothing has been heard: under this Call-ID and tag of ours, intended and started then.
    pub(super) fn new(
        serial: u64,
        plan: CallPlan,
        (call_id, from_tag): (Arc<str>, String),
        (intended, started): (Instant, Instant),
        media_port: Option<u16>,
    ) -> Self {
        Self {
            serial,
            brain: Caller::new(&plan),
            call_id,
            from_tag,
            plan,
            request: Vec::new(),
            cseq: 0,
            progress: Progress::Calling,
            dialog: None,
            refresh: None,
            ack: None,
            intended,
            started,
            first_response: None,
            provisional: false,
            ringing: None,
            answered: None,
            connected: None,
            before: None,
            ended: None,
            bye_sent: None,
            bye_answered: None,
            gave_up: false,
            ring_limit: None,
            rang_out: false,
            far_side_left: false,
            silent_media: false,
            degraded_media: false,
            timer_b: false,
            transport_error: false,
            stopped: None,
            spoilt: false,
            authorised: false,
            seized: false,
            heard: Heard::default(),
            media_port,
            media_flows: false,
            media_stopped: false,
            events: None,
            in_menu: false,
            at_voicemail: false,
            queued: None,
            sent_on: None,
            content: false,
            infos: 0,
            media: None,
            watched: None,
            called_back: false,
            made_by_firm: false,
        }
    }
}
