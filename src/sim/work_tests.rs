//! What scenarios say of owners, contractors, wrap-up codes and other contacts, as calls live through it.

use std::ops::ControlFlow;

use crate::metrics::Settings;
use crate::outcome::CallRecord;
use crate::outcome::Observation;
use crate::pbx::books::CdrRow;
use crate::scenario::Inputs;
use crate::scenario::Scenario;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;

fn scenario(text: &str) -> Scenario {
    parse(text, "work.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn play(scenario: &Scenario) -> (Vec<CallRecord>, Vec<CdrRow>) {
    let (mut records, mut rows) = (Vec::new(), Vec::new());
    let sink = |entry: &Entry| {
        match entry {
            Entry::Observation(Observation::Ended(record)) => records.push((**record).clone()),
            Entry::Cdr(row) => rows.push((**row).clone()),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    sim::run(scenario, scenario.seed, sink);
    (records, rows)
}

fn gathered(scenario: &Scenario) -> crate::metrics::Summary {
    let settings = Settings { warm_up: scenario.warm_up, ..Settings::default() };
    sim::gather(scenario, scenario.seed, settings).collector.finish()
}

fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

const FIVE_CLIENTS: &str = "name: owners\nseed: 3\nduration: 200h\nwarm_up: 10h\ntraffic:\n  profile: 20/h\n  callers:\n    \
    - {name: client, from: [\"1\", \"2\", \"3\", \"4\", \"5\"], talk: {exponential: {mean: 120s}}}\npbx:\n  \
    agents: {count: 4}\n  queues:\n    desk: {OWNER}\n";

/// Four agents at ρ = 1/6 are mostly free: with owners the same client comes to the same agent but when that agent
/// talks; chance alone would be right once in four times. The figure is that of the records.
#[test]
fn clients_come_back_to_the_agent_who_served_them_last() {
    let with = scenario(&FIVE_CLIENTS.replace("OWNER", "owner: {wait: 5s, sticky: 30d}"));
    let (records, _) = play(&with);
    let again = |records: &[CallRecord]| {
        let mut last = std::collections::BTreeMap::new();
        let (mut same, mut known) = (0_u64, 0_u64);
        for record in records.iter().filter(|record| record.agent.is_some()) {
            if let Some(agent) = last.insert(record.caller.clone(), record.agent.clone()) {
                known += 1;
                same += u64::from(agent == record.agent);
            }
        }
        real(same) / real(known)
    };
    assert!(again(&records) > 0.8, "{}", again(&records));
    let summary = gathered(&with);
    let counts = summary.notes.owners.values().next().unwrap();
    let measured = records.iter().filter(|record| record.intended_start.as_secs_f64() >= 36_000.0).count();
    assert!(counts.known().abs_diff(measured as u64) <= 1, "{counts:?} of {measured}");
    assert!((real(counts.reached) / real(counts.known()) - again(&records)).abs() < 0.05, "{counts:?}");
    let without = scenario(&FIVE_CLIENTS.replace("OWNER", "strategy: random"));
    let by_chance = again(&play(&without).0);
    assert!((by_chance - 0.25).abs() < 0.05, "{by_chance}");
    assert!(gathered(&without).notes.owners.is_empty());
}

/// Coverage row 32: whoever presses 2 has a matter that only those know who have the skill. All agents but those are
/// mostly free, the queue of the rest is full of work, and still no call of the topic is with anybody else, nor does
/// another phone ring for one.
#[test]
fn every_call_of_a_topic_is_offered_only_to_those_who_know_it() {
    let text = |skills: &str| {
        format!(
            "name: topics\nseed: 32\nduration: 50h\ntraffic:\n  profile: 60/h\n  callers:\n    - {{talk: {{exponential: {{mean: 3m}}}}, \
             patience: {{exponential: {{mean: 3m}}}}, choices: {{main: {{\"1\": 50%, \"2\": 50%}}}}}}\npbx:\n  \
             ivr: {{main: {{prompt: 5s, digits: {{\"1\": {{queue: sales}}, \"2\": {{queue: technical}}}}}}}}\n  agents:\n    \
             - {{name: anna, skills: [network], no_answer: 20%}}\n    - {{name: boris, skills: [network, loans]}}\n    \
             - {{name: vera, skills: [loans]}}\n    - {{name: gleb}}\n  queues:\n    sales: {{numbers: [\"1\"]}}\n    \
             technical: {{numbers: [\"2\"], {skills}}}\n"
        )
    };
    let topic = |text: &str| {
        let scenario = scenario(text);
        let mut asked = std::collections::BTreeMap::<String, u64>::new();
        sim::run(&scenario, scenario.seed, |entry| {
            if let Entry::QueueEvent(event) = entry
                && &*event.queue == "technical"
                && let Some(agent) = &event.agent
            {
                *asked.entry(agent.to_string()).or_default() += 1;
            }
            ControlFlow::Continue(())
        });
        let served = play(&scenario).0;
        let served = served.iter().filter(|record| record.queue.as_deref() == Some("technical"));
        let served = served.filter_map(|record| record.agent.as_deref().map(str::to_owned));
        (asked.into_keys().collect::<Vec<_>>(), served.collect::<Vec<_>>())
    };
    let (asked, served) = topic(&text("skills: [network]"));
    assert_eq!(asked, ["anna", "boris"]);
    assert!(served.len() > 1_000 && served.iter().all(|agent| agent == "anna" || agent == "boris"));
    assert_eq!(topic(&text("max_wait: 1h")).0.len(), 4, "without the key anybody is asked");
}

/// Coverage row 19: each row tells the caller's class, the way through menu and queue, and the code that its agent gave:
/// drawn by the queue's shares, or by those of the class, within four sigma of the binomial law; a call that no agent had
/// has none. Without the key there is none at all.
#[test]
fn a_row_tells_class_way_and_the_agents_code() {
    let text = |codes: &str| {
        format!(
            "name: codes\nseed: 19\nduration: 100h\ntraffic:\n  profile: 40/h\n  callers:\n    - {{name: home, share: 70%, talk: 2m, \
             patience: 1m, choices: {{main: {{\"1\": 100%}}}}}}\n    - {{name: work, share: 30%, talk: 2m, to: \"200\", choices: {{main: {{\"1\": 100%}}}}}}\npbx:\n  \
             ivr: {{main: {{prompt: 5s, digits: {{\"1\": {{queue: desk}}}}}}}}\n  agents: {{count: 2}}\n  queues:\n    \
             desk: {{numbers: [\"200\"], {codes}}}\n"
        )
    };
    let codes = "wrap_up_codes: {bill: 60%, fault: 40%}, wrap_up_codes_of: {work: {contract: 100%}}";
    let (_, rows) = play(&scenario(&text(codes)));
    let of = |class: &str| rows.iter().filter(|row| row.class.as_deref() == Some(class)).collect::<Vec<_>>();
    let (home, work) = (of("home"), of("work"));
    assert_eq!(home.len() + work.len(), rows.len());
    let route = |row: &&&CdrRow, route: &str| row.route.as_deref() == Some(route);
    let way = "menu main > queue desk";
    assert!(home.iter().filter(|row| row.queue.is_some()).all(|row| route(&row, way)));
    assert!(work.iter().all(|row| route(&row, "queue desk")));
    let given = |rows: &[&CdrRow], code: &str| {
        real(rows.iter().filter(|row| row.wrap_up.as_deref() == Some(code)).count() as u64)
    };
    let served = real(home.iter().filter(|row| row.agent.is_some()).count() as u64);
    let sigma = (served * 0.6 * 0.4).sqrt();
    assert!(served > 1_000.0 && (given(&home, "bill") - 0.6 * served).abs() < 4.0 * sigma);
    assert!((given(&home, "bill") + given(&home, "fault") - served).abs() < 1e-9);
    assert!((given(&work, "contract") - real(work.len() as u64)).abs() < 1e-9);
    let (_, plain) = play(&scenario(&text("max_wait: 1h")));
    assert!(plain.iter().all(|row| row.wrap_up.is_none()));
}

/// One agent; calls and mails come at random moments and last exponentially: a priority queue of two classes without
/// preemption, whose mean waits are Cobham's, W1 = R / (1 − ρ1) and W2 = R / ((1 − ρ1)(1 − ρ1 − ρ2)) with
/// R = Σ λ E\[S²\] / 2.
const BLENDED: &str = "name: blended\nseed: 42\nduration: 6000h\nwarm_up: 50h\ntraffic:\n  profile: 10/h\n  callers:\n    \
    - {talk: {exponential: {mean: 180s}}}\npbx:\n  agents: {count: 1}\n  queues: {desk: {}}\n  CONTACTS\n";

fn blended(contacts: &str) -> (crate::metrics::Summary, f64) {
    let summary = gathered(&scenario(&BLENDED.replace("CONTACTS", contacts)));
    let voice = summary.queue.unwrap().asa_s.unwrap();
    (summary, voice)
}

#[test]
fn callers_wait_longer_beside_mail_as_cobhams_formula_says() {
    // Templates make 270 s of work 90: ρ1 = 0.5 and ρ2 = 0.25.
    let mail = "contacts: {mail: {rate: 10/h, handle: {exponential: {mean: 270s}}, faster: 3}}";
    let (summary, voice) = blended(mail);
    let residual = (180.0_f64 * 180.0 + 90.0 * 90.0) / 360.0;
    let (cobham_voice, cobham_mail) = (residual / 0.5, residual / (0.5 * 0.25));
    assert!((voice / cobham_voice - 1.0).abs() < 0.04, "{voice} of {cobham_voice}");
    let counts = summary.notes.contacts.values().next().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a test")]
    let mean = |nanos: u128, count: u64| nanos as f64 / 1e9 / real(count);
    let waited = mean(counts.waited_ns, counts.answered);
    assert!((waited / cobham_mail - 1.0).abs() < 0.08, "{waited} of {cobham_mail}");
    let work = mean(counts.work_ns, counts.resolved);
    assert!((work / 90.0 - 1.0).abs() < 0.02, "{work}: three times faster, and only mail");
    let (resolution, handled) = (mean(counts.resolution_ns, counts.resolved), waited + work);
    assert!((resolution / handled - 1.0).abs() < 0.01, "{resolution} of {handled}");
    let (summary, alone) = blended("");
    assert!((alone / (90.0 / 0.5) - 1.0).abs() < 0.04, "{alone}: Pollaczek and Khinchine");
    assert!(summary.notes.contacts.is_empty());
}

/// Where no contact comes, every record and row is that of the scenario without the key, byte for byte, and the effective
/// form does not name it; where some do, the same callers call and talk as long, and wait otherwise.
#[test]
fn contacts_that_never_come_change_nothing_and_those_that_come_change_no_caller() {
    let short = BLENDED.replace("6000h", "60h").replace("warm_up: 50h\n", "");
    let played = |contacts: &str| play(&scenario(&short.replace("CONTACTS", contacts)));
    let bytes = |(records, rows): &(Vec<CallRecord>, Vec<CdrRow>)| format!("{records:?}{rows:?}");
    let none = played("");
    let never = played("contacts: {mail: {rate: 0.0001/h, handle: 1m}}");
    assert!(none.0.len() > 500 && bytes(&none) == bytes(&never));
    let plain = scenario(&short.replace("CONTACTS", ""));
    assert!(!plain.effective.contains("contacts"), "{}", plain.effective);
    let some = played("contacts: {mail: {rate: 10/h, handle: {exponential: {mean: 3m}}}}");
    let intended = |(records, _): &(Vec<CallRecord>, Vec<CdrRow>)| {
        let mut intended: Vec<_> =
            records.iter().map(|record| (record.index, record.intended_start, record.talk)).collect();
        intended.sort_unstable();
        intended
    };
    assert_eq!(intended(&some), intended(&none));
    assert!(bytes(&some) != bytes(&none), "they wait for an agent who sees to mail");
}
