//! What the documents say is true: every command of the README runs, every file and test that `docs/coverage.md`
//! names exists, every relative link leads somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
#[cfg(feature = "live")]
use std::thread;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Lines of fenced blocks of a language, comments cut off.
fn fenced(markdown: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}");
    let blocks = markdown.split("```").collect::<Vec<_>>();
    assert!(blocks.len() % 2 == 1, "a fence is not closed");
    let inside = markdown.split(&open).skip(1).filter_map(|rest| rest.split("```").next());
    let lines = inside.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Code spans of a Markdown text.
fn code_spans(markdown: &str) -> BTreeSet<String> {
    let lines = markdown.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    lines.map(str::to_owned).collect()
}

#[cfg(feature = "live")]
fn busyhour(arguments: &[&str], folder: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    let output = command.args(arguments).current_dir(folder).env("NO_COLOR", "1").output();
    let output = output.unwrap_or_else(|error| panic!("busyhour {arguments:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

#[cfg(feature = "live")]
fn copy_of_scenarios(folder: &Path) {
    let copy = folder.join("scenarios");
    fs::create_dir(&copy).expect("a new folder");
    for entry in fs::read_dir(root().join("scenarios")).expect("scenarios/ exists") {
        let path = entry.expect("readable").path();
        fs::copy(&path, copy.join(path.file_name().expect("a file has a name"))).expect("copied");
    }
}

#[test]
#[cfg(feature = "live")]
fn every_command_of_the_readme_runs_as_written() {
    let commands = fenced(&text_of("README.md"), "sh");
    assert_eq!(commands[..2], ["cargo run --release -- demo", "cargo test"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    copy_of_scenarios(folder.path());
    let runs_as_written = |command: &String| {
        let words = command.split_whitespace().collect::<Vec<_>>();
        assert_eq!(words[0], "busyhour", "{command}");
        let (code, said) = busyhour(&words[1..], folder.path());
        // A gate may fail or be undecided: that is what a scenario is for. The tool must not.
        assert!([0, 3, 5].contains(&code), "{command}: exit code {code}\n{said}");
    };
    // Calls on the wire take their time, during which the other commands compute; each writes to a folder of its own.
    let (calling, computing): (Vec<_>, Vec<_>) =
        commands[2..].iter().partition(|command| command.starts_with("busyhour run "));
    assert!(calling.len() >= 2 && computing.len() >= 4, "{calling:?} {computing:?}");
    thread::scope(|scope| {
        for command in calling {
            scope.spawn(|| runs_as_written(command));
        }
        computing.into_iter().for_each(runs_as_written);
    });
}

#[test]
#[cfg(feature = "live")]
fn the_first_command_of_the_readme_prints_the_verdict_and_where_the_report_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, said) = busyhour(&["demo"], folder.path());
    assert!([0, 3, 5].contains(&code), "exit code {code}\n{said}");
    assert!(said.contains("technical_drop_rate"), "{said}");
    let page = said.split_whitespace().find(|word| word.ends_with("report.html"));
    let page = page.unwrap_or_else(|| panic!("no path of a report:\n{said}"));
    let html = fs::read_to_string(folder.path().join(page)).expect("the report is where the demo says");
    assert!(html.contains("<svg"), "the report has charts");
}

#[test]
#[cfg(feature = "live")]
fn what_the_coverage_table_names_exists() {
    let (_, help) = busyhour(&["--help"], root());
    let verbs = help.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let verbs = verbs.map(str::to_owned).collect::<BTreeSet<_>>();
    let wrong = code_spans(&text_of("docs/coverage.md")).into_iter().filter(|span| !exists(span, &verbs));
    let wrong = wrong.collect::<Vec<_>>();
    assert!(wrong.is_empty(), "docs/coverage.md names what is not there: {wrong:#?}");
}

/// Whether a span of the coverage table is true: `busyhour VERB …`, `path/of/file.rs::test`, or a path.
fn exists(span: &str, verbs: &BTreeSet<String>) -> bool {
    if let Some(rest) = span.strip_prefix("busyhour ") {
        return rest.split_whitespace().next().is_some_and(|verb| verbs.contains(verb));
    }
    match span.split_once("::") {
        Some((file, function)) => {
            let text = fs::read_to_string(root().join(file)).unwrap_or_default();
            text.contains(&format!("fn {function}("))
        }
        None => root().join(span).exists(),
    }
}

#[test]
fn the_checker_of_the_coverage_table_finds_what_is_not_there() {
    let verbs = BTreeSet::from(["run".to_owned()]);
    assert!(exists("busyhour run --rate 1/s", &verbs) && !exists("busyhour fly", &verbs));
    assert!(exists("src/lib.rs", &verbs) && !exists("src/lob.rs", &verbs));
    let this = "tests/documents.rs";
    assert!(exists(&format!("{this}::the_checker_of_the_coverage_table_finds_what_is_not_there"), &verbs));
    assert!(!exists(&format!("{this}::no_such{}", "_test"), &verbs));
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let mut dead = Vec::new();
    for page in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs/coverage.md"] {
        let folder = PathBuf::from(page).parent().expect("a file has a folder").to_owned();
        let text = text_of(page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let local = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
        dead.extend(
            local
                .filter(|link| !root().join(&folder).join(link).exists())
                .map(|link| format!("{page}: {link}")),
        );
    }
    assert!(dead.is_empty(), "{dead:?}");
}
