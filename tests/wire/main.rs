//! The binary on real sockets: against other people's SIP (`peers`) and against what goes wrong (`faults`).
//!
//! Everything here runs on loopback or in network namespaces of its own, bounded in calls and in time, on free
//! ports; every process ends with the test that started it. A peer that is not installed is said, and fails
//! where `CI` or `BUSYHOUR_REQUIRE_PEERS` is set.

mod callbacks;
mod faults;
mod harness;
mod onward;
mod passed_on;
mod peers;
mod processor;
mod records;
mod routing;
mod rules;
mod smoke;
mod strategies;
mod work;
