//! SIPp as a phone: it registers and calls with digest passwords; our own generator hears the echo.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use busyhour::sip::digest::Challenge;
use busyhour::sip::digest::Credentials;
use busyhour::sip::digest::Use;
use busyhour::sip::hop::Transport;
use busyhour::sip::message::Message;
use busyhour::sip::message::Method;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Capture;
use crate::harness::Pbx;
use crate::harness::Phone;
use crate::harness::Results;
use crate::harness::Running;
use crate::harness::Sipp;
use crate::harness::busyhour;

const PASSWORD: &str = "correct-horse";

/// A PBX with user 101 and echo number 600, where calls need a password.
fn pbx(folder: &Path, nonce_lifetime: &str) -> Pbx {
    let scenario = format!(
        "name: phones\nquestion: Who may register and call?\npbx:\n  \
         users: [{{name: \"101\", password_env: PHONE_101}}]\n  authenticate: calls\n  \
         registration: {{nonce_lifetime: {nonce_lifetime}}}\n  extensions: {{\"600\": echo}}\n"
    );
    Pbx::start(folder, &scenario, &[("PHONE_101", PASSWORD)])
}

/// SIPp plays a file this often with this password; its counters come back.
fn sipp(
    pbx: &Pbx,
    folder: &Path,
    file: &str,
    calls: u32,
    password: &str,
    more: &[&str],
) -> BTreeMap<String, u64> {
    let calls = calls.to_string();
    let load = ["-m", &calls, "-r", "20", "-au", "101", "-ap", password];
    let sipp = Sipp::caller(folder, file, pbx.port, &[&load[..], more].concat());
    let (finished, counters) = sipp.finish(Duration::from_secs(60));
    finished.expect_code(&[0]);
    assert_eq!(counters["FailedCall"], 0);
    counters
}

#[test]
fn phones_register_with_the_right_password_and_are_asked_again_when_a_nonce_has_expired() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path(), "1s");
    let user = ["-s", "101", "-d", "1500"];
    assert_eq!(sipp(&pbx, folder.path(), "register.xml", 50, PASSWORD, &user)["registered"], 50);
    assert_eq!(sipp(&pbx, folder.path(), "register.xml", 10, "guess", &user)["denied"], 10);
    let again = sipp(&pbx, folder.path(), "register_again.xml", 5, PASSWORD, &user);
    assert_eq!((again["stale"], again["registered"]), (5, 5));
    pbx.stop();
}

#[test]
fn an_answer_overheard_on_the_wire_opens_nothing_a_second_time() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path(), "5m");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has free ports");
    socket.connect(("127.0.0.1", pbx.port)).expect("an address");
    socket.set_read_timeout(Some(Duration::from_secs(5))).expect("a duration");
    let register = |cseq: u32, authorization: &str| {
        let own = socket.local_addr().expect("a bound socket has an address");
        let text = format!(
            "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{cseq}\r\n\
             From: <sip:101@127.0.0.1>;tag=f\r\nTo: <sip:101@127.0.0.1>\r\nCall-ID: c\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:101@{own}>\r\n{authorization}Content-Length: 0\r\n\r\n"
        );
        socket.send(text.as_bytes()).expect("loopback takes it");
        let mut buffer = [0; 2048];
        let length = socket.recv(&mut buffer).expect("an answer");
        String::from_utf8(buffer[..length].to_vec()).expect("text")
    };
    let asked = register(1, "");
    let challenge = Challenge::of(&Message::scan(asked.as_bytes()).expect("SIP")).expect("a challenge").0;
    let answer = challenge.answer(
        &Credentials { user: "101", password: PASSWORD },
        &Use { method: "REGISTER", uri: b"sip:127.0.0.1", nonce_count: 1, client_nonce: "c" },
    );
    let authorization = format!("Authorization: {}\r\n", String::from_utf8(answer).expect("text"));
    assert!(register(2, &authorization).starts_with("SIP/2.0 200 "));
    let replayed = register(3, &authorization);
    assert!(replayed.starts_with("SIP/2.0 401 ") && replayed.contains("stale=true"), "{replayed}");
    pbx.stop();
}

/// The challenge's `stale` parameter.
fn is_stale(answer: &[u8]) -> bool {
    String::from_utf8_lossy(answer).contains("stale=true")
}

#[test]
fn stale_replayed_and_wrong_answers_are_told_apart_and_a_phone_that_comes_back_is_found_over_udp_and_tcp() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path(), "1s");
    for way in [Transport::Udp, Transport::Tcp] {
        let mut phone = Phone::new("101", pbx.port, way);
        let asked = phone.ask_to_register(None);
        assert_eq!(status(&asked), 401);
        assert!(!is_stale(&asked), "{way:?}: nothing was wrong yet");
        let proof = phone.proof(&asked, PASSWORD, 1);
        assert_eq!(status(&phone.ask_to_register(Some(&proof))), 200, "{way:?}");
        let replayed = phone.ask_to_register(Some(&proof));
        assert_eq!((status(&replayed), is_stale(&replayed)), (401, true), "{way:?}: replayed");
        let wrong = phone.proof(&asked, "guess", 2);
        assert_eq!(status(&phone.ask_to_register(Some(&wrong))), 403, "{way:?}");
        let again = phone.proof(&asked, PASSWORD, 3);
        assert_eq!(
            status(&phone.ask_to_register(Some(&again))),
            200,
            "{way:?}: a nonce is good for more than once"
        );
        assert!(!phone.gets("INVITE", Duration::from_millis(1200)), "nobody calls");
        let late = phone.proof(&asked, PASSWORD, 4);
        let stale = phone.ask_to_register(Some(&late));
        assert_eq!((status(&stale), is_stale(&stale)), (401, true), "{way:?}: too late");
        let fresh = phone.proof(&stale, PASSWORD, 1);
        assert_eq!(status(&phone.ask_to_register(Some(&fresh))), 200, "{way:?}");
        // The phone comes back from another port: over TCP its connection takes the old registration with it.
        if way == Transport::Udp {
            assert_eq!(phone.register(PASSWORD, 0), 200);
        }
        drop(phone);
        let mut back = Phone::new("101", pbx.port, way);
        assert_eq!(back.register(PASSWORD, 60), 200);
        let mut caller = Phone::new("101", pbx.port, way);
        let invite = caller.invite_with("101", PASSWORD, &[]);
        back.pick_up();
        caller.connected(&invite);
        caller.request(Method::Bye, &[], None);
        back.is_let_go();
        assert_eq!(back.register(PASSWORD, 0), 200);
    }
    pbx.stop();
}

fn status(answer: &[u8]) -> u16 {
    Message::scan(answer).expect("SIP").status().expect("a response")
}

#[test]
fn a_phone_calls_the_echo_with_its_password_and_nobody_without() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path(), "5m");
    std::fs::write(folder.path().join("tone.alaw"), [0x55; 8000]).expect("a second of silence");
    let echo = ["-s", "600"];
    assert_eq!(sipp(&pbx, folder.path(), "echo.xml", 3, PASSWORD, &echo)["answered"], 3);
    assert_eq!(sipp(&pbx, folder.path(), "echo.xml", 3, "guess", &echo)["denied"], 3);
    // The rows are there while the PBX serves on.
    let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
    assert_eq!(cdr.by("disposition"), [("ANSWERED".to_owned(), 3)].into());
    pbx.stop();
}

#[test]
fn a_caller_hears_every_packet_of_their_own_from_the_echo_number() {
    if !harness::may_capture() {
        return;
    }
    let _turn = harness::turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path(), "5m");
    let out = folder.path().join("out");
    let call = |auth: &str| {
        let scenario = format!(
            "name: echo\nquestion: Does the echo come back?\ncalls: 10\nmedia: rtp\nseed: 1\n\
             traffic: {{profile: 10/s, callers: [{{to: \"600\", talk: 3s{auth}}}]}}\n\
             gates: [\"technical_drop_rate <= 0%\"]\n"
        );
        let scenario = harness::write(folder.path(), "run.yaml", &scenario);
        let target = format!("sip:127.0.0.1:{}", pbx.port);
        let arguments = [
            "run",
            &scenario,
            "--target",
            &target,
            "--rtp-ports",
            "31000-31099",
            "--out",
            out.to_str().unwrap(),
        ];
        harness::run(busyhour(&arguments).env("PHONE_101", PASSWORD), Duration::from_secs(60))
    };
    // Without a password every call is turned away, and none of it is charged to the target.
    call("").expect_code(&[4]);
    assert_eq!(Results::read(&out).count("outcomes.excluded"), 10);

    let capture = Capture::start("lo", "udp portrange 31000-31099", pbx.port);
    call(", auth: {user: \"101\", password_env: PHONE_101}").expect_code(&[0]);
    let wire = capture.stop();
    assert_eq!(Results::read(&out).count("outcomes.completed"), 10);
    let ours = |port: u16| (31_000..31_100).contains(&port);
    let sent = wire.iter().filter(|packet| ours(packet.from)).count();
    let returned = wire.iter().filter(|packet| ours(packet.to)).count();
    // Ten calls of 3 s are 1500 packets; the last of a call may leave when the PBX has hung up its side.
    assert!(sent > 1400 && returned + 10 >= sent && returned <= sent, "{sent} sent, {returned} came back");
    pbx.stop();
}

#[test]
fn without_a_scenario_the_pbx_names_its_address_two_phones_and_an_echo() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = harness::free_port();
    let (listen, out) = (format!("127.0.0.1:{port}"), folder.path().join("pbx"));
    let arguments = ["pbx", "--listen", &listen, "--out", out.to_str().expect("UTF-8")];
    let mut passwords = Vec::new();
    for _ in 0..2 {
        let mut pbx = Running::start(&mut busyhour(&arguments));
        pbx.wait_for("echo 600", Duration::from_secs(10));
        // It says where it is before it listens to signals.
        pbx.leave_for(Duration::from_millis(500));
        pbx.signal("INT");
        let said = pbx.finish(Duration::from_secs(10)).expect_code(&[0]).stdout;
        assert!(said.contains(&format!("listening on sip:127.0.0.1:{port}")), "{said}");
        let printed = said.lines().filter_map(|line| line.split_once(", password ")).map(|(_, word)| word);
        passwords.extend(printed.map(str::to_owned));
    }
    assert!(passwords.iter().all(|password| password.len() >= 16), "{passwords:?}");
    let different: std::collections::BTreeSet<&String> = passwords.iter().collect();
    assert_eq!((passwords.len(), different.len()), (4, 4), "fresh ones for each user and each start");
}
