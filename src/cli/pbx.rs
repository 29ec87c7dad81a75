//! `busyhour pbx`: only the reference PBX, until interrupted.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::io::Write;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::ExitCode;
use crate::cli::Failure;
use crate::cli::common::Common;
use crate::cli::ledger::Books;
use crate::cli::load;
use crate::cli::output;
use crate::cli::processor::Watch;
use crate::cli::processor::Watched;
use crate::cli::secrets;
use crate::cli::stage;
use crate::endpoint::pbx::Account;
use crate::endpoint::pbx::BookEntry;
use crate::endpoint::pbx::PbxEndpoint;
use crate::live::clock::Clock;
use crate::live::conductor::PbxPart;
use crate::live::service;
use crate::live::streams::Closed;
use crate::live::wire;
use crate::pbx::config::Extension;
use crate::pbx::config::UserConfig;
use crate::report;
use crate::report::Language;
use crate::scenario::Scenario;
use crate::time::TimeScale;

/// Serve the reference PBX until interrupted; it keeps its CDR and queue log as Asterisk does
///
/// Without a scenario it answers every call, lets two phones register with passwords that it prints, and has an echo
/// number. Outside loopback it then takes calls from those two users only.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  busyhour pbx
  busyhour pbx scenarios/economy-tariff-after-growth.yaml --listen 127.0.0.1:5060 --out books")]
pub struct Arguments {
    /// The scenario whose `pbx` section to serve [default: a PBX that answers every call, with two users and an echo]
    pub scenario: Option<PathBuf>,
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5060")]
    pub listen: String,
    #[command(flatten)]
    pub common: Common,
}

const ANSWERS_ALL: &str = "name: pbx\nquestion: What does a PBX without limits do?\nseed: 1\n\
    traffic: {profile: 1/s, callers: [{name: caller, to: \"100\", talk: 60s}]}\n\
    media_timeout: 30s\npbx: {extensions: {\"600\": echo}}\n";
/// Who may register where no scenario says so.
const USERS: [&str; 2] = ["101", "102"];

/// Runs the verb.
///
/// # Errors
/// Exit code 2 for a bad scenario or address, 1 if the socket or the books fail.
pub fn execute(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut scenario = match &arguments.scenario {
        Some(path) => load::scenario(path, &arguments.common)?,
        None => load::from_text(ANSWERS_ALL, "the built-in PBX", &arguments.common)?,
    };
    let shortened = real_time(&mut scenario, &arguments.common);
    let address = listen(&arguments.listen)?;
    let directory =
        arguments.common.out.clone().unwrap_or_else(|| format!("reports/{}-pbx", scenario.name).into());
    output::make_directory(&directory)?;
    if arguments.scenario.is_none() {
        add_phones(&mut scenario, address);
    }
    let fresh = secrets::hand_out(&mut scenario.live.phones.users)?;
    let mut books = Books::create(&directory, &scenario)?;
    let socket = wire::bind_both(address).map_err(|error| stage::no_socket(address, &error))?;
    let own = socket.address().map_err(|error| stage::no_socket(address, &error))?;
    let clock = Clock::start();
    let mut settings = stage::pbx_settings(&scenario, own, stage::run_tag())?;
    settings.media_on_demand = stage::wants_sound(&scenario);
    let endpoint = PbxEndpoint::new(settings, stage::brain(&scenario));
    let media = stage::pbx_media(&scenario, own.ip(), clock)?;
    let part = PbxPart { socket, endpoint, media };
    let watch = RefCell::new(Watch::new(Watched::Own)?);
    let scale = scenario.time_scale;
    let mut write = |entries: &[BookEntry]| -> io::Result<()> {
        for entry in entries {
            if let BookEntry::Call(row) = entry
                && row.limiter.is_none()
            {
                let [start, end] = [row.start, row.end].map(|at| scale.wall(at).as_secs_f64());
                watch.borrow_mut().call(start, end);
            }
        }
        entries.iter().try_for_each(|entry| books.write(entry))?;
        books.flush()
    };
    let mut ready = || {
        if let Some(scale) = shortened.filter(|_| !arguments.common.quiet) {
            eprintln!(
                "busyhour: time runs as people live it, not {0} times faster as the scenario's time_scale says: who \
                 calls may be people; to have it so, give --set time_scale={0}",
                scale.factor()
            );
        }
        announce(arguments, own, &directory, &scenario, &fresh)
    };
    let mut tick = || watch.borrow_mut().look(clock.now().as_secs_f64());
    let timeout = scenario.live.shutdown_timeout;
    let served = service::serve(part, clock, timeout, &mut ready, &mut write, &mut tick);
    let closed = served.map_err(|error| Failure::Tool(format!("the PBX broke off: {error}")))?;
    summarise(arguments, &scenario, &closed, &watch.into_inner())?;
    Ok(ExitCode::Passed)
}

/// People who call or are called live at their own pace: the scenario's `time_scale` is for its own traffic, unless it is
/// asked for. What it was, if it was another.
fn real_time(scenario: &mut Scenario, common: &Common) -> Option<TimeScale> {
    let asked = |set: &String| set.split('=').next().is_some_and(|key| key.trim() == "time_scale");
    let written = scenario.time_scale;
    if written == TimeScale::REAL || common.set.iter().any(asked) {
        return None;
    }
    scenario.time_scale = TimeScale::REAL;
    Some(written)
}

fn listen(text: &str) -> Result<SocketAddr, Failure> {
    let address = text.to_socket_addrs().ok().and_then(|mut found| found.next());
    let address = address
        .ok_or_else(|| Failure::Usage(format!("--listen {text}: expected HOST:PORT, as 127.0.0.1:5060")))?;
    if address.ip().is_unspecified() {
        return Err(Failure::Usage(format!(
            "--listen {text}: SIP and SDP must name an address that callers can reach; name one of this machine's"
        )));
    }
    Ok(address)
}

/// Two users, with passwords to be made; where strangers can reach the PBX nobody else may call.
fn add_phones(scenario: &mut Scenario, address: SocketAddr) {
    let phones = &mut scenario.live.phones;
    for user in USERS {
        scenario.pbx.extensions.insert(user.into(), Extension::User(UserConfig::default()));
        phones.users.push(Account { user: user.into(), password: "".into() });
    }
    phones.authenticate_calls = !address.ip().is_loopback();
}

fn announce(
    arguments: &Arguments,
    own: SocketAddr,
    directory: &std::path::Path,
    scenario: &Scenario,
    fresh: &BTreeSet<Arc<str>>,
) -> io::Result<()> {
    if arguments.common.quiet {
        return Ok(());
    }
    let phones = &scenario.live.phones;
    if phones.authenticate_calls {
        eprintln!("busyhour: calls need a user's password, and are refused without (407)");
    } else if !own.ip().is_loopback() {
        eprintln!("busyhour: whoever reaches {own} can call this PBX; it places no calls of its own");
    }
    let mut lines =
        format!("listening on sip:{own} (UDP and TCP), books in {}; Ctrl-C ends it\n", directory.display());
    for Account { user, password } in &phones.users {
        // A password from the environment is its owner's, and stays secret.
        let password = if fresh.contains(user) { format!(", password {password}") } else { String::new() };
        lines.extend(["phone ", user, &password, "\n"]);
    }
    for number in &phones.echo {
        lines.extend(["echo ", number, ": call it to hear yourself\n"]);
    }
    let printed = io::stdout().write_all(lines.as_bytes()).and_then(|()| io::stdout().flush());
    printed.map_err(|error| io::Error::new(error.kind(), format!("cannot print the address: {error}")))
}

fn summarise(
    arguments: &Arguments,
    scenario: &Scenario,
    closed: &[(Closed, u64)],
    watch: &Watch,
) -> Result<(), Failure> {
    if arguments.common.quiet {
        return Ok(());
    }
    for (why, count) in closed.iter().filter(|(why, _)| *why != Closed::ByPeer) {
        eprintln!("busyhour: TCP connections lost: {count}, {why}");
    }
    let language = Language::from(arguments.common.lang);
    match watch.cost() {
        Ok(cost) => eprint!("{}", report::processor_text(&cost, language)),
        Err(why) => eprintln!("busyhour: {why}"),
    }
    writeln!(io::stdout(), "{}: every call has ended, the books are closed", scenario.name)
        .map_err(|error| Failure::Tool(format!("cannot print: {error}")))
}
