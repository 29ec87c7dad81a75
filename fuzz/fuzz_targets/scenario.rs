//! Any text: read it as a scenario; what is accepted reads back, in its effective form, as itself.
#![no_main]

use busyhour::scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let inputs = scenario::Inputs::with_seed(1);
    let Ok(accepted) = scenario::parse(text, "fuzz.yaml", &inputs) else { return };
    let again = scenario::parse(&accepted.effective, "effective.yaml", &inputs).expect("the effective form is accepted");
    assert_eq!(again.effective, accepted.effective, "the effective form means the same");
});
