//! Fewer agents on duty, and one professional against a rota, held to closed forms.

use std::ops::ControlFlow;

use crate::erlang::erlang_c::ErlangC;
use crate::outcome::Observation;
use crate::scenario::Inputs;
use crate::scenario::parse;
use crate::sim;
use crate::sim::Entry;
use crate::sizing::StaffModel;

/// Mean wait of each replication of a steady queue, in seconds.
fn mean_waits(agents: &str, replications: u64) -> Vec<f64> {
    let text = format!(
        "name: x\nseed: 7\nduration: 100h\nwarm_up: 5h\ntraffic: {{profile: 112/h, callers: [{{talk: {{exponential: \
         {{mean: 180s}}}}}}]}}\npbx:\n  queues: {{sales: {{}}}}\n  agents: {agents}\n"
    );
    let scenario =
        parse(&text, "x.yaml", &Inputs::with_seed(7)).unwrap_or_else(|problems| panic!("{problems}"));
    let one = |index| {
        let (mut waits, mut calls) = (0.0, 0.0);
        sim::run_without_books(&scenario, scenario.seed.replication(index), |entry| {
            if let Entry::Observation(Observation::Ended(record)) = entry
                && record.intended_start.as_secs_f64() > 18_000.0
            {
                waits += record.wait.unwrap_or_default().as_secs_f64();
                calls += 1.0;
            }
            ControlFlow::Continue(())
        });
        waits / calls
    };
    (0..replications).map(one).collect()
}

/// Coverage row 3: of 10 agents, 30 % of whom are away, callers see what 7 would give: M/M/7 at 5.6 E.
#[test]
fn thirty_percent_shrinkage_on_ten_agents_waits_as_seven_agents_do() {
    let waits = mean_waits("{count: 10, shrinkage: 30%}", 8);
    let mean = waits.iter().sum::<f64>() / 8.0;
    let variance = waits.iter().map(|wait| (wait - mean) * (wait - mean)).sum::<f64>() / 7.0;
    let error = (variance / 8.0).sqrt();
    let exact = ErlangC::new(7.0, 5.6, 180.0).unwrap().asa_s();
    assert!((mean - exact).abs() < 5.0 * error && error < exact / 4.0, "{mean} ± {error}, M/M/7 {exact}");
    let all = ErlangC::new(10.0, 5.6, 180.0).unwrap().asa_s();
    assert!((mean - all).abs() > 5.0 * error, "ten agents would wait {all} s");
}

/// Coverage row 27: one professional against a rota of three who are each a third as fast: M/M/1 waits
/// ρ/(μ − λ) and M/M/3 by Erlang C; at equal capacity the professional's callers wait longer, and are served sooner.
#[test]
fn one_professional_and_a_rota_wait_as_their_closed_forms_say() {
    let (lambda, handle_s): (f64, f64) = (0.008, 100.0);
    let single = StaffModel { lambda, handle_s, theta: 0.0, redial: 0.0 };
    let rota = StaffModel { handle_s: 3.0 * handle_s, ..single };
    let rho = lambda * handle_s;
    let single_wait = single.point(1, 20.0).unwrap().asa_s.unwrap();
    assert!((single_wait / (rho / (1.0 / handle_s - lambda)) - 1.0).abs() < 1e-12);
    // M/M/3: P(wait) = a³/3! / ((1 − ρ) Σ_{k<3} a^k/k! + a³/3!), a = 3ρ; the mean wait is that times h/(3 − a).
    let a = 3.0 * rho;
    let full = a * a * a / 6.0;
    let p_wait = full / ((1.0 - rho) * (1.0 + a + a * a / 2.0) + full);
    let rota_wait = rota.point(3, 20.0).unwrap().asa_s.unwrap();
    assert!((rota_wait / (p_wait * rota.handle_s / (3.0 - a)) - 1.0).abs() < 1e-12);
    assert!(rota_wait < single_wait && rota_wait + rota.handle_s > single_wait + handle_s);
}
