//! RTP without sockets: packets, a tone, keys as telephone events, outgoing streams, reception statistics, the
//! table that paces hundreds of streams in slots of a millisecond, and a link that is too narrow for them.
//!
//! A load tester's media has one job: prove that audio really flowed both ways, and say what was lost on
//! the way. So each side sends a tone that the other can recognise, and counts what RFC 3550 tells it to
//! count. There is no jitter buffer and no playback. Quality (the E-model) is not here yet: what is not
//! measured is not guessed. RTCP is passed on between two phones, and neither written nor read.

pub use codec::Codec;
pub use reception::Reception;
pub use session::{Action, Input, Report, Session, Settings};
pub use stream::Stream;
pub use streams::Streams;

pub mod codec;
pub mod events;
pub mod g711;
mod loss_watch;
pub mod lossy_link;
pub mod reception;
pub mod rtp;
pub mod session;
pub mod stream;
pub mod streams;
pub mod tone;
