//! `busyhour size trunks`: circuits for a load and an accepted loss, by the model that fits, with others beside it.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::{Format, Lang};
use crate::cli::output;
use crate::cli::output::Out;
use crate::cli::size::{unwritten, usage};
use crate::report;
use crate::report::Language;
use crate::report::chart;
use crate::sizing::Advice;
use crate::sizing::GROWTH;
use crate::sizing::TrunkModel;
use crate::sizing::trunk_rules;
use crate::units::{Bandwidth, Erlangs, Period, Ratio};

mod link;
mod measured;
mod words;

#[derive(Debug, Args)]
pub(super) struct Trunks {
    /// Offered traffic
    #[arg(long, value_parser = erlangs, value_name = "E", allow_negative_numbers = true)]
    erlangs: Option<f64>,
    /// Take the load, the redials and the arrivals from this result.json
    #[arg(long, value_name = "FILE", conflicts_with = "erlangs")]
    result: Option<PathBuf>,
    /// Highest share of calls lost, as 1%
    #[arg(long, default_value = "1%")]
    target: Ratio,
    /// Share of blocked callers who dial again
    #[arg(long, value_name = "RATIO")]
    redial: Option<Ratio>,
    /// A finite number of callers (Engset); --erlangs is what they would offer if nothing were blocked, S*beta/(1+beta)
    #[arg(long, value_name = "N", conflicts_with_all = ["redial", "peakedness", "agents"])]
    sources: Option<u32>,
    /// Variance over mean of the traffic: above 1 for bursts, below 1 for smooth traffic
    #[arg(long, value_name = "Z", conflicts_with_all = ["redial", "agents"], allow_negative_numbers = true)]
    peakedness: Option<f64>,
    /// Agents behind the circuits: waiting callers hold one (M/M/n/K+M); --erlangs is the agents' work
    #[arg(long, value_name = "N", requires = "aht", conflicts_with = "redial")]
    agents: Option<u32>,
    /// Mean handle time of the agents
    #[arg(long, requires = "agents")]
    aht: Option<Period>,
    /// Of it, mean work after the caller has hung up: the circuit is free by then
    #[arg(long, requires = "agents")]
    wrap_up: Option<Period>,
    /// Mean patience of waiting callers; without it they wait for ever
    #[arg(long, requires = "agents")]
    patience: Option<Period>,
    /// Circuits there are now
    #[arg(long, value_name = "N")]
    now: Option<u32>,
    /// Factors on the calls to look ahead to
    #[arg(long, value_delimiter = ',', value_name = "X,…", default_values_t = GROWTH)]
    growth: Vec<f64>,
    /// Load of the five busiest days: ITU-T E.520, 1 % in the mean busy hour and 7 % on those days
    #[arg(long, value_parser = erlangs, value_name = "E")]
    busiest_days_erlangs: Option<f64>,
    /// With E.520: few and very long circuits may lose 3 %, sliding to 1 % at 20
    #[arg(long, requires = "busiest_days_erlangs")]
    small_groups: bool,
    /// Groups of their own against one pooled group: their erlangs, as 2,2,2
    #[arg(long, value_delimiter = ',', value_name = "E,…", requires = "circuits")]
    split: Vec<f64>,
    /// Circuits of each group of --split
    #[arg(long, value_name = "N", requires = "split", value_parser = clap::value_parser!(u32).range(1..))]
    circuits: Option<u32>,
    #[command(flatten)]
    link: link::Options,
    /// Write the table, the advice and the chart (SVG and PNG) here
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the text and the chart
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
}

/// What lies below IP on the link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Layer {
    Ip,
    #[default]
    Ethernet,
    Vlan,
    Preamble,
    Wire,
}

/// Everything that was asked about.
#[derive(Debug, Default)]
struct Study {
    /// The model that fits first, then those to set beside it.
    models: Vec<(TrunkModel, Advice)>,
    /// Where the load comes from, if not typed.
    sources: Vec<String>,
    two_conditions: Option<trunk_rules::TwoConditions>,
    split: Option<trunk_rules::Split>,
    link: Option<link::Link>,
}

impl Study {
    /// The number of circuits that answers the question: with a second condition it is the rule's, and small groups may
    /// lose more than the target of the mean busy hour.
    fn needed(&self, small_groups: bool) -> Option<u32> {
        let (_, advice) = self.models.first()?;
        Some(answer(advice, self.two_conditions.as_ref(), small_groups))
    }
}

fn answer(advice: &Advice, rule: Option<&trunk_rules::TwoConditions>, small_groups: bool) -> u32 {
    match rule {
        Some(rule) if small_groups => rule.needed,
        Some(rule) => rule.needed.max(advice.needed),
        None => advice.needed,
    }
}

pub(super) fn execute(arguments: &Trunks, out: &mut Out) -> Result<ExitCode, Failure> {
    let language = Language::from(arguments.lang);
    let study = study(arguments, language)?;
    let text = words::text(arguments, &study, language);
    if let Some(directory) = &arguments.out {
        output::write(directory, &artifacts(&study, &text, language)?)?;
    }
    match arguments.format {
        Format::Json => writeln!(out, "{:#}", json(&study)?),
        Format::Text => out.write_all(text.as_bytes()),
    }
    .map_err(unwritten)?;
    Ok(ExitCode::Passed)
}

fn study(arguments: &Trunks, language: Language) -> Result<Study, Failure> {
    let mut study = Study::default();
    let load = match &arguments.result {
        Some(path) => Some(measured::load(path, language, &mut study.sources)?),
        None => None,
    };
    let erlangs = arguments.erlangs.or(load.as_ref().map(|load| load.erlangs));
    if let Some(erlangs) = erlangs {
        for model in models(arguments, erlangs, load.as_ref())? {
            let target = arguments.target.0;
            let needed = model.needed(target).map_err(usage)?;
            let now = arguments.now.or(load.as_ref().and_then(|load| load.now)).unwrap_or(needed);
            let basis = if load.is_some() { "measured" } else { "given" };
            let growth: Vec<f64> = growth(arguments)?;
            let advice = crate::sizing::trunks(&model, now, target, basis, &growth).map_err(usage)?;
            study.models.push((model, advice));
        }
        if let Some(busiest) = arguments.busiest_days_erlangs {
            let rule = trunk_rules::two_conditions(erlangs, busiest, arguments.small_groups);
            study.two_conditions = Some(rule.map_err(usage)?);
        }
    }
    if let Some(circuits) = arguments.circuits {
        study.split = Some(trunk_rules::split(&arguments.split, circuits).map_err(usage)?);
    }
    let known = erlangs.map(|erlangs| link::Load { erlangs, needed: study.needed(arguments.small_groups) });
    study.link = link::study(&arguments.link, known, arguments.target.0)?;
    if erlangs.is_none() && study.split.is_none() && study.link.is_none() {
        let remedy =
            "say how much traffic there is: --erlangs E or --result FILE (or ask about --split or --link)";
        return Err(Failure::Usage(remedy.to_owned()));
    }
    Ok(study)
}

fn growth(arguments: &Trunks) -> Result<Vec<f64>, Failure> {
    match arguments.growth.iter().find(|factor| !(factor.is_finite() && **factor > 0.0)) {
        Some(factor) => Err(Failure::Usage(format!("--growth {factor}: a factor must be greater than 0"))),
        None => Ok(arguments.growth.clone()),
    }
}

/// The model that fits what is known, and those that people compare it with.
fn models(
    arguments: &Trunks,
    erlangs: f64,
    load: Option<&measured::Load>,
) -> Result<Vec<TrunkModel>, Failure> {
    let plain = TrunkModel::ErlangB { erlangs };
    if let (Some(agents), Some(aht)) = (arguments.agents, arguments.aht) {
        let mu = aht.seconds().recip();
        let theta = arguments.patience.map_or(0.0, |patience| patience.seconds().recip());
        let lambda = erlangs * mu;
        let wrap_up_s = arguments.wrap_up.map_or(0.0, Period::seconds);
        if wrap_up_s >= aht.seconds() {
            let problem = "--wrap-up is part of --aht, the mean handle time: write less of it";
            return Err(Failure::Usage(problem.to_owned()));
        }
        let exact = TrunkModel::Lines { agents, lambda, mu, theta, wrap_up_s };
        return Ok(vec![exact, TrunkModel::TalkAndWait { agents, lambda, mu, theta, wrap_up_s }]);
    }
    if let Some(sources) = arguments.sources {
        let all = f64::from(sources);
        if erlangs >= all {
            let problem = format!("{sources} callers never offer {erlangs} E: each is one erlang at most");
            return Err(Failure::Usage(problem));
        }
        return Ok(vec![TrunkModel::Engset { sources, beta: erlangs / (all - erlangs) }, plain]);
    }
    if let (None, Some((sources, beta))) = (arguments.peakedness, load.and_then(|load| load.callers)) {
        return Ok(vec![TrunkModel::Engset { sources, beta }, plain]);
    }
    if let Some(peakedness) = arguments.peakedness.or(load.and_then(|load| load.peakedness)) {
        let hayward = TrunkModel::Hayward { erlangs, peakedness };
        return Ok(vec![hayward, TrunkModel::EquivalentRandom { erlangs, peakedness }, plain]);
    }
    let recall = arguments.redial.map(|redial| redial.0).or(load.map(|load| load.recall)).unwrap_or(0.0);
    Ok(vec![TrunkModel::lossy(erlangs, recall)])
}

/// The first model's advice, and what else was asked, beside it.
fn json(study: &Study) -> Result<serde_json::Value, Failure> {
    let value = |part: Result<serde_json::Value, serde_json::Error>| {
        part.map_err(|error| Failure::Tool(error.to_string()))
    };
    let mut object = serde_json::Map::new();
    if let Some((_, advice)) = study.models.first() {
        if let serde_json::Value::Object(first) = value(serde_json::to_value(advice))? {
            object = first;
        }
        let beside: Vec<&Advice> = study.models.iter().skip(1).map(|(_, advice)| advice).collect();
        object.insert("beside".to_owned(), value(serde_json::to_value(beside))?);
    }
    for (model, _) in &study.models {
        if let TrunkModel::Engset { sources, beta } = model {
            object.insert("sources".to_owned(), (*sources).into());
            object.insert("beta_erlangs_per_free_source".to_owned(), (*beta).into());
        }
        if let TrunkModel::Hayward { peakedness, .. } = model {
            object.insert("peakedness".to_owned(), (*peakedness).into());
        }
    }
    if let Some(rule) = &study.two_conditions {
        object.insert("e520".to_owned(), value(serde_json::to_value(rule))?);
    }
    if let Some(split) = &study.split {
        object.insert("split".to_owned(), value(serde_json::to_value(split))?);
    }
    if let Some(link) = &study.link {
        object.insert("link".to_owned(), value(serde_json::to_value(link))?);
    }
    Ok(object.into())
}

fn artifacts(study: &Study, text: &str, language: Language) -> Result<Vec<report::Artifact>, Failure> {
    let file = |path: &str, bytes: Vec<u8>| report::Artifact { path: path.to_owned(), bytes };
    let mut artifacts = vec![
        file("trunks.txt", text.as_bytes().to_vec()),
        file("trunks.json", format!("{:#}\n", json(study)?).into_bytes()),
    ];
    let named: Vec<(String, &Advice)> =
        study.models.iter().map(|(model, advice)| (words::model_name(model, language), advice)).collect();
    if !named.is_empty() {
        artifacts.extend(report::chart_files(&[chart::loss_by_model(&named, language)]));
    }
    Ok(artifacts)
}

fn erlangs(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    let pointed = text.replace(',', ".");
    if pointed.parse::<f64>().is_ok() {
        return Err(format!("decimals take a point: write {pointed}"));
    }
    text.parse::<Erlangs>().map(|erlangs| erlangs.0).map_err(|error| error.to_string())
}
