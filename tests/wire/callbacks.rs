//! Callbacks with real sockets: what `simulate` says of them is what `run` does.

use std::fs;
use std::time::Duration;

use crate::harness;
use crate::harness::Calls;
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

#[test]
fn a_callback_is_a_real_invite_and_the_books_agree() {
    let _turn = harness::turn();
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
        let log = fs::read_to_string(out.join("queue_log")).unwrap();
        let events = |name: &str| log.lines().filter(|line| line.contains(name)).count();
        let [requested, called, done, failed] =
            ["|CALLBACKREQUEST|", "|CALLBACKCALL|", "|CALLBACKDONE|", "|CALLBACKFAILED|"].map(events);
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
