//! Fields that call records must have: judged by `run` on real sockets, by `simulate`, and in a client's own log by
//! `check --records`; each with the exit code that is its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Finished;
use crate::harness::Results;
use crate::harness::busyhour;

const LIMIT: Duration = Duration::from_secs(60);

/// Of three calls at once the third finds both channels busy: it reaches no queue, and its row is the first to be
/// written. A circuit is free again long before the next three.
const SCENARIO: &str = "\
name: records
question: Do the records hold what was agreed?
seed: 3
calls: 6
time_scale: 20
traffic:
  arrivals: {replay: [1, 2, 3, 61, 62, 63]}
  callers: [{name: customer, talk: {constant: 20s}}]
pbx:
  channels: 2
  agents: {count: 2, answer_delay: 1s}
  queues: {sales: {}}
gates: [technical_drop_rate < 99%]
required_fields:
  - start
  - agent if answered
";

/// Runs `verb` on the scenario with one more required field.
fn play(verb: &str, folder: &Path, text: &str, options: &[&str]) -> Finished {
    let scenario = harness::write(folder, "records.yaml", text);
    let out = folder.join(verb);
    let mut command = busyhour(&[verb, &scenario, "--quiet", "--out", out.to_str().expect("UTF-8")]);
    harness::run(command.args(options), LIMIT)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the report's folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_field_that_records_lack_has_its_own_code_and_is_named_with_its_first_row_and_the_report_is_whole() {
    let _turn = harness::shared_turn();
    for verb in ["run", "simulate"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let finished = play(verb, folder.path(), SCENARIO, &[]).expect_code(&[0]);
        assert!(
            finished.stdout.contains("✓ agent if answered   filled in 4 of 4 rows"),
            "{}",
            finished.said()
        );

        let text = format!("{SCENARIO}  - queue\n");
        let finished = play(verb, folder.path(), &text, &[]).expect_code(&[7]);
        let said = "required field queue: missing in 2 of 6 rows, first in cdr.csv:2 (call ";
        assert!(finished.stdout.contains(said), "{verb}: {}", finished.said());
        assert!(finished.stdout.contains("records.yaml:17"), "{verb}: {}", finished.said());

        let out = folder.path().join(verb);
        let results = Results::read(&out);
        assert_eq!(results.text("verdict.status"), "fail");
        let fields = results.at("verdict.required_fields").as_array().expect("a list");
        let figures: Vec<_> =
            fields.iter().map(|field| (field["rows"].as_u64(), field["missing"].as_u64())).collect();
        assert_eq!(figures, [(Some(6), Some(0)), (Some(4), Some(0)), (Some(6), Some(2))]);
        let row = fs::read_to_string(out.join("cdr.csv")).expect("the book");
        let call = fields[2]["first"]["call_id"].as_str().expect("a call");
        assert!(
            row.lines().nth(1).expect("a row").starts_with(&format!("{call},")),
            "the row that is named lacks it"
        );
        let junit = fs::read_to_string(out.join("junit.xml")).expect("JUnit");
        assert!(
            junit.contains("name=\"required field queue\"") && junit.contains("failures=\"1\""),
            "{junit}"
        );
        let read = |name: &str| fs::read_to_string(out.join(name)).expect("a file of the report");
        for file in ["report.html", "summary.md"] {
            assert!(read(file).contains("missing in 2 of 6 rows"), "{verb}: {file}");
        }
        assert!(!names(&out).iter().any(|name| name.contains(".part")), "nothing is half-written");

        let finished =
            play(verb, folder.path(), &text, &["--lang", "ru", "--format", "json"]).expect_code(&[7]);
        let said = "обязательное поле queue: не заполнено в строках: 2 из 6, первая — cdr.csv:2 (вызов ";
        assert!(finished.stderr.contains(said), "{verb}: {}", finished.said());
        assert!(finished.stdout.starts_with('{'), "{verb}: {}", finished.said());
    }
}

#[test]
fn a_code_that_agents_give_is_there_or_missing_as_the_queue_has_it_and_a_failed_gate_goes_first() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("{SCENARIO}  - wrap_up if agent\n");
    let with_codes = text.replace("sales: {}", "sales: {wrap_up_codes: {order: 100%}}");
    for verb in ["run", "simulate"] {
        play(verb, folder.path(), &with_codes, &[]).expect_code(&[0]);
        let finished = play(verb, folder.path(), &text, &[]).expect_code(&[7]);
        let said = "required field wrap_up if agent: missing in 4 of 4 rows, first in cdr.csv:3";
        assert!(finished.stdout.contains(said), "{verb}: {}", finished.said());
        let both =
            play(verb, folder.path(), &text, &["--gate", "technical_drop_rate < 1%"]).expect_code(&[3]);
        assert!(both.stdout.contains(said), "{verb}: both are told: {}", both.said());
    }
    let none = play("simulate", folder.path(), &text, &["--no-calls"]).expect_code(&[2]);
    assert!(none.stderr.contains("--no-calls"), "{}", none.said());
    let unknown = play("simulate", folder.path(), &format!("{SCENARIO}  - agnet\n"), &[]).expect_code(&[2]);
    assert!(
        unknown.stderr.contains("records.yaml:17:5: required_fields[2]: no field `agnet`"),
        "{}",
        unknown.said()
    );
    assert!(unknown.stderr.contains("did you mean `agent`?"), "{}", unknown.said());
}

#[test]
fn the_log_of_a_client_lacks_a_column_or_a_value_or_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = harness::write(folder.path(), "records.yaml", SCENARIO);
    let check = |log: &str, options: &[&str]| {
        let log = harness::write(folder.path(), "log.csv", log);
        harness::run(busyhour(&["check", &scenario, "--records", &log]).args(options), LIMIT)
    };
    let whole = "calldate,src,dst,agent,disposition\n2026-01-05 08:00:00,1,100,201,ANSWERED\n2026-01-05 08:00:01,2,100,202,ANSWERED\n";
    check(whole, &[]).expect_code(&[0]);

    let empty = check(&whole.replace("202", ""), &[]).expect_code(&[7]);
    let said = "✗ agent if answered   missing in 1 of 2 rows, first in ";
    assert!(empty.stdout.contains(said) && empty.stdout.contains("log.csv:3"), "{}", empty.said());
    let russian = check(&whole.replace("202", ""), &["--lang", "ru"]).expect_code(&[7]);
    assert!(russian.stdout.contains("не заполнено в строках: 1 из 2"), "{}", russian.said());

    let no_column = check(&whole.replace("agent", "who"), &[]).expect_code(&[7]);
    assert!(
        no_column.stdout.contains("has no column for agent: missing in all 2 rows"),
        "{}",
        no_column.said()
    );
    assert!(no_column.stdout.contains("calldate, src, dst, who, disposition"), "{}", no_column.said());
    check(&whole.replace("agent", "who"), &["--column", "agent=who"]).expect_code(&[0]);
    let json = check(&whole.replace("agent", "who"), &["--format", "json"]).expect_code(&[7]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json[0]["required_fields"][1]["no_column"], "agent");

    check("calldate,agent,disposition\n", &[]).expect_code(&[5]);
    let nonsense = check("colour,shape\nred,round\n", &[]).expect_code(&[2]);
    assert!(nonsense.stderr.contains("log.csv: no column has a name that is known"), "{}", nonsense.said());

    // What our own PBX writes as Asterisk does is read as Asterisk's.
    play("simulate", folder.path(), SCENARIO, &[]).expect_code(&[0]);
    for book in ["Master.csv", "cdr.csv"] {
        let log = folder.path().join("simulate").join(book);
        let log = log.to_str().expect("UTF-8");
        let finished = harness::run(&mut busyhour(&["check", &scenario, "--records", log]), LIMIT);
        let finished = finished.expect_code(&[0]);
        assert!(finished.stdout.contains("filled in 4 of 4 rows"), "{book}: {}", finished.said());
        let stricter = ["--set", "required_fields=[queue]"];
        let finished = harness::run(busyhour(&["check", &scenario, "--records", log]).args(stricter), LIMIT);
        let finished = finished.expect_code(&[7]);
        assert!(finished.stdout.contains("missing in 2 of 6 rows"), "{book}: {}", finished.said());
    }
}

/// The records of a target stand where it is: `run` says so, and they are judged there.
#[test]
fn the_records_of_a_target_are_not_taken_for_seen() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("{SCENARIO}  - queue\n");
    let pbx = harness::Pbx::start(folder.path(), SCENARIO, &[]);
    let target = format!("sip:100@127.0.0.1:{}", pbx.port);
    let finished = play("run", folder.path(), &text, &["--target", &target]).expect_code(&[0]);
    let said = "required_fields were not judged: the target keeps its call records itself";
    assert!(finished.stdout.contains(said), "{}", finished.said());
    pbx.stop();
    let (scenario, log) = (folder.path().join("records.yaml"), folder.path().join("pbx/Master.csv"));
    let paths = [scenario, log].map(|path| path.to_str().expect("UTF-8").to_owned());
    let mut command = busyhour(&["check", &paths[0], "--records", &paths[1]]);
    let finished = harness::run(&mut command, LIMIT).expect_code(&[7]);
    assert!(finished.stdout.contains("✗ queue               missing in 2 of 6 rows"), "{}", finished.said());
}
