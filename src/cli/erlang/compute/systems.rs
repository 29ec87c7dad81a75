//! Models whose rows with one `case` are one system: classes that share a capacity, times of one course.

use crate::cli::erlang::compute::{Outputs, sentence};
use crate::cli::erlang::inputs::Row;
use crate::cli::erlang::model::Model;
use crate::erlang::kaufman_roberts;
use crate::erlang::kaufman_roberts::TrafficClass;
use crate::erlang::transient::{Moment, Transient, TransientInput};

/// What the reference table prints as 0.
const FLOOR: f64 = 1e-12;

/// The outputs of every row, in their order. Rows without a `case` are one system.
pub(in crate::cli::erlang) fn of_systems(model: Model, rows: &[Row<'_>]) -> Vec<Result<Outputs, String>> {
    let mut outputs: Vec<Result<Outputs, String>> = Vec::new();
    outputs.resize(rows.len(), Err(String::new()));
    let mut cases: Vec<(&str, Vec<usize>)> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let name = row.field("case").unwrap_or_default();
        let case = *places.entry(name).or_insert_with(|| {
            cases.push((name, Vec::new()));
            cases.len() - 1
        });
        cases[case].1.push(place);
    }
    for (_, places) in cases {
        let system: Vec<Row<'_>> = places.iter().map(|&place| rows[place]).collect();
        let found = if model == Model::Transient { through_time(&system) } else { shared_link(&system) };
        for (place, found) in places.into_iter().zip(found) {
            outputs[place] = found;
        }
    }
    outputs
}

/// The same error for every row: a system with one wrong part has no answer.
fn all<T>(rows: &[Row<'_>], result: Result<Vec<T>, String>) -> Vec<Result<T, String>> {
    match result {
        Ok(values) => values.into_iter().map(Ok).collect(),
        Err(error) => rows.iter().map(|_| Err(error.clone())).collect(),
    }
}

fn shared_link(rows: &[Row<'_>]) -> Vec<Result<Outputs, String>> {
    let solve = || {
        let capacity = same(rows, "capacity_slots")?.whole("capacity_slots")?;
        let classes = rows.iter().map(|row| {
            Ok(TrafficClass { erlangs: row.number("erlangs")?, slots_per_call: row.whole("slots_per_call")? })
        });
        let classes = classes.collect::<Result<Vec<_>, String>>()?;
        let result = kaufman_roberts::kaufman_roberts(capacity, &classes).map_err(sentence)?;
        let busy = result.mean_slots_busy;
        Ok(result.blocking.iter().map(|b| vec![("blocking", *b), ("mean_slots_busy", busy)]).collect())
    };
    all(rows, solve())
}

fn through_time(rows: &[Row<'_>]) -> Vec<Result<Outputs, String>> {
    let solve = || {
        for name in ["agents", "capacity_K", "rate_mean", "rate_amplitude", "period", "mu", "theta"] {
            same(rows, name)?;
        }
        let row = rows[0];
        let system = Transient::new(&TransientInput {
            agents: row.whole("agents")?,
            capacity: row.whole("capacity_K")?,
            rate_mean: row.number("rate_mean")?,
            rate_amplitude: row.number("rate_amplitude")?,
            period: row.number("period")?,
            mu: row.number("mu")?,
            theta: row.number("theta")?,
        });
        let system = system.map_err(sentence)?;
        let times = rows.iter().map(|row| row.number("t")).collect::<Result<Vec<_>, _>>()?;
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by(|a, b| times[*a].total_cmp(&times[*b]));
        let sorted: Vec<f64> = order.iter().map(|&place| times[place]).collect();
        let moments = system.at(&sorted).map_err(sentence)?;
        let mut outputs = vec![Outputs::new(); rows.len()];
        for (place, moment) in order.into_iter().zip(moments) {
            outputs[place] = columns(&moment);
        }
        Ok(outputs)
    };
    all(rows, solve())
}

fn columns(moment: &Moment) -> Outputs {
    let outputs = [
        ("mean_in_system", moment.mean_in_system),
        ("mean_queue_len", moment.mean_queue_len),
        ("p_all_agents_busy", moment.p_all_agents_busy),
        ("p_full", moment.p_full),
        ("cum_arrivals_finding_all_busy", moment.arrivals_finding_all_busy),
        ("cum_abandoned", moment.abandoned),
        ("cum_blocked", moment.blocked),
    ];
    outputs.into_iter().map(|(name, value)| (name, if value < FLOOR { 0.0 } else { value })).collect()
}

/// The first row, if all rows of a system agree on a column.
fn same<'a>(rows: &[Row<'a>], name: &str) -> Result<Row<'a>, String> {
    let first = rows[0].number(name)?;
    for row in rows {
        let other = row.number(name)?;
        if other.total_cmp(&first).is_ne() {
            let case = row.field("case").map_or_else(|| "the rows".to_owned(), |case| format!("case {case}"));
            return Err(format!("{case} have different {name}, {first} and {other}, but are one system"));
        }
    }
    Ok(rows[0])
}
