//! People: how many agents answer how soon.

use crate::erlang::ErlangError;
use crate::erlang::erlang_a;
use crate::erlang::erlang_a::ErlangA;
use crate::erlang::erlang_c;
use crate::erlang::erlang_c::StaffingTarget;
use crate::erlang::smallest_number;
use crate::metrics::Summary;
use crate::scenario::Scenario;
use crate::sizing::advice::{Advice, CurvePoint, GrowthStep, around};
use crate::sizing::beside;
use crate::sizing::load;
use crate::sizing::on_duty;
use crate::sizing::pooled;
use crate::sizing::targets::{Definition, Targets};

/// Calls for agents; rates per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaffModel {
    /// Fresh calls.
    pub lambda: f64,
    /// Mean handle time in seconds: talk and wrap-up.
    pub handle_s: f64,
    /// 1 / mean patience in seconds; 0 for endless patience (Erlang C).
    pub theta: f64,
    /// Probability that a caller who gave up dials again, 0 to under 1.
    pub redial: f64,
}

/// What so many agents achieve. Ratios from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct StaffPoint {
    pub agents: u32,
    /// The service level by each of its four definitions.
    pub of_offered: f64,
    pub of_answered: f64,
    pub of_virtual: f64,
    pub excl_short_abandons: f64,
    /// Mean wait of the answered in seconds; absent where patient callers outgrow the agents.
    pub asa_s: Option<f64>,
    pub abandoned: f64,
    pub occupancy: f64,
    /// Fresh calls and redials, in erlangs.
    pub offered_erlangs: f64,
}

impl StaffPoint {
    /// The service level by this definition.
    #[must_use]
    pub const fn level(&self, definition: Definition) -> f64 {
        match definition {
            Definition::OfOffered => self.of_offered,
            Definition::OfAnswered => self.of_answered,
            Definition::Virtual => self.of_virtual,
            Definition::ExclShortAbandons => self.excl_short_abandons,
        }
    }

    /// The point of a curve that shows the service level of offered calls.
    #[must_use]
    pub const fn curve_point(&self) -> CurvePoint {
        CurvePoint {
            n: self.agents,
            value: self.of_offered,
            asa_s: self.asa_s,
            occupancy: Some(self.occupancy),
        }
    }

    /// Nobody calls.
    const fn idle(agents: u32) -> Self {
        Self {
            agents,
            of_offered: 1.0,
            of_answered: 1.0,
            of_virtual: 1.0,
            excl_short_abandons: 1.0,
            asa_s: Some(0.0),
            abandoned: 0.0,
            occupancy: 0.0,
            offered_erlangs: 0.0,
        }
    }

    /// Patient callers outgrow the agents: nobody is answered in any stated time.
    const fn overrun(agents: u32, erlangs: f64) -> Self {
        Self {
            agents,
            of_offered: 0.0,
            of_answered: 0.0,
            of_virtual: 0.0,
            excl_short_abandons: 0.0,
            asa_s: None,
            abandoned: 0.0,
            occupancy: 1.0,
            offered_erlangs: erlangs,
        }
    }
}

impl StaffModel {
    /// Offered traffic of fresh calls.
    #[must_use]
    pub fn erlangs(&self) -> f64 {
        self.lambda * self.handle_s
    }

    /// The model's name in results.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match (self.theta > 0.0, self.redial > 0.0) {
            (false, _) => "erlang_c",
            (true, false) => "erlang_a",
            (true, true) => "erlang_a_redial",
        }
    }

    /// Service level of offered calls, mean wait and occupancy with so many agents. Where patient callers
    /// outgrow the agents the service level is 0 and there is no mean wait.
    pub fn at(&self, agents: u32, threshold_s: f64) -> Result<CurvePoint, ErlangError> {
        Ok(self.point(agents, threshold_s)?.curve_point())
    }

    /// Everything about so many agents.
    ///
    /// # Errors
    /// For arguments outside their ranges.
    pub fn point(&self, agents: u32, threshold_s: f64) -> Result<StaffPoint, ErlangError> {
        let erlangs = self.erlangs();
        if self.lambda == 0.0 {
            return Ok(StaffPoint::idle(agents));
        }
        if self.theta > 0.0 {
            let mu = self.handle_s.recip();
            let (system, lambda) = if self.redial > 0.0 {
                let redialled = erlang_a::redialled(agents, self.lambda, mu, self.theta, self.redial)?;
                (redialled.system, redialled.lambda_total_per_s)
            } else {
                (ErlangA::new(agents, self.lambda, mu, self.theta)?, self.lambda)
            };
            let levels = system.service_levels(threshold_s);
            return Ok(StaffPoint {
                agents,
                of_offered: levels.of_offered,
                of_answered: levels.of_answered,
                of_virtual: levels.of_virtual,
                excl_short_abandons: levels.excl_short_abandons,
                asa_s: Some(system.mean_wait_served_s()),
                abandoned: system.p_abandon(),
                occupancy: system.occupancy(),
                offered_erlangs: lambda * self.handle_s,
            });
        }
        if erlangs >= f64::from(agents) {
            return Ok(StaffPoint::overrun(agents, erlangs));
        }
        let system = erlang_c::ErlangC::new(f64::from(agents), erlangs, self.handle_s)?;
        let level = system.service_level(threshold_s);
        Ok(StaffPoint {
            of_offered: level,
            of_answered: level,
            of_virtual: level,
            excl_short_abandons: level,
            asa_s: Some(system.asa_s()),
            occupancy: system.occupancy(),
            ..StaffPoint::overrun(agents, erlangs)
        })
    }

    /// The smallest number of agents that meets `target` for offered calls. The occupancy limit binds patient
    /// callers' agents; with impatient ones it is judged on the work that is really done.
    pub fn needed(&self, target: &StaffingTarget) -> Result<u32, ErlangError> {
        self.needed_for(&Targets {
            service_level: target.service_level,
            threshold_s: target.threshold_s,
            max_occupancy: target.max_occupancy,
            ..Targets::default()
        })
    }

    /// The smallest number of agents that meets all of `targets` at once; more are never worse by any of
    /// them.
    ///
    /// # Errors
    /// For arguments outside their ranges, and where no number of agents does it.
    pub fn needed_for(&self, targets: &Targets) -> Result<u32, ErlangError> {
        targets.check()?;
        // Nothing to do, nobody to do it.
        if self.lambda == 0.0 {
            return Ok(0);
        }
        let meets = |agents| Ok::<_, ErlangError>(targets.met_by(&self.point(agents, targets.threshold_s)?));
        smallest_number(1, meets)
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
        ..Advice::default()
    })
}

/// The service level that a scenario aims at.
pub(super) fn target(scenario: &Scenario) -> StaffingTarget {
    let wanted = scenario.target_service_level;
    StaffingTarget {
        service_level: wanted.ratio,
        threshold_s: wanted.threshold.as_secs_f64(),
        max_occupancy: 1.0,
    }
}

/// Advice for the measured load of the queue while people are served, at the busiest rate of that time, for as many
/// circuits as the callers need; absent without agents or enough calls, where agents differ in whom they take, and where their
/// number on duty changes. Where the
/// agents see to mail or chats besides, or callers who give up dial again, of which the formulas know nothing or too little,
/// it is the simulation's.
#[must_use]
pub fn agent_advice(scenario: &Scenario, summary: &Summary) -> Option<Advice> {
    if !scenario.pbx.contacts.is_empty() {
        return beside::advice(scenario, summary);
    }
    if !pooled::are_pooled(scenario) || !load::is_measured(summary) || on_duty::changes(scenario, summary) {
        return None;
    }
    let queue = load::queue_load(scenario, summary)?;
    let busy = load::busy(scenario, summary)?;
    // With agents enough few give up, and few dial again: today's redials are no load that stays.
    let (fresh, redial) = load::fresh(scenario, summary, &queue);
    if redial > 0.0
        && summary.counts.blocked() == 0
        && let Some(played) = beside::advice(scenario, summary)
    {
        return Some(played);
    }
    let lambda = fresh * busy.factor;
    let model = StaffModel { lambda, handle_s: queue.handle_s, theta: queue.theta, redial };
    let target = target(scenario);
    let pick_up_s = load::mean_pick_up_s(scenario);
    let target = StaffingTarget { threshold_s: load::within_queue_s(scenario, target.threshold_s), ..target };
    let now = u32::try_from(scenario.pbx.own_agents()).unwrap_or(u32::MAX);
    let basis = load::basis(scenario, summary).replace("scenario", "measured");
    let mut advice = staff(&model, now, &target, &basis, &scenario.growth).ok()?;
    for point in &mut advice.curve {
        // A caller waits until the agent picks up.
        point.asa_s = point.asa_s.map(|asa_s| asa_s + pick_up_s);
    }
    Some(Advice { served_s: busy.hours(), with_blocked: summary.counts.blocked() > 0, ..advice })
}
