//! Advice and predictions against the formulas they rest on and the simulation they are set beside.

use std::ops::ControlFlow;

use super::*;
use crate::erlang::erlang_a::ErlangA;
use crate::erlang::erlang_b;
use crate::metrics::Collector;
use crate::metrics::Measure;
use crate::metrics::Summary;
use crate::metrics::fixture;
use crate::outcome::CallRecord;
use crate::pbx::books::QueueEventKind;
use crate::result::collector_settings;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;

const TRAFFIC: &str = "
name: test
question: none
seed: 1
warm_up: 1h
duration: 10h
traffic:
  arrivals: poisson
  profile: 200/h
  callers:
    - name: customer
      talk: {exponential: {mean: 180s}}
";

fn scenario(pbx: &str) -> Scenario {
    changed(pbx, "", "")
}

/// The scenario with one line of its traffic replaced.
fn changed(pbx: &str, line: &str, by: &str) -> Scenario {
    assert!(TRAFFIC.contains(line));
    let text = format!("{}{pbx}\n", TRAFFIC.replacen(line, by, 1));
    parse(&text, "test.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What is measured of `real`, by someone who believes it to be `stated`.
fn measured(real: &Scenario, stated: &Scenario) -> Summary {
    let mut collector = Collector::new(collector_settings(stated, &[]));
    sim::run(real, real.seed, |entry| {
        match entry {
            Entry::Observation(observation) => collector.observe(observation),
            Entry::QueueEvent(event) => match event.event {
                QueueEventKind::EnterQueue { .. } => collector.queue_joined(event.at),
                QueueEventKind::Connect { .. } | QueueEventKind::Abandon { .. } => {
                    collector.queue_left(event.at);
                }
                _ => {}
            },
            Entry::Cdr(_)
            | Entry::MenuEvent(_)
            | Entry::Noted(_)
            | Entry::Triggered(_)
            | Entry::QueueJoined { .. }
            | Entry::QueueLeft { .. } => {}
        }
        ControlFlow::Continue(())
    });
    collector.finish()
}

fn simulated(scenario: &Scenario) -> Summary {
    measured(scenario, scenario)
}

/// So many calls of three minutes, twenty seconds apart, after the warm-up.
fn by_hand(scenario: &Scenario, calls: u32) -> Summary {
    let call = |i: u32| fixture::answered_by_pbx(i.into(), 3_600.0 + 20.0 * f64::from(i), 180.0);
    let calls: Vec<CallRecord> = (0..calls).map(call).collect();
    fixture::collected(collector_settings(scenario, &[]), &calls).finish()
}

fn close(value: f64, exact: f64) {
    assert!((value - exact).abs() < 1e-9 * exact.abs().max(1.0), "{value} instead of {exact}");
}

#[test]
fn where_no_formula_applies_a_sentence_says_why() {
    let trunk = "pbx: {channels: 20}";
    let poisson = "arrivals: poisson";
    let with_rate = "arrivals: poisson\n  profile: 200/h";
    let mmpp =
        "arrivals: {bursty: {mmpp: {calm_mean: 10m, burst_mean: 1m, calm_factor: 1, burst_factor: 5}}}";
    let peak = "profile: {peak: {base: 100/h, peak: 300/h, at: 2h, ramp: 1h, hold: 1h}}";
    let cases = vec![
        (changed(trunk, poisson, "arrivals: even"), 200, "evenly spaced"),
        (changed(trunk, poisson, mmpp), 200, "bursty"),
        (changed(trunk, with_rate, "arrivals: {sources: {count: 50, idle_mean: 10m}}"), 200, "Engset"),
        (changed(trunk, with_rate, "arrivals: {replay: [1, 2, 3]}"), 200, "no known process"),
        (changed(trunk, "profile: 200/h", peak), 200, "varies by more than 10 %"),
        (scenario(trunk), 99, "fewer than 100 calls"),
        (scenario("pbx: {}"), 200, "no limit on circuits is stated, and none was seen"),
    ];
    for (scenario, calls, why) in cases {
        let sentence = expected(&scenario, &by_hand(&scenario, calls)).unwrap_err();
        assert!(sentence.contains(why), "{sentence}");
    }
    assert!(expected(&scenario(trunk), &by_hand(&scenario(trunk), 100)).is_ok());
}

#[test]
fn a_queue_that_sends_callers_on_has_no_formula() {
    let pbx = |way: &str| {
        scenario(&format!(
            "pbx: {{agents: {{count: 10}}, voicemail: {{}}, queues: {{sales: {{max_length: 3{way}}}}}}}"
        ))
    };
    assert!(expected(&pbx(""), &simulated(&pbx(""))).is_ok());
    let sends_on = pbx(", on_full: voicemail");
    let sentence = expected(&sends_on, &simulated(&sends_on)).unwrap_err();
    assert!(sentence.contains("go elsewhere"), "{sentence}");
}

#[test]
fn a_limit_on_the_rate_is_in_no_erlang_formula() {
    let scenario =
        scenario("pbx: {channels: 20, calls_per_second: {limit: 0.05, algorithm: token_bucket, burst: 1}}");
    let sentence = expected(&scenario, &simulated(&scenario)).unwrap_err();
    assert!(sentence.contains("calls per second"), "{sentence}");
}

/// Contacts grow, channels stay: 5 erlangs on ten channels, then up to four times as much.
#[test]
fn loss_grows_with_the_calls_as_erlang_b_says() {
    let mut before = 0.0;
    for growth in [1.0, 1.5, 2.0, 3.0, 4.0] {
        let profile = format!("profile: {}/h", 100.0 * growth);
        let text = TRAFFIC.replace("profile: 200/h", &profile).replace("duration: 10h", "duration: 100h");
        let scenario =
            parse(&format!("{text}pbx: {{channels: 10}}"), "x.yaml", &Inputs::with_seed(1)).unwrap();
        let ratio = simulated(&scenario).ratio(Measure::Blocking, 0.95);
        let [low, high] = ratio.interval.unwrap();
        let formula = erlang_b::blocking(10, 5.0 * growth);
        assert!((low..=high).contains(&formula), "×{growth}: {formula} outside [{low}, {high}]");
        let value = ratio.value().unwrap();
        assert!(value > before, "×{growth}: {value} after {before}");
        assert!(high - low < 0.03, "×{growth}: [{low}, {high}] tells nothing apart");
        before = value;
    }
}

#[test]
fn a_trunk_gets_erlang_b_of_the_measured_load() {
    let scenario = scenario("pbx: {channels: 10}");
    let summary = simulated(&scenario);
    let expected = expected(&scenario, &summary).unwrap();
    assert_eq!((expected.model.as_str(), expected.servers), ("erlang_b", 10));
    close(expected.erlangs, summary.traffic.offered_erlangs.unwrap());
    close(expected.blocking.unwrap(), erlang_b::blocking(10, expected.erlangs));
    assert_eq!(expected.agrees, Some(true));
}

#[test]
fn redials_ask_for_the_extended_formula_and_circuits_for_fresh_calls() {
    let redial = "talk: {exponential: {mean: 180s}}\n      redial: {probability: 60%, delay: {exponential: {mean: 60s}}, limit: 3}";
    let scenario = changed("pbx: {channels: 10}", "talk: {exponential: {mean: 180s}}", redial);
    let summary = simulated(&scenario);
    let expected = expected(&scenario, &summary).unwrap();
    assert_eq!(expected.model, "extended_erlang_b");
    assert!(summary.traffic.fresh_erlangs < summary.traffic.offered_erlangs);
    let advice = trunk_advice(&scenario, &summary, &[], None).unwrap();
    assert_eq!((advice.model.as_str(), advice.basis.as_str()), ("extended_erlang_b", "measured"));
    close(advice.erlangs, summary.traffic.fresh_erlangs.unwrap());
    let model = TrunkModel::Extended { fresh_erlangs: advice.erlangs, recall: 0.6 };
    assert!(model.loss(advice.needed).unwrap() <= advice.target);
    assert!(model.loss(advice.needed - 1).unwrap() > advice.target, "one fewer would do");
}

const CENTRE: &str = "
pbx:
  agents: {count: 12}
  queues:
    sales: {}
target: {service_level: 80/20}
";

#[test]
fn endless_patience_is_erlang_c_and_the_measurement_agrees() {
    let scenario = scenario(CENTRE);
    let summary = simulated(&scenario);
    let expected = expected(&scenario, &summary).unwrap();
    assert_eq!((expected.model.as_str(), expected.servers, expected.blocking), ("erlang_c", 12, None));
    assert_eq!(expected.agrees, Some(true), "{:?} against {:?}", expected.service_level, summary.queue);
}

#[test]
fn patience_makes_it_erlang_a() {
    let patience = "talk: {exponential: {mean: 180s}}\n      patience: {exponential: {mean: 90s}}";
    let scenario = changed(CENTRE, "talk: {exponential: {mean: 180s}}", patience);
    let summary = simulated(&scenario);
    let expected = expected(&scenario, &summary).unwrap();
    assert_eq!(expected.model, "erlang_a");
    let queue = summary.queue.unwrap();
    let mu = 1.0 / queue.mean_handle_s.unwrap();
    let formula = ErlangA::new(12, summary.traffic.calls_per_second, mu, 1.0 / 90.0).unwrap();
    close(expected.service_level.unwrap(), formula.service_levels(20.0).of_offered);
    assert_eq!(expected.agrees, Some(true));
    let advice = agent_advice(&scenario, &summary).unwrap();
    assert_eq!((advice.now, advice.model.as_str()), (12, "erlang_a"));
    let level = |n: u32| advice.curve.iter().find(|point| point.n == n).unwrap().value;
    assert!(level(advice.needed) >= 0.8 && level(advice.needed - 1) < 0.8, "{advice:?}");
}

/// Who must hear an agent within 20 s and whose agent's phone rings for 4 s may queue for 16: report, advice and agreement
/// give one service level for one result, that of Erlang A at 16 s with agents busy 4 s longer.
#[test]
fn the_pick_up_is_part_of_the_wait_wherever_a_service_level_is_given() {
    let patience = "talk: {exponential: {mean: 180s}}\n      patience: {exponential: {mean: 90s}}";
    let centre = CENTRE.replace("count: 12", "count: 12, answer_delay: 4s");
    let scenario = changed(&centre, "talk: {exponential: {mean: 180s}}", patience);
    let summary = simulated(&scenario);
    let queue = summary.queue.unwrap();
    let (lambda, handle_s) = (summary.traffic.calls_per_second, queue.mean_handle_s.unwrap());
    let formula = ErlangA::new(12, lambda, 1.0 / (handle_s + 4.0), 1.0 / 90.0).unwrap();
    let level = formula.service_levels(16.0).of_offered;
    assert!(formula.service_levels(20.0).of_offered > level + 0.005);
    let expected = expected(&scenario, &summary).unwrap();
    close(expected.service_level.unwrap(), level);
    let says = "of the answer time 4.0 s are pick-up, the rest the wait in the queue";
    assert!(expected.assumptions.iter().any(|assumption| assumption == says), "{expected:?}");
    let advice = agent_advice(&scenario, &summary).unwrap();
    let now = advice.curve.iter().find(|point| point.n == 12).unwrap();
    close(now.value, level);
    close(now.asa_s.unwrap(), formula.mean_wait_served_s() + 4.0);
    let load = MeasuredLoad {
        offered_erlangs: 10.0,
        circuits_seen: None,
        queued_per_second: lambda,
        queued_or_blocked_per_second: lambda,
        handle_s: Some(handle_s),
        threshold_s: 20.0,
    };
    let agreement = prediction(&scenario, &load).unwrap();
    close(agreement.service_level.unwrap(), level);
    close(agreement.handle_s.unwrap(), handle_s + 4.0);
}

/// The shipped scenario at its planned load, by the recurrence of M/M/11/16 with impatience, 210 s and 180 s a call. (The chain
/// in which wrap-up holds no line says 1.18 %.)
#[test]
fn beside_the_formulas_blocking_stands_that_without_wrap_up() {
    let text = include_str!("../../scenarios/one-more-agent.yaml");
    let scenario = parse(text, "one-more-agent.yaml", &Inputs::with_seed(1)).unwrap();
    let load = MeasuredLoad {
        offered_erlangs: 12.0,
        circuits_seen: None,
        queued_per_second: 200.0 / 3_600.0,
        queued_or_blocked_per_second: 200.0 / 3_600.0,
        handle_s: Some(210.0),
        threshold_s: 20.0,
    };
    let found = prediction(&scenario, &load).unwrap();
    close(found.blocking.unwrap(), 0.028_923_393_981_451_887);
    close(found.blocking_without_wrap_up.unwrap(), 0.014_294_662_480_342_48);
    let text = text.replace("wrap_up: {exponential: {mean: 30s}}", "wrap_up: 0s");
    let at_once = parse(&text, "at-once.yaml", &Inputs::with_seed(1)).unwrap();
    assert_eq!(prediction(&at_once, &load).unwrap().blocking_without_wrap_up, None);
}

#[test]
fn a_queue_with_few_places_is_mmnk() {
    let scenario = scenario(&CENTRE.replace("sales: {}", "sales: {max_length: 3}"));
    let summary = simulated(&scenario);
    let expected = expected(&scenario, &summary).unwrap();
    assert_eq!(expected.model, "mmnk");
    assert_eq!(expected.blocking, None, "whom the queue refuses is lost to people, not to circuits");
    assert_eq!(expected.agrees, Some(true), "{:?} against {:?}", expected.service_level, summary.queue);
}

#[test]
fn two_queues_have_no_formula() {
    let two = "
pbx:
  agents: {count: 12}
  queues:
    sales: {numbers: ['100']}
    support: {numbers: ['200']}
";
    let scenario = scenario(two);
    assert!(expected(&scenario, &by_hand(&scenario, 200)).unwrap_err().contains("one queue, not several"));
}

#[test]
fn callers_for_whom_not_everyone_will_do_have_no_formula() {
    let mut scenario = scenario(CENTRE);
    scenario.pbx.queues[0].policy.steps =
        crate::pbx::config::Steps::Every(crate::time::Duration::from_secs(15));
    let sentence = expected(&scenario, &simulated(&scenario)).unwrap_err();
    assert!(sentence.contains("not every free agent takes every caller at once"), "{sentence}");
}

/// A number of agents for the calls alone would be too few: mail takes their time too. The simulation's number is the
/// smallest that keeps both promises, as a run with it and one with an agent fewer show.
#[test]
fn agents_who_see_to_mail_besides_are_advised_by_the_simulation() {
    let contacts = "  contacts: {mail: {rate: 20/h, handle: {exponential: {mean: 5m}}}}\n  queues:\n";
    let (with, without) = (scenario(&CENTRE.replace("  queues:\n", contacts)), scenario(CENTRE));
    let played = |scenario: &Scenario| {
        sim::gather(scenario, scenario.seed, collector_settings(scenario, &[])).collector.finish()
    };
    let summary = played(&with);
    let (advice, formula) =
        (agent_advice(&with, &summary).unwrap(), agent_advice(&without, &summary).unwrap());
    assert_eq!((advice.model.as_str(), advice.now), ("simulation", 12));
    assert!(
        advice.needed > formula.needed && advice.erlangs > formula.erlangs + 1.0,
        "{advice:?} {formula:?}"
    );
    let keeps = |agents: u32| {
        let text = CENTRE.replace("  queues:\n", contacts).replace("count: 12", &format!("count: {agents}"));
        let summary = played(&scenario(&text));
        let mail = summary.notes.contacts["mail"];
        let share =
            f64::from(u32::try_from(mail.in_time).unwrap()) / f64::from(u32::try_from(mail.arrived).unwrap());
        let level =
            summary.service_level(0, crate::metrics::ServiceLevelDefinition::OfOffered).value().unwrap();
        (level - 0.8).min(share - 0.8)
    };
    // One run beside those of the advice: the edge lies within a point of it.
    assert!(keeps(advice.needed) > -0.01 && keeps(advice.needed - 1) < 0.01, "{advice:?}");
    let apart = contacts.replace("{rate", "{agents: [anna], rate");
    let apart = CENTRE.replace("  queues:\n", &apart).replace("{count: 12}", "[{name: anna}, {name: boris}]");
    let apart = scenario(&apart);
    assert!(agent_advice(&apart, &played(&apart)).is_none(), "one more of whom?");
}

/// Who takes the offer of a callback is a customer as before: agents are sized for the same load, whether customers wait or
/// are called. No formula is set beside what was measured.
#[test]
fn who_is_called_back_is_no_more_work_than_who_waits() {
    let with = |accept: &str| {
        let callback = format!(
            "talk: {{exponential: {{mean: 180s}}}}\n      callback: {{accept: {accept}, answer: 100%, answer_delay: 5s}}"
        );
        changed(
            "pbx:\n  agents: {count: 13, wrap_up: 10s}\n  \
             queues:\n    q: {answer: on_entry, callback: {offer_after: 0s, promise: 2h}}",
            "talk: {exponential: {mean: 180s}}",
            &callback,
        )
    };
    let (never, often) = (with("0%"), with("60%"));
    let (waiting, called) = (simulated(&never), simulated(&often));
    let erlangs = |scenario: &Scenario, summary: &Summary| agent_advice(scenario, summary).unwrap().erlangs;
    let (load, load_called) = (erlangs(&never, &waiting), erlangs(&often, &called));
    assert!((load_called / load - 1.0).abs() < 0.02, "{load_called} against {load}");
    assert!(expected(&never, &waiting).is_ok());
    assert!(expected(&often, &called).unwrap_err().contains("for the promise of a call"));
}

#[test]
fn a_target_with_fewer_circuits_than_stated_is_found_out() {
    let stated = scenario("pbx: {channels: 20}");
    let summary = measured(&scenario("pbx: {channels: 8}"), &stated);
    assert_eq!(summary.traffic.circuits_seen, Some(8));
    let expected = expected(&stated, &summary).unwrap();
    assert_eq!((expected.servers, expected.agrees), (20, Some(false)));
    let advice = trunk_advice(&stated, &summary, &[], None).unwrap();
    assert_eq!((advice.now, advice.basis.as_str()), (8, "measured"));
    let (needed, _) = erlang_b::min_servers(summary.traffic.fresh_erlangs.unwrap(), 0.01).unwrap();
    assert_eq!(advice.needed, needed);
}

#[test]
fn advice_covers_the_growth_that_the_scenario_asks_for() {
    let scenario = scenario("pbx: {channels: 10}\ngrowth: [1, 2, 4]");
    let advice = trunk_advice(&scenario, &simulated(&scenario), &[], None).unwrap();
    assert_eq!(advice.growth.iter().map(|step| step.growth).collect::<Vec<_>>(), [1.0, 2.0, 4.0]);
    for step in &advice.growth {
        close(step.erlangs, advice.erlangs * step.growth);
        close(step.value_now, erlang_b::blocking(10, step.erlangs));
        assert_eq!(step.needed, erlang_b::min_servers(step.erlangs, advice.target).unwrap().0);
    }
    assert_eq!(advice.needed, advice.growth[0].needed);
    let now = advice.curve.iter().find(|point| point.n == 10).unwrap();
    close(now.value, advice.growth[0].value_now);
}

#[test]
fn the_strictest_gate_on_loss_sets_the_target() {
    let scenario = scenario("pbx: {channels: 10}");
    let gate = |text: &str| crate::verdict::gate::parse(text, "test").unwrap();
    let gates = [gate("technical_drop_rate < 3%"), gate("blocking < 2% @95%"), gate("completed > 0.5%")];
    let summary = simulated(&scenario);
    close(trunk_advice(&scenario, &summary, &gates, None).unwrap().target, 0.02);
    close(trunk_advice(&scenario, &summary, &[], None).unwrap().target, 0.01);
}

#[test]
fn without_enough_calls_the_plan_stands_in_for_the_measurement() {
    let scenario = scenario("pbx: {channels: 10}");
    let advice = trunk_advice(&scenario, &by_hand(&scenario, 20), &[], None).unwrap();
    assert_eq!(advice.basis, "scenario");
    close(advice.erlangs, 200.0 / 3600.0 * 180.0);
}

/// Three numbers of 2 erlangs with 5 channels each lose 3.67 %, one group of 15 for all three 0.089 %: formula and
/// simulation.
#[test]
fn numbers_of_their_own_lose_more_than_one_pooled_group() {
    let lost = |calls_per_hour: u32, channels: u32| {
        let profile = format!("profile: {calls_per_hour}/h");
        let text = TRAFFIC.replace("profile: 200/h", &profile).replace("duration: 10h", "duration: 200h");
        let text = format!("{text}pbx: {{channels: {channels}}}");
        let scenario = parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap();
        simulated(&scenario).ratio(Measure::Blocking, 0.95).interval.unwrap()
    };
    let split = super::trunk_rules::split(&[2.0, 2.0, 2.0], 5).unwrap();
    // 180 s of talk: 40 calls an hour are 2 erlangs.
    let [low, high] = lost(40, 5);
    assert!((low..=high).contains(&split.lost_apart), "{split:?}: [{low}, {high}]");
    let [pooled_low, pooled_high] = lost(120, 15);
    assert!(
        (pooled_low..=pooled_high).contains(&split.pooled.loss),
        "{split:?}: [{pooled_low}, {pooled_high}]"
    );
    assert!(pooled_high < low);
}
