//! Callers who are sent on or handed over: who is free, who counts where, what stands in the books.

use super::*;
use crate::pbx::books::CdrRow;
use crate::pbx::config::Legs;
use crate::pbx::config::ScopeLimit;
use crate::pbx::routing::NumberSet;
use crate::pbx::transfers::Handover;
use crate::pbx::transfers::Leads;
use crate::pbx::voicemail::Voicemail;

/// `sales` at 200 with one agent, `support` at 300 with another; whatever else is dialled is unknown.
fn two_queues() -> Config {
    let mut config = centre(2);
    config.queues = vec![queue("sales", &["200"], vec![0]), queue("support", &["300"], vec![1])];
    config.extensions.insert(Arc::from("120"), Extension::Busy);
    config.extensions.insert(Arc::from("101"), Extension::User(crate::pbx::config::UserConfig::default()));
    config
}

fn send_on(bench: &mut Bench, seconds: f64, call: u64, to: &str) -> Vec<String> {
    let to = Arc::from(to);
    bench.tell(seconds, Input::Transferred { call: CallId(call), to: &to, talk: None })
}

fn row(bench: &Bench) -> &CdrRow {
    let row = bench.actions.iter().find_map(|action| match action {
        Action::CallEnded(row) => Some(row),
        _ => None,
    });
    row.expect("a call ended")
}

#[test]
fn an_agent_who_sends_a_caller_on_wraps_up_while_the_caller_waits_anew() {
    let mut bench = Bench::new(two_queues());
    bench.offer(0.0, 1, "200");
    bench.pick_up(4.0, 0, 1);
    let said = send_on(&mut bench, 64.0, 1, "300");
    let log = r#"log 1 BLINDTRANSFER BlindTransfer { extension: "300", context: "public", hold: 4s, talk: 60s, original_position: 1 }"#;
    let expected = [
        log,
        "1 hears Transferred { talk: None }",
        "log 1 ENTERQUEUE 1",
        "1 hears Queue(QueueId(1))",
        "1 offered to 1",
    ];
    assert_eq!(said, expected);
    assert_eq!(bench.offer(65.0, 2, "200").len(), 2, "the agent wraps up");
    assert_eq!(bench.wait(69.1), ["2 offered to 0"], "for five seconds");
    let said = bench.pick_up(74.0, 1, 1);
    assert_eq!(said, ["1 connected to agent-1", "log 1 CONNECT 10 10"], "no second 200");
    bench.hang_up(104.0, 1);
    let row = row(&bench);
    assert_eq!(
        (row.cause, row.queue.as_deref(), row.agent.as_deref()),
        ("answered", Some("support"), Some("agent-1"))
    );
    assert_eq!((row.transferred_to.as_deref(), row.to.as_ref()), (Some("300"), "200"));
    assert_eq!(row.answer, Some(Instant::from_secs_f64(4.0)), "the first answer is the call's");
    assert_eq!(bench.pbx.unknown_inputs(), 0);
}

#[test]
fn numbers_lead_somewhere_or_not() {
    let mut bench = Bench::new(two_queues());
    bench.offer(0.0, 1, "200");
    bench.pick_up(4.0, 0, 1);
    let leads = |to| bench.pbx.leads(Instant::from_secs_f64(4.0), CallId(1), to);
    assert_eq!(["300", "120", "101"].map(leads), [Leads::Onward, Leads::Onward, Leads::ToUser]);
    let mut config = two_queues();
    config.queues[1].numbers = vec!["300".into()];
    config.extensions.insert(Arc::from("999"), Extension::Unknown);
    let bench = Bench::new(config);
    assert_eq!(bench.pbx.leads(Instant::ZERO, CallId(1), "999"), Leads::Nowhere);
}

#[test]
fn only_somebody_who_is_talked_to_is_sent_on_and_only_to_a_number() {
    let mut bench = Bench::new(two_queues());
    bench.offer(0.0, 1, "200");
    assert_eq!(send_on(&mut bench, 1.0, 1, "300"), [""; 0], "a caller who waits");
    bench.pick_up(4.0, 0, 1);
    assert_eq!(send_on(&mut bench, 5.0, 1, "101"), [""; 0], "a user is dialled, not routed to");
    assert_eq!(send_on(&mut bench, 5.0, 7, "300"), [""; 0], "no such call");
    assert_eq!(bench.pbx.unknown_inputs(), 3);
    assert_eq!(bench.hang_up(9.0, 1)[0], "log 1 COMPLETECALLER 4 5 1");
}

#[test]
fn whoever_finds_the_queue_full_is_lost_there_and_for_that_reason() {
    let mut config = two_queues();
    config.queues[1].max_length = Some(0);
    config.agents.pop();
    config.queues[1].agents = Vec::new();
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "200");
    bench.pick_up(4.0, 0, 1);
    let said = send_on(&mut bench, 64.0, 1, "300");
    assert_eq!(said[2..], ["1 hung up: Refused", "CDR 1 ANSWERED queue-full"]);
    let row = row(&bench);
    assert_eq!((row.queue.as_deref(), row.agent.as_deref()), (Some("support"), Some("agent-0")));
    assert_eq!(bench.pbx.circuits_in_use(), 0);
}

/// Two calls at once for 200, one for 300.
#[test]
fn limits_on_numbers_follow_the_caller_and_name_themselves() {
    let scope = |name: &str, number: &str, channels| ScopeLimit {
        name: name.into(),
        numbers: NumberSet::new([number]),
        callers: NumberSet::default(),
        each: None,
        channels: Some(channels),
        calls_per_second: None,
        refusal: None,
    };
    let scopes = vec![scope("first", "200", 1), scope("second", "300", 1)];
    let mut bench = Bench::new(Config { scopes, ..two_queues() });
    bench.offer(0.0, 1, "200");
    bench.pick_up(1.0, 0, 1);
    assert!(bench.offer(2.0, 2, "200")[0].ends_with("by channels of first"));
    send_on(&mut bench, 3.0, 1, "300");
    assert!(bench.offer(4.0, 3, "300")[0].ends_with("by channels of second"), "it counts there now");
    assert_eq!(bench.offer(9.0, 4, "200")[1], "4 rings in sales", "and here no longer");
    bench.pick_up(10.0, 0, 4);
    let said = send_on(&mut bench, 20.0, 4, "300");
    let expected = ["4 hung up: Refused", "CDR 4 ANSWERED trunk-full"];
    assert!(said.iter().rev().take(2).rev().eq(&expected), "{said:?}");
    let lost = row(&bench);
    assert_eq!((lost.limiter, lost.scope.as_deref()), (Some(Limiter::Channels), Some("second")));
    bench.hang_up(30.0, 1);
    for (call, to) in [(5, "200"), (6, "300")] {
        assert_eq!(
            bench.offer(40.0, call, to)[1].as_str(),
            format!("{call} rings in {}", if to == "200" { "sales" } else { "support" }),
            "every counter came down"
        );
    }
}

#[test]
fn the_leg_of_whoever_sends_a_caller_on_is_free_for_the_next_agent() {
    let mut bench = Bench::new(Config { legs: Some(Legs { limit: 2, kinds: Vec::new() }), ..two_queues() });
    bench.offer(0.0, 1, "200");
    bench.pick_up(1.0, 0, 1);
    let said = send_on(&mut bench, 2.0, 1, "300");
    assert_eq!(
        said.last().map(String::as_str),
        Some("1 offered to 1"),
        "with the leg that the first gave back"
    );
    assert_eq!(bench.pbx.legs_peak(), Some(2));
}

#[test]
fn voicemail_takes_callers_who_are_sent_there() {
    let mut config = two_queues();
    let second = Duration::from_secs(1);
    config.voicemail = Some(Voicemail { greeting: second, max_length: 10 * second, callback: None });
    let row = crate::pbx::routing::Row {
        callers: Vec::new(),
        numbers: Vec::new(),
        when: crate::pbx::routing::When::Always,
        hours: "always".into(),
        to: crate::pbx::config::Destination::Voicemail,
    };
    let table = crate::pbx::routing::Table::new(&["400".into()], 1, vec![row], None);
    config.table = Some(table);
    let mut bench = Bench::new(config);
    bench.offer(0.0, 1, "200");
    bench.pick_up(1.0, 0, 1);
    let said = send_on(&mut bench, 2.0, 1, "400");
    assert_eq!(said.last().map(String::as_str), Some("1 hears Voicemail"));
    assert_eq!(bench.hang_up(8.0, 1), ["CDR 1 ANSWERED voicemail"]);
}

#[test]
fn an_attended_transfer_ends_the_agents_part_and_names_the_conversation() {
    let mut bench = Bench::new(two_queues());
    bench.offer(0.0, 1, "200");
    bench.pick_up(4.0, 0, 1);
    let with = Arc::from("consultation");
    let how = Handover::Attended { with: &with };
    let said = bench.tell(10.0, Input::AgentTransferred { call: CallId(1), agent: AgentId(0), how });
    let log = r#"log 1 ATTENDEDTRANSFER AttendedTransfer { bridge: "consultation", hold: 4s, talk: 6s, original_position: 1 }"#;
    assert_eq!(said, [log]);
    let again = bench.tell(11.0, Input::AgentTransferred { call: CallId(1), agent: AgentId(0), how });
    assert_eq!((again.len(), bench.pbx.unknown_inputs()), (0, 1));
    // Whoever has the caller now may send the caller on, too; the agent is not freed twice.
    let said = send_on(&mut bench, 12.0, 1, "300");
    assert_eq!(said[0], "1 hears Transferred { talk: None }");
    let left =
        ["log 1 RINGCANCELED 8", "log 1 ABANDON 1 1 8", "1 withdrawn from 1", "CDR 1 ANSWERED abandoned"];
    assert_eq!(bench.hang_up(20.0, 1), left);
}

#[test]
fn the_phone_of_somebody_to_whom_a_call_is_handed_over_takes_a_leg_while_it_rings() {
    let mut bench = Bench::new(Config { legs: Some(Legs { limit: 3, kinds: Vec::new() }), ..two_queues() });
    bench.offer(0.0, 1, "200");
    bench.pick_up(1.0, 0, 1);
    let call = CallId(1);
    assert_eq!(bench.tell(2.0, Input::HandoverRings { call }), [""; 0]);
    assert!(!bench.pbx.has_leg_to_hand_over());
    assert_eq!(bench.pbx.legs_peak(), Some(3));
    assert!(bench.offer(3.0, 2, "300")[0].ends_with("legs-full by legs"), "no leg is left for a caller");
    assert_eq!(bench.tell(4.0, Input::HandoverOver { call }), [""; 0]);
    assert!(bench.pbx.has_leg_to_hand_over(), "and then one is");
    assert_eq!(bench.pbx.unknown_inputs(), 0);
    bench.tell(5.0, Input::HandoverOver { call });
    bench.tell(5.0, Input::HandoverRings { call: CallId(9) });
    assert_eq!(bench.pbx.unknown_inputs(), 2, "nothing rings; no such call");
    bench.hang_up(6.0, 1);
    assert_eq!(bench.pbx.legs_peak(), Some(3));
}
