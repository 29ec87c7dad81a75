//! The fields of a call record by their names, and which of them must be filled.
//!
//! Names are those of `cdr.csv` without the unit of its times. Whatever else a call log is called and has, these are
//! the things that can be asked of it.

use std::sync::Arc;

use crate::pbx::books::CdrRow;
use crate::pbx::books::Disposition;

/// A field of a call record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    CallId,
    From,
    To,
    Start,
    Answer,
    Connected,
    End,
    Disposition,
    SipStatus,
    Q850,
    Limiter,
    Cause,
    Queue,
    Agent,
    EndedBy,
    Scope,
    Billed,
    RecordedBytes,
    Class,
    Route,
    WrapUp,
    TransferredTo,
}

impl Field {
    /// Every field, in the order of `cdr.csv`.
    pub const ALL: [Self; 22] = [
        Self::CallId,
        Self::From,
        Self::To,
        Self::Start,
        Self::Answer,
        Self::Connected,
        Self::End,
        Self::Disposition,
        Self::SipStatus,
        Self::Q850,
        Self::Limiter,
        Self::Cause,
        Self::Queue,
        Self::Agent,
        Self::EndedBy,
        Self::Scope,
        Self::Billed,
        Self::RecordedBytes,
        Self::Class,
        Self::Route,
        Self::WrapUp,
        Self::TransferredTo,
    ];

    /// Its name in scenarios and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallId => "call_id",
            Self::From => "from",
            Self::To => "to",
            Self::Start => "start",
            Self::Answer => "answer",
            Self::Connected => "connected",
            Self::End => "end",
            Self::Disposition => "disposition",
            Self::SipStatus => "sip_status",
            Self::Q850 => "q850",
            Self::Limiter => "limiter",
            Self::Cause => "cause",
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::EndedBy => "ended_by",
            Self::Scope => "scope",
            Self::Billed => "billed",
            Self::RecordedBytes => "recorded_bytes",
            Self::Class => "class",
            Self::Route => "route",
            Self::WrapUp => "wrap_up",
            Self::TransferredTo => "transferred_to",
        }
    }

    /// The field of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether the PBX wrote anything there.
    #[must_use]
    pub fn is_filled(self, row: &CdrRow) -> bool {
        let some = |text: &Option<Arc<str>>| text.as_ref().is_some_and(|text| !text.is_empty());
        match self {
            Self::CallId => !row.name.is_empty(),
            Self::From => !row.from.is_empty(),
            Self::To => !row.to.is_empty(),
            Self::Start | Self::End | Self::Disposition | Self::EndedBy => true,
            Self::Answer => row.answer.is_some(),
            Self::Connected => row.connected.is_some(),
            Self::SipStatus => row.sip_status.is_some(),
            Self::Q850 => row.q850.is_some(),
            Self::Limiter => row.limiter.is_some(),
            Self::Cause => !row.cause.is_empty(),
            Self::Queue => some(&row.queue),
            Self::Agent => some(&row.agent),
            Self::Scope => some(&row.scope),
            Self::Billed => row.billed,
            Self::RecordedBytes => row.recorded_bytes.is_some(),
            Self::Class => some(&row.class),
            Self::Route => some(&row.route),
            Self::WrapUp => some(&row.wrap_up),
            Self::TransferredTo => some(&row.transferred_to),
        }
    }
}

/// Of which calls a field is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    /// Disposition ANSWERED; where the log has no disposition, a time of answer.
    Answered,
    /// All others.
    Unanswered,
    /// Turned away: disposition BUSY, FAILED or CONGESTION, or the status of a refusal.
    Refused,
    /// This other field is filled.
    Filled(Field),
}

impl When {
    /// The words that are no fields.
    pub const WORDS: [&'static str; 3] = ["answered", "unanswered", "refused"];

    /// What stands after `if`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "answered" => Some(Self::Answered),
            "unanswered" => Some(Self::Unanswered),
            "refused" => Some(Self::Refused),
            field => Field::from_name(field).map(Self::Filled),
        }
    }

    /// Whether it is so of a call with this disposition and these fields.
    pub fn holds(self, disposition: Option<Disposition>, is_filled: impl Fn(Field) -> bool) -> bool {
        let answered =
            || disposition.map_or_else(|| is_filled(Field::Answer), |known| known == Disposition::Answered);
        match self {
            Self::Always => true,
            Self::Answered => answered(),
            Self::Unanswered => !answered(),
            Self::Refused => {
                let turned_away = [Disposition::Busy, Disposition::Failed, Disposition::Congestion].map(Some);
                turned_away.contains(&disposition) || is_filled(Field::SipStatus)
            }
            Self::Filled(field) => is_filled(field),
        }
    }

    /// The first field that is wanting, where a log that `has` only some of them cannot tell whether this holds.
    pub fn untold_without(self, has: impl Fn(Field) -> bool) -> Option<Field> {
        match self {
            Self::Always => None,
            Self::Answered | Self::Unanswered => {
                (!has(Field::Disposition) && !has(Field::Answer)).then_some(Field::Disposition)
            }
            Self::Refused => {
                (!has(Field::Disposition) && !has(Field::SipStatus)).then_some(Field::Disposition)
            }
            Self::Filled(field) => (!has(field)).then_some(field),
        }
    }
}

/// A field that every call's record must have, or that of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    pub field: Field,
    pub when: When,
    /// As written: `agent if answered`.
    pub text: String,
    /// `file.yaml:23`.
    pub written_at: String,
}
