//! Processes, ports, peers and witnesses for the tests of this binary.

pub use capture::Capture;
pub use capture::calls;
pub use capture::calls_answered_refused;
pub use capture::read_pcap;
pub use lossy::LossyNetwork;
pub use pbx::Pbx;
pub use phone::Phone;
pub use phone::get_each_others_reports;
pub use phone::hear_each_other;
pub use process::Finished;
pub use process::Running;
pub use process::busyhour;
pub use process::run;
pub use process::wait_until;
pub use results::Calls;
pub use results::Results;
pub use sipp::Sipp;

mod capture;
mod lossy;
mod pbx;
mod phone;
mod process;
mod results;
mod sipp;

use std::fs;
use std::net::TcpListener;
use std::net::UdpSocket;
use std::ops::Range;
use std::panic::resume_unwind;
use std::path::Path;
use std::process::Command;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// Nobody else is at work while somebody has the machine alone.
static TURN: RwLock<()> = RwLock::new(());

/// The machine alone, for tests that measure time or the processor, or load both cores: two of them at once would make
/// each other's generator late, which is a finding.
pub fn turn() -> RwLockWriteGuard<'static, ()> {
    TURN.write().unwrap_or_else(PoisonError::into_inner)
}

/// A turn beside others of this kind, as many as the test runner has threads: for tests that mostly wait, and whose
/// outcome is the same on a machine that is half busy.
pub fn shared_turn() -> RwLockReadGuard<'static, ()> {
    TURN.read().unwrap_or_else(PoisonError::into_inner)
}

/// Does the same to each item, all at once: for parts of a test that mostly wait. What came of them stands in their order.
pub fn at_once<Item: Send, Came: Send>(
    items: impl IntoIterator<Item = Item>,
    work: impl Fn(Item) -> Came + Sync,
) -> Vec<Came> {
    let work = &work;
    thread::scope(|scope| {
        let threads = items.into_iter().map(|item| scope.spawn(move || work(item))).collect::<Vec<_>>();
        let came =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        came.collect()
    })
}

/// Whether the named programs are here. Without one the test says so and passes; where peers are required, it fails.
pub fn have(programs: &[&str]) -> bool {
    let is_there = |program: &&&str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let missing = programs.iter().filter(|program| !is_there(program)).collect::<Vec<_>>();
    if missing.is_empty() {
        return true;
    }
    let required = ["CI", "BUSYHOUR_REQUIRE_PEERS"].iter().any(|name| std::env::var_os(name).is_some());
    assert!(!required, "{missing:?} missing: ci/install-peers installs what these tests need");
    eprintln!("SKIPPED: {missing:?} not installed (ci/install-peers)");
    false
}

/// Whether we may capture packets and make network namespaces.
pub fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uid.and_then(|ids| ids.split_whitespace().nth(1)) == Some("0")
}

/// Whether packets can be captured here. Where not, the test says so and passes.
pub fn may_capture() -> bool {
    let may = have(&["tshark"]) && is_root();
    if !may {
        eprintln!("SKIPPED: capturing packets needs tshark and root");
    }
    may
}

/// Below the ports that systems give to whoever asks for any (32768 and above on Linux), so that none is taken between
/// its choice and its use; past those that tests name.
const PORTS: Range<u32> = 12_000..31_000;

/// A port on 127.0.0.1 that nobody uses now for UDP or TCP, and none that this run of tests has had. Even, as RTP wants it,
/// and the next even one is free, too: SIPp takes it for video.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = (PORTS.end - PORTS.start) / 4;
    // Runs of tests side by side begin at different places.
    let first = std::process::id().wrapping_mul(617);
    let is_free = |port: u16| {
        UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok()
    };
    let ports = (0..1000).map(|_| {
        let place = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % count;
        u16::try_from(PORTS.start + 4 * place).expect("below 31 000")
    });
    let mut free = ports.filter(|port| is_free(*port) && is_free(*port + 2));
    free.next().expect("a free port among 1000")
}

/// Waits until somebody listens on the port for UDP or TCP, as the kernel tells: a probe would be a call to some peers.
pub fn wait_until_bound(port: u16, limit: Duration) {
    let needle = format!(":{port:04X} 00000000:0000");
    let is_in = |table: &str| fs::read_to_string(table).is_ok_and(|table| table.contains(&needle));
    let is_bound = || is_in("/proc/net/udp") || is_in("/proc/net/tcp");
    assert!(process::wait_until(limit, is_bound), "nobody listens on port {port} after {limit:?}");
}

/// Writes a file of the test's folder and returns its path as text.
pub fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path.to_str().expect("temporary folders are UTF-8").to_owned()
}

/// Runs a command of the system that must succeed.
pub fn must(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {complaint}", arguments.join(" "));
}
