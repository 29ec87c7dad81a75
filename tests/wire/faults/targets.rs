//! Targets that are not there, say nothing, or die.

use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use crate::harness;
use crate::harness::Finished;
use crate::harness::Results;
use crate::harness::Running;
use crate::harness::busyhour;

/// Calls of a short run, enough for the default gate to be decided against a dead target.
const CALLS: u64 = 40;
/// Timer B is 64 × T1 (RFC 3261, 17.1.1.2): 1.6 s.
const TIMER_T1: &str = "timers.t1=25ms";

/// A short run against `port`. The longer the talk, the later a generator may be on a busy machine.
fn run_against(port: u16, out: &Path, more: &[&str]) -> Finished {
    let (target, calls) = (format!("sip:100@127.0.0.1:{port}"), CALLS.to_string());
    let out = out.to_str().expect("UTF-8");
    let load = ["--rate", "40/s", "--calls", &calls, "--talk", "1s", "--seed", "1", "--set", TIMER_T1];
    let mut command = busyhour(&["run", "--target", &target, "--out", out]);
    harness::run(command.args(load).args(more), Duration::from_secs(20))
}

#[test]
fn a_target_that_is_not_listening_is_said_before_any_call() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = harness::free_port();
    let finished = run_against(port, folder.path(), &[]).expect_code(&[4]);
    assert!(finished.stderr.contains("nothing listens"), "{}", finished.said());
    assert!(finished.stderr.contains(&format!("127.0.0.1:{port}")), "{}", finished.said());
    assert!(!folder.path().join("result.json").exists(), "no call, no result");
    assert!(finished.took < Duration::from_secs(5), "{:?}", finished.took);
}

#[test]
fn a_target_that_never_answers_is_a_timeout_after_timer_b() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("bound").port();
    let finished = run_against(port, folder.path(), &[]).expect_code(&[3]);
    let results = Results::read(folder.path());
    results.assert_adds_up();
    assert_eq!(results.count("outcomes.technical.timeout"), CALLS, "{}", results.at("outcomes"));
    // One second of arrivals and Timer B; the rest is for a busy machine and the report.
    assert!(finished.took < Duration::from_secs(12), "{:?}", finished.took);
}

/// Rings, and then neither answers nor reacts: to CANCEL it gives 200 and 487 if it is `alive`, else nothing.
fn ring_for_ever(target: &UdpSocket, alive: bool) {
    target.set_read_timeout(Some(Duration::from_secs(4))).expect("a socket");
    let mut buffer = [0; 4096];
    // Four seconds of silence: the caller has nothing more to say.
    while let Ok((length, caller)) = target.recv_from(&mut buffer) {
        let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let answer = |status: &str, method: &str| {
            let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
            let lines = request.lines().filter(|line| kept.iter().any(|name| line.starts_with(name)));
            let head = lines.fold(format!("SIP/2.0 {status}\r\n"), |text, line| text + line + "\r\n");
            let head = head.replace("CANCEL\r\n", &format!("{method}\r\n"));
            target.send_to(format!("{head}Content-Length: 0\r\n\r\n").as_bytes(), caller).ok();
        };
        if request.starts_with("INVITE") {
            answer("180 Ringing", "INVITE");
        } else if request.starts_with("CANCEL") && alive {
            answer("200 OK", "CANCEL");
            answer("487 Request Terminated", "INVITE");
        }
    }
}

#[test]
fn a_target_that_rings_for_ever_is_cancelled_after_ring_timeout() {
    let _turn = harness::shared_turn();
    let targets = [(true, "outcomes.human.no_answer"), (false, "outcomes.technical.timeout")];
    harness::at_once(targets, |(alive, outcome)| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let target = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = target.local_addr().expect("bound").port();
        let ringing = std::thread::spawn(move || ring_for_ever(&target, alive));
        let more = ["--set", "ring_timeout=1s", "--inconclusive", "pass"];
        let finished = run_against(port, folder.path(), &more).expect_code(&[0, 3]);
        ringing.join().expect("the target");
        let results = Results::read(folder.path());
        results.assert_adds_up();
        assert_eq!(results.count(outcome), CALLS, "alive {alive}: {}", results.at("outcomes"));
        assert!(finished.took < Duration::from_secs(15), "{:?}", finished.took);
    });
}

#[test]
fn a_probe_that_fails_places_no_call() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("bound");
    let finished = run_against(address.port(), folder.path(), &["--probe"]).expect_code(&[4]);
    assert!(finished.stderr.contains(&address.ip().to_string()), "the target is named: {}", finished.said());
    assert!(!folder.path().join("result.json").exists(), "no call, no result");
}

#[test]
fn a_target_killed_in_mid_run_is_loss_from_then_on() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = harness::free_port();
    let [pbx_out, out] =
        ["pbx", "run"].map(|name| folder.path().join(name).to_str().expect("UTF-8").to_owned());
    let pbx =
        Running::start(&mut busyhour(&["pbx", "--listen", &format!("127.0.0.1:{port}"), "--out", &pbx_out]));
    harness::wait_until_bound(port, Duration::from_secs(10));

    let target = format!("sip:100@127.0.0.1:{port}");
    let load = ["--rate", "20/s", "--calls", "100", "--talk", "1s", "--seed", "1", "--set", TIMER_T1];
    let run = Running::start(busyhour(&["run", "--target", &target, "--out", &out]).args(load));
    run.leave_for(Duration::from_millis(2500));
    pbx.signal("KILL");
    run.finish(Duration::from_secs(30)).expect_code(&[3]);

    let results = Results::read(Path::new(&out));
    results.assert_adds_up();
    assert_eq!(results.count("arrivals.started"), 100, "the load goes on, whatever the target does");
    let completed = results.count("outcomes.completed");
    let lost =
        ["timeout", "failure", "cut_off"].map(|key| results.count(&format!("outcomes.technical.{key}")));
    assert!(completed > 10 && lost.iter().sum::<u64>() > 10, "{}", results.at("outcomes"));
    assert_eq!(completed + lost.iter().sum::<u64>(), 100, "{}", results.at("outcomes"));
}
