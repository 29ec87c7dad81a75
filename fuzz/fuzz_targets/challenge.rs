//! Any WWW-Authenticate value: read it, and answer it if it can be answered.
#![no_main]

use busyhour::sip::digest::Challenge;
use busyhour::sip::digest::Credentials;
use busyhour::sip::digest::Use;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let Ok(challenge) = Challenge::parse(value) else { return };
    let request = Use { method: "INVITE", uri: b"sip:100@pbx", nonce_count: 1, client_nonce: "c" };
    let answer = challenge.answer(&Credentials { user: "u", password: "p" }, &request);
    assert!(answer.starts_with(b"Digest "));
});
