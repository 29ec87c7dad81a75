//! Scenarios as users write them: every shipped one is sound, every mistake is named with its place and remedy.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use busyhour::books::required::Required;
use busyhour::outcome::CallRecord;
use busyhour::outcome::Limiter;
use busyhour::outcome::Observation;
use busyhour::outcome::Outcome;
use busyhour::outcome::Technical;
use busyhour::pbx::Refusal;
use busyhour::pbx::books::CdrRow;
use busyhour::pbx::refusal_profiles;
use busyhour::pbx::refusal_profiles::Occasion;
use busyhour::scenario::Inputs;
use busyhour::scenario::Problems;
use busyhour::scenario::Scenario;
use busyhour::scenario::parse;
use busyhour::sim;
use busyhour::sim::Entry;
use busyhour::traffic::Extent;
use busyhour::traffic::Plans;
use proptest::prelude::*;

/// A sound scenario, one key a line, for mistakes to be planted in.
const SOUND: &str = "\
name: planted
duration: 1h
warm_up: 5m
time_scale: 60
traffic:
  arrivals: poisson
  profile: 120/h
  callers:
    - name: customer
      share: 60%
      talk: {exponential: {mean: 180s}}
    - name: partner
      share: 40%
      talk: 2m
pbx:
  channels: 10
  refusal: {channels: {status: 503}}
  extensions: {\"120\": busy}
  agents: {count: 5}
  queues:
    sales: {max_wait: 2m}
gates:
  - technical_drop_rate < 1% @95%
cost: {call_price: 1000 RUB, conversion: 20%, calls_per_month: 1000}
";

fn read(text: &str) -> Result<Scenario, Problems> {
    parse(text, "planted.yaml", &Inputs::with_seed(1))
}

/// One mistake: what is replaced, by what; the line and key that must be named, and words of the remedy.
type Mistake = (&'static str, &'static str, usize, &'static str, &'static str);

const MISTAKES: [Mistake; 31] = [
    ("time_scale", "time_scael", 4, "time_scael", "did you mean `time_scale`?"),
    ("warm_up: 5m", "warm_up: 300", 3, "warm_up", "has no unit; write a duration as 180s"),
    ("duration: 1h", "duration: 1 fortnight", 2, "duration", "unknown unit `fortnight`; write a duration"),
    ("duration: 1h", "duration: 0s", 2, "duration", "write for example 10h"),
    ("time_scale: 60", "time_scale: fast", 4, "time_scale", "`fast` is not a number; write a number"),
    ("time_scale: 60", "time_scale: 0", 4, "time_scale", "write 60 to live an hour in a minute"),
    ("arrivals: poisson", "arrivals: poison", 6, "traffic.arrivals", "did you mean `poisson`?"),
    (
        "arrivals: poisson",
        "arrivals: {bursty: {}}",
        6,
        "traffic.arrivals.bursty",
        "write one of mmpp, hawkes",
    ),
    ("profile: 120/h", "profile: 120", 7, "traffic.profile", "write a rate as 12/s"),
    (
        "profile: 120/h",
        "profile: {peak: {base: 1/s, peak: 2/s, hold: 1h}}",
        7,
        "traffic.profile.peak.at",
        "write at: 30m",
    ),
    ("profile: 120/h", "profile: {wave: 3}", 7, "traffic.profile.wave", "known here: peak, ramp"),
    (
        "profile: 120/h",
        "profile: {week: {rate: 9/h, hours: [1, 2]}}",
        7,
        "traffic.profile.week.hours",
        "write 24",
    ),
    ("share: 60%", "share: 50%", 9, "traffic.callers", "the shares sum to 90%, not 100%"),
    ("share: 60%", "share: 160%", 10, "traffic.callers[0].share", "outside 0 to 100%; write a ratio as 20%"),
    ("talk: 2m", "talk: {normal: {mean: 2m}}", 14, "traffic.callers[1].talk.normal", "known here: constant"),
    ("{mean: 180s}", "{mean: -180s}", 11, "traffic.callers[0].talk.exponential.mean", "write a duration"),
    ("{mean: 180s}", "", 11, "traffic.callers[0].talk.exponential", "has no value"),
    ("      talk: 2m\n", "", 12, "traffic.callers[1].talk", "write talk: {exponential: {mean: 180s}}"),
    ("name: partner", "to: \"not a number\"", 12, "traffic.callers[1].to", "write for example \"100\""),
    ("channels: 10", "channels: ten", 16, "pbx.channels", "write a whole number"),
    ("channels: 10", "channels: 0", 16, "pbx.channels", "write 1 or more"),
    ("channels: 10", "bandwidth: 4 kbit/s", 16, "pbx.bandwidth", "write more"),
    ("status: 503", "status: 200", 17, "pbx.refusal.channels.status", "write 400 to 699"),
    ("busy}", "bussy}", 18, "pbx.extensions.120", "did you mean `busy`?"),
    ("busy}", "{queue: sale}}", 18, "pbx.extensions.120.queue", "did you mean `sales`?"),
    ("max_wait: 2m", "agents: [agent-9]", 21, "pbx.queues.sales.agents", "did you mean `agent-1`?"),
    ("< 1% @95%", "< 1 Erl", 23, "gates[0]", "write a ratio as 1% or 0.01"),
    ("technical_drop_rate", "technical_drop_rat", 23, "gates[0]", "technical_drop_rate"),
    ("call_price: 1000 RUB", "call_price: 1000", 24, "cost.call_price", "write an amount with its currency"),
    (
        "call_price: 1000 RUB",
        "call_price: 1000 RUB, customer_value: 5 EUR",
        24,
        "cost.customer_value",
        "currency",
    ),
    (
        "cost: {",
        "outcomes: {486-bussy: technical.trunk}\ncost: {",
        24,
        "outcomes.486-bussy",
        "did you mean `486-busy`?",
    ),
];

#[test]
fn every_mistake_is_named_with_its_line_its_key_and_its_remedy() {
    read(SOUND).unwrap_or_else(|problems| panic!("the sound scenario is not: {problems}"));
    let mut faults = Vec::new();
    for (written, planted, line, key, remedy) in MISTAKES {
        assert!(SOUND.contains(written), "nothing to replace: {written}");
        let Err(problems) = read(&SOUND.replacen(written, planted, 1)) else {
            faults.push(format!("`{planted}` passes for sound"));
            continue;
        };
        let text = problems.to_string();
        let here = text.starts_with(&format!("planted.yaml:{line}:"));
        if problems.0.len() != 1 || !here || problems.0[0].key != key || !text.contains(remedy) {
            faults.push(format!("`{planted}`: wanted line {line}, {key}, `{remedy}`, and got {text}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_no_yaml_is_named_with_its_line() {
    let indentation = "check indentation";
    let mistakes = [
        ("name: x\nname: y\n", 2, "the key `name` stands here a second time; leave one of the two"),
        ("a: [1, 2\nb: 3\n", 2, indentation),
        ("name: \"x\n", 1, indentation),
    ];
    for (yaml, line, remedy) in mistakes {
        let text = read(yaml).expect_err(yaml).to_string();
        assert!(text.starts_with(&format!("planted.yaml:{line}")), "{text}");
        assert!(text.contains(remedy), "{text}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = SOUND
        .replace("warm_up: 5m", "warm_up: 300")
        .replace("share: 60%", "share: 60 percent")
        .replace("channels: 10", "chanels: 10")
        .replace("< 1%", "< 1 call");
    let problems = read(&text).unwrap_err();
    let lines: Vec<&str> = problems.0.iter().map(|problem| problem.written_at.as_str()).collect();
    assert_eq!(problems.0.len(), 4, "{lines:?} {problems}");
    for line in [3, 10, 16, 23] {
        let place = format!("planted.yaml:{line}:");
        assert!(lines.iter().any(|at| at.starts_with(&place)), "line {line} is missing: {problems}");
    }
}

#[test]
fn an_override_is_blamed_by_its_name() {
    let overrides = [("pbx.channels".to_owned(), "many".to_owned())];
    let inputs = Inputs { overrides: &overrides, ..Inputs::with_seed(1) };
    let text = parse(SOUND, "planted.yaml", &inputs).unwrap_err().to_string();
    assert!(text.starts_with("--set pbx.channels: `many` is no whole number"), "{text}");
    let gates = ["drops < 1%".to_owned()];
    let inputs = Inputs { gates: &gates, ..Inputs::with_seed(1) };
    let text = parse(SOUND, "planted.yaml", &inputs).unwrap_err().to_string();
    assert!(text.starts_with("--gate: "), "{text}");
}

#[test]
fn an_override_and_a_seed_beat_the_file() {
    let overrides = [
        ("pbx.channels".to_owned(), "12".to_owned()),
        ("traffic.callers[0].talk".to_owned(), "{lognormal: {mean: 3m, cv: 1.2}}".to_owned()),
    ];
    let inputs = Inputs { overrides: &overrides, seed: Some(99), ..Inputs::with_seed(1) };
    let scenario = parse(SOUND, "planted.yaml", &inputs).unwrap();
    assert_eq!(scenario.pbx.channels, Some(12));
    assert_eq!(scenario.seed.0, 99);
    let again = read(&scenario.effective).unwrap();
    assert_eq!((again.sha256, again.seed.0), (scenario.sha256, 99));
}

fn shipped() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Tables of calls stand beside the scenarios.
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() >= 10);
    let read = |path: &Path| {
        let name = format!("scenarios/{}", path.file_name().unwrap().to_str().unwrap());
        let text = fs::read_to_string(path).unwrap();
        assert!(text.starts_with("# ") && text.lines().next().unwrap().ends_with('?'), "{name} asks nothing");
        let scenario =
            parse(&text, &name, &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"));
        (name, scenario)
    };
    files.iter().map(|path| read(path)).collect()
}

#[test]
fn every_shipped_scenario_reads_back_from_its_effective_form() {
    for (name, scenario) in shipped() {
        let again =
            parse(&scenario.effective, &name, &Inputs::with_seed(2)).unwrap_or_else(|p| panic!("{p}"));
        assert_eq!(again.effective, scenario.effective, "{name}");
        assert_eq!(again.traffic, scenario.traffic, "{name}");
        assert_eq!(again.pbx, scenario.pbx, "{name}");
        assert_ne!(scenario.extent, Extent::Unstated, "{name}");
        assert!(!scenario.seed_drawn, "{name}: without a seed its answer changes from run to run");
    }
}

/// What a PBX of one circuit, or of one call in ten minutes, does with forty calls in twenty minutes.
fn turned_away(pbx: &str) -> (Vec<CdrRow>, Vec<CallRecord>) {
    let text = format!(
        "name: one\nduration: 20m\ntraffic:\n  arrivals: even\n  profile: 120/h\n  callers:\n    - {{name: customer, talk: 10m}}\n\
         pbx: {pbx}\n"
    );
    let scenario = read(&text).unwrap_or_else(|problems| panic!("{pbx}: {problems}"));
    let again = read(&scenario.effective).unwrap_or_else(|problems| panic!("{pbx}: {problems}"));
    assert_eq!(again.pbx, scenario.pbx, "the effective scenario says the same");
    let (mut rows, mut records) = (Vec::new(), Vec::new());
    sim::run(&scenario, scenario.seed, |entry| {
        match entry {
            Entry::Cdr(row) if row.limiter.is_some() => rows.push((**row).clone()),
            Entry::Observation(Observation::Ended(record)) if !record.outcome.is_completed() => {
                records.push((**record).clone());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
    (rows, records)
}

#[test]
fn a_refusal_profile_changes_how_a_refusal_looks_and_not_what_it_is_blamed_on() {
    for profile in refusal_profiles::all() {
        for (occasion, limit, limiter, cause) in [
            (Occasion::Concurrency, "channels: 1", Limiter::Channels, "channels"),
            (Occasion::Concurrency, "legs: 1", Limiter::Legs, "legs"),
            (
                Occasion::Rate,
                "calls_per_second: {limit: 0.002, burst: 1}",
                Limiter::CallsPerSecond,
                "calls_per_second",
            ),
            (Occasion::Bandwidth, "bandwidth: 100 kbit/s", Limiter::Bandwidth, "bandwidth"),
            (
                Occasion::Processor,
                "processor: {concurrent_calls: 1, limit: 99%}",
                Limiter::Processor,
                "processor",
            ),
        ] {
            let pbx = format!("{{{limit}, refusal: {{{cause}: {}}}}}", profile.name);
            let Some(refusal) = profile.refusal(occasion) else {
                let text = format!("name: x\npbx: {pbx}\n");
                let told = read(&text).unwrap_err().to_string();
                assert!(told.contains(&format!("not known how {}", profile.name)), "{told}");
                continue;
            };
            let (rows, records) = turned_away(&pbx);
            assert!(rows.len() > 30, "{pbx}: {}", rows.len());
            assert!(rows.iter().all(|row| row.limiter == Some(limiter)), "{pbx}");
            assert_eq!(rows.len(), records.len(), "{pbx}");
            let timeout = Outcome::Technical(Technical::Timeout);
            for record in &records {
                assert!(matches!(record.outcome, Outcome::Technical(_)), "{pbx}: {record:?}");
                let status = match &refusal {
                    Refusal::Status { status, .. } => Some(*status),
                    Refusal::Silence => None,
                    Refusal::AnswerThenHangUp => Some(200),
                };
                assert_eq!(record.sip_status, status, "{pbx}");
                assert_eq!(record.outcome == timeout, refusal == Refusal::Silence, "{pbx}");
            }
        }
    }
}

/// Row 79: number, server and link in one run; every loss has one of the three labels, and they add up.
#[test]
fn three_causes_share_the_losses_and_each_alone_takes_all() {
    let of = |text: &str| {
        let scenario = read(text).unwrap_or_else(|problems| panic!("{problems}"));
        let mut labels = std::collections::BTreeMap::<Option<Limiter>, u32>::new();
        let (mut lost, mut scopes) = (0, 0);
        sim::run(&scenario, scenario.seed, |entry| {
            match entry {
                Entry::Observation(Observation::Ended(record)) if !record.outcome.is_completed() => {
                    lost += 1;
                    *labels.entry(record.limiter).or_default() += 1;
                }
                Entry::Cdr(row) => scopes += u32::from(row.scope.as_deref() == Some("toll-free number")),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        (lost, labels, scopes)
    };
    let text = fs::read_to_string("scenarios/three-causes.yaml").expect("shipped");
    let (lost, labels, scopes) = of(&text);
    let three = [Limiter::Channels, Limiter::Bandwidth, Limiter::Processor].map(Some);
    assert!(three.iter().all(|cause| labels.get(cause).is_some_and(|calls| *calls > 50)), "{labels:?}");
    assert_eq!((labels.len(), labels.values().sum::<u32>()), (3, lost), "{labels:?}");
    assert_eq!(scopes, labels[&Some(Limiter::Channels)], "the number is named");
    let keys = ["  limits:", "  bandwidth:", "  processor:"];
    for (place, cause) in three.iter().enumerate() {
        // Only one of the three stays.
        let kept = text.lines().filter(|line| {
            let other = |(index, key): (usize, &&str)| index != place && line.starts_with(*key);
            let scope = place != 0 && line.starts_with("    - {scope:");
            !scope && !keys.iter().enumerate().any(other)
        });
        let (lost, labels, _) = of(&kept.collect::<Vec<_>>().join("\n"));
        assert_eq!(labels.keys().collect::<Vec<_>>(), [cause], "{labels:?}");
        assert_eq!(labels[cause], lost);
    }
}

/// The link refuses as Erlang B of the eleven calls that fit; without admission control it spoils calls instead.
#[test]
fn a_narrow_link_refuses_as_erlang_b_says_or_spoils_calls() {
    let text = fs::read_to_string("scenarios/narrow-link.yaml")
        .expect("shipped")
        .replace("calls: 4000", "calls: 20000");
    let lost = |text: &str| {
        let scenario = read(text).unwrap_or_else(|problems| panic!("{problems}"));
        let (mut lost, mut all, mut media) = (0_u32, 0_u32, 0_u32);
        sim::run(&scenario, scenario.seed, |entry| {
            if let Entry::Observation(Observation::Ended(record)) = entry {
                all += 1;
                lost += u32::from(record.limiter == Some(Limiter::Bandwidth));
                media += u32::from(record.outcome == Outcome::Technical(Technical::Media));
            }
            ControlFlow::Continue(())
        });
        (f64::from(lost) / f64::from(all), f64::from(media) / f64::from(all))
    };
    let (refused, media) = lost(&text);
    let formula = busyhour::erlang::erlang_b::blocking(11, 10.0);
    assert!((refused - formula).abs() < 0.015 && media == 0.0, "{refused} {formula}");
    let (spoilt, media) = lost(&text.replace("admission: refuse", "admission: none"));
    assert!(spoilt > 0.1 && (spoilt - media).abs() < f64::EPSILON, "{spoilt} {media}");
}

#[test]
fn one_name_stands_for_every_refusal_that_the_system_is_known_for() {
    let (rows, _) = turned_away("{channels: 1, refusal: freeswitch}");
    assert!(!rows.is_empty() && rows.iter().all(|row| row.sip_status == Some(503)));
    let scenario = read("name: x\npbx: {refusal: twilio}\n").unwrap();
    let Refusal::Status { phrase, .. } = &scenario.pbx.refusal.calls_per_second else { panic!("a status") };
    assert_eq!(phrase.as_deref(), Some("Trunk CPS limit exceeded"));
    assert_eq!(
        scenario.pbx.refusal.channels,
        Refusal::status(503, Some(34)),
        "nothing is known: the default"
    );
    let told = read("name: x\npbx: {refusal: twilioo}\n").unwrap_err().to_string();
    assert!(told.contains("did you mean `twilio`?"), "{told}");
}

#[test]
fn the_documented_loads_are_those_of_the_files() {
    let load = |name: &str| {
        let shipped = shipped();
        let (_, scenario) = shipped.iter().find(|(file, _)| file.ends_with(name)).unwrap();
        let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
        (plans.intensity().rate_at(0.0) * scenario.traffic.mean_talk(), scenario.pbx.channels)
    };
    for (name, erlangs, channels) in [
        ("economy-tariff-after-growth.yaml", 10.12, 10),
        ("eight-year-old-box.yaml", 33.265, 30),
        ("the-same-load-poisson.yaml", 24.0, 30),
        ("false-zero-of-even-spacing.yaml", 24.0, 30),
    ] {
        let (offered, found) = load(name);
        assert!((offered - erlangs).abs() < 0.003, "{name}: {offered} E");
        assert_eq!(found, Some(channels), "{name}");
    }
}

/// The list of two threads, merged, is the list of one, to the byte as `check --arrivals` writes it.
#[test]
fn the_list_of_calls_is_the_same_at_one_and_two_threads() {
    for (name, scenario) in shipped() {
        let list = |mask: u64| {
            let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
            plans.shards(mask).take(3_000).collect::<Vec<_>>()
        };
        let whole = list(u64::MAX);
        let lower = list(0xFFFF_FFFF);
        let upper = list(!0xFFFF_FFFF);
        let mut merged = [lower, upper].concat();
        merged.sort_by_key(|plan| plan.index);
        assert_eq!(merged[..whole.len()], whole[..], "{name}");
        assert!(!whole.is_empty(), "{name}");
    }
}

#[test]
fn a_spike_adds_the_requested_calls_and_a_week_follows_the_clock_through_a_change_of_time() {
    let traffic = |profile: &str, start: &str, extent: &str| {
        let text =
            format!("start: {start}\n{extent}\ntraffic:\n  profile: {profile}\n  callers: [{{talk: 3m}}]\n");
        let scenario = read(&text).unwrap_or_else(|problems| panic!("{problems}"));
        Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed).intensity().clone()
    };
    let spike = "{spike: {base: 1/min, extra_calls: 77, at: 1h, ramp: 1m, decay: 30m}}";
    let intensity = traffic(spike, "2026-01-05T08:00[Europe/Moscow]", "duration: 3h");
    assert!((intensity.integral(0.0, 10_800.0) - 180.0 - 77.0).abs() < 1e-9);

    // Berlin, 29 March 2026: after 01:59 comes 03:00. Only the hour from 03:00 has calls.
    let three = "{week: {rate: 1/s, hours: [0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}";
    let intensity = traffic(three, "2026-03-29T00:30[Europe/Berlin]", "duration: 10h");
    assert!((intensity.rate_at(5_400.0) - 1.0).abs() < 1e-12, "03:00 is 90 minutes after 00:30");
    assert!(intensity.rate_at(5_399.0).abs() < 1e-12 && intensity.rate_at(9_000.0).abs() < 1e-12);
    assert!((intensity.integral(0.0, 36_000.0) - 3_600.0).abs() < 1e-6);

    // 25 October 2026: the hour from 02:00 comes twice.
    let two = "{week: {rate: 1/s, hours: [0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}";
    let intensity = traffic(two, "2026-10-25T00:00[Europe/Berlin]", "duration: 10h");
    assert!((intensity.integral(0.0, 36_000.0) - 7_200.0).abs() < 1e-6);
}

#[test]
fn every_form_of_traffic_can_be_written_and_read_back() {
    let forms = [
        ("arrivals: even", "profile: {ramp: {from: 1/min, to: 10/min, over: 1h}}"),
        ("arrivals: {bursty: {hawkes: {branching: 0.5, decay: 10s}}}", "profile: 5/min"),
        ("arrivals: {bursty: {mmpp: {calm_mean: 10m, burst_mean: 2m, burst_factor: 4}}}", "profile: 5/min"),
        ("arrivals: {sources: {count: 50, idle_mean: 10m}}", "callers: [{talk: 2m}]"),
        ("arrivals: {replay: [0.5, 12, 13.75]}", "profile: 1/s"),
        ("arrivals: poisson", "profile: {curve: [{at: 0s, rate: 1/s}, {at: 1h, rate: 3/s}]}"),
        ("arrivals: poisson", "profile: {steps: [{at: 0s, rate: 1/s}, {at: 1h, rate: 3/s}]}"),
        (
            "arrivals: poisson",
            "profile: {busyness_cv: 0.2, profile: {peak: {base: 1/s, peak: 2/s, at: 1h, hold: 1h}}}",
        ),
        ("arrivals: poisson", "profile: {week: {rate: 90/h, days_of_month: {1: 1.5, 31: 0.5}}}"),
    ];
    for (arrivals, profile) in forms {
        let callers = if profile.starts_with("callers") { "" } else { "  callers: [{talk: 3m}]\n" };
        let text = format!("duration: 2h\ntraffic:\n  {arrivals}\n  {profile}\n{callers}");
        let scenario = read(&text).unwrap_or_else(|problems| panic!("{problems}"));
        let again = read(&scenario.effective).unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(again.traffic, scenario.traffic, "{text}");
        let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
        assert!(plans.count() > 0, "{text}");
    }
}

#[test]
fn starts_are_replayed_from_a_file() {
    let text = "calls: 3\ntraffic: {arrivals: {replay: starts.csv}, callers: [{talk: 3m}]}\n";
    let files = |name: &str| match name {
        "starts.csv" => Ok("start_s\n5\n0.25\n9\n".to_owned()),
        _ => Err("not found".to_owned()),
    };
    let inputs = Inputs { read_file: &files, ..Inputs::with_seed(1) };
    let scenario = parse(text, "x.yaml", &inputs).unwrap_or_else(|problems| panic!("{problems}"));
    let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
    let starts: Vec<f64> = plans.map(|plan| plan.intended_start.as_secs_f64()).collect();
    assert_eq!(starts, [0.25, 5.0, 9.0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_the_reader(text in ".{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn no_mutation_of_a_sound_scenario_panics_the_reader(
        at in 0..SOUND.len(),
        length in 0..20_usize,
        with in "[-a-z0-9:{}\\[\\]%/ .\"'&*!|>#@,~\n]{0,12}",
    ) {
        let end = (at + length).min(SOUND.len());
        let text = format!("{}{with}{}", &SOUND[..at], &SOUND[end..]);
        if let Ok(scenario) = read(&text) {
            let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
            prop_assert!(plans.take(100).count() <= 100);
            prop_assert!(read(&scenario.effective).is_ok(), "{}", scenario.effective);
        }
    }
}

/// The agreement is kept; without codes that agents write down, it is the records that don't.
#[test]
fn the_records_hold_what_was_agreed_and_without_codes_of_the_agents_they_do_not() {
    let text = fs::read_to_string("scenarios/agreed-beforehand.yaml").expect("shipped");
    let missing = |text: &str| {
        let scenario =
            parse(text, "agreed.yaml", &Inputs::with_seed(1)).unwrap_or_else(|problems| panic!("{problems}"));
        let mut required = Required::new(&scenario.required_fields);
        sim::run(&scenario, scenario.seed, |entry| {
            if let Entry::Cdr(row) = entry {
                required.cdr(row);
            }
            ControlFlow::Continue(())
        });
        let found = required.finish().into_iter().filter(|tally| tally.missing > 0);
        found.map(|tally| (tally.requirement.text, tally.rows, tally.missing)).collect::<Vec<_>>()
    };
    assert_eq!(missing(&text), []);
    let silent = text.replace("{wrap_up_codes: {order: 55%, question: 30%, complaint: 15%}}", "{}");
    let lacks = missing(&silent);
    assert_eq!(lacks.len(), 1, "{lacks:?}");
    let (field, rows, without) = &lacks[0];
    assert_eq!((field.as_str(), rows), ("wrap_up if answered", without), "no call has one");
    assert!(*rows > 500, "{rows}");
}
