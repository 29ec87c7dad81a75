//! Histories drawn at random: whatever order messages, deadlines, silences and stops come in, nothing panics, every
//! attempt ends once, and nothing is held in the end.

use super::ladders::queue;
use super::virtual_wire::{CALLERS, PBX, Setup, VirtualWire, address, at, constant, plan};
use crate::endpoint::caller;
use crate::endpoint::caller::StopReason;
use crate::endpoint::pbx;
use crate::network;
use crate::pbx::config::QueueAnswer;
use crate::random::Distribution;
use crate::random::Purpose;
use crate::random::Seed;
use crate::random::Stream;
use crate::time::{Duration, TimeScale};

fn chaotic(seed: u64) -> VirtualWire {
    let answer = if seed.is_multiple_of(2) { QueueAnswer::OnEntry } else { QueueAnswer::OnAgent };
    let mut config = queue(answer, 2, Some(15));
    config.channels = Some(6);
    config.agents[0].no_answer = 0.3;
    config.answer_delay = constant(1.0);
    let answers =
        crate::pbx::config::Extension::Answer { answer_delay: Distribution::Exponential { mean: 1.0 } };
    config.extensions.insert("200".into(), answers);
    let network = network::Config {
        delay: Distribution::Exponential { mean: 0.05 },
        loss: 0.15,
        duplication: 0.15,
        reordering: 0.2,
        reordering_delay: Duration::from_secs(2),
        corruption: 0.01,
        ..network::Config::default()
    };
    let media = seed.is_multiple_of(3);
    let scale = if seed.is_multiple_of(5) { TimeScale::new(7.3).unwrap() } else { TimeScale::REAL };
    Setup {
        network,
        seed: Seed(seed),
        scale,
        media,
        transactions: 200,
        pbx_transactions: 200,
        pbx_capacity: 12,
        ..Setup::of(config)
    }
    .wire()
}

/// One thing that can happen to either side at any time.
fn disturb(wire: &mut VirtualWire, draws: &mut Stream) {
    match draws.below(8) {
        0 => {
            let port = wire.ports.callers.first().copied().unwrap_or(1);
            wire.tell_callers(caller::Input::MediaSilent { port });
        }
        1 => {
            let port = wire.ports.pbx.first().copied().unwrap_or(1);
            wire.tell_pbx(pbx::Input::MediaSilent { port });
        }
        2 => wire.tell_callers(caller::Input::DeadlineReached),
        3 => wire.tell_pbx(pbx::Input::DeadlineReached),
        _ if wire.sent.is_empty() => {}
        // A message of any age comes again, perhaps to the wrong side.
        _ => {
            let index = usize::try_from(draws.below(wire.sent.len() as u64)).unwrap();
            let bytes = wire.sent[index].bytes.clone();
            if wire.sent[index].to_pbx == draws.chance(0.9) {
                wire.tell_pbx(pbx::Input::Datagram { source: address(CALLERS).into(), bytes: &bytes });
            } else {
                wire.tell_callers(caller::Input::Datagram { source: address(PBX).into(), bytes: &bytes });
            }
        }
    }
}

#[test]
fn any_history_ends_with_every_attempt_written_down_once_and_nothing_held() {
    for seed in 0..60 {
        let mut wire = chaotic(seed);
        let mut draws = Seed(seed).stream(Purpose::Attempt, 1);
        for index in 0..40 {
            let start = 40.0 * draws.unit();
            let to = if draws.chance(0.5) { "100" } else { "200" };
            let patience = draws.chance(0.5).then(|| 8.0 * draws.exponential());
            wire.call(plan(index, start, to, 6.0 * draws.exponential(), patience));
        }
        for step in 0..400 {
            wire.run_to(at(f64::from(step) * 0.15));
            disturb(&mut wire, &mut draws);
        }
        if seed.is_multiple_of(4) {
            wire.tell_pbx(pbx::Input::ShutDown);
            wire.run_to(at(65.0));
        }
        wire.stop(StopReason::Interrupted);
        wire.run_to(at(70.0));
        wire.tell_callers(caller::Input::Forget);
        assert_eq!(wire.callers.in_progress(), 0, "seed {seed}");
        wire.tell_pbx(pbx::Input::ShutDown);
        wire.run();
        wire.assert_callers_settled();
        assert_eq!(wire.pbx.calls_in_progress(), 0, "seed {seed}");
        assert_eq!(wire.pbx.circuits_in_use(), 0);
        assert_eq!(wire.pbx.transactions(), 0);
    }
}
