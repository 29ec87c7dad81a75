//! What to buy at each growth: the plan whose period is cheapest, what the change costs included.

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::sizing::tariffs::{Amount, Change, PathStep, PlanStudy};
use crate::tariff::Plan;

/// How long each growth lasts, and when the first begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    pub(super) on: Date,
    pub(super) months_per_step: u32,
}

/// The path through `growth`: at each, of the plans within the target, the one whose invoices of the period cost least,
/// together with what the change to it costs (leaving the old plan before its commitment ends, the set-up of the new
/// one, and the days of notice, which the old plan is paid for). `None` beyond 28 digits.
pub(super) fn path(
    plans: &[(PlanStudy, &Plan)],
    growth: &[f64],
    calendar: Calendar,
) -> Option<Vec<PathStep>> {
    let months = Decimal::from(calendar.months_per_step);
    let mut path: Vec<PathStep> = Vec::with_capacity(growth.len());
    let mut held: Option<(usize, u32)> = None; // the plan, and months on it
    for (place, growth) in growth.iter().enumerate() {
        let elapsed = u32::try_from(place).ok()?.checked_mul(calendar.months_per_step)?;
        let asked = calendar.on.saturating_add(i64::from(elapsed).months());
        let mut best: Option<(Decimal, usize, Option<Change>)> = None;
        for (index, (plan, _)) in
            plans.iter().enumerate().filter(|(_, (plan, _))| plan.steps[place].meets_target)
        {
            let change = match held.filter(|(old, _)| *old != index) {
                Some(held) => Some(change(plans, place, held, index, asked)?),
                None => None,
            };
            let extra = change.as_ref().map_or(Decimal::ZERO, |change| change.total.0);
            let period = plan.steps[place].cost.0.checked_mul(months)?.checked_add(extra)?;
            if best.as_ref().is_none_or(|(least, ..)| period < *least) {
                best = Some((period, index, change));
            }
        }
        let chosen = best.as_ref().map(|(_, index, _)| *index);
        let on_plan = held.filter(|(old, _)| Some(*old) == chosen).map_or(0, |(_, months)| months);
        held = chosen.map(|index| (index, on_plan + calendar.months_per_step));
        let step = chosen.map(|index| &plans[index].0.steps[place]);
        path.push(PathStep {
            growth: *growth,
            plan: chosen,
            channels: step.map_or(0, |step| step.channels),
            cost: step.map(|step| step.cost),
            total: step.map(|step| step.total),
            change: best.and_then(|(_, _, change)| change),
        });
    }
    Some(path)
}

/// What a change from the `old` plan, held for so many months, to `new` costs.
fn change(
    plans: &[(PlanStudy, &Plan)],
    place: usize,
    (old, held_months): (usize, u32),
    new: usize,
    asked: Date,
) -> Option<Change> {
    let ((was, old_plan), (is, new_plan)) = (&plans[old], &plans[new]);
    let grows = is.channels * is.pools >= was.channels * was.pools;
    let notice = if grows { old_plan.terms.upgrade } else { old_plan.terms.downgrade };
    let begins = notice.effective(asked);
    let days = Decimal::from(asked.until(begins).ok()?.get_days().max(0));
    let committed = Decimal::from(old_plan.terms.commitment_months.max(1));
    let leaving = old_plan.terms.leaving(held_months, was.commitment.0.checked_div(committed)?)?.round_dp(2);
    let dearer = was.steps[place].cost.0.checked_sub(is.steps[place].cost.0)?;
    let notice = dearer.checked_mul(days * Decimal::from(12))?.checked_div(Decimal::from(365))?.round_dp(2);
    let set_up = new_plan.prices.setup.unwrap_or_default();
    let total = leaving.checked_add(set_up)?.checked_add(notice)?;
    Some(Change {
        from: old,
        begins: begins.to_string(),
        leaving: Amount(leaving),
        set_up: Amount(set_up),
        notice: Amount(notice),
        total: Amount(total),
    })
}
