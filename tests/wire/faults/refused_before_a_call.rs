//! Mistakes and obstacles that are found before a call, or that keep the report from being written.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::harness;
use crate::harness::busyhour;

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_port_in_use_is_named() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let holder = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = holder.local_addr().expect("bound").to_string();
    let out = folder.path().to_str().expect("UTF-8");
    let finished =
        harness::run(&mut busyhour(&["pbx", "--listen", &address, "--out", out]), LIMIT).expect_code(&[1]);
    assert!(finished.stderr.contains(&address), "{}", finished.said());
    assert!(finished.stderr.to_lowercase().contains("in use"), "{}", finished.said());
}

#[test]
fn a_scenario_with_a_mistake_is_refused_with_its_place_and_no_call() {
    let valid = "name: x\nquestion: y?\nduration: 2s\ntraffic: {profile: 5/s}\npbx: {channels: 2}\n";
    let mistakes = [
        ("chanels", valid.replace("channels", "chanels")),
        ("duration", valid.replace("2s", "2 parsecs")),
        ("channels", valid.replace("channels: 2", "channels: many")),
        ("technical_drop", format!("{valid}gates: [technical_drop < 1%]\n")),
    ];
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    for (key, text) in mistakes {
        let scenario = harness::write(folder.path(), "mistaken.yaml", &text);
        let mut command = busyhour(&["run", &scenario, "--out", out.to_str().expect("UTF-8")]);
        let finished = harness::run(&mut command, LIMIT).expect_code(&[2]);
        let place = finished.stderr.split("mistaken.yaml:").nth(1);
        let has_line = place.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        assert!(has_line && finished.stderr.contains(key), "{key}: {}", finished.said());
        assert!(!out.exists(), "{key}: nothing is written");
    }
}

#[test]
fn a_scenario_that_is_not_there_is_a_usage_error() {
    let finished = harness::run(&mut busyhour(&["run", "no-such-scenario.yaml"]), LIMIT).expect_code(&[2]);
    assert!(finished.stderr.contains("no-such-scenario.yaml"), "{}", finished.said());
}

#[test]
fn a_report_that_cannot_be_written_is_the_tools_failure() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    // A file where the folder should be stops root as well.
    let blocked = harness::write(folder.path(), "blocked", "");
    let out = format!("{blocked}/out");
    let load = ["--rate", "10/s", "--calls", "5", "--talk", "100ms", "--seed", "1"];
    let finished = harness::run(busyhour(&["run", "--out", &out]).args(load), LIMIT).expect_code(&[1]);
    assert!(finished.stderr.contains("blocked"), "{}", finished.said());
}

#[test]
fn a_full_disk_ends_in_a_sentence_and_leaves_no_half_file() {
    if !harness::is_root() || !harness::have(&["unshare", "mount"]) {
        eprintln!("SKIPPED: a full disk needs root, to mount a small one");
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [disk, copy] = ["disk", "copy"].map(|name| folder.path().join(name));
    for path in [&disk, &copy] {
        fs::create_dir(path).expect("a new folder");
    }
    // 16 KiB in a mount namespace of its own, gone with the process; what it held is copied out.
    let script = r#"mount -t tmpfs -o size=16k none "$1"; "$3" run --out "$1/out" --rate 50/s --calls 200 --talk 50ms \
        --seed 1 && code=0 || code=$?; cp -r "$1/." "$2"; exit "$code""#;
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", script, "sh"]).arg(&disk).arg(&copy);
    command.arg(env!("CARGO_BIN_EXE_busyhour")).env("NO_COLOR", "1");
    let finished = harness::run(&mut command, Duration::from_secs(60)).expect_code(&[1]);
    assert!(finished.stderr.to_lowercase().contains("no space left"), "{}", finished.said());
    assert_whole(&copy.join("out"));
}

/// Whatever stands under its final name is complete.
fn assert_whole(out: &Path) {
    let result = out.join("result.json");
    if result.exists() {
        let text = fs::read_to_string(&result).expect("readable");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "half a result.json");
    }
    let page = out.join("report.html");
    assert!(!page.exists() || fs::read_to_string(page).expect("readable").trim_end().ends_with("</html>"));
}
