//! Ports and streams: opened before a call, started with its answer, stopped once, reported, never leaked.

use super::ladders::{queue, ringing_for};
use super::virtual_wire::{Setup, VirtualWire, at, plan};
use crate::endpoint::caller;
use crate::endpoint::pbx;
use crate::outcome::CompletedBy;
use crate::outcome::EndedBy;
use crate::outcome::Outcome;
use crate::outcome::Technical;
use crate::pbx::Config;
use crate::pbx::config::QueueAnswer;

fn with_media(config: Config) -> VirtualWire {
    Setup { media: true, ..Setup::of(config) }.wire()
}

#[test]
fn streams_flow_from_answer_to_bye_on_both_sides() {
    let mut wire = with_media(ringing_for(2.0));
    wire.call(plan(0, 1.0, "100", 5.0, None));
    wire.run_to(at(2.0));
    assert_eq!(wire.ports.flowing.len(), 0);
    wire.run_to(at(4.0));
    assert_eq!(wire.ports.flowing.len(), 2);
    wire.run();
    wire.assert_settled();
    assert_eq!(wire.record().media.unwrap().packets_sent, 1);
    assert_eq!(wire.record().outcome, Outcome::Completed(CompletedBy::Pbx));
}

#[test]
fn refused_and_abandoned_calls_give_their_ports_back() {
    let mut config = ringing_for(20.0);
    config.channels = Some(3);
    let mut wire = with_media(config);
    (0..100).for_each(|index| wire.call(plan(index, 1.0 + 0.3 * f64::from(index), "100", 5.0, Some(4.0))));
    wire.run();
    wire.assert_settled();
    assert!(wire.records.iter().all(|record| record.media.is_none() && !record.outcome.is_completed()));
}

#[test]
fn a_caller_in_dead_silence_hangs_up_once() {
    let mut wire = with_media(Config::default());
    wire.lose("→ BYE", 8);
    wire.call(plan(0, 1.0, "100", 10.0, None));
    wire.run_to(at(5.0));
    let port = *wire.ports.callers.first().unwrap();
    wire.tell_callers(caller::Input::MediaSilent { port });
    wire.tell_callers(caller::Input::MediaSilent { port });
    wire.run();
    wire.assert_settled();
    let record = wire.record();
    assert_eq!((record.outcome, record.ended_by), (Outcome::Technical(Technical::Media), EndedBy::Network));
    assert_eq!(record.ended, Some(at(5.0)), "not at the end of the talk that was planned");
}

#[test]
fn a_pbx_in_dead_silence_hangs_up_and_says_why() {
    let mut wire = with_media(queue(QueueAnswer::OnEntry, 1, None));
    wire.call(plan(0, 1.0, "100", 100.0, None));
    wire.run_to(at(10.0));
    let port = *wire.ports.flowing.last().unwrap();
    wire.tell_pbx(pbx::Input::MediaSilent { port });
    wire.run();
    wire.assert_settled();
    assert!(wire.text("← BYE").contains("Reason: Q.850;cause=41"));
    assert_eq!(wire.record().outcome, Outcome::Technical(Technical::CutOff));
}

#[test]
fn without_a_port_a_call_is_refused_as_want_of_resources() {
    let mut pbx = Setup { media: true, ..Setup::default() }.pbx();
    let mut wire = with_media(Config::default());
    wire.call(plan(0, 1.0, "100", 10.0, None));
    wire.run_to(at(1.0));
    let mut actions = Vec::new();
    let bytes = &wire.sent[0].bytes;
    let source = super::virtual_wire::address(super::virtual_wire::CALLERS);
    pbx.handle(at(1.0), pbx::Input::Datagram { source: source.into(), bytes }, &mut actions);
    let [pbx::Action::Transmit { bytes, .. }] = actions.as_slice() else { panic!("{actions:?}") };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.starts_with("SIP/2.0 503 ") && text.contains("Q.850;cause=47"), "{text}");
    assert_eq!(pbx.counters().full, 1);
}
