//! The media of one endpoint: the RTP sockets and what they have to say.

use std::net::SocketAddr;

use tokio::sync::mpsc;

use crate::keypad::Key;
use crate::live::rtp_sockets::Event;
use crate::live::rtp_sockets::OpenError;
use crate::live::rtp_sockets::RtpSockets;
use crate::live::rtp_sockets::Source;
use crate::media::Codec;

/// RTP sockets with their events.
#[derive(Debug)]
pub struct Media {
    pub sockets: RtpSockets,
    pub events: mpsc::UnboundedReceiver<Event>,
}

impl Media {
    /// A local port that is ready to receive.
    ///
    /// # Errors
    /// If there is no port, file descriptor or room left.
    pub fn open(&mut self) -> Result<u16, OpenError> {
        self.sockets.open()
    }

    /// Sends a tone from `port` to `remote`, in the codec of `payload_type`, and takes telephone events there.
    pub fn start(&self, port: u16, remote: SocketAddr, payload_type: u8, events: Option<u8>) {
        if let Some(events) = events {
            self.sockets.take_events(port, events);
        }
        if let Some(codec) = Codec::from_payload_type(payload_type) {
            self.sockets.send(port, remote, codec);
        }
    }

    /// Presses a key on `port`.
    pub fn press(&self, port: u16, key: Key) {
        self.sockets.press(port, key);
    }

    /// Sends back from `port` what comes in there.
    pub fn echo(&self, port: u16, remote: SocketAddr) {
        self.sockets.echo(port, remote);
    }

    /// Sends from `port` to `remote` what comes in at another port.
    pub fn relay(&self, port: u16, remote: SocketAddr, source: Source) {
        self.sockets.relay(port, remote, source);
    }

    /// Ends the media of `port`.
    pub fn stop(&mut self, port: u16) {
        self.sockets.stop(port);
    }
}

/// The next event; waits for ever where there are no media.
pub async fn next_event(media: &mut Option<Media>) -> Event {
    if let Some(media) = media
        && let Some(event) = media.events.recv().await
    {
        return event;
    }
    std::future::pending().await
}
