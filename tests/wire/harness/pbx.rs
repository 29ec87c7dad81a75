//! `busyhour pbx` as the peer of others.

use std::path::Path;
use std::time::Duration;

use super::Running;
use super::busyhour;
use super::free_port;
use super::wait_until_bound;
use super::write;

/// Our own PBX at work on a free port; its books are in `pbx` of the test's folder.
pub struct Pbx {
    running: Running,
    pub port: u16,
}

impl Pbx {
    /// Starts it with a scenario and these variables of the environment, and waits until it listens. Its time runs as the
    /// scenario says, which must be asked for: those who call are programs.
    pub fn start(folder: &Path, scenario: &str, environment: &[(&str, &str)]) -> Self {
        let port = free_port();
        let scale = scenario.lines().find_map(|line| line.strip_prefix("time_scale: "));
        let scale = scale.map(|scale| format!("time_scale={scale}"));
        let scenario = write(folder, "pbx.yaml", scenario);
        let (listen, out) = (format!("127.0.0.1:{port}"), folder.join("pbx"));
        let out = out.to_str().expect("temporary folders are UTF-8");
        let mut command = busyhour(&["pbx", &scenario, "--listen", &listen, "--out", out]);
        if let Some(scale) = &scale {
            command.args(["--set", scale]);
        }
        let running = Running::start(command.envs(environment.iter().copied()));
        wait_until_bound(port, Duration::from_secs(10));
        Self { running, port }
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.running.id()
    }

    /// Lets it serve on for a while.
    pub fn leave_for(&self, while_: Duration) {
        self.running.leave_for(while_);
    }

    /// Interrupts it; it must end well.
    pub fn stop(self) {
        self.stop_and_listen();
    }

    /// The same; what it has said.
    pub fn stop_and_listen(self) -> String {
        self.running.signal("INT");
        self.running.finish(Duration::from_secs(10)).expect_code(&[0]).said()
    }
}
