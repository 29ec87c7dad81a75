//! `busyhour tariffs` as users type it, and its sample page.
#![cfg(feature = "live")]

use std::fs;
use std::path::Path;
use std::process::Command;

use busyhour::report::Language;
use busyhour::report::tariffs;
use busyhour::sizing::tariffs::Study;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn busyhour(arguments: &[&str], out: &Path) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    command.arg("tariffs").args(arguments).arg("--out").arg(out);
    let output = command.current_dir(root()).output().expect("busyhour starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const LADDER: &str = "scenarios/tariff-ladder.yaml";

/// The help's own examples, shortened to what a debug build plays in a second.
#[test]
fn the_ladder_is_compared_as_the_help_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let short = ["--replications", "2", "--set", "calls=150", "--growth", "1,2"];
    let arguments = [&[LADDER][..], &short].concat();
    let (code, said, told) = busyhour(&arguments, folder.path());
    assert_eq!(code, Some(0), "{told}");
    assert!(said.contains("Стандарт*") && said.contains("What to buy as calls grow"), "{said}");
    let (_, json, _) = busyhour(&[&arguments[..], &["--format", "json"]].concat(), folder.path());
    let study: Study = serde_json::from_str(&json).expect("a study");
    assert_eq!(study.plans.len(), 6);
    assert_eq!(json, fs::read_to_string(folder.path().join("tariffs.json")).expect("written"));
    for file in ["tariffs.html", "tariffs.md", "charts/tariffs-loss.svg", "charts/tariffs-cost.png"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

/// Eight channels lose 1 % of 3.13 erlangs, which 5 % accepts: the lowest invoice, and 1 000 lost calls of 100 RUB a month.
/// Thirty lose none for 4 100 RUB more. The advice says so; where lost calls cost a kopeck it has nothing to say.
#[test]
fn a_plan_that_is_cheaper_with_its_lost_calls_is_named_beside_the_one_with_the_lowest_invoice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("two.yaml");
    let told_with = |price: &str, language: &str| {
        let plan = |name: &str, channels: u32, monthly: u32| {
            format!(
                "  - {{provider: P, plan: {name}, source: {{name: s}}, capacity: {{channels_included: {channels}}}, prices: \
                 {{monthly: {monthly} RUB}}}}\n"
            )
        };
        let text = format!(
            "name: two\nseed: 3\nwarm_up: 30m\ncalls: 8000\ntraffic: {{profile: 75/h, callers: [{{talk: {{exponential: \
             {{mean: 150s}}}}}}]}}\ncost: {{call_price: {price}, conversion: 20%, calls_per_month: 100000}}\ntariffs:\n{}{}",
            plan("Eight", 8, 900),
            plan("Thirty", 30, 5_000)
        );
        fs::write(&file, text).expect("written");
        let asked = [&*file.to_string_lossy(), "--growth", "1", "--replications", "2", "--break-at", "5%"];
        let (code, said, told) = busyhour(&[&asked[..], &["--lang", language]].concat(), folder.path());
        assert_eq!(code, Some(0), "{told}");
        said
    };
    let said = told_with("100 RUB", "en");
    assert!(
        said.contains("Eight has the lowest invoice; with what lost calls cost Thirty is cheaper"),
        "{said}"
    );
    assert!(told_with("100 RUB", "ru").contains("дешевле «Thirty», который тоже укладывается"));
    let said = told_with("0.01 RUB", "en");
    assert!(!said.contains("has the lowest invoice"), "{said}");
}

/// A rush: ten channels are too few, and so are the twelve that are sold. With forty for sale it is met,
/// and what further ones would save is told beside the advice.
#[test]
fn a_rush_is_told_with_the_channels_that_it_takes_or_how_far_off_the_most_are() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rush.yaml");
    let told_with = |most: &str| {
        let text = format!(
            "name: rush\nseed: 3\nwarm_up: 30m\nduration: 8h\ntraffic: {{profile: {{spike: {{base: 120/h, extra_calls: 200, \
             at: 3h, ramp: 5m, hold: 20m, decay: 40m}}}}, callers: [{{talk: {{exponential: {{mean: 150s}}}}}}]}}\n\
             cost: {{call_price: 700 RUB, conversion: 20%, calls_per_month: 20000}}\ntariffs:\n  - {{provider: P, plan: Ten, \
             source: {{name: s}}, capacity: {{channels_included: 10, channels_max: {most}}}, \
             prices: {{monthly: 900 RUB, per_channel: 30 RUB}}}}\n"
        );
        fs::write(&file, text).expect("written");
        let asked = [&*file.to_string_lossy(), "--growth", "1", "--replications", "2", "--break-at", "5%"];
        let (code, said, told) = busyhour(&asked, folder.path());
        assert_eq!(code, Some(0), "{told}");
        said
    };
    let short = told_with("12");
    assert!(short.contains("no plan stays") && short.contains("even with all 12 channels"), "{short}");
    let enough = told_with("40");
    assert!(!enough.contains("no plan stays") && !enough.contains("even with all"), "{enough}");
}

/// Five calls of 5:20, by the minute: 30 minutes of the 100 included, so that 70 serve next month; with 40 minutes from
/// last month 110 were there, and no more than this month's own are left over. The set-up is paid in the first month.
#[test]
fn an_invoice_tells_set_up_and_what_rolls_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let scenario = folder.path().join("five.yaml");
    let text = "name: five\nseed: 1\ncalls: 5\ntraffic: {profile: 60/h, callers: [{talk: 320s}]}\npbx: {channels: 9}\n\
                cost: {call_price: 1 RUB, conversion: 20%, calls_per_month: 5}\n";
    let plan = "plans:\n  - {provider: P, plan: Rolling, source: {name: s}, capacity: {channels_included: 9}, \
                prices: {setup: 300 RUB, monthly: 900 RUB}, \
                minutes: {inbound: {included: 100, price: 2 RUB, first: 60s, next: 60s, ROLL}}}\n";
    fs::write(&scenario, text).expect("written");
    let plans = folder.path().join("plans.yaml");
    let simulated = Command::new(env!("CARGO_BIN_EXE_busyhour"))
        .args(["simulate", "--quiet", "--out"])
        .args([folder.path(), &scenario])
        .output()
        .expect("busyhour starts");
    // Five calls prove no gate.
    assert_eq!(simulated.status.code(), Some(5), "{}", String::from_utf8_lossy(&simulated.stderr));
    let name = |path: &Path| path.to_string_lossy().into_owned();
    let bill = |roll: &str, more: &[&str]| {
        fs::write(&plans, plan.replace("ROLL", roll)).expect("written");
        let calls = folder.path().join("calls.csv");
        let (scenario, plans, calls) = (name(&scenario), name(&plans), name(&calls));
        let asked = [&[&*scenario, "--plans", &plans, "--invoice", &calls], more].concat();
        let (code, said, told) = busyhour(&asked, folder.path());
        assert_eq!(code, Some(0), "{told}");
        said
    };
    let usual = bill("roll_over: true", &[]);
    assert!(usual.contains("total 900.00 RUB") && !usual.contains("set-up"), "{usual}");
    assert!(usual.contains("70 inbound minutes are left over for next month"), "{usual}");
    let first = bill("roll_over: true", &["--first-month"]);
    assert!(first.contains("set-up") && first.contains("total 1200.00 RUB"), "{first}");
    let carried = bill("roll_over: true", &["--carried-over", "40"]);
    assert!(carried.contains("100 inbound minutes are left over"), "{carried}");
    assert!(!bill("roll_over: false", &[]).contains("left over"));
    let russian = bill("roll_over: true", &["--first-month", "--lang", "ru"]);
    for told in
        ["подключение", "минут, остающихся на следующий месяц (входящие): 70", "всего 1\u{a0}200,00 RUB"]
    {
        assert!(russian.contains(told), "{told}: {russian}");
    }
    for english in ["set-up", "minutes", "total"] {
        assert!(!russian.contains(english), "{english}: {russian}");
    }
}

const CONTRACT: &str = "call_id,phase,attempt,caller,class,did,intended_start_s,started_s,ringing_s,answered_s,ended_s,\
                        outcome,cause,sip_status,q850,wait_s,talk_s,agent,queue,ended_by\n";

/// Ten calls of ten minutes, ten seconds apart, as a log of the contract's columns has them, and one that was refused.
fn ten_at_once(folder: &Path) -> String {
    let call = |n: u32| {
        let (start, end) = (10 * n, 10 * n + 600);
        let number = 100 + n % 2;
        format!(
            "c{n},measured,0,79{n},customer,{number},{start},{start},{start},{start},{end},completed.pbx,completed-by-pbx,\
             200,,,600,,,caller\n"
        )
    };
    let refused =
        "c10,measured,0,7910,customer,100,100,100,,,100,technical.trunk,pbx-channels-full,503,34,,,,,pbx\n";
    let path = folder.join("ten.csv");
    fs::write(&path, CONTRACT.to_owned() + &(0..10).map(call).collect::<String>() + refused)
        .expect("written");
    path.to_string_lossy().into_owned()
}

/// What each plan's invoice of the ten calls says, under firm `needs`.
fn invoice_of_ten(folder: &Path, needs: &str, plan: &str, more: &[&str]) -> String {
    let calls = ten_at_once(folder);
    let file = folder.join("plan.yaml");
    let text = format!(
        "name: ten\nseed: 1\ncalls: 5\ntraffic: {{profile: 60/h, callers: [{{talk: 600s}}]}}\nneeds: {{{needs}}}\n\
         cost: {{call_price: 1 RUB, conversion: 20%, calls_per_month: 5}}\n\
         tariffs:\n  - {{provider: P, plan: One, source: {{name: s}}, {plan}}}\n"
    );
    fs::write(&file, text).expect("written");
    let (code, said, told) =
        busyhour(&[&[&*file.to_string_lossy(), "--invoice", &calls], more].concat(), folder);
    assert_eq!(code, Some(0), "{told}");
    said
}

/// By hand: of ten calls at once eight, or with two channels for every second call thirteen channels, lie over the two.
#[test]
fn an_invoice_of_recorded_calls_bills_minutes_over_the_cap() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let burst = "over_cap: {burst: {per_minute: 0.5 RUB}}, prices: {monthly: 100 RUB}";
    let said = |needs: &str, capacity: &str, more: &[&str]| {
        let plan = format!("capacity: {{channels_included: 2{capacity}}}, {burst}");
        invoice_of_ten(folder.path(), needs, &plan, more)
    };
    let usual = said("", "", &[]);
    assert!(usual.contains("80 × 0.5 = 40.00") && usual.contains("total 140.00 RUB"), "{usual}");
    assert!(
        usual.contains("held up to 10; in this invoice: 2") && usual.contains("channels: 8; minutes"),
        "{usual}"
    );
    assert!(
        usual.contains("lost for technical reasons: 1;") && !usual.contains("no more channels"),
        "{usual}"
    );
    // Fifteen legs: the first two calls find room for one and for one of two.
    let legs = said("forwarded: 50%", ", legs_per_call: {forward: 2}", &[]);
    assert!(legs.contains("130 × 0.5 = 65.00") && legs.contains("held up to 15"), "{legs}");
    assert!(legs.contains("which calls were sent on to an outside number: 50\u{a0}% of them"), "{legs}");
    // Five calls on each of two numbers, two channels each: three of the five are over.
    let numbers = said("dids: 2", ", scope: did", &[]);
    assert!(
        numbers.contains("60 × 0.5 = 30.00") && numbers.contains("that of the number dialled"),
        "{numbers}"
    );
    let turns = said("trunks: 3", ", scope: trunk", &[]);
    // Four, three and three: two, one and one are over.
    assert!(turns.contains("40 × 0.5 = 20.00") && turns.contains("in turn"), "{turns}");
    assert!(said("", ", channels_max: 9", &[]).contains("the plan has no more channels"));
    let russian = said("forwarded: 50%", ", legs_per_call: {forward: 2}", &["--lang", "ru"]);
    assert!(russian.contains("вызовов сверх каналов тарифа: 9; минут"), "{russian}");
    assert!(russian.contains("переведены на внешний номер: считается, что таких 50\u{a0}%"), "{russian}");
}

/// A plan priced by the channel bills those that the calls held at once; what states no price is not free.
#[test]
fn an_invoice_of_recorded_calls_bills_the_channels_that_they_held_and_tells_what_has_no_price() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = |needs: &str, plan: &str| invoice_of_ten(folder.path(), needs, plan, &[]);
    let channels = said("", "capacity: {channels_included: 0}, prices: {per_channel: 12 USD}");
    assert!(
        channels.contains("10 × 12 = 120.00") && channels.contains("held up to 10; in this invoice: 10"),
        "{channels}"
    );
    let beside = said("", "capacity: {channels_included: 4}, prices: {monthly: 50 USD, per_channel: 12 USD}");
    assert!(beside.contains("6 × 12 = 72.00") && beside.contains("total 122.00 USD"), "{beside}");
    let few = said("", "capacity: {channels_included: 4, channels_max: 7}, prices: {per_channel: 12 USD}");
    assert!(few.contains("3 × 12 = 36.00") && few.contains("the plan has no more channels"), "{few}");
    // A channel for every two users, as many as the firm has, whatever its calls held.
    let users = said(
        "users: 24",
        "capacity: {channels_included: 4, users_max_per_channel: 2}, prices: {per_channel: 12 USD}",
    );
    assert!(users.contains("8 × 12 = 96.00") && users.contains("in this invoice: 12"), "{users}");
    let unpriced = said("", "capacity: {channels_included: 4}");
    assert!(
        unpriced.contains("P: One: its source states no regular price") && !unpriced.contains("total"),
        "{unpriced}"
    );
    let by_use = said("", "minutes: {inbound: {price: 2 RUB}}");
    assert!(
        by_use.contains("total 200.00 RUB") && by_use.contains("the plan's source states none"),
        "{by_use}"
    );
    let yearly = said("", "capacity: {channels_included: 10}, prices: {yearly: 350 EUR}");
    assert!(yearly.contains("1 × 29.1667 = 29.17"), "{yearly}");
}

/// A caller who is sent on to a mobile, or called back, is on a call out as well. By hand: of ten calls of ten minutes two are
/// sent on and one is called back, 20 and 10 minutes out at 3 RUB, beside 100 minutes in at 1 RUB; and two and three calls
/// of 5 RUB each.
#[test]
fn an_invoice_of_recorded_calls_bills_the_calls_out_of_those_that_were_sent_on_or_called_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let said = |needs: &str, outbound: &str, more: &[&str]| {
        let meters = format!("minutes: {{inbound: {{price: 1 RUB}}, outbound: {{{outbound}}}}}");
        let plan = format!("capacity: {{channels_included: 10}}, prices: {{monthly: 50 RUB}}, {meters}");
        invoice_of_ten(folder.path(), needs, &plan, more)
    };
    let price = "price: 3 RUB";
    let nobody = said("", price, &[]);
    assert!(nobody.contains("total 150.00 RUB") && !nobody.contains("outbound"), "{nobody}");
    let sent_on = said("forwarded: 20%", price, &[]);
    assert!(sent_on.contains("20 × 3 = 60.00") && sent_on.contains("total 210.00 RUB"), "{sent_on}");
    assert!(
        sent_on.contains(
            "sent on to an outside number: 20\u{a0}% of all that were served are billed as calls out"
        ),
        "{sent_on}"
    );
    let both = said("forwarded: 20%, called_back: 10%, consulted: 30%", price, &[]);
    assert!(both.contains("30 × 3 = 90.00") && both.contains("answered by a call back: 10"), "{both}");
    assert!(!both.contains("consult"), "{both}");
    let by_call = said("forwarded: 20%, called_back: 10%", "per_call: 5 RUB", &[]);
    assert!(by_call.contains("3 × 5 = 15.00") && by_call.contains("total 165.00 RUB"), "{by_call}");
    let russian = said("forwarded: 20%", price, &["--lang", "ru"]);
    assert!(russian.contains("20\u{a0}% обслуженных оплачиваются ещё и как исходящие"), "{russian}");
    // What costs nothing needs no word.
    assert!(!said("forwarded: 20%", "price: 0 RUB", &[]).contains("sent on"));
}

/// 3 erlangs wait for one of two channels: that is no plan without loss.
#[test]
fn a_plan_whose_queue_grows_without_end_is_not_recommended_and_it_is_said_why() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("line.yaml");
    let said = |channels: u32, language: &str| {
        let text = format!(
            "name: line\nseed: 3\nwarm_up: 1h\ncalls: 600\ntraffic: {{profile: 60/h, callers: [{{talk: {{exponential: \
             {{mean: 180s}}}}}}]}}\ncost: {{call_price: 700 RUB, conversion: 20%, calls_per_month: 20000}}\n\
             tariffs:\n  - {{provider: P, plan: Line, source: {{name: s}}, capacity: {{channels_included: {channels}}}, \
             over_cap: queue, prices: {{monthly: 900 RUB}}}}\n"
        );
        fs::write(&file, text).expect("written");
        let asked = [&*file.to_string_lossy(), "--growth", "1", "--replications", "2", "--lang", language];
        let (code, said, told) = busyhour(&asked, folder.path());
        assert_eq!(code, Some(0), "{told}");
        said
    };
    let endless = said(2, "en");
    assert!(
        endless.contains("no plan stays") && endless.contains("the queue grows without end"),
        "{endless}"
    );
    assert!(endless.contains("×0.667") && endless.contains("33.3"), "{endless}");
    assert!(said(2, "ru").contains("очередь растёт без конца, и 33,3"));
    let ends = said(5, "en");
    assert!(!ends.contains("without end") && ends.contains("with 5 channels calls wait"), "{ends}");
}

#[test]
fn mistakes_end_in_a_sentence_and_code_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cases: [(&[&str], &str); 7] = [
        (&[LADDER, "--plans", "lader"], "did you mean `ladder`?"),
        (&[LADDER, "--on", "1 April"], "write it as --on 2026-04-01"),
        (&[LADDER, "--growth", "0"], "write --growth 1,1.2"),
        (&[LADDER, "--break-at", "100%"], "write --break-at 1%,15%"),
        (&["scenarios/quick-start.yaml", "--set", "cost="], "cost"),
        (&[LADDER, "--invoice", "calls.csv", "--growth", "2"], "cannot be used with"),
        (&[LADDER, "--invoice", "no-such.csv"], "write the calls.csv of a run"),
    ];
    for (arguments, remedy) in cases {
        let (code, _, told) = busyhour(arguments, folder.path());
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        assert!(told.contains(remedy), "{arguments:?}: {told}");
    }
}

/// `SAMPLES=write cargo test --test tariffs` renders it anew from its figures.
#[test]
fn the_sample_is_the_same_bytes_from_its_figures() {
    let folder = root().join("reports/samples/tariff-ladder-ru");
    let json = fs::read_to_string(folder.join("tariffs.json")).expect("the sample is there");
    let study: Study = serde_json::from_str(&json).expect("a study");
    for artifact in tariffs::render_all(&study, Language::Russian) {
        let path = folder.join(&artifact.path);
        if std::env::var("SAMPLES").is_ok_and(|value| value == "write") {
            fs::create_dir_all(path.parent().expect("below the sample")).expect("a folder");
            fs::write(&path, &artifact.bytes).expect("written");
        }
        let sample = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", artifact.path));
        assert!(sample == artifact.bytes, "{} differs", artifact.path);
    }
    let page = fs::read_to_string(folder.join("tariffs.html")).expect("the page is there");
    assert!(page.contains("Чем крупнее пучок каналов, тем меньший рост его ломает."));
}
