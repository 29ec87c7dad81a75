//! A provider's queue without a length, which grows without end where those who never give up bring more than its channels
//! can carry.

use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::sizing::tariffs::Knee;
use crate::tariff::Action;
use crate::tariff::Fit;
use crate::tariff::Plan;
use crate::traffic::callers::CallerClass;

/// Such a queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Endless {
    /// Erlangs of those who never give up, at growth 1, on one pool.
    patient: f64,
    /// Nobody else calls.
    is_all: bool,
    /// Of all pools, at growth 1.
    erlangs: f64,
    channels: f64,
}

/// Of `plan` with the channels of `fit`, for `erlangs` of calls coming in at growth 1; `None` where callers are refused or
/// give up, or calls over the channels do not wait.
pub(super) fn endless(scenario: &Scenario, plan: &Plan, fit: &Fit, erlangs: f64) -> Option<Endless> {
    if plan.over_cap != Action::Queue || plan.capacity.queue_length_max.is_some() {
        return None;
    }
    let most = plan.capacity.call_duration_max;
    let talk = |caller: &CallerClass| match most {
        Some(most) => {
            let law = Box::new(caller.talk.clone());
            Distribution::Capped { law, most: most.as_secs_f64() }.mean()
        }
        None => caller.talk.mean(),
    };
    let callers = &scenario.traffic.callers;
    let patient = callers.iter().filter(|caller| caller.patience.is_none() && caller.share > 0.0);
    let patient: f64 = patient.map(|caller| caller.share * talk(caller)).sum();
    let is_all = callers.iter().all(|caller| caller.patience.is_none());
    let patient = erlangs * fit.load * patient / scenario.traffic.mean_talk();
    (patient > 0.0).then_some(Endless { patient, is_all, erlangs, channels: fit.channels.into() })
}

impl Endless {
    /// Of those who never give up, the share that is never served at `growth`: what of their load the channels cannot carry.
    /// `None` where the queue empties again and again.
    pub(super) fn never_served(&self, growth: f64) -> Option<f64> {
        let load = self.patient * growth;
        (load >= self.channels).then(|| 1.0 - self.channels / load)
    }

    /// The growth from which the queue grows without end; `by_loss`, where callers who give up break the plan sooner.
    pub(super) fn knee(&self, by_loss: impl FnOnce() -> Option<Knee>) -> Knee {
        let growth = self.channels / self.patient;
        let erlangs = growth * self.erlangs;
        let end = Knee { growth, ci95: [growth; 2], erlangs, erlangs_ci95: [erlangs; 2] };
        if self.is_all {
            return end;
        }
        by_loss().filter(|knee| knee.growth < growth).unwrap_or(end)
    }
}

#[cfg(test)]
mod tests {
    use crate::erlang::erlang_c::ErlangC;
    use crate::scenario::Inputs;
    use crate::scenario::parse;
    use crate::sizing::tariffs::tests::compared;
    use crate::sizing::tariffs::{Problem, Study};

    /// 3 erlangs on a plan whose calls wait for one of its `channels`.
    fn queued(channels: &str, callers: &str, needs: &str) -> Result<Study, Problem> {
        let text = format!(
            "seed: 3\nwarm_up: 1h\ncalls: 8000\ntraffic: {{profile: 60/h, callers: [{callers}]}}\nneeds: {{{needs}}}\n\
             cost: {{call_price: 100 RUB, conversion: 20%, calls_per_month: 12000}}\ntariffs:\n  - {{provider: P, plan: Line, \
             source: {{name: s}}, capacity: {{channels_included: {channels}}}, over_cap: queue, prices: {{monthly: 900 RUB}}}}\n"
        );
        let scenario = parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|told| panic!("{told}"));
        compared(&scenario, &[1.0], 2, 0.01)
    }

    const PATIENT: &str = "{talk: {exponential: {mean: 180s}}}";

    #[test]
    fn a_queue_that_grows_without_end_breaks_the_plan_from_the_load_that_its_channels_carry() {
        let found = queued("2", PATIENT, "").unwrap();
        let (step, knee) = (&found.plans[0].steps[0], found.plans[0].knees[0].whole_plan.unwrap());
        assert!(step.endless && !step.meets_target && step.mean_wait_s.is_none(), "{step:?}");
        assert_eq!(found.path[0].plan, None);
        // Two channels carry two of three erlangs.
        assert!((step.loss.ratio - 1.0 / 3.0).abs() < 1e-3, "{step:?}");
        assert!(
            (step.customers_lost - 1.0 / 3.0).abs() < 1e-3 && String::from(step.lost_calls).starts_with("40"),
            "{step:?}"
        );
        assert!((knee.growth - 2.0 / 3.0).abs() < 1e-9 && (knee.erlangs - 2.0).abs() < 1e-9, "{knee:?}");
        // A line of ten, or callers who give up: it ends.
        assert!(!queued("2, queue_length_max: 10", PATIENT, "").unwrap().plans[0].steps[0].endless);
        let gives_up = "{talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 60s}}";
        let lost = queued("2", &format!("{gives_up}}}"), "").unwrap();
        assert!(!lost.plans[0].steps[0].endless && lost.plans[0].steps[0].loss.ratio > 0.1);
        // Half of them give up: the others are 1.5 erlangs, which two channels carry and one does not.
        let half = format!(
            "{gives_up}, share: 50%, name: a}}, {{talk: {{exponential: {{mean: 180s}}}}, share: 50%, name: b}}"
        );
        assert!(!queued("2", &half, "").unwrap().plans[0].steps[0].endless);
        assert!(queued("1", &half, "").unwrap().plans[0].steps[0].endless);
    }

    #[test]
    fn callers_of_a_queue_that_ends_wait_as_long_as_erlangs_formula_c_says() {
        let found = queued("4", PATIENT, "").unwrap();
        let (step, knee) = (&found.plans[0].steps[0], found.plans[0].knees[0].whole_plan.unwrap());
        let exact = ErlangC::new(4.0, 3.0, 180.0).unwrap().asa_s();
        assert!((step.mean_wait_s.unwrap() / exact - 1.0).abs() < 0.12, "{step:?} {exact}");
        assert!(step.meets_target && !step.endless && (knee.growth - 4.0 / 3.0).abs() < 1e-9, "{knee:?}");
        let Err(Problem::NoPlan(told)) = queued("4, legs_per_call: {forward: 2}", PATIENT, "forwarded: 20%")
        else {
            panic!("a queue of legs")
        };
        assert!(told.contains("queue_legs"), "{told}");
    }
}
