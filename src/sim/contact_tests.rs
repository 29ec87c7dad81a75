//! Mail and chats over whole simulated runs, against formulas: when they come, several at once, and who goes first.

use std::ops::ControlFlow;

use crate::erlang::erlang_c::ErlangC;
use crate::metrics::ContactCounts;
use crate::metrics::Settings;
use crate::metrics::Summary;
use crate::outcome::note::{Handling, Note};
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;

fn scenario(text: &str) -> Scenario {
    parse(text, "contacts.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The figures, and those of the only kind of contacts.
fn gathered(text: &str) -> (Summary, ContactCounts) {
    let scenario = scenario(text);
    let settings = Settings { warm_up: scenario.warm_up, ..Settings::default() };
    let summary = sim::gather(&scenario, scenario.seed, settings).collector.finish();
    let counts = summary.notes.contacts.values().next().copied().unwrap();
    (summary, counts)
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a test")]
fn mean_s(nanos: u128, count: u64) -> f64 {
    nanos as f64 / 1e9 / count as f64
}

fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    println!("{what}: {measured:.2}, by the formula {expected:.2}");
    assert!((measured / expected - 1.0).abs() < tolerance, "{what}: {measured} of {expected}");
}

/// Chats have agents of their own, and nothing else to do; calls come to another.
fn chats(agents: u32, keys: &str) -> String {
    let names = (0..agents).map(|agent| format!("chat{agent}")).collect::<Vec<_>>();
    let all = names.iter().map(|name| format!("{{name: {name}}}")).collect::<Vec<_>>().join(", ");
    format!(
        "name: chats\nseed: 11\nduration: 4000h\nwarm_up: 50h\ntraffic: {{profile: 1/h, callers: [{{talk: 1m}}]}}\npbx:\n  \
         agents: [{all}, {{name: phone}}]\n  queues: {{desk: {{agents: [phone]}}}}\n  \
         contacts: {{chat: {{agents: [{}], handle: {{exponential: {{mean: 6m}}}}, {keys}}}}}\n",
        names.join(", ")
    )
}

/// Two agents with three chats each are six servers: the wait is Erlang C's. One chat at a time, two would drown.
#[test]
fn chats_at_once_wait_as_in_a_system_of_so_many_servers() {
    let (_, counts) = gathered(&chats(2, "rate: 45/h, concurrent: 3"));
    let system = ErlangC::new(6.0, 4.5, 360.0).unwrap();
    near("wait of chats", mean_s(counts.waited_ns, counts.answered), system.asa_s(), 0.06);
    // Of three in hand each takes a third of the agent's time: 4.5 erlangs of chats are less than two agents' time.
    let (handle, share) = (
        mean_s(counts.resolution_ns - counts.waited_ns, counts.resolved),
        mean_s(counts.work_ns, counts.resolved),
    );
    near("a chat in hand", handle, 360.0, 0.02);
    let busy = share * 45.0 / 3_600.0;
    assert!((1.6..2.0).contains(&busy), "{busy} agents' time");
    let (_, alone) = gathered(&chats(2, "rate: 45/h").replace("duration: 4000h", "duration: 400h"));
    assert!(mean_s(alone.waited_ns, alone.answered) > 100.0 * 360.0, "4.5 erlangs on two servers");
}

/// One agent, two chats at once, and each then takes half as long again: a birth-and-death process with rates μ and 4/3 μ.
#[test]
fn chats_at_once_slow_each_other_as_stated() {
    let long = |keys: &str| gathered(&chats(1, keys).replace("4000h", "16000h")).1;
    let counts = long("rate: 9/h, concurrent: 2, slower: 50%");
    let (load, both) = (0.9, 2.0 / 1.5);
    let rest = load / both;
    let idle = 1.0 / (1.0 + load / (1.0 - rest));
    let line = idle * load * rest * rest / ((1.0 - rest) * (1.0 - rest));
    near("wait of slowed chats", mean_s(counts.waited_ns, counts.answered), line / load * 360.0, 0.06);
    let quick = long("rate: 9/h, concurrent: 2");
    let system = ErlangC::new(2.0, 0.9, 360.0).unwrap();
    near("wait of chats", mean_s(quick.waited_ns, quick.answered), system.asa_s(), 0.06);
}

/// One agent; calls and mails come at random moments and last exponentially. Whoever goes first, the mean waits are
/// Cobham's: R / (1 − ρ of those first) and R / ((1 − ρ of those first)(1 − ρ)); by age, R / (1 − ρ) for all.
#[test]
fn who_goes_first_waits_as_cobhams_formula_says() {
    let residual = 0.5 * 180.0 + 0.25 * 90.0;
    for (order, calls, mails) in [
        ("calls_first", residual / 0.5, residual / (0.5 * 0.25)),
        ("contacts_first", residual / (0.75 * 0.25), residual / 0.75),
        ("by_age", residual / 0.25, residual / 0.25),
    ] {
        // On the quick path, and with a policy.
        for strategy in ["longest_idle", "round_robin"] {
            let text = format!(
                "name: orders\nseed: 42\nduration: 6000h\nwarm_up: 50h\ntraffic:\n  profile: 10/h\n  callers:\n    \
                 - {{talk: {{exponential: {{mean: 180s}}}}}}\npbx:\n  agents: {{count: 1}}\n  \
                 queues: {{desk: {{strategy: {strategy}}}}}\n  contacts: {{mail: {{rate: 10/h, order: {order}, \
                 handle: {{exponential: {{mean: 90s}}}}}}}}\n"
            );
            let (summary, counts) = gathered(&text);
            near(&format!("{order}, calls"), summary.queue.unwrap().asa_s.unwrap(), calls, 0.06);
            near(&format!("{order}, mails"), mean_s(counts.waited_ns, counts.answered), mails, 0.08);
        }
    }
}

/// Mails by the hour: as many as their profile says in each part of the time, and a flat profile is the rate.
#[test]
fn contacts_come_as_their_profile_says() {
    let text = |keys: &str| {
        format!(
            "name: mails\nseed: 5\nduration: 200h\ntraffic: {{profile: 6/h, callers: [{{talk: 1m}}]}}\npbx:\n  \
             agents: {{count: 4}}\n  queues: {{desk: {{}}}}\n  contacts: {{mail: {{handle: 1m, {keys}}}}}\n"
        )
    };
    let arrivals = |keys: &str| {
        let (scenario, mut arrived) = (scenario(&text(keys)), Vec::new());
        sim::run(&scenario, scenario.seed, |entry| {
            if let Entry::Noted(noted) = entry
                && noted.note == Note::Contact(Handling::Arrived)
            {
                arrived.push(noted.at.as_secs_f64());
            }
            ControlFlow::Continue(())
        });
        arrived
    };
    let by_steps = arrivals("profile: {steps: [{at: 0h, rate: 30/h}, {at: 100h, rate: 90/h}]}");
    let early = by_steps.iter().filter(|at| **at < 360_000.0).count();
    let late = by_steps.iter().filter(|at| (360_000.0..720_000.0).contains(*at)).count();
    // Four standard deviations of a Poisson count.
    assert!((2_781..=3_219).contains(&early) && (8_620..=9_380).contains(&late), "{early} {late}");
    assert_eq!(arrivals("profile: 30/h"), arrivals("rate: 30/h"));
}

/// Two agents with 6 chats of six minutes an hour each have three of five hours free, whatever calls say; the third has calls
/// alone. What they spend on chats is what the chats took; and nobody rests who goes from a chat to the next.
#[test]
fn who_sees_to_chats_is_busy() {
    let scenario = scenario(&chats(2, "rate: 12/h").replace("{name: chat1}", "{name: chat1, wrap_up: 30s}"));
    let setting =
        |name: &str| crate::metrics::AgentSetting { name: name.into(), wrap_up_mean_s: 0.0, present: 1.0 };
    let settings = Settings {
        warm_up: scenario.warm_up,
        agents: ["chat0", "chat1", "phone"].map(setting).into(),
        ..Settings::default()
    };
    let summary = sim::gather(&scenario, scenario.seed, settings).collector.finish();
    let counts = summary.notes.contacts["chat"];
    let [first, second, phone] = summary.agents.as_slice() else { panic!("three agents are stated") };
    near("hours at chats", first.contacts_s + second.contacts_s, mean_s(counts.work_ns, 1), 0.001);
    near("occupancy of both", first.occupancy.unwrap() + second.occupancy.unwrap(), 12.0 * 0.1, 0.03);
    assert_eq!((phone.contacts_s, phone.calls > 3_500), (0.0, true));
    near("occupancy with calls", phone.occupancy.unwrap(), 1.0 / 60.0, 0.05);
    let all = (1.2 + 1.0 / 60.0) / 3.0;
    near("occupancy of all", summary.queue.unwrap().occupancy.unwrap(), all, 0.03);
    // Erlang C with two servers at 60 %: some spells are long; a call is a minute.
    assert!(first.longest_busy_s > 3_600.0 && phone.longest_busy_s < 600.0, "{first:?} {phone:?}");
}
