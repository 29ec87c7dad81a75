//! Systems with a queue, in their steady state: M/M/n, M/M/n+M, M/M/n/K+M.

use crate::metrics::AgentSetting;
use crate::metrics::Settings;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::sim;
use crate::time::Duration;
use crate::traffic::Extent;
use crate::validation::case::Case;
use crate::validation::real;
use crate::validation::reference;
use crate::validation::reference::Row;
use crate::validation::system::System;

/// What [`look`] gives, by place: counts of the collector that users' figures come from, sums of waits in
/// seconds, and time averages.
pub(in crate::validation) const OFFERED: usize = 0;
pub(in crate::validation) const BLOCKED: usize = 1;
/// Asked for the queue, and were answered at once, within 20 s, or ever.
pub(in crate::validation) const ASKED: usize = 2;
pub(in crate::validation) const AT_ONCE: usize = 3;
pub(in crate::validation) const IN_TIME: usize = 4;
const ANSWERED: usize = 5;
pub(in crate::validation) const ABANDONED: usize = 6;
/// Abandoned within 20 s.
const SHORT: usize = 7;
const WAIT_ANSWERED: usize = 8;
const WAIT_ALL: usize = 9;
pub(in crate::validation) const CARRIED: usize = 10;
const OCCUPANCY: usize = 11;

/// In mean talk times.
const WARM_UP: f64 = 25.0;
/// In mean talk times.
const MEASURED: f64 = 250.0;

pub(super) fn cases() -> Vec<Case> {
    vec![
        erlang_c("M/M/20 at 16 erlangs", reference::WAIT_20_16),
        erlang_c("M/M/30 at 24 erlangs", reference::WAIT_30_24),
        erlang_a("M/M/20+M at 18 erlangs", reference::IMPATIENT_20),
        erlang_a("M/M/50+M at 45 erlangs", reference::IMPATIENT_50),
        lines("M/M/12/17+M at 11.4 erlangs", reference::LINES_17),
        lines("M/M/20/25 at 19 erlangs", reference::LINES_25),
    ]
}

/// One replication, through the figures that users read.
pub(in crate::validation) fn look(scenario: &Scenario, seed: Seed) -> Vec<f64> {
    let summary = sim::gather(scenario, seed, settings(scenario)).collector.finish();
    let counts = &summary.counts;
    let queue = summary.queue.unwrap_or_default();
    let answered = real(counts.queue_answered);
    vec![
        real(counts.counted()),
        real(counts.blocked()),
        real(counts.queue_offered),
        real(counts.queue_in_time[0]),
        real(counts.queue_in_time[1]),
        answered,
        real(counts.queue_abandoned),
        real(counts.queue_short_abandons[1]),
        queue.asa_s.unwrap_or(0.0) * answered,
        queue.waiting_total_s,
        summary.traffic.carried_erlangs,
        queue.occupancy.unwrap_or(0.0),
    ]
}

fn settings(scenario: &Scenario) -> Settings {
    let duration = match scenario.extent {
        Extent::Duration(duration) => Some(duration),
        Extent::Calls(_) | Extent::Unstated => None,
    };
    let agent = |agent: &crate::pbx::config::AgentConfig| AgentSetting {
        name: std::sync::Arc::clone(&agent.name),
        wrap_up_mean_s: agent.wrap_up.mean(),
        present: 1.0,
    };
    Settings {
        warm_up: scenario.warm_up,
        duration,
        circuits: scenario.pbx.channels,
        agents: scenario.pbx.agents.iter().map(agent).collect(),
        thresholds: vec![Duration::ZERO, Duration::from_secs(20)],
        ..Settings::default()
    }
}

fn case(name: &str, replications: u64, system: &System) -> Case {
    let talk = system.talk.mean();
    Case::new(name, replications, system.scenario(WARM_UP * talk, MEASURED * talk), look)
}

fn erlang_c(name: &str, row: Row) -> Case {
    let talk = row.value("aht_s");
    let mut system = System::poisson(row.value("erlangs") / talk, talk);
    system.agents = Some(row.count("agents"));
    case(name, 250, &system)
        .shows("p_wait", row.reference("p_wait"), |x| 1.0 - x[AT_ONCE] / x[ASKED])
        .shows("service_level", row.reference("service_level"), |x| x[IN_TIME] / x[ASKED])
        .shows("asa_s", row.reference("asa_s"), |x| x[WAIT_ANSWERED] / x[ANSWERED])
        .shows("mean_wait_delayed_s", row.reference("mean_wait_delayed_s"), |x| {
            x[WAIT_ALL] / (x[ASKED] - x[AT_ONCE])
        })
        .shows("occupancy", row.reference("occupancy"), |x| x[OCCUPANCY])
}

fn erlang_a(name: &str, row: Row) -> Case {
    let mut system = System::poisson(row.value("lambda_per_s"), 1.0 / row.value("mu_per_s"));
    system.patience_mean_s = Some(1.0 / row.value("theta_per_s"));
    system.agents = Some(row.count("agents"));
    case(name, 200, &system)
        .shows("p_wait", row.reference("p_wait"), |x| 1.0 - x[AT_ONCE] / x[ASKED])
        .shows("p_abandon", row.reference("p_abandon"), |x| x[ABANDONED] / x[ASKED])
        .shows("mean_wait_all_s", row.reference("mean_wait_all_s"), |x| x[WAIT_ALL] / x[ASKED])
        .shows("mean_wait_served_s", row.reference("mean_wait_served_s"), |x| x[WAIT_ANSWERED] / x[ANSWERED])
        .shows("mean_wait_abandoned_s", row.reference("mean_wait_abandoned_s"), |x| {
            (x[WAIT_ALL] - x[WAIT_ANSWERED]) / x[ABANDONED]
        })
        .shows("sl_of_answered", row.reference("sl_of_answered"), |x| x[IN_TIME] / x[ANSWERED])
        .shows("sl_of_offered", row.reference("sl_of_offered"), |x| x[IN_TIME] / x[ASKED])
        .shows("sl_excl_short_abandons", row.reference("sl_excl_short_abandons"), |x| {
            x[IN_TIME] / (x[ASKED] - x[SHORT])
        })
        .shows("occupancy", row.reference("occupancy"), |x| x[OCCUPANCY])
}

/// Ratios are of all calls, those without a line included.
fn lines(name: &str, row: Row) -> Case {
    let mut system = System::poisson(row.value("lambda_per_s"), 1.0 / row.value("mu_per_s"));
    let theta = row.value("theta_per_s");
    system.patience_mean_s = (theta > 0.0).then(|| theta.recip());
    system.agents = Some(row.count("agents"));
    system.channels = Some(row.count("lines"));
    let case = case(name, 200, &system)
        .shows("p_block", row.reference("p_block"), |x| x[BLOCKED] / x[OFFERED])
        .shows("p_queue", row.reference("p_queue"), |x| (x[ASKED] - x[AT_ONCE]) / x[OFFERED])
        .shows("mean_wait_joined_all_s", row.reference("mean_wait_joined_all_s"), |x| x[WAIT_ALL] / x[ASKED])
        .shows("mean_wait_served_s", row.reference("mean_wait_served_s"), |x| x[WAIT_ANSWERED] / x[ANSWERED])
        .shows("sl_of_offered", row.reference("sl_of_offered"), |x| x[IN_TIME] / x[OFFERED])
        .shows("sl_of_answered", row.reference("sl_of_answered"), |x| x[IN_TIME] / x[ANSWERED])
        .shows("mean_lines_busy", row.reference("mean_lines_busy"), |x| x[CARRIED]);
    if theta > 0.0 {
        case.shows("p_abandon", row.reference("p_abandon"), |x| x[ABANDONED] / x[OFFERED])
    } else {
        case
    }
}
