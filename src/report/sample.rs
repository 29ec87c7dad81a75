//! Which calls to listen to: a sample that fills a budget of minutes a month, from every stratum its part.
//!
//! A month's budget is shared among the strata (agents, classes, …) by their talk. Within a stratum calls are taken in
//! an order drawn from the seed as long as they fit into its part; what is left over then goes to whichever calls still
//! fit, stratum by stratum in turn. No month's sample ever exceeds the budget.

use std::collections::BTreeMap;
use std::io::Read;

use super::cut::CutError;
use super::cut::{at, nanos, seconds_of};
use crate::random::Purpose;
use crate::random::Seed;

/// One call to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampled {
    pub call_id: String,
    pub stratum: String,
    /// `2026-01`.
    pub month: String,
    /// Local time at which the call began.
    pub began: String,
    pub talk_ns: u64,
    /// As the CDR has it; empty where the call was not recorded.
    pub recorded_bytes: String,
}

/// What to sample.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// Nanoseconds of talk a month, at most.
    pub budget_ns: u64,
    /// The column of `cdr.csv` by whose values the sample is stratified.
    pub column: &'a str,
    pub seed: Seed,
}

/// The sample of a CDR's conversations with agents, in the order of their beginning.
///
/// # Errors
/// The text is no `cdr.csv`, or has no such column.
pub fn sample(cdr: impl Read, plan: &Plan<'_>, start: &jiff::Zoned) -> Result<Vec<Sampled>, CutError> {
    let calls = conversations(cdr, plan.column, start)?;
    let mut months: BTreeMap<String, BTreeMap<String, Vec<Sampled>>> = BTreeMap::new();
    for call in calls {
        let strata = months.entry(call.month.clone()).or_default();
        strata.entry(call.stratum.clone()).or_default().push(call);
    }
    let mut chosen = Vec::new();
    for (place, strata) in (0..).zip(months.into_values()) {
        chosen.extend(of_month(strata, plan, place));
    }
    chosen.sort_by(|one, other| (&one.began, &one.call_id).cmp(&(&other.began, &other.call_id)));
    Ok(chosen)
}

fn of_month(mut strata: BTreeMap<String, Vec<Sampled>>, plan: &Plan<'_>, month: u64) -> Vec<Sampled> {
    let mut stream = plan.seed.stream(Purpose::Sample, month);
    let talk = |calls: &[Sampled]| calls.iter().map(|call| u128::from(call.talk_ns)).sum::<u128>();
    let all: u128 = strata.values().map(|calls| talk(calls)).sum();
    let mut left = plan.budget_ns;
    let mut chosen = Vec::new();
    for calls in strata.values_mut() {
        let part = u128::from(plan.budget_ns) * talk(calls) / all.max(1);
        let mut part = u64::try_from(part).unwrap_or(u64::MAX);
        let mut order: Vec<(u64, Sampled)> =
            std::mem::take(calls).into_iter().map(|call| (stream.next_u64(), call)).collect();
        order.sort_by_key(|(draw, _)| *draw);
        for (_, call) in order {
            if call.talk_ns <= part {
                part -= call.talk_ns;
                left -= call.talk_ns;
                chosen.push(call);
            } else {
                calls.push(call);
            }
        }
    }
    let longest = strata.values().map(Vec::len).max().unwrap_or(0);
    for turn in 0..longest {
        for calls in strata.values() {
            if let Some(call) = calls.get(turn).filter(|call| call.talk_ns <= left) {
                left -= call.talk_ns;
                chosen.push(call.clone());
            }
        }
    }
    chosen
}

fn conversations(cdr: impl Read, column: &str, start: &jiff::Zoned) -> Result<Vec<Sampled>, CutError> {
    let not_csv = |error: csv::Error| CutError::NotCsv(error.to_string());
    let mut reader = csv::Reader::from_reader(cdr);
    let header = reader.headers().map_err(not_csv)?.clone();
    let place = |name: &str| {
        header.iter().position(|known| known == name).ok_or_else(|| CutError::NoColumn {
            column: name.to_owned(),
            known: header.iter().collect::<Vec<_>>().join(", "),
        })
    };
    let stratum = place(column)?;
    let [call_id, begin, connected, end] = ["call_id", "start_s", "connected_s", "end_s"].map(place);
    let (call_id, begin, connected, end) = (call_id?, begin?, connected?, end?);
    let recorded = place("recorded_bytes")?;
    let mut calls = Vec::new();
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |place: usize| record.get(place).unwrap_or_default();
        if cell(connected).is_empty() {
            continue;
        }
        let seconds = |place: usize| {
            nanos(cell(place)).ok_or_else(|| CutError::NoSeconds { line, value: cell(place).to_owned() })
        };
        let (since, talk_ns) = (seconds(begin)?, seconds(end)?.saturating_sub(seconds(connected)?));
        if talk_ns > 0 {
            calls.push(Sampled {
                call_id: cell(call_id).to_owned(),
                stratum: cell(stratum).to_owned(),
                month: at(start, since, "%Y-%m"),
                began: at(start, since, "%Y-%m-%dT%H:%M:%S"),
                talk_ns,
                recorded_bytes: cell(recorded).to_owned(),
            });
        }
    }
    Ok(calls)
}

/// The list as CSV.
///
/// # Panics
/// Never: memory takes every row.
#[must_use]
pub fn list(sample: &[Sampled], column: &str) -> String {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let header = ["call_id", column, "month", "began", "talk_s", "recorded_bytes"];
    csv.write_record(header).expect("memory takes every row");
    for call in sample {
        let talk = format!("{:.3}", seconds_of(call.talk_ns));
        let row = [&call.call_id, &call.stratum, &call.month, &call.began, &talk, &call.recorded_bytes];
        csv.write_record(row).expect("memory takes every row");
    }
    let bytes = csv.into_inner().expect("memory takes every row");
    String::from_utf8(bytes).expect("texts in, text out")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::cdr_csv;
    use std::fmt::Write;

    const MINUTE: u64 = 60_000_000_000;

    /// Two months of calls of two to nine minutes: anna takes three of four, boris the rest.
    fn cdr() -> String {
        let mut rows = format!("{}\n", cdr_csv::COLUMNS.join(","));
        for call in 0..800_u64 {
            let (start, talk) = (call * 5_400, 120 + (call * 7_919) % 420);
            let agent = if call % 4 == 3 { "boris" } else { "anna" };
            let end = start + talk;
            let bytes = talk * 8_000;
            writeln!(rows, "{call},79,1,{start},{start},{start},{end},ANSWERED,,,,answered,q,{agent},caller,,,{bytes},,,,")
                .unwrap();
        }
        rows
    }

    fn drawn(seed: u64, minutes: u64) -> Vec<Sampled> {
        let start = "2026-01-05T08:00[Europe/Moscow]".parse().unwrap();
        let plan = Plan { budget_ns: minutes * MINUTE, column: "agent", seed: Seed(seed) };
        sample(cdr().as_bytes(), &plan, &start).unwrap()
    }

    /// Coverage row 48: three hours a month at most, hardly less, three quarters of it anna's, and the same list again
    /// from the same seed.
    #[test]
    fn a_sample_fills_the_months_budget_from_every_agent_and_repeats_by_its_seed() {
        let sample = drawn(1, 180);
        for month in ["2026-01", "2026-02"] {
            let of = |agent: &str| {
                let calls = sample.iter().filter(|call| call.month == month && call.stratum == agent);
                calls.map(|call| call.talk_ns).sum::<u64>()
            };
            let (anna, boris) = (of("anna"), of("boris"));
            assert!(anna + boris <= 180 * MINUTE, "{month}");
            assert!(anna + boris > 177 * MINUTE, "{month}: a call more would fit");
            let share = seconds_of(anna) / seconds_of(anna + boris);
            assert!((share - 0.75).abs() < 0.05, "{month}: {share}");
        }
        assert_eq!(sample, drawn(1, 180));
        assert_ne!(sample, drawn(2, 180));
        let ids: std::collections::BTreeSet<_> = sample.iter().map(|call| &call.call_id).collect();
        assert_eq!(ids.len(), sample.len(), "no call twice");
        assert!(drawn(1, 1).is_empty(), "no call is as short as a minute");
        let everything = drawn(1, 100_000);
        assert_eq!(everything.len(), 800);
        let csv = list(&sample, "agent");
        assert_eq!(csv.lines().count(), sample.len() + 1);
        assert!(csv.starts_with("call_id,agent,month,began,talk_s,recorded_bytes\n"));
    }

    /// Coverage row 21: what is to be listened to takes talk × rate of the disk, 8000 bytes a second of G.711 one way.
    #[test]
    fn the_bytes_of_a_sample_are_its_talk_times_the_rate() {
        let sample = drawn(7, 180);
        let bytes: u64 = sample.iter().map(|call| call.recorded_bytes.parse::<u64>().unwrap()).sum();
        let talk: u64 = sample.iter().map(|call| call.talk_ns).sum();
        assert_eq!(u128::from(bytes) * 1_000_000_000, u128::from(talk) * 8_000);
    }
}
