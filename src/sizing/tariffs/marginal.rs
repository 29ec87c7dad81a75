//! What one more channel is worth: it pays while the calls it saves are worth more than its price.

use rust_decimal::Decimal;

use crate::scenario::Cost;
use crate::scenario::Scenario;
use crate::sizing::tariffs::Amount;
use crate::sizing::tariffs::Marginal;
use crate::sizing::tariffs::formula;
use crate::sizing::tariffs::money;
use crate::tariff::Fit;
use crate::tariff::Plan;

/// Channels beyond which nobody looks for one more that pays.
const MOST: u32 = 10_000;

/// At one growth, by formula, beside the channels of `fit`; `erlangs` is the load at growth 1.
pub(super) fn marginal(
    scenario: &Scenario,
    cost: &Cost,
    plan: &Plan,
    fit: &Fit,
    erlangs: f64,
    growth: f64,
) -> Option<Marginal> {
    let loss = |channels: u32| formula::channels_alone(scenario, channels, erlangs * fit.load * growth);
    // A channel in each pool is one for its share of the calls.
    let calls = Decimal::from(cost.calls_per_month).checked_mul(money::exact(growth))?;
    let calls = calls.checked_div(fit.pools.into())?;
    let value = calls.checked_mul(money::per_lost_call(cost)?)?;
    let saved = |channels: u32| Some(loss(channels)? - loss(channels + 1)?);
    let worth = |channels: u32| value.checked_mul(money::exact(saved(channels)?));
    let price = plan.prices.per_channel;
    let pays_up_to = match price {
        Some(price) => {
            let most = plan.capacity.channels_max.unwrap_or(MOST);
            let mut channels = fit.channels;
            while channels < most && worth(channels)? > price {
                channels += 1;
            }
            Some(channels)
        }
        None => None,
    };
    let beyond = match (price, pays_up_to) {
        (Some(price), Some(most)) if most > fit.channels => {
            let spared = value.checked_mul(money::exact(loss(fit.channels)? - loss(most)?))?;
            let paid = price.checked_mul((most - fit.channels).into())?;
            // Of every pool.
            Some(Amount(spared.checked_sub(paid)?.checked_mul(fit.pools.into())?.round_dp(2)))
        }
        _ => None,
    };
    Some(Marginal {
        growth,
        channels: None,
        saved_ratio: saved(fit.channels)?,
        pays_below: Amount(worth(fit.channels)?.round_dp(2)),
        price: price.map(Amount),
        pays_up_to,
        saves: beyond,
    })
}
