//! Limits on the wire: each alone takes all the blame, calls that wait are late, and a link without admission control
//! really loses packets.

use std::time::Duration;

use busyhour::outcome::Limiter;

use crate::harness;
use crate::harness::Results;
use crate::harness::busyhour;

/// What a PBX with this section makes of so many calls of `talk`, evenly spaced at `rate`.
fn run(calls: u32, rate: &str, talk: &str, rest: &str) -> Results {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!(
        "name: limit\nquestion: Who is to blame?\nseed: 1\ncalls: {calls}\ntraffic:\n  arrivals: even\n  profile: {rate}\n  \
         callers:\n    - {{name: customer, talk: {talk}}}\ngates: [technical_drop_rate <= 100%]\n{rest}\n"
    );
    let scenario = harness::write(folder.path(), "limit.yaml", &text);
    let out = folder.path().join("out");
    let arguments = ["run", &scenario, "--out", out.to_str().expect("UTF-8"), "--quiet"];
    harness::run(&mut busyhour(&arguments), Duration::from_secs(40)).expect_code(&[0]);
    let results = Results::read(&out);
    results.assert_adds_up();
    results
}

#[test]
fn each_limit_alone_takes_all_the_blame() {
    let _turn = harness::shared_turn();
    for (pbx, limiter) in [
        ("bandwidth: 100 kbit/s", Limiter::Bandwidth),
        ("processor: {concurrent_calls: 1, limit: 50%, sampled: 10ms}", Limiter::Processor),
        ("limits: [{scope: trunk, channels: 1}]", Limiter::Channels),
        ("calls_per_second: {limit: 2, algorithm: freeswitch_window}", Limiter::CallsPerSecond),
        ("calls_per_second: {limit: 1, algorithm: average, period: 5s}", Limiter::CallsPerSecond),
        ("calls_per_second: {limit: 2, algorithm: burst_and_sustain, sustained: 1}", Limiter::CallsPerSecond),
        ("calls_per_second: {limit: 5, algorithm: overload_control, every: 100ms}", Limiter::CallsPerSecond),
        ("calls_per_second: {limit: 2, algorithm: queue, max_delay: 0s}", Limiter::CallsPerSecond),
    ] {
        let results = run(30, "40/s", "1s", &format!("pbx: {{{pbx}}}"));
        let lost = 30 - results.count("outcomes.completed");
        assert!(lost > 5, "{pbx}: {lost}");
        for other in Limiter::ALL {
            let blamed = results.count(&format!("limiter.{}", other.name()));
            assert_eq!(blamed, if other == limiter { lost } else { 0 }, "{pbx}: {}", other.name());
        }
    }
}

/// Twenty calls in half a second take turns of 100 ms: the last waits about a second and a half.
#[test]
fn calls_that_queue_are_late_and_not_lost() {
    let _turn = harness::shared_turn();
    let results = run(20, "40/s", "1s", "pbx: {calls_per_second: {limit: 10, algorithm: queue}}");
    assert_eq!(results.count("outcomes.completed"), 20);
    let latest = results.at("latency_ms.answer_delay.max").as_f64().expect("measured");
    assert!((1_200.0..2_500.0).contains(&latest), "{latest} ms");
}

/// Three calls of 87.2 kbit/s on 120: each loses half its packets, hears it, and is lost.
#[test]
fn a_link_without_admission_control_really_loses_packets() {
    let _turn = harness::turn();
    let link = |kilobits: u32, admission: &str| {
        let pbx = format!("pbx: {{bandwidth: {{limit: {kilobits} kbit/s, admission: {admission}}}}}");
        let rule = if admission == "none" { "media_loss: {lasting: 1s}\n" } else { "" };
        run(3, "3/s", "3s", &format!("media: rtp\n{rule}{pbx}"))
    };
    let spoilt = link(120, "none");
    assert_eq!((spoilt.count("outcomes.technical.media"), spoilt.count("limiter.bandwidth")), (3, 3));
    let loss = spoilt.at("media.loss_ratio").as_f64().expect("RTP flowed");
    assert!((0.1..0.7).contains(&loss), "{loss}");
    let wide = link(270, "none");
    assert_eq!((wide.count("outcomes.completed"), wide.at("media.loss_ratio").as_f64()), (3, Some(0.0)));
    let refused = link(120, "refuse");
    assert_eq!((refused.count("outcomes.completed"), refused.count("limiter.bandwidth")), (1, 2));
}

#[test]
fn a_link_that_cannot_lose_packets_on_the_wire_is_told_before_any_call() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (rest, remedy) in [
        ("pbx: {bandwidth: {limit: 120 kbit/s, admission: none}}", "media: rtp"),
        ("media: rtp\npbx: {bandwidth: {limit: 120 kbit/s, codec: G729, admission: none}}", "codec: PCMA"),
    ] {
        let text = format!("name: x\ncalls: 1\ntraffic: {{profile: 1/s, callers: [{{talk: 1s}}]}}\n{rest}\n");
        let scenario = harness::write(folder.path(), "x.yaml", &text);
        let out = folder.path().join("out");
        let arguments = ["run", &scenario, "--out", out.to_str().expect("UTF-8")];
        let told = harness::run(&mut busyhour(&arguments), Duration::from_secs(20)).expect_code(&[2]);
        assert!(told.said().contains(remedy), "{}", told.said());
    }
}
