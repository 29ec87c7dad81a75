//! `busyhour run`: real calls, against the bundled PBX or a target.

use std::fs::File;
use std::io;
use std::io::Write;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::finish;
use crate::cli::ledger::Files;
use crate::cli::ledger::Ledger;
use crate::cli::ledger::Progress;
use crate::cli::load;
use crate::cli::lost_row::LostRow;
use crate::cli::probe;
use crate::cli::processor::Watch;
use crate::cli::processor::Watched;
use crate::cli::smoke;
use crate::cli::stage::Stage;
use crate::cli::target;
use crate::endpoint::caller::Target;
use crate::live::clock::Clock;
use crate::live::conductor::Conducted;
use crate::live::conductor::End;
use crate::live::keys::Keys;
use crate::live::log::MessageLog;
use crate::live::pcap::Trace;
use crate::live::rtp_sockets::PortRange;
use crate::live::wire::Witness;
use crate::metrics::Collector;
use crate::result;
use crate::scenario::Scenario;
use crate::verdict::Monitor;
use crate::verdict::gate::Gate;

/// Place real SIP calls and judge what became of them
///
/// Without --target the calls go to the bundled reference PBX on loopback, as the scenario's `pbx` describes it.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Examples:
  busyhour run scenarios/economy-tariff-after-growth.yaml
  busyhour run scenarios/peak-hour.yaml --gate 'post_dial_delay p95 < 800ms'
  busyhour run scenarios/ivr-containment.yaml --smoke
  busyhour run --target sip:100@127.0.0.1:5060 --rate 10/s --calls 100 --talk 3s")]
pub struct Arguments {
    /// The scenario; left out, --rate, --calls and --talk describe one
    pub scenario: Option<PathBuf>,
    /// Whom to call, sip:[USER@]HOST[:PORT][;transport=tcp] [default: the bundled PBX]
    #[arg(long, value_name = "URI")]
    pub target: Option<String>,
    /// Confirms that this host outside loopback may be load-tested
    #[arg(long = "i-am-authorised-to-test", value_name = "HOST")]
    pub authorised: Option<String>,
    /// Without a scenario: calls per unit of time, as 10/s or 1200/h
    #[arg(long, value_name = "RATE", conflicts_with = "scenario")]
    pub rate: Option<String>,
    /// Without a scenario: how many first attempts
    #[arg(long, value_name = "N", conflicts_with = "scenario")]
    pub calls: Option<u64>,
    /// Without a scenario: mean talk time, exponential
    #[arg(long, value_name = "DURATION", conflicts_with = "scenario")]
    pub talk: Option<String>,
    /// Local address to call from [default: the one routed to the target]
    #[arg(long, value_name = "IP[:PORT]")]
    pub local_address: Option<String>,
    /// Address that Via, Contact and SDP carry, if a router translates ours
    #[arg(long, value_name = "IP")]
    pub public_address: Option<IpAddr>,
    /// Place one probe call first, in no count (always done outside loopback)
    #[arg(long)]
    pub probe: bool,
    /// Write every SIP and RTP packet to a pcap file
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Write every SIP message to a text file
    #[arg(long, value_name = "FILE")]
    pub log_messages: Option<PathBuf>,
    /// Write one JSON line a second while the run goes on (- for standard error)
    #[arg(long, value_name = "FILE")]
    pub live_json: Option<PathBuf>,
    /// Local ports for RTP, even to odd [default: any free ones]
    #[arg(long, value_name = "FIRST-LAST")]
    pub rtp_ports: Option<String>,
    /// Measure the processor of a target on this machine: its process id (the bundled PBX is measured without)
    #[arg(long, value_name = "PID", requires = "target")]
    pub pbx_process: Option<u32>,
    /// Place one call down every number and every branch of every menu, and name those that are broken (code 3)
    #[arg(long)]
    pub smoke: bool,
    #[command(flatten)]
    pub common: Common,
}

/// Runs the verb.
///
/// # Errors
/// Exit code 2 for a bad scenario or option, 1 if sockets or files fail.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let scenario = load(arguments)?;
    let target = match &arguments.target {
        Some(text) => Some(target::resolve(text, arguments.authorised.as_deref(), scenario.live.transport)?),
        None => None,
    };
    if arguments.smoke {
        return smoke::execute(arguments, &scenario, target.as_ref(), &mut io::stdout().lock());
    }
    load::refuse_auto_warm_up(&scenario, "run")?;
    if target.is_some() {
        load::refuse_web_callbacks(&scenario)?;
    }
    execute_scenario(arguments, &scenario, target.as_ref())
}

fn load(arguments: &Arguments) -> Result<Scenario, Failure> {
    if let Some(path) = &arguments.scenario {
        return load::scenario(path, &arguments.common);
    }
    let (Some(rate), Some(calls), Some(talk)) = (&arguments.rate, arguments.calls, &arguments.talk) else {
        return Err(Failure::Usage(
            "name a scenario file, or give --rate, --calls and --talk; `busyhour init` writes a first file"
                .to_owned(),
        ));
    };
    load::from_command_line(rate, calls, talk, &arguments.common)
}

/// Runs a scenario that has been loaded.
///
/// # Errors
/// As for [`execute`].
pub fn execute_scenario(
    arguments: &Arguments,
    scenario: &Scenario,
    target: Option<&Target>,
) -> Result<ExitCode, Failure> {
    require_extent(scenario)?;
    let bundled = target.is_none();
    let gates = gates(scenario, bundled)?;
    let directory = arguments.common.directory(scenario, "live");
    crate::cli::output::make_directory(&directory)?;
    let witness = witness(arguments)?;
    let stage = Stage::new(arguments, scenario, target.cloned(), witness.clone())?;
    if let Some(target) = target {
        let outside = !target.address.ip().is_loopback();
        probe::knock(target)?;
        if arguments.probe || outside {
            probe::call(arguments, scenario, target)?;
        }
    }
    let mut ledger = ledger(arguments, scenario, &gates, &directory, bundled)?;
    let played = stage.play(scenario, Keys::start(), &mut ledger);
    let conducted = played.and_then(|conducted| ledger.flush().map(|()| conducted));
    let conducted = conducted.map_err(|error| {
        Failure::Tool(format!(
            "the run broke off: {error}, with {} calls written to {}. Free some space or choose another place with \
             --out, then run it again: what is there is incomplete",
            ledger.recorded,
            directory.display()
        ))
    })?;
    close_witness(&witness)?;
    finish::finish(&arguments.common, scenario, &gates, target, &directory, ledger, conducted)
}

fn require_extent(scenario: &Scenario) -> Result<(), Failure> {
    if scenario.extent == crate::scenario::Extent::Unstated {
        return Err(Failure::Usage(format!(
            "scenario {}: `run` needs `duration` or `calls`; add for example `duration: 10m`",
            scenario.name
        )));
    }
    Ok(())
}

fn gates(scenario: &Scenario, bundled: bool) -> Result<Vec<Gate>, Failure> {
    let capabilities = result::capabilities(scenario, true, bundled);
    result::gates(scenario, &capabilities).map_err(|error| Failure::Usage(error.to_string()))
}

fn ledger(
    arguments: &Arguments,
    scenario: &Scenario,
    gates: &[Gate],
    directory: &Path,
    bundled: bool,
) -> Result<Ledger, Failure> {
    let live: Option<Box<dyn Write>> = match &arguments.live_json {
        Some(path) if path.as_os_str() == "-" => Some(Box::new(io::stderr())),
        Some(path) => Some(Box::new(open(path, "--live-json")?)),
        None => None,
    };
    let progress = if live.is_some() { Progress::None } else { Progress::fitting(arguments.common.quiet) };
    let loses = arguments.common.lose_row.map(LostRow::of);
    let watched = arguments.pbx_process.map(Watched::Process).or(bundled.then_some(Watched::Own));
    let watch = watched.map(Watch::new).transpose()?;
    let files = Files { calls: !arguments.common.no_calls, books: bundled, live, progress, loses, watch };
    let collector = Collector::new(result::collector_settings(scenario, gates));
    let end = crate::cli::stage::traffic_end(scenario);
    Ledger::create(directory, scenario, collector, Monitor::new(gates), end, files)
}

fn witness(arguments: &Arguments) -> Result<Witness, Failure> {
    let mut witness = Witness::default();
    if let Some(path) = &arguments.trace {
        let trace = Trace::new(Box::new(open(path, "--trace")?), Clock::start().epoch());
        let trace = trace.map_err(|error| Failure::Tool(format!("--trace {}: {error}", path.display())))?;
        witness.trace = Some(Arc::new(trace));
    }
    if let Some(path) = &arguments.log_messages {
        witness.log = Some(Arc::new(MessageLog::new(Box::new(open(path, "--log-messages")?))));
    }
    Ok(witness)
}

fn close_witness(witness: &Witness) -> Result<(), Failure> {
    let broken =
        |what: &str, error: io::Error| Failure::Tool(format!("{what} ends before the run did: {error}"));
    if let Some(trace) = &witness.trace {
        trace.finish().map_err(|error| broken("--trace", error))?;
    }
    if let Some(log) = &witness.log {
        log.finish().map_err(|error| broken("--log-messages", error))?;
    }
    Ok(())
}

fn open(path: &Path, option: &str) -> Result<File, Failure> {
    File::create(path).map_err(|error| Failure::Tool(format!("{option} {}: {error}", path.display())))
}

/// Reads `FIRST-LAST`.
///
/// # Errors
/// Exit code 2 with the form that is wanted.
pub fn rtp_ports(text: &str) -> Result<PortRange, Failure> {
    let wrong = || Failure::Usage(format!("--rtp-ports {text}: expected FIRST-LAST, as 20000-29999"));
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let (first, last) = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    PortRange::new(first, last).map_err(|error| Failure::Usage(format!("--rtp-ports {text}: {error}")))
}

/// Reads `IP[:PORT]`; the port is any free one if left out.
///
/// # Errors
/// Exit code 2 with the form that is wanted.
pub fn local_address(text: &str) -> Result<SocketAddr, Failure> {
    let bare = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 0));
    bare.or_else(|_| text.parse())
        .map_err(|_| Failure::Usage(format!("--local-address {text}: expected IP[:PORT], as 127.0.0.1:5070")))
}

/// Loopback, any free port.
pub const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How a run's end ends the process, before any gate is asked.
#[must_use]
pub const fn ended(conducted: &Conducted) -> Option<ExitCode> {
    match conducted.end {
        End::Interrupted => Some(ExitCode::Interrupted),
        End::Terminated => Some(ExitCode::Terminated),
        End::Complete | End::Stopped => None,
    }
}
