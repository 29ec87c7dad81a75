//! Whose phones ring for whom, as the phones themselves see it: every strategy's offers, and the losers' CANCEL.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use busyhour::sip::hop::Transport;
use busyhour::sip::message::Method;

use crate::harness;
use crate::harness::Pbx;
use crate::harness::Phone;
use crate::harness::Results;
use crate::harness::Sipp;
use crate::harness::busyhour;
use crate::harness::free_port;

const PASSWORD: &str = "correct-horse";
/// The last is of the second tier.
const USERS: [&str; 4] = ["101", "102", "103", "104"];
/// Of ring_all with SIPp.
const PHONES: u16 = 4;
const RINGS: u32 = 5;
/// Calls by each strategy, one after the other.
const CALLS: usize = 3;

/// What three calls in a row must look like, by the strategy's definition, where all three agents are free each time.
#[derive(Clone, Copy)]
enum Offers {
    /// Each agent once.
    Turns,
    /// The first agent each time.
    First,
    /// All agents each time.
    All,
    /// Never the one of the second tier.
    Skilled,
    /// One agent each time.
    One,
}

const STRATEGIES: [(&str, Offers); 16] = [
    ("longest_idle", Offers::Turns),
    ("round_robin", Offers::Turns),
    ("rrmemory", Offers::Turns),
    ("sequential", Offers::First),
    ("percent", Offers::One),
    ("{percent: random}", Offers::One),
    ("skill_priority", Offers::Skilled),
    ("ring_all", Offers::All),
    ("widening", Offers::Skilled),
    ("{ring_progressively: 10s}", Offers::One),
    ("least_recent", Offers::Turns),
    ("fewest_calls", Offers::Turns),
    ("random", Offers::One),
    ("weighted_random", Offers::One),
    ("least_talk_time", Offers::One),
    ("top_down", Offers::One),
];

/// Agents with phones, and a queue of three for each strategy: those that are about tiers have one of the second.
fn pbx(folder: &Path) -> Pbx {
    let mut text =
        "name: ringing\nquestion: Whose phone rings?\nmedia: rtp\nseed: 1\npbx:\n  users: [".to_owned();
    for user in USERS {
        write!(text, "{{name: \"{user}\", password_env: PHONE}}, ").expect("a String takes it");
    }
    text.push_str("]\n  agents: [");
    for user in USERS {
        let penalty = if user == "104" { ", penalty: 1" } else { "" };
        write!(text, "{{name: a-{user}, phone: \"{user}\"{penalty}}}, ").expect("a String takes it");
    }
    text.push_str("]\n  queues:\n");
    for (place, (strategy, offers)) in STRATEGIES.iter().enumerate() {
        let third = if matches!(offers, Offers::Skilled) { "a-104" } else { "a-103" };
        writeln!(
            text,
            "    q{place:02}: {{numbers: [\"2{place:02}\"], strategy: {strategy}, agents: [a-101, a-102, {third}], retry: 1s}}"
        )
        .expect("a String takes it");
    }
    Pbx::start(folder, &text, &[("PHONE", PASSWORD)])
}

/// One call to `number`: the places of the phones that rang, and of the one that picked up.
fn call(caller: &mut Phone, phones: &mut [Phone], number: &str, wanted: usize) -> (BTreeSet<usize>, usize) {
    let invite = caller.invite(number, &[]);
    let mut rang = BTreeSet::new();
    harness::wait_until(Duration::from_secs(5), || {
        for (place, phone) in phones.iter_mut().enumerate() {
            if phone.gets("INVITE", Duration::ZERO) {
                rang.insert(place);
            }
        }
        rang.len() >= wanted
    });
    let winner = *rang.first().unwrap_or_else(|| panic!("nobody rings for {number}"));
    let mut losers = Vec::new();
    for &place in rang.iter().filter(|place| **place != winner) {
        let invite = phones[place].wait("INVITE");
        phones[place].reply(&invite, 180, &[], None);
        losers.push((place, invite));
    }
    phones[winner].pick_up();
    caller.connected(&invite);
    for (place, invite) in losers {
        let cancel = phones[place].wait("CANCEL");
        phones[place].reply(&cancel, 200, &[], None);
        phones[place].reply(&invite, 487, &[], None);
        phones[place].wait("ACK");
    }
    caller.request(Method::Bye, &[], None);
    caller.wait("200 BYE");
    let bye = phones[winner].wait("BYE");
    phones[winner].reply(&bye, 200, &[], None);
    (rang, winner)
}

#[test]
fn each_strategy_rings_the_phones_that_its_definition_names_and_the_log_says_the_same() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path());
    let mut caller = Phone::new("79001", pbx.port, Transport::Udp);
    let mut phones = USERS.map(|user| Phone::new(user, pbx.port, Transport::Udp));
    for phone in &mut phones {
        assert_eq!(phone.register(PASSWORD, 120), 200);
    }
    let mut answered = Vec::new();
    for (place, (strategy, offers)) in STRATEGIES.iter().enumerate() {
        let wanted = if matches!(offers, Offers::All) { 3 } else { 1 };
        let calls: Vec<(BTreeSet<usize>, usize)> =
            (0..CALLS).map(|_| call(&mut caller, &mut phones, &format!("2{place:02}"), wanted)).collect();
        let rang = calls.iter().map(|(rang, _)| rang.clone()).collect::<Vec<_>>();
        let each = rang.iter().flatten().copied().collect::<BTreeSet<_>>();
        let sizes = rang.iter().map(BTreeSet::len).collect::<Vec<_>>();
        let as_defined = match offers {
            Offers::Turns => each.len() == 3 && sizes == [1, 1, 1],
            Offers::First => each == BTreeSet::from([0]),
            Offers::All => sizes == [3, 3, 3],
            Offers::Skilled => !each.contains(&3),
            Offers::One => sizes == [1, 1, 1],
        };
        assert!(as_defined, "{strategy}: {rang:?}");
        answered.extend(calls.iter().map(|(_, winner)| (format!("q{place:02}"), USERS[*winner].to_owned())));
    }
    pbx.stop();
    let log = std::fs::read_to_string(folder.path().join("pbx/queue_log")).expect("the queue log");
    let connected = log.lines().filter_map(|line| {
        let fields = line.split('|').collect::<Vec<_>>();
        let user = fields.get(3)?.rsplit('-').next()?.to_owned();
        (fields.get(4) == Some(&"CONNECT")).then(|| (fields[2].to_owned(), user))
    });
    assert_eq!(connected.collect::<Vec<_>>(), answered, "{log}");
}

/// A SIPp phone at `port` with one of the scenario files; it leaves after `calls` calls.
fn sipp_phone(folder: &Path, file: &str, port: u16, calls: u32) -> Sipp {
    let file = format!("{}/tests/wire/sipp/{file}", env!("CARGO_MANIFEST_DIR"));
    let (port_text, media, calls) = (port.to_string(), free_port().to_string(), calls.to_string());
    let arguments = ["-sf", &file, "-p", &port_text, "-mp", &media, "-m", &calls, "-rtp_echo"];
    let sipp = Sipp::phone(folder, &format!("phone-{port}"), &arguments);
    harness::wait_until_bound(port, Duration::from_secs(10));
    sipp
}

#[test]
fn ring_all_takes_a_leg_for_each_of_sipps_phones_and_cancels_all_but_the_first() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let users = (0..PHONES).map(|place| format!("{{name: \"{}\", password_env: PHONE}}", 101 + place));
    let agents = (0..PHONES).map(|place| format!("{{name: a{place}, phone: \"{}\"}}", 101 + place));
    let (users, agents) = (users.collect::<Vec<_>>().join(", "), agents.collect::<Vec<_>>().join(", "));
    let scenario = format!(
        "name: ring-all\nquestion: Who stops ringing?\nmedia: rtp\nseed: 1\npbx:\n  users: [{users}]\n  \
         agents: [{agents}]\n  legs: {}\n  queues: {{sales: {{numbers: [\"200\"], strategy: ring_all}}}}\n",
        PHONES + 1
    );
    let pbx = Pbx::start(folder, &scenario, &[("PHONE", PASSWORD)]);
    let ports = (0..PHONES).map(|_| free_port()).collect::<Vec<_>>();
    let phones = ports.iter().enumerate().map(|(place, port)| {
        let file = if place == 0 { "phone.xml" } else { "ringing.xml" };
        sipp_phone(folder, file, *port, RINGS)
    });
    let phones = phones.collect::<Vec<_>>();
    let mut list = "SEQUENTIAL\n".to_owned();
    for (place, port) in ports.iter().enumerate() {
        let user = 101 + place;
        writeln!(list, "{user};[authentication username={user} password={PASSWORD}];{port}")
            .expect("a String takes it");
    }
    let list = harness::write(folder, "users.csv", &list);
    let count = PHONES.to_string();
    let register = Sipp::caller(folder, "register_users.xml", pbx.port, &["-inf", &list, "-m", &count]);
    register.finish(Duration::from_secs(30)).0.expect_code(&[0]);

    let (target, out) = (format!("sip:200@127.0.0.1:{}", pbx.port), folder.join("out"));
    let calls = RINGS.to_string();
    let load = ["--rate", "1800/h", "--calls", &calls, "--talk", "500ms", "--seed", "1"];
    let even = ["--set", "traffic.arrivals=even", "--set", "media=rtp", "--quiet"];
    let mut command = busyhour(&["run", "--target", &target, "--out", out.to_str().expect("UTF-8")]);
    harness::run(command.args(load).args(even), Duration::from_secs(60)).expect_code(&[0, 5]);
    assert_eq!(Results::read(&out).count("outcomes.completed"), u64::from(RINGS));
    for (place, phone) in phones.into_iter().enumerate() {
        let (finished, counters) = phone.finish(Duration::from_secs(20));
        finished.expect_code(&[0]);
        assert_eq!(counters["SuccessfulCall"], u64::from(RINGS), "phone {place}: {counters:?}");
        if place > 0 {
            assert_eq!(counters["cancelled"], u64::from(RINGS), "every loser got CANCEL and said 487");
        }
    }
    pbx.stop();
}

#[test]
fn with_as_many_legs_as_phones_one_of_them_does_not_ring_for_the_caller_has_a_leg_too() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = "name: legs\nquestion: Who does not ring?\nmedia: rtp\nseed: 1\npbx:\n  legs: 3\n  \
        users: [{name: \"101\", password_env: PHONE}, {name: \"102\", password_env: PHONE}, \
        {name: \"103\", password_env: PHONE}]\n  \
        agents: [{name: a, phone: \"101\"}, {name: b, phone: \"102\"}, {name: c, phone: \"103\"}]\n  \
        queues: {sales: {numbers: [\"200\"], strategy: ring_all}}\n";
    let pbx = Pbx::start(folder.path(), scenario, &[("PHONE", PASSWORD)]);
    let mut caller = Phone::new("79001", pbx.port, Transport::Tcp);
    let mut phones = ["101", "102", "103"].map(|user| Phone::new(user, pbx.port, Transport::Tcp));
    for phone in &mut phones {
        assert_eq!(phone.register(PASSWORD, 120), 200);
    }
    let (rang, winner) = call(&mut caller, &mut phones, "200", 2);
    assert_eq!((rang, winner), (BTreeSet::from([0, 1]), 0));
    assert!(
        !phones[2].gets("INVITE", Duration::from_millis(300)),
        "two phones and the caller are three legs"
    );
    pbx.stop();
}
