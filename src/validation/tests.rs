use std::ops::ControlFlow;
use std::path::Path;

use super::*;
use crate::random::Seed;

const KEEP_ON: fn(u64) -> ControlFlow<()> = |_| ControlFlow::Continue(());

/// The cases whose names contain `part`, shortened, with `plant` in them.
fn findings(part: &str, thin: u64, plant: &str) -> Vec<Finding> {
    let plant = if plant.is_empty() { Plant::default() } else { plant.parse().unwrap() };
    let suite = Suite::new().only(part).thinned(thin);
    suite.run(Seed(1), 2, &plant, KEEP_ON).unwrap().findings
}

/// Names of the figures that do not hold.
fn caught(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|finding| !finding.holds).map(|finding| &*finding.statistic).collect()
}

#[test]
fn every_row_of_a_reference_stands_in_its_table_as_it_does_here() {
    for row in reference::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(row.file);
        let table = std::fs::read_to_string(&path).unwrap();
        assert_eq!(table.lines().next(), Some(row.header), "{}", row.file);
        assert!(table.lines().any(|line| line == row.text), "{}: {}", row.file, row.text);
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
    for part in ["M/M/20+M", "overflow of 10", "Engset", "widths 1, 4, 10", "Hawkes, short", "in the mean"] {
        let findings = findings(part, 10, "");
        assert!(!findings.is_empty(), "{part}");
        assert!(caught(&findings).is_empty(), "{part}: {findings:?}");
    }
}

#[test]
fn the_figures_are_the_same_at_any_number_of_threads() {
    let suite = Suite::new().only("overflow of 10").thinned(1_000);
    let run = |threads| suite.run(Seed(3), threads, &Plant::default(), KEEP_ON);
    assert_eq!(run(1), run(3));
    assert!(suite.run(Seed(3), 2, &Plant::default(), |_| ControlFlow::Break(())).is_none());
}

#[test]
fn a_channel_more_is_caught_by_erlangs_formula() {
    assert!(caught(&findings("M/M/30/30 at 25", 5, "channels=1")).contains(&"blocking"));
}

#[test]
fn patience_ignored_is_caught_by_palms_formula() {
    assert!(caught(&findings("M/M/20+M", 10, "patience=ignored")).contains(&"p_abandon"));
}

/// Who waits, and how long in the mean, does not depend on the order of service; how many wait long does.
#[test]
fn serving_the_newest_caller_first_is_caught_by_the_service_level_alone() {
    let findings = findings("M/M/20 at 16", 5, "order=newest");
    assert_eq!(caught(&findings), ["service_level"], "{findings:?}");
}

#[test]
fn a_tenth_more_load_is_caught_even_in_a_short_run() {
    let findings = findings("M/M/20+M", 10, "load=1.1");
    assert!(caught(&findings).len() > 3, "{findings:?}");
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
    let coverage = coverage(Seed(1), 2, 2, KEEP_ON).unwrap();
    assert_eq!(coverage.len(), 2);
    for one in coverage {
        assert_eq!(one.covered + one.below + one.above, one.runs);
        assert!(one.mean_half_width > 0.0 && one.mean_half_width < 0.02, "{one:?}");
    }
}
