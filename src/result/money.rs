//! The month's money: what technical losses cost, what contractors charge, and what callers were worth who were never served.

use rust_decimal::Decimal;

use crate::cost;
use crate::metrics::Measure;
use crate::metrics::Summary;
use crate::result::Cost;
use crate::result::NeverServed;
use crate::result::outsourcing;
use crate::scenario::Scenario;
use crate::time::Duration;

/// What the losses cost in a month; `None` where the scenario names no prices.
pub(super) fn per_month(scenario: &Scenario, summary: &Summary) -> Option<Cost> {
    let wanted = scenario.cost.as_ref()?;
    let prices = cost::Prices {
        calls_per_month: wanted.calls_per_month,
        call_price: wanted.call_price,
        conversion: wanted.conversion,
        customer_value: wanted.customer_value,
        image_per_lost_call: wanted.image_per_lost_call,
        caller_minute: wanted.caller_minute,
    };
    let measured = cost::Measured {
        lost: summary.counts.technical(),
        counted: summary.counts.counted(),
        waited_ms: summary.queue.map(|queue| milliseconds(queue.waiting_total_s)),
    };
    let loss = cost::statement(&prices, &measured)?;
    let money = |amount: Decimal| cost::money(amount);
    let contractors = outsourcing::per_month(scenario, summary, wanted.calls_per_month);
    Some(Cost {
        currency: wanted.currency.clone(),
        calls_per_month: wanted.calls_per_month,
        lost_calls_per_month: cost::quantity(loss.lost_calls),
        lost_customers_per_month: cost::quantity(loss.lost_customers),
        wasted_marketing_per_month: money(loss.wasted_marketing),
        lost_revenue_per_month: loss.lost_revenue.map(money),
        image_per_month: money(loss.image),
        total_per_month: money(loss.total + contractors.unwrap_or_default()),
        contractors_per_month: contractors.map(money),
        caller_minutes_per_month: loss.caller_minutes.map(cost::quantity),
        caller_time_per_month: loss.caller_time.map(money),
        never_served: never_served(&prices, summary),
    })
}

fn never_served(prices: &cost::Prices, summary: &Summary) -> Option<NeverServed> {
    let (callers, _) = Measure::CustomersLost.of(&summary.counts);
    if callers == summary.counts.technical() {
        return None;
    }
    let never = cost::never_served(prices, callers, summary.counts.counted())?;
    Some(NeverServed {
        callers_per_month: cost::quantity(never.callers),
        customers_per_month: cost::quantity(never.customers),
        worth_per_month: cost::money(never.worth),
    })
}

fn milliseconds(seconds: f64) -> u64 {
    let duration = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
