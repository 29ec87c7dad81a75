use std::ops::ControlFlow;
use std::path::Path;

use super::case::Case;
use super::cases::queues::{ABANDONED, ASKED, AT_ONCE, BLOCKED, IN_TIME, OFFERED, look};
use super::reference::Reference;
use super::system::System;
use super::*;
use crate::random::Seed;

const KEEP_ON: fn(u64) -> ControlFlow<()> = |_| ControlFlow::Continue(());

/// How `case` comes out with `plant` in it.
fn findings(case: Case, plant: &str) -> Vec<Finding> {
    let plant = if plant.is_empty() { Plant::default() } else { plant.parse().unwrap() };
    let suite = Suite::new().of(case);
    suite.run(Seed(1), 2, &plant, KEEP_ON).unwrap().findings
}

/// Names of the figures that do not hold.
fn caught(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| !finding.holds).map(|finding| &*finding.statistic).collect()
}

/// Sixty short runs of a system of `agents` or `channels`, at talk times of 100 s.
fn small(system: &System) -> Case {
    Case::new("small", 60, system.scenario(1_000.0, 4_000.0), look)
}

fn exact(value: f64) -> Reference {
    Reference { value, tolerance: 0.0, source: "by hand".to_owned() }
}

/// 2 erlangs on 2 channels: B = 2 / (2 + 2 + 1).
fn two_channels() -> Case {
    let mut system = System::poisson(0.02, 100.0);
    system.channels = Some(2);
    small(&system).shows("blocking", exact(0.4), |x| x[BLOCKED] / x[OFFERED])
}

/// One agent at 0.7 erlangs: a caller waits with probability 0.7, and longer than t with 0.7 e^(−0.3 t/100 s).
fn one_agent() -> Case {
    let mut system = System::poisson(0.007, 100.0);
    system.agents = Some(1);
    small(&system).shows("p_wait", exact(0.7), |x| 1.0 - x[AT_ONCE] / x[ASKED]).shows(
        "service_level",
        exact(1.0 - 0.7 * (-0.06_f64).exp()),
        |x| x[IN_TIME] / x[ASKED],
    )
}

/// One agent at 1 erlang whose callers give up after one talk time in the mean: n calls are there with
/// probability e^(−1)/n!, so the agent is busy for 1 − e^(−1) of the time and the rest of the calls give up.
fn impatient() -> Case {
    let mut system = System::poisson(0.01, 100.0);
    system.agents = Some(1);
    system.patience_mean_s = Some(100.0);
    small(&system).shows("p_abandon", exact((-1.0_f64).exp()), |x| x[ABANDONED] / x[ASKED])
}

#[test]
fn every_row_of_a_reference_stands_in_its_table_once() {
    for row in reference::ALL {
        assert_eq!(row.lines().count(), 1, "{}", row.source());
    }
}

#[test]
fn nothing_here_knows_a_formula_of_ours() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/validation")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let module = ["crate::", "erlang"].concat();
            assert!(!text.contains(&module), "{} imports {module}", path.display());
            files += 1;
        }
    }
    assert!(files > 10, "the folder has moved");
}

#[test]
fn a_sound_simulator_meets_the_figures() {
    for case in [two_channels(), one_agent(), impatient()] {
        let findings = findings(case, "");
        assert!(caught(&findings).is_empty(), "{findings:?}");
    }
    for (part, thinned) in
        [("overflow of 10", 40), ("counts of busy days, 5", 40), ("call_cc", 40), ("telethon", 5)]
    {
        let suite = Suite::new().only(part).thinned(thinned);
        let report = suite.run(Seed(1), 2, &Plant::default(), KEEP_ON).unwrap();
        assert!(report.holds() && report.findings.len() > 1, "{report:?}");
    }
}

#[test]
fn the_figures_are_the_same_at_any_number_of_threads() {
    let run = |threads| Suite::new().of(impatient()).run(Seed(3), threads, &Plant::default(), KEEP_ON);
    assert_eq!(run(1), run(3));
    let broken = |_| ControlFlow::Break(());
    assert!(Suite::new().of(impatient()).run(Seed(3), 2, &Plant::default(), broken).is_none());
}

#[test]
fn a_channel_more_is_caught_by_erlangs_formula() {
    assert_eq!(caught(&findings(two_channels(), "channels=1")), ["blocking"]);
}

#[test]
fn patience_ignored_is_caught_by_palms_formula() {
    assert_eq!(caught(&findings(impatient(), "patience=ignored")), ["p_abandon"]);
}

/// Who waits, and how long in the mean, does not depend on the order of service; how many wait long does.
#[test]
fn serving_the_newest_caller_first_is_caught_by_the_service_level_alone() {
    let findings = findings(one_agent(), "order=newest");
    assert_eq!(caught(&findings), ["service_level"], "{findings:?}");
}

#[test]
fn more_load_is_caught() {
    assert_eq!(caught(&findings(two_channels(), "load=1.3")), ["blocking"]);
}

#[test]
fn what_is_no_defect_is_refused_with_what_is() {
    for text in ["load", "load=x", "load=NaN", "load=0", "order=oldest", "patience=1"] {
        let told = text.parse::<Plant>().unwrap_err().to_string();
        assert!(told.contains("load=1.01"), "{told}");
    }
}

#[test]
fn intervals_of_a_few_runs_are_counted_on_their_sides() {
    let coverage = coverage(Seed(1), 1, 2, KEEP_ON).unwrap();
    assert_eq!(coverage.len(), 2);
    for one in coverage {
        assert_eq!(one.covered + one.below + one.above, one.runs);
        assert!(one.mean_half_width > 0.0 && one.mean_half_width < 0.02, "{one:?}");
    }
}
