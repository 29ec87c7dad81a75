//! A day from a file of intervals, or from a scenario; and the scenario that simulates it.

use std::fmt::Write;
use std::path::Path;

use crate::books::call_log;
use crate::cli::Failure;
use crate::random::Distribution;
use crate::scenario::Extent;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sizing;
use crate::sizing::day::{DayPlan, PlannedInterval};
use crate::time::Duration;
use crate::traffic::profile::Intensity;
use crate::traffic::profile::Profile;
use crate::units::Period;

/// Most intervals of a plan: a week by quarter hours, and room.
const INTERVALS_MAX: usize = 1_000;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What a day's plan was read from.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) plan: DayPlan,
    /// Time of day of the first interval, in seconds.
    pub(super) opens_s: f64,
    /// Day of the week of the first interval, from 0 for Monday.
    pub(super) first_day: u8,
    pub(super) scenario: Scenario,
    pub(super) busyness_cv: Option<f64>,
    pub(super) notes: Vec<String>,
}

/// Callers' habits that a file of intervals does not hold.
#[derive(Clone, Copy)]
pub(super) struct Habits {
    pub(super) patience: Option<Period>,
    pub(super) redial: f64,
    pub(super) aht: Option<Period>,
    /// How far apart rows must stand; absent: all as far as the nearest two.
    pub(super) interval: Option<Period>,
    pub(super) busyness_cv: Option<f64>,
    pub(super) seed: u64,
}

/// Reads a CSV with the columns `start` (08:00, or tue 08:00), `calls`, and `aht` (180s) unless `--aht` gives it.
pub(super) fn from_csv(path: &Path, habits: Habits) -> Result<Source, Failure> {
    let file = path.display().to_string();
    let wrong = |line: usize, what: &str| Failure::Usage(format!("{file}:{line}: {what}"));
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Usage(format!("{file}: {error}; write the path of a CSV file: start,calls,aht"))
    })?;
    let separator = call_log::separator(text.as_bytes());
    let mut builder = csv::ReaderBuilder::new();
    let mut reader = builder.trim(csv::Trim::All).delimiter(separator).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| wrong(1, &error.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|found| found == name);
    if let Some(unknown) = header.iter().find(|name| !["start", "calls", "aht"].contains(name)) {
        return Err(wrong(1, &format!("unknown column `{unknown}`; the columns are start, calls and aht")));
    }
    let missing = |name: &str| wrong(1, &format!("no column `{name}`; the columns are start, calls and aht"));
    let (start, calls) =
        (column("start").ok_or_else(|| missing("start"))?, column("calls").ok_or_else(|| missing("calls"))?);
    let aht = column("aht");
    if aht.is_none() && habits.aht.is_none() {
        return Err(wrong(1, "no column `aht`; add it, or write for example --aht 180s"));
    }
    if aht.is_some() && habits.aht.is_some() {
        let remedy = "leave out the option or the column";
        return Err(wrong(1, &format!("--aht has no effect beside the column `aht`; {remedy}")));
    }
    let columns = [Some(start), Some(calls), aht];
    let rows = rows(&mut reader, columns, (habits, separator), &wrong)?;
    without_gaps(&rows, habits.interval, &wrong)?;
    let opens_s = rows[0].0;
    let interval = |(place, (at, calls, aht_s)): (usize, &(f64, f64, f64))| {
        let next = rows.get(place + 1).map(|next| next.0);
        let length_s = next.map_or_else(|| at - rows[place - 1].0, |next| next - at);
        PlannedInterval { start_s: at - opens_s, length_s, calls: *calls, aht_s: *aht_s }
    };
    let intervals: Vec<_> = rows.iter().enumerate().map(interval).collect();
    let theta = habits.patience.map_or(0.0, |patience| 1.0 / patience.seconds());
    let plan = DayPlan { intervals, theta, redial: habits.redial };
    let name = path.file_stem().map_or_else(|| "day".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let scenario = simulated(&plan, opens_s, &name, habits)?;
    let mut notes = Vec::new();
    if plan.intervals.iter().any(|interval| (interval.aht_s - plan.intervals[0].aht_s).abs() > 1e-9) {
        notes.push(format!(
            "formulas take each interval's own handle time, the simulation the mean of all calls, {:.1} s",
            plan.mean_aht_s()
        ));
    }
    let length = Period(Duration::from_secs_f64(plan.intervals[0].length_s));
    if habits.interval.is_none() && length.seconds() > 3_600.0 {
        notes.push(format!("its rows stand {length} apart, so long does each interval last"));
    }
    let (first_day, opens_s) = (day_of(opens_s), opens_s % 86_400.0);
    Ok(Source { name, plan, opens_s, first_day, scenario, busyness_cv: habits.busyness_cv, notes })
}

/// Start in seconds, calls and handle time in seconds.
type Row = (f64, f64, f64);

/// Refuses rows that do not follow one another: what is left out might be a closed hour or a forgotten one, and would
/// stretch the interval before it.
fn without_gaps(
    rows: &[Row],
    asked: Option<Period>,
    wrong: &impl Fn(usize, &str) -> Failure,
) -> Result<(), Failure> {
    let distance = |place: usize| Period(Duration::from_secs_f64(rows[place].0 - rows[place - 1].0));
    let distances = (1..rows.len()).map(distance);
    let Some(step) = asked.or_else(|| distances.min_by_key(|distance| distance.0)) else { return Ok(()) };
    let Some(place) = (1..rows.len()).find(|place| distance(*place) != step) else { return Ok(()) };
    let (apart, by) = (distance(place), if asked.is_some() { "--interval says" } else { "others have" });
    let remedy = "write every interval, one without calls with 0 calls";
    Err(wrong(place + 2, &format!("it begins {apart} after the row before, where {by} {step}; {remedy}")))
}

/// Each row; columns in the order of its fields.
fn rows(
    reader: &mut csv::Reader<&[u8]>,
    columns: [Option<usize>; 3],
    (habits, separator): (Habits, u8),
    wrong: &impl Fn(usize, &str) -> Failure,
) -> Result<Vec<Row>, Failure> {
    let mut rows: Vec<Row> = Vec::new();
    // Spreadsheets separate by semicolons where a comma stands before the decimals.
    let plain = |text: &str| if separator == b',' { text.to_owned() } else { text.replace(',', ".") };
    for (place, record) in reader.records().enumerate() {
        let line = place + 2;
        let record = record
            .map_err(|error| wrong(line, &format!("{error}; decimal commas are not known, write 12.5")))?;
        let [start, calls, handle] =
            columns.map(|column| column.map(|column| record.get(column).unwrap_or_default()));
        let (start, calls) = (start.unwrap_or_default(), calls.unwrap_or_default());
        let at = time(start)
            .ok_or_else(|| wrong(line, &format!("`{start}` is no time; write 08:00 or tue 08:00")))?;
        let number = plain(calls).parse::<f64>().ok().filter(|calls| (0.0..=1e9).contains(calls));
        let number = number
            .ok_or_else(|| wrong(line, &format!("`{calls}` is no number of calls; write 12 or 12.5")))?;
        let handle = match handle {
            Some(text) => plain(text).parse::<Period>().map_err(|error| wrong(line, &error.to_string()))?,
            None => habits.aht.unwrap_or(Period(Duration::ZERO)),
        };
        if handle.0.is_zero() {
            return Err(wrong(line, "a call takes time; write for example 180s"));
        }
        let cycle_s = if start.contains(' ') { 7.0 * 86_400.0 } else { 86_400.0 };
        let at = forward(&rows, at, cycle_s).ok_or_else(|| {
            let remedy = "sort them by `start`, and write days as tue 08:00";
            wrong(line, &format!("intervals go forward in time; {remedy}"))
        })?;
        rows.push((at, number, handle.seconds()));
        if rows.len() > INTERVALS_MAX {
            return Err(wrong(line, &format!("more than {INTERVALS_MAX} intervals; write longer ones")));
        }
    }
    if rows.len() < 2 || rows.iter().all(|(_, calls, _)| *calls == 0.0) {
        let remedy = "for one write --calls, --interval and --aht";
        return Err(wrong(1, &format!("at least two intervals with calls make a plan; {remedy}")));
    }
    Ok(rows)
}

/// The time of a row after those before it: past midnight the hours begin anew, past Sunday the week does. A plan is no
/// longer than that cycle, and a step back of some rows is no step of most of a day.
fn forward(rows: &[Row], at: f64, cycle_s: f64) -> Option<f64> {
    let (Some((first, ..)), Some((before, ..))) = (rows.first(), rows.last()) else { return Some(at) };
    if at > *before {
        return Some(at);
    }
    let at = at + cycle_s;
    (at - before <= 43_200.0 && at - first < cycle_s).then_some(at)
}

/// Seconds from Monday, or from midnight where no day is named.
fn time(text: &str) -> Option<f64> {
    let (day, clock) = text.split_once(' ').map_or((0, text), |(day, clock)| {
        (DAYS.iter().position(|known| *known == day).unwrap_or(DAYS.len()), clock.trim())
    });
    let (hours, minutes) = clock.split_once(':')?;
    let part =
        |text: &str, most: u32| text.parse::<u32>().ok().filter(|number| text.len() <= 2 && *number <= most);
    let seconds = part(hours, 23)? * 3_600 + part(minutes, 59)? * 60;
    let day = u32::try_from(day).ok().filter(|day| *day < 7)?;
    Some(f64::from(day * 86_400 + seconds))
}

/// The plan as a scenario, through the same loader as any other.
fn simulated(plan: &DayPlan, opens_s: f64, name: &str, habits: Habits) -> Result<Scenario, Failure> {
    let mut text = String::new();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a week")]
    let opens = opens_s as u64;
    let (day, hour, minute) = (5 + opens / 86_400, opens / 3_600 % 24, opens / 60 % 60);
    let _ = write!(
        text,
        "name: {name:?}\nseed: {}\nstart: 2026-01-{day:02}T{hour:02}:{minute:02}[Europe/Moscow]\nduration: {}s\n\
         traffic:\n  profile:\n    steps:\n",
        habits.seed,
        plan.length_s()
    );
    for interval in &plan.intervals {
        let _ =
            writeln!(text, "      - {{at: {}s, rate: {}/h}}", interval.start_s, 3_600.0 * interval.rate());
    }
    let _ = write!(
        text,
        "  callers:\n    - talk: {{exponential: {{mean: {}s}}}}\n",
        (plan.mean_aht_s() * 1e6).round() / 1e6
    );
    if let Some(patience) = habits.patience {
        let _ = writeln!(text, "      patience: {{exponential: {{mean: {patience}}}}}");
        if habits.redial > 0.0 {
            let redial = habits.redial;
            let _ = writeln!(
                text,
                "      redial: {{probability: {redial}, delay: {{exponential: {{mean: 5m}}}}, limit: 100}}"
            );
        }
    }
    text.push_str("pbx:\n  queues: {calls: {}}\n  agents: {count: 1}\n");
    let mut scenario = parse(&text, name, &Inputs::with_seed(habits.seed))
        .map_err(|problems| Failure::Usage(problems.to_string()))?;
    if let Some(cv) = habits.busyness_cv {
        let base = Box::new(scenario.traffic.profile);
        scenario.traffic.profile =
            Profile::Busyness { base, cv, day_ends: day_ends(opens_s, plan.length_s()) };
    }
    Ok(scenario)
}

/// Day of the week, from 0 for Monday, of a time since a Monday's midnight.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day of the week")]
fn day_of(seconds: f64) -> u8 {
    (seconds / 86_400.0 % 7.0) as u8
}

/// Midnights within the plan: each day has a factor of its own.
fn day_ends(opens_s: f64, length_s: f64) -> std::sync::Arc<[f64]> {
    let first = 86_400.0 - opens_s % 86_400.0;
    std::iter::successors(Some(first), |end| Some(end + 86_400.0)).take_while(|end| *end < length_s).collect()
}

/// The plan that a scenario implies, by intervals of `interval`.
pub(super) fn from_scenario(mut scenario: Scenario, interval: Period) -> Result<Source, Failure> {
    let usage = |message: &str| Failure::Usage(format!("scenario {}: {message}", scenario.name));
    let Extent::Duration(duration) = scenario.extent else {
        return Err(usage("a plan by intervals needs `duration`; add for example `duration: 13h`"));
    };
    if scenario.pbx.queues.len() != 1 || scenario.pbx.agents.is_empty() {
        return Err(usage(
            "a staff is sized for one queue; write queues: {calls: {}} and agents: {count: 1}",
        ));
    }
    let length_s = interval.seconds();
    let number = (duration.as_secs_f64() / length_s).round();
    if length_s <= 0.0
        || !(1.0..=1_000.0).contains(&number)
        || (number * length_s - duration.as_secs_f64()).abs() > 1e-6
    {
        return Err(usage("its duration must be 1 to 1000 whole intervals; choose another --interval"));
    }
    let (base, busyness_cv) = match &scenario.traffic.profile {
        Profile::Busyness { base, cv, .. } => ((**base).clone(), Some(*cv)),
        other => (other.clone(), None),
    };
    let intensity = Intensity::new(&base, scenario.seed);
    let warm_up = scenario.warm_up.as_secs_f64();
    let agent = &scenario.pbx.agents[0];
    let aht_s = scenario.traffic.mean_talk() + agent.wrap_up.mean() + agent.answer_delay.mean();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 1000")]
    let intervals: Vec<_> = (0..number as u32)
        .map(|place| {
            let start_s = f64::from(place) * length_s;
            let within = [warm_up + start_s, warm_up + start_s + length_s];
            let calls = sizing::led_calls(&scenario, &intensity, within);
            PlannedInterval { start_s, length_s, calls, aht_s }
        })
        .collect();
    let start = &scenario.start;
    let opens_s = f64::from(start.hour()) * 3_600.0 + f64::from(start.minute()) * 60.0 + warm_up;
    let plan = DayPlan { intervals, theta: patience_rate(&scenario), redial: redial(&scenario) };
    // The day starts with its agents, whatever the scenario's own say.
    for agent in &mut scenario.pbx.agents {
        agent.presence.duty = None;
    }
    let name = scenario.name.clone();
    let monday = 86_400.0 * f64::from(start.weekday().to_monday_zero_offset());
    let (first_day, opens_s) = (day_of(monday + opens_s), opens_s % 86_400.0);
    Ok(Source { name, plan, opens_s, first_day, scenario, busyness_cv, notes: Vec::new() })
}

/// 1 / mean patience over all callers; 0 where some wait for ever.
fn patience_rate(scenario: &Scenario) -> f64 {
    let callers = &scenario.traffic.callers;
    let means: Option<Vec<f64>> = callers
        .iter()
        .map(|class| class.patience.as_ref().map(Distribution::mean).map(|mean| mean * class.share))
        .collect();
    means.map(|means| means.iter().sum::<f64>()).filter(|mean| *mean > 0.0).map_or(0.0, f64::recip)
}

fn redial(scenario: &Scenario) -> f64 {
    sizing::recall(scenario).min(0.99)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, interval: Option<u64>) -> Result<Source, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("day.csv");
        std::fs::write(&path, text).expect("written");
        let interval = interval.map(|minutes| Period(Duration::from_secs(60 * minutes)));
        let habits = Habits { patience: None, redial: 0.0, aht: None, interval, busyness_cv: None, seed: 1 };
        from_csv(&path, habits).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_row_that_is_missing_is_asked_for() {
        let gap = "start,calls,aht\n08:00,40,180s\n08:30,40,180s\n10:00,40,180s\n";
        let told = read(gap, None).err().expect("refused");
        assert!(
            told.contains("day.csv:4: it begins 1h30m after the row before, where others have 30m"),
            "{told}"
        );
        assert!(told.contains("0 calls"), "{told}");
        let two = "start,calls,aht\n08:00,40,180s\n10:00,40,180s\n";
        let told = read(two, Some(30)).err().expect("refused");
        assert!(
            told.contains("day.csv:3: it begins 2h after") && told.contains("--interval says 30m"),
            "{told}"
        );
        // Two rows two hours apart may be meant; the plan says how they are read.
        let read_so = read(two, None).expect("a plan");
        assert!((read_so.plan.intervals[1].length_s - 7_200.0).abs() < 1e-9);
        assert_eq!(read_so.notes, ["its rows stand 2h apart, so long does each interval last"]);
        assert_eq!(read(two, Some(120)).expect("a plan").notes, [""; 0]);
        let night = "start,calls,aht\n22:00,40,3m\n23:00,30,3m\n00:00,20,3m\n01:00,9,3m\n";
        let night = read(night, None).expect("a night");
        let starts: Vec<f64> = night.plan.intervals.iter().map(|interval| interval.start_s).collect();
        assert_eq!(starts, [0.0, 3_600.0, 7_200.0, 10_800.0]);
        let sunday = read("start,calls,aht\nsun 23:30,30,3m\nmon 00:00,20,3m\n", None).expect("a night");
        assert_eq!((sunday.first_day, sunday.opens_s), (6, 23.5 * 3_600.0));
        for back in
            ["09:00,30,3m\n08:00,20,3m\n", "08:00,30,3m\n08:00,20,3m\n", "sun 10:00,3,3m\nmon 10:00,3,3m\n"]
        {
            let told = read(&format!("start,calls,aht\n{back}"), None).err().expect("refused");
            assert!(told.contains("day.csv:3: intervals go forward in time"), "{told}");
        }
        let week = "start,calls,aht\nmon 23:30,30,180s\ntue 00:00,20,180s\n";
        assert!(read(week, Some(30)).is_ok());
    }

    #[test]
    fn a_spreadsheets_semicolons_and_decimal_commas_are_read() {
        let read = read("start;calls;aht\n08:00;40,5;180s\n08:30;40;90,5s\n", None).expect("a plan");
        let [first, second] = [read.plan.intervals[0], read.plan.intervals[1]];
        assert!((first.calls - 40.5).abs() < 1e-12 && (second.aht_s - 90.5).abs() < 1e-12);
    }
}
