//! What the transaction layer costs a call, on both sides, scanning included and sockets not.

use busyhour::sip::hop::Hop;
use busyhour::sip::hop::Transport;
use busyhour::sip::message::Echo;
use busyhour::sip::message::Message;
use busyhour::sip::message::Method;
use busyhour::sip::message::Request;
use busyhour::sip::transaction::Action;
use busyhour::sip::transaction::Layer;
use busyhour::sip::transaction::Timers;
use busyhour::time::Duration;
use busyhour::time::Instant;
use criterion::Criterion;
use criterion::Throughput;
use criterion::criterion_group;
use criterion::criterion_main;

/// Room for 32 s of calls at the rate of the bench.
const CAPACITY: usize = 1 << 17;
/// A call a millisecond, so that the tables hold what a thousand calls a second leave behind.
const BETWEEN_CALLS: Duration = Duration::from_millis(1);

/// A caller and a callee, their layers back to back.
struct Pair {
    caller: Layer,
    callee: Layer,
    now: Instant,
    calls: u64,
    actions: Vec<Action>,
    bytes: Vec<u8>,
    address: Hop,
}

impl Pair {
    fn new() -> Self {
        Self {
            caller: Layer::new(Timers::default(), CAPACITY),
            callee: Layer::new(Timers::default(), CAPACITY),
            now: Instant::ZERO,
            calls: 0,
            actions: Vec::with_capacity(16),
            bytes: Vec::with_capacity(1024),
            address: Hop::udp("127.0.0.1:5060".parse().expect("an address")),
        }
    }

    /// INVITE, 180, 200, ACK, BYE, 200.
    fn call(&mut self) {
        self.calls += 1;
        self.now += BETWEEN_CALLS;
        self.transact(Method::Invite, &[180, 200]);
        self.write(Method::Ack, b'a');
        let ack = Message::scan(&self.bytes).expect("our ACK");
        self.callee.receive(self.now, self.address, &ack, &mut self.actions);
        self.actions.clear();
        self.transact(Method::Bye, &[200]);
        self.caller.deadline_reached(self.now, &mut self.actions);
        self.callee.deadline_reached(self.now, &mut self.actions);
        self.actions.clear();
    }

    fn write(&mut self, method: Method, letter: u8) {
        let branch = format!("z9hG4bK{}{:016x}", char::from(letter), self.calls);
        self.bytes.clear();
        Request {
            method,
            transport: Transport::Udp,
            uri: b"sip:100@127.0.0.1:5060",
            sent_by: b"127.0.0.1:5070",
            branch: branch.as_bytes(),
            routes: &[],
            from: b"<sip:79@127.0.0.1>;tag=f",
            to: b"<sip:100@127.0.0.1>",
            call_id: b"5f0c1a7e00000001@127.0.0.1",
            cseq: 1,
            contact: Some(b"<sip:127.0.0.1:5070>"),
            max_forwards: 70,
            extra: &[],
            body: None,
        }
        .write(&mut self.bytes);
    }

    /// One request there, its responses back.
    fn transact(&mut self, method: Method, statuses: &[u16]) {
        self.write(method, b'r');
        let branch = format!("z9hG4bKr{:016x}", self.calls);
        let branch = branch.as_bytes();
        // INVITE and BYE of a call may share a branch: the method tells them apart.
        self.caller
            .request(self.now, self.address, self.bytes.as_slice(), method, branch, 0, &mut self.actions)
            .expect("room");
        self.actions.clear();
        let request = Message::scan(&self.bytes).expect("our request");
        self.callee.receive(self.now, self.address, &request, &mut self.actions);
        let Some(Action::Request { server }) = self.actions.pop() else { unreachable!("a new request") };
        let echo = Echo::of(&request, self.address);
        for &status in statuses {
            let mut answer = Vec::with_capacity(512);
            echo.write(status, b"t", &[], None, &mut answer);
            self.callee.respond(self.now, server, status, answer.as_slice(), &mut self.actions);
            let response = Message::scan(&answer).expect("our response");
            self.caller.receive(self.now, self.address, &response, &mut self.actions);
            self.actions.clear();
        }
        self.callee.acknowledged(server);
    }
}

fn transaction(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transaction");
    group.throughput(Throughput::Elements(1));
    let mut pair = Pair::new();
    group.bench_function("call_both_sides", |bencher| bencher.iter(|| pair.call()));
    group.finish();
    assert_eq!(pair.caller.counters().stray_responses, 0, "every response found its request");
}

criterion_group!(benches, transaction);
criterion_main!(benches);
