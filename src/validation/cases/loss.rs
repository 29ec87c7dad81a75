//! Systems without a queue: Erlang B with any talk time, Engset, several widths, overflow.

use std::sync::Arc;

use crate::bandwidth::{Layer, Packing};
use crate::outcome::Limiter;
use crate::outcome::Observation;
use crate::pbx::config::{Pool, PoolAdmission, PoolCodec};
use crate::pbx::routing::NumberSet;
use crate::random::Distribution;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim;
use crate::sim::Entry;
use crate::time::Instant;
use crate::traffic::Extent;
use crate::traffic::arrivals::Arrivals;
use crate::traffic::callers::Numbers;
use crate::validation::case::Case;
use crate::validation::cases::bursts::busy;
use crate::validation::cases::bursts::{MEAN, SQUARE};
use crate::validation::cases::queues::look;
use crate::validation::cases::queues::{BLOCKED, CARRIED, OFFERED};
use crate::validation::real;
use crate::validation::reference;
use crate::validation::reference::Row;
use crate::validation::system::System;

/// Mean talk time of systems whose figures do not depend on it.
const TALK_MEAN_S: f64 = 180.0;
/// In mean talk times: long enough to forget that the system began empty.
const WARM_UP: f64 = 15.0;
/// In mean talk times.
const MEASURED: f64 = 150.0;

pub(super) fn cases() -> Vec<Case> {
    let mean = TALK_MEAN_S;
    let mut cases = vec![
        erlang_b("M/M/30/30 at 20 erlangs", 250, reference::LOSS_30_20, Distribution::Exponential { mean }),
        erlang_b("M/M/30/30 at 25 erlangs", 400, reference::LOSS_30_25, Distribution::Exponential { mean }),
        erlang_b(
            "M/D/30/30 at 25 erlangs",
            250,
            reference::LOSS_30_25,
            Distribution::Constant { seconds: mean },
        ),
        erlang_b(
            "M/G/30/30 at 25 erlangs, log-normal talk",
            250,
            reference::LOSS_30_25,
            Distribution::LogNormal { mean, cv: 1.2 },
        ),
    ];
    cases.extend([engset("Engset, 10 sources on 5, beta 0.5", reference::SOURCES_HALF)]);
    cases.extend([engset("Engset, 10 sources on 5, beta 1", reference::SOURCES_ONE)]);
    cases.extend([overflow("overflow of 10 erlangs from 10", reference::OVERFLOW_10, 250)]);
    cases.extend([overflow("overflow of 30 erlangs from 30", reference::OVERFLOW_30, 250)]);
    cases.push(widths(
        "Kaufman-Roberts, 125 slots, widths 1, 4, 10",
        300,
        [reference::SLOTS_125_0, reference::SLOTS_125_1, reference::SLOTS_125_2],
        [1.0, 2.0, 0.5],
    ));
    cases.push(widths(
        "Kaufman-Roberts, G.711, G.729 and Opus",
        100,
        [reference::CODECS_0, reference::CODECS_1, reference::CODECS_2],
        [1.0, 1.0, 1.0],
    ));
    cases
}

fn erlang_b(name: &str, replications: u64, row: Row, talk: Distribution) -> Case {
    let mut system = System::poisson(row.value("erlangs") / TALK_MEAN_S, TALK_MEAN_S);
    system.talk = talk;
    system.channels = Some(row.count("servers"));
    let scenario = system.scenario(WARM_UP * TALK_MEAN_S, MEASURED * TALK_MEAN_S);
    Case::new(name, replications, scenario, look)
        .shows("blocking", row.reference("blocking"), |x| x[BLOCKED] / x[OFFERED])
        .shows("carried_erlangs", row.reference("carried_erlangs"), |x| x[CARRIED])
}

fn engset(name: &str, row: Row) -> Case {
    let mut system = System::poisson(0.0, TALK_MEAN_S);
    let idle_mean = TALK_MEAN_S / row.value("beta");
    system.arrivals = Arrivals::Sources { count: u64::from(row.count("sources")), idle_mean };
    system.channels = Some(row.count("servers"));
    let scenario = system.scenario(WARM_UP * TALK_MEAN_S, 400.0 * TALK_MEAN_S);
    Case::new(name, 150, scenario, look)
        .shows("call_congestion", row.reference("call_congestion"), |x| x[BLOCKED] / x[OFFERED])
        .shows("carried_erlangs", row.reference("carried_erlangs"), |x| x[CARRIED])
}

/// Calls that find every channel busy go to a second group, without limit; both are simulated.
fn overflow(name: &str, row: Row, replications: u64) -> Case {
    let mut system = System::poisson(row.value("erlangs") / TALK_MEAN_S, TALK_MEAN_S);
    system.channels = Some(row.count("primary_servers"));
    let scenario = system.scenario(WARM_UP * TALK_MEAN_S, MEASURED * TALK_MEAN_S);
    Case::new(name, replications, scenario, second_group)
        .shows("overflow_mean", row.reference("overflow_mean"), |x| x[MEAN])
        .shows("peakedness", row.reference("peakedness"), |x| x[SQUARE] / x[MEAN] - x[MEAN])
}

fn second_group(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let mut starts = Vec::new();
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry
            && record.limiter.is_some()
        {
            starts.push(record.intended_start);
        }
        std::ops::ControlFlow::Continue(())
    });
    starts.sort_unstable();
    let mut second = scenario.clone();
    second.pbx.channels = None;
    second.traffic.arrivals =
        Arrivals::Replay { starts: starts.into_iter().map(Instant::as_secs_f64).collect() };
    // Talk times of its own: those of the first group are other people's.
    busy(&second, seed.replication(1))
}

/// Three classes on the PBX's own link, a slot being a bit per second; `talk` is each one's mean talk time in units of
/// the first's.
fn widths(name: &str, replications: u64, rows: [Row; 3], talk: [f64; 3]) -> Case {
    let rates: Vec<f64> = rows.iter().zip(talk).map(|(row, talk)| row.value("erlangs") / talk).collect();
    let all: f64 = rates.iter().sum();
    let mut scenario = System::poisson(all / TALK_MEAN_S, TALK_MEAN_S)
        .scenario(WARM_UP * TALK_MEAN_S, MEASURED * TALK_MEAN_S);
    let caller = scenario.traffic.callers.remove(0);
    let widths = rows.map(|row| u64::from(row.count("slots_per_call")));
    let mut codecs = Vec::with_capacity(rows.len());
    for ((place, rate), (talk, width)) in rates.iter().enumerate().zip(talk.into_iter().zip(widths)) {
        let mut class = caller.clone();
        class.name = Arc::from(place.to_string());
        class.to = Numbers::Template(Arc::clone(&class.name));
        class.share = rate / all;
        class.talk = Distribution::Exponential { mean: talk * TALK_MEAN_S };
        let numbers = NumberSet::new([&*class.name]);
        codecs.push(PoolCodec { name: Arc::clone(&class.name), numbers, share: 0.0, bits_per_second: width });
        scenario.traffic.callers.push(class);
    }
    let slots = u64::from(rows[0].count("capacity_slots"));
    let packing = Packing { layer: Layer::Ip, ipv6: false, srtp: false };
    let admission = PoolAdmission::Refuse;
    scenario.pbx.bandwidth = Some(Pool { up: slots, down: slots, codecs, packing, admission });
    let play = move |scenario: &Scenario, seed| busy_slots(scenario, &widths, seed);
    Case::new(name, replications, scenario, play)
        .shows("mean_slots_busy", rows[0].reference("mean_slots_busy"), |x| x[0])
        .shows("blocking of the first", rows[0].reference("blocking"), |x| x[2] / x[1])
        .shows("blocking of the second", rows[1].reference("blocking"), |x| x[4] / x[3])
        .shows("blocking of the third", rows[2].reference("blocking"), |x| x[6] / x[5])
}

/// The time average of slots in use, then for each class its calls offered and blocked; all after the warm-up.
fn busy_slots(scenario: &Scenario, widths: &[u64], seed: Seed) -> Vec<f64> {
    let warm = Instant::ZERO + scenario.warm_up;
    let end = match scenario.extent {
        Extent::Duration(duration) => warm + duration,
        Extent::Calls(_) | Extent::Unstated => warm,
    };
    let mut slot_seconds = 0.0;
    let mut counts = vec![[0_u64; 2]; widths.len()];
    sim::run_without_books(scenario, seed, |entry| {
        if let Entry::Observation(Observation::Ended(record)) = entry {
            let class = scenario.traffic.callers.iter().position(|class| class.name == record.class);
            let class = class.expect("every call is of a class");
            let blocked = record.limiter == Some(Limiter::Bandwidth);
            let (start, ended) = (record.intended_start, record.ended.unwrap_or(end));
            if !blocked && ended > warm && start < end {
                slot_seconds += real(widths[class]) * (ended.min(end) - start.max(warm)).as_secs_f64();
            }
            if start >= warm {
                counts[class][0] += 1;
                counts[class][1] += u64::from(blocked);
            }
        }
        std::ops::ControlFlow::Continue(())
    });
    let mut row = vec![slot_seconds / (end - warm).as_secs_f64()];
    row.extend(counts.into_iter().flatten().map(real));
    row
}
