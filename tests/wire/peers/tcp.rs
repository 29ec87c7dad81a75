//! SIP over TCP, on one connection and on one for each call, against SIPp; and against peers who can't keep to it.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Pbx;
use crate::harness::Results;
use crate::harness::Sipp;
use crate::harness::busyhour;

const CALLS: u64 = 100;

#[test]
fn sipp_over_tcp_is_answered_and_refused_as_over_udp() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    // One connection for all calls, and one for each.
    harness::at_once(["t1", "tn"], |mode| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let scenario = "name: four-channels\nquestion: Whom does it refuse?\npbx: {channels: 4}\n";
        let pbx = Pbx::start(folder.path(), scenario, &[]);
        let calls = CALLS.to_string();
        let load = ["-t", mode, "-max_socket", "200", "-m", &calls, "-r", "20", "-d", "500", "-s", "100"];
        let sipp = Sipp::caller(folder.path(), "caller.xml", pbx.port, &load);
        let (sipp, counters) = sipp.finish(Duration::from_secs(60));
        let sipp = sipp.expect_code(&[0]);
        pbx.stop();
        let (answered, refused) = (counters["answered"], counters["refused"]);
        assert_eq!(answered + refused, CALLS, "{mode}: {}", sipp.said());
        assert!(answered >= 4 && refused >= CALLS / 4, "{mode}: {answered} answered, {refused} refused");
        assert_eq!(counters["Retransmissions"], 0, "{mode}: nothing is sent twice over TCP");
        let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
        let expected = [("ANSWERED".to_owned(), answered), ("CONGESTION".to_owned(), refused)];
        assert_eq!(cdr.by("disposition"), expected.into(), "{mode}");
    });
}

#[test]
fn our_calls_over_tcp_reach_sipp_and_a_target_that_is_not_there_is_said() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (port, out) = (harness::free_port(), folder.path().join("out"));
    let target = format!("sip:100@127.0.0.1:{port};transport=tcp");
    let load = ["--rate", "50/s", "--calls", "100", "--talk", "1s", "--seed", "1"];
    let run = || {
        let mut command = busyhour(&["run", "--target", &target, "--out", out.to_str().expect("UTF-8")]);
        command.args(load).args(["--gate", "technical_drop_rate <= 0%"]);
        harness::run(&mut command, Duration::from_secs(60))
    };
    let nobody = run().expect_code(&[4]);
    assert!(nobody.stderr.contains("nothing listens"), "{}", nobody.said());

    // The knock of a run is a connection, too.
    let sipp = Sipp::answerer(folder.path(), port, 100, &["-t", "t1"]);
    run().expect_code(&[0]);
    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.count("outcomes.completed"), 100);
    let (sipp, counters) = sipp.finish(Duration::from_secs(60));
    // When the connection closes, SIPp 3.6 counts one of its calls as failed, its own callers' as well as ours.
    let sipp = sipp.expect_code(&[0, 1]);
    let (created, successful) = (counters["TotalCallCreated"], counters["SuccessfulCall"]);
    assert!(created == 100 && successful >= 99, "{}", sipp.said());
}

#[test]
fn a_scenario_of_the_bundled_pbx_goes_over_tcp() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "name: tcp\nquestion: Does it go over TCP?\nseed: 1\ncalls: 100\ntransport: tcp\n\
        traffic: {profile: 50/s, callers: [{talk: 2s}]}\npbx: {channels: 200}\n\
        gates: [\"technical_drop_rate <= 0%\"]\n";
    let scenario = harness::write(folder.path(), "tcp.yaml", text);
    let (out, log) = (folder.path().join("out"), folder.path().join("messages.txt"));
    let (out_text, log_text) = (out.to_str().expect("UTF-8"), log.to_str().expect("UTF-8"));
    let arguments = ["run", &scenario, "--out", out_text, "--log-messages", log_text];
    harness::run(&mut busyhour(&arguments), Duration::from_secs(60)).expect_code(&[0]);
    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!(results.count("outcomes.completed"), 100);
    let log = std::fs::read_to_string(log).expect("the log");
    assert!(log.contains("Via: SIP/2.0/TCP ") && !log.contains("SIP/2.0/UDP"));
}

fn options(number: u32) -> String {
    format!(
        "OPTIONS sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5099;branch=z9hG4bK{number}\r\n\
         From: <sip:x@127.0.0.1>;tag=f\r\nTo: <sip:100@127.0.0.1>\r\nCall-ID: c{number}\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Reads until `text` has come this often.
fn read_until(stream: &mut TcpStream, text: &str, times: usize) -> String {
    let (mut heard, mut buffer) = (String::new(), [0; 4096]);
    while heard.matches(text).count() < times {
        let length = stream.read(&mut buffer).expect("an answer in time");
        assert!(length > 0, "the connection was closed after {heard:?}");
        heard.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    heard
}

#[test]
fn half_messages_wait_several_are_taken_apart_and_rubbish_ends_the_connection() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = Pbx::start(folder.path(), "name: any\nquestion: Who keeps to it?\n", &[]);
    let connect = || {
        let stream = TcpStream::connect(("127.0.0.1", pbx.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a duration");
        stream.set_nodelay(true).expect("an option");
        stream
    };
    let mut stream = connect();
    let three = [options(1), options(2), "\r\n\r\n".to_owned(), options(3)].concat();
    for piece in three.as_bytes().chunks(97) {
        stream.write_all(piece).expect("it reads");
        pbx.leave_for(Duration::from_millis(5));
    }
    let heard = read_until(&mut stream, "SIP/2.0 200 OK", 3);
    // The keep-alive is answered at once, before or between the other answers.
    let pongs = usize::from(heard.starts_with("\r\n")) + heard.matches("\r\n\r\n\r\n").count();
    assert_eq!(pongs, 1, "{heard:?}");

    let mut hostile = connect();
    let endless = vec![b'x'; 70_000];
    let _ = hostile.write_all(&endless);
    assert!(matches!(hostile.read(&mut [0; 16]), Ok(0) | Err(_)), "the connection is closed");
    let mut hostile = connect();
    hostile.write_all(options(4).replace("Content-Length: 0\r\n", "").as_bytes()).expect("it reads");
    assert!(matches!(hostile.read(&mut [0; 16]), Ok(0) | Err(_)), "the connection is closed");
    // Nobody else has noticed.
    stream.write_all(options(5).as_bytes()).expect("it reads");
    read_until(&mut stream, "SIP/2.0 200 OK", 1);
    drop(stream);
    let said = pbx.stop_and_listen();
    for expected in ["connections lost: 1, a message is too long", "1, a message has no Content-Length"] {
        assert!(said.contains(expected), "{said}");
    }
}
