//! When the caller's sound begins and ends.

use crate::endpoint::pbx::Action;
use crate::endpoint::pbx::Media;
use crate::endpoint::pbx::PORTS_READY;
use crate::endpoint::pbx::PbxEndpoint;

impl PbxEndpoint {
    pub(super) fn start_media(&mut self, key: usize, out: &mut Vec<Action>) {
        if let Some(media) = self.calls[key].media.as_mut() {
            media.flowing = true;
            let Media { port, remote, reports, payload_type, sound, speech, .. } = *media;
            let events = speech.telephone_event;
            if let Some(remote) = remote {
                out.push(Action::StartMedia { port, remote, reports, payload_type, events, sound });
            }
        }
    }

    pub(super) fn stop_media(&mut self, key: usize, out: &mut Vec<Action>) {
        match self.calls[key].media.take() {
            Some(media) if !media.flowing && self.ports.len() < PORTS_READY => self.ports.push(media.port),
            Some(media) => out.push(Action::StopMedia { port: media.port }),
            None => {}
        }
    }
}
