//! The smoke test before launch: a broken branch is named, and the exit code says so.

use std::time::Duration;

use serde_json::Value;

use crate::harness;
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
