//! The routing table, hours and the blacklist as call ladders.

use std::sync::Arc;

use proptest::prelude::*;

use crate::outcome::Outcome;
use crate::outcome::classify::Classifier;
use crate::outcome::classify::Evidence;
use crate::pbx::books::cause;
use crate::pbx::config::AgentConfig;
use crate::pbx::config::CallerType;
use crate::pbx::config::Presence;
use crate::pbx::config::QueueAnswer;
use crate::pbx::config::QueueConfig;
use crate::pbx::routing::{Blacklist, Destination, Fault, Hours, NumberSet, Opening, Row, Table, When};
use crate::pbx::{Action, CallId, Config, Input, Pbx, Refusal};
use crate::random::Distribution;
use crate::random::Seed;
use crate::time::{Duration, Instant};

const HOUR: u64 = 3_600;

fn at(hours: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(hours * HOUR)
}

/// Every day from eight to eighteen, for two weeks and ever after.
fn office() -> Hours {
    Hours::new((0..14).map(|day| (at(24 * day + 8), at(24 * day + 18))).collect(), at(14 * 24))
}

fn queue(name: &str) -> QueueConfig {
    QueueConfig { name: name.into(), agents: vec![0], ..tests_queue() }
}

fn tests_queue() -> QueueConfig {
    QueueConfig {
        name: "queue".into(),
        numbers: Vec::new(),
        agents: Vec::new(),
        max_length: None,
        max_wait: None,
        ring_timeout: Duration::from_secs(15),
        retry: Duration::from_secs(5),
        answer: QueueAnswer::OnAgent,
        callback: None,
        policy: crate::pbx::config::Policy::default(),
    }
}

fn agent() -> AgentConfig {
    let constant = |seconds| Distribution::Constant { seconds };
    AgentConfig {
        name: "anna".into(),
        answer_delay: constant(0.0),
        no_answer: 0.0,
        wrap_up: constant(0.0),
        presence: Presence::default(),
        phone: None,
        qualification: crate::pbx::config::Qualification::default(),
    }
}

fn row(callers: &[usize], numbers: &[&str], when: When, to: Destination) -> Row {
    let numbers = numbers.iter().map(|number| Arc::from(*number)).collect();
    Row { callers: callers.to_vec(), numbers, when, hours: "some".into(), to }
}

fn numbers(numbers: &[&str]) -> Vec<Arc<str>> {
    numbers.iter().map(|number| Arc::from(*number)).collect()
}

fn refuse(status: u16) -> Destination {
    Destination::Refuse(Refusal::status(status, Some(21)))
}

/// Clients go to sales on 100 and to support on 200 in office hours, job seekers to a queue of their own; whoever
/// calls at night is turned away, clients with another code.
fn golden() -> Table {
    let (open, closed) = (|| When::During(office()), || When::Outside(office()));
    let rows = vec![
        row(&[0], &["100"], open(), Destination::Queue(0)),
        row(&[0], &["200"], open(), Destination::Queue(1)),
        row(&[1], &[], open(), Destination::Queue(2)),
        row(&[0], &[], closed(), refuse(480)),
        row(&[1], &[], closed(), refuse(403)),
    ];
    Table::new(&numbers(&["100", "200"]), 2, rows, None)
}

/// Coverage row 18: the whole table, worked out by hand: two types, two numbers, 24 hours, one target each.
#[test]
fn every_type_hour_and_number_leads_to_its_one_target() {
    let table = golden();
    assert_eq!(table.faults(at(14 * 24)), []);
    for hour in 0..24 {
        let open = (8..18).contains(&hour);
        for (class, number, by_day, at_night) in
            [(0, "100", 0, 480), (0, "200", 1, 480), (1, "100", 2, 403), (1, "200", 2, 403)]
        {
            let expected = if open { Destination::Queue(by_day) } else { refuse(at_night) };
            assert_eq!(table.target(at(hour), class, number), Some(&expected), "{class} {number} {hour}");
        }
    }
    assert_eq!(table.target(at(9), 0, "300"), None, "no number of the table's");
}

#[test]
fn holes_and_overlaps_are_found_at_their_first_hour() {
    let open = || When::During(office());
    let hole = Table::new(&numbers(&["100"]), 2, vec![row(&[], &[], open(), Destination::Pbx)], None);
    let number: Arc<str> = "100".into();
    let of = |class, at| Fault::Hole { class, number: Arc::clone(&number), at };
    assert_eq!(hole.faults(at(48)), [of(0, at(0)), of(1, at(0))]);
    let rows = vec![row(&[], &[], When::Always, Destination::Pbx), row(&[1], &[], open(), refuse(403))];
    let overlap = Table::new(&numbers(&["100"]), 2, rows, None);
    let first = Fault::Overlap { class: 1, number: Arc::clone(&number), at: at(8), rows: [0, 1] };
    assert_eq!(overlap.faults(at(48)), [first]);
    let rows = vec![row(&[], &[], open(), Destination::Pbx)];
    let whole = Table::new(&numbers(&["100"]), 2, rows, Some(refuse(403)));
    assert_eq!(whole.faults(at(48)), [], "what no row says, `otherwise` does");
    assert_eq!(whole.target(at(3), 0, "100"), Some(&refuse(403)));
}

prop_compose! {
    /// Hours of a week, each its own stretch or not.
    fn some_hours()(open in proptest::collection::vec(any::<bool>(), 12)) -> Vec<bool> { open }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A table has no fault exactly if, hour by hour, one row holds for everybody.
    #[test]
    fn faults_are_exactly_what_an_hourly_look_finds(
        rows in proptest::collection::vec((some_hours(), 0_usize..3, any::<bool>()), 1..5),
        otherwise in any::<bool>(),
    ) {
        // Each bit stands for 14 hours of the week.
        let hours = |open: &[bool]| {
            let on = open.iter().enumerate().filter(|(_, open)| **open);
            Hours::new(on.map(|(bit, _)| (at(14 * bit as u64), at(14 * bit as u64 + 14))).collect(), at(168))
        };
        let table: Vec<Row> = rows.iter().map(|(open, class, outside)| {
            let callers: &[usize] = match class { 2 => &[], 1 => &[1], _ => &[0] };
            let when = if *outside { When::Outside(hours(open)) } else { When::During(hours(open)) };
            row(callers, &[], when, Destination::Pbx)
        }).collect();
        let table = Table::new(&numbers(&["100"]), 2, table, otherwise.then_some(Destination::Unknown));
        let matches = |class: usize, bit: usize| rows.iter().filter(|(open, own, outside)| {
            (*own == 2 || *own == class) && open[bit] != *outside
        }).count();
        let sound = (0..2).all(|class| (0..12).all(|bit| match matches(class, bit) {
            0 => otherwise,
            1 => true,
            _ => false,
        }));
        prop_assert_eq!(table.faults(at(168)).is_empty(), sound);
    }
}

struct Bench {
    pbx: Pbx,
    next: u64,
}

impl Bench {
    fn new(config: Config) -> Self {
        let caller = |name: &str| CallerType { name: name.into(), priority: 0, language: None, skill: None };
        let callers = vec![caller("client"), caller("job seeker")];
        Self { pbx: Pbx::new(Config { callers, ..config }, Seed(1)), next: 0 }
    }

    /// What becomes of a call at once: its queue, or its cause.
    fn call(&mut self, now: Instant, class: usize, from: &str, to: &str) -> String {
        self.next += 1;
        let (call, [name, from, to]) = (CallId(self.next), &["1", from, to].map(Arc::from));
        let mut actions = Vec::new();
        let offered = Input::CallOffered { call, name, from, to, class };
        self.pbx.handle(now, offered, &mut actions);
        let told = actions.iter().find_map(|action| match action {
            Action::Ring { queue: Some(queue), .. } => Some(self.pbx.queue_name(*queue).to_string()),
            Action::Answer { .. } => Some("answered".to_owned()),
            Action::Dial { user, .. } => Some(format!("dial {user}")),
            Action::Reject { cause, refusal, .. } => match &**refusal {
                Refusal::Status { status, .. } => Some(format!("{status} {cause}")),
                _ => None,
            },
            _ => None,
        });
        told.unwrap_or_default()
    }
}

#[test]
fn the_pbx_sends_calls_where_the_table_says() {
    let queues = ["sales", "support", "jobs"].map(queue).into();
    let mut bench =
        Bench::new(Config { queues, agents: vec![agent()], table: Some(golden()), ..Config::default() });
    let said = [(9, 0, "100"), (9, 0, "200"), (9, 1, "200"), (19, 0, "100"), (19, 1, "100"), (33, 7, "100")]
        .map(|(hour, class, to)| bench.call(at(hour), class, "79", to));
    assert_eq!(said, ["sales", "support", "jobs", "480 turned-away", "403 turned-away", "sales"]);
    assert_eq!(bench.call(at(34), 0, "79", "300"), "404 unknown-number");
}

/// The phone that rings is that of the extension that the table names, whatever number was dialled.
#[test]
fn a_row_that_leads_to_a_user_rings_that_users_phone() {
    let user = crate::pbx::config::Extension::User(crate::pbx::config::UserConfig::default());
    let extensions = [(Arc::from("101"), user)].into();
    let rows = vec![row(&[], &[], When::Always, Destination::Extension("101".into()))];
    let table = Some(Table::new(&numbers(&["100"]), 2, rows, None));
    let mut bench = Bench::new(Config { extensions, table, ..Config::default() });
    assert_eq!(bench.call(at(9), 0, "79", "100"), "dial 101");
}

#[test]
fn outside_office_hours_only_extensions_are_reached() {
    let extensions = [(Arc::from("17"), crate::pbx::config::Extension::Busy)].into();
    let opening = Some(Opening { hours: office(), closed: Some(refuse(480)) });
    let config = Config {
        extensions,
        opening,
        queues: vec![queue("sales")],
        agents: vec![agent()],
        ..Config::default()
    };
    let mut bench = Bench::new(config);
    assert_eq!(bench.call(at(7), 0, "79", "100"), "480 turned-away");
    assert_eq!(bench.call(at(7), 0, "79", "17"), "486 busy");
    assert_eq!(bench.call(at(8), 0, "79", "100"), "sales");
    let freed =
        Bench::new(Config { queues: vec![queue("sales")], agents: vec![agent()], ..Config::default() });
    let mut freed = freed;
    assert_eq!(freed.call(at(7), 0, "79", "100"), "sales", "without hours the same call is served");
}

/// Coverage row 36: whoever is on the blacklist takes no circuit and is no loss.
#[test]
fn the_blacklisted_take_no_circuit_and_count_as_policy() {
    let blacklist = Some(Blacklist {
        callers: NumberSet::new(["79001*", "42"]),
        refusal: Refusal::status(403, Some(21)),
    });
    let mut bench = Bench::new(Config { blacklist, channels: Some(1), ..Config::default() });
    assert_eq!(bench.call(at(0), 0, "790012345", "100"), "403 blacklisted");
    assert_eq!(bench.call(at(0), 0, "42", "100"), "403 blacklisted");
    assert_eq!(bench.call(at(0), 0, "79002", "100"), "answered");
    assert_eq!(bench.call(at(0), 0, "42", "100"), "403 blacklisted", "even with every circuit taken");
    assert_eq!(bench.call(at(0), 0, "79002", "100"), "503 trunk-full");
    for said in [cause::BLACKLISTED, cause::TURNED_AWAY] {
        let evidence =
            Evidence { status: Some(503), q850: Some(34), pbx_cause: Some(said), ..Evidence::default() };
        assert_eq!(Classifier::default().classify(&evidence).0, Outcome::Policy);
    }
}
