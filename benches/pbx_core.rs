//! What one call costs the PBX's decision core: offered and hung up on a trunk, refused by a full one, and
//! served by an agent from a queue.

use std::hint::black_box;
use std::sync::Arc;

use busyhour::pbx::config::{AgentConfig, Presence, QueueAnswer, QueueConfig};
use busyhour::pbx::{Action, AgentId, CallId, Config, Input, Pbx};
use busyhour::random::{Distribution, Seed};
use busyhour::time::{Duration, Instant};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

struct Calls {
    pbx: Pbx,
    actions: Vec<Action>,
    number: Arc<str>,
    next: u64,
}

impl Calls {
    /// A PBX that already holds `waiting` calls.
    fn new(config: Config, waiting: u64) -> Self {
        let mut calls =
            Self { pbx: Pbx::new(config, Seed(1)), actions: Vec::new(), number: Arc::from("100"), next: 0 };
        for _ in 0..waiting {
            calls.offer();
        }
        calls
    }

    fn now(&self) -> Instant {
        Instant::ZERO + Duration::from_millis(self.next)
    }

    fn offer(&mut self) -> CallId {
        let call = CallId(self.next);
        self.next += 1;
        let number = Arc::clone(&self.number);
        self.tell(Input::CallOffered { call, name: &number, from: &number, to: &number, class: 0 });
        call
    }

    fn tell(&mut self, input: Input<'_>) {
        self.actions.clear();
        let now = self.now();
        self.pbx.handle(now, input, &mut self.actions);
        black_box(&self.actions);
    }
}

fn centre() -> Config {
    let at_once = Distribution::Constant { seconds: 0.0 };
    let agent = |index| AgentConfig {
        name: Arc::from(format!("agent-{index}")),
        phone: None,
        answer_delay: at_once.clone(),
        no_answer: 0.0,
        wrap_up: at_once.clone(),
        presence: Presence::default(),
        qualification: busyhour::pbx::config::Qualification::default(),
    };
    let queue = QueueConfig {
        name: Arc::from("sales"),
        numbers: Vec::new(),
        agents: (0..100).collect(),
        max_length: None,
        max_wait: Some(Duration::from_hours(1)),
        ring_timeout: Duration::from_secs(15),
        retry: Duration::from_secs(5),
        answer: QueueAnswer::OnAgent,
        callback: None,
        policy: busyhour::pbx::config::Policy::default(),
    };
    Config { agents: (0..100).map(agent).collect(), queues: vec![queue], ..Config::default() }
}

fn pbx_core(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pbx_core");
    group.throughput(Throughput::Elements(1));
    let mut trunk = Calls::new(Config { channels: Some(1_000), ..Config::default() }, 500);
    group.bench_function("answered_and_hung_up", |bencher| {
        bencher.iter(|| {
            let call = trunk.offer();
            trunk.tell(Input::CallerHungUp { call });
        });
    });
    let mut full = Calls::new(Config { channels: Some(30), ..Config::default() }, 30);
    group.bench_function("refused", |bencher| bencher.iter(|| full.offer()));
    let mut served = Calls::new(centre(), 0);
    group.bench_function("queued_served_and_hung_up", |bencher| {
        bencher.iter(|| {
            let call = served.offer();
            let offered = served.actions.iter().find_map(|action| match action {
                Action::OfferAgent { agent, .. } => Some(*agent),
                _ => None,
            });
            let agent: AgentId = offered.expect("a hundred agents are idle");
            served.tell(Input::AgentAnswered { call, agent });
            served.tell(Input::CallerHungUp { call });
        });
    });
    group.finish();
}

criterion_group!(benches, pbx_core);
criterion_main!(benches);
