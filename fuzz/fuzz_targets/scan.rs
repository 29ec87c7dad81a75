//! Any datagram: scan it, and read every value that is read only when asked.
#![no_main]

use busyhour::sip::hop::Hop;
use busyhour::sip::message::Echo;
use busyhour::sip::message::Message;
use busyhour::sip::typed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| {
    let Ok(message) = Message::scan(datagram) else { return };
    let _ = (message.contact_uri(), message.q850_cause(), message.retry_after_s(), message.from.user());
    let _ = (message.routes().count(), message.record_routes().count(), typed::normalised(&message));
    let mut answer = Vec::new();
    Echo::of(&message, Hop::udp(([127, 0, 0, 1], 5060).into())).write(200, b"t", &[], None, &mut answer);
    assert!(Message::scan(&answer).is_ok(), "what we answer scans");
});
