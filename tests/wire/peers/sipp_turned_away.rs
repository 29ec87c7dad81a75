//! SIPp reads how our PBX refuses in the name of each real system: status, phrase, Reason and Retry-After.

use std::fs;
use std::path::Path;
use std::time::Duration;

use busyhour::pbx::Refusal;
use busyhour::pbx::refusal_profiles;
use busyhour::pbx::refusal_profiles::Occasion;

use crate::harness;
use crate::harness::Pbx;
use crate::harness::Results;
use crate::harness::Sipp;
use crate::harness::busyhour;

/// The first call takes the only circuit, the only call that the rate allows, the link (87 of 100 kbit/s) or the whole
/// processor; the second is turned away.
fn pbx(folder: &Path, occasion: Occasion, profile: &str) -> Pbx {
    let limit = match occasion {
        Occasion::Concurrency => format!("{{channels: 1, refusal: {{channels: {profile}}}}}"),
        Occasion::Bandwidth => format!("{{bandwidth: 100 kbit/s, refusal: {{bandwidth: {profile}}}}}"),
        Occasion::Processor => {
            format!(
                "{{processor: {{concurrent_calls: 1, limit: 99%, sampled: 50ms}}, refusal: {{processor: {profile}}}}}"
            )
        }
        _ => format!(
            "{{calls_per_second: {{limit: 0.01, burst: 1}}, refusal: {{calls_per_second: {profile}}}}}"
        ),
    };
    let text = format!("name: one-call\nquestion: How is the second refused?\npbx: {limit}\n");
    Pbx::start(folder, &text, &[])
}

/// The head of the final response to the second call's INVITE, as SIPp received it.
fn second_final(folder: &Path) -> String {
    let log = fs::read_to_string(folder.join("messages.log")).expect("SIPp's log of messages");
    // Each entry runs to a line of dashes.
    let received = log.split("message received").skip(1).filter_map(|entry| entry.split("-----").next());
    let finals = received.filter(|message| {
        let status = message.split_once("SIP/2.0 ").map_or("", |(_, rest)| rest.get(..3).unwrap_or(""));
        message.contains("CSeq: 1 INVITE") && status >= "200"
    });
    let last = finals.last().unwrap_or_else(|| panic!("no final response\n{log}"));
    last.split_once("SIP/2.0 ").expect("filtered by it").1.to_owned()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

/// What a profile says of an occasion, and SIPp reads.
struct Case {
    profile: &'static str,
    occasion: Occasion,
    status: u16,
    phrase: Option<String>,
    reason: Option<u8>,
    retry_after: Option<String>,
}

/// Every answer that every profile has.
fn cases() -> Vec<Case> {
    let occasions = [Occasion::Concurrency, Occasion::Rate, Occasion::Bandwidth, Occasion::Processor];
    let all =
        refusal_profiles::all().iter().flat_map(|profile| occasions.map(|occasion| (profile, occasion)));
    let answers = all.filter_map(|(profile, occasion)| match profile.refusal(occasion)? {
        Refusal::Status { status, phrase, reason, retry_after } => Some(Case {
            profile: profile.name,
            occasion,
            status,
            phrase: phrase.map(|phrase| phrase.to_string()),
            reason,
            retry_after: retry_after.map(|after| after.as_secs().to_string()),
        }),
        _ => None,
    });
    answers.collect()
}

/// Two calls of SIPp's to a PBX with room for one.
fn refuses_as_its_system_does(case: &Case) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pbx = pbx(folder.path(), case.occasion, case.profile);
    let calls = ["-m", "2", "-r", "10", "-d", "600", "-s", "100"];
    let load = [&calls[..], &["-trace_msg", "-message_file", "messages.log"]].concat();
    let scenario =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/sipp/turned-away.xml"));
    let scenario = scenario.expect("it lies beside the tests").replace("{status}", &case.status.to_string());
    let file = harness::write(folder.path(), "turned-away.xml", &scenario);
    let (sipp, counters) =
        Sipp::caller_with(folder.path(), &file, pbx.port, &load).finish(Duration::from_secs(20));
    let sipp = sipp.expect_code(&[0]);
    pbx.stop();

    let label = format!("{} at {}: {}", case.profile, case.occasion.key(), sipp.said());
    assert_eq!((counters["answered"], counters["refused"]), (1, 1), "{label}");
    let head = second_final(folder.path());
    let (line, _) = head.split_once('\n').expect("a status line");
    let line = line.trim_end();
    assert!(line.starts_with(&case.status.to_string()), "{label}: {line}");
    if let Some(phrase) = &case.phrase {
        assert_eq!(&line[4..], phrase, "{label}");
    }
    let q850 = header(&head, "Reason").map(|value| value.replace(' ', ""));
    assert_eq!(q850, case.reason.map(|cause| format!("Q.850;cause={cause}")), "{label}");
    assert_eq!(header(&head, "Retry-After").map(str::to_owned), case.retry_after, "{label}");
}

#[test]
fn each_profile_refuses_on_the_wire_as_its_system_does() {
    if !harness::have(&["sipp"]) {
        return;
    }
    let _turn = harness::shared_turn();
    let cases = cases();
    for some in cases.chunks(4) {
        harness::at_once(some, refuses_as_its_system_does);
    }
    let of = |key: &str| cases.iter().filter(|case| case.occasion.key() == key).count();
    let enough = [("channels", 8), ("calls_per_second", 5), ("bandwidth", 2), ("processor", 2)];
    for (key, least) in enough {
        assert!(of(key) >= least, "{key}: {}", of(key));
    }
}

#[test]
fn a_silent_overload_is_a_timeout_after_timer_b() {
    let _turn = harness::shared_turn();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "name: silent\nquestion: How does silence end?\nseed: 1\ncalls: 6\ntimers: {t1: 20ms}\ntraffic:\n  \
        arrivals: even\n  profile: 20/s\n  callers:\n    - {name: customer, talk: 2s}\n\
        pbx: {channels: 1, refusal: {channels: asterisk_overload}}\ngates: [technical_drop_rate <= 100%]\n";
    let scenario = harness::write(folder.path(), "silent.yaml", text);
    let out = folder.path().join("out");
    let arguments = ["run", &scenario, "--out", out.to_str().expect("UTF-8"), "--quiet"];
    harness::run(&mut busyhour(&arguments), Duration::from_secs(30)).expect_code(&[0]);
    let results = Results::read(&out);
    results.assert_adds_up();
    assert_eq!((results.count("outcomes.completed"), results.count("outcomes.technical.timeout")), (1, 5));
    // 64 × T1, and not before: 1.28 s after each started.
    for row in harness::Calls::read(&out.join("calls.csv")).rows() {
        if row["outcome"].contains("timeout") {
            let lasted = row["ended_s"].parse::<f64>().unwrap() - row["started_s"].parse::<f64>().unwrap();
            assert!((1.27..3.0).contains(&lasted), "{lasted} s");
        }
    }
}
