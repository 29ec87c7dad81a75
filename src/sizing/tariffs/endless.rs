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
    use super::{Endless, Knee};
    use crate::erlang::erlang_c::ErlangC;
    use crate::scenario::Inputs;
    use crate::scenario::parse;
    use crate::sizing::tariffs::tests::compared;
    use crate::sizing::tariffs::{Problem, Study};

    /// 3 erlangs on a plan whose calls wait for one of its `channels`.
    fn queued(channels: &str, callers: &str, needs: &str) -> Result<Study, Problem> {
        sold(channels, callers, needs, ("monthly: 900 RUB", 0.01, 8_000))
    }

    /// The same, at other prices, broken by a loss of `level`, with so many simulated calls.
    fn sold(
        channels: &str,
        callers: &str,
        needs: &str,
        (prices, level, calls): (&str, f64, u32),
    ) -> Result<Study, Problem> {
        let text = format!(
            "seed: 3\nwarm_up: 1h\ncalls: {calls}\ntraffic: {{profile: 60/h, callers: [{callers}]}}\nneeds: {{{needs}}}\n\
             cost: {{call_price: 100 RUB, conversion: 20%, calls_per_month: 12000}}\ntariffs:\n  - {{provider: P, plan: Line, \
             source: {{name: s}}, capacity: {{channels_included: {channels}}}, over_cap: queue, prices: {{{prices}}}}}\n"
        );
        let scenario = parse(&text, "x.yaml", &Inputs::with_seed(1)).unwrap_or_else(|told| panic!("{told}"));
        compared(&scenario, &[1.0], 2, level)
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

    /// Loss of 3 erlangs on so many channels and `places` to wait for one, where those who wait give up after so many mean
    /// talks: the states of births and deaths, added up.
    fn lost(channels: u32, places: u32, patience: f64) -> f64 {
        let mut states = vec![1.0];
        for calls in 1..=channels + places {
            let gone = f64::from(calls.min(channels)) + f64::from(calls.saturating_sub(channels)) / patience;
            states.push(states[states.len() - 1] * 3.0 / gone);
        }
        let give_up = (1..=places).zip(&states[channels as usize + 1..]);
        let give_up: f64 = give_up.map(|(waiting, state)| f64::from(waiting) / patience * state / 3.0).sum();
        let refused = states.last().filter(|_| places < 100).unwrap_or(&0.0);
        (give_up + refused) / states.iter().sum::<f64>()
    }

    /// Erlang's formula B, of calls that are refused, would buy eight.
    #[test]
    fn as_many_channels_are_bought_as_calls_that_wait_need_and_not_as_refused_ones_would() {
        let bought = |included: u32, more: &str, callers: &str| {
            let channels = format!("{included}, channels_max: 9{more}");
            let prices = ("monthly: 900 RUB, per_channel: 100 RUB", 0.02, 2_500);
            sold(&channels, callers, "", prices).unwrap().plans.remove(0).steps.remove(0)
        };
        let fewest = |places, patience| (1..10).find(|channels| lost(*channels, places, patience) <= 0.02);
        let for_ever = f64::INFINITY;
        let patient = PATIENT;
        let gives_up = "{talk: {exponential: {mean: 180s}}, patience: {exponential: {mean: 60s}}}";
        assert_eq!(fewest(0, for_ever), Some(8));
        for included in [0, 3] {
            let step = bought(included, "", patient);
            // Three erlangs fit on three channels with nothing to spare, and then the queue grows without end.
            assert!(step.channels == 4 && step.meets_target, "{step:?}");
            assert_eq!(step.cost.0, (900 + 100 * (4 - included)).into());
        }
        let short = bought(3, ", queue_length_max: 2", patient);
        assert_eq!((Some(short.channels), short.meets_target), (fewest(2, for_ever), true), "{short:?}");
        let left = bought(0, "", gives_up);
        assert_eq!((Some(left.channels), left.meets_target), (fewest(300, 1.0 / 3.0), true), "{left:?}");
        assert_eq!((short.channels, left.channels), (6, 7));
        // With no more than five to be had, a line of eight still holds what five that refuse would not.
        let few = sold(
            "0, channels_max: 5, queue_length_max: 8",
            patient,
            "",
            ("monthly: 900 RUB, per_channel: 100 RUB", 0.02, 2_500),
        );
        assert_eq!((few.unwrap().plans[0].channels, fewest(8, for_ever)), (4, Some(4)));
    }

    /// Half as many calls out as in are 4.5 erlangs on four channels; of talks that are cut off after a minute each is
    /// 180·(1 − e^−⅓) = 51 s, 0.85 erlangs on two.
    #[test]
    fn calls_out_bring_the_queue_to_its_end_sooner_and_talks_that_are_cut_off_later() {
        let endless =
            |channels: &str, needs: &str| queued(channels, PATIENT, needs).unwrap().plans[0].steps[0].endless;
        assert!(endless("4", "outbound: 0.5"));
        assert!(!endless("2, call_duration_max: 60s", ""));
    }

    /// 1.5 of 3 erlangs never give up: two channels carry them until growth 4/3.
    #[test]
    fn of_the_growth_by_loss_and_that_of_the_queue_the_sooner_breaks_the_plan() {
        let queue = Endless { patient: 1.5, is_all: false, erlangs: 3.0, channels: 2.0 };
        let at = |growth: f64| Knee {
            growth,
            ci95: [growth; 2],
            erlangs: 3.0 * growth,
            erlangs_ci95: [3.0 * growth; 2],
        };
        let end = queue.knee(|| None);
        assert!((end.growth - 4.0 / 3.0).abs() < 1e-12 && (end.erlangs - 4.0).abs() < 1e-12, "{end:?}");
        assert_eq!(queue.knee(|| Some(at(0.5))), at(0.5));
        assert_eq!(queue.knee(|| Some(at(2.0))), end);
        assert_eq!(Endless { is_all: true, ..queue }.knee(|| Some(at(0.5))), end);
    }
}
