//! Calls that the PBX connects with registered phones: SIPp registers and picks up, our generator calls and counts its
//! own packets as they come back from the phone through the relay.
//!
//! `BUSYHOUR_PHONES` and `BUSYHOUR_PHONE_CALLS` make it as large as an acceptance run wants it (default 5 and 20).

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Pbx;
use crate::harness::Results;
use crate::harness::Running;
use crate::harness::Sipp;
use crate::harness::busyhour;
use crate::harness::free_port;

const PASSWORD: &str = "correct-horse";

fn size(name: &str, default: u32) -> u32 {
    env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Users 101, 102 and so on, each the phone of an agent of one queue.
fn pbx(folder: &Path, phones: u32) -> Pbx {
    let (mut users, mut agents) = (String::new(), String::new());
    for user in 101..101 + phones {
        write!(users, "{{name: \"{user}\", password_env: PHONE}}, ").expect("a String takes it");
        write!(agents, "{{name: agent-{user}, phone: \"{user}\"}}, ").expect("a String takes it");
    }
    let scenario = format!(
        "name: registered\nquestion: Do registered phones ring?\nmedia: rtp\nmedia_timeout: 3s\nseed: 1\npbx:\n  \
         users: [{users}]\n  agents: [{agents}]\n  registration: {{min_expires: 1s}}\n  \
         queues: {{sales: {{numbers: [\"200\"], retry: 1s}}}}\n"
    );
    Pbx::start(folder, &scenario, &[("PHONE", PASSWORD)])
}

/// Registers users with the phones at `port`, each with `password`; SIPp's counters come back.
fn register(folder: &Path, pbx: &Pbx, phones: u32, port: u16, password: &str) -> BTreeMap<String, u64> {
    let mut users = "SEQUENTIAL\n".to_owned();
    for user in 101..101 + phones {
        writeln!(users, "{user};[authentication username={user} password={password}];{port}")
            .expect("a String takes it");
    }
    let file = harness::write(folder, "users.csv", &users);
    let count = phones.to_string();
    let arguments = ["-inf", &file, "-m", &count, "-r", "20"];
    let (finished, counters) =
        Sipp::caller(folder, "register_users.xml", pbx.port, &arguments).finish(Duration::from_secs(60));
    finished.expect_code(&[0]);
    counters
}

/// A SIPp that picks up whatever rings at `port`, and sends sound back.
fn phones_at(folder: &Path, port: u16) -> Running {
    let file = format!("{}/tests/wire/sipp/phone.xml", env!("CARGO_MANIFEST_DIR"));
    let (port_text, media) = (port.to_string(), (free_port()).to_string());
    let mut command = std::process::Command::new("sipp");
    command.args(["-sf", &file, "-p", &port_text, "-i", "127.0.0.1", "-rtp_echo", "-mp", &media, "-nostdin"]);
    command.args(["-timeout", "300s"]);
    let running = Running::start(command.current_dir(folder).env("TERM", "xterm"));
    harness::wait_until_bound(port, Duration::from_secs(10));
    running
}

/// Calls the queue; where the generator's results are.
fn call(
    folder: &Path,
    pbx: &Pbx,
    calls: u32,
    per_second: u32,
    name: &str,
    expected: i32,
) -> std::path::PathBuf {
    let scenario = format!(
        "name: {name}\nquestion: Do they hear themselves?\ncalls: {calls}\nmedia: rtp\nseed: 1\n\
         traffic: {{profile: {per_second}/s, callers: [{{to: \"200\", talk: 2s, patience: 4s}}]}}\n\
         gates: [\"technical_drop_rate <= 0%\"]\n"
    );
    let scenario = harness::write(folder, &format!("{name}.yaml"), &scenario);
    let (target, out) = (format!("sip:127.0.0.1:{}", pbx.port), folder.join(name));
    let arguments = ["run", &scenario, "--target", &target, "--out", out.to_str().expect("UTF-8")];
    harness::run(&mut busyhour(&arguments), Duration::from_secs(300)).expect_code(&[expected]);
    out
}

#[test]
fn calls_through_the_queue_are_bridged_with_registered_phones() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let (phones, calls) = (size("BUSYHOUR_PHONES", 5), size("BUSYHOUR_PHONE_CALLS", 20));
    let pbx = pbx(folder, phones);
    let port = free_port();
    let ringing = phones_at(folder, port);
    // A phone that could not prove its password gets no call, and neither does one that never registered.
    assert_eq!(register(folder, &pbx, phones, port, "guess")["denied"], u64::from(phones));
    let nobody = call(folder, &pbx, 2, 10, "nobody", 0);
    assert_eq!(Results::read(&nobody).count("outcomes.completed"), 0);

    assert_eq!(register(folder, &pbx, phones, port, PASSWORD)["registered"], u64::from(phones));
    let out = call(folder, &pbx, calls, (phones / 4).max(1), "bridged", 0);
    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.count("outcomes.completed"), u64::from(calls), "{}", results.at("outcomes"));
    let records = Calls::read(&out.join("calls.csv"));
    for row in records.rows() {
        let count = |column: &str| row[column].parse::<i64>().expect("a count");
        let (sent, received) = (count("packets_sent"), count("packets_received"));
        // 2 s are 100 packets; the last of them may be under way when the call ends.
        assert!(sent >= 95 && (sent - received).abs() <= 5, "{sent} sent, {received} came back: {row:?}");
    }
    let by_agent = records.by("agent");
    assert_eq!(
        by_agent.len(),
        usize::try_from(phones.min(calls)).expect("a few"),
        "all phones ring: {by_agent:?}"
    );
    ringing.signal("KILL");
    pbx.stop();
}

#[test]
fn the_next_call_goes_where_the_phone_has_registered_last_and_a_killed_phone_frees_both_circuits() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let pbx = pbx(folder, 1);
    let (first, second) = (free_port(), free_port());
    let _gone = register(folder, &pbx, 1, first, PASSWORD);
    register(folder, &pbx, 1, second, PASSWORD);
    let ringing = phones_at(folder, second);
    let out = call(folder, &pbx, 1, 1, "moved", 0);
    assert_eq!(Results::read(&out).count("outcomes.completed"), 1, "nobody is at the first address");

    // The phone dies in mid-call: the caller is hung up on within the media time-out, and the PBX holds nothing.
    let scenario = "name: killed\nquestion: Who notices?\ncalls: 1\nmedia: rtp\nseed: 1\n\
        traffic: {profile: 1/s, callers: [{to: \"200\", talk: 60s, patience: 10s}]}\n";
    let scenario = harness::write(folder, "killed.yaml", scenario);
    let (target, out) = (format!("sip:127.0.0.1:{}", pbx.port), folder.join("killed"));
    let arguments = ["run", &scenario, "--target", &target, "--out", out.to_str().expect("UTF-8")];
    let caller = Running::start(&mut busyhour(&arguments));
    caller.leave_for(Duration::from_secs(4));
    ringing.signal("KILL");
    let _ = caller.finish(Duration::from_secs(30));
    let records = Calls::read(&out.join("calls.csv"));
    let lasted = |row: &BTreeMap<String, String>| row["talk_s"].parse::<f64>().expect("seconds");
    assert!(records.rows().iter().all(|row| lasted(row) < 12.0), "{:?}", records.rows());
    let cdr = Calls::read(&folder.join("pbx/cdr.csv"));
    assert_eq!(cdr.by("disposition"), [("ANSWERED".to_owned(), 2)].into());
    pbx.stop();
}
