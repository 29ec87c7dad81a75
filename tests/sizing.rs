//! `busyhour size` as users type it, one professional against a rota, and the sample page of a staffing plan.
#![cfg(feature = "live")]

use std::fs;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn busyhour(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    let output = command.args(arguments).current_dir(root()).output().expect("busyhour starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn told(arguments: &[&str]) -> String {
    let (code, said, told) = busyhour(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {told}");
    said
}

fn json(arguments: &[&str]) -> serde_json::Value {
    let said = told(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&said).expect("JSON")
}

/// Erlang's published table at 1 %: 30 circuits carry 20.337 E, 10 carry 4.461 E.
#[test]
fn circuits_for_a_load_are_those_of_the_published_table() {
    for (erlangs, needed) in [("20.3", 30), ("20.4", 31), ("4.4", 10), ("4.5", 11)] {
        let advice = json(&["size", "trunks", "--erlangs", erlangs, "--target", "1%"]);
        assert_eq!(advice["needed"], needed, "{erlangs} E");
    }
    let said = told(&["size", "trunks", "--erlangs", "24", "--target", "1%", "--lang", "ru"]);
    assert!(said.contains("Erlang B"), "{said}");
}

/// Three numbers of 2 E on 5 circuits each lose 3.67 %, pooled 0.09 %.
#[test]
fn three_numbers_of_their_own_stand_beside_the_pooled_group() {
    let said = told(&["size", "trunks", "--split", "2,2,2", "--circuits", "5"]);
    assert!(said.contains("lose 3.67") && said.contains("lose 0.09"), "{said}");
}

#[test]
fn sizes_are_written_down_with_their_charts() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_string_lossy().into_owned();
    let said = told(&["size", "trunks", "--erlangs", "24", "--peakedness", "2", "--out", &out]);
    assert_eq!(said, fs::read_to_string(folder.path().join("trunks.txt")).expect("written"));
    let staff = ["size", "staff", "--calls", "100", "--aht", "180s", "--patience", "2m"];
    let money = ["--cost-per-hour", "500 RUB", "--lost-call", "300 RUB", "--lang", "ru", "--out", &out];
    told(&[&staff[..], &money].concat());
    for file in [
        "trunks.json",
        "staff.txt",
        "staff.json",
        "charts/level-against-agents.svg",
        "charts/cost-against-agents.png",
    ] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

/// The calls are those of one interval, half an hour unless said, and the help says so.
#[test]
fn the_calls_of_a_staff_are_those_of_one_interval() {
    let needed =
        |load: &[&str]| json(&[&["size", "staff", "--aht", "180s"], load].concat())["needed"].clone();
    let half_an_hour = needed(&["--calls", "100"]);
    assert_eq!(needed(&["--calls", "200", "--interval", "1h"]), half_an_hour);
    assert_ne!(needed(&["--calls", "100", "--interval", "1h"]), half_an_hour);
    let help = told(&["size", "staff", "--help"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("Calls in one --interval, half an hour unless said"), "{help}");
    let schema = told(&["schema"]);
    assert!(schema.contains("Calls a month: attempts"), "the schema says what a month's calls are");
}

/// Whoever reads Russian is told what a service level is a share of, and the name to write for it.
#[test]
fn service_levels_of_a_staff_have_russian_names() {
    let staff = ["size", "staff", "--calls", "100", "--aht", "180s", "--patience", "2m", "--lang", "ru"];
    let said = told(&staff);
    assert!(said.contains("(от поступивших, of_offered)"), "{said}");
    let columns = said.lines().find(|line| line.contains("операторы")).expect("the columns");
    for name in ["от поступивших", "от отвеченных", "при бесконечном терпении", "без быстро ушедших"]
    {
        assert!(columns.contains(name), "{name}: {columns}");
        assert!(said.contains(&format!("{name} — ")), "no name to write for {name}: {said}");
    }
    assert!(!columns.contains("of_"), "{columns}");
    let chosen = told(&[&staff[..], &["--definition", "excl_short_abandons"]].concat());
    assert!(chosen.contains("(без быстро ушедших, excl_short_abandons)"), "{chosen}");
    let english = told(&staff[..staff.len() - 2]);
    assert!(english.contains("(of_offered)") && !english.contains(" — "), "{english}");
}

/// Half an hour of 50 long calls is more work than one of 60 short ones: the table of money is that of the most work, and
/// the cheapest number does not move with the range that is shown.
#[test]
fn money_is_told_for_the_interval_with_the_most_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let day = folder.path().join("day.csv");
    fs::write(&day, "start,calls,aht\n08:00,60,60s\n08:30,50,600s\n09:00,50,600s\n").expect("written");
    let day = day.to_string_lossy().into_owned();
    let of_day = ["size", "staff", "--day", &day, "--patience", "2m", "--no-simulation"];
    let money = ["--cost-per-hour", "500 RUB", "--lost-call", "100 RUB", "--agents", "10..25"];
    let said = told(&[&of_day[..], &money].concat());
    assert!(said.contains("most work, from 08:30") || said.contains("most work, from 09:00"), "{said}");
    let one = ["size", "staff", "--calls", "100", "--aht", "3m", "--patience", "1m", "--agents"];
    let money = ["--cost-per-hour", "300 RUB", "--lost-call", "300 RUB"];
    let said = |range: &str| told(&[&one[..], &[range], &money].concat());
    assert!(said("8..20").contains("cost least with 16 agents; the target"), "{}", said("8..20"));
    assert!(
        said("8..12").contains("cost least with 16 agents, outside the 8 to 12 shown"),
        "{}",
        said("8..12")
    );
}

/// The sentence tells the number that is asked for, not the load that comes before it in the table.
#[test]
fn a_formula_for_agents_answers_with_agents() {
    let load =
        ["--calls", "100", "--interval_s", "1800", "--aht_s", "180", "--t_s", "20", "--target_sl", "0.8"];
    let more = ["--max_occupancy", "1", "--shrinkage", "0"];
    let said = told(&[&["erlang", "erlang_c_staffing"][..], &load, &more].concat());
    assert!(said.contains(": agents is 14."), "{said}");
}

/// Where a second condition asks for more, the table marks that number.
#[test]
fn the_answer_is_the_number_that_all_conditions_ask_for() {
    let plainly = |arguments: &[&str]| told(arguments).replace('\u{a0}', " ");
    let said = plainly(&["size", "trunks", "--erlangs", "8", "--busiest-days-erlangs", "12"]);
    assert!(said.starts_with("ITU-T E.520 asks for 16 circuits"), "{said}");
    let marked = |mark: &str| said.lines().find(|line| line.contains(mark)).expect(mark).trim().to_owned();
    assert!(marked("<- needed").starts_with("16 "), "{said}");
    assert!(marked("<- for the mean busy hour alone").starts_with("15 "), "{said}");
    let small = ["--erlangs", "4", "--busiest-days-erlangs", "4.5", "--small-groups"];
    let said = plainly(&[&["size", "trunks"][..], &small].concat());
    assert!(said.starts_with("ITU-T E.520 asks for 9 circuits"), "{said}");
    let marked = |mark: &str| said.lines().find(|line| line.contains(mark)).expect(mark).trim().to_owned();
    assert!(marked("<- needed").starts_with("9 "), "{said}");
    let agents = ["--erlangs", "10", "--agents", "12", "--aht", "180s", "--patience", "60s"];
    let said = plainly(&[&["size", "trunks"][..], &agents].concat());
    assert!(said.contains("When calls grow and the 12 agents stay:"), "{said}");
    let hire = said.lines().filter(|line| line.contains("hire first"));
    assert_eq!(hire.count(), 4, "12, 15, 20 and 30 E: {said}");
}

#[test]
fn nonsense_ends_in_a_sentence_and_code_2() {
    let cases: [(&[&str], &str); 11] = [
        (&["trunks", "--split", "2,2,2", "--circuits", "0"], "'--circuits <N>': 0 is not in 1.."),
        (&["trunks", "--erlangs", "-1"], "must"),
        (&["trunks", "--erlangs", "24,5"], "write 24.5"),
        (&["trunks", "--erlangs", "24", "--target", "0"], "0"),
        (&["trunks", "--erlangs", "24", "--target", "100%"], "1"),
        (&["trunks"], "--erlangs E or --result FILE"),
        (&["trunks", "--result", "Cargo.toml"], "this is no JSON"),
        (&["trunks", "--erlangs", "12", "--sources", "10"], "one erlang at most"),
        (&["staff", "--calls", "100", "--aht", "180s", "--lost-call", "3 RUB"], "write --patience 2m"),
        (&["staff", "--calls", "100", "--aht", "180s", "--agents", "9..3"], "write 5..20"),
        (
            &[
                "staff",
                "--calls",
                "9",
                "--aht",
                "1m",
                "--patience",
                "1m",
                "--lost-call",
                "3 RUB",
                "--cost-per-hour",
                "3 EUR",
            ],
            "in one currency",
        ),
    ];
    for (arguments, remedy) in cases {
        let (code, _, told) = busyhour(&[&["size"], arguments].concat());
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        assert!(told.contains(remedy), "{arguments:?}: {told}");
    }
}

fn simulated(scenario: &str, set: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_string_lossy().into_owned();
    let set: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    let (code, _, told) = busyhour(&[&["simulate", scenario, "--quiet", "--out", &out], &set[..]].concat());
    assert!(matches!(code, Some(0 | 3 | 5)), "{code:?} {told}");
    folder
}

/// Calls in bursts need more circuits, and that is seen from their times alone; random ones are no more peaked than
/// chance makes them, and without calls.csv nothing is measured.
#[test]
fn peakedness_is_measured_from_the_call_times_beside_a_result() {
    let advice = |arrivals: &str| {
        let set = format!("traffic.arrivals={arrivals}");
        let folder = simulated("scenarios/the-same-load-poisson.yaml", &[&set, "calls=4000"]);
        let result = folder.path().join("result.json").to_string_lossy().into_owned();
        let said = told(&["size", "trunks", "--result", &result]);
        let needed = json(&["size", "trunks", "--result", &result])["needed"].as_u64().expect("circuits");
        fs::remove_file(folder.path().join("calls.csv")).expect("there was one");
        let without = told(&["size", "trunks", "--result", &result]);
        assert!(!without.contains("Waits in its queue"), "nobody queues: {without}");
        assert!(!without.contains("call times"), "{without}");
        (said, needed)
    };
    let (said, random) = advice("poisson");
    assert!(said.contains("call times in") && said.contains("no more than chance"), "{said}");
    let (said, bursts) = advice("{bursty: {hawkes: {branching: 0.6, decay: 60s}}}");
    assert!(said.contains("call times in") && !said.contains("no more than chance"), "{said}");
    assert!(bursts > random + 3, "{bursts} circuits for bursts, {random} for random calls");
}

/// The load, handle time and patience of a result: those of its scenario, as well as 4 hours can tell. Two minutes of
/// patience are estimated from who gave up.
#[test]
fn a_staff_is_sized_from_a_result() {
    let folder = simulated("scenarios/one-more-agent.yaml", &["duration=40h", "pbx.channels=60"]);
    let result = folder.path().join("result.json").to_string_lossy().into_owned();
    let lines = told(&["size", "trunks", "--result", &result]);
    assert!(lines.contains("Waits in its queue, as they were with"), "{lines}");
    let said = told(&["size", "staff", "--result", &result]);
    let after = |word: &str| -> f64 {
        let rest = said.split(word).nth(1).unwrap_or_else(|| panic!("no {word}: {said}"));
        rest.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
    };
    assert!((after("json: ") / 200.0 - 1.0).abs() < 0.05, "{said}");
    assert!((after("handle time ") / 210.0 - 1.0).abs() < 0.05, "{said}");
    assert!((after("mean patience ") / 120.0 - 1.0).abs() < 0.12, "{said}");
    let patient = json(&["size", "staff", "--result", &result, "--patience", "1h"]);
    let measured = json(&["size", "staff", "--result", &result]);
    assert!(patient["needed"].as_u64() >= measured["needed"].as_u64());
    // Half of those who give up dial again: as many callers, more calls, no more agents than callers need.
    let redial = "traffic.callers.0.redial={probability: 50%, delay: 60s, limit: 5}";
    let again = simulated("scenarios/one-more-agent.yaml", &["duration=40h", "pbx.channels=60", redial]);
    let again = again.path().join("result.json").to_string_lossy().into_owned();
    let dialling = told(&["size", "staff", "--result", &again]);
    let rate =
        dialling.split("json: ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    let rate: f64 = rate.parse().unwrap_or_else(|_| panic!("no rate: {dialling}"));
    assert!((rate / 200.0 - 1.0).abs() < 0.05 && dialling.contains("dial again"), "{dialling}");
    let trunk = simulated("scenarios/the-same-load-poisson.yaml", &["calls=300"]);
    let no_queue = trunk.path().join("result.json").to_string_lossy().into_owned();
    let (code, _, told) = busyhour(&["size", "staff", "--result", &no_queue]);
    assert_eq!(code, Some(2));
    assert!(told.contains("name a result with a queue"), "{told}");
}

/// Agents who differ in whom they take, or see to mail besides, are no pool of so many alike.
#[test]
fn no_staff_is_sized_from_a_result_whose_agents_are_no_pool() {
    for (scenario, why) in
        [("languages-and-skills", "skills, languages"), ("calls-mail-and-chat", "mail or chats")]
    {
        let folder = simulated(&format!("scenarios/{scenario}.yaml"), &[]);
        let result = folder.path().join("result.json").to_string_lossy().into_owned();
        let (code, _, told) = busyhour(&["size", "staff", "--result", &result]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(why) && told.contains("simulate --vary"), "{told}");
    }
}

/// Coverage row 27, by hand: alone ρ/(μ − λ) = (2/3)/(1/100 − 1/150) = 200 s, two on duty 100 s · ρ²/(1 − ρ²) with
/// ρ = 1/3, 12.5 s. The command says so by formula, and the simulated means lie where their spread allows.
#[test]
fn one_professional_and_a_rota_wait_as_queueing_theory_says() {
    let said =
        told(&["size", "staff", "--calls", "12", "--interval", "30m", "--aht", "100s", "--agents", "1..3"]);
    let rows: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
    let wait = |agents: &str| {
        let row = rows.iter().rev().find(|row| row.first() == Some(&agents)).expect("a row of the curve");
        row[2].parse::<f64>().expect("a wait")
    };
    assert!((wait("1") - 200.0).abs() < 0.06 && (wait("2") - 12.5).abs() < 0.06, "{said}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_string_lossy().into_owned();
    let scenario = "scenarios/one-professional-or-a-rota.yaml";
    let vary = ["--vary", "agents=1,2", "--replications", "8", "--threads", "2", "--quiet", "--out", &out];
    let compared = json(&[&["simulate", scenario], &vary[..]].concat());
    let asa = |variant: usize| {
        let figures = compared["variants"][variant]["figures"].as_array().expect("figures");
        let found = figures.iter().find(|figure| figure["figure"] == "asa_s").expect("a mean wait");
        let end = |place: usize| found["ci95"][place].as_f64().expect("an interval");
        [end(0), end(1)]
    };
    for (variant, exact) in [(0, 200.0), (1, 12.5)] {
        let [low, high] = asa(variant);
        let room = high - low;
        assert!(low - room < exact && exact < high + room, "{exact} s in [{low}, {high}]");
        assert!(room < exact, "[{low}, {high}] says nothing");
    }
}

/// 6 E at 1 % are 13 circuits in every table, at 87.2 kbit/s each (G.711, 20 ms, Ethernet): 1133.6 kbit/s. Where
/// the circuits of another model are advised, it is their bandwidth; where the codec has a load of its own, that one's.
#[test]
fn the_bandwidth_that_the_target_needs_is_told_each_way() {
    let link = ["size", "trunks", "--link", "1 Mbit/s", "--target", "1%"];
    let asked = |more: &[&str]| json(&[&link, more].concat())["link"]["needed"].clone();
    let six = asked(&["--codec", "PCMA=6"]);
    assert_eq!((&six["calls"], &six["bits_per_second"]), (&13.into(), &1_133_600.0.into()));
    assert_eq!(asked(&["--erlangs", "6", "--codec", "PCMA"]), six);
    assert_eq!(asked(&["--erlangs", "60", "--codec", "PCMA=6"]), six);
    let advised = json(&[&link[..], &["--erlangs", "6", "--codec", "PCMA", "--peakedness", "2"]].concat());
    assert_eq!(advised["link"]["needed"]["calls"], advised["needed"]);
    assert_ne!(advised["needed"], 13, "{advised}");
    assert!(asked(&["--codec", "PCMA"]).is_null() && asked(&["--codec", "PCMA=0"]).is_null());
    let said = |more: &[&str]| told(&[&link[..], more].concat()).replace('\u{a0}', " ");
    let lacks = said(&["--codec", "PCMA=6"]);
    assert!(lacks.contains("room for 13 calls at once: 1 133.6 kbit/s in each direction, 133.6"), "{lacks}");
    assert!(lacks.contains("133.6 kbit/s more than the link has"), "{lacks}");
    let has = said(&["--codec", "PCMA=1", "--codec", "G729=1", "--lang", "ru"]);
    assert!(has.contains("Чтобы каждый кодек терял не более 1 %") && has.contains("столько есть"), "{has}");
}

/// One replication has no interval of a difference: refused, not played twenty times over in silence.
#[test]
fn one_replication_is_no_comparison() {
    let scenario = "scenarios/one-professional-or-a-rota.yaml";
    for compared in [["--vary", "agents=1,2"], ["--strategies", "random,ring_all"]] {
        let (code, said, told) =
            busyhour(&[&["simulate", scenario, "--replications", "1"], &compared[..]].concat());
        assert_eq!((code, said.as_str()), (Some(2), ""), "{told}");
        assert!(told.contains(compared[0]) && told.contains("at least 2"), "{told}");
    }
}

/// Hours of 60 calls of 4 minutes from 8 to 20, closed at night, and on the days that are not open.
fn hours(days: &[(&str, bool)]) -> String {
    let hour = |day: &str, open: bool, hour: u32| {
        format!("{day} {hour:02}:00,{},4m\n", if open && (8..20).contains(&hour) { 60 } else { 0 })
    };
    let day = |(day, open): &(&str, bool)| (0..24).map(|h| hour(day, *open, h)).collect::<String>();
    format!("start,calls,aht\n{}", days.iter().map(day).collect::<String>())
}

fn of_intervals(plan: &serde_json::Value, of: &str) -> Vec<f64> {
    let intervals = plan["intervals"].as_array().expect("intervals");
    intervals.iter().map(|interval| interval[of].as_f64().expect("a number")).collect()
}

/// After 20:00 callers from before are still served, 4·e^−15 of one is left at 21:00: nobody stays for that.
#[test]
fn a_week_with_closed_nights_and_a_weekend_is_staffed_while_somebody_calls() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let days = [
        ("mon", true),
        ("tue", true),
        ("wed", true),
        ("thu", true),
        ("fri", true),
        ("sat", false),
        ("sun", false),
    ];
    let week = write("week.csv", &hours(&days));
    let scenario = write(
        "week.yaml",
        "name: week\nseed: 7\nstart: 2026-01-05T00:00[Europe/Moscow]\nduration: 7d\ntraffic:\n  profile:\n    week:\n      \
         rate: 60/h\n      hours: [0,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1,1,1,1,1,0,0,0,0]\n      days: [1,1,1,1,1,0,0]\n  callers:\n    \
         - {talk: {exponential: {mean: 4m}}, patience: {exponential: {mean: 2m}}}\n\
         pbx:\n  queues: {calls: {}}\n  agents: {count: 1}\n",
    );
    let two_days = write("two-days.csv", &hours(&days[..2]));
    let formula = "--no-simulation";
    let plans: [&[&str]; 5] = [
        &["--day", &week, "--patience", "2m", formula],
        &["--day", &week, formula],
        &["--day", &week, "--patience", "2m", "--method", "stationary", formula],
        &["--scenario", &scenario, "--interval", "1h", formula],
        &["--day", &two_days, "--patience", "2m", "--days", "40", "--threads", "2", "--quiet"],
    ];
    for arguments in plans {
        let plan = json(&[&["size", "staff"], arguments].concat());
        let (calls, agents) = (of_intervals(&plan, "calls"), of_intervals(&plan, "agents"));
        for (place, agents) in agents.iter().enumerate() {
            let closes = place % 24 == 20 && calls[place - 1] > 0.0 && !arguments.contains(&"stationary");
            assert_eq!(*agents > 0.0, calls[place] > 0.0 || closes, "{arguments:?}: {agents} at {place} h");
        }
    }
}

/// A plan that begins on a Tuesday has a Tuesday.
#[test]
fn the_days_of_a_plan_have_their_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("days.csv");
    fs::write(&path, hours(&[("tue", true), ("wed", true)])).expect("written");
    for (language, [mon, tue, wed]) in [("en", ["Mon", "Tue", "Wed"]), ("ru", ["Пн", "Вт", "Ср"])] {
        let day = ["size", "staff", "--day", &path.to_string_lossy(), "--no-simulation", "--lang", language];
        let said = told(&day);
        let tells = |day: &str| said.contains(&format!("{day} 08:00"));
        assert!(tells(tue) && tells(wed) && !said.contains(&format!("{mon} ")), "{said}");
    }
}

/// The formula's calls last as long as chance has it, those of this scenario 3 minutes: a quarter of an hour after the
/// last one nobody is left, which only the simulation knows.
#[test]
fn the_simulation_sends_the_last_agent_home() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("evening.yaml");
    let text = "name: evening\nseed: 7\nduration: 2h\ntraffic:\n  profile:\n    steps:\n      - {at: 0s, rate: 60/h}\n      \
                - {at: 1h, rate: 0/h}\n  callers:\n    - {talk: {constant: 3m}, patience: {constant: 5m}}\n\
                pbx:\n  queues: {calls: {}}\n  agents: {count: 1}\n";
    fs::write(&path, text).expect("written");
    let path = path.to_string_lossy().into_owned();
    let evening = ["size", "staff", "--scenario", &path, "--interval", "15m", "--days", "60", "--quiet"];
    let plan = json(&evening);
    let (mol, agents) = (of_intervals(&plan, "mol"), of_intervals(&plan, "agents"));
    // 3·e^−5 = 0.02 of a call is left at 9:15 by formula, 0.0001 at 9:30.
    assert_eq!(mol[4..].iter().map(|mol| *mol > 0.0).collect::<Vec<_>>(), [true, true, false, false]);
    assert!(agents[4] > 0.0, "callers of before 9:00 are served: {agents:?}");
    assert_eq!(agents[5..], [0.0, 0.0, 0.0]);
    let said = told(&evening);
    assert!(said.contains("09:15: 1 → 0 (nobody calls, nobody is left from before)"), "{said}");
    // By the stationary formula nobody is there from 9:00 on; whoever still waits then is not left alone.
    let plan = json(&[&evening[..], &["--method", "stationary"]].concat());
    assert!(of_intervals(&plan, "stationary")[4] < 0.5);
    assert!(of_intervals(&plan, "agents")[4] > 0.0, "{:?}", of_intervals(&plan, "agents"));
}

/// 30 % away of the roster leave what the plan asks for in every interval, and the price is that of the roster's hours.
#[test]
fn the_roster_covers_the_requirement_with_the_shrinkage_away() {
    let day = ["size", "staff", "--day", "scenarios/service-desk-day.csv", "--no-simulation"];
    let shifts = ["--shifts", "4h,6h,8h", "--shrinkage", "30%", "--cost-per-hour", "100 RUB"];
    let plan = json(&[&day[..], &shifts].concat());
    let (agents, cover) = (of_intervals(&plan, "agents"), &plan["roster"]["cover"]);
    let duty = cover["on_duty"].as_array().expect("slots");
    assert_eq!(duty.len(), agents.len(), "slots of half an hour");
    for (duty, agents) in duty.iter().zip(&agents) {
        let there = 0.7 * duty.as_f64().expect("a number");
        assert!(there > agents - 1e-9, "{duty} on the roster, {there} there, {agents} needed");
    }
    let required: f64 = agents.iter().map(|agents| (agents / 0.7 - 1e-9).ceil() / 2.0).sum();
    let is = |found: &serde_json::Value, wanted: f64| {
        assert!((found.as_f64().expect("a number") - wanted).abs() < 1e-6, "{found} for {wanted}");
    };
    is(&cover["required_h"], required);
    is(&plan["roster"]["cost"], 100.0 * cover["roster_h"].as_f64().expect("hours"));
    let said = told(&[&day[..], &shifts].concat());
    assert!(said.contains("With 30 % of them away"), "{said}");
    let said = told(&[&day[..], &["--shifts", "4h,6h,8h"]].concat());
    assert!(!said.contains("of them away"), "{said}");
}

/// No table or chart of a service level without its seconds and its definition.
#[test]
fn service_levels_of_a_plan_have_their_seconds_and_their_definition() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_string_lossy().into_owned();
    let day =
        ["size", "staff", "--day", "scenarios/service-desk-day.csv", "--patience", "2m", "--no-simulation"];
    let chosen = ["--target", "80/30", "--definition", "of_answered", "--out", &out, "--quiet"];
    for (language, name, all) in [
        ("en", "Service level within 30 s (of_answered), %", "All service levels: within 30 s, of_answered."),
        (
            "ru",
            "Уровень обслуживания за 30 с (от отвеченных), %",
            "Все уровни обслуживания: за 30 с, от отвеченных.",
        ),
    ] {
        let said = told(&[&day[..], &chosen, &["--lang", language]].concat());
        let plain = said.replace('\u{a0}', " ");
        assert!(plain.contains(name) && plain.contains(all), "{said}");
        for chart in ["level-against-agents", "service-level-by-interval", "level-at-the-busiest-time"] {
            let svg = fs::read_to_string(folder.path().join(format!("charts/{chart}.svg"))).expect("a chart");
            assert!(svg.replace('\u{a0}', " ").contains(name), "{chart}");
        }
    }
}

/// The contract: an option is never ignored in silence.
#[test]
fn an_option_without_effect_is_refused_with_a_sentence() {
    let day = ["--day", "scenarios/service-desk-day.csv"];
    let one = ["--calls", "100", "--aht", "180s"];
    let scenario = ["--scenario", "scenarios/call-cc-day.yaml", "--interval", "1h"];
    let formula = "--no-simulation";
    let certain = ["--scenario", "scenarios/one-professional-or-a-rota.yaml"];
    let cases: [(&[&str], &[&str]); 25] = [
        (&day, &["--busyness-cv", "0.2", formula]),
        (&day, &["--days", "20", formula]),
        (&day, &["--threads", "2", formula]),
        (&day, &["--seed", "2", formula]),
        (&day, &["--break", "30m", formula]),
        (&day, &["--rest", "12h", formula]),
        (&day, &["--max-shifts", "3", formula]),
        (&day, &["--break-from", "6h", "--shifts", "4h,6h", formula]),
        (&day, &["--shift-step", "1h", "--shifts", "4h,6h", formula]),
        (&day, &["--chance", "80%", formula]),
        (&day, &["--aht", "3m", formula]),
        (&one, &["--shifts", "4h"]),
        (&one, &["--method", "mol"]),
        (&one, &["--days", "20"]),
        (&one, &["--chance", "80%"]),
        (&scenario, &["--busyness-cv", "0.2", formula]),
        (&scenario, &["--patience", "2m", formula]),
        (&scenario, &["--redial", "20%", formula]),
        (&scenario, &["--chance", "80%", formula]),
        (&day, &["--break-margin", "1h", "--shifts", "4h,6h", formula]),
        (&day, &["--shift-start-every", "1h", formula]),
        (&day, &["--shifts-per-person", "3", formula]),
        (&day, &["--days-of-chance", "20"]),
        (&scenario, &["--aht", "3m", formula]),
        (&certain, &["--chance", "80%"]),
    ];
    for (source, options) in cases {
        let (code, _, told) = busyhour(&[&["size", "staff"], source, options].concat());
        assert_eq!(code, Some(2), "{options:?}: {told}");
        assert!(told.contains(&format!("{} has no effect", options[0])), "{options:?}: {told}");
    }
    for (shifts, told_of) in [
        (["--shifts", "0h", "--shift-start-every", "30m"], "a shift takes time"),
        (["--shifts", "4h", "--shift-start-every", "0m"], "--shift-start-every must be longer"),
        (["--shifts", "4h", "--shift-start-every", "5h"], "at 12:00, 4h after the beginning 19 agents"),
    ] {
        let (code, _, told) = busyhour(&[&["size", "staff"], &day[..], &[formula], &shifts].concat());
        assert_eq!(code, Some(2), "{shifts:?}: {told}");
        assert!(told.contains(told_of), "{shifts:?}: {told}");
    }
}

/// `SAMPLES=write cargo test --test sizing` writes it anew.
#[test]
fn the_staffing_sample_is_the_same_bytes_from_its_seed() {
    let made = tempfile::tempdir().expect("a temporary folder");
    let out = made.path().to_string_lossy().into_owned();
    let day = [
        "size",
        "staff",
        "--day",
        "scenarios/service-desk-day.csv",
        "--patience",
        "2m",
        "--days",
        "20",
        "--threads",
        "2",
    ];
    let money = ["--cost-per-hour", "500 RUB", "--lost-call", "300 RUB", "--shrinkage", "20%"];
    let shifts = ["--shifts", "4h..9h", "--break", "30m", "--lang", "ru", "--quiet", "--out", &out];
    told(&[&day[..], &money, &shifts].concat());
    let folder = root().join("reports/samples/service-desk-staffing-ru");
    for file in [
        "staff.json",
        "summary.md",
        "report.html",
        "charts/staffing.svg",
        "charts/level-against-agents.svg",
        "charts/cost-against-agents.svg",
    ] {
        let bytes = fs::read(made.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let path = folder.join(file);
        if std::env::var("SAMPLES").is_ok_and(|value| value == "write") {
            fs::create_dir_all(path.parent().expect("below the sample")).expect("a folder");
            fs::write(&path, &bytes).expect("written");
        }
        let sample = fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(sample == bytes, "{file} differs; SAMPLES=write makes it anew");
    }
}

/// Nine calls of a quiet hour in thirty days confirm nothing, were all of them answered in time (16 would): they are judged
/// by their value, and agents are not added for ever.
#[test]
fn an_hour_of_few_calls_is_judged_by_its_value() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("quiet.csv");
    fs::write(&path, "start,calls,aht\n08:00,40,180s\n09:00,0.3,180s\n10:00,40,180s\n").expect("written");
    let path = path.to_string_lossy().into_owned();
    let day =
        ["size", "staff", "--day", &path, "--patience", "2m", "--interval", "1h", "--days", "30", "--quiet"];
    let plan = json(&day);
    let findings: Vec<_> = plan["intervals"].as_array().expect("intervals").iter().collect();
    let finding = |place: usize| findings[place]["tried"]["finding"].as_str().expect("a word");
    assert_eq!([finding(0), finding(1), finding(2)], ["confirmed", "too_few_calls", "confirmed"]);
    assert_eq!(plan["simulated"]["confirmed"], true);
    let agents = of_intervals(&plan, "agents");
    assert!(agents[1] <= 2.0, "{agents:?}");
    let said = told(&day);
    assert!(
        said.contains("too few calls in so many days to confirm anything, judged by their value: 1;"),
        "{said}"
    );
}

/// Agents who pick up after 11 s in the mean answer 84 % within 20 s, however many of them are there. A hundred calls in forty
/// days leave that undecided: agents who change nothing are not added for ever, and are taken back.
#[test]
fn agents_who_change_nothing_are_taken_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("slow.yaml");
    let text = "name: slow\nseed: 1\nduration: 1h\ntraffic:\n  profile: 2.5/h\n  callers:\n    - {talk: {constant: 3m}}\n\
                pbx:\n  queues: {calls: {}}\n  agents: {count: 1, answer_delay: {exponential: {mean: 11s}}}\n";
    fs::write(&path, text).expect("written");
    let path = path.to_string_lossy().into_owned();
    let plan = json(&["size", "staff", "--scenario", &path, "--interval", "1h", "--days", "40", "--quiet"]);
    let tried = &plan["intervals"][0]["tried"];
    assert_eq!(tried["finding"], "too_few_calls", "{tried}");
    let [low, high] = [0, 1].map(|end| tried["service_level"]["ci95"][end].as_f64().expect("a number"));
    assert!(low < 0.8 && high > 0.8, "{tried}");
    assert!(of_intervals(&plan, "agents")[0] <= 6.0, "{plan}");
    assert_eq!(plan["simulated"]["confirmed"], true);
    let changes = plan["simulated"]["changes"].as_array().expect("changes");
    assert!(changes.iter().all(|change| change["to"].as_u64() <= Some(6)), "{changes:?}");
}
