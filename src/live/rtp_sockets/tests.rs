use super::*;
use crate::media;
use std::process::Command;

fn config(address: [u8; 4], symmetric: bool, media_timeout: Duration) -> Config {
    Config {
        address: IpAddr::from(address),
        ports: None,
        capacity: 1000,
        settings: Settings { symmetric, media_timeout: Some(media_timeout), loss: None },
        link: None,
        seed: Seed(u64::from(address[3])),
        trace: None,
    }
}

fn reports(events: &mut events::UnboundedReceiver<Event>) -> Vec<Report> {
    let mut found = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Stopped { report, .. } = event {
            found.push(report);
        }
    }
    found
}

/// Talks `calls` calls at once for `seconds` between two media threads and returns both sides' reports.
fn talk(calls: usize, seconds: f64) -> (Vec<Report>, Vec<Report>) {
    let clock = Clock::start();
    let long = Duration::from_secs(30);
    let (mut caller, mut heard_by_caller) =
        RtpSockets::start(config([127, 0, 0, 1], false, long), clock).unwrap();
    let (mut pbx, mut heard_by_pbx) = RtpSockets::start(config([127, 0, 0, 2], true, long), clock).unwrap();
    for _ in 0..calls {
        let (from, to) = (caller.open().unwrap(), pbx.open().unwrap());
        // The PBX is told a wrong port, as behind address translation, and must follow the packets.
        pbx.send(to, SocketAddr::from(([127, 0, 0, 1], 9)), Codec::Pcma);
        caller.send(from, SocketAddr::from(([127, 0, 0, 2], to)), Codec::Pcma);
    }
    pause(Duration::from_secs_f64(seconds));
    let _ = (caller.finish(), pbx.finish());
    (reports(&mut heard_by_caller), reports(&mut heard_by_pbx))
}

#[expect(clippy::disallowed_methods, reason = "sockets need real time")]
fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// 20 calls, 2 s: everyone sends 100 packets, hears the other's tone, and loses nothing on loopback. What a busy
/// machine made us skip is counted as skipped, never as lost.
#[test]
fn twenty_calls_hear_each_other() {
    let (callers, pbx) = talk(20, 2.0);
    assert_eq!((callers.len(), pbx.len()), (20, 20));
    for report in callers.iter().chain(&pbx) {
        let due = report.sent + report.skipped;
        assert!((98..=130).contains(&due), "{due} packets due in 2 s: {report:?}");
        assert_eq!((report.lost, report.duplicates, report.foreign), (0, 0, 0), "{report:?}");
        assert!(report.tone_checked >= 1 && report.tone_heard == report.tone_checked, "{report:?}");
    }
    let sum = |reports: &[Report], of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
    let (sent, heard) = (sum(&callers, |r| r.sent), sum(&pbx, |r| r.received));
    assert!(heard * 100 >= sent * 98, "the PBX heard {heard} of {sent}");
    // The PBX's first packets went to the wrong port, until it had heard the caller.
    let (sent, heard) = (sum(&pbx, |r| r.sent), sum(&callers, |r| r.received));
    assert!(heard * 100 >= sent * 96, "the callers heard {heard} of {sent}");
}

#[test]
fn silence_is_told_and_a_stop_brings_the_report() {
    let clock = Clock::start();
    let timeout = Duration::from_millis(200);
    let (mut caller, mut events) = RtpSockets::start(config([127, 0, 0, 1], false, timeout), clock).unwrap();
    let port = caller.open().unwrap();
    let nobody = caller.open().unwrap();
    caller.stop(nobody);
    caller.send(port, SocketAddr::from(([127, 0, 0, 1], nobody + 1)), Codec::Pcmu);
    assert!(
        matches!(events.blocking_recv(), Some(Event::Stopped { port: stopped, .. }) if stopped == nobody)
    );
    assert_eq!(events.blocking_recv(), Some(Event::Silent { port }));
    caller.stop(port);
    let Some(Event::Stopped { port: stopped, report }) = events.blocking_recv() else { panic!("a report") };
    assert_eq!((stopped, report.received), (port, 0));
    assert!(report.sent >= 5, "{report:?}");
    assert_eq!(MediaReport::from(report).packets_sent, report.sent);
    caller.stop(port);
    assert_eq!(caller.finish().calls, 2);
    assert_eq!(events.blocking_recv(), None);
}

#[test]
fn a_port_rests_after_its_call() {
    let clock = Clock::start();
    let address = [127, 77, 0, 2];
    let ports = Some(PortRange::new(21_000, 21_001).unwrap());
    let (mut caller, mut events) =
        RtpSockets::start(Config { ports, ..config(address, false, LINGER) }, clock).unwrap();
    assert_eq!(caller.open().unwrap(), 21_000);
    let before = clock.now();
    caller.stop(21_000);
    assert!(matches!(events.blocking_recv(), Some(Event::Stopped { port: 21_000, .. })));
    assert!(matches!(caller.open(), Err(OpenError::NoPort { pairs: 1, .. })));
    while caller.open().is_err() {
        pause(Duration::from_millis(20));
        assert!(clock.now() - before < Duration::from_secs(20), "the port never came back");
    }
    assert!(clock.now() - before >= LINGER);
}

#[test]
fn the_capacity_is_a_limit_with_a_remedy() {
    let (mut caller, _events) =
        RtpSockets::start(Config { capacity: 1, ..config([127, 0, 0, 1], false, LINGER) }, Clock::start())
            .unwrap();
    assert!(caller.open().is_ok());
    let error = caller.open().unwrap_err();
    assert_eq!(error.to_string(), "media for 1 calls at once is the limit; raise it, or offer less traffic");
}

/// tshark, reading the capture of one side, sees two streams with as many packets as that side counted, and
/// no loss.
#[test]
fn the_capture_agrees_with_the_counts() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trace.pcap");
    let clock = Clock::start();
    let file = Box::new(std::fs::File::create(&path).unwrap());
    let trace = Arc::new(Trace::new(file, clock.epoch()).unwrap());
    let traced = Config { trace: Some(Arc::clone(&trace)), ..config([127, 0, 0, 1], false, LINGER) };
    let (mut caller, mut events) = RtpSockets::start(traced, clock).unwrap();
    let (mut pbx, _events) = RtpSockets::start(config([127, 0, 0, 2], true, LINGER), clock).unwrap();
    let (from, to) = (caller.open().unwrap(), pbx.open().unwrap());
    caller.send(from, SocketAddr::from(([127, 0, 0, 2], to)), Codec::Pcmu);
    pbx.send(to, SocketAddr::from(([127, 0, 0, 1], from)), Codec::Pcmu);
    pause(Duration::from_millis(500));
    caller.stop(from);
    let Some(Event::Stopped { report, .. }) = events.blocking_recv() else { panic!("a report") };
    assert_eq!(trace.finish().unwrap(), report.sent + report.received);

    let streams = ["-q", "-o", "rtp.heuristic_rtp:TRUE", "-z", "rtp,streams"];
    let Ok(output) = Command::new("tshark").arg("-r").arg(&path).args(streams).output() else {
        eprintln!("skipped: tshark is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    for (port, packets) in [(from, report.sent), (to, report.received)] {
        let stream = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let port = port.to_string();
        let stream = stream.into_iter().find(|fields| fields.get(3) == Some(&port.as_str()));
        let stream = stream.unwrap_or_else(|| panic!("no stream from port {port} in:\n{text}"));
        // Start, end, source, port, destination, port, SSRC, payload, packets, lost.
        assert_eq!(stream[8..10], [packets.to_string().as_str(), "0"], "{text}");
    }
}

/// Junk at the RTP port is counted and changes nothing.
#[test]
fn foreign_datagrams_are_counted() {
    let (mut caller, mut events) =
        RtpSockets::start(config([127, 0, 0, 1], false, LINGER), Clock::start()).unwrap();
    let port = caller.open().unwrap();
    let stranger = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    for _ in 0..100 {
        stranger.send_to(b"OPTIONS sip:you SIP/2.0\r\n\r\n", ("127.0.0.1", port)).unwrap();
    }
    caller.stop(port);
    let Some(Event::Stopped { report, .. }) = events.blocking_recv() else { panic!("a report") };
    assert_eq!((report.foreign > 0, report.received, report.tone_heard), (true, 0, 0));
}

/// The same test in a process that may open only 40 files: calls get ports until descriptors end, then an error
/// that says so; those that have ports go on.
#[test]
fn running_out_of_descriptors_is_an_error_with_a_remedy() {
    const INNER: &str = "BUSYHOUR_TEST_FEW_DESCRIPTORS";
    if std::env::var_os(INNER).is_none() {
        let program = std::env::current_exe().unwrap();
        let name = "live::rtp_sockets::tests::running_out_of_descriptors_is_an_error_with_a_remedy";
        let script = format!("ulimit -n 40 && exec \"$0\" --exact {name}");
        let output = Command::new("sh").args(["-c", &script]).arg(program).env(INNER, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let (mut caller, mut events) =
        RtpSockets::start(config([127, 0, 0, 1], false, LINGER), Clock::start()).unwrap();
    let (open, error) = open_until_error(&mut caller);
    assert!(matches!(error, OpenError::NoDescriptor { limit: 40 }), "{error}");
    assert!(error.to_string().contains("ulimit -n") && (8..20).contains(&open.len()), "{error} {open:?}");
    caller.send(open[0], SocketAddr::from(([127, 0, 0, 1], open[1])), Codec::Pcma);
    pause(Duration::from_millis(300));
    caller.stop(open[1]);
    let Some(Event::Stopped { report, .. }) = events.blocking_recv() else { panic!("a report") };
    assert!(report.received > 5 && report.lost == 0, "{report:?}");
}

fn open_until_error(sockets: &mut RtpSockets) -> (Vec<u16>, OpenError) {
    let mut open = Vec::new();
    loop {
        match sockets.open() {
            Ok(port) => open.push(port),
            Err(error) => return (open, error),
        }
    }
}

/// A child process that ends with the test, however that ends.
struct Ended(std::process::Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// SIPp returns our packets to where they came from: our own tone, each packet once.
#[test]
fn sipp_echoes_the_tone() {
    let address = [127, 77, 0, 3];
    let echo = SocketAddr::from((address, 24_000));
    let arguments = "-sn uas -rtp_echo -nostdin -i 127.77.0.3 -p 24090 -mi 127.77.0.3 -mp 24000";
    let quiet = std::process::Stdio::null;
    let mut sipp = Command::new("sipp");
    sipp.args(arguments.split(' ')).stdin(quiet()).stdout(quiet()).stderr(quiet());
    let Ok(sipp) = sipp.spawn() else {
        eprintln!("skipped: sipp is not installed");
        return;
    };
    let _sipp = Ended(sipp);
    let (mut caller, mut events) =
        RtpSockets::start(config(address, false, Duration::from_secs(30)), Clock::start()).unwrap();
    let probe = std::net::UdpSocket::bind((IpAddr::from(address), 0)).unwrap();
    probe.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let echoes = |probe: &std::net::UdpSocket| {
        probe.send_to(b"probe", echo).unwrap();
        probe.recv(&mut [0; 100]).is_ok()
    };
    assert!((0..500).any(|_| echoes(&probe)), "SIPp does not echo within 10 s");
    let port = caller.open().unwrap();
    caller.send(port, echo, Codec::Pcma);
    pause(Duration::from_secs(2));
    caller.stop(port);
    let Some(Event::Stopped { report, .. }) = events.blocking_recv() else { panic!("a report") };
    assert!(report.sent >= 90 && report.received + 2 >= report.sent, "{report:?}");
    assert_eq!(
        (report.lost, report.duplicates, report.tone_heard),
        (0, 0, report.tone_checked),
        "{report:?}"
    );
}

/// The floor of 200 calls. Run by hand, alone on the machine:
/// `cargo test --release --lib rtp_sockets -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: needs the machine for itself"]
fn two_hundred_calls_run_clean_on_two_cores() {
    let seconds = 10.0;
    let before = crate::live::resources::processor_time();
    let (callers, pbx) = talk(200, seconds);
    let spent = crate::live::resources::processor_time().saturating_sub(before).as_secs_f64();
    for (side, reports) in [("callers", &callers), ("pbx", &pbx)] {
        let sum = |of: fn(&Report) -> u64| reports.iter().map(of).sum::<u64>();
        let worst = reports.iter().map(|report| report.worst_lateness).max().unwrap_or_default();
        let jitter = reports.iter().map(|report| report.jitter_ms).fold(0.0, f64::max);
        println!(
            "{side}: sent {} received {} lost {} skipped {} worst lateness {worst:?} worst jitter {jitter:.2} ms",
            sum(|r| r.sent),
            sum(|r| r.received),
            sum(|r| r.lost),
            sum(|r| r.skipped)
        );
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let share = sum(|r| r.sent).min(sum(|r| r.received)) as f64 / (200.0 * seconds * 50.0);
        assert!(share >= 0.99, "{side}: {share}");
        assert!(reports.iter().all(|report: &media::Report| report.lost == 0));
    }
    println!("processor time {:.1} % of one core", 100.0 * spent / seconds);
}

/// A caller hears every packet of their own, and none of anybody else's.
#[test]
fn an_echo_gives_a_caller_their_own_tone_back() {
    let clock = Clock::start();
    let long = Duration::from_secs(30);
    let (mut caller, mut heard) = RtpSockets::start(config([127, 0, 0, 1], false, long), clock).unwrap();
    let (mut pbx, mut echoed) = RtpSockets::start(config([127, 0, 0, 2], true, long), clock).unwrap();
    let (from, to) = (caller.open().unwrap(), pbx.open().unwrap());
    pbx.echo(to, SocketAddr::from(([127, 0, 0, 1], from)));
    caller.send(from, SocketAddr::from(([127, 0, 0, 2], to)), Codec::Pcma);
    pause(Duration::from_secs(1));
    let _ = (caller.finish(), pbx.finish());
    let (caller, pbx) = (reports(&mut heard).remove(0), reports(&mut echoed).remove(0));
    assert!(caller.sent >= 40, "{caller:?}");
    assert_eq!(pbx.received, pbx.sent, "{pbx:?}");
    // The packet of the last instant may still be on its way when both ends stop.
    assert!(caller.received + 1 >= caller.sent && pbx.received + 1 >= caller.sent, "{caller:?} {pbx:?}");
    assert!(caller.tone_checked >= 1 && caller.tone_heard == caller.tone_checked, "{caller:?}");
}

/// A telephone's pair of sockets.
fn phone() -> (std::net::UdpSocket, std::net::UdpSocket) {
    for _ in 0..1000 {
        let rtp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = rtp.local_addr().unwrap().port();
        let Some(next) = port.checked_add(1) else { continue };
        if let Ok(reports) = std::net::UdpSocket::bind(("127.0.0.1", next)) {
            for socket in [&rtp, &reports] {
                socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            }
            return (rtp, reports);
        }
    }
    panic!("loopback has free pairs of ports");
}

/// A sender report of this source, without report blocks.
fn report_of(ssrc: u32) -> Vec<u8> {
    let mut report = vec![0x80, 200, 0, 6];
    report.extend(ssrc.to_be_bytes());
    report.extend([0; 20]);
    report
}

fn next(socket: &std::net::UdpSocket) -> Vec<u8> {
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).expect("a report");
    buffer[..length].to_vec()
}

/// Sends a report to the relay until it has come through; a machine that is busy may be slow to begin.
fn passes(from: &std::net::UdpSocket, port: u16, report: &[u8], to: &std::net::UdpSocket) {
    to.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut buffer = [0; 2048];
    let came = (0..50).any(|_| {
        from.send_to(report, ("127.0.0.1", port)).unwrap();
        to.recv(&mut buffer).is_ok_and(|length| buffer[..length] == *report)
    });
    assert!(came, "no report of {} came through", report[7]);
    to.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
}

/// The one takes its reports at the next port, the other at that of RTP (RFC 5761).
#[test]
fn reports_pass_the_relay_and_are_no_sound() {
    let timeout = Duration::from_millis(500);
    let (mut relay, mut events) =
        RtpSockets::start(config([127, 0, 0, 1], true, timeout), Clock::start()).unwrap();
    let ((one, ones_reports), (other, _unused)) = (phone(), phone());
    let at = |socket: &std::net::UdpSocket| socket.local_addr().unwrap();
    let (port, others_port) = (relay.open().unwrap(), relay.open().unwrap());
    let source = |from, reports| Source { from, watched: true, reports: Some(reports) };
    relay.relay(port, at(&one), source(others_port, at(&ones_reports)));
    relay.relay(others_port, at(&other), source(port, at(&other)));

    // The thread may look at the sockets before it has been told of the relay.
    pause(Duration::from_millis(50));
    passes(&ones_reports, port + 1, &report_of(1), &other);
    passes(&other, others_port, &report_of(2), &ones_reports);
    // What is no report does not pass there.
    ones_reports.send_to(b"hello, world", ("127.0.0.1", port + 1)).unwrap();

    let mut silent = BTreeSet::new();
    while silent.len() < 2 {
        ones_reports.send_to(&report_of(1), ("127.0.0.1", port + 1)).unwrap();
        assert_eq!(next(&other), report_of(1));
        other.send_to(&report_of(2), ("127.0.0.1", others_port)).unwrap();
        assert_eq!(next(&ones_reports), report_of(2));
        while let Ok(event) = events.try_recv() {
            if let Event::Silent { port } = event {
                silent.insert(port);
            }
        }
        pause(Duration::from_millis(20));
    }
    relay.stop(port);
    relay.stop(others_port);
    let _ = relay.finish();
    let reports = reports(&mut events);
    assert_eq!(reports.len(), 2);
    for report in reports {
        assert_eq!((report.received, report.sent, report.foreign), (0, 0, 0), "{report:?}");
    }
}
