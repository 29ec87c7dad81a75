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
    let _turn = harness::turn();
    let (broken, paths) = smoke(&SOUND.replace("{extension: \"EXTENSION\"}", "{queue: sales}"), 0);
    let names: Vec<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
    let all = ["100 › 1", "100 › 2", "100 › 3", "100 › nothing", "120", "300", "301"];
    assert_eq!((broken, names), (0, all.to_vec()), "{paths:?}");
    // The branch behind 3 leads to an engaged line; nobody ever answers for support.
    let planted =
        SOUND.replace("EXTENSION", "120").replace("{name: boris}", "{name: boris, no_answer: 100%}");
    let (broken, paths) = smoke(&planted, 3);
    let failing: Vec<&str> =
        paths.iter().filter(|(_, works)| !works).map(|(path, _)| path.as_str()).collect();
    assert_eq!((broken, failing), (3, vec!["100 › 2", "100 › 3", "301"]), "{paths:?}");
}

#[test]
fn what_is_broken_is_told_in_russian_too() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = SOUND.replace("EXTENSION", "120");
    let file = harness::write(folder.path(), "before-launch.yaml", &text);
    let mut command = busyhour(&["run", &file, "--smoke", "--lang", "ru"]);
    let told = harness::run(&mut command, Duration::from_mins(2)).expect_code(&[3]).stdout;
    assert!(told.contains("Работает путей: 6 из 7."), "{told}");
    assert!(told.contains("не работает: 100 › 3 → внутренний номер 120"), "{told}");
    assert!(told.contains("100 › ничего"), "{told}");
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
    let _turn = harness::turn();
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
