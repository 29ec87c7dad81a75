//! Child processes that end in time, whatever the test does.

#![expect(clippy::disallowed_methods, reason = "a test that watches processes needs the clock")]

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

/// The program under test, without colour.
pub fn busyhour(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_busyhour"));
    command.args(arguments).env("NO_COLOR", "1");
    command
}

/// Runs a command to its end; it is killed and the test fails if that takes longer than `limit`.
pub fn run(command: &mut Command, limit: Duration) -> Finished {
    Running::start(command).finish(limit)
}

/// Polls until `condition` holds; false if it does not within `limit`.
pub fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// A process that has ended.
pub struct Finished {
    /// The exit code; 128 + n if signal n ended it, as shells count.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// From start to end.
    pub took: Duration,
}

impl Finished {
    /// Asserts the exit code, showing what the program said if it is another.
    pub fn expect_code(self, expected: &[i32]) -> Self {
        let Self { code, stdout, stderr, took } = &self;
        assert!(
            expected.contains(code),
            "exit code {code} after {took:?}, expected {expected:?}\n-- stdout\n{stdout}\n-- stderr\n{stderr}"
        );
        self
    }

    /// Both streams, for a look at what the user reads.
    pub fn said(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// A process at work: killed when it goes out of scope.
pub struct Running {
    child: Child,
    name: String,
    started: Instant,
    stdout: Gathered,
    stderr: Gathered,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let name = format!("{command:?}");
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let stdout = Gathered::from(child.stdout.take().expect("piped"));
        let stderr = Gathered::from(child.stderr.take().expect("piped"));
        Self { child, name, started: Instant::now(), stdout, stderr }
    }

    /// Waits for the exit, at most this long from now.
    pub fn finish(mut self, limit: Duration) -> Finished {
        let mut status = None;
        wait_until(limit, || {
            status = self.child.try_wait().expect("our own child");
            status.is_some()
        });
        let Some(status) = status else {
            let said = format!("{}\n{}", self.stdout.so_far(), self.stderr.so_far());
            panic!("{} still runs after {limit:?}; it said\n{said}", self.name);
        };
        let took = self.started.elapsed();
        Finished { code: code_of(status), stdout: self.stdout.all(), stderr: self.stderr.all(), took }
    }

    /// Waits until the process has said `text` on either stream.
    pub fn wait_for(&mut self, text: &str, limit: Duration) {
        let heard = wait_until(limit, || self.said_so_far().contains(text));
        let said = self.said_so_far();
        assert!(heard, "{} did not say {text:?} within {limit:?}, but\n{said}", self.name);
    }

    /// What it has said on either stream until now.
    pub fn said_so_far(&self) -> String {
        self.stdout.so_far() + &self.stderr.so_far()
    }

    /// Lets it run on for a while.
    #[expect(clippy::unused_self, reason = "reads as what is left alone")]
    pub fn leave_for(&self, while_: Duration) {
        std::thread::sleep(while_);
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("our own child").is_none()
    }

    /// Sends a signal by name: `INT`, `TERM`, `KILL`.
    pub fn signal(&self, name: &str) {
        super::must("kill", &[&format!("-{name}"), &self.child.id().to_string()]);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().expect("ended by exit or by signal"))
}

/// What a stream has said so far, read by a thread so that a full pipe never holds the process up.
struct Gathered {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Gathered {
    fn from(mut stream: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut chunk) {
                sink.lock().expect("nobody panics with the lock").extend_from_slice(&chunk[..length]);
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().expect("nobody panics with the lock")).into_owned()
    }

    /// Everything until the end of the stream.
    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader does not panic");
        }
        self.so_far()
    }
}
