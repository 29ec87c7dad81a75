//! The same calls over connections: what goes over UDP goes over TCP, and from one to the other; what differs, and what
//! becomes of a connection that is gone.

use super::bench::{Bench, CALLER, DESK, THIRD, hop, over_tcp, sdp};
use super::bridge;
use super::session_timers;
use super::transfers;
use super::virtual_wire::{PBX, Setup, address, plan};
use crate::endpoint::caller;
use crate::endpoint::pbx::Input;
use crate::outcome::{EndedBy, Outcome};
use crate::pbx::Config;
use crate::sip::hop::Hop;
use crate::sip::hop::Transport;

const EVERYTHING: [fn(); 31] = [
    bridge::one_phone_calls_the_other_and_hears_it,
    bridge::either_side_may_hang_up_and_both_are_let_go,
    bridge::what_a_phone_says_the_caller_hears,
    bridge::all_phones_of_a_user_ring_and_the_first_to_answer_wins,
    bridge::a_caller_who_leaves_stops_the_phones_but_never_before_they_have_spoken,
    bridge::an_agent_is_called_at_the_registered_phone_and_not_without_one,
    bridge::an_agents_phone_that_refuses_is_left_alone_and_the_caller_waits,
    bridge::hold_and_resume_go_across_by_either_method,
    bridge::two_sessions_offered_at_once_are_both_put_off,
    bridge::digits_by_info_go_across_and_the_answer_comes_back,
    bridge::a_blind_transfer_connects_the_caller_with_the_third,
    bridge::a_transfer_to_nobody_leaves_the_two_as_they_were,
    bridge::an_agent_who_transfers_is_free_for_the_next_call,
    bridge::an_attended_transfer_connects_those_with_whom_the_agent_spoke,
    bridge::a_phone_killed_in_mid_call_frees_both_circuits,
    session_timers::a_caller_who_refreshes_stays_and_one_who_has_vanished_ends,
    session_timers::the_pbx_refreshes_for_a_phone_that_does_not_and_tries_again_after_a_glare,
    transfers::another_phone_of_the_same_user_takes_the_call_over,
    transfers::whoever_has_taken_a_call_over_hangs_up_for_both,
    transfers::the_callers_other_phone_takes_the_call_over,
    transfers::a_phone_that_rings_is_answered_from_another,
    transfers::a_caller_of_a_queue_is_picked_up_by_nobody_but_the_agent,
    transfers::what_names_no_dialog_to_be_replaced_is_refused_as_the_rfc_says,
    transfers::who_was_on_hold_is_asked_to_speak_again_after_the_transfer,
    transfers::an_attended_transfer_of_an_agents_stands_in_the_log_and_in_the_row,
    transfers::an_agent_who_was_asked_stays_with_the_caller_and_is_offered_nobody_else,
    transfers::a_user_sends_a_caller_on_into_a_queue,
    transfers::an_agent_sends_a_caller_on_to_another_queue_and_is_free_at_once,
    transfers::a_caller_who_was_sent_on_gives_up_in_the_queue,
    transfers::the_caller_sends_whoever_was_called_into_a_queue,
    transfers::whoever_hangs_up_after_the_referral_has_transferred_all_the_same,
];

#[test]
fn what_goes_between_two_phones_over_udp_goes_over_tcp() {
    over_tcp(&[CALLER, DESK, THIRD], &EVERYTHING);
}

#[test]
fn what_goes_between_two_phones_goes_between_udp_and_tcp() {
    over_tcp(&[DESK], &EVERYTHING);
    over_tcp(&[CALLER, THIRD], &EVERYTHING);
}

fn each_names_the_way_that_it_came() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    let invite = bench.take(DESK, "INVITE");
    assert!(invite.contains("Via: SIP/2.0/TCP 127.0.0.1:5060;"), "{invite}");
    assert!(invite.contains("Contact: <sip:127.0.0.1:5060;transport=tcp>\r\n"), "{invite}");
    bench.reply(DESK, &invite, 200, "", &sdp(5000, "sendrecv"));
    let ack = bench.take(DESK, "ACK");
    assert!(ack.contains("Via: SIP/2.0/TCP "), "{ack}");
    let accepted = bench.take(CALLER, "200 INVITE");
    assert!(accepted.contains("Contact: <sip:127.0.0.1:5060>\r\n"), "the caller came over UDP: {accepted}");
}

#[test]
fn every_message_names_the_way_that_it_goes() {
    over_tcp(&[DESK], &[each_names_the_way_that_it_came]);
}

fn the_phone_is_nowhere_without_its_connection() {
    let mut bench = Bench::new();
    bench.register("101", DESK, 3600);
    bench.invite(CALLER, "102", "101", 4000);
    bench.take(DESK, "INVITE");
    bench.tell(Input::Unreachable(hop(DESK)));
    bench.take(CALLER, "480 INVITE");
    bench.serial += 10;
    bench.invite("127.0.0.1:7009", "102", "101", 4000);
    bench.take("127.0.0.1:7009", "480 INVITE");
    assert!(!bench.has(DESK, "INVITE"), "no call goes to a connection that is gone");
    bench.is_settled();
}

fn a_call_outlives_its_connection_and_follows_the_next() {
    let mut bench = Bench::new();
    let (invite, tag) = bench.talk();
    bench.tell(Input::Unreachable(hop(DESK)));
    assert!(bench.sent.iter().all(|(_, text)| !text.starts_with("BYE")), "{:?}", bench.ladder());
    // The phone has connected anew, from another port.
    bench.in_leg(THIRD, &invite.replace(DESK, THIRD), "INFO", "", "");
    bench.request("BYE", CALLER, "102", "101", &tag, "", "");
    bench.take(CALLER, "200 BYE");
    let info = bench.take(CALLER, "INFO");
    assert!(info.contains("Via: SIP/2.0/"));
    assert!(bench.has(THIRD, "BYE") && !bench.has(DESK, "BYE"), "{:?}", bench.ladder());
}

#[test]
fn a_connection_that_is_gone_takes_the_registration_with_it_and_not_the_call() {
    over_tcp(&[DESK, THIRD], &[the_phone_is_nowhere_without_its_connection]);
}

#[test]
fn a_phone_that_connects_anew_goes_on_with_its_call() {
    over_tcp(&[DESK, THIRD], &[a_call_outlives_its_connection_and_follows_the_next]);
}

#[test]
fn a_generator_over_tcp_sends_each_message_once_however_late_the_answers() {
    let network = crate::network::Config {
        delay: super::virtual_wire::constant(0.8),
        ..crate::network::Config::default()
    };
    let mut sent = Vec::new();
    for transport in [Transport::Udp, Transport::Tcp] {
        let setup = Setup { transport, network: network.clone(), ..Setup::of(Config::default()) };
        let mut wire = setup.wire();
        wire.call(plan(0, 0.0, "100", 5.0, None));
        wire.run();
        wire.assert_settled();
        assert!(wire.record().outcome.is_completed());
        sent.push((wire.count("→ INVITE"), wire.count("→ BYE")));
        let contact = wire.text("→ INVITE").contains(";transport=tcp>");
        assert_eq!(contact, transport == Transport::Tcp);
    }
    assert_eq!(sent, [(3, 3), (1, 1)]);
}

#[test]
fn a_target_that_cannot_be_connected_to_is_a_technical_failure() {
    let mut wire =
        Setup { transport: Transport::Tcp, ..Setup::of(Config::default()) }.against(Box::new(|_| Vec::new()));
    wire.call(plan(0, 0.0, "100", 5.0, None));
    wire.run_to(super::virtual_wire::at(0.5));
    wire.tell_callers(caller::Input::Unreachable(Hop::tcp(address(PBX))));
    let record = wire.record();
    assert_eq!((&*record.cause, record.ended_by), ("transport-error", EndedBy::Network));
    assert!(matches!(record.outcome, Outcome::Technical(_)));
    wire.assert_callers_settled();
}
