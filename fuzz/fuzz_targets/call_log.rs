//! Any bytes: read them as somebody's call log; every row is counted, and none lacks more than it must have.
#![no_main]

use busyhour::books::call_log::CallLog;
use busyhour::books::required::Required;
use busyhour::scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|log: &[u8]| {
    let text = "name: x\nseed: 1\npbx: {channels: 1}\nrequired_fields: [from, agent if answered, queue if agent]\n";
    let accepted = scenario::parse(text, "fuzz.yaml", &scenario::Inputs::with_seed(1)).expect("sound");
    let mut required = Required::new(&accepted.required_fields);
    let Ok(rows) = CallLog::open(log, &[]).and_then(|log| log.check(&mut required)) else { return };
    assert!(required.finish().iter().all(|tally| tally.missing <= tally.rows && tally.rows <= rows));
});
