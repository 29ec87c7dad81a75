//! The study itself: each plan at each growth, its knees, and the path.

use rust_decimal::Decimal;

use crate::scenario::Cost;
use crate::scenario::Scenario;
use crate::sizing::tariffs::apply::{Rules, apply};
use crate::sizing::tariffs::endless::{Endless, endless};
use crate::sizing::tariffs::path::{Calendar, path};
use crate::sizing::tariffs::tally::{Tally, simulate};
use crate::sizing::tariffs::{
    Amount, Charge, Extended, Knee, Knees, Marginal, Most, NotOffered, PlanStudy, Point, Question, SCHEMA,
    Step, Study,
};
use crate::sizing::tariffs::{formula, knee, marginal, money};
use crate::tariff::fit::fit;
use crate::tariff::{Action, Fit, Item, Plan};
use crate::traffic::Extent;

/// Extra channels that are tried to keep a plan within the target.
const EXTRA_MAX: u32 = 10_000;

/// Why there is no study.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "there is no `cost`, so that nobody knows how many calls a month has and what they are worth; add cost: {{call_price: 1000 RUB, conversion: 20%, calls_per_month: 1000}}"
    )]
    NoCost,
    #[error("`tariffs` needs `duration` or `calls`; add for example calls: 10000")]
    NoExtent,
    #[error("no plan can be compared: {0}")]
    NoPlan(String),
    #[error("an amount has more than 28 digits; write smaller prices or fewer calls")]
    TooMuchMoney,
}

/// Compares the plans.
///
/// # Errors
/// [`Problem`], in a sentence with its remedy.
pub fn study(question: &Question<'_>) -> Result<Study, Problem> {
    let scenario = question.scenario;
    let cost = scenario.cost.as_ref().ok_or(Problem::NoCost)?;
    if scenario.extent == Extent::Unstated {
        return Err(Problem::NoExtent);
    }
    let erlangs = formula::erlangs(scenario);
    let workshop = Workshop { question, cost, erlangs };
    let (mut plans, mut not_offered) = (Vec::new(), Vec::new());
    for plan in question.plans {
        match workshop.offered(plan) {
            Ok(fit) => plans.push((workshop.plan(plan, &fit).ok_or(Problem::TooMuchMoney)?, plan)),
            Err((reason, detail)) => not_offered.push(NotOffered {
                provider: plan.provider.clone(),
                plan: plan.name.clone(),
                reason: reason.to_owned(),
                detail,
            }),
        }
    }
    if plans.is_empty() {
        let reasons: Vec<String> = not_offered
            .iter()
            .map(|plan| format!("{} ({}): {} {}", plan.plan, plan.provider, plan.reason, plan.detail))
            .collect();
        return Err(Problem::NoPlan(reasons.join("; ")));
    }
    let calendar = Calendar { on: question.on, months_per_step: question.months_per_step };
    let path = path(&plans, question.growth, calendar).ok_or(Problem::TooMuchMoney)?;
    Ok(Study {
        schema: SCHEMA.to_owned(),
        scenario: scenario.name.clone(),
        question: scenario.question.clone(),
        seed: scenario.seed.0,
        on: question.on.to_string(),
        currency: cost.currency.clone(),
        target: question.levels[0],
        growth: question.growth.to_vec(),
        months_per_step: Some(question.months_per_step),
        replications: question.replications,
        erlangs,
        calls_per_month: cost.calls_per_month,
        path,
        plans: plans.into_iter().map(|(plan, _)| plan).collect(),
        not_offered,
        notes: notes(scenario),
    })
}

fn notes(scenario: &Scenario) -> Vec<String> {
    let mut notes = Vec::new();
    if !scenario.pbx.queues.is_empty() {
        notes.push(
            "the scenario's own queues and agents stand behind every plan; formulas know channels only"
                .to_owned(),
        );
    }
    notes
}

struct Workshop<'a> {
    question: &'a Question<'a>,
    cost: &'a Cost,
    /// At growth 1.
    erlangs: f64,
}

impl Workshop<'_> {
    /// What the firm gets today, or why it does not.
    fn offered(&self, plan: &Plan) -> Result<Fit, (&'static str, String)> {
        let scenario = self.question.scenario;
        let today =
            |extra| fit(plan, &scenario.needs, self.question.on, extra).map_err(|unfit| unfit.reason());
        let mut got = today(0)?;
        if let Some(currency) = plan.currency.as_ref().filter(|currency| **currency != self.cost.currency) {
            return Err(("currency", currency.clone()));
        }
        if plan.over_cap == Action::Queue && !scenario.pbx.queues.is_empty() {
            return Err(("queue", String::new()));
        }
        if plan.over_cap == Action::Queue && !got.leg_kinds.is_empty() {
            return Err(("queue_legs", String::new()));
        }
        // Where channels are sold singly, today's load says how many.
        if got.channels == 0 {
            got = today(self.extra_for(plan, 1.0).unwrap_or(1).max(1))?;
        }
        Ok(got)
    }

    fn target(&self) -> f64 {
        self.question.levels[0]
    }

    fn simulate(&self, plan: &Plan, fit: &Fit, rules: Rules, growth: f64) -> Tally {
        let limited = apply(self.question.scenario, plan, fit, rules, growth);
        let tally = simulate(&limited, plan, fit.channels, self.question.replications, self.question.threads);
        let endless = self.endless(plan, fit).filter(|_| rules == Rules::All);
        match endless.and_then(|endless| endless.never_served(growth)) {
            Some(share) => tally.never_served(share),
            None => tally,
        }
    }

    fn endless(&self, plan: &Plan, fit: &Fit) -> Option<Endless> {
        endless(self.question.scenario, plan, fit, self.erlangs)
    }

    fn plan(&self, plan: &Plan, fit: &Fit) -> Option<PlanStudy> {
        let (scenario, on) = (self.question.scenario, self.question.on);
        let growth = self.question.growth.iter();
        let steps: Vec<Step> = growth.map(|growth| self.step(plan, fit, *growth)).collect::<Option<_>>()?;
        let marginal: Vec<Marginal> =
            steps.iter().map(|step| self.marginal(plan, fit, step)).collect::<Option<_>>()?;
        let today = self.simulate(plan, fit, Rules::All, 1.0);
        let invoice = money::month(scenario, self.cost, plan, fit, &today, 1.0, on)?;
        let extra: f64 = fit.leg_kinds.iter().map(|(_, share, legs)| share * f64::from(legs - 1)).sum();
        let charges = invoice.lines.iter().map(|line| Charge {
            item: name(line.item),
            quantity: Amount(line.quantity),
            price: Amount(line.price),
            amount: Amount(line.amount),
        });
        let monthly =
            invoice.lines.iter().filter(|line| line.item == Item::Plan).map(|line| line.amount).sum();
        Some(PlanStudy {
            provider: plan.provider.clone(),
            plan: plan.name.clone(),
            illustrative: plan.illustrative,
            source: plan.source.name.clone(),
            read_on: plan.source.read_on.map(|day| day.to_string()),
            channels: fit.channels,
            pools: fit.pools,
            calls_per_second: fit.calls_per_second,
            legs_per_call: 1.0 + extra,
            begins: plan.terms.upgrade.effective(on).to_string(),
            commitment: Amount(plan.terms.leaving(0, monthly)?),
            steps,
            knees: self.question.levels.iter().map(|level| self.knees(plan, fit, *level)).collect(),
            marginal,
            invoice: charges.collect(),
        })
    }

    /// One more channel beside those of `step`.
    fn marginal(&self, plan: &Plan, fit: &Fit, step: &Step) -> Option<Marginal> {
        let bought = Fit { channels: step.channels, ..fit.clone() };
        let one_more = marginal::marginal(&marginal::Place {
            scenario: self.question.scenario,
            cost: self.cost,
            plan,
            fit: &bought,
            most: self.with_extra(plan, EXTRA_MAX)?.channels,
            erlangs: self.erlangs,
            growth: step.growth,
            burst: &|per_minute| self.burst(plan, fit, step.growth, per_minute),
            holding_s: &|| self.simulate(plan, &bought, Rules::All, step.growth).mean_holding_s(),
        })?;
        let channels = (step.channels != fit.channels).then_some(step.channels);
        Some(Marginal { channels, ..one_more })
    }

    /// What the mean call costs that begins over the channels, at a price for each minute: as if all did, simulated.
    fn burst(&self, plan: &Plan, fit: &Fit, growth: f64, per_minute: Decimal) -> Option<Decimal> {
        let Question { scenario, replications, threads, .. } = *self.question;
        let limited = apply(scenario, plan, fit, Rules::All, growth);
        let all = simulate(&limited, plan, 0, replications, threads);
        let (lost, counted) = all.sums();
        let minutes = all.burst_minutes.checked_div((counted - lost).max(1).into())?;
        minutes.checked_mul(per_minute)
    }

    /// The plan as it is; with extra channels where it would break and they are sold.
    fn step(&self, plan: &Plan, fit: &Fit, growth: f64) -> Option<Step> {
        let as_sold = self.step_with(plan, fit, growth)?;
        if as_sold.meets_target || plan.prices.per_channel.is_none() {
            return Some(as_sold);
        }
        let by_formula = self.extra_for(plan, growth);
        if let Some(extra) = by_formula {
            let extended = self.step_with(plan, &self.with_extra(plan, extra)?, growth)?;
            if extended.meets_target {
                return Some(extended);
            }
        }
        // The formula knows the mean load alone; peaks ask for more.
        let none = self.with_extra(plan, 0)?.channels;
        let most = self.with_extra(plan, EXTRA_MAX)?.channels;
        let fails = (fit.channels - none).max(by_formula.unwrap_or(0));
        self.more(plan, growth, as_sold, (fails, most - none))
    }

    /// The fewest extra channels above `fails`, which does not hold the target, and up to `most` with which the
    /// simulation holds it; where it holds it with none, the fewest with which no more is lost than with them all.
    fn more(&self, plan: &Plan, growth: f64, as_sold: Step, (fails, most): (u32, u32)) -> Option<Step> {
        if most <= fails {
            return Some(as_sold);
        }
        let simulated = |extra| self.step_with(plan, &self.with_extra(plan, extra)?, growth);
        let mut holds = simulated(most)?;
        let all = Most { channels: holds.channels, loss: holds.loss.ratio };
        let even_with = (!holds.meets_target).then_some(all);
        // Another limit than that on channels may be the one that refuses: then the last channels are of no use.
        let is_enough = |step: &Step| step.meets_target || step.loss.ratio <= all.loss;
        let (mut low, mut high) = (fails, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            let tried = simulated(middle)?;
            if is_enough(&tried) {
                (high, holds) = (middle, tried);
            } else {
                low = middle;
            }
        }
        Some(Step { even_with, ..holds })
    }

    /// The plan with every channel that it sells, where it sells more than are bought and says how many.
    fn extended(&self, plan: &Plan, fit: &Fit) -> Option<Fit> {
        plan.prices.per_channel.as_ref()?;
        let all = self.with_extra(plan, EXTRA_MAX)?;
        (fit.channels < all.channels && all.channels < EXTRA_MAX).then_some(all)
    }

    fn with_extra(&self, plan: &Plan, extra: u32) -> Option<Fit> {
        fit(plan, &self.question.scenario.needs, self.question.on, extra).ok()
    }

    /// Extra channels that stay within the target: by the formula, which is of calls that are refused; where calls wait for
    /// a channel, as many of them as the simulation asks for.
    fn extra_for(&self, plan: &Plan, growth: f64) -> Option<u32> {
        let refused = self.extra_where_refused(plan, growth);
        if plan.over_cap == Action::Queue {
            self.extra_where_calls_wait(plan, growth, refused)
        } else {
            refused
        }
    }

    /// The fewest extra channels, one or more, with which the simulation holds the target, where calls wait at the provider.
    /// Fewer are lost than where each is `refused` at once, so that no more are asked for than there; where even that is not
    /// enough, or not known, as many.
    fn extra_where_calls_wait(&self, plan: &Plan, growth: f64, refused: Option<u32>) -> Option<u32> {
        let none = self.with_extra(plan, 0)?.channels;
        let most = refused.or_else(|| Some(self.with_extra(plan, EXTRA_MAX)?.channels - none))?;
        let holds = |extra| {
            let fit = self.with_extra(plan, extra)?;
            let never_served = self.endless(plan, &fit).and_then(|endless| endless.never_served(growth));
            Some(never_served.is_none() && self.step_with(plan, &fit, growth)?.meets_target)
        };
        let (mut low, mut high) = (0, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if holds(middle)? { high = middle } else { low = middle }
        }
        if high < most { Some(high) } else { refused.or(holds(most)?.then_some(most)) }
    }

    fn extra_where_refused(&self, plan: &Plan, growth: f64) -> Option<u32> {
        let needs = &self.question.scenario.needs;
        let mut last = 0;
        for extra in 0..EXTRA_MAX {
            let fit = fit(plan, needs, self.question.on, extra).ok()?;
            if extra > 0 && fit.channels == last {
                return None;
            }
            last = fit.channels;
            if self.formula(&fit, growth)? <= self.target() {
                return Some(extra);
            }
        }
        None
    }

    fn formula(&self, fit: &Fit, growth: f64) -> Option<f64> {
        formula::loss(self.question.scenario, fit, self.erlangs * fit.load * growth)
    }

    fn step_with(&self, plan: &Plan, fit: &Fit, growth: f64) -> Option<Step> {
        let (scenario, on) = (self.question.scenario, self.question.on);
        let tally = self.simulate(plan, fit, Rules::All, growth);
        let bill = money::month(scenario, self.cost, plan, fit, &tally, growth, on)?.total;
        let forfeited = money::loss(self.cost, &tally, growth)?;
        let loss = tally.loss();
        let exact = matches!(plan.over_cap, Action::Refuse { .. } | Action::Busy | Action::Drop);
        let capped = plan.capacity.call_duration_max.is_some();
        let endless = self.endless(plan, fit).is_some_and(|endless| endless.never_served(growth).is_some());
        Some(Step {
            growth,
            channels: fit.channels,
            formula: self.formula(fit, growth).filter(|_| exact && !capped && scenario.pbx.queues.is_empty()),
            customers_lost: tally.customers_lost(),
            cut_off: tally.cut_off(),
            cost: Amount(bill),
            lost_calls: Amount(forfeited.lost_calls.round_dp(2)),
            lost_customers: Amount(forfeited.lost_customers.round_dp(2)),
            loss_cost: Amount(forfeited.total.round_dp(2)),
            total: Amount(bill.checked_add(forfeited.total)?.round_dp(2)),
            meets_target: !endless && loss.ratio <= self.target(),
            even_with: None,
            endless,
            mean_wait_s: tally.mean_wait_s().filter(|_| plan.over_cap == Action::Queue && !endless),
            loss,
        })
    }

    fn knees(&self, plan: &Plan, fit: &Fit, level: f64) -> Knees {
        let point = |growth: f64| Point { growth, erlangs: self.erlangs * growth };
        let [formula, formula_legs] = self.by_formula(fit, level);
        Knees {
            level,
            formula: formula.map(point),
            channels_alone: self.knee(plan, fit, level, (Rules::ChannelsAlone, formula.unwrap_or(1.0))),
            formula_legs: formula_legs.map(point),
            whole_plan: self.whole_plan(plan, fit, level),
            extended: self.extended(plan, fit).map(|all| Extended {
                channels: all.channels,
                formula: self.by_formula(&all, level)[0].map(point),
                whole_plan: self.whole_plan(plan, &all, level),
            }),
        }
    }

    /// The growth that breaks the plan by its channels alone, and by its legs. Loads of a knee are those of the incoming
    /// calls to all pools together.
    fn by_formula(&self, fit: &Fit, level: f64) -> [Option<f64>; 2] {
        let scenario = self.question.scenario;
        let load = |growth: f64| self.erlangs * fit.load * growth;
        let alone = |growth: f64| formula::channels_alone(scenario, fit.channels, load(growth));
        let legs = |growth: f64| formula::legs(scenario, fit, load(growth));
        [formula::growth_at(level, alone), formula::growth_at(level, legs)]
    }

    fn knee(&self, plan: &Plan, fit: &Fit, level: f64, (rules, guess): (Rules, f64)) -> Option<Knee> {
        knee::find(level, guess, self.erlangs, |growth| self.simulate(plan, fit, rules, growth).loss())
    }

    fn whole_plan(&self, plan: &Plan, fit: &Fit, level: f64) -> Option<Knee> {
        let [formula, formula_legs] = self.by_formula(fit, level);
        let guess = formula_legs.or(formula).unwrap_or(1.0);
        let simulated = || self.knee(plan, fit, level, (Rules::All, guess));
        let unlimited = matches!(plan.over_cap, Action::Burst { .. }) && plan.capacity.channels_max.is_none();
        match self.endless(plan, fit) {
            Some(endless) => Some(endless.knee(simulated)),
            // A plan that takes and bills every call never breaks.
            None if unlimited => None,
            None => simulated(),
        }
    }
}

fn name(item: Item) -> String {
    match item {
        Item::SetUp => "set_up".to_owned(),
        Item::Plan => "plan".to_owned(),
        Item::Users => "users".to_owned(),
        Item::Channels => "channels".to_owned(),
        Item::Dids => "numbers".to_owned(),
        Item::Feature(feature) => feature.name().to_owned(),
        Item::CallsPerSecond => "calls_per_second".to_owned(),
        Item::Minutes(direction) => format!("minutes_{}", direction.name()),
        Item::Calls(direction) => format!("calls_{}", direction.name()),
        Item::FairUse(direction) => format!("fair_use_{}", direction.name()),
        Item::Burst => "burst".to_owned(),
        Item::Vat => "vat".to_owned(),
    }
}
