//! `busyhour simulate SCENARIO --vary key=a,b,c`: what-if levers under common random numbers.

use std::ops::ControlFlow;
use std::path::Path;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::common::Format;
use crate::cli::interrupted;
use crate::cli::load;
use crate::cli::output;
use crate::cli::simulate::levers;
use crate::cli::simulate::progress::Progress;
use crate::cli::simulate::refuse_the_impossible;
use crate::live::interrupts::Interrupts;
use crate::report;
use crate::report::Language;
use crate::result;
use crate::result::Ended;
use crate::result::Variants;
use crate::result::variants::Parts;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Gathered;
use crate::sim::replications;
use crate::traffic::arrivals::Arrivals;

/// Most variants of one comparison.
const VARIANTS_MAX: usize = 64;
/// Replications where none are asked for: enough for an interval of differences.
const REPLICATIONS: u64 = 20;
/// Times the volume, at most and at least.
const GROWTH: std::ops::RangeInclusive<f64> = 0.01..=100.0;

/// One lever and the values that it is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lever {
    /// As the user wrote it.
    key: String,
    values: Vec<String>,
}

/// A scenario with its levers set.
pub(super) struct Set {
    pub(super) name: String,
    pub(super) scenario: Scenario,
    /// Times the callers of the scenario as it is written; `scenario` has them, a month's calls of its cost have not.
    pub(super) growth: f64,
}

/// How often each variant is played.
///
/// # Errors
/// [`Failure::Usage`] if once: of one difference nobody knows how much of it is chance.
pub(super) fn replications(option: &str, asked: Option<u64>) -> Result<u64, Failure> {
    match asked {
        None => Ok(REPLICATIONS),
        Some(1) => Err(Failure::Usage(format!(
            "{option} with --replications 1: an interval of the difference needs at least 2; write --replications 2 or \
             more, or leave it out for {REPLICATIONS}"
        ))),
        Some(replications) => Ok(replications),
    }
}

/// Plays every variant with the same seeds and reports their differences from the first.
///
/// # Errors
/// [`Failure::Usage`] for a lever that does not fit the scenario, [`Failure::Tool`] if a file can't be written.
pub(super) fn execute(
    path: &Path,
    vary: &[String],
    replications: u64,
    common: &Common,
    interrupts: &Interrupts,
) -> Result<ExitCode, Failure> {
    let variants = compare(path, vary, replications, common, interrupts)?;
    present(&variants, "variants", common, interrupts)
}

/// Writes the comparison and prints it.
///
/// # Errors
/// [`Failure::Tool`] if a file can't be written.
pub(super) fn present(
    variants: &Variants,
    what: &str,
    common: &Common,
    interrupts: &Interrupts,
) -> Result<ExitCode, Failure> {
    let language = Language::from(common.lang);
    let directory =
        common.out.clone().unwrap_or_else(|| format!("reports/{}-{what}", variants.scenario).into());
    output::write(&directory, &report::variants::render(variants, language))?;
    let printed = match common.format {
        Format::Json => report::variants::json(variants),
        Format::Text => {
            let page = directory.join("report.html");
            format!("{}\n{}\n", report::variants::text(variants, language), page.display())
        }
    };
    output::print(&printed)?;
    let early = interrupts.heard().filter(|_| variants.ended == Some(Ended::Interrupted));
    Ok(early.map_or(ExitCode::Passed, interrupted::code))
}

fn compare(
    path: &Path,
    vary: &[String],
    replications: u64,
    common: &Common,
    interrupts: &Interrupts,
) -> Result<Variants, Failure> {
    let levers = vary.iter().map(|text| lever(text)).collect::<Result<Vec<_>, _>>()?;
    let base = load::scenario(path, common)?;
    load::refuse_auto_warm_up(&base, "simulate --vary")?;
    if base.seed_drawn && !common.quiet {
        eprintln!("seed {}", base.seed.0);
    }
    let sets = grid(&levers)?
        .into_iter()
        .map(|settings| set(path, &settings, &base, common))
        .collect::<Result<Vec<_>, _>>()?;
    let parts = |set: &Set, gathered: Gathered| {
        result::variants::parts(&set.scenario, set.growth, &gathered.collector.finish())
    };
    compared(&base, &sets, replications, (common, interrupts), parts)
}

/// What all variants came to, each played with the same seeds; of those replications that all had finished when a signal
/// came.
///
/// # Errors
/// [`Failure::Interrupted`] if these are fewer than two: nothing can be said of a difference.
pub(super) fn compared(
    base: &Scenario,
    sets: &[Set],
    replications: u64,
    (common, interrupts): (&Common, &Interrupts),
    parts: impl Fn(&Set, Gathered) -> Parts + Sync,
) -> Result<Variants, Failure> {
    interrupts.defer();
    let mut played = play(sets, replications, (common, interrupts), parts);
    let finished = played.iter().map(Vec::len).min().unwrap_or_default();
    let signal = interrupts.heard().filter(|_| (finished as u64) < replications);
    if let Some(signal) = signal.filter(|_| finished < 2) {
        return Err(interrupted::nothing(signal));
    }
    for parts in &mut played {
        parts.truncate(finished);
    }
    let names: Vec<String> = sets.iter().map(|set| set.name.clone()).collect();
    let variants = result::variants::compare(base, &names, &played);
    let threshold = base.target_service_level.threshold;
    let is_same = sets.iter().all(|set| set.scenario.target_service_level.threshold == threshold);
    let threshold_s = variants.threshold_s.filter(|_| is_same);
    Ok(Variants { ended: signal.map(|_| Ended::Interrupted), threshold_s, ..variants })
}

/// `key=a,b,c`; commas inside braces belong to a value.
fn lever(text: &str) -> Result<Lever, Failure> {
    let wrong = |what: &str| Failure::Usage(format!("--vary {text}: {what}; write --vary channels=10,11,12"));
    let (key, list) = text.split_once('=').ok_or_else(|| wrong("no `=`"))?;
    let mut values = vec![String::new()];
    let mut depth = 0_u32;
    for character in list.chars() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if character == ',' && depth == 0 {
            values.push(String::new());
        } else if let Some(value) = values.last_mut() {
            value.push(character);
        }
    }
    let values: Vec<String> = values.iter().map(|value| value.trim().to_owned()).collect();
    if key.trim().is_empty() || values.iter().any(String::is_empty) {
        return Err(wrong("a key or a value is missing"));
    }
    Ok(Lever { key: key.trim().to_owned(), values })
}

/// Every combination of the levers' values, the first of each making the baseline.
fn grid(levers: &[Lever]) -> Result<Vec<Vec<(String, String)>>, Failure> {
    let count = levers.iter().try_fold(1_usize, |count, lever| count.checked_mul(lever.values.len()));
    let count = count.unwrap_or(usize::MAX);
    if !(2..=VARIANTS_MAX).contains(&count) {
        return Err(Failure::Usage(format!(
            "--vary makes {count} variants; write 2 to {VARIANTS_MAX} of them, as --vary channels=10,11,12"
        )));
    }
    let mut grid: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for lever in levers {
        let with = |settings: &Vec<(String, String)>| {
            let values = lever.values.iter().map(|value| (lever.key.clone(), value.clone()));
            values.map(|value| settings.iter().cloned().chain([value]).collect()).collect::<Vec<_>>()
        };
        grid = grid.iter().flat_map(with).collect();
    }
    Ok(grid)
}

/// The scenario with these settings, and the seed of all.
fn set(path: &Path, settings: &[(String, String)], base: &Scenario, common: &Common) -> Result<Set, Failure> {
    let mut common = Common { seed: Some(base.seed.0), ..common.clone() };
    let mut growth = 1.0;
    for (key, value) in settings {
        if key == "growth" {
            growth = factor(value)?;
            continue;
        }
        common.set.push(format!("{}={value}", levers::key(key, value, base)?));
    }
    let name = settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ");
    let mut scenario = load::scenario(path, &common)
        .map_err(|failure| Failure::Usage(format!("--vary {name}: {}", levers::meant(settings, &failure))))?;
    load::refuse_auto_warm_up(&scenario, "simulate --vary")?;
    refuse_the_impossible(&scenario, &common)?;
    grow(&mut scenario, growth)?;
    Ok(Set { name, scenario, growth })
}

fn factor(value: &str) -> Result<f64, Failure> {
    value.parse().ok().filter(|factor| GROWTH.contains(factor)).ok_or_else(|| {
        Failure::Usage(format!(
            "--vary growth={value}: no factor of growth; write one from {} to {}, as --vary growth=1,1.2,1.5",
            GROWTH.start(),
            GROWTH.end()
        ))
    })
}

/// So many times the volume of any profile.
fn grow(scenario: &mut Scenario, factor: f64) -> Result<(), Failure> {
    let remedy = match scenario.traffic.arrivals {
        Arrivals::Sources { .. } => "people are counted; vary traffic.arrivals.sources.count instead",
        Arrivals::Replay { .. } => "replayed starts are what they are; give the scenario a `profile`",
        Arrivals::Poisson | Arrivals::Even | Arrivals::Bursty(_) => {
            scenario.traffic.profile = scenario.traffic.profile.scaled(factor);
            return Ok(());
        }
    };
    if (factor - 1.0).abs() < f64::EPSILON {
        Ok(())
    } else {
        Err(Failure::Usage(format!("--vary growth={factor}: {remedy}")))
    }
}

/// Every replication of every variant, until a signal comes: the same seeds for all.
fn play(
    sets: &[Set],
    replications: u64,
    (common, interrupts): (&Common, &Interrupts),
    parts: impl Fn(&Set, Gathered) -> Parts + Sync,
) -> Vec<Vec<Parts>> {
    let progress = Progress::new(common.quiet);
    let count = sets.len() as u64;
    let mut played: Vec<Vec<Parts>> = sets.iter().map(|_| Vec::new()).collect();
    let place = |index: u64| usize::try_from(index % count).expect("below the number of variants");
    let work = |index: u64| {
        let set = &sets[place(index)];
        let settings = result::collector_settings(&set.scenario, &[]);
        let seed = set.scenario.seed.replication(index / count);
        let gathered = sim::gather_while(&set.scenario, seed, settings, &|| interrupts.heard().is_none());
        gathered.map(|gathered| parts(set, gathered))
    };
    replications::in_order(count * replications, common.threads, work, |index, parts| {
        let Some(parts) = parts else { return ControlFlow::Break(()) };
        played[place(index)].push(parts);
        progress.finished(index + 1, count * replications);
        ControlFlow::Continue(())
    });
    progress.clear();
    played
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Observation;
    use crate::random::Distribution;
    use crate::sim::Entry;
    use crate::time::{Duration, Instant};

    const TRUNK: &str = "\
name: trunk
question: What does one more channel bring?
seed: 3
duration: 4h
traffic:
  profile: 100/h
  callers:
    - {name: customer, talk: {exponential: {mean: 180s}}}
pbx: {channels: 5}
cost: {call_price: 100 RUB, conversion: 20%, calls_per_month: 1000}
";
    const ONE_AGENT: &str = "\
name: founder
question: Does it matter how calls are distributed while only the founder works?
seed: 3
duration: 6h
traffic:
  profile: 15/h
  callers:
    - {name: customer, talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 120s}}}
pbx:
  agents: {count: 1}
  queues: {sales: {max_length: 10}}
";

    fn on_disk(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("scenario.yaml");
        std::fs::write(&path, text).unwrap();
        (directory, path)
    }

    fn common() -> Common {
        Common { threads: 2, quiet: true, ..Common::default() }
    }

    fn varied(text: &str, vary: &[&str], replications: u64) -> Result<Variants, Failure> {
        let (_directory, path) = on_disk(text);
        let vary: Vec<String> = vary.iter().map(|text| (*text).to_owned()).collect();
        compare(&path, &vary, replications, &common(), &Interrupts::none())
    }

    fn starts(scenario: &Scenario) -> Vec<Instant> {
        let mut starts = Vec::new();
        sim::run_without_books(scenario, scenario.seed, |entry| {
            if let Entry::Observation(Observation::Ended(record)) = entry {
                starts.push(record.intended_start);
            }
            ControlFlow::Continue(())
        });
        starts.sort_unstable();
        starts
    }

    #[test]
    fn variants_meet_the_same_calls_and_their_difference_is_known_better_than_of_independent_runs() {
        let (_directory, path) = on_disk(TRUNK);
        let base = load::scenario(&path, &common()).unwrap();
        let with = |channels: &str| {
            let settings = [("channels".to_owned(), channels.to_owned())];
            set(&path, &settings, &base, &common()).unwrap().scenario
        };
        assert_eq!(starts(&with("5")), starts(&with("6")));
        let variants = varied(TRUNK, &["channels=5,6"], 10).unwrap();
        assert_eq!(variants.variants[1].name, "channels=6");
        let figure = &variants.variants[1].figures[0];
        assert_eq!(figure.figure, "technical_drop_rate");
        let difference = figure.difference.unwrap();
        let half = (difference.ci95[1] - difference.ci95[0]) / 2.0;
        assert!(difference.value < -0.05 && difference.ci95[1] < 0.0, "{difference:?}");
        assert!(half < 0.7 * difference.independent_half_width, "{difference:?}");
        let names: Vec<&str> = variants.variants[0].figures.iter().map(|figure| &*figure.figure).collect();
        assert!(names.contains(&"cost_per_month") && !names.contains(&"service_level"), "{names:?}");
    }

    /// Distribution makes no sense while only the founder works.
    #[test]
    fn with_one_agent_the_ways_of_distributing_calls_differ_in_nothing() {
        let ways = ["pbx.queues.sales.ring_timeout=15s,40s", "pbx.queues.sales.retry=1s,30s"];
        let variants = varied(ONE_AGENT, &ways, 4).unwrap();
        assert_eq!(variants.variants.len(), 4);
        for variant in &variants.variants[1..] {
            for figure in &variant.figures {
                let difference = figure.difference.unwrap();
                assert_eq!((difference.value, difference.ci95), (0.0, [0.0, 0.0]), "{variant:?}");
            }
        }
    }

    #[test]
    fn the_comparison_is_the_same_at_any_number_of_threads() {
        let (_directory, path) = on_disk(TRUNK);
        let with = |threads| {
            let common = Common { threads, ..common() };
            compare(&path, &["growth=1,1.5".to_owned()], 3, &common, &Interrupts::none()).unwrap()
        };
        assert_eq!(with(1), with(3));
        assert!(with(1).variants[1].figures[0].difference.unwrap().value > 0.0);
    }

    /// Nobody gets twenty times what they asked for in silence.
    #[test]
    fn as_many_replications_are_played_as_asked_for_and_one_is_refused() {
        for option in ["--vary", "--strategies"] {
            let Err(Failure::Usage(message)) = replications(option, Some(1)) else {
                panic!("{option}: accepted")
            };
            assert!(message.starts_with(option) && message.contains("needs at least 2"), "{message}");
            assert_eq!((replications(option, None), replications(option, Some(2))), (Ok(20), Ok(2)));
        }
        assert_eq!(varied(TRUNK, &["channels=5,6"], 2).unwrap().replications, 2);
    }

    fn value(variants: &Variants, variant: usize, name: &str) -> f64 {
        let figures = &variants.variants[variant].figures;
        figures.iter().find(|figure| figure.figure == name).unwrap().value.unwrap()
    }

    /// 5 erlangs on 5 channels lose 28.5 % of 1 000 calls, 10 erlangs 56.4 % of 2 000.
    #[test]
    fn a_month_has_as_many_more_calls_as_they_have_grown() {
        let variants = varied(TRUNK, &["growth=1,2"], 20).unwrap();
        let month = |variant| value(&variants, variant, "lost_calls_per_month");
        let formula = |calls: f64, erlangs| calls * crate::erlang::erlang_b::blocking(5, erlangs);
        assert!((month(0) / formula(1_000.0, 5.0) - 1.0).abs() < 0.06, "{}", month(0));
        assert!((month(1) / formula(2_000.0, 10.0) - 1.0).abs() < 0.06, "{}", month(1));
        assert!((value(&variants, 1, "cost_per_month") / month(1) - 100.0).abs() < 1e-6);
    }

    /// The month's thousand are attempts of those who dial again; without redials the same callers make fewer, and each
    /// attempt is a caller.
    #[test]
    fn variants_with_more_and_fewer_attempts_are_billed_for_the_same_callers() {
        let callers = "talk: {exponential: {mean: 180s}}, redial: {probability: 60%, delay: 60s, limit: 3}";
        let text = TRUNK.replace("talk: {exponential: {mean: 180s}}", callers);
        let lever = "traffic.callers.0.redial.probability=60%,0%";
        let variants = varied(&text, &[lever], 5).unwrap();
        let [mut attempts, mut callers] = [0.0; 2];
        let (_directory, path) = on_disk(&text);
        let scenario = load::scenario(&path, &common()).unwrap();
        for replication in 0..5 {
            let seed = scenario.seed.replication(replication);
            sim::run_without_books(&scenario, seed, |entry| {
                if let Entry::Observation(Observation::Ended(record)) = entry {
                    attempts += 1.0;
                    callers += f64::from(u8::from(record.attempt == 0));
                }
                ControlFlow::Continue(())
            });
        }
        assert!(attempts > 1.15 * callers, "{attempts} attempts of {callers} callers");
        let month = |variant| value(&variants, variant, "lost_calls_per_month");
        let rate = |variant| value(&variants, variant, "technical_drop_rate");
        assert!((month(0) / rate(0) - 1_000.0).abs() < 1e-6, "the scenario's own calls are its attempts");
        assert!((month(1) / rate(1) / (1_000.0 * callers / attempts) - 1.0).abs() < 0.001, "{}", month(1));
    }

    /// Each refused attempt is a technical loss, while a caller is lost once at most.
    #[test]
    fn technical_losses_are_named_so_and_callers_never_served_stand_beside_them() {
        let callers = "talk: {exponential: {mean: 180s}}, redial: {probability: 60%, delay: 60s, limit: 3}";
        let text = TRUNK.replace("talk: {exponential: {mean: 180s}}", callers);
        let variants = varied(&text, &["channels=5,6"], 3).unwrap();
        for variant in 0..2 {
            let of = |name| value(&variants, variant, name);
            let never = of("never_served_callers_per_month");
            assert!(never < 0.8 * of("lost_calls_per_month") && never > 0.0, "{never}");
            assert!(
                (of("never_served_per_month") / never - 100.0).abs() < 1e-6,
                "100 RUB of advertising each"
            );
        }
        let english = report::variants::text(&variants, Language::English);
        assert!(
            english.contains("Technical losses a month, calls") && !english.contains("Lost calls"),
            "{english}"
        );
        assert!(english.contains("Callers never served for any reason, a month, callers"), "{english}");
        let russian = report::variants::text(&variants, Language::Russian);
        assert!(russian.contains("Технические потери в месяц, вызовов"), "{russian}");
    }

    #[test]
    fn braces_keep_their_commas() {
        let lever = lever("traffic.callers.0.talk={uniform: {min: 1s, max: 2s}}, 30s").unwrap();
        assert_eq!(lever.values, ["{uniform: {min: 1s, max: 2s}}", "30s"]);
    }

    /// A short name is a key where there is one such; the mean moves, and the shape stays.
    #[test]
    fn short_names_pull_the_only_lever_of_their_kind() {
        let called_back = "{max_length: 10, answer: on_entry, callback: {retries: 3}}";
        let (_directory, path) = on_disk(&ONE_AGENT.replace("{max_length: 10}", called_back));
        let base = load::scenario(&path, &common()).unwrap();
        let with = |key: &str, value: &str| {
            let settings = [(key.to_owned(), value.to_owned())];
            set(&path, &settings, &base, &common()).unwrap_or_else(|failure| panic!("{failure}")).scenario
        };
        let class = |scenario: Scenario| scenario.traffic.callers[0].clone();
        let exponential = |mean| Distribution::Exponential { mean };
        assert_eq!(class(with("talk", "2m")).talk, exponential(120.0));
        assert_eq!(
            class(with("talk", "{uniform: {min: 1s, max: 3s}}")).talk,
            Distribution::Uniform { min: 1.0, max: 3.0 }
        );
        assert_eq!(class(with("patience", "50s")).patience, Some(exponential(50.0)));
        let redial = class(with("redial", "40%")).redial;
        assert!((redial.probability - 0.4).abs() < 1e-12 && redial.limit > 0, "{redial:?}");
        let offered = with("callback", "90s").pbx.queues[0].callback.as_ref().unwrap().offer_after;
        assert_eq!(offered, Some(Duration::from_secs(90)));
        let variants = varied(ONE_AGENT, &["talk=3m,1m"], 4).unwrap();
        assert_eq!(variants.variants[1].name, "talk=1m");
        assert!(value(&variants, 1, "occupancy") < 0.7 * value(&variants, 0, "occupancy"));
    }

    #[test]
    fn a_short_name_of_several_keys_is_told_with_all_of_them() {
        let two = TRUNK.replace(
            "    - {name: customer,",
            "    - {name: partner, share: 40%, talk: {uniform: {min: 1m, max: 2m}}}\n    - {name: customer, share: 60%,",
        );
        let told = |text: &str, vary: &str| {
            let Err(Failure::Usage(message)) = varied(text, &[vary], 2) else { panic!("{vary}: accepted") };
            message
        };
        let message = told(&two, "talk=2m,3m");
        assert!(
            message.contains("traffic.callers.0.talk, traffic.callers.1.talk.exponential.mean"),
            "{message}"
        );
        let shaped = TRUNK.replace("{exponential: {mean: 180s}}", "{uniform: {min: 1m, max: 2m}}");
        let message = told(&shaped, "talk=2m,3m");
        assert!(message.contains("traffic.callers.0.talk={exponential: {mean: 2m}}"), "{message}");
        assert!(told(TRUNK, "callback=1m,2m").contains("no queue"));
        let listed = ONE_AGENT.replace("{count: 1}", "[{name: anna}, {name: boris}]");
        let message = told(&listed, "agents=2,3");
        assert!(
            message.contains("lists its agents one by one") && message.contains("{count: 8}"),
            "{message}"
        );
    }

    #[test]
    fn nonsense_gets_a_sentence() {
        for (vary, told) in [
            ("channels", "no `=`"),
            ("channels=5,,6", "missing"),
            ("channels=5", "1 variants"),
            ("growth=1,0", "no factor of growth"),
            ("channels=5,x", "--vary channels=x"),
            ("chanels=5,6", "did you mean `channels`, which is pbx.channels?"),
            ("pbx.chanels=5,6", "pbx.chanels"),
        ] {
            let Err(Failure::Usage(message)) = varied(TRUNK, &[vary], 2) else { panic!("{vary}: accepted") };
            assert!(message.contains(told), "{vary}: {message}");
        }
        let many = (1..=65).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert!(varied(TRUNK, &[&format!("channels={many}")], 2).is_err());
    }
}
