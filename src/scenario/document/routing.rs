//! Where calls go, as written: the routing table, hours and holidays, the blacklist.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::scenario::document::DayWord;
use crate::scenario::document::Never;
use crate::scenario::document::RefusalValue;
use crate::scenario::document::TimeOfDay;
use crate::scenario::document::Written;
use crate::scenario::document::document;

document! {
    /// The routing table: every type of callers × hour × number leads to exactly one target.
    RoutingDocument {
        /// Numbers of the table. Default: those that its rules name; if they name none, those that callers dial.
        numbers: Vec<String>,
        /// Rows; none goes before another.
        rules: Vec<RuleDocument>,
        /// Where callers go for whom no row holds. Default: none, every case has its row.
        otherwise: RouteValue,
    }
}

document! {
    /// A row of the routing table.
    RuleDocument {
        /// Names of classes of callers. Default: all.
        callers: Vec<String>,
        /// Numbers dialled. Default: all of the table's.
        numbers: Vec<String>,
        /// open or closed by pbx.hours, or a list as [{days: [mon, fri], from: 08:00, to: 12:00}], holidays or not.
        /// Default: always.
        hours: Written<HoursWord, Vec<SpanDocument>, Never>,
        /// Where the call goes.
        to: RouteValue,
    }
}

/// answer, unknown, ask, voicemail, callback or {queue: NAME}, {menu: NAME}, {extension: NUMBER}, {refuse: {status: 403}}.
pub(crate) type RouteValue = Written<RouteWord, Never, RouteDocument>;

/// A target without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RouteWord {
    /// The PBX answers, standing in for whoever was called.
    Answer,
    /// No such number.
    Unknown,
    /// Wherever the outside system says: pbx.hook.
    Ask,
    /// To the voicemail.
    Voicemail,
    /// To a promise of a call. Of queues only.
    Callback,
}

document! {
    /// A target; exactly one key.
    RouteDocument {
        /// To the queue of this name.
        queue: String,
        /// To the menu of this name.
        menu: String,
        /// To this number of pbx.extensions.
        extension: String,
        /// Turned away on purpose.
        refuse: RefusalValue,
    }
}

/// The hours of pbx.hours, or the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HoursWord {
    Open,
    Closed,
}

document! {
    /// When the firm is open, by the clock on its wall, changes of clocks followed.
    HoursDocument {
        /// As [{days: [mon, tue, wed, thu, fri], from: 08:00, to: 18:00}].
        open: Vec<SpanDocument>,
        /// Days on which it stays closed: 2026-05-01, or 05-01 every year.
        holidays: Vec<String>,
        /// The firm's time zone, as Europe/Moscow. Default: that of `start`.
        zone: String,
        /// Where calls to numbers that are no extensions go outside these hours. Default, without a routing table:
        /// {refuse: {status: 480, reason: 20}}.
        closed: RouteValue,
    }
}

document! {
    /// Hours of some days of the week.
    SpanDocument {
        /// Days on which it begins: mon, tue, wed, thu, fri, sat, sun. Default: every day.
        days: Vec<DayWord>,
        /// When it begins, as "08:00". Default "00:00".
        from: TimeOfDay,
        /// When it ends; the next day if that is not later. Default "24:00".
        to: TimeOfDay,
    }
}

/// A list of numbers, or numbers and how they are refused.
pub(crate) type BlacklistValue = Written<Never, Vec<String>, BlacklistDocument>;

document! {
    /// Callers who are never let in.
    BlacklistDocument {
        /// Callers' numbers; with * at the end, beginnings of numbers.
        numbers: Vec<String>,
        /// How they are refused. Default {status: 403, reason: 21}.
        refusal: RefusalValue,
    }
}
