//! The smoke test before launch: a broken branch is named, and the exit code says so.

use std::time::Duration;

use serde_json::Value;

use crate::harness;
use crate::harness::Pbx;
use crate::harness::busyhour;

/// A menu to two queues, an engaged extension behind 3, and a number of its own.
const SOUND: &str = "\
name: before-launch
seed: 1
calls: 10
traffic:
  profile: 60/h
  callers:
    - {to: \"100\", talk: 60s, choices: {main: {\"1\": 100%}}}
pbx:
  extensions: {\"120\": busy}
  agents: [{name: anna}, {name: boris}]
  queues:
    sales: {numbers: [\"300\"], agents: [anna]}
    support: {numbers: [\"301\"], agents: [boris]}
  ivr:
    main:
      prompt: 3s
      timeout: 2s
      repeats: 0
      digits:
        \"1\": {queue: sales}
        \"2\": {queue: support}
        \"3\": {extension: \"EXTENSION\"}
      otherwise: {queue: sales}
";

fn smoke(text: &str, code: i32) -> (u64, Vec<(String, bool)>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "before-launch.yaml", text);
    let mut command = busyhour(&["run", &file, "--smoke", "--format", "json"]);
    let told = harness::run(&mut command, Duration::from_mins(2)).expect_code(&[code]);
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    let paths = told["paths"].as_array().expect("paths").iter().map(|path| {
        (path["path"].as_str().expect("text").to_owned(), path["works"].as_bool().expect("yes or no"))
    });
    (told["broken"].as_u64().expect("a count"), paths.collect())
}

#[test]
fn every_number_and_branch_is_called_and_a_broken_one_is_named() {
    let _turn = harness::shared_turn();
    let sound = SOUND.replace("{extension: \"EXTENSION\"}", "{queue: sales}");
    // The branch behind 3 leads to an engaged line; nobody ever answers for support.
    let planted =
        SOUND.replace("EXTENSION", "120").replace("{name: boris}", "{name: boris, no_answer: 100%}");
    let told = harness::at_once([(sound, 0), (planted, 3)], |(text, code)| smoke(&text, code));
    let [(broken, paths), planted] = &told[..] else { unreachable!("two tests") };
    let names: Vec<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
    let all = ["100 › 1", "100 › 2", "100 › 3", "100 › nothing", "120", "300", "301"];
    assert_eq!((*broken, names), (0, all.to_vec()), "{paths:?}");
    let (broken, paths) = planted;
    let failing: Vec<&str> =
        paths.iter().filter(|(_, works)| !works).map(|(path, _)| path.as_str()).collect();
    assert_eq!((*broken, failing), (3, vec!["100 › 2", "100 › 3", "301"]), "{paths:?}");
}

#[test]
fn what_is_broken_is_told_in_russian_too() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = SOUND.replace("EXTENSION", "120");
    let file = harness::write(folder.path(), "before-launch.yaml", &text);
    let mut command = busyhour(&["run", &file, "--smoke", "--lang", "ru"]);
    let told = harness::run(&mut command, Duration::from_mins(2)).expect_code(&[3]).stdout;
    assert!(told.contains("Работает путей: 6 из 7."), "{told}");
    assert!(told.contains("не работает: 100 › 3 → внутренний номер 120"), "{told}");
    assert!(told.contains("100 › ничего"), "{told}");
}

/// A menu by day, the voicemail by night, and a table that leads by class, hour and holiday; sales begins an hour late.
const HOURS: &str = "\
name: before-launch
seed: 1
start: 2026-01-05T07:00[Europe/Berlin]
calls: 10
traffic:
  profile: 60/h
  callers: [{to: \"100\", talk: 60s, choices: {main: {\"1\": 100%}}}]
pbx:
  voicemail: {greeting: 2s, message: 5s}
  hours:
    open: [{days: [mon, tue, wed, thu, fri], from: 08:00, to: 18:00}]
    closed: CLOSED
  extensions: {\"404\": busy}
  agents:
    - {name: anna, shifts: [{days: [mon, tue, wed, thu, fri], from: 09:00, to: 17:00}]}
    - {name: boris}
  queues:
    sales: {numbers: [\"300\"], agents: [anna]}
    support: {numbers: [\"301\"], agents: [boris]}
  ivr:
    main:
      numbers: [\"100\"]
      prompt: 3s
      timeout: 2s
      repeats: 0
      digits: {\"1\": {queue: sales}, \"2\": {queue: support}, \"9\": {menu: main}}
      otherwise: {queue: support}
";

type Row = (String, String, String, bool);

/// Each path with its state, the hour and whether it works; and what is not tested.
fn by_hours(text: &str, code: i32, options: &[&str]) -> (Vec<Row>, Vec<Value>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "before-launch.yaml", text);
    let mut command = busyhour(&["run", &file, "--smoke", "--format", "json"]);
    let told = harness::run(command.args(options), Duration::from_mins(2)).expect_code(&[code]);
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    let word = |row: &Value, key: &str| row[key].as_str().unwrap_or("").to_owned();
    let row = |row: &Value| {
        let hour = word(row, "at")[..16].to_owned();
        (word(row, "path"), word(row, "state"), hour, row["works"].as_bool().expect("yes or no"))
    };
    let rows = told["paths"].as_array().expect("paths").iter().map(row).collect();
    (rows, told["not_tested"].as_array().expect("a list").clone())
}

fn row(path: &str, state: &str, hour: &str) -> Row {
    (path.to_owned(), state.to_owned(), hour.to_owned(), true)
}

/// Whatever the hour at which a scenario begins, what callers meet by day and what they meet by night is called, each
/// at an hour at which it is so and somebody is there.
#[test]
fn open_and_closed_hours_are_both_tested() {
    let _turn = harness::shared_turn();
    let text = HOURS.replace("CLOSED", "voicemail");
    let day = text.replace("T07:00", "T10:00");
    let nobody = day.replace("closed: voicemail", "closed: {queue: sales}");
    let told =
        harness::at_once([(&text, 0), (&day, 0), (&nobody, 3)], |(text, code)| by_hours(text, code, &[]));
    let [(rows, left_out), (by_day, _), (broken, _)] = &told[..] else { unreachable!("three tests") };
    let all = [
        row("100", "closed", "2026-01-05T07:00"),
        row("300", "closed", "2026-01-05T07:00"),
        row("301", "closed", "2026-01-05T07:00"),
        row("404", "closed", "2026-01-05T07:00"),
        row("100 › 2", "open", "2026-01-05T08:00"),
        row("100 › 9 › nothing", "open", "2026-01-05T08:00"),
        row("100 › nothing", "open", "2026-01-05T08:00"),
        row("301", "open", "2026-01-05T08:00"),
        row("100 › 1", "open", "2026-01-05T09:00"),
        row("300", "open", "2026-01-05T09:00"),
    ];
    assert_eq!((&rows[..], left_out.len()), (&all[..], 0), "{left_out:?}");
    // The same by day: what is closed is called in the evening.
    assert!(by_day.contains(&row("100", "closed", "2026-01-05T18:00")), "{by_day:?}");
    assert!(by_day.contains(&row("100 › 1", "open", "2026-01-05T10:00")) && by_day.len() == 10, "{by_day:?}");
    // The night leads to nobody: the path is named with its state, though the scenario begins by day.
    let failing: Vec<_> = broken.iter().filter(|row| !row.3).map(|row| (&*row.0, &*row.1)).collect();
    assert_eq!(failing, [("100", "closed"), ("301", "closed")], "{broken:?}");
}

/// The table of `office-hours.yaml` leads two classes from one number to two places, and the blacklist takes the third.
#[test]
fn classes_that_a_table_tells_apart_are_each_called() {
    let _turn = harness::shared_turn();
    let text = std::fs::read_to_string("scenarios/office-hours.yaml").expect("a scenario");
    let (rows, _) = by_hours(&text, 0, &[]);
    let paths: Vec<_> = rows.iter().map(|row| (&*row.0, &*row.1)).collect();
    let all = [
        ("200 (spam)", "closed"),
        ("100 (client)", "closed"),
        ("200 (client)", "closed"),
        ("100 (client)", "open"),
        ("100 (job-seeker)", "open"),
        ("200 (client)", "open"),
        ("200 (job-seeker)", "open"),
    ];
    assert_eq!(paths, all, "{rows:?}");
}

/// A target goes by its own clock: one state is judged, and the test says which and what it leaves out.
#[test]
fn a_target_is_judged_by_the_state_that_is_told() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = HOURS.replace("CLOSED", "voicemail");
    let pbx = Pbx::start(folder.path(), &format!("{text}time_scale: 20\n"), &[]);
    let target = format!("sip:127.0.0.1:{}", pbx.port);
    let set = ["--target", &target, "--set", "time_scale=20"];
    let (rows, left_out) = by_hours(&text, 0, &set);
    let all = ["100", "300", "301", "404"].map(|number| row(number, "closed", "2026-01-05T07:00"));
    assert_eq!(rows, all);
    assert!(
        left_out[0].as_str().is_some_and(|text| text.contains("closed, 2026-01-05 07:00")),
        "{left_out:?}"
    );
    pbx.stop();
}

/// Three numbers that the scenario knows; the target knows no 404, and is engaged at 120 as it should be.
const NUMBERS: &str = "\
name: numbers
seed: 1
calls: 10
time_scale: 20
traffic:
  profile: 60/h
  callers:
    - {to: \"300\", talk: 60s}
pbx:
  extensions: {\"120\": busy}
  agents: [{name: anna}]
  queues:
    sales: {numbers: [\"300\"], agents: [anna]}
";

#[test]
fn a_number_that_a_target_does_not_know_is_broken() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = Pbx::start(folder.path(), NUMBERS, &[]);
    let more = NUMBERS.replace("\"120\": busy}", "\"120\": busy, \"404\": {queue: sales}}");
    let file = harness::write(folder.path(), "more.yaml", &more);
    let target = format!("sip:127.0.0.1:{}", pbx.port);
    let mut command = busyhour(&["run", &file, "--smoke", "--target", &target, "--format", "json"]);
    let told = harness::run(&mut command, Duration::from_mins(2)).expect_code(&[3]);
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    let works: Vec<_> =
        told["paths"].as_array().expect("paths").iter().map(|path| path["works"].as_bool()).collect();
    assert_eq!(works, [Some(true), Some(true), Some(false)], "{told}");
    pbx.stop();
}
