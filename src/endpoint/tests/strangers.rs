//! Whom the PBX never calls: addresses that a phone names and at which nobody has registered.

use super::bench::{Bench, CALLER, DESK, THIRD};

/// At a registered phone's address is a number that has not registered there; elsewhere is nobody that the PBX knows.
const STRANGERS: [&str; 3] = ["sip:999@192.0.2.1:5060", "sip:101@127.0.0.1:7999", "sip:999@127.0.0.1:7103"];

/// Whether an INVITE, and not a response to one, is on its way.
fn calls_somebody(bench: &Bench) -> bool {
    bench.sent.iter().any(|(_, text)| text.starts_with("INVITE "))
}

#[test]
fn a_phone_sends_no_call_to_strangers() {
    for stranger in STRANGERS {
        let mut bench = Bench::new();
        bench.register("101", DESK, 3600);
        bench.register("103", THIRD, 3600);
        bench.invite(CALLER, "102", "101", 4000);
        let invite = bench.take(DESK, "INVITE");
        bench.reply(DESK, &invite, 302, &format!("Contact: <{stranger}>"), "");
        bench.take(CALLER, "480 INVITE");
        assert!(!calls_somebody(&bench));
        bench.is_settled();

        let mut bench = Bench::new();
        let (invite, _) = bench.talk();
        bench.register("103", THIRD, 3600);
        bench.in_leg(DESK, &invite, "REFER", &format!("Refer-To: <{stranger}>\r\n"), "");
        assert!(bench.take(DESK, "NOTIFY").contains("100 Trying"));
        assert!(bench.take(DESK, "NOTIFY").contains("403 Forbidden"));
        assert!(
            !calls_somebody(&bench) && !bench.has(DESK, "BYE") && !bench.has(CALLER, "BYE"),
            "they talk on"
        );
    }
}
