//! SIPp (Debian's sip-tester) as a peer, with its own count of what happened.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::Finished;
use super::Running;
use super::wait_until_bound;

/// A SIPp at work in the test's folder.
pub struct Sipp {
    running: Running,
    statistics: PathBuf,
}

impl Sipp {
    /// SIPp's own answerer (180, 200, waits for BYE) on a port, leaving after `calls` calls.
    pub fn answerer(folder: &Path, port: u16, calls: u32, more: &[&str]) -> Self {
        let (port, calls) = (port.to_string(), calls.to_string());
        let own = ["-sn", "uas", "-p", &port, "-m", &calls];
        let sipp = Self::start(folder, "answerer", &[&own[..], more].concat());
        wait_until_bound(port.parse().expect("made from a number"), Duration::from_secs(10));
        sipp
    }

    /// A caller with one of the scenario files beside these tests.
    pub fn caller(folder: &Path, scenario: &str, target: u16, more: &[&str]) -> Self {
        let file = format!("{}/tests/wire/sipp/{scenario}", env!("CARGO_MANIFEST_DIR"));
        Self::caller_with(folder, &file, target, more)
    }

    /// A caller with a scenario file of the test's own.
    pub fn caller_with(folder: &Path, file: &str, target: u16, more: &[&str]) -> Self {
        let target = format!("127.0.0.1:{target}");
        Self::start(folder, "caller", &[&[&*target, "-sf", file][..], more].concat())
    }

    /// A phone under a name of its own, with these arguments.
    pub fn phone(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        Self::start(folder, name, arguments)
    }

    fn start(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let statistics = folder.join(format!("sipp-{name}.csv"));
        let mut command = Command::new("sipp");
        command.args(arguments).args(["-i", "127.0.0.1", "-nostdin", "-timeout", "120s", "-timeout_error"]);
        command.args(["-trace_stat", "-fd", "1", "-stf"]).arg(&statistics);
        let running = Running::start(command.current_dir(folder).env("TERM", "xterm"));
        Self { running, statistics }
    }

    /// Waits for its end and reads its own count: counter → value at the end.
    pub fn finish(self, limit: Duration) -> (Finished, BTreeMap<String, u64>) {
        let finished = self.running.finish(limit);
        let text = fs::read_to_string(&self.statistics);
        let text = text
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.statistics.display(), finished.said()));
        (finished, last_row(&text))
    }
}

/// The whole-run counters, `(C)`, of the last line of a SIPp statistics file, and `TotalCallCreated`.
fn last_row(csv: &str) -> BTreeMap<String, u64> {
    let mut lines = csv.lines();
    let names = lines.next().unwrap_or_default().split(';');
    let values = lines.next_back().unwrap_or_default().split(';');
    let counters = names.zip(values).filter_map(|(name, value)| {
        let name = name.strip_suffix("(C)").or((name == "TotalCallCreated").then_some(name))?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    counters.collect()
}
