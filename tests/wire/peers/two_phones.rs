//! Two phones on real sockets, each over UDP or TCP, and the PBX between them: after everything that may happen to a call
//! each end still hears the other's tone, told from its own by the source of the stream.

use std::time::Duration;

use busyhour::sip::hop::Transport;
use busyhour::sip::message::Method;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Pbx;
use crate::harness::Phone;
use crate::harness::Running;
use crate::harness::busyhour;
use crate::harness::get_each_others_reports;
use crate::harness::hear_each_other;

const PASSWORD: &str = "correct-horse";

fn pbx(folder: &std::path::Path) -> Pbx {
    let scenario = "name: two-phones\nquestion: Do they hear each other?\nmedia: rtp\nmedia_timeout: 2s\nseed: 1\npbx:\n  \
        users: [{name: \"101\", password_env: PHONE}, {name: \"102\", password_env: PHONE}, \
        {name: \"103\", password_env: PHONE}]\n  \
        registration: {min_expires: 1s}\n";
    Pbx::start(folder, scenario, &[("PHONE", PASSWORD)])
}

#[test]
fn after_hold_refresh_and_transfer_each_end_hears_the_other_over_udp_and_tcp() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path());
    let ways = [Transport::Udp, Transport::Tcp];
    for (caller_way, desk_way) in ways.iter().flat_map(|one| ways.iter().map(move |other| (*one, *other))) {
        let when = |what: &str| format!("{caller_way:?} to {desk_way:?}, {what}");
        let mut caller = Phone::new("102", pbx.port, caller_way);
        let mut desk = Phone::new("101", pbx.port, desk_way);
        let mut third = Phone::new("103", pbx.port, caller_way);
        for phone in [&mut caller, &mut desk, &mut third] {
            assert_eq!(phone.register(PASSWORD, 60), 200);
        }
        let invite = caller.invite("101", &[]);
        desk.pick_up();
        caller.connected(&invite);
        hear_each_other(&mut caller, &mut desk, &when("answered"));

        for method in [Method::Invite, Method::Update] {
            caller.offer(method, "sendonly");
            assert_eq!(desk.accept_offer(method, "recvonly"), "sendonly");
            caller.offer_accepted(method);
            caller.offer(method, "sendrecv");
            assert_eq!(desk.accept_offer(method, "sendrecv"), "sendrecv");
            caller.offer_accepted(method);
            hear_each_other(&mut caller, &mut desk, &when("held and resumed"));
        }

        desk.request(
            Method::Update,
            &[("Supported", b"timer"), ("Session-Expires", b"90;refresher=uac")],
            None,
        );
        let refreshed = String::from_utf8(desk.wait("200 UPDATE")).expect("text");
        assert!(refreshed.contains("Session-Expires: 90;refresher=uac\r\n"), "{refreshed}");
        hear_each_other(&mut caller, &mut desk, &when("refreshed"));

        let refer_to = format!("<sip:103@127.0.0.1:{}>", pbx.port);
        desk.request(Method::Refer, &[("Refer-To", refer_to.as_bytes())], None);
        desk.wait("202 REFER");
        third.pick_up();
        let bye = desk.wait("BYE");
        desk.reply(&bye, 200, &[], None);
        hear_each_other(&mut caller, &mut third, &when("transferred"));

        caller.request(Method::Bye, &[], None);
        caller.wait("200 BYE");
        let bye = third.wait("BYE");
        third.reply(&bye, 200, &[], None);
        for phone in [&mut caller, &mut desk, &mut third] {
            assert_eq!(phone.register(PASSWORD, 0), 200, "unregistered");
        }
    }
    pbx.stop();
    let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
    assert_eq!(cdr.by("disposition"), [("ANSWERED".to_owned(), 4)].into());
}

#[test]
fn reports_of_the_two_pass_and_keep_no_call_alive() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path());
    for muxes in [false, true] {
        let when = format!("the caller's reports at the port of RTP: {muxes}");
        let mut caller = Phone::new("102", pbx.port, Transport::Udp);
        let mut desk = Phone::new("101", pbx.port, Transport::Udp);
        caller.muxes = muxes;
        assert_eq!(desk.register(PASSWORD, 60), 200);
        let invite = caller.invite("101", &[]);
        desk.pick_up();
        caller.connected(&invite);
        hear_each_other(&mut caller, &mut desk, &when);
        get_each_others_reports(&caller, &desk, &when);
        caller.offer(Method::Invite, "sendonly");
        desk.accept_offer(Method::Invite, "recvonly");
        caller.offer_accepted(Method::Invite);
        get_each_others_reports(&caller, &desk, &format!("{when}, on hold"));
        caller.offer(Method::Invite, "sendrecv");
        desk.accept_offer(Method::Invite, "sendrecv");
        caller.offer_accepted(Method::Invite);
        // Two seconds without sound end the call, reports or not.
        let mut ended = false;
        for _ in 0..80 {
            caller.report();
            desk.report();
            ended = caller.gets("BYE", Duration::from_millis(50));
            if ended {
                break;
            }
        }
        assert!(ended, "{when}: reports kept the call alive");
        caller.is_let_go();
        desk.is_let_go();
        assert_eq!(desk.register(PASSWORD, 0), 200);
    }
    pbx.stop();
}

#[test]
fn a_phone_that_has_left_or_expired_gets_no_call_and_one_that_falls_silent_is_hung_up_on() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path());
    for (way, user) in [(Transport::Udp, "101"), (Transport::Tcp, "103")] {
        let mut caller = Phone::new("102", pbx.port, way);
        let mut desk = Phone::new(user, pbx.port, way);
        assert_eq!(desk.register("guess", 60), 403);
        assert_eq!(desk.register(PASSWORD, 60), 200);
        assert_eq!(desk.register(PASSWORD, 0), 200);
        caller.invite(user, &[]);
        caller.wait("480 INVITE");
        assert_eq!(desk.register(PASSWORD, 1), 200);
        assert!(!desk.gets("INVITE", Duration::from_millis(1200)));
        caller.invite(user, &[]);
        caller.wait("480 INVITE");
        assert!(
            !desk.gets("INVITE", Duration::from_millis(200)),
            "{way:?}: no call to a phone that is not there"
        );

        assert_eq!(desk.register(PASSWORD, 60), 200);
        let invite = caller.invite(user, &[]);
        desk.pick_up();
        caller.connected(&invite);
        hear_each_other(&mut caller, &mut desk, "answered");
        // Without a word: over TCP its connection goes, too.
        drop(desk);
        let bye = caller.wait("BYE");
        caller.reply(&bye, 200, &[], None);
    }
    pbx.stop();
}

#[test]
fn the_phones_of_the_shipped_scenario_register_with_the_printed_passwords_and_take_the_calls_in_turns() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let port = harness::free_port();
    let (listen, out) = (format!("127.0.0.1:{port}"), folder.path().join("pbx"));
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/desk-phones.yaml");
    // Wrapping up would take real time here.
    let wrap = (0..3).flat_map(|agent| ["--set".to_owned(), format!("pbx.agents[{agent}].wrap_up=0s")]);
    let wrap = wrap.collect::<Vec<_>>();
    let mut command =
        busyhour(&["pbx", scenario, "--listen", &listen, "--out", out.to_str().expect("UTF-8")]);
    let mut pbx = Running::start(command.args(wrap));
    pbx.wait_for("echo 600", Duration::from_secs(10));
    let said = pbx.said_so_far();
    assert!(said.contains("not 240 times faster"), "{said}");
    let password = |user: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("phone {user}, password ")));
        line.unwrap_or_else(|| panic!("no password of {user} in {said}")).to_owned()
    };
    let ways = [Transport::Udp, Transport::Tcp, Transport::Udp];
    let mut desks = ["101", "102", "103"]
        .iter()
        .zip(ways)
        .map(|(user, way)| {
            let mut phone = Phone::new(user, port, way);
            assert_eq!(phone.register("guess", 60), 403);
            assert_eq!(phone.register(&password(user), 60), 200);
            phone
        })
        .collect::<Vec<_>>();
    let mut caller = Phone::new("79001", port, Transport::Udp);
    for desk in &mut desks {
        let invite = caller.invite("200", &[]);
        // A person needs a while; at the scenario's pace the ring would be over within 83 ms.
        pbx.leave_for(Duration::from_millis(300));
        desk.pick_up();
        caller.connected(&invite);
        hear_each_other(&mut caller, desk, "by the queue");
        desk.request(Method::Bye, &[], None);
        desk.wait("200 BYE");
        let bye = caller.wait("BYE");
        caller.reply(&bye, 200, &[], None);
    }
    pbx.signal("INT");
    pbx.finish(Duration::from_secs(10)).expect_code(&[0]);
    let cdr = Calls::read(&folder.path().join("pbx/cdr.csv"));
    let agents = cdr.rows().iter().map(|row| row["agent"].clone()).collect::<Vec<_>>();
    assert_eq!(agents, ["anna", "boris", "vera"]);
}
