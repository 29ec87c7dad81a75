//! The layer in virtual time: every timer ladder of RFC 3261 table 4 and RFC 6026, the races, and strays.

use super::*;
use crate::sip::hop::Hop;
use crate::sip::hop::Transport;
use crate::sip::message::Echo;
use crate::sip::message::MAX_FORWARDS;
use crate::sip::message::Message;
use crate::sip::message::Method;
use crate::sip::message::Request;
use crate::sip::message::write_cancel;
use crate::time::Instant;

const USER: u64 = 7;
const PEER: &str = "127.0.0.1:5060";

fn peer() -> Hop {
    Hop::udp(PEER.parse().unwrap())
}

fn request(method: Method, branch: &str) -> Vec<u8> {
    let mut out = Vec::new();
    Request {
        method,
        transport: Transport::Udp,
        uri: b"sip:100@127.0.0.1:5060",
        sent_by: b"127.0.0.1:5070",
        branch: branch.as_bytes(),
        routes: &[],
        from: b"<sip:79@127.0.0.1>;tag=f",
        to: b"<sip:100@127.0.0.1>",
        call_id: b"call-1",
        cseq: 1,
        contact: None,
        max_forwards: MAX_FORWARDS,
        extra: &[],
        body: None,
    }
    .write(&mut out);
    out
}

fn response(request: &[u8], status: u16) -> Vec<u8> {
    let echo = Echo::of(&Message::scan(request).unwrap(), peer());
    let mut out = Vec::new();
    echo.write(status, b"t", &[], None, &mut out);
    out
}

/// A layer, its clock, and what it has done: sends as `(seconds, first line)`, events in words.
struct Bench {
    layer: Layer,
    now: Instant,
    sent: Vec<(f64, String)>,
    events: Vec<String>,
    server: Option<ServerId>,
    hop: Hop,
}

impl Bench {
    fn over_tcp(capacity: usize) -> Self {
        Self { hop: Hop::tcp(peer().address), ..Self::new(capacity) }
    }

    fn new(capacity: usize) -> Self {
        Self {
            layer: Layer::new(Timers::default(), capacity),
            now: Instant::ZERO,
            sent: Vec::new(),
            events: Vec::new(),
            server: None,
            hop: peer(),
        }
    }

    fn note(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Transmit { bytes, .. } => {
                    let text = String::from_utf8(bytes.to_vec()).unwrap();
                    let first = text.lines().next().unwrap().replace(" sip:100@127.0.0.1:5060 SIP/2.0", "");
                    self.sent.push((self.now.as_secs_f64(), first));
                }
                Action::Response { user, .. } => self.events.push(format!("response {user}")),
                Action::Request { server } => {
                    self.server = Some(server);
                    self.layer.set_user(server, USER);
                    self.events.push("request".into());
                }
                Action::Ack => self.events.push("ack".into()),
                Action::Cancelled { user, .. } => self.events.push(format!("cancelled {user}")),
                Action::TimedOut { user, .. } => self.events.push(format!("timed out {user}")),
                Action::Unreachable { user, .. } => self.events.push(format!("unreachable {user}")),
                Action::AckMissing { user, .. } => self.events.push(format!("ack missing {user}")),
                Action::ClientTerminated { .. } | Action::ServerTerminated { .. } => {
                    self.events.push(format!("gone at {}", self.now.as_secs_f64()));
                }
            }
        }
    }

    fn send(&mut self, method: Method, branch: &str) -> ClientId {
        let mut out = Vec::new();
        let bytes = request(method, branch);
        let sent = self.layer.request(self.now, self.hop, bytes, method, branch.as_bytes(), USER, &mut out);
        self.note(out);
        sent.unwrap()
    }

    fn receive(&mut self, bytes: &[u8]) {
        let mut out = Vec::new();
        let message = Message::scan(bytes).unwrap();
        self.layer.receive(self.now, self.hop, &message, &mut out);
        self.note(out);
    }

    fn respond(&mut self, request: &[u8], status: u16) {
        let mut out = Vec::new();
        let server = self.server.expect("a request came");
        self.layer.respond(self.now, server, status, response(request, status), &mut out);
        self.note(out);
    }

    /// Lets the time pass, firing each timer at its very deadline.
    fn run_until(&mut self, seconds: f64) {
        let end = Instant::from_secs_f64(seconds);
        while let Some(deadline) = self.layer.next_deadline().filter(|deadline| *deadline <= end) {
            self.now = deadline;
            let mut out = Vec::new();
            self.layer.deadline_reached(deadline, &mut out);
            self.note(out);
        }
        self.now = end;
    }

    fn times(&self, first_line: &str) -> Vec<f64> {
        self.sent.iter().filter(|(_, line)| line == first_line).map(|(at, _)| *at).collect()
    }
}

#[test]
fn an_unanswered_invite_is_sent_seven_times_and_times_out_after_32_seconds() {
    let mut bench = Bench::new(8);
    bench.send(Method::Invite, "z9hG4bK1");
    bench.run_until(100.0);
    assert_eq!(bench.times("INVITE"), [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
    assert_eq!(bench.events, ["timed out 7", "gone at 32"]);
    assert!(bench.layer.is_empty());
}

#[test]
fn an_unanswered_bye_is_sent_eleven_times_up_to_t2_apart() {
    let mut bench = Bench::new(8);
    bench.send(Method::Bye, "z9hG4bK1");
    bench.run_until(100.0);
    assert_eq!(bench.times("BYE"), [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
    assert_eq!(bench.events, ["timed out 7", "gone at 32"]);
}

#[test]
fn a_provisional_stops_the_invite_for_good_and_slows_others_to_t2() {
    let mut bench = Bench::new(8);
    bench.send(Method::Invite, "z9hG4bK1");
    bench.send(Method::Bye, "z9hG4bK2");
    bench.run_until(0.1);
    bench.receive(&response(&request(Method::Invite, "z9hG4bK1"), 180));
    bench.receive(&response(&request(Method::Bye, "z9hG4bK2"), 100));
    bench.run_until(200.0);
    assert_eq!(bench.times("INVITE"), [0.0]);
    assert_eq!(bench.times("BYE"), [0.0, 0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]);
    assert_eq!(bench.events, ["response 7", "response 7", "timed out 7", "gone at 32"]);
    assert_eq!(bench.layer.len(), 1, "an INVITE rings as long as the user lets it");
}

#[test]
fn a_refusal_is_acknowledged_each_time_reported_once_and_absorbed_for_timer_d() {
    let mut bench = Bench::new(8);
    bench.send(Method::Invite, "z9hG4bK1");
    let busy = response(&request(Method::Invite, "z9hG4bK1"), 486);
    bench.run_until(1.0);
    bench.receive(&busy);
    bench.run_until(1.5);
    bench.receive(&busy);
    bench.run_until(100.0);
    assert_eq!(bench.times("ACK"), [1.0, 1.5]);
    assert_eq!(bench.times("INVITE"), [0.0, 0.5]);
    assert_eq!(bench.events, ["response 7", "gone at 33"]);
    assert_eq!(bench.layer.counters().retransmissions_absorbed, 1);
}

#[test]
fn the_ack_of_a_refusal_belongs_to_the_invite() {
    let mut layer = Layer::new(Timers::default(), 8);
    let invite = request(Method::Invite, "z9hG4bK1");
    let (destination, mut out) = (peer(), Vec::new());
    layer
        .request(Instant::ZERO, destination, invite.clone(), Method::Invite, b"z9hG4bK1", 0, &mut out)
        .unwrap();
    out.clear();
    let busy = response(&invite, 486);
    layer.receive(Instant::ZERO, destination, &Message::scan(&busy).unwrap(), &mut out);
    let Action::Transmit { bytes, .. } = &out[0] else { panic!("the ACK goes first: {out:?}") };
    let ack = Message::scan(bytes).unwrap();
    assert_eq!((ack.method(), ack.via.branch), (Method::Ack, Some(&b"z9hG4bK1"[..])));
    assert_eq!((ack.to.tag, ack.cseq.number), (Some(&b"t"[..]), 1));
}

#[test]
fn a_2xx_is_reported_each_time_it_comes_for_timer_m() {
    let mut bench = Bench::new(8);
    bench.send(Method::Invite, "z9hG4bK1");
    let ok = response(&request(Method::Invite, "z9hG4bK1"), 200);
    for at in [1.0, 1.5, 2.5] {
        bench.run_until(at);
        bench.receive(&ok);
    }
    bench.run_until(34.0);
    bench.receive(&ok);
    assert_eq!(bench.times("ACK"), [0.0; 0], "the ACK of a 2xx is the user's");
    assert_eq!(bench.events, ["response 7", "response 7", "response 7", "gone at 33"]);
    assert_eq!(bench.layer.counters().stray_responses, 1);
}

#[test]
fn a_refusal_after_a_2xx_and_a_2xx_after_a_refusal_change_nothing() {
    let mut bench = Bench::new(8);
    for (branch, first, second) in [("z9hG4bK1", 200, 486), ("z9hG4bK2", 486, 200)] {
        bench.send(Method::Invite, branch);
        bench.receive(&response(&request(Method::Invite, branch), first));
        bench.receive(&response(&request(Method::Invite, branch), second));
        bench.receive(&response(&request(Method::Invite, branch), 180));
    }
    assert_eq!(bench.events, ["response 7", "response 7"]);
    assert_eq!(bench.layer.counters().retransmissions_absorbed, 4);
}

#[test]
fn a_final_response_to_bye_lingers_for_timer_k() {
    let mut bench = Bench::new(8);
    bench.send(Method::Bye, "z9hG4bK1");
    let ok = response(&request(Method::Bye, "z9hG4bK1"), 200);
    bench.receive(&ok);
    bench.run_until(4.9);
    bench.receive(&ok);
    bench.run_until(100.0);
    assert_eq!(bench.events, ["response 7", "gone at 5"]);
    assert_eq!(bench.layer.counters().retransmissions_absorbed, 1);
}

#[test]
fn a_refusal_is_sent_until_its_ack_or_timer_h() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.respond(&invite, 503);
    bench.run_until(100.0);
    let ladder = [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5];
    assert_eq!(bench.times("SIP/2.0 503 Service Unavailable"), ladder);
    assert_eq!(bench.events, ["request", "ack missing 7", "gone at 32"]);
}

#[test]
fn the_ack_of_a_refusal_stops_it_and_is_absorbed_for_timer_i() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.respond(&invite, 486);
    bench.run_until(0.7);
    for _ in 0..3 {
        bench.receive(&request(Method::Ack, "z9hG4bK1"));
    }
    bench.receive(&invite);
    bench.run_until(100.0);
    assert_eq!(bench.times("SIP/2.0 486 Busy Here"), [0.0, 0.5]);
    assert_eq!(bench.events, ["request", "gone at 5.7"]);
}

#[test]
fn a_2xx_is_sent_until_the_dialog_saw_its_ack() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.respond(&invite, 200);
    bench.run_until(4.0);
    bench.receive(&request(Method::Ack, "z9hG4bKanother"));
    bench.layer.acknowledged(bench.server.unwrap());
    bench.receive(&invite);
    bench.run_until(100.0);
    assert_eq!(bench.times("SIP/2.0 200 OK"), [0.0, 0.5, 1.5, 3.5]);
    assert_eq!(bench.events, ["request", "ack", "gone at 32"]);
    assert_eq!(
        bench.layer.counters().retransmissions_absorbed,
        1,
        "Accepted absorbs the INVITE till timer L"
    );
}

#[test]
fn a_2xx_that_nobody_acknowledges_is_reported_after_32_seconds() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.respond(&invite, 200);
    bench.run_until(100.0);
    let ladder = [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5];
    assert_eq!(bench.times("SIP/2.0 200 OK"), ladder);
    assert_eq!(bench.events, ["request", "ack missing 7", "gone at 32"]);
}

#[test]
fn an_ack_under_the_branch_of_its_invite_still_reaches_the_dialog() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.respond(&invite, 200);
    bench.receive(&request(Method::Ack, "z9hG4bK1"));
    assert_eq!(bench.events, ["request", "ack"]);
}

#[test]
fn the_same_invite_seven_times_is_one_call_and_replays_the_last_answer() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.receive(&invite);
    assert!(bench.sent.is_empty(), "nothing to replay yet");
    bench.respond(&invite, 100);
    bench.respond(&invite, 180);
    for _ in 0..5 {
        bench.receive(&invite);
    }
    assert_eq!(bench.events, ["request"]);
    assert_eq!(bench.times("SIP/2.0 100 Trying").len(), 1);
    assert_eq!(bench.times("SIP/2.0 180 Ringing").len(), 6);
    assert_eq!(bench.layer.counters().retransmissions_absorbed, 6);
    assert_eq!(bench.layer.counters().retransmissions_sent, 5);
}

#[test]
fn a_repeated_bye_is_answered_again_until_timer_j() {
    let mut bench = Bench::new(8);
    let bye = request(Method::Bye, "z9hG4bK1");
    bench.receive(&bye);
    bench.receive(&bye);
    bench.respond(&bye, 200);
    bench.run_until(31.0);
    bench.receive(&bye);
    bench.run_until(33.0);
    bench.receive(&bye);
    assert_eq!(bench.times("SIP/2.0 200 OK"), [0.0, 31.0]);
    assert_eq!(bench.events, ["request", "gone at 32", "request"]);
}

#[test]
fn a_cancel_is_answered_and_reported_while_the_invite_is_open() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    let mut cancel = Vec::new();
    write_cancel(&Message::scan(&invite).unwrap(), &mut cancel);
    bench.receive(&invite);
    bench.respond(&invite, 180);
    bench.receive(&cancel);
    bench.receive(&cancel);
    bench.respond(&invite, 487);
    let lines: Vec<&str> = bench.sent.iter().map(|(_, line)| line.as_str()).collect();
    let ok = "SIP/2.0 200 OK";
    assert_eq!(lines, ["SIP/2.0 180 Ringing", ok, ok, "SIP/2.0 487 Request Terminated"]);
    assert_eq!(bench.events, ["request", "cancelled 7"]);
}

#[test]
fn the_200_to_a_cancel_has_the_to_tag_of_the_invite() {
    let mut layer = Layer::new(Timers::default(), 8);
    let (source, mut out) = (peer(), Vec::new());
    let invite = request(Method::Invite, "z9hG4bK1");
    layer.receive(Instant::ZERO, source, &Message::scan(&invite).unwrap(), &mut out);
    let Some(Action::Request { server }) = out.pop() else { panic!("a request: {out:?}") };
    layer.respond(Instant::ZERO, server, 180, response(&invite, 180), &mut out);
    out.clear();
    let mut cancel = Vec::new();
    write_cancel(&Message::scan(&invite).unwrap(), &mut cancel);
    layer.receive(Instant::ZERO, source, &Message::scan(&cancel).unwrap(), &mut out);
    let Action::Transmit { bytes, .. } = &out[0] else { panic!("a 200: {out:?}") };
    assert_eq!(Message::scan(bytes).unwrap().to.tag, Some(&b"t"[..]));
}

#[test]
fn a_cancel_that_crosses_the_200_is_answered_and_changes_nothing() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    let mut cancel = Vec::new();
    write_cancel(&Message::scan(&invite).unwrap(), &mut cancel);
    bench.receive(&invite);
    bench.respond(&invite, 200);
    bench.receive(&cancel);
    bench.respond(&invite, 487);
    assert_eq!(bench.events, ["request"]);
    assert_eq!(bench.sent.len(), 2, "a 200 to each, no 487: {:?}", bench.sent);
    assert_eq!(bench.layer.counters().late_answers, 1);
}

#[test]
fn a_cancel_of_nothing_gets_481() {
    let mut bench = Bench::new(8);
    bench.receive(&request(Method::Cancel, "z9hG4bKnone"));
    assert_eq!(bench.times("SIP/2.0 481 Call/Transaction Does Not Exist").len(), 1);
    assert!(bench.events.is_empty());
    assert_eq!(bench.layer.counters().unmatched_cancels, 1);
}

#[test]
fn a_cancel_may_follow_a_provisional_and_gives_the_invite_32_seconds() {
    let mut bench = Bench::new(8);
    let invite = bench.send(Method::Invite, "z9hG4bK1");
    assert!(!bench.layer.provisional_seen(invite));
    bench.receive(&response(&request(Method::Invite, "z9hG4bK1"), 180));
    assert!(bench.layer.provisional_seen(invite));
    bench.run_until(10.0);
    bench.send(Method::Cancel, "z9hG4bK1");
    bench.receive(&response(&request(Method::Cancel, "z9hG4bK1"), 200));
    bench.run_until(100.0);
    let cancelled = ["response 7", "response 7", "gone at 15", "timed out 7", "gone at 42"];
    assert_eq!(bench.events, cancelled);
}

#[test]
fn a_200_that_crosses_the_cancel_is_reported() {
    let mut bench = Bench::new(8);
    let invite = bench.send(Method::Invite, "z9hG4bK1");
    bench.receive(&response(&request(Method::Invite, "z9hG4bK1"), 180));
    bench.send(Method::Cancel, "z9hG4bK1");
    bench.receive(&response(&request(Method::Invite, "z9hG4bK1"), 200));
    bench.receive(&response(&request(Method::Cancel, "z9hG4bK1"), 200));
    assert!(!bench.layer.provisional_seen(invite));
    assert_eq!(bench.events, ["response 7", "response 7", "response 7"]);
}

#[test]
fn responses_to_what_was_never_asked_are_counted() {
    let mut bench = Bench::new(8);
    bench.send(Method::Invite, "z9hG4bK1");
    bench.receive(&response(&request(Method::Invite, "z9hG4bKother"), 200));
    bench.receive(&response(&request(Method::Bye, "z9hG4bK1"), 200));
    assert!(bench.events.is_empty());
    assert_eq!(bench.layer.counters().stray_responses, 2);
}

#[test]
fn a_full_table_refuses_new_calls_and_still_ends_old_ones() {
    let mut bench = Bench::new(8);
    for call in 0..8 {
        bench.receive(&request(Method::Invite, &format!("z9hG4bK{call}")));
    }
    assert_eq!(bench.times("SIP/2.0 503 Service Unavailable").len(), 1);
    bench.receive(&request(Method::Bye, "z9hG4bK0"));
    bench.receive(&request(Method::Bye, "z9hG4bK1"));
    assert_eq!(bench.times("SIP/2.0 503 Service Unavailable").len(), 2);
    assert_eq!(bench.layer.len(), 8);
    assert_eq!(bench.events.len(), 8, "seven INVITE and one BYE");
    assert_eq!(bench.layer.counters().full, 2);
}

#[test]
fn a_full_table_refuses_to_send() {
    let mut layer = Layer::new(Timers::default(), 1);
    let destination = peer();
    let mut send = |branch: &str| {
        let bytes = request(Method::Options, branch);
        let mut out = Vec::new();
        layer.request(Instant::ZERO, destination, bytes, Method::Options, branch.as_bytes(), 0, &mut out)
    };
    assert!(send("z9hG4bK1").is_ok());
    assert_eq!(send("z9hG4bK2"), Err(Full));
}

#[test]
fn an_ignored_invite_is_silent_and_forgotten_once_no_copy_can_be_under_way() {
    let mut bench = Bench::new(8);
    let invite = request(Method::Invite, "z9hG4bK1");
    bench.receive(&invite);
    bench.layer.ignore(Instant::ZERO, bench.server.unwrap(), &mut Vec::new());
    bench.run_until(1.0);
    bench.receive(&invite);
    bench.run_until(100.0);
    assert!(bench.sent.is_empty());
    assert_eq!(bench.events, ["request", "gone at 37"]);
}

#[test]
fn an_answer_to_a_transaction_that_is_over_is_counted_and_not_sent() {
    let mut bench = Bench::new(8);
    let bye = request(Method::Bye, "z9hG4bK1");
    bench.receive(&bye);
    bench.respond(&bye, 200);
    bench.respond(&bye, 200);
    bench.run_until(100.0);
    bench.respond(&bye, 200);
    assert_eq!(bench.sent.len(), 1);
    assert_eq!(bench.layer.counters().late_answers, 2);
}

#[test]
fn responses_go_where_rport_asks() {
    let mut layer = Layer::new(Timers::default(), 8);
    let mut out = Vec::new();
    let invite = request(Method::Invite, "z9hG4bK1");
    let behind_nat = Hop::udp("192.0.2.7:6060".parse().unwrap());
    layer.receive(Instant::ZERO, behind_nat, &Message::scan(&invite).unwrap(), &mut out);
    let Some(Action::Request { server }) = out.pop() else { panic!("a request: {out:?}") };
    layer.respond(Instant::ZERO, server, 100, response(&invite, 100), &mut out);
    assert!(matches!(out[0], Action::Transmit { destination, .. } if destination == behind_nat));
}

#[test]
fn over_tcp_requests_are_sent_once_and_nothing_lingers() {
    let mut bench = Bench::over_tcp(8);
    bench.send(Method::Invite, "z9hG4bK1");
    bench.send(Method::Bye, "z9hG4bK2");
    bench.run_until(100.0);
    assert_eq!((bench.times("INVITE"), bench.times("BYE")), (vec![0.0], vec![0.0]), "timers A and E are off");
    assert_eq!(bench.events, ["timed out 7", "gone at 32", "timed out 7", "gone at 32"], "B and F are not");

    let mut bench = Bench::over_tcp(8);
    bench.send(Method::Invite, "z9hG4bK1");
    bench.receive(&response(&request(Method::Invite, "z9hG4bK1"), 486));
    bench.run_until(0.0);
    bench.send(Method::Bye, "z9hG4bK2");
    bench.receive(&response(&request(Method::Bye, "z9hG4bK2"), 200));
    bench.run_until(0.0);
    assert_eq!(bench.times("ACK"), [0.0]);
    assert_eq!(bench.events, ["response 7", "gone at 0", "response 7", "gone at 0"], "D and K are zero");
    assert!(bench.layer.is_empty());
}

#[test]
fn over_tcp_refusals_are_sent_once_and_a_2xx_as_often_as_ever() {
    let mut bench = Bench::over_tcp(8);
    let (invite, bye) = (request(Method::Invite, "z9hG4bK1"), request(Method::Bye, "z9hG4bK2"));
    bench.receive(&invite);
    bench.respond(&invite, 486);
    bench.run_until(20.0);
    assert_eq!(bench.times("SIP/2.0 486 Busy Here"), [0.0], "timer G is off");
    bench.receive(&request(Method::Ack, "z9hG4bK1"));
    bench.receive(&bye);
    bench.respond(&bye, 200);
    bench.run_until(20.0);
    assert_eq!(bench.events, ["request", "request", "gone at 20", "gone at 20"], "I and J are zero");

    let mut bench = Bench::over_tcp(8);
    bench.receive(&invite);
    bench.respond(&invite, 200);
    bench.run_until(100.0);
    assert_eq!(bench.times("SIP/2.0 200 OK").len(), 11, "RFC 3261 13.3.1.4");
    assert_eq!(bench.events, ["request", "ack missing 7", "gone at 32"], "timer H is not off");
}

#[test]
fn who_waits_on_a_connection_that_is_gone_waits_no_longer() {
    let mut bench = Bench::over_tcp(8);
    bench.send(Method::Invite, "z9hG4bK1");
    bench.send(Method::Bye, "z9hG4bK2");
    bench.hop = peer();
    bench.send(Method::Bye, "z9hG4bK3");
    let mut out = Vec::new();
    bench.layer.unreachable(Hop::tcp(peer().address), &mut out);
    bench.note(out);
    assert_eq!(bench.events, ["unreachable 7", "gone at 0", "unreachable 7", "gone at 0"]);
    assert_eq!(bench.layer.len(), 1, "the same address over UDP is another way");
}
