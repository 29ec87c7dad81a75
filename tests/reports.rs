//! The reports in `reports/samples/`: what a reader of this repository sees is what the program makes today, and
//! the points of its charts are the figures of its result.
//!
//! `SAMPLES=write cargo test --test reports` writes the samples anew, for a person to look at before they are committed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use busyhour::report;
use busyhour::report::Language;
use busyhour::report::language::sentences;
use busyhour::result::Interval;
use busyhour::result::RunResult;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sample(name: &str) -> PathBuf {
    root().join("reports/samples").join(name)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn result_of(name: &str) -> RunResult {
    serde_json::from_str(&read(&sample(name).join("result.json"))).expect("a sample is a result")
}

/// Files of a sample, as paths below its folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            found.insert(name);
        }
    }
    found
}

/// Compares the sample's files with those just made, or writes them where `SAMPLES=write` asks for it.
fn compare(name: &str, made: impl Fn(&str) -> Vec<u8>) {
    let folder = sample(name);
    for file in files(&folder) {
        let bytes = made(&file);
        if std::env::var("SAMPLES").is_ok_and(|value| value == "write") {
            fs::write(folder.join(&file), &bytes).expect("the sample is written");
        }
        let committed = fs::read(folder.join(&file)).expect("the sample is there");
        let place = committed.iter().zip(&bytes).position(|(a, b)| a != b);
        let place = place.or((committed.len() != bytes.len()).then(|| committed.len().min(bytes.len())));
        assert_eq!(place, None, "{name}/{file} differs from this byte on; SAMPLES=write makes it anew");
    }
}

fn simulate(folder: &Path, scenario: &str, more: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    command.args(["simulate", scenario, "--quiet", "--out"]).arg(folder).args(more);
    let output = command.current_dir(root()).output().expect("busyhour starts");
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 3 | 5)), "{code:?} {}", String::from_utf8_lossy(&output.stderr));
}

fn simulated_again(name: &str, scenario: &str, lang: &str) {
    simulated_with(name, scenario, &["--lang", lang]);
}

fn simulated_with(name: &str, scenario: &str, more: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    simulate(folder.path(), scenario, more);
    compare(name, |file| {
        fs::read(folder.path().join(file))
            .unwrap_or_else(|error| panic!("{name}/{file} is no longer made: {error}"))
    });
}

#[test]
fn the_plan_beside_several_replications_is_that_of_all_of_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    simulate(folder.path(), "scenarios/peak-hour.yaml", &["--replications", "3"]);
    let text = read(&folder.path().join("result.json"));
    let result: RunResult = serde_json::from_str(&text).expect("a result");
    let planned: f64 = result.intervals.iter().filter_map(|slice| slice.planned).sum();
    let offered = real(result.outcomes.offered);
    assert!((offered - planned).abs() < 4.0 * planned.sqrt(), "{offered} offered, {planned} planned");
}

#[test]
fn a_simulated_sample_is_the_same_bytes_from_its_seed() {
    simulated_again("economy-tariff-simulated", "scenarios/economy-tariff-after-growth.yaml", "en");
}

/// A menu: where callers leave it, in both languages.
#[test]
fn the_samples_of_a_menu_are_the_same_bytes_from_their_seed() {
    simulated_again("ivr-containment-simulated", "scenarios/ivr-containment.yaml", "en");
    simulated_again("ivr-containment-simulated-ru", "scenarios/ivr-containment.yaml", "ru");
}

/// Callers whom a queue does not keep: where each of them goes.
#[test]
fn the_sample_of_full_queues_is_the_same_bytes_from_its_seed() {
    simulated_again("when-the-queue-is-full-simulated", "scenarios/when-the-queue-is-full.yaml", "en");
}

/// Callers whom agents send on: how many, and who waits where.
#[test]
fn the_sample_of_transfers_is_the_same_bytes_from_its_seed() {
    simulated_again("passed-on-to-support-simulated-ru", "scenarios/passed-on-to-support.yaml", "ru");
}

/// Customers who ask to be called, in both languages.
#[test]
fn the_samples_of_callbacks_are_the_same_bytes_from_their_seed() {
    for (name, lang) in [("call-me-back-simulated", "en"), ("call-me-back-simulated-ru", "ru")] {
        let more = ["--set", "pbx.agents.count=5", "--lang", lang];
        simulated_with(name, "scenarios/call-me-back.yaml", &more);
    }
}

#[test]
fn a_simulated_sample_in_russian_is_the_same_bytes_from_its_seed() {
    simulated_again("how-many-agents-simulated-ru", "scenarios/how-many-agents.yaml", "ru");
}

/// Makes a comparison again from its seed.
fn compared_again(name: &str, scenario: &str, more: &[&str]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    command.args(["simulate", scenario, "--quiet", "--threads", "2", "--out"]).arg(folder.path()).args(more);
    let output = command.current_dir(root()).output().expect("busyhour starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    compare(name, |file| {
        fs::read(folder.path().join(file))
            .unwrap_or_else(|error| panic!("{name}/{file} is no longer made: {error}"))
    });
}

/// One more agent or two more lines, each variant with the same callers.
#[test]
fn a_comparison_of_variants_is_the_same_bytes_from_its_seed() {
    let levers =
        ["--vary", "agents=11,12", "--vary", "channels=16,18", "--replications", "10", "--lang", "ru"];
    compared_again("one-more-agent-variants-ru", "scenarios/one-more-agent.yaml", &levers);
}

/// Five ways of distributing calls, in both languages.
#[test]
fn a_comparison_of_strategies_is_the_same_bytes_from_its_seed() {
    let strategies = "skill_priority,longest_idle,ring_all,percent,random";
    for (name, lang) in [("which-strategy-strategies", "en"), ("which-strategy-strategies-ru", "ru")] {
        let more = ["--strategies", strategies, "--replications", "10", "--lang", lang];
        compared_again(name, "scenarios/which-strategy.yaml", &more);
    }
}

#[test]
fn the_live_sample_renders_again_to_the_same_bytes() {
    let result = result_of("quick-start-live");
    let artifacts = report::render_all(&result, Language::English);
    compare("quick-start-live", |file| {
        let made = artifacts.iter().find(|artifact| artifact.path == file);
        made.unwrap_or_else(|| panic!("{file} is no longer made")).bytes.clone()
    });
}

/// The drawing of a chart, out of the page that a reader opens.
fn drawing<'page>(page: &'page str, id: &str) -> &'page str {
    let start = page.find(&format!("<svg class=\"chart\" id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    let length = page[start..].find("</svg>").expect("a drawing ends");
    &page[start..start + length]
}

fn drawings(page: &str) -> Vec<(&str, &str)> {
    let opening = "<svg class=\"chart\" id=\"";
    let named = page.split(opening).skip(1).map(|rest| rest.split('"').next().expect("an id ends"));
    named.map(|id| (id, drawing(page, id))).collect()
}

fn attribute<'tag>(tag: &'tag str, name: &str) -> Option<&'tag str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn numbers(list: &str) -> Vec<f64> {
    list.split([' ', ',']).filter(|word| !word.is_empty()).map(|word| word.parse().expect(word)).collect()
}

/// The tags of a series.
fn tags<'svg>(svg: &'svg str, series: &str) -> Vec<&'svg str> {
    let wanted = format!("data-series=\"{series}\"");
    svg.split('<').filter(|tag| tag.contains(&wanted)).collect()
}

/// The data of a series, as the drawing states them.
fn points(svg: &str, series: &str) -> Vec<(f64, f64)> {
    let of = |name: &str| -> Vec<f64> {
        tags(svg, series).iter().flat_map(|tag| numbers(attribute(tag, name).expect("data"))).collect()
    };
    of("data-x").into_iter().zip(of("data-y")).collect()
}

/// The centres of a series' circles, in tenths of a pixel.
fn circles(svg: &str, series: &str) -> Vec<(f64, f64)> {
    let number = |tag: &str, name| attribute(tag, name).expect("a circle").parse().expect("a number");
    tags(svg, series).into_iter().map(|tag| (number(tag, "cx"), number(tag, "cy"))).collect()
}

/// Asserts that each place is where a linear axis through the outermost two puts the value.
fn assert_linear(what: &str, values: &[f64], places: &[f64]) {
    assert_eq!(values.len(), places.len(), "{what}");
    let order = |a: &(usize, &f64), b: &(usize, &f64)| a.1.total_cmp(b.1);
    let low = values.iter().enumerate().min_by(order).expect("points").0;
    let high = values.iter().enumerate().max_by(order).expect("points").0;
    assert!(values[high] > values[low], "{what}: nothing to compare");
    for (value, place) in values.iter().zip(places) {
        let share = (value - values[low]) / (values[high] - values[low]);
        let wanted = places[low] + share * (places[high] - places[low]);
        // Places are whole tenths of a pixel at both ends and in between.
        assert!((place - wanted).abs() <= 1.5, "{what}: {value} is drawn at {place}, not {wanted}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls in a sample")]
fn real(count: u64) -> f64 {
    count as f64
}

/// One of an interval's counts.
type Count = fn(&Interval) -> u64;

/// The intervals as a chart 700 pixels wide merges them, at most 180 slices, and half a slice's width.
fn drawn_slices(result: &RunResult) -> (Vec<&[Interval]>, f64) {
    let merged = result.intervals.len().div_ceil(180);
    (result.intervals.chunks(merged).collect(), result.interval_s * real(merged as u64) / 2.0)
}

#[test]
fn the_points_of_the_charts_over_time_are_those_of_the_live_result() {
    let result = result_of("quick-start-live");
    let page = read(&sample("quick-start-live").join("report.html"));
    let svg = drawing(&page, "concurrency");
    let (slices, half) = drawn_slices(&result);
    let mut mean = points(svg, "concurrency-mean");
    mean.pop();
    let means = slices.iter().map(|slice| {
        let sum: f64 = slice.iter().map(|interval| interval.concurrency.mean).sum();
        (slice[0].start_s, sum / real(slice.len() as u64))
    });
    assert_eq!(mean, means.collect::<Vec<_>>());
    let peak = slices.iter().map(|slice| {
        let peaks = slice.iter().map(|interval| interval.concurrency.peak);
        (slice[0].start_s + half, f64::from(peaks.max().expect("a slice has an interval")))
    });
    assert_eq!(points(svg, "concurrency-peak"), peak.collect::<Vec<_>>());

    let svg = drawing(&page, "offered");
    let planned = |slice: &&[Interval]| slice.iter().any(|interval| interval.planned.is_some());
    let measured: Vec<&[Interval]> = slices.iter().copied().filter(planned).collect();
    assert!(measured.len() > 100 && measured.len() < slices.len(), "warm-up and drain are left out");
    let counts: [(&str, Count); 3] = [
        ("offered", |slice| slice.offered),
        ("completed", |slice| slice.completed),
        ("technical", |slice| slice.technical),
    ];
    for (series, of) in counts {
        let sum = |slice: &[Interval]| real(slice.iter().map(of).sum());
        let wanted = measured.iter().map(|slice| (slice[0].start_s + half, sum(slice)));
        assert_eq!(points(svg, series), wanted.collect::<Vec<_>>(), "{series}");
    }
    let offered: f64 = points(svg, "offered").iter().map(|(_, calls)| calls).sum();
    assert!((offered - real(result.outcomes.offered)).abs() < 0.5, "every counted call is drawn");
}

#[test]
fn the_points_of_the_other_charts_are_those_of_the_live_result() {
    let result = result_of("quick-start-live");
    let page = read(&sample("quick-start-live").join("report.html"));
    let advice = result.recommendation.trunks.as_ref().expect("advice");
    let svg = drawing(&page, "loss-against-channels");
    assert_eq!(points(svg, "measured"), [(f64::from(advice.now), result.blocking.ratio.expect("a ratio"))]);
    let drawn = points(svg, "blocking");
    let curve = advice.curve.iter().map(|point| (f64::from(point.n), point.value));
    assert_eq!(drawn, curve.filter(|(_, loss)| *loss >= advice.target / 20.0).collect::<Vec<_>>());
    let growth = advice.growth.iter().map(|step| (step.growth, step.value_now));
    assert_eq!(points(drawing(&page, "growth-trunks"), "growth"), growth.collect::<Vec<_>>());

    let bars =
        ["completed", "human", "technical", "other"].map(|class| points(drawing(&page, "outcomes"), class));
    let sum: f64 = bars.iter().flatten().map(|(calls, _)| calls).sum();
    assert!((sum - real(result.outcomes.offered)).abs() < 0.5, "the bars add up to what was offered");
    let funnel = (0_u32..).zip(&result.funnel).map(|(at, stage)| (real(stage.calls), f64::from(at)));
    assert_eq!(points(drawing(&page, "funnel"), "funnel"), funnel.collect::<Vec<_>>());
    let delay = result.latency_ms.post_dial_delay.as_ref().expect("delays");
    let told = 100.0 - 100.0 / real(delay.n);
    let curve = delay.curve.iter().filter(|point| point.percentile <= told);
    let curve = curve.map(|point| (point.percentile, point.ms)).collect::<Vec<_>>();
    assert_eq!(points(drawing(&page, "delay-percentiles"), "post-dial-delay"), curve);
}

#[test]
fn the_points_of_the_charts_of_callbacks_are_those_of_the_result() {
    let result = result_of("call-me-back-simulated");
    let [queue] = &result.callbacks[..] else { panic!("one queue calls back") };
    for name in ["call-me-back-simulated", "call-me-back-simulated-ru"] {
        let page = read(&sample(name).join("report.html"));
        let bars = [queue.requested, queue.in_time, queue.late, queue.never].map(real);
        let drawn = points(drawing(&page, "callbacks"), "callbacks");
        assert_eq!(drawn, bars.into_iter().zip([0.0, 1.0, 2.0, 3.0]).collect::<Vec<_>>());
        let svg = drawing(&page, "callback-waits");
        let [(minutes, kept)] = points(svg, "callback-promise")[..] else { panic!("one promise") };
        assert!((minutes - queue.promise_s / 60.0).abs() < 1e-9);
        assert!((kept - queue.kept.expect("some asked")).abs() < 1e-9, "{kept}");
        let drawn = points(svg, "callback-waits");
        let curve = queue.waits.iter().map(|(seconds, share)| (seconds / 60.0, *share)).collect::<Vec<_>>();
        assert!(drawn.len() > 20);
        for ((minutes, share), (x, y)) in curve.iter().zip(&drawn[..drawn.len() - 1]) {
            assert!((minutes - x).abs() < 1e-6 && (share - y).abs() < 1e-9, "{minutes} {share} at {x} {y}");
        }
    }
    for name in ["how-many-agents-simulated-ru", "quick-start-live"] {
        let page = read(&sample(name).join("report.html"));
        assert!(!page.contains("id=\"callback"), "{name} has no callbacks");
    }
}

#[test]
fn points_stand_where_their_axes_put_them() {
    let page = read(&sample("quick-start-live").join("report.html"));
    let svg = drawing(&page, "concurrency");
    let (values, places) = (points(svg, "concurrency-peak"), circles(svg, "concurrency-peak"));
    let firsts = |pairs: &[(f64, f64)]| pairs.iter().map(|pair| pair.0).collect::<Vec<_>>();
    let seconds = |pairs: &[(f64, f64)]| pairs.iter().map(|pair| pair.1).collect::<Vec<_>>();
    assert_linear("time", &firsts(&values), &firsts(&places));
    assert_linear("channels", &seconds(&values), &seconds(&places));
    let svg = drawing(&page, "loss-against-channels");
    let (values, places) = (points(svg, "blocking"), circles(svg, "blocking"));
    let logarithms = values.iter().map(|(_, loss)| loss.log10()).collect::<Vec<_>>();
    assert_linear("logarithm of the loss", &logarithms, &seconds(&places));
}

fn pages() -> Vec<(String, String)> {
    let names = [
        "economy-tariff-simulated",
        "how-many-agents-simulated-ru",
        "call-me-back-simulated",
        "call-me-back-simulated-ru",
        "quick-start-live",
    ];
    names.map(|name| (name.to_owned(), read(&sample(name).join("report.html")))).to_vec()
}

#[test]
fn every_axis_of_every_chart_has_a_unit() {
    // Things that are counted are their own unit; growth is a factor, and its ticks say ×.
    let counted = [
        "Calls",
        "Channels",
        "Agents",
        "Вызовы",
        "Каналы",
        "Операторы",
        "Callers in the queue",
        "Абоненты в очереди",
        "Day of the week, Mon–Sun",
        "День недели, Пн–Вс",
        "Customers",
        "Абоненты",
        "Called by then, % of those who asked",
        "Получили звонок к этому времени, % от просивших",
        "Growth of the load",
        "Рост нагрузки",
    ];
    let units = ["%", "ms", "s", "min", "h", "Erl", "мс", "с", "мин", "ч", "Эрл"];
    for (name, page) in pages() {
        let drawings = drawings(&page);
        assert!(drawings.len() >= 6, "{name}: only {} charts", drawings.len());
        for (id, svg) in drawings {
            let axes = svg.split("<text").filter(|text| text.contains(" data-axis=")).collect::<Vec<_>>();
            // Bars that lie flat have names of things on their other axis.
            let wanted = if ["outcomes", "funnel", "sensitivity", "callbacks"].contains(&id) { 1 } else { 2 };
            assert_eq!(axes.len(), wanted, "{name}: axes of {id}");
            for axis in axes {
                let text = axis.split('>').nth(1).and_then(|text| text.split('<').next()).expect("a name");
                let per = text.starts_with("Calls per ") || text.starts_with("Вызовов за ");
                let unit = text.rsplit(", ").next().is_some_and(|unit| units.contains(&unit));
                assert!(per || unit || counted.contains(&text), "{name}: {id} has an axis \"{text}\"");
            }
        }
    }
}

#[test]
fn no_page_asks_anything_of_another_host() {
    for (name, page) in pages() {
        for asking in
            [" src=", "href=\"http", "@import", "<script", "<link", "<iframe", "<object", "<img", "srcset"]
        {
            assert!(!page.contains(asking), "{name} has {asking}");
        }
        let outside =
            page.split("url(").skip(1).find(|rest| !rest.trim_start_matches(['"', '\'']).starts_with('#'));
        assert_eq!(outside, None, "{name} fetches a style's resource");
    }
}

/// Text literals of a piece of source, without its comments and tests; `{…}` becomes `{}`.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().expect("a first part");
    let code = source.lines().map(str::trim).filter(|line| {
        let skipped = ["//", "reason =", "#[error("];
        !skipped.iter().any(|start| line.starts_with(start)) && !line.contains("expect(")
    });
    let code = code.collect::<Vec<_>>().join("\n").replace("\\\n", "");
    let mut found = Vec::new();
    for literal in code.split('"').skip(1).step_by(2) {
        let mut plain = String::new();
        let mut inside = false;
        for character in literal.chars() {
            match character {
                '{' => (inside, plain) = (true, plain + "7"),
                '}' => inside = false,
                _ if inside => {}
                other => plain.push(other),
            }
        }
        found.push(plain);
    }
    found
}

/// Every sentence that a result can carry is known in Russian. Sentences are the literals with a few words in them.
#[test]
fn every_sentence_of_a_result_is_translated() {
    let part = |file: &str, from: &str, to: &str| {
        let source = read(&root().join("src").join(file));
        let start = source.find(from).unwrap_or_else(|| panic!("{file}: no {from}"));
        let end = source[start..].find(to).map_or(source.len(), |end| start + end);
        source[start..end].to_owned()
    };
    let whole = |file: &str| read(&root().join("src").join(file));
    let sources = [
        whole("sizing/expected.rs"),
        whole("verdict/validity.rs"),
        whole("verdict/windows.rs"),
        whole("verdict/evaluate.rs"),
        whole("verdict/systemic.rs"),
        whole("books/reconcile.rs"),
        part("result/assemble.rs", "fn circuits_note", "fn arrivals("),
        part("cli/finish.rs", "fn facts", "fn poisson_fit"),
        part("cli/simulate/conclude.rs", "fn judge", "\n}\n"),
        part("cli/simulate/conclude.rs", "fn interrupted", "\n}\n"),
        part("cli/simulate/conclude.rs", "fn notes", "\n}\n"),
        part("cli/check.rs", "fn gate_forecast", "fn significant"),
        part("pbx/onward/lint.rs", "impl fmt::Display", "\n}\n"),
        part("pbx/transfers/habits.rs", "impl fmt::Display", "\n}\n"),
    ];
    let (mut sentences, mut unknown) = (0, Vec::new());
    for literal in sources.iter().flat_map(|source| literals(source)) {
        let letters = |word: &&str| word.chars().any(char::is_alphabetic);
        if literal.split_whitespace().filter(letters).count() < 3 {
            continue;
        }
        sentences += 1;
        // The books' differences are said of a call, the reasons against a formula after a colon.
        let forms = [literal.clone(), format!("call 7 {literal}")];
        let known = forms.iter().any(|form| {
            let russian = sentences::translate(form, Language::Russian);
            russian != *form && !russian.contains(literal.as_str())
        });
        if !known {
            unknown.push(literal);
        }
    }
    assert!(unknown.is_empty(), "no Russian for {unknown:#?}");
    assert!(sentences > 40, "only {sentences} sentences were found");
}

/// Three kinds of callers at 30, 30 and 40 %: each share lies within its simultaneous interval, counted by the class
/// in the result and, as an estimator must, by the number dialled in the PBX's own records. The week's busy hour was
/// planted on Monday at ten.
#[test]
fn a_week_of_three_kinds_of_callers_tells_the_mix_the_busy_hour_and_the_value_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    command.args(["simulate", "scenarios/week-of-calls.yaml", "--quiet", "--out"]).arg(folder.path());
    assert_eq!(command.current_dir(root()).output().expect("busyhour starts").status.code(), Some(3));
    let result: RunResult =
        serde_json::from_str(&read(&folder.path().join("result.json"))).expect("a result");
    let planned = [0.3, 0.3, 0.4];
    for (class, share) in result.classes.iter().zip(planned) {
        let [low, high] = class.share_ci95.expect("counted");
        assert!((low..=high).contains(&share), "{class:?}");
    }
    let customers = &result.classes[0];
    assert_eq!(
        customers.value_lost.as_deref(),
        Some(format!("{}.00", 15_000 * customers.customers_lost).as_str())
    );
    assert!(customers.repeat_calls > 0 && result.classes[1].repeat_calls == 0);

    let cdr = read(&folder.path().join("cdr.csv"));
    let columns: Vec<Vec<&str>> = cdr.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let dialled = |number: &str| {
        let firsts = columns.iter().filter(|row| row[0].ends_with("-0") && row[2] == number);
        firsts.count() as u64
    };
    let counts = ["100", "200", "300"].map(dialled);
    assert!(counts.iter().sum::<u64>() > 9_000, "{counts:?}");
    for ((_, [low, high]), share) in busyhour::metrics::mix(&counts).into_iter().zip(planned) {
        assert!((low..=high).contains(&share), "{share} not in [{low}, {high}]");
    }

    let calendar = result.calendar.expect("a week has hours");
    let (clock, sliding) =
        (calendar.busy_hour_clock.expect("measured"), calendar.busy_hour_sliding.expect("measured"));
    assert_eq!((clock.weekday, clock.start.as_str()), (1, "10:00"));
    assert!(sliding.weekday == 1 && sliding.calls >= clock.calls, "{sliding:?} {clock:?}");
    assert_eq!(calendar.hours.len(), 168);
    assert!(result.deviations.iter().any(|log| log.recurring), "every working day breaks the service level");
}

/// The committed live sample beside a simulation of the same scenario and seed, as `report` sets them.
#[test]
fn the_live_sample_and_its_simulation_agree_and_the_page_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let simulated = folder.path().join("simulated");
    simulate(&simulated, "scenarios/quick-start.yaml", &[]);
    let (wire, simulation) = (sample("quick-start-live/result.json"), simulated.join("result.json"));
    let out = folder.path().join("agreement");
    for lang in ["en", "ru"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
        command.arg("report").arg(&wire).arg(&simulation).args(["--lang", lang, "--format", "json", "--out"]);
        let output = command.arg(&out).output().expect("busyhour starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let agreements: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let rows = agreements[0]["rows"].as_array().expect("rows");
        assert!(rows.iter().filter_map(|row| row["z"].as_f64()).all(|z| z.abs() <= 4.0), "{agreements}");
        let reasons = agreements[0]["formula_reasons"].to_string();
        assert!(reasons.contains("the planned rate rises to"), "{reasons}");
    }
    let page = read(&out.join("agreement.html"));
    assert!(page.contains("Реальные вызовы, моделирование и формула") && page.contains("<svg"));
    assert!(page.contains("интенсивность по плану поднимается"), "the reason in Russian");
}

/// Two simulations of one seed, the first taken for a live run: with the same channels every call ends alike; with one
/// more each call is counted, and the calls' own differences show what independent intervals hide.
#[test]
fn one_channel_more_is_seen_call_by_call() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let simulated = |name: &str, channels: &str| {
        let folder = folder.path().join(name);
        let set = format!("pbx.channels={channels}");
        let more = ["--set", "calls=400", "--set", "warm_up=0s", "--seed", "3", "--set", &set];
        simulate(&folder, "scenarios/economy-tariff-after-growth.yaml", &more);
        folder.join("result.json")
    };
    let (wire, same, more) = (simulated("wire", "10"), simulated("same", "10"), simulated("more", "11"));
    let live = read(&wire).replace("\"driver\": \"simulation\"", "\"driver\": \"live\"");
    fs::write(&wire, live).expect("written");
    let agreement = |simulation: &Path| -> serde_json::Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
        command.arg("report").arg(&wire).arg(simulation).args(["--format", "json"]);
        let output = command.output().expect("busyhour starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let ends = |result: &Path| -> BTreeSet<(String, String)> {
        let mut reader = csv::Reader::from_path(result.with_file_name("calls.csv")).expect("records");
        let names = reader.headers().expect("a header").clone();
        let place = |name: &str| names.iter().position(|column| column == name).expect("a column");
        let (index, outcome) = (place("index"), place("outcome"));
        let rows = reader.records().map(|row| row.expect("a row"));
        rows.map(|row| (row[index].to_owned(), row[outcome].to_owned())).collect()
    };
    let found = &agreement(&same)[0];
    assert_eq!(
        (found["same_calls"].as_bool(), found["differs"].as_array().map(Vec::len)),
        (Some(true), Some(0))
    );
    assert_eq!(
        (found["decided_alike"]["alike"].as_u64(), found["rows"][0]["paired"]["z"].as_f64()),
        (Some(400), Some(0.0))
    );
    let found = &agreement(&more)[0];
    assert_eq!(found["differs"][0]["key"], "pbx.channels");
    let alike = ends(&wire).intersection(&ends(&more)).count();
    assert!((340..392).contains(&alike), "fewer than 98 %: {alike}");
    assert_eq!(found["decided_alike"]["alike"].as_u64(), u64::try_from(alike).ok(), "{found}");
    let row = found["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|row| row["figure"] == "blocking")
        .expect("there");
    let (alone, paired) = (row["z"].as_f64().expect("z"), row["paired"]["z"].as_f64().expect("paired"));
    assert!(alone < 2.5 && paired > 4.0, "{row}");
}
