//! Calls that are recorded, and what that writes.

use std::collections::BTreeSet;

use crate::pbx::admission::streams;
use crate::pbx::config::Recording;
use crate::pbx::input::CallId;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::Duration;

#[derive(Debug)]
pub(super) struct Recorder {
    recording: Recording,
    stream: Stream,
    running: BTreeSet<CallId>,
}

impl Recorder {
    pub(super) fn new(recording: Recording, seed: Seed) -> Self {
        let stream = seed.stream(Purpose::Pbx, streams::RECORDINGS);
        Self { recording, stream, running: BTreeSet::new() }
    }

    /// Whether the call is recorded. One draw a call.
    pub(super) fn start(&mut self, call: CallId) -> bool {
        let recorded = self.stream.unit() < self.recording.share;
        if recorded {
            self.running.insert(call);
        }
        recorded
    }

    /// Bits per second that a recording sends away while it is made.
    pub(super) const fn uploads(&self) -> u64 {
        if self.recording.uploaded { self.recording.bytes_per_second.saturating_mul(8) } else { 0 }
    }

    /// Bytes that the recording of a talk of this length has written; `None` if it was not recorded.
    pub(super) fn stop(&mut self, call: CallId, talk: Duration) -> Option<u64> {
        if !self.running.remove(&call) {
            return None;
        }
        let bytes = talk.as_nanos() * u128::from(self.recording.bytes_per_second) / 1_000_000_000;
        Some(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}
