//! What the operating system lets us have: file descriptors, processor time, socket buffers.

use std::io;
use std::net::SocketAddr;

use rustix::io::Errno;
use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::time::ClockId;
use socket2::SockRef;

use crate::time::Duration;

/// How many files, sockets included, this process may have open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// The limit that holds.
    pub soft: u64,
    /// What it may be raised to.
    pub hard: u64,
}

/// The limits now; `u64::MAX` is none.
#[must_use]
pub fn open_files() -> OpenFiles {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    OpenFiles { soft: limit.current.unwrap_or(u64::MAX), hard: limit.maximum.unwrap_or(u64::MAX) }
}

/// Raises the soft limit to the hard one, which any process may do, and returns what holds then.
#[must_use]
pub fn raise_open_files() -> OpenFiles {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    // A refusal leaves the old limit, which the return value shows.
    let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    open_files()
}

/// Whether an error says that the process or the machine has no file descriptor left.
#[must_use]
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

/// Processor time, user and system, that this process has used.
#[must_use]
pub fn processor_time() -> Duration {
    let used = rustix::time::clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(used.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(used.tv_nsec).unwrap_or(0))
}

/// Ticks of processor time, user and system, by a process's `/proc/PID/stat` (proc(5), fields 14 and 15), which the caller
/// reads. The name in parentheses before them may hold anything.
#[must_use]
pub fn processor_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Ticks as seconds: Linux shows a hundred a second to programs on every machine (`USER_HZ`).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "2^53 ticks are three million years")]
pub const fn seconds_of_ticks(ticks: u64) -> f64 {
    ticks as f64 / 100.0
}

/// Seconds on a processor, by a thread's `schedstat`, whose first field counts nanoseconds.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a hundred days of nanoseconds to a microsecond")]
pub fn scheduled_seconds(schedstat: &str) -> Option<f64> {
    schedstat.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|nanoseconds| nanoseconds as f64 / 1e9)
}

/// Asks for a receive buffer of `bytes` and returns what the kernel granted: it caps the wish at
/// `net.core.rmem_max`, in silence, and doubles it for its own book-keeping.
///
/// # Errors
/// If the socket is none.
pub fn set_receive_buffer(socket: &SockRef<'_>, bytes: usize) -> io::Result<usize> {
    socket.set_recv_buffer_size(bytes)?;
    socket.recv_buffer_size()
}

/// Datagrams that the kernel threw away because the receive buffer of the UDP socket bound to `local` was full:
/// our own loss, not the network's. `None` where the system does not say. The caller reads the tables
/// (`/proc/net/udp`, `/proc/net/udp6`) and gives them as `table`.
#[must_use]
pub fn receive_drops(table: &str, local: SocketAddr) -> Option<u64> {
    let wanted = hexadecimal(local);
    table.lines().skip(1).find_map(|line| {
        let fields = line.split_ascii_whitespace();
        let (mut fields, last) = (fields.clone(), fields.last());
        let found = fields.nth(1).is_some_and(|address| address.eq_ignore_ascii_case(&wanted));
        if found { last?.parse().ok() } else { None }
    })
}

/// An address as `/proc/net/udp` writes it: 32-bit words in the machine's byte order, then the port.
fn hexadecimal(address: SocketAddr) -> String {
    let octets = match address {
        SocketAddr::V4(address) => address.ip().octets().to_vec(),
        SocketAddr::V6(address) => address.ip().octets().to_vec(),
    };
    let words = octets.chunks_exact(4).map(|word| {
        let word = word.try_into().expect("chunks of four have four bytes");
        format!("{:08X}", u32::from_ne_bytes(word))
    });
    format!("{}:{:04X}", words.collect::<String>(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_on_open_files_can_be_raised_to_the_hard_one() {
        let raised = raise_open_files();
        assert_eq!(raised.soft, raised.hard);
        assert_eq!(open_files(), raised);
        assert!(raised.soft >= 64);
    }

    #[test]
    fn processor_time_grows_with_work() {
        let before = processor_time();
        let mut sum = 0_u64;
        while processor_time().saturating_sub(before) < Duration::from_millis(2) {
            sum = sum.wrapping_add(std::hint::black_box(1));
        }
        assert!(sum > 0);
    }

    #[test]
    fn processor_time_is_read_from_what_the_system_writes() {
        let stat = "42 (a name) with) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 100 1000 10";
        assert_eq!(processor_ticks(stat).map(seconds_of_ticks), Some(3.0));
        assert_eq!(scheduled_seconds("1500000000 20 3\n"), Some(1.5));
        for broken in ["", "42 (name", "42 (name) S 1 2", "x"] {
            assert_eq!(processor_ticks(broken), None, "{broken}");
        }
        assert_eq!(scheduled_seconds("x"), None);
    }

    #[test]
    fn a_receive_buffer_is_read_back() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let small = set_receive_buffer(&SockRef::from(&socket), 8 * 1024).unwrap();
        let large = set_receive_buffer(&SockRef::from(&socket), 64 * 1024).unwrap();
        assert!(large > small && small > 0, "{small} {large}");
    }

    /// A socket with a tiny buffer, flooded: what was neither received nor kept was dropped, to the datagram.
    #[test]
    fn drops_at_a_full_receive_buffer_are_seen() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        set_receive_buffer(&SockRef::from(&socket), 4 * 1024).unwrap();
        socket.set_nonblocking(true).unwrap();
        let local = socket.local_addr().unwrap();
        for _ in 0..200 {
            socket.send_to(&[0; 1000], local).unwrap();
        }
        let received = std::iter::from_fn(|| socket.recv(&mut [0; 2000]).ok()).count() as u64;
        let Ok(table) = std::fs::read_to_string("/proc/net/udp") else {
            eprintln!("skipped: this system has no /proc/net/udp");
            return;
        };
        assert_eq!(receive_drops(&table, local), Some(200 - received));
        assert_eq!(receive_drops(&table, "127.0.0.1:1".parse().unwrap()), None);
    }

    #[test]
    fn running_out_of_descriptors_is_recognised() {
        assert!(is_out_of_descriptors(&io::Error::from(Errno::MFILE)));
        assert!(!is_out_of_descriptors(&io::Error::from(io::ErrorKind::AddrInUse)));
    }
}
