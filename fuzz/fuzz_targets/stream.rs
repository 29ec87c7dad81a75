//! Any bytes on a connection, in pieces as long as the first byte says: cut, and never more held than may be.
#![no_main]

use busyhour::sip::stream::Framer;
use busyhour::sip::stream::LONGEST;
use busyhour::sip::stream::Piece;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((size, stream)) = input.split_first() else { return };
    let mut framer = Framer::new();
    for bytes in stream.chunks(usize::from(*size).max(1)) {
        framer.push(bytes);
        while let Ok(Some(piece)) = framer.next() {
            if let Piece::Message(message) = piece {
                assert!(!message.is_empty() && message.len() <= LONGEST);
            }
        }
    }
});
