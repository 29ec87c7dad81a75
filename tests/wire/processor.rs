//! The processor of the PBX that is called: its own threads in `run`, a process of this machine with `--pbx-process`.

use std::time::Duration;

use crate::harness;
use crate::harness::Pbx;
use crate::harness::Results;
use crate::harness::busyhour;

/// Waves of calls in twelve seconds, short ones, so that seconds differ.
const SCENARIO: &str = "name: processor\nquestion: What does a call cost?\nseed: 4\nduration: 12s\ntraffic:\n  \
    profile: {curve: [{at: 0s, rate: 20/s}, {at: 3s, rate: 160/s}, {at: 6s, rate: 20/s}, {at: 9s, rate: 160/s}, {at: 12s, \
    rate: 20/s}]}\n  callers: [{talk: {exponential: {mean: 500ms}}}]\n";

fn measured(results: &Results) {
    let setup = results.at("processor.setup_ms.value").as_f64().expect("milliseconds");
    let number = |path: &str| results.at(path).as_f64().unwrap_or_else(|| panic!("{path} is no number"));
    assert!((0.01..50.0).contains(&setup), "{setup} ms a set-up");
    let rate = number("processor.calls_per_second") / number("processor.cores");
    assert!((rate * setup / 1e3 - 1.0).abs() < 1e-6, "{rate}/s a core of {setup} ms each");
    assert!(number("processor.seconds") >= 9.0 && number("processor.used_s") > 0.0);
    let setups = results.count("processor.setups");
    assert!(setups > 800 && setups <= results.count("outcomes.offered"), "{setups}");
}

#[test]
fn a_live_run_measures_the_processor_of_the_bundled_pbx_and_its_model_can_be_pasted() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "processor.yaml", SCENARIO);
    let out = folder.path().join("out");
    let directory = out.to_str().expect("UTF-8");
    let ended = harness::run(&mut busyhour(&["run", &file, "--out", directory]), Duration::from_secs(60));
    let ended = ended.expect_code(&[0, 4, 5]);
    let results = Results::read(&out);
    measured(&results);
    let line = ended.stdout.lines().find(|line| line.contains("processor: {")).expect("a model to paste");
    let model = line[line.find("processor: {").expect("just found")..].trim_end();
    let pasted = harness::write(folder.path(), "pasted.yaml", &format!("{SCENARIO}pbx: {{{model}}}\n"));
    harness::run(&mut busyhour(&["check", &pasted]), Duration::from_secs(20)).expect_code(&[0]);
    let simulated = folder.path().join("simulated");
    let mut command = busyhour(&["simulate", &file, "--quiet", "--out", simulated.to_str().expect("UTF-8")]);
    harness::run(&mut command, Duration::from_secs(20)).expect_code(&[0, 5]);
    let text = std::fs::read_to_string(simulated.join("result.json")).expect("a result");
    assert!(!text.contains("setup_ms"), "nothing is measured in virtual time");
}

#[test]
fn the_processor_of_a_target_is_that_of_the_process_named() {
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "processor.yaml", SCENARIO);
    let pbx = Pbx::start(folder.path(), SCENARIO, &[]);
    let target = format!("sip:127.0.0.1:{}", pbx.port);
    let out = folder.path().join("out");
    let run = |process: &str| {
        let mut command = busyhour(&["run", &file, "--quiet", "--target", &target, "--pbx-process", process]);
        harness::run(command.args(["--out", out.to_str().expect("UTF-8")]), Duration::from_secs(60))
    };
    let nobody = run("4294967295").expect_code(&[2]).said();
    assert!(nobody.contains("--pbx-process 4294967295: its processor time can't be read"), "{nobody}");
    run(&pbx.process().to_string()).expect_code(&[0, 4, 5]);
    measured(&Results::read(&out));
    let spent = pbx.stop_and_listen();
    assert!(spent.contains("Processor of the PBX"), "`busyhour pbx` says what it took: {spent}");
}
