//! Datagrams parted by a zero byte, one after another through a small transaction layer.
#![no_main]

use busyhour::sip::hop::Hop;
use busyhour::sip::message::Message;
use busyhour::sip::transaction::Layer;
use busyhour::sip::transaction::Timers;
use busyhour::time::Duration;
use busyhour::time::Instant;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (mut layer, mut now, mut actions) = (Layer::new(Timers::default(), 8), Instant::ZERO, Vec::new());
    for datagram in input.split(|byte| *byte == 0) {
        match Message::scan(datagram) {
            Ok(message) => layer.receive(now, Hop::udp(([127, 0, 0, 1], 5060).into()), &message, &mut actions),
            Err(why) => layer.count_malformed(why),
        }
        now += Duration::from_millis(100);
        layer.deadline_reached(now, &mut actions);
        assert!(layer.len() <= 8);
    }
});
