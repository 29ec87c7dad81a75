//! Gates that read, and gates that explain why they don't.

use super::*;
use crate::metrics::Measure;
use crate::outcome::Outcome;
use crate::outcome::Technical;

fn read(text: &str) -> Gate {
    parse(text, "test.yaml:1").unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> String {
    parse(text, "test.yaml:1").expect_err(text).to_string()
}

#[test]
fn every_part_of_the_grammar_reads() {
    let gate = read("busy hour: technical_drop_rate <= 0.5% over 15m @ 99%, stop");
    assert_eq!(gate.name.as_deref(), Some("busy hour"));
    assert_eq!(gate.metric, Metric::Ratio(Measure::TechnicalDropRate));
    assert_eq!(gate.operator, Operator::LessOrEqual);
    assert!((gate.limit - 0.005).abs() < 1e-15);
    assert_eq!(gate.window, Some(Window::Over(Duration::from_secs(900))));
    assert_eq!(gate.confidence, Some(0.99));
    assert_eq!(gate.action, Action::Stop);
}

#[test]
fn the_examples_of_the_manual_read() {
    assert_eq!(
        read("post_dial_delay p95 < 800ms").metric,
        Metric::Delay(Delay::PostDial, Stat::Percentile(95.0))
    );
    assert!((read("post_dial_delay p95 < 0.8s").limit - 800.0).abs() < 1e-9);
    let level = read("service_level(20s) >= 80%");
    assert_eq!(level.threshold(), Some(Duration::from_secs(20)));
    assert_eq!(
        read("technical_drop_rate < 5% for 10s, stop").window,
        Some(Window::For(Duration::from_secs(10)))
    );
    assert_eq!(
        read("technical_drop_rate<1%@95%").confidence,
        Some(0.95),
        "blanks are for people, not for the reader"
    );
    assert_eq!(
        read("systemic_loss(3 of 12, 5m) < 1%").metric,
        Metric::SystemicLoss { needed: 3, of: 12, window: Duration::from_secs(300) }
    );
}

#[test]
fn every_listed_metric_reads() {
    for name in metric::NAMES {
        let text = match name {
            "service_level" => "service_level(20s) > 80%".to_owned(),
            "systemic_loss" => "systemic_loss(1 of 2, 5m) < 1%".to_owned(),
            "asa" => "asa < 20s".to_owned(),
            "callback_in_time" => "callback_in_time(15m) >= 90%".to_owned(),
            _ if name.ends_with("delay") || name == "lateness" => format!("{name} max < 2s"),
            _ => format!("{name} < 0.5"),
        };
        read(&text);
    }
    let trunk = Outcome::Technical(Technical::Trunk);
    assert_eq!(read("trunk < 1%").metric, Metric::Ratio(Measure::Outcome(trunk)));
}

/// A word that is no slip is not taken for one; what there is stands in the message, and in the documentation.
#[test]
fn only_slips_are_guessed_at_and_every_metric_is_documented() {
    for text in ["foo < 1%", "x < 1%", "latency < 1"] {
        let message = refused(text);
        assert!(!message.contains("did you mean") && message.contains("completed.agent"), "{message}");
    }
    assert!(refused("oferred_erlangs < 1").contains("did you mean `offered_erlangs`? metrics are "));
    let documented = include_str!("../../../docs/gates.md");
    for name in crate::verdict::metric::NAMES {
        let is_there = [format!("| `{name}` |"), format!("| `{name}("), format!("| `{name} p95`")];
        assert!(is_there.iter().any(|row| documented.contains(row)), "docs/gates.md lacks {name}");
    }
}

#[test]
fn errors_name_the_problem_and_the_remedy() {
    let cases = [
        ("tecnical_drop_rate < 1%", "did you mean `technical_drop_rate`?"),
        ("xyzzy < 1%", "metrics are technical_drop_rate"),
        ("technical_drop_rate < 800ms", "write a ratio as 1% or 0.01"),
        ("technical_drop_rate < 120%", "write a ratio as 1% or 0.01"),
        ("post_dial_delay < 800ms", "write p50, p95, p99, max or mean"),
        ("post_dial_delay p95 < 800", "write a delay as 800ms"),
        ("post_dial_delay p95 < 5%", "write a delay as 800ms"),
        ("technical_drop_rate 1%", "write <, <=, > or >="),
        ("technical_drop_rate < 1% @95", "write @95%"),
        ("technical_drop_rate < 1% @100%", "write @95%"),
        ("technical_drop_rate < 1%, explode", "write `, stop` or `, continue`"),
        ("service_level >= 80%", "service_level(20s) >= 80%"),
        ("service_level(20s, virtual) >= 80%", "of_answered"),
        ("service_level(20s >= 80%", "add `)`"),
        ("callback_in_time >= 90%", "callback_in_time(15m) >= 90%"),
        ("asa < 20s over 5m", "leave the window out"),
        ("offered_erlangs < 24E @95%", "only ratios and percentiles"),
        ("systemic_loss(13 of 12, 5m) < 1%", "systemic_loss(3 of 12, 5m) < 1%"),
        ("technical_drop_rate < 1% over 0s", "write a duration"),
        ("blocking < 1% sometimes", "is not understood"),
        ("", "is no metric"),
    ];
    for (text, remedy) in cases {
        let message = refused(text);
        assert!(message.contains(remedy), "`{text}` gave: {message}");
    }
}

#[test]
fn a_metric_that_the_scenario_cannot_produce_is_refused_beforehand() {
    let plain = Capabilities {
        queue: false,
        callbacks: false,
        wire: false,
        media: false,
        duration: Some(Duration::from_secs(600)),
    };
    let refuse = |text: &str| read(text).check(&plain).expect_err(text).to_string();
    assert!(refuse("service_level(20s) >= 80%").contains("pbx.queues"));
    assert!(refuse("lateness p99 < 50ms").contains("busyhour run"));
    assert!(refuse("callback_in_time(15m) >= 90%").contains("pbx.queues.*.callback"));
    assert!(refuse("packet_loss < 1%").contains("media: rtp"));
    assert!(refuse("blocking < 1% over 15m").contains("at least 15m"));
    assert_eq!(read("blocking < 1% over 5m").check(&plain), Ok(()));
}
