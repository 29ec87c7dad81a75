//! People: how many agents answer how soon.

use crate::erlang::ErlangError;
use crate::erlang::erlang_a;
use crate::erlang::erlang_c;
use crate::erlang::erlang_c::StaffingTarget;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::advice::{Advice, CurvePoint, GrowthStep, around};
use crate::sizing::load;

/// Calls for agents; rates per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaffModel {
    pub lambda: f64,
    /// Mean handle time in seconds: talk and wrap-up.
    pub handle_s: f64,
    /// 1 / mean patience in seconds; 0 for endless patience (Erlang C).
    pub theta: f64,
}

impl StaffModel {
    #[must_use]
    pub fn erlangs(&self) -> f64 {
        self.lambda * self.handle_s
    }

    /// The model's name in results.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.theta > 0.0 { "erlang_a" } else { "erlang_c" }
    }

    /// Service level of offered calls, mean wait and occupancy with so many agents. Where patient callers
    /// outgrow the agents the service level is 0 and there is no mean wait.
    pub fn at(&self, agents: u32, threshold_s: f64) -> Result<CurvePoint, ErlangError> {
        let erlangs = self.erlangs();
        if self.theta > 0.0 {
            let system = erlang_a::ErlangA::new(agents, self.lambda, self.handle_s.recip(), self.theta)?;
            let level = system.service_levels(threshold_s).of_offered;
            return Ok(CurvePoint {
                n: agents,
                value: level,
                asa_s: Some(system.mean_wait_served_s()),
                occupancy: Some(system.occupancy()),
            });
        }
        if erlangs >= f64::from(agents) {
            return Ok(CurvePoint { n: agents, value: 0.0, asa_s: None, occupancy: Some(1.0) });
        }
        let system = erlang_c::ErlangC::new(f64::from(agents), erlangs, self.handle_s)?;
        Ok(CurvePoint {
            n: agents,
            value: system.service_level(threshold_s),
            asa_s: Some(system.asa_s()),
            occupancy: Some(system.occupancy()),
        })
    }

    /// The smallest number of agents that meets `target`. The occupancy limit binds patient callers' agents;
    /// with impatient ones it is judged on the work that is really done.
    pub fn needed(&self, target: &StaffingTarget) -> Result<u32, ErlangError> {
        if self.theta == 0.0 {
            return erlang_c::min_agents(self.erlangs(), self.handle_s, target);
        }
        let impatient = erlang_a::Target {
            service_level: target.service_level,
            threshold_s: target.threshold_s,
            max_abandoned: 1.0,
        };
        let mut agents = erlang_a::min_agents(self.lambda, self.handle_s.recip(), self.theta, &impatient)?;
        while self.at(agents, target.threshold_s)?.occupancy > Some(target.max_occupancy) {
            agents += 1;
        }
        Ok(agents)
    }
}

/// Advice on agents for a load, and for the same load after `growth` (factors).
pub fn staff(
    model: &StaffModel,
    now: u32,
    target: &StaffingTarget,
    basis: &str,
    growth: &[f64],
) -> Result<Advice, ErlangError> {
    let needed = model.needed(target)?;
    let threshold = target.threshold_s;
    let step = |growth: f64| {
        let grown = StaffModel { lambda: model.lambda * growth, ..*model };
        let value_now = if now == 0 { 0.0 } else { grown.at(now, threshold)?.value };
        Ok(GrowthStep { growth, erlangs: grown.erlangs(), value_now, needed: grown.needed(target)? })
    };
    Ok(Advice {
        now,
        needed,
        target: target.service_level,
        measure: "service_level".to_owned(),
        model: model.name().to_owned(),
        erlangs: model.erlangs(),
        basis: basis.to_owned(),
        curve: around(now.max(1), needed)
            .into_iter()
            .map(|n| model.at(n, threshold))
            .collect::<Result<_, ErlangError>>()?,
        growth: growth.iter().copied().map(step).collect::<Result<_, ErlangError>>()?,
    })
}

/// Advice for the measured load of the queue, at the busiest planned rate; absent without agents or calls.
#[must_use]
pub fn agent_advice(scenario: &Scenario, summary: &Summary) -> Option<Advice> {
    let queue = load::queue_load(scenario, summary)?;
    let peak = load::peak_factor(scenario, summary);
    let model = StaffModel { lambda: queue.lambda * peak, handle_s: queue.handle_s, theta: queue.theta };
    let wanted = scenario.target_service_level;
    let target = StaffingTarget {
        service_level: wanted.ratio,
        threshold_s: wanted.threshold.as_secs_f64(),
        max_occupancy: 1.0,
    };
    let now = u32::try_from(scenario.pbx.agents.len()).unwrap_or(u32::MAX);
    let basis = if load::is_steady(scenario, summary) { "measured" } else { "measured_peak" };
    staff(&model, now, &target, basis, &scenario.growth).ok()
}
