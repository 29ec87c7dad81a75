//! Any body: scan it as an offer, answer it, and accept our answer.
#![no_main]

use busyhour::sip::sdp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let codecs = [sdp::Codec::Pcma, sdp::Codec::Pcmu];
    let local = sdp::Local {
        address: [127, 0, 0, 1].into(),
        port: 30_000,
        codecs: &codecs,
        ptime_ms: 20,
        telephone_event: true,
        session_id: 1,
        session_version: 1,
    };
    let Ok(offer) = sdp::Description::scan(body) else { return };
    let mut text = Vec::new();
    let Some(_) = sdp::answer(&offer, &local, &mut text) else { return };
    let answer = sdp::Description::scan(&text).expect("what we answer scans");
    assert_eq!(answer.media().count(), offer.media().count(), "as many media lines as the offer (RFC 3264 6)");
});
