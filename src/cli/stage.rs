//! Builds what a run needs from a scenario: sockets, callers, the bundled PBX.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::bandwidth;
use crate::bandwidth::LossRule;
use crate::cli::Failure;
use crate::cli::run;
use crate::cli::run::Arguments;
use crate::cli::secrets;
use crate::endpoint::caller;
use crate::endpoint::caller::Callers;
use crate::endpoint::caller::Target;
use crate::endpoint::caller::Transport;
use crate::endpoint::pbx;
use crate::endpoint::pbx::PbxEndpoint;
use crate::endpoint::staffed::StaffedPbx;
use crate::live::clock::Clock;
use crate::live::conductor;
use crate::live::conductor::Conducted;
use crate::live::conductor::Part;
use crate::live::conductor::PbxPart;
use crate::live::conductor::Sink;
use crate::live::keys::Keys;
use crate::live::media::Media;
use crate::live::play::Play;
use crate::live::resources;
use crate::live::rtp_sockets::Config;
use crate::live::rtp_sockets::RtpSockets;
use crate::live::wire;
use crate::live::wire::Witness;
use crate::media::lossy_link::Width;
use crate::outcome::classify::Classifier;
use crate::pbx::config::PoolAdmission;
use crate::scenario;
use crate::scenario::Extent;
use crate::scenario::Scenario;
use crate::sip::transaction::Timers;
use crate::time::Duration;
use crate::time::Instant;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::plan::Plans;
use crate::traffic::plan::SHARDS;

/// Sockets bound, nothing sent yet.
#[derive(Debug)]
pub struct Stage {
    parts: Vec<(wire::Bound, caller::Settings)>,
    pbx: Option<(wire::Bound, pbx::Settings)>,
    witness: Witness,
    rtp: Option<Config>,
    end: Instant,
}

/// The end of the traffic, warm-up included; far away where only the number of calls is stated.
#[must_use]
pub fn traffic_end(scenario: &Scenario) -> Instant {
    match scenario.extent {
        Extent::Duration(duration) => Instant::ZERO + scenario.warm_up + duration,
        Extent::Calls(_) | Extent::Unstated => {
            let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
            plans.last().map_or(Instant::ZERO, |plan| plan.intended_start)
        }
    }
}

impl Stage {
    /// Binds the sockets of a run; with no target, those of the bundled PBX too.
    ///
    /// # Errors
    /// Exit code 1 if an address is taken or not ours.
    pub fn new(
        arguments: &Arguments,
        scenario: &Scenario,
        target: Option<Target>,
        witness: Witness,
    ) -> Result<Self, Failure> {
        check_link(scenario)?;
        let _files = resources::raise_open_files();
        let run_tag = run_tag();
        let (target, pbx) = if let Some(target) = target {
            (target, None)
        } else {
            let socket = bind(run::LOOPBACK, Transport::Tcp)?;
            let address = socket.address().map_err(|error| no_socket(run::LOOPBACK, &error))?;
            let settings = pbx_settings(scenario, address, run_tag.clone())?;
            let transport = scenario.live.transport;
            (Target { user: None, host: address.to_string(), address, transport }, Some((socket, settings)))
        };
        let local = local(arguments, &target)?;
        let has_sources = matches!(scenario.traffic.arrivals, Arrivals::Sources { .. });
        let threads = if has_sources { 1 } else { arguments.common.threads.max(1) };
        let ring_timeout = pbx.is_none().then_some(scenario.live.ring_timeout);
        let parts = (0..threads).map(|_| {
            let socket = bind(local, target.transport)?;
            let own = socket.address().map_err(|error| no_socket(local, &error))?;
            let advertised = SocketAddr::new(arguments.public_address.unwrap_or(own.ip()), own.port());
            Ok((
                socket,
                caller_settings(scenario, target.clone(), advertised, run_tag.clone(), ring_timeout)?,
            ))
        });
        let parts = parts.collect::<Result<_, Failure>>()?;
        let rtp = rtp(arguments.rtp_ports.as_deref(), scenario, local.ip(), &witness)?;
        Ok(Self { parts, pbx, witness, rtp, end: traffic_end(scenario) })
    }

    /// Says that the traffic ends at `end`, people's time, whatever the scenario says.
    pub const fn end_traffic_at(&mut self, end: Instant) {
        self.end = end;
    }

    /// Runs the scenario's traffic.
    ///
    /// # Errors
    /// If a socket or thread fails, or the sink can't write.
    pub fn play(self, scenario: &Scenario, keys: Keys, sink: &mut dyn Sink) -> io::Result<Conducted> {
        let count = self.parts.len() as u64;
        self.play_plans(scenario, keys, sink, |worker| play(scenario, worker, count))
    }

    /// Runs other plans than the scenario's.
    ///
    /// # Errors
    /// As for [`Stage::play`].
    pub fn play_plans(
        self,
        scenario: &Scenario,
        keys: Keys,
        sink: &mut dyn Sink,
        plays: impl Fn(u64) -> Play,
    ) -> io::Result<Conducted> {
        let clock = Clock::start();
        // The callers' capture sees both directions already.
        let silent = self.rtp.clone().map(|config| behind_link(scenario, Config { trace: None, ..config }));
        let pbx = match self.pbx {
            Some((socket, settings)) => {
                let brain = brain(scenario);
                Some(PbxPart {
                    socket,
                    endpoint: PbxEndpoint::new(settings, brain),
                    media: open_media(silent, true, clock)?,
                })
            }
            None => None,
        };
        let mut parts = Vec::new();
        for (worker, (socket, settings)) in (0..).zip(self.parts) {
            let callers = Callers::new(settings);
            parts.push(Part {
                socket,
                callers,
                play: plays(worker),
                media: open_media(self.rtp.clone(), false, clock)?,
            });
        }
        let settings = conductor::Settings {
            clock,
            scale: scenario.time_scale,
            max_concurrent: usize::try_from(scenario.live.max_concurrent).unwrap_or(usize::MAX),
            drain: scenario.drain,
            traffic_end: self.end,
            shutdown_timeout: scenario.live.shutdown_timeout,
            witness: self.witness,
            keys,
        };
        conductor::conduct(settings, parts, pbx, sink)
    }
}

/// The PBX of a scenario on the wire. What an outside system has for its answer is wall time: the core counts people's.
#[must_use]
pub fn brain(scenario: &Scenario) -> StaffedPbx {
    let mut config = scenario.pbx.clone();
    if let Some(hook) = config.hook.as_mut().filter(|hook| hook.url.is_some()) {
        hook.timeout = scenario.time_scale.people_duration(hook.timeout);
    }
    StaffedPbx::new(config, scenario.seed).with_phones().with_hook()
}

/// The shards of one worker of several: shard s belongs to worker s mod n.
fn play(scenario: &Scenario, worker: u64, workers: u64) -> Play {
    let mine =
        (0..SHARDS).filter(|shard| shard % workers == worker).fold(0, |mask, shard| mask | 1_u64 << shard);
    let plans = Plans::new(&scenario.traffic, scenario.extent, scenario.warm_up, scenario.seed);
    if matches!(scenario.traffic.arrivals, Arrivals::Sources { .. }) {
        // One worker has all the people: what one does depends on what became of the others' calls.
        return Play::People(Box::new(plans.expecting_feedback()));
    }
    Play::list(plans.shards(mine))
}

fn open_media(rtp: Option<Config>, symmetric: bool, clock: Clock) -> io::Result<Option<Media>> {
    let Some(mut config) = rtp else { return Ok(None) };
    config.settings.symmetric = symmetric;
    let (sockets, events) = RtpSockets::start(config, clock)?;
    Ok(Some(Media { sockets, events }))
}

fn rtp(
    ports: Option<&str>,
    scenario: &Scenario,
    address: std::net::IpAddr,
    witness: &Witness,
) -> Result<Option<Config>, Failure> {
    if scenario.live.media == scenario::Media::None {
        return Ok(None);
    }
    rtp_sockets(ports, scenario, address, witness).map(Some)
}

fn rtp_sockets(
    ports: Option<&str>,
    scenario: &Scenario,
    address: std::net::IpAddr,
    witness: &Witness,
) -> Result<Config, Failure> {
    let ports = ports.map(run::rtp_ports).transpose()?;
    Ok(Config {
        address,
        ports,
        capacity: usize::try_from(scenario.live.max_concurrent).unwrap_or(usize::MAX),
        settings: crate::media::Settings {
            symmetric: false,
            media_timeout: Some(scenario.live.media_timeout),
            loss: scenario
                .live
                .media_loss
                .map(|rule| LossRule { lasting: scenario.time_scale.wall_duration(rule.lasting), ..rule }),
        },
        link: None,
        seed: scenario.seed,
        trace: witness.trace.clone(),
    })
}

/// The PBX's side of the media: behind its link, where that loses packets; what callers hear is theirs to judge.
fn behind_link(scenario: &Scenario, mut config: Config) -> Config {
    config.settings.loss = None;
    if let Some(pool) = &scenario.pbx.bandwidth
        && let PoolAdmission::None { buffer, .. } = pool.admission
    {
        config.link = Some(Width { up: pool.up, down: pool.down, buffer, packing: pool.packing });
    }
    config
}

#[expect(clippy::cast_precision_loss, reason = "bits per second of one call")]
fn f64_of(bits: u64) -> f64 {
    bits as f64
}

/// Without admission control packets must be there to be lost, and as wide as the pool takes them to be.
fn check_link(scenario: &Scenario) -> Result<(), Failure> {
    let Some(pool) = &scenario.pbx.bandwidth else { return Ok(()) };
    if pool.admission == PoolAdmission::Refuse {
        return Ok(());
    }
    if scenario.live.media == scenario::Media::None {
        let remedy = "write media: rtp, or leave this to simulate";
        return Err(Failure::Usage(format!(
            "pbx.bandwidth.admission: without RTP there is no packet to lose; {remedy}"
        )));
    }
    let spoken = bandwidth::call_rate(64_000.0, 0.02, pool.packing).unwrap_or(0.0);
    let other = pool.codecs.iter().find(|codec| {
        f64_of(codec.bits_per_second) - spoken > 1.0 || spoken - f64_of(codec.bits_per_second) > 1.0
    });
    match other {
        None => Ok(()),
        Some(codec) => Err(Failure::Usage(format!(
            "pbx.bandwidth: RTP here is G.711 in packets of 20 ms, and no {} to lose; write codec: PCMA, or leave \
             this to simulate",
            codec.name
        ))),
    }
}

fn local(arguments: &Arguments, target: &Target) -> Result<SocketAddr, Failure> {
    if let Some(text) = &arguments.local_address {
        return run::local_address(text);
    }
    let ip = conductor::address_towards(target.address).map_err(|error| {
        Failure::Tool(format!(
            "no route to {}: {error}; check the network, or give --local-address",
            target.host
        ))
    })?;
    Ok(SocketAddr::new(ip, 0))
}

/// UDP always, and TCP at the same port where it is wanted.
fn bind(address: SocketAddr, transport: Transport) -> Result<wire::Bound, Failure> {
    let bound = match transport {
        Transport::Udp => wire::bind(address),
        Transport::Tcp => wire::bind_both(address),
    };
    bound.map_err(|error| no_socket(address, &error))
}

/// A socket that cannot be had, with the remedy.
#[must_use]
pub fn no_socket(address: SocketAddr, error: &io::Error) -> Failure {
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: end it, or choose another port",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: choose one that it has",
        io::ErrorKind::PermissionDenied => "ports below 1024 need privileges: choose a higher one",
        _ => "check the address and the limit on open files",
    };
    Failure::Tool(format!("cannot listen on {address}: {error}; {remedy}"))
}

fn timers(scenario: &Scenario) -> Timers {
    Timers { t1: scenario.live.t1, t2: scenario.live.t2, t4: scenario.live.t4 }
}

/// Transactions linger for 64 T1: room for this many is a matter of rate, not of concurrency.
const LEAST_TRANSACTIONS: usize = 1 << 19;

fn caller_settings(
    scenario: &Scenario,
    target: Target,
    advertised: SocketAddr,
    run_tag: Arc<str>,
    ring_timeout: Option<Duration>,
) -> Result<caller::Settings, Failure> {
    let overrides = scenario.outcomes.iter().map(|change| (&*change.rule, change.outcome));
    let classifier =
        Classifier::new(overrides).map_err(|error| Failure::Usage(format!("outcomes: {error}")))?;
    Ok(caller::Settings {
        advertised,
        target,
        scale: scenario.time_scale,
        timers: timers(scenario),
        transactions: LEAST_TRANSACTIONS,
        run_tag,
        seed: scenario.seed,
        classes: scenario.traffic.callers.clone().into(),
        warm_up_end: Instant::ZERO + scenario.warm_up,
        ring_timeout,
        media: match scenario.live.media {
            scenario::Media::None => None,
            scenario::Media::Rtp(codec) => Some(codec.payload_type()),
        },
        dtmf: scenario.live.dtmf,
        classifier,
        calls_back: ring_timeout.is_none() && (scenario.pbx.calls_back() || scenario.traffic.ask_on_web()),
        names_classes: ring_timeout.is_none()
            && (scenario.pbx.tells_callers_apart() || scenario.pbx.callers.len() > 1),
    })
}

/// How the bundled PBX is set up behind `advertised`.
///
/// # Errors
/// Exit code 1 if there is nothing to make secrets of.
pub fn pbx_settings(
    scenario: &Scenario,
    advertised: SocketAddr,
    run_tag: Arc<str>,
) -> Result<pbx::Settings, Failure> {
    let mut phones = scenario.live.phones.clone();
    secrets::hand_out(&mut phones.users)?;
    Ok(pbx::Settings {
        advertised,
        scale: scenario.time_scale,
        timers: timers(scenario),
        transactions: LEAST_TRANSACTIONS,
        capacity: usize::try_from(scenario.pbx.capacity).unwrap_or(usize::MAX),
        run_tag,
        media: scenario.live.media != scenario::Media::None,
        phones,
        media_on_demand: false,
        secret: secrets::random_bytes()?,
    })
}

/// Letters that no other run of these seconds has: Call-IDs of two runs never meet.
#[must_use]
pub fn run_tag() -> Arc<str> {
    let nanos = u64::try_from(Clock::start().epoch().as_nanos()).unwrap_or(u64::MAX);
    let mixed = nanos.rotate_left(20) ^ u64::from(std::process::id());
    format!("{mixed:x}").into()
}

/// Some calls carry RTP even where calls in general do not.
#[must_use]
pub fn wants_sound(scenario: &Scenario) -> bool {
    !scenario.live.phones.echo.is_empty() || !scenario.live.phones.users.is_empty()
}

/// The media of a PBX that serves alone.
///
/// # Errors
/// Exit code 1 if the media thread can't be started.
pub fn pbx_media(
    scenario: &Scenario,
    address: std::net::IpAddr,
    clock: Clock,
) -> Result<Option<Media>, Failure> {
    check_link(scenario)?;
    let carries = scenario.live.media != scenario::Media::None || wants_sound(scenario);
    let rtp = carries.then(|| rtp_sockets(None, scenario, address, &Witness::default())).transpose()?;
    let rtp = rtp.map(|config| behind_link(scenario, config));
    open_media(rtp, true, clock).map_err(|error| Failure::Tool(format!("cannot start the media: {error}")))
}
