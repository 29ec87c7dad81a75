//! A month's money: the provider's invoice, and what the lost calls cost.

use rust_decimal::Decimal;

use crate::cost;
use crate::cost::Measured;
use crate::cost::Prices;
use crate::scenario::Cost;
use crate::scenario::Scenario;
use crate::sizing::tariffs::tally::Tally;
use crate::tariff::Bill;
use crate::tariff::Fit;
use crate::tariff::Invoice;
use crate::tariff::Metered;
use crate::tariff::Plan;
use crate::tariff::invoice;
use jiff::civil::Date;

/// A factor that a user has typed, exact to twelve digits.
pub(super) fn exact(factor: f64) -> Decimal {
    Decimal::try_from((factor * 1e12).round() / 1e12).unwrap_or_default()
}

/// The invoice of the month in which `on` lies, with `growth` times the calls.
pub(super) fn month(
    scenario: &Scenario,
    cost: &Cost,
    plan: &Plan,
    fit: &Fit,
    tally: &Tally,
    growth: f64,
    on: Date,
) -> Option<Invoice> {
    let needs = &scenario.needs;
    let (_, counted) = tally.sums();
    let calls = Decimal::from(cost.calls_per_month).checked_mul(exact(growth))?;
    // What was simulated, times this, is a month.
    let factor = calls.checked_div(Decimal::from(counted))?;
    let toll_free = exact(needs.toll_free);
    // Who sends a caller on to an outside number, or rings back, makes a call that lasts as long as the talk.
    let outgoing = exact(needs.outbound + needs.forwarded + needs.called_back);
    let shares = [Decimal::ONE - toll_free, outgoing, toll_free];
    let mut metered = [Metered::default(); 3];
    for ((slot, seen), share) in metered.iter_mut().zip(tally.metered).zip(shares) {
        let month = seen.times(factor.checked_mul(share)?)?;
        *slot = Metered { calls: month.calls.round_dp(0), minutes: month.minutes.round_dp(1) };
    }
    let bill = Bill {
        users: needs.users,
        channels: plan.capacity.channels_included.unwrap_or(0).saturating_add(fit.extra_channels) * fit.pools,
        pools: fit.pools,
        dids: needs.dids,
        features: needs.features.clone(),
        rate_steps: fit.rate_steps,
        calls: metered,
        burst_minutes: tally.burst_minutes.checked_mul(factor)?.round_dp(0),
        ..Bill::of_month(on)
    };
    invoice(plan, &bill)
}

/// What the month's lost calls cost.
pub(super) fn loss(cost: &Cost, tally: &Tally, growth: f64) -> Option<cost::Statement> {
    let (lost, counted) = tally.sums();
    let statement = cost::statement(&prices(cost), &Measured { lost, counted, waited_ms: None })?;
    let grown = exact(growth);
    Some(cost::Statement {
        lost_calls: statement.lost_calls.checked_mul(grown)?,
        lost_customers: statement.lost_customers.checked_mul(grown)?,
        total: statement.total.checked_mul(grown)?,
        ..statement
    })
}

/// What one lost call costs.
pub(super) fn per_lost_call(cost: &Cost) -> Option<Decimal> {
    let one = Prices { calls_per_month: 1, ..prices(cost) };
    cost::statement(&one, &Measured { lost: 1, counted: 1, waited_ms: None }).map(|statement| statement.total)
}

fn prices(cost: &Cost) -> Prices {
    Prices {
        calls_per_month: cost.calls_per_month,
        call_price: cost.call_price,
        conversion: cost.conversion,
        customer_value: cost.customer_value,
        image_per_lost_call: cost.image_per_lost_call,
        caller_minute: cost.caller_minute,
    }
}
