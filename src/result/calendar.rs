//! When calls come: by hour of the week, the busy hour, and the shift that covers most of a day.

use serde::{Deserialize, Serialize};

use crate::metrics;
use crate::metrics::Summary;

/// Shorter measured times say nothing about hours.
const SHORTEST_S: f64 = 7_200.0;

/// A mean week, as far as it was measured. The clock is that of the scenario's start.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Calendar {
    /// Hours that were measured whole.
    pub hours: Vec<HourFigures>,
    /// The busiest hour of the clock, and the busiest sixty minutes whenever they begin.
    pub busy_hour_clock: Option<BusyHour>,
    pub busy_hour_sliding: Option<BusyHour>,
    /// Absent for less than a whole day.
    pub shift: Option<ShiftHint>,
}

/// One hour of a mean week.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct HourFigures {
    /// 1 is Monday, 7 is Sunday.
    pub weekday: u8,
    /// 0 to 23.
    pub hour: u8,
    pub offered: f64,
    /// Not completed, for whatever reason.
    pub lost: f64,
}

/// Sixty minutes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct BusyHour {
    /// 1 is Monday, 7 is Sunday.
    pub weekday: u8,
    /// `14:30`.
    pub start: String,
    pub calls: f64,
}

/// Eight hours that hold most calls of a mean day.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ShiftHint {
    /// `08:45`.
    pub start: String,
    pub end: String,
    /// Share of the day's calls within it, 0 to 1.
    pub share: f64,
}

pub(super) fn calendar(summary: &Summary) -> Option<Calendar> {
    let week = &summary.calendar;
    let busy = |hour: metrics::BusyHour| BusyHour {
        weekday: hour.weekday + 1,
        start: clock(hour.start_min),
        calls: hour.calls,
    };
    let hour = |hour: metrics::HourOfWeek| HourFigures {
        weekday: hour.weekday + 1,
        hour: hour.hour,
        offered: hour.offered,
        lost: hour.lost,
    };
    (summary.measured_s() >= SHORTEST_S).then(|| Calendar {
        hours: week.hours().into_iter().map(hour).collect(),
        busy_hour_clock: week.busiest_clock_hour().map(busy),
        busy_hour_sliding: week.busiest_sliding_hour().map(busy),
        shift: week.shift_hint().map(|hint| ShiftHint {
            start: clock(hint.start_min),
            end: clock((hint.start_min + 480) % 1440),
            share: hint.share,
        }),
    })
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
