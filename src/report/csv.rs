//! `intervals.csv`: the figures per slice of time, RFC 4180 with a dot, never localised.

use crate::result::Interval;
use crate::result::RunResult;

const HEADER: [&str; 12] = [
    "start_s",
    "offered",
    "planned",
    "completed",
    "human",
    "technical",
    "other",
    "concurrency_mean",
    "concurrency_peak",
    "queue_length_max",
    "post_dial_delay_ms_p50",
    "post_dial_delay_ms_p95",
];

/// One row per slice; a figure that does not exist is an empty field.
///
/// # Panics
/// Never: every row has as many fields as the header, and memory takes every byte.
#[must_use]
pub fn intervals(result: &RunResult) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).expect("memory takes every byte");
    for interval in &result.intervals {
        writer.write_record(row(interval)).expect("a row is as long as the header");
    }
    writer.into_inner().expect("memory takes every byte")
}

fn row(interval: &Interval) -> [String; 12] {
    let optional = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        interval.start_s.to_string(),
        interval.offered.to_string(),
        optional(interval.planned),
        interval.completed.to_string(),
        interval.human.to_string(),
        interval.technical.to_string(),
        interval.other.to_string(),
        interval.concurrency.mean.to_string(),
        interval.concurrency.peak.to_string(),
        interval.queue_length_max.to_string(),
        optional(interval.post_dial_delay_ms_p50),
        optional(interval.post_dial_delay_ms_p95),
    ]
}
