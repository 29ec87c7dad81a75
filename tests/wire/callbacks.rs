//! Callbacks with real sockets: what `simulate` says of them is what `run` does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use busyhour::sip::hop::Transport;
use busyhour::sip::message::Method;

use crate::harness;
use crate::harness::Calls;
use crate::harness::Pbx;
use crate::harness::Phone;
use crate::harness::Results;
use crate::harness::busyhour;

/// Three agents for four erlangs: callers are offered a callback after 20 s, and most take it.
const QUEUE: &str = "\
name: call-me-back
question: What becomes of callers who are called back?
seed: 4
calls: 60
time_scale: 60
traffic:
  profile: 120/h
  callers:
    - name: customer
      talk: {exponential: {mean: 120s}}
      patience: {exponential: {mean: 180s}}
      callback: {accept: 80%, think: 3s, answer: 75%, answer_delay: 8s}
pbx:
  agents: {count: 3}
  queues:
    sales: {answer: on_entry, callback: {offer_after: 20s, retries: 1, pause: 60s}}
gates:
  - technical_drop_rate < 1%
";

/// What became of the requests, as the log of the queue tells: asked, called, done, failed.
fn callbacks(out: &Path) -> [usize; 4] {
    let log = fs::read_to_string(out.join("queue_log")).unwrap();
    let events = |name: &str| log.lines().filter(|line| line.contains(name)).count();
    ["|CALLBACKREQUEST|", "|CALLBACKCALL|", "|CALLBACKDONE|", "|CALLBACKFAILED|"].map(events)
}

#[test]
fn a_callback_is_a_real_invite_and_the_books_agree() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "call-me-back.yaml", QUEUE);
    let mut counts = Vec::new();
    for verb in ["run", "simulate"] {
        let out = folder.path().join(verb);
        let mut command = busyhour(&[verb, &file, "--quiet", "--out", out.to_str().expect("UTF-8")]);
        harness::run(&mut command, Duration::from_mins(3)).expect_code(&[0, 5]);
        let results = Results::read(&out);
        results.assert_adds_up();
        let by = Calls::read(&out.join("calls.csv")).by("outcome");
        let [requested, called, done, failed] = callbacks(&out);
        assert_eq!(requested, done + failed, "{verb}: nobody is left when the run is over");
        assert!(called > done, "{verb}: some were called twice");
        assert_eq!(by.get("completed.callback").copied(), u64::try_from(requested).ok(), "{verb}");
        counts.push((requested, done));
    }
    let [(requested, done), (simulated, reached)] = counts[..] else { unreachable!("two runs") };
    assert!(requested >= 10 && done >= 8, "{requested} {done}");
    // A busy machine is late here and there; the people are the same.
    assert!(requested.abs_diff(simulated) <= 6 && done.abs_diff(reached) <= 8, "{counts:?}");
}

/// Half of the customers leave their number on the web page; each of them is called, and has one call.
const WEB: &str = "\
name: web
question: Are those who ask on the web page called within the promise?
seed: 6
calls: 40
time_scale: 100
traffic:
  profile: 80/h
  callers:
    - {name: phone, share: 50%, talk: {exponential: {mean: 120s}}}
    - {name: page, share: 50%, by: web_callback, talk: {exponential: {mean: 120s}}, callback: {answer: 80%, answer_delay: 8s}}
pbx:
  agents: {count: 2}
  queues:
    sales: {answer: on_entry, callback: {retries: 1, pause: 60s, promise: 4m}}
gates:
  - callback_in_time(4m) >= 50%
  - technical_drop_rate < 1%
";

#[test]
fn who_asks_on_the_web_is_called_on_the_wire_as_in_the_simulation() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = harness::write(folder.path(), "web.yaml", WEB);
    let mut told = Vec::new();
    for verb in ["run", "simulate"] {
        let out = folder.path().join(verb);
        let mut command = busyhour(&[verb, &file, "--quiet", "--out", out.to_str().expect("UTF-8")]);
        harness::run(&mut command, Duration::from_mins(2)).expect_code(&[0, 3, 5]);
        let results = Results::read(&out);
        results.assert_adds_up();
        let [requested, _, done, failed] = callbacks(&out);
        assert_eq!(requested, done + failed, "{verb}: nobody is left when the run is over");
        let calls = Calls::read(&out.join("calls.csv"));
        let pages = calls.rows().iter().filter(|row| row["class"] == "page");
        assert_eq!(
            pages.clone().count(),
            done,
            "{verb}: a call for each who was reached, none for the request"
        );
        assert!(
            pages.clone().all(|row| row["attempt"] == "0" && row["outcome"] == "completed.agent"),
            "{verb}"
        );
        let figures = results.at("callbacks")[0].clone();
        let count = |name: &str| figures[name].as_u64().unwrap_or_else(|| panic!("{name}: {figures}"));
        assert_eq!(count("from_web"), requested as u64, "{verb}");
        assert_eq!(count("in_time") + count("late") + count("never"), requested as u64, "{verb}: {figures}");
        assert!(count("in_time") > 0 && count("late") > 0, "{verb}: {figures}");
        let reached = pages.map(|row| row["index"].clone()).collect::<BTreeSet<_>>();
        told.push((requested, reached, calls.rows().len() - done));
    }
    assert!(told[0].0 >= 10, "{told:?}");
    // The same customers ask, are reached, and call by themselves; a busy machine may let a phone ring out.
    let [(asked, reached, called), (simulated, known, calling)] = &told[..] else { unreachable!("two runs") };
    assert!(asked.abs_diff(*simulated) <= 1 && called.abs_diff(*calling) <= 1, "{told:?}");
    assert!(reached.symmetric_difference(known).count() <= 2, "{told:?}");
    let port = harness::free_port();
    let target = format!("sip:127.0.0.1:{port}");
    let refused = harness::run(&mut busyhour(&["run", &file, "--target", &target]), Duration::from_secs(10));
    let refused = refused.expect_code(&[2]).said();
    assert!(refused.contains("traffic.callers[1].by") && refused.contains("leave --target out"), "{refused}");
}

/// A web site of somebody else's and `busyhour pbx`: a REFER, its NOTIFY, and a call from the firm.
#[test]
fn a_web_site_asks_the_pbx_alone_and_the_customer_is_called() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = "name: site\npbx:\n  agents: [{name: anna}]\n  \
                    queues: {sales: {numbers: [\"100\"], answer: on_entry, callback: {}}}\n";
    let pbx = Pbx::start(folder.path(), scenario, &[]);
    let mut customer = Phone::new("79001234567", pbx.port, Transport::Udp);
    customer.ask_to_be_called("999");
    customer.wait("404 REFER");
    customer.ask_to_be_called("100");
    customer.wait("202 REFER");
    let notify = customer.wait("NOTIFY");
    customer.reply(&notify, 200, &[], None);
    let invite = String::from_utf8(customer.pick_up()).expect("SIP is UTF-8");
    assert!(invite.contains("From: <sip:100@") && invite.contains("X-Busyhour-Callback: 1 "), "{invite}");
    customer.request(Method::Bye, &[], None);
    customer.wait("200 BYE");
    pbx.stop();
    let books = folder.path().join("pbx");
    assert_eq!(callbacks(&books), [1, 1, 1, 0]);
    let rows = Calls::read(&books.join("cdr.csv"));
    let [row] = rows.rows() else { panic!("{:?}", rows.rows()) };
    assert_eq!((row["agent"].as_str(), row["queue"].as_str()), ("anna", "sales"));
}
