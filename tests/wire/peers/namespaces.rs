//! Two hosts: network namespaces joined by a veth pair, the target dialled by name.

use std::process::Command;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::harness;
use crate::harness::Results;
use crate::harness::Running;

/// Two namespaces with one cable, gone when dropped.
struct Hosts {
    near: String,
    far: String,
}

impl Hosts {
    const NEAR: &str = "10.213.47.1";
    const FAR: &str = "10.213.47.2";

    /// Makes them; says so if this machine does not let us.
    fn new() -> Option<Self> {
        // Tests of one process run side by side until they take their turn.
        static MADE: AtomicU32 = AtomicU32::new(0);
        let id = format!("{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let hosts = Self { near: format!("near{id}"), far: format!("far{id}") };
        let made = Command::new("ip").args(["netns", "add", &hosts.near]).output();
        if !made.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: network namespaces need root, and a kernel that allows them");
            return None;
        }
        let ip = |line: &str| harness::must("ip", &line.split_whitespace().collect::<Vec<_>>());
        let Self { near, far } = &hosts;
        ip(&format!("netns add {far}"));
        ip(&format!("-n {near} link add cable0 type veth peer name cable0 netns {far}"));
        for (host, address) in [(near, Self::NEAR), (far, Self::FAR)] {
            ip(&format!("-n {host} address add {address}/24 dev cable0"));
            ip(&format!("-n {host} link set cable0 up"));
            ip(&format!("-n {host} link set lo up"));
        }
        Some(hosts)
    }

    /// A command on one host.
    fn on(host: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", host]);
        command
    }

    /// The program under test on one host, with a hosts file of its own.
    fn busyhour(host: &str, hosts_file: &str, arguments: &[&str]) -> Command {
        let mut command = Self::on(host);
        let script = r#"mount --bind "$1" /etc/hosts; shift; exec "$@""#;
        command.args(["unshare", "--mount", "sh", "-ec", script, "sh", hosts_file]);
        command.arg(env!("CARGO_BIN_EXE_busyhour")).args(arguments).env("NO_COLOR", "1");
        command
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in [&self.near, &self.far] {
            // What was never made can't be removed.
            let _ = Command::new("ip").args(["netns", "delete", host]).output();
        }
    }
}

#[test]
fn calls_cross_two_network_namespaces_to_a_target_given_by_name() {
    if !harness::have(&["ip", "unshare", "sipp"]) {
        return;
    }
    let Some(hosts) = Hosts::new() else { return };
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names = format!("127.0.0.1 localhost\n{} pbx.example.test\n", Hosts::FAR);
    let names = harness::write(folder.path(), "hosts", &names);
    let out = folder.path().join("run");

    let mut answerer = Hosts::on(&hosts.far);
    answerer.args([
        "sipp",
        "-sn",
        "uas",
        "-i",
        Hosts::FAR,
        "-p",
        "5060",
        "-nostdin",
        "-timeout",
        "60s",
        "-m",
        "61",
    ]);
    let mut answerer = Running::start(answerer.current_dir(folder.path()).env("TERM", "xterm"));
    answerer.leave_for(Duration::from_secs(1));
    assert!(answerer.is_running(), "{}", answerer.finish(Duration::from_secs(1)).said());

    let load = ["--rate", "20/s", "--calls", "60", "--talk", "1s", "--seed", "1"];
    let gate = ["--gate", "technical_drop_rate <= 0%"];
    let target = ["run", "--target", "sip:100@pbx.example.test", "--out", out.to_str().expect("UTF-8")];
    let call = |more: &[&str]| {
        let arguments = [&target[..], &load, &gate, more].concat();
        harness::run(&mut Hosts::busyhour(&hosts.near, &names, &arguments), Duration::from_secs(60))
    };

    // Not loopback: first it asks whether we may, and places no call.
    let refused = call(&[]).expect_code(&[2]);
    assert!(refused.stderr.contains("--i-am-authorised-to-test"), "{}", refused.said());
    assert!(!out.join("result.json").exists());

    call(&["--i-am-authorised-to-test", "pbx.example.test"]).expect_code(&[0]);
    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.count("outcomes.offered"), 60, "the probe is in no count");
    assert_eq!(results.count("outcomes.completed"), 60);
    // The probe and 60 calls, none of them failed.
    answerer.finish(Duration::from_secs(30)).expect_code(&[0]);
}

#[test]
fn outside_loopback_a_pbx_without_a_scenario_takes_no_call_from_strangers() {
    if !harness::have(&["ip", "unshare"]) {
        return;
    }
    let Some(hosts) = Hosts::new() else { return };
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let names = harness::write(folder.path(), "hosts", "127.0.0.1 localhost\n");
    let (books, out) = (folder.path().join("books"), folder.path().join("run"));
    let listen = format!("{}:5060", Hosts::FAR);
    let serve = ["pbx", "--listen", &listen, "--out", books.to_str().expect("UTF-8")];
    let mut pbx = Running::start(&mut Hosts::busyhour(&hosts.far, &names, &serve));
    pbx.wait_for("echo 600", Duration::from_secs(20));

    let run = |scenario: &str, password: &str| {
        let scenario = harness::write(folder.path(), "run.yaml", scenario);
        let target = format!("sip:{}", Hosts::FAR);
        let arguments = ["run", &scenario, "--target", &target, "--out", out.to_str().expect("UTF-8")];
        let mut command = Hosts::busyhour(&hosts.near, &names, &arguments);
        command.args(["--i-am-authorised-to-test", Hosts::FAR]).env("PHONE_101", password);
        harness::run(&mut command, Duration::from_secs(60))
    };
    let scenario = |auth: &str| {
        format!(
            "name: far\nquestion: Who gets through?\ncalls: 5\nseed: 1\n\
             traffic: {{profile: 10/s, callers: [{{to: \"600\", talk: 1s{auth}}}]}}\n\
             gates: [\"technical_drop_rate <= 0%\"]\n"
        )
    };
    // The probe already is refused: no call is made.
    let stranger = run(&scenario(""), "").expect_code(&[4]);
    assert!(stranger.said().contains("407"), "{}", stranger.said());

    pbx.leave_for(Duration::from_millis(200));
    let password = pbx.said_so_far();
    let password = password.lines().find_map(|line| line.strip_prefix("phone 101, password "));
    let password = password.expect("a password is printed").to_owned();
    run(&scenario(", auth: {user: \"101\", password_env: PHONE_101}"), &password).expect_code(&[0]);
    assert_eq!(Results::read(&out).count("outcomes.completed"), 5);
    let said = pbx.said_so_far();
    assert!(said.contains("calls need a user's password"), "{said}");
}
